"""Variational and plain autoencoder.

ELBO = E_q[log p(x|z)] - KL(q(z|x) || N(0, I)). The convex loss w Recon + (1 - w) KL of arXiv 2105.06246 is minimised in the form
Recon + (1 - w) / w KL, whose parts stay in nats; w = 1/2 is the ELBO, w = 1 the plain autoencoder, which samples nothing.
Source: arXiv 1312.6114.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from vaegc.checks import check_int, check_seed
from vaegc.errors import NotSupported
from vaegc.models.base import LatentModel, Loss, Phase, Provenance, StepContext, kl_to_standard_normal

__all__ = ["Autoencoder", "Loss", "Phase", "Provenance", "StepContext", "kl_to_standard_normal"]


class Autoencoder(LatentModel):
    """VAE (`kind="vae"`) or plain autoencoder (`kind="ae"`); parameters as in `LatentModel`."""

    def loss(self, x: Tensor, generator: torch.Generator, context: StepContext | None = None) -> Loss:
        """Negative ELBO of a batch x (B, D), or the negative reconstruction term alone for an autoencoder."""
        mean, logvar = self.encoder(x)
        if logvar is None:
            reconstruction = self.log_likelihood(x, self.decoder(mean)).mean()
            return Loss(-reconstruction, {"reconstruction": -reconstruction})
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        z = mean + torch.exp(0.5 * logvar) * noise
        reconstruction = self.log_likelihood(x, self.decoder(z)).mean()
        kl = kl_to_standard_normal(mean, logvar).mean()
        epoch = math.inf if context is None else context.epoch
        warm = min(epoch / self.config.kl_warmup, 1.0) if self.config.kl_warmup else 1.0
        return Loss(warm * self.config.kl_weight * kl - reconstruction, {"reconstruction": -reconstruction, "kl": kl})

    def sample(self, n: int, cluster: int | None = None, seed: int = 0) -> np.ndarray:
        """Decoded means (n, D) of n draws from the prior N(0, I)."""
        check_int(n, "n", 1)
        if self.kind == "ae":
            raise NotSupported("A plain autoencoder has no prior to sample from; train a VAE instead.")
        if cluster is not None:
            raise NotSupported("A VAE has one prior and no clusters to sample from; leave cluster out.")
        rng = np.random.default_rng(check_seed(seed))
        return self.decode(rng.standard_normal((n, self.config.latent_dim)))
