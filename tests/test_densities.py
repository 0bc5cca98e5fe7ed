"""The kernel density is the formula of the design, in float64, near the origin and far from it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from vaegc import BadInput, KernelDensity
from vaegc.densities import neighbor_count


def cloud(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


def log_density(y: np.ndarray, centres: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Log of (1/N) Σ_n N(y; z_n, h_n² I), as it is written."""
    n, d = centres.shape
    squares = ((y[:, None] - centres[None]) ** 2).sum(axis=2)
    return logsumexp(-squares / (2 * h**2) - d * np.log(h) - d / 2 * np.log(2 * np.pi), axis=1) - np.log(n)


@pytest.mark.parametrize(("n", "d", "k"), [(2, 1, 1), (30, 2, 3), (120, 10, 0.04), (60, 3, 59)])
def test_log_density_is_the_direct_formula_with_one_bandwidth_per_centre(n, d, k):
    centres, at = cloud(n, d, 0), 1.5 * cloud(40, d, 1)
    density = KernelDensity(centres, neighbors=k)
    np.testing.assert_allclose(density.logp(at), log_density(at, centres, density.bandwidths), rtol=1e-10, atol=1e-10)


def test_the_density_integrates_to_one_so_the_bandwidths_norm_is_in_it():
    density = KernelDensity([[0.0], [0.3], [4.0]], bandwidth=[0.1, 0.5, 2.0])
    grid = np.linspace(-12, 16, 40_001)
    assert np.trapezoid(np.exp(density.logp(grid[:, None])), grid) == pytest.approx(1.0, abs=1e-7)


def brute_bandwidths(centres: np.ndarray, k: int) -> np.ndarray:
    n, d = centres.shape
    out = np.empty(n)
    for i in range(n):
        others = np.delete(centres, i, axis=0)
        out[i] = np.sort(np.sqrt(((others - centres[i]) ** 2).sum(axis=1)))[k - 1] / np.sqrt(d)
    scale = np.median(np.sqrt(((centres - centres.mean(axis=0)) ** 2).sum(axis=1)))
    return np.maximum(out, 1e-6 * scale if scale > 0 else 1e-12)


@pytest.mark.parametrize("k", [1, 2, 7, 39])
@pytest.mark.parametrize("rounded", [False, True])
def test_a_bandwidth_is_the_distance_to_the_kth_nearest_other_centre_over_root_d(k, rounded):
    centres = cloud(40, 3, 2)
    centres = centres.round(0) if rounded else centres
    density = KernelDensity(centres, neighbors=k)
    assert density.neighbors_in_use == k
    np.testing.assert_allclose(density.bandwidths, brute_bandwidths(centres, k), rtol=1e-12)


def test_duplicates_get_the_tiny_bandwidth_and_never_zero():
    centres = np.repeat(cloud(4, 2, 0), 5, axis=0)
    h = KernelDensity(centres, neighbors=4).bandwidths
    tiny = 1e-6 * np.median(np.linalg.norm(centres - centres.mean(axis=0), axis=1))
    np.testing.assert_allclose(h, tiny, rtol=1e-12)
    assert (KernelDensity(centres, neighbors=5).bandwidths > 1e3 * tiny).all()
    mostly_one_point = np.array([[0.0]] * 9 + [[0.5], [-0.5]])
    np.testing.assert_array_equal(KernelDensity(mostly_one_point, neighbors=1).bandwidths[:9], 1e-12)


@pytest.mark.parametrize(
    ("neighbors", "n", "d", "k"),
    [
        (7, 100, 2, 7), (100, 10, 2, 9), (0.1, 101, 2, 10), (0.25, 10, 2, 2), (0.999, 3, 2, 2), (0.001, 10, 2, 1),
        (None, 1000, 2, 40), (None, 4999, 10, 200), (None, 5000, 10, 50), (None, 5000, 4, 50), (None, 5000, 3, 200), (None, 2, 9, 1),
    ],
)  # fmt: skip
def test_neighbors_is_a_count_a_rounded_share_or_the_default_within_1_and_n_minus_1(neighbors, n, d, k):
    assert neighbor_count(neighbors, n, d) == k


def test_a_given_bandwidth_replaces_the_neighbours():
    centres = cloud(5, 2, 0)
    one, many = KernelDensity(centres, bandwidth=0.3), KernelDensity(centres, neighbors=2, bandwidth=np.full(5, 0.3))
    assert one.neighbors_in_use is None is many.neighbors_in_use
    np.testing.assert_array_equal(one.bandwidths, np.full(5, 0.3))
    np.testing.assert_array_equal(one.logp(centres), many.logp(centres))


@pytest.mark.parametrize(("n", "d"), [(20, 1), (50, 4), (50, 10)])
def test_the_gradient_is_that_of_finite_differences(n, d):
    density, at = KernelDensity(cloud(n, d, 3), neighbors=5), cloud(10, d, 4)
    step = 1e-6 * np.eye(d)
    differences = np.stack([(density.logp(at + e) - density.logp(at - e)) / 2e-6 for e in step], axis=1)
    np.testing.assert_allclose(density.grad(at), differences, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 1.9])
