"""One path from a spec to a result: a spec is data, a result depends on all of it, labels on nothing but scores."""

from __future__ import annotations

import contextlib
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vaegc
from vaegc import (
    AscentConfig,
    BadInput,
    CheckpointError,
    ClusterConfig,
    Dataset,
    Experiment,
    MapConfig,
    ModelConfig,
    NotSupported,
    Stopped,
    VaegcError,
    load_dataset,
    score,
    store,
)  # fmt: skip
from vaegc.experiment.export import labels_table
from vaegc.experiment.result import caption
from vaegc.experiment.snippets import run_command, run_python
from vaegc.experiment.spec_text import flatten
from vaegc.web.stage.scene_bytes import read_header

TOY = Experiment(
    dataset="blobs", n=240, model=None, ascent=AscentConfig(neighbors=10, steps=6), clustering=ClusterConfig(min_samples=5)
)

# torch flushes subnormal numbers to zero, and hypothesis will not make any then
shares = st.floats(1e-6, 0.999)
widths = st.one_of(  # neighbours or a bandwidth, never both
    st.fixed_dictionaries({"neighbors": st.one_of(st.none(), st.integers(1, 500), shares)}),
    st.fixed_dictionaries({"bandwidth": st.floats(1e-9, 1e9)}),
)
steps = st.fixed_dictionaries(
    {
        "steps": st.integers(0, 100),
        "alpha": st.floats(0.001, 1.999),
        "tol": st.floats(0, 10, allow_subnormal=False),
        "keep_every": st.integers(1, 9),
    }
)
ascents = st.builds(lambda width, how: AscentConfig(**width, **how), widths, steps)
clusterings = st.builds(
    ClusterConfig,
    min_samples=st.integers(1, 99),
    min_size=st.one_of(st.integers(1, 99), shares),
    max_noise=st.floats(0, 1, allow_subnormal=False),
    noise=st.sampled_from(["wrong", "ignore", "nearest"]),
    eps=st.one_of(st.none(), st.floats(1e-12, 1e12)),
)
models = st.builds(
    ModelConfig,
    kind=st.sampled_from(["ae", "vae"]),
    latent_dim=st.integers(1, 64),
    epochs=st.one_of(st.none(), st.integers(1, 999)),
    hidden=st.lists(st.integers(1, 999), max_size=3).map(tuple),
    likelihood=st.sampled_from(["gaussian", "bernoulli"]),
    variance=st.floats(1e-9, 10),
)
names = st.sampled_from(
    ["digits", "moons", "my data.csv", "/a/b&c=d?e#f.npz", "größe ε.parquet", "null.npy", "5.csv", "100%.csv", "a+b.csv"]
)
specs = st.builds(
    Experiment,
    dataset=names,
    model=st.one_of(st.none(), st.sampled_from(["digits-vae", "runs/my model", "7", "true", "a&b=c"]), models),
    space=st.sampled_from(["latent", "pca", "tsne", "umap"]),
    view=st.sampled_from(["pca", "tsne", "umap"]),
    ascent=st.one_of(st.none(), ascents),
    clustering=clusterings,
    seed=st.integers(0, 2**31),
    n=st.one_of(st.none(), st.integers(1, 10**6)),
)

# --- a spec as file and link -----------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(spec=specs)
def test_a_spec_survives_yaml_and_link(spec):
    for again in (
        Experiment.from_yaml(spec.to_yaml()),
        Experiment.from_query(spec.to_query()),
        Experiment.from_query("?" + spec.to_query()),
    ):
        assert again == spec
        assert again.to_dict() == spec.to_dict()


