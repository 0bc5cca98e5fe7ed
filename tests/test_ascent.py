"""The law of the climb: log density never falls; and what is kept of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaegc import AscentConfig, BadInput, KernelDensity, NotSupported, Progress, ascend


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


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
    path = ascend(start, KernelDensity(centres, neighbors), steps=25, alpha=alpha)
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
    np.testing.assert_allclose(there.points - by.astype(np.float32), here.points, atol=1e-5)
    np.testing.assert_allclose(there.log_density, here.log_density, rtol=1e-9)


def test_frames_are_float32_and_their_log_density_is_that_of_the_points_in_them():
    start = cloud(30, 2)
    density = KernelDensity(start)
    path = ascend(start, density, steps=7)
    assert path.points.dtype == np.float32
    assert path.log_density.dtype == np.float64
    assert path.points.shape == (8, 30, 2)
    assert path.log_density.shape == (8, 30)
    assert path.steps.tolist() == list(range(8))
    assert not path.stopped
    z = start
    for frame, logs in zip(path.points, path.log_density, strict=True):
        np.testing.assert_array_equal(frame, z.astype(np.float32))
        np.testing.assert_allclose(logs, density.logp(z), rtol=1e-12)
        z = density.step(z)


@pytest.mark.parametrize(
    ("steps", "every", "kept"),
    [(10, 4, [0, 4, 8, 10]), (10, 5, [0, 5, 10]), (3, 100, [0, 3]), (0, 3, [0]), (1, 1, [0, 1])],
)
def test_the_first_and_the_last_frame_are_always_kept(steps, every, kept):
    start = cloud(20, 2)
    density = KernelDensity(start)
    whole, part = ascend(start, density, steps), ascend(start, density, steps, keep_every=every)
    assert part.steps.tolist() == kept
    np.testing.assert_array_equal(part.points, whole.points[kept])
    np.testing.assert_array_equal(part.log_density, whole.log_density[kept])


def test_no_steps_give_the_one_frame_of_the_start():
    start = cloud(12, 2)
    density = KernelDensity(start)
    path = ascend(start, density, steps=0)
    np.testing.assert_array_equal(path.points, start[None].astype(np.float32))
    np.testing.assert_allclose(path.log_density[0], density.logp(start), rtol=1e-12)
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
    np.testing.assert_allclose(path.log_density[-1], density.logp(z), rtol=1e-9)


def test_resting_points_keep_the_log_density_of_where_they_rest():
    start = cloud(40, 2)
    density = KernelDensity(start)
    path = ascend(start, density, steps=30, tol=0.3, keep_every=4)
    for frame, logs in zip(path.points, path.log_density, strict=True):
        np.testing.assert_allclose(logs, density.logp(frame), atol=1e-5)
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
    np.testing.assert_array_equal(density.centres, before)


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
        ({"density": "mixture"}, NotSupported, "density kernel only; got 'mixture'"),
        ({"density": "hill"}, BadInput, "density must be one of aggregated, bound, kernel, marginal, mixture; got 'hill'"),
        ({"method": "blurring"}, NotSupported, "method fixed-point only; got 'blurring'"),
        ({"bandwidth": 0}, BadInput, "bandwidth must be a number, above 0; got 0"),
        ({"neighbors": 0}, BadInput, "neighbors must be a number, above 0; got 0"),
        ({"neighbors": True}, BadInput, "neighbors must be a number, above 0; got True"),
        ({"neighbors": "many"}, BadInput, "neighbors must be a number, above 0; got 'many'"),
    ],
)
def test_a_config_says_what_it_cannot_do(settings_, error, words):
    with pytest.raises(error, match=words):
        AscentConfig(**settings_)


def test_a_config_survives_as_data_and_refuses_unknown_settings():
    config = AscentConfig(neighbors=7, steps=3, alpha=1.5, tol=0.1, keep_every=2)
    assert AscentConfig.from_dict(config.to_dict()) == config
    with pytest.raises(BadInput, match="Unknown ascent settings: speed"):
        AscentConfig.from_dict({"speed": 3})


def test_the_start_must_fit_the_density():
    with pytest.raises(BadInput, match="lives in 2 dimensions, the points in 3"):
        ascend(cloud(5, 3), KernelDensity(cloud(5, 2)))
