"""What a clicked point is shown as: decoded where there is a decoder and a way back, and a sentence where there is none."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from vaegc import AscentConfig, ClusterConfig, Dataset, Experiment, Result, Trajectory, load_model
from vaegc.experiment.scene_arrays import uint8_images
from vaegc.generation.decoding import PointPictures, point_pictures

FEW = Experiment(n=150, view="pca", ascent=AscentConfig(steps=4), clustering=ClusterConfig(min_samples=4))
MAPS = ("pca", "tsne")
POINT = 7


@cache
def ran(**changes: object) -> Result:
    return replace(FEW, **changes).run()


def shown(found: PointPictures) -> dict[str, np.ndarray]:
    assert [label for label, _ in found.pictures] == ["start", "here"]
    for _, picture in found.pictures:
        assert (picture.shape, picture.dtype) == ((8, 8), np.uint8)
    assert_is_text(found.caption)
    return dict(found.pictures)


def assert_is_text(words: str) -> None:
    assert words[0].isupper()
    assert words.endswith(".")
    assert "None" not in words


def same(picture: np.ndarray, row: np.ndarray, result: Result) -> bool:
    """Up to one level of grey: a batch of another size is rounded otherwise."""
    return bool(np.abs(picture.astype(int) - uint8_images(result.dataset, row[None])[0].astype(int)).max() <= 1)


@pytest.mark.parametrize("kind", ["vae", "ae", "vade", "gmvae", "idec"])
def test_a_point_of_a_latent_space_is_decoded_at_the_start_and_here(kind):
    result = ran(model=f"digits-{kind}")
    model = load_model(f"digits-{kind}")
    start = model.decode(result.posterior.mean[[POINT]])[0]
    for frame in range(5):
        found = point_pictures(result, POINT, frame)
        pictures = shown(found)
        assert same(pictures["start"], start, result)
        assert same(pictures["here"], model.decode(result.trajectory.points[frame, [POINT]])[0], result)
        assert ("at step" in found.caption) == (frame > 0)
    assert same(shown(point_pictures(result, POINT, 0))["here"], start, result)
    assert (pictures["here"] != pictures["start"]).any()


def test_dec_has_no_decoder_that_fits_and_says_so():
    found = point_pictures(ran(model="digits-dec"), POINT, 2)
    assert found.pictures == ()
    assert found.caption.startswith("DEC's decoder was left behind")
    assert_is_text(found.caption)


def test_a_pca_map_is_taken_back_by_its_inverse():
    result = ran(space="pca")
    mean, axes = result.space.linear
    for frame in (0, 4):
        found = point_pictures(result, POINT, frame)
        back = mean + result.trajectory.points[frame, [POINT]].astype(np.float64) @ axes
        assert same(shown(found)["here"], result.model.decode(back)[0], result)
        assert "PCA is taken back by its inverse: what its 2 dimensions left out is missing." in found.caption


def test_a_tsne_map_is_taken_back_by_the_start_points_nearest_to_the_place():
    result = ran(space="tsne")
    assert same(shown(point_pictures(result, POINT, 0))["here"], result.model.decode(result.posterior.mean[[POINT]])[0], result)
    place = result.trajectory.points[3, POINT].astype(np.float64)
    distance = np.linalg.norm(result.space.points - place, axis=1)
    near = np.argsort(distance)[:15]
    weight = np.exp(-((distance[near] / distance[near[0]]) ** 2) / 2)
    back = weight @ result.posterior.mean[near].astype(np.float64) / weight.sum()
    found = point_pictures(result, POINT, 3)
    assert same(shown(found)["here"], result.model.decode(back[None])[0], result)
    assert (
        "A t-SNE map has no inverse, so the weighted mean of the 15 start points nearest to this place is taken." in found.caption
    )


def test_without_a_model_the_moved_point_is_the_picture():
    for changes in ({"model": None}, {"space": "data"}):
        result = ran(**changes)
        pictures = shown(point_pictures(result, POINT, 3))
        np.testing.assert_array_equal(pictures["start"], uint8_images(result.dataset, result.dataset.x[[POINT]])[0])
        np.testing.assert_array_equal(pictures["here"], uint8_images(result.dataset, result.trajectory.points[3, [POINT]])[0])


@pytest.mark.parametrize("space", MAPS)
def test_a_map_of_pictures_without_a_model_gives_pictures_too(space):
    result = ran(model=None, space=space)
    assert "in the map" in point_pictures(result, POINT, 4).caption
    pictures = shown(point_pictures(result, POINT, 4))
    if space == "tsne":
        np.testing.assert_array_equal(pictures["start"], uint8_images(result.dataset, result.dataset.x[[POINT]])[0])
    assert (pictures["here"] != pictures["start"]).any()


@pytest.mark.parametrize("density", ["marginal", "bound"])
def test_a_climb_in_the_data_shows_the_data_where_they_were_kept(density):
    result = ran(space="data", ascent=AscentConfig(density=density, steps=4))
    path = result.trajectory
    assert len(path.data_points) == 2
    for frame in range(5):
        found = point_pictures(result, POINT, frame)
        pictures = shown(found)
        np.testing.assert_array_equal(pictures["start"], uint8_images(result.dataset, result.dataset.x[[POINT]])[0])
        if frame in (0, 4):
            kept = path.data_points[0 if frame == 0 else 1, [POINT]]
            np.testing.assert_array_equal(pictures["here"], uint8_images(result.dataset, kept)[0])
        else:
            assert same(pictures["here"], result.model.decode(path.points[frame, [POINT]])[0], result)
            assert f"of step {frame} only its encoding was kept" in found.caption


def with_data(path, data):
    return Trajectory(
        path.frames, path.log_density, path.steps, path.stopped, data, path.step_lengths, path.path_lengths, path.eps_floor
    )


def test_a_climb_in_the_data_whose_every_step_was_kept_shows_each():
    result = ran(space="data", ascent=AscentConfig(density="marginal", steps=4))
    path = result.trajectory
    every = np.random.default_rng(0).random((5, 150, 64)).astype(np.float32)
    whole = replace(result, trajectory=with_data(path, every))
    for frame in range(5):
        np.testing.assert_array_equal(
            shown(point_pictures(whole, POINT, frame))["here"], uint8_images(result.dataset, every[frame, [POINT]])[0]
        )
    none = replace(result, trajectory=with_data(path, None))
    assert same(shown(point_pictures(none, POINT, 4))["here"], result.model.decode(path.points[4, [POINT]])[0], result)


def test_what_is_no_picture_has_words_only():
    result = Experiment(dataset="moons", n=60, model=None, clustering=ClusterConfig(min_samples=4)).run()
    assert point_pictures(result, 3, 2) == PointPictures("There is no model to decode with, and these data are no pictures.")


def test_a_model_of_data_that_are_no_pictures_tells_its_few_numbers(tmp_path):
    from vaegc import ModelConfig, train

    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    model = train(Dataset(x=x), ModelConfig(kind="ae", latent_dim=2, hidden=(8,), epochs=1))
    model.save(str(tmp_path / "model"))
    spec = Experiment(dataset=Dataset(x=x), model=str(tmp_path / "model"), clustering=ClusterConfig(min_samples=4))
    found = point_pictures(spec.run(), 3, 2)
    assert found.pictures == ()
    assert found.caption.startswith("These data are no pictures, so there is nothing to draw. Decoded here: ")
    assert found.caption.count(", ") == 4
    assert "-" not in found.caption


def test_a_climb_of_one_frame_is_its_start():
    found = point_pictures(ran(ascent=None), POINT, 0)
    pictures = shown(found)
    np.testing.assert_array_equal(pictures["start"], pictures["here"])
    assert found.caption == "What the VAE decodes from the point's place at the start."


@pytest.mark.parametrize(("point", "frame"), [(-1, 0), (150, 0), (0, -1), (0, 5), (True, 0), ("x", 0), (1.5, 0), (0, None)])
def test_a_point_or_frame_that_does_not_exist_is_a_sentence(point, frame):
    found = point_pictures(ran(), point, frame)
    assert found.pictures == ()
    assert "must be a whole number" in found.caption


def test_colours_are_decoded_as_colours():
    x = np.random.default_rng(0).random((60, 12)).astype(np.float32)
    data = Dataset(x=x, image_shape=(2, 2, 3))
    result = Experiment(dataset=data, model=None, view="pca", clustering=ClusterConfig(min_samples=4)).run()
    (_, start), _ = point_pictures(result, 3, 1).pictures
    np.testing.assert_array_equal(start, np.rint(255 * x[3]).astype(np.uint8).reshape(2, 2, 3))
