"""About how long it takes to look at everything that says how many clusters there are, without loading anything large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vaegc.experiment import Experiment
from vaegc.experiment.estimate import climb_seconds, seconds, tree_seconds

BANDWIDTHS, CELLS, SLICES = 6, 36, 31  # climbs, sweeps of the (bandwidth, step) diagram, sweeps of the climb itself at most


def choice_seconds(spec: Experiment) -> float:
    """Return about how many seconds `choose` takes on two cores; infinite for what cannot be told.

    Measured with libraries loaded; it may be wrong by a factor of two.

    Parameters
    ----------
    spec
        With paths, not with names of private data.
    """
    first = seconds(replace(spec, view="pca"))  # a choice needs no view
    facts = climb_seconds(spec)
    if facts is None or not np.isfinite(first):
        return first
    n, d, climb = facts
    climbs = spec.ascent is not None and spec.ascent.steps > 0
    widths = BANDWIDTHS - 1 if climbs and spec.ascent is not None and spec.ascent.bandwidth is None else 0
    trees = SLICES + (CELLS if widths else 0) if climbs else 1
    votes = (2 if climbs else 1) * (2 + 4e-4 * n + 1.2e-3 * min(n, 5_000) + 1e-4 * min(n, 10_000) * d)
    return first + widths * climb + trees * tree_seconds(n, d) + votes
