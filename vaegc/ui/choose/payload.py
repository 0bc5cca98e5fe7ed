"""Payload of the Choose K component: a choice packed for the browser, and what was clicked there, checked."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput
from vaegc.selection.choice import BandwidthCell, KSelection, StepSweep
from vaegc.web import palette
from vaegc.wording import cluster_size, counted


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Click on a state to open in Explore: a step and an ε of the climb, or a cell of the (bandwidth, step) diagram."""

    serial: int  # tells one click from the next
    step: int
    sample: int | None = None  # index in the choice's ε; None: a cell
    neighbors: float | None = None  # bandwidth of a cell


def choice_payload(choice: KSelection, title: str) -> dict[str, Any]:
    """Return the data of the browser's component, as far as the choice is there.

    Parameters
    ----------
    choice
        Whose arrays go as base64: counts as int32, shares as float32, distances as float64.
    title
        Above the diagram in the file that is saved.
    """
    low, high = (float(np.log(choice.eps[end])) for end in (0, -1)) if len(choice.eps) else (0.0, 0.0)
    n_swept = len(choice.step_sweeps)
    return {
        "key": choice.key, "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)}, "title": title, "settings": settings_line(choice),
        "headline": choice.verdict.headline if choice.verdict else "",
        "n": choice.n, "logLow": low, "logHigh": high, "samples": len(choice.eps), "floor": choice.floor, "maxNoise": choice.max_noise,
        "minSamples": choice.min_samples, "steps": list(choice.steps), "stepSweeps": [_step_sweep(sweep) for sweep in choice.step_sweeps],
        "kDistance": _packed(choice.k_distance, np.float64), "bandwidths": list(choice.bandwidths), "cellSteps": list(choice.cell_steps),
        "bandwidthCells": [_bandwidth_cell(cell) for cell in choice.bandwidth_cells],
        "ownCell": {"neighbors": choice.own_bandwidth, "step": choice.steps[-1]},
        "whyNoBandwidths": choice.why_no_bandwidths,
        "progress": f"{n_swept} of {counted(len(choice.steps), 'step')} so far." if n_swept < len(choice.steps) else "",
    }  # fmt: skip


def settings_line(choice: KSelection) -> str:
    """N, space and settings of a choice, in one line."""
    return " · ".join((
        f"N {choice.n:,}", choice.space, f"min_samples {choice.min_samples}", f"clusters of at least {size_words(choice.min_size)}",
        f"plateaus with at most {choice.max_noise:.0%} in none".replace("%", " %"), f"seed {choice.seed}",
    ))  # fmt: skip


def size_words(size: float) -> str:
    """The smallest cluster that counts, a number (1 and more) or share (below 1) of the points, in words."""
    return cluster_size(size)


def read_open_request(state: Mapping[str, Any], choice: KSelection) -> OpenRequest | None:
    """Return what was clicked; None where nothing was, or nothing of this choice.

    Parameters
    ----------
    state
        Of the component: its "open" holds the choice's key, a serial number, and a "place" (step, sample of ε) or a "cell"
        (neighbors, step).
    choice
        As far as it is there.
    """
    click = state.get("open")
    if not isinstance(click, Mapping) or click.get("key") != choice.key:
        return None
    place, cell = click.get("place"), click.get("cell")
    try:
        serial = check_int(click.get("serial"), "serial", 0)
        if isinstance(place, Mapping):
            request = OpenRequest(serial, check_int(place.get("step"), "step", 0), check_int(place.get("sample"), "sample", 0))
            known = any(sweep.step == request.step for sweep in choice.step_sweeps) and request.step in choice.frames
            return request if known and (request.sample or 0) < len(choice.eps) else None
        if isinstance(cell, Mapping):
            neighbors = check_number(cell.get("neighbors"), "neighbors", 0, open_low=True)
            request = OpenRequest(serial, check_int(cell.get("step"), "step", 0), neighbors=neighbors)
            return request if find_cell(choice, request.neighbors, request.step) is not None else None
    except BadInput:
        pass
    return None


def find_cell(choice: KSelection, neighbors: float | None, step: int) -> BandwidthCell | None:
    """Return the cell of a bandwidth and a step; None where it is not there."""
    return next((cell for cell in choice.bandwidth_cells if (cell.neighbors, cell.step) == (neighbors, step)), None)


def _step_sweep(sweep: StepSweep) -> dict[str, Any]:
    return {
        "step": sweep.step, "counted": _packed(sweep.n_clusters, np.int32), "outside": _packed(sweep.outside_share, np.float32),
        "plateaus": [[p.n_clusters, p.eps_low, p.eps_high, _finite(p.log_length)] for p in sweep.plateaus if p.eps_low > 0],
        "suggested": sweep.suggestion.n_clusters, "eps": sweep.suggestion.eps,
    }  # fmt: skip


def _bandwidth_cell(cell: BandwidthCell) -> dict[str, Any]:
    longest = cell.longest
    return {
        "neighbors": cell.neighbors, "step": cell.step, "suggested": cell.suggestion.n_clusters,
        "length": _finite(longest.log_length) if longest else 0.0, "longest": longest.n_clusters if longest else None,
    }  # fmt: skip


def _finite(length: float) -> float:
    return float(min(length, 700.0))  # e to the power of it is still a number


def _packed(array: np.ndarray, kind: type[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()
