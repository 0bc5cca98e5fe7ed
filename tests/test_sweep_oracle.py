"""The sweep against scikit-learn's DBSCAN: generated points, the shape suite, and scikit-learn's own tests.

Every case is tried with the k-d tree and with matrix products, with leaves so small that few points make a deep tree.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import distance
from sklearn.cluster import DBSCAN
from sklearn.cluster.tests import test_dbscan as theirs

from vaegc import BadInput, EpsilonSweep
from vaegc.sweep import _blocked, _boruvka, _boruvka_search, _tree, kdtree
from vaegc.sweep import threads as pool
from validity import valid_tree

SHAPES = Path(os.environ.get("VAEGC_DATA", "nowhere")) / "shapes-2d"
no_shapes = pytest.mark.skipif(
    not SHAPES.is_dir(), reason="the shape suite is not at hand: set VAEGC_DATA to a folder that holds shapes-2d"
)
MOST_PAIRS = 5e7  # neighbour pairs that scikit-learn may list at once
KINDS = ("gauss", "blobs", "rounded", "lattice", "duplicates", "collapsed", "jitter", "far", "line", "equal")


def make(kind: str, n: int, d: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    some = rng.integers(0, max(min(4, n), 1), n)
    return {
        "gauss": lambda: x,
        "blobs": lambda: 0.3 * x + 4 * rng.standard_normal((4, d))[some],
        "rounded": lambda: x.round(1),
        "lattice": lambda: rng.integers(0, 4, (n, d)).astype(float),
        "duplicates": lambda: x[rng.integers(0, max(n // 3, 1), n)],
        "collapsed": lambda: x[some] + 1e-5 * x,  # points after a long climb
        "jitter": lambda: x[some] + 1e-9 * x,
        "far": lambda: x + 1e4,
        "line": lambda: np.arange(n)[:, None] * np.ones(d),  # every distance occurs many times
        "equal": lambda: np.ones((n, d)),
    }[kind]()


@contextmanager
def by(method: str, leaf: int = 4) -> Iterator[None]:
    """Fit with one of the two methods, with small leaves and small blocks."""
    with (
        patch.object(kdtree, "LEAF_SIZE", leaf),
        patch.object(_blocked, "BLOCK_ROWS", 16),
        patch.object(_blocked, "BLOCK_COLUMNS", 24),
        patch.object(_tree, "TREE_ALWAYS_DIMS", -1),
        patch.object(_tree, "prefer_brute_force", lambda *_: method == "products"),
    ):
        yield


def radii_between_events(sweep: EpsilonSweep, points: np.ndarray, most: int) -> np.ndarray:
    """Radii where rounding decides nothing, one below the first event and one above the last among them."""
    at = np.concatenate([sweep.core_distances_, sweep.border_distances_, sweep.tree_["weight"]])
    at = np.unique(at[np.isfinite(at)])
    if len(at) == 0:
        return np.array([0.5, 50.0])
    edges = np.concatenate([[0.0], at, [2 * at[-1] + 1]])
    low, high = edges[:-1], edges[1:]
    wide = high - low > np.maximum(1e-9 * high, 1e-12 * (1 + np.abs(points).max()))
    middles = ((low + high) / 2)[wide]
    return middles[np.unique(np.linspace(0, len(middles) - 1, most).round().astype(int))]


def assert_is_dbscan(points: np.ndarray, sweep: EpsilonSweep, eps: float) -> None:
    truth = DBSCAN(eps=eps, min_samples=sweep.min_samples, algorithm="kd_tree").fit(points)
    core = np.zeros(len(points), bool)
    core[truth.core_sample_indices_] = True
    labels = sweep.labels_at(eps)
    np.testing.assert_array_equal(sweep.core_distances_ <= eps, core)
    np.testing.assert_array_equal(labels[core], truth.labels_[core])
    np.testing.assert_array_equal(labels == -1, truth.labels_ == -1)
    assert sweep.n_clusters_at(eps) == truth.labels_.max() + 1
    assert sweep.noise_at(eps) == pytest.approx((truth.labels_ == -1).mean(), abs=1e-12)


# --- generated points ------------------------------------------------------------------------------------------------

cases = st.tuples(
    st.sampled_from(KINDS), st.integers(1, 90), st.integers(1, 20), st.integers(0, 10**6), st.integers(1, 30),
    st.sampled_from(["k-d tree", "products"]), st.sampled_from([4, 24]),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=2200)
@given(case=cases)
def test_core_points_clusters_and_noise_are_those_of_dbscan(case):
    kind, n, d, seed, min_samples, method, leaf = case
    points = make(kind, n, d, seed)
    with by(method, leaf):
        sweep = valid_tree(EpsilonSweep(min_samples=min_samples, eps_floor=0).fit(points))
    for eps in radii_between_events(sweep, points, 5):
        assert_is_dbscan(points, sweep, eps)


def prim(points: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Sorted weights of a minimum spanning tree of mutual reachability, straight from the definition."""
    n = len(points)
    square = ((points[:, None] - points[None]) ** 2)[..., :1]
    for k in range(1, points.shape[1]):  # added up coordinate by coordinate, as the sweep does
        square = square + ((points[:, None, k] - points[None, :, k]) ** 2)[..., None]
    reach = np.maximum(np.sqrt(square[..., 0]), np.maximum(core[:, None], core[None]))
    best, outside, weights = reach[0].copy(), np.ones(n, bool), []
    outside[0] = False
    for _ in range(n - 1):
        j = np.flatnonzero(outside)[best[outside].argmin()]
        weights.append(best[j])
        outside[j] = False
        best = np.minimum(best, reach[j])
    return np.sort(weights)


