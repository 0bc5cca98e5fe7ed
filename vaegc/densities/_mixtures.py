"""Densities that are sums of Gaussians: of the points, of their posteriors, of a model's prior.

A field is fixed: its components do not move while points climb. Formulas: methods section 3C and D.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_spread
from vaegc.densities import _components, _dense, _sums
from vaegc.densities._bandwidth import given_bandwidths, neighbour_bandwidths
from vaegc.densities._merge import merged
from vaegc.errors import BadInput, NotSupported
from vaegc.neighbors import neighbor_count

if TYPE_CHECKING:
    from vaegc.models import Posterior

LARGEST = 1e100  # of a coordinate
MOST_UNEVEN = 1e12  # ratio of a variance to that of all centres, beyond which float32 does not do
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
        ones are merged, and what remains is summed in float32. Variances that float32 cannot hold beside the data's own are always
        summed exactly.

    Notes
    -----
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
        if not (np.abs(means).max() < LARGEST and np.isfinite(variance).all()):
            raise BadInput(f"The centres must lie within ±{LARGEST:g}, so that their squares are numbers; scale them.")
        self.centres = means
        self.exact = n <= EXACT_UP_TO if exact is None else bool(exact)
        # Shifting by the mean keeps squares small, so that differences far from the origin lose no digits.
        self._shift = means.mean(axis=0)
        self._variance, self._log_weight = variance, log_weight
        self._unit, self._left_out = 1.0, _sums.LEFT_OUT
        if not self.exact:  # in float32 coordinates of about 1 are summed, whatever the data are measured in
            self._unit = float(np.sqrt(np.mean((means - self._shift) ** 2))) or 1.0
            low, high = variance.min() / self._unit**2, variance.max() / self._unit**2
            if not 1 / MOST_UNEVEN < low <= high < MOST_UNEVEN:
                self.exact, self._unit = True, 1.0
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

    def sums(self, y: npt.ArrayLike) -> _sums.Sums:
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
        if np.abs(points).max() > LARGEST:
            raise BadInput(f"Points to climb must lie within ±{LARGEST:g}, so that their squares are numbers.")
        if points.shape[1] != self.centres.shape[1]:
            raise BadInput(f"The density lives in {self.centres.shape[1]} dimensions, the points in {points.shape[1]}.")
        return points

    def _evaluate(self, points: np.ndarray) -> _sums.Sums:
        z = points - self._shift
        if self._card is not None:
            return _dense.evaluate_dense(self.centres - self._shift, 1 / self._variance, self._scaled(), z, self._card)
        if self._parts is None:
            parts = self._built()
            self._left_out = 0.0 if self.exact else self._settled(parts)
            self._parts = parts
        if self.exact:
            return _sums.evaluate(self._parts, z, left_out=0.0)
        sums, d = _sums.evaluate(self._parts, z / self._unit, self._left_out), z.shape[1]
        return replace(
            sums, log_density=sums.log_density - d * math.log(self._unit), shift=sums.shift * self._unit,
            precision=sums.precision / self._unit**2,
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
        z, left_out = np.ascontiguousarray(parts.means.T[rows]), _sums.LEFT_OUT
        for _ in range(STEPS_CHECKED):
            true = _sums.evaluate(parts, z[some], left_out=0.0)
            # A step is compared with its own length, but not below a twentieth of a bandwidth: at a mode the step itself vanishes.
            length = np.linalg.norm(true.shift, axis=1) + 0.05 / np.sqrt(true.precision.mean(axis=1))
            while True:
                shift = _sums.evaluate(parts, z, left_out).shift
                error = np.linalg.norm(shift[some] - true.shift, axis=1) / length
                if left_out == 0 or (np.median(error) <= MEDIAN_ERROR and np.percentile(error, 99) <= WORST_ERROR):
                    break
                left_out = left_out / 3 if left_out > LEAST else 0.0
            z = z + shift
        return left_out

    def _scaled(self) -> np.ndarray:
        """Log of weight times normalising constant, (N,)."""
        d, logs = self.centres.shape[1], np.log(self._variance)
        return self._log_weight - 0.5 * (d * logs if logs.ndim == 1 else logs.sum(axis=1)) - 0.5 * d * math.log(2 * math.pi)

    def _built(self) -> _components.Components:
        points, v = (self.centres - self._shift) / self._unit, self._variance / self._unit**2
        if not self.exact and v.ndim == 1 and np.ptp(self._log_weight) == 0:
            found = merged(points, np.sqrt(v))
            if found is not None:
                means, variance, step_precision, count = found
                d = means.shape[1]
                log_weight = self._log_weight[0] + np.log(count) - 0.5 * d * np.log(2 * math.pi * variance)
                return _components.components(means, 1 / variance, log_weight, step_precision, np.log(count))
        return _components.components(points, 1 / v, self._scaled() + self.centres.shape[1] * math.log(self._unit))


class KernelDensity(GaussianSum):
    """Gaussian kernel density with one bandwidth per centre: (1/N) Σ_n N(z; z_n, h_n² I).

    Parameters
    ----------
    centres
        (N, d) unprocessed points; they stay where they are.
    neighbors
        k, an int, or a share of N (``round(share * N)``), clipped to 1..N-1: h_n is the distance of centre n to its
        k-th nearest other centre, divided by sqrt(d). None: .04 where d <= 3 or N < 5,000, else .01.
    bandwidth
        A scalar or (N,) that replaces it.
    exact
        As in `GaussianSum`: None sums all of up to 5,000 centres exactly.

    Attributes
    ----------
    space
        "latent": points and steps live in the space of the centres.
    bandwidths
        (N,) float64, h_n.
    neighbors_in_use
        k, or None where a bandwidth was given.

    Notes
    -----
    The fixed-point step never lowers log density for 0 < alpha < 2 (methods section 3C); see `GaussianSum` for cost and for
    what holds above 5,000 centres.

    References
    ----------
    Comaniciu and Meer 2002 (mean shift); Breiman, Meisel and Purcell 1977 (variable kernel estimates).

    Examples
    --------
    >>> from vaegc import KernelDensity
    >>> density = KernelDensity([[0.0], [1.0]], bandwidth=1.0)
    >>> density.step([[0.2]], alpha=1.0).round(3).tolist()
    [[0.426]]
    """

    def __init__(
        self,
        centres: npt.ArrayLike,
        neighbors: float | None = None,
        bandwidth: npt.ArrayLike | None = None,
        *,
        exact: bool | None = None,
    ) -> None:
        points = as_points(centres, "centres")
        check_spread(points, "A kernel density")
        self.neighbors_in_use, self.bandwidths = _bandwidths(points, neighbors, bandwidth)
        super().__init__(points, self.bandwidths**2, np.full(len(points), -math.log(len(points))), exact)
        self.name = f"kernel density, {_named(self.neighbors_in_use, bandwidth)}"


class AggregatedPosterior(GaussianSum):
    """Aggregated posterior of a model, tempered: (1/N) Σ_n N(z; m_n, diag(v_n + h_n²)).

    Parameters
    ----------
    posterior
        What `model.encode` gave: means m_n and log variances of N points.
    neighbors, bandwidth
        h_n, as in `KernelDensity`, from the means; a `bandwidth` of 0 leaves the posterior as it is.
    exact
        As in `GaussianSum`.

    Attributes
    ----------
    bandwidths
        (N,) float64, h_n.

    Notes
    -----
    Adding h² to the variances is the convolution with N(0, h² I). Without it nearly every point is its own mode, because posteriors
    are much narrower than the gaps between them: h is the real parameter. The fixed-point step is the EM update, which never lowers log
    density for 0 < alpha < 2 (methods section 3C).

    References
    ----------
    Makhzani et al. 2015 and Hoffman and Johnson 2016 (aggregated posterior); Carreira-Perpinan 2007 (mean shift is EM).

    Examples
    --------
    >>> import numpy as np
    >>> from vaegc import AggregatedPosterior, Posterior
    >>> post = Posterior(np.array([[0.0], [1.0]]), np.log([[0.5], [0.5]]))
    >>> AggregatedPosterior(post, bandwidth=0.0).step([[0.5]]).tolist()
    [[0.5]]
    """

    def __init__(
        self,
        posterior: Posterior,
        neighbors: float | None = None,
        bandwidth: npt.ArrayLike | None = None,
        *,
        exact: bool | None = None,
    ) -> None:
        if not hasattr(posterior, "logvar") or not hasattr(posterior, "mean"):
            raise BadInput("AggregatedPosterior needs what model.encode gives: a Posterior with mean and logvar.")
        if posterior.logvar is None:
            raise NotSupported("A plain autoencoder has no posterior variances; climb the kernel density of its points instead.")
        means, logvar = as_points(posterior.mean, "posterior means"), as_points(posterior.logvar, "posterior log variances")
        if means.shape != logvar.shape:
            raise BadInput(f"Posterior means {means.shape} and log variances {logvar.shape} must have one shape.")
        check_spread(means, "An aggregated posterior")
        if np.abs(logvar).max() > 200:
            raise BadInput(f"Posterior log variances must lie within ±200; they go from {logvar.min():g} to {logvar.max():g}.")
        n = len(means)
        self.neighbors_in_use: int | None = None
        if bandwidth is not None and np.ndim(bandwidth) == 0 and not np.any(np.asarray(bandwidth, dtype=object) != 0):
            self.bandwidths = np.zeros(n)
        else:
            self.neighbors_in_use, self.bandwidths = _bandwidths(means, neighbors, bandwidth)
        super().__init__(means, np.exp(logvar) + self.bandwidths[:, None] ** 2, np.full(n, -math.log(n)), exact)
        self.name = f"aggregated posterior, {_named(self.neighbors_in_use, bandwidth)}"


class MixturePrior(GaussianSum):
    """Mixture prior of a model: Σ_c π_c N(z; μ_c, diag σ_c²), with K components.

    Parameters
    ----------
    model
        A model whose `prior_mixture()` gives weights (K,), means (K, d) and variances (K, d), as VaDE's; others have none (of a GMVAE they move with the style).

    Notes
    -----
    Its modes lie near the component means, so climbing it nearly repeats the model's own assignment, and K is given: it is here as the honest
    reference for what the model already knew (methods section 3D). Cost: O(B K d).

    References
    ----------
    Jiang et al. 2017 (VaDE, 1611.05148); Tomczak and Welling 2018 (VampPrior).
    """

    name = "mixture prior"
    blurs = False

    def __init__(self, model: Any) -> None:
        if not hasattr(model, "prior_mixture"):
            kind = getattr(model, "kind", type(model).__name__)
            why = {
                "vae": "its prior is one Gaussian, whose only summit is 0",
                "gmvae": "its components move with the style, so that there is no one mixture",
            }.get(kind, "it has no prior")
            other = "kernel or aggregated" if kind in ("vae", "gmvae") else "kernel"
            raise NotSupported(f"A model of kind {kind!r} has no mixture prior to climb: {why}. Use {other}.")
        self._fill(*model.prior_mixture())

    @classmethod
    def of(cls, weights: npt.ArrayLike, means: npt.ArrayLike, variances: npt.ArrayLike) -> MixturePrior:
        """Make one from weights (K,), means (K, d) and variances (K, d), VampPrior components for instance."""
        made = cls.__new__(cls)
        made._fill(weights, means, variances)
        return made

    def _fill(self, weights: npt.ArrayLike, means: npt.ArrayLike, variances: npt.ArrayLike) -> None:
        mu, v = as_points(means, "component means"), as_points(variances, "component variances")
        pi = as_points([weights], "component weights")[0]  # type: ignore[arg-type]
        if mu.shape != v.shape or len(pi) != len(mu):
            raise BadInput(f"{len(pi)} weights, means {mu.shape} and variances {v.shape} do not fit together.")
        if (pi < 0).any() or pi.sum() <= 0 or (v <= 0).any():
            raise BadInput("Component weights must not be negative, and variances must be above 0.")
        some = pi > 0
        GaussianSum.__init__(self, mu[some], v[some], np.log(pi[some] / pi.sum()), exact=True)

    def recentred(self, means: np.ndarray) -> GaussianSum:
        """Raise `NotSupported`: the components are the model's and not the points."""
        raise NotSupported("Blurring moves the centres with the points; a mixture prior has centres of its own.")


def _bandwidths(points: np.ndarray, neighbors: float | None, bandwidth: npt.ArrayLike | None) -> tuple[int | None, np.ndarray]:
    if bandwidth is not None:
        return None, given_bandwidths(bandwidth, len(points))
    k = neighbor_count(neighbors, *points.shape)
    return k, neighbour_bandwidths(points, k)


def _named(k: int | None, bandwidth: Any) -> str:
    if k is not None:
        return f"bandwidth from {k:,} neighbours"
    return f"bandwidth {float(bandwidth):g}" if np.ndim(bandwidth) == 0 else "given bandwidths"
