"""DEC and IDEC: the formulas of their papers, a target that stands still, and runs that go on bit for bit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans

from samples import every, weights
from vaegc import BadInput, Dataset, ModelConfig, NotSupported, load_dataset, load_model, train
from vaegc.models.autoencoder import Autoencoder
from vaegc.models.base import StepContext
from vaegc.models.dec import DEC, log_assignments, log_target
from vaegc.training import Fit, _fit

DIGITS = load_dataset("digits", n=300)
BLOBS = Dataset(x=load_dataset("blobs", n=120).x)
CPU = torch.device("cpu")


def config(kind: str = "dec", **settings) -> ModelConfig:
    usual = {"latent_dim": 3, "hidden": (16,), "epochs": 4, "pretrain_epochs": 2, "batch_size": 64}
    usual |= {"target_steps": 7, "tolerance": 0.0}
    return ModelConfig(kind=kind, **{**usual, **settings})


def placed(kind: str = "dec", data: Dataset = DIGITS, **settings) -> tuple[DEC, torch.Tensor]:
    """A model whose pretraining is over and whose first target is made, and its training data."""
    model, x = DEC(config(kind, **settings), data.x.shape[1]), torch.tensor(data.x)
    model.on_phase_start(model.fit_phase(), x, seed=0)
    assert not model.refresh(model.fit_phase(), x)
    return model, x


def rows(*index: int) -> StepContext:
    return StepContext("fit", 0.0, torch.tensor(index))


# --- the formulas ----------------------------------------------------------------------------------------------------


def test_the_gradients_are_the_papers_closed_form():
    generator = torch.Generator().manual_seed(0)
    z = (2 * torch.randn(40, 5, generator=generator, dtype=torch.float64)).requires_grad_()
    centres = torch.randn(7, 5, generator=generator, dtype=torch.float64).requires_grad_()
    log_q = log_assignments(z, centres)
    q = log_q.exp().detach()
    p = log_target(log_q, q.mean(0)).exp().detach()
    (torch.xlogy(p, p) - p * log_q).sum().backward()
    gap = (z - centres[:, None]).detach().transpose(0, 1)  # (40, 7, 5)
    pull = 2 * ((p - q) / (1 + gap.square().sum(-1)))[..., None] * gap  # alpha 1
    torch.testing.assert_close(z.grad, pull.sum(1), rtol=0, atol=2e-11)
    torch.testing.assert_close(centres.grad, -pull.sum(0), rtol=0, atol=2e-11)


def test_the_loss_is_the_mean_divergence_of_the_kept_target_from_q():
    model, x = placed()
    q = model.responsibilities(x).astype(np.float64)
    p = q**2 / q.sum(0)
    p /= p.sum(1, keepdims=True)
    expected = (p * np.log(p / q)).sum(1)
    loss = model.loss(x, torch.Generator(), rows(*range(300)))
    assert loss.total.item() == pytest.approx(expected.mean(), rel=1e-5)
    assert model.loss(x[[5, 9]], torch.Generator(), rows(5, 9)).total.item() == pytest.approx(expected[[5, 9]].mean(), rel=1e-4)
    assert list(loss.parts) == ["clustering"]


def test_the_target_is_a_sharper_distribution():
    q = torch.softmax(torch.randn(50, 6, generator=torch.Generator().manual_seed(1)), -1)
    equal = torch.full((6,), 1 / 6)
    p = log_target(q.log(), equal).exp()
    torch.testing.assert_close(p.sum(1), torch.ones(50))
    assert ((p.max(1).values > q.max(1).values) & (p.argmax(1) == q.argmax(1))).all()
    lifted = log_target(q.log(), torch.tensor([0.01, *[0.198] * 5])).exp()
    assert (lifted[:, 0] > p[:, 0]).all()  # small clusters are helped
    torch.testing.assert_close(log_target(q.log(), 300 * equal).exp(), p)


def test_idec_without_clustering_is_the_autoencoder():
    model, x = placed("idec", clustering_weight=1e-12)
    plain = Autoencoder(config("ae"), 64)
    plain.encoder, plain.decoder = model.encoder, model.decoder
    batch, alone = x[:64], plain.loss(x[:64], torch.Generator()).total
    torch.testing.assert_close(model.loss(batch, torch.Generator(), rows(*range(64))).total, alone)
    torch.testing.assert_close(model.loss(batch, torch.Generator(), StepContext("pretrain", 0.0)).total, alone)


def test_idec_weighs_clustering_against_the_error_in_units_of_the_data():
    """The paper's .1 stands beside a mean squared error of data whose mean square is 1, whatever the units and the variance."""
    for unit, variance in ((1.0, 0.01), (16.0, 3.0)):
        x = unit * torch.tensor(DIGITS.x)
        model = DEC(config("idec", variance=variance), 64)
        model.on_phase_start(model.fit_phase(), x, seed=0)
        loss = model.loss(x, torch.Generator())
        error = ((model.decoder(model.encoder(x)[0]) - x) ** 2).mean() / (x**2).mean()
        shared = loss.parts["reconstruction"] - 32 * np.log(2 * np.pi * variance)
        torch.testing.assert_close(shared / model.zero_reconstruction_nats, error, rtol=1e-4, atol=0)
        torch.testing.assert_close(
            loss.total - loss.parts["reconstruction"],
            0.1 * model.zero_reconstruction_nats * loss.parts["clustering"],
            rtol=1e-4,
            atol=0,
        )


