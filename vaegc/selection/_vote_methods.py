"""Estimators of the number of clusters: each takes a `SelectionProblem` and returns a `Vote`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vaegc import clusterers
from vaegc.metrics import dbcv
from vaegc.selection._mixture_search import EXHAUSTIVE_UP_TO, MIN_POINTS_PER_CLUSTER, largest_tried, search_best
from vaegc.sweep import EpsilonSweep, Suggestion, middle
from vaegc.wording import cluster_size, counted, whole_percent

MAX_SILHOUETTE_POINTS = 5_000  # its cost is quadratic
MAX_BIC_POINTS = 10_000
MAX_BIC_SIZE = (
    10_240_000  # points x dimensions², where covariances are full: 2,500 points in 64 dimensions take as long as 10,000 in 32
)
MAX_DBCV_POINTS = 2_000  # its cost is quadratic, and it keeps all distances
MAX_DBCV_PLATEAUS = 8  # numbers of clusters that DBCV compares


@dataclass(frozen=True, slots=True)
class Vote:
    """One method's estimate of the number of clusters."""

    n_clusters: int | None  # None: the method cannot tell
    reason: str  # in a sentence or two
    settings: str  # that were given to it, in words
    labels: np.ndarray | None = None  # (N,) of its clusters, -1 noise; None where it gives none
    max_clusters: int | None = None  # the largest number that it could have named; None: any


@dataclass(frozen=True)
class SelectionProblem:
    """Points, their sweep and the settings: what every estimator of the number of clusters gets."""

    points: np.ndarray  # (N, d) float64
    sweep: EpsilonSweep  # of these points
    min_size: float  # smallest cluster, as in `EpsilonSweep.suggest`
    max_noise: float
    max_clusters: int | None  # largest number that silhouette and BIC try; None: by the number of points
    seed: int

    @cached_property
    def scaled_points(self) -> np.ndarray:
        """The points (N, d), centred and scaled to around 0 and 1, as all methods but the sweep's get them."""
        return clusterers.center_and_scale(self.points, "k-means, mixtures and HDBSCAN")

    @cached_property
    def suggestion(self) -> Suggestion:
        """The sweep's own estimate."""
        return self.sweep.suggest(self.min_size, self.max_noise)

    @property
    def min_cluster_points(self) -> int:
        """Points in the smallest cluster that counts."""
        return int(np.ceil(self.sweep.min_count(self.min_size)))

    @property
    def max_counted(self) -> int:
        """Clusters of that size that the points could hold."""
        return int(len(self.points) / self.sweep.min_count(self.min_size))

    @property
    def sweep_settings(self) -> str:
        """Settings of the sweep, in words."""
        return f"min_samples {self.sweep.min_samples_}, clusters of at least {cluster_size(self.min_size)}"

    def subsample(self, max_points: int) -> tuple[np.ndarray, str]:
        """Return the rows (n,) of a seeded subset of at most `max_points` points, and words for it."""
        n = len(self.points)
        if n <= max_points:
            return np.arange(n), f"all {counted(n, 'point')}"
        rows = np.sort(np.random.default_rng(self.seed).choice(n, max_points, replace=False))
        return rows, f"{max_points:,} of {counted(n, 'point')} (seed {self.seed})"


def _plateau(problem: SelectionProblem) -> Vote:
    found = problem.suggestion
    labels = problem.sweep.labels_at(found.eps) if found.eps is not None else None
    return Vote(found.n_clusters, found.reason, problem.sweep_settings, labels, problem.max_counted)


def _knee(problem: SelectionProblem) -> Vote:
    distances = np.sort(problem.sweep.core_distances_)
    if not np.isfinite(distances[-1]) or distances[0] == distances[-1]:
        return Vote(None, "The k-distance curve is flat or empty: it has no knee.", problem.sweep_settings)
    x = np.linspace(0, 1, len(distances))
    height = (distances - distances[0]) / (distances[-1] - distances[0])
    eps = float(distances[(x - height).argmax()])
    labels = problem.sweep.labels_at(eps, problem.min_size)
    k = int(labels.max()) + 1
    reason = (
        f"At the knee of the k-distance curve, ε = {eps:.3g}, K is {max(k, 0)} and {_outside(labels)} in no cluster; a hint only."
    )
    return Vote(max(k, 0) or None, reason, problem.sweep_settings, labels, problem.max_counted)


