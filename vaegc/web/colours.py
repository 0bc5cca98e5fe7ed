"""Palette entries of clusters that stay the same while ε and the step change: a graph colouring of their representatives.

A cluster's colour belongs to its representative. While ε grows, a denser point may become core and take over, and from
one step to the next another point may be the densest core point: nothing has merged, yet every point of the cluster would change its
colour. Points that take over from each other in this way therefore form a group with one palette entry, as far as they never stand for
two counted clusters at the same time; groups that are seen together (in conflict) get different entries, as far as the palette goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vaegc.sweep._dendrogram_cut import find
from vaegc.sweep.compilation import kernel

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

N_RADII = 48  # values of ε at which steps are compared
# Two groups are joined when the points seen under both at once, averaged over all states, are at most this share of those handed over.
MAX_CONFLICT_SHARE = 1 / 80
DISTINCT_WEIGHT = 64.0  # factor on conflicts of a state with no more counted clusters than there are colours
COLORING_ROUNDS = 4  # passes of the greedy colouring
MAX_COMPARED_CLUSTERS = 64  # clusters compared with each other in one state
MAX_COMPARED_LABELS = 30_000_000  # points times values of ε times steps; above, fewer values of ε


def stable_colors(
    sweeps: list[EpsilonSweep],
    rank: np.ndarray,
    slots: np.ndarray,
    eps_range: tuple[float, float] | None,
    min_size: float,
    n_colors: int,
) -> np.ndarray:
    """Return the (N,) uint8 palette entry of each point as a representative.

    Parameters
    ----------
    sweeps
        Of the frames that have a tree, in the order of the steps.
    rank
        (N,) fixed ranking; the core point with the lowest represents its cluster.
    slots
        (N,) order in which points choose their entry, as of `color_slots`.
    eps_range
        The scene's range of ε; None: every point gets the colour of its slot.
    min_size
        Core points a cluster needs to be counted, as given: a count or a share.
    n_colors
        Entries of the palette.
    """
    n = len(rank)
    default = (slots % n_colors).astype(np.uint8)
    if eps_range is None:
        return default
    takeovers, conflicts = _takeovers_and_conflicts(sweeps, rank, eps_range, min_size, n_colors)
    group = _color_groups(n, takeovers, conflicts)
    return _greedy_coloring(group, conflicts, slots, n_colors, default)


def cluster_colors(labels: np.ndarray, core: np.ndarray, eps: float, rank: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Return the (K,) palette entry of each cluster, as the stage colours it.

    Parameters
    ----------
    labels
        (N,) clusters at `eps` with every size counted; negative is noise.
    core, eps
        (N,) core distances, and the radius.
    rank, colors
        (N,) of a packed scene.
    """
    representatives, _ = _representatives(labels.astype(np.int64), core, eps, rank.astype(np.int64))
    return colors[representatives].astype(np.int64)


def _takeovers_and_conflicts(
    sweeps: list[EpsilonSweep], rank: np.ndarray, eps_range: tuple[float, float], min_size: float, n_colors: int
) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Points handed from one representative to another without a merge, and points seen under both at once (mean over states), by pair."""
    n, (low, high) = len(rank), eps_range
    takeovers: dict[tuple[int, int], float] = {}
    conflicts: dict[tuple[int, int], float] = {}

    def add(where: dict[tuple[int, int], float], p: int, q: int, weight: float) -> None:
        key = (p, q) if p < q else (q, p)
        where[key] = where.get(key, 0.0) + weight

    radii = np.geomspace(low, high, max(4, min(N_RADII, MAX_COMPARED_LABELS // (n * len(sweeps)))))
    n_states = len(radii) * len(sweeps)
    previous: list[tuple[np.ndarray, np.ndarray]] | None = None
    for sweep in sweeps:
        tree, core = sweep.tree_, sweep.core_distances_
        min_count = sweep.min_count(min_size)
        for p, q, size in zip(
            *_representative_changes(tree["u"], tree["v"], tree["weight"], core, rank, min_count, high), strict=True
        ):
            add(takeovers, int(p), int(q), float(size))
        states = []
        for radius in radii:
            labels = sweep.labels_at(float(radius))
            representatives, sizes = _representatives(labels, core, float(radius), rank)
            states.append((labels, representatives))
            counted = representatives[sizes >= min_count]
            weights = sizes[sizes >= min_count]
            # Where there are colours enough, two clusters of one colour are a plain mistake.
            factor = DISTINCT_WEIGHT if len(counted) <= n_colors else 1.0
            for i in range(min(len(counted), MAX_COMPARED_CLUSTERS)):
                for j in range(i):
                    add(conflicts, int(counted[i]), int(counted[j]), factor * float(min(weights[i], weights[j])) / n_states)
        if previous is not None:
            for (labels, representatives), (earlier, earlier_representatives) in zip(states, previous, strict=True):
                for p, q, size in zip(*_matched_clusters(earlier, earlier_representatives, labels, representatives), strict=True):
                    add(takeovers, int(p), int(q), float(size))
        previous = states
    return takeovers, conflicts


@kernel
def _representative_changes(
    u: np.ndarray, v: np.ndarray, weight: np.ndarray, core: np.ndarray, rank: np.ndarray, min_count: float, high: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Changes of a representative as ε grows that no merge of two counted clusters explains: old, new, number of core points."""
    n = len(core)
    root, size, best = np.arange(n), np.ones(n, np.int64), np.arange(n)
    old, new, moved = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    found = 0
    for e in range(len(weight)):
        if weight[e] > high:
            break
        a, b = find(root, u[e]), find(root, v[e])
        if a == b:
            continue
        if size[a] < size[b]:
            a, b = b, a
        # The smaller side is no counted cluster: the larger one has only grown.
        if rank[best[b]] < rank[best[a]]:
            if size[b] < min_count:
                old[found], new[found], moved[found] = best[a], best[b], size[a]
                found += 1
            best[a] = best[b]
        root[b] = a
        size[a] += size[b]
    return old[:found], new[:found], moved[:found]


