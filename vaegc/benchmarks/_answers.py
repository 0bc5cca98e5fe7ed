"""Whether a rival of the sweep gives the same answer: the weights of its tree, the core points and the clusters of its DBSCAN."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaegc.robust import standardised
from vaegc.sweep import EpsilonSweep
from vaegc.wording import counted, percent

ASKED = 500  # points whose neighbours are counted by brute force
EQUAL = 1e-9  # relative difference of sums of squares in another order


def compared(name: str, answer: Any, sweep: EpsilonSweep, x: np.ndarray, eps: float | None) -> str:
    """Say in a few words how an answer differs from that of the sweep of the same points (N, d); the sweep's, from brute force.

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
        return _by_brute_force(answer, x)
    if name in WEIGHTS:
        return _tree(np.sort(WEIGHTS[name](answer, x)), sweep.tree_["weight"])
    assert eps is not None
    labels, core = CORE[name](answer, len(x))
    return _dbscan(np.asarray(labels), core, sweep, eps)


def _by_brute_force(sweep: EpsilonSweep, x: np.ndarray) -> str:
    """Core distances of some points from all distances, by differences of coordinates."""
    rows = np.random.default_rng(0).permutation(len(x))[:ASKED]
    k = sweep.min_samples_ - 1
    exact = np.array([np.partition(np.sqrt(((x - x[row]) ** 2).sum(axis=1)), k)[k] for row in rows])
    wrong = int((np.abs(sweep.core_distances_[rows] - exact) > EQUAL * exact).sum())
    return f"{wrong or 'none'} of {counted(len(rows), 'core distance')} differ{'s' * (wrong == 1)} from brute force"


def _tree(weights: np.ndarray, ours: np.ndarray) -> str:
    """Sorted weights of two minimum spanning trees: which edges are chosen may differ, these cannot."""
    if weights.shape != ours.shape:
        return f"{counted(len(weights), 'edge')}, not {len(ours):,}"
    off = np.abs(weights - ours)
    worst = float(np.max(off / np.maximum(ours, np.finfo(float).tiny), initial=0.0))
    if worst <= EQUAL:
        return "same weights"
    return f"weights differ by {percent(float(np.median(off / np.maximum(ours, np.finfo(float).tiny))), 2)} (median), {percent(worst, 2)} at most"


def _dbscan(labels: np.ndarray, core: np.ndarray, sweep: EpsilonSweep, eps: float) -> str:
    """Core points and the clusters among those that both have."""
    from sklearn.metrics import adjusted_rand_score

    ours = sweep.core_distances_ <= eps
    said = []
    if left := int((ours & ~core).sum()):
        said.append(f"leaves out {left:,} of {counted(int(ours.sum()), 'core point')}")
    if more := int((core & ~ours).sum()):
        said.append(f"takes {counted(more, 'other point')} for core points")
    both = ours & core
    alike = float(adjusted_rand_score(sweep.labels_at(eps)[both], labels[both]))
    if alike < 1 - EQUAL:
        said.append(f"clusters the others otherwise (ARI {alike:.3f})")
    return ", ".join(said) or "same core points and clusters"


def _core_of_sklearn(answer: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    core = np.zeros(n, bool)
    core[answer.core_sample_indices_] = True
    return answer.labels_, core


# Weights (N - 1,) of a tree, from what was returned and the points.
WEIGHTS = {
    "quitefastmst": lambda answer, _x: answer[0],
    "fast_hdbscan": lambda answer, x: answer[0][:, 2] * standardised(x)[2],
    "hdbscan": lambda answer, _x: answer.minimum_spanning_tree_.to_numpy()[:, 2],
}
# Labels (N,) and which points are core points, from what was returned and N.
CORE = {
    "scikit-learn DBSCAN": _core_of_sklearn,
    "dbscan (wangyiqiu)": lambda answer, _n: (answer[0], np.asarray(answer[1], bool)),
}
