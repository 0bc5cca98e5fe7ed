"""One bandwidth per centre: the distance to its k-th nearest other centre over a root of the dimension (`vaegc.neighbors`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from vaegc import robust
from vaegc.errors import BadInput
from vaegc.neighbors import SMALLEST_BANDWIDTH, divisor
from vaegc.sweep import kdtree
from vaegc.sweep.threads import in_threads

MAX_TREE_DIMENSIONS = 16  # above, boxes rule nothing out and blocks of matrix products are faster
BLOCK_BYTES = 64 * 1024**2  # of one (block, N) matrix of distances, above that
MIN_BANDWIDTH_RATIO, MIN_BANDWIDTH = 1e-6, 1e-12  # as a share of the points' scale; where all points are equal, in scaled units
MIN_SQUARE_RATIO = 1e-7  # squared distance to the k-th neighbour as a share of that to the middle, below which products of the two round too much


def neighbor_bandwidths(centers: np.ndarray, k: int) -> np.ndarray:
    """(N,) bandwidths of (N, d) centres; where k others coincide with a centre, a millionth of the points' scale.

    Shifting the centres changes none of them and a factor multiplies all: exactly, where neither rounds the centres.
    """
    z, _, unit = robust.standardized(centers)
    distance = (_by_tree if z.shape[1] <= MAX_TREE_DIMENSIONS else _by_products)(z, k)
    smallest = MIN_BANDWIDTH_RATIO * robust.scale(z) or MIN_BANDWIDTH
    return unit * np.maximum(distance / divisor(z.shape[1]), smallest)


def given_bandwidths(bandwidth: npt.ArrayLike, n: int) -> np.ndarray:
    """(N,) bandwidths from one number or one per centre; raises `BadInput` for any other shape, and for numbers that are not above 0."""
    try:
        h = np.broadcast_to(np.asarray(bandwidth, dtype=np.float64), (n,)).copy()
    except (TypeError, ValueError):
        raise BadInput(f"bandwidth must be one number or one per centre ({n:,}).") from None
    if not ((h >= SMALLEST_BANDWIDTH) & (h <= 1 / SMALLEST_BANDWIDTH)).all():
        raise BadInput(f"bandwidth must be above 0, between {SMALLEST_BANDWIDTH:g} and {1 / SMALLEST_BANDWIDTH:g}.")
    return h


def _by_tree(centers: np.ndarray, k: int) -> np.ndarray:
    return kdtree.build(centers).kth_distance(k)


def _by_products(centers: np.ndarray, k: int) -> np.ndarray:
    moved = centers - robust.location(centers)  # keeps the squares small
    norm = (moved**2).sum(axis=1)
    out = np.empty(len(moved))
    some = max(BLOCK_BYTES // (16 * len(moved)), 1)

    def part(first: int) -> None:
        block = slice(first, first + some)
        square = norm[block, None] + norm - 2 * moved[block] @ moved.T
        rows = np.arange(first, min(first + some, len(moved)))
        square[rows - first, rows] = -1.0  # the point itself comes first, whatever rounding says
        chosen = np.argpartition(square, k, axis=1)[:, k]
        out[block] = np.linalg.norm(moved[chosen] - moved[block], axis=1)  # direct, so that no digits are lost
        far = rows[
            ~(out[rows] ** 2 > MIN_SQUARE_RATIO * norm[rows])
        ]  # from the middle, and close together: rounding chose among these
        if len(far):
            out[far] = np.partition(cdist(moved[far], moved), k, axis=1)[:, k]

    in_threads(part, range(0, len(moved), some))
    return out
