"""The densities are the formulas of the design, in float64, near the origin and far from it; and what climbing them keeps to."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from samples import cloud
from vaegc import BadInput, KernelDensity, NotSupported, Posterior, ascend, robust
from vaegc.densities import AggregatedPosterior, GaussianMixtureField, MixturePrior, neighbor_count


def log_density(y: np.ndarray, centres: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Log of (1/N) Σ_n N(y; z_n, h_n² I), as it is written."""
    n, d = centres.shape
    squares = ((y[:, None] - centres[None]) ** 2).sum(axis=2)
    return logsumexp(-squares / (2 * h**2) - d * np.log(h) - d / 2 * np.log(2 * np.pi), axis=1) - np.log(n)


@pytest.mark.parametrize(("n", "d", "k"), [(2, 1, 1), (30, 2, 3), (120, 10, 0.04), (60, 3, 59)])
def test_log_density_is_the_direct_formula_with_one_bandwidth_per_centre(n, d, k):
    centres, at = cloud(n, d, 0), 1.5 * cloud(40, d, 1)
    density = KernelDensity(centres, neighbors=k)
    np.testing.assert_allclose(density.log_prob(at), log_density(at, centres, density.bandwidths), rtol=1e-10, atol=1e-10)


def test_the_density_integrates_to_one_so_the_bandwidths_norm_is_in_it():
    density = KernelDensity([[0.0], [0.3], [4.0]], bandwidth=[0.1, 0.5, 2.0])
    grid = np.linspace(-12, 16, 40_001)
    assert np.trapezoid(np.exp(density.log_prob(grid[:, None])), grid) == pytest.approx(1.0, abs=1e-7)


def brute_bandwidths(centres: np.ndarray, k: int) -> np.ndarray:
    n, d = centres.shape
    out = np.empty(n)
    for i in range(n):
        others = np.delete(centres, i, axis=0)
        out[i] = np.sort(np.sqrt(((others - centres[i]) ** 2).sum(axis=1)))[k - 1] / np.sqrt(d)
    return np.maximum(out, 1e-6 * robust.scale(centres))


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
    tiny = 1e-6 * robust.scale(centres)
    np.testing.assert_allclose(h, tiny, rtol=1e-12)
    assert (KernelDensity(centres, neighbors=5).bandwidths > 1e3 * tiny).all()
    mostly_one_point = np.array([[0.0]] * 9 + [[0.5], [-0.5]])
    np.testing.assert_array_equal(KernelDensity(mostly_one_point, neighbors=1).bandwidths[:9], 0.5e-6)


@pytest.mark.parametrize(
    ("neighbors", "n", "d", "k"),
    [
        (7, 100, 2, 7), (100, 10, 2, 9), (0.1, 101, 2, 10), (0.25, 10, 2, 2), (0.999, 3, 2, 2), (0.001, 10, 2, 1),
        (None, 1000, 2, 66), (None, 4999, 10, 66), (None, 5000, 10, 66), (None, 5000, 4, 66), (None, 5000, 2, 200), (None, 2, 9, 1),
    ],
)  # fmt: skip
def test_neighbors_is_a_count_a_rounded_share_or_the_default_within_1_and_n_minus_1(neighbors, n, d, k):
    assert neighbor_count(neighbors, n, d) == k


def test_a_given_bandwidth_replaces_the_neighbours():
    centres = cloud(5, 2, 0)
    one, many = KernelDensity(centres, bandwidth=0.3), KernelDensity(centres, bandwidth=np.full(5, 0.3))
    assert one.neighbors_in_use is None is many.neighbors_in_use
    np.testing.assert_array_equal(one.bandwidths, np.full(5, 0.3))
    np.testing.assert_array_equal(one.log_prob(centres), many.log_prob(centres))


