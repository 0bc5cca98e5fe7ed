"""Core and border distances and the minimum spanning tree of mutual reachability, exact in float64.

The three arrays from which DBSCAN at every radius follows (methods section 7). Compiled with numba.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from sklearn.neighbors import KDTree

EDGE = np.dtype([("u", np.int32), ("v", np.int32), ("weight", np.float64)])
BLOCK = 512  # vertices added to the tree between two looks at the callback


@njit(cache=True, inline="always")
def _distance(points: np.ndarray, i: int, j: int) -> float:
    # One formula for every distance: a second one that differs in the last bit would let a border point
    # and its parent disagree about the radius at which they meet.
    total = 0.0
    for k in range(points.shape[1]):
        difference = points[i, k] - points[j, k]
        total += difference * difference
    return np.sqrt(total)


@njit(cache=True)
def _neighbour_distances(points: np.ndarray, index: np.ndarray) -> np.ndarray:
    distances = np.empty(index.shape, np.float64)
    for i in range(index.shape[0]):
        for column in range(index.shape[1]):
            distances[i, column] = _distance(points, i, index[i, column])
    return distances


@njit(cache=True)
def _core_and_border(distances: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = distances.shape[0]
    core = np.empty(n, np.float64)
    for i in range(n):
        core[i] = distances[i].max()
    border, parent = core.copy(), np.arange(n).astype(np.int32)
    for i in range(n):
        for column in range(distances.shape[1]):
            p = index[i, column]
            reach = max(distances[i, column], core[p])
            if reach < border[i] or (reach == border[i] and reach < core[i] and p < parent[i]):
                border[i], parent[i] = reach, p
    return core, border, parent


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The first `min_samples` points around each point, itself included, and what follows from them."""

    index: np.ndarray  # (N, min_samples) int32; (N, 0) where N < min_samples
    distance: np.ndarray  # (N, min_samples) float64
    core: np.ndarray  # (N,) float64, infinite where N < min_samples
    border: np.ndarray  # (N,) float64, likewise
    parent: np.ndarray  # (N,) int32, the point whose cluster a border point joins; itself where it is never a border


def neighbours(points: np.ndarray, min_samples: int) -> Neighbours:
    """Neighbours, core and border distances of (N, d) float64 points."""
    n = len(points)
    if n < min_samples:
        never, nobody = np.full(n, np.inf), np.empty((n, 0))
        return Neighbours(nobody.astype(np.int32), nobody, never, never.copy(), np.arange(n, dtype=np.int32))
    # Not scipy's cKDTree: where PyTorch flushes denormals, it recurses for ever on data with many exact zeros.
    found = KDTree(points).query(points, k=min_samples, return_distance=False)
    index = np.ascontiguousarray(found, dtype=np.int32)
    distance = _neighbour_distances(points, index)
    return Neighbours(index, distance, *_core_and_border(distance, index))


@njit(cache=True)
def _grow(
    points: np.ndarray, core: np.ndarray, nearest: np.ndarray, reach: np.ndarray, rest: np.ndarray,
    last: int, first: int, stop: int, u: np.ndarray, v: np.ndarray, weight: np.ndarray,
) -> int:  # fmt: skip
    """Add vertices `first`..`stop` to Prim's tree; `rest` holds the vertices outside, packed to the front."""
    n = len(core)
    for step in range(first, stop):
        left = n - step
        best, best_at = np.inf, 0
        for at in range(left):
            i = rest[at]
            d = max(_distance(points, last, i), core[last], core[i])
            if d < reach[i]:
                reach[i], nearest[i] = d, last
            if reach[i] < best or (reach[i] == best and i < rest[best_at]):
                best, best_at = reach[i], at
        last = rest[best_at]
        u[step - 1], v[step - 1], weight[step - 1] = nearest[last], last, reach[last]
        rest[best_at] = rest[left - 1]
    return last


def spanning_tree(points: np.ndarray, core: np.ndarray, watch) -> np.ndarray | None:  # type: ignore[no-untyped-def]
    """Minimum spanning tree of mutual reachability by Prim's algorithm: O(N^2 d) time, O(N) memory.

    Parameters
    ----------
    points
        (N, d) float64.
    core
        (N,) core distances.
    watch
        Called with the number of vertices reached; True stops, and the answer is None.

    Returns
    -------
    (N - 1,) structured array u, v, weight, sorted by weight, then by u and v.
    """
    n = len(points)
    edges = np.empty(max(n - 1, 0), EDGE)
    u, v, weight = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n)
    nearest, reach = np.zeros(n, np.int32), np.full(n, np.inf)
    rest, last = np.arange(1, n, dtype=np.int32), 0
    for first in range(1, n, BLOCK):
        stop = min(first + BLOCK, n)
        last = _grow(points, core, nearest, reach, rest, last, first, stop, u, v, weight)
        if watch(stop):
            return None
    low, high = np.minimum(u, v)[: n - 1], np.maximum(u, v)[: n - 1]
    order = np.lexsort((high, low, weight[: n - 1]))
    edges["u"], edges["v"], edges["weight"] = low[order], high[order], weight[: n - 1][order]
    return edges
