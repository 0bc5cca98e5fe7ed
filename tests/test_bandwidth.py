"""The default bandwidth is one rule without a jump, under which points move in any dimension; place and unit of the data change nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaegc import AscentConfig, BadInput, KernelDensity, Posterior, ascend, robust
from vaegc.densities import AggregatedPosterior, MixturePrior, _bandwidth
from vaegc.neighbors import check, default_neighbors, divisor, neighbor_count
from vaegc.sweep import kdtree

pytestmark = pytest.mark.usefixtures("no_card")  # which would answer in place of what is tested
DIMENSIONS = (1, 2, 3, 4, 5, 7, 10, 20, 32, 50, 64, 200, 384, 1000)


def blobs(n: int, d: int, classes: int, seed: int = 0, radius: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Clusters of about that radius around places on a sphere of radius 1, and which point is of which."""
    rng, of = np.random.default_rng(seed), np.arange(n) % classes
    centres = rng.standard_normal((classes, d))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return centres[of] + rng.normal(0, radius / math.sqrt(d), (n, d)), of


# --- the count -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", DIMENSIONS)
def test_the_default_never_jumps_and_never_falls_as_points_come(d):
    counts = np.array([default_neighbors(n, d) for n in range(2, 12_000)])
    assert counts.min() >= 1
    assert (counts < np.arange(2, 12_000)).all()
    assert set(np.diff(counts)) <= {0, 1}


def test_between_4999_and_5000_points_it_stays():
    for d in DIMENSIONS:
        assert abs(default_neighbors(5000, d) - default_neighbors(4999, d)) <= 1


@pytest.mark.parametrize("n", [10, 60, 150, 1000, 1797, 5000, 70_000])
def test_it_falls_slowly_with_the_dimension(n):
    counts = np.array([default_neighbors(n, d) for d in range(1, 1001)])
    assert (np.diff(counts) <= 0).all()
    assert (counts[1:] >= counts[:-1] / 2.3).all()


def test_few_points_get_more_than_a_share_and_digits_about_4_percent():
    assert default_neighbors(150, 2) >= 22
    assert 0.03 * 1797 <= default_neighbors(1797, 10) <= 0.05 * 1797
    assert [default_neighbors(70_000, d) for d in (2, 10)] == [2800, 700]


@pytest.mark.parametrize(("d", "over"), [(1, 1), (2, 2), (10, 10), (15, 9), (20, 8), (64, 8), (1000, 8)])
def test_the_width_is_that_of_the_root_of_d_up_to_10_dimensions_and_grows_no_more_beyond(d, over):
    assert divisor(d) == math.sqrt(over)
    x = np.random.default_rng(d).standard_normal((60, d))
    away = np.sort(np.linalg.norm(x[:, None] - x, axis=2), axis=1)[:, 7]
    np.testing.assert_allclose(KernelDensity(x, 7).bandwidths, away / divisor(d), rtol=1e-12)


@pytest.mark.parametrize("bad", [5.0, 1.0, 0, -3, 0.0, -0.1, True, "4", np.nan, np.inf, [4]])
def test_what_is_neither_a_count_nor_a_share_is_refused_wherever_it_is_given(bad):
    for take in (
        check,
        lambda k: neighbor_count(k, 100, 2),
        lambda k: KernelDensity(np.eye(3), k),
        lambda k: AscentConfig(neighbors=k),
    ):
        with pytest.raises(BadInput, match=r"^neighbors must be a "):
            take(bad)
    for good in (None, 1, np.int64(7), 0.04, np.float32(0.5)):
        check(good)


def test_a_whole_float_is_answered_with_the_whole_number():
    with pytest.raises(BadInput, match=r"such as 5, or a share of the points below 1; got 5\.0\.$"):
        AscentConfig(neighbors=5.0)


def test_neighbours_and_a_bandwidth_together_are_refused():
    x = np.random.default_rng(0).standard_normal((20, 2))
    post = Posterior(x, np.zeros_like(x))
    for width in (1.0, 0.0, np.ones(20)):
        with pytest.raises(BadInput, match=r"^Give neighbors or bandwidth, not both"):
            AggregatedPosterior(post, neighbors=5, bandwidth=width)
    with pytest.raises(
        BadInput, match=r"^Give neighbors or bandwidth, not both, since each sets the width; got 5 and a bandwidth\.$"
    ):
        KernelDensity(x, neighbors=5, bandwidth=1.0)


