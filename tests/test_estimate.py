"""What a page computes by itself and what it leaves to a job: by what is at hand and by size, without loading what is large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vaegc import AscentConfig, ClusterConfig, Dataset, Experiment, MapConfig, ModelConfig, store
from vaegc.experiment import estimate
from vaegc.experiment.estimate import MAX_PAGE_SECONDS, data_size, estimate_seconds, is_fast, is_scene_cached, model_facts

DIGITS = Experiment()
MNIST = Experiment(dataset="mnist", model="mnist-vae", n=5000)
TOY = Experiment(dataset="rings", model=None, n=1000)


@pytest.fixture
def nothing_loaded(monkeypatch):
    """Loading data is an error."""

    def refuse(*_, **__):
        raise AssertionError("data were loaded")

    monkeypatch.setattr(estimate, "load_dataset", refuse)
    monkeypatch.setattr(Experiment, "load", refuse)


def test_the_scene_that_the_app_opens_with_is_at_hand(nothing_loaded):
    assert is_scene_cached(DIGITS)
    assert is_fast(DIGITS)


@pytest.mark.parametrize(
    "spec",
    [
        replace(DIGITS, clustering=ClusterConfig(min_samples=5)),
        replace(DIGITS, ascent=AscentConfig(neighbors=0.08)),
        replace(DIGITS, ascent=AscentConfig(steps=60)),
        replace(DIGITS, ascent=None),
        replace(DIGITS, model="digits-gmvae", view="pca"),
        replace(DIGITS, n=120),
        TOY,
        replace(TOY, n=10_000),
        Experiment(dataset=Dataset(x=np.zeros((2000, 20))), model=None, view="pca"),
    ],
    ids=lambda spec: spec.to_query(),
)
def test_the_page_computes_what_takes_a_moment(spec, empty_cache):
    assert is_fast(spec)


@pytest.mark.parametrize(
    "spec",
    [
        replace(DIGITS, model="digits-gmvae"),
        replace(DIGITS, seed=1),
        replace(DIGITS, space="umap"),
        replace(DIGITS, space="tsne", map=MapConfig(dim=3)),
        replace(DIGITS, model=ModelConfig(epochs=1)),
        MNIST,
        replace(MNIST, view="pca"),
        replace(MNIST, n=None),
        replace(TOY, n=100_000),
        Experiment(dataset=Dataset(x=np.zeros((5000, 20))), model=None, view="pca"),
        Experiment(dataset=Dataset(x=np.zeros((1000, 784))), model=None, view="pca"),
    ],
    ids=lambda spec: spec.to_query(),
)
def test_the_page_leaves_to_a_job_what_takes_longer(spec, empty_cache):
    assert not is_fast(spec)


def test_what_is_kept_is_quick_however_long_it_took(empty_cache, nothing_loaded):
    assert not is_fast(MNIST)
    store.write_cached_bytes("scene", MNIST.key(), b"a scene")
    assert is_fast(MNIST)


def test_a_map_that_is_at_hand_need_not_be_drawn_again(empty_cache):
    spec = replace(DIGITS, n=200)
    before = estimate_seconds(spec)
    spec.run().scene()
    assert estimate._cached_stages(spec, data_size(spec), None) == {"map", "climb", "place"}
    assert estimate_seconds(spec) < before - 0.5
    other = replace(spec, ascent=AscentConfig(steps=7))
    assert estimate._cached_stages(other, data_size(other), None) == {"map"}
    other = replace(spec, map=MapConfig(perplexity=7))
    assert estimate._cached_stages(other, data_size(other), None) == {"climb"}


def test_a_map_that_is_climbed_is_found_with_its_climb(empty_cache):
    spec = replace(DIGITS, n=200, space="tsne", ascent=AscentConfig(steps=2))
    assert estimate._cached_stages(spec, data_size(spec), None) == set()
    spec.run()
    assert estimate._cached_stages(spec, data_size(spec), None) == {"map", "climb", "place"}


def test_of_large_data_only_the_scene_before_says_what_is_at_hand(nothing_loaded):
    again = replace(MNIST, clustering=ClusterConfig(min_samples=5))
    assert not is_fast(again)
    assert is_fast(again, MNIST)
    moved = replace(MNIST, ascent=AscentConfig(steps=10))
    assert estimate_seconds(moved, MNIST) < estimate_seconds(moved) - 10
    assert estimate_seconds(replace(moved, seed=1), MNIST) == estimate_seconds(replace(moved, seed=1))
    assert estimate_seconds(replace(moved, n=4999), MNIST) == estimate_seconds(replace(moved, n=4999))


def test_more_of_anything_never_takes_less():
    base = Experiment(dataset=Dataset(x=np.zeros((3000, 8))), model=None, view="pca")
    usual = estimate_seconds(base)
    for more in (
        replace(base, view="tsne"),
        replace(base, ascent=AscentConfig(steps=40)),
        replace(base, dataset=Dataset(x=np.zeros((4000, 8)))),
        replace(base, dataset=Dataset(x=np.zeros((3000, 30)))),
    ):
        assert estimate_seconds(more) > usual
    assert estimate_seconds(replace(base, ascent=None)) < usual


@pytest.mark.parametrize(
    "spec",
    [
        replace(DIGITS, n=999_999),
        replace(DIGITS, clustering=ClusterConfig(min_samples=5000)),
        replace(DIGITS, model="no such model"),
    ],
    ids=["too many points", "too many neighbours", "no model"],
)
def test_what_ends_in_a_sentence_needs_no_job(spec):
    assert estimate_seconds(spec) == 0


def test_a_file_is_measured_by_its_header(tmp_path, nothing_loaded):
    path = tmp_path / "own.npz"
    np.savez(path, x=np.zeros((20_001, 3), np.float32), y=np.zeros(20_001, int))
    assert data_size(Experiment(dataset=str(path), model=None, n=500)) == estimate.DataSize(20_001, 500, 3)
    assert estimate_seconds(Experiment(dataset=str(path), model=None, n=500)) < MAX_PAGE_SECONDS
    path.write_bytes(b"no zip")
    assert data_size(Experiment(dataset=str(path), model=None)) is None
    assert estimate_seconds(Experiment(dataset=str(tmp_path / "own.csv"), model=None)) == np.inf


def test_a_small_file_of_ones_own_is_looked_up(tmp_path, empty_cache):
    path = tmp_path / "own.npz"
    np.savez(path, x=np.random.default_rng(0).normal(size=(80, 5)).astype(np.float32))
    spec = Experiment(dataset=str(path), model=None, ascent=AscentConfig(steps=2))
    spec.run().scene()
    assert estimate._cached_stages(spec, data_size(spec), None) == {"map", "climb", "place"}


def test_the_facts_of_a_model_come_without_loading_it():
    facts = model_facts("digits-gmvae")
    assert (facts.kind, facts.latent_dim, facts.input_dim, facts.data) == ("gmvae", 10, 64, "digits")