# --- centres and targets ---------------------------------------------------------------------------------------------


def test_the_centres_are_those_of_the_best_of_twenty_k_means():
    model, x = placed()
    z = model.encode(x).mean.astype(np.float64)
    means = KMeans(10, n_init=20, random_state=0).fit(z)
    np.testing.assert_allclose(model.centers.detach(), means.cluster_centers_, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(model.assign(x), means.labels_)
    torch.testing.assert_close(model.cluster_usage(x), torch.tensor(np.bincount(means.labels_) / 300, dtype=torch.float32))


def test_the_target_stands_still_between_refreshes_and_comes_when_it_is_due(monkeypatch):
    fit, seen, step = Fit(DEC(config(), 64), DIGITS, 0, CPU), [], Fit._step
    monkeypatch.setattr(Fit, "_step", lambda self, *given: seen.append(self.model._target) or step(self, *given))
    while not fit.finished:
        fit.run_epoch()
    assert len(seen) == 6 * 5
    assert all(target is None for target in seen[:10])  # the pretraining
    changes = [i for i in range(1, 20) if not torch.equal(seen[10 + i], seen[9 + i])]
    assert changes == [7, 14]
    assert seen[10].shape == (300, 10)
    torch.testing.assert_close(seen[-1].sum(1), torch.ones(300))


def test_points_never_seen_have_a_target_of_their_own():
    model, x = placed()
    known, unknown = model.loss(x[:9], torch.Generator(), rows(*range(9))), model.loss(x[:9], torch.Generator())
    torch.testing.assert_close(known.total, unknown.total)  # nothing has moved yet
    history = train(DIGITS, config(held_out=0.1)).provenance.history
    assert all(np.isfinite(row["held_out"]) for row in history)


def test_training_ends_when_hardly_a_point_changes_its_cluster_but_never_at_tolerance_zero():
    def epochs(tolerance):
        return len(train(DIGITS, config(tolerance=tolerance, learning_rate=1e-9)).provenance.history)

    assert epochs(0.0) == 6
    assert epochs(0.001) == 4  # steps 0 to 6 of five an epoch: the second target says that nothing moved


# --- what is trained -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dec", "idec"])
def test_dec_keeps_the_decoder_of_its_pretraining_and_idec_trains_it(kind):
    fit = Fit(DEC(config(kind), 64), DIGITS, 0, CPU)

    def parts():
        centres = {"centres": fit.model.centers.detach().numpy().tobytes()}
        return {"decoder": weights(fit.model.decoder), "encoder": weights(fit.model.encoder), **centres}

    start = parts()
    while fit.position.phase == 0:
        fit.run_epoch()
    pretrained = parts()
    assert [name for name in start if start[name] != pretrained[name]] == ["decoder", "encoder"]
    while not fit.finished:
        fit.run_epoch()
    moved = [name for name, part in parts().items() if part != pretrained[name]]
    assert moved == (["encoder", "centres"] if kind == "dec" else ["decoder", "encoder", "centres"])


@pytest.mark.parametrize("kind", ["dec", "idec"])
def test_points_gather_around_their_centres_and_the_clusters_stay_in_use(kind):
    blobs = {"n_clusters": 3, "pretrain_epochs": 60, "learning_rate": 3e-3, "batch_size": 32}
    start, end = (train(BLOBS, config(kind, **blobs, epochs=epochs)) for epochs in (1, 60))
    before, after = (np.median(model.responsibilities(BLOBS.x).max(1)) for model in (start, end))
    assert 1 - after < 0.7 * (1 - before)
    assert (end.cluster_usage(torch.tensor(BLOBS.x, dtype=torch.float32)) > 0.1).all()
    assert end.provenance.history[-1]["clusters_used"] == 3


def test_labels_are_not_looked_at():
    assert weights(train(Dataset(x=DIGITS.x, image_shape=DIGITS.image_shape), config())) == weights(train(DIGITS, config()))


# --- extremes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dec", "idec"])
@pytest.mark.parametrize("case", ["far", "equal", "as many clusters as points", "one cluster", "one point"])
def test_losses_and_gradients_are_finite(kind, case):
    some = np.random.default_rng(0).standard_normal((10, 4)).astype(np.float32)
    x = {"far": 1e4 * some, "equal": np.ones_like(some), "one point": some[:1]}.get(case, some)
    clusters = {"one cluster": 1, "one point": 1, "as many clusters as points": 10}.get(case, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, data = placed(kind, Dataset(x=x), n_clusters=clusters)
    for at in (rows(*range(len(x))), StepContext()):
        model.zero_grad()
        loss = model.loss(data, torch.Generator(), at).total
        loss.backward()
        assert torch.isfinite(loss)
        grads = {name: p.grad for name, p in model.named_parameters() if kind == "idec" or not name.startswith("decoder")}
        assert all(torch.isfinite(grad).all() for grad in grads.values())
    np.testing.assert_allclose(model.responsibilities(x).sum(1), 1, rtol=1e-5)
    assert 0 <= model.assign(x).min() <= model.assign(x).max() < clusters


def test_more_clusters_than_points_is_a_sentence_before_any_training():
    few, seen = Dataset(x=DIGITS.x[:9]), []
    with pytest.raises(BadInput, match="dec cannot place 10 clusters among 9 points; n_clusters can be 9 at most"):
        train(few, config(), callback=seen.append)
    with pytest.raises(BadInput, match="idec cannot place 10 clusters among 9 points"):
        train(few, config("idec", pretrain_epochs=0))
    assert not seen


@pytest.mark.parametrize("kind", ["dec", "idec"])
def test_half_precision_reaches_the_products_only(kind):
    model = train(DIGITS, config(kind, precision="bfloat16"))
    assert all(np.isfinite(list(row.values())).all() for row in model.provenance.history)
    assert model.responsibilities(DIGITS.x).dtype == np.float32
    placed_model, x = placed(kind)
    with torch.autocast("cpu", torch.bfloat16):
        assert placed_model.loss(x, torch.Generator(), rows(*range(300))).parts["clustering"].dtype == torch.float32


# --- use -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dec", "idec"])
def test_a_saved_model_is_the_same_model(kind, tmp_path):
    model = train(DIGITS, config(kind))
    model.save(tmp_path / "model")
    opened = load_model(tmp_path / "model")
    assert weights(opened) == weights(model)
    x = DIGITS.x
    for act in ("encode", "assign", "responsibilities"):
        one, same = (getattr(m, act)(x) for m in (model, opened))
        np.testing.assert_array_equal(*(v.mean if act == "encode" else v for v in (one, same)))
    assert (model.encode(x).logvar, model.assign(x).dtype) == (None, np.int64)
    np.testing.assert_array_equal(model.assign(x), model.responsibilities(x).argmax(1))
    assert model.decode(model.centers.detach()).shape == (10, 64)
    unseen = [m.loss(torch.tensor(x), torch.Generator()).total for m in (model, opened)]
    torch.testing.assert_close(*unseen)


def test_what_there_is_not_is_said_in_one_sentence():
    model = train(DIGITS, config(epochs=1, pretrain_epochs=1))
    with pytest.raises(NotSupported, match=r"^A model of kind 'dec' has no prior to sample from\.$"):
        model.sample(3)
    with pytest.raises(NotSupported, match=r"^A model of kind 'dec' defines no probability of its data; train a VAE instead\.$"):
        model.log_prob(DIGITS.x)
    early = train(DIGITS, config("idec"), callback=lambda event: event.done == 1)
    assert early.cluster_usage(torch.tensor(DIGITS.x)) is None
    with pytest.raises(
        NotSupported, match="This idec model has no clusters yet: its training was stopped before they were placed"
    ):
        early.assign(DIGITS.x)


# --- runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dec", "idec"])
@pytest.mark.parametrize("between", [3, 4, 5])
def test_stopped_anywhere_and_resumed_is_the_uninterrupted_run_bit_for_bit(kind, between, tmp_path, monkeypatch):
    """Stops fall into the pretraining, on its last step, between targets and just before a new one."""
    wanted = config(kind, target_steps=4)
    whole = train(DIGITS, wanted, seed=3)
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)  # an event, and so a chance to stop, after every step
    stop, stops = every(between), 0
    while True:
        model = train(DIGITS, wanted, seed=3, resume=tmp_path / "run", callback=stop)
        if not model.provenance.stopped:
            break
        stops += 1
    assert stops >= 5
    assert weights(model) == weights(whole) != weights(train(DIGITS, wanted, seed=4))
    assert model.provenance == whole.provenance
    np.testing.assert_array_equal(model.assign(DIGITS.x), whole.assign(DIGITS.x))


def test_a_run_that_ended_by_tolerance_ends_there_when_it_was_stopped_before(tmp_path, monkeypatch):
    wanted = config(epochs=30, tolerance=0.03)
    whole = train(DIGITS, wanted)
    assert 4 < len(whole.provenance.history) < 32
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)
    stop = every(9)
    while (model := train(DIGITS, wanted, resume=tmp_path / "run", callback=stop)).provenance.stopped:
        pass
    assert weights(model) == weights(whole)
    assert model.provenance == whole.provenance
