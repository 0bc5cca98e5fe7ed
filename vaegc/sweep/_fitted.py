"""What a fitted sweep holds: its arrays, their orders, and what is derived from them when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

import numpy as np

from vaegc.checks import ValueObject
from vaegc.errors import BadInput, NotFitted
from vaegc.sweep import _dendrogram_cut
from vaegc.sweep._arguments import check_min_size
from vaegc.sweep._dendrogram_cut import Dendrogram
from vaegc.sweep._predict import CoreIndex
from vaegc.sweep._tree import CLAIM, contested_borders, find_neighbors


class FittedSweep(ValueObject):
    """Arrays of `EpsilonSweep`, which documents them."""

    eps_floor: float | None

    def _set(
        self, points: np.ndarray, min_samples: int, floor: float, core: np.ndarray, border: np.ndarray, parent: np.ndarray,
        tree: np.ndarray, core_index: CoreIndex | None,
    ) -> Self:  # fmt: skip
        self.points_, self.min_samples_, self.eps_floor_, self._given_floor = points, min_samples, floor, self.eps_floor
        self.core_distances_, self.border_distances_, self.border_parents_, self.tree_ = core, border, parent, tree
        for name in ("_by_core", "_by_border", "_core_sorted", "_border_sorted"):  # of an earlier fit
            self.__dict__.pop(name, None)
        self._core_index = core_index
        self._contested: np.ndarray | None = None
        return self

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("__") and "points_" not in self.__dict__:
            raise NotFitted(f"This sweep has no {name} yet: call fit(points) first.")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def contested_(self) -> np.ndarray:
        """Claims on border points by clusters other than their parent's; found when they are first asked for."""
        if self._contested is None:
            if len(self.points_) < self.min_samples_:
                self._contested = np.empty(0, CLAIM)
            else:
                self._contested = contested_borders(find_neighbors(self.points_, self.min_samples_), self.dendrogram_)
        return self._contested

    @property
    def dendrogram_(self) -> Dendrogram:
        """The fitted arrays, as compiled code takes them."""
        u, v, weight = (self.tree_[name] for name in ("u", "v", "weight"))
        return Dendrogram(u, v, weight, self.core_distances_, self.border_distances_, self.border_parents_)

    def core_index(self) -> CoreIndex | None:
        """What new points are looked up in; made again where the sweep was read from a file. None where there is no core point."""
        if self._core_index is None and len(self.points_) >= self.min_samples_:
            self._core_index = find_neighbors(self.points_, self.min_samples_).core_index
        return self._core_index

    @cached_property
    def _by_core(self) -> np.ndarray:
        return np.argsort(self.core_distances_, kind="stable")

    @cached_property
    def _by_border(self) -> np.ndarray:
        return np.argsort(self.border_distances_, kind="stable")

    @cached_property
    def _core_sorted(self) -> np.ndarray:
        return self.core_distances_[self._by_core]

    @cached_property
    def _border_sorted(self) -> np.ndarray:
        return self.border_distances_[self._by_border]

    def min_count(self, min_size: float) -> float:
        """Core points that a cluster needs to be counted: an int is a count, a float below 1 a share of N (unrounded)."""
        return check_min_size(min_size, len(self.core_distances_))

    def component_counts(self, min_size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Every state between two events: radii (E,) from which it holds, clusters, points in them, and noise (E,)."""
        return _dendrogram_cut.component_counts(self.dendrogram_, self._by_core, self._by_border, self.min_count(min_size))

    def representative_lifetimes(self, rank: np.ndarray, low: float, high: float, min_size: float = 0.01) -> np.ndarray:
        """(N,) ln-ε length within low..high over which each point, by `rank`, represents a counted cluster."""
        if np.shape(rank) != self.core_distances_.shape or not 0 < low <= high:
            raise BadInput(
                f"rank must hold one number per point, and 0 < low <= high; got shape {np.shape(rank)}, {low:g}, {high:g}."
            )
        return _dendrogram_cut.representative_lifetimes(
            self.dendrogram_, self._by_core, rank, low, high, self.min_count(min_size)
        )
