"""What the stage says, checked before anything believes it: the view when the hand lets go, and the point that was clicked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput

LONGEST_LOOK = 6000
MOST_SAMPLES = 50  # that the stage offers, unless there are more already
_LOOK = re.compile(r"[A-Za-z0-9_.~-]*")


@dataclass(frozen=True, slots=True)
class Ask:
    """A point that was clicked at a frame: what does it look like there."""

    point: int
    frame: int
    serial: int | None = None  # tells one click from another on the same point


def check_look(value: object) -> str:
    """Return zoom, colours and selection as the stage wrote them, which only the stage can read, or raise `BadInput`."""
    if isinstance(value, str) and len(value) <= LONGEST_LOOK and _LOOK.fullmatch(value):
        return value
    raise BadInput(f"its look is no text of at most {LONGEST_LOOK:,} letters, digits and . _ ~ -.")


def view_of(state: Mapping[str, Any], version: str) -> dict[str, Any] | None:
    """Return `eps`, `frame`, `look` and `min_samples` as far as the stage said them; None where it said nothing of this scene.

    The component's state outlives a scene; what was said of an earlier one does not count.
    """
    said = state.get("view")
    if not isinstance(said, Mapping) or said.get("version") != version:
        return None
    checks = {
        "eps": lambda value: check_number(value, "ε", 0, open_low=True),
        "frame": lambda value: check_int(value, "frame", 0),
        "look": check_look,
        "min_samples": lambda value: check_int(value, "min_samples", 1),
    }
    view: dict[str, Any] = {}
    for name, check in checks.items():
        if said.get(name) is not None:
            with suppress(BadInput):
                view[name] = check(said[name])
    return view


def ask_of(state: Mapping[str, Any], version: str) -> Ask | None:
    """Return what was asked of this scene, or None."""
    said = state.get("ask")
    if not isinstance(said, Mapping) or said.get("version") != version:
        return None
    try:
        serial = said.get("serial")
        point, frame = check_int(said.get("point"), "point", 0), check_int(said.get("frame"), "frame", 0)
        return Ask(point, frame, None if serial is None else check_int(serial, "serial", 0))
    except BadInput:
        return None
