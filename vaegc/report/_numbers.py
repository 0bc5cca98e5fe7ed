"""Numbers of the sweeps before and after the climb, with their scores against the true classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vaegc.metrics import Scores, score
from vaegc.progress import Callback
from vaegc.sweep import EpsilonSweep, Suggestion

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


@dataclass(frozen=True, slots=True)
class SweepSummary:
    """The sweep of one frame: curve, plateaus, suggestion, and the numbers at one ε."""

    step: int
    sweep: EpsilonSweep
    curve: pd.DataFrame  # of `EpsilonSweep.curve`
    plateaus: pd.DataFrame  # of `EpsilonSweep.plateaus`
    suggestion: Suggestion
    eps: float | None  # at which the scores are taken
    n_counted: int | None  # clusters of at least min_size there
    n_clusters: int | None  # clusters of any size there
    noise: float | None  # share of points there
    scores: Scores | None  # None without true classes or without an ε


def sweep_summaries(result: Result, callback: Callback | None = None) -> tuple[SweepSummary | None, SweepSummary]:
    """Return the sweeps of the start, None where there was no climb, and of the end."""
    path, clustering = result.trajectory, result.spec.clustering
    after = _sweep_summary(result, result.sweep, int(path.steps[-1]), result.eps)
    if len(path) == 1:
        return None, after
    start = path.sweep(0, clustering.min_samples, callback)
    return _sweep_summary(result, start, 0, start.suggest(clustering.min_size, clustering.max_noise).eps), after


def _sweep_summary(result: Result, sweep: EpsilonSweep, step: int, eps: float | None) -> SweepSummary:
    clustering, y = result.spec.clustering, result.dataset.y
    suggestion = sweep.suggest(clustering.min_size, clustering.max_noise)
    plateaus = sweep.plateaus(clustering.min_size, clustering.max_noise)
    curve = sweep.curve(y, min_size=clustering.min_size, noise=clustering.noise)
    if eps is None:
        return SweepSummary(step, sweep, curve, plateaus, suggestion, None, None, None, None, None)
    labels: np.ndarray = sweep.labels_at(eps, noise=clustering.noise)
    policy = "wrong" if clustering.noise == "nearest" else clustering.noise  # once placed, no point is noise
    scores = None if y is None else score(y, labels, policy)
    n_counted, n_clusters = (int(sweep.n_clusters_at(eps, least)) for least in (clustering.min_size, 1))
    return SweepSummary(step, sweep, curve, plateaus, suggestion, eps, n_counted, n_clusters, float(sweep.noise_at(eps)), scores)
