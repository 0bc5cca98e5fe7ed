"""Computation of a choice of K part by part: climbs, sweeps, votes, the family of bandwidths, and the verdict.

`parts` says which parts there are and how they are stored; here is what each of them computes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from vaegc.ascent import AscentConfig, Trajectory
from vaegc.densities import neighbor_count
from vaegc.errors import BadInput, Stopped
from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import selection_key
from vaegc.experiment.stages import LatentStart, climb, compute_start
from vaegc.experiment.summary import data_notes, space_label
from vaegc.progress import Callback
from vaegc.selection._progress import CostProgress
from vaegc.selection.choice import KSelection
from vaegc.selection.parts import (
    FACTS,
    FAMILY,
    VERDICT,
    Part,
    PartData,
    PartStore,
    assemble,
    family_part,
    longest_plateaus,
    parts_of,
    selection_of_facts,
    step_name,
    step_sweep_data,
    sweep_data,
)
from vaegc.selection.verdict import make_verdict
from vaegc.selection.votes import vote
from vaegc.sweep import EpsilonSweep, family_of

N_EPS = 256  # radii of the common axis
MAX_RANKS = 512  # points of the k-distance curve
MAX_STEP_SWEEPS = 31
BANDWIDTHS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # shares of N: each twice the one before
SAME_BANDWIDTH = 2**0.25  # ratio of numbers of neighbours up to which two bandwidths count as one
CELL_STEPS = (0, 2, 5, 10, 20, 30)
FAMILY_STEPS = (5, 10, 20)  # of `vaegc bench family`, on which the family's rule was set
WITHOUT_BANDWIDTH = {"mixture": "mixture prior", "marginal": "marginal likelihood", "bound": "evidence bound"}
CLIMB_COST = 10.0  # in trees of one sweep


def why_no_bandwidths(spec: Experiment) -> str:
    """Say in one sentence why climbs of other bandwidths cannot be compared; empty where they can."""
    ascent = spec.ascent
    if ascent is None or ascent.steps == 0:
        return "Nothing climbs here, so there are no bandwidths to compare."
    if ascent.density in WITHOUT_BANDWIDTH:
        return f"The {WITHOUT_BANDWIDTH[ascent.density]} has no bandwidth, so there are none to compare."
    if ascent.bandwidth is not None:
        return "All points have one fixed bandwidth here; set it as a share of the points to compare several."
    return ""


def kept_steps(ascent: AscentConfig | None) -> list[int]:
    """Steps whose frames a climb keeps."""
    if ascent is None:
        return [0]
    return sorted({*range(0, ascent.steps + 1, ascent.keep_every), ascent.steps})


def nearest(wanted: tuple[int, ...], steps: list[int]) -> list[int]:
    """Of some steps those that are nearest to the wanted ones, ascending, each once."""
    return sorted({min(steps, key=lambda s: (abs(s - w), s)) for w in wanted})


class ChoiceBuilder:
    """Computes the missing parts of a choice of K; points and climbs are loaded only where a missing part needs them.

    Parameters
    ----------
    spec
        What is climbed and swept.
    part_store
        Of the spec's `selection_key`; parts in it are not computed again, the others are added to it.
    callback
        As that of `vaegc.selection.select_k`.
    """

    def __init__(self, spec: Experiment, part_store: PartStore, callback: Callback | None) -> None:
        self.spec, self.part_store = spec, part_store
        first = Part(FACTS, "begin", "Climbing", CLIMB_COST + 2)
        steps, votes = len(kept_steps(spec.ascent)), 14 if spec.ascent else 7
        bandwidth_cost = 0 if why_no_bandwidths(spec) else len(BANDWIDTHS) * (CLIMB_COST + len(CELL_STEPS))
        total_cost = first.cost + min(steps, MAX_STEP_SWEEPS) + bandwidth_cost + 5 * votes + 1
        self.progress = CostProgress(first, total_cost, callback)
        self.end_sweeps: dict[int, EpsilonSweep] = {}  # before and after the climb, which are needed again

    def run(self) -> None:
        """Compute what is missing, store each part as soon as it is there, and all of them together at the end.

        Raises
        ------
        Stopped
            The callback stopped it; the parts that were finished are in the store.
        BadInput
            The spec, or what it names, cannot be used.
        """
        facts = self.part_store.get(FACTS)
        if facts is None:
            facts = self._facts()
            self.part_store.put(FACTS, facts)
        self.progress.complete()
        choice = selection_of_facts(self.part_store.key, facts)
        compute: dict[str, Callable[[Part, KSelection], PartData]] = {
            "steps": self._step, "bandwidths": self._bandwidth, "votes": self._vote,
        }  # fmt: skip
        for part in parts_of(choice):
            self.progress.start(part)
            if self.part_store.get(part.name) is None:
                self.progress.check()
                method = {FAMILY: self._family, VERDICT: self._verdict}.get(part.name) or compute[part.phase]
                self.part_store.put(part.name, method(part, choice))
            self.progress.complete()
        self.part_store.put_whole()
        self.progress.finish()

    # --- the parts -----------------------------------------------------------------------------------------------------

    def _facts(self) -> PartData:
        """The first part: settings, ε axis, floor and k-distances; the sweeps before and after the climb are stored before it."""
        self.progress.check()
        path, spec = self.path, self.spec
        clustering, space = spec.clustering, self.start.space
        last = int(path.steps[-1])
        sweeps = [self._sweep(step) for step in dict.fromkeys((0, last))]
        spans = [span for sweep in sweeps if (span := sweep.eps_range()) is not None]
        eps = np.geomspace(min(low for low, _ in spans), max(high for _, high in spans), N_EPS) if spans else np.empty(0)
        if self.part_store.key != selection_key(spec):
            raise BadInput("The data or the model changed while they were read; try again.")
        for step, sweep in zip((0, last), sweeps, strict=False):
            self.part_store.put(step_name(step), step_sweep_data(sweep, clustering, eps))
        n, d = path.frames.shape[1:]
        core = np.sort(sweeps[0].core_distances_)
        ranks = np.unique(np.linspace(0, n - 1, min(MAX_RANKS, n)).round().astype(int))
        steps = [int(s) for s in path.steps]
        cell_steps = nearest((*CELL_STEPS, last), steps)
        bandwidths, own = self._bandwidths(n, space.dim)
        even = np.linspace(0, len(steps) - 1, max(min(len(steps), MAX_STEP_SWEEPS) - len(cell_steps), 1)).round().astype(int)
        swept = steps if len(steps) <= MAX_STEP_SWEEPS else sorted({*cell_steps, *(steps[i] for i in even)})
        return {
            "n": n, "dim": d, "space": space_label(spec, space), "min_samples": clustering.min_samples, "min_size": clustering.min_size,
            "max_noise": clustering.max_noise, "seed": spec.seed, "floor": path.eps_floor, "eps": eps.tolist(),
            "k_distance": core[ranks].tolist(), "steps": swept,
            "frames": {s: i for i, s in enumerate(steps) if s in swept},
            "bandwidths": bandwidths, "own_bandwidth": own, "cell_steps": cell_steps if bandwidths else [],
            "family_steps": nearest(FAMILY_STEPS, [s for s in cell_steps if s > 0]) if bandwidths else [],
            "why_no_cells": why_no_bandwidths(spec), "notes": list(data_notes(spec.dataset, self.start.dataset)),
            "climb_note": path.note or "",
        }  # fmt: skip

    def _bandwidths(self, n: int, d: int) -> tuple[list[float], float | None]:
        """Shares of the points, one for each number of neighbours; and which of them is the spec's own."""
        if why_no_bandwidths(self.spec) or self.spec.ascent is None:
            return [], None
        by_count = {neighbor_count(h, n, d): h for h in BANDWIDTHS}  # of few points several have the same
        given = self.spec.ascent.neighbors
        k = neighbor_count(given, n, d)
        own = by_count.get(k, given if isinstance(given, float) else k / n)
        # Two of nearly the same width would count one climb twice: the spec's own takes the place of the one it is nearly.
        others = [h for count, h in by_count.items() if max(count, k) > SAME_BANDWIDTH * min(count, k)]
        return sorted([*others, own]), own

    def _step(self, part: Part, choice: KSelection) -> PartData:
        """The sweep of one step of the spec's own climb."""
        return step_sweep_data(self._sweep(part.step), self.spec.clustering, choice.eps)

    def _bandwidth(self, part: Part, choice: KSelection) -> PartData:
        """The cells of one bandwidth; those of the own climb, and before any climb, are in the store already."""
        steps, h = choice.cell_steps, part.bandwidth
        known = {s: self.part_store.get(step_name(s)) for s in steps if s == 0 or h == choice.own_bandwidth}
        if len(known) < len(steps):
            assert self.spec.ascent is not None
            path = self._climb(replace(self.spec, ascent=replace(self.spec.ascent, neighbors=h)))
            known |= {s: sweep_data(self._sweep_of(path, s), self.spec.clustering) for s in steps if s not in known}
        return {"cells": [{name: (known[s] or {})[name] for name in ("suggestion", "longest")} for s in steps]}

    def _vote(self, part: Part, _choice: KSelection) -> PartData:
        """One method's row of `vaegc.vote`, before or after the climb."""
        sweep, clustering = self._sweep(part.step), self.spec.clustering
        if (sweep.points_ == sweep.points_[0]).all():
            reason = "All points are in one place: there is nothing to tell apart."
            return {"method": part.method, "n_clusters": None, "reason": reason, "given": "", "seconds": 0.0, "at_most": None}
        table = vote(
            sweep.points_, self.start.dataset.y, sweep=sweep, methods=(part.method,), min_samples=clustering.min_samples,
            min_size=clustering.min_size, max_noise=clustering.max_noise, seed=self.spec.seed,
        )  # fmt: skip
        return {str(name): _json_value(value) for name, value in table.astype(object).iloc[0].items()}

    def _family(self, _part: Part, choice: KSelection) -> PartData:
        """What the sweeps of all bandwidths suggest together."""
        cells = [(s, cell) for h in choice.bandwidths for s, cell in self._cells(h, choice)]
        members = [i for i, (s, _) in enumerate(cells) if s in choice.family_steps]
        found = family_of(
            [longest_plateaus(cells[i][1]) for i in members], [cells[i][1]["suggestion"]["limits"] for i in members]
        )
        return family_part(found if found.sweep_index is None else replace(found, sweep_index=members[found.sweep_index]))

    def _cells(self, bandwidth: float, choice: KSelection) -> list[tuple[int, PartData]]:
        """Step and stored cell of one bandwidth."""
        row = self.part_store.get(f"bandwidth {bandwidth!r}")
        assert row is not None
        return list(zip(choice.cell_steps, row["cells"], strict=True))

    def _verdict(self, _part: Part, _choice: KSelection) -> PartData:
        choice = assemble(self.part_store)
        assert choice is not None
        return asdict(make_verdict(choice, self.spec))

    # --- what they need --------------------------------------------------------------------------------------------------

    @cached_property
    def start(self) -> LatentStart:
        """Data, model and space."""
        start = compute_start(self.spec, self.progress.report)
        self.progress.check()  # a training that was stopped ends here, and not in a choice of half a model
        return start

    @cached_property
    def path(self) -> Trajectory:
        """The spec's own climb."""
        return self._climb(self.spec)

    def _climb(self, spec: Experiment) -> Trajectory:
        start = self.start
        with self.progress.task(CLIMB_COST):
            path = climb(spec, start, self.progress.report)
        if path.stopped:
            raise Stopped("Stopped while climbing.")
        return path

    def _sweep(self, step: int) -> EpsilonSweep:
        if step not in self.end_sweeps:
            sweep = self._sweep_of(self.path, step)
            if step not in (0, int(self.path.steps[-1])):
                return sweep
            self.end_sweeps[step] = sweep
        return self.end_sweeps[step]

    def _sweep_of(self, path: Trajectory, step: int) -> EpsilonSweep:
        with self.progress.task(1):
            return path.sweep(path.steps.tolist().index(step), self.spec.clustering.min_samples, self.progress.report)


def _json_value(value: Any) -> Any:
    """A value of a table as JSON has it; what is missing is None."""
    if value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
