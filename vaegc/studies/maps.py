"""Cached t-SNE and UMAP maps of MNIST's latent points, in which other studies and benchmarks climb."""

from __future__ import annotations

import argparse

import numpy as np

from vaegc import store
from vaegc.checks import check_int
from vaegc.datasets import load_dataset
from vaegc.projection import project
from vaegc.studies.latents import latent_points


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--space", choices=("tsne", "umap"), default="umap", help="which map")
    parser.add_argument("--kind", choices=("ae", "vae"), default="ae", help="whose latent points")
    parser.add_argument("--n", type=int, default=70_000, help="points, a random subset of the set")
    parser.add_argument("--seed", type=int, default=0, help="of network, subset and map")


def main(options: argparse.Namespace) -> None:
    """Make the map, unless it is kept already."""
    check_int(options.n, "--n", 5, 70_000)
    points, _ = map_subset(options.space, options.kind, options.n, options.seed)
    print(f"{options.space} of {len(points):,} latent points, kept in {store.cache_root() / 'maps'}")


def latent_subset(kind: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the latent points (n, 10) of a random subset of MNIST, and their rows (n,) in it; also for all 70,000 in random order."""
    points = latent_points(load_dataset("mnist"), kind, seed=seed).astype(np.float64)
    rows = np.random.default_rng(seed).permutation(len(points))[:n]
    return points[rows], rows


def map_subset(space: str, kind: str = "ae", n: int = 70_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the map (n, 2) of the subset of the same seed, and its rows (n,) in MNIST; from the cache where it was computed before."""
    points, rows = latent_subset(kind, n, seed)
    key = store.content_hash("maps", points, space, seed)
    made = store.cached_arrays("maps", key, lambda: {"points": project(points, space, seed=seed).points})
    return made["points"], rows
