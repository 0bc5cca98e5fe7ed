"""The same sums by torch, over all components: what a graphics card does, and an independent second implementation for the tests."""

from __future__ import annotations

import numpy as np
import torch

from vaegc.densities._kernel import DensityStatistics
from vaegc.models import networks as _networks  # sets torch up once  # noqa: F401

BLOCK_BYTES = 64 * 1024**2  # of one (block, M) matrix; on a card times eight


def device() -> torch.device | None:
    """The graphics card, if there is one that torch can use."""
    return torch.device("cuda") if torch.cuda.is_available() else None


def evaluate_dense(
    means: np.ndarray, precision: np.ndarray, log_weight: np.ndarray, points: np.ndarray, where: torch.device | None = None
) -> DensityStatistics:
    """DensityStatistics at (B, d) points over M components: means (M, d), precision (M,) or (M, d), log_weight (M,). O(B M d) time."""
    where = where or torch.device("cpu")
    c, p, weight, z = (torch.from_numpy(a).to(where) for a in (means, precision, log_weight, points))
    size = max(BLOCK_BYTES * (1 if where.type == "cpu" else 8) // (8 * len(means)), 1)
    parts: list[tuple[torch.Tensor, ...]] = []
    for block in z.split(size):
        if p.ndim == 1:
            # Direct differences: the expanded product z² - 2zm + m² loses the digits that narrow components need.
            a = torch.cdist(block, c, compute_mode="donot_use_mm_for_euclid_dist").square_().mul_(-0.5 * p).add_(weight)
        else:
            a = weight.expand(len(block), -1).clone()
            for k in range(p.shape[1]):
                a.sub_((block[:, k, None] - c[:, k]).square_().mul_(0.5 * p[:, k]))
        top = a.amax(1, keepdim=True)  # never exponentiate before this is gone
        share = a.sub_(top).exp_()
        total = share.sum(1, keepdim=True)
        share.div_(total)
        entropy = torch.special.entr(share).sum(1)
        weighted = p[:, None] if p.ndim == 1 else p
        mean_precision = share @ weighted  # (b, 1) or (b, d)
        shift = (share @ (weighted * c) - block * mean_precision) / mean_precision
        parts.append(((top + torch.log(total))[:, 0], shift, mean_precision, torch.exp(entropy)))
    log_density, shift, mean, neighbours = (torch.cat(column).cpu().numpy() for column in zip(*parts, strict=True))
    return DensityStatistics(log_density, shift, mean, neighbours, np.full(len(points), len(means)))
