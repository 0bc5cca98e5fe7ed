"""Study of the GMVAE paper's "spiral" (arcs): accuracy per seed with and without lambda, and the picture in the README.

K is given; labels are used for ACC and for the colours of one panel only.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.checks import check_int
from vaegc.datasets import load_dataset
from vaegc.metrics import clusters_in_use, score
from vaegc.models import ModelConfig
from vaegc.studies._study import check_writable
from vaegc.training import train

# Sizes as in the paper's example (2-D content and style); the variance is that of the data's noise and a little more.
CONFIG = ModelConfig(
    kind="gmvae", n_clusters=5, latent_dim=2, style_dim=2, hidden=(120, 120), prior_hidden=64, variance=0.01, epochs=100
)
N_POINTS = 5_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0..n-1 of weights, batches and sampling")
    parser.add_argument(
        "--lambdas", type=float, nargs="+", default=[0.0, 0.5], help="values of the minimum information constraint"
    )
    parser.add_argument("--epochs", type=int, default=CONFIG.epochs, help="passes over the data")
    parser.add_argument("--clusters", type=int, default=CONFIG.n_clusters, help="K")
    parser.add_argument("--picture", type=Path, default=None, help="draw seed 0 with the last lambda (default: nothing)")


def main(options: argparse.Namespace) -> None:
    """Print ACC and clusters used per seed and lambda; draw the picture."""
    if options.picture is not None:
        check_writable(options.picture)
    data = load_dataset("arcs", n=N_POINTS)
    y = np.asarray(data.y)
    first_model: Any = None
    print("| lambda | seed | clusters used | ACC | purity | z-prior term, nats |\n|---|---|---|---|---|---|")
    for min_information in options.lambdas:
        for seed in range(check_int(options.seeds, "--seeds", 1)):
            config = replace(CONFIG, min_information=min_information, epochs=options.epochs, n_clusters=options.clusters)
            model: Any = train(data, config, seed)
            labels = model.assign(data.x)
            used = clusters_in_use(labels)
            found, term = score(y, labels), model.provenance.history[-1]["z_prior"]
            print(
                f"| {min_information:g} | {seed} | {used} of {config.n_clusters} | {found.acc:.3f} | {found.purity:.3f} | {term:.3f} |",
                flush=True,
            )
            first_model = model if seed == 0 else first_model
    if options.picture is not None:
        draw_panels(first_model, data.x, y, options.picture)


def draw_panels(model: Any, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    """Draw four panels: the data, their clusters, the content space, and draws from each cluster."""
    from matplotlib.figure import Figure

    from vaegc.web.palette import LIGHT

    labels, content = model.assign(x), model.encode(x).mean
    per_cluster = [model.sample(300, cluster=k, seed=0) for k in range(model.config.n_clusters)]
    panels = [
        ("Data, coloured by arc", x, y),
        ("Clusters of the GMVAE", x, labels),
        ("The same in content space", content, labels),
        ("Draws from each cluster", np.concatenate(per_cluster), np.repeat(np.arange(len(per_cluster)), 300)),
    ]
    figure = Figure(figsize=(12, 3.3), layout="constrained")
    for axis, (title, points, group) in zip(figure.subplots(1, 4), panels, strict=True):
        axis.scatter(*points.T, s=2, c=[LIGHT[g % len(LIGHT)] for g in group], linewidths=0)
        axis.set_title(title, fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.set_aspect("equal", "datalim")
    figure.savefig(path, dpi=110)
