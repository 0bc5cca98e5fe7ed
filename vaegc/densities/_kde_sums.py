"""Sums over many Gaussian components at many points: exact in float64, or pruned: float32, without components that cannot matter.

A k-d tree puts components that lie together into cells, and points that lie together into blocks. A cell is itself taken for one
Gaussian, as wide as its widest member and its own spread together; where that says that the cell holds less than `PRUNE_THRESHOLD` of
the density at a point, the point leaves it out. Unlike a bound from boxes this is an estimate, and it has to be: in ten dimensions
boxes are so loose that they rule out next to nothing. What is left is summed cell by cell for all points of a block, as float32
differences from the block's origin, which are small where it matters. The error of all this is measured by `vaegc bench ascent`
and bounded by a test. The folder's README has a drawing.

Distances are direct differences everywhere: expanded squares lose the digits that narrow components need.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vaegc.densities._cells import CellGroups, Cells, MixtureTree
from vaegc.densities._kernel import (
    EXP32,
    EXP64,
    DensityStatistics,
    ExpConstants,
    Gaussians,
    RunningSums,
    TileBuffers,
    _exponents,
    _sum_block,
    _write_statistics,
)
from vaegc.sweep import kdtree
from vaegc.sweep.compilation import kernel
from vaegc.sweep.threads import in_threads

FLOAT32_RANGE = 1e3  # sds from a block's origin beyond which float32 no longer places a point well
BLOCK = 16  # most points in a block
TILE = 256  # components that are summed at once: their intermediate values stay in the fastest memory
PRUNE_THRESHOLD = 3e-5  # share of the density below which a cell is left out
FIRST_PASS_MARGIN = (
    3.0  # nats below the best cell's estimate down to which cells are summed first: the rest is compared with their sum
)
FLOAT32_MIN_LOG_DENSITY = (
    -1000.0
)  # nats from the largest weight: below, all components are so far away that float32 tells too little
MIN_THREADED_PAIRS = 100_000  # of points and components: below, threads cost more than they bring


class Blocks(NamedTuple):
    """Points in the order of their own tree, and the leaves of it."""

    points: np.ndarray  # (B, d)
    order: np.ndarray  # (B,) row that each of them came from
    bounds: np.ndarray  # (L + 1,) first point of each block, and B


class BlockSearch(NamedTuple):
    """What is known of cells and groups at the points of one block."""

    group_bound: np.ndarray  # (BLOCK, G) most that a cell of the group can hold, in nats
    opened: np.ndarray  # (BLOCK, G) whether the group's cells were estimated
    cell_estimate: np.ndarray  # (BLOCK, C) what an opened group's cell holds, in nats
    nearest: np.ndarray  # (BLOCK,) cell that holds most
    threshold: np.ndarray  # (BLOCK,) nats from which a cell is summed
    wanted: np.ndarray  # (C,) whether the cell reaches the threshold at any point of the block
    summed: np.ndarray  # (C,) whether the cell has been summed


@kernel
def _sum_exact(
    points: np.ndarray, first: int, last: int, exp: ExpConstants, gaussians: Gaussians, out: DensityStatistics
) -> None:
    """Sums over all components at the points first..last."""
    d, m = gaussians.means.shape
    scale = np.empty(TILE)
    buffers = TileBuffers(np.empty(TILE), np.empty(TILE), scale, scale.view(np.int64))
    sums = RunningSums(np.empty(BLOCK), np.empty((BLOCK, d + len(gaussians.precision) + 2)))
    for s in range(first, last, BLOCK):
        block = points[s : min(s + BLOCK, last)]
        sums.top[:], sums.totals[:] = -np.inf, 0.0
        _sum_block(block, len(block), m, gaussians, exp, sums, buffers)
        for q in range(len(block)):
            _write_statistics(s + q, sums.top[q], sums.totals[q], m, out)


@kernel(inline="never", fastmath=True)
def _bound_groups(groups: CellGroups, z: np.ndarray, out: np.ndarray) -> None:
    """The most that a cell of each group can hold at z (d,), in nats."""
    means, radius, precision, weight = groups.means, groups.radius, groups.precision, groups.log_weight
    out[:] = 0.0
    for k in range(len(means)):
        c, at = means[k], z[k]
        for g in range(len(weight)):
            x = c[g] - at
            out[g] += x * x
    for g in range(len(weight)):
        x = max(np.sqrt(out[g]) - radius[g], 0.0)
        out[g] = weight[g] - 0.5 * precision[g] * x * x


@kernel
def _open_groups(
    z: np.ndarray, least: float, margin: float, nearest: int, cells: Cells, per_group: int, bound: np.ndarray, opened: np.ndarray,
    estimate: np.ndarray,
) -> int:  # fmt: skip
    """Estimate the cells of all groups that could hold `least` nats, or the best estimate so far less `margin`, at z (d,).

    Returns the best cell, given the best so far (`nearest`, -1 for none).
    """
    means, precision, log_weight = cells.means, cells.precision, cells.log_weight
    for g in range(len(bound)):
        if opened[g] or bound[g] < least:
            continue
        opened[g] = True
        s, e = per_group * g, min(per_group * (g + 1), len(log_weight))
        top = _exponents(means, precision, log_weight, z, s, e - s, 0.5, estimate[s:e])
        if nearest < 0 or top > estimate[nearest]:
            for c in range(s, e):
                if nearest < 0 or estimate[c] > estimate[nearest]:
                    nearest = c
            least = max(least, top - margin)
    return nearest


@kernel
def _search_block(points: np.ndarray, tree: MixtureTree, search: BlockSearch) -> tuple[float, int]:
    """Find the cells that the first pass sums; returns the highest estimate at any point of the block, in nats, and that point."""
    level, densest, cells, groups = -np.inf, 0, tree.cells, tree.groups
    for q in range(len(points)):
        z, bound, opened, estimate = points[q], search.group_bound[q], search.opened[q], search.cell_estimate[q]
        opened[:] = False
        _bound_groups(groups, z, bound)
        best = _open_groups(z, bound.max(), np.inf, -1, cells, groups.cells_per_group, bound, opened, estimate)
        least = estimate[best] - FIRST_PASS_MARGIN
        best = _open_groups(z, least, FIRST_PASS_MARGIN, best, cells, groups.cells_per_group, bound, opened, estimate)
        search.nearest[q], search.threshold[q] = best, estimate[best] - FIRST_PASS_MARGIN
        if estimate[best] > level:
            level, densest = estimate[best], q
    return level, densest


@kernel
def _gather(origin: np.ndarray, level: float, size: int, tree: MixtureTree, search: BlockSearch, near: Gaussians) -> int:
    """Copy the components of all wanted cells that were not summed yet into `near`, as float32 from the origin; returns how many."""
    first, wanted, summed = tree.cells.first, search.wanted, search.summed
    means, precision, log_weight = tree.gaussians.means, tree.gaussians.precision, tree.gaussians.log_weight
    step_precision, log_count = tree.gaussians.step_precision, tree.gaussians.log_count
    near_means, near_precision, near_weight, near_step, near_count = near
    per_group, n_cells = tree.groups.cells_per_group, len(first) - 1
    wanted[:] = False
    for q in range(size):
        row, opened, threshold = search.cell_estimate[q], search.opened[q], search.threshold[q]
        for g in range(len(opened)):
            if opened[g]:
                for c in range(per_group * g, min(per_group * (g + 1), n_cells)):
                    wanted[c] |= row[c] >= threshold
    n, c = 0, 0
    while c < n_cells:
        if not wanted[c] or summed[c]:
            c += 1
            continue
        f = first[c]
        while c < n_cells and wanted[c] and not summed[c]:
            summed[c] = True
            c += 1
        g = first[c]
        for k in range(len(means)):
            for j in range(f, g):
                near_means[k, n + j - f] = means[k, j] - origin[k]
        for k in range(len(precision)):
            near_precision[k, n : n + g - f] = precision[k, f:g]
        near_step[n : n + g - f], near_count[n : n + g - f] = step_precision[f:g], log_count[f:g]
        for j in range(f, g):
            near_weight[n + j - f] = log_weight[j] - level  # near 0 where it matters
        n += g - f
    return n


@kernel
def _sum_pruned(
    blocks: Blocks, first_block: int, last_block: int, prune_threshold: float, exp: ExpConstants, tree: MixtureTree,
    out: DensityStatistics,
) -> None:  # fmt: skip
    """Sums at the points of some blocks without the cells that hold little; -1 components for points that float32 cannot place."""
    (d, m), rows, n_cells, n_groups = (
        tree.gaussians.means.shape,
        len(tree.gaussians.precision),
        len(tree.cells.first) - 1,
        len(tree.groups.radius),
    )
    f32 = np.float32
    scale = np.empty(TILE, f32)
    buffers = TileBuffers(np.empty(TILE, f32), np.empty(TILE, f32), scale, scale.view(np.int32))
    near = Gaussians(np.empty((d, m), f32), np.empty((rows, m), f32), np.empty(m, f32), np.empty(m, f32), np.empty(m, f32))
    sums = RunningSums(np.empty(BLOCK, f32), np.empty((BLOCK, d + rows + 2)))
    search = BlockSearch(
        np.empty((BLOCK, n_groups)), np.empty((BLOCK, n_groups), np.bool_), np.empty((BLOCK, n_cells)), np.empty(BLOCK, np.int64),
        np.empty(BLOCK), np.empty(n_cells, np.bool_), np.empty(n_cells, np.bool_),
    )  # fmt: skip
    z, too_far = np.empty((BLOCK, d), f32), np.empty(BLOCK, np.bool_)
    for block in range(first_block, last_block):
        begin, end = blocks.bounds[block], blocks.bounds[block + 1]
        points, size = blocks.points[begin:end], end - begin
        sums.top[:], sums.totals[:], search.summed[:] = -np.inf, 0.0, False
        level, densest = _search_block(points, tree, search)
        origin = points[densest]  # what is near the densest point of the block is placed best
        for q in range(size):
            square = 0.0
            for k in range(d):
                z[q, k] = points[q, k] - origin[k]
                square += (points[q, k] - origin[k]) ** 2
            too_far[q] = square * tree.cells.precision[0, search.nearest[q]] > FLOAT32_RANGE * FLOAT32_RANGE
        # First pass: the cells that hold most by their estimates. Their sum is the least that the density can be ...
        n_first = _gather(origin, level, size, tree, search, near)
        _sum_block(z, size, n_first, near, exp, sums, buffers)
        for q in range(size):
            search.threshold[q] = level + sums.top[q] + np.log(sums.totals[q, d + rows]) + np.log(prune_threshold)
            _open_groups(
                points[q], search.threshold[q], np.inf, search.nearest[q], tree.cells, tree.groups.cells_per_group,
                search.group_bound[q], search.opened[q], search.cell_estimate[q],
            )  # fmt: skip
        # ... so the second pass takes the cells that hold more than a small share of it.
        n_second = _gather(origin, level, size, tree, search, near)
        _sum_block(z, size, n_second, near, exp, sums, buffers)
        for q in range(size):
            n_evaluated = -1 if too_far[q] else n_first + n_second
            _write_statistics(blocks.order[begin + q], level + sums.top[q], sums.totals[q], n_evaluated, out)


def evaluate(tree: MixtureTree, points: np.ndarray, prune_threshold: float = PRUNE_THRESHOLD) -> DensityStatistics:
    """Sums at (B, d) points, on all cores; over all M components where `prune_threshold` is 0.

    O(B M d) time at most; memory O(B d + M d).
    """
    b, d = points.shape
    rows, m = tree.gaussians.precision.shape
    out = DensityStatistics(np.empty(b), np.empty((b, d)), np.empty((b, rows)), np.empty(b), np.empty(b, np.int64))
    threaded = b * m > MIN_THREADED_PAIRS
    if prune_threshold == 0:
        some = max(min(b // 16, 512), 16)
        in_threads(lambda f: _sum_exact(points, f, min(f + some, b), EXP64, tree.gaussians, out), range(0, b, some), threaded)
        return out
    leaves = kdtree.build(points, BLOCK)
    blocks = Blocks(leaves.points, leaves.order, np.append(leaves.start[leaves.first_leaf :], b))
    n_blocks = len(blocks.bounds) - 1
    some = max(min(n_blocks // 16, 64), 1)

    def part(f: int) -> None:
        _sum_pruned(blocks, f, min(f + some, n_blocks), prune_threshold, EXP32, tree, out)

    in_threads(part, range(0, n_blocks, some), threaded)
    # Where even the nearest component is far away, or a block is far wider than its components, float32 tells too little.
    lowest = tree.gaussians.log_weight.max() + FLOAT32_MIN_LOG_DENSITY
    inexact = np.flatnonzero((out.n_evaluated < 0) | ~(out.log_density >= lowest))
    if len(inexact):
        for column, exact in zip(out, evaluate(tree, points[inexact], prune_threshold=0.0), strict=True):
            column[inexact] = exact
    return out
