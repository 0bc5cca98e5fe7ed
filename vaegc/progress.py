"""`Progress` events and callbacks of long loops, and the clock that times them.

Page, command line and tests watch and stop work through the same callback.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

clock: Callable[[], float] = time.monotonic
"""What `read_clock` reads; tests put one in its place that goes as they say."""


def read_clock() -> float:
    """Return seconds since some moment, never going back: what decides when a long loop speaks, saves or draws again."""
    return clock()


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress event of a long loop."""

    stage: str  # what is being done: "train", "ascend", "project", "trees", ...
    done: int  # units finished, 0..total
    total: int  # units in all
    message: str = ""  # a short sentence for a person
    values: Mapping[str, float] = field(default_factory=dict)  # named numbers: losses, log density, ...
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False)  # named pictures of it, for whoever draws
    phase: str = ""  # of a stage that has several: "pretrain" and "fit" of "train"

    @property
    def share(self) -> float:
        """The finished share, 0..1."""
        return self.done / self.total if self.total else 1.0

    def to_dict(self) -> dict[str, object]:
        """Return the event as plain JSON-ready data, without arrays."""
        return {
            "event": "progress",
            **{name: getattr(self, name) for name in ("stage", "done", "total", "message")},
            "values": dict(self.values),
            **({"phase": self.phase} if self.phase else {}),
        }


Callback = Callable[[Progress], object]
"""Receives every `Progress`; returning True stops the work, anything else goes on."""


def stop_asked(callback: Callback | None, progress: Progress) -> bool:
    """Send `progress` to the callback, if there is one; True when it asks to stop."""
    if callback is None:
        return False
    answer = callback(progress)
    return isinstance(answer, (bool, np.bool_)) and bool(answer)
