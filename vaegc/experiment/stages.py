"""Stages of an experiment, from the data to the ascent, each cached by a hash of everything that it depends on.

`vaegc.experiment.result` runs them once; `vaegc.selection` runs the ascent again, with other settings from the same start.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc import store
from vaegc.ascent import DATA_DENSITIES, AscentConfig, Trajectory, ascend
from vaegc.checks import check_spread
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, VaegcError
from vaegc.experiment.cache_keys import climb_key, encode_key, map_key
from vaegc.experiment.spec import CACHE_VERSION, ExperimentSpec
from vaegc.models import Posterior, model_identity
from vaegc.progress import Callback, Progress
from vaegc.projection import MapConfig, Space, pca_space, project
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.models.base import LatentModel


@dataclass(frozen=True, slots=True)
class LatentStart:
    """Everything that an experiment has before its ascent."""

    dataset: Dataset
    model: LatentModel | None
    posterior: Posterior | None  # of the data under the model
    space: Space  # in which points climb and are clustered; its points are the start


def compute_start(spec: ExperimentSpec, callback: Callback | None) -> LatentStart:
    """Load, encode and project; raises what these raise, see `load_data`, `encode` and `make_space`."""
    data = load_data(spec, callback)
    model = load_or_train_model(spec, data, callback)
    posterior, points = encode(spec, model, data)
    return LatentStart(data, model, posterior, make_space(spec, points, callback))


def load_data(spec: ExperimentSpec, callback: Callback | None) -> Dataset:
    """Load the data set of a spec; raises `BadInput` where it cannot be clustered: all points equal, or fewer than `min_samples`."""
    data = spec.load(callback)
    check_spread(data.x, "Clustering")
    if spec.clustering.min_samples > len(data):
        raise BadInput(
            f"min_samples is {spec.clustering.min_samples}, but there are only {counted(len(data), 'point')}; choose at most {len(data):,}."
        )
    return data


def load_or_train_model(spec: ExperimentSpec, data: Dataset, callback: Callback | None) -> LatentModel | None:
    """Load the model of a spec, or train it, from the cache where that was done before; None for a spec without a model."""
    if spec.model is None:
        return None
    from vaegc.models.checkpoint import load_model

    if isinstance(spec.model, str):
        return load_model(spec.model)
    from vaegc.training import train

    folder = (
        store.cache_root()
        / "model"
        / store.content_hash("model", CACHE_VERSION, data.fingerprint, spec.model.to_dict(), spec.seed)
    )
    try:
        return load_model(folder)
    except VaegcError:
        model = train(data, spec.model, seed=spec.seed, callback=callback)
    if not model.provenance.stopped:
        with suppress(BadInput):  # a cache that cannot be written costs time only
            model.save(str(folder))
    return model


def encode(spec: ExperimentSpec, model: LatentModel | None, data: Dataset) -> tuple[Posterior | None, np.ndarray]:
    """Return the posterior of the data, where the spec needs it, and the points (N, d) that the space is made from.

    Raises
    ------
    BadInput
        The model takes another number of features.
    """
    if model is None:
        return None, data.x
    if spec.space == "data" and not (spec.ascent is not None and spec.ascent.density in DATA_DENSITIES):
        return None, data.x  # the model decodes; what climbs are the data
    if model.input_dim != data.x.shape[1]:
        name = spec.model if isinstance(spec.model, str) else "this model"
        raise BadInput(
            f"{name} was made for points with {counted(model.input_dim, 'feature')}; {data.name} has {data.x.shape[1]}: choose a model of these data, or none."
        )
    if not isinstance(spec.model, str):
        posterior = model.encode(data.x)
        return posterior, posterior.mean

    def compute() -> dict[str, np.ndarray]:
        made = model.encode(data.x)
        return {"mean": made.mean} if made.logvar is None else {"mean": made.mean, "logvar": made.logvar}

    kept = store.cached_arrays("encode", encode_key(data.fingerprint, model_identity(spec.model)), compute)
    return Posterior(kept["mean"], kept.get("logvar")), kept["mean"]


def make_space(spec: ExperimentSpec, points: np.ndarray, callback: Callback | None) -> Space:
    """Return the space in which points climb and are swept: the points (N, d) themselves, or a projection of them."""
    if spec.space == "pca":
        return pca_space(np.asarray(points, np.float64), min(spec.map.dim, points.shape[1]))
    name = "latent" if spec.ascent is not None and spec.ascent.density in DATA_DENSITIES else spec.space
    return _map(name, points, spec.seed, spec.map, callback)


def make_view(spec: ExperimentSpec, space: Space, callback: Callback | None = None) -> Space:
    """Return the space that is drawn: the space itself up to three dimensions, else a fixed 2-D view of its points."""
    if space.dim <= 3:
        return space
    if spec.view == "pca":
        return pca_space(space.points, 2)
    return _map(spec.view, space.points, spec.seed, replace(spec.map, dim=2), callback)


def _map(method: str, points: np.ndarray, seed: int, config: MapConfig, callback: Callback | None) -> Space:
    start = np.asarray(points, np.float64)
    if method in ("latent", "data"):
        return project(start, method)

    def compute() -> dict[str, np.ndarray]:
        made = project(
            start,
            method,
            config.dim,
            seed,
            callback,
            perplexity=config.perplexity,
            n_neighbors=config.n_neighbors,
            min_dist=config.min_dist,
        )
        return {"points": made.points}

    return Space(store.cached_arrays("map", map_key(start, method, seed, config), compute)["points"], method, start)


def make_density(spec: ExperimentSpec, start: LatentStart) -> Any:
    """Return the density of a spec, fitted to its data; without an ascent it ranks the points.

    Returns
    -------
    One of the classes of `vaegc.densities`.
    """
    from vaegc import densities

    ascent = spec.ascent or AscentConfig(steps=0)
    data, model = start.dataset, start.model
    if ascent.density == "kernel":
        return densities.KernelDensity(start.space.points, ascent.neighbors, ascent.bandwidth)
    if ascent.density == "aggregated":
        assert start.posterior is not None
        return densities.AggregatedPosterior(start.posterior, ascent.neighbors, ascent.bandwidth)
    if ascent.density == "mixture":
        return densities.MixturePrior(model)
    bounds = data.pixel_range if data.image_shape is not None else None
    if (
        ascent.density == "marginal" and model is not None and not model.has_posterior
    ):  # iterated reconstruction: all that it can give
        return densities.MarginalLikelihood(model, samples=1, surrogate_variance=ascent.surrogate_variance, bounds=bounds)
    kinds: dict[str, Any] = {"marginal": densities.MarginalLikelihood, "bound": densities.EvidenceBound}
    return kinds[ascent.density](model, surrogate_variance=ascent.surrogate_variance, bounds=bounds)


def climb(spec: ExperimentSpec, start: LatentStart, callback: Callback | None) -> Trajectory:
    """Run the ascent, from the cache where that was done before; one that the callback stopped is marked `stopped`, and not cached."""
    ascent = spec.ascent or AscentConfig(steps=0)
    key = climb_key(start.space.points, ascent, spec, start.dataset)

    def compute() -> dict[str, np.ndarray]:
        density = make_density(spec, start)
        points = start.dataset.x if ascent.density in DATA_DENSITIES else start.space.points
        path = ascend(points, density, ascent.steps, ascent.alpha, ascent.tol, ascent.keep_every, callback, method=ascent.method)
        if path.stopped:
            raise _StoppedClimb(path)
        if (
            path.data_frames is not None and len(path.data_frames) > 1
        ):  # those of every step would be large, and only the last is decoded
            path.data_frames = path.data_frames[[0, -1]]
        return path.to_arrays()

    try:
        kept = store.cached_arrays("climb", key, compute)
    except _StoppedClimb as stopped:  # shown, but never cached as if it were whole
        return stopped.trajectory
    return Trajectory.from_arrays(kept)


class _StoppedClimb(Exception):
    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__("stopped")
        self.trajectory = trajectory


def sub_progress(callback: Callback | None, stage: str, part: int, parts: int, message: str) -> Callback | None:
    """Map the progress of a sweep, which is one part of a longer stage, to that of the stage, so that its bar never goes back.

    Parameters
    ----------
    callback
        Of the stage; None gives None.
    stage, message
        Of the events that it gets.
    part, parts
        Number of the part from 0, and of parts.
    """
    if callback is None:
        return None

    def report(p: Progress) -> object:
        done = p.done + (p.total if p.stage == "tree" else 0)  # after the neighbours
        return callback(Progress(stage, 2 * part * p.total + done, 2 * parts * p.total, message))

    return report
