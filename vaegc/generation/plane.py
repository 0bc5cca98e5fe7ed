"""The drawn plane of a result: every place of it stands for a point that can be decoded, and every point has its place in it.

A space of two dimensions is its own plane. A line is drawn along it, a solid by its first two principal components, and what has more
dimensions through the view that the spec names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from vaegc.experiment.stages import view_of
from vaegc.generation.decoding import way_back
from vaegc.projection import Space, pca_space

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

FLAT = 2  # dimensions of the plane
ASKED = 1000  # points whose neighbours say how far apart points lie
REACH = 0.99  # share of the points that have another one within `Neighbourhood.reach`


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """How near points lie to each other in one space, and which of them is nearest to a place."""

    search: Any  # scikit-learn's NearestNeighbors of the points
    reach: float  # 99 % of the points have another one within it
    floor: float  # below it no distance counts: 1 % of the median distance to the columnwise median

    def nearest(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance (M,) from places (M, d) to the nearest point, and which one it is."""
        distance, index = self.search.kneighbors(places, n_neighbors=1)
        return distance[:, 0], index[:, 0]

    def is_far(self, distance: np.ndarray) -> np.ndarray:
        """Whether places (M,) at such distances lie far from all points: beyond the reach."""
        return distance > max(self.reach, self.floor)


def neighbourhood(points: np.ndarray) -> Neighbourhood:
    """Look at points (N, d), N at least 2; the reach is that of 1,000 of them at most, drawn by seed 0."""
    from sklearn.neighbors import NearestNeighbors

    from vaegc.sweep import eps_floor

    search = NearestNeighbors().fit(points)
    some = np.random.default_rng(0).permutation(len(points))[:ASKED]
    distance = search.kneighbors(points[some], n_neighbors=2)[0][:, 1]
    return Neighbourhood(search, float(np.quantile(distance, REACH)), float(eps_floor(points)))


class Plane:
    """The drawn plane and the ways to it and from it.

    Parameters
    ----------
    space
        Where points climb and are clustered.
    view
        What it is seen through: the space itself up to three dimensions.
    """

    def __init__(self, space: Space, view: Space) -> None:
        self.space = space
        steps = [space] if view is space else [space, view]
        if steps[-1].dim > FLAT:
            steps.append(pca_space(steps[-1].points, FLAT))
        self._steps = tuple(steps)  # from what is decoded to what is drawn
        self._line = steps[-1].dim == 1
        self.points = self._drawn(steps[-1].points)  # (N, 2) float64: the start

    @property
    def name(self) -> str:
        """Name of the space that is drawn: "latent", "data", "pca", "tsne" or "umap"."""
        return self._steps[-1].name

    @property
    def exact(self) -> bool:
        """Whether a place is itself what is decoded, so that no way back can lose anything."""
        return len(self._steps) == 1 and self.name in ("latent", "data") and not self._line

    @cached_property
    def around(self) -> Neighbourhood:
        """How near the points of the start lie to each other as they are drawn."""
        return neighbourhood(self.points)

    @cached_property
    def around_source(self) -> Neighbourhood:
        """How near they lie to each other where they are decoded."""
        return neighbourhood(self.space.source)

    def back(self, places: np.ndarray) -> tuple[np.ndarray, str]:
        """Return what places (M, 2) stand for where it is decoded (M, d), and how that is found, in words."""
        at, words = places[:, : self._steps[-1].dim], []
        if self._line:
            words.append("The space is a line, so only the way along it counts.")
        for space in reversed(self._steps):
            at, how = way_back(space, at)
            words += [how] if how else []
        return at, " ".join(words)

    def forth(self, source: np.ndarray) -> np.ndarray:
        """Return where points (M, d) of what is decoded are drawn (M, 2)."""
        at = source
        for space in self._steps:
            at = space.place(at)
        return self._drawn(at)

    def moved(self, points: np.ndarray) -> np.ndarray:
        """Return where points (M, dim) of the space that is climbed are drawn (M, 2)."""
        at = points
        for space in self._steps[1:]:
            at = space.place(at)
        return self._drawn(at)

    def _drawn(self, points: np.ndarray) -> np.ndarray:
        return np.column_stack([points[:, 0], np.zeros(len(points))]) if self._line else np.asarray(points, np.float64)


_PLANES: WeakKeyDictionary[Result, Plane] = WeakKeyDictionary()  # made once for each result


def plane_of(result: Result) -> Plane:
    """Return the drawn plane of a result: its start in two dimensions, with the way from any place of it to what is decoded."""
    if result not in _PLANES:
        _PLANES[result] = Plane(result.space, view_of(result.spec, result.space))
    return _PLANES[result]
