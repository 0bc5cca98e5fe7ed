"""How many neighbours a bandwidth takes, and how wide it is: one rule from 2 points to many and from 1 dimension to 1,000.

A kernel of k neighbours joins clusters of fewer than about k points, and breaks clusters of more than about 8 k points into pieces. So k
grows with N, but more slowly than N, unless the dimension is low, where pieces come easily and a share of the points is needed:

    k = max(s(d) N, c(d) min((2.2 + 0.8 / d^3) sqrt(N), 66))

- Few points: about 2.2 sqrt(N), 27 of 150, so that two blobs there are found. From 900 on 66, until a share s of the points is more.
- s = 0.16 / d^2, at least 0.01 and at most 0.04: 4 % in one and two dimensions, 1.8 % in three, 1 % from four on.
- c = 10 / d, at least 0.4 and at most 1: beyond ten dimensions the distances within a cluster become alike, so that all its points count, not k of
  them only; and k must not reach the size of a cluster, or the width becomes the distance to the next one.

The kernel's standard deviation is the distance to the k-th neighbour over sqrt(w), w = d up to ten dimensions, from where it falls to 8 in twenty
and stays. Over sqrt(d) even the nearest neighbour would weigh exp(-d / 2) there, and each point be alone with itself.

Nothing jumps. Chosen on digits, USPS, the shape suite, toy shapes, blobs and sets without clusters; `vaegc bench bandwidth` prints what the rule
does on them, beside others.
"""

from __future__ import annotations

import math
from numbers import Integral

from vaegc.checks import check_int, check_number
from vaegc.errors import BadInput

SQRT_FACTOR, SQRT_FACTOR_1D = 2.2, 0.8  # of sqrt(N): everywhere, and more of it in one dimension, where estimates are roughest
MID_RANGE_NEIGHBORS = 66  # between few points and many
SHARE_FACTOR, MIN_SHARE, MAX_SHARE = 0.16, 0.01, 0.04  # of many points: over the squared dimension, within these
HIGH_DIM = 10  # dimensions beyond which fewer neighbours do
MIN_HIGH_DIM_FACTOR = 0.4  # of them, at least
SMALLEST_BANDWIDTH = 1e-100  # of a bandwidth: its square must be a number too
MIN_DIVISOR_SQUARE, DIMS_PER_FALL = (
    8,
    5,
)  # what is least divided by the root of, in many dimensions; dimensions in which that falls by one


def default_neighbors(n: int, d: int) -> int:
    """Return k of the per-point bandwidth of N points in d dimensions, where none is given; within 1..N-1."""
    share = min(max(SHARE_FACTOR / d**2, MIN_SHARE), MAX_SHARE)
    fewer = min(max(HIGH_DIM / d, MIN_HIGH_DIM_FACTOR), 1.0)
    return _within(
        round(max(share * n, fewer * min((SQRT_FACTOR + SQRT_FACTOR_1D / d**3) * math.sqrt(n), MID_RANGE_NEIGHBORS))), n
    )


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
    """What the distance to the k-th neighbour is divided by to give the kernel's standard deviation in d dimensions."""
    return math.sqrt(min(d, max(HIGH_DIM - (d - HIGH_DIM) / DIMS_PER_FALL, MIN_DIVISOR_SQUARE)))


def _within(k: int, n: int) -> int:
    return max(min(k, n - 1), 1)
