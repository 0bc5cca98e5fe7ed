"""Study of the default bandwidth: rules for the number of neighbours and the kernel's width, on the sets on which the default was chosen.

Digits, USPS, toy shapes, the shape suite, blobs of 2 to 120 clusters in 1 to 200 dimensions, sets without clusters; never MNIST or Fashion-MNIST. Of
each set one climb of 30 steps a rule, and what `suggest` reads then. True classes say which answers were right, and decide nothing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from vaegc.ascent import ascend
from vaegc.datasets import TOYS, load_dataset
from vaegc.densities import KernelDensity
from vaegc.errors import BadInput
from vaegc.models import ModelConfig, load_model
from vaegc.neighbors import SQRT_FACTOR, default_neighbors, divisor
from vaegc.projection import project
from vaegc.store import data_root
from vaegc.studies._study import SHIPPED_RUNS, append_row, check_writable, read_rows
from vaegc.training import train

Points = tuple[np.ndarray, np.ndarray]  # (N, d), and the class of each

STEPS = 30
SIZES, CLUSTERS, DIMENSIONS, SEEDS = (60, 150, 400, 1000), (2, 3, 5, 10, 20), (1, 2, 3, 10, 32, 200), (0, 1)
MIN_BLOB_POINTS = 18
LARGE_BLOBS = (  # N, d, clusters
    (4999, 10, 70),
    (5000, 10, 70),
    (4999, 5, 70),
    (5000, 5, 70),
    (5000, 10, 5),
    (5000, 2, 120),
    (5000, 3, 10),
    (20_000, 10, 10),
)
MAX_SHAPE_POINTS = 1_000
USPS_POINTS = 3_000


def _former_rule(n: int, d: int) -> tuple[int, float]:
    return max(round((0.04 if d <= 3 or n < 5000 else 0.01) * n), 1), math.sqrt(d)


# By name: (N, d) -> k, and the divisor of the distance to the k-th neighbour.
RULES: dict[str, Callable[[int, int], tuple[int, float]]] = {
    "default": lambda n, d: (default_neighbors(n, d), divisor(d)),
    "before: 4 % or 1 %, over √d": _former_rule,
    "4 % of N": lambda n, d: (max(round(0.04 * n), 1), divisor(d)),
    "2.2 √N": lambda n, d: (max(min(round(SQRT_FACTOR * math.sqrt(n)), n - 1), 1), divisor(d)),
    "half of the default's k": lambda n, d: (max(default_neighbors(n, d) // 2, 1), divisor(d)),
    "twice the default's k": lambda n, d: (min(2 * default_neighbors(n, d), n - 1), divisor(d)),
    "over √10 beyond 10-D": lambda n, d: (default_neighbors(n, d), math.sqrt(min(d, 10))),
    "over √6 beyond 10-D": lambda n, d: (default_neighbors(n, d), divisor(d) if d <= 10 else math.sqrt(6)),
}
MAIN_RULES = (
    "default",
    "before: 4 % or 1 %, over √d",
    "half of the default's k",
    "twice the default's k",
)  # on sets that take longer


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--out", type=Path, default=SHIPPED_RUNS / "bandwidth.jsonl", help="where runs are kept; those there are not repeated"
    )
    parser.add_argument("--only", default="", help="only sets whose names contain this")
    parser.add_argument("--table", action="store_true", help="print the table of the runs that are there")


def blobs(n: int, d: int, clusters: int, seed: int) -> Points:
    """Generate round clusters of one size, points (n, d) and classes (n,): the nearest two centres are 8 sd apart, times √(d / 10) beyond ten dimensions."""
    rng, y = np.random.default_rng([n, d, clusters, seed]), np.arange(n) % clusters
    candidates = rng.standard_normal((8 * clusters, d))
    centers = candidates[:1]
    while len(centers) < clusters:  # far from those that are there, so that the nearest two are not far nearer than others
        distance = np.linalg.norm(candidates[:, None] - centers, axis=2).min(axis=1)
        centers = np.vstack([centers, candidates[rng.choice(np.flatnonzero(distance >= np.quantile(distance, 0.7)))]])
    nearest = np.linalg.norm(centers[:, None] - centers, axis=2)[np.triu_indices(clusters, 1)].min()
    return centers[y] * (8 * max(1.0, math.sqrt(d / 10)) / nearest) + rng.standard_normal((n, d)), y


def data_sets() -> Iterator[tuple[str, str, Callable[[], Points], tuple[str, ...]]]:
    """Yield group, name, a function that returns points and classes, and the rules that are compared."""
    for n in SIZES:
        for d in DIMENSIONS:
            rules = tuple(RULES) if d > 10 else tuple(RULES)[:-2]  # the last two differ beyond 10-D only
            for seed in SEEDS:
                for clusters in CLUSTERS:
                    if n / clusters >= MIN_BLOB_POINTS:
                        group = f"blobs, {'up to 10-D' if d <= 10 else 'beyond 10-D'}"
                        yield group, f"blobs {n} {d}-D {clusters}, seed {seed}", partial(blobs, n, d, clusters, seed), rules
                yield "without clusters", f"Gaussian {n} {d}-D, seed {seed}", partial(_gaussian, n, d, seed), rules
    for n, d, clusters in LARGE_BLOBS:
        yield "large blobs", f"blobs {n} {d}-D {clusters}, seed 0", partial(blobs, n, d, clusters, 0), MAIN_RULES
    for seed in SEEDS:
        yield (
            "without clusters",
            f"square 1500, seed {seed}",
            partial(_square, seed),
            MAIN_RULES,
        )
    for name in TOYS:
        yield "shapes", name, partial(_toy, name), MAIN_RULES
    for path in sorted((data_root() / "shapes-2d" / "gagolews").rglob("*.data.gz")):
        yield "shapes", f"{path.parent.name}/{path.name[:-8]}", partial(_shape, path), MAIN_RULES
    for model in ("digits-vae", "digits-ae"):
        for space in ("latent", "tsne", "umap"):
            yield "real", f"{model} {space}", partial(_digits, model, space), MAIN_RULES
    yield "real", "digits 64-D", _pixels, MAIN_RULES
    if (data_root() / "usps").is_dir():
        for space in ("latent", "tsne", "umap"):
            yield "real", f"usps-ae {space}", partial(_usps, space), MAIN_RULES


def _gaussian(n: int, d: int, seed: int) -> Points:
    return np.random.default_rng([n, d, seed]).standard_normal((n, d)), np.zeros(n)


def _square(seed: int) -> Points:
    return np.random.default_rng(seed).random((1500, 2)), np.zeros(1500)


def _toy(name: str) -> Points:
    data = load_dataset(name, n=1000)
    return np.asarray(data.x, np.float64), np.asarray(data.y)


def _pixels() -> Points:
    data = load_dataset("digits")
    return np.asarray(data.x, np.float64), np.asarray(data.y)


def _digits(model: str, space: str) -> Points:
    data = load_dataset("digits")
    latent = load_model(model).encode(data.x).mean
    return _projected(latent, space), np.asarray(data.y)


_encoded: dict[str, Points] = {}  # one training for three spaces


def _usps(space: str) -> Points:
    if not _encoded:
        data = load_dataset("usps", n=USPS_POINTS)
        _encoded["usps"] = train(data, ModelConfig(kind="ae", epochs=40), seed=0).encode(data.x).mean, np.asarray(data.y)
    latent, y = _encoded["usps"]
    return _projected(latent, space), y


def _projected(latent: np.ndarray, space: str) -> np.ndarray:
    return np.asarray(latent if space == "latent" else project(latent, space, seed=0).points, np.float64)


def _shape(path: Path) -> Points:
    points = np.loadtxt(path, ndmin=2)
    y = np.loadtxt(path.with_name(path.name.replace(".data.gz", ".labels0.gz")), dtype=int)
    rows = (
        np.random.default_rng(0).choice(len(points), MAX_SHAPE_POINTS, replace=False)
        if len(points) > MAX_SHAPE_POINTS
        else slice(None)
    )
    return points[rows], y[rows]


def run_rule(points: np.ndarray, y: np.ndarray, rule: str) -> dict[str, object]:
    """Run one climb by one rule.

    Returns
    -------
    `k`; `got` and `true`, numbers of clusters suggested and of classes; `ari`, noise assigned to the nearest cluster; `moved`, the median
    displacement over the median distance to the mean of a class.
    """
    from sklearn.metrics import adjusted_rand_score

    k, width_divisor = RULES[rule](*points.shape)
    usual = KernelDensity(points, k)
    density = KernelDensity(points, bandwidth=usual.bandwidths * divisor(points.shape[1]) / width_divisor)
    path = ascend(points, density, steps=STEPS, keep_every=STEPS)
    sweep = path.sweep()
    suggestion = sweep.suggest()
    ari = (
        None
        if suggestion.eps is None
        else round(float(adjusted_rand_score(y, sweep.labels_at(suggestion.eps, noise="nearest"))), 3)
    )
    means = np.stack([points[y == c].mean(axis=0) for c in np.unique(y)])[np.unique(y, return_inverse=True)[1]]
    radius = np.median(np.linalg.norm(points - means, axis=1))
    moved = np.median(np.linalg.norm(path.frame(-1) - points, axis=1)) / radius
    return {"k": k, "got": suggestion.n_clusters, "true": len(np.unique(y)), "ari": ari, "moved": round(float(moved), 4)}


def main(options: argparse.Namespace) -> None:
    """Run what is missing, print the table of all."""
    rows = read_rows(options.out)
    if not options.table:
        check_writable(options.out)
        known = {(row["set"], row["rule"]) for row in rows}
        for group, name, make, rules in data_sets():
            todo = [rule for rule in rules if (name, rule) not in known and options.only in name]
            if not todo:
                continue
            points, y = make()
            for rule in todo:
                row = {"group": group, "set": name, "rule": rule, **run_rule(points, y, rule)}
                append_row(options.out, row)
                rows.append(row)
            print(f"{name}: " + ", ".join(f"{row['got']}" for row in rows[-len(todo) :]), flush=True)
    if not rows:
        raise BadInput("No run is there; leave out --table, or name a file that holds some with --out.")
    _show(pd.DataFrame(rows))


def _show(table: pd.DataFrame) -> None:
    print(
        "\nRight: as many as there are classes, or none where there is one. Near: one off at most. Silent: no readable plateau. Developed on these sets."
    )
    print(
        "| sets | rule | right | near | silent | ARI where read | moved less than a tenth of a radius |\n|---|---|---|---|---|---|---|"
    )
    for group, part in table.groupby("group"):
        for rule in RULES:
            some = part[part["rule"] == rule]
            if some.empty:
                continue
            silent, one = some["got"].isna(), some["true"] == 1
            off = (some["got"] - some["true"]).abs()
            right, near = int(((off == 0) | (silent & one)).sum()), int(((off <= 1) & ~one | (silent & one)).sum())
            ari = some.loc[~one, "ari"].dropna().astype(float).mean()
            still = int((some["moved"] < 0.1).sum())
            print(
                f"| {len(some)} {group} | {rule} | {right} | {near} | {int(silent.sum())} | {'' if math.isnan(ari) else f'{ari:.3f}'} | {still} |"
            )
