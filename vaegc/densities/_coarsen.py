"""Mixture reduction: centres that lie close together, seen from their bandwidths, as one Gaussian of the same moments.

A bandwidth of many neighbours is far wider than the gaps between centres. A group of m centres whose spread s² is a small part of
their h² is then nearly N(mean, (h² + s²) I) of weight m: what is lost are moments of third order, and the direction of the spread. For a
bandwidth that is a share of the points, the number of groups does not grow with N, so that a step costs O(N).
"""

from __future__ import annotations

import numpy as np

from vaegc.sweep import kdtree
from vaegc.sweep.compilation import kernel

MAX_SPREAD_RATIO = 0.002  # s² / h² of a group
MAX_BANDWIDTH_RATIO = 1.1  # of two bandwidths in it
MAX_GROUPS_SHARE = 0.5  # groups over centres: above, merging does not pay


@kernel
def _mergeable_nodes(
    points: np.ndarray, variance: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(G,) first and (G,) last + 1 of the largest nodes that may be merged, and of single points elsewhere; variance (N,)."""
    n, d = points.shape
    first, last, size = np.empty(n, np.int64), np.empty(n, np.int64), 0
    stack, top = np.empty(128, np.int64), 1
    stack[0] = 0
    while top > 0:
        top -= 1
        node = stack[top]
        s, e = start[node], end[node]
        low, high = np.inf, 0.0
        for i in range(s, e):
            low, high = min(low, variance[i]), max(high, variance[i])
        good = high <= MAX_BANDWIDTH_RATIO * MAX_BANDWIDTH_RATIO * low
        if good:
            spread = 0.0
            for k in range(d):
                mean = 0.0
                for i in range(s, e):
                    mean += points[i, k] / (e - s)
                for i in range(s, e):
                    spread += (points[i, k] - mean) ** 2 / ((e - s) * d)
            good = spread <= MAX_SPREAD_RATIO * low
        if good:
            first[size], last[size] = s, e
            size += 1
        elif 2 * node + 2 < len(start):
            stack[top], stack[top + 1] = 2 * node + 1, 2 * node + 2
            top += 2
        else:
            for i in range(s, e):
                first[size], last[size] = i, i + 1
                size += 1
    return first[:size], last[:size]


def merge_centers(centers: np.ndarray, bandwidths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Merge (N, d) centres with bandwidths (N,) into G groups; None where merging does not pay.

    Returns
    -------
    means : (G, d) weighted by precision
    variance : (G,) harmonic mean of h², and s²
    step_precision : (G,) mean of 1 / h²
    count : (G,) centres in each
    """
    d = centers.shape[1]
    tree = kdtree.build(centers, 4)
    variance = bandwidths[tree.order] ** 2
    first, last = _mergeable_nodes(tree.points, variance, tree.start, tree.end)
    if len(first) > MAX_GROUPS_SHARE * len(centers):
        return None
    order = np.argsort(first)
    first, count = first[order], (last - first)[order]
    # A step weighs each centre by its precision: means that do so too keep where steps go, where bandwidths change across a group.
    precision = 1 / variance
    total = np.add.reduceat(precision, first)
    means = np.add.reduceat(tree.points * precision[:, None], first, axis=0) / total[:, None]
    away = tree.points - np.repeat(means, count, axis=0)
    spread = np.add.reduceat((away**2).sum(axis=1), first) / (count * d)
    return means, count / total + spread, total / count, count.astype(np.float64)
