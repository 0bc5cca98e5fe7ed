"""What the sorted tree says at one radius and over all of them: labels, counts, representatives.

A prefix of the sorted edges fed to union-find is DBSCAN; one walk over all events
gives every count. Compiled with numba.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vaegc.sweep.compilation import kernel


class Dendrogram(NamedTuple):
    """A fitted sweep, in the caller's numbering: from these arrays DBSCAN at every radius follows."""

    u: np.ndarray  # (N - 1,) int32, one end of each edge of the minimum spanning tree
    v: np.ndarray  # (N - 1,) int32, the other
    weight: np.ndarray  # (N - 1,) float64, ascending
    core: np.ndarray  # (N,) float64, core distances
    border: np.ndarray  # (N,) float64, radius from which a point is no longer noise
    parent: np.ndarray  # (N,) int32, the point whose cluster a border point joins


@kernel(inline="always")
def find(root: np.ndarray, i: int) -> int:
    """Root of i's component, with the path to it halved."""
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@kernel
def labels_at_eps(dendrogram: Dendrogram, eps: float, min_count: float) -> np.ndarray:
    """Labels (N,) at `eps`: clusters by lowest core index, -1 noise, -2 in a cluster of under `min_count` core points."""
    u, v, weight, core, border, parent = dendrogram
    n = len(core)
    root = np.arange(n)
    for e in range(len(weight)):
        if weight[e] > eps:
            break
        a, b = find(root, u[e]), find(root, v[e])
        if a != b:
            root[max(a, b)] = min(a, b)  # the lowest index stays the root, so numbering needs no second pass
    size = np.zeros(n, np.int64)
    for i in range(n):
        if core[i] <= eps:
            size[find(root, i)] += 1
    number = np.full(n, -2)
    count = 0
    for i in range(n):
        if core[i] <= eps and root[i] == i and size[i] >= min_count:
            number[i] = count
            count += 1
    labels = np.full(n, -1)
    for i in range(n):
        if core[i] <= eps:
            labels[i] = number[find(root, i)]
        elif border[i] <= eps:
            labels[i] = number[find(root, parent[i])]
    return labels


@kernel
def assign_noise_to_nearest(dendrogram: Dendrogram, labels: np.ndarray, eps: float) -> np.ndarray:
    """Noise policy "nearest": walk the tree above `eps`; a component without a label takes that of the edge's other end."""
    u, v, weight = dendrogram.u, dendrogram.v, dendrogram.weight
    n = len(labels)
    out = labels.copy()
    root, tail, after = np.arange(n), np.arange(n), np.full(n, -1)  # members of a component as a linked list
    for e in range(len(weight)):
        a, b = u[e], v[e]
        # Edges within eps tie core points that share a label, or an unassigned cluster together.
        if out[a] < 0 and out[b] < 0:
            first, second = find(root, a), find(root, b)
            if first != second:
                after[tail[first]] = second
                tail[first] = tail[second]
                root[second] = first
        elif (out[a] < 0) != (out[b] < 0) and weight[e] > eps:
            label = out[a] if out[a] >= 0 else out[b]
            i = find(root, b if out[a] >= 0 else a)
            while i >= 0:
                out[i] = label
                i = after[i]
    return out


