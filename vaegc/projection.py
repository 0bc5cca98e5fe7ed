"""Dimension reduction: spaces to climb in and fixed views to look through, by PCA, t-SNE or UMAP.

A view is made from the start alone; moved points are placed into it, because a map fitted
again for every frame would hide the gathering.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from vaegc import robust
from vaegc.checks import Config, ValueObject, as_points, check_choice, check_int, check_number, check_seed, check_spread
from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.sweep.kdtree import KDTree

METHODS = ("latent", "data", "pca", "tsne", "umap")
METHOD_LABELS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
N_PLACEMENT_NEIGHBORS = 15  # start points that place a moved point
TSNE_EARLY_ITERATIONS, TSNE_ITERATIONS = 250, 500  # openTSNE's own schedule
MAX_FLOAT32_OFFSET, MAX_FLOAT32_SCALE = (
    64.0,
    1e6,
)  # scales from 0, and a scale, beyond which float32 is too coarse for numbers and their squares
TIE_FACTOR = 1 + 1e-9  # distances that differ by less are a tie


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MapConfig(Config):
    """Settings of a map, as data; raises `BadInput` for values that cannot be used."""

    GROUP: ClassVar[str] = "map"

    dim: int = 2  # dimensions of the map: 2 or 3 to look at, 1 to 3
    perplexity: float = 30.0  # t-SNE: about how many neighbours each point keeps close; at most (N - 1) / 3 is used
    n_neighbors: int = 15  # UMAP: how many neighbours each point is tied to, itself included; at most N - 1 are used
    min_dist: float = 0.1  # UMAP: how tightly points may be packed, 0 (dense clumps) to 1

    def __post_init__(self) -> None:
        self._set_field("dim", check_int(self.dim, "dim", 1, 3))
        self._set_field("perplexity", check_number(self.perplexity, "perplexity", 1))
        self._set_field("n_neighbors", check_int(self.n_neighbors, "n_neighbors", 2))
        self._set_field("min_dist", check_number(self.min_dist, "min_dist", 0, 1))


@dataclass(frozen=True, repr=False, eq=False)
class Space(ValueObject):
    """An embedding of N points, with the out-of-sample placement of others in it."""

    points: np.ndarray  # (N, dim) float64
    name: str  # "latent", "data", "pca", "tsne", "umap"
    source: np.ndarray = field(repr=False)  # (N, d) float64, the points that the space was made from
    linear: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)  # PCA: mean (d,), axes (dim, d)

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        return self.points.shape[1]

    def place(self, moved: npt.ArrayLike) -> np.ndarray:
        """Positions (M, dim) of points (M, d) of the source space: the start after it moved, or points never seen.

        PCA applies its linear map. Maps without one take the mean position of the 15 nearest *start* points with
        weights exp(-dist² / 2h²), h the distance to the nearest; a start point itself (h = 0) keeps its position.
        This is also the way to put unseen points (more data, samples of a model) into a map: nothing is fitted again.

        Raises
        ------
        BadInput
            Points that cannot be used, or of another dimension than the source.

        Notes
        -----
        One exact neighbour search per call, on all cores; points that did not move cost nothing. 70,000 points in 10
        dimensions: about 10 s on 2 cores for normal noise, which is the worst case; points in clusters are faster.
        """
        points = as_points(moved, "points to place")
        if points.shape[1] != self.source.shape[1]:
            raise BadInput(
                f"This space was made from {counted(self.source.shape[1], 'dimension')}; got points of {points.shape[1]}."
            )
        if self.linear is not None:
            mean, axes = self.linear
            return (points - mean) @ axes.T
        if self.name in ("latent", "data"):
            return points
        placed = np.empty((len(points), self.dim))
        away = np.ones(len(points), bool)
        if len(points) == len(self.source):
            # Frame 0 must be the view itself, also where start points coincide but their view positions do not.
            away = (points != self.source).any(axis=1)
            placed[~away] = self.points[~away]
        if away.any():
            placed[away] = self._interpolate(points[away])
        return placed

    def faithfulness(self, k: int = 15, sample: int = 2000, seed: int = 0) -> float:
        """Share of neighbours kept: how much of each start point's neighbourhood the map preserves, 0..1.

        The mean, over points, of the share of a point's `k` nearest others in the map that are among its `k` nearest in
        the source; without ties that is also the share of its source neighbours that the map kept. Chance gives
        k / (N - 1); "latent" and "data" are themselves the source and give 1.

        Parameters
        ----------
        k
            Neighbours of a point, itself not counted; N - 1 at most are used, and with all of them every map scores 1.
        sample
            With more start points than this, that many of them are drawn and asked. Their neighbours are always searched among all.
        seed
            Of the draw.

        Raises
        ------
        BadInput
            A number that is no count.

        Notes
        -----
        Neighbourhood preservation (Venna and Kaski 2001), Q_NX(k) of Lee and Verleysen (2009). A point as far away in the
        source as the k-th neighbour counts as a neighbour, so ties and exact duplicates never cost a faithful map anything,
        and a map that throws all points on one place gains nothing. The start alone is judged, no moved frame.

        Cost: two neighbour searches for `sample` points: 1 s for 70,000 start points in 10 dimensions, but a minute or two in 784.
        """
        check_int(k, "k", 1)
        check_int(sample, "sample", 1)
        check_seed(seed)
        n = len(self.points)
        if self.name in ("latent", "data") or n < 2:
            return 1.0
        from vaegc.sweep.kdtree import build

        k = min(k, n - 1)
        rows = np.arange(n) if n <= sample else np.sort(np.random.default_rng(seed).choice(n, sample, replace=False))
        reach = self._tree.nearest(self.source[rows], k + 1)[0][:, k] * TIE_FACTOR  # the point itself is one of the k + 1
        index = build(self.points).nearest(self.points[rows], k + 1)[1]
        own = index == rows[:, None]
        own[~own.any(axis=1), k] = True  # more twins than k: any of them may go instead of the point
        others = index[~own].reshape(len(rows), k)
        start = self.source[rows]
        kept = [np.linalg.norm(self.source[other] - start, axis=1) <= reach for other in others.T]
        return float(np.mean(kept))

    def _interpolate(self, points: np.ndarray) -> np.ndarray:
        """Weighted mean positions of the start points nearest to each of `points`."""
        distance, index = self._tree.nearest(points, min(N_PLACEMENT_NEIGHBORS, len(self.source)))
        h = distance[:, :1]
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            weight = np.exp(-((distance / h) ** 2) / 2)
        exact = h[:, 0] == 0
        weight[exact] = 0.0
        weight[exact, 0] = 1.0
        return np.einsum("mk,mkd->md", weight / weight.sum(axis=1, keepdims=True), self.points[index])

    @cached_property
    def inverse(self) -> Space:
        """The way back from a map without a linear one: `place` of it takes places (M, dim) to the source, by the nearest start points."""
        return Space(self.source, "back", self.points)

    @cached_property
    def _tree(self) -> KDTree:
        from vaegc.sweep.kdtree import build

        return build(self.source)


def project(
    points: npt.ArrayLike, method: str = "tsne", dim: int = 2, seed: int = 0, callback: Callback | None = None, *,
    perplexity: float = 30.0, n_neighbors: int = 15, min_dist: float = 0.1,
) -> Space:  # fmt: skip
    """Embed points in a space or view.

    Parameters
    ----------
    points
        (N, d) start points.
    method
        - ``"latent"`` (or ``"data"``): the points themselves; `dim` does not count.
        - ``"pca"``: the first `dim` principal components.
        - ``"tsne"``: openTSNE, PCA start; Barnes-Hut in 3-D.
        - ``"umap"``: umap-learn, one core, because only so is it reproducible.
    dim
        Dimensions of the map, 1 to 3; for PCA 1 to d, for UMAP, which is also clustered in more, 1 to N - 1.
    seed
        Of t-SNE and UMAP.
    callback
        Gets a `Progress`, every 50 iterations of t-SNE, before and after UMAP; returning True raises `Stopped`.
    perplexity
        Of t-SNE, at least 1; capped at (N - 1) / 3.
    n_neighbors
        Of UMAP, at least 2; capped at N - 1.
    min_dist
        Of UMAP, 0 to 1.

    Returns
    -------
    Space
        Points (N, dim) float64, which places others too.

    Raises
    ------
    BadInput
        Points or numbers that cannot be used, with what would be accepted; too few points, or all of them equal.
    Stopped
        The callback stopped it.

    Notes
    -----
    t-SNE: a few seconds for 2,000 points; time and memory grow with the perplexity, and 3-D takes a few times as long.
    UMAP compiles at its first use in a process (about 20 s).

    Examples
    --------
    >>> from vaegc import load_dataset, project
    >>> project(load_dataset("moons", n=50).x, "pca").points.shape
    (50, 2)
    """
    check_choice(method, "space", METHODS)
    start = as_points(points)
    check_seed(seed)
    how = MapConfig(perplexity=perplexity, n_neighbors=n_neighbors, min_dist=min_dist)
    if method in ("latent", "data"):
        return Space(start, method, start)
    check_int(dim, "dim", 1, {"pca": start.shape[1], "umap": max(len(start) - 1, 3)}.get(method, 3))
    check_spread(start, f"A map by {METHOD_LABELS[method]}")
    if method == "tsne" and dim > start.shape[1]:
        raise BadInput(f"A t-SNE map of {dim} dimensions needs points of at least as many; these have {start.shape[1]}.")
    if method == "pca":
        return pca_space(start, dim)
    near = _float32_safe(start)
    if method == "tsne":
        return Space(_tsne(near, dim, seed, callback, how.perplexity), method, start)
    return Space(_umap(near, dim, seed, callback, how.n_neighbors, how.min_dist), method, start)


def _float32_safe(start: np.ndarray) -> np.ndarray:
    """Points (N, d) as they are, or around 0 and of scale 1 where float32, in which neighbours are looked for, would lose what they hold."""
    scaled, center, unit = robust.standardized(start)
    far = float(np.abs(center).max()) > MAX_FLOAT32_OFFSET * unit
    return scaled if far or not 1 / MAX_FLOAT32_SCALE < unit < MAX_FLOAT32_SCALE else start


def pca_space(start: np.ndarray, dim: int) -> Space:
    """Space of the first `dim` principal components of (N, d) points; raises `BadInput` for fewer than `dim` points."""
    from sklearn.decomposition import PCA

    if len(start) < dim:
        raise BadInput(f"PCA to {counted(dim, 'dimension')} needs at least {counted(dim, 'point')}; got {len(start)}.")
    fitted = PCA(dim, svd_solver="full").fit(start)
    mean, axes = fitted.mean_, fitted.components_
    return Space((start - mean) @ axes.T, "pca", start, (mean, axes))


def _tsne(start: np.ndarray, dim: int, seed: int, callback: Callback | None, perplexity: float) -> np.ndarray:
    from openTSNE import TSNE

    if len(start) < 5:
        raise BadInput(f"A t-SNE map needs at least 5 points; got {len(start)}.")
    total, done, asked = TSNE_EARLY_ITERATIONS + TSNE_ITERATIONS, 0, False

    def watch(_iteration: int, _error: float, _embedding: Any) -> bool:
        nonlocal done, asked
        done = min(done + 50, total)
        asked = stop_asked(callback, Progress("tsne", done, total, f"t-SNE iteration {done} of {total}"))
        return asked

    made = TSNE(
        n_components=dim, perplexity=min(perplexity, (len(start) - 1) / 3), initialization="pca", random_state=seed,
        n_jobs=-1, callbacks=watch, callbacks_every_iters=50, negative_gradient_method="auto" if dim < 3 else "bh",
    ).fit(start)  # fmt: skip
    if asked and done < total:
        raise Stopped(f"Stopped after {done} of {total} iterations of t-SNE.")
    return np.asarray(made, dtype=np.float64)


def _umap(start: np.ndarray, dim: int, seed: int, callback: Callback | None, n_neighbors: int, min_dist: float) -> np.ndarray:
    if len(start) < 5:
        raise BadInput(f"A UMAP map needs at least 5 points; got {len(start)}.")
    if stop_asked(callback, Progress("umap", 0, 1, "UMAP (its first use compiles for about 20 seconds)")):
        raise Stopped("Stopped before UMAP.")
    from umap import UMAP

    # One job: UMAP is reproducible only so.
    made = UMAP(
        n_components=dim, n_neighbors=min(n_neighbors, len(start) - 1), min_dist=min_dist, random_state=seed, n_jobs=1,
        init="spectral" if len(start) > 4 * dim else "random",
    ).fit_transform(start)  # fmt: skip
    stop_asked(callback, Progress("umap", 1, 1, "UMAP done"))  # too late to stop
    return np.asarray(made, dtype=np.float64)
