"""DBSCAN at every radius at once: one neighbour query and one spanning tree, cut wherever one likes.

What: labels, counts, the whole curve, plateaus and the suggested number of clusters.
Sources: DBSCAN, Ester et al., 1996; mutual reachability and its spanning tree, Campello et al., 2013. README.md says how the tree is found.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from vaegc.checks import as_points, check_choice, check_int, check_number
from vaegc.errors import BadInput
from vaegc.metrics import NOISE_POLICIES
from vaegc.progress import Callback
from vaegc.sweep import _dendrogram_cut
from vaegc.sweep._arguments import check_radii
from vaegc.sweep._curve import curve_table
from vaegc.sweep._family import FamilySuggestion, family_of, suggest_family
from vaegc.sweep._files import read_sweep, write_sweep
from vaegc.sweep._fitted import FittedSweep
from vaegc.sweep._limits import Limits, suggestion_of
from vaegc.sweep._plateaus import Suggestion, eps_floor, middle
from vaegc.sweep._predict import predict_labels
from vaegc.sweep._tree import fit_arrays

__all__ = ["EpsilonSweep", "FamilySuggestion", "Suggestion", "eps_floor", "family_of", "middle", "suggest_family"]


class EpsilonSweep(FittedSweep):
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
        """Build the tree of (N, d) points; returns the sweep itself.

        Parameters
        ----------
        points
            (N, d) numbers; kept as a copy.
        callback
            Gets a `Progress` now and then; returning True stops the fit.

        Raises
        ------
        BadInput
            `min_samples`, `eps_floor` or the points are none, or lie too far apart.
        Stopped
            The callback asked for it.
        """
        min_samples = check_int(self.min_samples, "min_samples", 1)
        if self.eps_floor is not None:
            check_number(self.eps_floor, "eps_floor", 0)
        array = as_points(points).copy()  # kept, and what the caller does to its own must not change it
        floor = eps_floor(array) if self.eps_floor is None else float(self.eps_floor)
        return self._set(array, min_samples, floor, *fit_arrays(array, min_samples, callback))

    def save(self, path: str | Path) -> None:
        """Write everything to one ``.npz`` file; raises `BadInput` where that is impossible."""
        write_sweep(self, path)

    @classmethod
    def load(cls, path: str | Path) -> EpsilonSweep:
        """Read what `save` wrote; raises `BadInput` where the file is no sweep or is damaged."""
        samples, given, points, floor, core, border, parent, tree = read_sweep(path)
        return cls(samples, given)._set(points, samples, floor, core, border, parent, tree, None)

    # --- anything at any ε -------------------------------------------------------------------------------------------

    def n_clusters_at(self, eps: npt.ArrayLike, min_size: float = 1) -> int | np.ndarray:
        """Number of clusters of at least `min_size` core points at one ε (an int) or at many (R,), an int64 array (R,)."""
        radii = check_radii(eps)
        if self.min_count(min_size) <= 1:
            found = np.searchsorted(self._core_sorted, radii, "right") - np.searchsorted(self.tree_["weight"], radii, "right")
        else:
            at, clusters, _, _ = self.component_counts(min_size)
            found = np.concatenate([[0], clusters])[np.searchsorted(at, radii, "right")]
        return int(found) if radii.ndim == 0 else found

    def noise_at(self, eps: npt.ArrayLike) -> float | np.ndarray:
        """Share of the points that are noise, 0..1, at one ε (a float) or at many (R,), an array (R,)."""
        radii = check_radii(eps)
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

        Raises
        ------
        BadInput
            Several radii, a negative one, an unknown policy, or a `min_size` that is neither a count nor a share.
        """
        check_choice(noise, "noise", NOISE_POLICIES)
        radii = check_radii(eps)
        if radii.ndim:
            raise BadInput("labels_at takes one eps; call it once for each.")
        radius = float(radii)
        labels = _dendrogram_cut.labels_at_eps(self.dendrogram_, radius, self.min_count(min_size))
        return _dendrogram_cut.assign_noise_to_nearest(self.dendrogram_, labels, radius) if noise == "nearest" else labels

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

        Raises
        ------
        BadInput
            As in `labels_at`, and for points of another number of columns.
        """
        return predict_labels(self, as_points(points), eps, min_size, noise)

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
        """All intervals of ε with one number of clusters K >= 2, longest in ln ε first.

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
        """Return the number of clusters that holds longest, if that is readable; no labels are used.

        Parameters
        ----------
        min_size, max_noise
            As in `plateaus`.
        """
        return suggestion_of(self, min_size, max_noise)
