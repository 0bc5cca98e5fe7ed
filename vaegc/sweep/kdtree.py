"""A k-d tree over float64 points: the package's one spatial index.

Points are kept in tree order, so that a leaf is a stretch of memory. Nodes lie as in a heap: node i has the children 2i + 1 and
2i + 2, and the last half of the nodes are the leaves. Each node knows the box around its points. After Bentley (1975), with
the widest side split at the median. The searches are in `_kdtree_queries.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from vaegc.sweep._distances import quickselect
from vaegc.sweep._kdtree_queries import kth_distances, query_leaves
from vaegc.sweep.compilation import kernel
from vaegc.sweep.threads import in_threads, workers

LEAF_SIZE = 24  # most points in a leaf; half as many above four dimensions, where boxes are loose
THREADED_NUMBERS = 4_000  # coordinates of query points beyond which a search is worth threads


class KDTree(NamedTuple):
    """Boxes around ever fewer points; built by `build`. Kernels take it as it is, a tuple of arrays."""

    points: np.ndarray  # (N, d) float64, in tree order
    order: np.ndarray  # (N,) int64, row of each point in the input
    start: np.ndarray  # (nodes,) int64, first point of a node
    end: np.ndarray  # (nodes,) int64, one past its last
    low: np.ndarray  # (nodes, d) float64, the box
    high: np.ndarray  # (nodes, d)

    @property
    def first_leaf(self) -> int:
        """Number of inner nodes, which is the number of the first leaf."""
        return len(self.start) // 2

    def query(self, other: KDTree, k: int, watch: Callable[[int], None] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The k points of this tree nearest to every point of another one, or of this one, where each finds itself, too.

        Parameters
        ----------
        other
            M points in the same d dimensions.
        k
            Number of neighbours, at most N.
        watch
            Called with the number of points done, now and then; it may raise.

        Returns
        -------
        square : (M, k) float64 square distances, ascending
        index : (M, k) int32 positions in this tree's order
            Both in the order of the other tree. Of points equally far away those that the walk meets first are taken.
        """
        m, first_leaf, leaves = len(other.points), other.first_leaf, len(other.start) - other.first_leaf
        square, index = np.empty((m, k)), np.empty((m, k), np.int32)
        block = max(min(leaves // (8 * workers()), 1024), 16)

        def search(first: int) -> None:
            last = min(first + block, leaves)
            query_leaves(self, other, other is self, first_leaf + first, first_leaf + last, square, index)

        def done(parts: int) -> None:
            if watch is not None:
                watch(min(parts * block, leaves) * m // leaves)

        in_threads(search, range(0, leaves, block), other.points.size > THREADED_NUMBERS, done if watch else None)
        return square, index

    def nearest(self, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances (M, k), ascending, and rows of the input (M, k) of the k points nearest to each of `points` (M, d)."""
        other = build(points)
        square, index = self.query(other, k)
        distance, row = np.empty((len(points), k)), np.empty((len(points), k), np.intp)
        distance[other.order], row[other.order] = np.sqrt(square), self.order[index]
        return distance, row

    def kth_distance(self, k: int) -> np.ndarray:
        """Distance (N,) from each point to its k-th nearest other one, in the order of the input; k < N, which may be hundreds."""
        n, leaves = len(self.points), len(self.start) - self.first_leaf
        block, in_tree_order, distance = max(min(leaves // (8 * workers()), 512), 1), np.empty(n), np.empty(n)

        def search(first: int) -> None:
            last = min(first + block, leaves)
            kth_distances(self, self.first_leaf + first, self.first_leaf + last, k, in_tree_order)

        in_threads(search, range(0, leaves, block), n > 1_000)
        distance[self.order] = in_tree_order
        return distance

    def compared_share(self, k: int, leaves: int = 16) -> float:
        """Share of all points that a search for k neighbours compares, seen on a few leaves; a count, so that it never varies."""
        n, count = len(self.points), len(self.start) - self.first_leaf
        square, index = np.empty((n, k)), np.empty((n, k), np.int32)
        compared = queries = 0
        for leaf in self.first_leaf + np.unique(np.linspace(0, count - 1, min(leaves, count)).astype(int)):
            compared += query_leaves(self, self, True, leaf, leaf + 1, square, index)
            queries += int(self.end[leaf] - self.start[leaf])
        return compared / (queries * n)


@kernel
def _split(tree: KDTree, root: int, levels: int) -> None:
    """Boxes of `root` and of `levels` - 1 levels below it; every node but a leaf is split."""
    points, order, start, end, low, high = tree.points, tree.order, tree.start, tree.end, tree.low, tree.high
    first = root
    for level in range(levels):
        for node in range(first, first + (1 << level)):
            s, e = start[node], end[node]
            widest, axis = -1.0, 0
            for k in range(points.shape[1]):
                a, b = np.inf, -np.inf
                for t in range(s, e):
                    a, b = min(a, points[t, k]), max(b, points[t, k])
                low[node, k], high[node, k] = a, b
                if b - a > widest:
                    widest, axis = b - a, k
            left = 2 * node + 1
            if left < len(start):
                middle = (s + e) // 2
                quickselect(points, order, s, e - 1, middle, axis)
                start[left], end[left], start[left + 1], end[left + 1] = s, middle, middle, e
        first = 2 * first + 1


def build(points: np.ndarray, leaf_size: int | None = None) -> KDTree:
    """Build the tree of (N, d) float64 points, at most `leaf_size` in a leaf: O(N log N) time; equal points do no harm."""
    n, d = points.shape
    leaf_size = leaf_size or (LEAF_SIZE if d <= 4 else LEAF_SIZE // 2)
    depth = max(int(np.ceil(np.log2(n / leaf_size))), 0)
    nodes = 2 ** (depth + 1) - 1
    tree = KDTree(
        points.copy(),
        np.arange(n),
        np.zeros(nodes, np.int64),
        np.zeros(nodes, np.int64),
        np.empty((nodes, d)),
        np.empty((nodes, d)),
    )
    tree.end[0] = n
    top = min(depth, max(workers() - 1, 0).bit_length())  # split alone until there is one part for each thread
    _split(tree, 0, top)
    in_threads(lambda part: _split(tree, 2**top - 1 + part, depth + 1 - top), range(2**top), n > 10_000)
    return tree
