"""What is kept of a climb: lengths, places, parts, files; and the controls it must be better than."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples import cloud, one_sentence
from vaegc import (
    BadInput,
    Dataset,
    KernelDensity,
    MarginalLikelihood,
    ModelConfig,
    NotSupported,
    Trajectory,
    VaegcError,
    ascend,
    eps_floor,
    train,
)
from vaegc.ascent import CONTROLS, METHODS, control
from validity import valid_trajectory


def two_blobs(apart: float = 10.0, n: int = 15, d: int = 2, seed: int = 0) -> np.ndarray:
    """The points of even rows around 0, the others `apart` along the first axis."""
    points = 0.3 * cloud(2 * n, d, seed)
    points[1::2, 0] += apart
    return points


def as_frames(*frames: list[list[float]], logs: np.ndarray | None = None) -> Trajectory:
    points = np.array(frames, dtype=np.float32)
    return Trajectory(points, np.zeros(points.shape[:2]) if logs is None else logs, np.arange(len(points)))


@pytest.fixture(scope="module")
def climbed() -> Trajectory:
    start = cloud(40, 3)
    return valid_trajectory(ascend(start, KernelDensity(start, 4), 12), 12)


@pytest.fixture(scope="module")
def gathered() -> Trajectory:
    start = two_blobs()
    return valid_trajectory(ascend(start, KernelDensity(start, bandwidth=0.8), 40), 40)


@pytest.fixture(scope="module")
def of_data() -> Trajectory:
    x = cloud(30, 4).astype(np.float32)
    model = train(Dataset(x=x), ModelConfig(latent_dim=2, hidden=(8,), epochs=2, variance=0.1))
    return valid_trajectory(ascend(x, MarginalLikelihood(model), 4), 4)


# --- lengths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("tol", [0.0, 0.1])
def test_lengths_are_those_of_single_steps_and_their_sums(method, tol):
    tol = 0.0 if method == "blurring" else tol
    start = cloud(30, 2)
    path = ascend(start, KernelDensity(start, 4), 15, tol=tol, method=method)
    moves = np.linalg.norm(np.diff(path.points.astype(float), axis=0), axis=2)
    assert path.step_lengths.shape == path.path_lengths.shape == (16, 30)
    assert path.step_lengths.dtype == path.path_lengths.dtype == np.float64
    assert (path.step_lengths[0] == 0).all()
    assert (path.path_lengths[0] == 0).all()
    np.testing.assert_allclose(path.step_lengths[1:], moves, atol=2e-6)
    np.testing.assert_allclose(path.path_lengths[1:], moves.cumsum(axis=0), atol=2e-5)


@settings(max_examples=15)
@given(steps=st.integers(0, 14), every=st.integers(1, 16), tol=st.sampled_from([0.0, 0.05, 0.3]), method=st.sampled_from(METHODS))
def test_lengths_do_not_depend_on_which_frames_are_kept(steps, every, tol, method):
    tol = 0.0 if method == "blurring" else tol
    start = cloud(15, 2)
    density = KernelDensity(start, 3)
    whole = ascend(start, density, steps, tol=tol, method=method)
    part = ascend(start, density, steps, tol=tol, keep_every=every, method=method)
    np.testing.assert_array_equal(part.step_lengths, whole.step_lengths[part.steps])
    np.testing.assert_array_equal(part.path_lengths, whole.path_lengths[part.steps])


def test_a_point_that_rests_goes_no_further():
    start = cloud(40, 2)
    density = KernelDensity(start, 5)
    path = ascend(start, density, 60, tol=0.05, keep_every=1)
    short = path.step_lengths[1:] < 0.05 * density.bandwidths
    assert short.any(axis=0).all()
    for i, first in enumerate(short.argmax(axis=0) + 1):
        assert path.step_lengths[first, i] > 0  # the short step itself is still taken
        assert (path.step_lengths[first + 1 :, i] == 0).all()
        assert (path.path_lengths[first:, i] == path.path_lengths[first, i]).all()


def test_a_trajectory_made_of_frames_alone_knows_the_lengths_between_them():
    path = as_frames([[0, 0], [1, 1]], [[3, 4], [1, 1]], [[3, 4], [1, 2]])
    assert path.step_lengths.tolist() == [[0, 0], [5, 0], [0, 1]]
    assert path.path_lengths.tolist() == [[0, 0], [5, 0], [5, 1]]


# --- modes ------------------------------------------------------------------------------------------------------------


def test_two_far_blobs_climb_to_two_modes(gathered):
    modes = gathered.modes()
    assert len(modes) == 2
    assert modes.points.shape == (2, 2)
    assert modes.points.dtype == np.float64
    assert modes.radius == gathered.eps_floor
    np.testing.assert_array_equal(modes.members, np.arange(30) % 2)  # numbered by their lowest point
    for place in (0, 1):
        inside = np.flatnonzero(modes.members == place)
        best = inside[gathered.log_density[-1][inside].argmax()]
        np.testing.assert_allclose(modes.points[place], gathered.points[-1][best], atol=1e-7)  # others are as high, to rounding


@pytest.mark.parametrize("frame", [0, 3, 7, -1])
@pytest.mark.parametrize("radius", [0.05, 0.3, 1.0])
def test_the_point_of_a_mode_is_its_member_with_the_highest_log_density(climbed, frame, radius):
    modes = climbed.modes(frame, radius)
    assert set(modes.members.tolist()) == set(range(len(modes)))
    first = [int(np.flatnonzero(modes.members == place)[0]) for place in range(len(modes))]
    assert first == sorted(first)
    for place in range(len(modes)):
        inside = np.flatnonzero(modes.members == place)
        best = inside[climbed.log_density[frame][inside].argmax()]
        np.testing.assert_array_equal(modes.points[place], climbed.points[frame][best])


@settings(max_examples=25)
@given(n=st.integers(2, 25), seed=st.integers(0, 10**6), radius=st.sampled_from([0.0, 0.4, 0.5, 0.7, 0.75, 1.0, 1.2, 1.5]))
def test_modes_are_those_of_single_linkage(n, seed, radius):
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial.distance import cdist

    points = np.random.default_rng(seed).integers(0, 6, (n, 2)) / 2
    path = Trajectory(points[None].astype(np.float32), cloud(1, n, seed), np.arange(1))
    count, labels = connected_components(cdist(points, points) <= radius)
    modes = path.modes(0, radius)
    assert len(modes) == count
    np.testing.assert_array_equal(modes.members, labels)


def test_a_radius_of_zero_joins_exact_duplicates_only():
    near = np.nextafter(np.float32(1), np.float32(2)).item()
    path = as_frames([[1, 0], [near, 0], [1, 0], [5, 5], [near, 0], [1, 0]], logs=np.array([[1.0, 2, 3, 4, 5, 6]]))
    modes = path.modes(radius=0)
    assert modes.members.tolist() == [0, 1, 0, 2, 1, 0]
    assert modes.points.tolist() == [[1, 0], [near, 0], [5, 5]]


def test_a_huge_radius_gives_one_mode_its_highest_point(climbed):
    modes = climbed.modes(2, 1e6)
    assert (len(modes), set(modes.members.tolist())) == (1, {0})
    np.testing.assert_array_equal(modes.points[0], climbed.points[2][climbed.log_density[2].argmax()])


def test_one_point_is_one_mode():
    density = KernelDensity(cloud(10, 2))
    path = ascend(cloud(1, 2, 5), density, 3)
    for radius in (None, 0, 1.0):
        modes = path.modes(radius=radius)
        assert (len(modes), modes.members.tolist()) == (1, [0])
        np.testing.assert_array_equal(modes.points, path.points[-1])
    assert path.mode_counts().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("radius", [-1, np.nan, "wide", True])
def test_a_radius_is_a_number(climbed, radius):
    with pytest.raises(BadInput, match="radius must be a number, at least 0"):
        climbed.modes(radius=radius)


def test_fewer_and_fewer_modes_as_points_climb(gathered):
    counts = gathered.mode_counts()
    assert counts.shape == (41,)
    assert counts[0] > 20
    assert counts[-1] == 2
    assert (np.diff(counts) <= 0).all()
    assert counts.tolist() == [len(gathered.modes(frame)) for frame in range(41)]
    assert gathered.mode_counts([0, -1]).tolist() == counts[[0, -1]].tolist()
    assert gathered.mode_counts([-1], radius=100).tolist() == [1]
    assert gathered.mode_counts([]).tolist() == []


# --- parts ------------------------------------------------------------------------------------------------------------


def test_a_part_sweeps_as_the_whole_does(climbed):
    part = climbed[5:]
    assert part.eps_floor == climbed.eps_floor == eps_floor(climbed.points[0])
    assert part.eps_floor != pytest.approx(eps_floor(part.points[0]), rel=0.05)  # else this says nothing
    for ours, theirs in (
        (part.sweep(0), climbed.sweep(5)),
        (part.sweep(), climbed.sweep()),
        (climbed[7].sweep(), climbed.sweep(7)),
    ):
        assert ours.eps_floor_ == theirs.eps_floor_ == climbed.eps_floor
        np.testing.assert_array_equal(ours.tree_, theirs.tree_)
        assert ours.plateaus().equals(theirs.plateaus())
        assert ours.suggest() == theirs.suggest()
    assert part[2:][1:].eps_floor == climbed.eps_floor
    assert len(part.modes(0)) == len(climbed.modes(5))


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        (-1, [12]),
        (0, [0]),
        (3, [3]),
        (np.int64(-2), [11]),
        (slice(2, 4), [2, 3]),
        (slice(None, None, 5), [0, 5, 10]),
        (slice(10, 99), [10, 11, 12]),
        (slice(None), list(range(13))),
    ],
)
def test_a_part_is_those_frames(climbed, part, kept):
    some = climbed[part]
    assert isinstance(some, Trajectory)
    assert len(some) == len(kept)
    assert valid_trajectory(some).steps.tolist() == kept
    for name in ("points", "log_density", "step_lengths", "path_lengths"):
        np.testing.assert_array_equal(getattr(some, name), getattr(climbed, name)[kept])
    assert some.eps_floor == climbed.eps_floor
    assert some.data_points is None


@pytest.mark.parametrize("part", [slice(4, 4), slice(50, None), slice(5, 2), 13, 99, -14, 1.0, True, None, "last", (0, 1)])
def test_a_part_without_frames_is_refused(climbed, part):
    with pytest.raises(BadInput) as error:
        climbed[part]
    assert one_sentence(error.value)


@pytest.mark.parametrize("frame", [13, -14, 2.0, None, True])
def test_a_frame_that_is_not_there_has_no_sweep_and_no_modes(climbed, frame):
    for work in (climbed.sweep, climbed.modes, lambda f: climbed.mode_counts([f])):
        with pytest.raises(BadInput, match="frame must be between 0 and 12") as error:
            work(frame)
        assert one_sentence(error.value)


def test_a_part_keeps_its_data_where_every_frame_has_some(of_data):
    np.testing.assert_array_equal(of_data[1:3].data_points, of_data.data_points[1:3])
    np.testing.assert_array_equal(of_data[-1].data_points, of_data.data_points[-1:])
    ends = Trajectory(
        of_data.points, of_data.log_density, of_data.steps, False, of_data.data_points[[0, -1]],
        of_data.step_lengths, of_data.path_lengths,
    )  # fmt: skip
    assert ends[1:3].data_points.shape == (0, *of_data.data_points.shape[1:])  # those of the middle are not known
    np.testing.assert_array_equal(ends[:2].data_points, of_data.data_points[:1])
    np.testing.assert_array_equal(ends[-1].data_points, of_data.data_points[-1:])


def test_the_floor_of_moved_data_is_that_of_their_encoding(of_data):
    assert of_data.eps_floor == eps_floor(of_data.points[0])
    assert of_data.sweep(min_samples=3).eps_floor_ == of_data.eps_floor


# --- files ------------------------------------------------------------------------------------------------------------


def equal(one: Trajectory, other: Trajectory) -> bool:
    for name in ("points", "log_density", "steps", "data_points", "step_lengths", "path_lengths"):
        a, b = getattr(one, name), getattr(other, name)
        if (a is None) != (b is None):
            return False
        if a is not None and (a.dtype != b.dtype or a.shape != b.shape or a.tobytes() != b.tobytes()):
            return False
    return one.stopped is other.stopped and one.eps_floor == other.eps_floor


@pytest.mark.parametrize("case", ["whole", "part", "frame", "stopped", "data", "data of two frames", "control"])
def test_a_trajectory_comes_back_bit_for_bit(case, climbed, of_data, tmp_path):
    start = cloud(12, 2)
    ends = Trajectory(of_data.points, of_data.log_density, of_data.steps, True, of_data.data_points[[0, -1]])
    path = {
        "whole": lambda: climbed,
        "part": lambda: climbed[4:9:2],
        "frame": lambda: climbed[-1],
        "stopped": lambda: ascend(start, KernelDensity(start), 9, keep_every=2, callback=lambda p: p.done == 3),
        "data": lambda: of_data,
        "data of two frames": lambda: ends,
        "control": lambda: control(climbed, "random"),  # whose log density is NaN
    }[case]()
    path.save(tmp_path / "path.npz")
    back = Trajectory.load(str(tmp_path / "path.npz"))
    assert equal(path, back)
    assert (case in {"stopped", "data of two frames"}) == back.stopped
    assert ("data" in case) == (back.data_points is not None)
    back.save(str(tmp_path / "again.npz"))
    assert equal(path, Trajectory.load(tmp_path / "again.npz"))


def test_loaded_parts_keep_the_floor_of_the_start(climbed, tmp_path):
    climbed[6:].save(tmp_path / "part.npz")
    assert Trajectory.load(tmp_path / "part.npz").sweep(0).eps_floor_ == climbed.eps_floor


def refused(path: Path) -> bool:
    with pytest.raises(BadInput, match=path.name) as error:
        Trajectory.load(path)
    return one_sentence(error.value)


@pytest.fixture
def saved(climbed, tmp_path) -> Path:
    climbed[:3].save(tmp_path / "good.npz")
    return tmp_path / "good.npz"


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    assert refused(tmp_path / "missing.npz")
    (tmp_path / "folder.npz").mkdir()
    assert refused(tmp_path / "folder.npz")


def test_text_and_nothing_and_plain_arrays_and_pickles_are_refused(tmp_path):
    bad = tmp_path / "bad.npz"
    for content in (b"", b"hello\n", b"PK\x03\x04", b"\x93NUMPY", b"x,y\n1,2\n"):
        bad.write_bytes(content)
        assert refused(bad)
    with bad.open("wb") as file:
        np.save(file, np.zeros((3, 2)))
    assert refused(bad)


class Trap:
    """Leaves a mark where its pickle is loaded."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (self.mark,)


