"""A view is fixed by the start; frame 0 is exactly the view; moved points are placed by their nearest start points."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vaegc import BadInput, Space, Stopped, project


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.fixture(scope="module")
def tsne() -> Space:
    return project(cloud(60, 5), "tsne", seed=3)


def test_the_start_is_placed_exactly_at_the_view(tsne):
    np.testing.assert_array_equal(tsne.place(tsne.source), tsne.points)
    for index in (slice(7, 20), [5, 3]):
        np.testing.assert_array_equal(tsne.place(tsne.source[index]), tsne.points[index])


def test_start_points_that_coincide_keep_each_their_own_view_position():
    start = cloud(40, 3)
    start[20:] = start[:20]
    made = Space(cloud(40, 2, 1), "tsne", start)  # the map drew the twins apart
    np.testing.assert_array_equal(made.place(start), made.points)
    everything_equal = Space(cloud(30, 2, 1), "umap", np.ones((30, 3)))
    np.testing.assert_array_equal(everything_equal.place(np.ones((30, 3))), everything_equal.points)


def placed_by_hand(space: Space, point: np.ndarray) -> np.ndarray:
    distance = np.sqrt(((space.source - point) ** 2).sum(axis=1))
    nearest = np.argsort(distance)[:15]
    weight = np.exp(-(distance[nearest] ** 2) / (2 * distance.min() ** 2))
    return (weight[:, None] * space.points[nearest]).sum(axis=0) / weight.sum()


@pytest.mark.parametrize("n", [60, 6])
def test_a_moved_point_is_placed_at_the_weighted_mean_of_its_15_nearest_start_points(n):
    space = Space(cloud(n, 2, 1), "tsne", cloud(n, 4))
    moved = cloud(25, 4, 2)
    np.testing.assert_allclose(space.place(moved), [placed_by_hand(space, p) for p in moved], rtol=1e-10, atol=1e-12)


def test_some_points_moved_and_some_not():
    space = Space(cloud(50, 2, 1), "umap", cloud(50, 3))
    mixed = space.source.copy()
    mixed[::2] += 0.3
    placed = space.place(mixed)
    np.testing.assert_array_equal(placed[1::2], space.points[1::2])
    np.testing.assert_allclose(placed[::2], [placed_by_hand(space, p) for p in mixed[::2]], rtol=1e-10, atol=1e-12)


def test_a_point_that_arrives_at_another_start_point_is_placed_there():
    space = Space(cloud(50, 2, 1), "tsne", cloud(50, 3))
    moved = space.source.copy()
    moved[4] = space.source[9]
    np.testing.assert_array_equal(space.place(moved)[4], space.points[9])


def test_placed_points_stay_inside_the_view_however_far_they_go():
    space = Space(cloud(50, 2, 1), "tsne", cloud(50, 3))
    placed = space.place(1e6 * cloud(20, 3, 4))
    assert (placed >= space.points.min(axis=0)).all()
    assert (placed <= space.points.max(axis=0)).all()


def test_pca_is_linear_and_scikit_learns():
    start, more = cloud(40, 5) * [5, 3, 1, 1, 1], cloud(9, 5, 1)
    space = project(start, "pca")
    np.testing.assert_allclose(space.points, PCA(2, svd_solver="full").fit_transform(start), atol=1e-10)
    np.testing.assert_allclose(space.place(start), space.points, atol=1e-12)
    middle = space.place((more[:4] + more[4:8]) / 2)
    np.testing.assert_allclose(middle, (space.place(more[:4]) + space.place(more[4:8])) / 2, atol=1e-12)
    assert project(start, "pca", dim=5).points.shape == (40, 5)


@pytest.mark.parametrize("name", ["latent", "data"])
def test_the_points_themselves_are_a_space_in_which_a_point_is_its_own_place(name):
    start = cloud(9, 4)
    space = project(start, name)
    assert (space.name, space.dim) == (name, 4)
    np.testing.assert_array_equal(space.points, start)
    np.testing.assert_array_equal(space.place(start + 1), start + 1)


def test_one_seed_gives_one_t_sne_map(tsne):
    np.testing.assert_array_equal(project(cloud(60, 5), "tsne", seed=3).points, tsne.points)
    assert tsne.points.shape == (60, 2)
    assert tsne.points.dtype == np.float64


def test_t_sne_keeps_two_far_groups_apart():
    start = cloud(80, 6)
    start[40:] += 30
    points = project(start, "tsne", seed=0).points
    axis = points[:40].mean(axis=0) - points[40:].mean(axis=0)
    along = points @ axis
    assert along[:40].min() > along[40:].max()


def test_a_callback_that_returns_true_stops_a_map():
    seen = []
    with pytest.raises(Stopped, match="Stopped after 100 of 750 iterations of t-SNE"):
        project(cloud(60, 5), "tsne", callback=lambda p: seen.append(p) or len(seen) == 2)
    assert [(p.stage, p.done, p.total) for p in seen] == [("tsne", 50, 750), ("tsne", 100, 750)]
    with pytest.raises(Stopped, match="Stopped before UMAP"):
        project(cloud(60, 5), "umap", callback=lambda _: True)


@pytest.mark.slow
def test_one_seed_gives_one_umap_map():
    one, other = project(cloud(60, 5), "umap", seed=3), project(cloud(60, 5), "umap", seed=3)
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.place(one.source), one.points)


@pytest.mark.parametrize(
    ("points", "method", "options", "words"),
    [
        (cloud(9, 3), "mds", {}, "space must be one of data, latent, pca, tsne, umap; got 'mds'"),
        (cloud(9, 3), "pca", {"dim": 4}, "dim must be a whole number, between 1 and 3; got 4"),
        (cloud(9, 5), "tsne", {"dim": 4}, "dim must be a whole number, between 1 and 3; got 4"),
        (cloud(4, 3), "tsne", {}, "at least 5 points; got 4"),
        (cloud(4, 3), "umap", {}, "at least 5 points; got 4"),
        (cloud(1, 3), "pca", {}, "at least 2 points; got 1"),
        (np.ones((9, 3)), "tsne", {}, "All 9 points are equal"),
        ([[0.0, np.nan], [1.0, 2.0]], "pca", {}, "points must be finite"),
        (cloud(9, 3), "tsne", {"seed": -1}, "seed must be a whole number, between 0 and 4294967295; got -1"),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_one_sentence(points, method, options, words):
    with pytest.raises(BadInput, match=words):
        project(points, method, **options)


@pytest.mark.parametrize("seed", [2**31, 2**32, 2**70])
def test_a_large_seed_is_used_or_refused(seed):
    try:
        assert np.isfinite(project(cloud(20, 3), "tsne", seed=seed).points).all()
    except BadInput as error:
        assert "seed" in str(error)  # noqa: PT017


def test_points_of_other_dimensions_cannot_be_placed(tsne):
    with pytest.raises(BadInput, match="made from 5 dimensions; got points of 4"):
        tsne.place(cloud(3, 4))
