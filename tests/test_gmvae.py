"""GMVAE: its terms against Monte Carlo and against each other, what lambda switches, and that clusters mean something."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Normal, kl_divergence

from samples import weights
from vaegc import BadInput, Dataset, ModelConfig, NotSupported, load_dataset, load_model, train
from vaegc.densities import MixturePrior
from vaegc.models.gmvae import GMVAE, LOGVAR_RANGE, kl_of_gaussians, log_normal
from vaegc.training import _fit

DIGITS = load_dataset("digits", n=300)
K, CONTENT, STYLE = 4, 3, 2


def config(**settings) -> ModelConfig:
    sizes = {"latent_dim": CONTENT, "style_dim": STYLE, "n_clusters": K, "hidden": (16,), "prior_hidden": 8}
    return ModelConfig(**{"kind": "gmvae", **sizes, "epochs": 4, "batch_size": 64, **settings})


def rough(seed: int = 0, dim: int = 5, **settings) -> GMVAE:
    """A model in float64 whose weights are larger than at the start of training, so that every term matters."""
    torch.manual_seed(seed)
    model = GMVAE(config(variance=0.5, **settings), dim).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1.5).add_(0.3 * torch.randn_like(parameter))
    return model


def changed(model: GMVAE, **settings) -> GMVAE:
    """The same weights under other settings."""
    other = GMVAE(replace(model.config, **settings), model.input_dim).to(next(model.parameters()).dtype)
    other.load_state_dict(model.state_dict())
    return other


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def noises(m: int, n: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    return normal(m, n, CONTENT, seed=seed), normal(m, n, STYLE, seed=seed + 1000)


def gradients(model: GMVAE, value: torch.Tensor) -> list[torch.Tensor]:
    found = torch.autograd.grad(value, list(model.parameters()), retain_graph=True, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(model.parameters(), found, strict=True)]


@pytest.fixture(scope="module")
def trained() -> GMVAE:
    return train(DIGITS, config(epochs=8), seed=1)


@pytest.fixture(scope="module")
def three_groups() -> tuple[Dataset, GMVAE]:
    rng = np.random.default_rng(0)
    centres = np.array([[4.0, 0.0], [-2.0, 3.0], [-2.0, -3.0]])
    data = Dataset(x=(centres[np.arange(300) % 3] + 0.3 * rng.standard_normal((300, 2))).astype(np.float32))
    return data, train(data, config(n_clusters=3, latent_dim=2, hidden=(32,), epochs=80, learning_rate=5e-3, variance=0.1))


# --- the formula -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prior", ["paper", "exact"])
def test_each_term_is_its_monte_carlo_mean(prior):
    """Torch's own distributions, other noise, and a cluster that is drawn where the model sums it out."""
    model, x, m = rough(conditional_prior=prior), normal(3, 5), 40_000
    with torch.no_grad():
        terms = model.terms(x, *noises(m, 3))
        (mean, logvar), (style_mean, style_logvar) = model.encoder.content_and_style(x)
        torch.manual_seed(5)
        q, q_style = Normal(mean, torch.exp(logvar / 2)), Normal(style_mean, torch.exp(style_logvar / 2))
        content, style = q.sample((m,)), q_style.sample((m,))
        centre, spread = model.components(style)
        clusters = Normal(centre, torch.exp(spread / 2))
        share = Categorical(logits=clusters.log_prob(content.unsqueeze(-2)).sum(-1))
        drawn = share.sample().unsqueeze(-1)
        if prior == "paper":
            wide = Normal(mean.unsqueeze(-2).expand_as(centre), torch.exp(logvar / 2).unsqueeze(-2).expand_as(centre))
            gap = kl_divergence(wide, clusters).sum(-1).gather(-1, drawn)[..., 0]
        else:
            of_drawn = clusters.log_prob(content.unsqueeze(-2)).sum(-1).gather(-1, drawn)[..., 0]
            gap = q.log_prob(content).sum(-1) - of_drawn
        theirs = {
            "reconstruction": Normal(model.decoder(content), 0.5**0.5).log_prob(x).sum(-1),
            "conditional_prior": gap,
            "w_prior": (q_style.log_prob(style) - Normal(0.0, 1.0).log_prob(style)).sum(-1),
            "z_prior": share.log_prob(drawn[..., 0]) + math.log(K),
        }
    for name, sampled in theirs.items():
        ours = getattr(terms, name)
        error = sampled.std(0) / m**0.5
        if ours.ndim == 2:
            error, ours = torch.hypot(error, ours.std(0) / m**0.5), ours.mean(0)
        assert ((ours - sampled.mean(0)).abs() < 5 * error + 1e-5).all(), name  # the floor: some shares are all but certain


