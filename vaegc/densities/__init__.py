"""What is climbed: densities with log density, gradient and the step that climbs them.

Each has `space` ("latent": where its centres are; "data": what is swept is the encoding), `logp`, `grad`, `step`, and `climb`, which gives
the step and the log density before it from one pass.
"""

from __future__ import annotations

from vaegc.densities._data import EvidenceBound, MarginalLikelihood
from vaegc.densities._gaussians import GaussianSum
from vaegc.densities._mixtures import AggregatedPosterior, KernelDensity, MixturePrior
from vaegc.neighbors import neighbor_count

__all__ = [
    "AggregatedPosterior",
    "EvidenceBound",
    "GaussianSum",
    "KernelDensity",
    "MarginalLikelihood",
    "MixturePrior",
    "neighbor_count",
]
