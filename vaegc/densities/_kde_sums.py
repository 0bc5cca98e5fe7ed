"""Sums over many Gaussian components at many points: exact in float64, or fast with components left out that cannot matter.

A k-d tree puts components that lie together into cells, and points that lie together into blocks. A cell is itself taken for one
Gaussian, as wide as its widest member and its own spread together; where that says that the cell holds less than `LEFT_OUT` of
the density at a point, the point leaves it out. Unlike a bound from boxes this is an estimate, and it has to be: in ten dimensions
boxes are so loose that they rule out next to nothing. What is left is summed cell by cell for all points of a block, as float32
differences from the block's middle, which are small where it matters. The error of all this is measured by `vaegc bench ascent`
and bounded by a test.

Distances are direct differences everywhere: expanded squares lose the digits that narrow components need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from vaegc.densities._cells import GROUP, Components
from vaegc.densities._kernel import EXP32, EXP64, SHIFT32, SHIFT64, _exponents, _finish, _sum
from vaegc.sweep import kdtree
from vaegc.sweep.threads import in_threads

APART = 1e3  # sds from a block's middle beyond which float32 no longer places a point well
TOGETHER = 16  # most points in a block
TILE = 256  # components that are summed at once: their intermediate values stay in the fastest memory
LEFT_OUT = 3e-5  # share of the density below which a cell is left out
# Cells whose estimate is this near to the best, in logs, are summed first: the rest is compared with what they hold.
PROMISING = 3.0


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known of the density at B points."""

    log_density: np.ndarray  # (B,)
    shift: np.ndarray  # (B, d) gradient over mean precision: where the fixed-point step goes
    precision: np.ndarray  # (B, d), or (B, 1): mean precision
    neighbours: np.ndarray  # (B,) effective number of centres, exp of the entropy of their shares
    looked_at: np.ndarray  # (B,) components that were summed


@njit(cache=True, nogil=True)
def _exactly(
    points: np.ndarray, first: int, last: int, e: np.ndarray,
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_weight: np.ndarray, log_count: np.ndarray,
    log_density: np.ndarray, shift: np.ndarray, mean_precision: np.ndarray, neighbours: np.ndarray, looked_at: np.ndarray,
) -> None:  # fmt: skip
    """Sums over all components at the points first..last."""
    a, w, scale = np.empty(TILE), np.empty(TILE), np.empty(TILE)
    bits, outs, tops = scale.view(np.int64), np.empty((TOGETHER, len(means) + len(precision) + 2)), np.empty(TOGETHER)
    for s in range(first, last, TOGETHER):
        block = points[s : min(s + TOGETHER, last)]
        outs[:], tops[:] = 0.0, -np.inf
        for t in range(0, means.shape[1], TILE):
            count = min(TILE, means.shape[1] - t)
            for q in range(len(block)):  # inside, so that the components of the tile are fetched once for all of them
                _sum(
                    block[q], tops, outs, q, t, count, e, SHIFT64,
                    means, precision, step_precision, log_weight, log_count, a, w, scale, bits,
                )  # fmt: skip
        for q in range(len(block)):
            looked_at[s + q] = means.shape[1]
            _finish(s + q, tops[q], outs[q], len(precision), log_density, shift, mean_precision, neighbours)


@njit(cache=True, nogil=True, inline="never", fastmath=True)
def _bound(
    means: np.ndarray, reach: np.ndarray, precision: np.ndarray, weight: np.ndarray, z: np.ndarray, out: np.ndarray
) -> None:
    """The most that a cell of each group can hold at z, in logs."""
    out[:] = 0.0
    for k in range(len(means)):
        c, at = means[k], z[k]
        for g in range(len(weight)):
            x = c[g] - at
            out[g] += x * x
    for g in range(len(weight)):
        x = max(np.sqrt(out[g]) - reach[g], 0.0)
        out[g] = weight[g] - 0.5 * precision[g] * x * x