@pytest.mark.parametrize("seed", range(5))
def test_exact_conditional_prior_and_z_prior_add_up_to_the_marginal_form(seed):
    model, x = rough(seed, conditional_prior="exact"), normal(6, 5, seed=seed)
    noise, style_noise = noises(7, 6, seed)
    terms = model.terms(x, noise, style_noise)
    (mean, logvar), (style_mean, style_logvar) = model.encoder.content_and_style(x)
    content = mean + torch.exp(logvar / 2) * noise
    centre, spread = model.components(style_mean + torch.exp(style_logvar / 2) * style_noise)
    mixture = torch.logsumexp(Normal(centre, torch.exp(spread / 2)).log_prob(content.unsqueeze(-2)).sum(-1) - math.log(K), -1)
    marginal = Normal(mean, torch.exp(logvar / 2)).log_prob(content).sum(-1) - mixture
    torch.testing.assert_close(terms.conditional_prior + terms.z_prior, marginal, rtol=0, atol=1e-10)


def test_the_printed_conditional_prior_is_never_less_than_the_exact_one():
    gaps = []
    for seed in range(20):
        model, x, drawn = rough(seed), normal(4, 5, seed=seed), noises(4000, 4, seed)
        with torch.no_grad():
            printed = model.terms(x, *drawn).conditional_prior
            gap = printed - changed(model, conditional_prior="exact").terms(x, *drawn).conditional_prior
        assert (gap.mean(0) > -5 * gap.std(0) / 4000**0.5).all()
        gaps.append(gap.mean().item())
    assert np.median(gaps) > 0.01


def test_the_densities_are_torchs():
    x, mean, logvar, other, spread = (normal(7, 3, seed=s) for s in range(5))
    here, there = Normal(mean, torch.exp(logvar / 2)), Normal(other, torch.exp(spread / 2))
    torch.testing.assert_close(log_normal(x, mean, logvar), here.log_prob(x).sum(-1))
    torch.testing.assert_close(kl_of_gaussians(mean, logvar, other, spread), kl_divergence(here, there).sum(-1))
    assert kl_of_gaussians(mean, logvar, mean, logvar).abs().max() < 1e-14


def test_samples_are_averaged():
    model, x, (noise, style_noise) = rough(samples=3), normal(6, 5), noises(3, 6)
    together = model.terms(x, noise, style_noise)
    for name in ("reconstruction", "conditional_prior", "z_prior"):
        alone = [getattr(model.terms(x, noise[j : j + 1], style_noise[j : j + 1]), name) for j in range(3)]
        torch.testing.assert_close(getattr(together, name), torch.cat(alone))
    drawn = torch.Generator().manual_seed(0)
    part = model.loss(x, torch.Generator().manual_seed(0)).parts["conditional_prior"]
    again = [torch.randn(3, 6, dim, generator=drawn, dtype=torch.float64) for dim in (CONTENT, STYLE)]
    torch.testing.assert_close(part, model.terms(x, *again).conditional_prior.mean())


def test_without_lambda_the_loss_is_the_sum_of_its_parts():
    loss = rough(min_information=0.0).loss(normal(6, 5), torch.Generator().manual_seed(0))
    assert list(loss.parts) == ["reconstruction", "conditional_prior", "w_prior", "z_prior"]
    torch.testing.assert_close(loss.total, sum(loss.parts.values()))


def test_below_lambda_the_z_prior_has_no_gradient_above_it_all_of_it():
    x = normal(6, 5)
    known = rough(min_information=0.0).loss(x, torch.Generator().manual_seed(0)).parts["z_prior"].item()
    assert known > 0.01
    for limit, flat in ((0.9 * known, False), (1.1 * known, True)):
        model = rough(min_information=limit)
        loss = model.loss(x, torch.Generator().manual_seed(0))
        rest = sum(value for name, value in loss.parts.items() if name != "z_prior")
        of_z = gradients(model, loss.total - rest)
        of_part = gradients(model, loss.parts["z_prior"])
        assert any(g.abs().max() > 0 for g in of_part)
        for ours, whole in zip(of_z, of_part, strict=True):
            torch.testing.assert_close(ours, torch.zeros_like(whole) if flat else whole, rtol=0, atol=0 if flat else 1e-12)
        assert loss.parts["z_prior"].item() == pytest.approx(known)  # shown as it is, whatever it costs
        assert (loss.total - rest).item() == pytest.approx(limit if flat else known)


