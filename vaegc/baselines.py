"""Baselines behind one call: k-means and Gaussian mixtures, on the data or on a map of them, and HDBSCAN on a map.

All but HDBSCAN are given the number of clusters; none is given a label. "ae-tsne-gmm" is the baseline of arXiv 2105.06246,
"ae-umap-gmm" the recipe of N2D (arXiv 1908.05968).
"""

from __future__ import annotations

import platform
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vaegc import clusterers
from vaegc.checks import ValueObject, as_classes, as_points, check_choice, check_int, check_seed, check_spread
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, Stopped
from vaegc.metrics import Scores, score
from vaegc.models import ModelConfig
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.projection import project
from vaegc.sweep.threads import workers
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.models.base import LatentModel

PIPELINES: Mapping[str, tuple[str, ...]] = {  # steps of each baseline
    "kmeans": ("kmeans",), "gmm": ("gmm",), "tsne-gmm": ("tsne", "gmm"), "umap-gmm": ("umap", "gmm"),
    "umap-hdbscan": ("umap", "hdbscan"),
}  # fmt: skip
AUTOENCODER_PIPELINES = ("ae-tsne-gmm", "ae-umap-gmm")  # the same steps on the encoding of a plain autoencoder
NAMES = (*PIPELINES, *AUTOENCODER_PIPELINES)
STEPS = {  # name in messages, and the packages whose versions decide the answer
    "train": ("training the autoencoder", "torch"), "encode": ("encoding the points", "torch"), "tsne": ("t-SNE", "openTSNE"),
    "umap": ("UMAP", "umap-learn", "pynndescent", "numba"), "kmeans": ("k-means", "scikit-learn"),
    "gmm": ("the Gaussian mixture", "scikit-learn"), "hdbscan": ("HDBSCAN", "fast_hdbscan", "numba"),
}  # fmt: skip


