"""The searches of a `KDTree`: the k nearest points, the distance to the k-th, the nearest core point.

All walk the same nodes, nearest first, and leave out what lies beyond what they have. They differ in what they keep: a sorted list, which is
best for some tens of neighbours; a count, which is best for hundreds; one point under a rule for ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vaegc.sweep._distances import (
    insert_neighbor,
    quickselect,
    square_between_boxes,
    square_distance,
    square_to_box,
    square_to_far_corner,
)
from vaegc.sweep.compilation import kernel

if TYPE_CHECKING:
    from vaegc.sweep.kdtree import KDTree

SLACK = 1 + 1e-9  # for rounding in the triangle inequality


@kernel
def query_leaves(
    tree: KDTree, queries: KDTree, same: bool, first_leaf: int, last_leaf: int, square: np.ndarray, index: np.ndarray
) -> int:
    """Fill rows of `square` and `index` (M, k): the points of `tree` nearest to those in some leaves of `queries`.

    One walk for all points of a leaf (a dual tree, Gray and Moore 2000). Where both trees are the `same`, a leaf begins with itself. Returns
    how many pairs of points were compared.
    """
    points, start, end, low, high = tree.points, tree.start, tree.end, tree.low, tree.high
    own_points, own_start, own_end, own_low, own_high = queries.points, queries.start, queries.end, queries.low, queries.high
    inner, k, compared = len(start) // 2, square.shape[1], 0
    stack, gaps = np.empty(64, np.int64), np.empty(64)
    for leaf in range(first_leaf, last_leaf):
        s, e = own_start[leaf], own_end[leaf]
        done = leaf if same else -1
        farthest = np.inf
        if same:
            compared += (e - s) ** 2
            farthest = 0.0
        for i in range(s, e):
            near, which = square[i], index[i]
            near[:], which[:] = np.inf, -1
            if not same:
                continue
            last_near = np.inf
            for j in range(s, e):
                value = square_distance(points, i, points, j)
                if value < last_near:
                    last_near = insert_neighbor(near, which, value, j)
            farthest = max(farthest, last_near)
        top, stack[0], gaps[0] = 1, 0, 0.0
        while top > 0:
            top -= 1
            node = stack[top]
            if gaps[top] >= farthest or node == done:
                continue
            if node < inner:
                left = 2 * node + 1
                to_left = square_between_boxes(own_low, own_high, leaf, low, high, left)
                to_right = square_between_boxes(own_low, own_high, leaf, low, high, left + 1)
                nearer, other, to_nearer, to_other = left, left + 1, to_left, to_right
                if to_right < to_left:
                    nearer, other, to_nearer, to_other = left + 1, left, to_right, to_left
                if to_other < farthest:
                    stack[top], gaps[top] = other, to_other
                    top += 1
                if to_nearer < farthest:
                    stack[top], gaps[top] = nearer, to_nearer
                    top += 1
                continue
            farthest = 0.0
            for i in range(s, e):
                near, which = square[i], index[i]
                last_near = near[k - 1]
                if square_to_box(own_points, i, low, high, node) < last_near:
                    compared += end[node] - start[node]
                    for j in range(start[node], end[node]):
                        value = square_distance(own_points, i, points, j)
                        if value < last_near:
                            last_near = insert_neighbor(near, which, value, j)
                farthest = max(farthest, last_near)
    return compared


@kernel
def kth_distances(tree: KDTree, first_leaf: int, last_leaf: int, k: int, out: np.ndarray) -> None:
    """Distance to the k-th nearest other point, for all points of some leaves.

    That distance changes from one point to the next by no more than they are apart. So nodes that lie well within it are only counted, and
    nodes beyond it are never opened: what is looked at is a shell.
    """
    points, start, end, low, high = tree.points, tree.start, tree.end, tree.low, tree.high
    inner, d = len(start) // 2, points.shape[1]
    room = 4 * (k + 1) + 64
    near, stack, gaps = np.empty((room, 1)), np.empty(128, np.int64), np.empty(128)
    moved = np.empty(room, np.int64)  # along with them, and not used
    before, radius = -1, np.inf
    for i in range(start[first_leaf], end[last_leaf - 1]):
        apart = 0.0
        if before >= 0:
            for c in range(d):
                apart += (points[i, c] - points[before, c]) ** 2
        apart = np.sqrt(apart)
        shell = max(radius / SLACK - apart * SLACK, 0.0) if before >= 0 else 0.0  # a share of each: both may be far larger
        shell *= shell
        outer = ((radius + apart) * SLACK) ** 2
        within, size = 0, 0
        stack[0], gaps[0], top = 0, 0.0, 1
        while top > 0:
            top -= 1
            node = stack[top]
            if gaps[top] > outer:
                continue
            if shell > 0.0 and square_to_far_corner(points, i, low, high, node) < shell:
                within += end[node] - start[node]
                continue
            if node >= inner:
                for j in range(start[node], end[node]):
                    value = square_distance(points, i, points, j)
                    if value < shell:
                        within += 1
                    elif value <= outer:
                        near[size, 0] = value
                        size += 1
                        if size == room:  # no more than k + 1 of them can matter
                            quickselect(near, moved, 0, size - 1, k, 0)
                            outer = min(outer, near[k, 0])
                            size = k + 1
                continue
            left = 2 * node + 1
            to_left, to_right = square_to_box(points, i, low, high, left), square_to_box(points, i, low, high, left + 1)
            if to_left <= to_right:  # the nearer one is opened first
                stack[top], gaps[top], stack[top + 1], gaps[top + 1] = left + 1, to_right, left, to_left
            else:
                stack[top], gaps[top], stack[top + 1], gaps[top + 1] = left, to_left, left + 1, to_right
            top += 2
        quickselect(near, moved, 0, size - 1, k - within, 0)  # the point itself is among them
        radius = np.sqrt(near[k - within, 0])
        out[i], before = radius, i


@kernel
def min_per_node(values: np.ndarray, tree: KDTree) -> np.ndarray:
    """Smallest value (nodes,) in each node, of values (N,) in tree order."""
    start, end = tree.start, tree.end
    inner, out = len(start) // 2, np.empty(len(start))
    for node in range(len(start) - 1, -1, -1):
        if node >= inner:
            out[node] = values[start[node] : end[node]].min()
        else:
            out[node] = min(out[2 * node + 1], out[2 * node + 2])
    return out


@kernel
def nearest_reachable(
    first: int, last: int, queries: np.ndarray, tree: KDTree, core: np.ndarray, node_core: np.ndarray,
    row: np.ndarray, reach: np.ndarray,
) -> None:  # fmt: skip
    """Row in the input, and value, of the point j with the least max(square distance, core_j) from queries[first:last]; ties to the lowest row.

    `core` (N,) and its smallest per node, `node_core`, are squares in tree order. -1 and infinity where no value is a number.
    """
    points, order, start, end, low, high = tree.points, tree.order, tree.start, tree.end, tree.low, tree.high
    inner, stack, gaps = len(start) // 2, np.empty(64, np.int64), np.empty(64)
    for q in range(first, last):
        best, best_j = np.inf, -1
        top, stack[0], gaps[0] = 1, 0, 0.0
        while top > 0:
            top -= 1
            node = stack[top]
            if gaps[top] > best:  # at equality there may be a lower row
                continue
            if node >= inner:
                for j in range(start[node], end[node]):
                    if core[j] > best:
                        continue
                    value = max(square_distance(queries, q, points, j), core[j])
                    if value < best or (value == best and best_j >= 0 and order[j] < order[best_j]):
                        best, best_j = value, j
                continue
            left = 2 * node + 1
            to_left = max(square_to_box(queries, q, low, high, left), node_core[left])
            to_right = max(square_to_box(queries, q, low, high, left + 1), node_core[left + 1])
            near, other, to_near, to_other = left, left + 1, to_left, to_right
            if to_right < to_left:
                near, other, to_near, to_other = left + 1, left, to_right, to_left
            if to_other <= best:
                stack[top], gaps[top] = other, to_other
                top += 1
            if to_near <= best:  # last, so that it is taken first
                stack[top], gaps[top] = near, to_near
                top += 1
        row[q], reach[q] = (order[best_j] if best_j >= 0 else -1), best
