"""Parameters of a density over the data, validated: likelihood variance, range of the data, and the noise that is drawn once."""

from __future__ import annotations

import numpy as np

from vaegc.checks import check_number
from vaegc.errors import BadInput, NotSupported
from vaegc.models.base import LatentModel
from vaegc.models.config import DEFAULT_VARIANCE

BERNOULLI_REFUSAL = (
    "A Bernoulli log p(x) is convex, so ascent runs to the corners; give surrogate_variance= or train a Gaussian likelihood."
)
Bounds = tuple[float, float]  # lowest and highest value of the data


def antithetic_noise(samples: int, d: int, seed: int) -> np.ndarray:
    """Standard normal (S, d), the same for every point; in pairs ξ, -ξ where S is even: then its mean is exactly 0."""
    even = samples % 2 == 0
    drawn = np.random.default_rng(seed).standard_normal((samples // 2 if even else samples, d))
    return np.concatenate([drawn, -drawn]) if even else drawn


def likelihood_variance(model: LatentModel, surrogate: float | None) -> float:
    """The model's own variance, or that of the Gaussian in place of its Bernoulli likelihood; raises where it is neither."""
    own = float(model.config.variance or DEFAULT_VARIANCE)  # a model's settings are settled
    if model.config.likelihood == "gaussian" and surrogate is not None:
        raise BadInput(f"surrogate_variance is for Bernoulli models; this one has a variance of its own, {own:g}.")
    if model.config.likelihood == "bernoulli" and surrogate is None:
        raise NotSupported(BERNOULLI_REFUSAL)
    return own if surrogate is None else check_number(surrogate, "surrogate_variance", 0, open_low=True)


def check_bounds(bounds: Bounds) -> Bounds:
    """The lowest and the highest value of the data, or `BadInput`."""
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
        raise BadInput(f"bounds must be two numbers, the lowest and the highest of the data; got {bounds!r}.")
    low = check_number(bounds[0], "the lower bound", -np.inf)
    return low, check_number(bounds[1], "the upper bound", low, open_low=True)
