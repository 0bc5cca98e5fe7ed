"""Densities in data space: exact where the model is linear, laws of the steps, sentences where there is no density."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from torch.distributions import Normal

from samples import cloud
from vaegc import BadInput, ModelConfig, NotSupported
from vaegc.densities import _data
from vaegc.densities._data import EvidenceBound, MarginalLikelihood
from vaegc.models.autoencoder import Autoencoder
from vaegc.models.base import LatentModel
from vaegc.models.kinds import build

BOTH = [MarginalLikelihood, EvidenceBound]
S2 = 0.3


class Linear:
    """x = W z + b + noise with W'W diagonal: log p(x) and the posterior are known; `shift` (in sd) and `shrink` spoil the mean of q."""

    def __init__(self, shift: float = 0.0, shrink: float = 1.0) -> None:
        w = np.linalg.qr(cloud(5, 2, 0))[0] * [1.5, 0.7]  # (D, d)
        self.b = cloud(1, 5, 1)[0]
        precision = 1 + (w**2).sum(axis=0) / S2  # of z given x
        to_mean = (w / precision).T / S2
        self.model = Autoencoder(ModelConfig(latent_dim=2, hidden=(), variance=S2), 5).double().eval()
        with torch.no_grad():
            encoder, decoder = self.model.encoder, self.model.decoder[0]
            decoder.weight[:], decoder.bias[:] = torch.tensor(w), torch.tensor(self.b)
            encoder.mean[0].weight[:] = shrink * torch.tensor(to_mean)
            encoder.mean[0].bias[:] = torch.tensor(-shrink * to_mean @ self.b + shift / np.sqrt(precision))
            encoder.logvar[0].weight[:], encoder.logvar[0].bias[:] = 0.0, torch.tensor(-np.log(precision))
        self.reconstruction = lambda x: self.b + (x - self.b) @ (w @ to_mean).T
        self.covariance = w @ w.T + S2 * np.eye(5)

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        return multivariate_normal(self.b, self.covariance).logpdf(x)

    def grad(self, x: np.ndarray) -> np.ndarray:
        return -np.linalg.solve(self.covariance, (x - self.b).T).T


def random_model(seed: int = 0, kind: str = "vae", d: int = 2, **settings) -> Autoencoder:
    """Not linear, not trained, in double precision; biases moved off zero."""
    torch.manual_seed(seed)
    model = Autoencoder(ModelConfig(kind=kind, latent_dim=d, hidden=(16, 8), **{"variance": 0.2, **settings}), 4).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def mixture_model() -> Autoencoder:
    """q(z|x) = p(z) whatever x is: with frozen noise p(x) IS the mixture of S Gaussians at f(z_s), and w its posterior."""
    model = random_model(5, d=1, variance=0.05)
    with torch.no_grad():
        for layer in (model.encoder.mean[0], model.encoder.logvar[0]):
            layer.weight[:], layer.bias[:] = 0.0, 0.0
    return model


def numeric_grad(density, x: np.ndarray, h: float = 1e-6) -> np.ndarray:
    sides = [density.log_prob(x + h * e) - density.log_prob(x - h * e) for e in np.eye(x.shape[1])]
    return np.stack(sides, axis=1) / (2 * h)


# --- A, where everything is known ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("samples", [1, 2, 5, 16])
def test_under_the_exact_posterior_every_draw_gives_the_exact_log_density(cls, samples):
    linear, x = Linear(), 2 * cloud(30, 5, 2)
    np.testing.assert_allclose(cls(linear.model, samples=samples).log_prob(x), linear.log_prob(x), rtol=0, atol=1e-8)


