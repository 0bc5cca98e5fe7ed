"""New points joined to the clusters of a fitted sweep.

A new point is treated as a border point: it belongs to the core point p with the least max(d(x, p), core_p), from that radius on.
So a fitted point gets its own label, and no new point changes what the others are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vaegc.checks import check_choice
from vaegc.errors import BadInput
from vaegc.metrics import NOISE_POLICIES
from vaegc.sweep._arguments import check_radii
from vaegc.sweep._kdtree_queries import min_per_node, nearest_reachable
from vaegc.sweep.kdtree import KDTree
from vaegc.sweep.threads import spread
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

OVERFLOW_SHIFT = 600  # powers of two by which all is made smaller where a square overflows: 2^-600 of any float64 has one


class CoreIndex(NamedTuple):
    """Fitted points and their core distances, ready to be searched."""

    tree: KDTree  # of the fitted points times 2^-exponent
    core: np.ndarray  # (N,) square core distances of these, in tree order
    exponent: int

    def nearest_core(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row (M,) of the fitted point whose cluster each new point (M, d) joins, and from which radius on; -1 and infinite for none."""
        return _nearest_core(self.tree, self.core, self.exponent, points)

    def nearest_point(self, points: np.ndarray) -> np.ndarray:
        """Row (M,) of the fitted point nearest to each new point (M, d), the lowest of several; -1 for none."""
        return _nearest_core(self.tree, np.zeros_like(self.core), self.exponent, points)[0]


def _nearest_core(tree: KDTree, core: np.ndarray, exponent: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    node_core = min_per_node(core, tree)
    parent, reach = np.empty(len(points), np.int64), np.full(len(points), np.inf)
    # Where a square overflows, the new point is so far away that all is tried again on a scale that is smaller by 2^OVERFLOW_SHIFT.
    for shift in (0, OVERFLOW_SHIFT):
        rows = np.flatnonzero(np.isinf(reach))
        with np.errstate(over="ignore"):
            queries, square, found = np.ldexp(points[rows], -exponent - shift), np.empty(len(rows)), np.empty(len(rows), np.int64)
            if shift:
                points_low_high = {name: np.ldexp(getattr(tree, name), -shift) for name in ("points", "low", "high")}
                tree, core, node_core = (
                    tree._replace(**points_low_high),
                    np.ldexp(core, -2 * shift),
                    np.ldexp(node_core, -2 * shift),
                )
            spread(nearest_reachable, len(rows), queries, tree, core, node_core, found, square)
            parent[rows], reach[rows] = found, np.ldexp(np.sqrt(square), exponent + shift)
        if np.isfinite(reach).all():
            break
    return parent, reach


def predict_labels(sweep: EpsilonSweep, points: np.ndarray, eps: float, min_size: float, noise: str) -> np.ndarray:
    """`EpsilonSweep.predict` of checked points (M, d)."""
    labels = sweep.labels_at(eps, min_size)
    if points.shape[1] != sweep.points_.shape[1]:
        raise BadInput(
            f"The sweep was fitted to points with {counted(sweep.points_.shape[1], 'number')} each; got {points.shape[1]}."
        )
    check_choice(noise, "noise", NOISE_POLICIES)
    index = sweep.core_index()
    if index is None:
        return np.full(len(points), -1)
    parent, reach = index.nearest_core(points)
    found = np.where((parent >= 0) & (reach <= check_radii(eps)), labels[parent], -1)
    unclustered = np.flatnonzero(found < 0)
    if noise == "nearest" and len(unclustered):
        found[unclustered] = sweep.labels_at(eps, min_size, noise)[index.nearest_point(points[unclustered])]
    return found
