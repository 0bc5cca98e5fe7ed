"""A view is fixed by the start; frame 0 is exactly the view; moved points are placed by their nearest start points."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from samples import cloud
from vaegc import BadInput, Space, Stopped, project
from vaegc.projection import MapConfig


def groups(n: int, seed: int, d: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Four clusters, the same for every seed, and the one of each point."""
    label = np.random.default_rng(seed).integers(0, 4, n)
    return 8 * cloud(4, d, 99)[label] + cloud(n, d, seed), label


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
@pytest.mark.parametrize("dim", [2, 3])
def test_one_seed_gives_one_umap_map(dim):
    one, other = (project(cloud(60, 5), "umap", dim=dim, seed=3) for _ in range(2))
    assert one.points.shape == (60, dim)
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.place(one.source), one.points)


@pytest.mark.slow
@pytest.mark.parametrize("n", [60, 9])  # a spectral start, and a random one
def test_a_umap_map_may_have_more_dimensions_than_a_picture(n):
    start = groups(n, 1, 3)[0]
    one, other = (project(start, "umap", dim=8, n_neighbors=5, seed=3).points for _ in range(2))
    assert one.shape == (n, 8)
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_umap_takes_its_parameters_and_says_when_it_begins_and_ends():
    start, seen = groups(80, 1)[0], []
    usual = project(start, "umap", callback=lambda p: seen.append((p.stage, p.done, p.total)) or p.done == 1)
    assert seen == [("umap", 0, 1), ("umap", 1, 1)]
    assert not np.array_equal(project(start, "umap", n_neighbors=5).points, usual.points)
    assert not np.array_equal(project(start, "umap", min_dist=0.9).points, usual.points)
    capped, most = (project(start[:20], "umap", n_neighbors=count).points for count in (500, 19))
    np.testing.assert_array_equal(capped, most)


def test_t_sne_in_three_dimensions():
    start, label = groups(200, 2)
    space = project(start, "tsne", dim=3, perplexity=10)
    assert (space.points.shape, space.dim) == ((200, 3), 3)
    assert PCA(3).fit(space.points).explained_variance_ratio_[2] > 0.05  # no direction is idle
    np.testing.assert_array_equal(space.place(start), space.points)
    assert space.faithfulness() > project(start, "tsne", perplexity=10).faithfulness()
    centres = np.array([space.points[label == c].mean(axis=0) for c in range(4)])
    np.testing.assert_array_equal(np.linalg.norm(space.points[:, None] - centres, axis=2).argmin(axis=1), label)


def test_the_perplexity_reaches_t_sne_and_is_capped_by_the_points(tsne):
    start = cloud(60, 5)
    assert not np.array_equal(project(start, "tsne", seed=3, perplexity=5).points, tsne.points)
    for capped in (59 / 3, 1000):  # 30 too is too many for 60 points
        np.testing.assert_array_equal(project(start, "tsne", seed=3, perplexity=capped).points, tsne.points)


def test_unseen_points_land_in_their_cluster_of_the_map():
    start, label = groups(400, 3)
    unseen, truth = groups(300, 4)
    space = project(start, "tsne")
    placed = space.place(unseen)
    nearest = np.linalg.norm(placed[:, None] - space.points, axis=2).argmin(axis=1)
    assert (label[nearest] == truth).mean() >= 0.95


# --- neighbours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "m", "d", "k"), [(1, 1, 2, 1), (6, 40, 3, 6), (500, 1, 2, 15), (300, 3000, 5, 15), (3000, 70, 9, 4), (40, 5, 30, 15)]
)
@pytest.mark.parametrize("grid", [False, True])
def test_the_nearest_start_points_are_exact(n, m, d, k, grid):
    from vaegc.sweep.kdtree import build

    start, asked = cloud(n, d), cloud(m, d, 1)
    if grid:  # many ties, and many points of both kinds in one place
        start, asked = np.rint(start), np.rint(asked)
    distance, rows = build(start).nearest(asked, k)
    truth = np.linalg.norm(asked[:, None] - start, axis=2)
    np.testing.assert_allclose(distance, np.sort(truth, axis=1)[:, :k], rtol=1e-13)
    np.testing.assert_allclose(np.take_along_axis(truth, rows, 1), distance, rtol=1e-13)
    assert all(len(set(row)) == k for row in rows.tolist())


# --- faithfulness ----------------------------------------------------------------------------------------------------


def kept_by_hand(space: Space, k: int) -> float:
    near = [np.linalg.norm(x[:, None] - x, axis=2) + np.diag(np.full(len(x), np.inf)) for x in (space.source, space.points)]
    first, other = (np.argsort(distance, axis=1)[:, :k] for distance in near)
    return np.mean([len(set(a) & set(b)) / k for a, b in zip(first.tolist(), other.tolist(), strict=True)])


@pytest.mark.parametrize("k", [1, 5, 15])
def test_faithfulness_is_the_share_of_neighbours_kept(tsne, k):
    assert tsne.faithfulness(k) == pytest.approx(kept_by_hand(tsne, k), abs=1e-12)
    pca = project(cloud(200, 6), "pca")
    assert pca.faithfulness(k) == pytest.approx(kept_by_hand(pca, k), abs=1e-12)


@pytest.mark.parametrize("name", ["latent", "data"])
def test_points_that_are_their_own_map_keep_every_neighbour(name):
    assert project(cloud(30, 4), name).faithfulness() == 1.0


