"""Validation at the boundary: once inside, arrays are trusted.

Every message names the value that was wrong and what would be accepted.
"""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral, Real

import numpy as np
import numpy.typing as npt

from vaegc.errors import BadInput


def as_points(values: npt.ArrayLike, what: str = "points", *, dtype: npt.DTypeLike = np.float64) -> np.ndarray:
    """Return `values` as a finite, C-ordered (N, d) array with N, d >= 1, or raise `BadInput`."""
    try:
        array = np.ascontiguousarray(values, dtype=dtype)
    except (TypeError, ValueError):
        raise BadInput(f"{what} must be a table of numbers; this cannot be read as numbers.") from None
    if array.ndim != 2:
        raise BadInput(f"{what} must have two axes (points, features); got shape {array.shape}.")
    if array.shape[0] == 0 or array.shape[1] == 0:
        raise BadInput(f"{what} must hold at least one point and one feature; got shape {array.shape}.")
    finite = np.isfinite(array)
    if not finite.all():
        rows = int((~finite.all(axis=1)).sum())
        first = int(np.flatnonzero(~finite.all(axis=1))[0])
        raise BadInput(
            f"{what} must be finite, but {rows} of {len(array)} rows hold NaN or infinity "
            f"(the first is row {first}); drop or fill them."
        )
    return array


def check_spread(points: np.ndarray, what: str) -> None:
    """Raise `BadInput` unless there are at least two points and two of them differ."""
    if len(points) < 2:
        raise BadInput(f"{what} needs at least 2 points; got {len(points)}.")
    if (points == points[0]).all():
        raise BadInput(f"All {len(points):,} points are equal, so {what} has nothing to separate; give points that differ.")


def check_int(value: object, name: str, low: int, high: int | None = None) -> int:
    """Return a whole number within low..high, or raise `BadInput`."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
        if number >= low and (high is None or number <= high):
            return number
    limits = f"at least {low}" if high is None else f"between {low} and {high}"
    raise BadInput(f"{name} must be a whole number, {limits}; got {value!r}.")


def check_seed(value: object) -> int:
    """Return a seed that every library takes, or raise `BadInput`."""
    return check_int(value, "seed", 0, 2**32 - 1)


def check_number(value: object, name: str, low: float, high: float = np.inf, *, open_low: bool = False) -> float:
    """Return a finite number within low..high (`open_low`: above low), or raise `BadInput`."""
    good = isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(float(value))
    if good and isinstance(value, Real):
        number = float(value)
        if (number > low or (number == low and not open_low)) and number <= high:
            return number
    limits = f"{'above' if open_low else 'at least'} {low:g}" + ("" if high == np.inf else f" and at most {high:g}")
    raise BadInput(f"{name} must be a number, {limits}; got {value!r}.")


def check_choice(value: object, name: str, options: Collection[str]) -> str:
    """Return one of `options`, or raise `BadInput` that lists them."""
    if isinstance(value, str) and value in options:
        return value
    raise BadInput(f"{name} must be one of {', '.join(sorted(options))}; got {value!r}.")
