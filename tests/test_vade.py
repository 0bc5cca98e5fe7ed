"""VaDE: the terms of its bound, the closed responsibilities and components, and runs that go on bit for bit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Normal

from samples import weights
from vaegc import BadInput, Dataset, MixturePrior, ModelConfig, NotSupported, load_dataset, load_model, score, train
from vaegc.errors import Stopped
from vaegc.models import mixture_init
from vaegc.models.base import StepContext
from vaegc.models.vade import VaDE, log_gaussians, m_step
from vaegc.training import Fit, _fit

DIGITS = load_dataset("digits", n=300)
MIDDLES = np.array([[0, 0], [6, 0], [0, 6]])  # of three clouds of unit variance, 50 points each
CLOUDS = Dataset(x=np.repeat(MIDDLES, 50, axis=0) + np.random.default_rng(0).normal(size=(150, 2)), y=np.repeat(range(3), 50))
CPU = torch.device("cpu")


def config(**settings) -> ModelConfig:
    usual = {"latent_dim": 3, "n_clusters": 4, "hidden": (16,), "epochs": 3, "pretrain_epochs": 2, "batch_size": 64}
    return ModelConfig(kind="vade", **{**usual, **settings})


def made(seed: int = 0, dtype: torch.dtype = torch.float64, **settings) -> VaDE:
    """A model whose weights and components are whatever chance gave; float64, so that laws hold to many digits."""
    torch.manual_seed(seed)
    model = VaDE(config(**settings), 64).to(dtype)
    with torch.no_grad():
        for values in (model.prior_logits, model.prior_logvars):
            values.normal_(std=0.7)
        model.is_initialized.fill_(True)
    return model


def posteriors(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mean, logvar = (torch.randn(n, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    return 1.5 * mean, logvar - 1


def summed(terms: dict[str, torch.Tensor]) -> torch.Tensor:
    first, *others = terms.values()
    return sum(others, first)


def gradients(model: VaDE) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


# --- the bound -------------------------------------------------------------------------------------------------------


@torch.no_grad()
def test_no_other_responsibility_gives_a_higher_bound_than_the_closed_one():
    model, (mean, logvar) = made(), posteriors(20)
    best = model.log_responsibilities(mean, logvar)
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(4000, 20, 4, generator=generator, dtype=torch.float64)
    far = torch.log_softmax(3 * noise[:2000], -1)
    near = torch.log_softmax(best + 0.05 * noise[2000:], -1)
    reached = summed(model.elbo_terms(mean, logvar, best))
    for rivals in (far, near):
        assert (summed(model.elbo_terms(mean, logvar, rivals)) >= reached - 1e-12).all()


@torch.no_grad()
def test_the_papers_responsibility_is_a_looser_bound():
    model, (mean, logvar) = made(), posteriors(50)
    closed = summed(model.elbo_terms(mean, logvar, model.log_responsibilities(mean, logvar)))
    z = mean + torch.exp(0.5 * logvar) * torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    paper = summed(model.elbo_terms(mean, logvar, model.log_responsibilities(z)))
    assert (paper >= closed - 1e-12).all()
    assert paper.mean() > closed.mean() + 0.05


@torch.no_grad()
def test_with_the_closed_responsibility_the_terms_are_one_log_sum_of_exponentials():
    model, (mean, logvar) = made(), posteriors(50)
    log_weights, means, variances = model.mixture()
    a = log_weights + log_gaussians(mean, logvar.exp(), means, variances)
    identity = torch.logsumexp(a, -1) + 0.5 * (1 + np.log(2 * np.pi) + logvar).sum(-1)
    reached = summed(model.elbo_terms(mean, logvar, model.log_responsibilities(mean, logvar)))
    torch.testing.assert_close(reached, -identity, rtol=1e-13, atol=1e-13)


@torch.no_grad()
def test_each_term_is_its_monte_carlo_mean():
    model, (mean, logvar) = made(), posteriors(6)
    log_gamma = model.log_responsibilities(mean, logvar)
    log_weights, means, variances = model.mixture()
    n, generator = 200_000, torch.Generator().manual_seed(2)
    spread = torch.exp(0.5 * logvar)
    z = mean + spread * torch.randn(n, 6, 3, generator=generator, dtype=torch.float64)
    c = torch.multinomial(log_gamma.exp(), n, replacement=True, generator=generator).T  # (n, 6)
    log_q_c = log_gamma[torch.arange(6), c]
    drawn = {
        "prior": -Normal(means[c], variances[c].sqrt()).log_prob(z).sum(-1),
        "cluster": log_q_c - Categorical(logits=log_weights).log_prob(c),
        "entropy": Normal(mean, spread).log_prob(z).sum(-1),
    }
    terms = model.elbo_terms(mean, logvar, log_gamma)
    assert list(terms) == list(drawn)
    for name, values in drawn.items():
        error = values.std(0) / n**0.5
        assert ((terms[name] - values.mean(0)).abs() < 5 * error + 1e-12).all(), name


@pytest.mark.parametrize("responsibility", ["closed", "paper"])
def test_the_loss_is_the_sum_of_its_named_parts_and_warm_up_spares_reconstruction(responsibility):
    model, x = made(dtype=torch.float32, responsibility=responsibility, kl_warmup=10), torch.tensor(DIGITS.x[:50])

    def at(epoch):
        loss = model.loss(x, torch.Generator().manual_seed(0), StepContext("fit", epoch))
        assert list(loss.parts) == ["reconstruction", "prior", "cluster", "entropy"]
        first, *others = loss.parts.values()
        return loss.total, first, sum(others)

    for epoch, weight in ((0.0, 0.0), (2.5, 0.25), (10.0, 1.0), (11.0, 1.0)):
        total, reconstruction, others = at(epoch)
        torch.testing.assert_close(total, reconstruction + weight * others)
    pretrained = model.loss(x, torch.Generator(), StepContext("pretrain", 0.0))
    assert list(pretrained.parts) == ["reconstruction"]
    torch.testing.assert_close(pretrained.total, -model.log_likelihood(x, model.decoder(model.encoder(x)[0])).mean())


def test_the_closed_responsibility_has_the_same_gradient_held_fixed_or_not_and_the_papers_has_not(monkeypatch):
    x = torch.tensor(DIGITS.x[:50], dtype=torch.float64)

    def gradient(responsibility, fixed):
        model = made(responsibility=responsibility, prior_rate=1.0)
        with torch.no_grad():
            model.prior_means.mul_(0.1)  # near each other, so that points are shared
            for head in (model.encoder.mean[0], model.encoder.logvar[0]):
                head.weight.mul_(0.1)
        plain = VaDE.log_responsibilities
        changed = {True: lambda *given: plain(*given).detach(), False: plain}[fixed]
        with monkeypatch.context() as patched:
            patched.setattr(VaDE, "log_responsibilities", changed)
            if responsibility == "closed" and not fixed:
                patched.setattr(torch.Tensor, "detach", lambda self: self)
            noise = torch.zeros(50, 3, dtype=torch.float64)
            patched.setattr(torch, "randn", lambda *_, **__: noise)
            model.loss(x, torch.Generator()).total.backward()
        return gradients(model)

    fixed, free = gradient("closed", True), gradient("closed", False)
    assert fixed.keys() == free.keys()
    for name, value in fixed.items():
        torch.testing.assert_close(value, free[name], rtol=1e-11, atol=1e-11)
    fixed, free = gradient("paper", True), gradient("paper", False)
    assert any((fixed[name] - free[name]).abs().max() > 1e-6 for name in fixed)


def test_more_importance_samples_raise_the_estimate_and_one_is_at_least_the_elbo():
    model, x = train(DIGITS, config(epochs=10, pretrain_epochs=10)), DIGITS.x[:100]
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        elbo = [-float(model.loss(torch.tensor(x), generator).total) for _ in range(60)]
    means = {k: [float(model.log_prob(x, samples=k, seed=s).mean()) for s in range(60 if k == 1 else 3)] for k in (1, 8, 64)}
    error = np.hypot(np.std(elbo), np.std(means[1])) / 60**0.5
    assert np.mean(means[1]) > np.mean(elbo) - 4 * error
    assert np.mean(elbo) < np.mean(means[8]) < np.mean(means[64])


# --- components in closed form ---------------------------------------------------------------------------------------


@torch.no_grad()
def test_no_other_components_give_a_higher_bound_than_the_closed_ones():
    mean, logvar = posteriors(200)
    generator = torch.Generator().manual_seed(1)
    gamma = torch.softmax(2 * torch.randn(200, 4, generator=generator, dtype=torch.float64), -1)
    best = m_step(gamma, mean, logvar.exp())

    def reached(pi, means, variances):
        return float((gamma * (pi.log() + log_gaussians(mean, logvar.exp(), means, variances))).sum())

    top = reached(*best)
    assert abs(float(best[0].sum()) - 1) < 1e-12
    for size in (1e-3, 0.03, 0.5):
        for _ in range(300):
            by = [size * torch.randn(value.shape, generator=generator, dtype=torch.float64) for value in best]
            rival = (torch.softmax(best[0].log() + by[0], 0), best[1] + by[1], best[2] * by[2].exp())
            assert reached(*rival) <= top + 1e-9


@torch.no_grad()
def test_the_refresh_never_lowers_the_bound():
    x = torch.tensor(DIGITS.x)
    for seed in range(5):
        model = made(seed)

        def value(model=model):
            mean, logvar = model._latent(x.double())
            return -float(summed(model.elbo_terms(mean, logvar, model.log_responsibilities(mean, logvar))).mean())

        reached = [value()]
        for _ in range(8):
            model.refresh_prior(x.double())
            reached.append(value())
        assert (np.diff(reached) > -1e-9).all()
        assert reached[-1] > reached[0] + 0.1


def test_a_component_that_holds_nothing_stays_a_number():
    gamma = torch.tensor([[1.0, 0.0]]).expand(20, 2).double()
    for values in m_step(gamma, *posteriors(20)):
        assert values.isfinite().all()
        assert values.shape[0] == 2


# --- placing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("init", ["full", "whitened", "diagonal"])
def test_placing_leaves_the_autoencoder_what_it_was(init):
    torch.manual_seed(0)
    model, x = VaDE(config(init=init), 64), torch.tensor(DIGITS.x)
    before = model.decode(model.encode(DIGITS.x).mean)
    assert model.cluster_usage(x) is None
    model.on_phase_start(model.fit_phase(), x, seed=0)
    after = model.encode(DIGITS.x)
    np.testing.assert_allclose(model.decode(after.mean), before, rtol=1e-3, atol=1e-4)
    if init != "diagonal":
        np.testing.assert_allclose(np.cov(after.mean.T, ddof=0), np.eye(3), atol=1e-3)
    variances = after.mean.var(axis=0)
    np.testing.assert_allclose(np.exp(after.logvar), np.broadcast_to(0.01 * variances, (300, 3)), rtol=1e-3)
    assert (model.cluster_usage(x) > 0.01).all()


def test_without_a_start_variance_the_encoders_variances_stay_what_they_were():
    torch.manual_seed(0)
    model, x = VaDE(config(start_variance=0.0), 64), torch.tensor(DIGITS.x)
    before = model.encode(DIGITS.x).logvar
    model.on_phase_start(model.fit_phase(), x, seed=0)
    np.testing.assert_array_equal(model.encode(DIGITS.x).logvar, before)
    assert np.isfinite(model.log_prob(DIGITS.x, samples=1)).all()


@pytest.mark.parametrize(("full", "kind"), [(True, "full"), (False, "diag")])
def test_the_mixture_is_the_likeliest_of_its_starts(full, kind, monkeypatch):
    from sklearn.mixture import GaussianMixture

    made_here, fit = [], GaussianMixture.fit
    monkeypatch.setattr(GaussianMixture, "fit", lambda self, z: made_here.append(fit(self, z)) or made_here[-1])
    z = np.random.default_rng(0).normal(size=(200, 3))
    shares = mixture_init.fit_mixture(z, 6, 0, full, None)
    assert len(made_here) == 10
    assert {found.covariance_type for found in made_here} == {kind}
    likeliest = max(made_here, key=lambda found: found.lower_bound_)
    np.testing.assert_array_equal(shares, likeliest.predict_proba(z))


def test_of_many_points_some_place_the_components_and_all_are_given_to_them(monkeypatch):
    monkeypatch.setattr(mixture_init, "MAX_EM_POINTS", 60)
    assert mixture_init.fit_mixture(CLOUDS.x.astype(float), 3, 0, True, None).shape == (150, 3)


def test_a_stop_while_components_are_placed_changes_nothing():
    torch.manual_seed(0)
    model, seen = VaDE(config(), 64), []
    before = weights(model)
    with pytest.raises(Stopped):
        model.on_phase_start(model.fit_phase(), torch.tensor(DIGITS.x), 0, lambda event: seen.append(event) or len(seen) == 3)
    assert weights(model) == before
    assert [(event.stage, event.done, event.total) for event in seen] == [("place", done, 10) for done in range(3)]


@pytest.mark.parametrize("pretrain_epochs", [0, 2])
def test_fewer_points_than_clusters_is_one_sentence_before_any_training(pretrain_epochs):
    seen = []
    with pytest.raises(BadInput, match=r"vade cannot place 10 clusters among 9 points; n_clusters can be 9 at most\."):
        train(Dataset(x=DIGITS.x[:9]), config(n_clusters=10, pretrain_epochs=pretrain_epochs), callback=seen.append)
    assert not seen


# --- what is trained -------------------------------------------------------------------------------------------------


def test_pretraining_leaves_variances_and_components_alone():
    fit = Fit(VaDE(config(), 64), DIGITS, 0, CPU)
    own = {name: p for name, p in fit.model.named_parameters() if "logvar" in name or "prior" in name}
    start = {name: p.detach().clone() for name, p in own.items()}
    while fit.position.phase == 0:
        fit.run_epoch()
    assert all(torch.equal(p, start[name]) for name, p in own.items())
    fit.run_epoch()
    assert not any(torch.equal(p, start[name]) for name, p in own.items())
    assert fit.scales == [1.0, 0.1]
    assert sum(len(group["params"]) for group in fit.optimiser.param_groups) == len(list(fit.model.parameters()))


def test_without_pretraining_clusters_are_lost():
    seen = []
    model = train(DIGITS, config(n_clusters=10, pretrain_epochs=0, epochs=10, learning_rate=3e-3), callback=seen.append)
    assert [phase.name for phase in model.phases()] == ["fit"]
    assert model.provenance.history[-1]["clusters_used"] <= 7
    assert "clusters hold less than 1 %" in seen[-1].message
    placed = train(DIGITS, config(n_clusters=10, pretrain_epochs=10, epochs=10, learning_rate=3e-3))
    assert placed.provenance.history[-1]["clusters_used"] == 10


def test_on_separate_clouds_clusters_are_the_clouds_and_what_a_cluster_draws_is_its_own():
    model = train(CLOUDS, config(latent_dim=2, n_clusters=3, pretrain_epochs=60, epochs=60, learning_rate=3e-3, batch_size=32))
    assert score(CLOUDS.y, model.assign(CLOUDS.x)).acc > 0.97
    for cluster in range(3):
        drawn = model.sample(200, cluster=cluster, seed=1)
        assert drawn.shape == (200, 2)
        assert (model.assign(drawn) == cluster).mean() > 0.9
    shares = np.bincount(model.assign(model.sample(2000, seed=1)), minlength=3) / 2000
    np.testing.assert_allclose(shares, model.prior_mixture()[0], atol=0.07)
    np.testing.assert_array_equal(model.sample(5, seed=3), model.sample(5, seed=3))
    with pytest.raises(BadInput, match="cluster must be a whole number, between 0 and 2; got 3"):
        model.sample(1, cluster=3)


def test_labels_are_not_looked_at_and_one_seed_gives_one_model():
    first = train(DIGITS, config(), seed=3)
    assert weights(first) == weights(train(Dataset(x=DIGITS.x, image_shape=DIGITS.image_shape), config(), seed=3))
    assert weights(first) != weights(train(DIGITS, config(), seed=4))


# --- extremes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("responsibility", ["closed", "paper"])
@pytest.mark.parametrize("case", ["far", "equal", "one point"])
def test_gradients_are_numbers_at_extreme_points(case, responsibility):
    x = {
        "far": 1e4 * torch.tensor(DIGITS.x[:50] - 0.5),
        "equal": torch.full((50, 64), 0.5),
        "one point": torch.tensor(DIGITS.x[:1]),
    }
    model = made(dtype=torch.float32, responsibility=responsibility)
    for _ in range(3):
        model.zero_grad()
        loss = model.loss(x[case], torch.Generator().manual_seed(0))
        loss.total.backward()
        assert all(value.isfinite() for value in (loss.total, *loss.parts.values()))
        assert all(value.isfinite().all() for value in gradients(model).values())
        with torch.no_grad():
            for p in model.parameters():
                p.sub_(1e-3 * torch.nn.functional.normalize(p.grad.flatten(), dim=0).view_as(p))


@pytest.mark.parametrize("case", ["far", "equal", "as many clusters as points", "one cluster", "one point"])
def test_training_copes_with_extreme_data(case):
    x, k = DIGITS.x[:40], 4
    if case == "far":
        x = 1e4 * (x - 0.5)
    if case == "equal":
        x = np.full((40, 64), 0.5, np.float32)
    if case == "as many clusters as points":
        x = x[:4]
    if case.startswith("one"):
        x, k = x[: 1 if case == "one point" else 40], 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = train(Dataset(x=x), config(n_clusters=k))
    shares = model.responsibilities(x)
    assert shares.shape == (len(x), k)
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
    assert all(np.isfinite(values).all() for values in (*model.prior_mixture(), model.log_prob(x, samples=2)))


@pytest.mark.parametrize("settings", [{"network": "conv", "channels": (4,)}, {"hidden": ()}, {"likelihood": "bernoulli"}])
def test_other_networks_and_likelihoods_are_placed_and_fitted_too(settings):
    model = train(DIGITS, config(**settings))
    assert set(model.assign(DIGITS.x)) == set(range(4))


# --- kept, stopped, resumed ------------------------------------------------------------------------------------------

RUNS = {
    "closed": {},
    "paper": {"responsibility": "paper", "prior_refresh": False},
    "held-out": {"held_out": 0.1, "patience": 2, "kl_warmup": 2, "schedule": "cosine"},
    "bfloat16": {"precision": "bfloat16"},
    "no pretraining": {"pretrain_epochs": 0, "epochs": 4},
}


@pytest.mark.parametrize("name", RUNS)
def test_stopped_at_any_step_and_resumed_is_the_uninterrupted_run_bit_for_bit(name, tmp_path, monkeypatch):
    whole = train(DIGITS, config(**RUNS[name]), seed=3)
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)  # an event, and so a chance to stop, after every step
    seen, stops = [], 0

    def stop(event):
        if event.stage == "train":
            seen.append((event.done, event.values.get("share_of_epoch")))
        return event.stage == "train" and len(seen) % 5 == 0  # every five steps: at the boundary of the phases too

    while True:
        model = train(DIGITS, config(**RUNS[name]), seed=3, callback=stop, resume=tmp_path / "run")
        assert weights(load_model(tmp_path / "run")) == weights(model)
        if not model.provenance.stopped:
            break
        stops += 1
        if "pretrain" in [phase.name for phase in model.phases()] and len(model.provenance.history) < 2:
            with pytest.raises(NotSupported, match="no clusters yet: its training was stopped before they were placed"):
                model.assign(DIGITS.x)
    assert stops >= 3
    assert weights(model) == weights(whole)
    assert model.provenance == whole.provenance


def test_a_model_that_was_saved_is_the_same_and_its_prior_can_be_climbed(tmp_path):
    model = train(DIGITS, config())
    model.save(str(tmp_path / "m"))
    same = load_model(tmp_path / "m")
    assert weights(same) == weights(model)
    assert model.assign(DIGITS.x).dtype == np.int64
    np.testing.assert_array_equal(same.assign(DIGITS.x), model.assign(DIGITS.x))
    np.testing.assert_array_equal(same.responsibilities(DIGITS.x), model.responsibilities(DIGITS.x))
    np.testing.assert_array_equal(same.log_prob(DIGITS.x[:9], samples=3), model.log_prob(DIGITS.x[:9], samples=3))
    pi, means, variances = model.prior_mixture()
    assert (pi.shape, means.shape, variances.shape) == ((4,), (4, 3), (4, 3))
    z = model.encode(DIGITS.x).mean.astype(float)
    log_p = torch.logsumexp(
        torch.tensor(pi).log() + log_gaussians(torch.tensor(z), 0.0, *map(torch.tensor, (means, variances))), -1
    )
    density = MixturePrior(model)
    np.testing.assert_allclose(density.log_prob(z), log_p.numpy(), rtol=1e-9)
    assert (density.log_prob(density.step(z)) >= density.log_prob(z) - 1e-9).all()
