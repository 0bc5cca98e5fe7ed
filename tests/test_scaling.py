"""Wherever data lie and whatever their unit, a network is given the same: shift and scale happen in float64, before float32."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from samples import weights
from vaegc import BadInput, Dataset, ModelConfig, load_model, train
from vaegc.densities import EvidenceBound, MarginalLikelihood
from vaegc.models.autoencoder import Autoencoder
from vaegc.models.packed import pack_model, unpack_model
from vaegc.models.scaling import Scaling, location_and_scale

KINDS = ("ae", "vae", "vade", "gmvae", "dec", "idec")
TIMES = 1_700_000_000.0


def config(kind: str = "vae", **settings) -> ModelConfig:
    sizes = {"latent_dim": 2, "hidden": (8,), "epochs": 2, "n_clusters": 3, "prior_hidden": 8, "style_dim": 2}
    return ModelConfig(**{"kind": kind, **sizes, "pretrain_epochs": 1, **settings})


def cloud(n: int = 90, d: int = 3, seed: int = 0) -> np.ndarray:
    """Three groups on a grid that stays exact around 1e9."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 4, (3, d))[np.arange(n) % 3] + rng.normal(0, 0.4, (n, d))
    return np.round(x * 2**12) / 2**12


def bursts(spread: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Three bursts 40 s apart at unix times, beside metres, and which burst each row is of."""
    rng = np.random.default_rng(0)
    burst = np.arange(150) % 3
    return np.c_[TIMES + 40 * burst + rng.normal(0, spread, 150), rng.normal(0, 2, 150)], burst


def made(x: np.ndarray, kind: str = "vae", **settings):
    return train(Dataset(x=x), config(kind, **settings), seed=1)


# --- laws ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "power"), [("vae", -100), *((kind, 100) for kind in KINDS)])
def test_data_in_another_power_of_two_give_the_same_network_bit_for_bit(kind, power):
    x = cloud()
    scaled = np.ldexp(x, power)
    one, other = made(x, kind), made(scaled, kind)
    assert weights(one) == weights(other)
    z = one.encode(x).mean
    np.testing.assert_array_equal(other.encode(scaled).mean, z)
    np.testing.assert_array_equal(other.decode(z), np.ldexp(one.decode(z).astype(float), power))
    if kind in ("vae", "vade", "gmvae"):  # a density in other units is another by the determinant
        jacobian = -x.shape[1] * power * np.log(2)
        np.testing.assert_allclose(other.log_prob(scaled, samples=3), one.log_prob(x, samples=3) + jacobian, atol=1e-3)
    if kind in ("vade", "gmvae", "dec", "idec"):
        np.testing.assert_array_equal(other.assign(scaled), one.assign(x))


@pytest.mark.parametrize("kind", KINDS)
def test_one_shift_of_all_columns_changes_hardly_anything_and_a_farther_one_nothing_more(kind):
    x = cloud()
    near, far, farther = (made(x + shift, kind) for shift in (0.0, 2.0**20, 1e9))
    assert weights(far) == weights(farther)
    z = near.encode(x).mean
    np.testing.assert_array_equal(farther.encode(x + 1e9).mean, far.encode(x + 2.0**20).mean)
    np.testing.assert_allclose(farther.encode(x + 1e9).mean, z, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(farther.decode(z) - 1e9, near.decode(z), rtol=1e-3, atol=1e-3)


def test_columns_that_lie_apart_may_lie_anywhere():
    x = cloud()
    models = [made(x + np.array(shift)) for shift in ([1e3, 0, 0], [1e9, -4e8, 7], [-5e5, 3.0, 1e9])]
    assert len({weights(model) for model in models}) == 1


@pytest.mark.parametrize(("kind", "factor"), [("vae", 1e-30), ("vae", 1e30), ("vae", 1e40), *((kind, 1e-40) for kind in KINDS)])
def test_data_of_any_size_are_learned_as_others_are(kind, factor):
    x = cloud()
    one, other = made(x, kind), made(x * factor, kind)
    np.testing.assert_allclose(other.encode(x * factor).mean, one.encode(x).mean, rtol=1e-3, atol=1e-3)
    back = other.decode(other.encode(x * factor).mean) / factor
    np.testing.assert_allclose(back, one.decode(one.encode(x).mean), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_float64_float32_and_any_layout_are_one(shift):
    x = (cloud(d=4) + shift).astype(np.float32 if shift == 0 else np.float64)
    wide = np.zeros((len(x), 8), x.dtype)
    wide[:, ::2] = x
    forms = [x, x.astype(float), np.asfortranarray(x), wide[:, ::2], x.astype(x.dtype.newbyteorder(">")), x.tolist()]
    assert len({weights(train(form, config(), seed=1)) for form in forms}) == 1


# --- what was lost ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_bursts_at_unix_times_are_told_apart_and_come_back(kind):
    x, burst = bursts()
    model = made(x, kind, epochs=150, learning_rate=1e-2, hidden=(16,))
    z = model.encode(x).mean
    centres = np.stack([z[burst == b].mean(axis=0) for b in range(3)])
    nearest = np.linalg.norm(z[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == burst).mean() > 0.97
    back = model.decode(z)
    assert back.dtype == np.float64
    assert np.median(np.abs(back[:, 0] - x[:, 0])) < 4


def test_each_column_far_from_the_others_has_a_centre_and_all_have_one_spread():
    x, _ = bursts()
    settled = ModelConfig().resolved(x)
    np.testing.assert_allclose(settled.center, x.mean(axis=0), atol=1e-4)
    offset = x - x.mean(axis=0)
    assert settled.spread == pytest.approx(offset.std())
    assert settled.variance == pytest.approx(0.1 * offset.var(axis=0).mean())
    assert ModelConfig(center=TIMES).resolved(x).center == (TIMES, TIMES)  # one number far away is taken off in float64 too
    assert settled.resolved(x) == settled


def test_what_lies_around_0_has_one_centre_as_ever():
    x = cloud()
    assert ModelConfig().resolved(x).center == pytest.approx(x.mean())
    assert ModelConfig().resolved(x).spread == pytest.approx(x.std())
    assert Scaling.of(ModelConfig().resolved(x)).identity


def test_log_prob_is_the_density_of_the_data_themselves():
    """By hand, where the decoder is constant and q the prior: every weight is p(x)."""
    x, _ = bursts()
    settled = ModelConfig(latent_dim=2, hidden=()).resolved(x)
    model = Autoencoder(settled, 2)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    offset = x - np.array(settled.center)
    by_hand = -(offset**2).sum(axis=1) / (2 * settled.variance) - np.log(2 * np.pi * settled.variance)
    np.testing.assert_allclose(model.log_prob(x, samples=2), by_hand, rtol=1e-5)


@pytest.mark.parametrize("density", [MarginalLikelihood, EvidenceBound])
def test_a_density_of_the_data_climbs_far_from_0_as_it_does_near_it(density):
    x = cloud()
    near, far = (density(made(x + shift), samples=4) for shift in (0.0, 1e9))
    (moved, logs), (moved_far, logs_far) = near.step_and_log_prob(x), far.step_and_log_prob(x + 1e9)
    np.testing.assert_allclose(logs_far, logs, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(moved_far - 1e9, moved, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(far.grad(x + 1e9), near.grad(x), rtol=1e-2, atol=1e-2)
    step = np.ldexp(x, 100)
    scaled = density(made(step), samples=4)
    np.testing.assert_allclose(np.ldexp(scaled.step_and_log_prob(step)[0], -100), moved, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(scaled.log_prob(step), logs - 3 * 100 * np.log(2), atol=1e-3)


def test_what_is_shown_while_it_trains_is_in_the_units_of_the_data():
    x, _ = bursts()
    shown = []
    train(x, config(kind="ae", epochs=100, learning_rate=1e-2), callback=lambda event: shown.append(event.arrays) and False)
    last = shown[-1]
    np.testing.assert_allclose(last["inputs"], x[last["rows"][:8]], rtol=0, atol=1e-4)
    assert np.abs(last["outputs"] - last["inputs"]).max() < 20  # seconds and metres; the mean alone is off by 40


# --- kept ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_far_data_is_kept_taken_along_and_opened_bit_for_bit(kind, tmp_path):
    x, _ = bursts(spread=1e-3)
    model = made(x, kind)
    model.save(tmp_path / "m")
    unpack_model(pack_model(tmp_path / "m"), tmp_path / "again")
    for folder in ("m", "again"):
        opened = load_model(tmp_path / folder)
        assert opened.config == model.config
        z = model.encode(x).mean
        np.testing.assert_array_equal(opened.encode(x).mean, z)
        np.testing.assert_array_equal(opened.decode(z), model.decode(z))


def test_a_model_of_tiny_data_can_be_taken_along(tmp_path):
    made(cloud() * 1e-40 + 3.0).save(tmp_path / "one place")
    made(cloud() * 1e-40).save(tmp_path / "tiny")
    for name in ("one place", "tiny"):
        unpack_model(pack_model(tmp_path / name), tmp_path / f"{name} again")


@pytest.mark.parametrize("kind", ["vae", "vade", "idec"])
def test_a_run_on_far_data_that_was_stopped_goes_on_bit_for_bit(kind, tmp_path):
    x, _ = bursts()
    whole = made(x, kind, epochs=3)
    train(x, config(kind, epochs=3), seed=1, resume=tmp_path / "run", callback=lambda event: event.done == 2)
    again = train(x, config(kind, epochs=3), seed=1, resume=tmp_path / "run")
    assert weights(again) == weights(whole)


def test_a_run_that_was_begun_when_data_were_kept_as_float32_goes_on(tmp_path):
    x = np.random.default_rng(0).normal(0, 1, (60, 3))
    begun = train(x.astype(np.float32), config(epochs=3), resume=tmp_path / "run", callback=lambda event: event.done == 1)
    assert begun.provenance.stopped
    assert weights(train(x, config(epochs=3), resume=tmp_path / "run")) == weights(train(x, config(epochs=3)))


def test_an_older_model_with_one_centre_far_away_encodes_as_it_did(tmp_path):
    x, _ = bursts()
    old = Autoencoder(config(likelihood="gaussian", variance=1.0, center=8.5e8, spread=8.5e8), 2).eval()
    old.save(tmp_path / "m")
    opened = load_model(tmp_path / "m")
    assert json.loads((tmp_path / "m" / "model.json").read_text())["config"]["centre"] == 8.5e8
    with torch.no_grad():
        u = np.float32(-1.0) + np.float32(1 / 8.5e8) * torch.tensor(x.astype(np.float32))
        h = torch.relu(old.encoder.body(u))
        np.testing.assert_allclose(opened.encode(x).mean, old.encoder.mean(h).numpy(), rtol=1e-6)


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_values_whose_variance_is_no_number_are_a_sentence(factor):
    with pytest.raises(BadInput, match="too large or too small for their variance"):
        location_and_scale(cloud() * factor)


def test_a_point_beyond_the_networks_range_is_named():
    model = made(cloud())
    with pytest.raises(BadInput, match="Row 1 of x lies too far out for the model"):
        model.encode([[0.0, 0.0, 0.0], [1e300, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"center": "middle"}, "centre must be a number"),
        ({"center": (0.0, np.nan)}, "each number of centre must be a number"),
        ({"center": (0.0, 1.0), "likelihood": "bernoulli"}, "leave centre out"),
    ],
)
def test_a_centre_that_is_none_is_refused(settings, words):
    with pytest.raises(BadInput, match=words):
        ModelConfig(**settings)


def test_there_is_one_number_of_a_centre_for_each_feature():
    for x, many in ((cloud(d=3), "3 features; got 2"), (cloud(d=1), "1 feature; got 2")):
        with pytest.raises(BadInput, match=f"centre must be a number, or one for each of {many}"):
            made(x, center=(0.0, 1.0))


def test_what_is_fixed_when_it_is_made_cannot_be_set():
    model = made(cloud())
    for name, value in (("config", config(variance=3.0)), ("input_dim", 5)):
        with pytest.raises(AttributeError):
            setattr(model, name, value)
    density = MarginalLikelihood(model)
    for name, value in (("samples", 3), ("seed", 4), ("step_variance", 1.0), ("bounds", (0.0, 1.0)), ("model", model)):
        with pytest.raises(AttributeError, match=f"{name} is fixed when a density is made"):
            setattr(density, name, value)


def test_points_that_are_all_equal_have_a_centre_and_no_spread():
    for value in (0.0, 7.0, TIMES):
        centre, spread, variance = location_and_scale(np.full((5, 2), value))
        assert (np.broadcast_to(centre, 2) == value).all()
        assert (spread, variance) == (0.0, 0.0)
