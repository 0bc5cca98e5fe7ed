"""Whether a spec can be shown at once: what of it is at hand, and about how long the rest takes.

The page computes what is quick and leaves the rest to a job. Nothing large is loaded to find that out.
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
from vaegc.ascent import OF_DATA, AscentConfig
from vaegc.datasets import describe, is_generated, load_dataset
from vaegc.errors import BadInput, CheckpointError, VaegcError
from vaegc.experiment.cache_keys import climb_key, encode_key, map_key
from vaegc.experiment.spec import ExperimentSpec, known_data_sets
from vaegc.models import ModelConfig, model_identity
from vaegc.web.stage.scene import tree_frames

QUICK = 3.0  # seconds that a page may compute by itself
SMALL = 10_000  # points up to which data are loaded to see what is at hand
MOST_VALUES = 5_000_000  # of data that are loaded for that: some tens of milliseconds
MAPS = ("tsne", "umap")
GENERATED = 1_000  # points of a toy shape that does not say how many


@dataclass(frozen=True, slots=True)
class Size:
    """How much data a spec is about."""

    source: int  # points of the whole set
    n: int  # points that are used
    d: int  # features


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What model.json says of a model."""

    kind: str
    latent_dim: int
    input_dim: int  # features of the data that it takes
    data: str  # name of what it was trained on


def is_kept(spec: ExperimentSpec) -> bool:
    """Whether the finished scene of a spec lies in the cache, or is shipped."""
    return store.find_cached("scene", spec.key(), ".bin") is not None


def is_quick(spec: ExperimentSpec, seen: ExperimentSpec | None = None) -> bool:
    """Whether the scene of a spec is at hand, or computed within `QUICK` seconds.

    Parameters
    ----------
    spec
        With paths, not with names of private data.
    seen
        One whose scene was shown before, so that its stages are in the cache.
    """
    return is_kept(spec) or seconds(spec, seen) <= QUICK


