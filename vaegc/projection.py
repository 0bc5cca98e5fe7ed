"""Spaces to climb in and fixed views to look through: latent, PCA, t-SNE, UMAP.

A view is made from the start alone; moved points are placed into it (design section 1), because a map fitted
again for every frame would hide the gathering.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import KDTree

from vaegc.checks import as_points, check_choice, check_int, check_seed, check_spread
from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, stop_asked

METHODS = ("latent", "data", "pca", "tsne", "umap")
NEIGHBOURS = 15  # start points that place a moved point
TSNE_EARLY, TSNE_LATE = 250, 500  # openTSNE's own schedule
PERPLEXITY = 30.0
UMAP_NEIGHBORS, UMAP_MIN_DIST = 15, 0.1


@dataclass(frozen=True)
class Space:
    """Points of one space, and where others go in it."""

    points: np.ndarray  # (N, dim) float64
    name: str  # "latent", "data", "pca", "tsne", "umap"
    source: np.ndarray = field(repr=False)  # (N, d) float64, the points that the space was made from
    linear: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)  # PCA: mean (d,), axes (dim, d)

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        return self.points.shape[1]

    def place(self, moved: npt.ArrayLike) -> np.ndarray:
        """Positions (M, dim) of points (M, d) of the source space.

        PCA applies its linear map. Maps without one take the mean position of the 15 nearest *start* points with
        weights exp(-dist² / 2h²), h the distance to the nearest; a start point itself (h = 0) keeps its position.
        """
        points = as_points(moved, "points to place")
        if points.shape[1] != self.source.shape[1]:
            raise BadInput(f"This space was made from {self.source.shape[1]} dimensions; got points of {points.shape[1]}.")
        if self.linear is not None:
            mean, axes = self.linear
            return (points - mean) @ axes.T
        if self.name in ("latent", "data"):
            return points
        k = min(NEIGHBOURS, len(self.source))
        distance, index = self._tree.query(points, k=k)
        h = distance[:, :1]
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.exp(-(distance**2) / (2 * h**2))
        exact = h[:, 0] == 0
        weight[exact] = 0.0
        # Frame 0 must be the view itself, also where start points coincide but their view positions do not.
        own = np.arange(len(points)) if len(points) == len(self.source) else index[:, 0]
        same = exact.copy()
        same[same] = (self.source[own[same]] == points[same]).all(axis=1)
        index[exact, 0] = np.where(same, own, index[:, 0])[exact]
        weight[exact, 0] = 1.0
        return np.einsum("mk,mkd->md", weight / weight.sum(axis=1, keepdims=True), self.points[index])

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.source)


def project(points: npt.ArrayLike, method: str = "tsne", dim: int = 2, seed: int = 0, callback: Callback | None = None) -> Space:
    """Make a space or view.

    Parameters
    ----------
    points
        (N, d) start points.
    method
        - ``"latent"`` (or ``"data"``): the points themselves; `dim` does not count.
        - ``"pca"``: the first `dim` principal components.
        - ``"tsne"``: openTSNE, perplexity 30 (less for few points), PCA start.
        - ``"umap"``: 15 neighbours, min_dist 0.1.
    dim
        Dimensions of the map; at most d for PCA.
    seed
        Of t-SNE and UMAP.
    callback
        Gets a `Progress`; returning True raises `Stopped`.

    Notes
    -----
    t-SNE: a few seconds for 2,000 points. UMAP compiles at its first use in a process (about 20 s).

    Examples
    --------
    >>> from vaegc import load_dataset, project
    >>> project(load_dataset("moons", n=50).x, "pca").points.shape
    (50, 2)
    """
    check_choice(method, "space", METHODS)
    start = as_points(points)
    check_seed(seed)
    if method in ("latent", "data"):
        return Space(start, method, start)
    check_int(dim, "dim", 1, 3 if method != "pca" else start.shape[1])
    check_spread(start, f"A {method} map")
    if method == "pca":
        return pca_space(start, dim)
    made = _tsne(start, dim, seed, callback) if method == "tsne" else _umap(start, dim, seed, callback)
    return Space(made, method, start)


def pca_space(start: np.ndarray, dim: int) -> Space:
    """The first `dim` principal components of (N, d) points."""
    from sklearn.decomposition import PCA

    if len(start) < dim:
        raise BadInput(f"PCA to {dim} dimensions needs at least {dim} points; got {len(start)}.")
    fitted = PCA(dim, svd_solver="full").fit(start)
    mean, axes = fitted.mean_, fitted.components_
    return Space((start - mean) @ axes.T, "pca", start, (mean, axes))


def _tsne(start: np.ndarray, dim: int, seed: int, callback: Callback | None) -> np.ndarray:
    from openTSNE import TSNE

    if len(start) < 5:
        raise BadInput(f"A t-SNE map needs at least 5 points; got {len(start)}.")
    total, done, asked = TSNE_EARLY + TSNE_LATE, 0, False

    def watch(_iteration: int, _error: float, _embedding: Any) -> bool:
        nonlocal done, asked
        done = min(done + 50, total)
        asked = stop_asked(callback, Progress("tsne", done, total, f"t-SNE iteration {done} of {total}"))
        return asked

    made = TSNE(
        n_components=dim, perplexity=min(PERPLEXITY, (len(start) - 1) / 3), initialization="pca", random_state=seed,
        n_jobs=-1, callbacks=watch, callbacks_every_iters=50, negative_gradient_method="auto" if dim < 3 else "bh",
    ).fit(start)  # fmt: skip
    if asked and done < total:
        raise Stopped(f"Stopped after {done} of {total} iterations of t-SNE.")
    return np.asarray(made, dtype=np.float64)


def _umap(start: np.ndarray, dim: int, seed: int, callback: Callback | None) -> np.ndarray:
    if len(start) < 5:
        raise BadInput(f"A UMAP map needs at least 5 points; got {len(start)}.")
    if stop_asked(callback, Progress("umap", 0, 1, "UMAP (its first use compiles for about 20 seconds)")):
        raise Stopped("Stopped before UMAP.")
    from umap import UMAP

    # One job: UMAP is reproducible only so.
    made = UMAP(
        n_components=dim, n_neighbors=min(UMAP_NEIGHBORS, len(start) - 1), min_dist=UMAP_MIN_DIST, random_state=seed, n_jobs=1,
        init="spectral" if len(start) > 4 * dim else "random",
    ).fit_transform(start)  # fmt: skip
    return np.asarray(made, dtype=np.float64)