def test_a_spec_survives_a_file(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(TOY.to_yaml(), encoding="utf-8")
    assert Experiment.from_yaml(path) == TOY


def test_the_default_spec_has_an_empty_link_and_an_empty_link_is_the_default():
    assert Experiment().to_query() == ""
    assert Experiment.from_query("") == Experiment.from_query({}) == Experiment()
    assert Experiment(space="tsne", ascent=AscentConfig(steps=10)).to_query() == "space=tsne&ascent.steps=10"
    assert Experiment.from_yaml("dataset: digits") == Experiment()


@pytest.mark.parametrize("word", ["off", "Off", "no", "false", "null", "~", '"off"'])
def test_off_in_yaml_is_none_although_yaml_reads_it_as_false(word):
    spec = Experiment.from_yaml(f"model: {word}\nascent: {word}\n")
    assert spec.model is None
    assert spec.ascent is None
    assert Experiment.from_query("model=off&ascent=off") == spec


def test_part_of_a_group_leaves_the_rest_at_its_default():
    assert Experiment.from_yaml("ascent: {steps: 3}").ascent == AscentConfig(steps=3)
    assert Experiment.from_query("clustering.min_size=0.2").clustering == ClusterConfig(min_size=0.2)
    assert Experiment.from_query("model.kind=ae").model == ModelConfig(kind="ae")


BAD_YAML = {
    "speed: 3": "Unknown settings: speed; known are dataset, model",
    "3: speed": "Unknown settings: 3",
    "on: 3": "Unknown settings: True",
    "ascent: {speed: 3}": "Unknown ascent settings: speed",
    "ascent: {3: speed}": "Unknown ascent settings: 3",
    "clustering: {speed: 3}": "Unknown clustering settings: speed",
    "model: {speed: 3}": "Unknown model settings: speed",
    "ascent: fast": "ascent must be a group of settings or 'off'; got 'fast'",
    "ascent: [1]": "ascent must be a group",
    "ascent: {neighbors: many}": "neighbors must be",
    "ascent: {neighbors: [4]}": "neighbors must be",
    "ascent: {bandwidth: wide}": "bandwidth must be a number",
    "ascent: {steps: many}": "steps must be a whole number",
    "clustering: 3": "clustering must be a group of settings; got 3",
    "clustering:": "clustering must be a group",
    "clustering: {eps: -1}": "eps must be a number, above 0; got -1",
    "clustering: {eps: .nan}": "eps must be a number",
    "model: {hidden: 5}": "hidden must be a list of widths",
    "model: 5": "model must be a name",
    "dataset: 5": "dataset must be a name, a path or a Dataset",
    "dataset: 2020-01-01": "dataset must be a name",
    "dataset: memory:123": "made from data in memory",
    "space: 7": "space must be one of data, latent, pca, tsne, umap; got 7",
    "view: latent": "view must be one of pca, tsne, umap",
    "seed: -1": "seed must be a whole number, between 0 and 4294967295; got -1",
    "n: 0": "n must be a whole number, between 1 and 1000000000; got 0",
    "n: [1]": "n must be a whole number",
    "a: [1": r"The spec is no valid YAML \(line \d",
    "\x00": "The spec is no valid YAML",
    "!!python/object/apply:os.getcwd []": "The spec is no valid YAML",
    "": "A spec is a YAML file of settings such as 'dataset: digits'",
    "- 1": "A spec is a YAML file of settings",
    "digits": "A spec is a YAML file of settings",
}


@pytest.mark.parametrize("text", BAD_YAML)
def test_a_spec_that_means_nothing_is_refused_in_one_sentence(text):
    with pytest.raises(BadInput, match=BAD_YAML[text]) as caught:
        Experiment.from_yaml(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("speed=3", "Unknown settings: speed"),
        ("ascent.speed=3", "Unknown ascent settings: speed"),
        ("ascent=off&ascent.steps=3", "ascent is both switched off and set"),
        ("ascent.steps=3&ascent=off", "ascent is both switched off and set"),
        ("ascent.steps=many", "steps must be a whole number"),
        ("ascent.neighbors=many", "neighbors must be"),
        ("seed=", "seed must be a whole number"),
        ("seed.x=1", "seed must be a whole number"),
        ("dataset.x=1", "dataset must be a name"),
        ("space=moon", "space must be one of"),
        ("n=1e400", "n must be a whole number"),
        ("=1", "Unknown settings"),
    ],
)
def test_a_link_that_means_nothing_is_refused_in_one_sentence(query, words):
    with pytest.raises(BadInput, match=words):
        Experiment.from_query(query)


NASTY = ("", "1", "-1", "0.5", "2.5", "[]", "[1]", "{}", "null", "true", "NaN", "1e999", '"a"', "off", "many", "\x00", "ε")


@pytest.mark.parametrize(
    "key", [*flatten(Experiment().to_dict()), "ascent", "clustering", "model.hidden", "model.kind", "model.epochs"]
)
def test_whatever_a_link_says_it_is_a_spec_or_a_sentence(key):
    for text in NASTY:
        spec = None
        with contextlib.suppress(VaegcError):
            spec = Experiment.from_query({key: text})
        if spec is not None:
            again = Experiment.from_query(spec.to_query())
            assert again == spec, text


