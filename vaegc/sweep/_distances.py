"""Square distances between points and boxes, sorted neighbour lists, and selection: what all searches share, compiled into each."""

from __future__ import annotations

import numpy as np

from vaegc.sweep.compilation import kernel


@kernel(inline="always")
def square_distance(a: np.ndarray, i: int, b: np.ndarray, j: int) -> float:
    """Return |a_i - b_j|^2. Every distance of the sweep is this sum, in this order.

    A second formula that differs in the last bit would let a border point and its parent disagree about the radius of their meeting.
    """
    if a.shape[1] == 2:
        x, y = a[i, 0] - b[j, 0], a[i, 1] - b[j, 1]
        return x * x + y * y
    total = 0.0
    for k in range(a.shape[1]):
        difference = a[i, k] - b[j, k]
        total += difference * difference
    return total


@kernel(inline="always")
def square_to_box(points: np.ndarray, i: int, low: np.ndarray, high: np.ndarray, node: int) -> float:
    """Square distance from a point to the box of a node; never above that to any point in it, last bit included."""
    total = 0.0
    for k in range(points.shape[1]):
        x = points[i, k]
        beyond = max(low[node, k] - x, x - high[node, k], 0.0)
        total += beyond * beyond
    return total


@kernel(inline="always")
def square_to_far_corner(points: np.ndarray, i: int, low: np.ndarray, high: np.ndarray, node: int) -> float:
    """Square distance from a point to the farthest corner of the box of a node."""
    total = 0.0
    for k in range(points.shape[1]):
        x = max(points[i, k] - low[node, k], high[node, k] - points[i, k])
        total += x * x
    return total


@kernel(inline="always")
def square_between_boxes(low_a: np.ndarray, high_a: np.ndarray, a: int, low_b: np.ndarray, high_b: np.ndarray, b: int) -> float:
    """Square distance between the boxes of two nodes, with the same guarantee."""
    total = 0.0
    for k in range(low_a.shape[1]):
        beyond = max(low_a[a, k] - high_b[b, k], low_b[b, k] - high_a[a, k], 0.0)
        total += beyond * beyond
    return total


@kernel(inline="always")
def insert_neighbor(square: np.ndarray, index: np.ndarray, value: float, j: int) -> float:
    """Put a neighbour in its place in one point's sorted list; the last one drops out, and the new last square is returned."""
    at = len(square) - 1
    while at > 0 and square[at - 1] > value:
        square[at], index[at] = square[at - 1], index[at - 1]
        at -= 1
    square[at], index[at] = value, j
    return square[len(square) - 1]


@kernel
def quickselect(points: np.ndarray, order: np.ndarray, first: int, last: int, middle: int, axis: int) -> None:
    """Put the `middle`-th of first..last by one coordinate in its place, smaller ones before it (Hoare 1961); `order` moves along."""
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