# --- what it does ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3, 10])
def test_two_blobs_in_150_points_are_found_after_the_climb_in_ten_of_ten_draws(d):
    for seed in range(10):
        x = np.random.default_rng(seed).standard_normal((150, d))
        x[:, 0] += 12 * (np.arange(150) % 2)
        suggestion = ascend(x, KernelDensity(x), steps=30, keep_every=30).sweep().suggest()
        assert suggestion.n_clusters == 2, (d, seed, suggestion.reason)


@pytest.mark.parametrize("d", [32, 50, 64, 200, 384, 1000])
def test_the_default_climb_moves_points_in_any_dimension(d):
    for n, classes in ((60, 3), (300, 5)):
        x, of = blobs(n, d, classes)
        radius = np.mean([np.linalg.norm(x[of == c] - x[of == c].mean(axis=0), axis=1).mean() for c in range(classes)])
        end = np.asarray(ascend(x, KernelDensity(x), steps=10, keep_every=10).points[-1], np.float64)
        assert np.median(np.linalg.norm(end - x, axis=1)) >= radius / 3


def test_seventy_blobs_are_read_the_same_on_both_sides_of_5000_points():
    rng = np.random.default_rng(0)
    places = rng.uniform(-10, 10, (70, 10))
    x = places[np.arange(5000) % 70] + rng.standard_normal((5000, 10))
    for n in (4999, 5000):
        some = x[:n]
        density = KernelDensity(some, exact=False)
        end = ascend(some, density, steps=5, keep_every=5)
        assert end.sweep().suggest().n_clusters == 70, n


def test_a_few_points_tell_how_many_centres_matter():
    x, _ = blobs(6000, 64, 10)
    density = KernelDensity(x)
    assert not density.exact
    assert np.median(density.effective_neighbors(x[::100])) > 1.5
    narrow = KernelDensity(x[:600], bandwidth=KernelDensity(x[:600]).bandwidths * math.sqrt(8 / 64))
    assert np.median(narrow.effective_neighbors(x[:600:10])) < 1.01


# --- place and unit --------------------------------------------------------------------------------------------------


def made(kind: str, x: np.ndarray, factor: float = 1.0, exact: bool | None = None):
    if kind == "kernel":
        return KernelDensity(x, 5, exact=exact)
    logs = np.random.default_rng(1).uniform(-3, 0, x.shape) + 2 * math.log(factor)
    if kind == "aggregated":
        return AggregatedPosterior(Posterior(x, logs), 5, exact=exact)
    return MixturePrior.from_parameters(np.arange(1, len(x) + 1), x, np.exp(logs))


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("d", [2, 20])
@pytest.mark.parametrize("shift", [2.0**20, -(2.0**30), 1e6, 1e9])
def test_a_shift_that_rounds_nothing_changes_nothing(exact, d, shift):
    x = np.round(np.random.default_rng(d).standard_normal((300, d)) * 2**10) / 2**10
    for kind in ("kernel", "aggregated", "mixture"):
        here, there = made(kind, x, exact=exact), made(kind, x + shift, exact=exact)
        if kind != "mixture":
            np.testing.assert_array_equal(there.bandwidths, here.bandwidths)
        one, other = here.statistics(x), there.statistics(x + shift)
        for name in ("log_density", "shift", "precision", "effective_neighbors"):
            np.testing.assert_array_equal(getattr(other, name), getattr(one, name))


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("power", [-100, -40, -1, 1, 40, 100])
def test_a_power_of_two_scales_steps_and_nothing_else(exact, power):
    factor = 2.0**power
    for d in (1, 3, 20):
        x = np.random.default_rng(d).standard_normal((300, d))
        here, there = made("kernel", x, exact=exact), made("kernel", x * factor, exact=exact)
        np.testing.assert_array_equal(there.bandwidths, here.bandwidths * factor)
        one, other = here.statistics(x), there.statistics(x * factor)
        np.testing.assert_array_equal(other.shift, one.shift * factor)
        np.testing.assert_array_equal(other.effective_neighbors, one.effective_neighbors)
        np.testing.assert_allclose(other.log_density, one.log_density - d * math.log(factor), rtol=1e-12, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    exponent=st.integers(-30, 30), shift=st.integers(-(10**9), 10**9), d=st.sampled_from([1, 2, 10, 40]), seed=st.integers(0, 10**6),
    kind=st.sampled_from(["kernel", "aggregated"]),
)  # fmt: skip
def test_any_shift_and_any_scale_give_the_same_step_times_the_scale(exponent, shift, d, seed, kind):
    factor = 10.0**exponent
    x = np.random.default_rng(seed).standard_normal((40, d))
    here, scaled, moved = made(kind, x), made(kind, x * factor, factor), made(kind, x + shift)
    np.testing.assert_allclose(scaled.step(x * factor) / factor, here.step(x), rtol=0, atol=1e-9)
    # What adding the shift rounds off the points themselves, and the widths that come of it, cannot be had back.
    np.testing.assert_allclose(moved.step(x + shift) - shift, here.step(x), rtol=0, atol=1e-9 + 100 * np.spacing(abs(shift)))