def test_a_spec_file_that_cannot_be_read_is_a_sentence(tmp_path):
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    for name in ("gone.yaml", "binary.yaml"):
        with pytest.raises(BadInput, match=f"The spec '{name}' cannot be read"):
            Experiment.from_yaml(tmp_path / name)


@pytest.mark.parametrize(
    ("density", "space", "model", "words"),
    [
        ("aggregated", "latent", None, "'aggregated' needs a model, and there is none here"),
        ("marginal", "data", None, "'marginal' needs a model"),
        ("aggregated", "tsne", "digits-vae", "'aggregated' lives in the latent space of the model: choose the space 'latent'"),
        ("mixture", "data", "digits-vae", "'mixture' lives in the latent space"),
        ("marginal", "latent", "digits-vae", "'marginal' climbs in the data: choose the space 'data'"),
        ("bound", "umap", "digits-vae", "'bound' climbs in the data"),
    ],
)
def test_a_density_is_refused_where_it_does_not_live(density, space, model, words):
    with pytest.raises(NotSupported, match=words):
        Experiment(model=model, space=space, ascent=AscentConfig(density=density))


@pytest.mark.parametrize(
    ("density", "space", "model", "words"),
    [
        ("mixture", "latent", "digits-vae", "kind 'vae' has no mixture prior"),
        ("aggregated", "latent", "digits-ae", "A plain autoencoder has no posterior variances"),
        ("bound", "data", "digits-ae", "autoencoder"),
    ],
)
def test_what_a_model_cannot_give_is_one_sentence(density, space, model, words):
    spec = Experiment(n=60, model=model, space=space, view="pca", ascent=AscentConfig(density=density, steps=1))
    with pytest.raises(NotSupported, match=words):
        spec.run()


def test_the_marginal_likelihood_of_an_autoencoder_is_iterated_reconstruction():
    spec = Experiment(n=60, model="digits-ae", space="data", view="pca", ascent=AscentConfig(density="marginal", steps=1))
    result = spec.run()
    wanted = np.clip(result.model.decode(result.posterior.mean), *result.dataset.pixel_range)
    np.testing.assert_allclose(result.trajectory.data_points[-1], wanted, atol=1e-5)
    assert "reconstruction" in result.scene().caption


def test_points_rest_in_a_prediction_where_they_rested_in_the_fit():
    spec = Experiment(n=200, view="pca", ascent=AscentConfig(tol=0.5), clustering=ClusterConfig(eps=0.5, min_samples=3))
    result = spec.run()
    for rows in (slice(None), slice(20), slice(3, 4)):
        assert (result.predict(result.dataset.x[rows]) == result.labels[rows]).mean() > 0.99


def test_a_map_of_more_dimensions_than_the_points_is_a_sentence():
    with pytest.raises(BadInput, match="t-SNE map of 3 dimensions needs points of at least as many; these have 2"):
        Experiment(dataset="moons", n=60, model=None, space="tsne", map=MapConfig(dim=3)).run()


def test_with_a_model_the_data_themselves_can_be_climbed_too():
    result = Experiment(n=80, space="data", view="pca", ascent=AscentConfig(steps=2)).run()
    np.testing.assert_array_equal(result.space.points, result.dataset.x.astype(np.float64))
    assert (result.model is not None, result.space.name, result.trajectory.points.shape) == (True, "data", (3, 80, 64))


@pytest.mark.parametrize("density", ["marginal", "bound"])
def test_densities_of_the_data_are_swept_in_their_encoding(density):
    spec = Experiment(n=80, space="data", view="pca", ascent=AscentConfig(density=density, steps=3))
    result = spec.run()
    path = result.trajectory
    assert path.points.shape == (4, 80, 10)
    assert path.data_points.shape == (2, 80, 64)
    np.testing.assert_array_equal(path.points[0], result.posterior.mean)
    np.testing.assert_allclose(path.points[-1], result.model.encode(path.data_points[-1]).mean, atol=1e-5)
    low, high = result.dataset.pixel_range
    assert low <= path.data_points.min() <= path.data_points.max() <= high
    assert "climbed in the data, clustered in the latent space (10-D)" in caption(result, result.space)
    assert (spec.run().trajectory.data_points == path.data_points).all()  # from the cache


