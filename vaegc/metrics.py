"""Scores of a clustering against true classes, with the noise policy always named.

ACC is the accuracy of the best one-to-one matching over all N (Kuhn, 1955); NMI and ARI as in scikit-learn; DBCV: Moulavi et al., 2014.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_classes, as_points, check_choice
from vaegc.errors import BadInput, NotSupported
from vaegc.robust import standardized

NOISE_POLICIES = ("wrong", "ignore", "nearest")
MIN_USED_SHARE = 0.01  # share of the points from which a cluster that a model was given counts as used


@dataclass(frozen=True, slots=True)
class Scores:
    """Agreement of one labelling with the true classes."""

    acc: float  # Hungarian one-to-one accuracy
    nmi: float  # normalised mutual information, arithmetic mean
    ari: float  # adjusted Rand index
    purity: float  # many-to-one accuracy: the majority class of each cluster
    n_clusters: int  # clusters in `labels` (numbers >= 0)
    noise: float  # share of points labelled -1
    coverage: float  # share of points that the scores were computed on
    policy: str  # noise policy: "wrong" or "ignore"
    n: int  # points in all

    def to_dict(self) -> dict[str, float | int | str]:
        """Return plain JSON-ready data."""
        return asdict(self)


def clusters_in_use(labels: np.ndarray) -> int:
    """How many of a model's clusters hold at least a hundredth of the points, given the cluster (N,) of each, 0 to K - 1."""
    return int((np.bincount(labels) >= MIN_USED_SHARE * len(labels)).sum())


