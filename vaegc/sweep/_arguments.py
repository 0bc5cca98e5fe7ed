"""Radii and cluster sizes as callers give them, checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput


def check_radii(eps: npt.ArrayLike) -> np.ndarray:
    """Return one radius or many as float64, none of them infinite; raises `BadInput` where one is negative or no number."""
    try:
        radii = np.asarray(eps, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadInput(f"eps must be a number or a list of numbers; got {eps!r}.") from None
    if np.isnan(radii).any() or (radii < 0).any():
        raise BadInput("eps must be a number that is not negative.")
    # "Never" is written as an infinite distance, and no radius reaches that.
    return np.minimum(radii, np.finfo(np.float64).max)


def check_min_size(min_size: float, n: int) -> float:
    """Return the core points, unrounded, that a cluster of n points needs: an int is a count, a float below 1 a share of n."""
    if isinstance(min_size, (int, np.integer)) and not isinstance(min_size, bool):
        return float(check_int(min_size, "min_size", 1))
    value = check_number(min_size, "min_size", 0, open_low=True)
    if value >= 1:
        raise BadInput(f"min_size must be a whole number of points or a share below 1; got {min_size!r}.")
    # 0.07 times 100 is a hair above 7 in floating point; seven points are 7 % of a hundred all the same
    return max(round(value * n, 9), 1.0)