@pytest.mark.parametrize(
    "change",
    [
        {"density": "aggregated"}, {"method": "gradient"}, {"method": "blurring"}, {"alpha": 0.5}, {"tol": 0.5}, {"neighbors": 5},
        {"bandwidth": 0.7}, {"density": "aggregated", "bandwidth": 0.0}, {"steps": 4},
    ],
    ids=str,
)  # fmt: skip
def test_every_setting_of_the_climb_changes_it(change):
    base = {"n": 80, "view": "pca"}
    plain = Experiment(**base, ascent=AscentConfig(steps=3)).run().trajectory.points[-1]
    other = Experiment(**base, ascent=AscentConfig(**{"steps": 3, **change})).run().trajectory.points[-1]
    assert np.abs(plain - other).max() > 1e-4


@pytest.mark.parametrize(("space", "change"), [("tsne", {"perplexity": 8.0}), ("tsne", {"dim": 3}), ("pca", {"dim": 3})], ids=str)
def test_the_parameters_of_a_map_reach_it(space, change):
    plain = Experiment(n=60, space=space, view="pca", ascent=None).run().space
    other = Experiment(n=60, space=space, view="pca", ascent=None, map=MapConfig(**change)).run().space
    assert other.dim == change.get("dim", 2)
    assert other.points.shape != plain.points.shape or np.abs(other.points - plain.points).max() > 1e-3


def test_map_settings_survive_file_and_link():
    spec = Experiment(space="umap", map=MapConfig(dim=3, n_neighbors=30, min_dist=0.0))
    assert Experiment.from_yaml(spec.to_yaml()) == spec
    assert Experiment.from_query(spec.to_query()) == spec
    assert "map.dim=3" in spec.to_query()
    with pytest.raises(BadInput, match="Unknown map settings: size"):
        Experiment.from_query("map.size=3")
    with pytest.raises(BadInput, match="map must be a group of settings"):
        Experiment.from_dict({"map": 3})


@pytest.mark.parametrize(
    "settings_",
    [
        {}, {"ascent": None}, {"space": "tsne"}, {"space": "pca"}, {"model": None}, {"ascent": AscentConfig(density="aggregated", steps=8)},
        {"ascent": AscentConfig(method="blurring", steps=5)}, {"ascent": AscentConfig(method="gradient", steps=8)},
        {"space": "data", "ascent": AscentConfig(density="marginal", steps=2)},
    ],
    ids=str,
)  # fmt: skip
def test_points_that_were_fitted_are_predicted_where_they_are(settings_):
    ascent = settings_.get("ascent", AscentConfig(steps=8))
    spec = Experiment(**{"n": 300, "view": "pca", **settings_, "ascent": ascent, "clustering": ClusterConfig(eps=1.0)})
    result = spec.run()
    spread = np.linalg.norm(result.trajectory.points[-1].std(axis=0))
    result = replace(spec, clustering=ClusterConfig(eps=float(0.3 * spread))).run()
    assert (result.predict(result.dataset.x) == result.labels).mean() > 0.995  # frames are float32


@pytest.mark.parametrize("noise", ["wrong", "ignore", "nearest"])
@pytest.mark.parametrize("eps", [0.03, 0.1])
def test_every_noise_policy_predicts_fitted_points_as_it_labels_them(noise, eps):
    x = np.random.default_rng(0).normal(size=(200, 2))
    how = ClusterConfig(min_samples=5, eps=eps, noise=noise)
    result = Experiment(dataset=Dataset(x=x), model=None, ascent=AscentConfig(neighbors=10, steps=6), clustering=how).run()
    assert (result.sweep.labels_at(eps) < 0).sum() > 20  # there is noise to place
    np.testing.assert_array_equal(result.predict(x), result.labels)


def test_a_test_split_joins_the_clusters_of_its_classes():
    data = load_dataset("digits")
    rows = np.random.default_rng(0).permutation(len(data))
    fit, rest = rows[:1300], rows[1300:]
    spec = Experiment(dataset=Dataset(x=data.x[fit], y=data.y[fit]), model="digits-vae", view="pca")
    longest = spec.run().sweep.plateaus().iloc[0]
    eps = float(np.sqrt(longest.eps_low * longest.eps_high))
    result = replace(spec, clustering=ClusterConfig(eps=eps)).run()
    inside = score(data.y[fit], result.labels).acc
    outside = score(data.y[rest], result.predict(data.x[rest])).acc
    assert outside > inside - 0.05
    assert outside > 0.6


