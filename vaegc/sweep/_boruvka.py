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

import numpy as np
from numba import njit

from vaegc.sweep._dendrogram_cut import find
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import in_threads, spread, workers

MANY = 8192  # components above which their best edges are gathered by one thread
NOBODY = -2  # before the first round no component is the largest


@njit(cache=True, nogil=True)
def lowest_core(core: np.ndarray, start: np.ndarray, end: np.ndarray, first_leaf: int) -> np.ndarray:
    """Smallest core distance in each node."""
    out = np.empty(len(start))
    for node in range(len(start) - 1, -1, -1):
        if node >= first_leaf:
            out[node] = core[start[node] : end[node]].min()
        else:
            out[node] = min(out[2 * node + 1], out[2 * node + 2])
    return out


@njit(cache=True, nogil=True)
def _recall(
    first: int, last: int, comp: np.ndarray, largest: int, core: np.ndarray, square: np.ndarray, index: np.ndarray,
    head: np.ndarray, exact: np.ndarray, least: np.ndarray, to: np.ndarray, reach: np.ndarray,
) -> None:  # fmt: skip
    """What is known of each point's nearest foreign point before any search.

    `to`, `reach`: the nearest known one and its weight; `exact`: whether nothing nearer can exist; `least`: a lower bound.
    """
    k = index.shape[1]
    for i in range(first, last):
        c = comp[i]
        if c == largest:
            continue
        if to[i] >= 0 and comp[to[i]] != c:  # foreign points only become fewer, so it still is the nearest known one
            exact[i] = exact[i] or reach[i] <= least[i]
            continue
        while head[i] < k and comp[index[i, head[i]]] == c:
            head[i] += 1
        best, best_j = np.inf, -1
        for column in range(head[i], k):
            if square[i, column] >= best:
                break
            j = index[i, column]
            if comp[j] != c:
                weight = max(square[i, column], core[i], core[j])
                if weight < best:
                    best, best_j = weight, j
        to[i], reach[i] = best_j, best
        exact[i] = best <= least[i]  # outside the list everything is at least this far


