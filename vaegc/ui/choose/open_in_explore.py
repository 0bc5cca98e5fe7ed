"""From a choice into Explore: the state at a step and ε, that of a field of the diagram, that of the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vaegc.ascent import AscentConfig
from vaegc.experiment import Experiment
from vaegc.selection.choice import Cell, KSelection
from vaegc.ui.choose.payload import Wish, cell_at

Begin = dict[str, Any]  # "frame" and "eps", where Explore begins


def place_of(wish: Wish, spec: Experiment, choice: KSelection) -> tuple[Experiment, Begin]:
    """Return the spec and the beginning of the state that was clicked."""
    if wish.sample is not None:
        return spec, {"frame": choice.frames[wish.step], "eps": float(choice.eps[wish.sample])}
    cell = cell_at(choice, wish.neighbors, wish.step)
    assert cell is not None  # `wish_of` has looked
    return of_cell(cell, spec, choice)


def of_cell(cell: Cell, spec: Experiment, choice: KSelection) -> tuple[Experiment, Begin]:
    """The state of one bandwidth and step at its ε; in the spec's own climb where that goes through it."""
    begin: Begin = {}
    if cell.suggestion.eps is not None:
        begin["eps"] = cell.suggestion.eps
    elif cell.longest is not None and cell.longest.eps_low > 0:
        begin["eps"] = (cell.longest.eps_low * cell.longest.eps_high) ** 0.5
    if cell.neighbors == choice.own_bandwidth and cell.step in choice.frames:
        return spec, {"frame": choice.frames[cell.step], **begin}
    ascent = spec.ascent or AscentConfig()
    neighbors = ascent.neighbors if cell.neighbors == choice.own_bandwidth else cell.neighbors  # as the spec writes its own
    ascent = replace(ascent, neighbors=neighbors, bandwidth=None, steps=cell.step)
    return replace(spec, ascent=ascent), {"frame": last_frame(ascent), **begin}


def of_verdict(spec: Experiment, choice: KSelection) -> tuple[Experiment, Begin] | None:
    """Return the state that shows the verdict's number: in the spec's own climb, late, or else in the field that holds it longest."""
    if choice.verdict is None or choice.verdict.n_clusters is None:
        return None
    k = choice.verdict.n_clusters
    own = [one for one in choice.slices if one.suggestion.n_clusters == k and one.step in choice.frames]
    if own:
        best = max(own, key=lambda one: (one.step == choice.steps[-1], one.suggestion.log_length))
        return spec, {"frame": choice.frames[best.step], "eps": best.suggestion.eps}
    cells = [one for one in choice.cells if one.suggestion.n_clusters == k]
    return of_cell(max(cells, key=lambda one: one.suggestion.log_length), spec, choice) if cells else None


def last_frame(ascent: AscentConfig) -> int:
    """Index of the last of the kept frames: the start, every `keep_every`-th step, and the end."""
    return -(-ascent.steps // ascent.keep_every)