def test_what_cannot_be_predicted_says_why():
    result = Experiment(n=100, view="pca", ascent=None).run()
    assert result.eps is None
    with pytest.raises(BadInput, match="no clusters to predict without an ε"):
        result.predict(result.dataset.x)
    with pytest.raises(BadInput, match="have 3 numbers each; the data set has 64"):
        Experiment(n=100, view="pca", ascent=None, clustering=ClusterConfig(eps=1.0)).run().predict(np.zeros((2, 3)))
    sparse = Experiment(
        n=100, view="pca", ascent=AscentConfig(method="blurring", steps=4, keep_every=2), clustering=ClusterConfig(eps=1.0)
    )
    with pytest.raises(NotSupported, match="set keep_every to 1"):
        sparse.run().predict(result.dataset.x)


def test_the_scene_says_what_was_climbed_and_how_many_neighbours_drew_a_point():
    result = Experiment(n=200, view="pca", ascent=AscentConfig(steps=5)).run()
    facts = result.scene().facts
    assert facts["density"] == "kernel density, bandwidth from 31 neighbours (16 %)"
    assert facts["bandwidth"] == pytest.approx(np.median(result.density.bandwidths))
    assert 1 < facts["neighbours_start"] < 200
    assert 0 < facts["kept"] < 1


def to_own_class(z: np.ndarray, y: np.ndarray) -> float:
    """Mean distance to the true class's centroid over that to the centroid of all; labels for reporting only."""
    own = np.stack([z[y == c].mean(axis=0) for c in range(10)])[y]
    return float(np.linalg.norm(z - own, axis=1).mean() / np.linalg.norm(z - z.mean(axis=0), axis=1).mean())


@pytest.mark.parametrize("view", ["pca", "tsne"])
def test_on_digits_the_climb_draws_points_to_their_class_and_without_it_nothing_moves(view):
    result = Experiment(view=view).run()
    scene, y = result.scene(), result.dataset.y
    seen = [to_own_class(scene.positions[step], y) for step in (0, 5, 10, 30)]
    if view == "pca":
        assert seen == sorted(seen, reverse=True)
        assert seen[-1] < 0.6 * seen[0]
    else:  # t-SNE tears classes apart from the start: a point on its way to another class's peak goes farther there
        assert max(seen[1:]) < 0.9 * seen[0]
    latent = [to_own_class(result.trajectory.points[step], y) for step in (0, 5, 10, 30)]
    assert latent == sorted(latent, reverse=True)
    still = Experiment(view=view, ascent=None).run().scene().positions
    np.testing.assert_array_equal(still, scene.positions[:1])


# --- the key ---------------------------------------------------------------------------------------------------------

OTHER = {
    "dataset": "moons", "model": None, "space": "pca", "view": "pca", "seed": 1, "n": 99,
    "ascent": AscentConfig(steps=29), "clustering": ClusterConfig(min_samples=11), "map": MapConfig(dim=3),
}  # fmt: skip


def test_the_key_changes_with_each_setting():
    assert set(OTHER) == {f.name for f in fields(Experiment)}
    keys = [Experiment().key()] + [replace(Experiment(), **{name: value}).key() for name, value in OTHER.items()]
    for name, value in (("neighbors", 0.03), ("bandwidth", 0.5), ("alpha", 1.1), ("tol", 0.1), ("keep_every", 2)):
        keys.append(Experiment(ascent=AscentConfig(**{name: value})).key())
    for name, value in (("min_size", 0.02), ("max_noise", 0.2), ("noise", "ignore"), ("eps", 0.5)):
        keys.append(Experiment(clustering=ClusterConfig(**{name: value})).key())
    keys += [Experiment(ascent=None).key(), Experiment(model="digits-ae").key()]
    keys += [Experiment(model=ModelConfig()).key(), Experiment(model=ModelConfig(epochs=1)).key()]
    assert len(set(keys)) == len(keys)
    assert Experiment().key() == Experiment().key()