@pytest.mark.parametrize(("n", "d"), [(20, 1), (50, 4), (50, 10)])
def test_the_gradient_is_that_of_finite_differences(n, d):
    density, at = KernelDensity(cloud(n, d, 3), neighbors=5), cloud(10, d, 4)
    step = 1e-6 * np.eye(d)
    differences = np.stack([(density.log_prob(at + e) - density.log_prob(at - e)) / 2e-6 for e in step], axis=1)
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
    moved, logs = density.step_and_log_prob(at, 0.7)
    np.testing.assert_array_equal(moved, density.step(at, 0.7))
    np.testing.assert_array_equal(logs, density.log_prob(at))
    np.testing.assert_allclose(density.step_and_log_prob(at, 0.0)[0], at, rtol=1e-12, atol=1e-12)


def test_the_middle_between_two_equal_wide_kernels_is_a_mode_and_stays():
    density = KernelDensity([[-1.0, 0.0], [1.0, 0.0]], bandwidth=5.0)
    np.testing.assert_array_equal(density.step([[0.0, 0.0]]), [[0.0, 0.0]])
    np.testing.assert_array_equal(density.grad([[0.0, 0.0]]), [[0.0, 0.0]])


def test_a_point_far_outside_still_climbs():
    density = KernelDensity(cloud(20, 2, 0), neighbors=1)
    far = np.array([[1e4, -1e4]])  # every kernel is exp(-1e9) here
    assert np.isfinite(density.log_prob(far)).all()
    assert np.linalg.norm(density.step(far)) < 10


def test_moving_everything_moves_the_steps_along():
    centres, at, by = cloud(50, 4, 0), cloud(9, 4, 1), np.array([3.0, -7.0, 0.5, 40.0])
    here, there = KernelDensity(centres), KernelDensity(centres + by)
    np.testing.assert_allclose(there.step(at + by), here.step(at) + by, rtol=0, atol=1e-11)
    np.testing.assert_allclose(there.log_prob(at + by), here.log_prob(at), rtol=1e-10)
    np.testing.assert_allclose(there.grad(at + by), here.grad(at), rtol=1e-8, atol=1e-9)


