"""Gaussian components in the order of a k-d tree, the cells that they form, and groups of these: what pruned sums walk through."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vaegc.densities._kernel import Gaussians
from vaegc.sweep import kdtree
from vaegc.sweep.compilation import kernel

MAX_CELL_COMPONENTS = 17
MAX_CELL_RADIUS = 1.5  # in sqrt(d) times the sd of the cell's narrowest component
MAX_CELL_SD_RATIO = 2.0  # of a cell's widest to its narrowest component
CELLS_PER_GROUP = 16  # that are ruled out together


class Cells(NamedTuple):
    """C stretches of the components, each as one Gaussian."""

    first: np.ndarray  # (C + 1,) first component of each cell, and M
    means: np.ndarray  # (d, C)
    precision: np.ndarray  # (1, C)
    log_weight: np.ndarray  # (C,)


class CellGroups(NamedTuple):
    """G runs of cells, and what bounds all cells of each."""

    cells_per_group: int  # the last group may have fewer
    means: np.ndarray  # (d, G)
    radius: np.ndarray  # (G,) largest distance of a cell's mean from it
    precision: np.ndarray  # (G,) smallest of its cells
    log_weight: np.ndarray  # (G,) largest of its cells


class MixtureTree(NamedTuple):
    """M Gaussians in the order of a tree, the cells around them, and groups of these."""

    gaussians: Gaussians
    cells: Cells
    groups: CellGroups


def build_mixture_tree(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, step_precision: np.ndarray | None = None,
    log_count: np.ndarray | None = None,
) -> MixtureTree:  # fmt: skip
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
        (M,) mean precision of the members of merged components; None: `precision`.
    log_count
        (M,) log of the number of centres each stands for; None: one each.
    """
    rows = np.atleast_2d(precision.T)
    tree = kdtree.build(means, 3)
    order = tree.order
    moved, rows, log_weight = np.ascontiguousarray(tree.points.T), np.ascontiguousarray(rows[:, order]), log_weight[order]
    step = rows[0] if step_precision is None else step_precision[order]
    count = np.zeros(len(order)) if log_count is None else log_count[order]
    first = _collapse_nodes(tree.points, rows, tree.start, tree.end)
    cells = Cells(first, *_moment_match(moved, rows, log_weight, first))
    return MixtureTree(Gaussians(moved, rows, log_weight, step, count), cells, _group_cells(cells))


def _group_cells(cells: Cells) -> CellGroups:
    """What bounds all cells of each group: no cell holds more than log_weight - precision / 2 * (distance - radius)^2, in nats."""
    first = np.arange(0, len(cells.log_weight), CELLS_PER_GROUP)
    count = np.diff(np.append(first, len(cells.log_weight)))
    means = np.add.reduceat(cells.means, first, axis=1) / count
    distance = np.sqrt(((cells.means - np.repeat(means, count, axis=1)) ** 2).sum(axis=0))
    return CellGroups(
        CELLS_PER_GROUP, means, np.maximum.reduceat(distance, first), np.minimum.reduceat(cells.precision[0], first),
        np.maximum.reduceat(cells.log_weight, first),
    )  # fmt: skip


@kernel
def _collapse_nodes(points: np.ndarray, precision: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
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
        good = e - s <= MAX_CELL_COMPONENTS
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
            alike = wide <= MAX_CELL_SD_RATIO * MAX_CELL_SD_RATIO * narrow or len(precision) > 1
            good = farthest <= MAX_CELL_RADIUS * MAX_CELL_RADIUS * d * narrow and alike
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


@kernel
def _moment_match(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, bounds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each stretch of components as one Gaussian: mean (d, C), precision (1, C), log weight (C,).

    Its variance is that of the widest member and the spread of the means together.
    """
    d, count = len(means), len(bounds) - 1
    center, narrow, weight = np.zeros((d, count)), np.empty((1, count)), np.empty(count)
    for c in range(count):
        s, e = bounds[c], bounds[c + 1]
        top, total, spread, widest, usual = -np.inf, 0.0, 0.0, 0.0, 0.0
        for j in range(s, e):
            top = max(top, log_weight[j])
        for j in range(s, e):
            total += np.exp(log_weight[j] - top)
        for k in range(d):
            for j in range(s, e):
                center[k, c] += means[k, j] / (e - s)
            for j in range(s, e):
                spread += (means[k, j] - center[k, c]) ** 2 / ((e - s) * d)
        for k in range(len(precision)):
            for j in range(s, e):
                widest = max(widest, 1 / precision[k, j])
                usual += 1 / (precision[k, j] * (e - s) * len(precision))
        narrow[0, c] = 1 / (widest + spread)
        weight[c] = top + np.log(total) + 0.5 * d * np.log(usual * narrow[0, c])
    return center, narrow, weight