def test_the_key_changes_with_a_files_content_and_with_the_name_in_its_caption_not_with_its_folder(tmp_path):
    x = np.random.default_rng(0).random((20, 2))
    for name, values in (("a", x), ("b", x), ("c", x + 1)):
        np.save(tmp_path / f"{name}.npy", values)
    (tmp_path / "other").mkdir()
    np.save(tmp_path / "other" / "a.npy", x)
    a, same, b, c = (Experiment(dataset=tmp_path / f"{name}.npy", model=None).key() for name in ("a", "other/a", "b", "c"))
    assert a == same
    assert len({a, b, c}) == 3


def test_the_key_of_data_in_memory_is_that_of_their_values():
    x = np.random.default_rng(0).random((20, 2))
    one, same, other = (Experiment(dataset=Dataset(x=values), model=None).key() for values in (x, x.copy(), x + 1))
    assert one == same != other
    named, otherwise = (Experiment(dataset=Dataset(x=x, name=name), model=None).key() for name in ("first", "second"))
    assert named != otherwise


# --- running ---------------------------------------------------------------------------------------------------------


def test_a_toy_runs_without_a_model():
    result = TOY.run()
    assert result.model is None is result.posterior
    assert result.trajectory.points.shape == (7, 240, 2)
    assert result.space.name == "latent"
    np.testing.assert_array_equal(result.trajectory.points[0], result.dataset.x)
    assert result.suggestion == result.sweep.suggest()
    assert result.eps == result.suggestion.eps
    np.testing.assert_array_equal(result.labels, result.sweep.labels_at(result.eps))
    assert result.scores == vaegc.score(result.dataset.y, result.labels)
    by_hand = vaegc.ascend(result.dataset.x, vaegc.KernelDensity(result.dataset.x, 10), steps=6)
    np.testing.assert_array_equal(result.trajectory.points, by_hand.points)


def test_data_in_memory_run_and_cannot_be_written_down():
    data = Dataset(x=load_dataset("blobs", n=150).x)
    spec = replace(TOY, dataset=data, n=None)
    result = spec.run()
    assert result.dataset is data
    assert result.scores is None
    assert result.scene().y is None
    with pytest.raises(BadInput, match="data in memory; save them to a file"):
        Experiment.from_yaml(spec.to_yaml())


def test_a_model_encodes_and_the_climb_happens_in_its_latent_space():
    spec = Experiment(n=200, ascent=AscentConfig(steps=2), view="pca")
    result = spec.run()
    np.testing.assert_array_equal(result.space.points.astype(np.float32), result.model.encode(result.dataset.x).mean)
    assert result.trajectory.points.shape == (3, 200, 10)
    scene = result.scene()
    assert scene.positions.shape == (3, 200, 2)
    assert (scene.space, scene.view) == ("latent", "pca")
    assert scene.sprites.shape == (200, 8, 8)
    np.testing.assert_array_equal(scene.sprites[0].ravel(), np.rint(255 * result.dataset.x[0]))


def test_a_model_to_train_is_trained_once_and_then_found(empty_cache):
    spec = replace(TOY, model=ModelConfig(latent_dim=2, hidden=(8,), epochs=2), ascent=None)
    stages = []
    first = spec.run(lambda p: stages.append(p.stage))
    assert "train" in stages
    stages.clear()
    again = spec.run(lambda p: stages.append(p.stage))
    assert "train" not in stages
    np.testing.assert_array_equal(first.space.points, again.space.points)
    assert replace(spec, seed=1).run().model.provenance.seed == 1


def test_no_ascent_is_one_frame():
    result = replace(TOY, ascent=None).run()
    assert result.trajectory.steps.tolist() == [0]
    np.testing.assert_array_equal(result.trajectory.points[0], result.dataset.x)


def test_a_given_radius_is_the_one_that_is_scored_under_the_given_policy():
    for noise in ("wrong", "ignore", "nearest"):
        result = replace(TOY, clustering=ClusterConfig(min_samples=5, eps=0.15, noise=noise)).run()
        labels = result.sweep.labels_at(0.15, noise=noise)
        np.testing.assert_array_equal(result.labels, labels)
        assert result.scores == vaegc.score(result.dataset.y, labels, "wrong" if noise == "nearest" else noise)


