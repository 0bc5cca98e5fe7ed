"""What a result imagines: places, walks, grids, draws from clusters, summits and styles; laws of each, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from vaegc import (
    AscentConfig,
    BadInput,
    ClusterConfig,
    Dataset,
    Experiment,
    MapConfig,
    ModelConfig,
    NotSupported,
    Result,
    generation,
    load_model,
)
from vaegc.generation import (
    cluster_samples,
    clusters_at_eps,
    decode_places,
    decode_trajectory,
    display_kind,
    largest_deviations,
    latent_grid,
    modes_and_means,
    plane_image_grid,
    style_table,
    styles_along_dimension,
    walk,
)
from vaegc.generation.plane import plane_of
from vaegc.generation.png import image_grid_png

DIGITS = Experiment(
    n=300, view="pca", ascent=AscentConfig(neighbors=12, steps=6), clustering=ClusterConfig(min_samples=4, eps=1.2, min_size=5)
)
TOY = Experiment(dataset="blobs", n=300, model=None, ascent=AscentConfig(neighbors=0.04), clustering=ClusterConfig(eps=0.3))
NEAR = {"rtol": 1e-4, "atol": 1e-4}  # a batch of another size is rounded otherwise


@cache
def ran(**changes: object) -> Result:
    return replace(DIGITS, **changes).run()


@cache
def toy() -> Result:
    return TOY.run()


@cache
def of_two_dimensions() -> Result:
    """Eight features, a model of two latent dimensions: the plane is the latent space."""
    rng = np.random.default_rng(0)
    classes = rng.integers(3, size=240)
    x = (6 * np.eye(3, 8)[classes] + rng.normal(size=(240, 8))).astype(np.float32)
    data = Dataset(x=x, y=classes, features=tuple("abcdefgh"), name="three groups")
    config = ModelConfig(kind="vae", latent_dim=2, hidden=(16,), epochs=5)
    return Experiment(
        dataset=data, model=config, ascent=AscentConfig(steps=8), clustering=ClusterConfig(eps=0.5, min_size=5)
    ).run()


def assert_is_text(words: str) -> None:
    assert words[0].isupper()
    assert words.endswith(".")
    assert "None" not in words.replace("None is far", "")
    assert "  " not in words


# --- places --------------------------------------------------------------------------------------------------------------


def test_a_place_of_a_flat_latent_space_is_decoded_as_it_is():
    result = of_two_dimensions()
    own = result.space.points[[3, 50]]
    found = decode_places(result, own)
    np.testing.assert_allclose(found.x, result.model.decode(own), **NEAR)
    np.testing.assert_array_equal(found.source, own)
    np.testing.assert_array_equal(found.nearest, [3, 50])
    assert not found.distances.any()
    assert not found.far.any()
    free = decode_places(result, [[0.123, -0.4]])
    np.testing.assert_allclose(free.x, result.model.decode([[0.123, -0.4]]), **NEAR)


@pytest.mark.parametrize("changes", [{}, {"view": "tsne"}, {"space": "tsne"}])
def test_a_points_own_place_is_decoded_as_the_point_wherever_it_is_drawn(changes):
    result = ran(**changes)
    found = decode_places(result, plane_of(result).points[[11]])
    if plane_of(result).name == "pca":
        mean, axes = plane_of(result)._chain[-1].linear
        source = mean + plane_of(result).points[[11]] @ axes
    else:
        source = result.posterior.mean[[11]]
    np.testing.assert_allclose(found.source, source, **NEAR)
    np.testing.assert_allclose(found.x, result.model.decode(source), **NEAR)


def test_every_way_back_is_told():
    assert "taken back by its inverse: what its 2 dimensions left out is missing" in decode_places(ran(), [[0, 0]]).caption
    assert "A t-SNE map has no inverse" in decode_places(ran(view="tsne"), [[0, 0]]).caption
    assert "this place of the data is the answer" in decode_places(toy(), [[0, 0]]).caption
    both = ran(space="tsne", map=MapConfig(dim=3))
    assert "PCA is taken back" in decode_places(both, [[0, 0]]).caption
    assert "A t-SNE map has no inverse" in decode_places(both, [[0, 0]]).caption
    line = ran(space="pca", map=MapConfig(dim=1))
    assert "only the way along it counts" in decode_places(line, [[0.3, 5.0]]).caption
    np.testing.assert_array_equal(decode_places(line, [[0.3, 5.0]]).x, decode_places(line, [[0.3, 0.0]]).x)


def test_a_place_far_from_all_points_says_so_and_one_among_them_does_not():
    result = toy()
    high = plane_of(result).points.max(axis=0)
    far = decode_places(result, [high + 3])
    assert far.far.all()
    assert far.caption.count("Far from all points") == 1
    assert far.distances[0] == pytest.approx(np.linalg.norm(plane_of(result).points - (high + 3), axis=1).min())
    near = decode_places(result, plane_of(result).points[[5]] + 1e-4)
    assert not near.far.any()
    assert "Far from" not in near.caption
    two = decode_places(result, [high + 3, plane_of(result).points[5]])
    assert "1 of 2 are far from all points" in two.caption
    for found in (far, near, two):
        assert_is_text(found.caption)


@pytest.mark.parametrize("given", [[[1.0, 2.0, 3.0]], [[np.nan, 0.0]], [], "here"])
def test_what_is_no_place_is_refused(given):
    with pytest.raises(BadInput):
        decode_places(toy(), given)


# --- walks ---------------------------------------------------------------------------------------------------------------


def test_a_walk_begins_and_ends_at_its_ends_and_is_straight_where_it_is_decoded():
    result = ran(view="tsne")
    found = walk(result, 4, 9, 7)
    assert len(found) == 7
    start = result.posterior.mean[[4, 9]].astype(np.float64)
    np.testing.assert_allclose(found.source[[0, -1]], start, **NEAR)
    np.testing.assert_allclose(found.x[[0, -1]], result.model.decode(start), **NEAR)
    steps = np.diff(found.source, axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), **NEAR)
    np.testing.assert_allclose(found.places[[0, -1]], plane_of(result).points[[4, 9]], **NEAR)
    assert_is_text(found.caption)


def test_a_walk_between_places_ends_where_the_places_decode():
    result = of_two_dimensions()
    a, b = (0.5, -1.0), (-0.25, 0.75)
    found = walk(result, a, b, 3)
    np.testing.assert_allclose(found.x[[0, -1]], decode_places(result, [a, b]).x, **NEAR)
    np.testing.assert_allclose(found.places[1], np.mean([a, b], axis=0), **NEAR)
    mixed = walk(toy(), 3, [0.0, 0.0], 2)
    np.testing.assert_array_equal(mixed.x[1], [0.0, 0.0])
    assert "There is no decoder in between" in mixed.caption


@pytest.mark.parametrize(
    ("a", "b", "steps"), [(0, 1, 1), (0, 1, 201), (-1, 1, 5), (0, 300, 5), (0, [1.0], 5), (0, [np.inf, 0], 5), (True, 1, 5)]
)
def test_a_walk_that_cannot_be_is_refused(a, b, steps):
    with pytest.raises(BadInput):
        walk(ran(), a, b, steps)


def test_a_point_walks_along_its_own_climb():
    result = ran()
    found = decode_trajectory(result, 7)
    assert len(found) == len(result.trajectory)
    np.testing.assert_allclose(found.x, result.model.decode(result.trajectory.points[:, 7]), **NEAR)
    np.testing.assert_allclose(found.places[0], plane_of(result).points[7], **NEAR)
    some = decode_trajectory(result, 7, [0, 6])
    np.testing.assert_allclose(some.x, found.x[[0, 6]], **NEAR)
    assert "from step 0 to step 6" in some.caption
    assert "where it begins" in decode_trajectory(result, 7, [0]).caption
    for bad in ((7, [7]), (300, None), (7, [])):
        with pytest.raises(BadInput):
            decode_trajectory(result, *bad)


def test_a_climb_through_the_data_shows_the_moved_data():
    result = ran(space="data", ascent=AscentConfig(density="marginal", steps=3))
    found = decode_trajectory(result, 7, [0, 3])
    np.testing.assert_array_equal(found.x[0], result.dataset.x[7])
    np.testing.assert_array_equal(found.x[1], result.trajectory.data_points[-1][7])
    assert "moves in the data" in found.caption


# --- the plane -----------------------------------------------------------------------------------------------------------


def test_a_grid_covers_all_points_from_the_top_left():
    result = ran()
    grid = latent_grid(result, 3, 5)
    assert (grid.n_rows, grid.n_columns, len(grid.decoded)) == (3, 5, 15)
    places = grid.decoded.places.reshape(3, 5, 2)
    assert (np.diff(places[..., 0], axis=1) > 0).all()
    assert (np.diff(places[..., 1], axis=0) < 0).all()
    left, bottom, right, top = grid.box
    drawn = plane_of(result).points
    assert (left, bottom) < tuple(drawn.min(axis=0))
    assert (right, top) > tuple(drawn.max(axis=0))
    np.testing.assert_allclose(grid.decoded.x, decode_places(result, grid.decoded.places).x, **NEAR)
    sheet = plane_image_grid(result, grid)
    assert sheet.to_array().shape == (3, 5, 64)
    assert "300 points of digits, digits-vae, seed 0" in sheet.caption
    assert len(plane_image_grid(result, grid, whole=True).rows) == 1
    for bad in ((0, 5), (5, 61)):
        with pytest.raises(BadInput):
            latent_grid(result, *bad)


# --- clusters ------------------------------------------------------------------------------------------------------------


def test_clusters_are_the_counted_ones_largest_first():
    result = toy()
    found = clusters_at_eps(result)
    counts = [len(some) for some in found.members]
    assert counts == sorted(counts, reverse=True)
    labels = result.sweep.labels_at(0.3, min_size=result.spec.clustering.min_size)
    assert len(found) == labels.max() + 1
    for k, some in enumerate(found.members):
        assert len(set(labels[some].tolist())) == 1
        assert (found.labels[some] == k).all()
        assert found.representatives[k] in some
        assert result.sweep.core_distances_[found.representatives[k]] <= 0.3


def test_the_summit_is_the_densest_member_after_the_climb():
    for result in (ran(), toy()):
        found = clusters_at_eps(result)
        last = result.trajectory.log_density[-1]
        assert len(found) > 1
        for k, some in enumerate(found.members):
            assert found.summits[k] in some
            assert last[found.summits[k]] == last[some].max()


def test_summits_and_means_are_decoded_from_where_they_are():
    result = ran()
    found, sheet = clusters_at_eps(result), modes_and_means(result)
    assert sheet.columns == ("summit", "mean, decoded", "mean of the data")
    for k, line in enumerate(sheet.rows):
        some = found.members[k]
        np.testing.assert_allclose(line.x[0], result.model.decode(result.trajectory.points[-1, [found.summits[k]]])[0], **NEAR)
        np.testing.assert_allclose(
            line.x[1], result.model.decode(result.posterior.mean[some].mean(axis=0, keepdims=True))[0], **NEAR
        )
        np.testing.assert_allclose(line.x[2], result.dataset.x[some].mean(axis=0), **NEAR)
        assert f"{len(some):,} points" in line.caption
    assert_is_text(sheet.caption)
    assert modes_and_means(toy()).columns == ("summit", "mean")


def test_draws_of_a_density_are_members_plus_the_noise_of_their_kernels():
    result = toy()
    many = cluster_samples(result, 400, seed=3)
    found = clusters_at_eps(result)
    for k, line in enumerate(many.rows):
        some = found.members[k]
        centres, h = result.space.points[some], result.density.bandwidths[some]
        variance = centres.var(axis=0) + (h**2).mean()
        np.testing.assert_allclose(line.x.mean(axis=0), centres.mean(axis=0), atol=5 * np.sqrt(variance.max() / 400))
        np.testing.assert_allclose(line.x.var(axis=0), variance, rtol=0.35)
    np.testing.assert_array_equal(cluster_samples(result, 5, seed=3).to_array(), cluster_samples(result, 5, seed=3).to_array())
    assert (cluster_samples(result, 5, seed=3).to_array() != cluster_samples(result, 5, seed=4).to_array()).any()
    assert "kernel density" in many.caption
    assert "drawn with seed 3" in many.caption


def test_draws_around_wider_posteriors_have_their_variances_too():
    result = ran(ascent=AscentConfig(density="aggregated", steps=3))
    which = np.full(4000, 8)
    drawn = result.density.sample_around(which, np.random.default_rng(0))
    wanted = np.exp(result.posterior.logvar[8].astype(float)) + result.density.bandwidths[8] ** 2
    np.testing.assert_allclose(drawn.var(axis=0), wanted, rtol=0.15)
    assert "aggregated posterior" in cluster_samples(result, 2).caption


def test_draws_of_a_vade_component_are_mostly_assigned_to_it():
    result = ran(model="digits-vade")
    sheet = cluster_samples(result, 40, seed=1)
    model = load_model("digits-vade")
    weights = model.prior_mixture()[0]
    assert len(sheet.rows) == 10
    hits = []
    for c, line in enumerate(sheet.rows):
        np.testing.assert_allclose(line.x, model.sample(40, cluster=c, seed=1), **NEAR)
        assert line.caption == f"weight {weights[c]:.3f}"
        hits.append((model.assign(line.x) == c).mean())
    assert np.mean(hits) > 0.8
    assert "The climb and ε play no part" in sheet.caption


def test_a_gmvae_draws_the_same_styles_for_every_component():
    sheet = cluster_samples(ran(model="digits-gmvae"), 3)
    assert {line.caption for line in sheet.rows} == {"weight 0.100"}
    assert "the same ones for every component" in sheet.caption
    assert_is_text(sheet.caption)


def test_a_plain_autoencoder_says_that_it_has_no_prior():
    result = ran(model="digits-ae", clustering=ClusterConfig(min_samples=4, eps=2.0, min_size=5))
    assert "A plain autoencoder has no prior of its own to draw from." in cluster_samples(result, 2).caption


def test_permuted_labels_change_nothing_but_what_is_said_of_them():
    result = ran()
    data = result.dataset
    other = replace(result, dataset=replace(data, y=np.random.default_rng(0).permutation(data.y)))
    none = replace(result, dataset=replace(data, y=None))
    for changed in (other, none):
        for make in (lambda r: cluster_samples(r, 3), modes_and_means, lambda r: plane_image_grid(r, latent_grid(r, 3, 3))):
            np.testing.assert_array_equal(make(result).to_array(), make(changed).to_array())
            assert make(result).caption == make(changed).caption
        np.testing.assert_array_equal(walk(result, 0, 1).x, walk(changed, 0, 1).x)
    assert "class" in modes_and_means(result).rows[0].caption
    assert "class" not in modes_and_means(none).rows[0].caption


# --- content and style ---------------------------------------------------------------------------------------------------


def test_a_table_of_styles_has_a_line_for_each_cluster_and_shares_its_columns():
    model = load_model("digits-gmvae")
    styles = np.random.default_rng(5).standard_normal((4, model.config.style_dim))
    sheet = style_table(model, styles)
    assert sheet.to_array().shape == (10, 4, 64)
    contents = model.component_means(styles)
    assert contents.shape == (4, 10, 10)
    for s in range(4):  # a column is one style: each of its cells is another cluster at that style
        np.testing.assert_allclose(sheet.to_array()[:, s], model.decode(contents[s]), **NEAR)
    alone = style_table(model, styles[[2]])
    np.testing.assert_allclose(alone.to_array()[:, 0], sheet.to_array()[:, 2], **NEAR)


def test_drawn_styles_begin_in_the_middle_and_follow_the_seed():
    model = load_model("digits-gmvae")
    sheet = style_table(model, 3, seed=2)
    np.testing.assert_allclose(sheet.to_array()[:, 0], style_table(model, np.zeros((1, 10))).to_array()[:, 0], **NEAR)
    np.testing.assert_array_equal(sheet.to_array(), style_table(model, 3, seed=2).to_array())
    assert (sheet.to_array()[:, 1] != style_table(model, 3, seed=3).to_array()[:, 1]).any()
    assert sheet.columns == ("w = 0", "w 1", "w 2")
    assert "seed 2" in sheet.caption
    line = styles_along_dimension(model, 4, 5)
    assert line.shape == (5, 10)
    assert (np.diff(line[:, 4]) > 0).all()
    assert not np.delete(line, 4, axis=1).any()
    with pytest.raises(BadInput, match="dimension"):
        styles_along_dimension(model, 10)


@pytest.mark.parametrize("kind", ["vae", "ae", "vade", "dec", "idec"])
def test_only_a_gmvae_has_styles(kind):
    with pytest.raises(NotSupported, match="only a GMVAE keeps"):
        style_table(load_model(f"digits-{kind}"))


# --- what is refused -----------------------------------------------------------------------------------------------------


def test_no_model_no_style_and_a_wrong_one_are_sentences():
    with pytest.raises(NotSupported, match="There is no model here"):
        style_table(None)
    with pytest.raises(BadInput, match="have 10 numbers"):
        style_table(load_model("digits-gmvae"), np.zeros((2, 3)))


def test_decs_decoder_was_left_behind():
    result = ran(model="digits-dec", clustering=ClusterConfig(min_samples=4, eps=2.0, min_size=5))
    for make in (
        lambda: decode_places(result, [[0, 0]]),
        lambda: walk(result, 0, 1),
        lambda: cluster_samples(result),
        lambda: modes_and_means(result),
    ):
        with pytest.raises(NotSupported, match="DEC's decoder was left behind"):
            make()


def test_a_density_that_is_no_sum_of_kernels_has_nothing_to_draw_from():
    result = ran(space="data", ascent=AscentConfig(density="bound", steps=2))
    with pytest.raises(NotSupported, match="no sum of kernels"):
        cluster_samples(result)


def test_without_an_eps_there_are_no_clusters():
    result = ran(clustering=ClusterConfig(min_samples=4, max_noise=0.0, min_size=140))
    assert result.suggestion.eps is None
    with pytest.raises(NotSupported, match="There are no clusters without an ε"):
        clusters_at_eps(result)
    with pytest.raises(NotSupported, match="no cluster is large enough"):
        clusters_at_eps(result, 1e-9)
    with pytest.raises(BadInput, match="ε must be a number"):
        clusters_at_eps(result, -1.0)


# --- how rows are shown --------------------------------------------------------------------------------------------------


def test_rows_are_pictures_points_or_features():
    assert display_kind(ran().dataset) == "picture"
    assert display_kind(toy().dataset) == "point"
    assert display_kind(of_two_dimensions().dataset) == "features"


def test_the_features_that_tell_are_farthest_from_the_mean():
    data = of_two_dimensions().dataset
    row = data.x.mean(axis=0).copy()
    row[3] += 5 * data.x[:, 3].std()
    row[6] -= 2 * data.x[:, 6].std()
    (told,) = largest_deviations(data, row[None], 2)
    assert [feature.name for feature in told] == ["d", "g"]
    np.testing.assert_allclose([feature.z_score for feature in told], [5, -2], rtol=1e-3)
    still = Dataset(x=np.column_stack([data.x, np.ones(len(data))]).astype(np.float32))
    assert all(feature.name != "x8" for feature in largest_deviations(still, still.x[:1], 9)[0])


@pytest.mark.parametrize("make", [ran, toy, of_two_dimensions])
def test_every_sheet_becomes_a_png(make):
    result = make()
    for sheet in (modes_and_means(result), cluster_samples(result, 3), plane_image_grid(result, latent_grid(result, 2, 3))):
        assert image_grid_png(result.dataset, sheet).startswith(b"\x89PNG")
        assert len(sheet.to_dict()["lines"]) == len(sheet.rows)


def test_a_walk_becomes_a_sheet():
    result = ran()
    sheet = generation.walk_image_grid(result, walk(result, 0, 1, 4), "A walk")
    assert sheet.to_array().shape == (1, 4, 64)
    assert sheet.caption.endswith("seed 0.")
