"""VaDE: a VAE whose prior is a mixture of K Gaussians, one per cluster (Jiang et al. 1611.05148).

c ~ Cat(pi), z|c ~ N(mu_c, diag s2_c), x|z as in the VAE; q(z,c|x) = q(z|x) q(c|x) with q(z|x) = N(m, diag v). By default q(c|x) is
the one that maximises the ELBO; the paper's p(c|z) at one sample is an option, and a looser bound. Source: arXiv 1611.05148.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vaegc.checks import check_int, check_seed
from vaegc.errors import NotSupported
from vaegc.models.base import BLOCK_POINTS, LOG_2PI, Loss, Phase, StepContext
from vaegc.models.config import ModelConfig
from vaegc.models.mixture_init import fit_mixture, whitening
from vaegc.models.pretrained import PretrainedModel
from vaegc.progress import Callback

MIN_COMPONENT_VARIANCE = 1e-4  # smallest variance of a component: one that shrinks onto a point has no bound
LOGVAR_RANGE = (-15.0, 10.0)  # log v of q(z|x) stays within, so that v and the ELBO's terms are numbers
MAX_GRADIENT_NORM = 10.0  # largest norm of the gradient of all weights


def log_gaussians(mean: Tensor, variance: Tensor | float, means: Tensor, variances: Tensor) -> Tensor:
    """Return E log N(z; c) (..., K) under z ~ N(mean, diag variance), for each component c (arXiv 1611.05148, a term of its evidence bound).

    mean and variance (..., d), 0 for points; means and variances (K, d). Matrix products would lose digits under autocast.
    """
    gap = (mean.unsqueeze(-2) - means).square()
    spread = variance.unsqueeze(-2) if isinstance(variance, Tensor) else variance
    return -0.5 * (LOG_2PI + variances.log() + (gap + spread) / variances).sum(-1)


def _elbo_terms(log_p: Tensor, log_weights: Tensor, logvar: Tensor, log_gamma: Tensor) -> dict[str, Tensor]:
    """The parts of `VaDE.elbo_terms` from E log N(z; c) and log q(c|x), both (B, K)."""
    gamma = log_gamma.exp()
    return {
        "prior": -(gamma * log_p).sum(-1),
        "cluster": (gamma * (log_gamma - log_weights)).sum(-1),
        "entropy": -0.5 * (1 + LOG_2PI + logvar).sum(-1),
    }


def m_step(gamma: Tensor, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the weights (K,), means (K, d) and variances (K, d) of the mixture that maximise the ELBO: the M-step of EM.

    gamma (N, K) are the responsibilities; mean and variance (N, d) the posteriors of all points.
    """
    gamma = gamma + 1e-9 / len(gamma)  # a component that holds nothing would have no mean
    held = gamma.sum(0)
    means = gamma.T @ mean / held[:, None]
    # Component by component: squares of differences keep the digits that differences of squares lose.
    spread = [(g[:, None] * (variance + (mean - m).square())).sum(0) for g, m in zip(gamma.T, means, strict=True)]
    return held / held.sum(), means, torch.stack(spread) / held[:, None]


