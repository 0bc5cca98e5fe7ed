"""Networks shared by every objective, and torch set up once for the whole package."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence

import torch
from torch import Tensor, nn

# Late in training activations and Adam's moments fall below 1e-38, where some processors become many times slower.
# The flag is per thread and must be set before torch starts its pool (methods section 11).
torch.set_flush_denormal(True)


# Initial weights come from torch's one global generator: two threads that build at once would share its numbers.
BUILDING = threading.Lock()


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Fully connected layers with ReLU between them: sizes[0] -> ... -> sizes[-1], the last layer linear."""
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(itertools.pairwise(sizes)):
        linear = nn.Linear(a, b)
        nn.init.xavier_uniform_(linear.weight)  # Glorot, as the papers' code
        nn.init.zeros_(linear.bias)
        layers.append(linear)
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class Encoder(nn.Module):
    """x (B, D) -> mean (B, d) and, if asked for, log variance (B, d) of q(z|x)."""

    def __init__(self, input_dim: int, hidden: Sequence[int], latent_dim: int, with_variance: bool) -> None:
        super().__init__()
        self.body = mlp([input_dim, *hidden])
        last = hidden[-1] if hidden else input_dim
        self.mean = mlp([last, latent_dim])
        self.logvar = mlp([last, latent_dim]) if with_variance else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return mean (B, d) and log variance (B, d) or None."""
        h = torch.relu(self.body(x)) if len(self.body) else x  # (B, hidden[-1])
        return self.mean(h), None if self.logvar is None else self.logvar(h)
