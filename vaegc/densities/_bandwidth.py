"""One bandwidth per centre: the distance to its k-th nearest other centre over a root of the dimension (`vaegc.neighbors`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.spatial.distance import cdist

from vaegc import robust
from vaegc.errors import BadInput
from vaegc.neighbors import SMALLEST, divisor
from vaegc.sweep import kdtree
from vaegc.sweep.threads import in_threads, workers

TREE_UP_TO = 16  # dimensions; above, boxes rule nothing out and blocks of matrix products are faster
BLOCK_BYTES = 64 * 1024**2  # of one (block, N) matrix of distances, above that
SLACK = 1 + 1e-9  # for rounding in the triangle inequality
TINY, EQUAL = 1e-6, 1e-12  # smallest bandwidth as a share of the points' scale, and where all are equal
DOUBTFUL = 1e-7  # squared distance to the k-th neighbour as a share of that to the middle, below which products of the two round too much


def neighbour_bandwidths(centres: np.ndarray, k: int) -> np.ndarray:
    """(N,) bandwidths of (N, d) centres; where k others coincide with a centre, a millionth of the points' scale.

    Shifting the centres changes none of them and a factor multiplies all: exactly, where neither rounds the centres.
    """
    z, _, unit = robust.standardised(centres)
    distance = (_by_tree if z.shape[1] <= TREE_UP_TO else _by_products)(z, k)
    tiny = TINY * robust.scale(z) or EQUAL
    return unit * np.maximum(distance / divisor(z.shape[1]), tiny)


def given_bandwidths(bandwidth: npt.ArrayLike, n: int) -> np.ndarray:
    """(N,) bandwidths from one number or one per centre."""
    try:
        h = np.broadcast_to(np.asarray(bandwidth, dtype=np.float64), (n,)).copy()
    except (TypeError, ValueError):
        raise BadInput(f"bandwidth must be one number or one per centre ({n:,}).") from None
    if not ((h >= SMALLEST) & (h <= 1 / SMALLEST)).all():
        raise BadInput(f"bandwidth must be above 0, between {SMALLEST:g} and {1 / SMALLEST:g}.")
    return h


def _by_tree(centres: np.ndarray, k: int) -> np.ndarray:
    tree = kdtree.build(centres)
    out = np.empty(len(centres))
    leaves = len(tree.start) - tree.first_leaf
    some = max(min(leaves // (8 * workers()), 512), 1)

    def part(first: int) -> None:
        last = min(first + some, leaves)
        _kth(
            tree.points,
            tree.start,
            tree.end,
            tree.low,
            tree.high,
            tree.first_leaf,
            tree.first_leaf + first,
            tree.first_leaf + last,
            k,
            out,
        )

    in_threads(part, range(0, leaves, some), len(centres) > 1_000)
    distance = np.empty(len(centres))
    distance[tree.order] = out
    return distance


@njit(cache=True, nogil=True)
def _kth(
    points: np.ndarray, start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray, first_leaf: int,
    from_leaf: int, to_leaf: int, k: int, out: np.ndarray,
) -> None:  # fmt: skip
    """Distance to the k-th nearest other point, for all points of some leaves.

    That distance changes from one point to the next by no more than they are apart. So nodes that lie well within it are only counted, and
    nodes beyond it are never opened: what is looked at is a shell.
    """
    d = points.shape[1]
    room = 4 * (k + 1) + 64
    near, stack, away = np.empty((room, 1)), np.empty(128, np.int64), np.empty(128)
    moved = np.empty(room, np.int64)  # along with them, and not used
    before, radius = -1, np.inf
    for i in range(start[from_leaf], end[to_leaf - 1]):
        apart = 0.0
        if before >= 0:
            for c in range(d):
                apart += (points[i, c] - points[before, c]) ** 2
        apart = np.sqrt(apart)
        inner = max(radius / SLACK - apart * SLACK, 0.0) if before >= 0 else 0.0  # a share of each: both may be far larger
        inner *= inner
        outer = ((radius + apart) * SLACK) ** 2
        within, size = 0, 0
        stack[0], away[0], top = 0, 0.0, 1
        while top > 0:
            top -= 1
            node = stack[top]
            if away[top] > outer:
                continue
            if inner > 0.0:
                farthest = 0.0
                for c in range(d):
                    x = max(points[i, c] - low[node, c], high[node, c] - points[i, c])
                    farthest += x * x
                if farthest < inner:
                    within += end[node] - start[node]
                    continue
            if node >= first_leaf:
                for j in range(start[node], end[node]):
                    square = 0.0
                    for c in range(d):
                        x = points[i, c] - points[j, c]
                        square += x * x
                    if square < inner:
                        within += 1
                    elif square <= outer:
                        near[size, 0] = square
                        size += 1
                        if size == room:  # no more than k + 1 of them can matter
                            kdtree._select(near, moved, 0, size - 1, k, 0)
                            outer = min(outer, near[k, 0])
                            size = k + 1
                continue
            left = 2 * node + 1
            to_left = to_right = 0.0
            for c in range(d):
                x = max(low[left, c] - points[i, c], points[i, c] - high[left, c], 0.0)
                to_left += x * x
                x = max(low[left + 1, c] - points[i, c], points[i, c] - high[left + 1, c], 0.0)
                to_right += x * x
            if to_left <= to_right:  # the nearer one is opened first
                stack[top], away[top], stack[top + 1], away[top + 1] = left + 1, to_right, left, to_left
            else:
                stack[top], away[top], stack[top + 1], away[top + 1] = left, to_left, left + 1, to_right
            top += 2
        kdtree._select(near, moved, 0, size - 1, k - within, 0)  # the point itself is among them
        radius = np.sqrt(near[k - within, 0])
        out[i], before = radius, i


def _by_products(centres: np.ndarray, k: int) -> np.ndarray:
    moved = centres - robust.location(centres)  # keeps the squares small
    norm = (moved**2).sum(axis=1)
    out = np.empty(len(moved))
    some = max(BLOCK_BYTES // (16 * len(moved)), 1)

    def part(first: int) -> None:
        block = slice(first, first + some)
        square = norm[block, None] + norm - 2 * moved[block] @ moved.T
        rows = np.arange(first, min(first + some, len(moved)))
        square[rows - first, rows] = -1.0  # the point itself comes first, whatever rounding says
        chosen = np.argpartition(square, k, axis=1)[:, k]
        out[block] = np.linalg.norm(moved[chosen] - moved[block], axis=1)  # direct, so that no digits are lost
        far = rows[~(out[rows] ** 2 > DOUBTFUL * norm[rows])]  # from the middle, and close together: rounding chose among these
        if len(far):
            out[far] = np.partition(cdist(moved[far], moved), k, axis=1)[:, k]

    in_threads(part, range(0, len(moved), some))
    return out
