"""Training: bit-equal for equal seeds, watched, stopped, and honest about what cannot be trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from samples import weights
from vaegc import BadInput, Dataset, ModelConfig, VaegcError, load_dataset, train

MOONS = load_dataset("moons", n=80)


def config(**settings) -> ModelConfig:
    return ModelConfig(**{"latent_dim": 2, "hidden": (8,), "epochs": 3, **settings})


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_one_seed_gives_one_model_bit_for_bit_and_another_seed_another(kind):
    one, same, other = (train(MOONS, config(kind=kind), seed=seed) for seed in (3, 3, 4))
    assert weights(one) == weights(same) != weights(other)
    assert one.provenance == same.provenance
    np.testing.assert_array_equal(one.encode(MOONS.x).mean, same.encode(MOONS.x).mean)


def test_the_global_random_numbers_neither_matter_nor_move():
    torch.manual_seed(1)
    one = train(MOONS, config(), seed=0)
    torch.manual_seed(2)
    before, numpys = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    other = train(MOONS, config(), seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_array_equal(np.random.get_state()[1], numpys)  # noqa: NPY002
    assert weights(one) == weights(other)


def test_labels_are_not_looked_at():
    without = Dataset(x=MOONS.x)
    assert weights(train(without, config())) == weights(train(MOONS, config()))


def test_weights_batches_and_noise_draw_from_generators_of_their_own():
    """The autoencoder uses no noise, yet sees the same batches; so its first epoch starts where the VAE's does."""
    narrow = {"epochs": 1, "learning_rate": 1e-12}  # weights hardly move
    vae, plain = train(MOONS, config(**narrow), seed=1), train(MOONS, config(kind="ae", **narrow), seed=1)
    torch.testing.assert_close(vae.encoder.body[0].weight, plain.encoder.body[0].weight)


@pytest.mark.parametrize("kind", ["vae", "ae"])
def test_a_few_points_can_be_learned(kind):
    few = Dataset(x=MOONS.x[:8])
    history = train(few, config(kind=kind, epochs=150, learning_rate=1e-2, hidden=(32,), variance=0.1)).provenance.history
    first, last = history[0]["reconstruction"], np.mean([row["reconstruction"] for row in history[-10:]])
    assert last < first - 1
    assert len(history) == 150


def test_a_posterior_that_collapses_is_said_in_words_and_one_that_does_not_is_not():
    events = []
    for weight in (0.0001, 0.5):
        heard = []
        train(
            MOONS,
            config(weight=weight, epochs=60, learning_rate=1e-2),
            callback=lambda event, kept=heard: kept.append(event) and False,
        )
        events.append([event for event in heard if "share_of_epoch" not in event.values][-1])
    collapsed, sound = events
    assert "the posterior has collapsed" in collapsed.message
    assert collapsed.values["dimensions_used"] == 0
    assert "collapsed" not in sound.message
    assert sound.values["dimensions_used"] == 2
    heard = []
    train(MOONS, config(kind="ae"), callback=lambda event: heard.append(event) and False)
    assert not any("dimensions_used" in event.values for event in heard)


def test_every_epoch_reports_its_parts_and_only_true_stops():
    seen = []
    model = train(MOONS, config(), callback=lambda p: seen.append(p) or 1)
    assert [(p.stage, p.done, p.total) for p in seen] == [("train", 1, 3), ("train", 2, 3), ("train", 3, 3)]
    for event, row in zip(seen, model.provenance.history, strict=True):
        assert {"loss", "reconstruction", "kl", "dimensions_used"} == set(row)
        assert row.items() <= dict(event.values).items()
        assert event.values["points_per_s"] > 0
        assert row["loss"] == pytest.approx(row["reconstruction"] + row["kl"], rel=1e-5)
    assert not model.provenance.stopped


def test_a_callback_that_returns_true_gets_the_model_so_far_marked_stopped():
    model = train(MOONS, config(epochs=50), seed=2, callback=lambda p: p.done == 3)
    assert model.provenance.stopped
    assert len(model.provenance.history) == 3
    assert weights(model) == weights(train(MOONS, config(epochs=3), seed=2))
    assert not model.training
    assert not train(MOONS, config(), callback=lambda p: p.done == 3).provenance.stopped  # the last epoch is no stop


def test_a_model_remembers_where_it_comes_from():
    digits = load_dataset("digits", n=50)
    made = train(digits, config(epochs=1), seed=9).provenance
    assert (made.data, made.data_fingerprint, made.seed, made.image_shape) == ("digits", digits.fingerprint, 9, (8, 8))
    assert made.versions["torch"] == torch.__version__


def test_a_network_without_hidden_layers_and_a_batch_larger_than_the_data_train():
    model = train(MOONS, config(hidden=(), batch_size=10_000))
    assert model.encode(MOONS.x).mean.shape == (80, 2)


@pytest.mark.parametrize(
    ("data", "settings", "words"),
    [
        (MOONS, {"likelihood": "bernoulli"}, r"Bernoulli likelihood needs values in 0\.\.1; moons goes from -"),
        ([["a", "b"], ["c", "d"]], {}, r"must be numbers, but row 0, column 0 holds the text 'a'"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_one_sentence(data, settings, words):
    with pytest.raises(BadInput, match=words):
        train(data, config(**settings))


def test_a_seed_is_a_whole_number_from_zero():
    for seed in (-1, 0.5, None):
        with pytest.raises(BadInput, match="seed must be a whole number"):
            train(MOONS, config(), seed=seed)


def test_a_loss_that_runs_away_is_an_error_that_says_what_helps():
    with pytest.raises(VaegcError, match=r"The loss became infinite in epoch .*smaller learning_rate"):
        train(MOONS, config(learning_rate=1e30, epochs=20))