@pytest.mark.parametrize("samples", [1, 2, 16])
def test_at_the_mean_and_with_antithetic_pairs_the_gradient_and_the_step_are_exact(samples):
    # All weights are 1/S here and f is linear, so the mean of f(z_s) is f(mean of z_s): exact where the noise cancels.
    linear, x = Linear(), 2 * cloud(30, 5, 2)
    density = MarginalLikelihood(linear.model, samples=samples)
    np.testing.assert_allclose(density.grad(x), linear.grad(x), rtol=0, atol=1e-8)
    np.testing.assert_allclose(density.step(x), linear.reconstruction(x), rtol=0, atol=1e-10)
    np.testing.assert_allclose(density.step(x, 0.4), x + 0.4 * density.step_variance * linear.grad(x), rtol=0, atol=1e-8)


def test_with_an_odd_number_of_draws_the_gradient_tends_to_the_exact_one():
    linear, x = Linear(), 2 * cloud(30, 5, 2)
    error = [np.abs(MarginalLikelihood(linear.model, samples=s).grad(x) - linear.grad(x)).max() for s in (3, 301, 30_001)]
    assert error[0] > error[1] > error[2]
    assert error[2] < 0.05


@pytest.mark.parametrize("k", [1, 5])
def test_under_the_exact_posterior_the_bounds_gradient_is_exact_for_any_noise(k):
    linear, x = Linear(), 2 * cloud(30, 5, 2)  # L_k equals log p as a function of x, so do their gradients
    np.testing.assert_allclose(EvidenceBound(linear.model, samples=k).grad(x), linear.grad(x), rtol=0, atol=1e-8)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 1.9, 1.99])
def test_under_the_exact_posterior_log_density_never_falls_below_alpha_2(alpha):
    linear, x = Linear(), 2 * cloud(30, 5, 2)
    density = MarginalLikelihood(linear.model)
    for _ in range(20):
        moved, before = density.step_and_log_prob(x, alpha)
        assert (linear.log_prob(moved) >= before - 1e-10).all()
        x = moved


def test_under_the_exact_posterior_log_density_falls_above_alpha_2():
    linear, start = Linear(), 2 * cloud(30, 5, 2)
    density, x = MarginalLikelihood(linear.model), start
    for _ in range(20):
        x = density.step(x, 2.2)
    assert (linear.log_prob(x) < linear.log_prob(start)).all()


@pytest.mark.parametrize("bounds", [None, (-0.5, 0.6)])
@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.99])
def test_with_a_mixtures_exact_posterior_no_decoder_and_no_clipping_lowers_log_density(bounds, alpha):
    density = MarginalLikelihood(mixture_model(), samples=40, bounds=bounds)
    x = np.clip(cloud(50, 4, 3), -0.5, 0.6)
    np.testing.assert_allclose(density.grad(x), numeric_grad(density, x), rtol=1e-5, atol=1e-6)
    for _ in range(30):
        moved, before = density.step_and_log_prob(x, alpha)
        assert (density.log_prob(moved) >= before - 1e-10).all()
        assert bounds is None or ((moved >= bounds[0]) & (moved <= bounds[1])).all()
        x = moved


# --- A and B, where q is wrong -----------------------------------------------------------------------------------------


def test_with_a_wrong_q_the_bias_of_the_gradient_shrinks_as_samples_grow():
    linear, x = Linear(shift=1.5), cloud(20, 5, 2)

    def bias(samples: int) -> float:
        mean = np.mean([MarginalLikelihood(linear.model, samples, seed).grad(x) for seed in range(40)], axis=0)
        return float(np.linalg.norm(mean - linear.grad(x), axis=1).mean())

    biases = [bias(samples) for samples in (1, 5, 50, 500)]
    assert all(later < 0.6 * earlier for earlier, later in itertools.pairwise(biases)), biases
    assert biases[-1] < 0.1 * biases[0]


def test_with_a_wrong_q_both_gradients_tend_to_that_of_log_p_and_differ_on_the_way():
    linear, x = Linear(shift=0.5, shrink=0.7), cloud(20, 5, 2)
    for cls in BOTH:
        errors = [np.abs(cls(linear.model, samples=s).grad(x) - linear.grad(x)).max() for s in (2, 20_000)]
        assert errors[1] < 0.1 * errors[0], cls
        assert errors[1] < 0.1, cls
    a, b = (cls(linear.model, samples=4).grad(x) for cls in BOTH)
    assert np.abs(a - b).max() > 0.01


