"""Makes the parts of a choice, one after the other: climbs, sweeps, votes, the family and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from vaegc.ascent import AscentConfig, Trajectory
from vaegc.densities import neighbor_count
from vaegc.errors import BadInput, Stopped
from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import choice_key
from vaegc.experiment.stages import Start, climb, start_of
from vaegc.experiment.summary import data_notes, place_in_words
from vaegc.progress import Callback, Progress
from vaegc.selection.choice import KSelection
from vaegc.selection.parts import (
    BEGIN,
    FAMILY,
    VERDICT,
    Document,
    Part,
    Shelf,
    assembled,
    begun,
    parts_of,
    read_slice,
    read_sweep,
    step_name,
    table_of_longest,
)  # fmt: skip
from vaegc.selection.verdict import judge
from vaegc.selection.votes import vote
from vaegc.sweep import EpsilonSweep, family_of

EPS = 256  # radii of the one axis
RANKS = 512  # of the k-distance curve
MOST_SLICES = 31
BANDWIDTHS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # shares of N: each twice the one before
NEARLY = 2**0.25  # ratio of neighbours up to which two bandwidths are one
CELL_STEPS = (0, 2, 5, 10, 20, 30)
FAMILY_STEPS = (5, 10, 20)  # of `vaegc bench family`, on which the family's rule was set
NO_WIDTH = {"mixture": "mixture prior", "marginal": "marginal likelihood", "bound": "evidence bound"}
CLIMB = 10.0  # cost of a climb, in trees


def why_no_bandwidths(spec: Experiment) -> str:
    """Say in one sentence why climbs of other bandwidths cannot be compared; empty where they can."""
    ascent = spec.ascent
    if ascent is None or ascent.steps == 0:
        return "Nothing climbs here, so there are no bandwidths to compare."
    if ascent.density in NO_WIDTH:
        return f"The {NO_WIDTH[ascent.density]} has no bandwidth, so there are none to compare."
    if ascent.bandwidth is not None:
        return "All points have one fixed bandwidth here; set it as a share of the points to compare several."
    return ""


def kept_steps(ascent: AscentConfig | None) -> list[int]:
    """Steps whose frames a climb keeps."""
    if ascent is None:
        return [0]
    return sorted({*range(0, ascent.steps + 1, ascent.keep_every), ascent.steps})


def nearest(wanted: tuple[int, ...], steps: list[int]) -> list[int]:
    """Of some steps those that are nearest to the wanted ones, each once."""
    return sorted({min(steps, key=lambda s: (abs(s - w), s)) for w in wanted})


class Making:
    """Makes what is missing of a choice; points and climbs are loaded only where a missing part needs them."""

    def __init__(self, spec: Experiment, callback: Callback | None) -> None:
        self.spec, self.callback = spec, callback
        self.shelf = Shelf(choice_key(spec))
        self.part = Part(BEGIN, "begin", "Climbing", CLIMB + 2)
        self.gone, self.within, self.shown, self.asked = 0.0, (0.0, 0.0), 0, False
        self.swept: dict[int, EpsilonSweep] = {}  # before and after the climb, which are needed again
        steps, votes = len(kept_steps(spec.ascent)), 14 if spec.ascent else 7
        most = 0 if why_no_bandwidths(spec) else len(BANDWIDTHS) * (CLIMB + len(CELL_STEPS))
        self.total = self.part.cost + min(steps, MOST_SLICES) + most + 5 * votes + 1

    def everything(self) -> None:
        """Make what is missing, keep each part as soon as it is there, and all of them together at the end."""
        first = self.shelf.get(BEGIN)
        if first is None:
            first = self._begin()
            self.shelf.keep(BEGIN, first)
        self.gone = self.part.cost
        choice = begun(self.shelf.key, first)
        make: dict[str, Callable[[Part, KSelection], Document]] = {
            "steps": self._step, "bandwidths": self._bandwidth, "votes": self._vote,
        }  # fmt: skip
        for part in parts_of(choice):
            self.part, self.within = part, (0.0, 0.0)
            if self.shelf.get(part.name) is None:
                self._say()
                one = {FAMILY: self._family, VERDICT: self._verdict}.get(part.name) or make[part.phase]
                self.shelf.keep(part.name, one(part, choice))
            self.gone += part.cost
        self.shelf.bind()
        self.gone = self.total
        self._report(Progress("", 0, 1))

    # --- the parts -----------------------------------------------------------------------------------------------------

    def _begin(self) -> Document:
        """Facts, the axis, the floor and the k-distances; with the slices before and after the climb, which are kept first."""
        self._say()
        path, spec = self.path, self.spec
        how, space = spec.clustering, self.start.space
        last = int(path.steps[-1])
        sweeps = [self._sweep(step) for step in dict.fromkeys((0, last))]
        spans = [span for sweep in sweeps if (span := sweep.eps_range()) is not None]
        eps = np.geomspace(min(low for low, _ in spans), max(high for _, high in spans), EPS) if spans else np.empty(0)
        if self.shelf.key != choice_key(spec):
            raise BadInput("The data or the model changed while they were read; try again.")
        for step, sweep in zip((0, last), sweeps, strict=False):
            self.shelf.keep(step_name(step), read_slice(sweep, how, eps))
        n, d = path.frames.shape[1:]
        core = np.sort(sweeps[0].core_distances_)
        ranks = np.unique(np.linspace(0, n - 1, min(RANKS, n)).round().astype(int))
        steps = [int(s) for s in path.steps]
        cell_steps = nearest((*CELL_STEPS, last), steps)
        bandwidths, own = self._bandwidths(n, space.dim)
        some = np.linspace(0, len(steps) - 1, max(min(len(steps), MOST_SLICES) - len(cell_steps), 1)).round().astype(int)
        shown = steps if len(steps) <= MOST_SLICES else sorted({*cell_steps, *(steps[i] for i in some)})
        return {
            "n": n, "dim": d, "space": place_in_words(spec, space), "min_samples": how.min_samples, "min_size": how.min_size,
            "max_noise": how.max_noise, "seed": spec.seed, "floor": path.floor, "eps": eps.tolist(),
            "k_distance": core[ranks].tolist(), "steps": shown,
            "frames": {s: i for i, s in enumerate(steps) if s in shown},
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
        others = [h for count, h in by_count.items() if max(count, k) > NEARLY * min(count, k)]
        return sorted([*others, own]), own

    def _step(self, part: Part, choice: KSelection) -> Document:
        return read_slice(self._sweep(part.step), self.spec.clustering, choice.eps)

    def _bandwidth(self, part: Part, choice: KSelection) -> Document:
        """Fields of one row; those of the own climb, and before any climb, are read already."""
        steps, h = choice.cell_steps, part.bandwidth
        read = {s: self.shelf.get(step_name(s)) for s in steps if s == 0 or h == choice.own_bandwidth}
        if len(read) < len(steps):
            assert self.spec.ascent is not None
            path = self._climb(replace(self.spec, ascent=replace(self.spec.ascent, neighbors=h)))
            read |= {s: read_sweep(self._sweep_of(path, s), self.spec.clustering) for s in steps if s not in read}
        return {"cells": [{name: (read[s] or {})[name] for name in ("suggestion", "longest")} for s in steps]}

    def _vote(self, part: Part, _choice: KSelection) -> Document:
        sweep, how = self._sweep(part.step), self.spec.clustering
        if (sweep.points_ == sweep.points_[0]).all():
            reason = "All points are in one place: there is nothing to tell apart."
            return {"method": part.method, "n_clusters": None, "reason": reason, "given": "", "seconds": 0.0, "at_most": None}
        table = vote(
            sweep.points_, self.start.dataset.y, sweep=sweep, methods=(part.method,), min_samples=how.min_samples,
            min_size=how.min_size, max_noise=how.max_noise, seed=self.spec.seed,
        )  # fmt: skip
        return {str(name): _plain(value) for name, value in table.astype(object).iloc[0].items()}

    def _family(self, _part: Part, choice: KSelection) -> Document:
        cells = [(s, one) for h in choice.bandwidths for s, one in self._row(h, choice)]
        members = [i for i, (s, _) in enumerate(cells) if s in choice.family_steps]
        found = family_of(
            [table_of_longest(cells[i][1]) for i in members], [cells[i][1]["suggestion"]["limits"] for i in members]
        )
        return asdict(found if found.slice is None else replace(found, slice=members[found.slice]))

    def _row(self, bandwidth: float, choice: KSelection) -> list[tuple[int, Document]]:
        row = self.shelf.get(f"bandwidth {bandwidth!r}")
        assert row is not None
        return list(zip(choice.cell_steps, row["cells"], strict=True))

    def _verdict(self, _part: Part, _choice: KSelection) -> Document:
        choice = assembled(self.shelf)
        assert choice is not None
        return asdict(judge(choice, self.spec))

    # --- what they need --------------------------------------------------------------------------------------------------

    @cached_property
    def start(self) -> Start:
        """Data, model and space."""
        begun = start_of(self.spec, self._report)
        self._say()  # a training that was stopped ends here, and not in a choice of half a model
        return begun

    @cached_property
    def path(self) -> Trajectory:
        """The spec's own climb."""
        return self._climb(self.spec)

    def _climb(self, spec: Experiment) -> Trajectory:
        start = self.start
        with self._taking(CLIMB):
            path = climb(spec, start, self._report)
        if path.stopped:
            raise Stopped("Stopped while climbing.")
        return path

    def _sweep(self, step: int) -> EpsilonSweep:
        if step not in self.swept:
            sweep = self._sweep_of(self.path, step)
            if step not in (0, int(self.path.steps[-1])):
                return sweep
            self.swept[step] = sweep
        return self.swept[step]

    def _sweep_of(self, path: Trajectory, step: int) -> EpsilonSweep:
        with self._taking(1):
            return path.sweep(path.steps.tolist().index(step), self.spec.clustering.min_samples, self._report)

    # --- progress ----------------------------------------------------------------------------------------------------------

    def _say(self) -> None:
        """Report where it is, and end where that is asked for."""
        self._report(Progress("", 0, 1))
        if self.asked:
            raise Stopped("Stopped before the end; the parts that were finished are kept.")

    @contextmanager
    def _taking(self, cost: float) -> Iterator[None]:
        """What is done within is so much of a part."""
        begin = sum(self.within)
        self.within = (begin, cost)
        yield
        self.within = (begin + cost, 0.0)

    def _report(self, inner: Progress) -> bool:
        """Report what a part reports, so that the bar of the whole only ever grows."""
        if self.callback is None:
            return False
        begin, cost = self.within
        done = self.gone + min(begin + inner.share * cost, self.part.cost)
        self.shown = max(self.shown, round(100 * min(done, self.total)))
        message = self.part.message
        if inner.message and inner.stage not in ("neighbours", "tree"):
            message = f"{message}: {inner.message[0].lower()}{inner.message[1:]}"
        answer = self.callback(Progress("choose", self.shown, round(100 * self.total), message, phase=self.part.phase))
        self.asked = self.asked or (isinstance(answer, (bool, np.bool_)) and bool(answer))
        return self.asked


def _plain(value: Any) -> Any:
    """A value of a table as JSON has it; what is missing is None."""
    if value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
