"""Mixtures of Gaussians: kernel density of points, aggregated posterior, mixture prior of a model.

Sources: variable-bandwidth mean shift (Comaniciu, Ramesh, Meer, 2001); mean shift as expectation maximisation (Carreira-Perpiñán, 2007).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_spread
from vaegc.densities._bandwidth import given_bandwidths, neighbor_bandwidths
from vaegc.densities._gaussians import GaussianMixtureField, check_size
from vaegc.errors import BadInput, NotSupported
from vaegc.neighbors import SMALLEST_BANDWIDTH, neighbor_count
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.models import Posterior


class KernelDensity(GaussianMixtureField):
    """Gaussian kernel density with one bandwidth per centre: (1/N) Σ_n N(z; z_n, h_n² I).

    Parameters
    ----------
    centers
        (N, d) unprocessed points; they stay where they are.
    neighbors
        k, an int, or a share of N (``round(share * N)``), clipped to 1..N-1: h_n is the distance of centre n to its
        k-th nearest other centre over sqrt(d), beyond 10 dimensions over less. None: about 2.2 sqrt(N) for few points, then 66,
        then a share of N. `vaegc.neighbors` has the rule and its reasons.
    bandwidth
        A scalar or (N,), instead of `neighbors`.
    exact
        As in `GaussianMixtureField`: None sums all of up to 5,000 centres exactly.

    Attributes
    ----------
    domain
        "latent": points and steps live in the space of the centres.
    centers
        (N, d) float64, the centres.
    bandwidths
        (N,) float64, h_n.
    neighbors_in_use
        k, or None where a bandwidth was given.

    Raises
    ------
    BadInput
        Centres or bandwidths that cannot be used, both `neighbors` and `bandwidth`, or centres that lie too close together for any.

    Notes
    -----
    The fixed-point step never lowers log density for 0 < alpha < 2 (Carreira-Perpiñán, 2007); see `GaussianMixtureField` for cost and for
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
        centers: npt.ArrayLike,
        neighbors: float | None = None,
        bandwidth: npt.ArrayLike | None = None,
        *,
        exact: bool | None = None,
    ) -> None:
        points = as_points(centers, "centers")
        check_size(points)
        check_spread(points, "A kernel density")
        self.neighbors_in_use, self.bandwidths = _resolve_bandwidths(points, neighbors, bandwidth)
        super().__init__(points, self.bandwidths**2, np.full(len(points), -math.log(len(points))), exact)
        self.name = f"kernel density, {_describe_bandwidth(self.neighbors_in_use, bandwidth)}"