def test_a_q_wrong_by_the_same_everywhere_lowers_the_bound_by_a_constant_and_leaves_its_gradient_exact():
    linear, x = Linear(shift=1.0), cloud(20, 5, 2)
    density = EvidenceBound(linear.model, samples=3)
    np.testing.assert_allclose(np.ptp(density.log_prob(x) - linear.log_prob(x)), 0, atol=1e-10)
    np.testing.assert_allclose(density.grad(x), linear.grad(x), rtol=0, atol=1e-8)


def test_on_average_more_samples_bound_log_p_more_tightly_from_below():
    linear, x = Linear(shift=1.0), cloud(20, 5, 2)
    means = [np.mean([EvidenceBound(linear.model, k, seed).log_prob(x) for seed in range(200)]) for k in (1, 5, 50)]
    assert means[0] < means[1] < means[2] < linear.log_prob(x).mean() + 0.02
    assert means[0] == pytest.approx(linear.log_prob(x).mean() - 1.0, abs=0.2)  # the KL of a shift by 1 sd in 2 dimensions


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_bounds_gradient_is_the_finite_difference_of_the_bound(k):
    density, x = EvidenceBound(random_model(), samples=k, seed=3), cloud(25, 4, 4)
    np.testing.assert_allclose(density.grad(x), numeric_grad(density, x), rtol=1e-5, atol=1e-6)
    log_prob, grad = density.log_prob_and_grad(x)
    np.testing.assert_allclose(log_prob, density.log_prob(x), rtol=1e-12)
    np.testing.assert_array_equal(grad, density.grad(x))


@pytest.mark.parametrize("bounds", [None, (-1.0, 1.2)])
@pytest.mark.parametrize("alpha", [0.0, 0.1, 1.0, 3.0, 50.0, 1e4, 1e12, 1e300])
def test_a_step_never_lowers_the_bound_and_stays_within_bounds(alpha, bounds):
    density = EvidenceBound(random_model(1), samples=3, bounds=bounds)
    x = np.clip(cloud(40, 4, 5), -1.0, 1.2)
    for _ in range(6):
        moved, before = density.step_and_log_prob(x, alpha)
        assert (density.log_prob(moved) >= before - 1e-12 * np.abs(before)).all()
        assert bounds is None or ((moved >= bounds[0]) & (moved <= bounds[1])).all()
        assert np.isfinite(moved).all()
        x = moved


def test_a_step_of_the_bound_is_halved_for_the_points_that_need_it_only():
    density, x = EvidenceBound(random_model(1), samples=3), cloud(40, 4, 5)
    moved = density.step(x, 8.0)
    halvings = -np.log2(np.linalg.norm(moved - x, axis=1) / np.linalg.norm(8.0 * density.step_variance * density.grad(x), axis=1))
    np.testing.assert_allclose(halvings, halvings.round(), atol=1e-9)
    assert halvings.min() < halvings.max()
    for row in (int(halvings.argmin()), int(halvings.argmax())):
        np.testing.assert_allclose(density.step(x[[row]], 8.0), moved[[row]], rtol=1e-10)


def test_a_point_whose_halvings_are_used_up_stays():
    density, x = EvidenceBound(random_model(1)), cloud(40, 4, 5)
    np.testing.assert_array_equal(density.step(x, 1e12), x)


# --- both are functions of the point -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("samples", [1, 5, 6])
def test_the_values_are_the_formula_with_noise_shared_by_all_points(cls, samples):
    model, x = random_model(), cloud(7, 4, 6)
    density = cls(model, samples=samples)
    with torch.no_grad():
        mean, logvar = model.encoder(torch.tensor(x))
        q = Normal(mean, torch.exp(0.5 * logvar))
        logs = []
        for noise in torch.tensor(density._noise):
            z = mean + q.stddev * noise
            likelihood = Normal(model.decoder(z), 0.2**0.5).log_prob(torch.tensor(x)).sum(1)
            logs.append(likelihood + (Normal(0.0, 1.0).log_prob(z) - q.log_prob(z)).sum(1))
        expected = torch.logsumexp(torch.stack(logs), 0) - np.log(samples)
    np.testing.assert_allclose(density.log_prob(x), expected.numpy(), rtol=1e-10)


