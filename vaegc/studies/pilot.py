"""Study of the climb on MNIST, the pilot: spaces, bandwidths and steps, with controls, several seeds.

One network per seed and kind feeds every row of that seed, so rows with and without a climb are paired. Settings are those of the pilot, fixed
before these runs; labels are used for accuracies only, after every choice is made. K is read off the plateau and never given; k-means
is given K = 10.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vaegc.ascent import Trajectory, ascend, control
from vaegc.checks import check_int
from vaegc.datasets import load_dataset
from vaegc.densities import KernelDensity
from vaegc.errors import BadInput
from vaegc.metrics import score
from vaegc.studies._study import read_rows
from vaegc.studies.digits import format_mean_sd
from vaegc.studies.maps import latent_subset, map_subset
from vaegc.sweep import EpsilonSweep

MIN_SAMPLES, MIN_SIZE, MAX_NOISE = 10, 0.01, 0.1
LATENT_POINTS, MAP_POINTS = 5_000, 10_000
# (neighbours as a share, steps) of each row, by network and space; None is no climb. As in the pilot.
ROWS = {
    ("ae", "latent"): (None, (0.01, 10), (0.01, 30), (0.04, 10)),
    ("ae", "tsne"): (None, (0.01, 5), (0.04, 10), (0.04, 30)),
    ("ae", "umap"): (None, (0.04, 5), (0.04, 10), (0.04, 30)),
    ("vae", "latent"): (None, (0.01, 30)),
    ("vae", "umap"): (None, (0.01, 5), (0.04, 30)),
}
VARIANTS = ("per point", "fixed", "random", "shrink")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0..n-1 of network, subset and map")
    parser.add_argument("--only", default="", help="only blocks whose names begin with this, such as 'ae latent'")
    parser.add_argument(
        "--out", type=Path, default=Path("pilot.jsonl"), help="keeps every run as one JSON line; runs in it are not repeated"
    )


def main(options: argparse.Namespace) -> None:
    """Run what is not kept yet, then print mean ± sd per row and what each claim comes to."""
    check_int(options.seeds, "--seeds", 1)
    kept = read_rows(options.out)
    done = {(row["kind"], row["space"], row["seed"]) for row in kept}
    chosen = [(kind, space) for kind, space in ROWS if f"{kind} {space}".startswith(options.only)]
    if not chosen:
        raise BadInput(f"No block has {options.only!r} in its name; there are {', '.join(f'{k} {s}' for k, s in ROWS)}.")
    labels = np.asarray(load_dataset("mnist").y)
    for seed in range(options.seeds):
        for kind, space in chosen:
            if (kind, space, seed) in done:
                continue
            rows = list(run_block(kind, space, seed, labels))
            with options.out.open("a") as file:  # a whole block or nothing, so that an interrupted study goes on where it was
                file.writelines(json.dumps(row) + "\n" for row in rows)
            kept += rows
            print(f"{kind} {space}, seed {seed}: {len(rows)} runs", flush=True)
    table = pd.DataFrame([row for row in kept if row["seed"] < options.seeds and (row["kind"], row["space"]) in chosen])
    _show(table)


def run_block(kind: str, space: str, seed: int, labels: np.ndarray) -> Iterator[dict[str, Any]]:
    """Run one network, space and seed; yields a row for each climb and control."""
    points, rows = latent_subset(kind, LATENT_POINTS, seed) if space == "latent" else map_subset(space, kind, MAP_POINTS, seed)
    y = labels[rows]
    facts = {"kind": kind, "space": space, "seed": seed, "n": len(points)}
    start = ascend(points, KernelDensity(points), steps=0)
    yield {**facts, "share": None, "steps": 0, "variant": "no climb", **read_frame(start, 0, y, seed)}
    shares: dict[float, list[int]] = {}
    for pair in ROWS[kind, space]:
        if pair is not None:
            shares.setdefault(pair[0], []).append(pair[1])
    for share, steps in shares.items():
        density = KernelDensity(points, neighbors=share)
        path = ascend(points, density, steps=max(steps))
        one = KernelDensity(points, bandwidth=float(np.median(density.bandwidths)))
        paths = {
            "per point": path, "fixed": ascend(points, one, steps=max(steps)),
            "random": control(path, "random", seed=seed), "shrink": control(path, "shrink", neighbors=density.neighbors_in_use or 1),
        }  # fmt: skip
        for step in steps:
            for variant in VARIANTS:
                yield {**facts, "share": share, "steps": step, "variant": variant, **read_frame(paths[variant], step, y, seed)}


def read_frame(path: Trajectory, frame: int, y: np.ndarray, seed: int) -> dict[str, Any]:
    """Return the plateau of one frame by both rules, accuracies there, and that of k-means with K given."""
    from sklearn.cluster import KMeans

    sweep = path.sweep(frame, MIN_SAMPLES)
    found = sweep.suggest(MIN_SIZE, MAX_NOISE)
    k_means = KMeans(10, n_init=10, random_state=seed).fit_predict(path.frame(frame))
    pilot = pilot_suggestion(sweep)
    plateaus = sweep.plateaus(MIN_SIZE, MAX_NOISE)
    return {
        "K": found.n_clusters, "longest": int(plateaus["n_clusters"].iloc[0]) if len(plateaus) else None, "length": found.log_length,
        "acc": score(y, sweep.labels_at(found.eps)).acc if found.eps is not None else None,
        "pilot_K": pilot["n_clusters"], "pilot_length": pilot["log_length"],
        "pilot_acc": score(y, sweep.labels_at(pilot["eps"])).acc if pilot["eps"] is not None else None,
        "k_means": score(y, k_means).acc,
    }  # fmt: skip


def pilot_suggestion(sweep: EpsilonSweep) -> dict[str, Any]:
    """Return the suggestion by the pilot's own rule: the longest plateau with DBSCAN noise alone limited, readable or not."""
    curve = sweep.plateaus(MIN_SIZE, 1.0)  # unassigned points do not end a stretch here
    best: dict[str, Any] = {"n_clusters": None, "log_length": 0.0, "eps": None}
    border = np.sort(sweep.border_distances_)
    enough = border[
        max(int(np.ceil((1 - MAX_NOISE) * len(border))) - 1, 0)
    ]  # noise only falls as ε grows: from here on it is low
    for k, begin, high in curve[["n_clusters", "eps_low", "eps_high"]].itertuples(index=False):
        low = max(begin, enough, sweep.eps_floor_)
        if low > 0 and low < high and np.log(high / low) > best["log_length"]:
            best = {"n_clusters": int(k), "log_length": float(np.log(high / low)), "eps": float(np.sqrt(low * high))}
    return best


