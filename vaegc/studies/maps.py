"""Maps of MNIST's latent points, made once and kept: what the other benchmarks climb in two dimensions."""

from __future__ import annotations

import argparse

import numpy as np

from vaegc import store
from vaegc.checks import check_int
from vaegc.datasets import load_dataset
from vaegc.projection import project
from vaegc.studies.latents import latents


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--space", choices=("tsne", "umap"), default="umap", help="which map")
    parser.add_argument("--kind", choices=("ae", "vae"), default="ae", help="whose latent points")
    parser.add_argument("--n", type=int, default=70_000, help="points, a random subset of the set")
    parser.add_argument("--seed", type=int, default=0, help="of network, subset and map")


def main(options: argparse.Namespace) -> None:
    """Make the map, unless it is kept already."""
    check_int(options.n, "--n", 5, 70_000)
    points, _ = mapped(options.space, options.kind, options.n, options.seed)
    print(f"{options.space} of {len(points):,} latent points, kept in {store.cache_root() / 'maps'}")


def subset(kind: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, 10) latent points of a random subset of MNIST, and their rows in it; all of it in its own order is not a subset."""
    points = latents(load_dataset("mnist"), kind, seed=seed).astype(np.float64)
    rows = np.random.default_rng(seed).permutation(len(points))[:n]
    return points[rows], rows


def mapped(space: str, kind: str = "ae", n: int = 70_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) map of the subset of the same seed, and its rows in MNIST."""
    points, rows = subset(kind, n, seed)
    key = store.content_hash("maps", points, space, seed)
    made = store.cached_arrays("maps", key, lambda: {"points": project(points, space, seed=seed).points})
    return made["points"], rows
