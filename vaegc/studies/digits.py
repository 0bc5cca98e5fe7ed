"""Study of the climb on digits: several training seeds, paired on the same checkpoint.

Settings are fixed here and were chosen without labels: the variance by held-out log p(x) (`vaegc bench variance`), everything
else is a default of the package. Labels are used for ACC only, after every choice is made.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vaegc.ascent import AscentConfig, ascend
from vaegc.datasets import load_dataset
from vaegc.densities import KernelDensity
from vaegc.errors import BadInput
from vaegc.metrics import score
from vaegc.models import ModelConfig
from vaegc.training import train

ASCENT = AscentConfig(neighbors=0.04, steps=30)
MIN_SAMPLES, MIN_SIZE, MAX_NOISE = 10, 0.01, 0.1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--seeds", type=int, default=6, help="training seeds 0..n-1")
    parser.add_argument("--epochs", type=int, default=None, help="passes over the data (default: the package's)")
    parser.add_argument("--out", type=Path, default=None, help="write every run as one JSON line")


def one_run(kind: str, seed: int, epochs: int | None) -> list[dict[str, Any]]:
    """Train once, then cluster the same points with and without the climb; return one row for each."""
    from sklearn.cluster import KMeans

    data = load_dataset("digits")
    classes = np.asarray(data.y)
    model = train(data, ModelConfig(kind=kind, epochs=epochs), seed=seed)
    start = model.encode(data.x).mean
    density = KernelDensity(start, neighbors=ASCENT.neighbors)
    path = ascend(start, density, steps=ASCENT.steps, keep_every=ASCENT.steps)
    rows = []
    for frame, name in ((0, "no climb"), (-1, f"{ASCENT.steps} steps")):
        sweep = path.sweep(frame, MIN_SAMPLES)  # frame 0's floor for both
        found = sweep.suggest(MIN_SIZE, MAX_NOISE)
        acc = score(classes, sweep.labels_at(found.eps)).acc if found.eps is not None else None
        means = KMeans(10, n_init=10, random_state=seed).fit_predict(path.frame(frame))
        rows.append({
            "model": kind, "ascent": name, "seed": seed, "n": len(data), "K": found.n_clusters,
            "plateau": found.log_length, "dbscan_acc": acc, "kmeans_acc": score(classes, means).acc,
        })  # fmt: skip
    return rows


def main(options: argparse.Namespace) -> None:
    """Print every run, then mean ± sd as a Markdown table."""
    if options.seeds < 1:
        raise BadInput(f"--seeds must be at least 1; got {options.seeds}.")
    rows: list[dict[str, Any]] = []
    for kind in ("vae", "ae"):
        for seed in range(options.seeds):
            for row in one_run(kind, seed, options.epochs):
                rows.append(row)
                print(json.dumps(row), flush=True)
                if options.out:
                    with options.out.open("a") as file:
                        file.write(json.dumps(row) + "\n")
    table = pd.DataFrame(rows)
    print(f"\nN {table['n'].iloc[0]:,}, {options.seeds} seeds, noise counts as wrong, k-means is given K = 10")
    print(
        "| model | climb | K suggested, every seed | longest plateau in ln ε | DBSCAN ACC | k-means ACC |\n|---|---|---|---|---|---|"
    )
    for names, group in table.groupby(["model", "ascent"], sort=False):
        kind, ascent = map(str, names)  # type: ignore[arg-type]
        found = ", ".join("none" if pd.isna(k) else str(int(k)) for k in group["K"])
        accs = group["dbscan_acc"].dropna()
        share = "" if len(accs) == len(group) else f" ({len(accs)} of {len(group)} seeds)"
        acc = f"{format_mean_sd(accs)}{share}" if len(accs) else "no K to read it at"
        print(
            f"| {kind.upper()} | {ascent} | {found} | {format_mean_sd(group['plateau'])} | {acc} | {format_mean_sd(group['kmeans_acc'])} |"
        )


def format_mean_sd(values: pd.Series) -> str:
    """Format mean ± standard deviation (ddof 1) to three decimals; of one value the mean alone."""
    return f"{values.mean():.3f} ± {values.std(ddof=1):.3f}" if len(values) > 1 else f"{values.mean():.3f}"