class VaDE(PretrainedModel):
    """VaDE (`kind="vade"`); parameters as in `LatentModel`.

    After pretraining, the latent space is whitened, a Gaussian mixture is fitted to the latent means, the likeliest of 10 starts,
    and the components take its clusters' moments. Without pretraining they stay where chance put them: a few hold all points at first.
    What steadies it can be switched: `pretrain_epochs`, `init`, `start_variance`, `prior_refresh`, `prior_rate`; what each buys is
    measured by `vaegc bench mixtures`.

    Notes
    -----
    The mixture is fitted to 20,000 points at most, drawn by the seed: O(20,000 K d^2) per start and step of EM.
    """

    is_initialized: Tensor
    STORED_NAMES: ClassVar[Mapping[str, str]] = {"is_initialized": "placed"}

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        super().__init__(config, input_dim, image_shape)
        k, d = self.config.n_clusters, self.config.latent_dim
        assert self.encoder.logvar is not None
        self.encoder.logvar.append(nn.Hardtanh(*LOGVAR_RANGE))
        self.prior_logits = nn.Parameter(torch.zeros(k))  # pi is their softmax
        self.prior_means = nn.Parameter(torch.randn(k, d))
        self.prior_logvars = nn.Parameter(torch.zeros(k, d))  # s2 is the floor plus their exp
        self.register_buffer("is_initialized", torch.tensor(False))

    # --- training --------------------------------------------------------------------------------------------------

    def fit_phase(self) -> Phase:
        """With clipped gradients."""
        return replace(super().fit_phase(), max_grad_norm=MAX_GRADIENT_NORM)

    def parameter_groups(self, phase: Phase) -> list[dict[str, Any]]:
        """The autoencoder; then the log variances too, and the components at `prior_rate` times the network's rate."""
        parts = [self.encoder.body, self.encoder.pictures, self.encoder.mean, self.decoder]
        parts += [self.encoder.logvar] if phase.name == "fit" else []
        network = [p for part in parts if part is not None for p in part.parameters()]
        if phase.name == "pretrain":
            return [{"params": network, "scale": 1.0}]
        components = [self.prior_logits, self.prior_means, self.prior_logvars]
        return [{"params": network, "scale": 1.0}, {"params": components, "scale": self.config.prior_rate}]

    def fit_loss(self, x: Tensor, generator: torch.Generator, context: StepContext) -> Loss:
        """Negative ELBO of a batch x (B, D): reconstruction at one sample of z, and the terms of `elbo_terms`, closed given q(c|x)."""
        mean, logvar = self.posterior(x)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        z = mean + torch.exp(0.5 * logvar) * noise
        reconstruction = -self.log_likelihood(x, self.decoder(z)).mean()
        log_weights, means, variances = self.mixture()
        log_p = log_gaussians(mean, logvar.exp(), means, variances)
        if self.config.responsibility == "paper":
            log_gamma = self.log_responsibilities(z)
        else:  # where the bound is highest its derivative by gamma is 0: held fixed, the gradient is the same
            log_gamma = torch.log_softmax((log_weights + log_p).detach(), -1)
        terms = {name: term.mean() for name, term in _elbo_terms(log_p, log_weights, logvar, log_gamma).items()}
        weight = self.config.kl_weight * (min(context.epoch / self.config.kl_warmup, 1.0) if self.config.kl_warmup else 1.0)
        total = reconstruction + weight * torch.stack(list(terms.values())).sum()
        return Loss(total, {"reconstruction": reconstruction, **terms})

    def elbo_terms(self, mean: Tensor, logvar: Tensor, log_gamma: Tensor) -> dict[str, Tensor]:
        """Return -E log p(z|c), KL(q(c|x) || pi) and -H(q(z|x)), each (B,), for q(z|x) (B, d) and log q(c|x) (B, K)."""
        log_weights, means, variances = self.mixture()
        return _elbo_terms(log_gaussians(mean, logvar.exp(), means, variances), log_weights, logvar, log_gamma)

    def mixture(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return log weights (K,), means (K, d) and variances (K, d) of the prior, as tensors."""
        return torch.log_softmax(self.prior_logits, 0), self.prior_means, MIN_COMPONENT_VARIANCE + self.prior_logvars.exp()

    def log_responsibilities(self, mean: Tensor, logvar: Tensor | None = None) -> Tensor:
        """Return log q(c|x) (..., K) that maximises the ELBO for q(z|x), or log p(c|z) of points (..., d) where there is no variance."""
        log_weights, means, variances = self.mixture()
        log_p = log_gaussians(mean, 0.0 if logvar is None else logvar.exp(), means, variances)
        return torch.log_softmax(log_weights + log_p, -1)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance (B, d) of q(z|x) of data x (B, D)."""
        mean, logvar = self.encoder(x)
        assert logvar is not None
        return mean, logvar

    def on_phase_start(self, phase: Phase, x: Tensor, seed: int, callback: Callback | None = None) -> None:
        """Initialise the mixture on the latent means of all training data x (N, D) before "fit".

        Raises `BadInput` for fewer points than clusters, and `Stopped` where the callback asks for it while nothing is changed yet.
        """
        self.check_enough(len(x))
        if phase.name != "fit":
            return
        if self.config.pretrain_epochs_in_use:
            self._initialize_mixture(x, seed, callback)
            if self.config.prior_refresh:
                self.refresh_prior(x)
        self.is_initialized.fill_(True)

    def refresh_prior(self, x: Tensor) -> None:
        """Replace the mixture by the M-step for all data x (N, D) at its present responsibilities."""
        with torch.no_grad():
            mean, logvar = self._latent(x)
            gamma = self.log_responsibilities(mean, logvar).exp().double()
            self._set_prior(m_step(gamma, mean.double(), logvar.double().exp()))

    def _initialize_mixture(self, x: Tensor, seed: int, callback: Callback | None) -> None:
        z = self._latent(x)[0].double()  # (N, d)
        init = self.config.init
        center, whiten, unwhiten = whitening(z) if init != "diagonal" else (z.mean(0), *(torch.eye(z.shape[1]).to(z),) * 2)
        z = (z - center) @ whiten.T
        shares = fit_mixture(z.cpu().numpy(), self.config.n_clusters, seed, init == "full", callback)
        gamma = torch.tensor(shares, device=z.device)
        if (
            init == "full"
        ):  # what a turn leaves white: turned to where clusters differ most, diagonals hold most of their covariances
            weights, means, _ = m_step(gamma, z, torch.zeros_like(z))
            axes = torch.linalg.eigh((weights[:, None] * means).T @ means)[1]
            whiten, unwhiten, z = axes.T @ whiten, unwhiten @ axes, z @ axes
        variance = self.config.start_variance * z.var(0, correction=0)
        heads: list[Any] = [self.encoder.mean, self.encoder.logvar, self.decoder]
        to_mean, to_logvar, first = (head[0] for head in heads)
        with torch.no_grad():
            # What the encoder says in the new coordinates, the decoder undoes: the autoencoder is what it was.
            to_mean.weight.copy_(whiten @ to_mean.weight.double())
            to_mean.bias.copy_(whiten @ (to_mean.bias.double() - center))
            first.bias.add_(first.weight.double() @ center)
            first.weight.copy_(first.weight.double() @ unwhiten)
            if self.config.start_variance:  # small and equal for all points: what chance gave drowns the latent means in noise
                to_logvar.weight.zero_()
                to_logvar.bias.copy_(variance.log().clamp(*LOGVAR_RANGE))
            self._set_prior(m_step(gamma, z, variance.expand_as(z)))

    def _set_prior(self, prior: tuple[Tensor, Tensor, Tensor]) -> None:
        weights, means, variances = prior
        self.prior_logits.copy_(weights.log())
        self.prior_means.copy_(means)
        self.prior_logvars.copy_((variances - MIN_COMPONENT_VARIANCE).clamp_min(MIN_COMPONENT_VARIANCE / 100).log())

    def cluster_usage(self, x: Tensor) -> Tensor | None:
        """Return the share (K,) of the points x (B, D) in each cluster; None before the mixture is initialised."""
        if not self.is_initialized:
            return None
        clusters = self.log_responsibilities(*self._latent(x)).argmax(-1)
        return torch.bincount(clusters, minlength=self.config.n_clusters) / len(x)

    def _latent(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log variances (N, d) of x (N, D), without gradients."""
        with torch.no_grad():
            means, logvars = zip(*(self.posterior(block) for block in x.split(BLOCK_POINTS)), strict=True)
        return torch.cat(means), torch.cat(logvars)

    # --- use -------------------------------------------------------------------------------------------------------

    def responsibilities(self, x: npt.ArrayLike) -> np.ndarray:
        """Return the closed-form q(c|x) (N, K) of data (N, D), float32, at the latent mean and variance; nothing is sampled.

        Raises `NotSupported`, as all methods below, where training was stopped before there were clusters.
        """
        self._check_initialized()
        with torch.no_grad():
            blocks = [self.log_responsibilities(*self.posterior(block)) for block in self._data(x)]
        return torch.cat(blocks).exp().numpy()

    def assign(self, x: npt.ArrayLike) -> np.ndarray:
        """Return the cluster (N,) int64 of each point, the likeliest by `responsibilities`."""
        return self.responsibilities(x).argmax(axis=1)

    def prior_mixture(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return weights (K,), means (K, d) and variances (K, d) of the prior, float64."""
        self._check_initialized()
        with torch.no_grad():
            log_weights, means, variances = (values.double() for values in self.mixture())
        return torch.softmax(log_weights, 0).numpy(), means.numpy(), variances.numpy()

    def sample(self, n: int, cluster: int | None = None, seed: int = 0) -> np.ndarray:
        """Return decoded means (n, D) of n draws from the prior, or from one of its clusters, 0 to K - 1."""
        check_int(n, "n", 1)
        rng = np.random.default_rng(check_seed(seed))
        weights, means, variances = self.prior_mixture()
        if cluster is not None:
            check_int(cluster, "cluster", 0, len(weights) - 1)
        chosen = rng.choice(len(weights), n, p=weights) if cluster is None else np.full(n, cluster)
        return self.decode(means[chosen] + np.sqrt(variances[chosen]) * rng.standard_normal((n, means.shape[1])))

    def log_prior(self, z: Tensor) -> Tensor:
        """Return log p(z) (...) of latent points (..., d) under the mixture."""
        log_weights, means, variances = self.mixture()
        return torch.logsumexp(log_weights + log_gaussians(z, 0.0, means, variances), -1)

    def rsample_with_log_ratio(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """As of every model; raises `NotSupported` where there are no clusters yet."""
        self._check_initialized()
        return super().rsample_with_log_ratio(x, noise)

    def _check_initialized(self) -> None:
        if not self.is_initialized:
            raise NotSupported("This vade model has no clusters yet: its training was stopped before they were placed.")