def test_a_million_away_from_the_origin_no_digits_are_lost_beyond_those_of_the_input():
    # Multiples of 2^-20 are exact at 1e6 too, so both densities are given the very same cloud.
    exact = np.round(cloud(60, 3, 0) * 2**20) / 2**20
    near, far = KernelDensity(exact, neighbors=3), KernelDensity(exact + 2.0**20, neighbors=3)
    np.testing.assert_allclose(far.bandwidths, near.bandwidths, rtol=1e-12)
    np.testing.assert_allclose(far.log_prob(exact + 2.0**20), near.log_prob(exact), rtol=0, atol=1e-7)
    np.testing.assert_allclose(far.step(exact + 2.0**20) - 2.0**20, near.step(exact), rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", ["kernel", "aggregated", "mixture"])
def test_many_points_are_answered_as_they_are_one_by_one(kind):
    density, at = made(kind, 700, 3, 0), cloud(300, 3, 1)  # more than one tile of components, many blocks of points
    (moved, logs), gradient = density.step_and_log_prob(at), density.grad(at)
    for i in range(len(at)):
        alone = density.step_and_log_prob(at[i : i + 1])
        np.testing.assert_allclose(alone[0][0], moved[i], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(alone[1][0], logs[i], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(density.grad(at[i : i + 1])[0], gradient[i], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", ["kernel", "aggregated"])
def test_so_they_are_where_sums_are_near_but_for_the_stated_error(kind):
    density, at = made(kind, 5001, 3, 0, exact=None), cloud(300, 3, 1)
    assert not density.exact
    moved, logs = density.step_and_log_prob(at)
    alone = np.concatenate([density.step(point[None]) for point in at])
    error = np.linalg.norm(alone - moved, axis=1) / np.linalg.norm(moved - at, axis=1)
    assert np.median(error) <= 2 * 1e-3  # either may be off by that
    assert np.quantile(error, 0.99) <= 2 * 2e-2
    np.testing.assert_allclose([density.log_prob(point[None])[0] for point in at], logs, rtol=0, atol=0.02)


def made(kind: str, n: int, d: int, seed: int, exact: bool | None = True, round_: bool = False) -> GaussianMixtureField:
    """A density of each kind around a cloud; `round_`: the same variance in all directions."""
    rng, centres = np.random.default_rng([seed, n, d]), cloud(n, d, seed)
    if kind == "kernel":
        return KernelDensity(centres, min(5, n - 1), exact=exact)
    logs = rng.uniform(-3, 0, (n, 1)) * np.ones(d) if round_ else rng.uniform(-3, 0, (n, d))
    if kind == "aggregated":
        return AggregatedPosterior(Posterior(centres, logs), min(5, n - 1), exact=exact)
    return MixturePrior.from_parameters(rng.random(n) + 0.01, centres, np.exp(logs))


@settings(max_examples=80)
@given(
    kind=st.sampled_from(["kernel", "aggregated", "mixture"]), n=st.integers(2, 40), d=st.integers(1, 8), seed=st.integers(0, 10**6)
)  # fmt: skip
def test_every_gradient_is_that_of_finite_differences(kind, n, d, seed):
    density, at = made(kind, n, d, seed), 1.2 * cloud(6, d, seed + 1)
    h = 1e-5 * np.sqrt(density.step_variance)
    ways = h * np.eye(d)
    slopes = np.stack([(density.log_prob(at + e) - density.log_prob(at - e)) / (2 * h) for e in ways], axis=1)
    gradient = density.grad(at)
    size = np.linalg.norm(gradient, axis=1, keepdims=True)
    assert (np.abs(slopes - gradient) <= 1e-5 * np.maximum(size, 1 / np.sqrt(density.step_variance))).all()


@pytest.mark.parametrize("kind", ["kernel", "aggregated", "mixture"])
@pytest.mark.parametrize("d", [1, 2, 3, 10])
def test_turning_and_moving_everything_turns_the_steps_along(kind, d):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        turn, by = np.linalg.qr(rng.standard_normal((d, d)))[0], 5 * rng.standard_normal(d)
        centres, at, logs = cloud(60, d, seed), 1.3 * cloud(30, d, seed + 9), rng.uniform(-3, 0, (60, 1)) * np.ones(d)
        weights = rng.random(60)
        here, there = (
            KernelDensity(x, 6) if kind == "kernel"
            else AggregatedPosterior(Posterior(x, logs), 6) if kind == "aggregated"
            else MixturePrior.from_parameters(weights, x, np.exp(logs))
            for x in (centres, centres @ turn + by)
        )  # fmt: skip
        np.testing.assert_allclose(there.log_prob(at @ turn + by), here.log_prob(at), rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(there.step(at @ turn + by, 1.4), here.step(at, 1.4) @ turn + by, rtol=0, atol=1e-9)
        np.testing.assert_allclose(there.grad(at @ turn + by), here.grad(at) @ turn, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("kind", ["kernel", "aggregated", "mixture"])
def test_log_density_never_falls_whatever_the_widths_the_weights_and_the_step(kind):
    rng = np.random.default_rng(7)
    for _ in range(340):
        n, d, alpha = int(rng.integers(2, 15)), int(rng.integers(1, 7)), float(rng.uniform(0.01, 1.99))
        centres, logs = rng.standard_normal((n, d)), rng.uniform(-8, 2, (n, d))
        rule = [{"neighbors": int(rng.integers(1, n))}, {"bandwidth": np.exp(rng.uniform(-4, 2, n))}, {"neighbors": 0.3}][
            rng.integers(3)
        ]
        density = (
            KernelDensity(centres, **rule) if kind == "kernel"
            else AggregatedPosterior(Posterior(centres, logs), **(rule if rng.random() < 0.7 else {"bandwidth": 0.0})) if kind == "aggregated"
            else MixturePrior.from_parameters(np.exp(rng.uniform(-9, 0, n)), centres, np.exp(logs))
        )  # fmt: skip
        z = rng.uniform(0.5, 3) * rng.standard_normal((8, d))
        before = density.log_prob(z)
        for _ in range(5):
            z = density.step(z, alpha)
            after = density.log_prob(z)
            assert (after >= before - 1e-9 * np.maximum(np.abs(before), 1)).all()
            before = after


def test_with_an_alpha_above_two_it_may_fall_and_so_ascend_refuses_it():
    density, z = KernelDensity([[-1.0], [1.0]], bandwidth=5.0), np.array([[0.5]])
    assert density.log_prob(density.step(z, 2.3))[0] < density.log_prob(z)[0]
    assert density.log_prob(density.step(z, 1.99))[0] > density.log_prob(z)[0]
    with pytest.raises(BadInput, match="alpha must be below 2"):
        ascend([[-1.0], [1.0]], density, steps=1, alpha=2.0001)


@pytest.mark.parametrize("kind", ["kernel", "aggregated", "mixture"])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_every_mode_is_a_fixed_point_without_a_slope(kind, d):
    density, modes = made(kind, 40, d, 2), cloud(40, d, 2)
    for _ in range(20_000):
        before, modes = modes, density.step(modes, 1.5)
        if np.abs(modes - before).max() < 1e-14:
            break
    np.testing.assert_allclose(density.step(modes), modes, rtol=0, atol=1e-9)
    assert (np.abs(density.grad(modes)) <= 1e-8 / np.sqrt(density.step_variance)).all()


# --- aggregated posterior --------------------------------------------------------------------------------------------


def mixture_log_density(y: np.ndarray, weights: np.ndarray, means: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Log of Σ_n w_n N(y; m_n, diag v_n), as it is written."""
    a = -0.5 * ((y[:, None] - means) ** 2 / variances + np.log(2 * np.pi * variances)).sum(axis=2)
    return logsumexp(a + np.log(weights), axis=1)


@pytest.mark.parametrize(("n", "d"), [(2, 1), (50, 3), (300, 10)])
@pytest.mark.parametrize("bandwidth", [0, 0.0, 0.4, None])
def test_the_aggregated_posterior_is_the_formula_with_variances_plus_squared_bandwidths(n, d, bandwidth):
    means, logs, at = cloud(n, d, 0), np.random.default_rng(1).uniform(-4, 1, (n, d)), 1.5 * cloud(40, d, 2)
    density = AggregatedPosterior(Posterior(means, logs), bandwidth=bandwidth)
    h = KernelDensity(means).bandwidths if bandwidth is None else np.full(n, float(bandwidth))
    np.testing.assert_array_equal(density.bandwidths, h)
    v = np.exp(logs) + h[:, None] ** 2
    np.testing.assert_allclose(density.log_prob(at), mixture_log_density(at, np.full(n, 1 / n), means, v), rtol=1e-10, atol=1e-10)
    a = -0.5 * ((at[:, None] - means) ** 2 / v + np.log(v)).sum(axis=2)
    share = np.exp(a - logsumexp(a, axis=1, keepdims=True))
    np.testing.assert_allclose(density.step(at), share @ (means / v) / (share @ (1 / v)), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(density.grad(at), share @ (means / v) - at * (share @ (1 / v)), rtol=1e-8, atol=1e-9)


def test_with_no_variance_of_their_own_posteriors_are_the_kernel_density_of_their_means():
    means, at = cloud(80, 4, 0), cloud(20, 4, 1)
    kernel, aggregated = KernelDensity(means, 7), AggregatedPosterior(Posterior(means, np.full((80, 4), -80.0)), 7)
    np.testing.assert_allclose(aggregated.log_prob(at), kernel.log_prob(at), rtol=1e-12)
    np.testing.assert_allclose(aggregated.step(at, 0.7), kernel.step(at, 0.7), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(aggregated.effective_neighbors(at), kernel.effective_neighbors(at), rtol=1e-10)


def test_narrow_posteriors_are_their_own_modes_until_they_are_tempered():
    means = cloud(100, 2, 0)
    post = Posterior(means, np.full((100, 2), np.log(1e-6)))
    np.testing.assert_allclose(AggregatedPosterior(post, bandwidth=0.0).step(means), means, atol=1e-9)
    assert np.linalg.norm(AggregatedPosterior(post, 20).step(means) - means, axis=1).mean() > 0.05


# --- mixture prior ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 10])
def test_the_mixture_prior_is_the_formula_with_weights_that_need_not_sum_to_one(d):
    weights, means, v, at = np.array([3.0, 1.0, 0.5]), cloud(3, d, 0), np.exp(cloud(3, d, 1)), 2 * cloud(30, d, 2)
    density = MixturePrior.from_parameters(weights, means, v)
    np.testing.assert_allclose(density.log_prob(at), mixture_log_density(at, weights / 4.5, means, v), rtol=1e-10, atol=1e-10)
    from_model = MixturePrior(SimpleNamespace(kind="vade", prior_mixture=lambda: (weights, means, v)))
    np.testing.assert_array_equal(from_model.step(at), density.step(at))
    assert from_model.name == "mixture prior"


def test_a_component_without_weight_is_none():
    weights, means, v, at = np.array([0.0, 1.0, 3.0, 0.0]), cloud(4, 2, 0), np.exp(cloud(4, 2, 1)), cloud(20, 2, 2)
    density = MixturePrior.from_parameters(weights, means, v)
    np.testing.assert_array_equal(density.centers, means[1:3])
    np.testing.assert_array_equal(
        density.log_prob(at), MixturePrior.from_parameters([0.25, 0.75], means[1:3], v[1:3]).log_prob(at)
    )
    one = MixturePrior.from_parameters([0.0, 1.0], means[:2], v[:2])  # one Gaussian: a step of 1 goes to its mean
    np.testing.assert_allclose(one.step(at), np.tile(means[1], (20, 1)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("weights", "means", "variances", "words"),
    [
        ([1.0, -0.1], np.zeros((2, 3)), np.ones((2, 3)), "weights must not be negative"),
        ([0.0, 0.0], np.zeros((2, 3)), np.ones((2, 3)), "weights must not be negative"),
        ([1.0, np.nan], np.zeros((2, 3)), np.ones((2, 3)), "component weights must be finite"),
        ([1.0, 1.0], np.zeros((2, 3)), np.zeros((2, 3)), "variances must be above 0"),
        ([1.0, 1.0], np.zeros((2, 3)), np.ones((2, 2)), r"2 weights, means \(2, 3\) and variances \(2, 2\) do not fit"),
        ([1.0, 1.0, 1.0], np.zeros((2, 3)), np.ones((2, 3)), "3 weights, means"),
        ([1.0, 1.0], np.zeros(2), np.ones((2, 1)), "component means must have two axes"),
        ([1.0, 1.0], np.zeros((2, 1)), np.ones(2), "component variances must have two axes"),
    ],
)
def test_components_that_are_no_mixture_are_refused(weights, means, variances, words):
    with pytest.raises(BadInput, match=words):
        MixturePrior.from_parameters(weights, means, variances)


def test_a_table_of_weights_is_refused():
    with pytest.raises(BadInput):
        MixturePrior.from_parameters(np.ones((5, 2)), np.zeros((2, 3)), np.ones((2, 3)))


def test_weights_that_are_no_numbers_are_refused_in_one_sentence():
    with pytest.raises(BadInput):
        MixturePrior.from_parameters(["a", "b"], np.zeros((2, 3)), np.ones((2, 3)))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("logvar", [-800.0, 800.0])
def test_variances_beyond_float64_are_refused_or_give_numbers(logvar):
    try:
        density = AggregatedPosterior(Posterior(cloud(9, 3, 0), np.full((9, 3), logvar)), bandwidth=0.0)
    except BadInput:
        return
    assert np.isfinite(density.log_prob(cloud(2, 3, 1))).all()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda x: AggregatedPosterior(Posterior(x, None)), NotSupported, "plain autoencoder has no posterior variances"),
        (AggregatedPosterior, BadInput, "needs what model.encode gives"),
        (lambda x: AggregatedPosterior(Posterior(x, x[:4])), BadInput, r"means \(5, 2\) and log variances \(4, 2\) must have one shape"),
        (lambda x: AggregatedPosterior(Posterior(x, x[:, :1])), BadInput, "must have one shape"),
        (lambda x: AggregatedPosterior(Posterior(x, np.nan * x)), BadInput, "posterior log variances must be finite"),
        (lambda x: AggregatedPosterior(Posterior(x[:1], x[:1])), BadInput, "An aggregated posterior needs at least 2 points"),
        (lambda x: AggregatedPosterior(Posterior(x, x), bandwidth=-1.0), BadInput, "bandwidth must be above 0"),
        (lambda x: AggregatedPosterior(Posterior(x, x), bandwidth=[0.1, 0.2]), BadInput, "one number or one per centre"),
        (lambda x: MixturePrior(SimpleNamespace(kind="vae")), NotSupported, "model of kind 'vae' has no mixture prior"),
        (lambda x: MixturePrior("vade"), NotSupported, "model of kind 'str' has no mixture prior"),
        (lambda x: MixturePrior.from_parameters([1.0] * 5, x, x**2 + 1).with_centers(x), NotSupported, "mixture prior has centres of its own"),
    ],
)  # fmt: skip
def test_what_has_no_such_density_is_said_in_one_sentence(make, error, words):
    with pytest.raises(error, match=words) as raised:
        make(cloud(5, 2, 0))
    assert "\n" not in str(raised.value)


def test_recentred_components_keep_their_widths_and_weights():
    density, to, at = made("kernel", 30, 3, 0), cloud(30, 3, 8), cloud(9, 3, 9)
    np.testing.assert_allclose(density.with_centers(to).log_prob(at), log_density(at, to, density.bandwidths), rtol=1e-10)
    aggregated = made("aggregated", 30, 3, 0)
    expected = mixture_log_density(at, np.full(30, 1 / 30), to, aggregated._variance)
    np.testing.assert_allclose(aggregated.with_centers(to).log_prob(at), expected, rtol=1e-10)


def test_a_point_whose_square_is_no_number_is_refused_or_answered():
    density = KernelDensity(cloud(9, 2, 0), bandwidth=0.1)
    try:
        moved = density.step([[1e200, 0.0]])
    except BadInput:
        return
    assert np.isfinite(moved).all()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: KernelDensity([[1.0, 2.0]]), "at least 2 points; got 1"),
        (lambda: KernelDensity(np.ones((4, 2))), "All 4 points are equal"),
        (lambda: KernelDensity([[np.nan], [1.0]]), "centers must be finite"),
        (lambda: KernelDensity(cloud(5, 2, 0), neighbors=0), "neighbors must be a whole number, at least 1; got 0"),
        (lambda: KernelDensity(cloud(5, 2, 0), neighbors=1.5), "share of the points below 1; got 1.5"),
        (lambda: KernelDensity(cloud(5, 2, 0), neighbors=-0.1), "neighbors must be a number, above 0; got -0.1"),
        (lambda: KernelDensity(cloud(5, 2, 0), bandwidth=0.0), "bandwidth must be above 0"),
        (lambda: KernelDensity(cloud(5, 2, 0), bandwidth=[0.1, 0.2]), r"one number or one per centre \(5\)"),
        (lambda: KernelDensity(cloud(5, 2, 0)).log_prob([[1.0]]), "lives in 2 dimensions, the points in 1"),
        (lambda: KernelDensity(cloud(5, 2, 0)).step([[np.inf, 0.0]]), "points to climb must be finite"),
    ],
)
def test_what_cannot_be_climbed_is_refused_in_one_sentence(make, words):
    with pytest.raises(BadInput, match=words):
        make()