class AggregatedPosterior(GaussianMixtureField):
    """Aggregated posterior of a model, tempered: (1/N) Σ_n N(z; m_n, diag(v_n + h_n²)).

    Parameters
    ----------
    posterior
        What `model.encode` gave: means m_n and log variances of N points.
    neighbors, bandwidth
        h_n, as in `KernelDensity`, from the means; a `bandwidth` of 0 leaves the posterior as it is.
    exact
        As in `GaussianMixtureField`.

    Attributes
    ----------
    bandwidths
        (N,) float64, h_n.

    Raises
    ------
    BadInput
        As `KernelDensity`; what is no posterior; variances beyond ±200 in logs.
    NotSupported
        A posterior without variances, as a plain autoencoder's.

    Notes
    -----
    Adding h² to the variances is the convolution with N(0, h² I). Without it nearly every point is its own mode, because posteriors
    are much narrower than the gaps between them: h is the real parameter. The fixed-point step is the EM update, which never lowers log
    density for 0 < alpha < 2 (Carreira-Perpiñán, 2007).

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
        check_size(means)
        check_spread(means, "An aggregated posterior")
        if np.abs(logvar).max() > 200:
            raise BadInput(f"Posterior log variances must lie within ±200; they go from {logvar.min():g} to {logvar.max():g}.")
        n = len(means)
        self.neighbors_in_use: int | None = None
        if (
            neighbors is None
            and bandwidth is not None
            and np.ndim(bandwidth) == 0
            and not np.any(np.asarray(bandwidth, dtype=object) != 0)
        ):
            self.bandwidths = np.zeros(n)
        else:
            self.neighbors_in_use, self.bandwidths = _resolve_bandwidths(means, neighbors, bandwidth)
        super().__init__(means, np.exp(logvar) + self.bandwidths[:, None] ** 2, np.full(n, -math.log(n)), exact)
        self.name = f"aggregated posterior, {_describe_bandwidth(self.neighbors_in_use, bandwidth)}"


class MixturePrior(GaussianMixtureField):
    """Mixture prior of a model: Σ_c π_c N(z; μ_c, diag σ_c²), with K components.

    Parameters
    ----------
    model
        A model whose `prior_mixture()` gives weights (K,), means (K, d) and variances (K, d), as VaDE's; others have none (of a GMVAE they move with the style).

    Raises
    ------
    NotSupported
        The model has no mixture prior.

    Notes
    -----
    Its modes lie near the component means, so climbing it nearly repeats the model's own assignment, and K is given: it is here as the honest
    reference for what the model already knew. Cost: O(B K d).

    References
    ----------
    Jiang et al. 2017 (VaDE, 1611.05148); Tomczak and Welling 2018 (VampPrior).
    """

    name = "mixture prior"
    centers_are_points = False

    def __init__(self, model: Any) -> None:
        if not hasattr(model, "prior_mixture"):
            kind = getattr(model, "kind", type(model).__name__)
            why = {
                "vae": "its prior is one Gaussian, whose only summit is 0",
                "gmvae": "its components move with the style, so that there is no one mixture",
            }.get(kind, "it has no prior")
            other = "kernel or aggregated" if kind in ("vae", "gmvae") else "kernel"
            raise NotSupported(f"A model of kind {kind!r} has no mixture prior to climb: {why}. Use {other}.")
        self._set_parameters(*model.prior_mixture())

    @classmethod
    def from_parameters(cls, weights: npt.ArrayLike, means: npt.ArrayLike, variances: npt.ArrayLike) -> MixturePrior:
        """Make one from weights (K,), means (K, d) and variances (K, d), VampPrior components for instance; raises `BadInput` where they do not fit."""
        made = cls.__new__(cls)
        made._set_parameters(weights, means, variances)
        return made

    def _set_parameters(self, weights: npt.ArrayLike, means: npt.ArrayLike, variances: npt.ArrayLike) -> None:
        mu, v = as_points(means, "component means"), as_points(variances, "component variances")
        pi = as_points([weights], "component weights")[0]  # type: ignore[arg-type]
        if mu.shape != v.shape or len(pi) != len(mu):
            raise BadInput(f"{len(pi)} weights, means {mu.shape} and variances {v.shape} do not fit together.")
        if (pi < 0).any() or pi.sum() <= 0 or (v <= 0).any():
            raise BadInput("Component weights must not be negative, and variances must be above 0.")
        some = pi > 0
        GaussianMixtureField.__init__(self, mu[some], v[some], np.log(pi[some] / pi.sum()), exact=True)

    def with_centers(self, centers: np.ndarray) -> GaussianMixtureField:
        """Raise `NotSupported`: the components are the model's and not the points."""
        raise NotSupported("Blurring moves the centres with the points; a mixture prior has centres of its own.")


def _resolve_bandwidths(
    points: np.ndarray, neighbors: float | None, bandwidth: npt.ArrayLike | None
) -> tuple[int | None, np.ndarray]:
    if bandwidth is not None and neighbors is not None:
        raise BadInput(f"Give neighbors or bandwidth, not both, since each sets the width; got {neighbors!r} and a bandwidth.")
    if bandwidth is not None:
        return None, given_bandwidths(bandwidth, len(points))
    k = neighbor_count(neighbors, *points.shape)
    h = neighbor_bandwidths(points, k)
    if not h.min() >= SMALLEST_BANDWIDTH:
        raise BadInput(f"The centres lie so close together that bandwidths fall below {SMALLEST_BANDWIDTH:g}; scale them.")
    return k, h


def _describe_bandwidth(k: int | None, bandwidth: Any) -> str:
    if k is not None:
        return f"bandwidth from {counted(k, 'neighbour')}"
    return f"bandwidth {float(bandwidth):g}" if np.ndim(bandwidth) == 0 else "given bandwidths"
