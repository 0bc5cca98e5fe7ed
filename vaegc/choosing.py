"""How many clusters? The plateau's answer beside those of its rivals, in one table with reasons.

No vote sees a label; true classes, where they are given, only score what was found.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from vaegc.baselines import hdbscan_labels
from vaegc.checks import as_points, check_choice, check_int, check_number, check_seed, check_spread
from vaegc.errors import BadInput
from vaegc.metrics import as_classes, dbcv, score
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.sweep import EpsilonSweep

METHODS = ("plateau", "k-distance knee", "HDBSCAN", "PLSCAN", "silhouette", "BIC", "DBCV")
MOST_SILHOUETTE = 5_000  # points: its cost is quadratic
MOST_BIC = 10_000  # points
MOST_DBCV = 2_000  # points: its cost is quadratic, and it keeps all distances
MOST_PLATEAUS = 8  # numbers of clusters that DBCV compares
FULL_UP_TO = 16  # dimensions in which a Gaussian may have a full covariance


@dataclass(frozen=True, slots=True)
class Vote:
    """One method's answer."""

    n_clusters: int | None  # None: it says that it cannot tell
    reason: str  # one sentence for a person
    given: str  # what it was told
    labels: np.ndarray | None = None  # (N,) of its clusters, -1 noise; None where it gives none


@dataclass(frozen=True, slots=True)
class Question:
    """What every method is asked."""

    points: np.ndarray  # (N, d) float64
    sweep: EpsilonSweep
    min_size: float  # smallest cluster, as in `EpsilonSweep.suggest`
    max_noise: float
    most: int  # largest number of clusters that is tried
    seed: int

    def some(self, most: int) -> tuple[np.ndarray, str]:
        """Return the rows of a seeded subset of at most `most` points, and words for it."""
        n = len(self.points)
        if n <= most:
            return np.arange(n), f"all {n:,} points"
        rows = np.sort(np.random.default_rng(self.seed).choice(n, most, replace=False))
        return rows, f"{most:,} of {n:,} points (seed {self.seed})"


