"""Events of the stage, an untrusted component: the view after a change, and the point that was clicked, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput

MAX_VIEW_STATE_CHARS = 6000
MAX_MIN_SAMPLES = 50  # that the stage offers, unless the spec has more
_VIEW_STATE = re.compile(r"[A-Za-z0-9_.~-]*")


@dataclass(frozen=True, slots=True)
class PointRequest:
    """Request for the pictures of a point at a frame."""

    point: int
    frame: int
    serial: int | None = None  # tells two clicks on the same point apart


def check_view_state(value: object) -> str:
    """Return the view state, a text in which the stage keeps zoom, colours and selection; raises `BadInput` for what cannot be one."""
    if isinstance(value, str) and len(value) <= MAX_VIEW_STATE_CHARS and _VIEW_STATE.fullmatch(value):
        return value
    raise BadInput(f"its look is no text of at most {MAX_VIEW_STATE_CHARS:,} letters, digits and . _ ~ -.")


def view_from_state(state: Mapping[str, Any], version: str) -> dict[str, Any] | None:
    """Return `eps`, `frame`, `look` (the view state) and `min_samples` as far as the component holds valid ones; None without an event of this scene.

    The component's state outlives a scene, so its version is compared.
    """
    event = state.get("view")
    if not isinstance(event, Mapping) or event.get("version") != version:
        return None
    checks = {
        "eps": lambda value: check_number(value, "ε", 0, open_low=True),
        "frame": lambda value: check_int(value, "frame", 0),
        "look": check_view_state,
        "min_samples": lambda value: check_int(value, "min_samples", 1),
    }
    view: dict[str, Any] = {}
    for name, check in checks.items():
        if event.get(name) is not None:
            with suppress(BadInput):
                view[name] = check(event[name])
    return view


def point_request_from_state(state: Mapping[str, Any], version: str) -> PointRequest | None:
    """Return the request that the component's state holds for this scene; None without a valid one."""
    event = state.get("ask")
    if not isinstance(event, Mapping) or event.get("version") != version:
        return None
    try:
        serial = event.get("serial")
        point, frame = check_int(event.get("point"), "point", 0), check_int(event.get("frame"), "frame", 0)
        return PointRequest(point, frame, None if serial is None else check_int(serial, "serial", 0))
    except BadInput:
        return None
