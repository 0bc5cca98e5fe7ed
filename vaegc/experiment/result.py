"""`Result` of an experiment, and `run`, which computes it stage by stage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc.ascent import DATA_DENSITIES, Trajectory, ascend
from vaegc.checks import ValueObject, as_points
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, NotSupported, VaegcError
from vaegc.experiment.scene_arrays import clip_outliers, density_contours, numeric_columns, uint8_images, view_positions
from vaegc.experiment.spec import ExperimentSpec
from vaegc.experiment.stages import LatentStart, climb, compute_start, make_density, make_view, sub_progress
from vaegc.experiment.summary import caption, data_notes, facts
from vaegc.metrics import Scores, clusters_in_use, score
from vaegc.models import CLUSTERED, ModelConfig, Posterior
from vaegc.progress import Callback
from vaegc.projection import Space
from vaegc.sweep import EpsilonSweep, Suggestion, eps_floor
from vaegc.web.stage.scene import Scene, Tree, tree_frames
from vaegc.wording import counted

if TYPE_CHECKING:
    from pathlib import Path

    from vaegc.models.base import LatentModel
    from vaegc.web.page import Page


@dataclass(repr=False, eq=False)
class Result(ValueObject):
    """Result of an `Experiment`: every stage, the last frame's sweep, and the scores at its ε."""

    spec: ExperimentSpec
    dataset: Dataset
    model: LatentModel | None
    posterior: Posterior | None  # of the data under the model
    space: Space  # in which points climbed and were clustered
    trajectory: Trajectory
    sweep: EpsilonSweep  # of the last frame
    suggestion: Suggestion
    stopped: bool  # a callback ended the training or the climb early
    scores: Scores | None = None  # at the given ε, else at the suggestion's; None without true classes or without an ε

    @property
    def eps(self) -> float | None:
        """Radius ε of `labels`: the spec's, else the suggestion's; None where there is neither."""
        given = self.spec.clustering.eps
        return self.suggestion.eps if given is None else given

    @property
    def labels(self) -> np.ndarray | None:
        """Cluster labels (N,) of the last frame, -1 is noise; None without an ε."""
        return None if self.eps is None else self.sweep.labels_at(self.eps, noise=self.spec.clustering.noise)

    @cached_property
    def density(self) -> Any:
        """The fitted density, one of `vaegc.densities`; without an ascent it ranks the points."""
        return make_density(self.spec, LatentStart(self.dataset, self.model, self.posterior, self.space))

    @cached_property
    def own_clusters(self) -> dict[str, Any] | None:
        """Clustering of the data by the model itself, before any ascent; None for models without clusters, and before these are placed.

        Keys: `kind`, `given` (K), `used` (clusters that hold 1 % of the points or more) and, with true classes, `acc`.
        """
        if self.model is None or self.model.kind not in CLUSTERED:
            return None
        try:
            labels, k = self.model.assign(self.dataset.x), self.model.config.n_clusters
        except VaegcError:  # no clusters yet, or a model of other data, which is there for comparison
            return None
        own: dict[str, Any] = {"kind": self.model.kind, "given": k, "used": clusters_in_use(labels)}
        return own if self.dataset.y is None else {**own, "acc": score(self.dataset.y, labels).acc}

    def predict(self, x: npt.ArrayLike) -> np.ndarray:
        """Predict the cluster labels (M,) of new points (M, D): encode, project, climb on the same density, assign; -1 is noise.

        Points of a map are placed by their nearest start points, since a map cannot be fitted again. Nothing that was fitted changes: a
        new point joins the cluster of the first core point that reaches it within ε. Under the noise policy "nearest" what no core point reaches has
        the label of the nearest fitted point.

        Raises
        ------
        BadInput
            There is no ε, or `x` has another number of features.
        NotSupported
            The climb is blurring, and not every step of it was kept.
        """
        if self.eps is None:
            raise BadInput(f"There are no clusters to predict without an ε: {self.suggestion.reason} Set clustering.eps.")
        data = as_points(x, "x")
        if data.shape[1] != self.dataset.x.shape[1]:
            raise BadInput(
                f"These points have {counted(data.shape[1], 'number')} each; the data set has {self.dataset.x.shape[1]}."
            )
        return self.sweep.predict(self._climb_new(data), self.eps, noise=self.spec.clustering.noise)

    def report(self, path: str | Path | None = None, callback: Callback | None = None) -> Page:
        """Return `vaegc.report` of this result: one HTML page that needs nothing else, saved too where a path is given."""
        page: Page = import_module("vaegc.report").report(
            self, path, callback=callback
        )  # forwards upwards; imported nowhere here
        return page

    def _climb_new(self, x: np.ndarray) -> np.ndarray:
        """Positions (M, d) of new data (M, D) after the climb, in the space that is swept."""
        ascent, path = self.spec.ascent, self.trajectory
        of_data = ascent is not None and ascent.density in DATA_DENSITIES
        in_latent = self.model is not None and self.spec.space != "data"
        start = x if of_data or not in_latent else self.model.encode(x).mean.astype(np.float64)  # type: ignore[union-attr]
        if ascent is None:
            return self.space.place(start)
        steps = int(path.steps[-1])
        if ascent.method != "blurring":
            at = start if of_data else self.space.place(start)
            moved = ascend(
                at,
                self.density,
                steps,
                ascent.alpha,
                ascent.tol,
                max(steps, 1),
                method=ascent.method,
                tol_scale=self._tol_scale(at),
            )
            return moved.frame(-1)
        if len(path) != steps + 1:
            raise NotSupported("New points follow a blurring climb only where every step was kept: set keep_every to 1.")
        at = self.space.place(start)
        for frame in range(len(path) - 1):
            at = self.density.with_centers(path.frame(frame)).step(at, ascent.alpha)
        return at

    def _tol_scale(self, points: np.ndarray) -> np.ndarray:
        """Lengths (M,) that `tol` is a share of: those of the nearest centre, so that a fitted point has its own."""
        from sklearn.neighbors import KDTree

        centres, own = getattr(self.density, "centers", None), getattr(self.density, "bandwidths", None)
        if own is None or centres is None or not np.array_equal(centres, self.space.points):
            return np.full(
                len(points), eps_floor(self.dataset.x if self.trajectory.data_frames is not None else self.space.points)
            )
        nearest = KDTree(centres).query(points, k=1)[1][:, 0]
        return np.where(own[nearest] > 0, own[nearest], eps_floor(centres))

    def scene(self, callback: Callback | None = None) -> Scene:
        """Return the scene that is drawn: positions in the view, trees of the frames, pictures, the density under the points.

        Notes
        -----
        Where only `clustering` differs from a result that was drawn before, everything but the trees comes from the cache.
        """
        view = make_view(self.spec, self.space, callback)
        clustering = self.spec.clustering
        positions, outside = clip_outliers(view_positions(view, self.space, self.trajectory))
        sprites = None if self.dataset.image_shape is None else uint8_images(self.dataset, self.dataset.x)
        return Scene(
            positions=positions,
            steps=self.trajectory.steps,
            log_density=self.trajectory.log_density,
            trees=_frame_trees(self, callback),
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
            notes=(*data_notes(self.spec.dataset, self.dataset), *filter(None, (self.trajectory.note, outside))),
            travelled=self.trajectory.path_lengths,
            columns=numeric_columns(self.dataset),
            contours=density_contours(self, positions) if view is self.space and self.space.dim == 2 else None,
            ids=self.dataset.rows,
        )


