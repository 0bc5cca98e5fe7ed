"""The methods that vote: each answers a `Question` with a `Vote`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from vaegc import clusterers
from vaegc.metrics import dbcv
from vaegc.selection._mixture_search import EVERY, POINTS_EACH, largest, search
from vaegc.sweep import EpsilonSweep, Suggestion, middle
from vaegc.wording import counted, percent, whole_percent

MOST_SILHOUETTE = 5_000  # points: its cost is quadratic
MOST_BIC = 10_000  # points
BIC_NUMBERS = (
    10_240_000  # points x dimensions², where covariances are full: 2,500 points in 64 dimensions take as long as 10,000 in 32
)
MOST_DBCV = 2_000  # points: its cost is quadratic, and it keeps all distances
MOST_PLATEAUS = 8  # numbers of clusters that DBCV compares


@dataclass(frozen=True, slots=True)
class Vote:
    """One method's answer."""

    n_clusters: int | None  # None: it says that it cannot tell
    reason: str  # for a person
    given: str  # what it was told
    labels: np.ndarray | None = None  # (N,) of its clusters, -1 noise; None where it gives none
    at_most: int | None = None  # the largest number that it could have named; None: any


@dataclass(frozen=True)
class Question:
    """What every method is asked."""

    points: np.ndarray  # (N, d) float64
    sweep: EpsilonSweep
    min_size: float  # smallest cluster, as in `EpsilonSweep.suggest`
    max_noise: float
    most: int | None  # largest number of clusters that is tried; None: by the number of points
    seed: int

    @cached_property
    def z(self) -> np.ndarray:
        """The points (N, d) as rivals get them."""
        return clusterers.prepared(self.points, "k-means, mixtures and HDBSCAN")

    @cached_property
    def suggestion(self) -> Suggestion:
        """What the sweep says."""
        return self.sweep.suggest(self.min_size, self.max_noise)

    @property
    def smallest(self) -> int:
        """Points in the smallest cluster that counts."""
        return int(np.ceil(self.sweep.min_count(self.min_size)))

    @property
    def at_most(self) -> int:
        """Clusters of `smallest` that the points could hold."""
        return int(len(self.points) / self.sweep.min_count(self.min_size))

    @property
    def told(self) -> str:
        """What the sweep was told, in words."""
        size = f"{percent(self.min_size)} of the points" if self.min_size < 1 else counted(self.smallest, "point")
        return f"min_samples {self.sweep.min_samples_}, clusters of at least {size}"

    def some(self, most: int) -> tuple[np.ndarray, str]:
        """Return the rows of a seeded subset of at most `most` points, and words for it."""
        n = len(self.points)
        if n <= most:
            return np.arange(n), f"all {counted(n, 'point')}"
        rows = np.sort(np.random.default_rng(self.seed).choice(n, most, replace=False))
        return rows, f"{most:,} of {counted(n, 'point')} (seed {self.seed})"


def _plateau(q: Question) -> Vote:
    found = q.suggestion
    labels = q.sweep.labels_at(found.eps) if found.eps is not None else None
    return Vote(found.n_clusters, found.reason, q.told, labels, q.at_most)


def _knee(q: Question) -> Vote:
    distances = np.sort(q.sweep.core_distances_)
    if not np.isfinite(distances[-1]) or distances[0] == distances[-1]:
        return Vote(None, "The k-distance curve is flat or empty: it has no knee.", q.told)
    x = np.linspace(0, 1, len(distances))
    height = (distances - distances[0]) / (distances[-1] - distances[0])
    eps = float(distances[(x - height).argmax()])
    labels = q.sweep.labels_at(eps, q.min_size)
    k = int(labels.max()) + 1
    reason = (
        f"At the knee of the k-distance curve, ε = {eps:.3g}, K is {max(k, 0)} and {_outside(labels)} in no cluster; a hint only."
    )
    return Vote(max(k, 0) or None, reason, q.told, labels, q.at_most)


