"""Gradient ascent of points on a density: mean shift, gradient and blurring steps, watched, stopped, and recorded as a trajectory."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vaegc import robust
from vaegc.ascent._config import METHODS, check_steps, check_tol
from vaegc.ascent._recorder import TrajectoryRecorder
from vaegc.ascent._trajectory import Trajectory
from vaegc.checks import as_points, check_choice
from vaegc.errors import BadInput, NotSupported, VaegcError
from vaegc.progress import Callback, Progress, stop_asked

MAX_NEIGHBOR_SAMPLES = 256  # points around which the effective number of kernel centres is counted
MAX_HALVINGS = 12  # of a gradient step that would fall


class Density(Protocol):
    """What `ascend` needs of a density."""

    def step_and_log_prob(self, y: npt.ArrayLike, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Moved points (B, d), and the log density (B,) before the move."""

    def log_prob(self, y: npt.ArrayLike) -> np.ndarray:
        """Log density (B,) at points (B, d)."""


def ascend(
    points: npt.ArrayLike, density: Any, steps: int = 30, alpha: float = 1.0, tol: float = 0.0,
    keep_every: int = 1, callback: Callback | None = None, *, method: str = "fixed-point", tol_scale: npt.ArrayLike | None = None,
) -> Trajectory:  # fmt: skip
    """Move points uphill on a density, step by step: mean shift, gradient ascent or blurring mean shift.

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

    tol_scale
        (N,) lengths of which `tol` is a share, instead of those named there.

    Returns
    -------
    Trajectory
        Places, log densities (nats) and step lengths of all points in the kept frames; `stopped` where the callback ended it early.

    Raises
    ------
    BadInput
        Points, numbers or `tol_scale` that cannot be used, with what would be accepted; what is no density; for "blurring", points that are not
        the density's own centres.
    NotSupported
        "gradient" for a density without `log_prob_and_grad`, "blurring" for one without centres that are points.
    VaegcError
        The density gave places or log densities that are not finite, or a point went farther than frames can hold.

    Notes
    -----
    Climbs in float64, keeps frames as float32 offsets from the float64 start. Cost: `steps` + 1 evaluations of the density at N points ("gradient": a few
    more). Where the density climbs in the data (`density.domain` is "data"), the frames are their encoding, lengths are those of the moved
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
    if not hasattr(density, "step_and_log_prob"):
        raise BadInput("ascend needs a density to climb, such as KernelDensity(points).")
    z = as_points(points).copy()
    _check_finite(z, "points", 0)
    if method == "blurring":
        _check_blurring(z, density)
    if method == "gradient" and not hasattr(density, "log_prob_and_grad"):
        raise NotSupported("Gradient steps need a density with log_prob_and_grad; this one has its own step only.")
    recorder = TrajectoryRecorder(density, z.copy(), steps // keep_every + 2)  # z moves
    given = None if tol_scale is None else check_tol_scale(tol_scale, len(z))
    min_move = tol * (_default_tol_scale(z, density) if given is None else given) if tol > 0 else None
    effective = _median_effective_neighbors(density, z) if steps else None
    active = np.arange(len(z))
    log_density = np.empty(len(z))
    stepper = GradientStepper(density, alpha) if method == "gradient" else None
    stopped = False
    for step in range(1, steps + 1):
        length = np.zeros(len(z))
        if len(active):
            here = z[active]
            moved, log_density[active] = (
                stepper.step_and_log_prob(here, active) if stepper else density.step_and_log_prob(here, alpha)
            )
            _check_finite(moved, "places", step)
            _check_finite(log_density[active], "log densities", step)
            length[active] = np.linalg.norm(moved - here, axis=1)
            z[active] = moved
            if method == "blurring":
                density = density.with_centers(z)
        recorder.set_log_density(log_density)
        if min_move is not None and len(active):
            resting = length[active] < min_move[active]
            if resting.any():  # their log density is not computed again, so take it where they stopped
                log_density[active[resting]] = density.log_prob(z[active[resting]])
                active = active[~resting]
        event = Progress(
            "ascend", step, steps, f"Step {step} of {steps}",
            {"log_density": float(log_density.mean()), "moving": float(len(active))},
        )  # fmt: skip
        stopped = stop_asked(callback, event) and step < steps
        recorder.add_length(length)
        if step % keep_every == 0 or step == steps or stopped:
            recorder.add_frame(z, step, length)
        if stopped:
            break
    if len(active):
        log_density[active] = density.log_prob(z[active])
        _check_finite(log_density[active], "log densities", int(recorder.steps[-1]))
    recorder.set_log_density(log_density)
    return recorder.trajectory(stopped, effective)


class GradientStepper:
    """Gradient steps with backtracking, which never lower log density; caches log density and gradient of where the points are."""

    def __init__(self, density: Any, alpha: float) -> None:
        self.density, self.step_size = density, alpha * density.step_variance
        self.bounds = getattr(density, "bounds", None)  # lowest and highest coordinate that a step may reach
        self.log_density: np.ndarray | None = None  # (N,)
        self.gradient: np.ndarray | None = None  # (N, d)

    def step_and_log_prob(self, z: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Moved points (B, d) and the log density (B,) before the move; `rows` (B,) are their indices among all, all of them at first."""
        if self.log_density is None or self.gradient is None:
            self.log_density, self.gradient = (found.copy() for found in self.density.log_prob_and_grad(z))
        before, gradient = self.log_density[rows], self.gradient[rows]
        moved, after, next_gradient = z.copy(), before.copy(), gradient.copy()
        open_, size = np.arange(len(z)), self.step_size
        for _ in range(MAX_HALVINGS):
            tried = z[open_] + size * gradient[open_]
            if self.bounds is not None:
                tried = np.clip(tried, *self.bounds)
            there, there_gradient = self.density.log_prob_and_grad(tried)
            good = there >= before[open_]
            moved[open_[good]], after[open_[good]], next_gradient[open_[good]] = tried[good], there[good], there_gradient[good]
            open_, size = open_[~good], size / 2
            if not len(open_):
                break
        self.log_density[rows], self.gradient[rows] = after, next_gradient
        return moved, before


