"""Scores agree with scikit-learn and with the definition of ACC, under both noise policies."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from vaegc import BadInput, NotSupported, score
from vaegc.metrics import dbcv
from vaegc.sweep._curve import scores_of

labelled = st.integers(1, 40).flatmap(
    lambda n: st.tuples(st.lists(st.integers(0, 4), min_size=n, max_size=n), st.lists(st.integers(-2, 4), min_size=n, max_size=n))
)


def best_matching(y: np.ndarray, labels: np.ndarray) -> int:
    """The most points that any one-to-one naming of clusters gets right; noise is never right."""
    return max(
        sum(int(((labels == cluster) & (y == name)).sum()) for cluster, name in enumerate(names))
        for names in permutations(range(5))
    )


@settings(max_examples=150)
@given(pair=labelled)
def test_wrong_counts_noise_as_errors_and_as_one_more_group(pair):
    y, labels = map(np.array, pair)
    got = score(y, labels)
    grouped = np.where(labels < 0, -1, labels)
    assert got.acc == pytest.approx(best_matching(y, labels) / len(y))
    assert got.nmi == pytest.approx(normalized_mutual_info_score(y, grouped), abs=1e-9)
    assert got.ari == pytest.approx(adjusted_rand_score(y, grouped), abs=1e-9)
    majority = sum(np.bincount(y[labels == c]).max() for c in set(labels[labels >= 0]))
    assert got.purity == pytest.approx(majority / len(y))
    assert (got.coverage, got.policy, got.n) == (1.0, "wrong", len(y))


@settings(max_examples=150)
@given(pair=labelled)
def test_ignore_scores_the_labelled_points_alone_and_says_how_many_they_are(pair):
    y, labels = map(np.array, pair)
    got, found = score(y, labels, noise="ignore"), labels >= 0
    assert got.coverage == pytest.approx(found.mean())
    if not found.any():
        assert (got.acc, got.nmi, got.ari, got.purity) == (0.0, 0.0, 0.0, 0.0)
        return
    assert got.acc == pytest.approx(best_matching(y[found], labels[found]) / found.sum())
    assert got.nmi == pytest.approx(normalized_mutual_info_score(y[found], labels[found]), abs=1e-9)
    assert got.ari == pytest.approx(adjusted_rand_score(y[found], labels[found]), abs=1e-9)


@settings(max_examples=60)
@given(pair=labelled, seed=st.integers(0, 99), policy=st.sampled_from(["wrong", "ignore"]))
def test_the_names_of_clusters_and_classes_do_not_matter(pair, seed, policy):
    y, labels = map(np.array, pair)
    rng = np.random.default_rng(seed)
    renamed = np.where(labels < 0, labels, 7 * rng.permutation(5)[labels] + 3)
    one, other = score(y, labels, policy), score(100 - y, renamed, policy)
    for name in ("acc", "nmi", "ari", "purity", "n_clusters", "noise", "coverage"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)


def test_unassigned_is_scored_like_noise_but_not_counted_as_noise():
    noise, unassigned = score([0, 0, 1, 1], [0, 0, -1, -1]), score([0, 0, 1, 1], [0, 0, -2, -2])
    assert (noise.noise, unassigned.noise) == (0.5, 0.0)
    assert (noise.acc, noise.nmi, noise.ari) == (unassigned.acc, unassigned.nmi, unassigned.ari) == (0.5, 1.0, 1.0)


def test_by_hand():
    perfect = score([5, 5, 7, 7], [1, 1, 0, 0])
    assert (perfect.acc, perfect.nmi, perfect.ari, perfect.purity) == (1.0, 1.0, 1.0, 1.0)
    lost = score([0, 1], [-1, -1])
    assert (lost.acc, lost.nmi, lost.ari, lost.purity, lost.n_clusters, lost.noise) == (0.0, 0.0, 0.0, 0.0, 0, 1.0)
    split = score([0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 2, 2])  # one class in two clusters
    assert (split.acc, split.purity, split.n_clusters) == (4 / 6, 1.0, 3)
    merged = score([0, 0, 1, 1, 1], [0, 0, 0, 0, 0])
    assert (merged.acc, merged.purity, merged.nmi, merged.ari) == (0.6, 0.6, 0.0, 0.0)
    assert score([3], [0]).acc == 1.0


def test_pairs_of_many_points_do_not_overflow():
    n = 200_000
    y = np.arange(n) % 2
    assert score(y, y).ari == 1.0
    assert score(y, np.zeros(n, int)).ari == 0.0


def test_nearest_needs_the_tree_and_says_so():
    with pytest.raises(NotSupported, match=r"labels_at\(eps, noise=\"nearest\"\)"):
        score([0, 1], [0, 1], noise="nearest")


@pytest.mark.parametrize(("y", "labels"), [([0, 1], [0]), ([], []), ([[0]], [[0]]), ([0, 1], [[0, 1]])])
def test_lists_that_do_not_match_are_refused(y, labels):
    with pytest.raises(BadInput, match=r"two equally long lists|one label per point"):
        score(y, labels)


def test_an_unknown_policy_lists_the_known_ones():
    with pytest.raises(BadInput, match="noise must be one of ignore, nearest, wrong; got 'drop'"):
        score([0], [0], noise="drop")


# --- DBCV ------------------------------------------------------------------------------------------------------------


def test_dbcv_by_hand():
    # On a line, d = 1, squared distances. Cluster 0, 1, 2: the outer points have core ((1 + 1/4) / 2)^-1 = 1.6, the inner one 1.
    # Its tree has no edge between inner nodes, so the longest edge counts: 1.6. The inner points 1 and 11 are 100 apart.
    line = np.array([[0.0], [1], [2], [10], [11], [12]])
    assert dbcv(line, [0, 0, 0, 1, 1, 1]) == pytest.approx((100 - 1.6) / 100)
    # Four in a row: cores of the inner points ((1 + 1 + 1/4) / 3)^-1 = 4/3, their edge is the only inner one; 2 and 11 are 81 apart.
    line = np.array([[0.0], [1], [2], [3], [10], [11], [12], [13]])
    assert dbcv(line, [0, 0, 0, 0, 1, 1, 1, 1]) == pytest.approx((81 - 4 / 3) / 81)
    # In the plane, d = 2: cores (mean of squared distances^-2)^(-1/2). A right angle with legs 1: ((1 + 1) / 2)^(-1/2) = 1 at the corner.
    corner = np.array([[0.0, 0], [1, 0], [0, 1]])
    leg = ((1 + 1 / 4) / 2) ** -0.5
    assert dbcv(np.r_[corner, corner + np.array([10, 0])], [0, 0, 0, 1, 1, 1]) == pytest.approx((100 - leg) / 100)


def test_dbcv_of_a_wrong_cut_is_negative_and_noise_counts_against_it():
    line = np.arange(12.0)[:, None]
    assert dbcv(line, np.arange(12) % 2) < 0
    good = np.r_[line[:6], line[:6] + 50]
    labels = np.repeat([0, 1], 6)
    with_noise = dbcv(np.r_[good, [[25.0]] * 12], np.r_[labels, [-1] * 12])
    assert with_noise == pytest.approx(dbcv(good, labels) / 2)


def test_dbcv_agrees_with_the_implementation_that_follows_the_authors():
    points, y = make_moons(300, noise=0.05, random_state=1782)
    assert dbcv(points, y) == pytest.approx(0.8545358723390613, abs=1e-9)
    points, y = make_moons(500, noise=0.05, random_state=1782)
    noise = np.random.RandomState(1082).uniform(*np.quantile(points, (0, 1), axis=0), size=(100, 2))
    assert dbcv(np.r_[points, noise], np.r_[y, [-1] * 100]) == pytest.approx(0.7545431212217051, abs=1e-9)


@pytest.mark.parametrize("d", [2, 100, 784])
def test_dbcv_knows_neither_scale_nor_place_and_survives_many_dimensions_and_collapsed_clusters(d):
    rng = np.random.default_rng(0)
    points = rng.standard_normal((60, d)) + 30 * (np.arange(60) % 3)[:, None]
    labels = np.arange(60) % 3
    value = dbcv(points, labels)
    assert 0 < value < 1
    assert dbcv(1e-3 * points + 5, (labels + 1) % 3) == pytest.approx(value, abs=1e-6)
    assert dbcv(np.round(points / 30), labels) == pytest.approx(1.0)  # all points of a cluster in one place


def test_dbcv_of_pairs_is_0_and_of_one_cluster_is_refused():
    assert dbcv([[0.0], [1], [8], [9]], [0, 0, 1, 1]) == 0
    with pytest.raises(BadInput, match="at least two; got 1"):
        dbcv([[0.0], [1], [2]], [0, 0, -1])
    with pytest.raises(BadInput, match="one label per point"):
        dbcv([[0.0], [1], [2]], [0, 1])


@settings(max_examples=60)
@given(pair=labelled, policy=st.sampled_from(["wrong", "ignore"]))
def test_the_running_sums_of_a_curve_are_scikit_learns_scores(pair, policy):
    y, labels = map(np.array, pair)
    expected = score(y, labels, policy)
    assert scores_of(y, labels, policy) == pytest.approx((expected.acc, expected.nmi, expected.ari, expected.purity), abs=1e-9)


def test_the_running_sums_do_not_overflow():
    y = np.arange(200_000) % 2
    assert scores_of(y, y, "wrong") == (1.0, 1.0, 1.0, 1.0)
    assert scores_of(y, np.zeros(200_000, int), "wrong") == (0.5, 0.0, 0.0, 0.5)
