"""A k-d tree over float64 points, and the k nearest neighbours of all of them.

Points are kept in tree order, so that a leaf is a stretch of memory. Nodes lie as in a heap: node i has the children 2i + 1 and
2i + 2, and the last half of the nodes are the leaves. Each node knows the box around its points. After Bentley (1975), with
the widest side split at the median; the leaf-by-leaf query is that of a dual tree (Gray and Moore 2000).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from vaegc.sweep.threads import in_threads, workers

LEAF = 24  # most points in a leaf; half as many above four dimensions, where boxes are loose


@dataclass(frozen=True, slots=True)
class KDTree:
    """Boxes around ever fewer points; built by `build`."""

    points: np.ndarray  # (N, d) float64, in tree order
    order: np.ndarray  # (N,) int64, row of each point in the caller's array
    start: np.ndarray  # (nodes,) int64, first point of a node
    end: np.ndarray  # (nodes,) int64, one past its last
    low: np.ndarray  # (nodes, d) float64, the box
    high: np.ndarray  # (nodes, d)

    @property
    def first_leaf(self) -> int:
        """Number of inner nodes, which is the number of the first leaf."""
        return (len(self.start) - 1) // 2


@njit(cache=True, nogil=True)
def _select(points: np.ndarray, order: np.ndarray, first: int, last: int, middle: int, axis: int) -> None:
    """Put the `middle`-th of first..last by one coordinate in its place, smaller ones before it (Hoare 1961)."""
    while first < last:
        a, b, c = points[first, axis], points[(first + last) // 2, axis], points[last, axis]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = first, last
        while i <= j:
            while points[i, axis] < pivot:
                i += 1
            while points[j, axis] > pivot:
                j -= 1
            if i <= j:
                for k in range(points.shape[1]):
                    points[i, k], points[j, k] = points[j, k], points[i, k]
                order[i], order[j] = order[j], order[i]
                i += 1
                j -= 1
        if middle <= j:
            last = j
        elif middle >= i:
            first = i
        else:
            return


@njit(cache=True, nogil=True)
def _split(
    points: np.ndarray, order: np.ndarray, start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray,
    root: int, levels: int,
) -> None:  # fmt: skip
    """Boxes of `root` and of `levels` - 1 levels below it; every node but a leaf is split."""
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
                _select(points, order, s, e - 1, middle, axis)
                start[left], end[left], start[left + 1], end[left + 1] = s, middle, middle, e
        first = 2 * first + 1


def build(points: np.ndarray, leaf: int | None = None) -> KDTree:
    """Build the tree of (N, d) float64 points, at most `leaf` in a leaf: O(N log N) time; equal points do no harm."""
    n, d = points.shape
    depth = max(int(np.ceil(np.log2(n / (leaf or (LEAF if d <= 4 else LEAF // 2))))), 0)
    nodes = 2 ** (depth + 1) - 1
    moved, order = points.copy(), np.arange(n)
    start, end = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    low, high = np.empty((nodes, d)), np.empty((nodes, d))
    end[0] = n
    top = min(depth, max(workers() - 1, 0).bit_length())  # split alone until there is one part for each thread
    _split(moved, order, start, end, low, high, 0, top)
    in_threads(
        lambda part: _split(moved, order, start, end, low, high, 2**top - 1 + part, depth + 1 - top), range(2**top), n > 10_000
    )
    return KDTree(moved, order, start, end, low, high)


@njit(cache=True, nogil=True, inline="always")
def square_distance(points: np.ndarray, i: int, j: int) -> float:
    """Return |x_i - x_j|^2. Every distance of the sweep is this sum, in this order.

    A second formula that differs in the last bit would let a border point and its parent disagree about the radius of their meeting.
    """
    if points.shape[1] == 2:
        x, y = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
        return x * x + y * y
    total = 0.0
    for k in range(points.shape[1]):
        difference = points[i, k] - points[j, k]
        total += difference * difference
    return total


@njit(cache=True, nogil=True, inline="always")
def square_to_box(points: np.ndarray, i: int, low: np.ndarray, high: np.ndarray, node: int) -> float:
    """Square distance from a point to a box; never above that to any point in it, last bit included."""
    total = 0.0
    for k in range(points.shape[1]):
        x = points[i, k]
        beyond = max(low[node, k] - x, x - high[node, k], 0.0)
        total += beyond * beyond
    return total


@njit(cache=True, nogil=True, inline="always")
def square_between_boxes(low: np.ndarray, high: np.ndarray, a: int, b: int) -> float:
    """Square distance between two boxes, with the same guarantee."""
    total = 0.0
    for k in range(low.shape[1]):
        beyond = max(low[a, k] - high[b, k], low[b, k] - high[a, k], 0.0)
        total += beyond * beyond
    return total


@njit(cache=True, nogil=True, inline="always")
def insert(square: np.ndarray, index: np.ndarray, value: float, j: int) -> float:
    """Put a neighbour in its place in one point's sorted list; the last one drops out, and the new last square is returned."""
    at = len(square) - 1
    while at > 0 and square[at - 1] > value:
        square[at], index[at] = square[at - 1], index[at - 1]
        at -= 1
    square[at], index[at] = value, j
    return square[len(square) - 1]