@njit(cache=True, nogil=True)
def _offer(c: int, weight: float, i: int, j: int, bound: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    if weight < bound[c]:
        bound[c], one[c], other[c] = weight, i, j


@njit(cache=True, nogil=True)
def _bounds(
    first: int, last: int, points: np.ndarray, comp: np.ndarray, largest: int, to: np.ndarray, reach: np.ndarray,
    bound: np.ndarray, one: np.ndarray, other: np.ndarray,
) -> None:  # fmt: skip
    """Best known edge out of each component but the largest, of points[first:last] or of first..last; it counts at both ends."""
    for x in range(first, last):
        i = points[x] if len(points) else x
        if comp[i] != largest and to[i] >= 0:
            _offer(comp[i], reach[i], i, to[i], bound, one, other)
            if comp[to[i]] != largest:  # which is not searched, so that its best known edge need not be its best
                _offer(comp[to[i]], reach[i], i, to[i], bound, one, other)


@njit(cache=True, nogil=True)
def _best_of(
    parts: np.ndarray, ones: np.ndarray, others: np.ndarray, bound: np.ndarray, one: np.ndarray, other: np.ndarray
) -> None:
    for p in range(len(parts)):
        for c in range(len(bound)):
            _offer(c, parts[p, c], ones[p, c], others[p, c], bound, one, other)


@njit(cache=True, nogil=True)
def _join(
    bound: np.ndarray, one: np.ndarray, other: np.ndarray, comp: np.ndarray, size: np.ndarray,
    u: np.ndarray, v: np.ndarray, weight: np.ndarray, m: int,
) -> tuple[int, np.ndarray, np.ndarray]:  # fmt: skip
    """Add the edges of this round; returns their number so far, and the new number of each component and their new sizes."""
    n = len(bound)
    root = np.arange(n)
    for c in range(n):
        if one[c] >= 0:
            a, b = find(root, comp[one[c]]), find(root, comp[other[c]])
            if a != b:
                root[max(a, b)] = min(a, b)
                u[m], v[m], weight[m] = one[c], other[c], bound[c]
                m += 1
    new, sizes, count = np.empty(n, np.int32), np.zeros(n, np.int64), 0
    for c in range(n):
        r = find(root, c)
        if r == c:
            new[c] = count
            count += 1
        else:
            new[c] = new[r]  # r < c, so it has its number
        sizes[new[c]] += size[c]
    return m, new, sizes[:count]


@njit(cache=True, nogil=True)
def _rename(first: int, last: int, comp: np.ndarray, new: np.ndarray) -> None:
    for i in range(first, last):
        comp[i] = new[comp[i]]


def spanning_tree(
    tree: KDTree, core: np.ndarray, square: np.ndarray, index: np.ndarray, seek: Seek, watch: Callable[[int], None]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges u, v (N - 1,) in tree order and their squared weights, unsorted.

    Parameters
    ----------
    tree
        The points.
    core
        (N,) square core distances, in tree order.
    square, index
        (N, k) what `query` found; k at least min_samples.
    seek
        Searches the points that the lists leave unsure.
    watch
        Called with the number of edges found, now and then; it may raise.
    """
    n, m = len(core), 0
    s = State(tree, core, square[:, -1].copy())
    size, head = np.ones(n, np.int64), np.zeros(n, np.int32)
    u, v, weight = np.empty(n - 1, np.int64), np.empty(n - 1, np.int64), np.empty(n - 1)
    while m < n - 1:
        edges = _known_edges(s, len(size), square, index, head)
        s.bound = edges[0]
        seek(s, partial(_offer_all, s, edges), partial(watch, m))
        m, new, size = _join(*edges, s.comp, size, u, v, weight, m)
        spread(_rename, n, s.comp, new)
        s.largest = int(size.argmax())
        watch(m)
    return u, v, weight


def _offer_all(s: State, edges: tuple[np.ndarray, np.ndarray, np.ndarray], found: np.ndarray) -> None:
    _bounds(0, len(found), found, *s.edges, *edges)


def _known_edges(
    s: State, components: int, square: np.ndarray, index: np.ndarray, head: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best edge out of each component that is known without a search: its square weight, and its ends."""
    n = len(s.comp)
    everyone = np.empty(0, np.int64)
    known = (s.comp, s.largest, s.core, square, index, head, s.exact, s.least, s.to, s.reach)
    best = (np.full(components, np.inf), np.full(components, -1), np.full(components, -1))
    if components > MANY:
        spread(_recall, n, *known)
        _bounds(0, n, everyone, *s.edges, *best)
        return best
    block = -(-n // (2 * workers()))
    parts = range(0, n, block)
    each = [np.full((len(parts), components), fill) for fill in (np.inf, -1, -1)]

    def part(a: int) -> None:
        b, mine = min(a + block, n), tuple(array[a // block] for array in each)
        _recall(a, b, *known)
        _bounds(a, b, everyone, *s.edges, *mine)

    in_threads(part, parts, n > 10_000)
    _best_of(*each, *best)
    return best


class State:
    """What is known of every point between two searches, in tree order."""

    def __init__(self, tree: KDTree, core: np.ndarray, least: np.ndarray) -> None:
        n = len(core)
        self.tree, self.core = tree, core
        self.comp = np.arange(n, dtype=np.int32)  # component of each point
        self.largest = NOBODY  # the component that does not search
        self.bound = np.empty(n)  # of each component: weight of the best known edge out of it
        self.least = least  # lower bound on the weight to a foreign point that no list holds
        self.exact = np.zeros(n, np.bool_)  # whether `to` is the nearest foreign point
        self.to = np.full(n, -1, np.int32)
        self.reach = np.full(n, np.inf)  # weight of the edge to `to`
        self.lowest = lowest_core(core, tree.start, tree.end, tree.first_leaf)
        self.owner = np.full(len(tree.start), -1, np.int32)
        # Items to search, their keys and components, before they are grouped: made once, since new memory is slow.
        self.scratch = (np.empty(n, np.int32), np.empty(n, np.float64), np.empty(n, np.int32))

    @property
    def edges(self) -> tuple[np.ndarray, int, np.ndarray, np.ndarray]:
        """What `_bounds` reads; `largest` is that of the moment."""
        return self.comp, self.largest, self.to, self.reach


Seek = Callable[[State, Callable[[np.ndarray], None], Callable[[], None]], None]
