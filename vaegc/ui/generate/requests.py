"""Requests of the map, an untrusted component: parsed and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput

KINDS = ("place", "walk", "climb", "grid")
MAX_OUTSIDE = 1.0  # how far outside the box of the points a place may lie, in longer sides of that box

PointOrPlace = int | tuple[float, float]  # a point by its number, or a place of the map


@dataclass(frozen=True, slots=True)
class MapRequest:
    """What the map asks to be decoded."""

    kind: str  # "place", "walk", "climb" or "grid"
    serial: int  # tells a request from the one before
    ends: tuple[PointOrPlace, ...] = ()  # the place, or both ends of a walk, or the point that climbs


def map_request_from_state(state: Mapping[str, Any], version: str, drawn: np.ndarray) -> MapRequest | None:
    """Return the request that the component's state holds for this scene; None where there is none, or none that is valid.

    Parameters
    ----------
    state
        Of the component; it outlives a scene, so its version is compared.
    version
        Of the scene.
    drawn
        (N, 2) places of the points.
    """
    given = state.get("ask")
    if not isinstance(given, Mapping) or given.get("version") != version or given.get("kind") not in KINDS:
        return None
    ends: dict[str, list[Any]] = {
        "place": [given.get("at")],
        "walk": [given.get("a"), given.get("b")],
        "climb": [{"point": given.get("point")}],
        "grid": [],
    }
    try:
        serial = check_int(given.get("serial"), "serial", 0)
        return MapRequest(given["kind"], serial, tuple(_checked(end, drawn) for end in ends[given["kind"]]))
    except BadInput:
        return None


def _checked(end: Any, drawn: np.ndarray) -> PointOrPlace:
    if not isinstance(end, Mapping):
        raise BadInput("a place is a point or two numbers.")
    if end.get("point") is not None:
        return check_int(end["point"], "point", 0, len(drawn) - 1)
    at = end.get("at")
    if not isinstance(at, (list, tuple)) or len(at) != 2:
        raise BadInput("a place is two numbers.")
    low, high = drawn.min(axis=0), drawn.max(axis=0)
    outside = MAX_OUTSIDE * (float((high - low).max()) or 1.0)
    x, y = (
        float(np.clip(check_number(value, "x", -np.inf), a, b))
        for value, a, b in zip(at, low - outside, high + outside, strict=True)
    )
    return x, y