def test_a_step_is_alpha_times_gradient_over_mean_precision_which_at_one_is_the_fixed_point(alpha):
    centres, at = cloud(40, 3, 5), cloud(12, 3, 6)
    density = KernelDensity(centres, neighbors=4)
    squares = ((at[:, None] - centres[None]) ** 2).sum(axis=2)
    a = -squares / (2 * density.bandwidths**2) - 3 * np.log(density.bandwidths)
    share = np.exp(a - logsumexp(a, axis=1, keepdims=True)) / density.bandwidths**2
    precision = share.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(density.step(at, alpha), at + alpha * density.grad(at) / precision, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(density.step(at, 1.0), share @ centres / precision, rtol=1e-10, atol=1e-12)


def test_climb_is_the_step_and_the_log_density_before_it():
    density, at = KernelDensity(cloud(30, 2, 0)), cloud(9, 2, 1)
    moved, logs = density.climb(at, 0.7)
    np.testing.assert_array_equal(moved, density.step(at, 0.7))
    np.testing.assert_array_equal(logs, density.logp(at))
    np.testing.assert_allclose(density.climb(at, 0.0)[0], at, rtol=1e-12, atol=1e-12)


def test_the_middle_between_two_equal_wide_kernels_is_a_mode_and_stays():
    density = KernelDensity([[-1.0, 0.0], [1.0, 0.0]], bandwidth=5.0)
    np.testing.assert_array_equal(density.step([[0.0, 0.0]]), [[0.0, 0.0]])
    np.testing.assert_array_equal(density.grad([[0.0, 0.0]]), [[0.0, 0.0]])


def test_a_point_far_outside_still_climbs():
    density = KernelDensity(cloud(20, 2, 0), neighbors=1)
    far = np.array([[1e4, -1e4]])  # every kernel is exp(-1e9) here
    assert np.isfinite(density.logp(far)).all()
    assert np.linalg.norm(density.step(far)) < 10


def test_moving_everything_moves_the_steps_along():
    centres, at, by = cloud(50, 4, 0), cloud(9, 4, 1), np.array([3.0, -7.0, 0.5, 40.0])
    here, there = KernelDensity(centres), KernelDensity(centres + by)
    np.testing.assert_allclose(there.step(at + by), here.step(at) + by, rtol=0, atol=1e-11)
    np.testing.assert_allclose(there.logp(at + by), here.logp(at), rtol=1e-10)
    np.testing.assert_allclose(there.grad(at + by), here.grad(at), rtol=1e-8, atol=1e-9)


def test_a_million_away_from_the_origin_no_digits_are_lost_beyond_those_of_the_input():
    # Multiples of 2^-20 are exact at 1e6 too, so both densities are given the very same cloud.
    exact = np.round(cloud(60, 3, 0) * 2**20) / 2**20
    near, far = KernelDensity(exact, neighbors=3), KernelDensity(exact + 2.0**20, neighbors=3)
    np.testing.assert_allclose(far.bandwidths, near.bandwidths, rtol=1e-12)
    np.testing.assert_allclose(far.logp(exact + 2.0**20), near.logp(exact), rtol=0, atol=1e-7)
    np.testing.assert_allclose(far.step(exact + 2.0**20) - 2.0**20, near.step(exact), rtol=0, atol=1e-8)


def test_many_points_are_answered_in_blocks_as_they_are_one_by_one(monkeypatch):
    density, at = KernelDensity(cloud(30, 2, 0)), cloud(25, 2, 1)
    whole, gradient = density.climb(at), density.grad(at)
    monkeypatch.setattr("vaegc.densities.BLOCK_BYTES", 8 * 30 * 4)  # four points at a time
    np.testing.assert_allclose(density.climb(at)[0], whole[0], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(density.logp(at), whole[1], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(density.grad(at), gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: KernelDensity([[1.0, 2.0]]), "at least 2 points; got 1"),
        (lambda: KernelDensity(np.ones((4, 2))), "All 4 points are equal"),
        (lambda: KernelDensity([[np.nan], [1.0]]), "centres must be finite"),
        (lambda: KernelDensity(cloud(5, 2, 0), neighbors=0), "neighbors must be a whole number, at least 1; got 0"),
        (lambda: KernelDensity(cloud(5, 2, 0), neighbors=1.5), "share of the points below 1; got 1.5"),
        (lambda: KernelDensity(cloud(5, 2, 0), neighbors=-0.1), "neighbors must be a number, above 0; got -0.1"),
        (lambda: KernelDensity(cloud(5, 2, 0), bandwidth=0.0), "bandwidth must be above 0"),
        (lambda: KernelDensity(cloud(5, 2, 0), bandwidth=[0.1, 0.2]), r"one number or one per centre \(5\)"),
        (lambda: KernelDensity(cloud(5, 2, 0)).logp([[1.0]]), "lives in 2 dimensions, the points in 1"),
        (lambda: KernelDensity(cloud(5, 2, 0)).step([[np.inf, 0.0]]), "points to climb must be finite"),
    ],
)
def test_what_cannot_be_climbed_is_refused_in_one_sentence(make, words):
    with pytest.raises(BadInput, match=words):
        make()
