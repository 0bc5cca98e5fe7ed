"""What a model is made of, as data: saved as JSON beside the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from vaegc.checks import check_choice, check_int, check_number
from vaegc.errors import BadInput

KINDS = ("ae", "vae")
NETWORKS = ("mlp", "conv")
LIKELIHOODS = ("gaussian", "bernoulli")
SCHEDULES = ("constant", "cosine", "exponential")
PRECISIONS = ("float32", "bfloat16")
DEFAULT_EPOCHS = {"ae": 150, "vae": 150}
VARIANCE = 0.01  # of values in 0..1, by held-out log p(x) of digits (`vaegc bench variance`)
VARIANCE_SHARE = 0.1  # of the features' mean variance, for data of any other scale
NEARLY_BINARY = 0.8  # share of values within .05 of 0 or 1 from which a picture is taken for black and white
LEARNING_RATE_FLOOR = 0.01  # share of the learning rate below which no schedule goes


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Kind, size and training of a model.

    None means a default that depends on the kind or on the data; what was used is saved with the model.
    """

    kind: str = "vae"  # "vae", or "ae": the same network without KL and without sampling
    latent_dim: int = 10  # d, dimensions of the latent space
    n_clusters: int = 10  # K, used by kinds with a mixture prior only
    epochs: int | None = None  # passes over the data
    hidden: tuple[int, ...] = (256, 128)  # widths of the encoder's fully connected layers; the decoder mirrors them
    likelihood: str | None = None  # p(x|z): "gaussian" of fixed variance, or "bernoulli" for values in 0..1; None: by the data
    variance: float | None = None  # sigma^2 of the Gaussian likelihood, per feature; None: by the data
    batch_size: int = 128  # points per step
    learning_rate: float = 1e-3  # Adam's
    network: str = "mlp"  # "mlp": fully connected; "conv": strided convolutions first, for pictures
    channels: tuple[int, ...] = (32, 64)  # of the convolutions, each of which halves height and width
    weight: float | None = None  # w of w Recon + (1 - w) KL (arXiv 2105.06246); None: .5, the ELBO; 1: the autoencoder
    kl_warmup: int = 0  # epochs over which the weight of the KL grows from 0 to its full size
    steps: int | None = None  # gradient steps in all, instead of epochs
    schedule: str = "constant"  # of the learning rate: "constant", "cosine" to its floor, "exponential"
    decay: float = 0.99  # factor per epoch of the exponential schedule
    held_out: float = 0.0  # share of the points on which the loss is only measured
    patience: int | None = None  # epochs without a better held-out loss after which training ends with the best weights
    precision: str = "float32"  # of the matrix products: "float32", or "bfloat16": faster where the processor has it

    def __post_init__(self) -> None:
        check_choice(self.kind, "kind", KINDS)
        check_int(self.latent_dim, "latent_dim", 1)
        check_int(self.n_clusters, "n_clusters", 1)
        for name, low in (("epochs", 1), ("steps", 1), ("patience", 1)):
            if getattr(self, name) is not None:
                check_int(getattr(self, name), name, low)
        for name, example in (("hidden", "[256, 128]"), ("channels", "[32, 64]")):
            widths = getattr(self, name)
            if not isinstance(widths, (tuple, list)):
                raise BadInput(f"{name} must be a list of widths such as {example}; got {widths!r}.")
            object.__setattr__(self, name, tuple(check_int(width, name, 1) for width in widths))
        if self.likelihood is not None:
            check_choice(self.likelihood, "likelihood", LIKELIHOODS)
        if self.variance is not None:
            check_number(self.variance, "variance", 0, open_low=True)
        check_int(self.batch_size, "batch_size", 1)
        check_number(self.learning_rate, "learning_rate", 0, open_low=True)
        check_choice(self.network, "network", NETWORKS)
        check_int(self.kl_warmup, "kl_warmup", 0)
        check_choice(self.schedule, "schedule", SCHEDULES)
        check_number(self.decay, "decay", 0, 1, open_low=True)
        check_number(self.held_out, "held_out", 0, 0.9)
        check_choice(self.precision, "precision", PRECISIONS)
        if self.weight is not None:
            check_number(self.weight, "weight", 0, 1, open_low=True)
            if self.kind == "vae" and self.weight == 1:  # one thing, one name
                object.__setattr__(self, "kind", "ae")
            if self.kind == "ae" and self.weight < 1:
                raise BadInput(
                    f"A plain autoencoder has no KL to weigh: weight must be 1; got {self.weight:g}. Choose kind 'vae'."
                )
        if self.network == "conv" and not self.channels:
            raise BadInput("A convolutional network needs at least one width in channels.")
        if self.steps is not None and self.epochs is not None:
            raise BadInput("Give epochs or steps, not both.")
        if self.patience is not None and self.held_out == 0:
            raise BadInput("patience watches held-out points: set held_out to a share such as 0.1.")

    @property
    def epochs_in_use(self) -> int:
        """`epochs`, or the kind's default."""
        return DEFAULT_EPOCHS[self.kind] if self.epochs is None else self.epochs

    @property
    def kl_weight(self) -> float:
        """Beta = (1 - w) / w, the KL's weight when reconstruction has weight 1."""
        w = 0.5 if self.weight is None else self.weight
        return 0.0 if self.kind == "ae" else (1 - w) / w

    def settled(self, x: np.ndarray | None = None, pictures: bool = False) -> ModelConfig:
        """Replace what is None by what fits the data (N, D), so that the model says what it was trained with.

        Pictures that are nearly black and white get a VAE with a Bernoulli likelihood, as in the papers; everything else,
        and every autoencoder, a Gaussian (squared error), of variance .01 where values are in 0..1, else of a tenth of the features'
        mean variance.
        """
        unit = x is None or (x.min() >= 0 and x.max() <= 1)
        likelihood, variance = self.likelihood, self.variance
        if likelihood is None:
            binary = x is not None and pictures and unit and float(np.mean(np.abs(x - 0.5) > 0.45)) >= NEARLY_BINARY
            likelihood = "bernoulli" if binary and self.kind != "ae" else "gaussian"
        if variance is None:
            spread = VARIANCE_SHARE * float(x.var(axis=0, dtype=np.float64).mean()) if x is not None and not unit else VARIANCE
            variance = spread or VARIANCE
        return replace(self, likelihood=likelihood, variance=variance)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data."""
        return {**asdict(self), "hidden": list(self.hidden), "channels": list(self.channels)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelConfig:
        """Rebuild from `to_dict`; unknown keys are refused by name."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(map(str, set(values) - known))
        if unknown:
            raise BadInput(f"Unknown model settings: {', '.join(unknown)}; known are {', '.join(sorted(known))}.")
        try:
            return cls(**dict(values))
        except TypeError as error:
            raise BadInput(f"Model settings cannot be read: {error}.") from None


@dataclass(frozen=True, slots=True)
class Posterior:
    """q(z|x) of every point: a diagonal Gaussian, or a point for models without one."""

    mean: np.ndarray  # (N, d) float32
    logvar: np.ndarray | None  # (N, d) float32, None for an autoencoder