def _hdbscan(problem: SelectionProblem) -> Vote:
    size, samples = max(problem.min_cluster_points, 2), max(problem.sweep.min_samples_, 2)
    labels, *finer = clusterers.hdbscan(
        problem.scaled_points, problem.sweep.min_samples_, size, *((samples,) if samples < size else ())
    )
    k = int(labels.max()) + 1
    reason = f"{counted(k, 'cluster', 'are')} stable as the density threshold rises; {_outside(labels)} noise."
    if not k:
        reason = "It calls every point noise."
    if finer and int(finer[0].max()) + 1 != k:
        reason += f" Clusters under {size:,} points are not counted; with those of {samples:,} or more it finds {int(finer[0].max()) + 1:,}."
    return Vote(k or None, reason, f"clusters of at least {counted(size, 'point')}", labels, len(problem.scaled_points) // size)


def _plscan(problem: SelectionProblem) -> Vote:
    labels = clusterers.plscan(problem.scaled_points, problem.sweep.min_samples_)
    k = int(labels.max()) + 1
    reason = f"{counted(k, 'cluster', 'persist')} over the widest range of smallest cluster sizes; {_outside(labels)} noise."
    return Vote(k or None, reason if k else "It calls every point noise.", f"min_samples {problem.sweep.min_samples_}", labels)


def _silhouette(problem: SelectionProblem) -> Vote:
    from scipy.spatial.distance import cdist
    from sklearn.metrics import silhouette_score

    rows, subset = problem.subsample(MAX_SILHOUETTE_POINTS)
    sample = problem.scaled_points[rows]
    limit = problem.max_clusters or largest_tried(len(sample))
    # Of as many clusters as there are places, all in one place, the silhouette is 1; of as many as points it is not defined.
    high = min(limit, clusterers.n_distinct(sample), len(sample) - 1)
    distances = cdist(sample, sample)  # once for all K

    def evaluate(k: int) -> tuple[float, Any]:
        model = clusterers.kmeans(sample, k, problem.seed, clusterers.KMEANS_N_INIT_PER_K)
        return float(silhouette_score(distances, model.labels_, metric="precomputed")), model

    found = search_best(evaluate, 2, high)
    if found is None:
        return Vote(None, "There are too few different points for two clusters.", subset)
    k, value, model, tried = found
    reason = f"k-means with {counted(k, 'cluster')} has the best mean silhouette, {value:.3f}{_at_limit(k, limit)}; it expects round clusters of one size."
    return Vote(k, reason, f"K from 2 to {_tried_range(high, tried)}, {subset}", model.predict(problem.scaled_points), tried)


def _bic(problem: SelectionProblem) -> Vote:
    from sklearn.exceptions import ConvergenceWarning

    d = problem.scaled_points.shape[1]
    full = d <= clusterers.MAX_FULL_COVARIANCE_DIM
    rows, subset = problem.subsample(min(MAX_BIC_POINTS, MAX_BIC_SIZE // d**2) if full else MAX_BIC_POINTS)
    sample = problem.scaled_points[rows]
    n, limit = len(sample), problem.max_clusters or largest_tried(len(sample))
    kind = clusterers.covariance_type(n, d, max(min(EXHAUSTIVE_UP_TO, n // MIN_POINTS_PER_CLUSTER), 1))
    high = min(limit, clusterers.n_distinct(sample), n // 2, n // (d + 1) if kind == "full" else n)

    def evaluate(k: int) -> tuple[float, Any]:
        model = clusterers.gaussian_mixture(sample, k, problem.seed, clusterers.GMM_N_INIT_PER_K, kind)
        return -float(model.bic(sample)), model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of a start that is not the best one
        found = search_best(evaluate, 1, high, patient=False)
    if found is None:
        return Vote(None, "There are too few points for a mixture.", subset)
    k, _, model, tried = found
    reason = f"A mixture of {counted(k, 'Gaussian')} has the best BIC{_at_limit(k, limit)}; it expects elliptic clusters."
    settings = f"K from 1 to {_tried_range(high, tried)}, {kind} covariances, {subset}"
    return Vote(k, reason, settings, model.predict(problem.scaled_points), tried)


def _dbcv(problem: SelectionProblem) -> Vote:
    plateaus = problem.sweep.plateaus(problem.min_size, problem.max_noise).drop_duplicates("n_clusters").head(MAX_DBCV_PLATEAUS)
    rows, subset = problem.subsample(MAX_DBCV_POINTS)
    best: tuple[float, int, np.ndarray | None] = (-np.inf, 0, None)
    for k, low, high in plateaus[["n_clusters", "eps_low", "eps_high"]].to_numpy(float):
        labels = problem.sweep.labels_at(middle(low, high), problem.min_size)
        if len(np.unique(labels[rows][labels[rows] >= 0])) < 2:  # of the others no point was drawn
            continue
        value = dbcv(problem.scaled_points[rows], labels[rows])
        if value > best[0]:
            best = (value, int(k), labels)
    one = len(plateaus) == 1
    settings = f"{counted(len(plateaus), 'number')} that {'has' if one else 'have'} a plateau, {subset}"
    if best[2] is None:
        return Vote(None, " ".join(["The sweep has no plateau that it could judge.", *problem.suggestion.limits]), settings)
    reason = f"Of the plateaus, that of {counted(best[1], 'cluster')} has the best DBCV, {best[0]:.3f}."
    return Vote(best[1], reason, settings, best[2], problem.max_counted)


def _outside(labels: np.ndarray) -> str:
    return f"{whole_percent(float((labels < 0).mean()))} of the points are"


def _at_limit(k: int, limit: int) -> str:
    return " (the largest number that was tried: there may be more)" if k == limit else ""


def _tried_range(high: int, tried: int) -> str:
    steps = f"{tried}, beyond {EXHAUSTIVE_UP_TO} in steps" if tried > EXHAUSTIVE_UP_TO else f"{tried}"
    return steps if tried == high else f"{steps}, where it no longer rose"


def _compile_hdbscan() -> None:
    """Compile on a few points first, so that the seconds are those of the method."""
    few = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0.0, 0], [9, 9]], 30, axis=0)
    clusterers.hdbscan(few, 4, 5)
    clusterers.plscan(few, 4)


PRECOMPILE: dict[str, Callable[[], None]] = {"HDBSCAN": _compile_hdbscan, "PLSCAN": _compile_hdbscan}
ESTIMATORS: dict[str, Callable[[SelectionProblem], Vote]] = {
    "plateau": _plateau, "k-distance knee": _knee, "HDBSCAN": _hdbscan, "PLSCAN": _plscan, "silhouette": _silhouette, "BIC": _bic,
    "DBCV": _dbcv,
}  # fmt: skip
