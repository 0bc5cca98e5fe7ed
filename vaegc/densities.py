"""What is climbed: densities with log density, gradient and the step that climbs them.

A field is fixed: its centres do not move while points climb. Formulas: methods section 3C; the per-point
bandwidth: design section 3.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from sklearn.neighbors import KDTree
from torch import Tensor

from vaegc.checks import as_points, check_int, check_number, check_spread
from vaegc.errors import BadInput
from vaegc.models import networks as _networks  # sets torch up once  # noqa: F401

SMALLEST = 1e-100  # of a given bandwidth: its square must be a number too
BLOCKS = 16  # of one neighbour query, whose answer has a column per neighbour
BLOCK_BYTES = 64 * 1024**2  # of one (block, N) matrix of distances


class KernelDensity:
    """Gaussian kernel density with one bandwidth per centre: (1/N) Σ_n N(z; z_n, h_n² I).

    Parameters
    ----------
    centres
        (N, d) unprocessed points; they stay where they are.
    neighbors
        k, an int, or a share of N (``round(share * N)``), clipped to 1..N-1: h_n is the distance of centre n to its
        k-th nearest other centre, divided by sqrt(d). None: .04 where d <= 3 or N < 5,000, else .01.
    bandwidth
        A scalar or (N,) that replaces it.

    Attributes
    ----------
    space
        "latent": points and steps live in the space of the centres.
    bandwidths
        (N,) float64, h_n.
    neighbors_in_use
        k, or None where a bandwidth was given.

    Notes
    -----
    The fixed-point step never lowers log density for 0 < alpha < 2 (methods section 3C). One sweep over B points costs
    O(B N d) time; memory stays under a few times 64 MB.

    References
    ----------
    Comaniciu and Meer 2002 (mean shift); Breiman, Meisel and Purcell 1977 (variable kernel estimates).

    Examples
    --------
    >>> from vaegc import KernelDensity
    >>> density = KernelDensity([[0.0], [1.0]], bandwidth=1.0)
    >>> density.step([[0.2]], alpha=1.0).round(3).tolist()
    [[0.426]]
    """

    space = "latent"

    def __init__(self, centres: npt.ArrayLike, neighbors: float | None = None, bandwidth: npt.ArrayLike | None = None) -> None:
        self.centres = as_points(centres, "centres")
        check_spread(self.centres, "A kernel density")
        n, d = self.centres.shape
        self.neighbors_in_use: int | None = None
        if bandwidth is None:
            self.neighbors_in_use = neighbor_count(neighbors, n, d)
            self.bandwidths = _neighbour_bandwidths(self.centres, self.neighbors_in_use)
        else:
            self.bandwidths = _given_bandwidths(bandwidth, n)
        # Shifting by the mean keeps squares small, so that differences far from the origin lose no digits.
        self._shift = self.centres.mean(axis=0)
        self._points = torch.from_numpy(self.centres - self._shift)  # (N, d)
        h = torch.from_numpy(self.bandwidths)
        self._precision = 1.0 / h**2  # (N,)
        self._log_norm = -d * torch.log(h) - 0.5 * d * math.log(2 * math.pi) - math.log(n)  # (N,)

    def logp(self, y: npt.ArrayLike) -> np.ndarray:
        """Log density (B,) at points (B, d)."""
        return self.climb(y, alpha=0.0)[1]

    def grad(self, y: npt.ArrayLike) -> np.ndarray:
        """Gradient (B, d) of the log density."""
        out = []
        for z in self._blocks(y):
            r, _ = self._responsibilities(z)
            weighted = r * self._precision  # (b, N)
            out.append(weighted @ self._points - z * weighted.sum(1, keepdim=True))
        return torch.cat(out).numpy()

    def step(self, y: npt.ArrayLike, alpha: float = 1.0) -> np.ndarray:
        """Points (B, d) after z + alpha * grad / P, P the mean precision; alpha = 1 is the mean-shift fixed point."""
        return self.climb(y, alpha)[0]

    def climb(self, y: npt.ArrayLike, alpha: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """`step` and `logp` of the points before it, from one pass over the centres."""
        moved, logs = [], []
        for z in self._blocks(y):
            r, log_density = self._responsibilities(z)
            weighted = r.mul_(self._precision)  # (b, N)
            target = (weighted @ self._points) / weighted.sum(1, keepdim=True)
            moved.append(z + alpha * (target - z))
            logs.append(log_density)
        return torch.cat(moved).numpy() + self._shift, torch.cat(logs).numpy()

    def _blocks(self, y: npt.ArrayLike) -> tuple[Tensor, ...]:
        points = as_points(y, "points to climb")
        if points.shape[1] != self.centres.shape[1]:
            raise BadInput(f"The density lives in {self.centres.shape[1]} dimensions, the points in {points.shape[1]}.")
        size = max(BLOCK_BYTES // (8 * len(self.centres)), 1)
        return torch.from_numpy(points - self._shift).split(size)

    def _responsibilities(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Share r (b, N) of each centre in the density at z (b, d), rows summing to 1, and log density (b,)."""
        # Direct differences: the expanded product z² - 2zm + m² loses the digits that narrow kernels need.
        distance = torch.cdist(z, self._points, compute_mode="donot_use_mm_for_euclid_dist")
        a = distance.square_().mul_(-0.5 * self._precision).add_(self._log_norm)
        top = a.amax(1, keepdim=True)  # never exponentiate before this is gone
        share = a.sub_(top).exp_()
        total = share.sum(1, keepdim=True)
        return share.div_(total), (top + torch.log(total))[:, 0]


def neighbor_count(neighbors: float | None, n: int, d: int) -> int:
    """K of the per-point bandwidth: an int as it is, a share times N, None the default; clipped to 1..N-1."""
    if neighbors is None:
        neighbors = 0.04 if d <= 3 or n < 5000 else 0.01
    if isinstance(neighbors, (int, np.integer)) and not isinstance(neighbors, bool):
        k = check_int(neighbors, "neighbors", 1)
    else:
        share = check_number(neighbors, "neighbors", 0, open_low=True)
        if share >= 1:
            raise BadInput(f"neighbors must be a whole number or a share of the points below 1; got {neighbors!r}.")
        k = round(share * n)
    return min(max(k, 1), n - 1)


def _neighbour_bandwidths(centres: np.ndarray, k: int) -> np.ndarray:
    # The query finds the centre itself (or an exact duplicate at the same distance 0), hence k + 1.
    tree, blocks = KDTree(centres), np.array_split(centres, min(BLOCKS, len(centres)))
    distance = np.concatenate([tree.query(block, k=k + 1)[0][:, k] for block in blocks])
    scale = float(np.median(np.linalg.norm(centres - centres.mean(axis=0), axis=1)))
    tiny = 1e-6 * scale if scale > 0 else 1e-12
    return np.maximum(distance / math.sqrt(centres.shape[1]), tiny)


def _given_bandwidths(bandwidth: npt.ArrayLike, n: int) -> np.ndarray:
    try:
        h = np.broadcast_to(np.asarray(bandwidth, dtype=np.float64), (n,)).copy()
    except (TypeError, ValueError):
        raise BadInput(f"bandwidth must be one number or one per centre ({n:,}).") from None
    if not ((h >= SMALLEST) & (h <= 1 / SMALLEST)).all():
        raise BadInput(f"bandwidth must be above 0, between {SMALLEST:g} and {1 / SMALLEST:g}.")
    return h
