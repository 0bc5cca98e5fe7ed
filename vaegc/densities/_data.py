"""Densities over the data: the marginal likelihood and the evidence bound of a model.

The model stays fixed while points climb; what is swept and drawn is their encoding. Sources: arXiv 2105.06246 (ascent of data points), 1509.00519 (importance-weighted bound).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vaegc.checks import as_points, check_int, check_number, check_seed
from vaegc.densities._given import Bounds, antithetic_noise, check_bounds, likelihood_variance
from vaegc.errors import BadInput, NotSupported
from vaegc.models.base import LatentModel
from vaegc.wording import counted_of

MAX_TENSOR_NUMBERS = 16_000_000  # in one (samples, block, widest layer) tensor
MAX_HALVINGS = 12  # of one step before its point stays


class _DataDensity(ABC):
    """Base of the densities over the data: the likelihood's variance, noise drawn once, log weights of a block, clipping, encoding."""

    domain = "data"

    def __init__(self, model: LatentModel, samples: int, seed: int, surrogate: float | None, bounds: Bounds | None) -> None:
        if not isinstance(model, LatentModel):
            needs = f"{type(self).__name__} needs a model, such as train or load_model returns"
            raise BadInput(f"{needs}; got {type(model).__name__}.")
        self.model = model
        self.samples = check_int(samples, "samples", 1)
        self.seed = check_seed(seed)
        self.bounds = None if bounds is None else check_bounds(bounds)
        self.step_variance = likelihood_variance(model, surrogate)
        self._network_variance = model.scaling.variance(self.step_variance)  # in the network's units
        self._surrogate_note = "" if surrogate is None else f" (surrogate Gaussian, variance {surrogate:g})"
        self._noise = antithetic_noise(self.samples, model.noise_dim, self.seed)

    def __setattr__(self, name: str, value: object) -> None:
        if name in vars(self) and not name.startswith("_"):  # noise, name and variance follow from what it was made with
            raise AttributeError(f"{name} is fixed when a density is made; make another one.")
        super().__setattr__(name, value)

    @abstractmethod
    def _log_prob_and_grad_block(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Log density (b,) and gradient (b, D) of a block (b, D), all in the network's units."""

    def log_prob_and_grad(self, x: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Log density (B,) and gradient (B, D) at points (B, D), from one pass."""
        logs, gradients = zip(*map(self._log_prob_and_grad_block, self._blocks(self._validate(x))), strict=True)
        return _check_finite(self._to_data_units(logs)), np.ldexp(_to_numpy(gradients), -self.model.scaling.exponent)

    def step_and_log_prob(self, x: npt.ArrayLike, alpha: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """`step` and `log_prob` of the points before it, from one pass: x + alpha * step_variance * grad, clipped to `bounds`."""
        points, alpha = self._validate(x), check_number(alpha, "alpha", 0)
        log_density, gradient = self.log_prob_and_grad(points)
        return self._clip(points + alpha * self.step_variance * gradient), log_density

    def log_prob(self, x: npt.ArrayLike) -> np.ndarray:
        """Log density (B,) at points (B, D), from the one fixed noise."""
        return _check_finite(self._log_prob(self._validate(x)))

    def grad(self, x: npt.ArrayLike) -> np.ndarray:
        """Gradient (B, D) at points (B, D)."""
        return self.log_prob_and_grad(x)[1]

    def step(self, x: npt.ArrayLike, alpha: float = 1.0) -> np.ndarray:
        """Points (B, D) after one step, within `bounds`."""
        return self.step_and_log_prob(x, alpha)[0]

    def encode(self, x: npt.ArrayLike) -> np.ndarray:
        """Posterior means (B, d) of points (B, D): what is swept and drawn."""
        if self._dtype == torch.float32:
            return self.model.encode(x).mean
        given = self._tensor(self._validate(x)).to(self._dtype)
        with torch.no_grad():  # `LatentModel.encode` feeds float32 only
            return self.model.encoder(given)[0].numpy()

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.model.parameters()).dtype

    def _validate(self, x: npt.ArrayLike) -> np.ndarray:
        points = as_points(x, "points to climb")
        self.model.check_width(points, self.model.input_dim, "data")
        return points

    def _blocks(self, points: np.ndarray) -> tuple[Tensor, ...]:
        config = self.model.config
        components = config.n_clusters * config.latent_dim if self.model.kind in ("vade", "gmvae") else 0
        widest = max(self.model.input_dim, config.latent_dim, components, *config.hidden)
        return self._tensor(points).split(max(MAX_TENSOR_NUMBERS // (self.samples * widest), 1))

    def _tensor(self, points: np.ndarray) -> Tensor:
        """Points (B, D) in the network's units; PyTorch takes no array that is read-only, as the caller's own may be."""
        return torch.from_numpy(np.require(self.model.scaling.transform(points), requirements="W"))

    def _log_weights(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Log p(x|z_s) + log p(z_s) - log q(z_s|x) (S, b), clusters summed out, and f(z_s) (S, b, D), in the network's units as x (b, D) is."""
        x = x.to(self._dtype)
        z, ratio = self.model.rsample_with_log_ratio(x, torch.from_numpy(self._noise).to(x.dtype)[:, None])  # (S, b, d), (S, b)
        output = self.model.decoder(z)
        f = torch.sigmoid(output) if self._surrogate_note else output
        log_w = -((x - f) ** 2).sum(-1) / (2 * self._network_variance) - 0.5 * x.shape[1] * math.log(
            2 * math.pi * self._network_variance
        )
        return log_w + ratio, f

    def _log_prob(self, points: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self._to_data_units([_log_mean_weight(self._log_weights(block)[0]) for block in self._blocks(points)])

    def _to_data_units(self, logs: tuple[Tensor, ...] | list[Tensor]) -> np.ndarray:
        return _to_numpy(logs) + self.model.scaling.log_jacobian(self.model.input_dim)

    def _clip(self, points: np.ndarray) -> np.ndarray:
        return points if self.bounds is None else np.clip(points, *self.bounds)


class MarginalLikelihood(_DataDensity):
    """Marginal likelihood log p(x) of a model with a Gaussian decoder, climbed in the data (Fisher identity).

    With z_s = μ(x) + σ(x) ξ_s, w = softmax_s(log p(x|z_s) + log p(z_s) - log q(z_s|x)) and x̂ = Σ_s w_s f(z_s), the
    gradient is (x̂ - x) / σ² and the step x + alpha (x̂ - x); alpha = 1 is iterated posterior-mean reconstruction.

    Parameters
    ----------
    model
        A model with a posterior (VAE, VaDE, GMVAE), or one without (autoencoder, IDEC) with ``samples=1``.
        Clusters are summed out of the prior; of a GMVAE, content and style are drawn together.
    samples
        S, draws of z per point; 1 takes z = μ(x) alone (ξ = 0) and is named reconstruction.
    seed
        Of ξ (S, d), drawn once and shared by all points, in pairs ξ, -ξ where S is even.
    surrogate_variance
        For a model with a Bernoulli likelihood: the variance of a Gaussian around its decoded mean, climbed instead.
    bounds
        Range of the data, to which moved points are clipped.

    Attributes
    ----------
    domain
        "data": points and steps live in the space of the data.
    step_variance
        The variance σ²: `step` is x + alpha * step_variance * grad.
    name
        A few words for a screen; they name a surrogate.

    Notes
    -----
    With the exact posterior in place of q, log p never falls for 0 < alpha < 2, whatever the decoder, and clipping
    points that start within `bounds` keeps that. With q there is no such guarantee: the weights' bias shrinks as S
    grows, roughly as 1/S, and more slowly the farther q is from the posterior. A surrogate is no exception: its q was
    trained for another likelihood.

    `log_prob` is the importance-weighted estimate from the same draws (with S = 1 at the mean no longer a bound), `grad`
    an estimate of the gradient of log p itself, not the derivative of that estimate. Noise is shared, so a point's
    values depend neither on the other points of the batch nor on its row, but for rounding in the model's dtype.

    A plain autoencoder has no q: its log_prob is log p(x|z(x)) and its step iterated reconstruction, the score of a
    denoising autoencoder; on MNIST it changed almost nothing.
    Cost: one encoding and S decodings per point and step; memory stays at a few times 16 M numbers.

    References
    ----------
    Fisher's identity; Burda et al. 1509.00519 (the estimate of log p); Alain and Bengio 2014 (the denoising reading).

    Examples
    --------
    >>> from vaegc import MarginalLikelihood, ModelConfig, load_dataset, train
    >>> data = load_dataset("moons", n=100)
    >>> density = MarginalLikelihood(train(data, ModelConfig(latent_dim=2, hidden=(8,), epochs=1)))
    >>> moved, log_prob = density.step_and_log_prob(data.x, alpha=1.0)
    >>> moved.shape, log_prob.shape, density.encode(moved).shape
    ((100, 2), (100,), (100, 2))
    """

    def __init__(
        self, model: LatentModel, samples: int = 16, seed: int = 0, surrogate_variance: float | None = None,
        bounds: Bounds | None = None,
    ) -> None:  # fmt: skip
        super().__init__(model, samples, seed, surrogate_variance, bounds)
        if model.kind == "dec":
            raise NotSupported(
                "DEC's decoder was left behind when its encoder moved: what it decodes is no reconstruction; take IDEC."
            )
        if not model.has_posterior and self.samples > 1:
            raise NotSupported(f"{model.kind_phrase} has no posterior to draw from; samples=1 climbs by iterated reconstruction.")
        words = "marginal likelihood log p(x)"
        if self.samples == 1:
            self._noise = np.zeros_like(self._noise)
            words = "reconstruction, log p(x) at the posterior mean" if model.has_posterior else "reconstruction log p(x|z(x))"
        self.name = words + self._surrogate_note

    def _log_prob_and_grad_block(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            log_w, f = self._log_weights(x)
            reconstruction = torch.einsum("sb,sbi->bi", torch.softmax(log_w, 0), f)
            return _log_mean_weight(log_w), (reconstruction - x) / self._network_variance


class EvidenceBound(_DataDensity):
    """Importance-weighted bound L_k(x) ≤ log p(x) of a VAE (k = 1: the ELBO), climbed by automatic differentiation.

    L_k(x) = log (1/k) Σ_s p(x|z_s) p(z_s) / q(z_s|x) with z_s = μ(x) + σ(x) ξ_s and ξ frozen, so that the gradient
    flows through the encoder too.

    Parameters
    ----------
    model
        A model with a posterior: VAE, VaDE or GMVAE.
    samples
        k, draws of z per point.
    seed, surrogate_variance, bounds
        As of `MarginalLikelihood`, as are the attributes; steps start at x + alpha * step_variance * grad.

    Notes
    -----
    A step is halved, point by point, until L_k with the same ξ does not fall (compared after clipping); after 12
    halvings the point stays. So L_k never falls, for any alpha, but for rounding in the model's dtype. That is a law
    of L_k with this ξ, not of log p: L_k is a bound on average over ξ, and also rises where q meets the posterior
    better. As k grows L_k and its gradient tend to those of log p. A point that starts outside `bounds` stays there
    unless a point within is no lower. The rest of the batch is without influence, as in `MarginalLikelihood`.
    Cost: k decodings and their derivative per point and step, and k decodings per halving.

    References
    ----------
    Burda et al. 1509.00519 (the bound); Kingma and Welling 1312.6114 (k = 1).

    Examples
    --------
    >>> from vaegc import EvidenceBound, ModelConfig, load_dataset, train
    >>> data = load_dataset("moons", n=100)
    >>> density = EvidenceBound(train(data, ModelConfig(latent_dim=2, hidden=(8,), epochs=1)), samples=5)
    >>> moved, before = density.step_and_log_prob(data.x, alpha=1.0)
    >>> bool((density.log_prob(moved) >= before - 1e-3).all())
    True
    """

    def __init__(
        self, model: LatentModel, samples: int = 1, seed: int = 0, surrogate_variance: float | None = None,
        bounds: Bounds | None = None,
    ) -> None:  # fmt: skip
        super().__init__(model, samples, seed, surrogate_variance, bounds)
        if not model.has_posterior:
            raise NotSupported(f"{model.kind_phrase} has no posterior and so no evidence bound; train a VAE instead.")
        words = "evidence bound (ELBO)" if self.samples == 1 else f"importance-weighted bound of {self.samples} samples"
        self.name = words + self._surrogate_note

    def _log_prob_and_grad_block(self, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            leaf = x.clone().requires_grad_()
            bound = _log_mean_weight(self._log_weights(leaf)[0])
            return bound.detach(), torch.autograd.grad(bound.sum(), leaf)[0]

    @np.errstate(over="ignore", invalid="ignore")  # an absurd step is refused below
    def step_and_log_prob(self, x: npt.ArrayLike, alpha: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """`step` and L_k of the points before it: a gradient step, halved point by point until L_k does not fall."""
        points, alpha = self._validate(x), check_number(alpha, "alpha", 0)
        before, gradient = self.log_prob_and_grad(points)
        moved, left, size = points.copy(), np.arange(len(points)), alpha * self.step_variance
        for _ in range(MAX_HALVINGS + 1):
            trial = self._clip(points[left] + size * gradient[left])
            good = self._log_prob(trial) >= before[left]  # False where it is NaN
            moved[left[good]] = trial[good]
            left, size = left[~good], size / 2
            if not len(left):
                break
        return moved, before


def _log_mean_weight(log_w: Tensor) -> Tensor:
    return torch.logsumexp(log_w, 0) - math.log(len(log_w))  # (b,)


def _to_numpy(blocks: tuple[Tensor, ...] | list[Tensor]) -> np.ndarray:
    return torch.cat(blocks).double().numpy()


def _check_finite(log_density: np.ndarray) -> np.ndarray:
    if bad := int((~np.isfinite(log_density)).sum()):
        which = f"{counted_of(bad, len(log_density), 'point', 'lie')}"
        raise BadInput(f"{which} too far out for the model; scale what is climbed as the model's data.")
    return log_density
