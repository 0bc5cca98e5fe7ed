"""What the picture of a choice is told, packed for the browser, and what it answers, checked before anything believes it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput
from vaegc.selection.choice import Cell, KSelection, Slice
from vaegc.web import palette
from vaegc.wording import counted


@dataclass(frozen=True, slots=True)
class Wish:
    """What was clicked: a step and an ε of the climb, or a field of the (bandwidth, step) diagram."""

    serial: int  # tells one click from the next
    step: int
    sample: int | None = None  # index in the choice's ε; None: a field
    neighbors: float | None = None  # bandwidth of a field


def told(choice: KSelection, title: str) -> dict[str, Any]:
    """Return what the browser is told of a choice, as far as it is there.

    Parameters
    ----------
    choice
        Whose arrays go as base64: counts as int32, shares as float32, distances as float64.
    title
        Over the picture that is saved as a file.
    """
    low, high = (float(np.log(choice.eps[end])) for end in (0, -1)) if len(choice.eps) else (0.0, 0.0)
    there = len(choice.slices)
    return {
        "key": choice.key, "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)}, "title": title, "basis": basis(choice),
        "answer": choice.verdict.headline if choice.verdict else "",
        "n": choice.n, "logLow": low, "logHigh": high, "samples": len(choice.eps), "floor": choice.floor, "maxNoise": choice.max_noise,
        "minSamples": choice.min_samples, "steps": list(choice.steps), "slices": [_slice(one) for one in choice.slices],
        "kDistance": _packed(choice.k_distance, np.float64), "bandwidths": list(choice.bandwidths), "cellSteps": list(choice.cell_steps),
        "cells": [_cell(one) for one in choice.cells], "own": {"neighbors": choice.own_bandwidth, "step": choice.steps[-1]},
        "whyNoCells": choice.why_no_cells, "still": f"{there} of {counted(len(choice.steps), 'step')} so far." if there < len(choice.steps) else "",
    }  # fmt: skip


def basis(choice: KSelection) -> str:
    """What all of it rests on, in one line."""
    return " · ".join((
        f"N {choice.n:,}", choice.space, f"min_samples {choice.min_samples}", f"clusters of at least {size_words(choice.min_size)}",
        f"plateaus with at most {choice.max_noise:.0%} in none".replace("%", " %"), f"seed {choice.seed}",
    ))  # fmt: skip


def size_words(size: float) -> str:
    """The smallest cluster that counts, in words."""
    return f"{100 * size:g} % of the points" if isinstance(size, float) and size < 1 else counted(round(size), "point")


def wish_of(state: Mapping[str, Any], choice: KSelection) -> Wish | None:
    """Return what was clicked in this choice; None where nothing was, or nothing that is there."""
    said = state.get("open")
    if not isinstance(said, Mapping) or said.get("key") != choice.key:
        return None
    place, cell = said.get("place"), said.get("cell")
    try:
        serial = check_int(said.get("serial"), "serial", 0)
        if isinstance(place, Mapping):
            wish = Wish(serial, check_int(place.get("step"), "step", 0), check_int(place.get("sample"), "sample", 0))
            known = any(one.step == wish.step for one in choice.slices) and wish.step in choice.frames
            return wish if known and (wish.sample or 0) < len(choice.eps) else None
        if isinstance(cell, Mapping):
            neighbors = check_number(cell.get("neighbors"), "neighbors", 0, open_low=True)
            wish = Wish(serial, check_int(cell.get("step"), "step", 0), neighbors=neighbors)
            return wish if cell_at(choice, wish.neighbors, wish.step) is not None else None
    except BadInput:
        pass
    return None


def cell_at(choice: KSelection, neighbors: float | None, step: int) -> Cell | None:
    """Return the field of a bandwidth and a step, where it is there."""
    return next((one for one in choice.cells if (one.neighbors, one.step) == (neighbors, step)), None)


def _slice(one: Slice) -> dict[str, Any]:
    return {
        "step": one.step, "counted": _packed(one.counted, np.int32), "outside": _packed(one.outside, np.float32),
        "plateaus": [[p.n_clusters, p.eps_low, p.eps_high, _finite(p.log_length)] for p in one.plateaus if p.eps_low > 0],
        "suggested": one.suggestion.n_clusters, "eps": one.suggestion.eps,
    }  # fmt: skip


def _cell(one: Cell) -> dict[str, Any]:
    longest = one.longest
    return {
        "neighbors": one.neighbors, "step": one.step, "suggested": one.suggestion.n_clusters,
        "length": _finite(longest.log_length) if longest else 0.0, "longest": longest.n_clusters if longest else None,
    }  # fmt: skip


def _finite(length: float) -> float:
    return float(min(length, 700.0))  # e to the power of it is still a number


def _packed(array: np.ndarray, kind: type[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()
