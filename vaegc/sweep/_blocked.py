"""Neighbours and nearest foreign points in high dimensions, where the boxes of a k-d tree no longer keep anything out.

Distances come as blocks of matrix products, |x|^2 + |y|^2 - 2 x·y, which are fast and inexact. What could matter by them, the
bound of their rounding error taken off, is computed again by the one formula of the sweep: the answer is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numba import njit

from vaegc.sweep._boruvka import Seek, State
from vaegc.sweep._boruvka_search import unsure
from vaegc.sweep.kdtree import KDTree, insert, square_distance
from vaegc.sweep.threads import spread

ROWS, COLUMNS = 512, 4096  # of a block: 16 MiB
SPARE = 32  # neighbours kept at least: a longer list costs little here and saves searches
WAVE = 4  # searches of a component before all look at the bounds again; each wave is eight times as long


class Products:
    """Blocks of inner products of the centred points, and how wrong a distance from them can be."""

    def __init__(self, tree: KDTree) -> None:
        self.points = tree.points
        self.centred = tree.points - tree.points.mean(axis=0)
        self.norms = np.einsum("ij,ij->i", self.centred, self.centred)
        d = tree.points.shape[1]
        # Each of the three sums errs by at most about d roundings of |x|^2 + |y|^2, centring and adding up by a few more.
        self.slack = 8 * (d + 8) * np.finfo(np.float64).eps * (self.norms + self.norms.max())

    def blocks(self, rows: np.ndarray, begin: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first column, products (R, C)) for all columns, beginning near `begin`."""
        n = len(self.norms)
        mine, turn = self.centred[rows], begin // COLUMNS
        starts = range(0, n, COLUMNS)
        for first in (*starts[turn:], *starts[:turn]):
            yield first, mine @ self.centred[first : first + COLUMNS].T


@njit(cache=True, nogil=True)
def _scan(
    first: int, last: int, products: np.ndarray, column: int, row: int, points: np.ndarray, norms: np.ndarray, slack: np.ndarray,
    square: np.ndarray, index: np.ndarray,
) -> None:  # fmt: skip
    """Take what this block holds into the neighbour lists of the points row + first .. row + last."""
    k = square.shape[1]
    for r in range(first, last):
        i = row + r
        offset, near, which = norms[i] - slack[i], square[i], index[i]
        last_near = near[k - 1]
        for c in range(products.shape[1]):
            j = column + c
            if offset + norms[j] - 2 * products[r, c] < last_near:
                value = square_distance(points, i, j)
                if value < last_near:
                    last_near = insert(near, which, value, j)


def query(tree: KDTree, k: int, watch: Callable[[int], None]) -> tuple[np.ndarray, np.ndarray]:
    """As `kdtree.query`, in O(N^2 d) time and O(N k) memory."""
    n = len(tree.points)
    products = Products(tree)
    square, index = np.full((n, k), np.inf), np.full((n, k), -1, np.int32)
    for row in range(0, n, ROWS):
        rows = np.arange(row, min(row + ROWS, n))
        for column, block in products.blocks(rows, row):
            spread(_scan, len(rows), block, column, row, tree.points, products.norms, products.slack, square, index)
        watch(int(rows[-1]) + 1)
    return square, index


@njit(cache=True, nogil=True)
def _scan_foreign(
    first: int, last: int, products: np.ndarray, column: int, rows: np.ndarray, points: np.ndarray, norms: np.ndarray,
    slack: np.ndarray, core: np.ndarray, comp: np.ndarray, best: np.ndarray, to: np.ndarray,
) -> None:  # fmt: skip
    """Nearest foreign point of rows[first:last] within this block, where it is nearer than `best`."""
    for r in range(first, last):
        i = rows[r]
        if core[i] >= best[r]:
            continue
        offset = norms[i] - slack[i]
        for c in range(products.shape[1]):
            j = column + c
            if offset + norms[j] - 2 * products[r, c] < best[r] and core[j] < best[r] and comp[j] != comp[i]:
                weight = max(square_distance(points, i, j), core[i], core[j])
                if weight < best[r]:
                    best[r], to[r] = weight, j


def seeker(tree: KDTree) -> Seek:
    """Return a `Seek` that searches with matrix products."""
    products = Products(tree)

    def seek(state: State, offer: Callable[[np.ndarray], None], watch: Callable[[], None]) -> None:
        items, group = unsure(state)
        rank = np.arange(len(items)) - np.repeat(group[:-1], np.diff(group))
        wave = np.floor(np.log(rank * 7 / WAVE + 1) / np.log(8) + 1e-9).astype(int)  # 0 for the first WAVE, 1 for the next 8 WAVE
        items = items[np.argsort(wave, kind="stable")]
        for first in range(0, len(items), ROWS):
            rows = items[first : first + ROWS]
            rows = rows[state.least[rows] < state.bound[state.comp[rows]]]
            if len(rows) == 0:
                continue
            best, to = state.bound[state.comp[rows]], np.full(len(rows), -1)
            known = (tree.points, products.norms, products.slack, state.core, state.comp, best, to)
            for column, block in products.blocks(rows, int(rows[0])):
                spread(_scan_foreign, len(rows), block, column, rows, *known)
            state.least[rows] = np.maximum(state.least[rows], best)
            found = to >= 0
            state.to[rows[found]], state.reach[rows[found]], state.exact[rows[found]] = to[found], best[found], True
            offer(rows[found])
            watch()

    return seek
