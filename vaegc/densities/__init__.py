"""Densities that points climb: log density, gradient, and the ascent step of each.

Each has `domain` ("latent": where its centres are; "data": what is swept is the encoding), `log_prob`, `grad`, `step`, and
`step_and_log_prob`, which gives the step and the log density before it from one pass.
"""

from __future__ import annotations

from vaegc.densities._data import EvidenceBound, MarginalLikelihood
from vaegc.densities._gaussians import GaussianMixtureField
from vaegc.densities._mixtures import AggregatedPosterior, KernelDensity, MixturePrior
from vaegc.neighbors import neighbor_count

__all__ = [
    "AggregatedPosterior",
    "EvidenceBound",
    "GaussianMixtureField",
    "KernelDensity",
    "MarginalLikelihood",
    "MixturePrior",
    "neighbor_count",
]
