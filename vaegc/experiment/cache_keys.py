"""What the stages of an experiment are kept under: hashes of all that each depends on.

Apart from what computes them, so that it can be asked what is at hand without loading a library that computes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from vaegc import store
from vaegc.ascent import AscentConfig
from vaegc.experiment.spec import STAGES, ExperimentSpec
from vaegc.projection import MapConfig

CHOICE = 4  # raise it when a choice is made of other parts, or one of them computes something else
MAPPED = ("pca", "tsne", "umap")  # spaces that take parameters of a map


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


def choice_key(spec: ExperimentSpec) -> str:
    """Of a choice of the number of clusters: of all settings but those of the picture, the ε chosen by hand and the scores."""
    plain = ExperimentSpec()
    clustering = replace(spec.clustering, eps=None, noise=plain.clustering.noise)
    space = spec.map if spec.space in MAPPED else plain.map
    return store.content_hash(
        "choice", STAGES, CHOICE, replace(spec, view=plain.view, clustering=clustering, map=space).identity()
    )