@njit(cache=True, nogil=True)
def _open(
    z: np.ndarray, least: float, margin: float, group: int, could: np.ndarray, opened: np.ndarray, holds: np.ndarray, nearest: int,
    means: np.ndarray, precision: np.ndarray, weight: np.ndarray,
) -> int:  # fmt: skip
    """Look into the cells of all groups that could hold `least`, or the best seen less `margin`; returns the best cell."""
    for g in range(len(could)):
        if opened[g] or could[g] < least:
            continue
        opened[g] = True
        s, e = group * g, min(group * (g + 1), len(weight))
        top = _exponents(means, precision, weight, z, s, e - s, 0.5, holds[s:e])
        if nearest < 0 or top > holds[nearest]:
            for c in range(s, e):
                if nearest < 0 or holds[c] > holds[nearest]:
                    nearest = c
            least = max(least, top - margin)
    return nearest


@njit(cache=True, nogil=True)
def _nearly(
    points: np.ndarray, order: np.ndarray, bounds: np.ndarray, first_block: int, last_block: int, left_out: float,
    e: np.ndarray,
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_weight: np.ndarray, log_count: np.ndarray,
    cells: np.ndarray, cell_means: np.ndarray, cell_precision: np.ndarray, cell_weight: np.ndarray,
    group: int, group_means: np.ndarray, group_reach: np.ndarray, group_precision: np.ndarray, group_weight: np.ndarray,
    log_density: np.ndarray, shift: np.ndarray, mean_precision: np.ndarray, neighbours: np.ndarray, looked_at: np.ndarray,
) -> None:  # fmt: skip
    """Sums at the points of some blocks; points are in the order of their own tree, results go to the rows in `order`."""
    d, rows, n_cells = means.shape[0], len(precision), len(cell_weight)
    a, w, scale = np.empty(TILE, np.float32), np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    bits = scale.view(np.int32)
    m = means.shape[1]
    near_means, near_precision = np.empty((d, m), np.float32), np.empty((rows, m), np.float32)
    near_step, near_weight, near_count = np.empty(m, np.float32), np.empty(m, np.float32), np.empty(m, np.float32)
    holds, n_groups = np.empty((TOGETHER, n_cells)), len(group_weight)
    could, opened = np.empty((TOGETHER, n_groups)), np.empty((TOGETHER, n_groups), np.bool_)
    outs, tops = np.empty((TOGETHER, d + rows + 2)), np.empty(TOGETHER, np.float32)
    nearest, doubtful = np.empty(TOGETHER, np.int64), np.empty(TOGETHER, np.bool_)
    least, wanted, taken = np.empty(TOGETHER), np.empty(n_cells, np.bool_), np.empty(n_cells, np.bool_)
    z, middle = np.empty((TOGETHER, d), np.float32), np.empty(d)
    for block in range(first_block, last_block):
        begin, size = bounds[block], bounds[block + 1] - bounds[block]
        outs[:], tops[:] = 0.0, -np.inf
        taken[:] = False
        usual, seen = -np.inf, 0
        for q in range(size):
            at = points[begin + q]
            opened[q] = False
            _bound(group_means, group_reach, group_precision, group_weight, at, could[q])
            best = _open(
                at, could[q].max(), np.inf, group, could[q], opened[q], holds[q], -1, cell_means, cell_precision, cell_weight
            )
            nearest[q] = _open(
                at, holds[q, best] - PROMISING, PROMISING, group, could[q], opened[q], holds[q], best,
                cell_means, cell_precision, cell_weight,
            )  # fmt: skip
            top = holds[q, nearest[q]]
            least[q] = top - PROMISING
            if top > usual:  # what is near the densest point of the block is placed best
                usual = top
                middle[:] = at
        for q in range(size):
            away = 0.0
            for k in range(d):
                z[q, k] = points[begin + q, k] - middle[k]
                away += (points[begin + q, k] - middle[k]) ** 2
            doubtful[q] = away * cell_precision[0, nearest[q]] > APART * APART
        for part in range(2):
            n = 0
            wanted[:] = False
            for q in range(size):
                row, limit = holds[q], least[q]
                for g in range(n_groups):
                    if opened[q, g]:
                        for c in range(group * g, min(group * (g + 1), n_cells)):
                            wanted[c] |= row[c] >= limit
            c = 0
            while c < n_cells:
                if not wanted[c] or taken[c]:
                    c += 1
                    continue
                f = cells[c]
                while c < n_cells and wanted[c] and not taken[c]:
                    taken[c] = True
                    c += 1
                g = cells[c]
                for k in range(d):
                    for j in range(f, g):
                        near_means[k, n + j - f] = means[k, j] - middle[k]
                for k in range(rows):
                    near_precision[k, n : n + g - f] = precision[k, f:g]
                near_step[n : n + g - f], near_count[n : n + g - f] = step_precision[f:g], log_count[f:g]
                for j in range(f, g):
                    near_weight[n + j - f] = log_weight[j] - usual  # near 0 where it matters
                n += g - f
            seen += n
            for t in range(0, n, TILE):
                for q in range(size):  # inside, so that the components of the tile are fetched once for all of them
                    _sum(
                        z[q], tops, outs, q, t, min(TILE, n - t), e, SHIFT32,
                        near_means, near_precision, near_step, near_weight, near_count, a, w, scale, bits,
                    )  # fmt: skip
            for q in range(size):  # what was summed so far is the least that the density can be
                least[q] = usual + tops[q] + np.log(outs[q, d + rows]) + np.log(left_out)
                if part == 0:
                    _open(
                        points[begin + q], least[q], np.inf, group, could[q], opened[q], holds[q], nearest[q],
                        cell_means, cell_precision, cell_weight,
                    )  # fmt: skip
        for q in range(size):
            looked_at[order[begin + q]] = -1 if doubtful[q] else seen
            _finish(order[begin + q], usual + tops[q], outs[q], rows, log_density, shift, mean_precision, neighbours)


