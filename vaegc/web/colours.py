"""Which palette entry each point lends to the cluster that it represents, so that colours hold still.

A cluster's colour belongs to its representative (design section 3). While ε grows, a denser point may become core and take over, and from
one step to the next another point may be the densest core point: nothing has merged, yet every point of the cluster would change its
colour. Points that take over from each other in this way therefore share a palette entry, as far as they never stand for two counted
clusters at the same time; and clusters that are seen together get different entries, as far as the palette goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from vaegc.sweep._dendrogram_cut import find

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

RADII = 48  # values of ε at which steps are compared
# Families share a colour when the points seen under both, averaged over all states, are fewer than this share of those handed over.
BESIDE = 1 / 80
CLEAR = 64.0  # weight of a state with no more counted clusters than there are colours
ROUNDS = 4  # in which families choose again
MOST_SEEN = 64  # clusters compared with each other in one state
MOST_STATES = 30_000_000  # points times states: above, fewer values of ε


def steady_colours(
    sweeps: list[EpsilonSweep],
    rank: np.ndarray,
    slots: np.ndarray,
    span: tuple[float, float] | None,
    min_size: float,
    palette: int,
) -> np.ndarray:
    """(N,) palette entry of each point as a representative.

    Parameters
    ----------
    sweeps
        Of the frames that have a tree, in the order of the film.
    rank
        (N,) fixed ranking; the core point with the lowest represents its cluster.
    slots
        (N,) the order in which points ask for a colour.
    span
        The scene's range of ε; None: every point gets the colour of its slot.
    min_size
        Core points a cluster needs to be counted, as given: a count or a share.
    palette
        Colours that there are.
    """
    n = len(rank)
    plain = (slots % palette).astype(np.uint8)
    if span is None:
        return plain
    takeovers, together = _relations(sweeps, rank, span, min_size, palette)
    family = _families(n, takeovers, together)
    return _paint(family, together, slots, palette, plain)


def cluster_entries(labels: np.ndarray, core: np.ndarray, eps: float, rank: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """(K,) palette entry of each cluster, as the stage colours it.

    Parameters
    ----------
    labels
        (N,) clusters at `eps` with every size counted; negative is noise.
    core, eps
        (N,) core distances, and the radius.
    rank, colours
        (N,) of a packed scene.
    """
    leaders, _ = _leaders(labels.astype(np.int64), core, eps, rank.astype(np.int64))
    return colours[leaders].astype(np.int64)


def _relations(
    sweeps: list[EpsilonSweep], rank: np.ndarray, span: tuple[float, float], min_size: float, palette: int
) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]]:
    """Points that change hands between two representatives without a merge, and those seen under both at once, averaged over states."""
    n, (low, high) = len(rank), span
    takeovers: dict[tuple[int, int], float] = {}
    together: dict[tuple[int, int], float] = {}

    def note(where: dict[tuple[int, int], float], p: int, q: int, weight: float) -> None:
        key = (p, q) if p < q else (q, p)
        where[key] = where.get(key, 0.0) + weight

    radii = np.geomspace(low, high, max(4, min(RADII, MOST_STATES // (n * len(sweeps)))))
    states_in_all = len(radii) * len(sweeps)
    before: list[tuple[np.ndarray, np.ndarray]] | None = None
    for sweep in sweeps:
        tree, core = sweep.tree_, sweep.core_distances_
        least = sweep.min_count(min_size)
        for p, q, size in zip(*_successions(tree["u"], tree["v"], tree["weight"], core, rank, least, high), strict=True):
            note(takeovers, int(p), int(q), float(size))
        states = []
        for radius in radii:
            labels = sweep.labels_at(float(radius))
            leaders, sizes = _leaders(labels, core, float(radius), rank)
            states.append((labels, leaders))
            seen = leaders[sizes >= least]
            weights = sizes[sizes >= least]
            # Where there are colours enough, two clusters of one colour are a plain mistake.
            gravity = CLEAR if len(seen) <= palette else 1.0
            for i in range(min(len(seen), MOST_SEEN)):
                for j in range(i):
                    note(together, int(seen[i]), int(seen[j]), gravity * float(min(weights[i], weights[j])) / states_in_all)
        if before is not None:
            for (labels, leaders), (earlier, led) in zip(states, before, strict=True):
                for p, q, size in zip(*_handed_over(earlier, led, labels, leaders), strict=True):
                    note(takeovers, int(p), int(q), float(size))
        before = states
    return takeovers, together


@njit(cache=True, nogil=True)
def _successions(
    u: np.ndarray, v: np.ndarray, weight: np.ndarray, core: np.ndarray, rank: np.ndarray, least: float, high: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every change of a representative as ε grows that no merge of two counted clusters explains: from, to, core points."""
    n = len(core)
    root, size, best = np.arange(n), np.ones(n, np.int64), np.arange(n)
    old, new, many = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
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
            if size[b] < least:
                old[found], new[found], many[found] = best[a], best[b], size[a]
                found += 1
            best[a] = best[b]
        root[b] = a
        size[a] += size[b]
    return old[:found], new[:found], many[:found]


