"""How points climb: steps of a fixed density, watched, stopped, and kept as a trajectory.

The law: log density never falls along the fixed-point ascent (methods section 3C).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_choice, check_int, check_number
from vaegc.errors import BadInput, NotSupported
from vaegc.progress import Callback, Progress, stop_asked

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

DENSITIES = ("kernel", "aggregated", "mixture", "marginal", "bound")
MOST_STEPS = 10_000
METHODS = ("fixed-point", "gradient", "blurring")
SUPPORTED = {"density": ("kernel",), "method": ("fixed-point",)}  # of this version


class Density(Protocol):
    """What `ascend` needs of a density."""

    def climb(self, y: npt.ArrayLike, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Moved points (B, d), and the log density (B,) before the move."""


@dataclass(frozen=True, slots=True)
class AscentConfig:
    """How to climb, as data."""

    density: str = "kernel"  # what is climbed
    neighbors: float | None = None  # k of the per-point bandwidth: an int, a share of N, or None for the default
    bandwidth: float | None = None  # one bandwidth for all points, instead of `neighbors`
    method: str = "fixed-point"  # kind of step
    steps: int = 30  # number of steps
    alpha: float = 1.0  # step length, 0 < alpha < 2; 1 is the mean-shift fixed point
    tol: float = 0.0  # a point rests when its move is below tol times its own start bandwidth
    keep_every: int = 1  # keep every n-th frame, and always the first and last

    def __post_init__(self) -> None:
        check_choice(self.density, "density", DENSITIES)
        check_choice(self.method, "method", METHODS)
        for name, known in SUPPORTED.items():
            if getattr(self, name) not in known:
                raise NotSupported(f"This version climbs with {name} {' or '.join(known)} only; got {getattr(self, name)!r}.")
        if self.bandwidth is not None:
            check_number(self.bandwidth, "bandwidth", 0, open_low=True)
        if self.neighbors is not None:
            check_number(self.neighbors, "neighbors", 0, open_low=True)
        check_steps(self.steps, self.alpha, self.tol, self.keep_every)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AscentConfig:
        """Rebuild from `to_dict`; unknown keys are refused by name."""
        unknown = sorted(map(str, set(values) - {f.name for f in fields(cls)}))
        if unknown:
            raise BadInput(f"Unknown ascent settings: {', '.join(unknown)}.")
        return cls(**dict(values))


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Where every point was at every kept step."""

    points: np.ndarray  # (T+1, N, d) float32, what is swept and drawn
    log_density: np.ndarray  # (T+1, N) float64, of what climbs
    steps: np.ndarray  # (T+1,) step numbers of the kept frames
    stopped: bool = False  # a callback stopped the climb early
    data_points: np.ndarray | None = None  # moved data, for densities that climb in the data

    def sweep(self, frame: int = -1, min_samples: int = 10, callback: Callback | None = None) -> EpsilonSweep:
        """Sweep one frame, with the floor of frame 0, so that frames can be compared."""
        if not isinstance(frame, (int, np.integer)) or not -len(self.points) <= frame < len(self.points):
            raise BadInput(f"frame must be between 0 and {len(self.points) - 1}; got {frame}.")
        from vaegc.sweep import EpsilonSweep, eps_floor  # numba, which reading a spec does not need

        floor = eps_floor(self.points[0])
        return EpsilonSweep(min_samples=min_samples, eps_floor=floor).fit(self.points[frame], callback=callback)


def check_steps(steps: int, alpha: float, tol: float, keep_every: int) -> None:
    """Raise `BadInput` for numbers with which one cannot climb."""
    check_int(steps, "steps", 0, MOST_STEPS)
    check_number(alpha, "alpha", 0, open_low=True)
    if alpha >= 2:
        raise BadInput(f"alpha must be below 2, where the ascent is no longer an ascent; got {alpha!r}.")
    check_number(tol, "tol", 0)
    check_int(keep_every, "keep_every", 1, MOST_STEPS)


def ascend(
    points: npt.ArrayLike, density: Density, steps: int = 30, alpha: float = 1.0, tol: float = 0.0,
    keep_every: int = 1, callback: Callback | None = None,
) -> Trajectory:  # fmt: skip
    """Let points climb a density.

    Parameters
    ----------
    points
        (N, d) where the climb starts.
    density
        What is climbed; it stays fixed.
    steps
        Number of steps; 0 gives the one frame of the start.
    alpha
        0 < alpha < 2, how far towards the fixed point each step goes.
    tol
        A point rests for good when its move is shorter than `tol` times its own start bandwidth (where the density
        has one per point; else times `eps_floor` of the start). Resting points cost nothing.
    keep_every
        Frames kept; the first and the last always are.
    callback
        Gets a `Progress` per step with the mean log density; True stops, and the frames so far are returned.

    Notes
    -----
    Climbs in float64, keeps frames in float32. Cost: `steps` + 1 evaluations of the density at N points.

    Examples
    --------
    >>> from vaegc import KernelDensity, ascend
    >>> start = [[0.0], [0.1], [1.0], [1.1]]
    >>> path = ascend(start, KernelDensity(start, bandwidth=0.2), steps=20)
    >>> [f"{z:.2f}" for z in path.points[-1].ravel()]
    ['0.05', '0.05', '1.05', '1.05']
    """
    check_steps(steps, alpha, tol, keep_every)
    if not hasattr(density, "climb"):
        raise BadInput("ascend needs a density to climb, such as KernelDensity(points).")
    z = as_points(points).copy()
    limit = tol * _move_scale(z, density)
    active = np.arange(len(z))
    frames, numbers = [z.astype(np.float32)], [0]
    logs: list[np.ndarray] = []
    log_density = np.empty(len(z))
    stopped = False
    for step in range(1, steps + 1):
        if len(active):
            moved, log_density[active] = density.climb(z[active], alpha)
            length = np.linalg.norm(moved - z[active], axis=1)
            z[active] = moved
        if len(logs) < len(frames):  # the log density of the newest kept frame, known only now
            logs.append(log_density.copy())
        if len(active) and tol > 0:
            resting = length < limit[active]
            if resting.any():  # their log density is not computed again, so take it where they stopped
                log_density[active[resting]] = density.climb(z[active[resting]], alpha)[1]
                active = active[~resting]
        mean = float(log_density.mean())
        event = Progress("ascend", step, steps, f"Step {step} of {steps}", {"log_density": mean, "moving": float(len(active))})
        stopped = stop_asked(callback, event) and step < steps
        if step % keep_every == 0 or step == steps or stopped:
            frames.append(z.astype(np.float32))
            numbers.append(step)
        if stopped:
            break
    if len(active):
        log_density[active] = density.climb(z[active], alpha)[1]
    if len(logs) < len(frames):
        logs.append(log_density)
    return Trajectory(np.stack(frames), np.stack(logs), np.asarray(numbers), stopped)


def _move_scale(points: np.ndarray, density: Density) -> np.ndarray:
    from vaegc.sweep import eps_floor

    own, centres = getattr(density, "bandwidths", None), getattr(density, "centres", None)
    return (
        own
        if own is not None and centres is not None and np.array_equal(centres, points)
        else np.full(len(points), eps_floor(points))
    )
