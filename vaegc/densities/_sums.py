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

from vaegc.sweep import kdtree
from vaegc.sweep.threads import in_threads

CELL = 17  # most components in a cell
WIDE, UNEVEN = 1.5, 2.0  # largest radius of a cell in √d times its narrowest component's sd; largest ratio of two of their sds
APART = 1e3  # sds from a block's middle beyond which float32 no longer places a point well
GROUP = 16  # cells that are ruled out together
TOGETHER = 16  # most points in a block
TILE = 256  # components that are summed at once: their intermediate values stay in the fastest memory
LEFT_OUT = 3e-5  # share of the density below which a cell is left out
PROMISING = (
    3.0  # cells whose estimate is this near to the best, in logs, are summed first: the rest is compared with what they hold
)
# What exp needs: log2 e; a number whose sum with x holds round(x) + exponent bias in its low bits; ln 2 in two parts; underflow; Taylor.
TAYLOR = [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880, 1 / 3628800]
EXP64 = np.array([1.4426950408889634, 3 * 2.0**51 + 1023, 0.6931471803691238, 1.9082149292705877e-10, -700.0, *TAYLOR])
EXP32 = np.array([1.4426950408889634, 3 * 2.0**22 + 127, 0.693359375, -2.12194440e-4, -80.0, *TAYLOR], np.float32)
SHIFT64, SHIFT32 = np.int64(52), np.int32(23)  # bits of the mantissa


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


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known of the density at B points."""

    log_density: np.ndarray  # (B,)
    shift: np.ndarray  # (B, d) gradient over mean precision: where the fixed-point step goes
    precision: np.ndarray  # (B, d), or (B, 1): mean precision
    neighbours: np.ndarray  # (B,) effective number of centres, exp of the entropy of their shares
    looked_at: np.ndarray  # (B,) components that were summed


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


@njit(cache=True, nogil=True, inline="never", fastmath=True)
def _exponents(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, z: np.ndarray, first: int, count: int,
    half: float, out: np.ndarray,
) -> float:  # fmt: skip
    """Log of weight times density at z of the components first..first + count; returns the largest."""
    d, weight = len(means), log_weight[first : first + count]  # slices: their indices need no check for negative ones
    if len(precision) == 1:
        c, at = means[0, first : first + count], z[0]
        for j in range(count):
            x = c[j] - at
            out[j] = x * x
        k = 1
        while k + 2 < d:  # three at a time, so that `out` is read and written less often
            c, c1, c2 = means[k, first : first + count], means[k + 1, first : first + count], means[k + 2, first : first + count]
            at, at1, at2 = z[k], z[k + 1], z[k + 2]
            for j in range(count):
                x, x1, x2 = c[j] - at, c1[j] - at1, c2[j] - at2
                out[j] += x * x + x1 * x1 + x2 * x2
            k += 3
        while k < d:
            c, at = means[k, first : first + count], z[k]
            for j in range(count):
                x = c[j] - at
                out[j] += x * x
            k += 1
        p = precision[0, first : first + count]
        for j in range(count):
            out[j] = weight[j] - half * p[j] * out[j]
    else:
        for j in range(count):
            out[j] = weight[j]
        for k in range(d):
            c, p, at = means[k, first : first + count], precision[k, first : first + count], z[k]
            for j in range(count):
                x = c[j] - at
                out[j] -= half * p[j] * x * x
    top = out[0]
    for j in range(count):
        top = max(top, out[j])
    return top


@njit(cache=True, nogil=True, inline="never", fastmath={"contract"})  # not reordered: rounding by the shifter must happen
def _exponentials(
    a: np.ndarray, top: float, count: int, e: np.ndarray, shift: int, scale: np.ndarray, bits: np.ndarray, w: np.ndarray
) -> None:
    """W = exp(a - top), and a becomes a - top; `e` is EXP64 or EXP32, `bits` is `scale` seen as integers."""
    for j in range(count):
        a[j] = max(a[j] - top, e[4])
        scale[j] = a[j] * e[0] + e[1]
    for j in range(count):
        n = scale[j] - e[1]
        r = a[j] - n * e[2] - n * e[3]
        p = e[9] + r * (e[10] + r * (e[11] + r * (e[12] + r * e[13])))
        p = r * (e[5] + r * (e[6] + r * (e[7] + r * (e[8] + r * p))))
        w[j] = r * p + r
    for j in range(count):
        bits[j] = bits[j] << shift
    for j in range(count):
        w[j] = w[j] * scale[j] + scale[j]


@njit(cache=True, nogil=True, inline="never", fastmath=True)
def _add(
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_count: np.ndarray, z: np.ndarray,
    first: int, count: int, a: np.ndarray, w: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Add to out: shift (d), mean precision (1 or d), density, Σ w log w."""
    d, rows, zero = len(means), len(precision), w[0] - w[0]  # zero of the right type: sums stay in it within a tile
    own = log_count[first : first + count]
    total, entropy = zero, zero
    for j in range(count):
        total += w[j]
        entropy += w[j] * (a[j] - own[j])
    out[d + rows] += total
    out[d + rows + 1] += entropy
    if rows == 1:
        step, p = step_precision[first : first + count], precision[0, first : first + count]
        mean = zero
        for j in range(count):
            mean += w[j] * step[j]
            w[j] *= p[j]
        out[d] += mean
    for k in range(d):
        c, at, moved, mean = means[k, first : first + count], z[k], zero, zero
        if rows == 1:
            for j in range(count):
                moved += w[j] * (c[j] - at)
        else:
            p = precision[k, first : first + count]
            for j in range(count):
                x = w[j] * p[j]
                mean += x
                moved += x * (c[j] - at)
            out[d + k] += mean
        out[k] += moved