def seconds(spec: ExperimentSpec, seen: ExperimentSpec | None = None) -> float:
    """Return about how long computing a scene takes, in seconds on two cores; infinite for what cannot be told.

    Measured with libraries loaded; the constants are those of a climb of 30 steps. It may be wrong by a factor of two.
    """
    size = size_of(spec)
    if size is None or isinstance(spec.model, ModelConfig):
        return np.inf
    if size.n > size.source or spec.clustering.min_samples > size.n:
        return 0.0  # it ends in a sentence at once, as what follows does
    try:
        model = None if spec.model is None else model_facts(spec.model)
        at_hand = _at_hand(spec, size, seen)
    except VaegcError:
        return 0.0
    ascent = spec.ascent or AscentConfig(steps=0)
    d = _dims(spec, size, model)
    n, frames = size.n, -(-ascent.steps // ascent.keep_every) + 1
    seen_through = spec.view if d > 3 else None  # what has more dimensions is drawn in a view

    cost = 5e-9 * size.source * size.d + 3e-5 * n + 0.05  # loading, facts beside the picture
    for method, dim in ((spec.space, spec.map.dim), (seen_through, 2)):
        if method in MAPS and "map" not in at_hand:
            cost += _map_seconds(str(method), n, dim)
    if "climb" not in at_hand:
        cost += ascent.steps * _step_seconds(ascent, n, d, size.d)
    if seen_through in MAPS and "place" not in at_hand:
        cost += frames * n * 7e-6 * (1 + d / 40)
    trees = len(tree_frames(n, frames))
    return cost + trees * tree_seconds(n, d)


def climb_seconds(spec: ExperimentSpec) -> tuple[int, int, float] | None:
    """Return points, dimensions and about the seconds of one climb of a spec; None where that cannot be told."""
    size = size_of(spec)
    if size is None or isinstance(spec.model, ModelConfig):
        return None
    try:
        model = None if spec.model is None else model_facts(spec.model)
    except VaegcError:
        return None
    ascent = spec.ascent or AscentConfig(steps=0)
    d = _dims(spec, size, model)
    return size.n, d, ascent.steps * _step_seconds(ascent, size.n, d, size.d)


def climbed_dimensions(space: str, map_dim: int, features: int, latent_dim: int | None) -> int:
    """Dimensions of where the points of a spec climb and are swept.

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
    """About how many seconds one sweep of n points in d dimensions takes."""
    return n * min(n, 2_000) * (2 + 0.19 * d) * 1e-9 + n * 4e-6


def size_of(spec: ExperimentSpec) -> Size | None:
    """Return how much data a spec is about, without loading them; None where only loading can tell."""
    if not isinstance(spec.dataset, str):
        return Size(len(spec.dataset), len(spec.dataset), spec.dataset.x.shape[1])
    if is_generated(spec.dataset):
        n = spec.n or GENERATED
        return Size(n, n, describe(spec.dataset).d)
    if spec.dataset in known_data_sets():
        facts = describe(spec.dataset)
        return Size(facts.n, spec.n or facts.n, facts.d)
    shape = _shape_of(Path(spec.dataset))
    return None if shape is None else Size(shape[0], spec.n or shape[0], shape[1])


def model_facts(name: str) -> ModelFacts:
    """Return what is known of a shipped model or of a model folder without loading it; raises `CheckpointError`."""
    from vaegc.models.shipped import FILES, find_model

    path = find_model(name) / FILES[0]
    try:
        return _read_facts(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(f"{str(name)!r}: {FILES[0]} is damaged; train or fetch the model again.") from None


@lru_cache(maxsize=256)
def _read_facts(path: Path, _changed: int) -> ModelFacts:
    said = json.loads(path.read_bytes())
    config = said["config"]
    return ModelFacts(
        str(config["kind"]),
        int(config["latent_dim"]),
        int(said["input_dim"]),
        str((said.get("provenance") or {}).get("data", "")),
    )


def _shape_of(path: Path) -> tuple[int, int] | None:
    """Shape (N, D) of the data in an .npz file, from its header alone."""
    if path.suffix.lower() == ".npz":
        with suppress(*store.DAMAGE), zipfile.ZipFile(path) as archive, archive.open("x.npy") as file:
            major, _ = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
            shape = read(file)[0]
            if len(shape) == 2:
                return int(shape[0]), int(shape[1])
    return None


# --- what is at hand ---------------------------------------------------------------------------------------------------


def _at_hand(spec: ExperimentSpec, size: Size, seen: ExperimentSpec | None) -> set[str]:
    """Which of "map", "climb" and "place" are in the cache."""
    if seen is not None and replace(seen, clustering=spec.clustering) == spec:
        return {"map", "climb", "place"}
    moves_map = {(s.ascent.density if s.ascent else "kernel") in OF_DATA for s in (spec, *([seen] if seen else []))}
    same_map = seen is not None and len(moves_map) == 1 and replace(seen, clustering=spec.clustering, ascent=spec.ascent) == spec
    if size.source <= SMALL and size.source * size.d <= MOST_VALUES and _loads_fast(spec):
        with suppress(BadInput):
            return _found(spec) | ({"map"} if same_map else set())
    return {"map"} if same_map else set()


def _loads_fast(spec: ExperimentSpec) -> bool:
    """Whether the data are there at once: some built-in sets are unpacked or counted first."""
    named = not isinstance(spec.dataset, str) or is_generated(spec.dataset) or spec.dataset == "digits"
    return named or str(spec.dataset).endswith(".npz")


def _found(spec: ExperimentSpec) -> set[str]:
    """The same for data that are small: loaded, and looked up by the keys of the stages."""
    data = spec.dataset if not isinstance(spec.dataset, str) else load_dataset(spec.dataset, n=spec.n, seed=spec.seed)
    ascent = spec.ascent or AscentConfig(steps=0)
    of_data = ascent.density in OF_DATA
    identity = model_identity(spec.model) if isinstance(spec.model, str) else None
    points: np.ndarray | None = data.x
    if identity is not None and (spec.space != "data" or of_data):
        points = _arrays("encode", encode_key(data.fingerprint, identity), "mean")
    if points is None:
        return set()
    found: set[str] = set()
    start = np.ascontiguousarray(points, np.float64)
    space = start
    if spec.space in MAPS:
        made = _arrays("map", map_key(start, spec.space, spec.seed, spec.map), "points")
        if made is None:
            return found
        found.add("map")
        space = made
    elif start.shape[1] > 3 and spec.view in MAPS and spec.space != "pca":
        view = map_key(start, spec.view, spec.seed, replace(spec.map, dim=2))
        found |= {"map"} if store.find_cached("map", view, ".npz") is not None else set()
    more = [] if ascent.density == "kernel" else [data.fingerprint, identity, list(data.pixel_range)]
    if spec.space != "pca" and store.find_cached("climb", climb_key(space, ascent, more), ".npz") is not None:
        found.add("climb")
        if "map" in found:
            found.add("place")
    return found


def _arrays(stage: str, key: str, name: str) -> np.ndarray | None:
    """One array of a finished stage, or None."""
    path = store.find_cached(stage, key, ".npz")
    if path is not None:
        with suppress(*store.DAMAGE), np.load(path, allow_pickle=False) as kept:
            return np.asarray(kept[name])
    return None


# --- how long the rest takes ---------------------------------------------------------------------------------------------


def _map_seconds(method: str, n: int, dim: int) -> float:
    return (0.6 + 2.5e-3 * n) * (2 if dim == 3 else 1) if method == "tsne" else 10 + 6e-3 * n  # UMAP compiles first


def _dims(spec: ExperimentSpec, size: Size, model: ModelFacts | None) -> int:
    """Dimensions of where points climb."""
    of_data = spec.ascent is not None and spec.ascent.density in OF_DATA  # swept in the latent space
    space = "latent" if of_data else spec.space
    return climbed_dimensions(space, spec.map.dim, size.d, None if model is None else model.latent_dim)


def _step_seconds(ascent: AscentConfig, n: int, d: int, features: int) -> float:
    """One step of all points."""
    if ascent.density in OF_DATA:
        return n * features * (5e-7 if ascent.density == "marginal" else 2e-7)
    if ascent.density == "mixture":
        return n * 2e-6
    near = min(n, 2_500) if d <= 3 else n  # few dimensions: only near centres count
    return n * near * (1.5 + 0.22 * d) * 1e-9
