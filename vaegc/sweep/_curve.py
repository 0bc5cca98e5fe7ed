"""Scores over the whole range of ε from one walk along the tree.

Every component keeps how many of its points, borders included, are of each class; an edge adds two such rows. So a radius costs what
its components are, not what its points are, and nothing is labelled again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from vaegc.checks import as_classes
from vaegc.metrics import contingency, n_matched
from vaegc.sweep._dendrogram_cut import Dendrogram, find
from vaegc.sweep.compilation import kernel

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

SCORES = ("acc", "nmi", "ari", "purity")
MAX_TABLE_CELLS = 5 * 10**7  # of the running table; beyond, labels are scored one radius at a time
MAX_TABLE_CLASSES = 1000  # likewise


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


class Walk(NamedTuple):
    """Where a walk along the tree is, and the components there with their running table of classes; kernels change it in place."""

    done: np.ndarray  # (4,) int64: births, edges, borders so far, and components that live now
    root: np.ndarray  # (N,) int64, union-find
    cores: np.ndarray  # (N,) int64, core points of the component of each root
    row: np.ndarray  # (N,) int64, its line of `counts`
    counts: np.ndarray  # (lines, C) int64, points of each class
    free: np.ndarray  # (lines,) int64, lines not in use, from the number of live components on
    live: np.ndarray  # (lines,) int64, roots of the components, in any order
    place: np.ndarray  # (N,) int64, where in `live` each root is


@kernel
def _advance(eps: float, dendrogram: Dendrogram, by_core: np.ndarray, by_border: np.ndarray, y: np.ndarray, walk: Walk) -> None:
    """Bring the components up to `eps`: births, then edges, then borders, which join the component that their parent is in."""
    u, v, weight, core, border, parent = dendrogram
    done, root, cores, row, counts, free, live, place = walk
    while done[0] < len(by_core) and core[by_core[done[0]]] <= eps:
        i = by_core[done[0]]
        # Edges come as early as they can, so that no more lines are in use than `max_components` says.
        while done[1] < len(weight) and weight[done[1]] < core[i]:
            _merge(find(root, u[done[1]]), find(root, v[done[1]]), walk)
        done[0] += 1
        cores[i], row[i] = 1, free[done[3]]
        live[done[3]], place[i] = i, done[3]
        done[3] += 1
        if border[i] == core[i]:  # never was a border point
            counts[row[i], y[i]] += 1
    while done[1] < len(weight) and weight[done[1]] <= eps:
        _merge(find(root, u[done[1]]), find(root, v[done[1]]), walk)
    while done[2] < len(by_border) and border[by_border[done[2]]] <= eps:
        i = by_border[done[2]]
        done[2] += 1
        if border[i] < core[i]:
            counts[row[find(root, parent[i])], y[i]] += 1


@kernel
def _merge(a: int, b: int, walk: Walk) -> None:
    """Count one more edge, and join the components of the roots a and b."""
    done, root, cores, row, counts, free, live, place = walk
    done[1] += 1
    if a == b:
        return
    low, high = min(a, b), max(a, b)
    root[high] = low
    cores[low] += cores[high]
    for c in range(counts.shape[1]):
        counts[row[low], c] += counts[row[high], c]
        counts[row[high], c] = 0
    done[3] -= 1
    free[done[3]] = row[high]
    last = live[done[3]]
    live[place[high]], place[last] = last, place[high]


@kernel
def _summary(
    min_count: float, walk: Walk, x_log_x: np.ndarray
) -> tuple[int, int, float, int, float, int, np.ndarray, np.ndarray]:
    """Sums over the components of at least `min_count` core points, and the rows that a best matching needs.

    A class is matched to one of the components where it is most frequent, as many of them as there are classes: the other
    classes can occupy all of them but one.
    """
    cores, row, counts, live = walk.cores, walk.row, walk.counts, walk.live
    classes = counts.shape[1]
    total, best, rows = np.zeros(classes, np.int64), 0, 0
    cell_squares, cell_logs, row_squares, row_logs = 0, 0.0, 0, 0.0
    top = np.full((classes, classes), -1)  # of each class, components with the most of its points, most first
    size = np.zeros(classes, np.int64)
    for place in range(walk.done[3]):
        c = live[place]
        if cores[c] < min_count:
            continue
        line = row[c]
        rows += 1
        points, most = 0, 0
        for k in range(classes):
            x = counts[line, k]
            if x == 0:
                continue
            points += x
            most = max(most, x)
            total[k] += x
            cell_squares += x * x
            cell_logs += x_log_x[x]
            if size[k] < classes or x > counts[top[k, classes - 1], k]:
                size[k] = min(size[k] + 1, classes)
                t = size[k] - 1
                while t > 0 and counts[top[k, t - 1], k] < x:
                    top[k, t] = top[k, t - 1]
                    t -= 1
                top[k, t] = line
        best += most
        row_squares += points * points
        row_logs += x_log_x[points]
    rivals = np.unique(top.ravel())
    return rows, cell_squares, cell_logs, row_squares, row_logs, best, total, rivals[rivals >= 0]


def max_components(core_sorted: np.ndarray, weight: np.ndarray) -> int:
    """Largest number of components that the walk ever holds at once."""
    born = np.searchsorted(core_sorted, core_sorted, "right")
    return max(int((born - np.searchsorted(weight, core_sorted, "left")).max()), 1)


def scores_along(
    dendrogram: Dendrogram, classes: np.ndarray, radii: np.ndarray, min_count: float, noise: str
) -> list[tuple[float, float, float, float]]:
    """ACC, NMI, ARI and purity at ascending radii, as `metrics.score` gives them for the labels there.

    Parameters
    ----------
    dendrogram
        The fitted sweep.
    classes
        (N,) true classes 0..C-1, each of which occurs.
    radii
        (R,) ascending.
    min_count
        Core points that a cluster needs.
    noise
        "wrong" or "ignore".
    """
    n, of_class = len(classes), np.bincount(classes)
    dendrogram = Dendrogram(*map(np.ascontiguousarray, dendrogram))
    core, border = dendrogram.core, dendrogram.border
    by_core, by_border = np.argsort(core, kind="stable"), np.argsort(border, kind="stable")
    lines = max_components(core[by_core], dendrogram.weight)
    walk = Walk(
        done=np.zeros(4, np.int64), root=np.arange(n), cores=np.zeros(n, np.int64), row=np.zeros(n, np.int64),
        counts=np.zeros((lines, len(of_class)), np.int64), free=np.arange(lines), live=np.zeros(lines, np.int64),
        place=np.zeros(n, np.int64),
    )  # fmt: skip
    x_log_x = np.arange(n + 1, dtype=np.float64)
    x_log_x[1:] *= np.log(x_log_x[1:])
    out = []
    for eps in radii:
        _advance(eps, dendrogram, by_core, by_border, classes, walk)
        rows, cell_squares, cell_logs, row_squares, row_logs, best, total, rivals = _summary(min_count, walk, x_log_x)
        n_clustered = int(total.sum())
        denominator = n if noise == "wrong" else n_clustered
        if denominator == 0:
            out.append((0.0, 0.0, 0.0, 0.0))
            continue
        columns = total
        if noise == "wrong":  # all noise is one more group for the chance-corrected scores
            columns, rest = of_class, of_class - total
            n_noise = n - n_clustered
            rows += n_noise > 0
            cell_squares, cell_logs = cell_squares + int((rest**2).sum()), cell_logs + float(x_log_x[rest].sum())
            row_squares, row_logs = row_squares + n_noise**2, row_logs + float(x_log_x[n_noise])
        sums = Sums(
            denominator, int(rows), int((columns > 0).sum()),
            (int(cell_squares), int(row_squares), int((columns**2).sum())),
            (cell_logs, row_logs, float(x_log_x[columns].sum())),
        )  # fmt: skip
        out.append((n_matched(walk.counts[rivals]) / denominator, sums.nmi, sums.ari, best / denominator))
    return out


def scores_of(classes: np.ndarray, labels: np.ndarray, noise: str) -> tuple[float, float, float, float]:
    """ACC, NMI, ARI and purity of one labelling, as `metrics.score` gives them; scikit-learn would check its input at every radius."""
    found = labels >= 0
    table = contingency(classes[found], labels[found])
    denominator = len(classes) if noise == "wrong" else int(found.sum())
    if denominator == 0:
        return 0.0, 0.0, 0.0, 0.0
    sums = Sums.of(contingency(classes, np.where(found, labels, -1)) if noise == "wrong" else table)
    pure = float(table.max(axis=1).sum()) if table.size else 0.0
    return n_matched(table) / denominator, sums.nmi, sums.ari, pure / denominator


def curve_table(sweep: EpsilonSweep, y: npt.ArrayLike | None, n_eps: int, min_size: float, noise: str) -> pd.DataFrame:
    """`EpsilonSweep.curve`: what the walk over all events says at evenly spaced ln ε, and the scores there."""
    span, n = sweep.eps_range(), len(sweep.core_distances_)
    radii = np.geomspace(*span, n_eps) if span else np.empty(0)
    at, clusters, assigned, noisy = sweep.component_counts(min_size)
    # Before the first event there is no cluster, and all is noise.
    clusters, assigned, noisy = (np.concatenate([[first], part]) for first, part in ((0, clusters), (0, assigned), (n, noisy)))
    state = np.searchsorted(at, radii, "right")
    table = pd.DataFrame({
        "eps": radii, "n_clusters": clusters[state], "noise": noisy[state] / n,
        "unassigned": (n - noisy[state] - assigned[state]) / n,
    })  # fmt: skip
    if y is None:
        return table.assign(**dict.fromkeys(SCORES, np.nan))
    classes = np.unique(as_classes(y, "classes", n), return_inverse=True)[1]
    n_live = max_components(np.sort(sweep.core_distances_), sweep.tree_["weight"])
    many = classes.max() >= MAX_TABLE_CLASSES or n_live * (classes.max() + 1) > MAX_TABLE_CELLS
    if noise == "nearest" or many:
        policy = "wrong" if noise == "nearest" else noise  # once placed, no point is noise
        rows = [scores_of(classes, sweep.labels_at(eps, min_size, noise), policy) for eps in radii]
    else:
        rows = scores_along(sweep.dendrogram_, classes, radii, sweep.min_count(min_size), noise)
    return table.assign(**{name: [row[i] for row in rows] for i, name in enumerate(SCORES)})
