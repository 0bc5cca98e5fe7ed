"""Gaussian mixture VAE (Dilokthanakul et al. 1611.02648 v2): each cluster is a Gaussian whose place and shape depend on a style.

The paper calls the data y, the code from which they are decoded x, what varies within a cluster w, and the cluster z. Here data
are x as in every model, the paper's x is the content, its w the style: w ~ N(0, I), z uniform on K, content ~ N(m_z(w), v_z(w)).
Source: arXiv 1611.02648.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vaegc.checks import check_int, check_seed
from vaegc.models.base import LOG_2PI, LatentModel, Loss, StepContext, kl_to_standard_normal
from vaegc.models.config import ModelConfig, Posterior
from vaegc.models.networks import Encoder, as_float32, mlp

LOGVAR_RANGE = (-12.0, 12.0)  # of q: far outside of what is learnt, and exp of it stays finite for any input
PRIOR_LOGVAR_RANGE = (math.log(1e-4), 12.0)  # floor: the likelihood of a mixture grows without bound as a component shrinks
INITIAL_MEAN_SD = (
    0.3  # sd of the means of components at the start: with 0 they begin equal, 1 draws borders before anything is learnt
)

Gaussian = tuple[Tensor, Tensor]  # mean and log variance, (..., d) each


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of the bound before they are averaged, in nats; all but the first are subtracted."""

    reconstruction: Tensor  # (M, B) term 1, log p(x|content)
    conditional_prior: Tensor  # (M, B) term 2 or 2'
    w_prior: Tensor  # (B,) term 3
    z_prior: Tensor  # (M, B) term 4


class ContentStyleEncoder(Encoder):
    """Encoder of data (B, D) to q(content|x), and by `content_and_style` also to q(style|x).

    Content and style are read off the same features, as in the authors' code: the cost is that of a VAE's encoder.
    """

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        self.sizes = [config.latent_dim, config.style_dim]
        super().__init__(replace(config, latent_dim=sum(self.sizes)), input_dim, True, image_shape)

    def forward(self, x: Tensor) -> Gaussian:
        """Return mean and log variance (B, d) of q(content|x)."""
        return self.content_and_style(x)[0]

    def content_and_style(self, x: Tensor) -> tuple[Gaussian, Gaussian]:
        """Return means and log variances of q(content|x), (B, d), and of q(style|x), (B, style_dim)."""
        mean, logvar = super().forward(x)
        assert logvar is not None
        content, style = zip(mean.split(self.sizes, -1), logvar.clamp(*LOGVAR_RANGE).split(self.sizes, -1), strict=True)
        return content, style


