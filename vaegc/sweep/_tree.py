"""Core and border distances and the minimum spanning tree of mutual reachability, exact in float64.

The three arrays from which DBSCAN at every radius follows. Low dimensions go through a k-d tree, high ones
through blocked matrix products; both give the same distances, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.sweep import _blocked, _boruvka, _dendrogram_cut, kdtree
from vaegc.sweep._boruvka import NeighborLists
from vaegc.sweep._boruvka_search import search_components
from vaegc.sweep._dendrogram_cut import Dendrogram
from vaegc.sweep._predict import CoreIndex
from vaegc.sweep.compilation import kernel
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import spread

EDGE = np.dtype([("u", np.int32), ("v", np.int32), ("weight", np.float64)])
CLAIM = np.dtype([("point", np.int32), ("rival", np.int32), ("reach", np.float64)])
MIN_COORDINATE, MAX_COORDINATE = 2.0**-400, 2.0**500  # the largest within: its square neither overflows nor is rounded to 0
TREE_ALWAYS_DIMS = 8  # up to which a k-d tree always pays
EXTRA_NEIGHBORS = 2  # kept beyond min_samples: they cost little and save searches for the tree


@dataclass(frozen=True, slots=True)
class Neighbors:
    """Core and border distances of N points, and their neighbour lists; all in tree order, distances squared."""

    tree: KDTree
    exponent: int  # the caller's distances are these times 2^exponent
    brute_force: bool  # whether distances come from matrix products over all pairs
    min_samples: int  # points that make a core point, itself included
    lists: NeighborLists  # of k >= min_samples neighbours
    core: np.ndarray  # (N,) float64, the min_samples-th
    border: np.ndarray  # (N,) float64
    parent: np.ndarray  # (N,) int64, the point whose cluster a border point joins; itself where it is never a border

    def to_input_order(self, values: np.ndarray) -> np.ndarray:
        """Bring values (N,) of the points back into the caller's order."""
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

    @property
    def core_index(self) -> CoreIndex:
        """What new points are looked up in."""
        return CoreIndex(self.tree, self.core, self.exponent)


@kernel
def _border(
    first: int, last: int, lists: NeighborLists, min_samples: int, core: np.ndarray, order: np.ndarray,
    border: np.ndarray, parent: np.ndarray,
) -> None:  # fmt: skip
    """Border distance and parent of the points first..last; of several parents the lowest row, except where it is the point itself."""
    square, index = lists.squares, lists.indices
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
    if largest == 0 or MIN_COORDINATE <= largest <= MAX_COORDINATE:
        return points, 0
    exponent = int(np.frexp(largest)[1])
    return np.ldexp(points, -exponent), exponent


def prefer_brute_force(compared_share: float, d: int) -> bool:
    """Whether matrix products over all pairs cost less than a k-d tree whose search compares this share of them.

    Nanoseconds per pair, measured with 10 to 784 dimensions. The share is a count, so that the choice never varies.
    """
    return compared_share * (3 + 0.8 * d) > 5 + 0.04 * d


def find_neighbors(points: np.ndarray, min_samples: int, callback: Callback | None = None) -> Neighbors:
    """Neighbours of (N, d) float64 points, N >= min_samples; raises `Stopped` when the callback asks to stop."""
    n, d = points.shape
    small, exponent = scaled(points)
    tree = kdtree.build(small)
    brute_force = d > TREE_ALWAYS_DIMS and prefer_brute_force(tree.compared_share(min_samples), d)

    def watch(done: int) -> None:
        if stop_asked(callback, Progress("neighbours", done, n, "Finding the neighbours")):
            raise Stopped(f"Stopped while finding the neighbours of {n:,} points.")

    k = min(max(min_samples + EXTRA_NEIGHBORS, _blocked.MIN_NEIGHBORS if brute_force else 0), n)
    lists = NeighborLists(*(_blocked.query(tree, k, watch) if brute_force else tree.query(tree, k, watch)))
    core = np.ascontiguousarray(lists.squares[:, min_samples - 1])
    border, parent = np.empty(n), np.empty(n, np.int64)
    spread(_border, n, lists, min_samples, core, tree.order, border, parent)
    return Neighbors(tree, exponent, brute_force, min_samples, lists, core, border, parent)


