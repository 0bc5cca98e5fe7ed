"""Networks and settings: every picture size comes back whole, and None is replaced by what fits the data."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vaegc import BadInput, Dataset, ModelConfig, limits, load_dataset, load_model, train
from vaegc.models.autoencoder import Autoencoder, Phase, StepContext
from vaegc.training._fit import Fit
from vaegc.training._schedule import learning_rate

PICTURES = {"28x28": (28, 28), "32x32x3": (32, 32, 3), "8x8": (8, 8), "odd": (7, 13), "odd colour": (5, 9, 3)}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("channels", [(3,), (4, 8), (4, 4, 8)])
def test_convolutions_and_back_keep_the_size_of_any_picture(name, channels):
    shape = PICTURES[name]
    width = math.prod(shape)
    model = Autoencoder(ModelConfig(network="conv", channels=channels, hidden=(6,), latent_dim=2), width, shape)
    x = torch.rand(5, width)
    mean, logvar = model.encoder(x)
    assert mean.shape == logvar.shape == (5, 2)
    assert model.decoder(mean).shape == x.shape
    assert model.decoder(torch.rand(4, 5, 2)).shape == (4, 5, width)  # importance samples
    torch.testing.assert_close(model.decoder(torch.stack([mean, mean]))[1], model.decoder(mean))
    assert model.log_prob(x.numpy(), samples=3).shape == (5,)


def test_a_convolution_sees_neighbouring_pixels_of_the_row_that_a_data_set_gives():
    model = Autoencoder(ModelConfig(network="conv", channels=(2,), hidden=(), latent_dim=2), 27, (3, 3, 3))
    x = np.arange(27.0, dtype=np.float32)[None]
    by_hand = torch.tensor(x.reshape(1, 3, 3, 3)).permute(0, 3, 1, 2)
    layer = model.encoder.pictures.layers[0]
    expected = torch.relu(torch.nn.functional.conv2d(by_hand, layer.weight, layer.bias, stride=2, padding=1)).flatten(1)
    torch.testing.assert_close(model.encoder.pictures(torch.tensor(x)), expected)


def test_a_convolutional_model_learns_and_is_opened_as_it_was_saved(tmp_path):
    data = load_dataset("digits", n=200)
    model = train(data, ModelConfig(network="conv", channels=(8, 16), hidden=(32,), latent_dim=4, epochs=20))
    history = model.provenance.history
    assert history[-1]["loss"] < history[0]["loss"] - 20
    model.save(str(tmp_path / "m"))
    again = load_model(tmp_path / "m")
    np.testing.assert_array_equal(again.encode(data.x).mean, model.encode(data.x).mean)
    np.testing.assert_array_equal(again.decode(np.ones((2, 4))), model.decode(np.ones((2, 4))))


def test_a_convolutional_network_needs_pictures():
    with pytest.raises(BadInput, match="needs pictures; moons has none, take network 'mlp'"):
        train(load_dataset("moons", n=50), ModelConfig(network="conv"))
    with pytest.raises(BadInput, match="needs at least one width in channels"):
        ModelConfig(network="conv", channels=())


def test_the_likelihood_fits_the_data_unless_it_is_given():
    rng = np.random.default_rng(0)
    binary = (rng.random((50, 16)) < 0.3).astype(np.float32)
    pictures = Dataset(x=binary, image_shape=(4, 4))
    one = {"latent_dim": 2, "hidden": (4,), "epochs": 1}
    assert train(pictures, ModelConfig(**one)).config.likelihood == "bernoulli"
    assert train(pictures, ModelConfig(kind="ae", **one)).config.likelihood == "gaussian"
    assert train(pictures, ModelConfig(likelihood="gaussian", **one)).config.likelihood == "gaussian"
    assert train(Dataset(x=binary), ModelConfig(**one)).config.likelihood == "gaussian"  # a table of flags is no picture
    grey = Dataset(x=rng.random((50, 16)).astype(np.float32), image_shape=(4, 4))
    made = train(grey, ModelConfig(**one)).config
    assert (made.likelihood, made.variance) == ("gaussian", 0.01)
    wide = Dataset(x=(100 * rng.standard_normal((500, 3))).astype(np.float32))
    assert ModelConfig(**one).resolved(wide.x).variance == pytest.approx(0.1 * wide.x.var(axis=0).mean())
    constant = Dataset(x=np.full((5, 3), 7, np.float32))
    assert ModelConfig().resolved(constant.x).variance > 0


def test_weight_one_is_the_autoencoder_and_less_weighs_the_kl():
    assert ModelConfig(weight=1).kind == "ae"
    with pytest.raises(BadInput, match=r"weight must be 1; got 0\.5\. Choose kind 'vae'"):
        ModelConfig(kind="ae", weight=0.5)
    assert ModelConfig().kl_weight == 1
    x = torch.rand(6, 5)
    for w in (0.25, 0.5, 0.8):
        model = Autoencoder(ModelConfig(weight=w, latent_dim=2, hidden=(4,)), 5)
        loss = model.loss(x, torch.Generator().manual_seed(0))
        recon, kl = loss.parts["reconstruction"], loss.parts["kl"]
        torch.testing.assert_close(w * loss.total, w * recon + (1 - w) * kl)  # the form of the paper, times w


def test_the_kl_warms_up():
    model = Autoencoder(ModelConfig(kl_warmup=4, latent_dim=2, hidden=(4,)), 5)
    x = torch.rand(6, 5)
    for epoch, share in ((0.0, 0.0), (1.0, 0.25), (4.0, 1.0), (9.0, 1.0), (math.inf, 1.0)):
        loss = model.loss(x, torch.Generator().manual_seed(0), StepContext(epoch=epoch))
        torch.testing.assert_close(loss.total, loss.parts["reconstruction"] + share * loss.parts["kl"])


@pytest.mark.parametrize(
    ("settings", "rates"),
    [
        ({"schedule": "constant"}, (1.0, 1.0, 1.0)),
        ({"schedule": "exponential", "decay": 0.5}, (1.0, 0.03125, 0.01)),
        ({"schedule": "cosine"}, (1.0, 0.505, 0.01)),
    ],
)
def test_the_learning_rate_follows_its_schedule_to_a_floor(settings, rates):
    data = Dataset(x=np.random.default_rng(0).random((20, 3)).astype(np.float32))
    model = Autoencoder(ModelConfig(latent_dim=2, hidden=(4,), epochs=10, **settings), 3)
    fit = Fit(model, data, 0, torch.device("cpu"))
    phase = Phase("fit", 10, 1.0)
    assert [learning_rate(model.config, phase, epoch, fit.steps_per_epoch) for epoch in (0, 5, 10)] == pytest.approx(rates)


def test_steps_count_gradient_steps_whatever_the_epochs():
    data = Dataset(x=np.random.default_rng(0).random((20, 3)).astype(np.float32))
    small = {"latent_dim": 2, "hidden": (4,), "batch_size": 8}
    seen = []
    model = train(data, ModelConfig(steps=7, **small), callback=seen.append)  # 3 steps an epoch
    assert [event.done for event in seen] == [1, 2, 3]
    assert seen[-1].total == 3
    assert len(model.provenance.history) == 3
    equal = train(data, ModelConfig(steps=6, **small))
    two = train(data, ModelConfig(epochs=2, **small))
    assert all(torch.equal(a, b) for a, b in zip(equal.state_dict().values(), two.state_dict().values(), strict=True))


def test_bfloat16_products_give_float32_results_near_the_exact_ones():
    data = load_dataset("digits", n=300)
    one = {"latent_dim": 4, "hidden": (32,), "epochs": 30}
    fast, exact = (train(data, ModelConfig(precision=p, **one)) for p in ("bfloat16", "float32"))
    assert fast.encode(data.x).mean.dtype == np.float32
    a, b = (model.provenance.history[-1]["loss"] for model in (fast, exact))
    assert a == pytest.approx(b, rel=0.1)
    assert a != b


def test_a_device_that_is_not_there_is_a_sentence():
    data = load_dataset("moons", n=50)
    with pytest.raises(BadInput, match="device must be one of cpu, cuda"):
        train(data, ModelConfig(), device="tpu")
    if not torch.cuda.is_available():
        with pytest.raises(BadInput, match="There is no GPU that torch can use"):
            train(data, ModelConfig(), device="cuda")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 3, "steps": 5}, "Give epochs or steps, not both"),
        ({"patience": 3}, "set held_out to a share"),
        ({"held_out": 0.95}, "held_out must be a number"),
        ({"weight": 0}, "weight must be a number, above 0"),
        ({"schedule": "linear"}, "schedule must be one of"),
        ({"precision": "float16"}, "precision must be one of"),
        ({"channels": 3}, "channels must be a list of widths"),
        ({"kl_warmup": -1}, "kl_warmup must be a whole number"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_one_sentence(settings, words):
    with pytest.raises(BadInput, match=words):
        ModelConfig(**settings)


def test_a_share_that_holds_out_nothing_is_a_sentence():
    with pytest.raises(BadInput, match="leaves none to hold out"):
        train(Dataset(x=np.eye(4, dtype=np.float32)), ModelConfig(held_out=0.01))


@pytest.mark.parametrize("kind", ["vae", "ae"])
@pytest.mark.parametrize(("low", "high"), [(0, 1000), (-3000, -1000), (100, 140), (0, 1e-3)])
def test_data_of_any_scale_are_learned_as_well_as_those_of_scale_one(kind, low, high):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, 2)) @ rng.standard_normal((2, 6)) + 0.1 * rng.standard_normal((300, 6))
    unit = (x - x.min()) / np.ptp(x)
    data = Dataset(x=(low + (high - low) * unit).astype(np.float32))
    model = train(data, ModelConfig(kind=kind, latent_dim=2, hidden=(16,), epochs=60, learning_rate=1e-2))
    left = ((model.decode(model.encode(data.x).mean) - data.x) ** 2).mean() / data.x.var(axis=0).mean()
    assert left < 0.3
    assert np.abs(model.encode(data.x).mean).max() < 50


def test_pictures_in_0_to_1_are_taken_as_they_are_and_the_scale_is_saved(tmp_path):
    digits, moons = load_dataset("digits", n=50), load_dataset("moons", n=50)
    one = ModelConfig(latent_dim=2, hidden=(4,), epochs=1)
    assert (train(digits, one).config.center, train(digits, one).config.spread) == (0.0, 1.0)
    model = train(moons, one)
    assert model.config.center == pytest.approx(moons.x.mean())
    assert model.config.spread == pytest.approx(moons.x.std())
    model.save(str(tmp_path / "m"))
    np.testing.assert_array_equal(load_model(tmp_path / "m").encode(moons.x).mean, model.encode(moons.x).mean)


def test_numbers_of_numpy_are_as_good_as_pythons(tmp_path):
    data = load_dataset("digits", n=50)
    odd = ModelConfig(latent_dim=np.int64(3), learning_rate=np.float32(1e-3), hidden=(np.int32(4),), epochs=np.int64(1))
    train(data, odd, seed=np.int64(3), resume=tmp_path / "run")
    assert load_model(tmp_path / "run").config.latent_dim == 3


def test_a_row_of_weights_has_one_likelihood():
    binary = Dataset(x=(np.random.default_rng(0).random((50, 16)) < 0.3).astype(np.float32), image_shape=(4, 4))
    one = {"latent_dim": 2, "hidden": (4,), "epochs": 1}
    assert {train(binary, ModelConfig(weight=w, **one)).config.likelihood for w in (0.2, 0.5, 1.0)} == {"bernoulli"}


def test_a_network_too_large_for_memory_is_a_sentence():
    with pytest.raises(BadInput, match="A network of these sizes cannot be made"):
        train(load_dataset("moons", n=50), ModelConfig(hidden=(10**9, 10**9)))


def test_a_network_that_this_machine_could_not_train_is_never_allocated(monkeypatch):
    monkeypatch.setattr("vaegc.training._train.machine_memory", lambda: 2_000_000_000)
    monkeypatch.setattr("vaegc.training._train.build", lambda *_: pytest.fail("it was allocated"))
    with pytest.raises(BadInput, match=r"cannot be made: training it needs 32 GB of memory, and this machine has 2\.$"):
        train(load_dataset("moons", n=50), ModelConfig(kind="ae", hidden=(200_000_000,), latent_dim=2))


def test_a_container_has_the_memory_that_it_was_given(tmp_path, monkeypatch):
    whole = limits.machine_memory()
    assert 2**28 < whole < 2**50
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(limits, "MEMORY_LIMIT_FILES", (tmp_path / "nowhere", limit))
    limit.write_text("max\n")
    assert limits.machine_memory() >= whole
    limit.write_text("1000000\n")
    assert limits.machine_memory() == 1_000_000
