"""`ModelConfig`, the settings of a model, saved as JSON beside the weights; and `Posterior`, what an encoder returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from vaegc.checks import Config, ValueObject, check_choice, check_int, check_number
from vaegc.errors import BadInput
from vaegc.models.scaling import location_and_scale

KINDS = ("ae", "vae", "vade", "gmvae", "dec", "idec")
NETWORKS = ("mlp", "conv")
LIKELIHOODS = ("gaussian", "bernoulli")
SCHEDULES = ("constant", "cosine", "exponential")
PRECISIONS = ("float32", "bfloat16")
PROBABILISTIC = ("vae", "vade", "gmvae")  # kinds that define a density of the data
POINTWISE = ("ae", "dec", "idec")  # kinds whose encoder gives points, not distributions
CLUSTERED = ("vade", "gmvae", "dec", "idec")  # kinds with clusters of their own
RESPONSIBILITIES = ("closed", "paper")
CONDITIONAL_PRIORS = ("paper", "exact")
MIXTURE_INITS = ("full", "whitened", "diagonal")
DEFAULT_EPOCHS = {"ae": 150, "vae": 150, "vade": 150, "gmvae": 150, "dec": 100, "idec": 100}
DEFAULT_PRETRAINING = {"vade": 100, "dec": 150, "idec": 150}  # epochs of the autoencoder; the other kinds have none
DEFAULT_VARIANCE = 0.01  # of values in 0..1, by held-out log p(x) of digits (`vaegc bench variance`)
DEFAULT_VARIANCE_SHARE = 0.1  # of the features' mean variance, for data of any other scale
BINARY_PIXEL_SHARE = 0.8  # share of values within .05 of 0 or 1 from which a picture is taken for black and white
MIN_LEARNING_RATE_SHARE = 0.01  # share of the learning rate below which no schedule goes


CATEGORICAL = {
    "kind": KINDS, "likelihood": LIKELIHOODS, "network": NETWORKS, "schedule": SCHEDULES, "precision": PRECISIONS,
    "responsibility": RESPONSIBILITIES, "init": MIXTURE_INITS, "conditional_prior": CONDITIONAL_PRIORS,
}  # fmt: skip
INTEGER_MINIMA = {  # smallest value of each setting that is a whole number
    "latent_dim": 1, "n_clusters": 1, "epochs": 1, "batch_size": 1, "kl_warmup": 0, "steps": 1, "patience": 1, "pretrain_epochs": 0,
    "style_dim": 1, "prior_hidden": 1, "samples": 1, "target_steps": 1,
}  # fmt: skip
FLOAT_RANGES = {  # smallest and largest value of the others, and whether the smallest itself is excluded
    "variance": (0, np.inf, True), "spread": (0, np.inf, True), "learning_rate": (0, np.inf, True),
    "weight": (0, 1, True), "decay": (0, 1, True), "held_out": (0, 0.9, False), "prior_rate": (0, np.inf, True), "start_variance": (0, np.inf, False),
    "min_information": (0, np.inf, False), "clustering_weight": (0, np.inf, True), "tolerance": (0, 1, False),
}  # fmt: skip
OPTIONAL = (  # may be None: by the data or the kind
    "epochs",
    "likelihood",
    "variance",
    "center",
    "spread",
    "weight",
    "steps",
    "patience",
    "pretrain_epochs",
)


def kind_name(kind: str) -> str:
    """Return a kind as papers write it: "VaDE", "GMVAE"."""
    return "VaDE" if kind == "vade" else kind.upper()


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ModelConfig(Config):
    """Kind, size and training of a model.

    None means a default that depends on the kind or on the data; what was used is saved with the model.
    """

    GROUP: ClassVar[str] = "model"
    KEYS: ClassVar[Mapping[str, str]] = {"center": "centre", "init": "placing"}  # as in models and specs that were saved before

    kind: str = "vae"  # "vae", or "ae": the same network without KL and without sampling
    latent_dim: int = 10  # d, dimensions of the latent space
    n_clusters: int = 10  # K, used by kinds with a mixture prior only
    epochs: int | None = None  # passes over the data
    hidden: tuple[int, ...] = (256, 128)  # widths of the encoder's fully connected layers; the decoder mirrors them
    likelihood: str | None = None  # p(x|z): "gaussian" of fixed variance, or "bernoulli" for values in 0..1; None: by the data
    variance: float | None = None  # sigma^2 of the Gaussian likelihood, per feature; None: by the data
    # Subtracted from all values on the way into the network, or one number from each column; None: by the data.
    center: float | tuple[float, ...] | None = None
    spread: float | None = None  # all values are divided by it; None: by the data
    batch_size: int = 128  # points per step
    learning_rate: float = 1e-3  # Adam's
    network: str = "mlp"  # "mlp": fully connected; "conv": strided convolutions first, for pictures
    channels: tuple[int, ...] = (32, 64)  # of the convolutions, each of which halves height and width
    weight: float | None = None  # w of w Recon + (1 - w) KL (arXiv 2105.06246); None: .5, the ELBO; 1: the autoencoder
    kl_warmup: int = 0  # epochs over which the weight of the KL grows from 0 to its full size
    steps: int | None = None  # gradient steps in all, instead of epochs
    schedule: str = "constant"  # of the learning rate: "constant", "cosine" to its floor, "exponential"
    decay: float = 0.99  # factor per epoch of the exponential schedule
    held_out: float = 0.0  # share of the points on which the loss is only location_and_scale
    patience: int | None = None  # epochs without a better held-out loss after which training ends with the best weights
    precision: str = "float32"  # of the matrix products: "float32", or "bfloat16": faster where the processor has it
    # Of kinds with clusters of their own; the other kinds leave these alone.
    # Of the autoencoder before VaDE, DEC and IDEC; None: the kind's, scaled along with `epochs`.
    pretrain_epochs: int | None = None
    responsibility: str = "closed"  # VaDE's q(c|x): "closed" maximises the ELBO, "paper" is p(c|z) at one sample
    # VaDE's mixture to begin with: of "full" covariances in the whitened space; "whitened": diagonal there; "diagonal": as in the paper.
    init: str = "full"
    start_variance: float = 0.01  # VaDE: of q(z|x) where "fit" begins, as a share of the latent means'; 0 leaves what chance gave
    prior_rate: float = 0.1  # VaDE: learning rate of the components, as a share of the network's
    prior_refresh: bool = True  # VaDE: components in closed form from their responsibilities, once they are placed
    style_dim: int = 10  # GMVAE: dimensions of w, what varies within a cluster
    prior_hidden: int = 128  # GMVAE: width of the network from w to the components
    samples: int = 1  # GMVAE: M, joint samples per point
    conditional_prior: str = "paper"  # GMVAE: the term as printed, or "exact"
    min_information: float = 0.5  # GMVAE: lambda, nats of the z-prior term that cost nothing
    clustering_weight: float = 0.1  # IDEC: of the clustering loss beside a squared error in units of the data's mean square
    target_steps: int = 140  # DEC, IDEC: steps between refreshes of the target distribution
    tolerance: float = 0.001  # DEC, IDEC: ends when fewer than this share of points change their cluster between refreshes

    def __post_init__(self) -> None:
        for name, options in CATEGORICAL.items():
            if getattr(self, name) is not None or name not in OPTIONAL:
                label = name if self.key_of(name) == name else f"{name} ({self.key_of(name)} in files and commands)"
                check_choice(getattr(self, name), label, options)
        for name, low in INTEGER_MINIMA.items():
            self._coerce(name, lambda value, n=name, least=low: check_int(value, n, least))  # type: ignore[misc]
        for name, (least_of_all, most, open_low) in FLOAT_RANGES.items():
            self._coerce(name, lambda v, n=name, a=least_of_all, b=most, o=open_low: check_number(v, n, a, b, open_low=o))  # type: ignore[misc]
        for name, example in (("hidden", "[256, 128]"), ("channels", "[32, 64]")):
            widths = getattr(self, name)
            if not isinstance(widths, (tuple, list)):
                raise BadInput(f"{name} must be a list of widths such as {example}; got {widths!r}.")
            self._set_field(name, tuple(check_int(width, name, 1) for width in widths))
        if self.center is not None:
            self._set_field("center", _checked_center(self.center))
        if not isinstance(self.prior_refresh, bool):
            raise BadInput(f"prior_refresh must be true or false; got {self.prior_refresh!r}.")
        if self.weight is not None:
            if self.kind == "vae" and self.weight == 1:  # one thing, one name
                self._set_field("kind", "ae")
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
        if self.likelihood == "bernoulli" and isinstance(self.center, tuple):
            raise BadInput("A Bernoulli likelihood takes values in 0..1 as they are: leave centre out.")

    def _coerce(self, name: str, check: Callable[[object], object]) -> None:
        """Set a field to what `check` makes of it, unless it is None and may be."""
        value = getattr(self, name)
        if value is not None or name not in OPTIONAL:
            self._set_field(name, check(value))

    @property
    def epochs_in_use(self) -> int:
        """`epochs`, or the kind's default."""
        return DEFAULT_EPOCHS[self.kind] if self.epochs is None else self.epochs

    @property
    def pretrain_epochs_in_use(self) -> int:
        """`pretrain_epochs`, or the kind's default, scaled as `epochs` is to its own."""
        if self.pretrain_epochs is not None:
            return self.pretrain_epochs
        usual = DEFAULT_PRETRAINING.get(self.kind, 0)
        return max(round(usual * self.epochs_in_use / DEFAULT_EPOCHS[self.kind]), 1) if usual else 0

    @property
    def kl_weight(self) -> float:
        """Beta = (1 - w) / w, the KL's weight when reconstruction has weight 1."""
        w = 0.5 if self.weight is None else self.weight
        return 0.0 if self.kind == "ae" else (1 - w) / w

    def resolved(self, x: np.ndarray | None = None, pictures: bool = False) -> ModelConfig:
        """Return the settings with each None replaced by the value that fits the data, so that the model says what it was trained with.

        Pictures with values in 0..1 are taken as they are, other data are shifted and scaled on their way in and out of the network,
        as `vaegc.models.scaling.location_and_scale` says. Pictures that are nearly black and white get a Bernoulli likelihood where there is a
        density to speak of, as in the papers; everything else a Gaussian (squared error), of variance .01 for pictures, else of a
        tenth of the features' mean variance.

        Parameters
        ----------
        x
            Data (N, D); None where they do not matter: a network that is opened.
        pictures
            Whether each row is a picture.

        Raises
        ------
        BadInput
            Data whose variance is no float64, or a `center` of another number of columns.
        """
        as_they_are = x is None or (pictures and x.min() >= 0 and x.max() <= 1)
        likelihood, variance, center, spread = self.likelihood, self.variance, self.center, self.spread
        if likelihood is None:
            binary = x is not None and pictures and as_they_are and float(np.mean(np.abs(x - 0.5) > 0.45)) >= BINARY_PIXEL_SHARE
            # A weight that is given may be one of many that are compared: the likelihood must not change at the end of the row.
            likelihood = "bernoulli" if binary and (self.kind in PROBABILISTIC or self.weight is not None) else "gaussian"
        location, scale, default = 0.0 if center is None else center, 1.0, DEFAULT_VARIANCE
        if x is not None and not as_they_are:
            data_location, data_scale, mean_variance = location_and_scale(x, center)
            default = DEFAULT_VARIANCE_SHARE * mean_variance
            if likelihood != "bernoulli":
                location, scale = data_location, data_scale
        pretraining = self.pretrain_epochs_in_use if self.kind in DEFAULT_PRETRAINING else self.pretrain_epochs
        return replace(
            self,
            likelihood=likelihood,
            variance=(default if variance is None else variance) or DEFAULT_VARIANCE,
            center=location,
            spread=(scale if spread is None else spread) or 1.0,
            pretrain_epochs=pretraining,
        )


def _checked_center(value: object) -> float | tuple[float, ...]:
    """A number, or a tuple of one for each column, whatever they came as."""
    if isinstance(value, (tuple, list, np.ndarray)):
        return tuple(check_number(one, "each number of centre", -np.inf) for one in value)
    return check_number(value, "centre", -np.inf)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Posterior(ValueObject):
    """q(z|x) of every point: a diagonal Gaussian, or a point for models without one."""

    mean: np.ndarray  # (N, d) float32
    logvar: np.ndarray | None  # (N, d) float32, None for an autoencoder
