"""Variational and plain autoencoder.

ELBO = E_q[log p(x|z)] - KL(q(z|x) || N(0, I)). The convex loss w Recon + (1 - w) KL of arXiv 2105.06246 is minimised in the form
Recon + (1 - w) / w KL, whose parts stay in nats; w = 1/2 is the ELBO, w = 1 the plain autoencoder, which samples nothing.
Formulas: methods section 2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vaegc.checks import as_points, check_int, check_seed
from vaegc.errors import BadInput, NotSupported
from vaegc.models.config import VARIANCE, ModelConfig, Posterior
from vaegc.models.networks import Encoder, decoder

BLOCK = 4096  # points per pass outside training


@dataclass(frozen=True, slots=True)
class Loss:
    """What is minimised, and its named parts, all means over the batch in nats per point."""

    total: Tensor
    parts: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of training that the fit loop runs."""

    name: str
    epochs: int
    learning_rate: float
    steps: int | None = None  # instead of epochs


@dataclass
class Provenance:
    """Where a model comes from; saved with it."""

    data: str = ""  # name of the data set
    data_fingerprint: str = ""
    seed: int = 0
    image_shape: tuple[int, ...] | None = None
    history: list[dict[str, float]] = field(default_factory=list)  # one row of loss parts per epoch
    versions: dict[str, str] = field(default_factory=dict)
    stopped: bool = False  # training was stopped before its last epoch


class Autoencoder(nn.Module):
    """VAE (`kind="vae"`) or plain autoencoder (`kind="ae"`); numpy in, numpy out.

    Parameters
    ----------
    config
        Kind, sizes, likelihood.
    input_dim
        D, features per point.
    image_shape
        (height, width) or (height, width, 3) where points are pictures; a convolutional network needs it.
    """

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self.config = config = config.settled()
        self.input_dim = input_dim
        self.provenance = Provenance(image_shape=image_shape)
        self.encoder = Encoder(config, input_dim, config.kind == "vae", image_shape)
        self.decoder = decoder(config, input_dim, image_shape)

    @property
    def kind(self) -> str:
        """The kind of model, "vae" or "ae"."""
        return self.config.kind

    # --- training --------------------------------------------------------------------------------------------------

    def phases(self) -> list[Phase]:
        """What training runs, in order."""
        return [Phase("fit", self.config.epochs_in_use, self.config.learning_rate, self.config.steps)]

    def loss(self, x: Tensor, generator: torch.Generator, epoch: float = math.inf) -> Loss:
        """What is minimised for a batch x (B, D) after `epoch` epochs; infinity means that all warm-up is over."""
        mean, logvar = self.encoder(x)
        if logvar is None:
            reconstruction = self.log_likelihood(x, self.decoder(mean)).mean()
            return Loss(-reconstruction, {"reconstruction": -reconstruction})
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        z = mean + torch.exp(0.5 * logvar) * noise
        reconstruction = self.log_likelihood(x, self.decoder(z)).mean()
        kl = kl_to_standard_normal(mean, logvar).mean()
        warm = min(epoch / self.config.kl_warmup, 1.0) if self.config.kl_warmup else 1.0
        return Loss(warm * self.config.kl_weight * kl - reconstruction, {"reconstruction": -reconstruction, "kl": kl})

    def log_likelihood(self, x: Tensor, output: Tensor) -> Tensor:
        """Log p(x|z), summed over features: x and the decoder's raw output (..., D) -> (...)."""
        output = output.float()
        if self.config.likelihood == "bernoulli":
            return -F.binary_cross_entropy_with_logits(output, x.expand_as(output), reduction="none").sum(-1)
        variance = self.config.variance or VARIANCE
        return -((x - output) ** 2).sum(-1) / (2 * variance) - 0.5 * self.input_dim * math.log(2 * math.pi * variance)

    # --- use -------------------------------------------------------------------------------------------------------

    def encode(self, x: npt.ArrayLike) -> Posterior:
        """Posterior of data (N, D): mean (N, d), log variance (N, d) or None for an autoencoder."""
        means, logvars = [], []
        with torch.no_grad():
            for block in self._blocks(x, self.input_dim, "x"):
                mean, logvar = self.encoder(block)
                means.append(mean.numpy())
                if logvar is not None:
                    logvars.append(logvar.numpy())
        return Posterior(np.concatenate(means), np.concatenate(logvars) if logvars else None)

    def decode(self, z: npt.ArrayLike) -> np.ndarray:
        """Mean of p(x|z) (N, D) for latent points (N, d)."""
        with torch.no_grad():
            outputs = [self.decoder(block) for block in self._blocks(z, self.config.latent_dim, "z")]
            return self.mean_of(torch.cat(outputs)).numpy()

    def mean_of(self, output: Tensor) -> Tensor:
        """Mean of p(x|z) for the decoder's raw output, of the same shape."""
        return torch.sigmoid(output) if self.config.likelihood == "bernoulli" else output

    def sample(self, n: int, cluster: int | None = None, seed: int = 0) -> np.ndarray:
        """Decoded means (n, D) of n draws from the prior N(0, I)."""
        check_int(n, "n", 1)
        if self.kind == "ae":
            raise NotSupported("A plain autoencoder has no prior to sample from; train a VAE instead.")
        if cluster is not None:
            raise NotSupported("A VAE has one prior and no clusters to sample from; leave cluster out.")
        rng = np.random.default_rng(check_seed(seed))
        return self.decode(rng.standard_normal((n, self.config.latent_dim)))

    def log_prob(self, x: npt.ArrayLike, samples: int = 64, seed: int = 0) -> np.ndarray:
        """Importance-weighted estimate (N,) of log p(x), a lower bound in expectation (Burda et al. 1509.00519)."""
        check_int(samples, "samples", 1)
        if self.kind == "ae":
            raise NotSupported("A plain autoencoder defines no probability of its data; train a VAE instead.")
        generator = torch.Generator().manual_seed(check_seed(seed))
        out = []
        with torch.no_grad():
            for block in self._blocks(x, self.input_dim, "x", size=max(BLOCK // samples, 1)):
                mean, logvar = self.encoder(block)
                noise = torch.randn((samples, *mean.shape), generator=generator)  # (k, B, d)
                z = mean + torch.exp(0.5 * logvar) * noise
                log_w = self.log_likelihood(block, self.decoder(z)) - 0.5 * (z**2 - noise**2 - logvar).sum(-1)
                out.append((torch.logsumexp(log_w, 0) - math.log(samples)).numpy())
        return np.concatenate(out)

    def assign(self, x: npt.ArrayLike) -> np.ndarray:
        """Raise `NotSupported`: these kinds have no clusters of their own."""
        raise NotSupported(f"A model of kind {self.kind!r} has no clusters of its own; climb and sweep its latent space instead.")

    def save(self, folder: str) -> None:
        """Save to a folder: model.safetensors and model.json."""
        from vaegc.models.checkpoint import save_model

        save_model(self, folder)

    def _blocks(self, values: npt.ArrayLike, width: int, name: str, size: int = BLOCK) -> list[Any]:
        array = as_points(values, name, dtype=np.float32)
        if array.shape[1] != width:
            raise BadInput(f"This model takes {name} with {width} numbers per point; got {array.shape[1]}.")
        return list(torch.tensor(array).split(size))


def kl_to_standard_normal(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mean, diag exp logvar) || N(0, I)): (B, d) -> (B,)."""
    return 0.5 * (mean**2 + torch.exp(logvar) - 1 - logvar).sum(-1)
