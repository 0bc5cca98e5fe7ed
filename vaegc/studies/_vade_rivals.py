"""Rivals of an epoch of VaDE: what one writes by hand, and ClustPy's."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vaegc.models import ModelConfig


class BareVaDE:
    """The same networks, bound, batches, clipping and fused Adam as ours, and nothing else; a call is an epoch."""

    def __init__(self, x: np.ndarray, config: ModelConfig, *, bfloat16: bool = False) -> None:
        import torch
        from torch import nn

        from vaegc.models.networks import mlp
        from vaegc.models.vade import MAX_GRADIENT_NORM

        torch.manual_seed(0)
        d, k = config.latent_dim, config.n_clusters
        self.body = nn.Sequential(mlp([x.shape[1], *config.hidden]), nn.ReLU())
        self.mean, self.logvar = mlp([config.hidden[-1], d]), mlp([config.hidden[-1], d])
        self.decoder = mlp([d, *reversed(config.hidden), x.shape[1]])
        self.logits, self.means, self.logvars = (nn.Parameter(v) for v in (torch.zeros(k), torch.randn(k, d), torch.zeros(k, d)))
        network = [p for part in (self.body, self.mean, self.logvar, self.decoder) for p in part.parameters()]
        prior = [self.logits, self.means, self.logvars]
        self.parameters, rate = [*network, *prior], config.learning_rate
        groups: list[dict[str, Any]] = [{"params": network, "lr": rate}, {"params": prior, "lr": config.prior_rate * rate}]
        self.optimiser = torch.optim.Adam(groups, fused=True)
        self.x, self.batch, self.bfloat16, self.clip = torch.tensor(x), config.batch_size, bfloat16, MAX_GRADIENT_NORM

    def __call__(self) -> float:
        """Run one epoch; returns its loss."""
        import torch
        import torch.nn.functional as F

        total, log_2pi = 0.0, math.log(2 * math.pi)
        for index in torch.randperm(len(self.x)).split(self.batch):
            batch = self.x[index]
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
                h = self.body(batch)
                mean, logvar = self.mean(h).float(), self.logvar(h).float().clamp(-15, 10)
                z = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
                output = self.decoder(z).float()
            reconstruction = F.binary_cross_entropy_with_logits(output, batch, reduction="none").sum(-1)
            log_pi = torch.log_softmax(self.logits, 0)
            spread = (mean.unsqueeze(1) - self.means).square() + logvar.exp().unsqueeze(1)
            log_n = -0.5 * (log_2pi + self.logvars + spread * torch.exp(-self.logvars)).sum(-1)
            log_gamma = torch.log_softmax(log_pi + log_n, -1).detach()
            prior = (log_gamma.exp() * (log_gamma - log_pi - log_n)).sum(-1)
            loss = (reconstruction + prior - 0.5 * (1 + log_2pi + logvar).sum(-1)).mean()
            self.optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
            self.optimiser.step()
            total += loss.item()
        return total


def clustpy_vade_epoch(x: np.ndarray, config: ModelConfig) -> Callable[[], object]:
    """One epoch of ClustPy's VaDE after its pretraining, with its own data loader."""
    import torch
    from clustpy.deep import get_dataloader
    from clustpy.deep.vade import _VaDE_Module, _VaDE_VAE

    network = _VaDE_VAE([x.shape[1], *config.hidden, config.latent_dim], decoder_output_fn=torch.nn.Sigmoid, random_state=0)
    network.fitted = True
    module = _VaDE_Module(config.n_clusters, config.latent_dim)
    loader = get_dataloader(x, config.batch_size, True)
    optimiser = torch.optim.Adam([*network.parameters(), *module.parameters()], lr=config.learning_rate)

    def epoch() -> None:
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            module.fit(network, loader, loader, 1, torch.device("cpu"), optimiser, torch.nn.BCELoss(), 1.0, 1.0)

    return epoch