@pytest.mark.parametrize(
    "start", [cloud(200, 3), np.rint(cloud(200, 2)), np.repeat(cloud(9, 3), 20, axis=0)], ids=["free", "grid", "twins"]
)
def test_a_map_equal_to_its_source_keeps_every_neighbour_also_where_points_coincide(start):
    assert Space(start.copy(), "umap", start).faithfulness() == 1.0
    assert Space(3 * start[:, ::-1] + 1, "umap", start).faithfulness() == 1.0


def test_a_plane_in_five_dimensions_keeps_every_neighbour_under_pca():
    axes = np.linalg.qr(cloud(5, 2))[0].T
    assert project(cloud(300, 2, 1) @ axes + 7, "pca").faithfulness() == 1.0


def test_maps_that_know_nothing_keep_what_chance_gives():
    start = cloud(600, 4)
    shuffled = Space(start[np.random.default_rng(5).permutation(600)], "tsne", start)
    assert shuffled.faithfulness() == pytest.approx(15 / 599, abs=0.01)
    collapsed = Space(np.zeros((600, 2)), "tsne", start)
    assert collapsed.faithfulness() == pytest.approx(15 / 599, abs=0.02)


def test_t_sne_of_clusters_keeps_some_neighbours_and_more_than_a_plane_does():
    start = groups(300, 6, 10)[0]
    kept = project(start, "tsne").faithfulness()
    assert project(start, "pca").faithfulness() < kept < 1
    assert kept > 0.3


def test_a_sample_is_drawn_by_its_seed_and_agrees_with_the_whole():
    space = project(cloud(3000, 4), "pca")
    whole, some = space.faithfulness(sample=3000), space.faithfulness(sample=800, seed=1)
    assert some == space.faithfulness(sample=800, seed=1) != space.faithfulness(sample=800, seed=2)
    assert some == pytest.approx(whole, abs=0.02)
    assert whole == space.faithfulness(sample=10**6, seed=9)


def test_few_points_have_fewer_neighbours():
    assert Space(cloud(6, 2), "tsne", cloud(6, 2, 1)).faithfulness() == 1.0  # all five others, in any order
    assert Space(np.zeros((1, 2)), "tsne", np.ones((1, 3))).faithfulness() == 1.0


@pytest.mark.parametrize("options", [{"k": 0}, {"k": 1.5}, {"sample": 0}, {"seed": -1}])
def test_a_bad_question_about_faithfulness_is_refused_by_name(tsne, options):
    with pytest.raises(BadInput, match=f"^{next(iter(options))} must be a whole number"):
        tsne.faithfulness(**options)


# --- settings and refusals -------------------------------------------------------------------------------------------


def test_map_settings_survive_as_plain_data():
    made = MapConfig(dim=3, perplexity=12.5, n_neighbors=40, min_dist=0.0)
    assert made.to_dict() == {"dim": 3, "perplexity": 12.5, "n_neighbors": 40, "min_dist": 0.0}
    assert MapConfig.from_dict(made.to_dict()) == made
    assert MapConfig.from_dict({}) == MapConfig(2, 30.0, 15, 0.1)
    with pytest.raises(BadInput, match=r"Unknown map settings: depth, width; known are dim, perplexity"):
        MapConfig.from_dict({"width": 1, "depth": 2})


BAD_SETTINGS = [
    ("dim", 0, "dim must be a whole number, between 1 and 3; got 0"),
    ("dim", 4, "dim must be a whole number, between 1 and 3; got 4"),
    ("dim", True, "dim must be a whole number, between 1 and 3; got True"),
    ("perplexity", 0.5, "perplexity must be a number, at least 1; got 0.5"),
    ("perplexity", np.nan, "perplexity must be a number, at least 1; got nan"),
    ("n_neighbors", 1, "n_neighbors must be a whole number, at least 2; got 1"),
    ("n_neighbors", 2.5, "n_neighbors must be a whole number, at least 2; got 2.5"),
    ("min_dist", -0.1, "min_dist must be a number, at least 0 and at most 1; got -0.1"),
    ("min_dist", 1.5, "min_dist must be a number, at least 0 and at most 1; got 1.5"),
    ("min_dist", "0.1", "min_dist must be a number, at least 0 and at most 1; got '0.1'"),
]


@pytest.mark.parametrize(("name", "value", "words"), BAD_SETTINGS)
def test_a_bad_setting_is_refused_by_name_before_anything_is_made(name, value, words):
    with pytest.raises(BadInput, match=words):
        MapConfig(**{name: value})
    for method in ("tsne", "umap"):
        with pytest.raises(BadInput, match=words):
            project(cloud(4, 3), method, **{name: value})  # of so few points UMAP has 3 dimensions at most, too


@pytest.mark.parametrize(
    ("points", "method", "options", "words"),
    [
        (cloud(9, 3), "mds", {}, "space must be one of data, latent, pca, tsne, umap; got 'mds'"),
        (cloud(9, 3), "pca", {"dim": 4}, "dim must be a whole number, between 1 and 3; got 4"),
        (cloud(9, 5), "tsne", {"dim": 4}, "dim must be a whole number, between 1 and 3; got 4"),
        (cloud(9, 3), "umap", {"dim": 9}, "dim must be a whole number, between 1 and 8; got 9"),
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
