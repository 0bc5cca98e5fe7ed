"""Validation of scalars: type and range.

scikit-learn's `check_scalar` would load scikit-learn wherever a spec is read (.9 s), and pydantic (.16 s) refuses NumPy's numbers where
it is strict and takes true for 1 where it is not.
"""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral, Real

import numpy as np

from vaegc.errors import BadInput


def check_int(value: object, name: str, low: int, high: int | None = None) -> int:
    """Return a whole number within low..high, or raise `BadInput`."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
        if number >= low and (high is None or number <= high):
            return number
    limits = f"at least {low}" if high is None else f"between {low} and {high}"
    raise BadInput(f"{name} must be a whole number, {limits}; got {short_repr(value)}.")


def check_seed(value: object) -> int:
    """Return a seed that every library takes, or raise `BadInput`."""
    return check_int(value, "seed", 0, 2**32 - 1)


def check_number(value: object, name: str, low: float, high: float = np.inf, *, open_low: bool = False) -> float:
    """Return a finite number within low..high (`open_low`: above low), or raise `BadInput`."""
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        try:
            number = float(value)
        except OverflowError:
            number = np.inf
        if np.isfinite(number) and (number > low or (number == low and not open_low)) and number <= high:
            return number
    limits = f"{'above' if open_low else 'at least'} {low:g}" + ("" if high == np.inf else f" and at most {high:g}")
    raise BadInput(f"{name} must be a number, {limits}; got {short_repr(value)}.")


def check_count(value: object, name: str) -> int | float:
    """Return a whole number of points, 1 or more, or a share of them between 0 and 1, or raise `BadInput`."""
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 1:
        return int(value)
    if isinstance(value, Real) and not isinstance(value, (Integral, bool, np.bool_)) and 0 < float(value) < 1:
        return float(value)
    raise BadInput(f"{name} must be a whole number of points, or a share of them above 0 and below 1; got {short_repr(value)}.")


def check_choice(value: object, name: str, options: Collection[str]) -> str:
    """Return one of `options`, or raise `BadInput` that lists them."""
    if isinstance(value, str) and value in options:
        return value
    raise BadInput(f"{name} must be one of {', '.join(sorted(options))}; got {short_repr(value)}.")


def short_repr(value: object) -> str:
    """Return `repr(value)` on one line, cut to 80 characters, for error messages."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:79]}…"
