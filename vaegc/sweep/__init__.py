"""DBSCAN at every radius at once: one neighbour query and one spanning tree, cut wherever one likes.

What: labels, counts, the whole curve, plateaus and the suggested number of clusters.
Source: methods sections 7-8; definitions in design section 3 are binding.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from vaegc import robust
from vaegc.checks import ValueObject, as_points, check_choice, check_int, check_number
from vaegc.errors import BadInput, NotFitted
from vaegc.metrics import NOISE_POLICIES
from vaegc.progress import Callback
from vaegc.sweep import _dendrogram_cut
from vaegc.sweep._curve import curve_table
from vaegc.sweep._family import FamilySuggestion, family_of, suggest_family
from vaegc.sweep._files import read_sweep, write_sweep
from vaegc.sweep._limits import Limits
from vaegc.sweep._plateaus import Suggestion, middle
from vaegc.sweep._predict import nearest_core
from vaegc.sweep._tree import CLAIM, EDGE, Neighbours, claims, neighbours, spanning_tree
from vaegc.wording import counted

__all__ = ["EpsilonSweep", "FamilySuggestion", "Suggestion", "eps_floor", "family_of", "middle", "suggest_family"]

FLOOR = 0.01  # of the points' robust scale


def eps_floor(points: npt.ArrayLike) -> float:
    """Smallest radius worth a look: 1 % of the median distance of the unprocessed points to their columnwise median (`vaegc.robust`).

    Without a floor a plateau grows without limit as clusters shrink (methods section 8). Both medians are there so that a few wild rows do
    not move it: around the mean, one row far away lifted it above every cluster of the others.

    Parameters
    ----------
    points
        (N, d) points before any ascent.
    """
    return FLOOR * robust.scale(as_points(points))


class EpsilonSweep(ValueObject):
    """Exact DBSCAN for every ε of one set of points.

    Parameters
    ----------
    min_samples
        Points within ε, itself included, that make a core point (scikit-learn's meaning).
    eps_floor
        Smallest radius at which a plateau may begin; None computes it from the fitted points, 0 turns it off.
        Points that have climbed need the floor of the points before the climb (`Trajectory.sweep` passes it on).

    Attributes
    ----------
    core_distances_
        (N,) float64, distance to the `min_samples`-th point; infinite where N < min_samples.
    border_distances_
        (N,) float64, radius from which a point is no longer noise.
    border_parents_
        (N,) int32, the point whose cluster a border point joins.
    tree_
        (N - 1,) structured ``u, v, weight``: minimum spanning tree of mutual reachability, sorted.
    contested_
        (C,) structured ``point, rival, reach``: from ε = reach on, the core point `rival` of another cluster than the parent's
        reaches the border point too. scikit-learn gives such a point to the first cluster, here it stays with its parent's.
    eps_floor_, min_samples_
        The floor and the number of points in use. Setting `eps_floor` or `min_samples` anew asks for another `fit` and changes nothing of this one.
    points_
        (N, d) float64, what was fitted.

    Notes
    -----
    `fit` takes O(N log N) time where a k-d tree helps, O(N^2 d) in high dimension, and O(N min_samples) memory.

    Between events, labels of core points and noise equal ``sklearn.cluster.DBSCAN`` always. Exactly at an event, ε equal to a core,
    border or edge distance, "within" is ≤ on distances that are square roots of one float64 sum: the event has happened.
    scikit-learn compares squares, or matrix products, and may then be one event behind; add a relative 1e-9 to be sure of both.

    Examples
    --------
    >>> from vaegc import EpsilonSweep
    >>> sweep = EpsilonSweep(min_samples=2, eps_floor=0).fit([[0.0], [0.1], [5.0], [5.1], [9.0]])
    >>> sweep.labels_at(1.0).tolist()
    [0, 0, 1, 1, -1]
    >>> sweep.n_clusters_at([0.05, 1.0, 6.0]).tolist()
    [0, 2, 1]
    """

    def __init__(self, min_samples: int = 10, eps_floor: float | None = None) -> None:
        self.min_samples = min_samples
        self.eps_floor = eps_floor

    def fit(self, points: npt.ArrayLike, callback: Callback | None = None) -> EpsilonSweep:
        """Build the tree of (N, d) points; raises `Stopped` when the callback asks to stop."""
        min_samples = check_int(self.min_samples, "min_samples", 1)
        if self.eps_floor is not None:
            check_number(self.eps_floor, "eps_floor", 0)
        array = as_points(points).copy()  # kept, and what the caller does to its own must not change it
        floor = eps_floor(array) if self.eps_floor is None else float(self.eps_floor)
        n = len(array)
        if n < min_samples:  # no core point at any radius
            never, tree = np.full(n, np.inf), np.empty(n - 1, EDGE)
            tree["u"], tree["v"], tree["weight"] = np.arange(n - 1), np.arange(1, n), np.inf
            return self._set(array, min_samples, floor, never, never.copy(), np.arange(n, dtype=np.int32), tree, None)
        near = neighbours(array, min_samples, callback)
        tree = spanning_tree(near, callback)
        parent = near.scattered(near.tree.order[near.parent].astype(np.int32))
        core, border = (near.scattered(near.distances(squares)) for squares in (near.core, near.border))
        return self._set(array, min_samples, floor, core, border, parent, tree, near)

    def _set(
        self, points: np.ndarray, samples: int, floor: float, core: np.ndarray, border: np.ndarray, parent: np.ndarray, tree: np.ndarray,
        near: Neighbours | None,
    ) -> EpsilonSweep:  # fmt: skip
        self.points_, self.eps_floor_ = points, floor
        self.core_distances_, self.border_distances_, self.border_parents_, self.tree_ = core, border, parent, tree
        for name in ("_by_core", "_by_border", "_core_sorted", "_border_sorted"):  # of an earlier fit
            self.__dict__.pop(name, None)
        self.min_samples_ = samples
        self._given_floor = self.eps_floor
        self._kd = None if near is None else (near.tree, near.core, near.exponent)
        self._contested: np.ndarray | None = None
        return self

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("__") and "points_" not in self.__dict__:
            raise NotFitted(f"This sweep has no {name} yet: call fit(points) first.")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

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

    @property
    def contested_(self) -> np.ndarray:
        """Claims on border points by clusters other than their parent's; found when they are first asked for."""
        if self._contested is None:
            if len(self.points_) < self.min_samples_:
                self._contested = np.empty(0, CLAIM)
            else:
                found, t = claims(neighbours(self.points_, self.min_samples_)), self.tree_
                other = _dendrogram_cut.contested(
                    t["u"], t["v"], t["weight"], self.border_parents_, found["point"], found["rival"], found["reach"]
                )
                self._contested = found[other]
        return self._contested

    def save(self, path: str | Path) -> None:
        """Write everything to one ``.npz`` file; raises `BadInput` where that is impossible."""
        write_sweep(self, path)

    @classmethod
    def load(cls, path: str | Path) -> EpsilonSweep:
        """Read what `save` wrote; raises `BadInput` where the file is no sweep or is damaged."""
        samples, given, points, floor, core, border, parent, tree = read_sweep(path)
        return cls(samples, given)._set(points, samples, floor, core, border, parent, tree, None)

    # --- anything at any ε -------------------------------------------------------------------------------------------

    def min_count(self, min_size: float) -> float:
        """Core points that a cluster needs to be counted: an int is a count, a float below 1 a share of N (unrounded)."""
        if isinstance(min_size, (int, np.integer)) and not isinstance(min_size, bool):
            return float(check_int(min_size, "min_size", 1))
        value = check_number(min_size, "min_size", 0, open_low=True)
        if value >= 1:
            raise BadInput(f"min_size must be a whole number of points or a share below 1; got {min_size!r}.")
        # 0.07 times 100 is a hair above 7 in floating point; seven points are 7 % of a hundred all the same
        return max(round(value * len(self.core_distances_), 9), 1.0)

    def n_clusters_at(self, eps: npt.ArrayLike, min_size: float = 1) -> int | np.ndarray:
        """Clusters of at least `min_size` core points at one ε (an int) or at many (an array)."""
        radii = _radii(eps)
        if self.min_count(min_size) <= 1:
            found = np.searchsorted(self._core_sorted, radii, "right") - np.searchsorted(self.tree_["weight"], radii, "right")
        else:
            at, clusters, _, _ = self.states(min_size)
            found = np.concatenate([[0], clusters])[np.searchsorted(at, radii, "right")]
        return int(found) if radii.ndim == 0 else found

    def noise_at(self, eps: npt.ArrayLike) -> float | np.ndarray:
        """Share of noise at one ε (a float) or at many (an array)."""
        radii = _radii(eps)
        share = 1.0 - np.searchsorted(self._border_sorted, radii, "right") / len(self._border_sorted)
        return float(share) if radii.ndim == 0 else share

    def labels_at(self, eps: float, min_size: float = 1, noise: str = "wrong") -> np.ndarray:
        """Labels (N,) at one ε.

        Parameters
        ----------
        eps
            The radius.
        min_size
            Core points a cluster needs; all points of smaller clusters get -2, "unassigned".
        noise
            ``"nearest"`` gives noise and unassigned points the label they meet first along the tree; the other
            policies leave -1 (noise) and -2 (unassigned) in place.
        """
        check_choice(noise, "noise", NOISE_POLICIES)
        radii = _radii(eps)
        if radii.ndim:
            raise BadInput("labels_at takes one eps; call it once for each.")
        radius = float(radii)
        t = self.tree_
        labels = _dendrogram_cut.cut(
            t["u"], t["v"], t["weight"], self.core_distances_, self.border_distances_, self.border_parents_,
            radius, self.min_count(min_size),
        )  # fmt: skip
        return _dendrogram_cut.attach(t["u"], t["v"], t["weight"], labels, radius) if noise == "nearest" else labels

    def predict(self, points: npt.ArrayLike, eps: float, min_size: float = 1, noise: str = "wrong") -> np.ndarray:
        """Labels (M,) of new points at one ε: the cluster of the core point p with the least max(d(x, p), core_p), -1 beyond ε.

        New points are treated as border points: they change nothing, and a fitted point gets its own label.

        Parameters
        ----------
        points
            (M, d) new points.
        eps, min_size
            As in `labels_at`.
        noise
            Under ``"nearest"`` a point in no counted cluster has the label of the nearest fitted point, which under that policy has one.
        """
        new, labels = as_points(points), self.labels_at(eps, min_size)
        parent, reach = self._first_reached(new)
        found = np.where((parent >= 0) & (reach <= _radii(eps)), labels[parent], -1)
        if check_choice(noise, "noise", NOISE_POLICIES) == "nearest" and self._kd is not None and (found < 0).any():
            tree, core, exponent = self._kd
            outside = np.flatnonzero(found < 0)
            nearest = nearest_core(tree, np.zeros_like(core), exponent, new[outside])[0]
            found[outside] = self.labels_at(eps, min_size, noise)[nearest]
        return found

    def _first_reached(self, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fitted point (M,) whose cluster each new point (M, d) joins, and from which radius on; -1 and infinite for none."""
        if new.shape[1] != self.points_.shape[1]:
            raise BadInput(
                f"The sweep was fitted to points with {counted(self.points_.shape[1], 'number')} each; got {new.shape[1]}."
            )
        if len(self.points_) < self.min_samples_:
            return np.full(len(new), -1), np.full(len(new), np.inf)
        if self._kd is None:  # read from a file
            near = neighbours(self.points_, self.min_samples_)
            self._kd = (near.tree, near.core, near.exponent)
        return nearest_core(*self._kd, new)

    # --- the whole range ---------------------------------------------------------------------------------------------

    def eps_range(self) -> tuple[float, float] | None:
        """Radii worth showing: from max(floor, smallest positive border distance) to the longest finite edge, or None.

        Where no border distance is positive (min_samples = 1, or duplicates only), the shortest positive edge takes its place.
        """
        edges = self.tree_["weight"][np.isfinite(self.tree_["weight"])]
        starts = self.border_distances_ if (self.border_distances_ > 0).any() else edges
        starts = starts[np.isfinite(starts) & (starts > 0)]
        if len(starts) == 0 or len(edges) == 0:
            return None
        low, high = max(self.eps_floor_, float(starts.min())), float(edges[-1])
        return (low, high) if low < high else None

    def curve(self, y: npt.ArrayLike | None = None, n_eps: int = 256, min_size: float = 1, noise: str = "wrong") -> pd.DataFrame:
        """Clusters, noise and scores over the whole range of ε, evenly spaced in ln ε.

        Parameters
        ----------
        y
            (N,) true classes; without them the score columns are NaN.
        n_eps
            Number of radii.
        min_size, noise
            As in `labels_at`; the policy of the scores.

        Returns
        -------
        Columns eps, n_clusters, noise, unassigned, acc, nmi, ari, purity; empty where the points have no range of ε.

        Notes
        -----
        Scores come from one walk along the tree with a running table of clusters and classes; under ``"nearest"``, where every radius
        places the noise anew, and above a thousand classes, points are labelled again at each radius.
        """
        return curve_table(self, y, check_int(n_eps, "n_eps", 2), min_size, check_choice(noise, "noise", NOISE_POLICIES))

    def plateaus(self, min_size: float = 0.01, max_noise: float = 0.1) -> pd.DataFrame:
        """All intervals of ε with one number of clusters K >= 2 (design section 3), longest in ln ε first.

        Parameters
        ----------
        min_size
            Core points a cluster needs to be counted.
        max_noise
            Largest share of noise plus unassigned points.

        Returns
        -------
        Columns n_clusters, eps_low, eps_high, log_length.
        """
        check_number(max_noise, "max_noise", 0, 1)
        return Limits(self, min_size, max_noise).plateaus()

    def suggest(self, min_size: float = 0.01, max_noise: float = 0.1) -> Suggestion:
        """Return the number of clusters that holds longest, if that is readable; no labels are used."""
        n = len(self.core_distances_)
        if n < self.min_samples_:
            return Suggestion(
                None, None, 0.0, None, f"{counted(n, 'point', 'are')} fewer than min_samples = {self.min_samples_}: all is noise."
            )
        if self.tree_["weight"].size == 0 or self.tree_["weight"][-1] == 0:
            return Suggestion(None, None, 0.0, None, "All points are equal: there is nothing to separate.")
        return Limits(self, min_size, max_noise).judged()

    def representation_lengths(self, rank: np.ndarray, low: float, high: float, min_size: float = 0.01) -> np.ndarray:
        """(N,) ln-ε length within low..high over which each point, by `rank`, represents a counted cluster."""
        if np.shape(rank) != self.core_distances_.shape or not 0 < low <= high:
            raise BadInput(
                f"rank must hold one number per point, and 0 < low <= high; got shape {np.shape(rank)}, {low:g}, {high:g}."
            )
        t = self.tree_
        return _dendrogram_cut.representation(
            t["u"], t["v"], t["weight"], self.core_distances_, self._by_core, rank, low, high, self.min_count(min_size)
        )

    def states(self, min_size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Every state between two events: radii (E,) from which it holds, clusters, points in them, and noise (E,)."""
        t = self.tree_
        return _dendrogram_cut.walk(
            t["u"], t["v"], t["weight"], self.core_distances_, self.border_distances_, self.border_parents_,
            self._by_core, self._by_border, self.min_count(min_size),
        )  # fmt: skip


def _radii(eps: npt.ArrayLike) -> np.ndarray:
    try:
        radii = np.asarray(eps, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadInput(f"eps must be a number or a list of numbers; got {eps!r}.") from None
    if np.isnan(radii).any() or (radii < 0).any():
        raise BadInput("eps must be a number that is not negative.")
    # "Never" is written as an infinite distance, and no radius reaches that.
    return np.minimum(radii, np.finfo(np.float64).max)