@settings(max_examples=250)
@given(case=cases)
def test_the_tree_is_minimal_to_the_last_bit_and_spans(case):
    kind, n, d, seed, min_samples, method, leaf = case
    points = make(kind, n, d, seed)
    with by(method, leaf):
        sweep = EpsilonSweep(min_samples=min_samples).fit(points)
    tree, core = sweep.tree_, sweep.core_distances_
    assert len(tree) == n - 1
    assert sorted(tree.tolist(), key=lambda e: (e[2], e[0], e[1])) == tree.tolist()
    roots = np.arange(n)
    for u, v, _ in tree:
        assert roots[u] != roots[v]  # no cycle, so n - 1 edges span
        roots[roots == roots[v]] = roots[u]
    if n >= min_samples:
        np.testing.assert_array_equal(tree["weight"], prim(points, core))


@pytest.mark.parametrize("kind", ["blobs", "rounded", "duplicates", "collapsed"])
@pytest.mark.parametrize("d", [2, 9, 40])
def test_thousands_of_points_give_one_tree_by_both_methods_and_any_number_of_threads(kind, d):
    points = make(kind, 6000, d, 5)
    sweeps = []
    for method, threads in (("k-d tree", 1), ("k-d tree", 3), ("products", 2)):
        with (
            patch.object(pool, "workers", lambda threads=threads: threads),
            patch.object(kdtree, "workers", lambda threads=threads: threads),
            patch.object(_boruvka, "workers", lambda threads=threads: threads),
            patch.object(_boruvka, "PARALLEL_MERGE_LIMIT", 100),
            patch.object(_tree, "TREE_ALWAYS_DIMS", -1),
            patch.object(_tree, "prefer_brute_force", lambda *_, method=method: method == "products"),
        ):
            sweeps.append(EpsilonSweep(min_samples=7).fit(points))
    for other in sweeps[1:]:
        for name in ("core_distances_", "border_distances_", "border_parents_"):
            np.testing.assert_array_equal(getattr(other, name), getattr(sweeps[0], name))
        np.testing.assert_array_equal(other.tree_["weight"], sweeps[0].tree_["weight"])
    np.testing.assert_array_equal(sweeps[1].tree_, sweeps[0].tree_)
    for eps in radii_between_events(sweeps[0], points, 40)[5:15:3]:
        assert_is_dbscan(points, sweeps[0], eps)


def test_waves_of_many_searches_end_in_the_same_tree():
    points = np.concatenate([make("gauss", 3000, 2, s) + 20 * np.array([s, s % 2]) for s in range(3)])
    whole = EpsilonSweep(min_samples=5).fit(points)
    with patch.object(kdtree, "LEAF_SIZE", 2):
        np.testing.assert_array_equal(EpsilonSweep(min_samples=5).fit(points).tree_["weight"], whole.tree_["weight"])
    groups = np.array([0, 5, 5000, 5001, 12000])
    seen = np.concatenate([np.r_[tuple(slice(a, b) for a, b in _boruvka_search._runs(groups, wave))] for wave in range(4)])
    assert sorted(seen) == list(range(12000))  # every item in exactly one run


