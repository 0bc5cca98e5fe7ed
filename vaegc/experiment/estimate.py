"""Cost estimates: how long a scene takes to compute, given what of it is cached, without loading anything large.

A page computes by itself what is fast and leaves the rest to a job.
"""

from __future__ import annotations

import json
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from vaegc import store
from vaegc.ascent import DATA_DENSITIES, AscentConfig
from vaegc.datasets import describe, is_generated, load_dataset
from vaegc.errors import BadInput, CheckpointError, VaegcError
from vaegc.experiment.cache_keys import climb_key, encode_key, map_key
from vaegc.experiment.spec import ExperimentSpec, known_datasets
from vaegc.models import ModelConfig, model_identity
from vaegc.web.stage.scene import tree_frames

MAX_PAGE_SECONDS = 3.0  # that a page computes by itself; longer work is a job
MAX_LOOKUP_POINTS = 10_000  # points up to which data are loaded, so that their stages are looked up in the cache
MAX_LOOKUP_VALUES = 5_000_000  # points times features of the same: some tens of milliseconds
CACHED_MAPS = ("tsne", "umap")  # methods that take seconds, so that their maps are cached
DEFAULT_TOY_POINTS = 1_000  # of a toy shape whose spec has no n


@dataclass(frozen=True, slots=True)
class DataSize:
    """Size of the data of a spec."""

    source: int  # points of the whole set
    n: int  # points that are used
    d: int  # features


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Metadata of a saved model, from its model.json."""

    kind: str
    latent_dim: int
    input_dim: int  # features of the data that it takes
    data: str  # name of what it was trained on


def is_scene_cached(spec: ExperimentSpec) -> bool:
    """Whether the packed scene of a spec is in the cache, or is shipped."""
    return store.find_cached("scene", spec.key(), ".bin") is not None


def is_fast(spec: ExperimentSpec, previous: ExperimentSpec | None = None) -> bool:
    """Whether the scene of a spec is cached, or computed within `MAX_PAGE_SECONDS`.

    Parameters
    ----------
    spec
        With paths, not with names of private data.
    previous
        One whose scene was shown before, so that its stages are in the cache.
    """
    return is_scene_cached(spec) or estimate_seconds(spec, previous) <= MAX_PAGE_SECONDS


def estimate_seconds(spec: ExperimentSpec, previous: ExperimentSpec | None = None) -> float:
    """Estimate the seconds that computing a scene takes on two cores; infinite where the size is unknown or a model has to be trained.

    Stages that are cached cost nothing. Measured with libraries loaded; the constants are those of a climb of 30 steps. It may be wrong by
    a factor of two. Parameters as in `is_fast`.
    """
    size = data_size(spec)
    if size is None or isinstance(spec.model, ModelConfig):
        return np.inf
    if size.n > size.source or spec.clustering.min_samples > size.n:
        return 0.0  # it ends in a sentence at once, as what follows does
    try:
        model = None if spec.model is None else model_facts(spec.model)
        cached = _cached_stages(spec, size, previous)
    except VaegcError:
        return 0.0
    ascent = spec.ascent or AscentConfig(steps=0)
    d = _spec_dimensions(spec, size, model)
    n, frames = size.n, -(-ascent.steps // ascent.keep_every) + 1
    view = spec.view if d > 3 else None  # a space of more dimensions is drawn in a view

    cost = 5e-9 * size.source * size.d + 3e-5 * n + 0.05  # loading, facts beside the picture
    for method, dim in ((spec.space, spec.map.dim), (view, 2)):
        if method in CACHED_MAPS and "map" not in cached:
            cost += _map_seconds(str(method), n, dim)
    if "climb" not in cached:
        cost += ascent.steps * _step_seconds(ascent, n, d, size.d)
    if view in CACHED_MAPS and "place" not in cached:
        cost += frames * n * 7e-6 * (1 + d / 40)
    trees = len(tree_frames(n, frames))
    return cost + trees * tree_seconds(n, d)


def estimate_climb(spec: ExperimentSpec) -> tuple[int, int, float] | None:
    """Estimate one climb of a spec: points, dimensions, seconds; None where the size is unknown or a model has to be trained."""
    size = data_size(spec)
    if size is None or isinstance(spec.model, ModelConfig):
        return None
    try:
        model = None if spec.model is None else model_facts(spec.model)
    except VaegcError:
        return None
    ascent = spec.ascent or AscentConfig(steps=0)
    d = _spec_dimensions(spec, size, model)
    return size.n, d, ascent.steps * _step_seconds(ascent, size.n, d, size.d)


def climb_dimensions(space: str, map_dim: int, features: int, latent_dim: int | None) -> int:
    """Dimensions of the space in which the points of a spec climb and are swept.

    Parameters
    ----------
    space, map_dim
        Those of the spec: where one climbs, and the dimensions of a map.
    features
        Of the data.
    latent_dim
        Of the model; None where none encodes.
    """
    start = features if latent_dim is None or space == "data" else latent_dim
    if space == "umap":  # which may have more dimensions than the points
        return map_dim
    return min(map_dim, start) if space in ("pca", "tsne") else start


def tree_seconds(n: int, d: int) -> float:
    """Estimate the seconds that one sweep of n points in d dimensions takes."""
    return n * min(n, 2_000) * (2 + 0.19 * d) * 1e-9 + n * 4e-6


def data_size(spec: ExperimentSpec) -> DataSize | None:
    """Return the size of the data of a spec, without loading them; None where only loading can tell."""
    if not isinstance(spec.dataset, str):
        return DataSize(len(spec.dataset), len(spec.dataset), spec.dataset.x.shape[1])
    if is_generated(spec.dataset):
        n = spec.n or DEFAULT_TOY_POINTS
        return DataSize(n, n, describe(spec.dataset).d)
    if spec.dataset in known_datasets():
        facts = describe(spec.dataset)
        return DataSize(facts.n, spec.n or facts.n, facts.d)
    shape = _shape_of(Path(spec.dataset))
    return None if shape is None else DataSize(shape[0], spec.n or shape[0], shape[1])


def model_facts(name: str) -> ModelFacts:
    """Read the metadata of a shipped model or a model folder, not its weights; raises `CheckpointError` where they are missing or damaged."""
    from vaegc.models.shipped import MODEL_FILES, find_model

    path = find_model(name) / MODEL_FILES[0]
    try:
        return _read_facts(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(f"{str(name)!r}: {MODEL_FILES[0]} is damaged; train or fetch the model again.") from None


@lru_cache(maxsize=256)
def _read_facts(path: Path, _changed: int) -> ModelFacts:
    document = json.loads(path.read_bytes())
    config = document["config"]
    return ModelFacts(
        str(config["kind"]),
        int(config["latent_dim"]),
        int(document["input_dim"]),
        str((document.get("provenance") or {}).get("data", "")),
    )


def _shape_of(path: Path) -> tuple[int, int] | None:
    """Shape (N, D) of the data in an .npz file, from its header alone."""
    if path.suffix.lower() == ".npz":
        with suppress(*store.DAMAGED_FILE_ERRORS), zipfile.ZipFile(path) as archive, archive.open("x.npy") as file:
            major, _ = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
            shape = read(file)[0]
            if len(shape) == 2:
                return int(shape[0]), int(shape[1])
    return None


# --- stages that are cached --------------------------------------------------------------------------------------------


def _cached_stages(spec: ExperimentSpec, size: DataSize, previous: ExperimentSpec | None) -> set[str]:
    """Which of "map", "climb" and "place" are in the cache."""
    if previous is not None and replace(previous, clustering=spec.clustering) == spec:
        return {"map", "climb", "place"}
    climbs_data = {
        (s.ascent.density if s.ascent else "kernel") in DATA_DENSITIES for s in (spec, *([previous] if previous else []))
    }
    same_map = (
        previous is not None
        and len(climbs_data) == 1
        and replace(previous, clustering=spec.clustering, ascent=spec.ascent) == spec
    )
    if size.source <= MAX_LOOKUP_POINTS and size.source * size.d <= MAX_LOOKUP_VALUES and _loads_fast(spec):
        with suppress(BadInput):
            return _lookup_stages(spec) | ({"map"} if same_map else set())
    return {"map"} if same_map else set()


def _loads_fast(spec: ExperimentSpec) -> bool:
    """Whether the data load in milliseconds: some built-in sets are unpacked or counted first."""
    immediate = not isinstance(spec.dataset, str) or is_generated(spec.dataset) or spec.dataset == "digits"
    return immediate or str(spec.dataset).endswith(".npz")


def _lookup_stages(spec: ExperimentSpec) -> set[str]:
    """The same for small data: they are loaded, and each stage is looked up by its key."""
    data = spec.dataset if not isinstance(spec.dataset, str) else load_dataset(spec.dataset, n=spec.n, seed=spec.seed)
    ascent = spec.ascent or AscentConfig(steps=0)
    of_data = ascent.density in DATA_DENSITIES
    identity = model_identity(spec.model) if isinstance(spec.model, str) else None
    points: np.ndarray | None = data.x
    if identity is not None and (spec.space != "data" or of_data):
        points = _cached_array("encode", encode_key(data.fingerprint, identity), "mean")
    if points is None:
        return set()
    found: set[str] = set()
    start = np.ascontiguousarray(points, np.float64)
    space = start
    if spec.space in CACHED_MAPS:
        made = _cached_array("map", map_key(start, spec.space, spec.seed, spec.map), "points")
        if made is None:
            return found
        found.add("map")
        space = made
    elif start.shape[1] > 3 and spec.view in CACHED_MAPS and spec.space != "pca":
        view = map_key(start, spec.view, spec.seed, replace(spec.map, dim=2))
        found |= {"map"} if store.find_cached("map", view, ".npz") is not None else set()
    if spec.space != "pca" and store.find_cached("climb", climb_key(space, ascent, spec, data), ".npz") is not None:
        found.add("climb")
        if "map" in found:
            found.add("place")
    return found


def _cached_array(stage: str, key: str, name: str) -> np.ndarray | None:
    """One array of a finished stage, or None."""
    path = store.find_cached(stage, key, ".npz")
    if path is not None:
        with suppress(*store.DAMAGED_FILE_ERRORS), store.open_npz(path) as kept:
            return np.asarray(kept[name])
    return None


# --- seconds of those that are not ---------------------------------------------------------------------------------------


def _map_seconds(method: str, n: int, dim: int) -> float:
    return (0.6 + 2.5e-3 * n) * (2 if dim == 3 else 1) if method == "tsne" else 10 + 6e-3 * n  # UMAP compiles first


def _spec_dimensions(spec: ExperimentSpec, size: DataSize, model: ModelFacts | None) -> int:
    """`climb_dimensions` of a spec."""
    of_data = spec.ascent is not None and spec.ascent.density in DATA_DENSITIES  # swept in the latent space
    space = "latent" if of_data else spec.space
    return climb_dimensions(space, spec.map.dim, size.d, None if model is None else model.latent_dim)


def _step_seconds(ascent: AscentConfig, n: int, d: int, features: int) -> float:
    """One step of all points."""
    if ascent.density in DATA_DENSITIES:
        return n * features * (5e-7 if ascent.density == "marginal" else 2e-7)
    if ascent.density == "mixture":
        return n * 2e-6
    near = min(n, 2_500) if d <= 3 else n  # few dimensions: only near centres count
    return n * near * (1.5 + 0.22 * d) * 1e-9
