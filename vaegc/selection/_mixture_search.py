"""Search for the number of clusters with the best criterion (silhouette, BIC) without trying every number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EXHAUSTIVE_UP_TO = 20  # clusters: up to here every number is tried, beyond in steps of a quarter, and then around the best
STEP_RATIO = 1.25
MAX_TRIED = 200  # clusters
MIN_POINTS_PER_CLUSTER = 10  # on average; `EXHAUSTIVE_UP_TO` are tried of fewer points too
PATIENCE = 4  # steps of a quarter without a better one


def largest_tried(n: int) -> int:
    """Largest number of clusters that is tried on n points."""
    return min(max(n // MIN_POINTS_PER_CLUSTER, EXHAUSTIVE_UP_TO), MAX_TRIED)


def search_best(
    evaluate: Callable[[int], tuple[float, Any]], low: int, high: int, *, patient: bool = True
) -> tuple[int, float, Any, int] | None:
    """Search for the number of clusters with the highest criterion.

    Parameters
    ----------
    evaluate
        Takes a number of clusters; returns its criterion and the model that has it.
    low, high
        Smallest and largest number.
    patient
        Whether to go on to `high` where `PATIENCE` steps beyond `EXHAUSTIVE_UP_TO` brought nothing better.

    Returns
    -------
    The best number, its criterion, its model, and the largest number tried; None where `high` is below `low`.
    """
    values: dict[int, float] = {}
    best: tuple[int, float, Any] | None = None

    def consider(k: int) -> None:
        nonlocal best
        values[k], model = evaluate(k)
        if best is None or values[k] > best[1]:
            best = (k, values[k], model)

    for k in range(low, min(EXHAUSTIVE_UP_TO, high) + 1):
        consider(k)
    k, steps_without_gain = EXHAUSTIVE_UP_TO, 0
    while k < high and best is not None and (patient or steps_without_gain < PATIENCE):
        k = min(max(k + 1, round(STEP_RATIO * k)), high)
        before = best[0]
        consider(k)
        steps_without_gain = 0 if best[0] != before else steps_without_gain + 1
    while best is not None and best[0] >= EXHAUSTIVE_UP_TO:
        known = sorted(values)
        at = known.index(best[0])
        gaps = [(known[i], known[i + 1]) for i in (at - 1, at) if i + 1 < len(known)]
        middles = [(a + b) // 2 for a, b in gaps if b - a > 1]
        if not middles:
            break
        for middle in middles:
            consider(middle)
    return None if best is None else (*best, max(values))
