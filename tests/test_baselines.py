"""Rivals behind one call: what they are told and what not, what they say about themselves, and what they refuse."""

from __future__ import annotations

import json
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from vaegc import (
    BadInput,
    CheckpointError,
    Dataset,
    ModelConfig,
    Stopped,
    baseline,
    load_dataset,
    load_model,
    project,
    score,
    train,
)
from vaegc.baselines import AUTOENCODER_PIPELINES, NAMES, PIPELINES
from vaegc.clusterers import GMM_N_INIT, MAX_FULL_COVARIANCE_DIM, REG_COVAR

TINY = ModelConfig(kind="ae", latent_dim=3, hidden=(16,), epochs=3)
K = 3
QUICK = ("kmeans", "gmm")
MAPPED = pytest.mark.slow  # maps take seconds, and UMAP and HDBSCAN compile first
EACH = [pytest.param(name, marks=() if name in QUICK else MAPPED) for name in PIPELINES]


def three(n: int = 150, d: int = 4, apart: float = 12.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three far groups and the one of each point."""
    y = np.random.default_rng(seed + 1).integers(0, 3, n)
    points = np.random.default_rng(seed).standard_normal((n, d))
    points[:, 0] += apart * y
    points[:, -1] += apart * (y == 1)
    return points, y


def told(name: str) -> int | None:
    return None if name == "umap-hdbscan" else K


@pytest.fixture(scope="module")
def autoencoder():
    return train(Dataset(x=three()[0]), TINY)


# --- each of them ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EACH)
def test_each_finds_three_far_groups_and_says_how(name):
    points, y = three()
    found = baseline(name, points, told(name), y=y, seed=4)
    assert (found.name, found.n_clusters) == (name, 3)
    assert (found.labels.shape, found.labels.dtype) == ((150,), np.int64)
    assert found.scores == score(y, found.labels)
    assert found.scores.acc == 1.0
    assert list(found.seconds) == list(PIPELINES[name])
    assert all(seconds >= 0 for seconds in found.seconds.values())
    assert found.given == ("K found; clusters of at least 2 points given" if told(name) is None else "K = 3 given")
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["settings"] == found.settings
    assert (plain["scores"]["acc"], plain["n_clusters"], plain["notes"]) == (1.0, 3, [])
    assert (found.settings["seed"], found.settings["n_clusters"], found.settings["n"]) == (4, told(name), 150)
    assert {"python", "numpy", "scipy"} < set(found.settings["versions"])
    assert found.settings["threads"] >= 1


@pytest.mark.parametrize("name", EACH)
def test_one_seed_gives_one_answer_whatever_the_true_classes_are(name):
    digits = load_dataset("digits", n=120)
    k = told(name) and 6
    plain = baseline(name, digits.x, k, seed=2)
    assert plain.scores is None
    wrong = np.random.default_rng(0).integers(0, 4, len(digits))
    named, other = baseline(name, digits, k, seed=2), baseline(name, digits, k, y=wrong, seed=2)
    for scored in (named, other):
        np.testing.assert_array_equal(scored.labels, plain.labels)
        np.testing.assert_array_equal(scored.points, plain.points)
        assert {**scored.settings, "data": None} == plain.settings
    assert named.scores == score(digits.y, plain.labels)
    assert other.scores == score(wrong, plain.labels)


@pytest.mark.parametrize("name", EACH)
def test_the_order_of_the_points_does_not_matter(name):
    points, _ = three(seed=3)
    order = np.random.default_rng(9).permutation(len(points))
    labels, moved = (baseline(name, x, told(name)).labels for x in (points, points[order]))
    assert adjusted_rand_score(labels[order], moved) == 1.0


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize(("scale", "offset"), [(1e-20, 0), (1e9, 0), (1e170, 0), (1e-200, 0), (1, 1e9), (1e30, 1e39)])
def test_neither_scale_nor_place_matters(name, scale, offset):
    points, y = three()
    assert baseline(name, points * scale + offset, told(name), y=y).scores.acc == 1.0


def test_one_wild_row_leaves_the_others_their_mixture():
    points, y = three()
    found = baseline("gmm", np.vstack([points, np.full(4, 1e6)]), K + 1)
    assert score(y, found.labels[:-1]).acc == 1.0


def test_clusters_are_numbered_by_their_first_point():
    labels = baseline("kmeans", three()[0], K).labels
    _, first = np.unique(labels, return_index=True)
    assert (np.diff(first) > 0).all()


# --- the spaces ------------------------------------------------------------------------------------------------------


def test_a_map_is_that_of_project():
    points = three()[0]
    found = baseline("tsne-gmm", points, K, seed=6)
    np.testing.assert_array_equal(found.points, project(points, "tsne", dim=2, seed=6).points)
    assert found.settings["map"] == {"method": "tsne", "dim": 2, "perplexity": 30.0}


@MAPPED
def test_n2d_has_a_map_of_as_many_dimensions_as_clusters_and_hdbscan_one_of_two():
    points = three()[0]
    found = baseline("umap-gmm", points, 5, seed=6)
    np.testing.assert_array_equal(found.points, project(points, "umap", dim=5, seed=6, n_neighbors=20, min_dist=0.0).points)
    other = baseline("umap-hdbscan", points, seed=6)
    np.testing.assert_array_equal(other.points, project(points, "umap", dim=2, seed=6, n_neighbors=30, min_dist=0.0).points)
    assert other.settings["clustering"] == {"min_samples": 10, "min_cluster_size": 2}
    few = baseline("umap-gmm", points[:6], 6)
    assert few.points.shape == (6, 5)


@MAPPED
def test_hdbscan_may_call_points_noise_and_copes_with_five():
    rng = np.random.default_rng(0)
    points = np.concatenate([three(200)[0], rng.uniform(-40, 40, (30, 4))])
    found = baseline("umap-hdbscan", points)
    assert found.labels.min() >= -1
    assert found.n_clusters == len(set(found.labels[found.labels >= 0].tolist()))
    assert len(baseline("umap-hdbscan", points[:5]).labels) == 5


def test_without_a_model_the_data_are_clustered_and_with_one_its_means(autoencoder):
    points = three()[0]
    raw, latent = (baseline("kmeans", points, K, model=model) for model in (None, autoencoder))
    np.testing.assert_array_equal(raw.points, points)
    assert raw.settings["model"] is None
    np.testing.assert_array_equal(latent.points, autoencoder.encode(points).mean.astype(np.float64))
    assert list(latent.seconds) == ["encode", "kmeans"]
    assert (latent.settings["model"]["kind"], latent.settings["model"]["hidden"]) == ("ae", [16])
    assert "torch" in latent.settings["versions"]
    assert "torch" not in raw.settings["versions"]


def test_a_model_may_be_a_shipped_name_a_folder_or_anything_that_encodes(autoencoder, tmp_path):
    digits = load_dataset("digits", n=200)
    named, opened = (baseline("kmeans", digits, 10, model=m) for m in ("digits-vae", load_model("digits-vae")))
    np.testing.assert_array_equal(named.labels, opened.labels)
    assert named.settings["model"]["name"] == "digits-vae"
    points, _ = three()
    autoencoder.save(tmp_path / "mine")
    kept = baseline("kmeans", points, K, model=tmp_path / "mine")
    np.testing.assert_array_equal(kept.points, baseline("kmeans", points, K, model=autoencoder).points)
    halved = SimpleNamespace(encode=lambda x: SimpleNamespace(mean=np.asarray(x)[:, :2] / 2))
    own = baseline("gmm", points, K, model=halved)
    np.testing.assert_array_equal(own.points, points[:, :2] / 2)
    assert own.settings["model"] == {"class": "SimpleNamespace"}


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_settings_are_trained_first(kind):
    points, y = three()
    config = ModelConfig(kind=kind, latent_dim=2, hidden=(8,), epochs=2)
    found = baseline("kmeans", Dataset(x=points, y=y), K, model=config, seed=5)
    assert list(found.seconds) == ["train", "encode", "kmeans"]
    made = train(Dataset(x=points), config, seed=5)
    np.testing.assert_array_equal(found.points, made.encode(Dataset(x=points).x).mean.astype(np.float64))
    assert (found.settings["model"]["seed"], found.settings["model"]["epochs_run"]) == (5, 2)


@MAPPED
@pytest.mark.parametrize("name", AUTOENCODER_PIPELINES)
def test_a_recipe_is_the_same_steps_on_what_an_autoencoder_encodes(name, autoencoder):
    points, y = three()
    found = baseline(name, points, K, model=TINY, y=y)
    assert list(found.seconds) == ["train", "encode", *PIPELINES[name.removeprefix("ae-")]]
    same = baseline(name.removeprefix("ae-"), points, K, model=autoencoder)  # of the same settings, data and seed
    np.testing.assert_array_equal(found.labels, same.labels)
    assert found.scores == score(y, found.labels)


def test_a_recipe_without_a_model_trains_a_plain_autoencoder(monkeypatch):
    asked = []
    monkeypatch.setattr("vaegc.training.train", lambda data, config, **_: asked.append(config) or train(data, TINY))
    with pytest.raises(Stopped, match="before t-SNE"):
        baseline("ae-tsne-gmm", three()[0], K, callback=lambda p: "t-SNE" in p.message)
    assert asked == [ModelConfig(kind="ae")]


def test_a_recipe_is_no_name_for_another_kind_of_model():
    digits = load_dataset("digits", n=100)
    for model in ("digits-vae", ModelConfig(kind="vae")):
        with pytest.raises(BadInput, match=r"ae-tsne-gmm takes a plain autoencoder, not a model of kind 'vae'; .* ask tsne-gmm"):
            baseline("ae-tsne-gmm", digits, 10, model=model)


# --- mixtures --------------------------------------------------------------------------------------------------------


def test_covariances_are_full_where_points_and_dimensions_allow_it_and_else_a_note_says_why_not():
    flat = three(60, MAX_FULL_COVARIANCE_DIM)[0]
    cases = {
        "": (flat[:, :18], K),
        "60 points do not span 3 full ones": (flat[:, :20], K),
        "65 dimensions are more than 64": (three(400, MAX_FULL_COVARIANCE_DIM + 1)[0], K),
    }
    for reason, (points, k) in cases.items():
        found = baseline("gmm", points, k)
        assert found.settings["clustering"]["covariance"] == ("diag" if reason else "full")
        assert found.notes == ((f"The covariances are diagonal: {reason}.",) if reason else ())


def test_a_full_covariance_follows_a_long_thin_group_that_k_means_cuts():
    rng = np.random.default_rng(0)
    long, small = rng.standard_normal((300, 2)) * [4, 0.3], rng.standard_normal((100, 2)) * 0.3 + [0, 3]
    points, y = np.concatenate([long, small]) @ [[0.8, 0.6], [-0.6, 0.8]], np.repeat([0, 1], [300, 100])
    assert baseline("gmm", points, 2, y=y).scores.acc == 1.0
    assert baseline("kmeans", points, 2, y=y).scores.acc < 0.8


def test_the_likeliest_start_is_kept_and_the_ridge_is_a_share_of_the_spread():
    from sklearn.mixture import GaussianMixture

    x = load_dataset("digits", n=300).x[:, 20:26].astype(float) * 7 + 3
    found = baseline("gmm", x, 6, seed=1)
    same = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0).sum())
    rng = np.random.RandomState(1)  # the kind that scikit-learn takes
    starts = [GaussianMixture(6, reg_covar=REG_COVAR, max_iter=200, random_state=rng).fit(same) for _ in range(GMM_N_INIT)]
    best = max(starts, key=lambda model: model.lower_bound_)
    assert adjusted_rand_score(best.predict(same), found.labels) == 1.0


def test_what_a_library_warns_of_becomes_a_note():
    three_places = np.repeat(three(3)[0], 20, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = baseline("kmeans", three_places, 5)
    assert found.n_clusters == 3
    assert found.given == "K = 5 given"
    (note,) = found.notes
    assert note.startswith("In k-means: Number of distinct clusters (3)")
    assert set(baseline("gmm", three_places, 5).labels) >= {0, 1, 2}


# --- watching and stopping -------------------------------------------------------------------------------------------


def test_a_callback_hears_of_every_stage_and_of_what_runs_inside():
    seen = []
    baseline("ae-tsne-gmm", three()[0], K, model=TINY, callback=seen.append)
    stages = [(p.done, p.total, p.message) for p in seen if p.stage == "baseline"]
    words = (
        "Next is training the autoencoder",
        "Next is encoding the points",
        "Next is t-SNE",
        "Next is the Gaussian mixture",
        "Done",
    )
    assert stages == [(i, 4, message) for i, message in enumerate(words)]
    assert {"train", "tsne"} < {p.stage for p in seen}


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("train", "Stopped before encoding the points"),
        ("tsne", "Stopped after 50 of 750 iterations"),
        ("baseline", "Stopped before training the autoencoder"),
    ],
)
def test_true_stops_where_it_is_said_or_at_the_next_stage(stage, words):
    with pytest.raises(Stopped, match=words):
        baseline("ae-tsne-gmm", three()[0], K, model=TINY, callback=lambda p: p.stage == stage)


def test_a_stop_asked_for_once_and_too_late_is_kept_until_the_stage_ends():
    with pytest.raises(Stopped, match="Stopped before encoding"):
        baseline("kmeans", three()[0], K, model=TINY, callback=lambda p: p.stage == "train" and p.done == p.total)
    done = baseline("kmeans", three()[0], K, callback=lambda p: p.message == "Done")
    assert len(done.labels) == 150


# --- refusals --------------------------------------------------------------------------------------------------------

POINTS = three(40)[0]
REFUSED = [
    ("dbscan", POINTS, {"n_clusters": 3}, "baseline must be one of ae-tsne-gmm, .*; got 'dbscan'"),
    ("kmeans", POINTS, {}, "kmeans needs the number of clusters; give n_clusters."),
    ("ae-umap-gmm", POINTS, {}, "ae-umap-gmm needs the number of clusters"),
    ("umap-hdbscan", POINTS, {"n_clusters": 3}, "umap-hdbscan finds the number of clusters itself; leave n_clusters out."),
    ("gmm", POINTS, {"n_clusters": 0}, "n_clusters must be a whole number, at least 1; got 0"),
    ("gmm", POINTS, {"n_clusters": 2.0}, "n_clusters must be a whole number"),
    ("kmeans", POINTS, {"n_clusters": 41}, "kmeans cannot make 41 clusters of 40 points; n_clusters can be 40 at most."),
    ("kmeans", POINTS[:1], {"n_clusters": 1}, "K-means needs at least 2 points; got 1"),
    ("gmm", np.ones((9, 2)), {"n_clusters": 2}, "All 9 points are equal, so the Gaussian mixture has nothing to separate"),
    ("kmeans", [[0.0, np.nan], [1.0, 2.0]], {"n_clusters": 2}, "points must be finite"),
    ("kmeans", "digits", {"n_clusters": 2}, "points must be a table of numbers"),
    ("gmm", [[1e100, 0.0], [-1.0, 1.0], [1.0, 2.0], [0.0, 0.0]], {"n_clusters": 2}, "Some points lie too far out for the Gaussian mixture to square"),
    ("tsne-gmm", POINTS[:4], {"n_clusters": 2}, "A t-SNE map needs at least 5 points; got 4"),
    ("umap-gmm", POINTS[:4], {"n_clusters": 4}, "A UMAP map needs at least 5 points; got 4"),
    ("tsne-gmm", POINTS[:, :1], {"n_clusters": 2}, "A t-SNE map of 2 dimensions needs points of at least as many"),
    ("kmeans", POINTS, {"n_clusters": 2, "seed": -1}, "seed must be a whole number"),
    ("kmeans", POINTS, {"n_clusters": 2, "y": [0, 1]}, "one label per point: 40 points, true classes of shape"),
    ("kmeans", POINTS, {"n_clusters": 2, "y": ["a"] * 39 + [None]}, "true classes must name a class for every point"),
    ("kmeans", POINTS, {"n_clusters": 2, "model": 7}, "model must be a trained model, a shipped name, a folder"),
    ("kmeans", POINTS, {"n_clusters": 2, "model": "digits-vae"}, "This model takes x with 64 numbers per point; got 4"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "options", "words"), REFUSED)
def test_what_cannot_be_done_is_refused_in_one_sentence(name, data, options, words):
    with pytest.raises(BadInput, match=words) as caught:
        baseline(name, data, **options)
    assert str(caught.value).count(". ") == 0


def test_a_model_that_is_not_there_is_refused_before_anything_is_made():
    with pytest.raises(CheckpointError, match="There is no model 'nope'"):
        baseline("kmeans", POINTS, 2, model="nope")


def test_a_model_that_encodes_all_points_alike_leaves_nothing_to_separate():
    collapsed = SimpleNamespace(encode=lambda x: SimpleNamespace(mean=np.zeros((len(x), 2))))
    with pytest.raises(BadInput, match="All 40 points are equal, so k-means has nothing to separate"):
        baseline("kmeans", POINTS, 2, model=collapsed)


def test_one_cluster_is_an_answer_and_every_name_is_a_key():
    assert set(baseline("kmeans", POINTS, 1).labels) == set(baseline("gmm", POINTS, 1).labels) == {0}
    assert set(NAMES) == {*PIPELINES, *AUTOENCODER_PIPELINES}