@njit(cache=True, nogil=True)
def _leaders(labels: np.ndarray, core: np.ndarray, eps: float, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Representative and number of core points of every cluster."""
    count = labels.max() + 1 if len(labels) else 0
    leaders, sizes = np.full(max(count, 0), -1), np.zeros(max(count, 0), np.int64)
    for i in range(len(labels)):
        if labels[i] >= 0 and core[i] <= eps:
            k = labels[i]
            sizes[k] += 1
            if leaders[k] < 0 or rank[i] < rank[leaders[k]]:
                leaders[k] = i
    return leaders, sizes


@njit(cache=True, nogil=True)
def _handed_over(
    earlier: np.ndarray, led: np.ndarray, labels: np.ndarray, leaders: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clusters that hold the same points at both steps, as far as a point is in one at both, under another representative."""
    to, come = np.full(len(led), -1), np.full(len(leaders), -1)
    shared = np.zeros(len(led), np.int64)
    for i in range(len(labels)):
        k, m = earlier[i], labels[i]
        if k >= 0 and m >= 0:
            to[k] = m if to[k] == -1 or to[k] == m else -2
            come[m] = k if come[m] == -1 or come[m] == k else -2
            shared[k] += 1
    old, new, many = np.empty(len(led), np.int64), np.empty(len(led), np.int64), np.empty(len(led), np.int64)
    found = 0
    for k in range(len(led)):
        m = to[k]
        if m >= 0 and come[m] == k and led[k] != leaders[m]:
            old[found], new[found], many[found] = led[k], leaders[m], shared[k]
            found += 1
    return old[:found], new[:found], many[:found]


def _families(n: int, takeovers: dict[tuple[int, int], float], together: dict[tuple[int, int], float]) -> np.ndarray:
    """(N,) lowest member of each point's family.

    Families that points are handed between are joined, the busiest pair first, unless far more points are seen under both at once.
    """
    family = np.arange(n)
    while True:
        handed, beside = _between(family, takeovers), _between(family, together)
        joined: dict[int, int] = {}
        for (a, b), weight in sorted(handed.items(), key=lambda item: (-item[1], item[0])):
            # A family that has grown in this round has other neighbours now: it waits for the next.
            if a not in joined and b not in joined and beside.get((a, b), 0.0) <= BESIDE * weight:
                joined[a] = joined[b] = a
        if not joined:
            return family
        for head, new in joined.items():
            family[family == head] = new


def _between(family: np.ndarray, pairs: dict[tuple[int, int], float]) -> dict[tuple[int, int], float]:
    """Weights of pairs of points, summed over pairs of families."""
    if not pairs:
        return {}
    ends = family[np.array(list(pairs))]
    low, high = ends.min(axis=1), ends.max(axis=1)
    keys, where = np.unique(low * len(family) + high, return_inverse=True)
    sums = np.bincount(where, np.array(list(pairs.values())))
    return {
        (int(key // len(family)), int(key % len(family))): float(total)
        for key, total in zip(keys, sums, strict=True)
        if key // len(family) != key % len(family)
    }


def _paint(
    family: np.ndarray, together: dict[tuple[int, int], float], slots: np.ndarray, palette: int, plain: np.ndarray
) -> np.ndarray:
    """Palette entries, family by family in the order of their first slot, each the one that is seen least beside it."""
    beside: dict[int, dict[int, float]] = {}
    for (a, b), weight in _between(family, together).items():
        beside.setdefault(a, {})[b] = weight
        beside.setdefault(b, {})[a] = weight
    first = np.full(len(family), len(family))
    np.minimum.at(first, family, slots)
    heads = np.unique(family)
    entry = np.full(len(family), -1)
    used = np.zeros(palette)
    order = heads[np.argsort(first[heads], kind="stable")]
    entry[order] = plain[order]
    busy = [int(head) for head in order if int(head) in beside]
    entry[busy] = -1
    for _ in range(ROUNDS):
        for head in busy:
            cost = np.zeros(palette)
            for other, weight in beside[head].items():
                if entry[other] >= 0:
                    cost[entry[other]] += weight
            if entry[head] >= 0:
                used[entry[head]] -= 1
            # Among equals the one it has, then the one that is used least, then the first: the longest plateau gets the palette in order.
            choices = np.arange(palette)
            entry[head] = int(np.lexsort((choices, used, choices != entry[head], cost))[0])
            used[entry[head]] += 1
    return entry[family].astype(np.uint8)