def run(spec: ExperimentSpec, callback: Callback | None = None) -> Result:
    """Run an experiment: load, encode, project, climb and sweep.

    Raises
    ------
    BadInput
        The data or the model do not fit the spec.
    Stopped
        The callback stopped a map or the tree. A training or a climb that it stopped is swept all the same, and marked `stopped`.
    """
    start = compute_start(spec, callback)
    data, model = start.dataset, start.model
    trajectory = climb(spec, start, callback)
    if trajectory.stopped:  # it has stopped the climb; what was reached is still swept
        callback = None
    sweep = trajectory.sweep(
        min_samples=spec.clustering.min_samples, callback=sub_progress(callback, "tree", 0, 1, "Building the tree")
    )
    suggestion = sweep.suggest(spec.clustering.min_size, spec.clustering.max_noise)
    cut_short = isinstance(spec.model, ModelConfig) and model is not None and model.provenance.stopped
    stopped = trajectory.stopped or cut_short
    result = Result(spec, data, model, start.posterior, start.space, trajectory, sweep, suggestion, stopped)
    labels = result.labels
    if labels is not None and data.y is not None:
        result.scores = score(data.y, labels, "wrong" if spec.clustering.noise == "nearest" else spec.clustering.noise)
    return result


def _frame_trees(result: Result, callback: Callback | None) -> list[Tree]:
    path, clustering = result.trajectory, result.spec.clustering
    frames = tree_frames(path.frames.shape[1], len(path))
    trees = []
    for done, frame in enumerate(frames):
        message = f"Cutting step {path.steps[frame]}: tree {done + 1} of {len(frames)}"
        if frame == len(path) - 1:
            sweep = result.sweep
        else:
            sweep = path.sweep(frame, clustering.min_samples, sub_progress(callback, "trees", done, len(frames), message))
        plateaus = sweep.plateaus(clustering.min_size, clustering.max_noise)
        rows: list[Any] = plateaus.to_dict("records")
        trees.append(Tree(frame, sweep, rows, sweep.suggest(clustering.min_size, clustering.max_noise)))
    return trees
