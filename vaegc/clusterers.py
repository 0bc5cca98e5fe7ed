"""The field's clusterers, one of each, with one set of limits: k-means, Gaussian mixtures, HDBSCAN, PLSCAN.

The votes and the baselines call them. They square distances, and some compute in float32, so points are moved and scaled once, by `center_and_scale`:
what they answer depends neither on where the data lie nor on their unit.
"""

from __future__ import annotations

import warnings
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

import numpy as np

from vaegc import robust
from vaegc.errors import BadInput

if TYPE_CHECKING:
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

KMEANS_N_INIT, GMM_N_INIT = 20, 10  # where K is given
KMEANS_N_INIT_PER_K, GMM_N_INIT_PER_K = 5, 2  # of each K where many are compared: its neighbours are seen too
GMM_MAX_ITER = 200  # of EM, at most, per start
MAX_FULL_COVARIANCE_DIM = 64  # dimensions in which a Gaussian may have a full covariance
REG_COVAR = 1e-6  # added to variances, in units of the points' robust scale: what keeps a Gaussian from collapsing onto a point
MIN_CLUSTER_SHARE, MIN_SAMPLES = 0.01, 10  # HDBSCAN: smallest cluster as a share of N; points that make a core, itself included
DUPLICATE_TOLERANCE = 1e-6  # of the robust scale: points closer than this are in one place, as they would be in float32
MAX_SORT_COLUMNS = 8  # columns that put points in an order
MAX_DISTANCE = 1e15  # robust scales from the middle, beyond which a squared distance is no number in float32

Covariance = Literal["full", "diag"]


def center_and_scale(points: np.ndarray, what: str) -> np.ndarray:
    """Points (N, d) float64 around 0 with a robust scale of 1; those of one place, but for rounding, coincide.

    Raises `BadInput`, in which `what` needs them, where some lie so far out that no unit suits all.
    """
    with np.errstate(over="ignore"):
        z, _, _ = robust.standardized(points)
        z /= robust.scale(z, np.zeros(z.shape[1])) or 1.0
    if not float(np.abs(z).max()) < MAX_DISTANCE:
        raise BadInput(
            f"Some points lie too far out for {what} to square distances, more than {MAX_DISTANCE:g} times as far as most; drop or scale them."
        )
    return _merge_duplicates(z)


def n_distinct(z: np.ndarray) -> int:
    """How many different places centered and scaled points hold."""
    return len({row.tobytes() for row in z})  # those of one place are equal byte by byte


def _merge_duplicates(z: np.ndarray) -> np.ndarray:
    """Give all points within rounding of one another, `DUPLICATE_TOLERANCE`, the place of the first of them."""
    grid = np.ascontiguousarray(
        np.round(z / DUPLICATE_TOLERANCE) + 0.0
    )  # -0 becomes 0: bytes are compared, since sorting many columns takes long
    number: dict[bytes, int] = {}
    cell = np.array([number.setdefault(blake2b(row, digest_size=16).digest(), len(number)) for row in grid])
    if len(number) == len(z):  # nothing coincides: two points on both sides of a cell's border are no collapse
        return z
    _, first = np.unique(cell, return_index=True)
    # A place on the border of cells lies in several: they come one after the other along any direction, and touch.
    order = np.argsort(grid[first] @ np.random.default_rng(0).standard_normal(z.shape[1]), kind="stable")
    apart = np.abs(np.diff(grid[first][order], axis=0)).max(axis=1) > 1
    place = np.empty(len(first), np.int64)
    place[order] = np.concatenate([[0], np.cumsum(apart)])
    leader = np.full(int(place.max()) + 1, len(z))
    np.minimum.at(leader, place, first)
    return z[leader[place[cell]]]


def covariance_type(n: int, d: int, k: int) -> Covariance:
    """Full covariances where d <= `MAX_FULL_COVARIANCE_DIM` and n points can span k of them, n >= k (d + 1); else diagonal ones."""
    return "full" if d <= MAX_FULL_COVARIANCE_DIM and n >= k * (d + 1) else "diag"


def kmeans(z: np.ndarray, k: int, seed: int, n_init: int = KMEANS_N_INIT) -> KMeans:
    """k-means++ of centered and scaled points (N, d), the best of some starts."""
    from sklearn.cluster import KMeans

    return KMeans(k, n_init=n_init, init="k-means++", random_state=seed).fit(z)


def gaussian_mixture(
    z: np.ndarray, k: int, seed: int, n_init: int = GMM_N_INIT, kind: Covariance | None = None
) -> GaussianMixture:
    """A Gaussian mixture of centered and scaled points (N, d), the likeliest of some starts from k-means; `kind` None is that of `covariance_type`."""
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        k,
        covariance_type=kind or covariance_type(z.shape[0], z.shape[1], k),
        n_init=n_init,
        max_iter=GMM_MAX_ITER,
        reg_covar=REG_COVAR,
        random_state=seed,
    )
    return model.fit(z)


def core_samples(n: int, min_samples: int) -> int:
    """`min_samples` counts the point itself, HDBSCAN and PLSCAN do not; and of n points there are n - 1 others."""
    return max(min(min_samples, n) - 1, 1)


def min_cluster_size(n: int) -> int:
    """Points in the smallest cluster that HDBSCAN keeps: `MIN_CLUSTER_SHARE` of n."""
    # 0.07 times 100 is a hair above 7 in floating point; seven points are 7 % of a hundred all the same.
    return max(int(np.ceil(round(MIN_CLUSTER_SHARE * n, 9))), 2)


def hdbscan(z: np.ndarray, min_samples: int, *min_cluster_sizes: int) -> list[np.ndarray]:
    """HDBSCAN (McInnes et al. 2017) of centered and scaled points (N, d), from one tree: (N,) clusters, -1 noise, for each smallest cluster."""
    from fast_hdbscan.hdbscan import clusters_from_spanning_tree, compute_minimum_spanning_tree

    order = _canonical_order(z)
    tree = compute_minimum_spanning_tree(z[order], min_samples=core_samples(len(z), min_samples), reproducible=True)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of distances that are 0
        found = [np.asarray(clusters_from_spanning_tree(tree, min_cluster_size=size)[0]) for size in min_cluster_sizes]
    return [_to_input_order(labels, order) for labels in found]


def plscan(z: np.ndarray, min_samples: int) -> np.ndarray:
    """PLSCAN (arXiv 2512.16558) of centered and scaled points (N, d): (N,) clusters, -1 noise."""
    from fast_hdbscan import PLSCAN

    order = _canonical_order(z)
    return _to_input_order(
        np.asarray(PLSCAN(min_samples=core_samples(len(z), min_samples), reproducible=True).fit(z[order]).labels_), order
    )


def _canonical_order(z: np.ndarray) -> np.ndarray:
    """Rows (N,) of points in an order of their own: which of equal edges a tree takes depends on the order, which must not be the caller's."""
    return np.lexsort(z[:, MAX_SORT_COLUMNS - 1 :: -1].T) if z.shape[1] > MAX_SORT_COLUMNS else np.lexsort(z[:, ::-1].T)


def _to_input_order(labels: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Labels (N,) of points in that order, as labels in the caller's."""
    out = np.empty_like(labels)
    out[order] = labels
    return out
