"""What the stages of an experiment are kept under: hashes of all that each depends on.

Apart from what computes them, so that it can be asked what is at hand without loading a library that computes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vaegc import store
from vaegc.ascent import AscentConfig
from vaegc.experiment.spec import STAGES
from vaegc.projection import MapConfig


def encode_key(fingerprint: str, model: str) -> str:
    """Of the encoding of data by a model, given as hashes.

    Kept by what goes in, not by what comes out: another processor may round otherwise, and the maps of the shipped models, which
    are found by the points that they were made from, would not be found there.
    """
    return store.content_hash("encode", STAGES, fingerprint, model)


def map_key(start: np.ndarray, method: str, seed: int, how: MapConfig) -> str:
    """Of a t-SNE or UMAP map of points (N, d) float64; another method's parameters do not matter."""
    mine = [how.perplexity] if method == "tsne" else [how.n_neighbors, how.min_dist]
    return store.content_hash("map", STAGES, start, method, seed, how.dim, mine)


def climb_key(points: np.ndarray, ascent: AscentConfig, more: list[Any]) -> str:
    """Of a climb from points (N, d) float64; `more` is what else the density depends on."""
    return store.content_hash("climb", STAGES, points, ascent.to_dict(), *more)
