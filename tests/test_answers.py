"""The benchmark of the sweep says in what a rival's answer differs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from vaegc import EpsilonSweep
from vaegc.benchmarks._answers import compare_answer
from vaegc.benchmarks.sweep import MIN_SAMPLES, _fast_hdbscan, _fit, blobs

X = blobs(400, 3)
SWEEP = EpsilonSweep(MIN_SAMPLES).fit(X)
EPS = float(np.quantile(SWEEP.core_distances_, 0.9))


def test_the_sweep_agrees_with_brute_force():
    assert compare_answer("EpsilonSweep.fit", _fit(X), SWEEP, X, None) == "none of 400 core distances differ from brute force"
    off = _fit(X)
    off.core_distances_ = off.core_distances_ * np.where(np.arange(400) == 7, 1.01, 1)
    assert compare_answer("EpsilonSweep.fit", off, SWEEP, X, None) == "1 of 400 core distances differs from brute force"


def test_a_tree_is_judged_by_its_weights():
    weights = SWEEP.tree_["weight"]
    assert compare_answer("quitefastmst", (weights[::-1],), SWEEP, X, None) == "same weights"
    assert compare_answer("quitefastmst", (weights * 1.02,), SWEEP, X, None) == "weights differ by 2 % (median), 2 % at most"
    assert compare_answer("quitefastmst", (weights[:-1],), SWEEP, X, None) == "398 edges, not 399"


@pytest.mark.slow
def test_fast_hdbscan_differs_by_the_rounding_of_float32_wherever_the_points_lie():
    for points in (X, X + 1e8, X * 1e-20):
        said = compare_answer("fast_hdbscan", _fast_hdbscan(points), EpsilonSweep(MIN_SAMPLES).fit(points), points, None)
        median = float(said.split("differ by ")[1].split(" %")[0])
        assert median < 1e-3


def test_a_dbscan_is_judged_by_its_core_points_and_their_clusters():
    right = DBSCAN(eps=EPS, min_samples=MIN_SAMPLES).fit(X)
    assert compare_answer("scikit-learn DBSCAN", right, SWEEP, X, EPS) == "same core points and clusters"
    core = SWEEP.core_distances_ <= EPS
    less = core & (np.cumsum(core) > 3)
    assert (
        compare_answer("dbscan (wangyiqiu)", (right.labels_, less), SWEEP, X, EPS) == f"leaves out 3 of {core.sum()} core points"
    )
    more = np.ones(400, bool)
    said = compare_answer("dbscan (wangyiqiu)", (np.zeros(400, int), more), SWEEP, X, EPS)
    assert said == f"takes {400 - core.sum()} other points for core points, clusters the others otherwise (ARI 0.000)"
