"""Latent points of MNIST under the plain autoencoder of the papers, 784-500-500-2000-10: trained once, then kept in the cache."""

from __future__ import annotations

import argparse

import numpy as np

from vaegc import store
from vaegc.checks import check_int, check_seed
from vaegc.datasets import Dataset, load_dataset
from vaegc.models import ModelConfig
from vaegc.progress import Callback, Progress
from vaegc.training import train

EPOCHS = 20
NETWORK = ModelConfig(kind="ae", latent_dim=10, hidden=(500, 500, 2000), batch_size=256)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--dataset", default="mnist", help="name of a data set")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="passes over the data")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and batches")


def main(options: argparse.Namespace) -> None:
    """Train, unless the points are kept already, and say what they are."""
    check_int(options.epochs, "--epochs", 1)
    check_seed(options.seed)
    data = load_dataset(options.dataset)
    points = latents(data, options.epochs, options.seed, lambda event: print(event.message, flush=True))
    print(f"{len(points):,} x {points.shape[1]} latent points of {data.name}, kept in {store.cache_root() / 'latents'}")


def latents(data: Dataset, epochs: int = EPOCHS, seed: int = 0, callback: Callback | None = None) -> np.ndarray:
    """(N, 10) float32 latent points; labels are not looked at."""
    config = ModelConfig.from_dict({**NETWORK.to_dict(), "epochs": epochs})
    key = store.content_hash("latents", data.fingerprint, config.to_dict(), seed)

    def watch(event: Progress) -> bool:
        if callback is not None:
            callback(event)
        return False  # half a training must not be kept as the whole

    return store.cached_arrays("latents", key, lambda: {"mean": train(data, config, seed, watch).encode(data.x).mean})["mean"]
