"""Running a spec stage by stage, each cached by the hash of all that it depends on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc import store
from vaegc.ascent import OF_DATA, AscentConfig, Trajectory, ascend
from vaegc.checks import as_points, check_spread
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, NotSupported, VaegcError
from vaegc.experiment.drawing import columns_of, contours_of, ink_of, positions_of
from vaegc.experiment.keys import climb_key, encode_key, map_key
from vaegc.experiment.spec import STAGES, Experiment, known_data_sets
from vaegc.experiment.words import caption, facts
from vaegc.metrics import Scores, clusters_in_use, score
from vaegc.models import CLUSTERED, ModelConfig, Posterior, model_identity
from vaegc.progress import Callback, Progress
from vaegc.projection import MapConfig, Space, pca_space, project
from vaegc.stage.scene import Scene, Tree, tree_frames
from vaegc.sweep import EpsilonSweep, Suggestion, eps_floor

if TYPE_CHECKING:
    from vaegc.models.base import LatentModel


@dataclass
class Result:
    """What running an `Experiment` gave."""

    spec: Experiment
    dataset: Dataset
    model: LatentModel | None
    posterior: Posterior | None  # of the data under the model
    space: Space  # where points climbed and were clustered
    trajectory: Trajectory
    sweep: EpsilonSweep  # of the last frame
    suggestion: Suggestion
    stopped: bool  # a callback ended the training or the climb early
    scores: Scores | None = None  # at the given ε, else at the suggestion's; None without true classes or without an ε

    @property
    def eps(self) -> float | None:
        """The radius of `labels`: the spec's, else the suggestion's."""
        given = self.spec.clustering.eps
        return self.suggestion.eps if given is None else given

    @property
    def labels(self) -> np.ndarray | None:
        """(N,) cluster of every point after the climb, -1 noise; None where there is no ε."""
        return None if self.eps is None else self.sweep.labels_at(self.eps, noise=self.spec.clustering.noise)

    @cached_property
    def density(self) -> Any:
        """What was climbed, fitted to the data; also without a climb, where it ranks the points."""
        return _density(self.spec, self.dataset, self.model, self.posterior, self.space)

    @cached_property
    def own_clusters(self) -> dict[str, Any] | None:
        """What a model with clusters of its own says of the data before any climb; None for other models, and where it has none yet.

        `kind`, `given` (K), `used` (clusters that hold 1 % of the points or more) and, with true classes, `acc`.
        """
        if self.model is None or self.model.kind not in CLUSTERED:
            return None
        try:
            labels, k = self.model.assign(self.dataset.x), self.model.config.n_clusters
        except VaegcError:  # no clusters yet, or a model of other data that is there to be compared with: nothing to tell
            return None
        own: dict[str, Any] = {"kind": self.model.kind, "given": k, "used": clusters_in_use(labels)}
        return own if self.dataset.y is None else {**own, "acc": score(self.dataset.y, labels).acc}

    def predict(self, x: npt.ArrayLike) -> np.ndarray:
        """Cluster (M,) of points (M, D) that were not there: encoded, placed, climbed on the same density, then assigned; -1 is noise.

        Points of a map are placed by their nearest start points, since a map cannot be fitted again. Nothing that was fitted changes: a
        new point joins the cluster of the first core point that reaches it within ε.
        """
        if self.eps is None:
            raise BadInput(f"There are no clusters to predict without an ε: {self.suggestion.reason} Set clustering.eps.")
        data = as_points(x, "x")
        if data.shape[1] != self.dataset.x.shape[1]:
            raise BadInput(f"These points have {data.shape[1]} numbers each; the data set has {self.dataset.x.shape[1]}.")
        return self.sweep.predict(self._climbed(data), self.eps)

    def _climbed(self, x: np.ndarray) -> np.ndarray:
        """Where unseen data (M, D) are after the climb, in the space that is swept (M, d)."""
        ascent, path = self.spec.ascent, self.trajectory
        of_data = ascent is not None and ascent.density in OF_DATA
        in_latent = self.model is not None and self.spec.space != "data"
        start = x if of_data or not in_latent else self.model.encode(x).mean.astype(np.float64)  # type: ignore[union-attr]
        if ascent is None:
            return self.space.place(start)
        steps = int(path.steps[-1])
        if ascent.method != "blurring":
            at = start if of_data else self.space.place(start)
            moved = ascend(
                at, self.density, steps, ascent.alpha, ascent.tol, max(steps, 1), method=ascent.method, rest=self._resting(at)
            )
            return moved.points[-1].astype(np.float64)
        if len(path) != steps + 1:
            raise NotSupported("New points follow a blurring climb only where every step was kept: set keep_every to 1.")
        at = self.space.place(start)
        for frame in path.points[:-1]:
            at = self.density.recentred(frame.astype(np.float64)).step(at, ascent.alpha)
        return at

    def _resting(self, points: np.ndarray) -> np.ndarray:
        """(M,) lengths that `tol` is a share of: of the nearest centre, so that a fitted point has its own."""
        from sklearn.neighbors import KDTree

        centres, own = getattr(self.density, "centres", None), getattr(self.density, "bandwidths", None)
        if own is None or centres is None or not np.array_equal(centres, self.space.points):
            return np.full(
                len(points), eps_floor(self.dataset.x if self.trajectory.data_points is not None else self.space.points)
            )
        nearest = KDTree(centres).query(points, k=1)[1][:, 0]
        return np.where(own[nearest] > 0, own[nearest], eps_floor(centres))

    def scene(self, callback: Callback | None = None) -> Scene:
        """Return everything that is drawn: positions in the view, trees of the frames, pictures, the density under the points.

        Notes
        -----
        Where only `clustering` differs from a result that was drawn before, everything but the trees comes from the cache.
        """
        view = _view(self.spec, self.space, callback)
        clustering = self.spec.clustering
        positions = positions_of(view, self.space, self.trajectory)
        sprites = None if self.dataset.image_shape is None else ink_of(self.dataset, self.dataset.x)
        return Scene(
            positions=positions,
            steps=self.trajectory.steps,
            log_density=self.trajectory.log_density,
            trees=_trees(self, callback),
            min_samples=clustering.min_samples,
            min_size=clustering.min_size,
            eps=clustering.eps,
            caption=caption(self, view),
            space=self.space.name,
            view=self.space.name if view is self.space else view.name,
            facts=facts(self, view),
            y=self.dataset.y,
            class_names=self.dataset.class_names,
            sprites=sprites,
            notes=() if self.spec.dataset in known_data_sets() else self.dataset.notes,
            travelled=self.trajectory.path_lengths,
            columns=columns_of(self.dataset),
            contours=contours_of(self, positions) if view is self.space and self.space.dim == 2 else None,
            ids=self.dataset.rows,
        )


def run(spec: Experiment, callback: Callback | None = None) -> Result:
    """Load, encode, project, climb and sweep."""
    data = spec.load(callback)
    check_spread(data.x, "Clustering")
    if spec.clustering.min_samples > len(data):
        raise BadInput(
            f"min_samples is {spec.clustering.min_samples}, but there are only {len(data):,} points; choose at most {len(data):,}."
        )
    model = _model(spec, data, callback)
    posterior, points = _encode(spec, model, data)
    space = _space(spec, points, callback)
    trajectory = _climb(spec, data, model, posterior, space, callback)
    if trajectory.stopped:  # asked once is enough: what was reached is still swept
        callback = None
    sweep = trajectory.sweep(
        min_samples=spec.clustering.min_samples, callback=_within(callback, "tree", 0, 1, "Building the tree")
    )
    suggestion = sweep.suggest(spec.clustering.min_size, spec.clustering.max_noise)
    cut_short = isinstance(spec.model, ModelConfig) and model is not None and model.provenance.stopped
    stopped = trajectory.stopped or cut_short
    result = Result(spec, data, model, posterior, space, trajectory, sweep, suggestion, stopped)
    labels = result.labels
    if labels is not None and data.y is not None:
        result.scores = score(data.y, labels, "wrong" if spec.clustering.noise == "nearest" else spec.clustering.noise)
    return result


# --- stages ----------------------------------------------------------------------------------------------------------


def _model(spec: Experiment, data: Dataset, callback: Callback | None) -> LatentModel | None:
    if spec.model is None:
        return None
    from vaegc.models.checkpoint import load_model

    if isinstance(spec.model, str):
        return load_model(spec.model)
    from vaegc.training import train

    folder = store.cache_root() / "model" / store.content_hash("model", STAGES, data.fingerprint, spec.model.to_dict(), spec.seed)
    try:
        return load_model(folder)
    except VaegcError:
        model = train(data, spec.model, seed=spec.seed, callback=callback)
    if not model.provenance.stopped:
        with suppress(BadInput):  # a cache that cannot be written costs time only
            model.save(str(folder))
    return model


def _encode(spec: Experiment, model: LatentModel | None, data: Dataset) -> tuple[Posterior | None, np.ndarray]:
    if model is None:
        return None, data.x
    if spec.space == "data" and not (spec.ascent is not None and spec.ascent.density in OF_DATA):
        return None, data.x  # the model decodes; what climbs are the data
    if model.input_dim != data.x.shape[1]:
        name = spec.model if isinstance(spec.model, str) else "this model"
        raise BadInput(
            f"{name} was made for points with {model.input_dim} features; {data.name} has {data.x.shape[1]}: choose a model of these data, or none."
        )
    if not isinstance(spec.model, str):
        posterior = model.encode(data.x)
        return posterior, posterior.mean

    def compute() -> dict[str, np.ndarray]:
        made = model.encode(data.x)
        return {"mean": made.mean} if made.logvar is None else {"mean": made.mean, "logvar": made.logvar}

    kept = store.cached_arrays("encode", encode_key(data.fingerprint, model_identity(spec.model)), compute)
    return Posterior(kept["mean"], kept.get("logvar")), kept["mean"]


def _space(spec: Experiment, points: np.ndarray, callback: Callback | None) -> Space:
    if spec.space == "pca":
        return pca_space(np.asarray(points, np.float64), min(spec.map.dim, points.shape[1]))
    name = "latent" if spec.ascent is not None and spec.ascent.density in OF_DATA else spec.space
    return _map(name, points, spec.seed, spec.map, callback)


def _view(spec: Experiment, space: Space, callback: Callback | None) -> Space:
    """The space itself where it can be drawn, flat or turned by hand, else a fixed 2-D view of its start."""
    if space.dim <= 3:
        return space
    if spec.view == "pca":
        return pca_space(space.points, 2)
    return _map(spec.view, space.points, spec.seed, replace(spec.map, dim=2), callback)


def _map(method: str, points: np.ndarray, seed: int, how: MapConfig, callback: Callback | None) -> Space:
    start = np.asarray(points, np.float64)
    if method in ("latent", "data"):
        return project(start, method)

    def compute() -> dict[str, np.ndarray]:
        made = project(
            start, method, how.dim, seed, callback, perplexity=how.perplexity, n_neighbors=how.n_neighbors, min_dist=how.min_dist
        )
        return {"points": made.points}

    return Space(store.cached_arrays("map", map_key(start, method, seed, how), compute)["points"], method, start)


def _density(spec: Experiment, data: Dataset, model: LatentModel | None, posterior: Posterior | None, space: Space) -> Any:
    from vaegc import densities

    ascent = spec.ascent or AscentConfig(steps=0)
    if ascent.density == "kernel":
        return densities.KernelDensity(space.points, ascent.neighbors, ascent.bandwidth)
    if ascent.density == "aggregated":
        assert posterior is not None
        return densities.AggregatedPosterior(posterior, ascent.neighbors, ascent.bandwidth)
    if ascent.density == "mixture":
        return densities.MixturePrior(model)
    bounds = data.pixel_range if data.image_shape is not None else None
    if (
        ascent.density == "marginal" and model is not None and not model.has_posterior
    ):  # iterated reconstruction: all that it can give
        return densities.MarginalLikelihood(model, samples=1, surrogate_variance=ascent.surrogate_variance, bounds=bounds)
    kind: Any = densities.MarginalLikelihood if ascent.density == "marginal" else densities.EvidenceBound
    return kind(model, surrogate_variance=ascent.surrogate_variance, bounds=bounds)


def _climb(
    spec: Experiment,
    data: Dataset,
    model: LatentModel | None,
    posterior: Posterior | None,
    space: Space,
    callback: Callback | None,
) -> Trajectory:
    ascent = spec.ascent or AscentConfig(steps=0)
    more: list[Any] = []  # what else the density depends on
    if ascent.density != "kernel":
        identity = model_identity(spec.model) if isinstance(spec.model, str) else spec.model and [spec.model.to_dict(), spec.seed]
        more = [data.fingerprint, identity, list(data.pixel_range)]
    key = climb_key(space.points, ascent, more)

    def compute() -> dict[str, np.ndarray]:
        density = _density(spec, data, model, posterior, space)
        start = data.x if ascent.density in OF_DATA else space.points
        path = ascend(start, density, ascent.steps, ascent.alpha, ascent.tol, ascent.keep_every, callback, method=ascent.method)
        if path.stopped:
            raise _Partial(path)
        arrays = {name: getattr(path, name) for name in ("points", "log_density", "steps", "step_lengths", "path_lengths")}
        if path.data_points is not None:  # those of every step would be large, and only the last is decoded
            arrays["data_points"] = path.data_points[[0, -1]] if len(path) > 1 else path.data_points
        return arrays

    try:
        kept = store.cached_arrays("climb", key, compute)
    except _Partial as partial:  # a stopped climb is shown, but never kept as if it were whole
        return partial.trajectory
    return Trajectory(
        kept["points"], kept["log_density"], kept["steps"], False, kept.get("data_points"),
        kept["step_lengths"], kept["path_lengths"],
    )  # fmt: skip


class _Partial(Exception):
    def __init__(self, trajectory: Trajectory) -> None:
        super().__init__("stopped")
        self.trajectory = trajectory


def _trees(result: Result, callback: Callback | None) -> list[Tree]:
    path, clustering = result.trajectory, result.spec.clustering
    n = path.points.shape[1]
    frames = tree_frames(n, len(path.points))
    trees = []
    for done, frame in enumerate(frames):
        message = f"Cutting step {path.steps[frame]}: tree {done + 1} of {len(frames)}"
        if frame == len(path.points) - 1:
            sweep = result.sweep
        else:
            sweep = path.sweep(frame, clustering.min_samples, _within(callback, "trees", done, len(frames), message))
        plateaus = sweep.plateaus(clustering.min_size, clustering.max_noise)
        rows: list[Any] = plateaus.to_dict("records")
        trees.append(Tree(frame, sweep, rows, sweep.suggest(clustering.min_size, clustering.max_noise)))
    return trees


def _within(callback: Callback | None, stage: str, part: int, parts: int, message: str) -> Callback | None:
    """Report a sweep, which is one part of a longer stage, so that the bar of the whole only ever grows."""
    if callback is None:
        return None

    def report(p: Progress) -> object:
        done = p.done + (p.total if p.stage == "tree" else 0)  # after the neighbours
        return callback(Progress(stage, 2 * part * p.total + done, 2 * parts * p.total, message))

    return report
