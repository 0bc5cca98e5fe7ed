"""Scaling between the units of the data and those of a network: subtraction in float64, float32 only afterwards.

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

FAR_SPREADS = 16.0  # spreads from 0 to the mean beyond which float32 would round by more than a millionth of the spread
APART_SPREADS = 4.0  # spread of all values, in units of that within the columns, beyond which each column has a centre of its own
CENTER_STEP_BITS = 20  # binary digits of a spread to which the centre of such data is rounded: then subtracting it rounds nothing
ORDINARY_EXPONENT = (
    32  # binary exponent of a spread up to which float32 holds squares of such values, and of their rounding, as they are
)
EXTREME_EXPONENT = 500  # binary exponent beyond which a variance is no float64


@dataclass(frozen=True, slots=True)
class Scaling:
    """Affine map of data, x <-> (x - origin) / 2^exponent, on which a network works; its first and its last layer do the rest.

    Dividing by a power of two rounds nothing, so that data in another such unit give the same network bit for bit.
    """

    origin: np.ndarray | None = None  # (D,) float64; None: 0
    exponent: int = 0

    @classmethod
    def of(cls, config: ModelConfig) -> Scaling:
        """Return the scaling of a model with these settings; the identity for a Bernoulli likelihood, whose values are in 0..1."""
        if config.likelihood == "bernoulli":
            return cls()
        unit = exponent(config.spread or 1.0)
        return cls(
            np.array(config.center) if isinstance(config.center, tuple) else None, unit if abs(unit) > ORDINARY_EXPONENT else 0
        )

    @property
    def identity(self) -> bool:
        """Whether a network works on the data as they are."""
        return self.origin is None and self.exponent == 0

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Return data (N, D) in the network's units, of their own precision, or float64 where there is an origin."""
        moved = x if self.origin is None else x - self.origin
        return np.ldexp(moved, -self.exponent) if self.exponent else moved

    def network_input(self, x: np.ndarray, name: str = "x") -> np.ndarray:
        """Return data (N, D) in the network's units as float32; raises `BadInput` for what lies beyond its range."""
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
        """Return values (N, D) of the network in the data's units; float64 where the data are far from 0 or float32 has no such numbers."""
        if self.identity:
            return values
        if self.origin is not None or abs(self.exponent) > np.finfo(np.float32).maxexp // 2:
            values = values.astype(np.float64)
        scaled = np.ldexp(values, self.exponent)
        return scaled if self.origin is None else scaled + self.origin

    def layers(self, config: ModelConfig) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Return shift and factor of a network's first and last layer; None where values pass as they are."""
        center, spread = self.center(config), math.ldexp(config.spread or 1.0, -self.exponent)
        if self.origin is None and (center, spread) == (0.0, 1.0):
            return None
        return (-center / spread, 1 / spread), (center, spread)

    def center(self, config: ModelConfig) -> float:
        """Return what a network's first layer subtracts: a centre that is one number, in the network's units."""
        center = config.center or 0.0
        return 0.0 if isinstance(center, tuple) else math.ldexp(center, -self.exponent)

    def log_jacobian(self, d: int) -> float:
        """Return log |det| of the map to the network's units: log density of data with d features less that of the network's."""
        return -d * self.exponent * math.log(2)

    def variance(self, variance: float) -> float:
        """Return a variance of the data in the network's units."""
        return math.ldexp(variance, -2 * self.exponent)


def location_and_scale(
    x: np.ndarray, center: float | tuple[float, ...] | None = None
) -> tuple[float | tuple[float, ...], float, float]:
    """Return location and scale of data (N, D): centre, spread, and the features' mean variance.

    The centre is the mean of all values and the spread their standard deviation: one of each, since distances in the data are what a
    likelihood of one variance measures. Columns that lie farther apart than they are wide (unix times beside metres) have their own
    means, since a common one would leave nothing but what tells columns apart.

    Parameters
    ----------
    x
        Data.
    center
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
    apart = sd > APART_SPREADS * math.sqrt(variance)
    own = isinstance(center, tuple) or apart or abs(mean) > FAR_SPREADS * sd
    if own and abs(largest) <= EXTREME_EXPONENT:
        center = tuple(_column_centers(x, apart).tolist()) if center is None else center
        check_center(center, x.shape[1])
        center = tuple(np.broadcast_to(np.asarray(center, np.float64), x.shape[1]).tolist())
        offset = x - np.array(center)
        _, sd, variance = _moments(offset, exponent(float(np.abs(offset).max())))
    if not (abs(largest) <= EXTREME_EXPONENT and (sd == 0 or abs(exponent(sd)) <= EXTREME_EXPONENT)):
        raise BadInput(
            "The values are too large or too small for their variance to be a number; scale them, as by scale='standard'."
        )
    return mean if center is None else center, sd, variance


def check_center(center: float | tuple[float, ...] | None, d: int) -> None:
    """Raise `BadInput` unless there is one number, or one for each of d features."""
    if isinstance(center, tuple) and len(center) != d:
        raise BadInput(f"centre must be a number, or one for each of {counted(d, 'feature')}; got {len(center):,}.")


def _column_centers(x: np.ndarray, apart: bool) -> np.ndarray:
    """Mean of each column (D,) where columns lie apart, else of all values, exact enough to be subtracted without rounding."""
    origin = location(x)  # values of the data themselves, from which offsets are exact
    if not apart:
        origin = np.full_like(origin, location(origin[:, None])[0])
    offset = x - origin
    mean = offset.mean(axis=0 if apart else None)
    step = math.ldexp(1.0, exponent(float((offset - mean).std())) - CENTER_STEP_BITS)
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
