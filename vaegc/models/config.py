"""What a model is made of, as data: saved as JSON beside the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from vaegc.checks import check_choice, check_int, check_number
from vaegc.errors import BadInput

KINDS = ("ae", "vae")
LIKELIHOODS = ("gaussian", "bernoulli")
DEFAULT_EPOCHS = {"ae": 150, "vae": 150}


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Kind, size and training of a model.

    `epochs` None means the kind's default.
    """

    kind: str = "vae"  # "vae", or "ae": the same network without KL and without sampling
    latent_dim: int = 10  # d, dimensions of the latent space
    n_clusters: int = 10  # K, used by kinds with a mixture prior only
    epochs: int | None = None  # passes over the data
    hidden: tuple[int, ...] = (256, 128)  # widths of the encoder's layers; the decoder mirrors them
    likelihood: str = "gaussian"  # p(x|z): "gaussian" of fixed variance, or "bernoulli" for values in 0..1
    variance: float = 0.01  # sigma^2 of the Gaussian likelihood, per feature
    batch_size: int = 128  # points per step
    learning_rate: float = 1e-3  # Adam's

    def __post_init__(self) -> None:
        check_choice(self.kind, "kind", KINDS)
        check_int(self.latent_dim, "latent_dim", 1)
        check_int(self.n_clusters, "n_clusters", 1)
        if self.epochs is not None:
            check_int(self.epochs, "epochs", 1)
        if not isinstance(self.hidden, (tuple, list)):
            raise BadInput(f"hidden must be a list of widths such as [256, 128]; got {self.hidden!r}.")
        object.__setattr__(self, "hidden", tuple(check_int(width, "hidden", 1) for width in self.hidden))
        check_choice(self.likelihood, "likelihood", LIKELIHOODS)
        check_number(self.variance, "variance", 0, open_low=True)
        check_int(self.batch_size, "batch_size", 1)
        check_number(self.learning_rate, "learning_rate", 0, open_low=True)

    @property
    def epochs_in_use(self) -> int:
        """`epochs`, or the kind's default."""
        return DEFAULT_EPOCHS[self.kind] if self.epochs is None else self.epochs

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data."""
        return {**asdict(self), "hidden": list(self.hidden)}

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
