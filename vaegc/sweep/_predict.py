"""New points joined to the clusters of a fitted sweep.

A new point is treated as a border point: it belongs to the core point p with the least max(d(x, p), core_p), from that radius on.
So a fitted point gets its own label, and no new point changes what the others are.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vaegc.sweep._boruvka import lowest_core
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import spread

FURTHER = 600


@njit(cache=True, nogil=True)
def _nearest(
    first: int, last: int, queries: np.ndarray, points: np.ndarray, order: np.ndarray, core: np.ndarray, lowest: np.ndarray,
    start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray, first_leaf: int, parent: np.ndarray, reach: np.ndarray,
) -> None:  # fmt: skip
    stack, away = np.empty(64, np.int64), np.empty(64)
    d = points.shape[1]
    for q in range(first, last):
        best, best_j = np.inf, -1
        top, stack[0], away[0] = 1, 0, 0.0
        while top > 0:
            top -= 1
            node = stack[top]
            if away[top] > best:  # at equality there may be a lower index
                continue
            if node >= first_leaf:
                for j in range(start[node], end[node]):
                    if core[j] > best:
                        continue
                    value = 0.0
                    for k in range(d):
                        difference = queries[q, k] - points[j, k]
                        value += difference * difference
                    value = max(value, core[j])
                    if value < best or (value == best and best_j >= 0 and order[j] < order[best_j]):
                        best, best_j = value, j
                continue
            left = 2 * node + 1
            gaps = (0.0, 0.0)
            for side in range(2):
                total = 0.0
                for k in range(d):
                    beyond = max(low[left + side, k] - queries[q, k], queries[q, k] - high[left + side, k], 0.0)
                    total += beyond * beyond
                total = max(total, lowest[left + side])
                gaps = (total, gaps[1]) if side == 0 else (gaps[0], total)
            near = 0 if gaps[0] <= gaps[1] else 1
            for side in (1 - near, near):  # the nearer one last, so that it is taken first
                if gaps[side] <= best:
                    stack[top], away[top] = left + side, gaps[side]
                    top += 1
        parent[q], reach[q] = (order[best_j] if best_j >= 0 else -1), best


def nearest_core(tree: KDTree, core: np.ndarray, exponent: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parent (M,), in the caller's numbering, and reach (M,) of new points (M, d); -1 and infinite where there is none.

    Parameters
    ----------
    tree
        Of the fitted points, which are the caller's times 2^-exponent.
    core
        (N,) their square core distances, in tree order.
    exponent
        Of the scale.
    points
        (M, d) new points, in the caller's scale.
    """
    lowest = lowest_core(core, tree.start, tree.end, tree.first_leaf)
    parent, reach = np.empty(len(points), np.int64), np.full(len(points), np.inf)
    # Where a square overflows, the new point is so far away that all is tried again on a scale that is smaller by 2^FURTHER.
    for shift in (0, FURTHER):
        rows = np.flatnonzero(np.isinf(reach))
        with np.errstate(over="ignore"):
            queries, square = np.ldexp(points[rows], -exponent - shift), np.empty(len(rows))
            scaled = [np.ldexp(part, -shift) for part in (tree.points, tree.low, tree.high)] if shift else None
            x, low, high = scaled or (tree.points, tree.low, tree.high)
            cores, lows = np.ldexp(core, -2 * shift), np.ldexp(lowest, -2 * shift)
            found = np.empty(len(rows), np.int64)
            spread(
                _nearest,
                len(rows),
                queries,
                x,
                tree.order,
                cores,
                lows,
                tree.start,
                tree.end,
                low,
                high,
                tree.first_leaf,
                found,
                square,
            )
            parent[rows], reach[rows] = found, np.ldexp(np.sqrt(square), exponent + shift)
        if np.isfinite(reach).all():
            break
    return parent, reach
