"""Confusion matrix of true classes and clusters, and the points of each of its cells.

True classes are used after every choice is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_classes, check_int
from vaegc.errors import BadInput

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MIN_COLUMN_SHARE = 0.01  # of the points: smaller unmatched clusters share one column
MAX_UNMATCHED_COLUMNS = 12  # unmatched clusters with a column of their own
NOISE_COLUMN, SMALL_COLUMN = "noise", "small"


@dataclass(frozen=True, slots=True)
class ConfusionColumn:
    """One column of a confusion matrix."""

    name: str  # the number of the cluster, counted from 1, as on the stage; or what it is
    clusters: tuple[int, ...]  # labels that it holds; -1 and -2 are noise and unassigned
    match: int | None = None  # row of the class that the Hungarian matching gives it


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Confusion matrix: number of points of every class (row) in every cluster (column)."""

    counts: np.ndarray  # (C, K) int64; sums to N
    classes: tuple[str, ...]  # (C,) names
    class_values: tuple[int, ...]  # (C,) as in y
    columns: tuple[
        ConfusionColumn, ...
    ]  # (K,) matched clusters in the order of their classes, then others by size, small ones together, noise
    acc: float  # share of the points on matched cells: Hungarian ACC, noise counts as wrong

    @property
    def n(self) -> int:
        """Number of points."""
        return int(self.counts.sum())

    @property
    def matched(self) -> tuple[tuple[int, int], ...]:
        """Row and column of every matched cell."""
        return tuple((column.match, at) for at, column in enumerate(self.columns) if column.match is not None)

    def largest_error(self) -> tuple[int, int] | None:
        """Return row and column of the largest cell off the matching, noise and small clusters aside; None where there is none."""
        errors = self.counts.copy()
        for cell in self.matched:
            errors[cell] = 0
        errors[:, [at for at, column in enumerate(self.columns) if column.name in (NOISE_COLUMN, SMALL_COLUMN)]] = 0
        if not errors.any():
            return None
        row, at = np.unravel_index(int(errors.argmax()), errors.shape)
        return int(row), int(at)


def confusion_matrix(
    y: npt.ArrayLike, labels: npt.ArrayLike, class_names: tuple[str, ...] | list[str] | None = None
) -> ConfusionMatrix:
    """Return the confusion matrix of classes and clusters, its columns in the order of the Hungarian matching.

    Parameters
    ----------
    y
        (N,) true classes.
    labels
        (N,) clusters; -1 is noise, -2 unassigned.
    class_names
        By class; None: the numbers.

    Raises
    ------
    BadInput
        Lengths differ, or there is nothing to count.

    Examples
    --------
    >>> from vaegc.studies.confusion import confusion_matrix
    >>> table = confusion_matrix([0, 0, 1, 1], [1, 1, 0, -1])
    >>> table.counts.tolist(), [column.name for column in table.columns], table.acc
    ([[2, 0, 0], [0, 1, 1]], ['2', '1', 'noise'], 0.75)
    """
    from scipy.optimize import linear_sum_assignment

    classes, clusters = as_classes(y), as_classes(labels)
    if classes.ndim != 1 or classes.shape != clusters.shape or len(classes) == 0:
        raise BadInput(f"y and labels must be two equally long lists; got shapes {classes.shape} and {clusters.shape}.")
    values, row_of = np.unique(classes, return_inverse=True)
    found, column_of = np.unique(clusters, return_inverse=True)
    table = np.zeros((len(values), len(found)), np.int64)
    np.add.at(table, (row_of, column_of), 1)
    real = np.flatnonzero(found >= 0)
    rows, at = linear_sum_assignment(table[:, real], maximize=True)
    match = {int(real[column]): int(row) for row, column in zip(rows, at, strict=True) if table[row, real[column]]}
    columns = [ConfusionColumn(f"{found[c] + 1}", (int(found[c]),), match[c]) for c in sorted(match, key=lambda c: match[c])]
    others = sorted((int(c) for c in real if c not in match), key=lambda c: (-table[:, c].sum(), c))
    shown = [c for c in others if table[:, c].sum() >= MIN_COLUMN_SHARE * len(classes)][:MAX_UNMATCHED_COLUMNS]
    columns += [ConfusionColumn(f"{found[c] + 1}", (int(found[c]),)) for c in shown]
    if rest := tuple(int(found[c]) for c in others if c not in shown):
        columns.append(ConfusionColumn(SMALL_COLUMN, rest) if len(rest) > 1 else ConfusionColumn(f"{rest[0] + 1}", rest))
    if noise := tuple(int(label) for label in found if label < 0):
        columns.append(ConfusionColumn(NOISE_COLUMN, noise))
    position = {int(label): at for at, label in enumerate(found)}
    counts = np.stack([table[:, [position[label] for label in column.clusters]].sum(axis=1) for column in columns], axis=1)
    n_matched = sum(int(table[row, column]) for column, row in match.items())
    names = tuple(str(class_names[v]) if class_names is not None and 0 <= v < len(class_names) else str(v) for v in values)
    return ConfusionMatrix(counts, names, tuple(map(int, values)), tuple(columns), n_matched / len(classes))


def result_confusion(result: Result, eps: float | None = None) -> ConfusionMatrix:
    """Return the confusion matrix of a result at ε; None: the spec's, else the suggestion's.

    Raises
    ------
    BadInput
        The data have no classes, or there is no ε.
    """
    if result.dataset.y is None:
        raise BadInput(f"{result.dataset.name} has no classes, so its clusters cannot be compared with any.")
    return confusion_matrix(result.dataset.y, result_labels(result, eps), result.dataset.class_names)


def result_labels(result: Result, eps: float | None = None) -> np.ndarray:
    """Return the clusters (N,) of a result at ε, noise is -1 whatever the noise policy; None: the spec's, else the suggestion's.

    Raises
    ------
    BadInput
        There is no ε.
    """
    at = result.eps if eps is None else eps
    if at is None:
        raise BadInput(f"There are no clusters without an ε: {result.suggestion.reason}")
    return result.sweep.labels_at(at)


def cell_members(result: Result, table: ConfusionMatrix, row: int, column: int, eps: float | None = None) -> np.ndarray:
    """Return the points (M,) of a cell, most typical first: by their log density at the start of the climb, which no label has seen.

    Parameters
    ----------
    result
        What was run.
    table
        Of `result_confusion`, at the same ε.
    row, column
        Of the cell.
    eps
        As for `result_confusion`.
    """
    check_int(row, "row", 0, len(table.classes) - 1)
    check_int(column, "column", 0, len(table.columns) - 1)
    inside = (np.asarray(result.dataset.y) == table.class_values[row]) & np.isin(
        result_labels(result, eps), table.columns[column].clusters
    )
    points = np.flatnonzero(inside)
    return points[np.argsort(-result.trajectory.log_density[0][points], kind="stable")]