@kernel
def _representatives(labels: np.ndarray, core: np.ndarray, eps: float, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Representative and number of core points of every cluster."""
    count = labels.max() + 1 if len(labels) else 0
    representatives, sizes = np.full(max(count, 0), -1), np.zeros(max(count, 0), np.int64)
    for i in range(len(labels)):
        if labels[i] >= 0 and core[i] <= eps:
            k = labels[i]
            sizes[k] += 1
            if representatives[k] < 0 or rank[i] < rank[representatives[k]]:
                representatives[k] = i
    return representatives, sizes


@kernel
def _matched_clusters(
    earlier: np.ndarray, earlier_representatives: np.ndarray, labels: np.ndarray, representatives: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clusters with the same points at both steps (noise left out) and another representative: old, new, number of points."""
    to, source = np.full(len(earlier_representatives), -1), np.full(len(representatives), -1)
    shared = np.zeros(len(earlier_representatives), np.int64)
    for i in range(len(labels)):
        k, m = earlier[i], labels[i]
        if k >= 0 and m >= 0:
            to[k] = m if to[k] == -1 or to[k] == m else -2
            source[m] = k if source[m] == -1 or source[m] == k else -2
            shared[k] += 1
    n = len(earlier_representatives)
    old, new, moved = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    found = 0
    for k in range(n):
        m = to[k]
        if m >= 0 and source[m] == k and earlier_representatives[k] != representatives[m]:
            old[found], new[found], moved[found] = earlier_representatives[k], representatives[m], shared[k]
            found += 1
    return old[:found], new[:found], moved[:found]


def _color_groups(n: int, takeovers: dict[tuple[int, int], float], conflicts: dict[tuple[int, int], float]) -> np.ndarray:
    """(N,) lowest member of each point's group.

    Groups that points are handed between are joined, the busiest pair first, unless too many points are seen under both at once.
    """
    group = np.arange(n)
    while True:
        handed, conflict = _group_weights(group, takeovers), _group_weights(group, conflicts)
        joined: dict[int, int] = {}
        for (a, b), weight in sorted(handed.items(), key=lambda item: (-item[1], item[0])):
            # A group that has grown in this round has other conflicts now: it waits for the next.
            if a not in joined and b not in joined and conflict.get((a, b), 0.0) <= MAX_CONFLICT_SHARE * weight:
                joined[a] = joined[b] = a
        if not joined:
            return group
        for member, new in joined.items():
            group[group == member] = new


def _group_weights(group: np.ndarray, pairs: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Weights of pairs of points, summed over pairs of groups."""
    if not pairs:
        return {}
    ends = group[np.array(list(pairs))]
    low, high = ends.min(axis=1), ends.max(axis=1)
    keys, where = np.unique(low * len(group) + high, return_inverse=True)
    sums = np.bincount(where, np.array(list(pairs.values())))
    return {
        (int(key // len(group)), int(key % len(group))): float(total)
        for key, total in zip(keys, sums, strict=True)
        if key // len(group) != key % len(group)
    }


def _greedy_coloring(
    group: np.ndarray, conflicts: dict[tuple[int, int], float], slots: np.ndarray, n_colors: int, default: np.ndarray
) -> np.ndarray:
    """(N,) palette entries: group by group in the order of their first slot, each takes the entry with the least conflict."""
    conflict: dict[int, dict[int, float]] = {}
    for (a, b), weight in _group_weights(group, conflicts).items():
        conflict.setdefault(a, {})[b] = weight
        conflict.setdefault(b, {})[a] = weight
    first = np.full(len(group), len(group))
    np.minimum.at(first, group, slots)
    groups = np.unique(group)
    color = np.full(len(group), -1)
    used = np.zeros(n_colors)
    order = groups[np.argsort(first[groups], kind="stable")]
    color[order] = default[order]
    contested = [int(member) for member in order if int(member) in conflict]
    color[contested] = -1
    for _ in range(COLORING_ROUNDS):
        for member in contested:
            cost = np.zeros(n_colors)
            for other, weight in conflict[member].items():
                if color[other] >= 0:
                    cost[color[other]] += weight
            if color[member] >= 0:
                used[color[member]] -= 1
            # Among equals the one it has, then the one used least, then the first: the longest plateau gets the palette in order.
            choices = np.arange(n_colors)
            color[member] = int(np.lexsort((choices, used, choices != color[member], cost))[0])
            used[color[member]] += 1
    return color[group].astype(np.uint8)
