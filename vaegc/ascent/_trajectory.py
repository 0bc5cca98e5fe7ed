"""The record of an ascent: frames, log densities and lengths of all points; and the modes where points arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vaegc import robust
from vaegc.ascent._files import read_trajectory, write_trajectory
from vaegc.ascent._frames import Frames
from vaegc.checks import ValueObject
from vaegc.errors import BadInput
from vaegc.progress import Callback
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

MIN_MEDIAN_MOVE = 0.1  # of the distance to the nearest other point: a climb of less did next to nothing
MIN_EFFECTIVE_NEIGHBORS = 1.5  # kernel centres, effectively: with fewer, a point is alone with itself


@dataclass(frozen=True, slots=True)
class Modes:
    """Modes of one frame: distinct places, by single linkage at a radius (points within it of each other, chains included, are in one)."""

    points: np.ndarray  # (M, d) float64, of each place its member with the highest log density
    members: np.ndarray  # (N,) place of every point, numbered by their lowest point
    radius: float  # in the units of the points

    def __len__(self) -> int:
        return len(self.points)


class Trajectory(ValueObject):
    """Record of an ascent: where every point was at every kept step.

    ``path[3]`` is the trajectory of one frame, ``path[:10]`` that of the first ten.

    Parameters
    ----------
    points
        (T+1, N, d) places in the kept frames, what is swept and drawn, or the `Frames` of them.
    log_density
        (T+1, N) float64, of what climbs.
    steps
        (T+1,) step numbers of the kept frames.
    stopped
        A callback stopped the climb early.
    data_points
        (T+1, N, D) moved data, for densities that climb there, or their `Frames`; of large ones two frames.
    step_lengths
        (T+1, N) float64, of the last step into each frame, the first row 0; None: as far as the frames tell.
    path_lengths
        (T+1, N) float64, of the whole way to each frame; None: as far as the frames tell.
    eps_floor
        Of the start of the climb; None: of the first frame.
    effective_neighbors
        Median effective number of kernel centres that the density is made of around the points at the start; None where that was not asked.

    Notes
    -----
    Frames are kept as float32 offsets from a float64 start, so that they are rounded by 6e-8 of the way that a point went, and the start not at
    all.
    """

    def __init__(
        self, points: npt.ArrayLike | Frames, log_density: np.ndarray, steps: np.ndarray, stopped: bool = False,
        data_points: npt.ArrayLike | Frames | None = None, step_lengths: np.ndarray | None = None,
        path_lengths: np.ndarray | None = None, eps_floor: float | None = None, effective_neighbors: float | None = None,
    ) -> None:  # fmt: skip
        self.frames = points if isinstance(points, Frames) else Frames.from_array(np.asarray(points))
        data = data_points
        self.data_frames = data if data is None or isinstance(data, Frames) else Frames.from_array(np.asarray(data))
        self.log_density, self.steps, self.stopped = log_density, steps, stopped
        self.effective_neighbors = effective_neighbors
        if eps_floor is None:
            from vaegc.sweep import eps_floor as floor_of  # numba, which reading a spec does not need

            eps_floor = floor_of(self.frame(0))
        self.eps_floor = float(eps_floor)
        if step_lengths is None or path_lengths is None:  # known only as far as frames were kept
            moves = np.zeros(self.frames.shape[:2])
            for frame in range(1, len(moves)):
                moves[frame] = np.linalg.norm(self.frame(frame) - self.frame(frame - 1), axis=1)
            step_lengths, path_lengths = moves, moves.cumsum(axis=0)
        self.step_lengths, self.path_lengths = step_lengths, path_lengths

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, frames: int | slice) -> Trajectory:
        """Return a trajectory of one or some frames, which keeps the floor of the start; raises `BadInput` where that leaves none."""
        some = frames
        if not isinstance(some, slice):
            at = self._frame_index(some)
            some = slice(at, at + 1)
        data = self.data_frames
        if data is not None and len(data) == len(self):
            data = data[some]
        elif data is not None:  # of the first and last frame only: what is left of them, maybe nothing
            chosen = range(len(self))[some]
            data = data[[i for i, frame in enumerate((0, len(self) - 1)) if frame in chosen]]
        if not len(self.steps[some]):
            raise BadInput(f"This leaves no frame of the {len(self)}.")
        return Trajectory(
            self.frames[some], self.log_density[some], self.steps[some], self.stopped, data,
            self.step_lengths[some], self.path_lengths[some], self.eps_floor, self.effective_neighbors,
        )  # fmt: skip

    @property
    def start(self) -> np.ndarray:
        """(N, d) float64, where the climb began."""
        return self.frames.start.astype(np.float64, copy=False)

    @property
    def points(self) -> np.ndarray:
        """(T+1, N, d) float64 places in all kept frames, made anew each time; `frame` gives one of them."""
        return self.frames.all()

    @property
    def data_points(self) -> np.ndarray | None:
        """(T+1, N, D) float64 moved data, for densities that climb there; of large ones two frames, the first and the last."""
        return None if self.data_frames is None else self.data_frames.all()

    def frame(self, frame: int = -1) -> np.ndarray:
        """(N, d) float64 places in one kept frame; raises `BadInput` where there is no such frame."""
        return self.frames.at(self._frame_index(frame))

    @property
    def median_move(self) -> float:
        """How far the points went, in the median, as a share of the distance to the nearest other point at the start; NaN where all are equal.

        From the first kept frame to the last, over up to 64 points; computed once.
        """
        return self._median_move

    @cached_property
    def _median_move(self) -> float:  # private, since public attributes are what makes two trajectories equal
        first, last = self.frame(0), self.frame(-1)
        rows, apart = robust.nearest_distances(first)
        return float(np.median(np.linalg.norm(last[rows] - first[rows], axis=1) / apart)) if len(rows) else float("nan")

    @property
    def note(self) -> str | None:
        """A sentence where the climb did next to nothing, with what to do; None where it moved the points. Computed once."""
        return self._note

    @cached_property
    def _note(self) -> str | None:
        steps = int(self.steps[-1]) - int(self.steps[0])
        if steps < 1:
            return None
        moved = self.median_move
        if not moved < MIN_MEDIAN_MOVE:  # NaN: all points are equal
            return None
        d, around = self.frames.shape[2], self.effective_neighbors
        share = f"at most {100 * moved:.1f} %" if moved >= 0.0005 else "less than 0.1 %"
        did = f"The climb did next to nothing: in {counted(steps, 'step')} half of the points move by {share} of the distance between neighbours"
        if around is None:
            return f"{did}; what is read here is the points as they were."
        if around < MIN_EFFECTIVE_NEIGHBORS:
            return (
                f"{did}, because the density around a point is made of that point itself (effective number of points: {around:.2g}, in "
                f"{counted(d, 'dimension')}); what is read here is the points as they were. Take more neighbours or a larger bandwidth, or climb in a map."
            )
        return f"{did}: they lie on summits of this density already, or the steps are too few or too small."

    def sweep(self, frame: int = -1, min_samples: int = 10, callback: Callback | None = None) -> EpsilonSweep:
        """Sweep ε over one frame, with the floor of the start, so that frames can be compared.

        Parameters
        ----------
        frame
            Index of a kept frame.
        min_samples, callback
            Of `EpsilonSweep` and its `fit`.

        Raises
        ------
        BadInput
            There is no such frame, or `min_samples` is no count.
        Stopped
            The callback stopped it.
        """
        from vaegc.sweep import EpsilonSweep  # numba, which reading a spec does not need

        at = self._frame_index(frame)
        return EpsilonSweep(min_samples=min_samples, eps_floor=self.eps_floor).fit(self.frame(at), callback=callback)

    def modes(self, frame: int = -1, radius: float | None = None) -> Modes:
        """Modes of one frame: its distinct places.

        Parameters
        ----------
        frame
            Index of a kept frame.
        radius
            Points nearer than this are in one place; None: `eps_floor`, 1 % of the start's median distance to its columnwise median.

        Raises
        ------
        BadInput
            There is no such frame, or `radius` is below 0.

        Notes
        -----
        Exact single linkage at that radius, from one spanning tree: O(N log N) in few dimensions.
        """
        from vaegc.checks import check_number
        from vaegc.sweep import EpsilonSweep

        at = self._frame_index(frame)
        reach = self.eps_floor if radius is None else check_number(radius, "radius", 0)
        points = self.frame(at)
        if len(points) == 1:
            return Modes(points.copy(), np.zeros(1, np.int64), reach)
        members = EpsilonSweep(min_samples=1, eps_floor=0.0).fit(points).labels_at(reach)
        highest = np.full(members.max() + 1, -1)
        order = np.argsort(self.log_density[at], kind="stable")
        highest[members[order]] = order  # the last one written is the highest
        return Modes(points[highest], members, reach)

    def mode_counts(self, frames: Sequence[int] | None = None, radius: float | None = None) -> np.ndarray:
        """Number of modes in each of some frames (F,), None for all: (F,) int, see `modes`."""
        return np.array([len(self.modes(f, radius)) for f in (range(len(self)) if frames is None else frames)])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as plain arrays by name, which `from_arrays` takes back."""
        arrays = {name: getattr(self, name) for name in ("log_density", "steps", "step_lengths", "path_lengths")}
        for prefix, frames in (("", self.frames), ("data_", self.data_frames)):
            if frames is not None:
                arrays |= {
                    f"{prefix}start": frames.start,
                    f"{prefix}offsets": frames.offsets,
                    f"{prefix}unit": np.array(frames.unit),
                }
        effective = np.nan if self.effective_neighbors is None else self.effective_neighbors
        return {
            **arrays,
            "stopped": np.array(self.stopped),
            "eps_floor": np.array(self.eps_floor),
            "effective": np.array(effective),
        }

    @classmethod
    def from_arrays(cls, kept: Mapping[str, np.ndarray]) -> Trajectory:
        """Rebuild from `to_arrays`; the arrays are trusted."""
        frames = [
            Frames(kept[f"{prefix}start"], kept[f"{prefix}offsets"], float(kept[f"{prefix}unit"])) if f"{prefix}start" in kept else None
            for prefix in ("", "data_")
        ]  # fmt: skip
        assert frames[0] is not None
        effective = float(kept["effective"])
        return cls(
            frames[0], kept["log_density"], kept["steps"], bool(kept["stopped"]), frames[1], kept["step_lengths"], kept["path_lengths"],
            float(kept["eps_floor"]), None if np.isnan(effective) else effective,
        )  # fmt: skip

    def save(self, path: str | Path) -> None:
        """Write to one .npz file, without pickles; raises `BadInput` where that is impossible."""
        write_trajectory(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Trajectory:
        """Read what `save` wrote, in this version or an older one; raises `BadInput` for any other file."""
        kept = read_trajectory(Path(path))
        if "points" not in kept:
            return cls.from_arrays(kept)
        return cls(
            kept["points"], kept["log_density"], kept["steps"], bool(kept["stopped"]), kept.get("data_points"),
            kept["step_lengths"], kept["path_lengths"], float(kept["eps_floor"]),
        )  # fmt: skip

    def _frame_index(self, frame: int) -> int:
        if not isinstance(frame, (int, np.integer)) or isinstance(frame, bool) or not -len(self) <= frame < len(self):
            raise BadInput(f"frame must be between 0 and {len(self) - 1}; got {frame}.")
        return int(frame) % len(self)