def test_warm_up_and_weight_scale_everything_but_the_reconstruction():
    x = normal(6, 5)
    for settings, epoch, share in (({"kl_warmup": 4}, 0.0, 0.0), ({"kl_warmup": 4}, 1.0, 0.25), ({"weight": 0.2}, 0.0, 4.0)):
        model = rough(min_information=0.0, **settings)
        loss = model.loss(x, torch.Generator().manual_seed(0), _fit.StepContext("fit", epoch))
        latent = sum(value for name, value in loss.parts.items() if name != "reconstruction")
        torch.testing.assert_close(loss.total, loss.parts["reconstruction"] + share * latent)


def test_one_cluster_is_a_vae_with_a_gaussian_prior_that_is_learnt():
    model = rough(n_clusters=1, min_information=0.0)
    terms = model.terms(normal(3, 5), *noises(20, 3))
    assert terms.z_prior.abs().max() == 0
    trained = train(DIGITS, config(n_clusters=1, epochs=2))
    assert not trained.assign(DIGITS.x).any()
    assert (trained.responsibilities(DIGITS.x) == 1).all()
    assert trained.sample(3, cluster=0).shape == (3, 64)


@pytest.mark.parametrize("value", [0.0, 1e-30, 1e6, -1e6])
@pytest.mark.parametrize("prior", ["paper", "exact"])
def test_gradients_are_finite_at_any_input_and_any_weights(value, prior):
    for scale in (1.0, 30.0):
        torch.manual_seed(0)
        model = GMVAE(config(conditional_prior=prior), 5)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(scale)
        loss = model.loss(torch.full((4, 5), value), torch.Generator().manual_seed(0))
        assert torch.isfinite(loss.total)
        assert all(torch.isfinite(g).all() for g in gradients(model, loss.total))
        logvar = model.encode(np.full((2, 5), value)).logvar
        assert LOGVAR_RANGE[0] <= logvar.min() <= logvar.max() <= LOGVAR_RANGE[1]


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_printed_elbo_marginal_elbo_and_importance_weighted_bounds_come_in_this_order(trained):
    x, model = torch.tensor(DIGITS.x), trained
    elbo = {}
    for prior in ("paper", "exact"):
        other = changed(model, conditional_prior=prior, min_information=0.0, samples=10)
        with torch.no_grad():
            elbo[prior] = [-float(other.loss(x, torch.Generator().manual_seed(s)).total) for s in range(10)]
    bound = {
        k: [float(model.log_prob(DIGITS.x, samples=k, seed=s).mean()) for s in range(n)] for k, n in ((1, 60), (8, 3), (64, 3))
    }
    error = np.hypot(np.std(elbo["exact"]) / 10**0.5, np.std(bound[1]) / 60**0.5)
    assert np.mean(elbo["paper"]) <= np.mean(elbo["exact"])  # the same noise in both
    assert abs(np.mean(elbo["exact"]) - np.mean(bound[1])) < 4 * error
    assert np.mean(bound[1]) + 0.1 < np.mean(bound[8])
    assert np.mean(bound[8]) + 0.05 < np.mean(bound[64])


def test_log_prob_by_hand_where_nothing_depends_on_anything():
    """With zero weights q, prior and decoder are fixed: every importance weight is p(x) itself."""
    model = GMVAE(config(variance=0.5), 3)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    x = np.array([[0.0, 1.0, -1.0]], np.float32)
    expected = Normal(0.0, 0.5**0.5).log_prob(torch.tensor(x)).sum().item()
    for samples in (1, 7):
        assert model.log_prob(x, samples=samples)[0] == pytest.approx(expected, rel=1e-6)


# --- training --------------------------------------------------------------------------------------------------------

RUNS = {
    "paper": {},
    "exact, 2 samples, warm-up": {"conditional_prior": "exact", "samples": 2, "kl_warmup": 2},
    "conv": {"network": "conv", "channels": (4, 8)},
    "bfloat16": {"precision": "bfloat16"},
}


@pytest.mark.parametrize("name", RUNS)
def test_stopped_at_any_step_and_resumed_is_the_uninterrupted_run_bit_for_bit(name, tmp_path, monkeypatch):
    whole = train(DIGITS, config(**RUNS[name]), seed=3)
    assert weights(train(DIGITS, config(**RUNS[name]), seed=3)) == weights(whole)
    assert weights(train(DIGITS, config(**RUNS[name]), seed=4)) != weights(whole)
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)  # an event, and so a chance to stop, after every step
    seen, stops = [], 0
    while True:
        again = train(
            DIGITS, config(**RUNS[name]), seed=3, callback=lambda e: seen.append(e) or len(seen) % 4 == 0, resume=tmp_path / "run"
        )
        if not again.provenance.stopped:
            break
        stops += 1
    assert stops >= 3
    assert weights(again) == weights(whole)
    assert again.provenance == whole.provenance