def contingency(classes: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Counts (clusters, classes) of two vectors of non-negative numbers; empty rows and columns stay out."""
    _, class_index = np.unique(classes, return_inverse=True)
    _, cluster_index = np.unique(clusters, return_inverse=True)
    if len(class_index) == 0:
        return np.zeros((0, 0), np.int64)
    n_classes = int(class_index.max()) + 1
    n_clusters = int(cluster_index.max()) + 1
    flat = np.bincount(cluster_index * n_classes + class_index, minlength=n_clusters * n_classes)
    return flat.reshape(n_clusters, n_classes)


def n_matched(table: np.ndarray) -> int:
    """Points on the best one-to-one matching of clusters (rows) to classes (columns)."""
    from scipy.optimize import linear_sum_assignment

    if table.size == 0:
        return 0
    rows, columns = linear_sum_assignment(table, maximize=True)
    return int(table[rows, columns].sum())


def score(y_true: npt.ArrayLike, labels: npt.ArrayLike, noise: str = "wrong") -> Scores:
    """Score cluster labels against true classes.

    Parameters
    ----------
    y_true
        (N,) true classes: numbers, names, categories, in any kind of list, or a `Dataset` that has them.
    labels
        (N,) clusters, likewise; -1 is noise, -2 is unassigned (treated like noise by every score, not counted as noise).
    noise
        - ``"wrong"``: ACC and purity count noise as errors over all N; NMI and ARI take it as one extra cluster.
        - ``"ignore"``: only labelled points count; read `coverage` beside it.
        - ``"nearest"``: needs the tree; use ``EpsilonSweep.labels_at(eps, noise="nearest")`` and score that.

    Raises
    ------
    BadInput
        Lengths differ, nothing to score, a missing label, or an unknown policy.
    NotSupported
        ``noise="nearest"``.

    Examples
    --------
    >>> from vaegc import score
    >>> s = score([0, 0, 1, 1], [1, 1, 0, -1])
    >>> s.acc, s.n_clusters, s.noise
    (0.75, 2, 0.25)
    """
    check_choice(noise, "noise", NOISE_POLICIES)
    if noise == "nearest":
        raise NotSupported(
            'score() sees labels only and cannot place noise; use EpsilonSweep.labels_at(eps, noise="nearest") and score the result.'
        )
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    classes, clusters = as_classes(y_true, "y_true"), as_classes(labels, "labels")
    if classes.shape != clusters.shape or len(classes) == 0:
        raise BadInput(f"y_true and labels must be two equally long lists; got shapes {classes.shape} and {clusters.shape}.")
    found = clusters >= 0
    table = contingency(classes[found], clusters[found])
    n = len(classes)
    n_scored = int(found.sum())
    denominator = n if noise == "wrong" else n_scored
    # Under "wrong" all noise is one more group for the chance-corrected scores, never a cluster for ACC.
    pair = (classes, np.where(found, clusters, -1)) if noise == "wrong" else (classes[found], clusters[found])
    return Scores(
        acc=n_matched(table) / denominator if denominator else 0.0,
        nmi=min(float(normalized_mutual_info_score(*pair)), 1.0) if denominator else 0.0,
        ari=float(adjusted_rand_score(*pair)) if denominator else 0.0,
        purity=float(table.max(axis=1).sum()) / denominator if table.size else 0.0,
        n_clusters=table.shape[0],
        noise=float((clusters == -1).mean()),
        coverage=denominator / n,
        policy=noise,
        n=n,
    )


def dbcv(points: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Density-based clustering validity (Moulavi et al. 2014), -1..1, higher is better; needs no true classes.

    Parameters
    ----------
    points
        (N, d) points.
    labels
        (N,) clusters, as in `score`; negative is noise, which lowers the score by its share.

    Raises
    ------
    BadInput
        Fewer than two clusters.

    Notes
    -----
    Squared Euclidean distances, as in the authors' own code, and Kruskal's tree with ties in order of index: which points are
    inner nodes of a tree depends on ties, so an implementation has to name its rule. Powers are taken in logarithms, so that
    neither many dimensions nor collapsed clusters overflow. A cluster of one or two points has validity 0. Time and memory O(N^2).
    Other implementations differ; moons (300 points, noise .05, seed 1782) give .8545 here and in the one that follows the
    authors' code.

    Examples
    --------
    >>> from vaegc.metrics import dbcv
    >>> round(dbcv([[0], [1], [2], [10], [11], [12]], [0, 0, 0, 1, 1, 1]), 4)
    0.984
    """
    from scipy.spatial.distance import cdist

    x = standardized(as_points(points))[0]  # squares and their powers are numbers wherever the points lie
    clusters = as_classes(labels, n=len(x))
    members = [np.flatnonzero(clusters == c) for c in np.unique(clusters[clusters >= 0])]
    if len(members) < 2:
        raise BadInput(f"DBCV compares clusters and needs at least two; got {len(members)}.")
    core, inner, sparseness = np.zeros(len(x)), [], []
    for rows in members:
        if len(rows) < 3:
            inner.append(rows[:0])
            sparseness.append(0.0)
            continue
        square = cdist(x[rows], x[rows], "sqeuclidean")
        core[rows] = _all_points_core(square, x.shape[1])
        reach = np.maximum(square, np.maximum(core[rows][:, None], core[rows][None]))
        i, j = _kruskal(reach)
        degree = np.bincount(np.concatenate([i, j]), minlength=len(rows))
        between = (degree[i] > 1) & (degree[j] > 1)
        inner.append(rows[degree > 1])
        sparseness.append(float(reach[i, j][between].max() if between.any() else reach[i, j].max()))
    separation = np.full(len(members), np.inf)
    for a in range(len(members)):
        for b in range(a):
            if len(inner[a]) and len(inner[b]):
                square = cdist(x[inner[a]], x[inner[b]], "sqeuclidean")
                gap = float(np.maximum(square, np.maximum(core[inner[a]][:, None], core[inner[b]][None])).min())
                separation[[a, b]] = np.minimum(separation[[a, b]], gap)
    total = 0.0
    for rows, gap, spread in zip(members, separation, sparseness, strict=True):
        larger = max(gap, spread)
        if np.isfinite(gap) and larger > 0:
            total += len(rows) * (gap - spread) / larger
    return float(total / len(x))


def _all_points_core(square: np.ndarray, d: int) -> np.ndarray:
    """Core distances within one cluster: the generalised mean of all distances with exponent -d."""
    from scipy.special import logsumexp

    with np.errstate(divide="ignore"):
        terms = -d * np.log(square)
    np.fill_diagonal(terms, -np.inf)
    return np.exp(-(logsumexp(terms, axis=1) - np.log(len(square) - 1)) / d)


def _kruskal(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges of the minimum spanning tree of a full matrix of weights, ties in order of index."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    i, j = np.triu_indices(len(weight), 1)
    rank = np.empty(len(i))
    rank[np.argsort(weight[i, j], kind="stable")] = np.arange(1, len(i) + 1)  # never 0, which SciPy takes for "no edge"
    tree = minimum_spanning_tree(coo_array((rank, (i, j)), shape=weight.shape).tocsr()).tocoo()
    return tree.row, tree.col
