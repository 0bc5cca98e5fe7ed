"""What is kept of a climb: frames, log densities, lengths; and the places where points arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaegc.errors import BadInput
from vaegc.progress import Callback

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Modes:
    """Distinct places of one frame: points within the radius of each other, chains included, are in one place."""

    points: np.ndarray  # (M, d) float32, of each place its member with the highest log density
    members: np.ndarray  # (N,) place of every point, numbered by their lowest point
    radius: float

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Where every point was at every kept step.

    ``path[3]`` is the trajectory of one frame, ``path[:10]`` that of the first ten.
    """

    points: np.ndarray  # (T+1, N, d) float32, what is swept and drawn
    log_density: np.ndarray  # (T+1, N) float64, of what climbs
    steps: np.ndarray  # (T+1,) step numbers of the kept frames
    stopped: bool = False  # a callback stopped the climb early
    data_points: np.ndarray | None = (
        None  # (T+1, N, D) float32 moved data, for densities that climb there; of large ones 2 frames
    )
    step_lengths: np.ndarray = None  # type: ignore[assignment]  # (T+1, N) float32, of the last step into each frame; first row 0
    path_lengths: np.ndarray = None  # type: ignore[assignment]  # (T+1, N) float32, of the whole way to each frame
    eps_floor: float | None = None  # of the start of the climb; None: of the first frame

    def __post_init__(self) -> None:
        if self.step_lengths is None or self.path_lengths is None:  # known only as far as frames were kept
            moves = np.linalg.norm(np.diff(self.points.astype(np.float64), axis=0), axis=2)
            moves = np.concatenate([np.zeros((1, self.points.shape[1])), moves]).astype(np.float32)
            object.__setattr__(self, "step_lengths", moves)
            object.__setattr__(self, "path_lengths", moves.cumsum(axis=0, dtype=np.float64).astype(np.float32))

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, frames: int | slice) -> Trajectory:
        """Return a trajectory of some frames, which keeps the floor of the start."""
        some = frames if isinstance(frames, slice) else _one(self._at(frames))
        data = self.data_points
        if data is not None and len(data) == len(self.points):
            data = data[some]
        elif data is not None:  # of the first and last frame only: what is left of them, maybe nothing
            chosen = range(len(self))[some]
            data = data[[i for i, frame in enumerate((0, len(self) - 1)) if frame in chosen]]
        if not len(self.points[some]):
            raise BadInput(f"This leaves no frame of the {len(self)}.")
        return Trajectory(
            self.points[some], self.log_density[some], self.steps[some], self.stopped, data,
            self.step_lengths[some], self.path_lengths[some], self.floor,
        )  # fmt: skip

    @property
    def floor(self) -> float:
        """Smallest ε that counts (design section 3): of the points before the climb, also for a part of it."""
        if self.eps_floor is not None:
            return self.eps_floor
        from vaegc.sweep import eps_floor

        return float(eps_floor(self.points[0]))

    def sweep(self, frame: int = -1, min_samples: int = 10, callback: Callback | None = None) -> EpsilonSweep:
        """Sweep one frame, with the floor of the start, so that frames can be compared."""
        from vaegc.sweep import EpsilonSweep  # numba, which reading a spec does not need

        at = self._at(frame)
        return EpsilonSweep(min_samples=min_samples, eps_floor=self.floor).fit(self.points[at], callback=callback)

    def modes(self, frame: int = -1, radius: float | None = None) -> Modes:
        """Distinct places of one frame.

        Parameters
        ----------
        frame
            Index of a kept frame.
        radius
            Points nearer than this are in one place; None: `floor`, 1 % of the start's median distance to its centroid.

        Notes
        -----
        Exact single linkage at that radius, from one spanning tree: O(N log N) in few dimensions.
        """
        from vaegc.checks import check_number
        from vaegc.sweep import EpsilonSweep

        at = self._at(frame)
        reach = self.floor if radius is None else check_number(radius, "radius", 0)
        points = self.points[at]
        if len(points) == 1:
            return Modes(points.copy(), np.zeros(1, np.int64), reach)
        members = EpsilonSweep(min_samples=1, eps_floor=0.0).fit(points).labels_at(reach)
        highest = np.full(members.max() + 1, -1)
        order = np.argsort(self.log_density[at], kind="stable")
        highest[members[order]] = order  # the last one written is the highest
        return Modes(points[highest], members, reach)

    def mode_counts(self, frames: Sequence[int] | None = None, radius: float | None = None) -> np.ndarray:
        """Number of distinct places in each of some frames (default: all): see `modes`."""
        return np.array([len(self.modes(f, radius)) for f in (range(len(self)) if frames is None else frames)])

    def save(self, path: str | Path) -> None:
        """Write to one .npz file, without pickles."""
        target = Path(path)
        arrays = {name: getattr(self, name) for name in ("points", "log_density", "steps", "step_lengths", "path_lengths")}
        if self.data_points is not None:
            arrays["data_points"] = self.data_points
        if target.suffix != ".npz":
            raise BadInput(f"A trajectory is saved to a .npz file; got {target.name!r}.")
        try:
            with target.open("wb") as file:
                np.savez(file, schema=SCHEMA, stopped=self.stopped, eps_floor=self.floor, **arrays)
        except OSError as error:
            raise BadInput(f"The trajectory cannot be written to {str(target)!r}: {error.strerror or error}.") from None

    @classmethod
    def load(cls, path: str | Path) -> Trajectory:
        """Read what `save` wrote."""
        import zlib
        from zipfile import BadZipFile

        source = Path(path)
        broken = (OSError, ValueError, BadZipFile, EOFError, KeyError, TypeError, AttributeError, RuntimeError, zlib.error)
        try:
            with np.load(source, allow_pickle=False) as file:
                kept = {name: file[name] for name in file.files}
        except broken as error:
            reason = getattr(error, "strerror", None) or "it is no whole .npz file"
            raise BadInput(f"No trajectory can be read from {source.name!r}: {reason}.") from None
        if not _is_one(kept):
            raise BadInput(f"{source.name!r} is no trajectory of this version.")
        return cls(
            kept["points"], kept["log_density"], kept["steps"], bool(kept["stopped"]), kept.get("data_points"),
            kept["step_lengths"], kept["path_lengths"], float(kept["eps_floor"]),
        )  # fmt: skip

    def _at(self, frame: int) -> int:
        if (
            not isinstance(frame, (int, np.integer))
            or isinstance(frame, bool)
            or not -len(self.points) <= frame < len(self.points)
        ):
            raise BadInput(f"frame must be between 0 and {len(self.points) - 1}; got {frame}.")
        return int(frame) % len(self.points)


def _one(frame: int) -> slice:
    return slice(frame, frame + 1)


def _is_one(kept: dict[str, np.ndarray]) -> bool:
    """Whether arrays of a file are those of a trajectory, which fit together."""
    single = ("schema", "stopped", "eps_floor")
    several = ("points", "log_density", "steps", "step_lengths", "path_lengths")
    if not {*single, *several} <= set(kept) or any(kept[name].shape != () for name in single):
        return False
    if any(array.dtype.kind not in "fiub" for array in kept.values()) or int(kept["schema"]) != SCHEMA:
        return False
    frames, data = kept["points"], kept.get("data_points")
    if frames.ndim != 3 or 0 in frames.shape or kept["steps"].shape != frames.shape[:1]:
        return False
    if any(kept[name].shape != frames.shape[:2] for name in ("log_density", "step_lengths", "path_lengths")):
        return False
    return data is None or (data.ndim == 3 and data.shape[1] == frames.shape[1] and len(data) in range(len(frames) + 1))
