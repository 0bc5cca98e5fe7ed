"""The sweep is DBSCAN at every ε; plateaus and the suggestion follow from it by the rules of the design."""

from __future__ import annotations

import warnings
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from vaegc import BadInput, EpsilonSweep, KernelDensity, Stopped, ascend, eps_floor, score
from vaegc.sweep._plateaus import suggest
from validity import ORACLE_UP_TO, valid_tree

KINDS = ("gauss", "blobs", "rounded", "lattice", "duplicates", "collapsed", "far")
SCORES = ["acc", "nmi", "ari", "purity"]


def make_points(kind: str, n: int, d: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    if kind == "blobs":
        x = 0.3 * x + 4 * rng.standard_normal((3, d))[rng.integers(0, 3, n)]
    elif kind == "rounded":
        x = x.round(1)
    elif kind == "lattice":
        x = rng.integers(0, 4, (n, d)).astype(float)
    elif kind == "duplicates":
        x = x[rng.integers(0, max(n // 3, 1), n)]
    elif kind == "collapsed":  # points after a long climb: a few modes, almost no width
        x = 1e-5 * x + x[rng.integers(0, min(4, n), n)]
    elif kind == "far":
        x = x + 1e4
    return x


@st.composite
def swept(draw: st.DrawFn, max_n: int = 60) -> tuple[np.ndarray, EpsilonSweep]:
    points = make_points(
        draw(st.sampled_from(KINDS)), draw(st.integers(1, max_n)), draw(st.integers(1, 10)), draw(st.integers(0, 10**6))
    )
    return points, EpsilonSweep(min_samples=draw(st.integers(1, 20)), eps_floor=0).fit(points)


def events(sweep: EpsilonSweep) -> np.ndarray:
    every = np.concatenate([sweep.core_distances_, sweep.border_distances_, sweep.tree_["weight"]])
    return np.unique(every[np.isfinite(every)])


def radii_between(sweep: EpsilonSweep, points: np.ndarray, most: int = 8) -> np.ndarray:
    """Radii away from every event, where rounding decides nothing; among them one below the first and one above the last."""
    at = events(sweep)
    if len(at) == 0:
        return np.array([0.5, 50.0])
    edges = np.concatenate([[0.0], at, [2 * at[-1] + 1]])
    low, high = edges[:-1], edges[1:]
    wide = high - low > np.maximum(1e-9 * high, 1e-12 * (1 + np.abs(points).max()))
    middles = ((low + high) / 2)[wide]
    return middles[np.unique(np.linspace(0, len(middles) - 1, most).round().astype(int))]


def recounted(labels: np.ndarray, core: np.ndarray, min_count: float) -> np.ndarray:
    """Labels with -2 for every point of a cluster of under `min_count` core points, the others renumbered."""
    out, number = np.full(len(labels), -1), 0
    for cluster in range(labels.max() + 1):
        counted = (core & (labels == cluster)).sum() >= min_count
        out[labels == cluster] = number if counted else -2
        number += bool(counted)
    return out


# --- the cut is DBSCAN -----------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(case=swept())
def test_at_every_radius_between_events_the_cut_is_dbscan(case):
    points, sweep = case
    n = len(points)
    radii = radii_between(sweep, points)
    counts, shares = sweep.n_clusters_at(radii), sweep.noise_at(radii)
    for eps, count, share in zip(radii, counts, shares, strict=True):
        theirs = DBSCAN(eps=eps, min_samples=sweep.min_samples, algorithm="kd_tree").fit(points)
        core = np.zeros(n, bool)
        core[theirs.core_sample_indices_] = True
        labels = sweep.labels_at(eps)
        np.testing.assert_array_equal(sweep.core_distances_ <= eps, core)
        np.testing.assert_array_equal(labels[core], theirs.labels_[core])
        np.testing.assert_array_equal(labels == -1, theirs.labels_ == -1)
        assert count == sweep.n_clusters_at(eps) == theirs.labels_.max() + 1
        assert share == sweep.noise_at(eps) == pytest.approx((theirs.labels_ == -1).mean(), abs=1e-12)
        assert isinstance(sweep.n_clusters_at(eps), int)
        assert isinstance(sweep.noise_at(eps), float)


@settings(max_examples=150)
@given(case=swept())
def test_a_border_point_joins_its_parents_cluster_which_owns_a_core_point_within_reach(case):
    points, sweep = case
    for eps in radii_between(sweep, points):
        labels, core = sweep.labels_at(eps), sweep.core_distances_ <= eps
        for i in np.flatnonzero(~core & (labels >= 0)):
            parent = sweep.border_parents_[i]
            assert core[parent]
            assert labels[i] == labels[parent]
            assert np.linalg.norm(points[i] - points[parent]) <= eps * (1 + 1e-9)


@settings(max_examples=100)
@given(case=swept())
def test_border_distance_and_parent_are_the_minimum_over_the_first_neighbours(case):
    points, sweep = case
    assert len(points) <= ORACLE_UP_TO
    valid_tree(sweep)


def test_a_point_that_is_noise_stays_noise_below_its_border_distance():
    points = make_points("blobs", 80, 2, 3)
    sweep = EpsilonSweep(min_samples=6).fit(points)
    for i in range(80):
        border = sweep.border_distances_[i]
        assert sweep.labels_at(np.nextafter(border, 0))[i] == -1
        assert sweep.labels_at(border)[i] >= 0


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_of_two_equally_near_core_points_the_lower_index_is_the_parent(side):
    # Point 0 reaches point 4 on one side and point 8 on the other at radius 1, and is no core point before 1.25.
    line = side * np.array([0.0, -1.25, -1.25, -1.25, 1.0, 1.25, 1.25, 1.25, -1.0])
    sweep = EpsilonSweep(min_samples=4).fit(line[:, None])
    assert (sweep.border_distances_[0], sweep.core_distances_[0]) == (1.0, 1.25)
    assert sweep.border_parents_[0] == 4
    assert sweep.labels_at(1.1)[0] == sweep.labels_at(1.1)[4] != sweep.labels_at(1.1)[8]


def test_core_points_are_numbered_by_the_lowest_core_index():
    sweep = EpsilonSweep(min_samples=2).fit([[9.0], [0.0], [9.1], [0.1], [5.0], [5.1]])
    assert sweep.labels_at(0.5).tolist() == [0, 1, 0, 1, 2, 2]


def test_the_tree_is_a_sorted_spanning_tree():
    points = make_points("rounded", 70, 3, 1)
    assert len(valid_tree(EpsilonSweep(min_samples=5).fit(points)).tree_) == 69


# --- min_size --------------------------------------------------------------------------------------------------------


@settings(max_examples=120)
@given(case=swept(), size=st.one_of(st.integers(1, 12), st.floats(0.001, 0.6)))
def test_clusters_below_min_size_are_unassigned_and_the_others_renumbered(case, size):
    points, sweep = case
    min_count = size if isinstance(size, int) else max(size * len(points), 1)
    radii = radii_between(sweep, points)
    for eps, count in zip(radii, sweep.n_clusters_at(radii, min_size=size), strict=True):
        expected = recounted(sweep.labels_at(eps), sweep.core_distances_ <= eps, min_count)
        np.testing.assert_array_equal(sweep.labels_at(eps, min_size=size), expected)
        assert count == sweep.n_clusters_at(eps, min_size=size) == expected.max(initial=-1) + 1


def test_a_share_is_not_rounded():
    points = [[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [9.3]]  # 3 and 4 of 7 core points
    sweep = EpsilonSweep(min_samples=1).fit(points)
    assert sweep.n_clusters_at(1.0, min_size=3 / 7) == 2
    assert sweep.n_clusters_at(1.0, min_size=0.43) == 1  # 3.01 points
    assert sweep.n_clusters_at(1.0, min_size=3) == 2
    assert sweep.n_clusters_at(1.0, min_size=4) == 1
    assert sweep.labels_at(1.0, min_size=4).tolist() == [-2, -2, -2, 0, 0, 0, 0]


@pytest.mark.parametrize("size", [0, -1, 1.5, "3", True, float("nan")])
def test_a_min_size_that_means_nothing_is_refused(size):
    sweep = EpsilonSweep(min_samples=1).fit([[0.0], [1.0]])
    with pytest.raises(BadInput, match="min_size"):
        sweep.n_clusters_at(1.0, min_size=size)


# --- the curve and the plateaus --------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(case=swept(), size=st.sampled_from([1, 3, 0.1]), noise=st.sampled_from(["wrong", "ignore", "nearest"]))
def test_the_curve_says_what_labels_and_score_say_at_each_radius(case, size, noise):
    points, sweep = case
    y = np.arange(len(points)) % 3
    curve = sweep.curve(y, n_eps=12, min_size=size, noise=noise)
    span = sweep.eps_range()
    assert len(curve) == (12 if span else 0)
    if span:
        assert (curve["eps"].iloc[0], curve["eps"].iloc[-1]) == span
        steps = np.diff(np.log(curve["eps"]))
        np.testing.assert_allclose(steps, steps[0], rtol=1e-6, atol=1e-12)
    for row in curve.itertuples():
        labels = sweep.labels_at(row.eps, min_size=size)
        assert row.n_clusters == max(labels.max() + 1, 0) == sweep.n_clusters_at(row.eps, min_size=size)
        assert row.noise == pytest.approx((labels == -1).mean(), abs=1e-12)
        assert row.unassigned == pytest.approx((labels == -2).mean(), abs=1e-12)
        scored = score(y, sweep.labels_at(row.eps, size, noise), "wrong" if noise == "nearest" else noise)
        assert [getattr(row, name) for name in SCORES] == pytest.approx([getattr(scored, name) for name in SCORES], abs=1e-12)
    assert sweep.curve(n_eps=12)[SCORES].isna().all(axis=None)


def brute_plateaus(sweep: EpsilonSweep, min_size: float, max_noise: float) -> list[tuple[int, float, float]]:
    at, floor, rows = events(sweep), sweep.eps_floor_, []
    previous = None
    for low, high in pairwise(at):
        middle = (low + high) / 2
        labels = sweep.labels_at(middle if middle < high else low, min_size=min_size)
        k = labels.max() + 1
        good = k >= 2 and (labels < 0).mean() <= max_noise + 1e-12 and high > floor
        if good and previous == k:
            rows[-1] = (k, rows[-1][1], high)
        elif good:
            rows.append((k, max(low, floor), high))
        previous = k if good else None
    return rows


@settings(max_examples=120)
@given(
    case=swept(max_n=40),
    size=st.sampled_from([1, 2, 3, 0.01, 0.1]),
    most=st.sampled_from([0.0, 0.1, 0.3, 1.0]),
    floor=st.sampled_from([0.0, 0.3, None]),
)
def test_plateaus_are_those_of_a_scan_over_every_interval_between_events(case, size, most, floor):
    points, found = case
    sweep = EpsilonSweep(min_samples=found.min_samples, eps_floor=floor).fit(points)
    table = sweep.plateaus(min_size=size, max_noise=most)
    rows = sorted(zip(table["n_clusters"], table["eps_low"], table["eps_high"], strict=True))
    assert rows == sorted(brute_plateaus(sweep, size, most))
    assert (table["eps_low"] >= sweep.eps_floor_).all()
    lengths = table["log_length"].to_numpy(float)
    assert (lengths[:-1] >= lengths[1:]).all()
    ends = table["eps_low"].to_numpy(float) > 0
    expected = np.log(table["eps_high"].to_numpy(float)[ends] / table["eps_low"].to_numpy(float)[ends])
    np.testing.assert_array_equal(lengths[ends], expected)
    assert np.isinf(lengths[~ends]).all()


def on_a_line(*gaps: float, floor: float = 0.9) -> EpsilonSweep:
    """With min_samples 1 the number of clusters falls by one at every gap: all plateaus are known."""
    return EpsilonSweep(min_samples=1, eps_floor=floor).fit(np.concatenate([[0.0], np.cumsum(gaps)])[:, None])


look = partial(EpsilonSweep.suggest, min_size=1, max_noise=0.0)


def test_a_plateau_that_is_long_and_clearly_the_longest_is_suggested_at_its_geometric_middle():
    said = look(on_a_line(1.0, 2.0, 20.0))
    assert (said.n_clusters, said.runner_up) == (2, 3)
    assert said.eps == pytest.approx(np.sqrt(2 * 20))
    assert said.log_length == pytest.approx(np.log(10))
    assert said.reason.startswith("2 clusters hold while ε grows by a factor of 10.00")


def test_a_plateau_that_is_too_short_is_not_suggested():
    said = look(on_a_line(1.0, 1.2, 1.9))  # 2 clusters for ln(1.9 / 1.2) = .46
    assert (said.n_clusters, said.eps) == (None, None)
    assert said.log_length == pytest.approx(np.log(1.9 / 1.2))
    assert "2 clusters, holds only" in said.reason
    assert look(on_a_line(1.0, 1.2, 2.1)).n_clusters == 2  # .56


def test_two_plateaus_of_nearly_one_length_are_not_readable():
    said = look(on_a_line(1.0, 3.0, 8.1))
    assert (said.n_clusters, said.eps, said.runner_up) == (None, None, 2)
    assert said.log_length == pytest.approx(np.log(3))
    assert "3 clusters hold" in said.reason
    assert "but 2 hold nearly as long" in said.reason


def test_the_lead_is_one_and_a_half_times_the_longest_of_another_number():
    assert look(on_a_line(1.0, np.exp(1.0), np.exp(2.49))).n_clusters is None
    assert look(on_a_line(1.0, np.exp(1.0), np.exp(2.51))).n_clusters == 2
    # A second plateau of the same number is no rival.
    table = pd.DataFrame(
        {"n_clusters": [4, 4, 3], "eps_low": [1.0, 5.0, 9.0], "eps_high": [2.0, 9.9, 10.0], "log_length": [0.69, 0.68, 0.1]}
    )
    assert suggest(table).n_clusters == 4
    assert suggest(table).runner_up == 3


def test_between_equally_long_plateaus_the_one_at_larger_radii_comes_first():
    table = on_a_line(1.0, 2.0, 4.0).plateaus(min_size=1)
    assert table["n_clusters"].tolist()[:2] == [2, 3]
    assert table["log_length"].tolist()[0] == table["log_length"].tolist()[1]


def test_where_no_radius_shows_two_clusters_nothing_is_suggested():
    said = look(on_a_line(1.0, floor=2.0))
    assert said.to_dict() == {**said.to_dict(), "n_clusters": None, "eps": None, "log_length": 0.0, "runner_up": None}
    assert "at no ε" in said.reason


def test_one_number_alone_on_its_plateau_has_no_runner_up():
    said = look(on_a_line(10.0))
    assert (said.n_clusters, said.runner_up) == (2, None)


# --- the floor -------------------------------------------------------------------------------------------------------


def test_the_floor_is_one_percent_of_the_median_distance_to_the_median():
    assert eps_floor([[-3.0], [-1.0], [1.0], [3.0], [5.0]]) == pytest.approx(0.02)
    points = make_points("far", 31, 4, 2)
    distances = [np.sqrt(((p - np.median(points, axis=0)) ** 2).sum()) for p in points]
    assert eps_floor(points) == pytest.approx(0.01 * sorted(distances)[15], rel=1e-9)


def test_the_floor_is_computed_given_or_off():
    points = make_points("gauss", 30, 2, 0)
    assert EpsilonSweep().fit(points).eps_floor_ == eps_floor(points)
    assert EpsilonSweep(eps_floor=0.7).fit(points).eps_floor_ == 0.7
    assert EpsilonSweep(eps_floor=0).fit(points).eps_floor_ == 0.0


def test_a_trajectory_sweeps_every_frame_with_the_floor_of_its_first():
    points = make_points("blobs", 60, 2, 0)
    path = ascend(points, KernelDensity(points), steps=3)
    floor = eps_floor(path.points[0])
    for frame in (0, 2, -1):
        sweep = path.sweep(frame, min_samples=4)
        assert sweep.eps_floor_ == floor
        alone = EpsilonSweep(min_samples=4, eps_floor=floor).fit(path.points[frame])
        np.testing.assert_array_equal(sweep.tree_, alone.tree_)
    assert eps_floor(path.points[-1]) != floor
    with pytest.raises(BadInput, match="frame must be between 0 and 3; got 4"):
        path.sweep(4)


# --- noise="nearest" -------------------------------------------------------------------------------------------------


def nearest_reference(sweep: EpsilonSweep, labels: np.ndarray, eps: float) -> list[int]:
    """The rule in its own words: unlabelled components along the tree take the label of the edge's labelled end."""
    out = labels.tolist()
    group = {i: {i} for i in range(len(out))}
    for u, v, weight in sweep.tree_.tolist():
        if out[u] < 0 and out[v] < 0:
            if group[u] is not group[v]:
                group[u] |= group[v]
                for i in group[v]:
                    group[i] = group[u]
        elif out[u] < 0 or out[v] < 0:
            assert weight > eps
            loose, label = (u, out[v]) if out[u] < 0 else (v, out[u])
            for i in group[loose]:
                out[i] = label
    return out


@settings(max_examples=100)
@given(case=swept(), size=st.sampled_from([1, 3, 0.2]))
def test_nearest_gives_a_point_the_label_it_meets_first_along_the_tree(case, size):
    points, sweep = case
    for eps in radii_between(sweep, points):
        labels = sweep.labels_at(eps, min_size=size)
        placed = sweep.labels_at(eps, min_size=size, noise="nearest")
        assert placed.tolist() == nearest_reference(sweep, labels, eps)
        np.testing.assert_array_equal(placed[labels >= 0], labels[labels >= 0])
        if labels.max() >= 0:
            assert placed.min() >= 0


def test_nearest_by_hand():
    sweep = EpsilonSweep(min_samples=2, eps_floor=0).fit([[0.0], [0.1], [5.0], [5.1], [3.0], [1.0]])
    assert sweep.labels_at(0.5).tolist() == [0, 0, 1, 1, -1, -1]
    assert sweep.labels_at(0.5, noise="nearest").tolist() == [0, 0, 1, 1, 1, 0]


def test_an_unknown_noise_policy_lists_the_known_ones():
    with pytest.raises(BadInput, match="ignore, nearest, wrong"):
        EpsilonSweep(min_samples=1).fit([[0.0], [1.0]]).labels_at(0.5, noise="gone")


# --- representatives -------------------------------------------------------------------------------------------------


@settings(max_examples=80)
@given(case=swept(max_n=40), size=st.sampled_from([1, 3, 0.1]), seed=st.integers(0, 99))
def test_representative_lifetimes_add_up_over_every_interval(case, size, seed):
    points, sweep = case
    span = sweep.eps_range()
    if span is None:
        return
    low, high = span
    rank = np.random.default_rng(seed).permutation(len(points))
    at = events(sweep)
    grid = np.concatenate([[low], at[(at > low) & (at < high)], [high]])
    expected = np.zeros(len(points))
    for left, right in pairwise(grid):
        labels, core = sweep.labels_at(left, min_size=size), sweep.core_distances_ <= left
        for cluster in range(labels.max() + 1):
            members = np.flatnonzero(core & (labels == cluster))
            expected[members[rank[members].argmin()]] += np.log(right / left)
    found = sweep.representative_lifetimes(rank, low, high, min_size=size)
    np.testing.assert_allclose(found, expected, atol=1e-9)


# --- the edges of the domain -----------------------------------------------------------------------------------------


def test_one_point_is_one_cluster_or_noise():
    alone = EpsilonSweep(min_samples=1).fit([[1.0, 2.0]])
    assert alone.labels_at(0.5).tolist() == [0]
    assert alone.n_clusters_at(0.0) == 1
    assert alone.noise_at(0.5) == 0.0
    assert len(alone.tree_) == len(alone.plateaus()) == len(alone.curve()) == 0
    assert alone.eps_range() is None
    assert alone.suggest().n_clusters is None
    assert EpsilonSweep(min_samples=2).fit([[1.0, 2.0]]).labels_at(9.0).tolist() == [-1]


def test_equal_points_are_one_cluster_and_offer_nothing_to_separate():
    same = EpsilonSweep(min_samples=3).fit(np.ones((7, 2)))
    assert same.labels_at(0.0).tolist() == [0] * 7
    assert same.eps_floor_ == 0.0
    assert same.eps_range() is None
    assert len(same.plateaus()) == len(same.curve(np.arange(7))) == 0
    assert same.suggest().reason == "All points are equal: there is nothing to separate."


def test_fewer_points_than_min_samples_are_all_noise_at_every_radius():
    few = EpsilonSweep(min_samples=5).fit([[0.0], [1.0], [2.0]])
    for eps in (0.0, 1.0, 1e300):
        assert few.labels_at(eps).tolist() == [-1] * 3
        assert few.labels_at(eps, noise="nearest").tolist() == [-1] * 3
        assert few.n_clusters_at(eps) == few.n_clusters_at(eps, min_size=2) == 0
        assert few.noise_at(eps) == 1.0
    assert few.eps_range() is None
    assert len(few.curve()) == len(few.plateaus()) == 0
    assert few.suggest().reason == "3 points are fewer than min_samples = 5: all is noise."


def test_fewer_points_than_min_samples_are_noise_at_an_infinite_radius_too():
    few = EpsilonSweep(min_samples=5).fit([[0.0], [1.0], [2.0]])
    assert few.labels_at(np.inf).tolist() == [-1] * 3
    assert (few.n_clusters_at(np.inf), few.noise_at(np.inf)) == (0, 1.0)


def test_radius_zero_and_infinity():
    points = make_points("gauss", 30, 2, 1)
    sweep = EpsilonSweep(min_samples=4).fit(points)
    assert sweep.n_clusters_at(0.0) == 0
    assert sweep.noise_at(0.0) == 1.0
    assert sweep.labels_at(np.inf).tolist() == [0] * 30
    assert EpsilonSweep(min_samples=1).fit(points).n_clusters_at(0.0) == 30


def test_counts_take_arrays_of_any_shape():
    sweep = EpsilonSweep(min_samples=2).fit([[0.0], [1.0], [3.0]])
    grid = np.array([[0.0, 1.0], [2.0, 5.0]])
    assert sweep.n_clusters_at(grid).tolist() == [[0, 1], [1, 1]]
    assert sweep.noise_at(grid).shape == sweep.n_clusters_at(grid, min_size=2).shape == (2, 2)
    assert sweep.n_clusters_at([]).shape == (0,)


@pytest.mark.parametrize(
    "points", [[[0.0], [np.nan]], [[np.inf], [0.0]], [0.0, 1.0], [], [[]], [["a"]], np.zeros((0, 2)), [[1.0], [1.0, 2.0]]]
)
def test_what_is_no_table_of_finite_numbers_is_refused(points):
    with pytest.raises(BadInput, match="points must"):
        EpsilonSweep().fit(points)


def test_nan_is_counted_and_the_first_row_named():
    with pytest.raises(BadInput, match=r"2 of 3 rows hold NaN, infinity or nothing \(the first: row 1, column 0\)"):
        EpsilonSweep().fit([[0.0], [np.nan], [np.inf]])


@pytest.mark.parametrize("bad", [0, -3, 2.5, True, "10", None])
def test_min_samples_is_a_whole_number_of_at_least_one(bad):
    with pytest.raises(BadInput, match="min_samples must be a whole number, at least 1"):
        EpsilonSweep(min_samples=bad).fit([[0.0], [1.0]])


@pytest.mark.parametrize("bad", [-1.0, np.nan, [0.1, -0.1]])
def test_a_negative_radius_is_refused(bad):
    with pytest.raises(BadInput, match="eps must be"):
        EpsilonSweep(min_samples=1).fit([[0.0], [1.0]]).n_clusters_at(bad)


def test_the_callers_points_and_constructor_arguments_stay_as_they_are():
    points = make_points("gauss", 20, 2, 0)
    before = points.copy()
    sweep = EpsilonSweep(min_samples=3)
    assert sweep.fit(points) is sweep
    np.testing.assert_array_equal(points, before)
    assert (sweep.min_samples, sweep.eps_floor) == (3, None)


def test_a_callback_that_returns_true_stops_the_fit_and_only_true_does():
    points = make_points("gauss", 1200, 2, 0)
    seen = []
    EpsilonSweep().fit(points, callback=lambda p: seen.append(p) or "no")
    first = [p.stage for p in seen].index("tree")
    assert [p.stage for p in seen] == ["neighbours"] * first + ["tree"] * (len(seen) - first)
    assert first > 0
    for events in (seen[:first], seen[first:]):
        assert [p.done for p in events] == sorted(p.done for p in events)
        assert (events[-1].done, events[-1].total) == (1200, 1200)
    assert (seen[-1].done, seen[-1].total, seen[-1].share) == (1200, 1200, 1.0)
    with pytest.raises(Stopped, match="1,200 points"):
        EpsilonSweep().fit(points, callback=lambda _: True)


def test_contested_border_points_are_those_that_scikit_learn_puts_elsewhere():
    points, samples, moved = make_points("gauss", 300, 2, 3), 12, 0
    sweep = EpsilonSweep(min_samples=samples).fit(points)
    assert (np.diff(sweep.contested_["reach"]) >= 0).all()
    events = np.unique(np.concatenate([sweep.core_distances_, sweep.border_distances_, sweep.tree_["weight"]]))
    for eps in (0.5 * (events[1:] + events[:-1]))[::5]:
        labels = sweep.labels_at(eps)
        expected = labels.copy()
        for point, rival, reach in sweep.contested_:
            if reach <= eps < sweep.core_distances_[point]:
                expected[point] = min(expected[point], labels[rival])
        truth = DBSCAN(eps=eps, min_samples=samples, algorithm="kd_tree").fit(points).labels_
        np.testing.assert_array_equal(expected, truth)
        moved += int((truth != labels).sum())
    assert moved > 0


def test_moving_scaling_and_shuffling_the_points_changes_nothing_but_the_scale():
    points = make_points("blobs", 60, 3, 7)
    order = np.random.default_rng(0).permutation(60)
    sweep = EpsilonSweep(min_samples=4).fit(points)
    moved = EpsilonSweep(min_samples=4).fit(3 * points[order] + 100)
    np.testing.assert_allclose(moved.core_distances_, 3 * sweep.core_distances_[order], rtol=1e-9)
    np.testing.assert_allclose(moved.tree_["weight"], 3 * sweep.tree_["weight"], rtol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert moved.suggest().n_clusters == sweep.suggest().n_clusters


# --- new points ------------------------------------------------------------------------------------------------------


@settings(max_examples=120)
@given(case=swept(), seed=st.integers(0, 99), size=st.sampled_from([1, 3, 0.2]))
def test_a_new_point_joins_the_core_point_that_reaches_it_first_or_is_noise(case, seed, size):
    points, sweep = case
    rng = np.random.default_rng(seed)
    new = points[rng.integers(0, len(points), 12)] + rng.choice([0.0, 0.3, 3.0], (12, 1)) * rng.standard_normal(
        (12, points.shape[1])
    )
    reach = np.maximum(np.sqrt(((new[:, None] - points[None]) ** 2).sum(-1)), sweep.core_distances_)
    for eps in radii_between(sweep, points, most=4):
        labels, got = sweep.labels_at(eps, size), sweep.predict(new, eps, size)
        first = reach.min(axis=1)
        clear = np.abs(first - eps) > 1e-9 * eps  # the sum above may be rounded otherwise
        np.testing.assert_array_equal((got == -1)[clear], (first > eps)[clear])
        for i in np.flatnonzero((got != -1) & clear):
            nearest = np.flatnonzero(reach[i] <= first[i] * (1 + 1e-12))
            assert got[i] in labels[nearest]


@settings(max_examples=120)
@given(case=swept(), size=st.sampled_from([1, 3, 0.2]))
def test_fitted_points_get_their_own_labels_back(case, size):
    points, sweep = case
    for eps in radii_between(sweep, points, most=5):
        np.testing.assert_array_equal(sweep.predict(points, eps, size), sweep.labels_at(eps, size))


def test_predict_refuses_other_dimensions_and_radii_and_never_warns():
    sweep = EpsilonSweep(2).fit([[0.0, 0], [0, 1], [5, 5]])
    with pytest.raises(BadInput, match="2 numbers each; got 3"):
        sweep.predict([[0.0, 0, 0]], 1.0)
    with pytest.raises(BadInput, match="one eps"):
        sweep.predict([[0.0, 0]], [1.0, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sweep.predict([[1e300, 0], [0.1, 0.1]], 1.0).tolist() == [-1, 0]
    assert EpsilonSweep(9).fit([[0.0], [1.0]]).predict([[0.0]], 5.0).tolist() == [-1]


# --- on disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "samples", "floor"), [(make_points("blobs", 80, 3, 0), 4, None), ([[0.0], [1.0]], 5, 0.25)])
def test_a_saved_sweep_is_the_same_sweep(points, samples, floor, tmp_path):
    sweep = EpsilonSweep(samples, floor).fit(points)
    sweep.save(tmp_path / "kept.npz")
    back = EpsilonSweep.load(tmp_path / "kept.npz")
    for name in ("core_distances_", "border_distances_", "border_parents_", "tree_", "contested_", "points_"):
        np.testing.assert_array_equal(getattr(back, name), getattr(sweep, name))
    assert (back.min_samples, back.eps_floor, back.eps_floor_) == (samples, floor, sweep.eps_floor_)
    assert back.suggest() == sweep.suggest()
    np.testing.assert_array_equal(back.predict(points, 1.0), sweep.predict(points, 1.0))
    pd.testing.assert_frame_equal(back.curve(n_eps=9), sweep.curve(n_eps=9))


def test_what_is_no_saved_sweep_is_a_sentence_and_nothing_is_unpickled(tmp_path):
    path = tmp_path / "kept.npz"
    with pytest.raises(BadInput, match="There is no file"):
        EpsilonSweep.load(path)
    sweep = EpsilonSweep(2).fit([[0.0], [1.0], [3.0]])
    sweep.save(path)
    whole = path.read_bytes()
    for damaged in (b"", b"no zip", whole[: len(whole) // 2], whole[:200] + bytes(40) + whole[240:]):
        path.write_bytes(damaged)
        with pytest.raises(BadInput, match="damaged or is no saved sweep"):
            EpsilonSweep.load(path)
    with np.load(_rewritten(path, whole)) as kept:
        parts = dict(kept)
    for change, words in (
        ({"format": np.array(99)}, "format 99"),
        ({"parent": np.array([0, 1, 7])}, "damaged"),
        ({"tree_u": np.array([0])}, "damaged"),
        ({"core": np.ones(9)}, "damaged"),
        ({"min_samples": np.array(-3)}, "damaged"),
        ({"min_samples": np.array(np.inf)}, "damaged"),
        ({"format": np.array(np.inf)}, "damaged"),
        ({"parent": np.array([0.0, 1.0, 2.0])}, "damaged"),
        ({"core": np.array(["a", "b", "c"])}, "damaged"),
        ({"core": np.array([np.nan, 1.0, 2.0])}, "damaged"),
        ({"points": np.full((3, 1), np.inf)}, "damaged"),
        ({"floor": np.array(np.nan)}, "damaged"),
        ({"tree_u": np.array([0, 0], np.int32), "tree_v": np.array([0, 0], np.int32)}, "damaged"),  # spans nothing
        ({"tree_weight": np.array([5.0, 1.0])}, "damaged"),  # not sorted
        ({"tree_weight": np.array([0.5, 2.0])}, "damaged"),  # below a core distance
    ):
        np.savez(path, **{**parts, **change})
        with pytest.raises(BadInput, match=words):
            EpsilonSweep.load(path)
    with pytest.raises(BadInput, match="cannot be saved"):
        sweep.save("/proc/nothing/kept.npz")


def _rewritten(path, content):
    path.write_bytes(content)
    return path


# --- the curve's two ways --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", ["wrong", "ignore"])
def test_many_classes_are_scored_the_long_way_with_the_same_result(noise, monkeypatch):
    points = make_points("blobs", 300, 2, 4)
    sweep, y = EpsilonSweep(4).fit(points), np.arange(300) % 17
    fast = sweep.curve(y, n_eps=30, noise=noise)
    monkeypatch.setattr("vaegc.sweep._curve.MAX_TABLE_CLASSES", 3)
    pd.testing.assert_frame_equal(sweep.curve(y, n_eps=30, noise=noise), fast, rtol=1e-9)
    lonely = sweep.curve(np.arange(300), n_eps=5, noise=noise)  # every point a class of its own
    assert lonely["acc"].between(0, 1).all()


@pytest.mark.parametrize("n_eps", [2, 3, 16])
def test_the_running_table_never_outgrows_its_lines(n_eps):
    # Four stars whose centres become core points long before anything joins, then their arms one after the other.
    centres = 1.2 / np.sqrt(2) * np.eye(16)[:4]
    arms = [
        c + a * np.eye(16)[4 + 3 * i + j]
        for i, c in enumerate(centres)
        for j, a in enumerate((1, 0.95 - 0.01 * i, 0.85 - 0.01 * i))
    ]
    for points in (np.r_[centres, arms], np.r_[centres, arms, [100 * np.eye(16)[0]]]):
        sweep, y = EpsilonSweep(4).fit(points), np.arange(len(points)) % 3
        for row in sweep.curve(y, n_eps=n_eps).itertuples():
            scored = score(y, sweep.labels_at(row.eps))
            assert [getattr(row, name) for name in SCORES] == pytest.approx([getattr(scored, name) for name in SCORES], abs=1e-12)


@settings(max_examples=150)
@given(case=swept(), n_eps=st.integers(2, 6), seed=st.integers(0, 99))
def test_few_radii_far_apart_are_scored_like_many(case, n_eps, seed):
    points, sweep = case
    y = np.random.default_rng(seed).integers(0, 5, len(points))
    for row in sweep.curve(y, n_eps=n_eps, noise="ignore").itertuples():
        scored = score(y, sweep.labels_at(row.eps), "ignore")
        assert [getattr(row, name) for name in SCORES] == pytest.approx([getattr(scored, name) for name in SCORES], abs=1e-12)


def test_a_changed_parameter_changes_nothing_before_the_next_fit(tmp_path):
    sweep = EpsilonSweep(2, eps_floor=0).fit([[0.0], [1.0], [2.0], [9.0]])
    before = sweep.predict([[0.5]], 1.5)
    sweep.min_samples = 50
    sweep.eps_floor = 7.0
    assert (sweep.min_samples_, sweep.eps_floor_) == (2, 0.0)
    sweep.save(tmp_path / "kept.npz")
    again = EpsilonSweep.load(tmp_path / "kept.npz")
    assert (again.min_samples, again.min_samples_, again.eps_floor, again.eps_floor_) == (2, 2, 0.0, 0.0)
    assert again.predict([[0.5]], 1.5).tolist() == before.tolist()
    assert sweep.predict([[0.5]], 1.5).tolist() == before.tolist() == [0]
    assert sweep.suggest().reason != "4 points are fewer than min_samples = 50: all is noise."


@pytest.mark.parametrize(
    "ask", [lambda s: s.suggest(), lambda s: s.labels_at(1.0), lambda s: s.curve(), lambda s: s.save("x.npz"), lambda s: s.tree_]
)
def test_a_sweep_that_was_not_fitted_says_so(ask):
    with pytest.raises(BadInput, match=r"This sweep has no \w+ yet: call fit\(points\) first\."):
        ask(EpsilonSweep())
    assert not hasattr(EpsilonSweep(), "points_")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        EpsilonSweep().nothing  # noqa: B018


@given(seed=st.integers(0, 1000), eps=st.floats(0.02, 2.0), size=st.sampled_from([1, 3, 0.1]))
def test_nearest_gives_fitted_points_their_own_label_and_every_point_one(seed, eps, size):
    x = np.random.default_rng(seed).normal(size=(60, 2))
    sweep = EpsilonSweep(5).fit(x)
    labels = sweep.labels_at(eps, size, noise="nearest")
    np.testing.assert_array_equal(sweep.predict(x, eps, size, noise="nearest"), labels)
    new = np.random.default_rng(seed + 1).normal(size=(20, 2))
    found, plain = sweep.predict(new, eps, size, noise="nearest"), sweep.predict(new, eps, size)
    np.testing.assert_array_equal(found[plain >= 0], plain[plain >= 0])
    for i in np.flatnonzero(plain < 0):
        assert found[i] == labels[((x - new[i]) ** 2).sum(axis=1).argmin()]


def test_representatives_need_a_rank_of_every_point_and_a_range():
    sweep = EpsilonSweep(1).fit([[0.0], [1.0]])
    for rank, low in ((np.arange(1), 0.1), (np.arange(2), 0.0)):
        with pytest.raises(BadInput, match="one number per point"):
            sweep.representative_lifetimes(rank, low, 1.0)


def test_the_curve_wants_one_class_per_point():
    with pytest.raises(BadInput, match="one label per point"):
        EpsilonSweep(1).fit([[0.0], [1.0]]).curve([0, 1, 2])
    with pytest.raises(BadInput, match="noise must be one of"):
        EpsilonSweep(1).fit([[0.0], [1.0]]).curve([0, 1], noise="maybe")
