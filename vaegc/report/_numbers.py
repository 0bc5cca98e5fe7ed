"""The numbers of a report: what the sweep says before and after the climb, and what the true classes say of that."""

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
class Moment:
    """What one frame says at every ε."""

    step: int
    sweep: EpsilonSweep
    curve: pd.DataFrame  # of `EpsilonSweep.curve`
    plateaus: pd.DataFrame  # of `EpsilonSweep.plateaus`
    suggestion: Suggestion
    eps: float | None  # at which the scores are taken
    counted: int | None  # clusters of at least min_size there
    every: int | None  # clusters of any size there
    noise: float | None  # share of points there
    scores: Scores | None  # None without true classes or without an ε


def moments_of(result: Result, callback: Callback | None = None) -> tuple[Moment | None, Moment]:
    """Return what the start says, None where there was no climb, and what the end says."""
    path, clustering = result.trajectory, result.spec.clustering
    after = _moment(result, result.sweep, int(path.steps[-1]), result.eps)
    if len(path) == 1:
        return None, after
    start = path.sweep(0, clustering.min_samples, callback)
    return _moment(result, start, 0, start.suggest(clustering.min_size, clustering.max_noise).eps), after


def _moment(result: Result, sweep: EpsilonSweep, step: int, eps: float | None) -> Moment:
    clustering, y = result.spec.clustering, result.dataset.y
    suggestion = sweep.suggest(clustering.min_size, clustering.max_noise)
    plateaus = sweep.plateaus(clustering.min_size, clustering.max_noise)
    curve = sweep.curve(y, min_size=clustering.min_size, noise=clustering.noise)
    if eps is None:
        return Moment(step, sweep, curve, plateaus, suggestion, None, None, None, None, None)
    labels: np.ndarray = sweep.labels_at(eps, noise=clustering.noise)
    policy = "wrong" if clustering.noise == "nearest" else clustering.noise  # once placed, no point is noise
    scores = None if y is None else score(y, labels, policy)
    counted, every = (int(sweep.n_clusters_at(eps, least)) for least in (clustering.min_size, 1))
    return Moment(step, sweep, curve, plateaus, suggestion, eps, counted, every, float(sweep.noise_at(eps)), scores)