def test_no_pickle_is_loaded(saved, tmp_path):
    mark, bad = tmp_path / "mark", tmp_path / "bad.npz"
    trap = np.empty(1, object)
    trap[0] = Trap(str(mark))
    with bad.open("wb") as file:
        np.save(file, trap, allow_pickle=True)
    assert refused(bad)
    with np.load(saved) as file:
        arrays = dict(file)
    np.savez(bad, **{**arrays, "points": trap})
    assert refused(bad)
    np.savez(bad, **{**arrays, "more": trap})
    assert refused(bad)
    assert not mark.exists()


def test_a_file_cut_short_anywhere_is_refused(saved, tmp_path):
    content, bad = saved.read_bytes(), tmp_path / "bad.npz"
    for size in np.linspace(0, len(content) - 1, 60).astype(int):
        bad.write_bytes(content[:size])
        assert refused(bad)


def test_a_file_with_wrong_bytes_gives_a_trajectory_or_a_sentence(saved, tmp_path):
    content, bad = saved.read_bytes(), tmp_path / "bad.npz"
    draw, sentences = np.random.default_rng(0), []
    directory = range(content.index(b"PK\x01\x02"), len(content))
    for at in [*directory, *draw.integers(0, len(content), 150)]:
        bad.write_bytes(content[:at] + bytes([content[at] ^ (1 << int(draw.integers(8)))]) + content[at + 1 :])
        try:
            Trajectory.load(bad)
        except BadInput as error:
            sentences.append(error)
    assert len(sentences) > 100
    assert all(map(one_sentence, sentences))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 3},
        {"schema": "x"},
        {"schema": np.arange(2)},
        {"eps_floor": "low"},
        {"eps_floor": np.zeros(2)},
        {"stopped": np.zeros(2, bool)},
        {"offsets": "here"},
        {"offsets": np.zeros((3, 40))},
        {"offsets": np.zeros((0, 40, 3), np.float32)},
        {"offsets": np.zeros((3, 40, 2), np.float32)},
        {"start": np.zeros((39, 3))},
        {"unit": np.zeros(1)},
        {"unit": 0.0},
        {"points": np.zeros((3, 40, 3), np.float32)},
        {"effective": np.zeros(2)},
        {"log_density": np.zeros((2, 40))},
        {"log_density": np.zeros((3, 39))},
        {"steps": np.arange(2)},
        {"step_lengths": np.zeros((3, 39), np.float32)},
        {"path_lengths": np.zeros(3, np.float32)},
        {"data_start": np.zeros((40, 5)), "data_offsets": np.zeros((3, 39, 5), np.float32), "data_unit": 1.0},
        {"data_offsets": np.zeros((3, 40, 5), np.float32)},
    ],
    ids=lambda change: f"{next(iter(change))}={np.shape(next(iter(change.values())))}",
)
def test_arrays_that_are_no_trajectory_are_refused(saved, tmp_path, change):
    with np.load(saved) as file:
        np.savez(tmp_path / "bad.npz", **{**dict(file), **change})
    assert refused(tmp_path / "bad.npz")


