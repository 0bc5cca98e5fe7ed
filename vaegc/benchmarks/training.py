"""Benchmark of training: seconds per epoch of an autoencoder or of VaDE: ours against a bare PyTorch loop of the same work and against ClustPy's.

The rivals take turns, one epoch each, within one process and on the same data, so that noise of the describe_machine meets all of them.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from vaegc.benchmarks.sweep import describe_machine
from vaegc.checks import check_int
from vaegc.datasets import Dataset, load_dataset
from vaegc.models import ModelConfig
from vaegc.models.kinds import build
from vaegc.training import Fit

SETTINGS = {
    "mnist": ModelConfig(kind="ae", hidden=(500, 500, 2000), batch_size=256, variance=0.5),  # then the loss is ClustPy's, summed
    "digits": ModelConfig(kind="ae", hidden=(256, 128), batch_size=128, variance=0.5),
}
VADE = {  # after pretraining
    name: replace(config, kind="vade", likelihood="bernoulli", pretrain_epochs=0) for name, config in SETTINGS.items()
}
WARMUP_EPOCHS = 1  # not counted


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--datasets", nargs="+", default=list(SETTINGS), choices=list(SETTINGS), help="what is learned")
    parser.add_argument("--epochs", type=int, default=None, help="counted epochs of each rival (default: 5, digits 30)")
    parser.add_argument("--n", type=int, default=None, help="points (default: all)")
    parser.add_argument("--kind", default="ae", choices=("ae", "vade"), help="the autoencoder, or VaDE after pretraining")
    parser.add_argument("--compile", action="store_true", help="also a bare loop under torch.compile, which needs a C++ compiler")


def main(options: argparse.Namespace) -> None:
    """Print medians and ratios."""
    print(describe_machine(["torch", "clustpy"]))
    for name in options.datasets:
        data = load_dataset(name, n=options.n)
        epochs = check_int(options.epochs or (30 if name == "digits" else 5), "--epochs", 1)
        config = (VADE if options.kind == "vade" else SETTINGS)[name]
        _show(name, data, config, time_epochs(data, config, epochs, options.compile))


def time_epochs(data: Dataset, config: ModelConfig, epochs: int, compiled: bool) -> dict[str, list[float]]:
    """Seconds of each counted epoch, in turns."""
    rivals = (_vade if config.kind == "vade" else _autoencoders)(data, config, compiled)
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for turn in range(epochs + WARMUP_EPOCHS):
        for name, epoch in rivals.items():
            began = time.perf_counter()
            epoch()
            if turn >= WARMUP_EPOCHS:
                seconds[name].append(time.perf_counter() - began)
    return seconds


def _autoencoders(data: Dataset, config: ModelConfig, compiled: bool) -> dict[str, Callable[[], object]]:
    rivals: dict[str, Callable[[], object]] = {
        "ours": vaegc_epoch(data, config),
        "bare loop, Adam as it comes": BareLoop(data.x, config),
        "bare loop, fused Adam": BareLoop(data.x, config, fused=True),
        "bare loop, fused Adam, always the same batch": BareLoop(
            data.x, config, fused=True, one_batch=True
        ),  # no data loading at all
        "ours, bfloat16": vaegc_epoch(data, replace(config, precision="bfloat16")),
        "bare loop, fused Adam, bfloat16": BareLoop(data.x, config, fused=True, bfloat16=True),
    }
    if compiled:
        rivals["bare loop, fused Adam, compiled"] = BareLoop(data.x, config, fused=True, compiled=True)
    with contextlib.suppress(ImportError):
        rivals["ClustPy"] = clustpy_epoch(data.x, config)
    return rivals


def _vade(data: Dataset, config: ModelConfig, _: bool) -> dict[str, Callable[[], object]]:
    from vaegc.studies._vade_rivals import BareVaDE, clustpy_vade_epoch

    rivals: dict[str, Callable[[], object]] = {
        "ours": vaegc_epoch(data, config),
        "bare loop, fused Adam": BareVaDE(data.x, config),
        "ours, bfloat16": vaegc_epoch(data, replace(config, precision="bfloat16")),
        "bare loop, fused Adam, bfloat16": BareVaDE(data.x, config, bfloat16=True),
    }
    with contextlib.suppress(ImportError):
        rivals["ClustPy"] = clustpy_vade_epoch(data.x, config)
    return rivals


def vaegc_epoch(data: Dataset, config: ModelConfig) -> Callable[[], object]:
    """One epoch of the product's loop, watched as a page watches it."""
    config = config.resolved(data.x, data.image_shape is not None)
    import torch

    fit = Fit(build(config, data.x.shape[1]), data, 0, torch.device("cpu"))
    fit.model.train()
    return lambda: fit.run_epoch(lambda event: event.to_dict() and False)


