"""How many clusters? Everything that is looked at to answer it, as data: sweeps over (step, ε), over bandwidths, and the votes.

A choice may be in the making: what is not there yet is None or missing, and the page draws what there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vaegc.checks import Shown
from vaegc.sweep import FamilySuggestion, Suggestion


@dataclass(frozen=True, slots=True)
class Plateau:
    """A stretch of ε with one number of clusters."""

    n_clusters: int
    eps_low: float
    eps_high: float
    log_length: float


@dataclass(frozen=True, slots=True)
class Slice:
    """One sweep: the points of one step of one climb, at every ε of the choice's axis."""

    step: int
    counted: np.ndarray  # (E,) int32 clusters of at least min_size
    outside: np.ndarray  # (E,) float32 share of the points in no counted cluster: noise and unassigned
    plateaus: tuple[Plateau, ...]  # longest first, the ten longest at most
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Cell:
    """What one bandwidth and one step say: a field of the (bandwidth, step) diagram."""

    neighbors: float  # bandwidth as a share of N
    step: int
    suggestion: Suggestion  # `n_clusters` None: no readable plateau
    longest: Plateau | None  # the longest plateau, readable or not


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in plain language."""

    n_clusters: int | None  # None: nothing to believe
    certainty: str  # "firm", "likely", "open" or "none"
    headline: str  # one sentence
    reasons: tuple[str, ...]  # what speaks for it, a sentence each
    doubts: tuple[str, ...]  # what speaks against it, or was not looked at, a sentence each


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class KSelection(Shown):
    """What is known so far; no label has reached any of it but the scores of the votes."""

    key: str  # of the spec: of what all parts are kept under
    n: int  # points
    dim: int  # of the space
    space: str  # where one climbs and sweeps, in words: "the latent space (10-D)"
    min_samples: int
    min_size: float
    max_noise: float
    seed: int
    floor: float  # eps_floor of the unprocessed points: no plateau begins below
    eps: np.ndarray  # (E,) float64 radii, evenly spaced in ln ε: one axis for all slices
    k_distance: np.ndarray  # (M,) float64 ascending core distances of the start, at M <= 512 evenly spaced ranks of the N points
    slices: tuple[Slice, ...] = ()  # (step, ε): ascending steps of the spec's own climb; step 0 first; those that are there
    steps: tuple[int, ...] = (0,)  # all steps that there will be
    frames: dict[int, int] = field(default_factory=dict)  # index of a step among the kept frames of Explore's trajectory
    cells: tuple[Cell, ...] = ()  # (bandwidth, step), those that are there
    bandwidths: tuple[float, ...] = ()  # shares of N that there will be; empty where the density has no bandwidth
    own_bandwidth: float | None = None  # the one of `bandwidths` that is the spec's own; its cells are readings of `slices`
    cell_steps: tuple[int, ...] = ()  # steps that there will be in `cells`
    why_no_cells: str = ""  # one sentence where `bandwidths` is empty
    votes: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)  # "before", "after": rows of `choosing.vote`
    family: FamilySuggestion | None = (
        None  # of the cells after `family_steps`, once they are there; its `slice` is an index in `cells`
    )
    family_steps: tuple[int, ...] = ()  # those of `cell_steps` that the family looks at; empty without cells
    verdict: Verdict | None = None  # once every part is there
    notes: tuple[str, ...] = ()  # on data that are not built in
    climb_note: str = ""  # one sentence where the climb did next to nothing
    missing: tuple[str, ...] = ()  # parts that are not there yet, in words, in the order in which they are made

    @property
    def complete(self) -> bool:
        """Whether every part is there."""
        return not self.missing
