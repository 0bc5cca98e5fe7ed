"""Core and border distances and the minimum spanning tree of mutual reachability, exact in float64.

The three arrays from which DBSCAN at every radius follows (methods section 7). Low dimensions go through a k-d tree, high ones
through blocked matrix products; both give the same distances, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.sweep import _blocked, _boruvka, kdtree
from vaegc.sweep import _boruvka_search as _seek
from vaegc.sweep.threads import spread

EDGE = np.dtype([("u", np.int32), ("v", np.int32), ("weight", np.float64)])
CLAIM = np.dtype([("point", np.int32), ("rival", np.int32), ("reach", np.float64)])
LEAST, MOST = 2.0**-400, 2.0**500  # of the largest coordinate: within, its square neither overflows nor is rounded to 0
LOW = 8  # dimensions up to which a k-d tree always pays
SPARE = 2  # neighbours kept beyond min_samples: they cost little and save searches for the tree


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The first `min_samples` points around each point, itself included, and what follows; all in tree order, distances squared."""

    tree: kdtree.KDTree
    exponent: int  # the caller's distances are these times 2^exponent
    dense: bool  # whether distances come from matrix products
    min_samples: int
    square: np.ndarray  # (N, k) float64 and
    index: np.ndarray  # (N, k) int32, of k >= min_samples neighbours
    core: np.ndarray  # (N,) float64, the min_samples-th
    border: np.ndarray  # (N,) float64
    parent: np.ndarray  # (N,) int64, the point whose cluster a border point joins; itself where it is never a border

    def scattered(self, values: np.ndarray) -> np.ndarray:
        """Bring values of the points back into the caller's order."""
        out = np.empty_like(values)
        out[self.tree.order] = values
        return out

    def distances(self, squares: np.ndarray) -> np.ndarray:
        """Turn squares into the caller's distances."""
        roots: np.ndarray = np.sqrt(squares)
        if self.exponent == 0:
            return roots
        with np.errstate(over="ignore"):  # checked where the tree is made
            return np.ldexp(roots, self.exponent)


@njit(cache=True, nogil=True)
def _border(
    first: int, last: int, square: np.ndarray, index: np.ndarray, min_samples: int, core: np.ndarray, order: np.ndarray,
    border: np.ndarray, parent: np.ndarray,
) -> None:  # fmt: skip
    for i in range(first, last):
        own, best, best_p = core[i], core[i], i
        near, which = square[i], index[i]
        for column in range(min_samples):
            p = which[column]
            reach = max(near[column], core[p])
            if reach < best or (reach == best and reach < own and order[p] < order[best_p]):
                best, best_p = reach, p
        border[i], parent[i] = best, best_p


def scaled(points: np.ndarray) -> tuple[np.ndarray, int]:
    """Points times a power of two that keeps the squares of the largest coordinates in range, and the exponent that undoes it.

    Distances below about 1e-150 of the largest coordinate are lost all the same: float64 has no squares for both.
    """
    largest = np.abs(points).max()
    if largest == 0 or LEAST <= largest <= MOST:
        return points, 0
    exponent = int(np.frexp(largest)[1])
    return np.ldexp(points, -exponent), exponent


def products_pay(looked_at: float, d: int) -> bool:
    """Whether matrix products over all pairs cost less than a k-d tree whose search looks at this share of them.

    Nanoseconds per pair, measured with 10 to 784 dimensions. The share is a count, so that the choice never varies.
    """
    return looked_at * (3 + 0.8 * d) > 5 + 0.04 * d


def neighbours(points: np.ndarray, min_samples: int, callback: Callback | None = None) -> Neighbours:
    """Neighbours of (N, d) float64 points, N >= min_samples; raises `Stopped` when the callback asks to stop."""
    small, exponent = scaled(points)
    tree = kdtree.build(small)
    dense = points.shape[1] > LOW and products_pay(kdtree.looked_at(tree, min_samples), points.shape[1])
    n = len(points)

    def watch(done: int) -> None:
        if stop_asked(callback, Progress("neighbours", done, n, "Finding the neighbours")):
            raise Stopped(f"Stopped while finding the neighbours of {n:,} points.")

    k = min(max(min_samples + SPARE, _blocked.SPARE if dense else 0), n)
    square, index = (_blocked if dense else kdtree).query(tree, k, watch)
    core = np.ascontiguousarray(square[:, min_samples - 1])
    border, parent = np.empty(n), np.empty(n, np.int64)
    spread(_border, n, square, index, min_samples, core, tree.order, border, parent)
    return Neighbours(tree, exponent, dense, min_samples, square, index, core, border, parent)


def spanning_tree(near: Neighbours, callback: Callback | None = None) -> np.ndarray:
    """Minimum spanning tree as (N - 1,) `EDGE` in the caller's numbering, sorted by weight, then by u and v."""
    n = len(near.square)

    def watch(done: int) -> None:
        if stop_asked(callback, Progress("tree", done + 1, n, "Building the tree")):
            raise Stopped(f"Stopped while building the tree of {n:,} points.")

    seek = _blocked.seeker(near.tree) if near.dense else _seek.seek
    u, v, weight = _boruvka.spanning_tree(near.tree, near.core, near.square, near.index, seek, watch)
    a, b = near.tree.order[u], near.tree.order[v]
    edges = np.empty(n - 1, EDGE)
    edges["u"], edges["v"], edges["weight"] = np.minimum(a, b), np.maximum(a, b), near.distances(weight)
    if not np.isfinite(edges["weight"]).all():
        raise BadInput("The points lie too far apart for distances to be numbers; divide them by a large constant.")
    return _sorted(edges)


def _sorted(edges: np.ndarray) -> np.ndarray:
    order = np.argsort(edges["weight"])
    weight, pair = edges["weight"][order], (edges["u"].astype(np.int64) << 32 | edges["v"])[order]
    _sort_ties(weight, pair, order)
    return edges[order]


@njit(cache=True, nogil=True)
def _sort_ties(weight: np.ndarray, pair: np.ndarray, order: np.ndarray) -> None:
    first = 0
    for last in range(1, len(weight) + 1):
        if last == len(weight) or weight[last] != weight[first]:
            if last - first > 1:
                order[first:last] = order[first:last][np.argsort(pair[first:last])]
            first = last


def claims(near: Neighbours) -> np.ndarray:
    """Every core point other than the parent that reaches a border point before that is a core point itself, ascending by reach."""
    core, order, k = near.core, near.tree.order, near.min_samples
    square, index = near.square[:, :k], near.index[:, :k]
    reach = np.maximum(square, core[index])
    i, column = np.nonzero((reach < core[:, None]) & (index != near.parent[:, None]))
    found = np.empty(len(i), CLAIM)
    found["point"], found["rival"], found["reach"] = order[i], order[index[i, column]], near.distances(reach[i, column])
    return found[np.lexsort((found["rival"], found["point"], found["reach"]))]