@dataclass(frozen=True, repr=False, eq=False)
class Baseline(ValueObject):
    """Clustering by one baseline, with its settings and scores."""

    name: str
    labels: np.ndarray = field(repr=False)  # (N,) int64 clusters, numbered by their first point; -1 is noise
    n_clusters: int  # clusters found: a given K may be missed where points coincide
    given: str  # what it was given beside the points, in words
    points: np.ndarray = field(repr=False)  # (N, d) float64 that it clustered
    scores: Scores | None  # noise counts as wrong; None without true classes
    seconds: Mapping[str, float]  # of each step
    settings: Mapping[str, Any]  # every parameter, seed and library version, as plain data
    notes: tuple[str, ...] = ()  # what a reader of the scores should know, one sentence each

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data, without the arrays."""
        plain = {name: getattr(self, name) for name in ("name", "n_clusters", "given", "seconds", "settings")}
        return {**plain, "notes": list(self.notes), "scores": self.scores.to_dict() if self.scores else None}


def baseline(
    name: str, data: Dataset | npt.ArrayLike, n_clusters: int | None = None, *,
    model: LatentModel | ModelConfig | str | Path | None = None, y: npt.ArrayLike | None = None, seed: int = 0,
    callback: Callback | None = None,
) -> Baseline:  # fmt: skip
    """Cluster points by a baseline.

    Parameters
    ----------
    name
        - ``"kmeans"``: k-means++, the best of 20 starts.
        - ``"gmm"``: a Gaussian mixture, the likeliest of 10 starts from k-means. Covariances are full where d <= 64 and the points
          can span K of them, N >= K (d + 1); else they are diagonal, and a note says so.
        - ``"tsne-gmm"``: the mixture on a 2-D t-SNE map of perplexity 30.
        - ``"umap-gmm"``: the mixture on a K-dimensional UMAP map, 20 neighbours, min_dist 0 (N2D's).
        - ``"umap-hdbscan"``: HDBSCAN on a 2-D UMAP map, 30 neighbours, min_dist 0 (umap-learn's advice for clustering); clusters
          of at least 1 % of the points, min_samples 10.
        - ``"ae-tsne-gmm"``, ``"ae-umap-gmm"``: the two mixtures on maps of what a plain autoencoder encodes.
    data
        A `Dataset` or (N, D) points.
    n_clusters
        K, for all but HDBSCAN, which refuses it. Never read off the labels: giving it is the caller's knowledge.
    model
        None clusters the data themselves (the "ae-" pipelines train ``ModelConfig(kind="ae")``); a trained model, a shipped name
        or a folder clusters the means of the encoding; a `ModelConfig` is trained first.
    y
        (N,) true classes, instead of those of the `Dataset`; they score the answer and reach nothing else.
    seed
        Of training, map and starts.
    callback
        Gets a `Progress` before each step and those of training and maps; returning True raises `Stopped`, in the midst of
        t-SNE or when a step ends.

    Raises
    ------
    BadInput
        Points, K, model or classes that cannot be used.

    Notes
    -----
    N2D's own autoencoder is wider (500-500-2000, K latent dimensions, 1,000 epochs): give such a `ModelConfig` for its numbers.
    One seed gives the same labels on one machine with one number of threads. K = 10 of 70,000 points takes minutes (mixture in 10
    dimensions, k-means in 784); the seconds of the first UMAP and HDBSCAN of a process include their compilation.

    Examples
    --------
    >>> from vaegc import baseline, load_dataset
    >>> found = baseline("kmeans", load_dataset("blobs", n=300), 3)
    >>> found.n_clusters, found.given, len(found.labels)
    (3, 'K = 3 given', 300)
    """
    check_choice(name, "baseline", NAMES)
    check_seed(seed)
    steps = PIPELINES[name.removeprefix("ae-")]
    x = data.x if isinstance(data, Dataset) else as_points(data)
    clusterer = STEPS[steps[-1]][0]
    check_spread(x, clusterer)
    k = _check_n_clusters(name, steps[-1], n_clusters, len(x))
    y_true = data.y if y is None and isinstance(data, Dataset) else y
    classes = None if y_true is None else as_classes(y_true, "true classes", len(x))
    used = _check_model(name, model)
    before = () if used is None else ("train", "encode") if isinstance(used, ModelConfig) else ("encode",)
    runner = _StepRunner(len(before) + len(steps), callback)
    if isinstance(used, ModelConfig):
        from vaegc.training import train

        with runner.step("train"):
            used = train(data if isinstance(data, Dataset) else Dataset(x=x), used, seed=seed, callback=runner.report)
    points = as_points(x)
    if used is not None:
        with runner.step("encode"):
            points = as_points(used.encode(x).mean, "the encoded points")
        check_spread(points, clusterer)
    settings: dict[str, Any] = {"name": name, "n_clusters": k, "seed": seed, "model": _model_settings(model, used), "map": None}
    settings |= {"data": data.name if isinstance(data, Dataset) else None, "n": len(x), "features": x.shape[1]}
    if len(steps) == 2:
        method, parameters = _map_settings(steps, k, len(x))
        settings["map"] = {"method": method, **parameters}
        with runner.step(method):
            points = project(points, method, seed=seed, callback=runner.report, **parameters).points
    with runner.step(steps[-1]):
        labels, settings["clustering"] = CLUSTERERS[steps[-1]](clusterers.center_and_scale(points, clusterer), k, seed)
    runner.report(Progress("baseline", runner.total, runner.total, "Done"))  # too late to stop
    how = settings["clustering"]
    if how.get("covariance") == "diag":
        n, d = points.shape
        most = clusterers.MAX_FULL_COVARIANCE_DIM
        reason = f"{d} dimensions are more than {most}" if d > most else f"{counted(n, 'point', 'do')} not span {k} full ones"
        runner.notes.append(f"The covariances are diagonal: {reason}.")
    packages = {"numpy", "scipy"}.union(*(STEPS[step][1:] for step in runner.seconds))
    versions = {"python": platform.python_version()} | {package: version(package) for package in sorted(packages)}
    settings |= {"versions": versions, "threads": workers()}
    labels = _relabel_by_first_point(labels)
    return Baseline(
        name, labels, int(labels.max()) + 1,
        f"K found; clusters of at least {counted(how['min_cluster_size'], 'point')} given" if k is None else f"K = {k} given", points,
        None if classes is None else score(classes, labels), runner.seconds, settings, tuple(dict.fromkeys(runner.notes)),
    )  # fmt: skip


class _StepRunner:
    """Runs steps one after another, timed and reported; once the callback has asked to stop, none begins."""

    def __init__(self, total: int, callback: Callback | None) -> None:
        self.total = total
        self.callback = callback
        self.stop_requested = False
        self.seconds: dict[str, float] = {}
        self.notes: list[str] = []

    def report(self, progress: Progress) -> bool:
        """Pass an event on; what runs inside a step may not stop at once, so the answer is kept."""
        self.stop_requested = stop_asked(self.callback, progress) or self.stop_requested
        return self.stop_requested

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, and turn its library's warnings to users into notes."""
        label = STEPS[name][0]
        if self.report(Progress("baseline", len(self.seconds), self.total, f"Next is {label}")):
            raise Stopped(f"Stopped before {label}.")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            started = time.perf_counter()
            yield
            self.seconds[name] = time.perf_counter() - started
        for warning in caught:
            if issubclass(warning.category, UserWarning):  # scikit-learn's ConvergenceWarning is one
                self.notes.append(f"In {label}: {' '.join(str(warning.message).split())}")
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _check_n_clusters(name: str, step: str, n_clusters: int | None, n: int) -> int | None:
    if step == "hdbscan" and n_clusters is not None:
        raise BadInput(f"{name} finds the number of clusters itself; leave n_clusters out.")
    if step == "hdbscan":
        return None
    if n_clusters is None:
        raise BadInput(f"{name} needs the number of clusters; give n_clusters.")
    k = check_int(n_clusters, "n_clusters", 1)
    if k > n:
        raise BadInput(f"{name} cannot make {counted(k, 'cluster')} of {counted(n, 'point')}; n_clusters can be {n:,} at most.")
    return k


def _check_model(name: str, model: LatentModel | ModelConfig | str | Path | None) -> LatentModel | ModelConfig | None:
    """The model, the settings to train one with, or None where the points themselves are clustered."""
    if model is None:
        return ModelConfig(kind="ae") if name in AUTOENCODER_PIPELINES else None
    if isinstance(model, (str, Path)):
        from vaegc.models.checkpoint import load_model

        model = load_model(model)
    if not (isinstance(model, ModelConfig) or callable(getattr(model, "encode", None))):
        raise BadInput(f"model must be a trained model, a shipped name, a folder, a ModelConfig or None; got {model!r}.")
    kind = getattr(model, "kind", "ae")
    if name in AUTOENCODER_PIPELINES and kind != "ae":
        raise BadInput(f"{name} takes a plain autoencoder, not a model of kind {kind!r}; for that one ask {name[3:]}.")
    return model


def _model_settings(given: object, used: LatentModel | None) -> dict[str, Any] | None:
    if used is None:
        return None
    source = {"name": Path(given).name} if isinstance(given, (str, Path)) else {"class": type(used).__name__}
    origin = getattr(used, "provenance", None)
    if origin is None:  # a model of the caller's own
        return source
    return {**source, **used.config.to_dict(), "data": origin.data, "seed": origin.seed, "epochs_run": len(origin.history)}


def _map_settings(steps: tuple[str, ...], k: int | None, n: int) -> tuple[str, dict[str, Any]]:
    if steps[0] == "tsne":
        return "tsne", {"dim": 2, "perplexity": 30.0}
    if k is None:
        return "umap", {"dim": 2, "n_neighbors": 30, "min_dist": 0.0}
    return "umap", {"dim": min(k, n - 1), "n_neighbors": 20, "min_dist": 0.0}


def _kmeans(z: np.ndarray, k: int, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
    model = clusterers.kmeans(z, k, seed)
    return model.labels_, {"n_init": model.n_init, "init": model.init}


def _gmm(z: np.ndarray, k: int, seed: int) -> tuple[np.ndarray, dict[str, Any]]:
    model = clusterers.gaussian_mixture(z, k, seed)
    parameters = {"covariance": model.covariance_type, "n_init": model.n_init, "init": "kmeans", "max_iter": model.max_iter}
    parameters |= {"tol": model.tol, "ridge": model.reg_covar, "converged": bool(model.converged_)}
    return model.predict(z), parameters


def _hdbscan(z: np.ndarray, _k: None, _seed: int) -> tuple[np.ndarray, dict[str, Any]]:
    size = clusterers.min_cluster_size(len(z))
    (labels,) = clusterers.hdbscan(z, clusterers.MIN_SAMPLES, size)
    return labels, {"min_samples": clusterers.MIN_SAMPLES, "min_cluster_size": size}


def _relabel_by_first_point(labels: np.ndarray) -> np.ndarray:
    """Labels renumbered by the first point of each cluster, so that the numbers of a library mean nothing; -1 stays."""
    out = np.full(len(labels), -1, np.int64)
    out[labels >= 0] = pd.factorize(labels[labels >= 0])[0]
    return out


# prepared points (N, d), K and seed -> labels (N,) and parameters
CLUSTERERS: dict[str, Callable[..., tuple[np.ndarray, dict[str, Any]]]] = {"kmeans": _kmeans, "gmm": _gmm, "hdbscan": _hdbscan}