def spanning_tree(neighbors: Neighbors, callback: Callback | None = None) -> np.ndarray:
    """Minimum spanning tree as (N - 1,) `EDGE` in the caller's numbering, sorted by weight, then by u and v."""
    n = len(neighbors.core)

    def watch(done: int) -> None:
        if stop_asked(callback, Progress("tree", done + 1, n, "Building the tree")):
            raise Stopped(f"Stopped while building the tree of {n:,} points.")

    search = _blocked.component_search(neighbors.tree) if neighbors.brute_force else search_components
    u, v, weight = _boruvka.spanning_tree(neighbors.tree, neighbors.core, neighbors.lists, search, watch)
    a, b = neighbors.tree.order[u], neighbors.tree.order[v]
    edges = np.empty(n - 1, EDGE)
    edges["u"], edges["v"], edges["weight"] = np.minimum(a, b), np.maximum(a, b), neighbors.distances(weight)
    if not np.isfinite(edges["weight"]).all():
        raise BadInput("The points lie too far apart for distances to be numbers; divide them by a large constant.")
    return _sorted(edges)


def _sorted(edges: np.ndarray) -> np.ndarray:
    order = np.argsort(edges["weight"])
    weight, pair = edges["weight"][order], (edges["u"].astype(np.int64) << 32 | edges["v"])[order]
    _sort_ties(weight, pair, order)
    return edges[order]


@kernel
def _sort_ties(weight: np.ndarray, pair: np.ndarray, order: np.ndarray) -> None:
    first = 0
    for last in range(1, len(weight) + 1):
        if last == len(weight) or weight[last] != weight[first]:
            if last - first > 1:
                order[first:last] = order[first:last][np.argsort(pair[first:last])]
            first = last


def fit_arrays(
    points: np.ndarray, min_samples: int, callback: Callback | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, CoreIndex | None]:
    """What `EpsilonSweep.fit` keeps: core and border distances, parents, tree, and the index of core points, None where none can be."""
    n = len(points)
    if n < min_samples:  # no core point at any radius
        tree = np.empty(n - 1, EDGE)
        tree["u"], tree["v"], tree["weight"] = np.arange(n - 1), np.arange(1, n), np.inf
        return np.full(n, np.inf), np.full(n, np.inf), np.arange(n, dtype=np.int32), tree, None
    neighbors = find_neighbors(points, min_samples, callback)
    tree = spanning_tree(neighbors, callback)
    core, border = (neighbors.to_input_order(neighbors.distances(squares)) for squares in (neighbors.core, neighbors.border))
    parent = neighbors.to_input_order(neighbors.tree.order[neighbors.parent].astype(np.int32))
    return core, border, parent, tree, neighbors.core_index


def contested_borders(neighbors: Neighbors, dendrogram: Dendrogram) -> np.ndarray:
    """Claims (C,) `CLAIM` on border points by core points of another cluster than the parent's, ascending by reach, in the caller's numbering.

    A claim is that of a core point, other than the parent, which reaches a border point before that is a core point itself.
    """
    core, order, k = neighbors.core, neighbors.tree.order, neighbors.min_samples
    square, index = neighbors.lists.squares[:, :k], neighbors.lists.indices[:, :k]
    reach = np.maximum(square, core[index])
    i, column = np.nonzero((reach < core[:, None]) & (index != neighbors.parent[:, None]))
    claims = np.empty(len(i), CLAIM)
    claims["point"], claims["rival"], claims["reach"] = order[i], order[index[i, column]], neighbors.distances(reach[i, column])
    claims = claims[np.lexsort((claims["rival"], claims["point"], claims["reach"]))]
    contested: np.ndarray = claims[_dendrogram_cut.is_contested(dendrogram, claims["point"], claims["rival"], claims["reach"])]
    return contested