@pytest.mark.parametrize("cls", BOTH)
def test_values_depend_neither_on_the_row_nor_on_the_batch_nor_on_the_blocks(cls, monkeypatch):
    density, x = cls(random_model(), samples=4), cloud(23, 4, 7)
    whole = (density.log_prob(x), density.grad(x), density.step(x, 0.5))
    order = np.random.default_rng(0).permutation(len(x))
    for value, of in zip(whole, (density.log_prob, density.grad, lambda y: density.step(y, 0.5)), strict=True):
        np.testing.assert_allclose(of(x[order]), value[order], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(of(x[[11]]), value[[11]], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(of(np.repeat(x[[3]], 9, axis=0)), np.repeat(value[[3]], 9, axis=0), rtol=1e-9, atol=1e-12)
    for elements in (1, 4 * 16 * 5):  # blocks of 1 and of 5 points
        monkeypatch.setattr(_data, "MAX_TENSOR_NUMBERS", elements)
        for value, of in zip(whole, (density.log_prob, density.grad, lambda y: density.step(y, 0.5)), strict=True):
            np.testing.assert_allclose(of(x), value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cls", BOTH)
def test_the_seed_says_which_noise(cls):
    model, x = random_model(), cloud(5, 4, 8)
    first, again, other = (cls(model, samples=3, seed=seed).log_prob(x) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("cls", BOTH)
def test_a_climb_is_the_step_and_the_log_density_before_it(cls):
    density, x = cls(random_model(), samples=4, bounds=(-1.0, 1.0)), np.clip(cloud(23, 4, 7), -1, 1)
    moved, before = density.step_and_log_prob(x, 1.5)
    np.testing.assert_array_equal(moved, density.step(x, 1.5))
    np.testing.assert_allclose(before, density.log_prob(x), rtol=1e-12)
    assert moved.min() >= -1
    assert moved.max() <= 1
    assert density.domain == "data"
    assert density.step_variance == 0.2
    np.testing.assert_array_equal(density.step_and_log_prob(x, 0.0)[0], x)


@pytest.mark.parametrize("cls", BOTH)
def test_a_model_in_single_precision_gives_float64_and_is_left_as_it_was(cls):
    model, x = random_model().float().train(), cloud(9, 4, 9)
    weights = [parameter.clone() for parameter in model.parameters()]
    density = cls(model, samples=4)
    with torch.no_grad():  # a caller's switch must not reach the derivative
        values = [density.log_prob(x), *density.log_prob_and_grad(x), *density.step_and_log_prob(x, 0.5)]
    assert all(value.dtype == np.float64 for value in values)
    assert [value.shape for value in values] == [(9,), (9,), (9, 4), (9, 4), (9,)]
    np.testing.assert_allclose(values[2], cls(random_model(), samples=4).grad(x), rtol=1e-2, atol=1e-2)
    np.testing.assert_array_equal(density.encode(x), model.encode(x).mean)
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(a, b) for a, b in zip(weights, model.parameters(), strict=True))


def test_what_is_swept_is_the_posterior_mean_in_double_precision_too():
    linear, x = Linear(), cloud(30, 5, 2)
    z = MarginalLikelihood(linear.model).encode(x)
    assert z.shape == (30, 2)
    with torch.no_grad():
        np.testing.assert_allclose(linear.model.decoder(torch.tensor(z)), linear.reconstruction(x), atol=1e-12)


# --- models without such a density -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", BOTH)
def test_a_bernoulli_model_is_refused_in_one_sentence(cls):
    with pytest.raises(NotSupported, match=r"convex.*corners.*surrogate_variance=.*Gaussian likelihood\.$") as refusal:
        cls(random_model(likelihood="bernoulli"))
    assert str(refusal.value).count(".") == 1


@pytest.mark.parametrize("cls", BOTH)
def test_a_surrogate_climbs_a_gaussian_around_the_bernoulli_mean_and_says_so(cls):
    model, x = random_model(likelihood="bernoulli"), np.random.default_rng(0).random((12, 4))
    density = cls(model, samples=5, surrogate_variance=0.01, bounds=(0.0, 1.0))
    assert density.name.endswith("(surrogate Gaussian, variance 0.01)")
    assert density.step_variance == 0.01
    moved, before = density.step_and_log_prob(x)
    assert ((moved >= 0) & (moved <= 1)).all()
    assert density.log_prob(moved).mean() > before.mean()


def test_a_surrogate_reconstructs_with_the_models_own_mean():
    model, x = random_model(likelihood="bernoulli").float(), np.random.default_rng(0).random((12, 4))
    density = MarginalLikelihood(model, samples=1, surrogate_variance=0.01)
    np.testing.assert_allclose(density.step(x), model.decode(model.encode(x).mean), rtol=1e-5)


def test_names_say_what_climbs():
    model = random_model()
    assert MarginalLikelihood(model).name == "marginal likelihood log p(x)"
    assert "reconstruction" in MarginalLikelihood(model, samples=1).name
    assert EvidenceBound(model).name == "evidence bound (ELBO)"
    assert EvidenceBound(model, samples=5).name == "importance-weighted bound of 5 samples"


def test_a_plain_autoencoder_climbs_by_iterated_reconstruction_only():
    model, x = random_model(kind="ae"), cloud(12, 4, 1)
    with pytest.raises(NotSupported, match=r"samples=1 climbs by iterated reconstruction\.$"):
        MarginalLikelihood(model)
    with pytest.raises(NotSupported, match=r"no evidence bound; train a VAE instead\.$"):
        EvidenceBound(model)
    density = MarginalLikelihood(model, samples=1)
    with torch.no_grad():
        output = model.decoder(model.encoder(torch.tensor(x))[0])
        likelihood = model.log_likelihood(torch.tensor(x), output)
    np.testing.assert_allclose(density.step(x), output, rtol=1e-9)
    np.testing.assert_allclose(density.log_prob(x), likelihood, rtol=1e-12)
    assert density.name == "reconstruction log p(x|z(x))"


# --- other kinds ---------------------------------------------------------------------------------------------------------


def other_model(kind: str) -> LatentModel:
    """In double precision, with clusters that are placed but not trained; data say little of z and q is wide: its draws miss nothing."""
    torch.manual_seed(3)
    config = ModelConfig(kind=kind, latent_dim=2, style_dim=1, prior_hidden=6, n_clusters=3, hidden=(8,), variance=5.0)
    model = build(config, 4).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        if model.has_posterior:
            model.encoder.logvar[0].bias.add_(0.8)
        if "is_initialized" in dict(model.named_buffers()):
            model.is_initialized.fill_(True)
    return model


@pytest.mark.parametrize("kind", ["vae", "vade", "gmvae"])
def test_weights_of_draws_average_to_one_since_both_sides_are_densities(kind):
    model, x = other_model(kind), torch.tensor(cloud(6, 4, 2))
    noise = 1.3 * torch.tensor(cloud(400_000, model.noise_dim, 7)).reshape(400_000, 1, -1)  # wider than q: no tail is missed
    with torch.no_grad():
        _, ratio = model.rsample_with_log_ratio(x, noise)
    wider = (-0.5 * noise**2 + 0.5 * (noise / 1.3) ** 2 + np.log(1.3)).sum(-1)  # log density of the noise over that of its draws
    weights = torch.exp(ratio + wider)  # (S, B)
    error = weights.std(0) / len(noise) ** 0.5
    assert (error < 0.05).all()
    assert ((weights.mean(0) - 1).abs() < 5 * error).all()


@pytest.mark.parametrize("kind", ["vade", "gmvae"])
def test_the_bound_of_a_model_with_clusters_is_its_log_prob_and_climbs(kind):
    model, x = other_model(kind), cloud(5, 4, 4)
    bound = EvidenceBound(model, samples=5)
    np.testing.assert_allclose(bound.grad(x), numeric_grad(bound, x), rtol=1e-5, atol=1e-6)
    assert (bound.log_prob(bound.step(x)) >= bound.log_prob(x)).all()
    single = build(model.config, 4).eval()  # `log_prob` feeds float32
    single.load_state_dict(model.state_dict())
    many = MarginalLikelihood(model, samples=20_000)
    np.testing.assert_allclose(many.log_prob(x), single.log_prob(x, samples=20_000), atol=0.05)
    moved, before = many.step_and_log_prob(x)
    assert (many.log_prob(moved) > before).all()  # nearly exact weights: the law of the exact ones


def test_models_without_a_posterior_climb_by_reconstruction_only():
    with pytest.raises(NotSupported, match="DEC's decoder was left behind"):
        MarginalLikelihood(other_model("dec"), samples=1)
    with pytest.raises(NotSupported, match="kind 'dec' has no posterior"):
        EvidenceBound(other_model("dec"))
    model, x = other_model("idec"), cloud(3, 4, 1)
    with pytest.raises(NotSupported, match="kind 'idec' has no posterior"):
        EvidenceBound(model)
    with pytest.raises(NotSupported, match="samples=1"):
        MarginalLikelihood(model)
    with torch.no_grad():
        expected = model.decoder(model.encoder(torch.tensor(x))[0])
    np.testing.assert_allclose(MarginalLikelihood(model, samples=1).step(x), expected, rtol=1e-9)


def test_a_model_whose_clusters_were_never_placed_has_no_density():
    model = other_model("vade")
    model.is_initialized.fill_(False)
    with pytest.raises(NotSupported, match="no clusters yet"):
        EvidenceBound(model).log_prob(cloud(2, 4, 0))


# --- bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("ask", ["log_prob", "grad", "step", "step_and_log_prob", "log_prob_and_grad", "encode"])
def test_points_that_cannot_be_climbed_are_named(cls, ask):
    act = getattr(cls(random_model()), ask)
    with pytest.raises(BadInput, match=r"points to climb must be finite.*row 1"):
        act([[0.0] * 4, [0.0, np.nan, 0.0, 0.0]])
    with pytest.raises(BadInput, match="takes data with 4 numbers per point; got 3"):
        act(cloud(5, 3, 0))
    with pytest.raises(BadInput, match="two axes"):
        act([0.0] * 4)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"samples": 0}, "samples must be a whole number, at least 1; got 0"),
        ({"samples": 2.5}, "samples must be a whole number"),
        ({"seed": -1}, "seed must be"),
        ({"surrogate_variance": 0.1}, "has a variance of its own, 0.2"),
        ({"bounds": (1.0, 0.0)}, "upper bound must be a number, above 1; got 0.0"),
        ({"bounds": (0.0, np.nan)}, "upper bound"),
        ({"bounds": 3}, "bounds must be two numbers"),
    ],
)
def test_settings_that_cannot_be_used_are_named(cls, settings, words):
    with pytest.raises(BadInput, match=words):
        cls(random_model(), **settings)


@pytest.mark.parametrize("cls", BOTH)
def test_other_things_that_cannot_be_used_are_named(cls):
    with pytest.raises(BadInput, match=r"needs a model, .* got ndarray"):
        cls(np.zeros((3, 2)))
    with pytest.raises(BadInput, match="surrogate_variance must be a number, above 0; got 0"):
        cls(random_model(likelihood="bernoulli"), surrogate_variance=0)
    with pytest.raises(BadInput, match="alpha must be a number, at least 0; got nan"):
        cls(random_model()).step(cloud(2, 4, 0), np.nan)
    with pytest.raises(BadInput, match="1 of 2 points lies too far out"):
        cls(random_model()).step_and_log_prob([[0.0] * 4, [1e200] * 4])
