"""The table of clusters: size, true classes and typical members of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vaegc.experiment.export import palette_entries
from vaegc.figures import as_png, contact_sheet_of_rows

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAX_ROWS = 40
TYPICAL_MEMBERS = 8  # of each cluster, as pictures or names
MAX_PIXELATED_SIDE = 16  # pixels of a picture's longer side, up to which they are drawn as squares
MAX_MEAN_FEATURES = 8  # up to which the means of the features are listed


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One cluster of the table."""

    number: int  # as in the labels; the stage calls it by one more
    entry: int  # of the palette
    size: int  # points
    share: float  # of all points
    classes: tuple[tuple[str, int], ...]  # names and points, largest first; empty without true classes
    picture: bytes | None  # PNG: the mean, then the most typical members; None where the data are no pictures
    small: bool  # a picture of few pixels, which stay sharp
    typical: tuple[str, ...]  # ids, or rows, of the most typical members
    means: tuple[float, ...]  # of each feature, where there are few


@dataclass(frozen=True, slots=True)
class ClusterTable:
    """The clusters after the climb, with counts of what has no row."""

    rows: tuple[ClusterRow, ...]  # largest first
    more: int  # further counted clusters
    small: int  # clusters of fewer than min_size core points
    small_points: int
    noise: int  # points
    features: tuple[str, ...]  # names of `means`


def cluster_table(result: Result, packed: bytes) -> ClusterTable | None:
    """Return the table of the clusters after the climb; None without an ε.

    Typical are the members with the highest log density before the climb; true classes are counted only.
    """
    labels, eps, data = result.labels, result.eps, result.dataset
    if labels is None or eps is None:
        return None
    core = result.sweep.core_distances_ <= eps
    sizes = np.bincount(labels[labels >= 0], minlength=labels.max() + 1) if labels.max() >= 0 else np.zeros(0, int)
    cores = np.bincount(labels[core & (labels >= 0)], minlength=len(sizes))
    counted = np.flatnonzero(cores >= result.sweep.min_count(result.spec.clustering.min_size))
    counted = counted[np.argsort(-sizes[counted], kind="stable")]
    entries, density = palette_entries(result, packed), result.trajectory.log_density[0]
    names = data.features or tuple(f"x{i + 1}" for i in range(data.x.shape[1]))
    lists_means = data.image_shape is None and len(names) <= MAX_MEAN_FEATURES
    rows = []
    for number in counted[:MAX_ROWS]:
        members = np.flatnonzero(labels == number)
        best = members[np.argsort(-density[members], kind="stable")][:TYPICAL_MEMBERS]
        mean = data.x[members].mean(axis=0, dtype=np.float64)
        picture = None
        if data.image_shape is not None:
            picture = as_png(contact_sheet_of_rows(data, np.vstack([mean[None], data.x[best]]), TYPICAL_MEMBERS + 1))
        rows.append(
            ClusterRow(
                number=int(number),
                entry=int(entries[members[0]]),
                size=len(members),
                share=len(members) / len(data),
                classes=_classes(result, members),
                picture=picture,
                small=max(data.image_shape or (0,)) <= MAX_PIXELATED_SIDE,
                typical=_named(result, best),
                means=tuple(mean.tolist()) if lists_means else (),
            )
        )
    small = np.setdiff1d(np.arange(len(sizes)), counted)
    more, noise = max(len(counted) - MAX_ROWS, 0), int((labels == -1).sum())
    return ClusterTable(tuple(rows), more, len(small), int(sizes[small].sum()), noise, names if lists_means else ())


def _classes(result: Result, members: np.ndarray) -> tuple[tuple[str, int], ...]:
    data = result.dataset
    if data.y is None:
        return ()
    known, counts = np.unique(data.y[members], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return tuple((data.class_names[known[i]] if data.class_names else str(known[i]), int(counts[i])) for i in order)


def _named(result: Result, points: np.ndarray) -> tuple[str, ...]:
    data = result.dataset
    if data.ids is not None:
        return tuple(str(name) for name in data.ids[points])
    return tuple(f"{row:,}" for row in (points if data.rows is None else data.rows[points]))
