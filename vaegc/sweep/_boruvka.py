"""Minimum spanning tree of mutual reachability by Borůvka's algorithm on a k-d tree.

Each round every component takes its shortest edge to another one. All weights are squared distances until the end: the root is
monotone, so nothing changes, and it is taken once. What makes the rounds cheap:

- a point's nearest foreign point stays its nearest until the point's own component swallows it, so most answers are kept;
- what the neighbour lists already know is not searched again, and a component's best edge so far bounds every search;
- the largest component does not search at all: the others reach it.

Equal weights: of the edges that the components take, those that would close a cycle are left out, and the rest is part of a minimum
spanning tree, however ties were broken. After March, Ram and Gray (2010).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from vaegc.sweep._dendrogram_cut import find
from vaegc.sweep._kdtree_queries import min_per_node
from vaegc.sweep.compilation import kernel
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import in_threads, spread, workers

PARALLEL_MERGE_LIMIT = 8192  # components above which their best edges are gathered by one thread
NO_COMPONENT = -2  # before the first round no component is the largest


class NeighborLists(NamedTuple):
    """The k nearest points of each point, itself included, in tree order."""

    squares: np.ndarray  # (N, k) float64, square distances, ascending
    indices: np.ndarray  # (N, k) int32


class BoruvkaState(NamedTuple):
    """What is known of every point and node between two searches, in tree order; kernels change the arrays in place."""

    core: np.ndarray  # (N,) float64, square core distance
    component: np.ndarray  # (N,) int32, component of each point
    candidate: np.ndarray  # (N,) int32, nearest foreign point that is known; -1 for none
    candidate_distance: np.ndarray  # (N,) float64, weight of the edge to it
    lower_bound: np.ndarray  # (N,) float64, on the weight to any foreign point that the neighbour list does not hold
    exact: np.ndarray  # (N,) bool, whether no foreign point can be nearer than the candidate
    first_foreign: np.ndarray  # (N,) int32, column of the neighbour list before which all are of the point's own component
    node_component: np.ndarray  # (nodes,) int32, the component that holds all points of a node; -1 where there are several
    node_core: np.ndarray  # (nodes,) float64, smallest square core distance in a node


class BestEdges(NamedTuple):
    """Best known edge out of each of C components."""

    weight: np.ndarray  # (C,) float64, infinite where none is known
    u: np.ndarray  # (C,) int64, one end; -1 where none is known
    v: np.ndarray  # (C,) int64, the other


class Edges(NamedTuple):
    """Edges of the tree, as they are found."""

    u: np.ndarray  # (N - 1,) int64
    v: np.ndarray  # (N - 1,) int64
    weight: np.ndarray  # (N - 1,) float64


class Forest:
    """Components of one round, and what is known of the edges between them."""

    def __init__(self, tree: KDTree, core: np.ndarray, lower_bound: np.ndarray) -> None:
        n = len(core)
        self.tree = tree
        self.state = BoruvkaState(
            core, np.arange(n, dtype=np.int32), np.full(n, -1, np.int32), np.full(n, np.inf), lower_bound, np.zeros(n, np.bool_),
            np.zeros(n, np.int32), np.full(len(tree.start), -1, np.int32), min_per_node(core, tree),
        )  # fmt: skip
        self.sizes = np.ones(n, np.int64)  # points in each component
        self.largest = NO_COMPONENT  # the component that does not search
        self.best = no_edges(0)
        # Items to search, their keys and components, before they are grouped: made once, since new memory is slow.
        self.scratch = (np.empty(n, np.int32), np.empty(n, np.float64), np.empty(n, np.int32))


Propose = Callable[[np.ndarray], None]  # takes points whose candidate may be the best edge of their component
SearchComponents = Callable[[Forest, Propose, Callable[[], None]], None]


def no_edges(components: int) -> BestEdges:
    """Return best edges of components of which none is known."""
    return BestEdges(np.full(components, np.inf), np.full(components, -1), np.full(components, -1))


@kernel
def refresh_candidates(first: int, last: int, largest: int, lists: NeighborLists, state: BoruvkaState) -> None:
    """What is known of the nearest foreign point of the points first..last before any search: their candidates."""
    square, index, core, component = lists.squares, lists.indices, state.core, state.component
    candidate, distance, lower_bound, exact = state.candidate, state.candidate_distance, state.lower_bound, state.exact
    head, k = state.first_foreign, index.shape[1]
    for i in range(first, last):
        c = component[i]
        if c == largest:
            continue
        if (
            candidate[i] >= 0 and component[candidate[i]] != c
        ):  # foreign points only become fewer: it still is the nearest known one
            exact[i] = exact[i] or distance[i] <= lower_bound[i]
            continue
        while head[i] < k and component[index[i, head[i]]] == c:
            head[i] += 1
        best, best_j = np.inf, -1
        for column in range(head[i], k):
            if square[i, column] >= best:
                break
            j = index[i, column]
            if component[j] != c:
                weight = max(square[i, column], core[i], core[j])
                if weight < best:
                    best, best_j = weight, j
        candidate[i], distance[i] = best_j, best
        exact[i] = best <= lower_bound[i]  # outside the list everything is at least this far


@kernel
def propose_edge(c: int, weight: float, u: int, v: int, best: BestEdges) -> None:
    """Make an edge the best one out of component c if it is shorter."""
    if weight < best.weight[c]:
        best.weight[c], best.u[c], best.v[c] = weight, u, v


@kernel
def _propose_candidates(first: int, last: int, points: np.ndarray, largest: int, state: BoruvkaState, best: BestEdges) -> None:
    """Propose the candidates of points[first:last], or of first..last, to the components at both ends, but not to the largest."""
    component, candidate, distance = state.component, state.candidate, state.candidate_distance
    for x in range(first, last):
        i = points[x] if len(points) else x
        if component[i] != largest and candidate[i] >= 0:
            propose_edge(component[i], distance[i], i, candidate[i], best)
            if component[candidate[i]] != largest:  # which is not searched, so that its best known edge need not be its best
                propose_edge(component[candidate[i]], distance[i], i, candidate[i], best)


@kernel
def _merge_best(weight: np.ndarray, u: np.ndarray, v: np.ndarray, best: BestEdges) -> None:
    """Best edges of several parts of the points (parts, C) into one."""
    for part in range(len(weight)):
        for c in range(len(best.weight)):
            propose_edge(c, weight[part, c], u[part, c], v[part, c], best)


@kernel
def _join(best: BestEdges, component: np.ndarray, sizes: np.ndarray, edges: Edges, m: int) -> tuple[int, np.ndarray, np.ndarray]:
    """Add the edges of this round; returns their number so far, and the new number of each component and their new sizes."""
    n = len(best.weight)
    root = np.arange(n)
    for c in range(n):
        if best.u[c] >= 0:
            a, b = find(root, component[best.u[c]]), find(root, component[best.v[c]])
            if a != b:
                root[max(a, b)] = min(a, b)
                edges.u[m], edges.v[m], edges.weight[m] = best.u[c], best.v[c], best.weight[c]
                m += 1
    new, new_sizes, count = np.empty(n, np.int32), np.zeros(n, np.int64), 0
    for c in range(n):
        r = find(root, c)
        if r == c:
            new[c] = count
            count += 1
        else:
            new[c] = new[r]  # r < c, so it has its number
        new_sizes[new[c]] += sizes[c]
    return m, new, new_sizes[:count]


@kernel
def _relabel(first: int, last: int, component: np.ndarray, new: np.ndarray) -> None:
    for i in range(first, last):
        component[i] = new[component[i]]


def spanning_tree(
    tree: KDTree, core: np.ndarray, lists: NeighborLists, search_components: SearchComponents, watch: Callable[[int], None]
) -> Edges:
    """Edges in tree order with squared weights, unsorted.

    Parameters
    ----------
    tree
        The points.
    core
        (N,) square core distances, in tree order.
    lists
        Neighbours of each point, at least min_samples.
    search_components
        Searches the points that the lists leave pending, from the `Forest`.
    watch
        Called with the number of edges found, now and then; it may raise.
    """
    n, m = len(core), 0
    forest = Forest(tree, core, lists.squares[:, -1].copy())
    edges = Edges(np.empty(n - 1, np.int64), np.empty(n - 1, np.int64), np.empty(n - 1))
    while m < n - 1:
        forest.best = _candidate_edges(forest, lists)
        search_components(forest, partial(_propose_all, forest), partial(watch, m))
        m, new, forest.sizes = _join(forest.best, forest.state.component, forest.sizes, edges, m)
        spread(_relabel, n, forest.state.component, new)
        forest.largest = int(forest.sizes.argmax())
        watch(m)
    return edges


def _propose_all(forest: Forest, points: np.ndarray) -> None:
    _propose_candidates(0, len(points), points, forest.largest, forest.state, forest.best)


def _candidate_edges(forest: Forest, lists: NeighborLists) -> BestEdges:
    """Best edge out of each component that is known without a search."""
    n, components, largest, state = len(forest.state.core), len(forest.sizes), forest.largest, forest.state
    everyone, best = np.empty(0, np.int64), no_edges(components)
    if components > PARALLEL_MERGE_LIMIT:
        spread(refresh_candidates, n, largest, lists, state)
        _propose_candidates(0, n, everyone, largest, state, best)
        return best
    block = -(-n // (2 * workers()))
    parts = range(0, n, block)
    weight, u, v = (np.full((len(parts), components), fill) for fill in (np.inf, -1, -1))

    def part(first: int) -> None:
        last, row = min(first + block, n), first // block
        refresh_candidates(first, last, largest, lists, state)
        _propose_candidates(first, last, everyone, largest, state, BestEdges(weight[row], u[row], v[row]))

    in_threads(part, parts, n > 10_000)
    _merge_best(weight, u, v, best)
    return best
