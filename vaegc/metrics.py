"""Scores of a clustering against true classes, with the noise policy always named.

ACC is Hungarian one-to-one over all N; definitions in design section 3, sources in methods section 9.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from vaegc.checks import check_choice
from vaegc.errors import BadInput, NotSupported

NOISE_POLICIES = ("wrong", "ignore", "nearest")


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


def matched(table: np.ndarray) -> int:
    """Points on the best one-to-one matching of clusters (rows) to classes (columns)."""
    from scipy.optimize import linear_sum_assignment

    if table.size == 0:
        return 0
    rows, columns = linear_sum_assignment(table, maximize=True)
    return int(table[rows, columns].sum())


def _entropy(counts: np.ndarray) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def mutual_information(table: np.ndarray) -> float:
    """NMI with the arithmetic mean of the entropies; 1 where both sides are one group, as scikit-learn has it."""
    total = table.sum()
    if total == 0 or (table.shape[0] <= 1 and table.shape[1] <= 1):
        return 1.0
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    i, j = np.nonzero(table)
    cell = table[i, j] / total
    information = float((cell * (np.log(cell) - np.log(rows[i] / total) - np.log(columns[j] / total))).sum())
    mean = (_entropy(rows) + _entropy(columns)) / 2
    return float(np.clip(information / mean, 0.0, 1.0)) if mean > 0 else 0.0


def adjusted_rand(table: np.ndarray) -> float:
    """Adjusted Rand index from pair counts (Hubert and Arabie 1985), as scikit-learn has it."""
    total = int(table.sum())
    squares = int((table.astype(object) ** 2).sum())
    row_squares = int((table.sum(axis=1).astype(object) ** 2).sum())
    column_squares = int((table.sum(axis=0).astype(object) ** 2).sum())
    same = squares - total
    only_rows, only_columns = row_squares - squares, column_squares - squares
    neither = total * total - only_rows - only_columns - squares
    if only_rows == 0 and only_columns == 0:
        return 1.0
    return (
        2.0
        * (same * neither - only_rows * only_columns)
        / ((same + only_rows) * (only_rows + neither) + (same + only_columns) * (only_columns + neither))
    )


def score(y_true: npt.ArrayLike, labels: npt.ArrayLike, noise: str = "wrong") -> Scores:
    """Score cluster labels against true classes.

    Parameters
    ----------
    y_true
        (N,) true classes, any integers.
    labels
        (N,) cluster numbers; -1 is noise, -2 is unassigned (treated like noise by every score, not counted as noise).
    noise
        - ``"wrong"``: ACC and purity count noise as errors over all N; NMI and ARI take it as one extra cluster.
        - ``"ignore"``: only labelled points count; read `coverage` beside it.
        - ``"nearest"``: needs the tree; use ``EpsilonSweep.labels_at(eps, noise="nearest")`` and score that.

    Raises
    ------
    BadInput
        Lengths differ, nothing to score, or an unknown policy.
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
    try:
        classes, clusters = np.asarray(y_true), np.asarray(labels)
        whole = all(np.issubdtype(v.dtype, np.integer) or (v == np.round(v.astype(float))).all() for v in (classes, clusters))
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise BadInput("y_true and labels must be lists of whole numbers.")
    if classes.ndim != 1 or classes.shape != clusters.shape or len(classes) == 0:
        raise BadInput(f"y_true and labels must be two equally long lists; got shapes {classes.shape} and {clusters.shape}.")
    found = clusters >= 0
    table = contingency(classes[found], clusters[found])
    n = len(classes)
    counted = int(found.sum())
    denominator = n if noise == "wrong" else counted
    # Under "wrong" all noise is one more group for the chance-corrected scores, never a cluster for ACC.
    grouped = contingency(classes, np.where(found, clusters, -1)) if noise == "wrong" else table
    return Scores(
        acc=matched(table) / denominator if denominator else 0.0,
        nmi=mutual_information(grouped) if denominator else 0.0,
        ari=adjusted_rand(grouped) if denominator else 0.0,
        purity=float(table.max(axis=1).sum()) / denominator if table.size else 0.0,
        n_clusters=table.shape[0],
        noise=float((clusters == -1).mean()),
        coverage=denominator / n,
        policy=noise,
        n=n,
    )
