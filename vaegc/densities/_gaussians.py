"""A mixture of Gaussians as a fixed field: log density, gradient, and the mean-shift step. Its components do not move while points climb."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vaegc import robust
from vaegc.checks import as_points
from vaegc.densities import _dense, _kde_sums
from vaegc.densities._cells import MixtureTree, build_mixture_tree
from vaegc.densities._coarsen import merge_centers
from vaegc.densities._kernel import DensityStatistics
from vaegc.errors import BadInput
from vaegc.wording import counted

MAX_EXACT_COMPONENTS = 5_000  # up to so many are all summed in float64, unless asked otherwise
MAX_FLOAT32_RATIO = (
    1e30  # of a variance, its inverse and a squared distance over a variance, in units of the scale: float32 ends at 1e38
)
MIN_DEVICE_NUMBERS = 50_000  # numbers in the centres below which a graphics card costs more than it brings
# Pruning is calibrated on stretches of neighbouring centres: how many stretches, centres of each, and how many steps are compared.
CALIBRATION_STRETCHES, STRETCH_CENTERS, CALIBRATION_POINTS = 8, 256, 256
CALIBRATION_STEPS = 3  # from the centres, and on from there
MAX_MEDIAN_STEP_ERROR, MAX_P99_STEP_ERROR = 1e-3, 2e-2  # of pruned steps, in lengths of the exact step
MIN_STEP_BANDWIDTHS = 0.05  # length that is added to the step's own, in bandwidths: at a mode the step itself vanishes
MIN_PRUNE_THRESHOLD = 1e-8  # share of the density below which nothing is left out any more


class GaussianMixtureField:
    """Mixture of Gaussians Σ_n w_n N(z; m_n, diag v_n): base of the kernel density, the aggregated posterior and the mixture prior.

    Parameters
    ----------
    means
        (N, d) float64.
    variance
        (N,), or (N, d) where it differs by direction.
    log_weight
        (N,) log w_n.
    exact
        Sum every component in float64. None: up to 5,000 components; above, components that hold a negligible share are left out, close
        ones are merged, and what remains is summed in float32, as differences from a centre nearby. Points whose centres float32 cannot place
        to a small part of their bandwidths are summed exactly, and all of them where variances or distances do not fit into it.

    Notes
    -----
    Sums are of centres around their columnwise median, in units of their median distance to it (a power of two), so that neither the place of the
    origin nor the unit of measurement nor single points far away change an answer.
    With exact sums the fixed-point step never lowers log density for 0 < alpha < 2, whatever the weights and variances
    (Carreira-Perpiñán, 2007). The others are compared with all components at 256 centres and along their first three steps; where a step differs by more than
    1e-3 of its length in the median, or 2e-2 in the worst hundredth, less is left out, in the end nothing. Later, where steps become short, the
    difference stays below about 2e-3 of a bandwidth. Merging is not checked: it costs
    about 1e-3 of a step. Cost of all B points: O(B N d) at most. Where torch has a graphics card, it sums all.
    """

    domain = "latent"
    name = "sum of Gaussians"
    centers_are_points = True  # whether the centres are points, which may move

    def __init__(self, means: np.ndarray, variance: np.ndarray, log_weight: np.ndarray, exact: bool | None = None) -> None:
        n, d = means.shape
        check_size(means)
        if not (np.isfinite(variance).all() and (variance > 0).all()):
            raise BadInput("The variances must be above 0 and finite; scale the centres.")
        self.centers = means
        self._variance, self._log_weight, self._prune_threshold = variance, log_weight, _kde_sums.PRUNE_THRESHOLD
        self._scaled_centers, self._origin, self._scale = robust.standardized(means)
        if not self._scaled_centers.any():  # all in one place: the scale is that of the components
            self._scale = robust.unit(float(np.sqrt(np.median(variance))))
        # Both are squares of numbers within 1e±100: dividing twice keeps them numbers.
        self._scaled_variance = variance / self._scale / self._scale
        self.exact = n <= MAX_EXACT_COMPONENTS if exact is None else bool(exact)
        if not self.exact:
            low, high = float(self._scaled_variance.min()), float(self._scaled_variance.max())
            farthest = float(np.abs(self._scaled_centers).max())
            fits = 1 / MAX_FLOAT32_RATIO < low <= high < MAX_FLOAT32_RATIO
            self.exact = not (fits and 4 * d * farthest * farthest / min(low, 1.0) < MAX_FLOAT32_RATIO)
        self._tree: MixtureTree | None = None  # built when it is first needed
        self._device = None if n * d < MIN_DEVICE_NUMBERS else _dense.device()

    @property
    def step_variance(self) -> float:
        """Variance of a typical component: a gradient step of alpha goes alpha * step_variance * gradient."""
        return float(np.median(self._variance))

    @property
    def n_components(self) -> int:
        """How many Gaussians are summed at most: fewer than centres where close ones were merged."""
        if self._device is not None:
            return len(self.centers)
        self._score(self.centers[:1])
        assert self._tree is not None
        return int(self._tree.gaussians.means.shape[1])

    def log_prob(self, y: npt.ArrayLike) -> np.ndarray:
        """Log density (B,) at points (B, d)."""
        return self.statistics(y).log_density

    def grad(self, y: npt.ArrayLike) -> np.ndarray:
        """Gradient (B, d) of the log density."""
        return self.log_prob_and_grad(y)[1]

    def log_prob_and_grad(self, y: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Log density (B,) and its gradient (B, d), from one pass."""
        found = self.statistics(y)
        return found.log_density, found.shift * found.precision

    def step(self, y: npt.ArrayLike, alpha: float = 1.0) -> np.ndarray:
        """Points (B, d) after z + alpha * grad / P, P the mean precision; alpha = 1 is the mean-shift fixed point."""
        return self.step_and_log_prob(y, alpha)[0]

    def step_and_log_prob(self, y: npt.ArrayLike, alpha: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """Points (B, d) after `step`, and the log density (B,) of the points before it, from one pass over the components."""
        points = self._validate(y)
        found = self._score(points)
        return points + alpha * found.shift, found.log_density

    def effective_neighbors(self, y: npt.ArrayLike) -> np.ndarray:
        """(B,) effective number of components at points (B, d): exp(-Σ r log r) of their shares r in the density."""
        return self.statistics(y).effective_neighbors

    def statistics(self, y: npt.ArrayLike) -> DensityStatistics:
        """All that one pass over the components tells at points (B, d); its attributes say what."""
        return self._score(self._validate(y))

    def sample_around(self, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draws (M, d), each from the Gaussian around one centre; `rows` (M,) are the indices of these."""
        variance = self._variance[rows]
        noise = rng.standard_normal((len(rows), self.centers.shape[1]))
        return self.centers[rows] + np.sqrt(variance if variance.ndim == 2 else variance[:, None]) * noise

    def with_centers(self, centers: np.ndarray) -> GaussianMixtureField:
        """The same components around other centres (N, d): what blurring mean shift climbs next."""
        return GaussianMixtureField(centers, self._variance, self._log_weight, self.exact)

    def _validate(self, y: npt.ArrayLike) -> np.ndarray:
        points = as_points(y, "points to climb")
        if np.abs(points).max() > robust.MAX_MAGNITUDE:
            raise BadInput(f"Points to climb must lie within ±{robust.MAX_MAGNITUDE:g}, so that their squares are numbers.")
        if points.shape[1] != self.centers.shape[1]:
            raise BadInput(
                f"The density lives in {counted(self.centers.shape[1], 'dimension')}, the points in {points.shape[1]}."
            )
        return points

    def _score(self, points: np.ndarray) -> DensityStatistics:
        """`statistics` at valid points: computed around the origin in units of the scale, given in those of the points."""
        z = (points - self._origin) / self._scale
        if self._device is not None:
            scaled = _dense.evaluate_dense(
                self._scaled_centers, 1 / self._scaled_variance, self._log_coefficients(), z, self._device
            )
        else:
            if self._tree is None:
                tree = self._components()
                self._prune_threshold = 0.0 if self.exact else self._calibrate_pruning(tree)
                self._tree = tree
            scaled = _kde_sums.evaluate(self._tree, z, self._prune_threshold)
        return scaled._replace(
            log_density=scaled.log_density - points.shape[1] * math.log(self._scale), shift=scaled.shift * self._scale,
            precision=scaled.precision / self._scale / self._scale,
        )  # fmt: skip

    def _calibrate_pruning(self, tree: MixtureTree) -> float:
        """Share of the density below which a cell may be left out: lowered until steps from some centres, and the next ones, are exact enough.

        Calibrated once, from the centres alone, so that no answer depends on what was asked before.
        """
        n = tree.gaussians.means.shape[1]
        # Stretches of the tree: their points lie together, as those of a climb do, which decides what a block leaves out.
        begin = np.linspace(0, max(n - STRETCH_CENTERS, 0), CALIBRATION_STRETCHES).astype(int)
        rows = np.unique(np.concatenate([np.arange(b, min(b + STRETCH_CENTERS, n)) for b in begin]))
        some = np.linspace(0, len(rows) - 1, CALIBRATION_POINTS).astype(int)
        z, threshold = np.ascontiguousarray(tree.gaussians.means.T[rows]), _kde_sums.PRUNE_THRESHOLD
        for _ in range(CALIBRATION_STEPS):
            true = _kde_sums.evaluate(tree, z[some], prune_threshold=0.0)
            # A step is compared with its own length, but not below a twentieth of a bandwidth: at a mode the step itself vanishes.
            length = np.linalg.norm(true.shift, axis=1) + MIN_STEP_BANDWIDTHS / np.sqrt(true.precision.mean(axis=1))
            while True:
                shift = _kde_sums.evaluate(tree, z, threshold).shift
                error = np.linalg.norm(shift[some] - true.shift, axis=1) / length
                if threshold == 0 or (
                    np.median(error) <= MAX_MEDIAN_STEP_ERROR and np.percentile(error, 99) <= MAX_P99_STEP_ERROR
                ):
                    break
                threshold = threshold / 3 if threshold > MIN_PRUNE_THRESHOLD else 0.0
            z = z + shift
        return threshold

    def _log_coefficients(self) -> np.ndarray:
        """Log of weight times normalising constant in units of the scale, (N,)."""
        d, logs = self.centers.shape[1], np.log(self._scaled_variance)
        return self._log_weight - 0.5 * (d * logs if logs.ndim == 1 else logs.sum(axis=1)) - 0.5 * d * math.log(2 * math.pi)

    def _components(self) -> MixtureTree:
        """The components in a tree, close ones merged where that is allowed and pays."""
        if not self.exact and self._scaled_variance.ndim == 1 and np.ptp(self._log_weight) == 0:
            found = merge_centers(self._scaled_centers, np.sqrt(self._scaled_variance))
            if found is not None:
                means, variance, step_precision, count = found
                d = means.shape[1]
                log_weight = self._log_weight[0] + np.log(count) - 0.5 * d * np.log(2 * math.pi * variance)
                return build_mixture_tree(means, 1 / variance, log_weight, step_precision, np.log(count))
        return build_mixture_tree(self._scaled_centers, 1 / self._scaled_variance, self._log_coefficients())


def check_size(means: np.ndarray) -> None:
    """Raise `BadInput` for centres whose squares are no numbers."""
    if not np.abs(means).max() < robust.MAX_MAGNITUDE:
        raise BadInput(f"The centres must lie within ±{robust.MAX_MAGNITUDE:g}, so that their squares are numbers; scale them.")