def test_threads_that_fit_at_once_do_not_disturb_each_other():
    points = [make("blobs", 3000, 2, seed) for seed in range(4)]
    alone = [EpsilonSweep().fit(x).tree_ for x in points]
    together: dict[int, np.ndarray] = {}
    threads = [Thread(target=lambda i=i, x=x: together.update({i: EpsilonSweep().fit(x).tree_})) for i, x in enumerate(points)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, tree in enumerate(alone):
        np.testing.assert_array_equal(together[i], tree)


@pytest.mark.parametrize("exponent", [-700, -500, -300, 300, 500, 700])
def test_huge_and_tiny_coordinates_give_the_same_tree(exponent):
    points = make("blobs", 300, 3, 1)
    sweep, other = EpsilonSweep().fit(points), EpsilonSweep().fit(np.ldexp(points, exponent))
    np.testing.assert_array_equal(other.tree_[["u", "v"]], sweep.tree_[["u", "v"]])
    np.testing.assert_array_equal(other.tree_["weight"], np.ldexp(sweep.tree_["weight"], exponent))
    np.testing.assert_array_equal(other.border_distances_, np.ldexp(sweep.border_distances_, exponent))
    assert other.eps_floor_ == pytest.approx(np.ldexp(sweep.eps_floor_, exponent), rel=1e-12)
    assert len(other.curve(n_eps=7)) == 7
    eps = float(np.ldexp(sweep.tree_["weight"][250], exponent))
    np.testing.assert_array_equal(other.predict(np.ldexp(points, exponent), eps), other.labels_at(eps))


def test_points_too_far_apart_for_a_distance_are_refused():
    with pytest.raises(BadInput, match="too far apart"):
        EpsilonSweep(min_samples=1).fit([[-1.7e308], [1.7e308]])


def test_a_new_point_so_far_away_that_its_square_is_no_number_is_still_judged_by_its_distance():
    sweep = EpsilonSweep(1).fit([[0.0], [1.0]])
    assert sweep.predict([[1e200], [-1e200], [0.4]], 1e300).tolist() == [0, 0, 0]
    assert sweep.predict([[1e200]], 1e199).tolist() == [-1]
    tiny = EpsilonSweep(1).fit([[0.0], [3e-300]])
    assert tiny.predict([[1.0]], 2.0).tolist() == [0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_fits_too():
    points = make("blobs", 5000, 2, 0)
    EpsilonSweep().fit(points)  # its threads do not come along
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that forking with threads is delicate is the point
        process = multiprocessing.get_context("fork").Process(target=EpsilonSweep().fit, args=(points,))
        process.start()
    process.join(60)
    alive = process.is_alive()
    process.kill()
    assert (alive, process.exitcode) == (False, 0)


# --- exactly at an event ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gauss", "lattice", "duplicates"])
def test_at_a_radius_equal_to_a_distance_the_event_has_happened_and_one_bit_below_it_has_not(kind):
    points = make(kind, 60, 2, 3)
    sweep = EpsilonSweep(min_samples=4).fit(points)
    core, border, weight = sweep.core_distances_, sweep.border_distances_, sweep.tree_["weight"]
    for at in np.unique(np.concatenate([core, border, weight])):
        for eps in (at, np.nextafter(at, 0)):
            labels = sweep.labels_at(eps)
            assert sweep.n_clusters_at(eps) == (core <= eps).sum() - (weight <= eps).sum() == labels.max() + 1
            np.testing.assert_array_equal(labels == -1, border > eps)
        for u, v, _ in sweep.tree_[weight == at]:
            assert sweep.labels_at(at)[u] == sweep.labels_at(at)[v] >= 0


# --- the shape suite -------------------------------------------------------------------------------------------------


def shape_paths() -> list[Path]:
    return sorted((SHAPES / "gagolews").rglob("*.data.gz"))


@no_shapes
@pytest.mark.slow
def test_all_real_shapes_are_cut_as_scikit_learn_cuts_them():
    paths = shape_paths()
    assert len(paths) == 76
    tried = 0
    for path in paths:
        points = np.loadtxt(path, ndmin=2)
        if len(points) > 20_000:
            points = points[np.random.default_rng(0).choice(len(points), 20_000, replace=False)]
        sweep = EpsilonSweep(min_samples=5).fit(points)
        radii = radii_between_events(sweep, points, len(points))
        radii = radii[radii <= largest_affordable(points, radii)]
        for eps in radii[np.unique(np.linspace(0, len(radii) - 1, 20).round().astype(int))]:  # fewer where few distances differ
            assert_is_dbscan(points, sweep, eps)
            tried += 1
    assert tried > 19 * len(paths)


def largest_affordable(points: np.ndarray, radii: np.ndarray) -> float:
    """The largest radius at which scikit-learn would list at most MOST_PAIRS neighbours, estimated on a few hundred points."""
    some = distance.cdist(points[:: max(len(points) // 300, 1)], points).ravel()
    share = MOST_PAIRS / len(points) ** 2
    return float(np.inf if share >= 1 else np.quantile(some, share))


# --- scikit-learn's own tests ----------------------------------------------------------------------------------------


class SweptDBSCAN:
    """DBSCAN's face over the sweep, Euclidean and without weights."""

    def __init__(self, eps=0.5, min_samples=5, metric="euclidean", metric_params=None, algorithm="auto", leaf_size=30, p=None):
        assert metric in ("euclidean", "minkowski", distance.euclidean)
        assert p in (None, 2.0)
        self.eps, self.min_samples = eps, min_samples

    def fit(self, X):
        self.sweep = EpsilonSweep(min_samples=self.min_samples).fit(X)
        self.labels_ = self.sweep.labels_at(self.eps)
        self.core_sample_indices_ = np.flatnonzero(self.sweep.core_distances_ <= self.eps)
        self.components_ = np.asarray(X)[self.core_sample_indices_]
        return self

    def fit_predict(self, X):
        return self.fit(X).labels_


def swept_dbscan(X, eps=0.5, min_samples=5, **options):
    fitted = SweptDBSCAN(eps, min_samples, **options).fit(X)
    return fitted.core_sample_indices_, fitted.labels_


APPLY = {
    "test_dbscan_feature": [()],
    "test_dbscan_input_not_modified": [("minkowski", None)],
    "test_dbscan_no_core_samples": [(np.asarray,)],  # the dense half: the "sparse container" hands the array back
    "test_dbscan_callable": [()],  # the callable is the Euclidean distance
    "test_input_validation": [()],
    "test_pickle": [()],
    "test_boundaries": [()],
    "test_dbscan_core_samples_toy": [("brute",), ("kd_tree",), ("ball_tree",)],
}
APPLY_NOT = {
    "test_dbscan_similarity": "precomputed distances",
    "test_dbscan_sparse": "sparse matrices",
    "test_dbscan_sparse_precomputed": "precomputed distances",
    "test_dbscan_sparse_precomputed_different_eps": "precomputed distances",
    "test_dbscan_input_not_modified_precomputed_sparse_nodiag": "precomputed distances",
    "test_dbscan_metric_params": "Minkowski p = 1",
    "test_dbscan_balltree": "precomputed distances and Minkowski p = 1; its Euclidean part is test_dbscan_feature",
    "test_weighted_dbscan": "sample weights",
    "test_dbscan_precomputed_metric_with_degenerate_input_arrays": "precomputed distances",
    "test_dbscan_precomputed_metric_with_initial_rows_zero": "precomputed distances",
    "test_dbscan_no_warning_unsorted_precomputed": "precomputed distances",
    "test_dbscan_no_warning_presorted_precomputed": "precomputed distances",
}


def test_every_test_of_scikit_learn_is_run_or_has_a_reason_not_to_be():
    assert {name for name in dir(theirs) if name.startswith("test_")} <= {*APPLY, *APPLY_NOT}


@pytest.mark.parametrize(("name", "arguments"), [(name, a) for name, every in APPLY.items() for a in every])
def test_scikit_learns_own_tests_pass_with_the_sweep_in_dbscans_place(name, arguments, monkeypatch):
    if not hasattr(theirs, name):
        pytest.skip(f"this scikit-learn has no {name}")
    monkeypatch.setattr(theirs, "DBSCAN", SweptDBSCAN)
    monkeypatch.setattr(theirs, "dbscan", swept_dbscan)
    getattr(theirs, name)(*arguments)


def test_a_fitted_sweep_survives_pickling():
    sweep = EpsilonSweep(min_samples=3).fit(make("blobs", 50, 2, 0))
    back = pickle.loads(pickle.dumps(sweep))
    np.testing.assert_array_equal(back.labels_at(1.0), sweep.labels_at(1.0))
    np.testing.assert_array_equal(back.predict(sweep.points_, 1.0), sweep.labels_at(1.0))
