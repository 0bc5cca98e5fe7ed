"""What every model has in common: encode, decode, save, and how the fit loop drives it."""

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
from vaegc.models.config import PROBABILISTIC, VARIANCE, ModelConfig, Posterior
from vaegc.models.networks import Encoder, decoder, widened
from vaegc.models.scaling import Scaling, check_centre
from vaegc.progress import Callback
from vaegc.wording import counted

BLOCK = 4096  # points per pass outside training
ACTIVE = 0.01  # variance of the posterior means from which a latent dimension counts as active
LOG_2PI = math.log(2 * math.pi)


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
    refresh: int | None = None  # steps between calls of `LatentModel.refresh`
    clip: float | None = None  # largest norm of the gradient of all weights


@dataclass(frozen=True, slots=True)
class Moment:
    """When and for which points a loss is asked for; the default is the last phase after all warm-up, for points never seen."""

    phase: str = "fit"
    epoch: float = math.inf  # epochs of the phase so far, parts of one included
    rows: Tensor | None = None  # (B,) rows of the batch in the training data


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


class LatentModel(nn.Module):
    """An encoder to a latent space and a decoder back; numpy in, numpy out.

    Arrays are in the units of the data, tensors in those of the network: `scaling` is between the two.

    Subclasses say what is minimised (`phases`, `loss`), and what their latent space means (`sample`, `log_prob`, `assign`).

    Parameters
    ----------
    config
        Kind, sizes, likelihood.
    input_dim
        D, features per point.
    image_shape
        (height, width) or (height, width, 3) where points are pictures; a convolutional network needs it.
    """

    with_variance = True  # whether the encoder gives a posterior rather than a point

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self._config = config = config.settled()
        self._input_dim = input_dim
        check_centre(config.centre, input_dim)
        self.scaling = Scaling.of(config)
        self.provenance = Provenance(image_shape=image_shape)
        self.encoder = Encoder(config, input_dim, self.with_variance and config.kind != "ae", image_shape)
        self.decoder = decoder(config, input_dim, image_shape)

    @property
    def config(self) -> ModelConfig:
        """Kind, sizes, likelihood, as they are in use; what networks are made of cannot be set afterwards."""
        return self._config

    @property
    def input_dim(self) -> int:
        """D, features per point."""
        return self._input_dim

    @property
    def kind(self) -> str:
        """The kind of model, such as "vae" or "ae"."""
        return self.config.kind

    @property
    def words(self) -> str:
        """The kind, as a sentence begins with it."""
        return {"ae": "A plain autoencoder"}.get(self.kind, f"A model of kind {self.kind!r}")

    # --- training --------------------------------------------------------------------------------------------------

    def phases(self) -> list[Phase]:
        """What training runs, in order; the last one is "fit"."""
        return [Phase("fit", self.config.epochs_in_use, self.config.learning_rate, self.config.steps)]

    def begin(self, phase: Phase, x: Tensor, seed: int, callback: Callback | None = None) -> None:
        """What has to be done before a phase, given all training data x (N, D), such as placing components; nothing here."""

    def parameter_groups(self, phase: Phase) -> list[dict[str, Any]]:
        """Parameters that a phase trains, as torch's groups; "scale" multiplies the learning rate of a group."""
        return [{"params": list(self.parameters()), "scale": 1.0}]

    def loss(self, x: Tensor, generator: torch.Generator, at: Moment | None = None) -> Loss:
        """What is minimised for a batch x (B, D)."""
        raise NotImplementedError

    def refresh(self, phase: Phase, x: Tensor) -> bool:
        """Every `phase.refresh` steps, the first included, given all training data x (N, D): True ends the phase."""
        return False

    def training_state(self) -> dict[str, Tensor]:
        """What else a run must keep to go on bit for bit, beyond weights and buffers."""
        return {}

    def set_training_state(self, state: Mapping[str, Tensor]) -> None:
        """Put back what `training_state` gave."""

    def usage(self, x: Tensor) -> Tensor | None:
        """Share (K,) of the points x (B, D) that each cluster holds, or None for models without clusters."""
        return None

    def active_dimensions(self, x: Tensor) -> int | None:
        """How many latent dimensions tell the points x (B, D) apart; None for models without a posterior.

        Those whose posterior mean varies by more than a hundredth, as Burda et al. 1509.00519 count active units; none is left where
        the posterior has collapsed onto the prior.
        """
        mean, logvar = self.encoder(x)
        return None if logvar is None or len(x) < 2 else int((mean.var(0) > ACTIVE).sum())

    def log_likelihood(self, x: Tensor, output: Tensor) -> Tensor:
        """Log p(x|z), summed over features: x and the decoder's raw output (..., D) -> (...); a density in the network's units."""
        output = widened(output)
        if self.config.likelihood == "bernoulli":
            return -F.binary_cross_entropy_with_logits(output, x.expand_as(output), reduction="none").sum(-1)
        variance = self.scaling.variance(self.config.variance or VARIANCE)
        return -((x - output) ** 2).sum(-1) / (2 * variance) - 0.5 * self.input_dim * math.log(2 * math.pi * variance)

    # --- use -------------------------------------------------------------------------------------------------------

    def encode(self, x: npt.ArrayLike) -> Posterior:
        """Posterior of data (N, D): mean (N, d), log variance (N, d) or None for an autoencoder."""
        means, logvars = [], []
        with torch.no_grad():
            for block in self._data(x):
                mean, logvar = self.encoder(block)
                means.append(mean.numpy())
                if logvar is not None:
                    logvars.append(logvar.numpy())
        return Posterior(np.concatenate(means), np.concatenate(logvars) if logvars else None)

    def decode(self, z: npt.ArrayLike) -> np.ndarray:
        """Mean of p(x|z) (N, D) for latent points (N, d); float32, or float64 where the data are far from 0."""
        with torch.no_grad():
            outputs = [self.decoder(block) for block in self._blocks(z, self.config.latent_dim, "z")]
            return self.scaling.inverse_transform(self.mean_of(torch.cat(outputs)).numpy())

    def mean_of(self, output: Tensor) -> Tensor:
        """Mean of p(x|z) for the decoder's raw output, of the same shape."""
        return torch.sigmoid(output) if self.config.likelihood == "bernoulli" else output

    def sample(self, n: int, cluster: int | None = None, seed: int = 0) -> np.ndarray:
        """Decoded means (n, D) of n draws from the prior, or from one of its clusters."""
        raise NotSupported(f"A model of kind {self.kind!r} has no prior to sample from.")

    @property
    def has_posterior(self) -> bool:
        """Whether the encoder gives a distribution of z rather than a point."""
        return self.encoder.logvar is not None

    @property
    def noise_dim(self) -> int:
        """Standard normal numbers that `draw` takes for one draw of all latent variables."""
        return self.config.latent_dim

    def draw(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Draws from q for data x (B, D) at standard normal noise (S, B or 1, noise_dim).

        Returns what is decoded, z (S, B, d), and log p - log q (S, B) of all latent variables but the cluster, which is summed
        out. A model without a posterior gives its point, and 0.
        """
        mean, logvar = self.encoder(x)
        if logvar is None:
            return mean.expand(len(noise), *mean.shape), torch.zeros(len(noise), len(x)).to(mean)
        z = mean + torch.exp(0.5 * logvar) * noise
        return z, self.log_prior(z) + 0.5 * (LOG_2PI + logvar + noise**2).sum(-1)

    def log_prior(self, z: Tensor) -> Tensor:
        """Log p(z) (...) of latent points (..., d): N(0, I)."""
        return -0.5 * (LOG_2PI + z**2).sum(-1)

    def log_prob(self, x: npt.ArrayLike, samples: int = 64, seed: int = 0) -> np.ndarray:
        """Importance-weighted estimate (N,) of log p(x), a lower bound in expectation (Burda et al. 1509.00519).

        Where there are clusters they are summed out, so that one sample is at least the ELBO in expectation.
        """
        check_int(samples, "samples", 1)
        if self.kind not in PROBABILISTIC:
            raise NotSupported(f"{self.words} defines no probability of its data; train a VAE instead.")
        generator, out = torch.Generator().manual_seed(check_seed(seed)), []
        with torch.no_grad():
            for block in self._data(x, max(BLOCK // samples, 1)):
                noise = torch.randn((samples, len(block), self.noise_dim), generator=generator)  # (k, B, noise_dim)
                z, ratio = self.draw(block, noise)
                log_w = self.log_likelihood(block, self.decoder(z)) + ratio
                out.append((torch.logsumexp(log_w, 0) - math.log(samples)).numpy())
        return (np.concatenate(out) + self.scaling.log_jacobian(self.input_dim)).astype(np.float32)

    def assign(self, x: npt.ArrayLike) -> np.ndarray:
        """Cluster (N,) of each point, where the model has clusters of its own."""
        raise NotSupported(f"A model of kind {self.kind!r} has no clusters of its own; climb and sweep its latent space instead.")

    def save(self, folder: str) -> None:
        """Save to a folder: model.safetensors and model.json."""
        from vaegc.models.saving import save_model

        save_model(self, folder)

    def _data(self, x: npt.ArrayLike, size: int = BLOCK) -> list[Any]:
        """Blocks (B, D) of data (N, D) in the network's units."""
        as_it_is = self.scaling.identity and getattr(x, "dtype", None) == np.float32  # which needs no copy in float64
        array = as_points(x, "x", dtype=np.float32 if as_it_is else np.float64)
        self.check_width(array, self.input_dim, "x")
        return list(torch.tensor(self.scaling.network_input(array)).split(size))

    def _blocks(self, values: npt.ArrayLike, width: int, name: str) -> list[Any]:
        """Blocks (B, width) of points of the latent space."""
        array = as_points(values, name, dtype=np.float32)
        self.check_width(array, width, name)
        return list(torch.tensor(array).split(BLOCK))

    @staticmethod
    def check_width(array: np.ndarray, width: int, name: str) -> None:
        """Raise `BadInput` unless there are `width` numbers per point."""
        if array.shape[1] != width:
            per_point = f"{counted(width, 'number')} per point"
            raise BadInput(f"This model takes {name} with {per_point}; got {array.shape[1]:,}.")


def kl_to_standard_normal(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(mean, diag exp logvar) || N(0, I)): (B, d) -> (B,)."""
    return 0.5 * (mean**2 + torch.exp(logvar) - 1 - logvar).sum(-1)
