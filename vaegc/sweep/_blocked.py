"""Neighbours and nearest foreign points in high dimensions, where the boxes of a k-d tree no longer keep anything out.

Distances come as blocks of matrix products, |x|^2 + |y|^2 - 2 x·y, which are fast and inexact. What could matter by them, the
bound of their rounding error taken off, is computed again by the one formula of the sweep: the answer is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from vaegc.sweep._boruvka import BoruvkaState, Forest, Propose, SearchComponents
from vaegc.sweep._boruvka_search import pending_points
from vaegc.sweep._distances import insert_neighbor, square_distance
from vaegc.sweep.compilation import kernel
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import spread

BLOCK_ROWS, BLOCK_COLUMNS = 512, 4096  # of products: 16 MiB
MIN_NEIGHBORS = 32  # kept of each point: a longer list costs little here and saves searches
FIRST_WAVE_POINTS = (
    4  # of a component that are searched before all look at the best edges again; each wave is eight times as long
)


class InnerProducts(NamedTuple):
    """Points of which inner products are taken, and how wrong a distance from these can be."""

    points: np.ndarray  # (N, d) in tree order
    centered: np.ndarray  # (N, d) minus their mean
    norms: np.ndarray  # (N,) their squared norms
    slack: np.ndarray  # (N,) largest error of a square distance from this point

    def blocks(self, rows: np.ndarray, begin: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (first column, products (R, C)) for all columns, beginning near `begin`."""
        n = len(self.norms)
        left, turn = self.centered[rows], begin // BLOCK_COLUMNS
        starts = range(0, n, BLOCK_COLUMNS)
        for first in (*starts[turn:], *starts[:turn]):
            yield first, left @ self.centered[first : first + BLOCK_COLUMNS].T


def inner_products(points: np.ndarray) -> InnerProducts:
    """Prepare (N, d) points."""
    centered = points - points.mean(axis=0)
    norms = np.einsum("ij,ij->i", centered, centered)
    # Each of the three sums errs by at most about d roundings of |x|^2 + |y|^2, centring and adding up by a few more.
    return InnerProducts(points, centered, norms, 8 * (points.shape[1] + 8) * np.finfo(np.float64).eps * (norms + norms.max()))


@kernel
def _scan(
    first: int,
    last: int,
    block: np.ndarray,
    column: int,
    row: int,
    products: InnerProducts,
    square: np.ndarray,
    index: np.ndarray,
) -> None:
    """Take what this block of products holds into the neighbour lists of the points row + first .. row + last."""
    points, norms, slack, k = products.points, products.norms, products.slack, square.shape[1]
    for r in range(first, last):
        i = row + r
        offset, near, which = norms[i] - slack[i], square[i], index[i]
        last_near = near[k - 1]
        for c in range(block.shape[1]):
            j = column + c
            if offset + norms[j] - 2 * block[r, c] < last_near:
                value = square_distance(points, i, points, j)
                if value < last_near:
                    last_near = insert_neighbor(near, which, value, j)


def query(tree: KDTree, k: int, watch: Callable[[int], None]) -> tuple[np.ndarray, np.ndarray]:
    """As `KDTree.query` of a tree's own points, in O(N^2 d) time and O(N k) memory."""
    n = len(tree.points)
    products = inner_products(tree.points)
    square, index = np.full((n, k), np.inf), np.full((n, k), -1, np.int32)
    for row in range(0, n, BLOCK_ROWS):
        rows = np.arange(row, min(row + BLOCK_ROWS, n))
        for column, block in products.blocks(rows, row):
            spread(_scan, len(rows), block, column, row, products, square, index)
        watch(int(rows[-1]) + 1)
    return square, index


@kernel
def _scan_foreign(
    first: int, last: int, block: np.ndarray, column: int, rows: np.ndarray, products: InnerProducts, state: BoruvkaState,
    best: np.ndarray, to: np.ndarray,
) -> None:  # fmt: skip
    """Nearest foreign point of rows[first:last] within this block of products, where it is nearer than `best`."""
    points, norms, slack, core, component = products.points, products.norms, products.slack, state.core, state.component
    for r in range(first, last):
        i = rows[r]
        if core[i] >= best[r]:
            continue
        offset = norms[i] - slack[i]
        for c in range(block.shape[1]):
            j = column + c
            if offset + norms[j] - 2 * block[r, c] < best[r] and core[j] < best[r] and component[j] != component[i]:
                weight = max(square_distance(points, i, points, j), core[i], core[j])
                if weight < best[r]:
                    best[r], to[r] = weight, j


def component_search(tree: KDTree) -> SearchComponents:
    """Return `_boruvka_search.search_components` with matrix products in place of the tree."""
    products = inner_products(tree.points)

    def search_components(forest: Forest, propose: Propose, watch: Callable[[], None]) -> None:
        state, bound = forest.state, forest.best.weight
        items, group = pending_points(forest)
        rank = np.arange(len(items)) - np.repeat(group[:-1], np.diff(group))
        # 0 for the first FIRST_WAVE_POINTS, 1 for the next eight times as many
        wave = np.floor(np.log(rank * 7 / FIRST_WAVE_POINTS + 1) / np.log(8) + 1e-9).astype(int)
        items = items[np.argsort(wave, kind="stable")]
        for first in range(0, len(items), BLOCK_ROWS):
            rows = items[first : first + BLOCK_ROWS]
            rows = rows[state.lower_bound[rows] < bound[state.component[rows]]]
            if len(rows) == 0:
                continue
            best, to = bound[state.component[rows]], np.full(len(rows), -1)
            for column, block in products.blocks(rows, int(rows[0])):
                spread(_scan_foreign, len(rows), block, column, rows, products, state, best, to)
            state.lower_bound[rows] = np.maximum(state.lower_bound[rows], best)
            found = to >= 0
            closer = rows[found]
            state.candidate[closer], state.candidate_distance[closer], state.exact[closer] = to[found], best[found], True
            propose(closer)
            watch()

    return search_components
