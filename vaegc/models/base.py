"""`LatentModel`, the base class of all models, and the types through which the fit loop trains them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vaegc.checks import as_points, check_int, check_seed
from vaegc.errors import BadInput, NotSupported
from vaegc.models.config import DEFAULT_VARIANCE, PROBABILISTIC, ModelConfig, Posterior
from vaegc.models.networks import Encoder, as_float32, decoder
from vaegc.models.scaling import Scaling, check_center
from vaegc.progress import Callback
from vaegc.wording import counted

BLOCK_POINTS = 4096  # points per pass outside training
ACTIVE_VARIANCE = 0.01  # variance of the posterior means from which a latent dimension counts as active
LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Loss:
    """Training loss of a batch and its named terms, means over the batch in nats per point."""

    total: Tensor
    parts: Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class Phase:
    """A training phase: number of epochs or steps, learning rate, and what happens between steps."""

    name: str
    epochs: int
    learning_rate: float
    steps: int | None = None  # instead of epochs
    refresh_every: int | None = None  # steps between calls of `LatentModel.refresh`; None: never called
    max_grad_norm: float | None = None  # to which the gradient of all weights is clipped; None: not clipped


@dataclass(frozen=True, slots=True)
class StepContext:
    """Phase, epoch and rows of the batch for which a loss is computed; the default is the last phase after all warm-up, for unseen points."""

    phase: str = "fit"
    epoch: float = math.inf  # epochs of the phase so far, parts of one included
    rows: Tensor | None = None  # (B,) rows of the batch in the training data; None: not of the training data


@dataclass
class Provenance:
    """Origin of a model: data, seed, training history and library versions; saved with it."""

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
    STORED_NAMES: ClassVar[Mapping[str, str]] = {}  # in model.safetensors, of parameters and buffers that have another name there

    def __init__(self, config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self._config = config = config.resolved()
        self._input_dim = input_dim
        check_center(config.center, input_dim)
        self.scaling = Scaling.of(config)
        self.provenance = Provenance(image_shape=image_shape)
        self.encoder = Encoder(config, input_dim, self.with_variance and config.kind != "ae", image_shape)
        self.decoder = decoder(config, input_dim, image_shape)

    @property
    def config(self) -> ModelConfig:
        """Resolved settings of the model; read-only, since the networks were built from them."""
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
    def kind_phrase(self) -> str:
        """The kind as the subject of a sentence: "A model of kind 'vade'"."""
        return {"ae": "A plain autoencoder"}.get(self.kind, f"A model of kind {self.kind!r}")

    # --- training --------------------------------------------------------------------------------------------------

    def phases(self) -> list[Phase]:
        """Return the training phases in order; the last one is "fit"."""
        return [Phase("fit", self.config.epochs_in_use, self.config.learning_rate, self.config.steps)]

    def on_phase_start(self, phase: Phase, x: Tensor, seed: int, callback: Callback | None = None) -> None:
        """Prepare a phase, given all training data x (N, D) in the network's units, such as by initialising a mixture; nothing here.

        May raise `BadInput` for data that cannot be trained on, and `Stopped` where the callback asks for it; nothing is changed then.
        """

    def parameter_groups(self, phase: Phase) -> list[dict[str, Any]]:
        """Return the parameters that a phase trains, as torch's groups; "scale" multiplies the learning rate of a group."""
        return [{"params": list(self.parameters()), "scale": 1.0}]

    def loss(self, x: Tensor, generator: torch.Generator, context: StepContext | None = None) -> Loss:
        """Return the training loss of a batch x (B, D)."""
        raise NotImplementedError

    def refresh(self, phase: Phase, x: Tensor) -> bool:
        """Update what the loss holds fixed, every `phase.refresh_every` steps, given all training data x (N, D); True ends the phase."""
        return False

    def training_state(self) -> dict[str, Tensor]:
        """Return the tensors, beyond weights and buffers, that a checkpoint needs so that a resumed run is bit-equal."""
        return {}

    def set_training_state(self, state: Mapping[str, Tensor]) -> None:
        """Restore the tensors of `training_state`."""

    def cluster_usage(self, x: Tensor) -> Tensor | None:
        """Return the share (K,) of the points x (B, D) in each cluster; None for models without clusters."""
        return None

    def active_dimensions(self, x: Tensor) -> int | None:
        """Return the number of active latent dimensions over the points x (B, D); None for models without a posterior.

        Active is a dimension whose posterior mean has a variance above .01, as Burda et al. 1509.00519 count active units; none is left
        where the posterior has collapsed onto the prior.
        """
        mean, logvar = self.encoder(x)
        return None if logvar is None or len(x) < 2 else int((mean.var(0) > ACTIVE_VARIANCE).sum())

    def log_likelihood(self, x: Tensor, output: Tensor) -> Tensor:
        """Return log p(x|z) (...), summed over features, for x and the decoder's raw output (..., D); a density in the network's units."""
        output = as_float32(output)
        if self.config.likelihood == "bernoulli":
            return -F.binary_cross_entropy_with_logits(output, x.expand_as(output), reduction="none").sum(-1)
        variance = self.scaling.variance(self.config.variance or DEFAULT_VARIANCE)
        return -((x - output) ** 2).sum(-1) / (2 * variance) - 0.5 * self.input_dim * math.log(2 * math.pi * variance)

    # --- use -------------------------------------------------------------------------------------------------------

    def encode(self, x: npt.ArrayLike) -> Posterior:
        """Return the posterior of data (N, D): mean (N, d), log variance (N, d) or None for an autoencoder; `BadInput` for another D."""
        means, logvars = [], []
        with torch.no_grad():
            for block in self._data(x):
                mean, logvar = self.encoder(block)
                means.append(mean.numpy())
                if logvar is not None:
                    logvars.append(logvar.numpy())
        return Posterior(np.concatenate(means), np.concatenate(logvars) if logvars else None)

    def decode(self, z: npt.ArrayLike) -> np.ndarray:
        """Return the mean of p(x|z) (N, D) at latent points (N, d); float32, or float64 where the data are far from 0."""
        with torch.no_grad():
            outputs = [self.decoder(block) for block in self._blocks(z, self.config.latent_dim, "z")]
            return self.scaling.inverse_transform(self.mean_of(torch.cat(outputs)).numpy())

    def mean_of(self, output: Tensor) -> Tensor:
        """Return the mean of p(x|z) for the decoder's raw output, of the same shape."""
        return torch.sigmoid(output) if self.config.likelihood == "bernoulli" else output

    def sample(self, n: int, cluster: int | None = None, seed: int = 0) -> np.ndarray:
        """Return decoded means (n, D) of n draws from the prior, or from one of its clusters; `NotSupported` without a prior."""
        raise NotSupported(f"A model of kind {self.kind!r} has no prior to sample from.")

    @property
    def has_posterior(self) -> bool:
        """Whether the encoder gives a distribution of z rather than a point."""
        return self.encoder.logvar is not None

    @property
    def noise_dim(self) -> int:
        """Number of standard normal variates that `rsample_with_log_ratio` takes for one draw of all latent variables."""
        return self.config.latent_dim

    def rsample_with_log_ratio(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Reparameterised draws from q(z|x) and their log importance ratio.

        Parameters
        ----------
        x
            Data (B, D) in the network's units.
        noise
            Standard normal variates (S, B or 1, noise_dim).

        Returns
        -------
        tuple
            z (S, B, d), which is decoded, and log p - log q (S, B) of all latent variables but the cluster, which is summed out. A
            model without a posterior gives its point, and 0.
        """
        mean, logvar = self.encoder(x)
        if logvar is None:
            return mean.expand(len(noise), *mean.shape), torch.zeros(len(noise), len(x)).to(mean)
        z = mean + torch.exp(0.5 * logvar) * noise
        return z, self.log_prior(z) + 0.5 * (LOG_2PI + logvar + noise**2).sum(-1)

    def log_prior(self, z: Tensor) -> Tensor:
        """Return log p(z) (...) of latent points (..., d) under N(0, I)."""
        return -0.5 * (LOG_2PI + z**2).sum(-1)

    def log_prob(self, x: npt.ArrayLike, samples: int = 64, seed: int = 0) -> np.ndarray:
        """Importance-weighted estimate (N,) of log p(x), a lower bound in expectation (Burda et al. 1509.00519).

        Where there are clusters they are summed out, so that one sample is at least the ELBO in expectation. Raises `NotSupported` for
        a kind that defines no density.
        """
        check_int(samples, "samples", 1)
        if self.kind not in PROBABILISTIC:
            raise NotSupported(f"{self.kind_phrase} defines no probability of its data; train a VAE instead.")
        generator, out = torch.Generator().manual_seed(check_seed(seed)), []
        with torch.no_grad():
            for block in self._data(x, max(BLOCK_POINTS // samples, 1)):
                noise = torch.randn((samples, len(block), self.noise_dim), generator=generator)  # (k, B, noise_dim)
                z, ratio = self.rsample_with_log_ratio(block, noise)
                log_w = self.log_likelihood(block, self.decoder(z)) + ratio
                out.append((torch.logsumexp(log_w, 0) - math.log(samples)).numpy())
        return (np.concatenate(out) + self.scaling.log_jacobian(self.input_dim)).astype(np.float32)

    def assign(self, x: npt.ArrayLike) -> np.ndarray:
        """Return the cluster (N,) of each point (N, D); `NotSupported` for models without clusters of their own."""
        raise NotSupported(f"A model of kind {self.kind!r} has no clusters of its own; climb and sweep its latent space instead.")

    def save(self, folder: str) -> None:
        """Save to a folder: model.safetensors and model.json; raises `BadInput` where it cannot be written."""
        from vaegc.models.saving import save_model

        save_model(self, folder)

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        super()._save_to_state_dict(destination, prefix, keep_vars)
        for name, stored in self.STORED_NAMES.items():
            destination[prefix + stored] = destination.pop(prefix + name)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *context: Any) -> None:
        for name, stored in self.STORED_NAMES.items():
            if prefix + stored in state_dict:
                state_dict[prefix + name] = state_dict.pop(prefix + stored)
        super()._load_from_state_dict(state_dict, prefix, *context)

    def _data(self, x: npt.ArrayLike, size: int = BLOCK_POINTS) -> list[Any]:
        """Blocks (B, D) of data (N, D) in the network's units."""
        as_it_is = self.scaling.identity and getattr(x, "dtype", None) == np.float32  # which needs no copy in float64
        array = as_points(x, "x", dtype=np.float32 if as_it_is else np.float64)
        self.check_width(array, self.input_dim, "x")
        return list(torch.tensor(self.scaling.network_input(array)).split(size))

    def _blocks(self, values: npt.ArrayLike, width: int, name: str) -> list[Any]:
        """Blocks (B, width) of points of the latent space."""
        array = as_points(values, name, dtype=np.float32)
        self.check_width(array, width, name)
        return list(torch.tensor(array).split(BLOCK_POINTS))

    @staticmethod
    def check_width(array: np.ndarray, width: int, name: str) -> None:
        """Raise `BadInput` unless there are `width` numbers per point."""
        if array.shape[1] != width:
            per_point = f"{counted(width, 'number')} per point"
            raise BadInput(f"This model takes {name} with {per_point}; got {array.shape[1]:,}.")


def kl_to_standard_normal(mean: Tensor, logvar: Tensor) -> Tensor:
    """Return KL(N(mean, diag exp logvar) || N(0, I)) (B,) for mean and log variance (B, d)."""
    return 0.5 * (mean**2 + torch.exp(logvar) - 1 - logvar).sum(-1)
