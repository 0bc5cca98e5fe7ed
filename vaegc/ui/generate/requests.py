"""What the map asks, checked before anything believes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput

KINDS = ("place", "walk", "climb", "grid")
BEYOND = 1.0  # sides of the drawn box that a place may lie outside of it

Spot = int | tuple[float, float]  # a point by its number, or a place of the map


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the map."""

    kind: str  # "place", "walk", "climb" or "grid"
    serial: int  # tells a question from the one before
    spots: tuple[Spot, ...] = ()  # the place, or both ends of a walk, or the point that climbs


def asked_of(state: Mapping[str, Any], version: str, drawn: np.ndarray) -> Asked | None:
    """Return what was asked of this scene, or None where nothing was, or nothing that makes sense.

    Parameters
    ----------
    state
        Of the component; it outlives a scene.
    version
        Of the scene.
    drawn
        (N, 2) places of the points.
    """
    said = state.get("ask")
    if not isinstance(said, Mapping) or said.get("version") != version or said.get("kind") not in KINDS:
        return None
    spots: dict[str, list[Any]] = {
        "place": [said.get("at")],
        "walk": [said.get("a"), said.get("b")],
        "climb": [{"point": said.get("point")}],
        "grid": [],
    }
    try:
        serial = check_int(said.get("serial"), "serial", 0)
        return Asked(said["kind"], serial, tuple(_spot(spot, drawn) for spot in spots[said["kind"]]))
    except BadInput:
        return None


def _spot(said: Any, drawn: np.ndarray) -> Spot:
    if not isinstance(said, Mapping):
        raise BadInput("a place is a point or two numbers.")
    if said.get("point") is not None:
        return check_int(said["point"], "point", 0, len(drawn) - 1)
    at = said.get("at")
    if not isinstance(at, (list, tuple)) or len(at) != 2:
        raise BadInput("a place is two numbers.")
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    beyond = BEYOND * (float((high - low).max()) or 1.0)
    x, y = (
        float(np.clip(check_number(value, "x", -np.inf), a, b))
        for value, a, b in zip(at, low - beyond, high + beyond, strict=True)
    )
    return x, y
