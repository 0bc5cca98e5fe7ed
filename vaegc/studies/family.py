"""Study of the suggested number of clusters: one sweep against a family of sweeps, on the sets on which the family's rule was developed.

Digits, USPS, the shape suite and sets without clusters; never MNIST or Fashion-MNIST, which stay unseen. True classes say which answers were right, and
decide nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vaegc.ascent import ascend
from vaegc.datasets import TOYS, load_dataset
from vaegc.densities import KernelDensity
from vaegc.errors import BadInput
from vaegc.models import ModelConfig, load_model
from vaegc.projection import project
from vaegc.store import data_root
from vaegc.sweep import EpsilonSweep, suggest_family
from vaegc.training import train

NEIGHBOR_SHARES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)  # bandwidths, as shares of the points
STEPS = (5, 10, 20)
MIN_SAMPLES = (5, 10, 20)  # 10 after all of the steps, the others after 10
SINGLE = (0.04, 30)  # the one sweep: 4 % of the points, 30 steps
MAX_SHAPE_POINTS = 2_000
USPS_POINTS = 3_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--out", type=Path, default=None, help="write every set as one JSON line")
    parser.add_argument("--only", default="", help="only sets whose names contain this")


def data_sets() -> Iterator[tuple[str, str, Any, set[int]]]:
    """Yield group, name, a function that returns points (N, d), and the numbers of classes that the set's labels allow."""
    digits = load_dataset("digits")
    for name in ("digits-vae", "digits-ae"):
        for space in ("latent", "tsne", "umap"):
            yield "real", f"{name} {space}", lambda n=name, s=space: _projected(load_model(n).encode(digits.x).mean, s), {10}
    yield "real", "digits tsne", lambda: _projected(digits.x, "tsne"), {10}
    if (data_root() / "usps").is_dir():
        usps = load_dataset("usps", n=USPS_POINTS)
        latent = train(usps, ModelConfig(kind="ae", epochs=60), seed=0).encode(usps.x).mean
        for space in ("latent", "tsne", "umap"):
            yield "real", f"usps-ae {space}", lambda s=space: _projected(latent, s), {10}
        yield "real", "usps tsne", lambda: _projected(usps.x, "tsne"), {10}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        unclustered = {
            "square": rng.random((1500, 2)), "Gaussian 2-D": rng.standard_normal((1500, 2)),
            "Gaussian 10-D": rng.standard_normal((1500, 10)), "cigar 5-D": rng.standard_normal((1500, 5)) * [4, 2, 1, 0.5, 0.2],
        }  # fmt: skip
        for name, points in unclustered.items():
            yield "without clusters", f"{name}, seed {seed}", lambda x=points: x, {1}
    for name in TOYS:
        toy = load_dataset(name, n=1000)
        yield "shapes", name, lambda x=toy.x: x, {len(np.unique(np.asarray(toy.y)))}
    for path in sorted((data_root() / "shapes-2d" / "gagolews").rglob("*.data.gz")):
        labels = [np.loadtxt(p, dtype=int) for p in path.parent.glob(path.name.replace(".data.gz", ".labels*.gz"))]
        allowed = {len(np.unique(y[y > 0])) for y in labels}  # 0 is noise
        if 2 <= max(allowed) <= 30 and len(labels[0]) >= 100:
            yield "shapes", f"{path.parent.name}/{path.name[:-8]}", lambda p=path: _shape(p), allowed


def _projected(points: np.ndarray, space: str) -> np.ndarray:
    return points if space == "latent" else project(points, space, seed=0).points


def _shape(path: Path) -> np.ndarray:
    points = np.loadtxt(path, ndmin=2)
    rows = (
        np.random.default_rng(0).choice(len(points), MAX_SHAPE_POINTS, replace=False)
        if len(points) > MAX_SHAPE_POINTS
        else slice(None)
    )
    return points[rows]


def sweep_family(points: np.ndarray) -> tuple[list[EpsilonSweep], EpsilonSweep]:
    """Return the sweeps over all bandwidths, steps and min_samples, and the one sweep of `SINGLE`."""
    sweeps = []
    single = None
    for share in NEIGHBOR_SHARES:
        last = SINGLE[1] if share == SINGLE[0] else STEPS[-1]
        path = ascend(points, KernelDensity(points, neighbors=share), steps=last, keep_every=5)
        for frame, step in enumerate(path.steps):
            if step in STEPS:
                every = MIN_SAMPLES if step == STEPS[1] else MIN_SAMPLES[1:2]
                sweeps += [path.sweep(frame, samples) for samples in every]
            if (share, step) == SINGLE:
                single = path.sweep(frame)
    assert single is not None
    return sweeps, single


def main(options: argparse.Namespace) -> None:
    """Print every set, then how often each rule was right."""
    rows = []
    for group, name, make, allowed in data_sets():
        if options.only not in name:
            continue
        points = np.asarray(make(), np.float64)
        sweeps, single = sweep_family(points)
        row = {
            "group": group, "set": name, "classes": sorted(allowed),
            "no climb": EpsilonSweep().fit(points).suggest().n_clusters,
            "one slice": single.suggest().n_clusters, "family": suggest_family(sweeps).n_clusters,
        }  # fmt: skip
        rows.append(row)
        print(json.dumps(row), flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
    if not rows:
        raise BadInput(f"No set has {options.only!r} in its name.")
    table = pd.DataFrame(rows)
    print("\nRight: a number that the labels allow. Near: one off at most. Silent: no readable plateau. Developed on these sets.")
    print("| sets | rule | right | near | silent |\n|---|---|---|---|---|")
    for group_name, part in table.groupby("group"):
        for rule in ("no climb", "one slice", "family"):
            pairs = [(k, classes) for k, classes in zip(part[rule], part["classes"], strict=True)]
            spoken = [(k, classes) for k, classes in pairs if not pd.isna(k)]
            right = sum(k in classes for k, classes in spoken)
            near = sum(min(abs(k - c) for c in classes) <= 1 for k, classes in spoken)
            print(
                f"| {len(pairs)} {group_name} | {rule.replace('slice', 'sweep')} | {right} | {near} | {len(pairs) - len(spoken)} |"
            )