def test_a_file_of_the_first_version_is_still_read(climbed, tmp_path):
    old = {name: getattr(climbed, name) for name in ("log_density", "steps", "step_lengths", "path_lengths")}
    points = climbed.points.astype(np.float32)
    np.savez(tmp_path / "old.npz", schema=1, stopped=False, eps_floor=climbed.eps_floor, points=points, **old)
    again = Trajectory.load(tmp_path / "old.npz")
    np.testing.assert_allclose(again.points, points, atol=1e-7)
    assert again.eps_floor == climbed.eps_floor
    np.savez(tmp_path / "bad.npz", schema=1, stopped=False, eps_floor=climbed.eps_floor, points=points[0], **old)
    assert refused(tmp_path / "bad.npz")


def test_a_damaged_header_is_a_sentence(saved, tmp_path):
    whole = saved.read_bytes()
    assert whole.count(b"}  ") > 1
    (tmp_path / "bad.npz").write_bytes(whole.replace(b"}  ", b"   "))
    assert refused(tmp_path / "bad.npz")


def test_what_was_saved_or_sliced_whole_equals_what_it_was_made_from(climbed, tmp_path):
    climbed.save(tmp_path / "path.npz")
    assert Trajectory.load(tmp_path / "path.npz") == climbed == climbed[:]
    assert climbed[:3] != climbed


