"""Cached latent points of MNIST, encoded by an autoencoder or VAE with the network of the papers, 784-500-500-2000-10."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from vaegc import store
from vaegc.checks import check_int, check_seed
from vaegc.datasets import Dataset, load_dataset
from vaegc.models import ModelConfig
from vaegc.progress import Callback, Progress
from vaegc.training import train

NETWORKS = {
    "ae": ModelConfig(kind="ae", latent_dim=10, hidden=(500, 500, 2000), batch_size=256, epochs=20),
    "vae": ModelConfig(kind="vae", latent_dim=10, hidden=(500, 500, 2000), batch_size=256, epochs=15, likelihood="bernoulli"),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--dataset", default="mnist", help="name of a data set")
    parser.add_argument(
        "--kind", choices=tuple(NETWORKS), default="ae", help="plain autoencoder, or VAE with a Bernoulli likelihood"
    )
    parser.add_argument("--epochs", type=int, default=None, help="passes over the data (default: 20, VAE 15)")
    parser.add_argument("--seed", type=int, default=0, help="seed of weights and batches")


def main(options: argparse.Namespace) -> None:
    """Train, unless the points are kept already, and say what they are."""
    if options.epochs is not None:
        check_int(options.epochs, "--epochs", 1)
    check_seed(options.seed)
    data = load_dataset(options.dataset)
    points = latent_points(data, options.kind, options.epochs, options.seed, lambda event: print(event.message, flush=True))
    print(f"{len(points):,} x {points.shape[1]} latent points of {data.name}, kept in {store.cache_root() / 'latents'}")


def latent_points(
    data: Dataset, kind: str = "ae", epochs: int | None = None, seed: int = 0, callback: Callback | None = None
) -> np.ndarray:
    """Return the latent points (N, 10) float32, for a VAE the means of the posterior; labels are not looked at."""
    config = NETWORKS[kind] if epochs is None else replace(NETWORKS[kind], epochs=epochs)
    key = store.content_hash("latents", data.fingerprint, config.to_dict(), seed)

    def watch(event: Progress) -> bool:
        if callback is not None:
            callback(event)
        return False  # half a training must not be kept as the whole

    return store.cached_arrays("latents", key, lambda: {"mean": train(data, config, seed, watch).encode(data.x).mean})["mean"]
