"""Votes for the number of clusters: the estimates of the sweep's plateau and of six other methods, in one table with reasons.

No vote sees a label; true classes, where they are given, only score what was found.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from vaegc.checks import as_classes, as_points, check_choice, check_int, check_number, check_seed, check_spread
from vaegc.errors import BadInput
from vaegc.metrics import score
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.selection._vote_methods import ESTIMATORS, PRECOMPILE, SelectionProblem, Vote
from vaegc.sweep import EpsilonSweep

__all__ = ["METHODS", "METHOD_GROUPS", "Vote", "vote"]

METHODS = ("plateau", "k-distance knee", "HDBSCAN", "PLSCAN", "silhouette", "BIC", "DBCV")
METHOD_GROUPS = {  # what methods rest on: only those of different groups are independent of one another
    "sweep": ("plateau", "k-distance knee", "DBCV"),  # neighbours and tree of the sweep
    "hierarchy": ("HDBSCAN", "PLSCAN"),  # one tree of densities, cut by two rules
    "k-means": ("silhouette",), "mixtures": ("BIC",),
}  # fmt: skip


def vote(
    points: npt.ArrayLike, y: npt.ArrayLike | None = None, *, sweep: EpsilonSweep | None = None, methods: tuple[str, ...] = METHODS,
    min_samples: int = 10, min_size: float = 0.01, max_noise: float = 0.1, max_clusters: int | None = None, seed: int = 0,
    callback: Callback | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Estimate the number of clusters by several methods.

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
        Which of ``METHODS``, in this order.
    min_samples, min_size, max_noise
        Of the sweep and of HDBSCAN, as in `EpsilonSweep` and `EpsilonSweep.suggest`: neighbours of a core point, number (1 and more)
        or share (below 1) of the points in the smallest cluster that counts, largest share of noise.
    max_clusters
        Largest number of clusters that silhouette and BIC try; None: 20, or a tenth of the points that they look at where that is
        more, at most 200. Beyond 20 they try steps of a quarter, then every number around the best; BIC ends where four steps
        brought nothing.
    seed
        Of k-means, Gaussian mixtures and subsets.
    callback
        Gets a `Progress` before each method; True stops, and the votes so far are returned.

    Returns
    -------
    Columns method, n_clusters (missing where the method cannot tell), reason, given (its settings), seconds and at_most, the
    largest number that the method could have named here: of a larger one its answer says nothing; with `y` also acc, nmi, ari.

    Raises
    ------
    BadInput
        Points are no table of numbers or all equal, settings are out of range, or the sweep is of other points.

    Notes
    -----
    Which of them share what they rest on, and are no independent evidence, is in ``METHOD_GROUPS``. All but the sweep's get points
    around 0 and of scale 1 (`vaegc.clusterers`), so that no answer depends on place or unit.

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
    if max_clusters is not None:
        check_int(max_clusters, "max_clusters", 2)
    check_seed(seed)
    classes = None if y is None else as_classes(y, "true classes", len(array))
    if sweep is None:
        sweep = EpsilonSweep(min_samples=min_samples).fit(array)
    elif not np.array_equal(sweep.points_, array):
        raise BadInput("The sweep was fitted to other points; leave it out, or fit it to these.")
    sweep.min_count(min_size)
    problem = SelectionProblem(array, sweep, min_size, max_noise, max_clusters, seed)
    rows: list[dict[str, object]] = []
    for done, name in enumerate(methods):
        if stop_asked(callback, Progress("vote", done, len(methods), f"Asking {name}")):
            break
        compile_kernels = PRECOMPILE.get(name)
        if compile_kernels is not None:
            compile_kernels()
        started = time.perf_counter()
        with threadpool_limits(1):  # many small steps: on a busy machine two threads took 20 times as long
            try:
                answer = ESTIMATORS[name](problem)
            except BadInput as refused:
                answer = Vote(None, str(refused), "")
        seconds = time.perf_counter() - started
        row: dict[str, object] = {
            "method": name, "n_clusters": answer.n_clusters, "reason": answer.reason, "given": answer.settings, "seconds": seconds,
            "at_most": answer.max_clusters,
        }  # fmt: skip
        if classes is not None:
            found = score(classes, answer.labels) if answer.labels is not None else None
            row |= {key: getattr(found, key) if found else np.nan for key in ("acc", "nmi", "ari")}
        rows.append(row)
    columns = [
        "method",
        "n_clusters",
        "reason",
        "given",
        "seconds",
        "at_most",
        *(("acc", "nmi", "ari") if classes is not None else ()),
    ]
    return pd.DataFrame(rows, columns=columns).astype({"n_clusters": "Int64", "at_most": "Int64"})
