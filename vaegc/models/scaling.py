"""Between the units of the data and those of a network: offsets are taken in float64, and only they become float32.

float32 has seven digits. Of a unix time near 1.7e9 they leave steps of two minutes, and 1e-40 is less than its smallest number; a
network that did its own shifting would be given what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vaegc.errors import BadInput
from vaegc.robust import exponent, location
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.models.config import ModelConfig

FAR = 16.0  # spreads from 0 to the mean beyond which float32 would round by more than a millionth of the spread
APART = 4.0  # spread of all values, in units of that within the columns, beyond which each column has a centre of its own
STEP = 20  # binary digits of a spread to which the centre of such data is rounded: then subtracting it rounds nothing
ORDINARY = 32  # binary exponent of a spread up to which float32 holds squares of such values, and of their rounding, as they are
EXTREME = 500  # binary exponent beyond which a variance is no float64


@dataclass(frozen=True, slots=True)
class Scaling:
    """Data x <-> (x - origin) / 2^exponent, which a network works on; its first and its last layer do the rest.

    Dividing by a power of two rounds nothing, so that data in another such unit give the same network bit for bit.
    """

    origin: np.ndarray | None = None  # (D,) float64; None: 0
    exponent: int = 0

    @classmethod
    def of(cls, config: ModelConfig) -> Scaling:
        """Of a model with these settings. A Bernoulli likelihood is one of values in 0..1, which stay what they are."""
        if config.likelihood == "bernoulli":
            return cls()
        unit = exponent(config.spread or 1.0)
        return cls(np.array(config.centre) if isinstance(config.centre, tuple) else None, unit if abs(unit) > ORDINARY else 0)

    @property
    def identity(self) -> bool:
        """Whether a network works on the data as they are."""
        return self.origin is None and self.exponent == 0

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Data (N, D) in the network's units, of their own precision, or float64 where there is an origin."""
        moved = x if self.origin is None else x - self.origin
        return np.ldexp(moved, -self.exponent) if self.exponent else moved

    def network_input(self, x: np.ndarray, name: str = "x") -> np.ndarray:
        """Data (N, D) in the network's units as float32; raises `BadInput` for what lies beyond its range."""
        with np.errstate(over="ignore"):
            values = self.transform(x).astype(np.float32, copy=False)
        if not self.identity or x.dtype != np.float32:
            bad = ~np.isfinite(values).all(axis=1)
            if bad.any():
                raise BadInput(
                    f"Row {int(bad.argmax()):,} of {name} lies too far out for the model; scale it as the model's data."
                )
        return values

    def inverse_transform(self, values: np.ndarray) -> np.ndarray:
        """Values (N, D) of the network in the data's units; float64 where the data are far from 0 or float32 has no such numbers."""
        if self.identity:
            return values
        if self.origin is not None or abs(self.exponent) > np.finfo(np.float32).maxexp // 2:
            values = values.astype(np.float64)
        scaled = np.ldexp(values, self.exponent)
        return scaled if self.origin is None else scaled + self.origin

    def layers(self, config: ModelConfig) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Shift and factor of a network's first and last layer; None where values pass as they are."""
        centre, spread = self.middle(config), math.ldexp(config.spread or 1.0, -self.exponent)
        if self.origin is None and (centre, spread) == (0.0, 1.0):
            return None
        return (-centre / spread, 1 / spread), (centre, spread)

    def middle(self, config: ModelConfig) -> float:
        """What a network's first layer subtracts: a centre that is one number, in the network's units."""
        centre = config.centre or 0.0
        return 0.0 if isinstance(centre, tuple) else math.ldexp(centre, -self.exponent)

    def log_jacobian(self, d: int) -> float:
        """Log density of data with d features, less that of the same point in the network's units."""
        return -d * self.exponent * math.log(2)

    def variance(self, variance: float) -> float:
        """A variance of the data in the network's units."""
        return math.ldexp(variance, -2 * self.exponent)


def measured(x: np.ndarray, centre: float | tuple[float, ...] | None = None) -> tuple[float | tuple[float, ...], float, float]:
    """Where data (N, D) lie and how wide they are: centre, spread, and the features' mean variance.

    The centre is the mean of all values and the spread their standard deviation: one of each, since distances in the data are what a
    likelihood of one variance measures. Columns that lie farther apart than they are wide (unix times beside metres) have their own
    means, since a common one would leave nothing but what tells columns apart.

    Parameters
    ----------
    x
        Data.
    centre
        The centre where it is given.

    Returns
    -------
    tuple
        The centre as a number, or as one for each column where columns lie apart or all far from 0; the spread and the mean variance
        around it, 0 for points that are all equal.

    Raises
    ------
    BadInput
        Values so large or so near each other that no float64 holds their variance.
    """
    largest = exponent(max(float(x.max()), -float(x.min())))
    mean, sd, variance = _moments(x, largest)
    apart = sd > APART * math.sqrt(variance)
    own = isinstance(centre, tuple) or apart or abs(mean) > FAR * sd
    if own and abs(largest) <= EXTREME:
        centre = tuple(_centre(x, apart).tolist()) if centre is None else centre
        check_centre(centre, x.shape[1])
        centre = tuple(np.broadcast_to(np.asarray(centre, np.float64), x.shape[1]).tolist())
        offset = x - np.array(centre)
        _, sd, variance = _moments(offset, exponent(float(np.abs(offset).max())))
    if not (abs(largest) <= EXTREME and (sd == 0 or abs(exponent(sd)) <= EXTREME)):
        raise BadInput(
            "The values are too large or too small for their variance to be a number; scale them, as by scale='standard'."
        )
    return mean if centre is None else centre, sd, variance


def check_centre(centre: float | tuple[float, ...] | None, d: int) -> None:
    """Raise `BadInput` unless there is one number, or one for each of d features."""
    if isinstance(centre, tuple) and len(centre) != d:
        raise BadInput(f"centre must be a number, or one for each of {counted(d, 'feature')}; got {len(centre):,}.")


def _centre(x: np.ndarray, apart: bool) -> np.ndarray:
    """Mean of each column (D,) where columns lie apart, else of all values, exact enough to be subtracted without rounding."""
    origin = location(x)  # values of the data themselves, from which offsets are exact
    if not apart:
        origin = np.full_like(origin, location(origin[:, None])[0])
    offset = x - origin
    mean = offset.mean(axis=0 if apart else None)
    step = math.ldexp(1.0, exponent(float((offset - mean).std())) - STEP)
    return np.asarray(origin + step * np.rint(mean / step))


def _moments(x: np.ndarray, largest: int) -> tuple[float, float, float]:
    """Mean and standard deviation of all values, and the mean variance of the columns, as float32 holds them at a size of 1."""
    held = np.ldexp(x, -largest).astype(np.float32, copy=False)
    mean, sd = float(held.mean(dtype=np.float64)), float(held.std(dtype=np.float64))
    variance = float(held.var(axis=0, dtype=np.float64).mean())
    try:
        return math.ldexp(mean, largest), math.ldexp(sd, largest), math.ldexp(variance, 2 * largest)
    except OverflowError:
        return mean, math.inf, math.inf