@njit(cache=True, nogil=True)
def _sum(
    z: np.ndarray, tops: np.ndarray, outs: np.ndarray, q: int, first: int, count: int, e: np.ndarray, shift: int,
    means: np.ndarray, precision: np.ndarray, step_precision: np.ndarray, log_weight: np.ndarray, log_count: np.ndarray,
    a: np.ndarray, w: np.ndarray, scale: np.ndarray, bits: np.ndarray,
) -> None:  # fmt: skip
    """Add one tile of components to the sums of one point: outs[q], relative to the largest exponent so far, tops[q]."""
    total, out = len(means) + len(precision), outs[q]
    highest = _exponents(means, precision, log_weight, z, first, count, e[5], a)
    if highest > tops[q]:
        if tops[q] > -np.inf:
            fall = np.exp(tops[q] - highest)
            out[total + 1] += (tops[q] - highest) * out[total]
            for k in range(len(out)):
                out[k] *= fall
        tops[q] = highest
    elif highest < tops[q] + e[4]:
        return
    _exponentials(a, tops[q], count, e, shift, scale, bits, w)
    _add(means, precision, step_precision, log_count, z, first, count, a, w, out)


@njit(cache=True, nogil=True)
def _finish(
    i: int, top: float, out: np.ndarray, rows: int,
    log_density: np.ndarray, shift: np.ndarray, mean_precision: np.ndarray, neighbours: np.ndarray,
) -> None:  # fmt: skip
    d = shift.shape[1]
    total = out[d + rows]
    log_density[i] = top + np.log(total)
    neighbours[i] = np.exp(np.log(total) - out[d + rows + 1] / total)
    for k in range(rows):
        mean_precision[i, k] = out[d + k] / total
    for k in range(d):
        shift[i, k] = out[k] / out[d + min(k, rows - 1)]


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
    z: np.ndarray, least: float, margin: float, could: np.ndarray, opened: np.ndarray, holds: np.ndarray, nearest: int,
    means: np.ndarray, precision: np.ndarray, weight: np.ndarray,
) -> int:  # fmt: skip
    """Look into the cells of all groups that could hold `least`, or the best seen less `margin`; returns the best cell."""
    for g in range(len(could)):
        if opened[g] or could[g] < least:
            continue
        opened[g] = True
        s, e = GROUP * g, min(GROUP * (g + 1), len(weight))
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
    group_means: np.ndarray, group_reach: np.ndarray, group_precision: np.ndarray, group_weight: np.ndarray,
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
            best = _open(at, could[q].max(), np.inf, could[q], opened[q], holds[q], -1, cell_means, cell_precision, cell_weight)
            nearest[q] = _open(
                at, holds[q, best] - PROMISING, PROMISING, could[q], opened[q], holds[q], best,
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
                        for c in range(GROUP * g, min(GROUP * (g + 1), n_cells)):
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
                        points[begin + q], least[q], np.inf, could[q], opened[q], holds[q], nearest[q],
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
        parts.group_means, parts.group_reach, parts.group_precision, parts.group_weight,
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
