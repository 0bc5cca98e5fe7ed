"""Wrong shapes and types are caught in every call, and the wrappers change nothing else."""

from __future__ import annotations

import importlib
import inspect
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import shapes
import vaegc
from shapes import SHAPES, Rule, ShapeError, check, checked
from vaegc import EpsilonSweep, KernelDensity, Posterior, ascend, project, score
from vaegc.models.base import LatentModel

POINTS = np.random.default_rng(0).normal(size=(30, 3))


@pytest.mark.parametrize("where", SHAPES)
def test_every_entry_of_the_table_is_checked(where):
    shapes.install_all()
    name, _, path = where.partition(":")
    found = importlib.import_module(name)
    for one in path.split("."):
        found = getattr(found, one)
    assert found.checks_shapes
    assert not shapes.unknown(found, SHAPES[where])


def test_names_that_were_imported_before_are_checked_too():
    for function in (ascend, project, score, vaegc.ascend):
        assert function.checks_shapes
    assert vaegc.ascend is ascend


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda labels: labels[:-1], r"EpsilonSweep.labels_at: return must be \(N\) with N = 30, d = 3; its shape is \(29,\)"),
    (lambda labels: labels[:, None], r"its shape is \(30, 1\)"),
    (lambda labels: labels.astype(np.int32), "return must be int64, not int32"),
    (lambda labels: labels.tolist(), "return must be an array, not list"),
    (lambda _labels: None, "return must be an array, not NoneType"),
])  # fmt: skip
def test_what_a_method_returns_wrongly_is_caught(wrong, says, monkeypatch):
    sweep, honest = EpsilonSweep(min_samples=3).fit(POINTS), inspect.unwrap(EpsilonSweep.labels_at)
    table = SHAPES["vaegc.sweep:EpsilonSweep.labels_at"]
    lying = checked(lambda self, eps: wrong(honest(self, eps)), table, "EpsilonSweep.labels_at")
    monkeypatch.setattr(EpsilonSweep, "labels_at", lying)
    with pytest.raises(ShapeError, match=says):
        sweep.labels_at(1.0)


def test_a_wrong_array_inside_the_package_is_caught_where_it_leaves_its_room(monkeypatch):
    density = KernelDensity(POINTS, neighbors=4)
    honest = density._score
    monkeypatch.setattr(density, "_score", lambda points: honest(points[:-1]))
    with pytest.raises(
        ShapeError, match=r"GaussianMixtureField.log_prob: return must be \(B\) with B = 30, d = 3, N = 30; its shape is \(29,\)"
    ):
        density.log_prob(POINTS)


def test_a_posterior_of_other_points_is_caught(monkeypatch):
    model = vaegc.train(POINTS, vaegc.ModelConfig(latent_dim=2, hidden=(4,), epochs=1))
    honest = inspect.unwrap(LatentModel.encode)

    def half(self, x):
        found = honest(self, x)
        return Posterior(found.mean, found.logvar[:, :1])

    monkeypatch.setattr(LatentModel, "encode", checked(half, SHAPES["vaegc.models.base:LatentModel.encode"], "encode"))
    with pytest.raises(ShapeError, match=r"encode: return.logvar must be \(B, d\)"):
        model.encode(POINTS)


def test_names_bind_within_a_call_and_not_beyond():
    both = checked(lambda a, b: a, {"a": "N d", "b": "N", "return": "N d"}, "both")
    both(np.ones((3, 2)), np.ones(3))
    both(np.ones((4, 1)), np.ones(4))
    with pytest.raises(ShapeError, match=r"both: b must be \(N\) with N = 3, d = 2; its shape is \(4,\)"):
        both(np.ones((3, 2)), np.ones(4))


FOUR = SimpleNamespace(points=np.ones((4, 2)))
WORDS = (Rule.of("self.points", "N d"),)


@pytest.mark.parametrize(("words", "value"), [
    ("N-1", np.ones(3)), ("4", np.ones(4)), ("?N", None), ("N float32|float64", np.ones(4)), ("N e", np.ones((4, 7))), ("() N", 4),
])  # fmt: skip
def test_the_words_of_the_table_allow_what_they_say(words, value):
    check((*WORDS, Rule.of("self.other", words)), {"self": SimpleNamespace(points=FOUR.points, other=value)}, "it")


@pytest.mark.parametrize(("words", "value"), [
    ("N-1", np.ones(4)), ("4", np.ones(3)), ("N", None), ("N float32", np.ones(4)), ("N e", np.ones(4)), ("N N", np.ones((4, 3))), ("() N", 5),
])  # fmt: skip
def test_the_words_of_the_table_refuse_the_rest(words, value):
    with pytest.raises(ShapeError, match=r"it: self\.other"):
        check((*WORDS, Rule.of("self.other", words)), {"self": SimpleNamespace(points=FOUR.points, other=value)}, "it")


def test_a_parameter_that_is_not_there_is_found():
    assert shapes.unknown(lambda points: points, {"values": "N d", "points": "N d", "return": "N d"}) == {"values"}


def test_the_wrappers_are_the_functions_in_all_else():
    assert pickle.loads(pickle.dumps(ascend)) is ascend
    assert pickle.loads(pickle.dumps(EpsilonSweep.fit)) is EpsilonSweep.fit
    assert list(inspect.signature(ascend).parameters)[:2] == ["points", "density"]
    assert ascend.__name__ == "ascend"
    assert ascend.__doc__ == ascend.__wrapped__.__doc__
    restored = pickle.loads(pickle.dumps(EpsilonSweep(min_samples=3)))
    assert restored.min_samples == 3


def test_installing_again_wraps_nothing_twice():
    before = ascend
    shapes.install()
    assert vaegc.ascend is before
    assert not hasattr(before.__wrapped__, "checks_shapes")


def test_a_patched_function_is_put_back_as_it_was(monkeypatch):
    before = vaegc.sweep.EpsilonSweep.predict
    with monkeypatch.context() as patch:
        patch.setattr(EpsilonSweep, "predict", lambda self, points, eps: "mine")
        assert EpsilonSweep().predict(POINTS, 1.0) == "mine"
    assert EpsilonSweep.predict is before
