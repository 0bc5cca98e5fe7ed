"""What callers hand over comes back as it was: values to the last bit, types, layouts and flags, from every public function and method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import vaegc
from vaegc import (
    AggregatedPosterior,
    AscentConfig,
    ClusterConfig,
    Dataset,
    EpsilonSweep,
    EvidenceBound,
    Experiment,
    KernelDensity,
    MarginalLikelihood,
    MixturePrior,
    ModelConfig,
    Posterior,
    Scene,
    Space,
    Trajectory,
    ascend,
    baseline,
    eps_floor,
    project,
    score,
    show,
    suggest_family,
    train,
    vote,
)
from vaegc.ascent import METHODS
from vaegc.metrics import NOISE_POLICIES, dbcv
from vaegc.web import Contours, Tree, pack

N = 45
TINY = {"latent_dim": 2, "hidden": (6,), "epochs": 1, "n_clusters": 3}
# Names of `vaegc.__all__` that take no arrays: settings, results, errors, and what begins with a spec, a file or a name.
WITHOUT_ARRAYS = {
    "AscentConfig", "BadInput", "Baseline", "CheckpointError", "ClusterConfig", "Experiment", "FamilySuggestion", "KSelection", "MapConfig", "ModelConfig",
    "NotSupported", "Progress", "Scores", "Stopped", "Suggestion", "VaegcError", "__version__", "choose", "load_dataset", "load_model", "report", "select_k",
}  # fmt: skip


def points(d: int = 3, seed: int = 0) -> np.ndarray:
    """Three groups of points (N, d), none at 0, so that whoever centres or scales them in place is seen."""
    return np.random.default_rng(seed).normal(size=(N, d)) + 7.0 * (1 + np.arange(N) % 3)[:, None]


def classes() -> np.ndarray:
    return np.arange(N) % 3


# --- what an object holds -----------------------------------------------------------------------------------------------


def of_array(array: np.ndarray) -> Any:
    held = array.tolist() if array.dtype == object else array.tobytes()
    return (id(array), held, array.dtype.str, array.shape, array.strides, str(array.flags))


def of_tensor(tensor: torch.Tensor) -> Any:
    return (id(tensor), tensor.detach().numpy().tobytes(), tensor.dtype, tensor.stride(), tensor.requires_grad, tensor._version)


def of_frame(frame: pd.DataFrame) -> Any:
    columns = [(str(frame[name].dtype), frame[name].to_numpy(copy=True).tobytes()) for name in frame.columns]
    return (columns, frame.index.tolist(), frame.columns.tolist(), frame.attrs)


def of_fitted(thing: EpsilonSweep | Trajectory) -> Any:
    """Arrays and records of a fitted object, which are there before it is asked for anything."""
    return {name: state(one) for name, one in vars(thing).items() if isinstance(one, np.ndarray) or is_dataclass(one)}


READERS: dict[type | tuple[type, ...], Callable[[Any], Any]] = {
    np.ndarray: of_array,
    torch.Tensor: of_tensor,
    pd.DataFrame: of_frame,
    pd.Series: lambda column: (str(column.dtype), column.tolist(), column.index.tolist(), column.name),
    (list, tuple): lambda some: [state(one) for one in some],
    dict: lambda some: {name: state(one) for name, one in some.items()},
    (EpsilonSweep, Trajectory): of_fitted,
}


def state(value: Any) -> Any:
    """All that can be seen of a value: of arrays bytes, type, layout and flags, of objects those of their parts."""
    for kind, read in READERS.items():
        if isinstance(value, kind):
            return read(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: state(getattr(value, one.name)) for one in fields(value)}
    return repr(value)


def kept(before: Any, after: Any) -> bool:
    """Whether all that was there is as it was; what an object keeps besides, when it is first asked for it, is no change."""
    if isinstance(before, dict):
        return all(name in after and kept(one, after[name]) for name, one in before.items())
    if isinstance(before, list):
        return len(before) == len(after) and all(map(kept, before, after))
    return bool(before == after)


def check_unchanged(call: Callable[..., Any], given: dict[str, Any]) -> None:
    before = state(given)
    call(*given.values())
    after = state(given)
    for name, one in before.items():
        assert kept(one, after[name]), f"{name} was changed"


# --- what is called -----------------------------------------------------------------------------------------------------


@cache
def model(kind: str) -> Any:
    return train(
        points(), ModelConfig(kind=kind, pretrain_epochs=1, **TINY) if kind in ("vade", "dec") else ModelConfig(kind=kind, **TINY)
    )


@cache
def density() -> KernelDensity:
    return KernelDensity(points(), neighbors=6)


@cache
def sweep() -> EpsilonSweep:
    return EpsilonSweep(min_samples=4).fit(points())


@cache
def space(method: str) -> Space:
    return project(points(), method)


@cache
def result() -> Any:
    how = ClusterConfig(min_samples=4, eps=2.0)
    return Experiment(dataset="blobs", n=60, model=None, ascent=AscentConfig(steps=2), clustering=how).run()


Case = tuple[Callable[..., Any], Callable[[], dict[str, Any]]]
TABLES: dict[str, Callable[[Any], Any]] = {  # one table of points (N, 3); each of these is tried in every form of a table
    "Dataset": lambda x: Dataset(x=x),
    "KernelDensity": lambda x: KernelDensity(x, neighbors=5),
    "KernelDensity.log_prob": lambda x: density().log_prob(x),
    "KernelDensity.grad": lambda x: density().grad(x),
    "KernelDensity.log_prob_and_grad": lambda x: density().log_prob_and_grad(x),
    "KernelDensity.step": lambda x: density().step(x),
    "KernelDensity.step_and_log_prob": lambda x: density().step_and_log_prob(x),
    "KernelDensity.effective_neighbors": lambda x: density().effective_neighbors(x),
    "ascend": lambda x: ascend(x, density(), 3, tol=0.01),
    "eps_floor": eps_floor,
    "EpsilonSweep.fit": lambda x: EpsilonSweep(min_samples=4).fit(x),
    "EpsilonSweep.predict": lambda x: sweep().predict(x, 2.0, noise="nearest"),
    "project latent": lambda x: project(x, "latent"),
    "project pca": lambda x: project(x, "pca"),
    "Space.place latent": lambda x: space("latent").place(x),
    "Space.place pca": lambda x: space("pca").place(x),
    "train": lambda x: train(x, ModelConfig(**TINY)),
    "encode": lambda x: model("vae").encode(x),
    "log_prob": lambda x: model("vae").log_prob(x, samples=2),
    "vote": lambda x: vote(x, methods=("plateau", "k-distance knee", "silhouette"), max_clusters=3),
    "baseline kmeans": lambda x: baseline("kmeans", x, 3),
    "MarginalLikelihood.step": lambda x: MarginalLikelihood(model("vae"), samples=2).step(x),
    "EvidenceBound.step": lambda x: EvidenceBound(model("vae")).step(x),
}  # fmt: skip
FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32),
    "int64": lambda x: np.round(8 * x).astype(np.int64),
    "by columns": np.asfortranarray,
    "part of an array": lambda x: np.repeat(x, 2, axis=0)[::2],
    "big-endian": lambda x: x.astype(">f8"),
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
    "list": lambda x: x.tolist(),
    "frame": lambda x: pd.DataFrame(x, columns=["a", "b", "c"], index=np.arange(N)[::-1]),
    "tensor": lambda x: torch.tensor(x, requires_grad=True),
}


def posterior() -> dict[str, Any]:
    return {"given": Posterior(points(2), points(2, 1) / 10)}


def blurred(x: np.ndarray) -> Any:
    """Blurring moves the centres: a density's own, and neither the caller's nor its."""
    return ascend(x, KernelDensity(x, neighbors=6), 3, method="blurring")


def of_path(points: np.ndarray, log_density: np.ndarray, steps: np.ndarray, data_points: np.ndarray, lengths: np.ndarray) -> None:
    """A trajectory of given arrays, and what it gives."""
    path = Trajectory(points, log_density, steps, data_points=data_points, step_lengths=lengths, path_lengths=lengths)
    path.sweep(min_samples=4)
    path.modes()
    path[0].frame(0)
    path.to_arrays()


def path_arrays() -> dict[str, Any]:
    moved = np.stack([points(), points() + 0.1]).astype(np.float32)
    return {
        "points": moved, "log_density": np.ones((2, N)), "steps": np.arange(2), "data_points": moved.copy(), "lengths": np.arange(2.0)[:, None] * np.ones(N),
    }  # fmt: skip


def drawn(scene: Scene) -> None:
    pack(scene)
    show(scene)


def scene() -> dict[str, Any]:
    flat, one = points(2), EpsilonSweep(min_samples=4).fit(points(2))
    rows: list[Any] = one.plateaus().to_dict("records")
    return {"scene": Scene(
        positions=np.stack([flat, flat + 1]), steps=np.arange(2), log_density=np.stack([flat[:, 0], flat[:, 0]]),
        trees=[Tree(f, one, rows, one.suggest()) for f in (0, 1)], min_samples=4, min_size=0.01, eps=None, caption="three groups", space="data", view="data",
        y=classes(), sprites=np.zeros((N, 4, 4), np.uint8), columns={"first": flat[:, 0].copy()}, contours=Contours((0.0, 0.0, 9.0, 9.0), np.ones((3, 3), np.float32)),
        travelled=np.arange(2.0)[:, None] * np.ones(N), ids=np.arange(N),
    )}  # fmt: skip


CASES: dict[str, Case] = {
    "Dataset, all of it": (
        lambda x, y, rows, ids: Dataset(x=x, y=y, rows=rows, ids=ids, image_shape=(1, 3)),
        lambda: {"x": points(), "y": classes(), "rows": np.arange(N), "ids": np.array([f"p{i}" for i in range(N)])},
    ),
    "Dataset of names": (lambda x, y: Dataset(x=x, y=y), lambda: {"x": points(), "y": np.array(["b", "a", "c"] * 15)}),
    "Dataset.take": (lambda data, index: data.take(index, "Some."), lambda: {"data": Dataset(x=points(), y=classes()), "index": np.array([3, 1, 2])}),
    "KernelDensity, given widths": (lambda x, h: KernelDensity(x, bandwidth=h).step(x), lambda: {"x": points(), "h": np.linspace(1, 2, N)}),
    "KernelDensity, not exact": (lambda x: KernelDensity(x, neighbors=5, exact=False).step(x), lambda: {"x": points()}),
    "AggregatedPosterior": (lambda given: AggregatedPosterior(given, neighbors=4).step(given.mean), posterior),
    "MixturePrior": (
        lambda weights, means, variances: MixturePrior.from_parameters(weights, means, variances).step(means),
        lambda: {"weights": np.full(N, 2.0), "means": points(), "variances": np.abs(points(3, 1))},
    ),
    "MarginalLikelihood": (
        lambda x: [getattr(MarginalLikelihood(model("vae"), samples=3), name)(x) for name in ("log_prob", "grad", "log_prob_and_grad", "step_and_log_prob", "encode")],
        lambda: {"x": points()},
    ),
    "MarginalLikelihood within bounds": (
        lambda x, bounds: MarginalLikelihood(model("vae"), bounds=bounds).step(x), lambda: {"x": points(), "bounds": (0.0, 30.0)},
    ),
    "EvidenceBound": (
        lambda x: [getattr(EvidenceBound(model("vae"), samples=2), name)(x) for name in ("log_prob", "grad", "log_prob_and_grad", "step_and_log_prob", "encode")],
        lambda: {"x": points()},
    ),
    **{
        f"ascend {method}": (lambda x, method=method: ascend(x, KernelDensity(x, neighbors=6), 3, method=method), lambda: {"x": points()})
        for method in METHODS
    },
    "ascend with lengths": (lambda x, tol_scale: ascend(x, density(), 3, tol=0.5, tol_scale=tol_scale), lambda: {"x": points(), "tol_scale": np.linspace(0, 2, N)}),
    "ascend in the data": (lambda x: ascend(x, MarginalLikelihood(model("vae"), samples=2), 2), lambda: {"x": points()}),
    "Trajectory": (of_path, path_arrays),
    "EpsilonSweep at many ε": (lambda eps: [sweep().n_clusters_at(eps, 0.1), sweep().noise_at(eps)], lambda: {"eps": np.linspace(0, 30, 9)[::-1]}),
    "EpsilonSweep.curve": (lambda y: [sweep().curve(y, 9, noise=noise) for noise in NOISE_POLICIES], lambda: {"y": classes()}),
    "EpsilonSweep.representative_lifetimes": (lambda rank: sweep().representative_lifetimes(rank, 0.5, 9.0), lambda: {"rank": np.arange(N)[::-1]}),
    "EpsilonSweep, asked for everything": (
        lambda fitted: [fitted.labels_at(2.0, 0.1, "nearest"), fitted.plateaus(), fitted.suggest(), fitted.eps_range(), fitted.contested_, fitted.component_counts(2)],
        lambda: {"fitted": EpsilonSweep(min_samples=4).fit(points())},
    ),
    "suggest_family": (suggest_family, lambda: {"sweeps": [EpsilonSweep(min_samples=s).fit(points()) for s in (3, 5)]}),
    **{
        f"score {noise}": (lambda y_true, labels, noise=noise: score(y_true, labels, noise), lambda: {"y_true": classes(), "labels": classes()[::-1] - 1})
        for noise in ("wrong", "ignore")
    },
    "score of a frame's columns": (
        score, lambda: {"y_true": pd.Series(["b", "a", "c"] * 15, name="kind"), "labels": pd.Series(classes())},
    ),
    "dbcv": (dbcv, lambda: {"x": points(), "labels": classes()}),
    "project tsne": (lambda x: project(x, "tsne"), lambda: {"x": points()}),
    "project umap": (lambda x: project(x, "umap"), lambda: {"x": points()}),
    "Space.place between": (lambda made, moved: made.place(moved), lambda: {"made": Space(points(2), "tsne", points()), "moved": points(3, 1)}),
    "Space.faithfulness": (lambda made: made.faithfulness(5), lambda: {"made": Space(points(2), "tsne", points())}),
    "train on a data set": (
        lambda data: train(data, ModelConfig(kind="vade", pretrain_epochs=1, **TINY)), lambda: {"data": Dataset(x=points(), y=classes())},
    ),
    "decode": (lambda z: model("vae").decode(z), lambda: {"z": points(2)}),
    "assign": (lambda x: [model("vade").assign(x), model("vade").responsibilities(x), model("dec").assign(x)], lambda: {"x": points()}),
    "encode_style": (lambda x: [model("gmvae").encode_style(x), model("gmvae").assign(x)], lambda: {"x": points()}),
    "vote, by every method": (lambda x, y: vote(x, y, max_clusters=3, min_samples=4), lambda: {"x": points(), "y": classes()}),
    "vote with a sweep": (lambda x, fitted: vote(x, sweep=fitted, methods=("plateau", "DBCV")), lambda: {"x": points(), "fitted": EpsilonSweep(min_samples=4).fit(points())}),
    **{
        f"baseline {name}": (lambda x, y, name=name, k=k: baseline(name, x, k, y=y), lambda: {"x": points(), "y": classes()})
        for name, k in (("gmm", 3), ("tsne-gmm", 3), ("umap-hdbscan", None))
    },
    "baseline of a data set": (lambda data: baseline("kmeans", data, 3), lambda: {"data": Dataset(x=points(), y=classes())}),
    "Result.predict": (lambda x: result().predict(x), lambda: {"x": points(result().dataset.x.shape[1])}),
    "Scene": (drawn, scene),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_out_unchanged(name, form):
    check_unchanged(TABLES[name], {"x": FORMS[form](points())})


@pytest.mark.parametrize("name", CASES)
def test_what_is_handed_over_comes_out_unchanged(name):
    call, make = CASES[name]
    check_unchanged(call, make())


# --- the test itself ----------------------------------------------------------------------------------------------------


def test_every_public_name_that_takes_arrays_is_called_here():
    called = {one.split(".")[0].split(" ")[0].rstrip(",") for one in (*TABLES, *CASES)}
    named = {"Posterior", "Space", "Trajectory", "Scene", "Result", "show"}  # handed over, or made by a case
    assert set(vaegc.__all__) - WITHOUT_ARRAYS <= called | named
    assert not WITHOUT_ARRAYS & called


def centred(x: np.ndarray) -> None:
    x -= x.mean(axis=0)


def frozen(x: np.ndarray) -> None:
    x.setflags(write=False)


def turned(x: np.ndarray) -> None:
    x.shape = x.shape[::-1]


@pytest.mark.parametrize("change", [centred, frozen, turned], ids=lambda change: change.__name__)
def test_a_function_that_changes_its_input_is_caught(change):
    with pytest.raises(AssertionError, match="x was changed"):
        check_unchanged(change, {"x": points()})


@pytest.mark.parametrize(("make", "array"), [
    (lambda: pd.DataFrame(points()), lambda frame: frame.iloc),
    (lambda: torch.tensor(points()), lambda tensor: tensor),
    (lambda: Posterior(points(), None), lambda given: given.mean),
    (lambda: [points()], lambda some: some[0]),
    (lambda: EpsilonSweep(min_samples=4).fit(points()), lambda fitted: fitted.points_),
], ids=["frame", "tensor", "posterior", "list", "sweep"])  # fmt: skip
def test_a_change_deep_inside_is_caught(make, array):
    def change(x: Any) -> None:
        array(x)[0, 0] = 99.0

    with pytest.raises(AssertionError, match="x was changed"):
        check_unchanged(change, {"x": make()})
