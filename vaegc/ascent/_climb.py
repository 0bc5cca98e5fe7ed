"""The climb itself: steps of a density, watched, stopped, and kept as a trajectory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vaegc import robust
from vaegc.ascent._config import METHODS, check_steps, check_tol
from vaegc.ascent._frames import Growing
from vaegc.ascent._trajectory import Trajectory
from vaegc.checks import as_points, check_choice
from vaegc.errors import BadInput, NotSupported, VaegcError
from vaegc.progress import Callback, Progress, stop_asked

MOST_BYTES = 1024**3  # of moved data in all frames; above, the first and the last are kept
SAMPLED = 256  # points around which the effective number of kernel centres is counted
HALVINGS = 12  # of a gradient step that would fall


class Density(Protocol):
    """What `ascend` needs of a density."""

    def climb(self, y: npt.ArrayLike, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Moved points (B, d), and the log density (B,) before the move."""


def ascend(
    points: npt.ArrayLike, density: Any, steps: int = 30, alpha: float = 1.0, tol: float = 0.0,
    keep_every: int = 1, callback: Callback | None = None, *, method: str = "fixed-point", rest: npt.ArrayLike | None = None,
) -> Trajectory:  # fmt: skip
    """Let points climb a density.

    Parameters
    ----------
    points
        (N, d) where the climb starts: in the space of the density's centres, or the data for densities that climb there.
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
    method
        - ``"fixed-point"``: the density's own step; for sums of Gaussians that of mean shift, which never falls.
        - ``"gradient"``: alpha times the variance of a typical component times the gradient; a step that would fall is halved until it does
          not, point by point. It is slow far out, where the gradient is small.
        - ``"blurring"``: the centres move with the points (blurring mean shift), so that the field sharpens itself: faster, a different method,
          and in the end everything meets in one place. It takes no `tol`: points at rest would be left behind by the field.

    rest
        (N,) lengths of which `tol` is a share, instead of those named there.

    Notes
    -----
    Climbs in float64, keeps frames as float32 offsets from the float64 start. Cost: `steps` + 1 evaluations of the density at N points ("gradient": a few
    more). Where the density climbs in the data (`density.space` is "data"), the frames are their encoding, lengths are those of the moved
    data, and `data_points` keeps these (first and last frame only above 1 GiB).

    References
    ----------
    Cheng 1995 (both kinds of mean shift); Carreira-Perpinan 2006 (blurring).

    Examples
    --------
    >>> from vaegc import KernelDensity, ascend
    >>> start = [[0.0], [0.1], [1.0], [1.1]]
    >>> path = ascend(start, KernelDensity(start, bandwidth=0.2), steps=20)
    >>> [f"{z:.2f}" for z in path.points[-1].ravel()]
    ['0.05', '0.05', '1.05', '1.05']
    """
    check_steps(steps, alpha, tol, keep_every)
    check_choice(method, "method", METHODS)
    check_tol(tol, method)
    if not hasattr(density, "climb"):
        raise BadInput("ascend needs a density to climb, such as KernelDensity(points).")
    z = as_points(points).copy()
    _check_finite(z, "points", 0)
    if method == "blurring":
        _check_blurred(z, density)
    if method == "gradient" and not hasattr(density, "logp_and_grad"):
        raise NotSupported("Gradient steps need a density with logp_and_grad; this one has its own step only.")
    kept = _Kept(density, z.copy(), steps // keep_every + 2)  # z moves
    lengths = None if rest is None else check_lengths(rest, len(z))
    limit = tol * (_move_scale(z, density) if lengths is None else lengths) if tol > 0 else None
    effective = _effective(density, z) if steps else None
    active = np.arange(len(z))
    log_density = np.empty(len(z))
    slopes = _Slopes(density, alpha) if method == "gradient" else None
    stopped = False
    for step in range(1, steps + 1):
        length = np.zeros(len(z))
        if len(active):
            here = z[active]
            moved, log_density[active] = slopes.climb(here, active) if slopes else density.climb(here, alpha)
            _check_finite(moved, "places", step)
            _check_finite(log_density[active], "log densities", step)
            length[active] = np.linalg.norm(moved - here, axis=1)
            z[active] = moved
            if method == "blurring":
                density = density.recentred(z)
        kept.known(log_density)
        if limit is not None and len(active):
            resting = length[active] < limit[active]
            if resting.any():  # their log density is not computed again, so take it where they stopped
                log_density[active[resting]] = density.logp(z[active[resting]])
                active = active[~resting]
        event = Progress(
            "ascend", step, steps, f"Step {step} of {steps}",
            {"log_density": float(log_density.mean()), "moving": float(len(active))},
        )  # fmt: skip
        stopped = stop_asked(callback, event) and step < steps
        kept.went(length)
        if step % keep_every == 0 or step == steps or stopped:
            kept.frame(z, step, length)
        if stopped:
            break
    if len(active):
        log_density[active] = density.logp(z[active])
        _check_finite(log_density[active], "log densities", int(kept.numbers[-1]))
    kept.known(log_density)
    return kept.trajectory(stopped, effective)


@dataclass
class _Kept:
    """Frames as they come; the log density of the newest is known only when the next step begins."""

    density: Any
    start: np.ndarray
    expected: int  # frames
    numbers: list[int] = field(default_factory=list)
    logs: list[np.ndarray] = field(default_factory=list)
    lengths: list[np.ndarray] = field(default_factory=list)
    paths: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        in_data = getattr(self.density, "space", "latent") == "data"
        self.all_data = self.expected * self.start.size * 4 <= MOST_BYTES
        self.so_far = np.zeros(len(self.start))
        self.data = Growing(self.start) if in_data else None
        self.frames = Growing(self.density.encode(self.start) if in_data else self.start)
        self.frame(self.start, 0, self.so_far)

    def frame(self, z: np.ndarray, step: int, length: np.ndarray) -> None:
        if self.data is not None:
            if not self.all_data and len(self.data.offsets) == 2:
                self.data.offsets.pop()
            self._add(self.data, z, step)
        encoded = z if self.data is None else self.density.encode(z) if step else self.frames.start
        self._add(self.frames, encoded, step)
        self.numbers.append(step)
        self.lengths.append(length)
        self.paths.append(self.so_far)

    def _add(self, to: Growing, places: np.ndarray, step: int) -> None:
        try:
            to.add(places)
        except BadInput as error:
            raise VaegcError(f"In step {step}: {error}") from None

    def known(self, log_density: np.ndarray) -> None:
        if len(self.logs) < len(self.numbers):
            self.logs.append(log_density.copy())

    def went(self, length: np.ndarray) -> None:
        self.so_far = self.so_far + length

    def trajectory(self, stopped: bool, effective: float | None) -> Trajectory:
        data = None if self.data is None else self.data.frames()
        return Trajectory(
            self.frames.frames(), np.stack(self.logs), np.asarray(self.numbers), stopped, data,
            np.stack(self.lengths), np.stack(self.paths), effective_neighbors=effective,
        )  # fmt: skip


class _Slopes:
    """Gradient steps that never fall; remembers log density and gradient of where the points are."""

    def __init__(self, density: Any, alpha: float) -> None:
        self.density, self.size = density, alpha * density.unit
        self.bounds = getattr(density, "bounds", None)
        self.at: dict[str, np.ndarray] = {}

    def climb(self, z: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not self.at:
            logs, slope = self.density.logp_and_grad(z)
            self.at = {"logs": logs.copy(), "slope": slope.copy()}
        logs, slope = self.at["logs"][rows], self.at["slope"][rows]
        moved, after, next_slope = z.copy(), logs.copy(), slope.copy()
        open_, size = np.arange(len(z)), self.size
        for _ in range(HALVINGS):
            tried = z[open_] + size * slope[open_]
            if self.bounds is not None:
                tried = np.clip(tried, *self.bounds)
            there, there_slope = self.density.logp_and_grad(tried)
            good = there >= logs[open_]
            moved[open_[good]], after[open_[good]], next_slope[open_[good]] = tried[good], there[good], there_slope[good]
            open_, size = open_[~good], size / 2
            if not len(open_):
                break
        self.at["logs"][rows], self.at["slope"][rows] = after, next_slope
        return moved, logs


def _check_finite(values: np.ndarray, what: str, step: int) -> None:
    """Raise where a climb can go no farther: squares must be numbers."""
    if np.isfinite(values).all() and np.abs(values).max(initial=0.0) < robust.LARGEST:
        return
    if step == 0:
        raise BadInput(f"The {what} must lie within ±{robust.LARGEST:g}, so that their squares are numbers; scale them.")
    raise VaegcError(f"In step {step} the density gave {what} that are not finite; scale the data or take another bandwidth.")


def _check_blurred(points: np.ndarray, density: Any) -> None:
    if not getattr(density, "blurs", hasattr(density, "recentred")):
        raise NotSupported("Blurring moves the centres with the points; this density has no centres that are points.")
    if density.centres.shape != points.shape or not np.array_equal(density.centres, points):
        raise BadInput("Blurring needs the points that climb to be the density's own centres.")


def check_lengths(rest: npt.ArrayLike, n: int) -> np.ndarray:
    """Return `rest` as (N,) float64 lengths, or raise `BadInput`."""
    lengths = as_points(np.reshape(rest, (1, -1)) if np.ndim(rest) == 1 else rest, "rest")  # type: ignore[arg-type]
    if lengths.shape != (1, n) or np.ndim(rest) != 1 or (lengths < 0).any():
        raise BadInput(f"rest must be one length per point, none below 0: {n:,} points, rest of shape {np.shape(rest)}.")
    return lengths[0]


def _effective(density: Any, points: np.ndarray) -> float | None:
    """Median effective number of kernel centres around some of the points; None where the density's centres are not points."""
    if not (getattr(density, "blurs", False) and hasattr(density, "effective_neighbours")):
        return None
    some = np.unique(np.linspace(0, len(points) - 1, min(SAMPLED, len(points))).astype(int))
    return float(np.median(density.effective_neighbours(points[some])))


def _move_scale(points: np.ndarray, density: Any) -> np.ndarray:
    from vaegc.sweep import eps_floor

    own, centres = getattr(density, "bandwidths", None), getattr(density, "centres", None)
    if own is None or centres is None or not np.array_equal(centres, points):
        return np.full(len(points), eps_floor(points))
    return own if (own > 0).all() else np.where(own > 0, own, eps_floor(points))