def evaluate(parts: Components, points: np.ndarray, left_out: float = LEFT_OUT) -> Sums:
    """Sums at (B, d) points, on all cores; over all M components where `left_out` is 0.

    O(B M d) time at most; memory O(B d + M d).
    """
    b, d = points.shape
    sums = Sums(np.empty(b), np.empty((b, d)), np.empty((b, len(parts.precision))), np.empty(b), np.empty(b, np.int64))
    means = (parts.means, parts.precision, parts.step_precision, parts.log_weight, parts.log_count)
    answers = (sums.log_density, sums.shift, sums.precision, sums.neighbours, sums.looked_at)
    worthwhile = b * parts.means.shape[1] > 100_000
    if left_out == 0:
        some = max(min(b // 16, 512), 16)
        in_threads(lambda f: _exactly(points, f, min(f + some, b), EXP64, *means, *answers), range(0, b, some), worthwhile)
        return sums
    tree = kdtree.build(points, TOGETHER)
    bounds = np.append(tree.start[tree.first_leaf :], b)
    blocks = len(bounds) - 1
    some = max(min(blocks // 16, 64), 1)
    around = (
        parts.cells, parts.cell_means, parts.cell_precision, parts.cell_weight,
        GROUP, parts.group_means, parts.group_reach, parts.group_precision, parts.group_weight,
    )  # fmt: skip

    def part(f: int) -> None:
        _nearly(tree.points, tree.order, bounds, f, min(f + some, blocks), left_out, EXP32, *means, *around, *answers)

    in_threads(part, range(0, blocks, some), worthwhile)
    # Where even the nearest component is a thousand nats away, or a block is far wider than its components, float32 tells too little.
    far = np.flatnonzero((sums.looked_at < 0) | ~(sums.log_density >= parts.log_weight.max() - 1000))
    if len(far):
        again = evaluate(parts, points[far], left_out=0.0)
        for name in ("log_density", "shift", "precision", "neighbours", "looked_at"):
            getattr(sums, name)[far] = getattr(again, name)
    return sums
