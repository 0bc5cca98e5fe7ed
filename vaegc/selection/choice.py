"""`KSelection`, a choice of the number of clusters K: sweeps over (step, ε), cells of (bandwidth, step), votes and the verdict.

Its parts may still be computed: what is not there yet is None or missing, and the page draws what there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vaegc.checks import ValueObject
from vaegc.sweep import FamilySuggestion, Suggestion


@dataclass(frozen=True, slots=True)
class Plateau:
    """An interval of ε with one number of clusters."""

    n_clusters: int
    eps_low: float
    eps_high: float
    log_length: float  # ln(eps_high / eps_low)


@dataclass(frozen=True, slots=True)
class StepSweep:
    """Sweep of one step of the spec's own climb, at the E radii of the choice's axis."""

    step: int
    n_clusters: np.ndarray  # (E,) int32 clusters of at least min_size
    outside_share: np.ndarray  # (E,) float32 share of the points in no counted cluster: noise and unassigned
    plateaus: tuple[Plateau, ...]  # longest first, the ten longest at most
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class BandwidthCell:
    """Cell of the (bandwidth, step) diagram: what the sweep of one step of the climb with one bandwidth suggests."""

    neighbors: float  # bandwidth, as the share of the N points that are neighbours
    step: int
    suggestion: Suggestion  # `n_clusters` None: no readable plateau
    longest: Plateau | None  # the longest plateau, readable or not


@dataclass(frozen=True, slots=True)
class Verdict:
    """The number of clusters in plain language, and how sure it is."""

    n_clusters: int | None  # None: nothing to believe
    certainty: str  # "firm", "likely", "open" or "none"
    headline: str  # one sentence
    reasons: tuple[str, ...]  # what speaks for it, a sentence each
    doubts: tuple[str, ...]  # what speaks against it, or was not looked at, a sentence each


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class KSelection(ValueObject):
    """A choice of the number of clusters K, as far as it is computed; labels have reached the scores of the votes only."""

    key: str  # `selection_key` of the spec: what its parts are cached under
    n: int  # points
    dim: int  # of the space
    space: str  # where one climbs and sweeps, in words: "the latent space (10-D)"
    min_samples: int
    min_size: float
    max_noise: float
    seed: int
    floor: float  # eps_floor of the unprocessed points: no plateau begins below
    eps: np.ndarray  # (E,) float64 radii, evenly spaced in ln ε: one axis for all steps
    k_distance: np.ndarray  # (M,) float64 ascending core distances of the start, at M <= 512 evenly spaced ranks of the N points
    step_sweeps: tuple[StepSweep, ...] = ()  # of ascending steps of the spec's own climb, step 0 first; those that are there
    steps: tuple[int, ...] = (0,)  # all steps that there will be
    frames: dict[int, int] = field(default_factory=dict)  # index of a step among the kept frames of Explore's trajectory
    bandwidth_cells: tuple[BandwidthCell, ...] = ()  # (bandwidth, step), those that are there
    bandwidths: tuple[float, ...] = ()  # shares of N that there will be; empty where the density has no bandwidth
    own_bandwidth: float | None = None  # the one of `bandwidths` that is the spec's own; its cells are those of `step_sweeps`
    cell_steps: tuple[int, ...] = ()  # steps that there will be in `bandwidth_cells`
    why_no_bandwidths: str = ""  # one sentence where `bandwidths` is empty
    votes: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)  # "before", "after": rows of `vaegc.vote`
    family: FamilySuggestion | None = None  # of the cells of `family_steps`; its `sweep_index` is one in `bandwidth_cells`
    family_steps: tuple[int, ...] = ()  # those of `cell_steps` that the family looks at; empty without cells
    verdict: Verdict | None = None  # once every part is there
    notes: tuple[str, ...] = ()  # on data that are not built in
    climb_note: str = ""  # one sentence where the climb did next to nothing
    missing: tuple[str, ...] = ()  # parts that are not there yet, in words, in the order in which they are computed

    @property
    def complete(self) -> bool:
        """Whether every part is there."""
        return not self.missing
