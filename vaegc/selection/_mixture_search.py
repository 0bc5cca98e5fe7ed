"""The best number of clusters among many, without trying every one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EVERY = 20  # up to here every number is tried, beyond in steps of a quarter, and then around the best
STEP = 1.25
MOST, POINTS_EACH = 200, 10  # no more are tried, and no more than leaves this many points to a cluster; but `EVERY` anyway
PATIENCE = 4  # steps of a quarter without a better one


def largest(n: int) -> int:
    """Largest number of clusters that is tried of n points."""
    return min(max(n // POINTS_EACH, EVERY), MOST)


def search(
    judge: Callable[[int], tuple[float, Any]], low: int, high: int, *, patient: bool = True
) -> tuple[int, float, Any, int] | None:
    """Return the number with the highest value, that value, what came with it, and the largest number tried; None where there is none.

    Parameters
    ----------
    judge
        Gives a number's value and what belongs to it.
    low, high
        Numbers, from and to.
    patient
        Whether to go on to `high` where `PATIENCE` steps beyond `EVERY` brought nothing better.
    """
    values: dict[int, float] = {}
    best: tuple[int, float, Any] | None = None

    def tried(k: int) -> None:
        nonlocal best
        values[k], made = judge(k)
        if best is None or values[k] > best[1]:
            best = (k, values[k], made)

    for k in range(low, min(EVERY, high) + 1):
        tried(k)
    k, since = EVERY, 0
    while k < high and best is not None and (patient or since < PATIENCE):
        k = min(max(k + 1, round(STEP * k)), high)
        before = best[0]
        tried(k)
        since = 0 if best[0] != before else since + 1
    while best is not None and best[0] >= EVERY:
        known = sorted(values)
        at = known.index(best[0])
        gaps = [(known[i], known[i + 1]) for i in (at - 1, at) if i + 1 < len(known)]
        middles = [(a + b) // 2 for a, b in gaps if b - a > 1]
        if not middles:
            break
        for middle in middles:
            tried(middle)
    return None if best is None else (*best, max(values))