@kernel
def component_counts(
    dendrogram: Dendrogram, by_core: np.ndarray, by_border: np.ndarray, min_count: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of clusters and points between any two events: births of core points, merges, arrivals of border points.

    Parameters
    ----------
    dendrogram
        The fitted sweep.
    by_core, by_border
        (N,) points in ascending order of core and of border distance.
    min_count
        Core points that a cluster needs.

    Returns
    -------
    eps : (E,) radii at which something changes, ascending; the state holds from there to the next
    clusters : (E,) clusters of at least `min_count` core points
    assigned : (E,) points, borders included, in those clusters
    noise : (E,) points that DBSCAN calls noise
    """
    u, v, weight, core, border, parent = dendrogram
    n, m = len(core), len(weight)
    root, cores, members = np.arange(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    at = np.empty(2 * n + m, np.float64)
    clusters, assigned, noise = np.empty(2 * n + m, np.int64), np.empty(2 * n + m, np.int64), np.empty(2 * n + m, np.int64)
    n_clusters = n_assigned = n_reached = states = 0
    i_core = i_border = i_edge = 0
    while i_core < n or i_border < n or i_edge < m:
        eps = np.inf
        if i_core < n:
            eps = min(eps, core[by_core[i_core]])
        if i_border < n:
            eps = min(eps, border[by_border[i_border]])
        if i_edge < m:
            eps = min(eps, weight[i_edge])
        if eps == np.inf:
            break
        # Births, then edges, then borders: a border point joins the component its parent is in at this radius.
        while i_core < n and core[by_core[i_core]] <= eps:
            i = by_core[i_core]
            cores[i] = 1
            if border[i] == core[i]:
                members[i] += 1
                n_reached += 1
            if cores[i] >= min_count:
                n_clusters += 1
                n_assigned += members[i]
            i_core += 1
        while i_edge < m and weight[i_edge] <= eps:
            a, b = find(root, u[i_edge]), find(root, v[i_edge])
            i_edge += 1
            if a == b:
                continue
            for c in (a, b):
                if cores[c] >= min_count:
                    n_clusters -= 1
                    n_assigned -= members[c]
            low, high = min(a, b), max(a, b)
            root[high] = low
            cores[low] += cores[high]
            members[low] += members[high]
            if cores[low] >= min_count:
                n_clusters += 1
                n_assigned += members[low]
        while i_border < n and border[by_border[i_border]] <= eps:
            i = by_border[i_border]
            i_border += 1
            if border[i] < core[i]:
                c = find(root, parent[i])
                members[c] += 1
                n_reached += 1
                if cores[c] >= min_count:
                    n_assigned += 1
        at[states], clusters[states], assigned[states], noise[states] = eps, n_clusters, n_assigned, n - n_reached
        states += 1
    return at[:states], clusters[:states], assigned[:states], noise[:states]


@kernel
def representative_lifetimes(
    dendrogram: Dendrogram, by_core: np.ndarray, rank: np.ndarray, low: float, high: float, min_count: float
) -> np.ndarray:
    """(N,) ln-eps length within low..high over which each point represents a cluster of at least `min_count` core points.

    The representative of a cluster is its core point of the lowest `rank` (N,). `by_core` (N,) are the points in ascending
    order of core distance.
    """
    u, v, weight, core = dendrogram.u, dendrogram.v, dendrogram.weight, dendrogram.core
    n, m = len(core), len(weight)
    root, cores, best = np.arange(n), np.zeros(n, np.int64), np.arange(n)
    since, length = np.full(n, np.nan), np.zeros(n)  # since: the radius from which a point represents, NaN if it does not
    i_core = i_edge = 0
    while i_core < n or i_edge < m:
        birth = core[by_core[i_core]] if i_core < n else np.inf
        merge = weight[i_edge] if i_edge < m else np.inf
        eps = min(birth, merge)
        if eps >= high:
            break
        if birth <= merge:
            i = by_core[i_core]
            cores[i] = 1
            if min_count <= 1:
                since[i] = max(eps, low)
            i_core += 1
            continue
        a, b = find(root, u[i_edge]), find(root, v[i_edge])
        i_edge += 1
        if a == b:
            continue
        keep, lose = (best[a], best[b]) if rank[best[a]] < rank[best[b]] else (best[b], best[a])
        if not np.isnan(since[lose]):
            length[lose] += np.log(max(eps, low) / since[lose])
            since[lose] = np.nan
        kept, absorbed = min(a, b), max(a, b)
        root[absorbed] = kept
        cores[kept] += cores[absorbed]
        best[kept] = keep
        if cores[kept] >= min_count and np.isnan(since[keep]):
            since[keep] = max(eps, low)
    for i in range(n):
        if not np.isnan(since[i]):
            length[i] += np.log(high / since[i])
    return length


@kernel
def is_contested(dendrogram: Dendrogram, point: np.ndarray, rival: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Whether (C,) claims (border point, core point in reach from `reach` on, ascending) come from another cluster than the parent's."""
    u, v, weight, parent = dendrogram.u, dendrogram.v, dendrogram.weight, dendrogram.parent
    root, i_edge = np.arange(len(parent)), 0
    other = np.zeros(len(point), np.bool_)
    for k in range(len(point)):
        while i_edge < len(weight) and weight[i_edge] <= reach[k]:
            a, b = find(root, u[i_edge]), find(root, v[i_edge])
            root[max(a, b)] = min(a, b)
            i_edge += 1
        other[k] = find(root, rival[k]) != find(root, parent[point[k]])
    return other