def test_without_a_readable_plateau_and_without_a_radius_there_are_no_labels():
    noise = Dataset(x=np.random.default_rng(0).random((150, 2)), y=np.zeros(150, int))
    result = Experiment(dataset=noise, model=None, ascent=None).run()
    assert result.suggestion.n_clusters is None
    assert result.labels is None is result.scores
    with pytest.raises(BadInput, match="no labels without an ε"):
        labels_table(result)


@pytest.mark.parametrize("model", [None, ModelConfig(latent_dim=2, hidden=(8,), epochs=2)])
def test_labels_influence_nothing_but_the_scores(model, empty_cache):
    given_ = load_dataset("blobs", n=200)
    permuted = Dataset(x=given_.x, y=np.random.default_rng(1).permutation(given_.y), name="blobs")
    none = Dataset(x=given_.x, name="blobs")
    one, other, without = (replace(TOY, dataset=data, n=None, model=model).run() for data in (given_, permuted, none))
    for result in (other, without):
        assert result.suggestion == one.suggestion
        np.testing.assert_array_equal(result.trajectory.points, one.trajectory.points)
        np.testing.assert_array_equal(result.trajectory.log_density, one.trajectory.log_density)
        np.testing.assert_array_equal(result.sweep.tree_, one.sweep.tree_)
        if one.eps is not None:
            np.testing.assert_array_equal(result.labels, one.labels)
    if one.scores:
        assert one.scores.acc > other.scores.acc
    with_y, without_y = (read_header(vaegc.web.pack(r.scene())) for r in (one, without))
    for name in ("trees", "eps", "bounds", "initial"):
        assert with_y[name] == without_y[name]


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        (Experiment(dataset="nope"), BadInput, "There is no data set called 'nope'"),
        (Experiment(model="nope"), CheckpointError, "There is no model 'nope'"),
        (Experiment(dataset="moons", n=30, model="digits-vae"), BadInput, "made for points with 64 features; moons has 2"),
        (
            Experiment(dataset="moons", n=9, model=None),
            BadInput,
            "min_samples is 10, but there are only 9 points; choose at most 9",
        ),
        (Experiment(dataset="moons", n=1, model=None), BadInput, "needs at least 2 points; got 1"),
        (Experiment(dataset=Dataset(x=np.ones((20, 2))), model=None), BadInput, "All 20 points are equal"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(spec, error, words):
    with pytest.raises(error, match=words):
        spec.run()


# --- stopping and the cache ------------------------------------------------------------------------------------------


def stop_climb(progress: vaegc.Progress) -> bool:
    return progress.stage == "ascend" and progress.done == 3


def test_a_finished_climb_is_kept_and_found(empty_cache):
    TOY.run()
    seen = []
    TOY.run(lambda p: seen.append(p.stage))
    assert "ascend" not in seen
    assert len(list((empty_cache / "climb").iterdir())) == 1


def test_a_stopped_climb_is_shown_and_not_kept(empty_cache):
    stopped = TOY.run(stop_climb)
    assert stopped.trajectory.stopped
    assert stopped.trajectory.steps.tolist() == [0, 1, 2, 3]
    assert not list(empty_cache.glob("climb/*"))
    whole = TOY.run()
    assert not whole.trajectory.stopped
    assert whole.trajectory.steps.tolist() == list(range(7))


def test_the_scene_of_a_stopped_climb_is_not_kept_as_if_it_were_whole(empty_cache):
    assert read_header(TOY.packed_scene(stop_climb))["steps"] == [0, 1, 2, 3]
    assert read_header(TOY.packed_scene())["steps"] == list(range(7))


def test_a_stopped_training_is_not_kept(empty_cache):
    spec = replace(TOY, model=ModelConfig(latent_dim=2, hidden=(8,), epochs=4), ascent=None)
    assert spec.run(lambda p: p.stage == "train" and p.done == 1).model.provenance.stopped
    again = spec.run()
    assert not again.model.provenance.stopped
    assert len(again.model.provenance.history) == 4


def test_a_callback_that_stops_a_tree_stops_the_run(empty_cache):
    with pytest.raises(Stopped, match="Stopped while finding the neighbours"):
        TOY.run(lambda p: p.stage == "tree")


@pytest.mark.parametrize("damage", [b"", b"nothing", "half"])
def test_a_damaged_entry_of_the_cache_is_computed_again(damage, empty_cache):
    whole = TOY.run()
    (path,) = (empty_cache / "climb").iterdir()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if damage == "half" else damage)
    again = TOY.run()
    np.testing.assert_array_equal(again.trajectory.points, whole.trajectory.points)
    assert path.read_bytes() == content


