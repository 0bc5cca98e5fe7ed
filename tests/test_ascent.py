"""The law of the climb: log density never falls, by each method and in each space; when it rests, stops or refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import cloud, one_sentence
from vaegc import (
    AggregatedPosterior,
    AscentConfig,
    BadInput,
    Dataset,
    EvidenceBound,
    KernelDensity,
    MarginalLikelihood,
    MixturePrior,
    ModelConfig,
    NotSupported,
    Posterior,
    Progress,
    VaegcError,
    ascend,
    train,
)
from vaegc.ascent import DENSITIES, METHODS, _recorder
from vaegc.densities import GaussianMixtureField
from validity import valid_trajectory


def two_blobs(apart: float = 10.0, n: int = 15, d: int = 2, seed: int = 0) -> np.ndarray:
    """The first n points around 0, the others `apart` along the first axis; within 1 of their middles or so."""
    points = 0.3 * cloud(2 * n, d, seed)
    points[n:, 0] += apart
    return points


def posterior(n: int, d: int, seed: int = 0, spread: float = 0.5) -> Posterior:
    return Posterior(cloud(n, d, seed), -2 + spread * cloud(n, d, seed + 1))


def never_falls(log_density: np.ndarray, slack: float = 1e-9) -> bool:
    before, gain = log_density[:-1], np.diff(log_density, axis=0)
    return bool((gain >= -slack * np.maximum(np.abs(before), 1)).all())


@settings(max_examples=60)
@given(
    n=st.integers(2, 40),
    d=st.integers(1, 6),
    seed=st.integers(0, 10**6),
    alpha=st.floats(0.01, 1.99),
    neighbors=st.one_of(st.integers(1, 10), st.floats(0.01, 0.9)),
    away=st.booleans(),
)
def test_log_density_never_falls(n, d, seed, alpha, neighbors, away):
    centres = cloud(n, d, seed)
    start = 3 * cloud(25, d, seed + 1) if away else centres
    path = valid_trajectory(ascend(start, KernelDensity(centres, neighbors), steps=25, alpha=alpha), 25)
    before, gain = path.log_density[:-1], np.diff(path.log_density, axis=0)
    assert (gain >= -1e-9 * np.maximum(np.abs(before), 1)).all()
    assert path.log_density[-1].mean() > path.log_density[0].mean()


def test_every_mode_reached_is_a_fixed_point():
    centres = cloud(40, 2)
    density = KernelDensity(centres, 8)
    modes = centres
    for _ in range(3000):
        modes = density.step(modes)
    np.testing.assert_allclose(density.step(modes), modes, atol=1e-10)
    assert np.abs(density.grad(modes)).max() < 1e-6


def test_moving_everything_moves_the_path_along():
    start, by = cloud(30, 3), np.array([5.0, -2.0, 11.0])
    here = ascend(start, KernelDensity(start), steps=8)
    there = ascend(start + by, KernelDensity(start + by), steps=8)
    np.testing.assert_allclose(there.points - by, here.points, atol=1e-9)
    np.testing.assert_allclose(there.log_density, here.log_density, rtol=1e-9)


def test_frames_are_those_of_the_density_and_their_log_density_is_that_of_the_points_in_them():
    start = cloud(30, 2)
    density = KernelDensity(start)
    path = valid_trajectory(ascend(start, density, steps=7), 7)
    assert path.points.shape == (8, 30, 2)
    assert not path.stopped
    z = start
    for frame, logs in zip(path.points, path.log_density, strict=True):
        np.testing.assert_allclose(frame - start, z - start, rtol=1e-7, atol=1e-30)  # float32 of the way, not of the place
        np.testing.assert_allclose(logs, density.log_prob(z), rtol=1e-12)
        z = density.step(z)


@pytest.mark.parametrize(
    ("steps", "every", "kept"),
    [(10, 4, [0, 4, 8, 10]), (10, 5, [0, 5, 10]), (3, 100, [0, 3]), (0, 3, [0]), (1, 1, [0, 1])],
)
def test_the_first_and_the_last_frame_are_always_kept(steps, every, kept):
    start = cloud(20, 2)
    density = KernelDensity(start)
    whole, part = ascend(start, density, steps), ascend(start, density, steps, keep_every=every)
    assert valid_trajectory(part, steps, every).steps.tolist() == kept
    np.testing.assert_array_equal(part.points, whole.points[kept])
    np.testing.assert_array_equal(part.log_density, whole.log_density[kept])


def test_no_steps_give_the_one_frame_of_the_start():
    start = cloud(12, 2)
    density = KernelDensity(start)
    path = ascend(start, density, steps=0)
    np.testing.assert_array_equal(path.points, start[None])
    np.testing.assert_allclose(path.log_density[0], density.log_prob(start), rtol=1e-12)
    assert (path.steps.tolist(), path.stopped) == ([0], False)


@pytest.mark.parametrize("every", [1, 3])
def test_a_callback_that_returns_true_gets_the_path_so_far_marked_stopped(every):
    start = cloud(20, 2)
    density = KernelDensity(start)
    seen: list[Progress] = []
    path = ascend(start, density, steps=50, keep_every=every, callback=lambda p: seen.append(p) or p.done == 4)
    assert path.stopped
    assert path.steps.tolist() == ([0, 1, 2, 3, 4] if every == 1 else [0, 3, 4])
    whole = ascend(start, density, steps=4)
    np.testing.assert_array_equal(path.points, whole.points[path.steps])
    np.testing.assert_allclose(path.log_density, whole.log_density[path.steps], rtol=1e-12)
    assert [(p.stage, p.done, p.total) for p in seen] == [("ascend", i, 50) for i in (1, 2, 3, 4)]


def test_only_true_stops_and_the_last_step_is_no_stop():
    start = cloud(10, 2)
    density = KernelDensity(start)
    assert ascend(start, density, steps=3, callback=lambda _: "yes").steps.tolist() == [0, 1, 2, 3]
    assert not ascend(start, density, steps=3, callback=lambda p: p.done == 3).stopped


def test_a_point_rests_for_good_once_its_move_is_below_tol_times_its_own_bandwidth():
    start = cloud(60, 2)
    density = KernelDensity(start, 6)
    free, tol = ascend(start, density, steps=40), 0.05
    path = ascend(start, density, steps=40, tol=tol)
    z, resting = start.copy(), np.zeros(60, bool)
    for frame in path.points[1:]:
        moved = density.step(z)
        length = np.linalg.norm(moved - z, axis=1)
        z[~resting] = moved[~resting]
        resting |= length < tol * density.bandwidths
        np.testing.assert_allclose(frame, z, atol=1e-6)
    assert resting.all()
    assert np.abs(path.points[-1] - free.points[-1]).max() > 1e-3
    np.testing.assert_allclose(path.log_density[-1], density.log_prob(z), rtol=1e-9)


def test_resting_points_keep_the_log_density_of_where_they_rest():
    start = cloud(40, 2)
    density = KernelDensity(start)
    path = ascend(start, density, steps=30, tol=0.3, keep_every=4)
    for frame, logs in zip(path.points, path.log_density, strict=True):
        np.testing.assert_allclose(logs, density.log_prob(frame), atol=1e-5)
    still = ascend(start, density, steps=5, tol=1e9)  # everything rests after its first step
    for frame in still.points[2:]:
        np.testing.assert_array_equal(frame, still.points[1])


def test_a_density_without_a_bandwidth_per_point_rests_by_the_floor_of_the_start():
    start = cloud(30, 2)
    density = KernelDensity(cloud(50, 2, 9))  # 50 bandwidths, 30 points
    quiet = ascend(start, density, steps=200, tol=0.5)
    moves = np.linalg.norm(np.diff(quiet.points.astype(float), axis=0), axis=2)
    floor = 0.01 * np.median(np.linalg.norm(start - start.mean(axis=0), axis=1))
    below = moves < 0.5 * floor * (1 - 1e-3)
    assert below.any()
    for i in range(30):
        first = np.flatnonzero(below[:, i])
        assert len(first) == 0 or (moves[first[0] + 1 :, i] == 0).all()


def test_the_centres_stay_and_the_callers_points_too():
    start = cloud(20, 2)
    before = start.copy()
    density = KernelDensity(start)
    ascend(start, density, steps=5)
    np.testing.assert_array_equal(start, before)
    np.testing.assert_array_equal(density.centers, before)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"steps": -1}, "steps must be a whole number, between 0 and 10000; got -1"),
        ({"steps": 2.0}, "steps must be a whole number"),
        ({"alpha": 0}, "alpha must be a number, above 0; got 0"),
        ({"alpha": 2.0}, "alpha must be below 2"),
        ({"alpha": float("nan")}, "alpha must be a number"),
        ({"tol": -0.1}, "tol must be a number, at least 0; got -0.1"),
        ({"keep_every": 0}, "keep_every must be a whole number, between 1 and 10000; got 0"),
    ],
)
def test_numbers_with_which_one_cannot_climb_are_refused_by_function_and_config(settings_, words):
    start = cloud(5, 2)
    with pytest.raises(BadInput, match=words):
        ascend(start, KernelDensity(start), **settings_)
    with pytest.raises(BadInput, match=words):
        AscentConfig(**settings_)


@pytest.mark.parametrize(
    ("settings_", "error", "words"),
    [
        *(
            ({"method": "blurring", "density": density}, NotSupported, f"{density!r} has no centres that are points")
            for density in ("mixture", "marginal", "bound")
        ),
        ({"density": "hill"}, BadInput, "density must be one of aggregated, bound, kernel, marginal, mixture; got 'hill'"),
        ({"method": "jump"}, BadInput, "method must be one of blurring, fixed-point, gradient; got 'jump'"),
        ({"bandwidth": 0}, BadInput, r"bandwidth must be a number, at least 1e-100 and at most 1e\+100; got 0"),
        (
            {"bandwidth": 0, "density": "mixture"},
            BadInput,
            r"bandwidth must be a number, at least 1e-100 and at most 1e\+100; got 0",
        ),
        ({"bandwidth": -1, "density": "aggregated"}, BadInput, "bandwidth must be a number, at least 1e-100 .*; got -1"),
        *(
            (
                {"surrogate_variance": 0.1, "density": density},
                BadInput,
                f"surrogate_variance belongs to marginal and bound.*{density!r}",
            )
            for density in ("kernel", "aggregated", "mixture")
        ),
        ({"surrogate_variance": 0, "density": "marginal"}, BadInput, "surrogate_variance must be a number, above 0; got 0"),
        ({"neighbors": 0}, BadInput, "neighbors must be a whole number, at least 1; got 0"),
        ({"neighbors": 5.0}, BadInput, "neighbors must be .*below 1.*got 5.0"),
        ({"neighbors": 5, "bandwidth": 1.0}, BadInput, "give one of them"),
        ({"neighbors": True}, BadInput, "neighbors must be a number, above 0; got True"),
        ({"neighbors": "many"}, BadInput, "neighbors must be a number, above 0; got 'many'"),
    ],
)
def test_a_config_says_what_it_cannot_do(settings_, error, words):
    with pytest.raises(error, match=words):
        AscentConfig(**settings_)


@pytest.mark.parametrize(
    "config",
    [
        AscentConfig(neighbors=7, steps=3, alpha=1.5, tol=0.1, keep_every=2),
        AscentConfig(density="bound", surrogate_variance=0.05, method="gradient"),
        AscentConfig(density="marginal", surrogate_variance=2),
        AscentConfig(density="aggregated", bandwidth=0, method="blurring"),
        *(AscentConfig(density=density) for density in DENSITIES),
        *(AscentConfig(method=method) for method in METHODS),
    ],
    ids=repr,
)
def test_a_config_survives_as_data(config):
    import json

    assert AscentConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_a_config_refuses_unknown_settings():
    with pytest.raises(BadInput, match="Unknown ascent settings: speed"):
        AscentConfig.from_dict({"speed": 3})


def test_the_start_must_fit_the_density():
    with pytest.raises(BadInput, match="lives in 2 dimensions, the points in 3"):
        ascend(cloud(5, 3), KernelDensity(cloud(5, 2)))


# --- gradient ---------------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    n=st.integers(2, 30),
    d=st.integers(1, 5),
    seed=st.integers(0, 10**6),
    alpha=st.floats(0.01, 1.99),
    decades=st.floats(0, 6, allow_subnormal=False),  # torch flushes them here
    narrow=st.floats(1e-4, 1),
    away=st.booleans(),
)
def test_a_gradient_climb_never_falls_however_narrow_and_unequal_the_bandwidths(n, d, seed, alpha, decades, narrow, away):
    centres = cloud(n, d, seed)
    widths = narrow * 10 ** (decades * (np.random.default_rng(seed).random(n) - 0.5))
    path = ascend(
        2 * cloud(20, d, seed + 1) if away else centres, KernelDensity(centres, bandwidth=widths), 15, alpha, method="gradient"
    )
    assert np.isfinite(path.points).all()
    assert never_falls(path.log_density)


@pytest.mark.parametrize(
    "density", [KernelDensity(cloud(40, 3), 3), AggregatedPosterior(posterior(40, 3, spread=1.5), bandwidth=0)], ids=type
)
def test_a_gradient_climb_gains_where_a_fixed_step_of_that_length_would_fall(density):
    path = ascend(density.centers, density, 20, 1.9, method="gradient")
    assert never_falls(path.log_density)
    assert path.log_density[-1].mean() > path.log_density[0].mean() + 0.1
    size, z = 1.9 * density.step_variance, density.centers
    logs, slope = density.log_prob_and_grad(z)
    assert (density.log_prob(z + size * slope) < logs).any()  # else nothing had to be halved here


def test_where_all_bandwidths_are_equal_a_gradient_step_is_the_fixed_point_step():
    start = cloud(30, 3)
    density = KernelDensity(start, bandwidth=0.6)
    steep, fixed = (ascend(start, density, 10, 0.9, method=method) for method in ("gradient", "fixed-point"))
    np.testing.assert_allclose(steep.points, fixed.points, atol=1e-6)
    np.testing.assert_allclose(steep.log_density, fixed.log_density, rtol=1e-9)


def test_with_enough_steps_a_gradient_climb_reaches_the_modes_of_the_fixed_point():
    start = two_blobs()
    density = KernelDensity(start, bandwidth=np.linspace(0.4, 0.8, len(start)))
    steep, fixed = (ascend(start, density, 400, method=method) for method in ("gradient", "fixed-point"))
    np.testing.assert_allclose(steep.points[-1], fixed.points[-1], atol=1e-4)
    assert np.ptp(steep.points[-1][:15], axis=0).max() < 1e-3
    assert np.abs(steep.points[1] - fixed.points[1]).max() > 1e-3  # another way there


def test_a_gradient_step_is_alpha_times_unit_times_gradient_and_half_of_it_until_it_does_not_fall():
    start = cloud(60, 2)
    density = KernelDensity(start, 3)
    full = density.step_variance * np.linalg.norm(density.grad(start), axis=1)
    halvings = {}
    for alpha in (0.25, 0.5, 1.0, 1.9):
        length = ascend(start, density, 1, alpha, method="gradient").step_lengths[1]
        halvings[alpha] = np.log2(alpha * full / length)
        np.testing.assert_allclose(halvings[alpha], halvings[alpha].round(), atol=1e-4)
        assert (halvings[alpha] > -0.5).all()
    assert (halvings[0.25].round() == 0).any()
    assert (halvings[1.9].round() > 0).any()
    free = halvings[1.0].round() == 0
    assert free.any()
    assert (halvings[0.5].round()[free] <= 0).mean() > 0.9  # more alpha, a longer step, as long as none is halved


def test_gradients_of_resting_points_stay_with_their_points():
    start, tol = cloud(25, 2), 0.05
    density = KernelDensity(start, 3)
    path = ascend(start, density, 40, tol=tol, method="gradient")
    rested = []
    for i, h in enumerate(density.bandwidths):
        alone = ascend(start[i : i + 1], density, 40, method="gradient")
        short = np.flatnonzero(alone.step_lengths[1:, 0] < tol * h)
        rests = int(short[0]) + 1 if len(short) else 40
        rested.append(rests)
        np.testing.assert_allclose(path.points[: rests + 1, i], alone.points[: rests + 1, 0], atol=1e-5)
        np.testing.assert_allclose(path.log_density[: rests + 1, i], alone.log_density[: rests + 1, 0], atol=1e-5)
        assert (path.points[rests:, i] == path.points[rests, i]).all()
        assert (path.step_lengths[rests + 1 :, i] == 0).all()
    assert min(rested) < 10  # some rest early ...
    assert len(set(rested)) > 5  # ... and others go on


def test_a_gradient_climb_needs_a_gradient():
    class Steps:
        def step_and_log_prob(self, y, alpha):
            return y + alpha, np.zeros(len(y))

        def log_prob(self, y):
            return np.zeros(len(y))

    with pytest.raises(VaegcError) as error:  # and does not take another method without a word
        ascend(cloud(5, 2), Steps(), 2, method="gradient")
    assert one_sentence(error.value)


# --- blurring ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.7])
@pytest.mark.parametrize("neighbors", [2, 5])
def test_blurring_moves_the_centres_and_keeps_the_bandwidths_of_the_start(alpha, neighbors):
    start = cloud(40, 3)
    density = KernelDensity(start, neighbors)
    path = ascend(start, density, 4, alpha, method="blurring")
    z, h = start, density.bandwidths.copy()
    for t in range(5):
        moving = KernelDensity(z, bandwidth=h)
        np.testing.assert_allclose(path.points[t], z, atol=1e-6)
        np.testing.assert_allclose(path.log_density[t], moving.log_prob(z), rtol=1e-9, atol=1e-9)
        z = moving.step(z, alpha)
    np.testing.assert_array_equal(density.centers, start)  # the caller's density stays as it was
    assert np.abs(path.points[-1] - ascend(start, density, 4, alpha).points[-1]).max() > 1e-2


@pytest.mark.parametrize("bandwidth", [0.0, 0.3])
def test_blurring_moves_the_means_of_an_aggregated_posterior(bandwidth):
    post = posterior(30, 2)
    path = ascend(post.mean, AggregatedPosterior(post, bandwidth=bandwidth), 6, method="blurring")
    z = post.mean
    for t in range(7):
        moving = AggregatedPosterior(Posterior(z, post.logvar), bandwidth=bandwidth)
        np.testing.assert_allclose(path.points[t], z, atol=1e-6)
        np.testing.assert_allclose(path.log_density[t], moving.log_prob(z), rtol=1e-9, atol=1e-9)
        z = moving.step(z)


@pytest.mark.parametrize("exact", [True, False])
def test_blurred_for_long_each_blob_meets_in_one_place(exact):
    start = two_blobs()
    path = ascend(start, KernelDensity(start, bandwidth=0.8, exact=exact), 60, method="blurring")
    last = path.points[-1].astype(float)
    assert np.ptp(last[:15], axis=0).max() < 1e-5
    assert np.ptp(last[15:], axis=0).max() < 1e-5
    assert np.linalg.norm(last[0] - last[-1]) > 9
    still = ascend(start, KernelDensity(start, bandwidth=0.8, exact=exact), 60).points[-1]
    np.testing.assert_allclose(still[:15].mean(axis=0), last[0], atol=0.1)  # of equal bandwidths: near the mean of the blob


def test_nothing_rests_in_a_field_that_moves():
    start = cloud(40, 2)
    with pytest.raises(BadInput, match="tol must be 0"):
        ascend(start, KernelDensity(start, 5), 6, tol=0.02, method="blurring")
    with pytest.raises(BadInput, match="tol must be 0"):
        AscentConfig(tol=0.02, method="blurring")


def test_the_lengths_that_tol_is_a_share_of_may_be_given():
    start = cloud(40, 2)
    density = KernelDensity(start, 5)
    own = ascend(start, density, 20, tol=0.1)
    np.testing.assert_array_equal(ascend(start, density, 20, tol=0.1, tol_scale=density.bandwidths).points, own.points)
    np.testing.assert_array_equal(
        ascend(start[:7], density, 20, tol=0.1, tol_scale=density.bandwidths[:7]).points[-1], own.points[-1, :7]
    )


@pytest.mark.parametrize("steps", [0, 3])
@pytest.mark.parametrize(
    "points",
    [cloud(10, 2) + 1e-9, cloud(10, 2)[::-1], cloud(10, 2)[:9], cloud(11, 2, 4), cloud(10, 3)],
    ids=["shifted", "order", "fewer", "others", "wider"],
)
def test_blurring_needs_the_points_to_be_the_centres(points, steps):
    with pytest.raises(BadInput, match="points that climb to be the density's own centres") as error:
        ascend(points, KernelDensity(cloud(10, 2)), steps, method="blurring")
    assert one_sentence(error.value)


@pytest.mark.parametrize("start", [cloud(10, 2), np.array([[0.0, 0.0], [3.0, 3.0]])], ids=["other points", "its own means"])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_mixture_prior_cannot_be_blurred(start, steps):
    density = MixturePrior.from_parameters([0.5, 0.5], [[0.0, 0.0], [3.0, 3.0]], np.ones((2, 2)))
    with pytest.raises(NotSupported, match="centres") as error:
        ascend(start, density, steps, method="blurring")
    assert one_sentence(error.value)


# --- data -------------------------------------------------------------------------------------------------------------

TOY = np.concatenate([cloud(30, 5, 1) * 0.2, cloud(30, 5, 2) * 0.2 + 1.0]).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    return train(Dataset(x=TOY), ModelConfig(latent_dim=2, hidden=(16,), epochs=3, variance=0.05))


@pytest.fixture(scope="module", params=[MarginalLikelihood, EvidenceBound])
def of_data(request, model):
    return request.param(model)


@pytest.mark.parametrize("method", ["fixed-point", "gradient"])
def test_a_climb_in_the_data_keeps_moved_data_and_its_encoding(of_data, model, method):
    path = ascend(TOY, of_data, 6, method=method)
    assert path.points.shape == (7, 60, 2)
    assert path.data_points.shape == (7, 60, 5)
    assert path.data_frames.start.dtype == path.data_frames.offsets.dtype == np.float32
    np.testing.assert_array_equal(path.data_points[0], TOY)
    np.testing.assert_allclose(path.points[0], model.encode(TOY).mean, atol=1e-6)
    for moved, encoded, logs in zip(path.data_points, path.points, path.log_density, strict=True):
        np.testing.assert_allclose(encoded, model.encode(moved).mean, atol=1e-5)
        np.testing.assert_allclose(logs, of_data.log_prob(moved), rtol=1e-3, atol=1e-3)
    assert np.abs(path.data_points[-1] - TOY).max() > 0.05


def test_the_steps_in_the_data_are_those_of_the_density(of_data):
    path, z = ascend(TOY, of_data, 5, alpha=0.7), TOY.astype(float)
    for moved in path.data_points[1:]:
        z = of_data.step(z, 0.7)
        np.testing.assert_allclose(moved, z, atol=1e-4)


def test_lengths_are_those_of_the_moved_data(of_data):
    path = ascend(TOY, of_data, 6, keep_every=1)
    moves = np.linalg.norm(np.diff(path.data_points.astype(float), axis=0), axis=2)
    np.testing.assert_allclose(path.step_lengths[1:], moves, atol=1e-5)
    np.testing.assert_allclose(path.path_lengths[1:], moves.cumsum(axis=0), atol=1e-4)
    assert (path.step_lengths[0] == 0).all()
    encoded = np.linalg.norm(np.diff(path.points.astype(float), axis=0), axis=2)
    assert np.abs(path.step_lengths[1:] - encoded).max() > 1e-2


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("stop", [None, 1, 6])
def test_of_much_moved_data_the_first_and_the_last_are_kept(of_data, monkeypatch, every, stop):
    settings_ = {"steps": 10, "keep_every": every, "callback": lambda p: p.done == stop}
    whole = ascend(TOY, of_data, **settings_)
    monkeypatch.setattr(_recorder, "MAX_DATA_BYTES", 4 * TOY.size * 2)
    path = ascend(TOY, of_data, **settings_)
    np.testing.assert_array_equal(path.points, whole.points)
    np.testing.assert_array_equal(path.log_density, whole.log_density)
    np.testing.assert_array_equal(path.step_lengths, whole.step_lengths)
    assert len(whole.data_points) == len(whole.points)
    assert path.data_points.shape == (2, 60, 5)
    np.testing.assert_array_equal(path.data_points, whole.data_points[[0, -1]])


def test_moved_data_that_just_fit_are_all_kept(model, monkeypatch):
    monkeypatch.setattr(_recorder, "MAX_DATA_BYTES", 4 * TOY.size * 5)
    assert len(ascend(TOY, EvidenceBound(model), 3).data_points) == 4
    assert len(ascend(TOY, EvidenceBound(model), 4).data_points) in {2, 5}
    assert len(ascend(TOY, EvidenceBound(model), 5).data_points) == 2
    assert len(ascend(TOY, EvidenceBound(model), 0).data_points) == 1


@pytest.mark.parametrize("alpha", [0.3, 1.0, 1.9])
@pytest.mark.parametrize("method", ["fixed-point", "gradient"])
@pytest.mark.parametrize("samples", [1, 5])
def test_the_evidence_bound_never_falls(model, alpha, method, samples):
    path = ascend(TOY + 0.5 * cloud(60, 5, 7), EvidenceBound(model, samples=samples), 12, alpha, method=method)
    assert never_falls(path.log_density, 1e-5)
    assert path.log_density[-1].mean() > path.log_density[0].mean() + 1


def test_a_gradient_climb_of_the_marginal_likelihood_never_falls(model):
    path = ascend(TOY + 0.5 * cloud(60, 5, 7), MarginalLikelihood(model), 12, 1.5, method="gradient")
    assert never_falls(path.log_density, 1e-5)
    assert path.log_density[-1].mean() > path.log_density[0].mean() + 1


@pytest.mark.parametrize("method", ["fixed-point", "gradient"])
def test_moved_data_stay_within_bounds(model, method):
    free = ascend(TOY, MarginalLikelihood(model), 5, method=method).data_points
    low, high = np.quantile(free[-1], [0.6, 1.0])  # what is clipped lies off the data and climbs back, out of the bounds
    start = np.clip(TOY, low, high)
    path = ascend(start, MarginalLikelihood(model, bounds=(low, high)), 5, method=method)
    assert path.data_points.min() >= low - 1e-6  # float32 of the way
    assert path.data_points.max() <= high + 1e-6
    beyond = ascend(start, MarginalLikelihood(model), 5, method=method).data_points
    assert beyond.min() < low - 1e-3 or beyond.max() > high + 1e-3


def test_data_rest_by_the_floor_of_the_data(model):
    from vaegc import eps_floor

    density, tol = MarginalLikelihood(model), 2.0
    path = ascend(TOY, density, 40, tol=tol)
    short = path.step_lengths[1:] < tol * eps_floor(TOY)
    assert short.any()
    for i, first in enumerate(short.argmax(axis=0)):
        if short[first, i]:
            assert (path.data_points[first + 1 :, i] == path.data_points[first + 1, i]).all()


def test_data_cannot_be_blurred(of_data):
    with pytest.raises(NotSupported, match="no centres that are points"):
        ascend(TOY, of_data, 2, method="blurring")


def test_a_climb_in_the_latent_space_keeps_no_data():
    start = cloud(10, 2)
    assert ascend(start, KernelDensity(start), 2).data_points is None


# --- stops and refusals -----------------------------------------------------------------------------------------------


class Counted:
    """A density that counts how often it is evaluated."""

    domain = "latent"

    def __init__(self, inner: GaussianMixtureField, calls: list[str] | None = None) -> None:
        self.inner, self.calls = inner, [] if calls is None else calls
        self.centers, self.step_variance = inner.centers, inner.step_variance

    def step_and_log_prob(self, y, alpha):
        self.calls.append("step_and_log_prob")
        return self.inner.step_and_log_prob(y, alpha)

    def log_prob(self, y):
        self.calls.append("log_prob")
        return self.inner.log_prob(y)

    def log_prob_and_grad(self, y):
        self.calls.append("log_prob_and_grad")
        return self.inner.log_prob_and_grad(y)

    def with_centers(self, means):
        return Counted(self.inner.with_centers(means), self.calls)


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("at", [1, 4])
@pytest.mark.parametrize("method", METHODS)
def test_a_stop_costs_one_more_evaluation_at_most(method, at, every):
    start, seen = cloud(20, 2), []
    density = Counted(KernelDensity(start))

    def stop(event: Progress) -> bool:
        seen.append(len(density.calls))
        return event.done == at

    path = ascend(start, density, 30, keep_every=every, callback=stop, method=method)
    assert path.stopped
    assert len(seen) == at
    assert len(density.calls) - seen[-1] <= 1
    assert path.steps.tolist() == sorted({0, *range(0, at + 1, every), at})
    valid_trajectory(path, 30, every)
    whole = ascend(start, KernelDensity(start), at, method=method)
    np.testing.assert_array_equal(path.points, whole.points[path.steps])
    np.testing.assert_allclose(path.log_density, whole.log_density[path.steps], rtol=1e-12)
    np.testing.assert_array_equal(path.path_lengths, whole.path_lengths[path.steps])


@pytest.mark.parametrize("method", ["fixed-point", "blurring"])
def test_a_climb_costs_one_evaluation_per_step_and_one_at_the_end(method):
    start = cloud(20, 2)
    density = Counted(KernelDensity(start))
    ascend(start, density, 12, method=method)
    assert density.calls == ["step_and_log_prob"] * 12 + ["log_prob"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("steps", [0, 2])
def test_a_start_that_is_not_finite_is_refused(method, bad, steps):
    start = cloud(6, 2)
    density = KernelDensity(start)
    start[3, 1] = bad
    with pytest.raises(BadInput, match=r"points must be finite, but 1 of 6 rows .* row 3") as error:
        ascend(start, density, steps, method=method)
    assert one_sentence(error.value)


class Lost(KernelDensity):
    """Moves some points nowhere, from the second climb or the first on."""

    def __init__(self, centres, good: int = 0) -> None:
        super().__init__(centres)
        self.good = good

    def step_and_log_prob(self, y, alpha=1.0):
        moved, logs = super().step_and_log_prob(y, alpha)
        if self.good <= 0:
            moved[::2] = np.nan
        self.good -= 1
        return moved, logs


class Careless(Lost):
    """Does not look at what it is given either."""

    def log_prob(self, y):
        return np.zeros(len(y))


class Unknown(KernelDensity):
    """Moves well, with a log density that is no number."""

    def step_and_log_prob(self, y, alpha=1.0):
        moved, logs = super().step_and_log_prob(y, alpha)
        return moved, np.full_like(logs, np.nan)


@pytest.mark.parametrize("tol", [0.0, 0.1])
@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("make", [Lost, Careless, Unknown, lambda z: Lost(z, 1), lambda z: Careless(z, 1)])
def test_a_density_that_gives_no_numbers_ends_the_climb_in_a_sentence(make, steps, tol):
    start = cloud(8, 2)
    density = make(start)
    if getattr(density, "good", 0) >= steps:
        assert np.isfinite(ascend(start, density, steps, tol=tol).points).all()
        return
    with pytest.raises(VaegcError) as error:
        ascend(start, density, steps, tol=tol)
    assert one_sentence(error.value)


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("what", ["log density", "gradient", "both"])
def test_a_gradient_that_is_no_number_ends_the_climb_in_a_sentence(what, steps):
    class Steep(KernelDensity):
        def log_prob_and_grad(self, y):
            logs, slope = super().log_prob_and_grad(y)
            return logs * (1 if what == "gradient" else np.nan), slope * (1 if what == "log density" else np.nan)

    start = cloud(8, 2)
    with pytest.raises(VaegcError) as error:
        ascend(start, Steep(start), steps, method="gradient")
    assert one_sentence(error.value)


def test_what_is_no_density_and_no_method_is_refused():
    start = cloud(5, 2)
    with pytest.raises(BadInput, match="needs a density to climb"):
        ascend(start, "kernel")
    with pytest.raises(BadInput, match="method must be one of blurring, fixed-point, gradient; got 'jump'"):
        ascend(start, KernelDensity(start), method="jump")


@pytest.mark.parametrize("scale", [1e-60, 1e39, 1e90])  # float64 holds them, float32 does not
def test_frames_hold_any_scale(scale):
    start = cloud(10, 2)
    here, there = (ascend(z, KernelDensity(z), 4) for z in (start, start * scale))
    np.testing.assert_allclose(there.points / scale, here.points, atol=1e-6)
    np.testing.assert_allclose(there.path_lengths / scale, here.path_lengths, rtol=1e-6)


def test_the_start_is_kept_exactly_and_frames_keep_their_digits_far_from_zero():
    start = cloud(30, 2) + np.array([5_411_932.87, 1.654e9])  # metres north and seconds since 1970
    path = ascend(start, KernelDensity(start), 4)
    np.testing.assert_array_equal(path.frame(0), start)
    near = ascend(start - start[0], KernelDensity(start - start[0]), 4)
    np.testing.assert_allclose(path.frame(-1) - start[0], near.frame(-1), atol=1e-6)  # rounding of the numbers themselves is 2e-7
    assert path.frame(-1).shape == path.start.shape == (30, 2)


@pytest.mark.parametrize("tol_scale", [[1, 2, 3], [[1.0] * 5], 1.0, [1, 1, 1, 1, -1], [1, 1, 1, 1, np.nan], ["a"] * 5])
def test_lengths_of_rest_are_one_for_each_point(tol_scale):
    start = cloud(5, 2)
    with pytest.raises(BadInput) as error:
        ascend(start, KernelDensity(start, bandwidth=1.0), 2, tol=0.1, tol_scale=tol_scale)
    assert one_sentence(error.value)


@pytest.mark.parametrize("d", [32, 64, 384])
def test_a_climb_that_moves_nothing_says_so(d):
    start = cloud(200, d)
    path = ascend(start, KernelDensity(start, bandwidth=0.1), 5)
    assert path.effective_neighbors == pytest.approx(1.0)
    assert path.median_move < 1e-3
    assert f"made of that point itself (effective number of points: 1, in {d} dimensions)" in path.note
    assert path[2:].note is not None
    assert path[:1].note is None  # no step, no climb


def test_a_climb_that_moves_points_has_no_note():
    start = cloud(200, 3)
    path = ascend(start, KernelDensity(start, 20), 10)
    assert path.note is None
    assert path.median_move > 0.5
    assert path.effective_neighbors > 5
    # whose points lie on summits already is told apart from points that are alone
    again = ascend(np.repeat(np.eye(3), 20, axis=0) * 9, KernelDensity(np.repeat(np.eye(3), 20, axis=0) * 9, bandwidth=1.0), 3)
    assert "they lie on summits of this density already" in again.note


def test_points_too_large_to_climb_are_refused_and_not_kept_as_infinity():
    start = 1e101 * cloud(10, 2)  # whose squares are no numbers
    with pytest.raises(BadInput) as error:
        ascend(start, KernelDensity(start), 2)
    assert one_sentence(error.value)