def _hdbscan(q: Question) -> Vote:
    size, samples = max(q.smallest, 2), max(q.sweep.min_samples_, 2)
    labels, *finer = clusterers.hdbscan(q.z, q.sweep.min_samples_, size, *((samples,) if samples < size else ()))
    k = int(labels.max()) + 1
    reason = f"{counted(k, 'cluster', 'are')} stable as the density threshold rises; {_outside(labels)} noise."
    if not k:
        reason = "It calls every point noise."
    if finer and int(finer[0].max()) + 1 != k:
        reason += f" Clusters under {size:,} points are not counted; with those of {samples:,} or more it finds {int(finer[0].max()) + 1:,}."
    return Vote(k or None, reason, f"clusters of at least {counted(size, 'point')}", labels, len(q.z) // size)


def _plscan(q: Question) -> Vote:
    labels = clusterers.plscan(q.z, q.sweep.min_samples_)
    k = int(labels.max()) + 1
    reason = f"{counted(k, 'cluster', 'persist')} over the widest range of smallest cluster sizes; {_outside(labels)} noise."
    return Vote(k or None, reason if k else "It calls every point noise.", f"min_samples {q.sweep.min_samples_}", labels)


def _silhouette(q: Question) -> Vote:
    from scipy.spatial.distance import cdist
    from sklearn.metrics import silhouette_score

    rows, words = q.some(MOST_SILHOUETTE)
    some = q.z[rows]
    limit = q.most or largest(len(some))
    # Of as many clusters as there are places, all in one place, the silhouette is 1; of as many as points it is not defined.
    high = min(limit, clusterers.places(some), len(some) - 1)
    distances = cdist(some, some)  # once for all K

    def judge(k: int) -> tuple[float, Any]:
        model = clusterers.kmeans(some, k, q.seed, clusterers.KMEANS_SEARCH)
        return float(silhouette_score(distances, model.labels_, metric="precomputed")), model

    found = search(judge, 2, high)
    if found is None:
        return Vote(None, "There are too few different points for two clusters.", words)
    k, value, model, tried = found
    reason = f"k-means with {counted(k, 'cluster')} has the best mean silhouette, {value:.3f}{_edge(k, limit)}; it expects round clusters of one size."
    return Vote(k, reason, f"K from 2 to {_range(high, tried)}, {words}", model.predict(q.z), tried)


def _bic(q: Question) -> Vote:
    from sklearn.exceptions import ConvergenceWarning

    d = q.z.shape[1]
    full = d <= clusterers.FULL_UP_TO
    rows, words = q.some(min(MOST_BIC, BIC_NUMBERS // d**2) if full else MOST_BIC)
    some = q.z[rows]
    n, limit = len(some), q.most or largest(len(some))
    kind = clusterers.covariance(n, d, max(min(EVERY, n // POINTS_EACH), 1))
    high = min(limit, clusterers.places(some), n // 2, n // (d + 1) if kind == "full" else n)

    def judge(k: int) -> tuple[float, Any]:
        model = clusterers.mixture(some, k, q.seed, clusterers.GMM_SEARCH, kind)
        return -float(model.bic(some)), model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of a start that is not the best one
        found = search(judge, 1, high, patient=False)
    if found is None:
        return Vote(None, "There are too few points for a mixture.", words)
    k, _, model, tried = found
    reason = f"A mixture of {counted(k, 'Gaussian')} has the best BIC{_edge(k, limit)}; it expects elliptic clusters."
    return Vote(k, reason, f"K from 1 to {_range(high, tried)}, {kind} covariances, {words}", model.predict(q.z), tried)


def _dbcv(q: Question) -> Vote:
    plateaus = q.sweep.plateaus(q.min_size, q.max_noise).drop_duplicates("n_clusters").head(MOST_PLATEAUS)
    rows, words = q.some(MOST_DBCV)
    best: tuple[float, int, np.ndarray | None] = (-np.inf, 0, None)
    for k, low, high in plateaus[["n_clusters", "eps_low", "eps_high"]].to_numpy(float):
        labels = q.sweep.labels_at(middle(low, high), q.min_size)
        if len(np.unique(labels[rows][labels[rows] >= 0])) < 2:  # of the others no point was drawn
            continue
        value = dbcv(q.z[rows], labels[rows])
        if value > best[0]:
            best = (value, int(k), labels)
    one = len(plateaus) == 1
    given = f"{counted(len(plateaus), 'number')} that {'has' if one else 'have'} a plateau, {words}"
    if best[2] is None:
        return Vote(None, " ".join(["The sweep has no plateau that it could judge.", *q.suggestion.limits]), given)
    reason = f"Of the plateaus, that of {counted(best[1], 'cluster')} has the best DBCV, {best[0]:.3f}."
    return Vote(best[1], reason, given, best[2], q.at_most)


def _outside(labels: np.ndarray) -> str:
    return f"{whole_percent(float((labels < 0).mean()))} of the points are"


def _edge(k: int, limit: int) -> str:
    return " (the largest number that was tried: there may be more)" if k == limit else ""


def _range(high: int, tried: int) -> str:
    steps = f"{tried}, beyond {EVERY} in steps" if tried > EVERY else f"{tried}"
    return steps if tried == high else f"{steps}, where it no longer rose"


def _compile_hdbscan() -> None:
    """Compile on a few points first, so that the seconds are those of the method."""
    few = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0.0, 0], [9, 9]], 30, axis=0)
    clusterers.hdbscan(few, 4, 5)
    clusterers.plscan(few, 4)


WARM: dict[str, Callable[[], None]] = {"HDBSCAN": _compile_hdbscan, "PLSCAN": _compile_hdbscan}
ASK: dict[str, Callable[[Question], Vote]] = {
    "plateau": _plateau, "k-distance knee": _knee, "HDBSCAN": _hdbscan, "PLSCAN": _plscan, "silhouette": _silhouette, "BIC": _bic,
    "DBCV": _dbcv,
}  # fmt: skip
