"""Searches for nearest foreign points with the k-d tree: what the neighbour lists leave pending, in the order of promise.

Pending points of one component are searched in waves, each eight times as long as the one before: after a wave all look at the best edges
again, and most of the next wave need no search any more. README.md has a picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from vaegc.sweep._boruvka import BoruvkaState, Forest, Propose
from vaegc.sweep._distances import square_between_boxes, square_distance, square_to_box
from vaegc.sweep.compilation import kernel
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import spread

FIRST_WAVE_ITEMS = (
    64  # of a component that are searched before all look at the best edges again; each wave is eight times as long
)
MAX_RUN_ITEMS = 32  # of a component that one thread searches in a row, and that share what they find at once


@kernel
def _update_node_components(tree: KDTree, state: BoruvkaState) -> None:
    """The component that holds all points of each node, or -1; a node that has one keeps it, under its new number."""
    component, node_component, start, end = state.component, state.node_component, tree.start, tree.end
    first_leaf = len(start) // 2
    for node in range(len(start) - 1, -1, -1):
        if node_component[node] >= 0 or node >= first_leaf:
            c = component[start[node]]
            if node_component[node] < 0:
                for t in range(start[node] + 1, end[node]):
                    if component[t] != c:
                        c = -1
                        break
            node_component[node] = c
        else:
            c = node_component[2 * node + 1]
            node_component[node] = c if c == node_component[2 * node + 2] else -1


@kernel
def _group_pending(
    tree: KDTree,
    state: BoruvkaState,
    bound: np.ndarray,
    largest: int,
    items: np.ndarray,
    keys: np.ndarray,
    item_component: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What must be searched, grouped by component: points i as i, the largest nodes of one component, whole, as -1 - node.

    A point is pending where its nearest foreign point could be nearer than the best edge of its component, `bound` (C,). In each component
    the points of mixed leaves come first, dense ones ahead, then its nodes, small ones ahead, which lie nearest to foreign points.
    `items`, `keys`, `item_component` (N,) are room to write in.

    Returns
    -------
    items : (n,) what to search
    keys : (n,) by which those of a component are to be ordered
    group : (groups + 1,) first item of each component that has some, then n
    """
    component, node_component, exact, lower_bound = state.component, state.node_component, state.exact, state.lower_bound
    start, end, size = tree.start, tree.end, 0
    for leaf in range(len(start) // 2, len(start)):
        c = node_component[leaf]
        if c == largest:
            continue
        for i in range(start[leaf], end[leaf]):
            if component[i] != largest and not exact[i] and lower_bound[i] < bound[component[i]]:
                if c < 0:
                    items[size], keys[size], item_component[size] = i, -1 / (1 + lower_bound[i]), component[i]
                    size += 1
                    continue
                height, node = 1, leaf
                while node > 0 and node_component[(node - 1) // 2] >= 0:
                    node = (node - 1) // 2
                    height += 1
                if size == 0 or items[size - 1] != -1 - node:  # its leaves follow each other
                    items[size], keys[size], item_component[size] = -1 - node, height, c
                    size += 1
                break
    count = np.zeros(len(bound), np.int64)
    for x in range(size):
        count[item_component[x]] += 1
    group, groups, at = np.empty(size + 1, np.int64), 0, 0
    for x in range(size):  # components in order of their first item
        c = item_component[x]
        if count[c] > 0:
            group[groups] = at
            groups += 1
            count[c], at = -1 - at, at + count[c]
    group[groups] = at
    out, out_keys = np.empty(size, np.int64), np.empty(size)
    for x in range(size):
        c = item_component[x]
        place = -1 - count[c]
        out[place], out_keys[place] = items[x], keys[x]
        count[c] -= 1
    return out, out_keys, group[: groups + 1]


@kernel
def _sort_groups(first: int, last: int, items: np.ndarray, keys: np.ndarray, group: np.ndarray) -> None:
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


@kernel
def _search_from_point(
    i: int, c: int, best: float, stack: np.ndarray, gaps: np.ndarray, tree: KDTree, state: BoruvkaState
) -> tuple[float, int]:
    """Weight of the shortest edge from i out of component c, and its end; `best` and -1 where none is shorter than `best`."""
    points, start, end, low, high = tree.points, tree.start, tree.end, tree.low, tree.high
    core, component, node_component, node_core = state.core, state.component, state.node_component, state.node_core
    first_leaf, own, found = len(start) // 2, core[i], -1
    top, stack[0, 0], gaps[0] = 1, 0, 0.0
    while top > 0:
        top -= 1
        node = stack[top, 0]
        if gaps[top] >= best:
            continue
        if node >= first_leaf:
            for j in range(start[node], end[node]):
                if component[j] != c and core[j] < best:
                    weight = max(square_distance(points, i, points, j), core[j], own)
                    if weight < best:
                        best, found = weight, j
            if best <= own:
                break
            continue
        left = 2 * node + 1
        to_left, to_right = np.inf, np.inf
        if node_component[left] != c:
            to_left = max(square_to_box(points, i, low, high, left), node_core[left], own)
        if node_component[left + 1] != c:
            to_right = max(square_to_box(points, i, low, high, left + 1), node_core[left + 1], own)
        near, far, to_near, to_far = left, left + 1, to_left, to_right
        if to_right < to_left:
            near, far, to_near, to_far = left + 1, left, to_right, to_left
        if to_far < best:
            stack[top, 0], gaps[top] = far, to_far
            top += 1
        if to_near < best:
            stack[top, 0], gaps[top] = near, to_near
            top += 1
    return best, found


@kernel
def _search_from_node(
    root: int, c: int, best: float, stack: np.ndarray, gaps: np.ndarray, tree: KDTree, state: BoruvkaState
) -> tuple[float, int, int]:
    """Weight of the shortest edge out of component c from the pending points of a node that lies within c, and its two ends.

    Pairs of nodes are looked at, the larger one is split: most of what is far from every border goes with one look.
    """
    points, start, end, low, high = tree.points, tree.start, tree.end, tree.low, tree.high
    core, component, node_component, node_core = state.core, state.component, state.node_component, state.node_core
    exact, lower_bound = state.exact, state.lower_bound
    first_leaf, u, v = len(start) // 2, -1, -1
    top, stack[0, 0], stack[0, 1], gaps[0] = 1, root, 0, 0.0
    while top > 0:
        top -= 1
        a, b = stack[top, 0], stack[top, 1]
        if gaps[top] >= best:
            continue
        if a >= first_leaf and b >= first_leaf:
            for i in range(start[a], end[a]):
                if exact[i] or lower_bound[i] >= best or core[i] >= best or square_to_box(points, i, low, high, b) >= best:
                    continue
                for j in range(start[b], end[b]):
                    if component[j] != c and core[j] < best:
                        weight = max(square_distance(points, i, points, j), core[j], core[i])
                        if weight < best:
                            best, u, v = weight, i, j
            continue
        split_b = a >= first_leaf or (b < first_leaf and end[b] - start[b] >= end[a] - start[a])
        left = 2 * (b if split_b else a) + 1
        near, far, to_near, to_far = -1, -1, np.inf, np.inf
        for child in range(left, left + 2):
            if split_b and node_component[child] == c:
                continue
            x, y = (a, child) if split_b else (child, b)
            gap = max(square_between_boxes(low, high, x, low, high, y), node_core[x], node_core[y])
            if gap < to_near:
                near, far, to_near, to_far = child, near, gap, to_near
            else:
                far, to_far = child, gap
        for child, gap in ((far, to_far), (near, to_near)):  # the nearer one last, so that it is taken first
            if gap < best:
                stack[top, 0], stack[top, 1], gaps[top] = (a, child, gap) if split_b else (child, b, gap)
                top += 1
    return best, u, v


@kernel
def _search_runs(
    first: int,
    last: int,
    items: np.ndarray,
    runs: np.ndarray,
    tree: KDTree,
    state: BoruvkaState,
    bound: np.ndarray,
    found: np.ndarray,
) -> None:
    """Shortest edge out of each run of items first..last, where it is below the bound of the component: `found` holds its end."""
    start, end, component, node_component = tree.start, tree.end, state.component, state.node_component
    candidate, distance, exact, lower_bound = state.candidate, state.candidate_distance, state.exact, state.lower_bound
    stack, gaps = np.empty((256, 2), np.int64), np.empty(256)
    for run in range(first, last):
        best, found[run] = np.inf, -1
        for x in range(runs[run, 0], runs[run, 1]):
            i = items[x]
            node = -1 - i
            c = component[i] if i >= 0 else node_component[node]
            best = min(best, bound[c])
            if i >= 0:
                if lower_bound[i] >= best:
                    continue
                best, j = _search_from_point(i, c, best, stack, gaps, tree, state)
                lower_bound[i] = max(lower_bound[i], best)
            else:
                best, i, j = _search_from_node(node, c, best, stack, gaps, tree, state)
                for t in range(start[node], end[node]):
                    lower_bound[t] = max(lower_bound[t], best)
            if j >= 0:
                candidate[i], distance[i], exact[i] = j, best, True
                found[run] = i


@kernel
def _runs(group: np.ndarray, wave: int) -> np.ndarray:
    """Items [first, last) to search in this wave: of each component the next FIRST_WAVE_ITEMS * 8^wave, in runs of at most MAX_RUN_ITEMS."""
    before, length = 0, FIRST_WAVE_ITEMS
    for _ in range(wave):
        before += length
        length *= 8
    out, n = np.empty((len(group) + (group[-1] // MAX_RUN_ITEMS), 2), np.int64), 0
    for g in range(len(group) - 1):
        s, e = group[g] + before, min(group[g] + before + length, group[g + 1])
        while s < e:
            out[n, 0], out[n, 1] = s, min(s + MAX_RUN_ITEMS, e)
            s += MAX_RUN_ITEMS
            n += 1
    return out[:n]


def pending_points(forest: Forest) -> tuple[np.ndarray, np.ndarray]:
    """What must be searched, grouped by component and in the order of promise; `group` has where each component begins, and the end."""
    items, keys, group = _group_pending(forest.tree, forest.state, forest.best.weight, forest.largest, *forest.scratch)
    spread(_sort_groups, len(group) - 1, items, keys, group)
    return items, group


def search_components(forest: Forest, propose: Propose, watch: Callable[[], None]) -> None:
    """Search with the k-d tree whatever is pending; `propose` takes the points whose new candidate may be their component's best edge."""
    tree, state = forest.tree, forest.state
    _update_node_components(tree, state)
    items, group = pending_points(forest)
    for wave in itertools.count():
        runs = _runs(group, wave)
        if len(runs) == 0:
            return
        found = np.empty(len(runs), np.int64)
        spread(
            _search_runs,
            len(runs),
            items,
            runs,
            tree,
            state,
            forest.best.weight,
            found,
            min_block=2,
            after_batch=lambda _: watch(),
        )
        propose(found[found >= 0])