def _check_finite(values: np.ndarray, what: str, step: int) -> None:
    """Raise where a climb can go no farther: squares must be numbers."""
    if np.isfinite(values).all() and np.abs(values).max(initial=0.0) < robust.MAX_MAGNITUDE:
        return
    if step == 0:
        raise BadInput(f"The {what} must lie within ±{robust.MAX_MAGNITUDE:g}, so that their squares are numbers; scale them.")
    raise VaegcError(f"In step {step} the density gave {what} that are not finite; scale the data or take another bandwidth.")


def _check_blurring(points: np.ndarray, density: Any) -> None:
    if not getattr(density, "centers_are_points", hasattr(density, "with_centers")):
        raise NotSupported("Blurring moves the centres with the points; this density has no centres that are points.")
    if density.centers.shape != points.shape or not np.array_equal(density.centers, points):
        raise BadInput("Blurring needs the points that climb to be the density's own centres.")


def check_tol_scale(tol_scale: npt.ArrayLike, n: int) -> np.ndarray:
    """Return `tol_scale` as (N,) float64 lengths, or raise `BadInput`."""
    lengths = as_points(np.reshape(tol_scale, (1, -1)) if np.ndim(tol_scale) == 1 else tol_scale, "tol_scale")  # type: ignore[arg-type]
    if lengths.shape != (1, n) or np.ndim(tol_scale) != 1 or (lengths < 0).any():
        raise BadInput(
            f"tol_scale must be one length per point, none below 0: {n:,} points, tol_scale of shape {np.shape(tol_scale)}."
        )
    return lengths[0]


def _median_effective_neighbors(density: Any, points: np.ndarray) -> float | None:
    """Median effective number of kernel centres around some of the points; None where the density's centres are not points."""
    if not (getattr(density, "centers_are_points", False) and hasattr(density, "effective_neighbors")):
        return None
    some = np.unique(np.linspace(0, len(points) - 1, min(MAX_NEIGHBOR_SAMPLES, len(points))).astype(int))
    return float(np.median(density.effective_neighbors(points[some])))


def _default_tol_scale(points: np.ndarray, density: Any) -> np.ndarray:
    """(N,) bandwidths where the points are the density's centres and have any, else the floor of ε."""
    from vaegc.sweep import eps_floor

    own, centers = getattr(density, "bandwidths", None), getattr(density, "centers", None)
    if own is None or centers is None or not np.array_equal(centers, points):
        return np.full(len(points), eps_floor(points))
    return own if (own > 0).all() else np.where(own > 0, own, eps_floor(points))
