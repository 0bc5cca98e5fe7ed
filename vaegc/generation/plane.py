"""The drawn plane of a result, as a map between what is drawn (2-D) and what is decoded, in both directions.

A space of two dimensions is its own plane. A line is drawn along it, a solid by its first two principal components, and what has more
dimensions through the view that the spec names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from vaegc.experiment.stages import make_view
from vaegc.generation.decoding import invert_space
from vaegc.projection import Space, pca_space

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

PLANE_DIMENSIONS = 2  # dimensions of the plane
MAX_NEIGHBOR_QUERIES = 1000  # points whose nearest neighbour is looked up for `Neighborhood.distance_q99`
NEIGHBOR_QUANTILE = 0.99  # of the distances to the nearest neighbour


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """Nearest-neighbour search among the points of one space, with the distances that are usual between them."""

    search: Any  # scikit-learn's NearestNeighbors of the points
    distance_q99: float  # 99 % quantile of the distance from a point to its nearest other point
    distance_floor: float  # below it no distance counts: `vaegc.eps_floor` of the points

    def nearest(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return distances (M,) from places (M, d) to the nearest point, and the indices (M,) of those points."""
        distance, index = self.search.kneighbors(places, n_neighbors=1)
        return distance[:, 0], index[:, 0]

    def is_far(self, distance: np.ndarray) -> np.ndarray:
        """Return (M,) bool: which distances to the nearest point are above the 99 % quantile of those between points."""
        return distance > max(self.distance_q99, self.distance_floor)


def fit_neighborhood(points: np.ndarray) -> Neighborhood:
    """Return the neighbourhood of points (N, d), N at least 2; the quantile is taken over 1,000 of them at most, drawn by seed 0."""
    from sklearn.neighbors import NearestNeighbors

    from vaegc.sweep import eps_floor

    search = NearestNeighbors().fit(points)
    some = np.random.default_rng(0).permutation(len(points))[:MAX_NEIGHBOR_QUERIES]
    distance = search.kneighbors(points[some], n_neighbors=2)[0][:, 1]
    return Neighborhood(search, float(np.quantile(distance, NEIGHBOR_QUANTILE)), float(eps_floor(points)))


class ViewPlane:
    """The drawn plane of a space: `transform` leads from what is decoded to the plane, `inverse_transform` back.

    Parameters
    ----------
    space
        Where points climb and are clustered; `space.source` is what is decoded.
    view
        What it is seen through: the space itself up to three dimensions.
    """

    def __init__(self, space: Space, view: Space) -> None:
        self.space = space
        chain = [space] if view is space else [space, view]
        if chain[-1].dim > PLANE_DIMENSIONS:
            chain.append(pca_space(chain[-1].points, PLANE_DIMENSIONS))
        self._chain = tuple(chain)  # from what is decoded to what is drawn
        self._is_line = chain[-1].dim == 1
        self.points = self._to_plane(chain[-1].points)  # (N, 2) float64: the points at the start

    @property
    def name(self) -> str:
        """Name of the space that is drawn: "latent", "data", "pca", "tsne" or "umap"."""
        return self._chain[-1].name

    @property
    def exact(self) -> bool:
        """Whether the plane is itself what is decoded, so that the inverse transform is the identity."""
        return len(self._chain) == 1 and self.name in ("latent", "data") and not self._is_line

    @cached_property
    def neighborhood(self) -> Neighborhood:
        """Neighbourhood of the points at the start, in the plane."""
        return fit_neighborhood(self.points)

    @cached_property
    def source_neighborhood(self) -> Neighborhood:
        """Neighbourhood of the points at the start, in the space that is decoded."""
        return fit_neighborhood(self.space.source)

    def inverse_transform(self, places: np.ndarray) -> tuple[np.ndarray, str]:
        """Return the points (M, d) to decode for places (M, 2) of the plane, and how they are found, as a sentence."""
        at, sentences = places[:, : self._chain[-1].dim], []
        if self._is_line:
            sentences.append("The space is a line, so only the way along it counts.")
        for space in reversed(self._chain):
            at, how = invert_space(space, at)
            sentences += [how] if how else []
        return at, " ".join(sentences)

    def transform(self, source: np.ndarray) -> np.ndarray:
        """Return the places (M, 2) of points (M, d) of the space that is decoded."""
        at = source
        for space in self._chain:
            at = space.place(at)
        return self._to_plane(at)

    def transform_moved(self, points: np.ndarray) -> np.ndarray:
        """Return the places (M, 2) of points (M, dim) of the space that is climbed."""
        at = points
        for space in self._chain[1:]:
            at = space.place(at)
        return self._to_plane(at)

    def _to_plane(self, points: np.ndarray) -> np.ndarray:
        return np.column_stack([points[:, 0], np.zeros(len(points))]) if self._is_line else np.asarray(points, np.float64)


_PLANES: WeakKeyDictionary[Result, ViewPlane] = WeakKeyDictionary()


def plane_of(result: Result) -> ViewPlane:
    """Return the drawn plane of a result; made once for each result."""
    if result not in _PLANES:
        _PLANES[result] = ViewPlane(result.space, make_view(result.spec, result.space))
    return _PLANES[result]
