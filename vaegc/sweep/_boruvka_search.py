"""Searches for nearest foreign points with the k-d tree: what the neighbour lists leave open, in the order of promise."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numba import njit

from vaegc.sweep._boruvka import State
from vaegc.sweep.kdtree import square_between_boxes, square_distance, square_to_box
from vaegc.sweep.threads import spread

WAVE = 64  # searches of a component before all look at the bounds again; each wave is eight times as long
RUN = 32  # searches that share what they find at once


@njit(cache=True, nogil=True)
def _owners(comp: np.ndarray, start: np.ndarray, end: np.ndarray, first_leaf: int, owner: np.ndarray) -> None:
    """Component that owns all points of each node, or -1."""
    for node in range(len(start) - 1, -1, -1):
        if owner[node] >= 0 or node >= first_leaf:
            c = comp[start[node]]
            if owner[node] < 0:
                for t in range(start[node] + 1, end[node]):
                    if comp[t] != c:
                        c = -1
                        break
            owner[node] = c
        else:
            c = owner[2 * node + 1]
            owner[node] = c if c == owner[2 * node + 2] else -1


@njit(cache=True, nogil=True)
def _unsure(
    comp: np.ndarray, largest: int, exact: np.ndarray, least: np.ndarray, bound: np.ndarray, owner: np.ndarray,
    start: np.ndarray, end: np.ndarray, first_leaf: int, items: np.ndarray, keys: np.ndarray, whose: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """What must be searched, grouped by component: points i as i, the largest nodes with one owner, whole, as -1 - node.

    A point is unsure where its nearest foreign point could be nearer than the bound of its component. In each component
    the points of mixed leaves come first, dense ones ahead, then its nodes, small ones ahead, which lie nearest to foreign points.

    Returns
    -------
    items : (n,) what to search
    keys : (n,) by which those of a component are to be ordered
    group : (groups + 1,) first item of each component that has some, then n
    """
    size = 0
    for leaf in range(first_leaf, len(start)):
        c = owner[leaf]
        if c == largest:
            continue
        for i in range(start[leaf], end[leaf]):
            if comp[i] != largest and not exact[i] and least[i] < bound[comp[i]]:
                if c < 0:
                    items[size], keys[size], whose[size] = i, -1 / (1 + least[i]), comp[i]
                    size += 1
                    continue
                height, node = 1, leaf
                while node > 0 and owner[(node - 1) // 2] >= 0:
                    node = (node - 1) // 2
                    height += 1
                if size == 0 or items[size - 1] != -1 - node:  # its leaves follow each other
                    items[size], keys[size], whose[size] = -1 - node, height, c
                    size += 1
                break
    count = np.zeros(len(bound), np.int64)
    for x in range(size):
        count[whose[x]] += 1
    group, groups, at = np.empty(size + 1, np.int64), 0, 0
    for x in range(size):  # components in order of their first item
        c = whose[x]
        if count[c] > 0:
            group[groups] = at
            groups += 1
            count[c], at = -1 - at, at + count[c]
    group[groups] = at
    out, out_keys = np.empty(size, np.int64), np.empty(size)
    for x in range(size):
        c = whose[x]
        place = -1 - count[c]
        out[place], out_keys[place] = items[x], keys[x]
        count[c] -= 1
    return out, out_keys, group[: groups + 1]


@njit(cache=True, nogil=True)
def _order(first: int, last: int, items: np.ndarray, keys: np.ndarray, group: np.ndarray) -> None:
    """Sort the items of the groups first..last by their keys."""
    for g in range(first, last):
        s, e = group[g], group[g + 1]
        if e - s > 32:
            order = np.argsort(keys[s:e], kind="mergesort")
            items[s:e] = items[s:e][order]
            continue
        for x in range(s + 1, e):
            key, item, y = keys[x], items[x], x
            while y > s and keys[y - 1] > key:
                keys[y], items[y] = keys[y - 1], items[y - 1]
                y -= 1
            keys[y], items[y] = key, item


@njit(cache=True, nogil=True)
def _from_point(
    i: int, c: int, best: float, stack: np.ndarray, away: np.ndarray, points: np.ndarray, core: np.ndarray, comp: np.ndarray,
    owner: np.ndarray, lowest: np.ndarray, start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray, first_leaf: int,
) -> tuple[float, int]:  # fmt: skip
    """Weight of the shortest edge from i out of component c, and its end; `best` and -1 where none is shorter than `best`."""
    own, found = core[i], -1
    top, stack[0, 0], away[0] = 1, 0, 0.0
    while top > 0:
        top -= 1
        node = stack[top, 0]
        if away[top] >= best:
            continue
        if node >= first_leaf:
            for j in range(start[node], end[node]):
                if comp[j] != c and core[j] < best:
                    weight = max(square_distance(points, i, j), core[j], own)
                    if weight < best:
                        best, found = weight, j
            if best <= own:
                break
            continue
        left = 2 * node + 1
        to_left, to_right = np.inf, np.inf
        if owner[left] != c:
            to_left = max(square_to_box(points, i, low, high, left), lowest[left], own)
        if owner[left + 1] != c:
            to_right = max(square_to_box(points, i, low, high, left + 1), lowest[left + 1], own)
        near, far, to_near, to_far = left, left + 1, to_left, to_right
        if to_right < to_left:
            near, far, to_near, to_far = left + 1, left, to_right, to_left
        if to_far < best:
            stack[top, 0], away[top] = far, to_far
            top += 1
        if to_near < best:
            stack[top, 0], away[top] = near, to_near
            top += 1
    return best, found


@njit(cache=True, nogil=True)
def _from_node(
    whole: int, c: int, best: float, stack: np.ndarray, away: np.ndarray, points: np.ndarray, core: np.ndarray, comp: np.ndarray,
    owner: np.ndarray, lowest: np.ndarray, start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray, first_leaf: int,
    exact: np.ndarray, least: np.ndarray,
) -> tuple[float, int, int]:  # fmt: skip
    """Weight of the shortest edge out of component c from the unsure points of a node that c owns, and its two ends.

    Pairs of nodes are looked at, the larger one is split: most of what is far from every border goes with one look.
    """
    one, other = -1, -1
    top, stack[0, 0], stack[0, 1], away[0] = 1, whole, 0, 0.0
    while top > 0:
        top -= 1
        a, b = stack[top, 0], stack[top, 1]
        if away[top] >= best:
            continue
        if a >= first_leaf and b >= first_leaf:
            for i in range(start[a], end[a]):
                if exact[i] or least[i] >= best or core[i] >= best or square_to_box(points, i, low, high, b) >= best:
                    continue
                for j in range(start[b], end[b]):
                    if comp[j] != c and core[j] < best:
                        weight = max(square_distance(points, i, j), core[j], core[i])
                        if weight < best:
                            best, one, other = weight, i, j
            continue
        split_b = a >= first_leaf or (b < first_leaf and end[b] - start[b] >= end[a] - start[a])
        left = 2 * (b if split_b else a) + 1
        near, far, to_near, to_far = -1, -1, np.inf, np.inf
        for child in range(left, left + 2):
            if split_b and owner[child] == c:
                continue
            x, y = (a, child) if split_b else (child, b)
            gap = max(square_between_boxes(low, high, x, y), lowest[x], lowest[y])
            if gap < to_near:
                near, far, to_near, to_far = child, near, gap, to_near
            else:
                far, to_far = child, gap
        for child, gap in ((far, to_far), (near, to_near)):  # the nearer one last, so that it is taken first
            if gap < best:
                stack[top, 0], stack[top, 1], away[top] = (a, child, gap) if split_b else (child, b, gap)
                top += 1
    return best, one, other


@njit(cache=True, nogil=True)
def _search(
    first: int, last: int, items: np.ndarray, runs: np.ndarray, points: np.ndarray, core: np.ndarray, comp: np.ndarray,
    owner: np.ndarray, lowest: np.ndarray, start: np.ndarray, end: np.ndarray, low: np.ndarray, high: np.ndarray,
    first_leaf: int, bound: np.ndarray, exact: np.ndarray, least: np.ndarray, to: np.ndarray, reach: np.ndarray, found: np.ndarray,
) -> None:  # fmt: skip
    """Shortest edge out of each run of items first..last, where it is below the bound of the component: `found` holds its end."""
    stack, away = np.empty((256, 2), np.int64), np.empty(256)
    for run in range(first, last):
        best, found[run] = np.inf, -1
        for x in range(runs[run, 0], runs[run, 1]):
            i = items[x]
            node = -1 - i
            c = comp[i] if i >= 0 else owner[node]
            best = min(best, bound[c])
            if i >= 0:
                if least[i] >= best:
                    continue
                best, other = _from_point(
                    i, c, best, stack, away, points, core, comp, owner, lowest, start, end, low, high, first_leaf
                )  # fmt: skip
                least[i] = max(least[i], best)
            else:
                best, i, other = _from_node(
                    node, c, best, stack, away, points, core, comp, owner, lowest, start, end, low, high, first_leaf, exact, least,
                )  # fmt: skip
                for t in range(start[node], end[node]):
                    least[t] = max(least[t], best)
            if other >= 0:
                to[i], reach[i], exact[i] = other, best, True
                found[run] = i


@njit(cache=True, nogil=True)
def _runs(group: np.ndarray, wave: int) -> np.ndarray:
    """Items [first, last) to search in this wave: of each component the next WAVE * 8^wave, in runs of at most RUN."""
    before, length = 0, WAVE
    for _ in range(wave):
        before += length
        length *= 8
    out, n = np.empty((len(group) + (group[-1] // RUN), 2), np.int64), 0
    for g in range(len(group) - 1):
        s, e = group[g] + before, min(group[g] + before + length, group[g + 1])
        while s < e:
            out[n, 0], out[n, 1] = s, min(s + RUN, e)
            s += RUN
            n += 1
    return out[:n]


def unsure(state: State) -> tuple[np.ndarray, np.ndarray]:
    """What must be searched, grouped by component and in the order of promise; `group` has where each component begins, and the end."""
    s, tree = state, state.tree
    nodes = (tree.start, tree.end, tree.first_leaf)
    items, keys, group = _unsure(s.comp, s.largest, s.exact, s.least, s.bound, s.owner, *nodes, *s.scratch)
    spread(_order, len(group) - 1, items, keys, group)
    return items, group


def seek(state: State, offer: Callable[[np.ndarray], None], watch: Callable[[], None]) -> None:
    """Search with the k-d tree whatever is unsure; `offer` takes the points whose new edge may be their component's best."""
    s, tree = state, state.tree
    _owners(s.comp, tree.start, tree.end, tree.first_leaf, s.owner)
    items, group = unsure(state)
    boxes = (s.owner, s.lowest, tree.start, tree.end, tree.low, tree.high, tree.first_leaf)
    for wave in itertools.count():
        runs = _runs(group, wave)
        if len(runs) == 0:
            return
        found = np.empty(len(runs), np.int64)
        known = (items, runs, tree.points, s.core, s.comp, *boxes, s.bound, s.exact, s.least, s.to, s.reach, found)
        spread(_search, len(runs), *known, least=2, between=lambda _: watch())
        offer(found[found >= 0])
