"""A sum of Gaussians, its gradient and the step that climbs it. The field is fixed: its components do not move while points climb."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from vaegc import robust
from vaegc.checks import as_points
from vaegc.densities import _cells as _components
from vaegc.densities import _dense, _kde_sums
from vaegc.densities._coarsen import merged
from vaegc.errors import BadInput
from vaegc.wording import counted

LARGEST32 = 1e30  # of a variance, its inverse and a squared distance over a variance, where 1 is the scale: float32 ends at 1e38
STRETCHES, STRETCH, CHECKED = 8, 256, 256  # centres from which steps are tried, and how many are compared with all components
STEPS_CHECKED = 3  # steps that are tried: from the centres, and on from there
MEDIAN_ERROR, WORST_ERROR = 1e-3, 2e-2  # that a step may have there, in its own lengths
LEAST = 1e-8  # share below which nothing is left out any more
EXACT_UP_TO = 5_000  # components that are all summed in float64, unless asked otherwise


class GaussianSum:
    """Σ_n w_n N(z; m_n, diag v_n), the common part of the densities below.

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
    (methods section 3C). The others are compared with all components at 256 centres and along their first three steps; where a step differs by more than
    1e-3 of its length in the median, or 2e-2 in the worst hundredth, less is left out, in the end nothing. Later, where steps become short, the
    difference stays below about 2e-3 of a bandwidth. Merging is not checked: it costs
    about 1e-3 of a step. Cost of all B points: O(B N d) at most. Where torch has a graphics card, it sums all.
    """

    space = "latent"
    name = "sum of Gaussians"
    blurs = True  # whether the centres are points, which may move

    def __init__(self, means: np.ndarray, variance: np.ndarray, log_weight: np.ndarray, exact: bool | None = None) -> None:
        n, d = means.shape
        check_size(means)
        if not (np.isfinite(variance).all() and (variance > 0).all()):
            raise BadInput("The variances must be above 0 and finite; scale the centres.")
        self.centres = means
        self._variance, self._log_weight, self._left_out = variance, log_weight, _kde_sums.LEFT_OUT
        self._z, self._shift, self._unit = robust.standardised(means)
        if not self._z.any():  # all in one place: the scale is that of the components
            self._unit = robust.unit(float(np.sqrt(np.median(variance))))
        # Both are squares of numbers within 1e±100: dividing twice keeps them numbers.
        self._v = variance / self._unit / self._unit
        self.exact = n <= EXACT_UP_TO if exact is None else bool(exact)
        if not self.exact:
            low, high = float(self._v.min()), float(self._v.max())
            farthest = float(np.abs(self._z).max())
            self.exact = not (1 / LARGEST32 < low <= high < LARGEST32 and 4 * d * farthest * farthest / min(low, 1.0) < LARGEST32)
        self._parts: _components.Components | None = None
        self._card = None if n * d < 50_000 else _dense.device()

    @property
    def unit(self) -> float:
        """Variance of a typical component: a gradient step of alpha goes alpha * unit * gradient."""
        return float(np.median(self._variance))

    @property
    def n_components(self) -> int:
        """How many Gaussians are summed at most: fewer than centres where close ones were merged."""
        if self._card is not None:
            return len(self.centres)
        self._evaluate(self.centres[:1])
        assert self._parts is not None
        return int(self._parts.means.shape[1])

    def logp(self, y: npt.ArrayLike) -> np.ndarray:
        """Log density (B,) at points (B, d)."""
        return self.sums(y).log_density

    def grad(self, y: npt.ArrayLike) -> np.ndarray:
        """Gradient (B, d) of the log density."""
        return self.logp_and_grad(y)[1]

    def logp_and_grad(self, y: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Log density (B,) and its gradient (B, d), from one pass."""
        sums = self.sums(y)
        return sums.log_density, sums.shift * sums.precision

    def step(self, y: npt.ArrayLike, alpha: float = 1.0) -> np.ndarray:
        """Points (B, d) after z + alpha * grad / P, P the mean precision; alpha = 1 is the mean-shift fixed point."""
        return self.climb(y, alpha)[0]

    def climb(self, y: npt.ArrayLike, alpha: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """`step` and `logp` of the points before it, from one pass over the components."""
        points = self._checked(y)
        sums = self._evaluate(points)
        return points + alpha * sums.shift, sums.log_density

    def effective_neighbours(self, y: npt.ArrayLike) -> np.ndarray:
        """(B,) effective number of components at points (B, d): exp(-Σ r log r) of their shares r in the density."""
        return self.sums(y).neighbours

    def sums(self, y: npt.ArrayLike) -> _kde_sums.Sums:
        """All that one pass over the components knows at points (B, d)."""
        return self._evaluate(self._checked(y))

    def around(self, which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draws (M, d), each from the Gaussian around one centre of `which` (M,)."""
        variance = self._variance[which]
        noise = rng.standard_normal((len(which), self.centres.shape[1]))
        return self.centres[which] + np.sqrt(variance if variance.ndim == 2 else variance[:, None]) * noise

    def recentred(self, means: np.ndarray) -> GaussianSum:
        """The same components around other means (N, d): what blurring mean shift climbs next."""
        return GaussianSum(means, self._variance, self._log_weight, self.exact)

    def _checked(self, y: npt.ArrayLike) -> np.ndarray:
        points = as_points(y, "points to climb")
        if np.abs(points).max() > robust.LARGEST:
            raise BadInput(f"Points to climb must lie within ±{robust.LARGEST:g}, so that their squares are numbers.")
        if points.shape[1] != self.centres.shape[1]:
            raise BadInput(
                f"The density lives in {counted(self.centres.shape[1], 'dimension')}, the points in {points.shape[1]}."
            )
        return points

    def _evaluate(self, points: np.ndarray) -> _kde_sums.Sums:
        z = (points - self._shift) / self._unit
        if self._card is not None:
            sums = _dense.evaluate_dense(self._z, 1 / self._v, self._scaled(), z, self._card)
        else:
            if self._parts is None:
                parts = self._built()
                self._left_out = 0.0 if self.exact else self._settled(parts)
                self._parts = parts
            sums = _kde_sums.evaluate(self._parts, z, self._left_out)
        return replace(
            sums, log_density=sums.log_density - points.shape[1] * math.log(self._unit), shift=sums.shift * self._unit,
            precision=sums.precision / self._unit / self._unit,
        )  # fmt: skip

    def _settled(self, parts: _components.Components) -> float:
        """How much may be left out: less and less, until steps from some centres are what is promised, and the next ones too.

        Settled once, from the centres alone, so that no answer depends on what was asked before.
        """
        n = parts.means.shape[1]
        # Stretches of the tree: their points lie together, as those of a climb do, which decides what a block leaves out.
        begin = np.linspace(0, max(n - STRETCH, 0), STRETCHES).astype(int)
        rows = np.unique(np.concatenate([np.arange(b, min(b + STRETCH, n)) for b in begin]))
        some = np.linspace(0, len(rows) - 1, CHECKED).astype(int)
        z, left_out = np.ascontiguousarray(parts.means.T[rows]), _kde_sums.LEFT_OUT
        for _ in range(STEPS_CHECKED):
            true = _kde_sums.evaluate(parts, z[some], left_out=0.0)
            # A step is compared with its own length, but not below a twentieth of a bandwidth: at a mode the step itself vanishes.
            length = np.linalg.norm(true.shift, axis=1) + 0.05 / np.sqrt(true.precision.mean(axis=1))
            while True:
                shift = _kde_sums.evaluate(parts, z, left_out).shift
                error = np.linalg.norm(shift[some] - true.shift, axis=1) / length
                if left_out == 0 or (np.median(error) <= MEDIAN_ERROR and np.percentile(error, 99) <= WORST_ERROR):
                    break
                left_out = left_out / 3 if left_out > LEAST else 0.0
            z = z + shift
        return left_out

    def _scaled(self) -> np.ndarray:
        """Log of weight times normalising constant in units of the scale, (N,)."""
        d, logs = self.centres.shape[1], np.log(self._v)
        return self._log_weight - 0.5 * (d * logs if logs.ndim == 1 else logs.sum(axis=1)) - 0.5 * d * math.log(2 * math.pi)

    def _built(self) -> _components.Components:
        if not self.exact and self._v.ndim == 1 and np.ptp(self._log_weight) == 0:
            found = merged(self._z, np.sqrt(self._v))
            if found is not None:
                means, variance, step_precision, count = found
                d = means.shape[1]
                log_weight = self._log_weight[0] + np.log(count) - 0.5 * d * np.log(2 * math.pi * variance)
                return _components.components(means, 1 / variance, log_weight, step_precision, np.log(count))
        return _components.components(self._z, 1 / self._v, self._scaled())


def check_size(means: np.ndarray) -> None:
    """Raise `BadInput` for centres whose squares are no numbers."""
    if not np.abs(means).max() < robust.LARGEST:
        raise BadInput(f"The centres must lie within ±{robust.LARGEST:g}, so that their squares are numbers; scale them.")