def test_labels_are_not_looked_at():
    without = Dataset(x=DIGITS.x, name=DIGITS.name, image_shape=DIGITS.image_shape)
    turned = replace(without, y=DIGITS.y[::-1].copy())
    assert weights(train(without, config(epochs=2))) == weights(train(turned, config(epochs=2)))


def test_history_names_the_parts_and_the_clusters_in_use(trained):
    assert {"loss", "reconstruction", "conditional_prior", "w_prior", "z_prior", "clusters_used", "dimensions_used"} == set(
        trained.provenance.history[-1]
    )
    usage = trained.cluster_usage(torch.tensor(DIGITS.x))
    np.testing.assert_allclose(usage, np.bincount(trained.assign(DIGITS.x), minlength=K) / 300, rtol=1e-6)


# --- use -------------------------------------------------------------------------------------------------------------


def test_shapes_in_and_out(trained):
    x = DIGITS.x[:20]
    content, style, shares, labels = trained.encode(x), trained.encode_style(x), trained.responsibilities(x), trained.assign(x)
    assert content.mean.shape == content.logvar.shape == (20, CONTENT)
    assert style.mean.shape == style.logvar.shape == (20, STYLE)
    assert shares.shape == (20, K)
    np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-5)
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(shares.argmax(1), labels)
    assert trained.decode(content.mean).shape == (20, 64)
    assert trained.log_prob(x, samples=3).shape == (20,)


def test_pictures_through_convolutions():
    model = train(DIGITS, config(network="conv", channels=(4, 8), epochs=2))
    assert model.encode_style(DIGITS.x).mean.shape == (300, STYLE)
    assert model.sample(3, cluster=1).shape == (3, 64)
    assert model.log_prob(DIGITS.x[:5], samples=2).shape == (5,)
    assert set(model.assign(DIGITS.x)) <= set(range(K))


def test_a_saved_model_is_the_same_model(trained, tmp_path):
    trained.save(tmp_path / "gmvae")
    again, x = load_model(tmp_path / "gmvae"), DIGITS.x
    assert isinstance(again, GMVAE)
    assert weights(again) == weights(trained)
    for act in ("assign", "responsibilities", "log_prob"):
        np.testing.assert_array_equal(getattr(again, act)(x), getattr(trained, act)(x))
    for act in ("encode", "encode_style"):
        for part in ("mean", "logvar"):
            np.testing.assert_array_equal(getattr(getattr(again, act)(x), part), getattr(getattr(trained, act)(x), part))
    np.testing.assert_array_equal(again.sample(4, seed=2), trained.sample(4, seed=2))


def test_three_far_groups_are_three_clusters_and_what_is_drawn_from_one_is_assigned_to_it(three_groups):
    data, model = three_groups
    labels = model.assign(data.x)
    assert [len(set(labels[i::3])) for i in range(3)] == [1, 1, 1]
    assert len(set(labels)) == 3
    for cluster in range(3):
        assert (model.assign(model.sample(200, cluster=cluster, seed=1)) == cluster).mean() > 0.95
    drawn = model.assign(model.sample(600, seed=1))
    assert (np.abs(np.bincount(drawn, minlength=3) / 600 - 1 / 3) < 0.1).all()


def test_samples_are_seeded_and_share_their_style_across_clusters(trained):
    np.testing.assert_array_equal(trained.sample(5, seed=1), trained.sample(5, seed=1))
    assert not np.array_equal(trained.sample(5, seed=1), trained.sample(5, seed=2))
    of_each = [trained.sample(50, cluster=k, seed=1) for k in range(K)]
    mixed = trained.sample(50, seed=1)
    for row in range(50):  # every row of a draw from all clusters is that row of the draw from its own
        assert any(np.array_equal(mixed[row], rows[row]) for rows in of_each)


def test_what_it_cannot_do_is_said_in_one_sentence(trained):
    with pytest.raises(NotSupported, match="A model of kind 'gmvae' has no mixture prior"):
        MixturePrior(trained)
    with pytest.raises(BadInput, match="cluster must be a whole number, between 0 and 3; got 4"):
        trained.sample(2, cluster=K)
    with pytest.raises(BadInput, match="takes x with 64 numbers per point; got 3"):
        trained.encode_style(np.ones((4, 3)))