def _show(table: pd.DataFrame) -> None:
    seeds = table["seed"].nunique()
    print(
        f"\n{seeds} seeds; K: readable plateau (longest stretch where none is), every seed; length: of the longest stretch, in ln ε; ACC: at its "
        "middle, K not given, noise counts as wrong; pilot's rule: longest stretch with noise alone limited, readable or not; k-means is given 10"
    )
    print(
        "| network | space, N | climb | bandwidth or control | K | length | ACC | pilot's rule: K | length | ACC | k-means ACC |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|"
    )
    keys = ["kind", "space", "n", "share", "steps", "variant"]
    for names, rows in table.groupby(keys, sort=False, dropna=False):
        row: tuple[Any, ...] = names  # type: ignore[assignment]
        kind, space, n, share, steps, variant = row
        climb = "none" if steps == 0 else f"k = {100 * float(share):g} %, {steps} steps"
        found = ", ".join(
            ("none" if pd.isna(k) else f"none ({k:.0f})") if pd.isna(r) else f"{r:.0f}"
            for r, k in zip(rows["K"], rows["longest"], strict=True)
        )
        pilot = ", ".join("none" if pd.isna(k) else f"{k:.0f}" for k in rows["pilot_K"])
        cells = [f"{kind}".upper(), f"{space}, {n:,}", climb, variant if steps else "", found, format_mean_sd(rows["length"]), _accs(rows["acc"]),
                 pilot, format_mean_sd(rows["pilot_length"]), _accs(rows["pilot_acc"]), format_mean_sd(rows["k_means"])]  # fmt: skip
        print("| " + " | ".join(map(str, cells)) + " |")
    _paired(table)


def _accs(values: pd.Series) -> str:
    known = values.dropna().astype(float)
    return (
        "" if known.empty else format_mean_sd(known) + ("" if len(known) == len(values) else f" ({len(known)} of {len(values)})")
    )


def _paired(table: pd.DataFrame) -> None:
    """Differences to no climb, of the same seed."""
    print(
        "\nPaired with no climb of the same seed, per-point bandwidth: k-means ACC (difference, mean ± sd; wins) and length of the longest stretch"
    )
    for (kind, space), rows in table.groupby(["kind", "space"], sort=False):
        base = rows[rows["variant"] == "no climb"].set_index("seed")
        for names, part in rows[rows["variant"] != "no climb"].groupby(["share", "steps", "variant"], sort=False):
            row: tuple[Any, ...] = names  # type: ignore[assignment]
            share, steps, variant = row
            own = part.set_index("seed")
            gain = (own["k_means"] - base["k_means"]).dropna()
            longer = (own["length"] - base["length"]).dropna()
            print(
                f"{kind} {space}, k = {100 * float(share):g} %, {steps} steps, {variant}: {format_mean_sd(gain)} ({(gain > 0).sum()} of {len(gain)}); "
                f"{format_mean_sd(longer)} ({(longer > 0).sum()} of {len(longer)})"
            )
