"""Estimate of the seconds that a choice of K takes, without loading anything large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vaegc.experiment import Experiment
from vaegc.experiment.estimate import estimate_climb, estimate_seconds, tree_seconds

N_BANDWIDTHS = 6  # six or seven: the spec's own may be one more
N_CELLS = 36  # sweeps of the (bandwidth, step) diagram
MAX_STEP_SWEEPS = 31


def choice_seconds(spec: Experiment) -> float:
    """Estimate the seconds that `select_k` takes on two cores; infinite where that is unknown.

    Measured with libraries loaded; it may be wrong by a factor of two.

    Parameters
    ----------
    spec
        With paths, not with names of private data.
    """
    first = estimate_seconds(replace(spec, view="pca"))  # a choice needs no view
    facts = estimate_climb(spec)
    if facts is None or not np.isfinite(first):
        return first
    n, d, climb = facts
    climbs = spec.ascent is not None and spec.ascent.steps > 0
    other_bandwidths = N_BANDWIDTHS - 1 if climbs and spec.ascent is not None and spec.ascent.bandwidth is None else 0
    trees = MAX_STEP_SWEEPS + (N_CELLS if other_bandwidths else 0) if climbs else 1
    votes = (2 if climbs else 1) * (2 + 4e-4 * n + 1.2e-3 * min(n, 5_000) + 1e-4 * min(n, 10_000) * d)
    return first + other_bandwidths * climb + trees * tree_seconds(n, d) + votes