@njit(cache=True, nogil=True)
def _query(
    points: np.ndarray, start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray, first_leaf: int,
    first: int, last: int, square: np.ndarray, index: np.ndarray,
) -> int:  # fmt: skip
    """Neighbours of all points of the leaves first..last, one walk for the points of a leaf; returns how many pairs were looked at."""
    looked, k = 0, square.shape[1]
    stack, away = np.empty(64, np.int64), np.empty(64)
    for leaf in range(first, last):
        s, e = start[leaf], end[leaf]
        looked += (e - s) ** 2
        farthest = 0.0
        for i in range(s, e):
            near, which = square[i], index[i]
            near[:], which[:] = np.inf, -1
            last_near = np.inf
            for j in range(s, e):
                value = square_distance(points, i, j)
                if value < last_near:
                    last_near = insert(near, which, value, j)
            farthest = max(farthest, last_near)
        top, stack[0], away[0] = 1, 0, 0.0
        while top > 0:
            top -= 1
            node = stack[top]
            if away[top] >= farthest or node == leaf:
                continue
            if node < first_leaf:
                left = 2 * node + 1
                to_left, to_right = square_between_boxes(low, high, leaf, left), square_between_boxes(low, high, leaf, left + 1)
                nearer, other, to_nearer, to_other = left, left + 1, to_left, to_right
                if to_right < to_left:
                    nearer, other, to_nearer, to_other = left + 1, left, to_right, to_left
                if to_other < farthest:
                    stack[top], away[top] = other, to_other
                    top += 1
                if to_nearer < farthest:
                    stack[top], away[top] = nearer, to_nearer
                    top += 1
                continue
            farthest = 0.0
            for i in range(s, e):
                near, which = square[i], index[i]
                last_near = near[k - 1]
                if square_to_box(points, i, low, high, node) < last_near:
                    looked += end[node] - start[node]
                    for j in range(start[node], end[node]):
                        value = square_distance(points, i, j)
                        if value < last_near:
                            last_near = insert(near, which, value, j)
                farthest = max(farthest, last_near)
    return looked


def query(tree: KDTree, k: int, watch: Callable[[int], None]) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest points of every point, itself included, k <= N.

    Parameters
    ----------
    tree
        The points.
    k
        Number of neighbours.
    watch
        Called with the number of points done, now and then; it may raise.

    Returns
    -------
    square distances (N, k) ascending, and indices (N, k) int32, both in tree order
    """
    n, leaves = len(tree.points), len(tree.start) - tree.first_leaf
    square, index = np.empty((n, k)), np.empty((n, k), np.int32)
    block = max(min(leaves // (8 * workers()), 1024), 16)

    def part(first: int) -> None:
        _query(
            tree.points, tree.start, tree.end, tree.low, tree.high, tree.first_leaf,
            tree.first_leaf + first, tree.first_leaf + min(first + block, leaves), square, index,
        )  # fmt: skip

    in_threads(part, range(0, leaves, block), n > 2_000, lambda parts: watch(min(parts * block, leaves) * n // leaves))
    return square, index


def looked_at(tree: KDTree, k: int, leaves: int = 16) -> float:
    """Share of all points that the search for k neighbours looks at, seen on a few leaves; a count, so that it never varies."""
    n, most = len(tree.points), len(tree.start) - tree.first_leaf
    square, index = np.empty((n, k)), np.empty((n, k), np.int32)
    pairs = points = 0
    for leaf in tree.first_leaf + np.unique(np.linspace(0, most - 1, min(leaves, most)).astype(int)):
        pairs += _query(
            tree.points, tree.start, tree.end, tree.low, tree.high, tree.first_leaf, leaf, leaf + 1, square, index,
        )  # fmt: skip
        points += int(tree.end[leaf] - tree.start[leaf])
    return pairs / (points * n)
