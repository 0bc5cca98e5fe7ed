"""DensityStatistics over components: exact ones against a second implementation, near ones within their stated error, merging, bandwidths."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.special import logsumexp

from samples import cloud
from vaegc import KernelDensity, ModelConfig, Posterior, load_dataset, robust, train
from vaegc.densities import AggregatedPosterior, GaussianMixtureField, _bandwidth
from vaegc.densities._cells import build_mixture_tree
from vaegc.densities._coarsen import MAX_BANDWIDTH_RATIO, MAX_GROUPS_SHARE, MAX_SPREAD_RATIO, _mergeable_nodes, merge_centers
from vaegc.densities._dense import evaluate_dense
from vaegc.densities._kde_sums import evaluate
from vaegc.densities._kernel import EXP32, EXP64, DensityStatistics, _exponentials
from vaegc.neighbors import divisor
from vaegc.sweep import kdtree

pytestmark = pytest.mark.usefixtures("no_card")  # which would answer in place of what is tested
MEDIAN, WORST_HUNDREDTH = 1e-3, 2e-2  # error of a near step, as a share of the step's length
DIMENSIONS = (1, 2, 3, 5, 10, 20)


def clustered(n: int, d: int, seed: int, apart: float) -> np.ndarray:
    """Ten clusters of spreads .3 to 1.2; the distance between their centres is about apart * sqrt(2 d)."""
    rng = np.random.default_rng(seed)
    centres, spread, label = apart * rng.standard_normal((10, d)), rng.uniform(0.3, 1.2, 10), rng.integers(10, size=n)
    return centres[label] + spread[label, None] * rng.standard_normal((n, d))


# --- exact sums ------------------------------------------------------------------------------------------------------


def assert_same(one: DensityStatistics, other: DensityStatistics, scale: float = 1.0) -> None:
    np.testing.assert_allclose(one.log_density, other.log_density, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(one.shift, other.shift, rtol=1e-10, atol=1e-10 * scale)
    np.testing.assert_allclose(one.precision, other.precision, rtol=1e-10)
    np.testing.assert_allclose(one.effective_neighbors, other.effective_neighbors, rtol=1e-10)


@pytest.mark.parametrize("case", ["plain", "duplicates", "widths of all sizes"])
@pytest.mark.parametrize("directions", [False, True])
@pytest.mark.parametrize("d", DIMENSIONS)
def test_exact_sums_are_those_of_torch(d, directions, case):
    for n in (1, 2, 17, 300, 1000):
        rng = np.random.default_rng(n + d)
        means, shape = rng.standard_normal((n, d)), (n, d) if directions else (n,)
        width = np.exp(0.5 * rng.standard_normal(shape))
        if case == "duplicates":
            means[n // 2 :] = means[: n - n // 2]
        elif case == "widths of all sizes":
            width = np.exp(rng.uniform(np.log(1e-6), np.log(1e6), shape))
        norm = np.log(width).sum(axis=1) if directions else d * np.log(width)
        log_weight = -30 * rng.random(n) - norm  # weights over thirteen orders of magnitude
        at = np.concatenate([1.5 * rng.standard_normal((37, d)), means[:3] + 1e-3, means[:3]])
        here = evaluate(build_mixture_tree(means, 1 / width**2, log_weight), at, prune_threshold=0.0)
        assert_same(here, evaluate_dense(means, 1 / width**2, log_weight, at))
        assert (here.n_evaluated == n).all()


@pytest.mark.parametrize("d", DIMENSIONS)
def test_far_from_the_origin_too_since_the_density_moves_it(d):
    x = np.round(cloud(300, d, d) * 2**20) / 2**20  # these have all their digits 2^14 away, too
    at = np.round(cloud(40, d, d + 1) * 2**20) / 2**20
    far = KernelDensity(x + 2.0**14, 7)
    dense = evaluate_dense(x, 1 / far.bandwidths**2, -np.log(300) - d * np.log(far.bandwidths) - d / 2 * np.log(2 * np.pi), at)
    there = far.statistics(at + 2.0**14)
    np.testing.assert_allclose(there.log_density, dense.log_density, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(there.shift, dense.shift, rtol=0, atol=1e-10)
    np.testing.assert_allclose(there.precision, dense.precision, rtol=1e-9)
    np.testing.assert_allclose(there.effective_neighbors, dense.effective_neighbors, rtol=1e-9)


def test_the_sums_of_many_components_do_not_hang_on_their_order_nor_on_the_tiles():
    means, at = cloud(1000, 3, 0), cloud(50, 3, 1)
    precision, weight = np.exp(cloud(1000, 1, 2)[:, 0]), cloud(1000, 1, 3)[:, 0]
    order = np.random.default_rng(4).permutation(1000)
    parts = build_mixture_tree(means, precision, weight), build_mixture_tree(means[order], precision[order], weight[order])
    assert_same(evaluate(parts[0], at, 0.0), evaluate(parts[1], at, 0.0))


@pytest.mark.parametrize(
    ("kind", "whole", "constants", "error"), [(np.float64, np.int64, EXP64, 1e-11), (np.float32, np.int32, EXP32, 1e-6)]
)
def test_the_exponential_inside_is_that_of_numpy_down_to_underflow(kind, whole, constants, error):
    lowest = float(constants.coefficients[4])
    near_steps = (
        np.log(2) * np.outer(np.arange(0.5, -lowest / np.log(2)), [1 - 1e-6, 1, 1 + 1e-6]).ravel()
    )  # where rounding turns
    a = -np.concatenate([np.linspace(0, -lowest, 300_001), np.geomspace(1e-30, -lowest, 30_000), near_steps]).astype(kind)
    for top in (0.0, 3.0, -12.5):
        moved = (a + kind(top)).astype(kind)
        expected = np.exp(np.maximum((moved - kind(top)).astype(kind), kind(lowest)).astype(float))
        w, scale = np.empty(len(a), kind), np.empty(len(a), kind)
        _exponentials(moved, kind(top), len(a), constants.coefficients, constants.mantissa_bits, scale, scale.view(whole), w)
        np.testing.assert_allclose(w, expected, rtol=error)
    far = np.array([lowest, 2 * lowest, -1e30, 0.0], kind)
    w, scale = np.empty(4, kind), np.empty(4, kind)
    _exponentials(far, kind(0), 4, constants.coefficients, constants.mantissa_bits, scale, scale.view(whole), w)
    np.testing.assert_allclose(w[:3], np.exp(lowest), rtol=error)  # below, it stays there
    assert w[3] == 1


# --- effective neighbours --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 17, 1000])
@pytest.mark.parametrize("prune_threshold", [0.0, 3e-5])
def test_equal_components_at_one_place_are_all_neighbours(n, prune_threshold):
    parts = build_mixture_tree(np.zeros((n, 3)), np.ones(n), np.zeros(n))
    np.testing.assert_allclose(
        evaluate(parts, cloud(9, 3, 0), prune_threshold).effective_neighbors, n, rtol=1e-5 if prune_threshold else 1e-10
    )


def test_far_apart_components_have_one_neighbour_and_wide_ones_all():
    centres = 1e4 * cloud(50, 4, 0)
    np.testing.assert_allclose(KernelDensity(centres, bandwidth=1.0).effective_neighbors(centres), 1, rtol=1e-12)
    np.testing.assert_allclose(KernelDensity(cloud(50, 4, 0), bandwidth=1e6).effective_neighbors(cloud(9, 4, 1)), 50, rtol=1e-10)


@pytest.mark.parametrize("d", [1, 2, 10])
def test_effective_neighbours_are_the_exponential_of_the_entropy_of_the_shares(d):
    centres, at = cloud(200, d, 0), 1.5 * cloud(60, d, 1)
    density = KernelDensity(centres, 9)
    a = -((at[:, None] - centres) ** 2).sum(axis=2) / (2 * density.bandwidths**2) - d * np.log(density.bandwidths)
    logs = a - logsumexp(a, axis=1, keepdims=True)
    np.testing.assert_allclose(density.effective_neighbors(at), np.exp(-(np.exp(logs) * logs).sum(axis=1)), rtol=1e-10)


# --- near sums -------------------------------------------------------------------------------------------------------


def errors(
    near: GaussianMixtureField, exact: GaussianMixtureField, at: np.ndarray, least: np.ndarray | float = 0.0
) -> np.ndarray:
    true = exact.statistics(at).shift
    off = np.linalg.norm(near.statistics(at).shift - true, axis=1)
    return off / np.maximum(np.linalg.norm(true, axis=1), least)


def assert_near(error: np.ndarray) -> None:
    median, worst = np.median(error), np.quantile(error, 0.99)
    assert median <= MEDIAN, f"median {median:.1e}, worst hundredth {worst:.1e}"
    assert worst <= WORST_HUNDREDTH, f"median {median:.1e}, worst hundredth {worst:.1e}"


@pytest.mark.parametrize(
    ("apart", "seed"),
    [
        (0, 0), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2),
        (4, 0), (4, 1), (4, 2),
    ],
)  # fmt: skip
def test_in_ten_dimensions_a_near_step_is_the_exact_one_but_for_a_small_share_of_its_length(apart, seed):
    x = clustered(6000, 10, seed, apart)
    assert_near(errors(KernelDensity(x, 0.01), KernelDensity(x, 0.01, exact=True), x))


@cache
def after_steps(apart: float, seed: int) -> tuple[KernelDensity, KernelDensity, dict[int, np.ndarray]]:
    x = clustered(6000, 10, seed, apart)
    near, exact, frames = KernelDensity(x, 0.01), KernelDensity(x, 0.01, exact=True), {0: x[::3]}
    for step in range(1, 11):
        frames[step] = exact.step(frames[step - 1])
    return near, exact, frames


@pytest.mark.parametrize(
    ("apart", "step"),
    [
        (1, 3), (1, 10),
        (4, 3), (4, 10),
    ],
)  # fmt: skip
def test_it_stays_so_while_points_climb(apart, step):
    # At a mode the step itself vanishes, and with it what its error could be a share of: so at least the bandwidth.
    near, exact, frames = after_steps(apart, 0)
    assert_near(errors(near, exact, frames[step], exact.bandwidths[::3]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_in_two_dimensions_a_near_step_is_the_exact_one_too(seed):
    x = clustered(12_000, 2, seed, 4)
    assert_near(errors(KernelDensity(x, 0.04), KernelDensity(x, 0.04, exact=True), x[::2]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_among_merged_centres_a_near_step_is_still_the_exact_one(seed):
    x = clustered(40_000, 2, seed, 4)
    near = KernelDensity(x, 0.1)
    exact = KernelDensity(x, bandwidth=near.bandwidths, exact=True)
    assert near.n_components < MAX_GROUPS_SHARE * len(x)
    assert_near(errors(near, exact, x[::20]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_merged_centres_have_the_density_and_the_neighbours_of_all_of_them(seed):
    x = clustered(40_000, 2, seed, 4)
    near = KernelDensity(x, 0.1)
    exact, at = KernelDensity(x, bandwidth=near.bandwidths, exact=True), x[::20]
    one, other = near.statistics(at), exact.statistics(at)
    assert near.n_components < MAX_GROUPS_SHARE * len(x) < len(x) == exact.n_components
    np.testing.assert_allclose(one.effective_neighbors, other.effective_neighbors, rtol=0.05)
    np.testing.assert_allclose(one.log_density, other.log_density, rtol=0, atol=5e-3)


@pytest.mark.parametrize(
    ("apart", "seed", "bandwidth"),
    [
        (1, 0, None), (1, 1, None), (1, 2, None),
        (4, 0, None), (4, 1, None),
        (4, 2, None),
        (1, 0, 0.0), (4, 0, 0.0),
    ],
)  # fmt: skip
def test_a_near_step_of_the_aggregated_posterior_too(apart, seed, bandwidth):
    x = clustered(6000, 10, seed, apart)
    post = Posterior(x, np.log(np.random.default_rng(seed + 100).uniform(0.01, 0.3, x.shape)))
    near, exact = (AggregatedPosterior(post, bandwidth=bandwidth, exact=exact) for exact in (None, True))
    # Untempered, most points are their own mode, where the step vanishes: it is compared with at least a hundredth of a width.
    least = (1e-3 if bandwidth is None else 1e-2) * np.sqrt(np.median(exact._variance))
    assert_near(errors(near, exact, x, least))


@pytest.mark.parametrize("d", [2, 10])
@pytest.mark.parametrize("directions", [False, True])
def test_far_outside_a_near_step_is_the_exact_one(d, directions):
    x = clustered(6000, d, 0, 2)
    post = Posterior(x, np.log(np.random.default_rng(1).uniform(0.01, 0.3, x.shape)))
    near, exact = (
        AggregatedPosterior(post, exact=exact) if directions else KernelDensity(x, 0.01, exact=exact) for exact in (False, True)
    )
    away = cloud(100, d, 2)
    at = x.mean(axis=0) + 1e4 * x.std() * away / np.linalg.norm(away, axis=1, keepdims=True)
    one, other = near.statistics(at), exact.statistics(at)
    np.testing.assert_allclose(one.log_density, other.log_density, rtol=1e-6)
    off = np.linalg.norm(one.shift - other.shift, axis=1)
    assert (off <= 1e-6 * np.linalg.norm(other.shift, axis=1)).all()
    assert off.max() <= 1e-6  # of a width of about one: float32 alone would be off by a thousand times that


@pytest.mark.parametrize("away", [100.0, 1e4, 1e6])
def test_one_point_far_outside_does_no_harm_to_the_others(away):
    x = clustered(6000, 2, 0, 2)
    density = KernelDensity(x, 5)
    alone, beside = density.statistics(x), density.statistics(np.concatenate([x, [[away, away]]]))
    np.testing.assert_allclose(beside.log_density[:-1], alone.log_density, rtol=0, atol=5e-3)


@pytest.mark.parametrize(
    ("d", "bandwidth"),
    [
        (2, 0.001), (2, 0.1), (2, 0.3), (2, 1.0), (2, 10.0), (10, 0.001), (10, 10.0),
        (10, 0.1), (10, 0.3), (10, 1.0),
    ],
)  # fmt: skip
def test_no_near_log_density_is_far_from_the_exact_one_whatever_the_bandwidth(d, bandwidth):
    x = clustered(6000, d, 0, 2)
    at = x + 0.5 * bandwidth * cloud(6000, d, 1)
    near, exact = (KernelDensity(x, bandwidth=bandwidth, exact=exact).log_prob(at) for exact in (False, True))
    np.testing.assert_allclose(near, exact, rtol=0, atol=0.1)


@pytest.mark.parametrize(
    "apart",
    [100.0, 1e3, 1e4],
)
def test_islands_far_apart_climb_as_they_would_alone(apart):
    x = clustered(6000, 2, 0, 2) + (np.arange(6000) % 50 * apart)[:, None]
    near, exact = KernelDensity(x, 5), KernelDensity(x, 5, exact=True)
    assert_near(errors(near, exact, x, 1e-3 * exact.bandwidths))


@pytest.mark.parametrize("unit", [1e-25, 1e-12, 1e12, 1e25])
def test_a_near_step_does_not_hang_on_the_unit_of_the_points(unit):
    x = clustered(6000, 3, 0, 1)
    assert_near(errors(KernelDensity(unit * x, 0.01), KernelDensity(unit * x, 0.01, exact=True), unit * x[:500]))


def test_what_is_left_out_lowers_the_density_and_nothing_is_left_out_where_components_are_wide():
    x = clustered(6000, 10, 0, 4)
    near, exact = KernelDensity(x, 0.01), KernelDensity(x, 0.01, exact=True)
    few, all_ = near.statistics(x), exact.statistics(x)
    assert few.n_evaluated.mean() < 0.5 * len(x)
    assert (few.log_density <= all_.log_density + 1e-4).all()
    assert (KernelDensity(x, bandwidth=1e3, exact=False).statistics(x[:300]).n_evaluated > 0).all()


def test_the_near_sums_of_points_do_not_hang_on_their_order():
    x = clustered(6000, 5, 0, 1)
    density, order = KernelDensity(x, 0.01), np.random.default_rng(1).permutation(6000)
    some, again = density.statistics(x), density.statistics(x[order])
    np.testing.assert_allclose(again.log_density, some.log_density[order], rtol=0, atol=0.01)
    off = np.linalg.norm(again.shift - some.shift[order], axis=1) / np.linalg.norm(some.shift[order], axis=1)
    assert_near(off)


@pytest.mark.slow
def test_on_latent_points_of_mnist_the_default_near_step_is_the_exact_one(needs_data):
    needs_data("mnist")
    data = load_dataset("mnist", n=6000)
    model = train(data, ModelConfig(kind="ae", hidden=(128,), latent_dim=10, epochs=1))
    z = model.encode(data.x).mean.astype(np.float64)
    near, exact = KernelDensity(z), KernelDensity(z, exact=True)
    assert not near.exact
    assert_near(errors(near, exact, z))


# --- merging ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3, 10])
@pytest.mark.parametrize("even", [True, False])
def test_merging_keeps_the_count_and_the_moments_as_a_step_weighs_them(d, even):
    rng = np.random.default_rng(d)
    x = 5 + np.repeat(rng.standard_normal((60, d)), 50, axis=0) + 0.01 * rng.standard_normal((3000, d))
    h = np.full(3000, 0.5) if even else 0.5 * np.exp(0.3 * np.sin(x[:, 0]))
    means, variance, step_precision, count = merge_centers(x, h)
    assert len(means) < MAX_GROUPS_SHARE * 3000
    assert count.sum() == 3000
    assert (count >= 1).all()
    # Where everything is equally near, a step goes to the mean of the centres weighted by their precision.
    np.testing.assert_allclose((count * step_precision) @ means, (1 / h**2) @ x, rtol=1e-12)
    np.testing.assert_allclose(count @ step_precision, (1 / h**2).sum(), rtol=1e-12)
    if even:
        middle = x.mean(axis=0)
        inside = d * (count @ variance - (h**2).sum())  # what the groups are wider than their members
        between = count @ ((means - middle) ** 2).sum(axis=1)
        np.testing.assert_allclose(inside + between, ((x - middle) ** 2).sum(), rtol=1e-9)
    assert (variance * step_precision >= 1 - 1e-12).all()
    if even:
        assert (variance <= (1 + MAX_SPREAD_RATIO) * 0.25 * (1 + 1e-12)).all()
        np.testing.assert_allclose(step_precision, 4, rtol=1e-12)


@pytest.mark.parametrize("d", [1, 2, 10])
def test_every_centre_is_in_one_group_and_no_group_is_wide_or_uneven(d):
    rng = np.random.default_rng(d)
    x = np.concatenate(
        [np.repeat(rng.standard_normal((30, d)), 40, axis=0) + 0.02 * rng.standard_normal((1200, d)), cloud(300, d, 1)]
    )
    tree = kdtree.build(x, 4)
    variance = np.exp(rng.uniform(-3, 0) + 0.1 * rng.standard_normal(1500))
    first, last = _mergeable_nodes(tree.points, variance, tree.start, tree.end)
    order = np.argsort(first)
    assert first.min() == 0
    assert last.max() == 1500
    np.testing.assert_array_equal(first[order][1:], last[order][:-1])
    assert (last - first > 1).any()
    for f, e in zip(first, last, strict=True):
        members, low = tree.points[f:e], variance[f:e].min()
        assert members.var(axis=0).mean() <= MAX_SPREAD_RATIO * low * (1 + 1e-9)
        assert variance[f:e].max() <= MAX_BANDWIDTH_RATIO**2 * low * (1 + 1e-12)


def test_nothing_is_merged_where_it_does_not_pay():
    assert merge_centers(cloud(500, 3, 0), np.full(500, 0.01)) is None
    assert merge_centers(cloud(500, 2, 0), np.full(500, 1e-6)) is None
    x = np.zeros((400, 2))  # groups only for equal widths, and here no two are equal
    assert merge_centers(x, 2.0 ** np.arange(400) * 1e-60) is None
    means, _, _, count = merge_centers(x, np.ones(400))
    assert (len(means), count.tolist()) == (1, [400])


def test_where_weights_differ_or_widths_differ_by_direction_nothing_is_merged():
    x = clustered(6000, 2, 0, 1)
    post = Posterior(x, np.zeros_like(x))
    for density in (AggregatedPosterior(post, 0.04), KernelDensity(x, 0.04, exact=True)):
        density.log_prob(x[:2])
        assert density._tree.gaussians.means.shape[1] == 6000
    weighted = GaussianMixtureField(x, np.ones(6000), np.log(np.arange(1, 6001) / np.arange(1, 6001).sum()), exact=False)
    weighted.log_prob(x[:2])
    assert weighted._tree.gaussians.means.shape[1] == 6000


# --- bandwidths ------------------------------------------------------------------------------------------------------


def by_hand(centres: np.ndarray) -> np.ndarray:
    """(N, N) row n: distances of centre n to all centres, ascending, itself first."""
    squares = sum((column[:, None] - column) ** 2 for column in centres.T)
    np.fill_diagonal(squares, -1.0)
    return np.sqrt(np.maximum(np.sort(squares, axis=1), 0))


SHAPES = {
    "plain": lambda x: x,
    "duplicates": lambda x: np.repeat(x, 3, axis=0)[: len(x)],
    "rounded": lambda x: x.round(0),
    "all equal": lambda x: np.repeat(x[:1], len(x), axis=0),
    "one far away": lambda x: np.concatenate([x[:-1], 1e3 + x[-1:]]),
    "a line": lambda x: x[:, :1] * np.ones(x.shape[1]),
}


KTH_DISTANCE = {"tree": lambda x, k: kdtree.build(x).kth_distance(k), "products": _bandwidth._by_products}


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("way", list(KTH_DISTANCE))
def test_the_kth_neighbour_is_that_of_brute_force_for_every_k(way, shape):
    for d in range(1, 21):
        for n, ks in ((2, [1]), (3, [1, 2]), (14, range(1, 14)), (130, [1, 2, 5, 64, 128, 129])):
            centres = SHAPES[shape](cloud(n, d, 100 * d + n))
            expected = by_hand(centres)
            for k in ks:
                found = KTH_DISTANCE[way](centres, k)
                scale = np.abs(centres - centres.mean(axis=0)).max()
                np.testing.assert_allclose(found, expected[:, k], rtol=1e-9, atol=1e-14 * scale, err_msg=f"d {d}, n {n}, k {k}")


@pytest.mark.parametrize("shape", list(SHAPES))
@pytest.mark.parametrize("d", [2, 16, 17])
def test_bandwidths_are_brute_force_in_threads_too_and_never_zero(d, shape):
    centres = SHAPES[shape](cloud(1100, d, d))
    expected = by_hand(centres)
    scale = np.median(np.linalg.norm(centres - centres.mean(axis=0), axis=1))
    tiny = 1e-6 * robust.scale(centres) or 1e-12
    for k in (1, 44, 1099):
        h = _bandwidth.neighbor_bandwidths(centres, k)
        np.testing.assert_allclose(h, np.maximum(expected[:, k] / divisor(d), tiny), rtol=1e-9, atol=1e-14 * scale)
        assert (h > 0).all()


def test_bandwidths_leave_the_centres_alone_and_do_not_hang_on_their_order():
    centres = cloud(1500, 3, 0)
    before, order = centres.copy(), np.random.default_rng(1).permutation(1500)
    h = _bandwidth.neighbor_bandwidths(centres, 20)
    np.testing.assert_array_equal(centres, before)
    np.testing.assert_allclose(_bandwidth.neighbor_bandwidths(centres[order], 20), h[order], rtol=1e-12)


@pytest.mark.parametrize(
    ("kind", "neighbors"), [("half in one place", None), ("nearly all in one place", None), ("an outlier", 1), ("a line", 1)]
)
def test_where_float32_does_not_do_all_is_summed_exactly(kind, neighbors):
    x = {
        "half in one place": np.vstack([np.zeros((2750, 2)), cloud(2750, 2, 0)]),
        "nearly all in one place": np.vstack([np.zeros((5500, 2)), cloud(30, 2, 0)]),
        "an outlier": np.vstack([cloud(5500, 2, 0), [[1e9, 0.0]]]), "a line": cloud(5500, 1, 0),
    }[kind]  # fmt: skip
    near, exact = KernelDensity(x, neighbors), KernelDensity(x, neighbors, exact=True)
    at = np.concatenate([x[:100], x[-100:]])
    np.testing.assert_allclose(near.log_prob(at), exact.log_prob(at), atol=1e-2)
    np.testing.assert_allclose(near.step(at), exact.step(at), atol=1e-2 * x.std(), rtol=1e-3)


def test_no_answer_depends_on_what_was_asked_before():
    x = clustered(6000, 10, 0, 4)
    one, other = KernelDensity(x, 0.01), KernelDensity(x, 0.01)
    other.step_and_log_prob(x)
    np.testing.assert_array_equal(one.log_prob(x[:50]), other.log_prob(x[:50]))
