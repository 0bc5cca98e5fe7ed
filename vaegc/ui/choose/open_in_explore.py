"""Where Explore begins when it is opened from Choose K: at a step and ε, at a cell of the diagram, or at the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vaegc.ascent import AscentConfig
from vaegc.experiment import Experiment
from vaegc.selection.choice import BandwidthCell, KSelection
from vaegc.ui.choose.payload import OpenRequest, find_cell

InitialView = dict[str, Any]  # "frame" and "eps", where Explore begins


def explore_state(request: OpenRequest, spec: Experiment, choice: KSelection) -> tuple[Experiment, InitialView]:
    """Return the spec and initial view of Explore for what was clicked."""
    if request.sample is not None:
        return spec, {"frame": choice.frames[request.step], "eps": float(choice.eps[request.sample])}
    cell = find_cell(choice, request.neighbors, request.step)
    assert cell is not None  # `read_open_request` has looked
    return cell_state(cell, spec, choice)


def cell_state(cell: BandwidthCell, spec: Experiment, choice: KSelection) -> tuple[Experiment, InitialView]:
    """Return the spec and initial view of Explore for one cell; in the spec's own climb where that goes through it."""
    begin: InitialView = {}
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


def verdict_state(spec: Experiment, choice: KSelection) -> tuple[Experiment, InitialView] | None:
    """Return the spec and initial view of Explore that show the verdict's number; None where nothing does.

    In the spec's own climb, after its last step where that suggests it; otherwise in the cell that holds it longest.
    """
    if choice.verdict is None or choice.verdict.n_clusters is None:
        return None
    k = choice.verdict.n_clusters
    own = [sweep for sweep in choice.step_sweeps if sweep.suggestion.n_clusters == k and sweep.step in choice.frames]
    if own:
        best = max(own, key=lambda sweep: (sweep.step == choice.steps[-1], sweep.suggestion.log_length))
        return spec, {"frame": choice.frames[best.step], "eps": best.suggestion.eps}
    cells = [cell for cell in choice.bandwidth_cells if cell.suggestion.n_clusters == k]
    return cell_state(max(cells, key=lambda cell: cell.suggestion.log_length), spec, choice) if cells else None


def last_frame(ascent: AscentConfig) -> int:
    """Index of the last of the kept frames: the start, every `keep_every`-th step, and the end."""
    return -(-ascent.steps // ascent.keep_every)
