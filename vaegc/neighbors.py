"""How many neighbours a bandwidth takes: counts, shares and the default; without anything that is heavy to load."""

from __future__ import annotations

import math
from numbers import Integral

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput


def default_neighbors(n: int, d: int) -> int:
    """Return k of the per-point bandwidth of N points in d dimensions, where none is given; within 1..N-1."""
    return _within(round((0.04 if d <= 3 or n < 5000 else 0.01) * n), n)


def check(neighbors: float | None) -> None:
    """Raise `BadInput` unless `neighbors` is a count of at least 1, a share above 0 and below 1, or None."""
    if neighbors is None:
        return
    if isinstance(neighbors, Integral) and not isinstance(neighbors, bool):
        check_int(neighbors, "neighbors", 1)
    elif check_number(neighbors, "neighbors", 0, open_low=True) >= 1:
        whole = f", such as {int(neighbors)}," if float(neighbors).is_integer() else ""
        raise BadInput(f"neighbors must be a whole number{whole} or a share of the points below 1; got {neighbors!r}.")


def neighbor_count(neighbors: float | None, n: int, d: int) -> int:
    """Return k of the per-point bandwidth of N points in d dimensions, within 1..N-1.

    A count stays as it is, a share of N is ``round(share * N)``, None is `default_neighbors`.
    """
    check(neighbors)
    if neighbors is None:
        return default_neighbors(n, d)
    return _within(int(neighbors) if isinstance(neighbors, Integral) else round(neighbors * n), n)


def divisor(d: int) -> float:
    """What the distance to the k-th neighbour is divided by to give the kernel's standard deviation."""
    return math.sqrt(d)


def _within(k: int, n: int) -> int:
    return max(min(k, n - 1), 1)