@pytest.mark.parametrize("size", [1e-100 * 2**30, 1e-30, 1e30, 1e99])
def test_a_climb_of_any_size_is_the_climb_times_the_size(size):
    x, _ = blobs(120, 5, 3)
    z, large = x, x * size
    here, there = KernelDensity(z), KernelDensity(large)
    for _ in range(10):
        z, large = here.step(z), there.step(large)
    np.testing.assert_allclose(large / size, z, rtol=0, atol=1e-9)


def test_points_too_close_together_for_their_squares_are_refused_in_one_sentence():
    with pytest.raises(BadInput, match=r"^The centres lie so close together that bandwidths fall below 1e-100; scale them\.$"):
        KernelDensity(np.random.default_rng(0).standard_normal((30, 2)) * 1e-160)
    with pytest.raises(BadInput, match=r"^The centres must lie within ±1e\+100"):
        KernelDensity(np.array([[1e200], [0.0]]))


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("away", [1e6, 1e9, 1e99])
@pytest.mark.parametrize("d", [2, 20])
def test_one_point_far_away_changes_no_step_of_the_others(exact, away, d):
    x = np.random.default_rng(d).standard_normal((400, d))
    alone, beside = KernelDensity(x, 8, exact=exact), KernelDensity(np.concatenate([x, np.full((1, d), away)]), 8, exact=exact)
    np.testing.assert_allclose(beside.bandwidths[:-1], alone.bandwidths, rtol=1e-9)
    tolerance = 1e-9 if exact else 2e-3
    np.testing.assert_allclose(beside.step(x), alone.step(x), rtol=0, atol=tolerance)


@pytest.mark.parametrize("d", [2, 20])
def test_one_point_far_away_does_not_make_all_sums_exact_and_so_slow(d):
    x = np.random.default_rng(d).standard_normal((5100, d))
    x[7] = 1e6
    assert not KernelDensity(x, 8).exact


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("d", [2, 20])
def test_a_second_cluster_far_away_climbs_as_the_first_does(exact, d):
    x = np.round(np.random.default_rng(d).standard_normal((300, d)) * 2**10) / 2**10
    by = 2.0**33  # exact: the two clusters are one and the same
    both = KernelDensity(np.concatenate([x, x[1:] + by]), 8, exact=exact)
    alone = KernelDensity(x, 8, exact=exact)
    other = KernelDensity(x[1:], 8, exact=exact)
    np.testing.assert_allclose(both.bandwidths, np.concatenate([alone.bandwidths, other.bandwidths]), rtol=1e-9)
    tolerance = 1e-5 if exact else 2e-3
    np.testing.assert_allclose(both.step(x), alone.step(x), rtol=0, atol=tolerance)
    np.testing.assert_allclose(both.step(x[1:] + by) - by, other.step(x[1:]), rtol=0, atol=tolerance)


KTH_DISTANCE = {"tree": lambda x, k: kdtree.build(x).kth_distance(k), "products": _bandwidth._by_products}


@pytest.mark.parametrize("way", list(KTH_DISTANCE))
def test_neighbours_are_those_of_brute_force_beside_points_far_away(way):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.standard_normal((150, 12)), 1e8 + rng.standard_normal((60, 12)), [np.full(12, 1e50)]])
    away = np.sort(np.stack([norms(x - row) for row in x]), axis=1)[:, 6]
    np.testing.assert_allclose(KTH_DISTANCE[way](x - robust.location(x), 6), away, rtol=1e-7)


def norms(rows: np.ndarray) -> np.ndarray:
    top = np.abs(rows).max(axis=1, keepdims=True)
    top[top == 0] = 1.0
    return np.linalg.norm(rows / top, axis=1) * top[:, 0]


def test_all_centres_in_one_place_take_their_unit_from_the_components():
    density = MixturePrior.from_parameters([1.0, 1.0], [[1e-20], [1e-20]], [[1e-60], [1e-60]])
    np.testing.assert_allclose(density.step([[3e-20]]), [[1e-20]], rtol=1e-12)