def test_an_npz_of_something_else_is_refused(saved, tmp_path):
    bad = tmp_path / "bad.npz"
    np.savez(bad, x=np.zeros((3, 2)), y=np.arange(3))
    assert refused(bad)
    np.savez(bad)
    assert refused(bad)
    with np.load(saved) as file:
        arrays = dict(file)
    for missing in arrays:
        np.savez(bad, **{name: array for name, array in arrays.items() if name != missing})
        assert refused(bad)


@pytest.mark.parametrize("name", ["path.npy", "path", "path.npz.txt", "path.NPZ2"])
def test_a_trajectory_is_saved_to_an_npz_only(climbed, tmp_path, name):
    with pytest.raises(BadInput, match=r"saved to a \.npz file") as error:
        climbed.save(tmp_path / name)
    assert one_sentence(error.value)
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_a_sentence_says_so(climbed, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.npz").mkdir()
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    bad = [tmp_path / "file" / "path.npz", tmp_path / "folder.npz"]
    for target in bad if os.access(locked, os.W_OK) else [*bad, locked / "path.npz"]:  # root may write anywhere
        with pytest.raises(BadInput, match="cannot be written") as error:
            climbed.save(target)
        assert one_sentence(error.value)


# --- controls ---------------------------------------------------------------------------------------------------------


def away(path: Trajectory) -> np.ndarray:
    return np.linalg.norm(path.points.astype(float) - path.points[0].astype(float), axis=2)


def neighbours_mean(start: np.ndarray, k: int) -> np.ndarray:
    distance = np.linalg.norm(start[:, None] - start, axis=2)
    np.fill_diagonal(distance, np.inf)
    return start[np.argsort(distance, axis=1)[:, :k]].mean(axis=1)


@pytest.mark.parametrize("d", [1, 2, 10])
def test_random_goes_as_far_as_the_climb_in_every_frame_and_straight(d):
    start = cloud(40, d)
    path = ascend(start, KernelDensity(start, 5), 10, keep_every=3)
    other = control(path, "random", seed=4)
    np.testing.assert_array_equal(other.points[0], path.points[0])
    np.testing.assert_array_equal(other.steps, path.steps)
    np.testing.assert_allclose(away(other), away(path), atol=1e-5)
    way = other.points[1:].astype(float) - other.points[0]
    way = way / np.linalg.norm(way, axis=2, keepdims=True)
    np.testing.assert_allclose(way, np.broadcast_to(way[-1], way.shape), atol=1e-3)
    if d > 1:
        climb = path.points[-1].astype(float) - path.points[0]
        uphill = (way[-1] * climb / np.linalg.norm(climb, axis=1, keepdims=True)).sum(axis=1)
        assert abs(uphill.mean()) < 0.4  # not where the climb went
        assert np.linalg.norm(way[-1].mean(axis=0)) < 0.5  # nor all the same way


def test_the_seed_of_random_matters_and_repeats(climbed):
    one, again, other = (control(climbed, "random", seed=seed).points for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.1


@pytest.mark.parametrize("k", [1, 5, 39, 1000])
def test_shrink_goes_towards_the_mean_of_the_neighbours_and_not_beyond(climbed, k):
    other = control(climbed, "shrink", neighbors=k)
    start = climbed.points[0].astype(float)
    to_mean = neighbours_mean(start, min(k, 39)) - start
    reach = np.linalg.norm(to_mean, axis=1)
    np.testing.assert_allclose(away(other), np.minimum(away(climbed), reach), atol=1e-5)
    along = np.minimum(away(climbed), reach)[:, :, None] * (to_mean / reach[:, None])
    np.testing.assert_allclose(other.points, start + along, atol=1e-5)
    if k == 1:
        assert (away(climbed)[-1] > reach).any()  # else "not beyond" was never tried
    assert (away(climbed)[-1] < reach).any()


def test_a_point_that_is_the_mean_of_its_neighbours_stays():
    start = np.array([[0.0, 0], [0, 0], [0, 0], [4, 0], [5, 0], [7, 0]])
    path = ascend(start, KernelDensity(start, bandwidth=2.0), 5)
    other = control(path, "shrink", neighbors=2)
    assert np.isfinite(other.points).all()
    assert (other.points[:, :3] == 0).all()
    assert np.abs(other.points[-1, 3:] - start[3:]).max() > 0.1


@pytest.mark.parametrize("kind", CONTROLS)
def test_one_point_has_no_neighbours_and_still_a_control(kind):
    path = ascend(cloud(1, 2, 5), KernelDensity(cloud(10, 2)), 3)
    assert np.isfinite(control(path, kind).points).all()


@pytest.mark.parametrize("kind", CONTROLS)
def test_the_log_density_of_a_control_is_given_where_a_density_is(kind):
    start = cloud(40, 3)
    density = KernelDensity(start, 4)
    path = ascend(start, density, 6)
    without, given_ = control(path, kind), control(path, kind, density)
    assert without.log_density.shape == path.log_density.shape
    assert np.isnan(without.log_density).all()
    np.testing.assert_array_equal(without.points, given_.points)
    for frame, logs in zip(given_.points, given_.log_density, strict=True):
        np.testing.assert_allclose(logs, density.log_prob(frame), atol=1e-4)
    assert given_.log_density.dtype == np.float64
    assert path.log_density[-1].mean() > given_.log_density[-1].mean()


@pytest.mark.parametrize("kind", CONTROLS)
@pytest.mark.parametrize("part", [slice(None), slice(5, None)])
def test_a_control_is_swept_with_the_floor_of_the_climb(climbed, kind, part):
    path = climbed[part]
    other = control(path, kind)
    assert other.eps_floor == climbed.eps_floor
    assert other.sweep().eps_floor_ == climbed.eps_floor
    assert other.stopped == path.stopped
    assert other.points.dtype == np.float64
    assert len(other.modes()) >= 1  # also where no log density is known


@pytest.mark.parametrize("kind", CONTROLS)
def test_moved_data_have_no_control(of_data, kind):
    with pytest.raises(NotSupported, match="this climb moved data") as error:
        control(of_data, kind)
    assert one_sentence(error.value)


@pytest.mark.parametrize(
    ("kind", "settings_", "words"),
    [
        ("jump", {}, "kind must be one of random, shrink; got 'jump'"),
        (None, {}, "kind must be one of random, shrink; got None"),
        ("random", {"seed": -1}, "seed must be a whole number"),
        ("shrink", {"neighbors": 0}, "neighbors must be a whole number, at least 1; got 0"),
        ("shrink", {"neighbors": 0.1}, "neighbors must be a whole number, at least 1; got 0.1"),
    ],
)
def test_controls_that_are_not_there_are_refused(climbed, kind, settings_, words):
    with pytest.raises(BadInput, match=words):
        control(climbed, kind, **settings_)


def test_parts_of_a_climb_in_the_data_have_no_control_either(of_data):
    ends = Trajectory(of_data.points, of_data.log_density, of_data.steps, False, of_data.data_points[[0, -1]])
    with pytest.raises(VaegcError):  # its middle frames keep no data, and lengths are still those of moved data
        control(ends[1:4], "random")
