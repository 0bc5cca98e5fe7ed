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


def as_classes(values: npt.ArrayLike) -> np.ndarray:
    """Return whole numbers as an array, or raise `BadInput`."""
    try:
        array = np.asarray(values)
        whole = np.issubdtype(array.dtype, np.integer) or bool((array == np.round(array.astype(float))).all())
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise BadInput("Classes and labels must be lists of whole numbers.")
    return array


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


@dataclass(frozen=True, slots=True)
class Sums:
    """What the chance-corrected scores need of a contingency table: sums over its cells, rows (clusters) and columns (classes)."""

    n: int  # points
    rows: int  # clusters that hold a point
    columns: int  # classes that occur
    squares: tuple[int, int, int]  # of x^2 over cells, rows, columns
    logs: tuple[float, float, float]  # of x ln x, likewise

    @classmethod
    def of(cls, table: np.ndarray) -> Sums:
        """Sums of a table of counts (clusters, classes)."""
        parts = [part[part > 0].astype(np.float64) for part in (table.ravel(), table.sum(axis=1), table.sum(axis=0))]
        squares = [int((part**2).sum()) if part.sum() < 2**26 else int((part.astype(object) ** 2).sum()) for part in parts]
        logs = [float((part * np.log(part)).sum()) for part in parts]
        return cls(int(table.sum()), len(parts[1]), len(parts[2]), tuple(squares), tuple(logs))  # type: ignore[arg-type]

    @property
    def nmi(self) -> float:
        """NMI with the arithmetic mean of the entropies; 1 where both sides are one group, as scikit-learn has it."""
        if self.n == 0 or (self.rows <= 1 and self.columns <= 1):
            return 1.0
        # Nothing in common, or everything: said here, where rounding cannot unsay it.
        if self.rows <= 1 or self.columns <= 1:
            return 0.0
        if self.squares[0] == self.squares[1] == self.squares[2]:
            return 1.0
        cells, rows, columns = (log / self.n for log in self.logs)
        entropy = np.log(self.n)
        return float(np.clip((entropy + cells - rows - columns) / (entropy - (rows + columns) / 2), 0.0, 1.0))

    @property
    def ari(self) -> float:
        """Adjusted Rand index from pair counts (Hubert and Arabie 1985), as scikit-learn has it."""
        cells, rows, columns = self.squares
        same = cells - self.n
        only_rows, only_columns = rows - cells, columns - cells
        neither = self.n * self.n - only_rows - only_columns - cells
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
    classes, clusters = as_classes(y_true), as_classes(labels)
    if classes.ndim != 1 or classes.shape != clusters.shape or len(classes) == 0:
        raise BadInput(f"y_true and labels must be two equally long lists; got shapes {classes.shape} and {clusters.shape}.")
    found = clusters >= 0
    table = contingency(classes[found], clusters[found])
    n = len(classes)
    counted = int(found.sum())
    denominator = n if noise == "wrong" else counted
    # Under "wrong" all noise is one more group for the chance-corrected scores, never a cluster for ACC.
    sums = Sums.of(contingency(classes, np.where(found, clusters, -1)) if noise == "wrong" else table)
    return Scores(
        acc=matched(table) / denominator if denominator else 0.0,
        nmi=sums.nmi if denominator else 0.0,
        ari=sums.ari if denominator else 0.0,
        purity=float(table.max(axis=1).sum()) / denominator if table.size else 0.0,
        n_clusters=table.shape[0],
        noise=float((clusters == -1).mean()),
        coverage=denominator / n,
        policy=noise,
        n=n,
    )
