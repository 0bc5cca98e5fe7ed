"""DBSCAN at every radius at once: one neighbour query and one spanning tree, cut wherever one likes.

What: labels, counts, the whole curve, plateaus and the suggested number of clusters.
Source: methods sections 7-8; definitions in design section 3 are binding.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from vaegc.checks import as_points, check_choice, check_int, check_number
from vaegc.errors import BadInput, Stopped
from vaegc.metrics import NOISE_POLICIES, score
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.sweep import _cut
from vaegc.sweep._plateaus import Suggestion, find_plateaus, suggest
from vaegc.sweep._tree import Neighbours, neighbours, spanning_tree

__all__ = ["EpsilonSweep", "Suggestion", "eps_floor"]


CLAIM = np.dtype([("point", np.int32), ("rival", np.int32), ("reach", np.float64)])


def eps_floor(points: npt.ArrayLike) -> float:
    """Smallest radius worth a look: 1 % of the median distance of the unprocessed points to their centroid.

    Without a floor a plateau grows without limit as clusters shrink (methods section 8).

    Parameters
    ----------
    points
        (N, d) points before any ascent.
    """
    array = as_points(points)
    return 0.01 * float(np.median(np.linalg.norm(array - array.mean(axis=0), axis=1)))


class EpsilonSweep:
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
    eps_floor_
        The floor in use.

    Notes
    -----
    `fit` takes O(N² d) time and O(N) memory beside the neighbour lists. Exactly at an event (ε equal to a distance)
    rounding decides, here as in scikit-learn; between events labels of core points and noise equal
    ``sklearn.cluster.DBSCAN`` always.

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
        array = as_points(points)
        n = len(array)
        self.eps_floor_ = eps_floor(array) if self.eps_floor is None else float(self.eps_floor)
        near = neighbours(array, min_samples)
        self.core_distances_, self.border_distances_, self.border_parents_ = near.core, near.border, near.parent
        tree = spanning_tree(
            array, self.core_distances_, lambda done: stop_asked(callback, Progress("tree", done, n, "Building the tree"))
        )
        if tree is None:
            raise Stopped(f"Stopped while building the tree of {n:,} points.")
        self.tree_ = tree
        self.contested_ = _contested(near, tree)
        self._core_sorted = np.sort(self.core_distances_)
        self._border_sorted = np.sort(self.border_distances_)
        return self

    # --- anything at any ε -------------------------------------------------------------------------------------------

    def min_count(self, min_size: float) -> float:
        """Core points that a cluster needs to be counted: an int is a count, a float below 1 a share of N (unrounded)."""
        if isinstance(min_size, (int, np.integer)) and not isinstance(min_size, bool):
            return float(check_int(min_size, "min_size", 1))
        value = check_number(min_size, "min_size", 0)
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
            at, clusters, _, _ = self._states(min_size)
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
        labels = _cut.cut(
            t["u"], t["v"], t["weight"], self.core_distances_, self.border_distances_, self.border_parents_,
            radius, self.min_count(min_size),
        )  # fmt: skip
        return _cut.attach(t["u"], t["v"], t["weight"], labels, radius) if noise == "nearest" else labels

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
        With `y` this relabels at every radius: O(n_eps · N).
        """
        check_int(n_eps, "n_eps", 2)
        span = self.eps_range()
        radii = np.geomspace(*span, n_eps) if span else np.empty(0)
        at, clusters, assigned, noisy = self._states(min_size)
        state, n = np.searchsorted(at, radii, "right") - 1, len(self.core_distances_)
        table = pd.DataFrame({
            "eps": radii,
            "n_clusters": np.where(state < 0, 0, clusters[state]) if len(at) else np.zeros(len(radii), int),
            "noise": np.where(state < 0, n, noisy[state]) / n if len(at) else np.ones(len(radii)),
            "unassigned": np.where(state < 0, 0, n - noisy[state] - assigned[state]) / n if len(at) else np.zeros(len(radii)),
        })  # fmt: skip
        columns = ["acc", "nmi", "ari", "purity"]
        if y is None:
            return table.assign(**dict.fromkeys(columns, np.nan))
        policy = "wrong" if noise == "nearest" else noise  # once placed, no point is noise
        rows = [score(y, self.labels_at(eps, min_size, noise), policy) for eps in radii]
        return table.assign(**{name: [getattr(row, name) for row in rows] for name in columns})

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
        at, clusters, assigned, _ = self._states(min_size)
        outside = 1.0 - assigned / len(self.core_distances_)
        return find_plateaus(at, clusters, outside <= max_noise + 1e-12, self.eps_floor_)

    def suggest(self, min_size: float = 0.01, max_noise: float = 0.1) -> Suggestion:
        """Return the number of clusters that holds longest, if that is readable; no labels are used."""
        n = len(self.core_distances_)
        if n < self.min_samples:
            return Suggestion(None, None, 0.0, None, f"{n} points are fewer than min_samples = {self.min_samples}: all is noise.")
        if self.tree_["weight"].size == 0 or self.tree_["weight"][-1] == 0:
            return Suggestion(None, None, 0.0, None, "All points are equal: there is nothing to separate.")
        return suggest(self.plateaus(min_size, max_noise))

    def representation_lengths(self, rank: np.ndarray, low: float, high: float, min_size: float = 0.01) -> np.ndarray:
        """(N,) ln-ε length within low..high over which each point, by `rank`, represents a counted cluster."""
        t, order = self.tree_, np.argsort(self.core_distances_, kind="stable")
        return _cut.representation(
            t["u"], t["v"], t["weight"], self.core_distances_, order, rank, low, high, self.min_count(min_size)
        )

    def _states(self, min_size: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        t = self.tree_
        by_core = np.argsort(self.core_distances_, kind="stable")
        by_border = np.argsort(self.border_distances_, kind="stable")
        return _cut.walk(
            t["u"], t["v"], t["weight"], self.core_distances_, self.border_distances_, self.border_parents_,
            by_core, by_border, self.min_count(min_size),
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


def _contested(near: Neighbours, tree: np.ndarray) -> np.ndarray:
    """Claims on border points by clusters other than their parent's, ascending by reach."""
    reach = np.maximum(near.distance, near.core[near.index])
    i, column = np.nonzero((reach < near.core[:, None]) & (near.index != near.parent[:, None]))
    claims = np.empty(len(i), CLAIM)
    claims["point"], claims["rival"], claims["reach"] = i, near.index[i, column], reach[i, column]
    claims = claims[np.argsort(claims["reach"], kind="stable")]
    other = _cut.contested(tree["u"], tree["v"], tree["weight"], near.parent, claims["point"], claims["rival"], claims["reach"])
    return claims[other]
