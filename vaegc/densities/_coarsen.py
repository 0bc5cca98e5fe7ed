"""Fewer components for the same density: centres that lie close together, seen from their bandwidths, as one Gaussian.

A bandwidth of many neighbours is far wider than the gaps between centres. A group of m centres whose spread s² is a small part of
their h² is then nearly N(mean, (h² + s²) I) of weight m: what is lost are moments of third order, and the direction of the spread. For a
bandwidth that is a share of the points, the number of groups does not grow with N, so that a step costs O(N).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from vaegc.sweep import kdtree

SPREAD = 0.002  # largest s² / h² of a group
UNEVEN = 1.1  # largest ratio of two bandwidths in it
WORTH = 0.5  # groups over centres above which nothing is merged


@njit(cache=True, nogil=True)
def _groups(points: np.ndarray, variance: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
        good = high <= UNEVEN * UNEVEN * low
        if good:
            spread = 0.0
            for k in range(d):
                mean = 0.0
                for i in range(s, e):
                    mean += points[i, k] / (e - s)
                for i in range(s, e):
                    spread += (points[i, k] - mean) ** 2 / ((e - s) * d)
            good = spread <= SPREAD * low
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


def merged(centres: np.ndarray, bandwidths: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Groups of (N, d) centres with bandwidths (N,), or None where merging does not pay.

    Returns
    -------
    means : (G, d) weighted by precision
    variance : (G,) harmonic mean of h², and s²
    step_precision : (G,) mean of 1 / h²
    count : (G,) centres in each
    """
    d = centres.shape[1]
    tree = kdtree.build(centres, 4)
    variance = bandwidths[tree.order] ** 2
    first, last = _groups(tree.points, variance, tree.start, tree.end)
    if len(first) > WORTH * len(centres):
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
