"""Cache keys of the stages of an experiment: hashes of everything that each stage depends on.

Apart from the code that computes the stages, so that the cache is searched without importing it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from vaegc import store
from vaegc.ascent import AscentConfig
from vaegc.datasets import Dataset
from vaegc.experiment.spec import CACHE_VERSION, ExperimentSpec
from vaegc.models import model_identity
from vaegc.projection import MapConfig

SELECTION_CACHE_VERSION = 4  # raise it when a `KSelection` has other parts, or one of them computes something else
MAP_SPACES = ("pca", "tsne", "umap")  # that depend on `MapConfig`


def encode_key(fingerprint: str, model: str) -> str:
    """Key of the encoding of a data set by a model, given as hashes.

    By input, not by output: another processor may round otherwise, and would not find the maps of the shipped models, whose keys are
    hashes of the encoded points.
    """
    return store.content_hash("encode", CACHE_VERSION, fingerprint, model)


def map_key(start: np.ndarray, method: str, seed: int, config: MapConfig) -> str:
    """Key of a t-SNE or UMAP map of points (N, d) float64; parameters of the other method do not count."""
    parameters = [config.perplexity] if method == "tsne" else [config.n_neighbors, config.min_dist]
    return store.content_hash("map", CACHE_VERSION, start, method, seed, config.dim, parameters)


def climb_key(points: np.ndarray, ascent: AscentConfig, spec: ExperimentSpec, data: Dataset) -> str:
    """Key of an ascent from points (N, d) float64; a kernel density depends on them alone, every other one on the data and the model too."""
    inputs: list[Any] = []
    if ascent.density != "kernel":
        model = model_identity(spec.model) if isinstance(spec.model, str) else spec.model and [spec.model.to_dict(), spec.seed]
        inputs = [data.fingerprint, model, list(data.pixel_range)]
    return store.content_hash("climb", CACHE_VERSION, points, ascent.to_dict(), *inputs)


def selection_key(spec: ExperimentSpec) -> str:
    """Key of a `KSelection`: of all settings but the view, a chosen ε and the noise policy of the scores."""
    plain = ExperimentSpec()
    clustering = replace(spec.clustering, eps=None, noise=plain.clustering.noise)
    space = spec.map if spec.space in MAP_SPACES else plain.map
    return store.content_hash(
        "choice",
        CACHE_VERSION,
        SELECTION_CACHE_VERSION,
        replace(spec, view=plain.view, clustering=clustering, map=space).identity(),
    )
