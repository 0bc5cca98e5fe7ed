"""Comparison of a rival's answer with that of the sweep: tree weights, core points, DBSCAN clusters."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaegc.robust import standardized
from vaegc.sweep import EpsilonSweep
from vaegc.wording import counted, percent, verb_form

N_CHECKED_POINTS = 500  # whose core distances are computed by brute force too
REL_TOLERANCE = 1e-9  # of sums of squares in another order


def compare_answer(name: str, answer: Any, sweep: EpsilonSweep, x: np.ndarray, eps: float | None) -> str:
    """Describe how an answer differs from that of the sweep of the same points (N, d); the sweep's own from brute force.

    Parameters
    ----------
    name
        Of ``TREES`` or ``ONE_EPS`` of `vaegc.benchmarks.sweep`.
    answer
        What its function returned.
    sweep, x, eps
        The fitted sweep, its points and the radius of a DBSCAN.
    """
    if name == "EpsilonSweep.fit":
        return _compare_core_distances(answer, x)
    if name in TREE_WEIGHTS:
        return _compare_tree(np.sort(TREE_WEIGHTS[name](answer, x)), sweep.tree_["weight"])
    assert eps is not None
    labels, core = DBSCAN_RESULTS[name](answer, len(x))
    return _compare_dbscan(np.asarray(labels), core, sweep, eps)


def _compare_core_distances(sweep: EpsilonSweep, x: np.ndarray) -> str:
    """Core distances of some points from all distances, by differences of coordinates."""
    rows = np.random.default_rng(0).permutation(len(x))[:N_CHECKED_POINTS]
    k = sweep.min_samples_ - 1
    exact = np.array([np.partition(np.sqrt(((x - x[row]) ** 2).sum(axis=1)), k)[k] for row in rows])
    wrong = int((np.abs(sweep.core_distances_[rows] - exact) > REL_TOLERANCE * exact).sum())
    return f"{wrong or 'none'} of {counted(len(rows), 'core distance')} {verb_form(wrong, 'differ')} from brute force"


def _compare_tree(weights: np.ndarray, ours: np.ndarray) -> str:
    """Sorted weights of two minimum spanning trees: which edges are chosen may differ, these cannot."""
    if weights.shape != ours.shape:
        return f"{counted(len(weights), 'edge')}, not {len(ours):,}"
    off = np.abs(weights - ours)
    worst = float(np.max(off / np.maximum(ours, np.finfo(float).tiny), initial=0.0))
    if worst <= REL_TOLERANCE:
        return "same weights"
    return f"weights differ by {percent(float(np.median(off / np.maximum(ours, np.finfo(float).tiny))), 2)} (median), {percent(worst, 2)} at most"


def _compare_dbscan(labels: np.ndarray, core: np.ndarray, sweep: EpsilonSweep, eps: float) -> str:
    """Core points and the clusters among those that both have."""
    from sklearn.metrics import adjusted_rand_score

    ours = sweep.core_distances_ <= eps
    differences = []
    if left := int((ours & ~core).sum()):
        differences.append(f"leaves out {left:,} of {counted(int(ours.sum()), 'core point')}")
    if more := int((core & ~ours).sum()):
        differences.append(f"takes {counted(more, 'other point')} for core points")
    both = ours & core
    alike = float(adjusted_rand_score(sweep.labels_at(eps)[both], labels[both]))
    if alike < 1 - REL_TOLERANCE:
        differences.append(f"clusters the others otherwise (ARI {alike:.3f})")
    return ", ".join(differences) or "same core points and clusters"


def _sklearn_result(answer: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    core = np.zeros(n, bool)
    core[answer.core_sample_indices_] = True
    return answer.labels_, core


# Weights (N - 1,) of a tree, from what was returned and the points.
TREE_WEIGHTS = {
    "quitefastmst": lambda answer, _x: answer[0],
    "fast_hdbscan": lambda answer, x: answer[0][:, 2] * standardized(x)[2],
    "hdbscan": lambda answer, _x: answer.minimum_spanning_tree_.to_numpy()[:, 2],
}
# Labels (N,) and which points are core points, from what was returned and N.
DBSCAN_RESULTS = {
    "scikit-learn DBSCAN": _sklearn_result,
    "dbscan (wangyiqiu)": lambda answer, _n: (answer[0], np.asarray(answer[1], bool)),
}
