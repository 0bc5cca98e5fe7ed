"""The frames of a running ascent, collected into a trajectory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vaegc.ascent._frames import FrameBuffer
from vaegc.ascent._trajectory import Trajectory
from vaegc.errors import BadInput, VaegcError

MAX_DATA_BYTES = 1024**3  # of moved data in all frames; above, the first and the last are kept


@dataclass
class TrajectoryRecorder:
    """Frames as they come; the log density of the newest is set only when the next step begins, by `set_log_density`."""

    density: Any
    start: np.ndarray  # (N, d), in the data for densities that climb there
    n_frames: int  # that are expected
    steps: list[int] = field(default_factory=list)
    log_densities: list[np.ndarray] = field(default_factory=list)
    step_lengths: list[np.ndarray] = field(default_factory=list)
    path_lengths: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        in_data = getattr(self.density, "domain", "latent") == "data"
        self.keeps_all_data = self.n_frames * self.start.size * 4 <= MAX_DATA_BYTES
        self.path_length = np.zeros(len(self.start))
        self.data = FrameBuffer(self.start) if in_data else None
        self.frames = FrameBuffer(self.density.encode(self.start) if in_data else self.start)
        self.add_frame(self.start, 0, self.path_length)

    def add_frame(self, z: np.ndarray, step: int, length: np.ndarray) -> None:
        """Keep places (N, d) after a step whose lengths were `length` (N,); raises `VaegcError` where a point went too far."""
        if self.data is not None:
            if not self.keeps_all_data and len(self.data.offsets) == 2:
                self.data.offsets.pop()
            self._append(self.data, z, step)
        encoded = z if self.data is None else self.density.encode(z) if step else self.frames.start
        self._append(self.frames, encoded, step)
        self.steps.append(step)
        self.step_lengths.append(length)
        self.path_lengths.append(self.path_length)

    def _append(self, buffer: FrameBuffer, places: np.ndarray, step: int) -> None:
        try:
            buffer.add(places)
        except BadInput as error:
            raise VaegcError(f"In step {step}: {error}") from None

    def set_log_density(self, log_density: np.ndarray) -> None:
        """Log density (N,) of the newest frame; ignored where that has one."""
        if len(self.log_densities) < len(self.steps):
            self.log_densities.append(log_density.copy())

    def add_length(self, length: np.ndarray) -> None:
        """Lengths (N,) of one step, of which frames need not be kept."""
        self.path_length = self.path_length + length

    def trajectory(self, stopped: bool, effective_neighbors: float | None) -> Trajectory:
        """All that was recorded."""
        data = None if self.data is None else self.data.frames()
        return Trajectory(
            self.frames.frames(), np.stack(self.log_densities), np.asarray(self.steps), stopped, data,
            np.stack(self.step_lengths), np.stack(self.path_lengths), effective_neighbors=effective_neighbors,
        )  # fmt: skip
