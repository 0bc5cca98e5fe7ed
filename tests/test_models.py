"""Models: the terms of their loss, what they can and cannot do, and that a saved model is the same model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal

from vaegc import BadInput, CheckpointError, ModelConfig, NotSupported, load_dataset, load_model, score, train
from vaegc.models import CLUSTERED, model_identity, shipped_models
from vaegc.models.autoencoder import Autoencoder, kl_to_standard_normal
from vaegc.models.shipped import find_model
from vaegc.store import assets_root


def small(kind: str = "vae", seed: int = 0, **settings) -> Autoencoder:
    return train(load_dataset("moons", n=60), ModelConfig(kind=kind, latent_dim=2, hidden=(8,), epochs=2, **settings), seed=seed)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "vae"
    small().save(folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


# --- the formula -----------------------------------------------------------------------------------------------------


def test_the_kl_term_is_its_monte_carlo_mean():
    generator = torch.Generator().manual_seed(0)
    mean, logvar = torch.randn(5, 3, generator=generator), torch.randn(5, 3, generator=generator)
    noise = torch.randn(400_000, 5, 3, generator=generator)
    spread = torch.exp(0.5 * logvar)
    z = mean + spread * noise
    log_ratio = (Normal(mean, spread).log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(-1)
    error = log_ratio.std(0) / 400_000**0.5
    assert ((kl_to_standard_normal(mean, logvar) - log_ratio.mean(0)).abs() < 5 * error).all()
    assert kl_to_standard_normal(torch.zeros(1, 3), torch.zeros(1, 3)).item() == 0.0


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_the_likelihood_is_torchs_summed_over_features(likelihood):
    model = Autoencoder(ModelConfig(likelihood=likelihood, variance=0.3, latent_dim=2, hidden=(4,)), 6)
    generator = torch.Generator().manual_seed(0)
    x, output = torch.rand(7, 6, generator=generator), torch.randn(3, 7, 6, generator=generator)
    theirs = (
        Normal(output, 0.3**0.5).log_prob(x)
        if likelihood == "gaussian"
        else Bernoulli(logits=output, validate_args=False).log_prob(x)
    )
    torch.testing.assert_close(model.log_likelihood(x, output), theirs.sum(-1), rtol=1e-5, atol=1e-5)


def test_the_loss_is_the_sum_of_its_named_parts():
    x = torch.tensor(load_dataset("moons", n=20).x, dtype=torch.float32)
    vae, plain = small().loss(x, torch.Generator().manual_seed(0)), small("ae").loss(x, torch.Generator())
    torch.testing.assert_close(vae.total, vae.parts["reconstruction"] + vae.parts["kl"])
    assert list(plain.parts) == ["reconstruction"]
    torch.testing.assert_close(plain.total, plain.parts["reconstruction"])


def test_one_importance_sample_estimates_the_elbo_and_more_samples_only_raise_the_bound():
    model, x = load_model("digits-vae"), load_dataset("digits", n=100).x
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        elbo = [-float(model.loss(torch.tensor(x), generator).total) for _ in range(60)]
    means = {k: [float(model.log_prob(x, samples=k, seed=s).mean()) for s in range(60 if k == 1 else 3)] for k in (1, 8, 64)}
    error = np.hypot(np.std(elbo), np.std(means[1])) / 60**0.5
    assert abs(np.mean(elbo) - np.mean(means[1])) < 4 * error
    assert np.mean(means[1]) + 1 < np.mean(means[8])
    assert np.mean(means[8]) + 0.5 < np.mean(means[64])


def test_log_prob_by_hand_where_the_decoder_ignores_z():
    """With a decoder that is constant and q equal to the prior, every weight is p(x) itself."""
    model = Autoencoder(ModelConfig(latent_dim=2, hidden=(), variance=0.5), 3)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    x = np.array([[0.0, 1.0, -1.0]], np.float32)
    expected = Normal(0.0, 0.5**0.5).log_prob(torch.tensor(x)).sum().item()
    for samples in (1, 7):
        assert model.log_prob(x, samples=samples)[0] == pytest.approx(expected, rel=1e-6)


# --- use -------------------------------------------------------------------------------------------------------------


def test_shapes_in_and_out():
    x = load_dataset("moons", n=50).x
    vae, plain = small(), small("ae")
    post = vae.encode(x)
    assert post.mean.shape == post.logvar.shape == (50, 2)
    assert plain.encode(x).logvar is None
    assert vae.decode(post.mean).shape == (50, 2)
    assert vae.log_prob(x, samples=3).shape == (50,)
    assert vae.sample(7).shape == (7, 2)


def test_encoding_does_not_depend_on_the_company():
    model, x = load_model("digits-vae"), load_dataset("digits", n=40).x
    together = model.encode(x).mean
    np.testing.assert_allclose(np.concatenate([model.encode(row[None]).mean for row in x]), together, rtol=1e-4, atol=1e-5)


def test_samples_are_seeded_and_of_the_prior():
    model = load_model("digits-vae")
    np.testing.assert_array_equal(model.sample(5, seed=1), model.sample(5, seed=1))
    assert not np.array_equal(model.sample(5, seed=1), model.sample(5, seed=2))


def test_bernoulli_decodes_to_probabilities():
    model = train(
        load_dataset("moons", n=40, scale="minmax"), ModelConfig(likelihood="bernoulli", latent_dim=2, hidden=(4,), epochs=1)
    )
    decoded = model.decode(10 * np.random.default_rng(0).standard_normal((50, 2)))
    assert decoded.min() >= 0
    assert decoded.max() <= 1


def test_what_a_kind_cannot_do_is_said_in_one_sentence():
    x = load_dataset("moons", n=5).x
    plain, vae = small("ae"), small()
    for act, words in (
        (lambda: plain.sample(3), "A plain autoencoder has no prior to sample from"),
        (lambda: plain.log_prob(x), "A plain autoencoder defines no probability"),
        (lambda: plain.assign(x), "A model of kind 'ae' has no clusters of its own"),
        (lambda: vae.assign(x), "A model of kind 'vae' has no clusters of its own"),
        (lambda: vae.sample(3, cluster=1), "A VAE has one prior and no clusters"),
    ):
        with pytest.raises(NotSupported, match=words):
            act()


def test_points_of_another_width_are_refused():
    model = small()
    with pytest.raises(BadInput, match="takes x with 2 numbers per point; got 3"):
        model.encode(np.ones((4, 3)))
    with pytest.raises(BadInput, match="takes z with 2 numbers per point; got 5"):
        model.decode(np.ones((4, 5)))
    with pytest.raises(BadInput, match="x must be finite"):
        model.encode([[np.nan, 0.0]])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "gan"}, "kind must be one of ae, .*vae; got 'gan'"),
        ({"latent_dim": 0}, "latent_dim must be a whole number, at least 1; got 0"),
        ({"hidden": (8, 0)}, "hidden must be a whole number, at least 1; got 0"),
        ({"epochs": 0}, "epochs must be a whole number, at least 1; got 0"),
        ({"variance": 0.0}, "variance must be a number, above 0; got 0.0"),
        ({"likelihood": "poisson"}, "likelihood must be one of bernoulli, gaussian; got 'poisson'"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number, above 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number"),
    ],
)
def test_a_config_that_cannot_be_trained_is_refused(settings, words):
    with pytest.raises(BadInput, match=words):
        ModelConfig(**settings)


def test_a_config_survives_as_data_and_refuses_unknown_settings():
    config = ModelConfig(kind="ae", hidden=(3, 5), epochs=7, variance=0.2)
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(BadInput, match=r"Unknown model settings: layers; known are .*batch_size"):
        ModelConfig.from_dict({"layers": 3})


# --- on disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_a_saved_model_is_bit_equal_when_it_is_opened(kind, tmp_path):
    model = small(kind)
    model.save(tmp_path / "m")
    again = load_model(tmp_path / "m")
    assert again.config == model.config
    assert again.provenance == model.provenance
    for (name, one), (other_name, other) in zip(model.state_dict().items(), again.state_dict().items(), strict=True):
        assert name == other_name
        assert torch.equal(one, other)
    x = load_dataset("moons", n=30, seed=1).x
    one, other = model.encode(x), again.encode(x)
    np.testing.assert_array_equal(one.mean, other.mean)
    if kind == "vae":
        np.testing.assert_array_equal(one.logvar, other.logvar)
        np.testing.assert_array_equal(model.log_prob(x), again.log_prob(x))
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["model.json", "model.safetensors"]
    assert [p.name for p in tmp_path.iterdir()] == ["m"]  # no scratch folder is left


def test_saving_replaces_the_model_that_was_there(copy):
    other = small(seed=5)
    before = model_identity(copy)
    other.save(copy)
    assert model_identity(copy) != before
    assert load_model(copy).provenance.seed == 5


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="The model cannot be saved to"):
        small().save(tmp_path / "file" / "m")


def edit(folder: Path, **changes: object) -> None:
    facts = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**facts, **changes}))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def config_of(folder: Path, **changes: object) -> dict[str, object]:
    return {**json.loads((folder / "model.json").read_text())["config"], **changes}


DAMAGED_FILE_ERRORS = {
    "json cut short": (lambda f: cut(f / "model.json"), "copy: model.json is damaged or incomplete"),
    "json no text": (lambda f: (f / "model.json").write_bytes(b"\xff\xfe\x00"), "model.json is damaged"),
    "json a list": (lambda f: (f / "model.json").write_text("[1]"), "model.json is damaged"),
    "json empty": (lambda f: (f / "model.json").write_text("{}"), "model.json is damaged"),
    "weights cut short": (lambda f: cut(f / "model.safetensors"), "model.safetensors is damaged or does not belong"),
    "weights empty": (lambda f: (f / "model.safetensors").write_bytes(b""), "model.safetensors is damaged"),
    "weights of another model": (
        lambda f: shutil.copy(find_model("digits-ae") / "model.safetensors", f / "model.safetensors"),
        "does not belong to model.json",
    ),
    "another format": (lambda f: edit(f, schema=99), "copy was saved in format 99; this version reads format 1"),
    "another size": (lambda f: edit(f, config=config_of(f, latent_dim=5)), "the weights do not fit model.json"),
    "an unknown setting": (lambda f: edit(f, config=config_of(f, layers=5)), "the weights do not fit model.json"),
    "a setting of no sense": (lambda f: edit(f, config=config_of(f, hidden=5)), "the weights do not fit model.json"),
    "no config": (lambda f: edit(f, config=None), "do not fit|damaged"),
    "no width": (lambda f: edit(f, input_dim=None), "do not fit|damaged"),
    "another width": (lambda f: edit(f, input_dim=3), "the weights do not fit model.json"),
    "a negative width": (lambda f: edit(f, input_dim=-3), "do not fit|damaged"),
    "no provenance": (lambda f: edit(f, provenance=None), "do not fit|damaged"),
    "weights missing": (lambda f: (f / "model.safetensors").unlink(), "There is no model"),
    "json missing": (lambda f: (f / "model.json").unlink(), "There is no model"),
}


@pytest.mark.parametrize("what", DAMAGED_FILE_ERRORS)
def test_a_damaged_model_is_refused_in_one_sentence(what, copy):
    damage, words = DAMAGED_FILE_ERRORS[what]
    damage(copy)
    with pytest.raises(CheckpointError, match=words) as caught:
        load_model(copy)
    assert "\n" not in str(caught.value)


def test_a_name_that_is_no_model_lists_the_shipped_ones():
    with pytest.raises(
        CheckpointError,
        match=r"There is no model 'usps-vae': shipped are digits-ae, digits-dec, .*, mnist-vade, mnist-vae; or give",
    ):
        load_model("usps-vae")


def test_opening_and_using_a_model_leaves_the_global_random_numbers_alone(saved):
    x = load_dataset("moons", n=10).x
    before, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    model = load_model(saved)
    model.encode(x)
    model.sample(3)
    model.log_prob(x)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(np.random.get_state()[1], numpys)  # noqa: NPY002


def test_a_models_identity_changes_with_its_files(copy, saved):
    assert model_identity(copy) == model_identity(saved)
    edit(copy, note="changed")
    assert model_identity(copy) != model_identity(saved)


# --- shipped ---------------------------------------------------------------------------------------------------------


SHIPPED = tuple(sorted([
    *(f"digits-{kind}" for kind in ("vae", "ae", "vade", "gmvae", "dec", "idec")),
    *(f"mnist-{kind}" for kind in ("vae", "ae", "vade", "gmvae", "dec")),
    *(f"fashion-mnist-{kind}" for kind in ("vae", "ae")),
]))  # fmt: skip


def test_models_of_three_sets_are_shipped_and_all_assets_stay_small():
    assert shipped_models() == SHIPPED
    assert sum(p.stat().st_size for p in assets_root().rglob("*") if p.is_file()) < 25e6


@pytest.mark.parametrize("name", [n for n in SHIPPED if n.rpartition("-")[2] in CLUSTERED])
def test_a_shipped_model_with_clusters_uses_and_knows_them(name, needs_data):
    data = name.rpartition("-")[0]
    needs_data(data)
    model, points = load_model(name), load_dataset(data, n=1500)
    labels = model.assign(points.x)
    assert (np.bincount(labels, minlength=10) >= 15).all()
    assert score(points.y, labels).acc > 0.65


@pytest.mark.parametrize("name", [n for n in SHIPPED if not n.startswith("digits") and not n.endswith("-dec")])
def test_a_shipped_model_of_mnist_or_fashion_reconstructs_its_set(name, needs_data):
    data, _, kind = name.rpartition("-")
    needs_data(data)
    model, x = load_model(name), load_dataset(data, n=2000).x
    made = model.provenance
    assert (made.data, made.seed, made.image_shape, made.stopped, model.kind) == (data, 0, (28, 28), False, kind)
    error = ((model.decode(model.encode(x).mean) - x) ** 2).sum(axis=1).mean()
    assert error < 0.4 * ((x - x.mean(axis=0)) ** 2).sum(axis=1).mean()


@pytest.mark.parametrize("name", ["digits-ae", "digits-vae"])
def test_a_shipped_model_is_small_and_says_what_it_was_trained_on(name):
    model, folder = load_model(name), find_model(name)
    assert sum(p.stat().st_size for p in folder.iterdir()) < 1e6
    recorded = json.loads((folder / "model.json").read_text())["config"]
    assert recorded["likelihood"] == "gaussian"
    assert recorded["variance"] == ModelConfig().resolved().variance
    made = model.provenance
    assert (made.data, made.seed, made.image_shape, made.stopped) == ("digits", 0, (8, 8), False)
    assert made.data_fingerprint == load_dataset("digits").fingerprint
    assert len(made.history) == model.config.epochs_in_use
    assert made.history[-1]["loss"] < made.history[0]["loss"]


@pytest.mark.parametrize("name", ["digits-ae", "digits-vae"])
def test_a_shipped_model_reconstructs_better_than_the_mean_picture(name):
    model, x = load_model(name), load_dataset("digits").x
    error = ((model.decode(model.encode(x).mean) - x) ** 2).sum(axis=1).mean()
    assert error < 0.35 * ((x - x.mean(axis=0)) ** 2).sum(axis=1).mean()
