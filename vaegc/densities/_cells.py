"""Gaussian components in the order of a k-d tree, the cells that they form, and groups of these: what sums are taken over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from vaegc.sweep import kdtree

CELL = 17  # most components in a cell
WIDE, UNEVEN = 1.5, 2.0  # largest radius of a cell in √d times its narrowest component's sd; largest ratio of two of their sds
GROUP = 16  # cells that are ruled out together


@dataclass(frozen=True, slots=True)
class Components:
    """M Gaussians in the order of a tree, and the cells around them."""

    means: np.ndarray  # (d, M)
    precision: np.ndarray  # (d, M), or (1, M) where it is the same in all directions
    step_precision: np.ndarray  # (M,) of the members, which differs where components were merged; not used where d rows are given
    log_weight: np.ndarray  # (M,) log of weight times normalising constant
    log_count: np.ndarray  # (M,) log of how many centres each stands for
    cells: np.ndarray  # (C + 1,) first component of each cell
    cell_means: np.ndarray  # (d, C)
    cell_precision: np.ndarray  # (1, C)
    cell_weight: np.ndarray  # (C,)
    group_means: np.ndarray  # (d, G) of GROUP cells each
    group_reach: np.ndarray  # (G,) largest distance of a cell's mean from it
    group_precision: np.ndarray  # (G,) smallest of its cells
    group_weight: np.ndarray  # (G,) largest of its cells


def components(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, step_precision: np.ndarray | None = None,
    log_count: np.ndarray | None = None,
) -> Components:  # fmt: skip
    """Put M components in the order of a tree.

    Parameters
    ----------
    means
        (M, d) float64.
    precision
        (M,) or (M, d), one over the variance.
    log_weight
        (M,) log of weight times normalising constant.
    step_precision
        (M,) precision of the members of merged components.
    log_count
        (M,) log of the number of centres each stands for.
    """
    rows = np.atleast_2d(precision.T)
    tree = kdtree.build(means, 3)
    order = tree.order
    moved, rows, log_weight = np.ascontiguousarray(tree.points.T), np.ascontiguousarray(rows[:, order]), log_weight[order]
    step = rows[0] if step_precision is None else step_precision[order]
    count = np.zeros(len(order)) if log_count is None else log_count[order]
    cells = _cells(tree.points, rows, tree.start, tree.end)
    middle, narrow, holds = _as_one(moved, rows, log_weight, cells)
    return Components(moved, rows, step, log_weight, count, cells, middle, narrow, holds, *_grouped(middle, narrow, holds))


def _grouped(
    means: np.ndarray, precision: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What bounds all cells of each group: no cell holds more than weight - precision / 2 * (distance - reach)^2, in logs."""
    first = np.arange(0, len(weight), GROUP)
    count = np.diff(np.append(first, len(weight)))
    middle = np.add.reduceat(means, first, axis=1) / count
    away = np.sqrt(((means - np.repeat(middle, count, axis=1)) ** 2).sum(axis=0))
    return (
        middle, np.maximum.reduceat(away, first), np.minimum.reduceat(precision[0], first), np.maximum.reduceat(weight, first),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _cells(points: np.ndarray, precision: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(C + 1,) first component of each cell: the largest small nodes of the tree that one Gaussian can stand for.

    A cell that bridges a gap between clusters, or holds a narrow component among wide ones, would be misjudged: it is divided, down to
    single components.
    """
    n, d = points.shape
    bounds, size = np.empty(n + 1, np.int64), 0
    stack, top = np.empty(128, np.int64), 1
    stack[0] = 0
    while top > 0:
        top -= 1
        node = stack[top]
        s, e = start[node], end[node]
        good = e - s <= CELL
        if good and e - s > 1:
            narrow, wide, farthest = np.inf, 0.0, 0.0
            for k in range(len(precision)):
                for i in range(s, e):
                    narrow, wide = min(narrow, 1 / precision[k, i]), max(wide, 1 / precision[k, i])
            middle = np.zeros(d)
            for i in range(s, e):
                middle += points[i] / (e - s)
            for i in range(s, e):
                away = 0.0
                for k in range(d):
                    away += (points[i, k] - middle[k]) ** 2
                farthest = max(farthest, away)
            good = farthest <= WIDE * WIDE * d * narrow and (wide <= UNEVEN * UNEVEN * narrow or len(precision) > 1)
        if good:
            bounds[size] = s
            size += 1
        elif 2 * node + 2 < len(start):
            stack[top], stack[top + 1] = 2 * node + 2, 2 * node + 1  # the left one first: cells stay in order
            top += 2
        else:
            for i in range(s, e):
                bounds[size] = i
                size += 1
    bounds[size] = n
    return bounds[: size + 1]


@njit(cache=True, nogil=True)
def _as_one(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, bounds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each stretch of components as one Gaussian: mean (d, C), precision (1, C), log weight (C,)."""
    d, count = len(means), len(bounds) - 1
    centre, narrow, weight = np.zeros((d, count)), np.empty((1, count)), np.empty(count)
    for c in range(count):
        s, e = bounds[c], bounds[c + 1]
        top, total, spread, widest, usual = -np.inf, 0.0, 0.0, 0.0, 0.0
        for j in range(s, e):
            top = max(top, log_weight[j])
        for j in range(s, e):
            total += np.exp(log_weight[j] - top)
        for k in range(d):
            for j in range(s, e):
                centre[k, c] += means[k, j] / (e - s)
            for j in range(s, e):
                spread += (means[k, j] - centre[k, c]) ** 2 / ((e - s) * d)
        for k in range(len(precision)):
            for j in range(s, e):
                widest = max(widest, 1 / precision[k, j])
                usual += 1 / (precision[k, j] * (e - s) * len(precision))
        narrow[0, c] = 1 / (widest + spread)
        weight[c] = top + np.log(total) + 0.5 * d * np.log(usual * narrow[0, c])
    return centre, narrow, weight