def test_a_damaged_scene_in_the_cache_is_packed_again(empty_cache):
    whole = TOY.packed_scene()
    (path,) = (empty_cache / "scene").iterdir()
    for content in (b"", whole[: len(whole) // 2], b"nothing at all"):
        path.write_bytes(content)
        assert TOY.packed_scene() == whole


def test_progress_never_goes_back_within_a_stage(empty_cache):
    seen: dict[str, list[float]] = {}
    TOY.packed_scene(lambda p: seen.setdefault(p.stage, []).append(p.share) and None)
    assert {"ascend", "tree", "trees"} <= set(seen)
    for stage, reported in seen.items():
        assert reported == sorted(reported), stage
        assert 0 <= reported[0] <= reported[-1] <= 1


# --- what is given away ----------------------------------------------------------------------------------------------


def test_labels_as_a_table_name_point_cluster_and_class():
    result = TOY.run()
    table = labels_table(result)
    assert table.columns.tolist() == ["point", "cluster", "class"]
    assert table["point"].tolist() == list(range(240))
    np.testing.assert_array_equal(table["cluster"], result.labels)
    np.testing.assert_array_equal(table["class"], result.dataset.y)


def test_exported_labels_of_a_table_begin_with_its_owners_ids(tmp_path):
    given_ = load_dataset("blobs", n=60)
    Dataset(x=given_.x, ids=[f"cell {i}" for i in range(60)]).save(tmp_path / "mine.npz")
    table = labels_table(
        replace(TOY, dataset=str(tmp_path / "mine.npz"), n=50, clustering=ClusterConfig(min_samples=5, eps=1.0)).run()
    )
    assert table.columns.tolist() == ["id", "point", "cluster"]
    assert table["id"].tolist() == [f"cell {row}" for row in table["point"]]


def test_python_and_command_make_the_same_spec():
    made: dict[str, object] = {}
    exec("\n".join(run_python(TOY).splitlines()[:3]), made)
    assert made["spec"] == TOY
    text = run_command(TOY)
    assert Experiment.from_yaml(text.split("<<'END'\n")[1].split("END\n")[0]) == TOY
    assert text.endswith("vaegc run spec.yaml --labels labels.csv")


# --- what is shipped -------------------------------------------------------------------------------------------------


def shipped_scene() -> Path:
    return store.assets_root() / "stages" / "scene" / f"{Experiment().key()}.bin"


def test_the_scene_that_the_app_opens_with_is_shipped(empty_cache):
    assert shipped_scene().is_file(), "after a change of a stage or a model run: vaegc bench assets"
    assert Experiment().packed_scene() == shipped_scene().read_bytes()
    assert [p.name for p in shipped_scene().parent.iterdir()] == [shipped_scene().name]  # no scene of an older spec


def test_in_the_shipped_scene_the_climb_makes_the_number_of_clusters_readable():
    trees = read_header(shipped_scene().read_bytes())["trees"]
    before, after = (max((p["log_length"] for p in tree["plateaus"]), default=0.0) for tree in (trees[0], trees[-1]))
    assert trees[0]["suggestion"]["n_clusters"] is None
    assert trees[-1]["suggestion"]["n_clusters"] is not None
    assert after >= max(5 * before, 0.5)


@pytest.mark.slow
def test_the_shipped_scene_is_the_one_that_this_code_computes(empty_cache, tmp_path, monkeypatch):
    kept = read_header(shipped_scene().read_bytes())
    monkeypatch.setattr(store, "assets_root", lambda: tmp_path / "nothing")  # models are found by their own name
    fresh = read_header(Experiment().packed_scene())
    assert fresh["n"] == kept["n"] == 1797
    assert fresh["steps"] == kept["steps"] == list(range(31))
    assert fresh["eps"]["low"] == pytest.approx(kept["eps"]["low"], rel=1e-6)
    assert fresh["eps"]["high"] == pytest.approx(kept["eps"]["high"], rel=1e-6)
    assert fresh["trees"][-1]["suggestion"]["n_clusters"] == kept["trees"][-1]["suggestion"]["n_clusters"]
    assert fresh["caption"] == kept["caption"]