class BareLoop:
    """What one writes by hand: the same network, loss and batches, and nothing else; a call is an epoch."""

    def __init__(
        self,
        x: np.ndarray,
        config: ModelConfig,
        *,
        bfloat16: bool = False,
        one_batch: bool = False,
        fused: bool = False,
        compiled: bool = False,
    ) -> None:
        import torch
        from torch import nn

        from vaegc.models.networks import mlp

        torch.manual_seed(0)
        encoder = mlp([x.shape[1], *config.hidden])
        self.net: Any = nn.Sequential(encoder, nn.ReLU(), mlp([config.hidden[-1], config.latent_dim]), mlp([config.latent_dim, *reversed(config.hidden), x.shape[1]]))  # fmt: skip
        self.optimiser = torch.optim.Adam(self.net.parameters(), lr=config.learning_rate, fused=fused or None)
        if compiled:
            self.net = torch.compile(self.net)
        self.x, self.batch, self.bfloat16, self.one = torch.tensor(x), config.batch_size, bfloat16, one_batch

    def __call__(self) -> float:
        """Run one epoch; returns its loss."""
        import torch

        total = 0.0
        for index in torch.randperm(len(self.x)).split(self.batch):
            batch = self.x[: len(index)] if self.one else self.x[index]
            with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
                output = self.net(batch)
            loss = ((output.float() - batch) ** 2).sum(1).mean()
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            total += loss.item()
        return total


def clustpy_epoch(x: np.ndarray, config: ModelConfig) -> Callable[[], object]:
    """One epoch of ClustPy's autoencoder with its own data loader."""
    from clustpy.deep import get_dataloader
    from clustpy.deep.neural_networks import FeedforwardAutoencoder

    network = FeedforwardAutoencoder([x.shape[1], *config.hidden, config.latent_dim], random_state=0)
    loader = get_dataloader(x, config.batch_size, True)

    def epoch() -> None:
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bar
            network.fit(n_epochs=1, dataloader=loader, optimizer_params={"lr": config.learning_rate})

    return epoch


def _show(name: str, data: Dataset, config: ModelConfig, seconds: dict[str, list[float]]) -> None:
    import torch

    sizes = "-".join(map(str, (data.x.shape[1], *config.hidden, config.latent_dim)))
    print(f"\n### {name}: {len(data):,} points, {sizes}, batch {config.batch_size}, {torch.get_num_threads()} threads\n")
    middle = {rival: float(np.median(values)) for rival, values in seconds.items() if values}
    print("| | seconds per epoch (median) | fastest | times ours |\n|---|---|---|---|")
    for rival, value in middle.items():
        print(f"| {rival} | {value:.3f} | {min(seconds[rival]):.3f} | {value / middle['ours']:.2f} |")
    if "ClustPy" in middle and math.isfinite(middle["ClustPy"]):
        print(
            f"\nClustPy over ours: {middle['ClustPy'] / middle['ours']:.2f} in float32, "
            f"{middle['ClustPy'] / middle['ours, bfloat16']:.2f} in bfloat16."
        )
    else:
        print("\nClustPy is not installed: pip install clustpy.")