def vote(
    points: npt.ArrayLike, y: npt.ArrayLike | None = None, *, sweep: EpsilonSweep | None = None, methods: tuple[str, ...] = METHODS,
    min_samples: int = 10, min_size: float = 0.01, max_noise: float = 0.1, most: int = 20, seed: int = 0,
    callback: Callback | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Ask several methods for the number of clusters.

    Parameters
    ----------
    points
        (N, d) points.
    y
        (N,) true classes; no method sees them, they add the columns acc, nmi and ari of each method's own labels (noise counts
        as wrong).
    sweep
        A fitted sweep of the same points, for example one with the floor of the points before a climb; None fits one.
    methods
        Which to ask, of ``METHODS``.
    min_samples, min_size, max_noise
        Of the sweep, of HDBSCAN, and of what counts as a cluster.
    most
        Largest number of clusters that silhouette and BIC try.
    seed
        Of k-means, Gaussian mixtures and subsets.
    callback
        Gets a `Progress` before each method; True stops, and the votes so far are returned.

    Returns
    -------
    Columns method, n_clusters (missing where the method cannot tell), reason, given, seconds; with `y` also acc, nmi, ari.

    Notes
    -----
    plateau: `EpsilonSweep.suggest`. k-distance knee: the point of the sorted distances to the `min_samples`-th point that lies
    furthest below the chord, a hint only. HDBSCAN, PLSCAN: fast_hdbscan (McInnes et al. 2017; arXiv 2512.16558). silhouette:
    best mean silhouette of k-means (Rousseeuw 1987). BIC: best Gaussian mixture (Schwarz 1978). DBCV: best density-based
    validity among the sweep's plateaus (Moulavi et al. 2014).

    Examples
    --------
    >>> from vaegc import load_dataset, vote
    >>> blobs = load_dataset("blobs", n=300)
    >>> table = vote(blobs.x, methods=("plateau", "silhouette"))
    >>> table["method"].tolist()
    ['plateau', 'silhouette']
    """
    array = as_points(points)
    check_spread(array, "Voting")
    for name in methods:
        check_choice(name, "methods", METHODS)
    check_int(min_samples, "min_samples", 1)
    check_number(max_noise, "max_noise", 0, 1)
    check_int(most, "most", 2)
    check_seed(seed)
    classes = None if y is None else as_classes(y)
    if classes is not None and classes.shape != (len(array),):
        raise BadInput(f"There must be one true class per point: {len(array):,} points, classes of shape {classes.shape}.")
    if sweep is None:
        sweep = EpsilonSweep(min_samples=min_samples).fit(array)
    elif not np.array_equal(sweep.points_, array):
        raise BadInput("The sweep was fitted to other points; leave it out, or fit it to these.")
    sweep.min_count(min_size)
    question = Question(array, sweep, min_size, max_noise, most, seed)
    rows: list[dict[str, object]] = []
    for done, name in enumerate(methods):
        if stop_asked(callback, Progress("vote", done, len(methods), f"Asking {name}")):
            break
        prepare = WARM.get(name)
        if prepare is not None:
            prepare()
        started = time.perf_counter()
        with threadpool_limits(
            1
        ):  # k-means and mixtures of many small steps: on a busy machine two threads took 20 times as long
            answer = ASK[name](question)
        seconds = time.perf_counter() - started
        row: dict[str, object] = {
            "method": name, "n_clusters": answer.n_clusters, "reason": answer.reason, "given": answer.given, "seconds": seconds,
        }  # fmt: skip
        if classes is not None:
            found = score(classes, answer.labels) if answer.labels is not None else None
            row |= {key: getattr(found, key) if found else np.nan for key in ("acc", "nmi", "ari")}
        rows.append(row)
    columns = ["method", "n_clusters", "reason", "given", "seconds", *(("acc", "nmi", "ari") if classes is not None else ())]
    return pd.DataFrame(rows, columns=columns).astype({"n_clusters": "Int64"})


# --- the methods -----------------------------------------------------------------------------------------------------


def _plateau(q: Question) -> Vote:
    found = q.sweep.suggest(q.min_size, q.max_noise)
    labels = q.sweep.labels_at(found.eps) if found.eps is not None else None
    return Vote(found.n_clusters, found.reason, _told(q), labels)


def _knee(q: Question) -> Vote:
    distances = np.sort(q.sweep.core_distances_)
    if not np.isfinite(distances[-1]) or distances[0] == distances[-1]:
        return Vote(None, "The k-distance curve is flat or empty: it has no knee.", _told(q))
    x = np.linspace(0, 1, len(distances))
    height = (distances - distances[0]) / (distances[-1] - distances[0])
    eps = float(distances[(x - height).argmax()])
    labels = q.sweep.labels_at(eps, q.min_size)
    k, noise = int(labels.max()) + 1, float((labels < 0).mean())
    reason = f"At the knee of the k-distance curve, ε = {eps:.3g}, K is {k} and {noise:.0%} of the points are in no cluster; a hint only."
    return Vote(max(k, 0) or None, reason, _told(q), labels)


def _hdbscan(q: Question) -> Vote:
    size = max(int(np.ceil(q.sweep.min_count(q.min_size))), 2)
    labels = hdbscan_labels(q.points, q.sweep.min_samples, size)
    k, noise = int(labels.max()) + 1, float((labels < 0).mean())
    reason = f"{k} clusters are stable as the density threshold rises; {noise:.0%} of the points are noise."
    return Vote(k or None, reason if k else "It calls every point noise.", f"clusters of at least {size} points", labels)


def _plscan(q: Question) -> Vote:
    from fast_hdbscan import PLSCAN

    fitted = PLSCAN(min_samples=max(q.sweep.min_samples - 1, 1), reproducible=True).fit(q.points)
    labels = np.asarray(fitted.labels_)
    k, noise = int(labels.max()) + 1, float((labels < 0).mean())
    reason = f"{k} clusters persist over the widest range of smallest cluster sizes; {noise:.0%} of the points are noise."
    return Vote(k or None, reason if k else "It calls every point noise.", f"min_samples {q.sweep.min_samples}", labels)


def _silhouette(q: Question) -> Vote:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    rows, words = q.some(MOST_SILHOUETTE)
    some = q.points[rows]
    best = (-np.inf, 0, None)
    for k in range(2, min(q.most, len(np.unique(some, axis=0)) - 1) + 1):
        model = KMeans(k, n_init=5, random_state=q.seed).fit(some)
        value = float(silhouette_score(some, model.labels_))
        if value > best[0]:
            best = (value, k, model)
    if best[2] is None:
        return Vote(None, "There are too few different points for two clusters.", words)
    reason = (
        f"k-means with {best[1]} clusters has the best mean silhouette, {best[0]:.3f}; it expects round clusters of one size."
    )
    return Vote(best[1], reason, f"K from 2 to {q.most}, {words}", best[2].predict(q.points))


def _bic(q: Question) -> Vote:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    rows, words = q.some(MOST_BIC)
    some = q.points[rows]
    # In units of the spread, so that what keeps a covariance from collapsing is the same for every scale.
    scale = float(np.sqrt(some.var(axis=0).sum()))
    some = (some - some.mean(axis=0)) / scale
    kind = "full" if some.shape[1] <= FULL_UP_TO else "diag"
    best = (np.inf, 0, None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of a start that is not the best one
        for k in range(1, min(q.most, len(some) // 2) + 1):
            model = GaussianMixture(k, covariance_type=kind, n_init=2, random_state=q.seed).fit(some)
            value = float(model.bic(some))
            if value < best[0]:
                best = (value, k, model)
    if best[2] is None:
        return Vote(None, "There are too few points for a mixture.", words)
    labels = best[2].predict((q.points - q.points[rows].mean(axis=0)) / scale)
    edge = " (the largest that was tried: there may be more)" if best[1] == q.most else ""
    reason = f"A mixture of {best[1]} Gaussians has the best BIC{edge}; it expects elliptic clusters."
    return Vote(best[1], reason, f"K from 1 to {q.most}, {kind} covariances, {words}", labels)


def _dbcv(q: Question) -> Vote:
    plateaus = q.sweep.plateaus(q.min_size, q.max_noise).drop_duplicates("n_clusters").head(MOST_PLATEAUS)
    rows, words = q.some(MOST_DBCV)
    best: tuple[float, int, np.ndarray | None] = (-np.inf, 0, None)
    for k, low, high in plateaus[["n_clusters", "eps_low", "eps_high"]].to_numpy(float):
        labels = q.sweep.labels_at(np.sqrt(low * high) if low > 0 else high / 2, q.min_size)
        value = dbcv(q.points[rows], labels[rows])
        if value > best[0]:
            best = (value, int(k), labels)
    given = f"{len(plateaus)} numbers that have a plateau, {words}"
    if best[2] is None:
        return Vote(None, "The sweep has no plateau that it could judge.", given)
    return Vote(best[1], f"Of the plateaus, that of {best[1]} clusters has the best DBCV, {best[0]:.3f}.", given, best[2])


def _told(q: Question) -> str:
    size = f"{q.min_size:.0%} of the points" if isinstance(q.min_size, float) else f"{q.min_size} points"
    return f"min_samples {q.sweep.min_samples}, clusters of at least {size}"


def _compile_hdbscan() -> None:
    """Compile on a few points first, so that the seconds are those of the method."""
    from fast_hdbscan import HDBSCAN, PLSCAN

    few = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0.0, 0], [9, 9]], 30, axis=0)
    HDBSCAN(min_cluster_size=5, min_samples=3).fit(few)
    PLSCAN(min_samples=3, reproducible=True).fit(few)


WARM: dict[str, Callable[[], None]] = {"HDBSCAN": _compile_hdbscan, "PLSCAN": _compile_hdbscan}
ASK: dict[str, Callable[[Question], Vote]] = {
    "plateau": _plateau, "k-distance knee": _knee, "HDBSCAN": _hdbscan, "PLSCAN": _plscan, "silhouette": _silhouette, "BIC": _bic,
    "DBCV": _dbcv,
}  # fmt: skip