class GMVAE(LatentModel):
    """Gaussian mixture VAE (`kind="gmvae"`); parameters as in `LatentModel`.

    `latent_dim` is that of the content, `style_dim` that of the style, `prior_hidden` the width of the network from the style to
    the components, `samples` is M, `min_information` the lambda of the minimum information constraint, `conditional_prior` says
    whether term 2 is the printed one or the exact one, which is never more in expectation.

    Notes
    -----
    The five arcs of the paper's example ("spiral"), told K = 5, as `vaegc bench arcs` clusters and draws them from any seed:

    .. image:: ../../assets/gmvae-arcs.png
    """

    encoder: ContentStyleEncoder

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        super().__init__(config, input_dim, image_shape)
        config = self.config
        self.encoder = ContentStyleEncoder(config, input_dim, image_shape)
        size = config.n_clusters * config.latent_dim
        self.prior = nn.Sequential(mlp([config.style_dim, config.prior_hidden]), nn.Tanh())
        self.prior_mean, self.prior_logvar = mlp([config.prior_hidden, size]), mlp([config.prior_hidden, size])
        # With biases of 0 every component has mean 0 at style 0: nothing would tell the clusters apart where most styles are.
        nn.init.normal_(self.prior_mean[0].get_parameter("bias"), std=INITIAL_MEAN_SD)

    # --- the bound -------------------------------------------------------------------------------------------------

    def components(self, style: Tensor) -> Gaussian:
        """Return means and log variances (..., K, d) of p(content|cluster, style) for styles (..., style_dim)."""
        h, shape = self.prior(style), (self.config.n_clusters, self.config.latent_dim)
        mean, logvar = as_float32(self.prior_mean(h)), as_float32(self.prior_logvar(h))
        return mean.unflatten(-1, shape), logvar.clamp(*PRIOR_LOGVAR_RANGE).unflatten(-1, shape)

    def component_means(self, styles: npt.ArrayLike) -> np.ndarray:
        """Return the mean of p(content|cluster, style) (S, K, d) for styles (S, style_dim); the arrays of `components`."""
        with torch.no_grad():
            blocks = self._blocks(styles, self.config.style_dim, "styles")
            return torch.cat([self.components(block)[0] for block in blocks]).numpy()

    def log_likelihoods(self, content: Tensor, style: Tensor) -> Tensor:
        """Log N(content; m_k(style), v_k(style)) (..., K) of content (..., d) under each cluster, for styles (..., style_dim)."""
        return log_normal(content.unsqueeze(-2), *self.components(style))

    def terms(self, x: Tensor, noise: Tensor, style_noise: Tensor) -> Terms:
        """Terms of the bound for data x (B, D) and standard normal noise (M, B, d) and (M, B, style_dim)."""
        (mean, logvar), q_style = self.encoder.content_and_style(x)
        content = mean + torch.exp(0.5 * logvar) * noise
        style = q_style[0] + torch.exp(0.5 * q_style[1]) * style_noise
        of_cluster = self.components(style)
        log_k = log_normal(content.unsqueeze(-2), *of_cluster)  # (M, B, K)
        log_share = torch.log_softmax(log_k, -1)  # p_beta(z|content, style): the prior 1/K cancels
        share = torch.exp(log_share)
        if self.config.conditional_prior == "paper":  # as printed: the KL in closed form, though p_beta knows the sample
            gap = kl_of_gaussians(mean.unsqueeze(-2), logvar.unsqueeze(-2), *of_cluster)
        else:
            gap = log_normal(content, mean, logvar).unsqueeze(-1) - log_k
        return Terms(
            reconstruction=self.log_likelihood(x, self.decoder(content)),
            conditional_prior=(share * gap).sum(-1),
            w_prior=kl_to_standard_normal(*q_style),
            z_prior=(share * (log_share + math.log(self.config.n_clusters))).sum(-1),
        )

    def loss(self, x: Tensor, generator: torch.Generator, context: StepContext | None = None) -> Loss:
        """Negative bound of a batch x (B, D).

        Term 4 costs its batch mean or lambda, whichever is more: below lambda it is flat, and clusters are free to become
        distinct; the part "z_prior" is that mean itself. Warm-up and `config.weight` scale all terms but the reconstruction.
        """
        config = self.config
        noise, style_noise = (
            torch.randn(config.samples, len(x), dim, generator=generator, device=x.device, dtype=x.dtype)
            for dim in (config.latent_dim, config.style_dim)
        )
        terms = self.terms(x, noise, style_noise)
        parts = {
            "reconstruction": -terms.reconstruction.mean(), "conditional_prior": terms.conditional_prior.mean(),
            "w_prior": terms.w_prior.mean(), "z_prior": terms.z_prior.mean(),
        }  # fmt: skip
        epoch = math.inf if context is None else context.epoch
        warm = min(epoch / config.kl_warmup, 1.0) if config.kl_warmup else 1.0
        latent = parts["conditional_prior"] + parts["w_prior"] + parts["z_prior"].clamp(min=config.min_information)
        return Loss(parts["reconstruction"] + warm * config.kl_weight * latent, parts)

    def cluster_usage(self, x: Tensor) -> Tensor:
        """Return the share (K,) of the points x (B, D) in each cluster."""
        best = self._log_responsibilities(x).argmax(-1)
        return torch.nn.functional.one_hot(best, self.config.n_clusters).float().mean(0)

    # --- use -------------------------------------------------------------------------------------------------------

    def encode_style(self, x: npt.ArrayLike) -> Posterior:
        """Posterior of the style of data (N, D): mean and log variance (N, style_dim)."""
        with torch.no_grad():
            pairs = [self.encoder.content_and_style(block)[1] for block in self._data(x)]
        mean, logvar = (torch.cat(values).numpy() for values in zip(*pairs, strict=True))
        return Posterior(mean, logvar)

    def responsibilities(self, x: npt.ArrayLike) -> np.ndarray:
        """p_beta(z|content, style) (N, K) at the means of q(content|x) and q(style|x)."""
        with torch.no_grad():
            return torch.cat([self._log_responsibilities(block) for block in self._data(x)]).exp().numpy()

    def assign(self, x: npt.ArrayLike) -> np.ndarray:
        """Cluster (N,) of each point: the largest of its responsibilities, so nothing is drawn."""
        with torch.no_grad():
            shares = [self._log_responsibilities(block) for block in self._data(x)]
        return torch.cat(shares).argmax(-1).numpy()

    def sample(self, n: int, cluster: int | None = None, seed: int = 0) -> np.ndarray:
        """Decoded means (n, D) of n draws from the prior, or from one of its clusters 0..K-1.

        One seed draws the same styles whatever the cluster, so that rows of several clusters differ in the cluster alone.
        """
        config = self.config
        check_int(n, "n", 1)
        if cluster is not None:
            check_int(cluster, "cluster", 0, config.n_clusters - 1)
        generator = torch.Generator().manual_seed(check_seed(seed))
        style, noise = (torch.randn(n, dim, generator=generator) for dim in (config.style_dim, config.latent_dim))
        drawn = torch.randint(config.n_clusters, (n,), generator=generator)
        which = drawn if cluster is None else torch.full((n,), cluster)
        with torch.no_grad():
            mean, logvar = (values[torch.arange(n), which] for values in self.components(style))
        return self.decode(mean + torch.exp(0.5 * logvar) * noise)

    @property
    def noise_dim(self) -> int:
        """Numbers of a draw: the content's, then the style's."""
        return self.config.latent_dim + self.config.style_dim

    def rsample_with_log_ratio(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """As of every model: content (S, B, d), and log p - log q (S, B) of content and style."""
        drawn, log_q, sizes = [], torch.zeros(()), [self.config.latent_dim, self.config.style_dim]
        for (mean, logvar), part in zip(self.encoder.content_and_style(x), noise.split(sizes, -1), strict=True):
            drawn.append(mean + torch.exp(0.5 * logvar) * part)
            log_q = log_q - 0.5 * (LOG_2PI + logvar + part**2).sum(-1)
        content, style = drawn
        log_prior = torch.logsumexp(self.log_likelihoods(content, style), -1) - math.log(self.config.n_clusters)
        return content, log_prior - 0.5 * (LOG_2PI + style**2).sum(-1) - log_q

    def _log_responsibilities(self, x: Tensor) -> Tensor:
        """Log responsibilities (B, K) of data x (B, D) at the latent means."""
        (content, _), (style, _) = self.encoder.content_and_style(x)
        return torch.log_softmax(self.log_likelihoods(content, style), -1)


def log_normal(x: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """Log N(x; mean, diag exp logvar) (...) for x, mean and log variance (..., d)."""
    return -0.5 * (LOG_2PI + logvar + (x - mean) ** 2 * torch.exp(-logvar)).sum(-1)


def kl_of_gaussians(mean: Tensor, logvar: Tensor, other_mean: Tensor, other_logvar: Tensor) -> Tensor:
    """KL(N(mean, diag exp logvar) || the other) (...) for means and log variances (..., d)."""
    gap = (torch.exp(logvar) + (mean - other_mean) ** 2) * torch.exp(-other_logvar)
    return 0.5 * (other_logvar - logvar + gap - 1).sum(-1)
