"""Places of points over time, small and without loss at the start: a float64 start and float32 offsets from it.

An offset is rounded by 6e-8 of how far a point went, wherever the data lie and whatever they are measured in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaegc import robust
from vaegc.checks import ValueObject
from vaegc.errors import BadInput

MAX_OFFSET = 1e30  # in units of the frames: float32 ends at 3e38, and its squares at 1e19 are taken in float64


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Frames(ValueObject):
    """Places of N points in T frames: a float64 start and float32 offsets from it."""

    start: np.ndarray  # (N, d) float64; float32 where that holds every number exactly
    offsets: np.ndarray  # (T, N, d) float32, from the start, in units
    unit: float  # a power of two

    @classmethod
    def from_array(cls, places: np.ndarray) -> Frames:
        """Frames (T, N, d) of any floats, the first one the start; raises `BadInput` for moves that no float32 holds."""
        made = FrameBuffer(np.asarray(places[0]))
        for frame in places:
            made.add(frame)
        return made.frames()

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, some: slice | list[int]) -> Frames:
        """Return some of the frames, with the same start."""
        return Frames(self.start, self.offsets[some], self.unit)

    @property
    def shape(self) -> tuple[int, ...]:
        """(T, N, d)."""
        return self.offsets.shape

    def at(self, frame: int) -> np.ndarray:
        """Places (N, d) float64 of one frame."""
        return self.start + self.unit * self.offsets[frame].astype(np.float64)

    def places(self, frames: np.ndarray | int, points: np.ndarray | int) -> np.ndarray:
        """Places (M, d) float64 of some points (M,) or of one, each in one of the frames (M,) or in one."""
        return self.start[points] + self.unit * self.offsets[frames, points].astype(np.float64)

    def all(self) -> np.ndarray:
        """Places (T, N, d) float64 of all frames."""
        return self.start + self.unit * self.offsets.astype(np.float64)


def as_lossless_float32(start: np.ndarray) -> np.ndarray:
    """(N, d) as float32 where that is exact, as of pictures, else as float64."""
    if start.dtype == np.float32:
        return start
    wide = np.asarray(start, np.float64)
    with np.errstate(over="ignore"):
        small = wide.astype(np.float32)
    return small if np.array_equal(small, wide) else wide


class FrameBuffer:
    """Frames under construction: places that come one after the other, from a start (N, d)."""

    def __init__(self, start: np.ndarray) -> None:
        self.start = as_lossless_float32(start)
        self.unit = robust.unit(robust.scale(np.asarray(start, np.float64)))
        self.offsets: list[np.ndarray] = []

    def add(self, places: np.ndarray) -> None:
        """Keep places (N, d); raises `BadInput` where a point went too far."""
        away = (places - self.start) / self.unit
        if not np.abs(away).max(initial=0.0) < MAX_OFFSET:  # NaN too
            raise BadInput(
                f"A point went {MAX_OFFSET:g} times as far as the data are wide; scale the data or take another bandwidth."
            )
        self.offsets.append(away.astype(np.float32))

    def frames(self) -> Frames:
        """All that were added."""
        return Frames(self.start, np.stack(self.offsets), self.unit)
