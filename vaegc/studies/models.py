"""Study of baselines and of the climb, which is not given K: methods x data sets x seeds.

One network per data set and seed feeds every row of that seed, and one map every row on it, so rows are paired. Every setting is fixed
below and the same for all data sets; labels are used for scores only, after every choice is made. Each run is kept as one line as soon as
it is there, and not repeated.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vaegc.ascent import ascend
from vaegc.baselines import Baseline, baseline
from vaegc.checks import check_int
from vaegc.datasets import Dataset, load_dataset
from vaegc.densities import KernelDensity
from vaegc.errors import BadInput, Stopped, VaegcError
from vaegc.metrics import score
from vaegc.models import ModelConfig
from vaegc.progress import Callback, Progress
from vaegc.studies._methods import BASELINE_METHODS as METHODS
from vaegc.studies._methods import DATASETS, METHODS_FINDING_K, NETWORK
from vaegc.studies._study import (
    StudyProgress,
    add_job_options,
    append_row,
    check_writable,
    existing_rows,
    print_result_event,
    resume_or_train,
    training_key,
)
from vaegc.studies.digits import format_mean_sd
from vaegc.wording import counted

MIN_SAMPLES, MIN_SIZE, MAX_NOISE = 10, 0.01, 0.1  # the sweep's defaults


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--datasets", nargs="+", default=list(DATASETS), help="names of data sets with classes")
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS), help="rows of the table")
    parser.add_argument("--seeds", type=int, default=2, help="seeds 0..n-1 of network, map and starts")
    parser.add_argument("--epochs", type=int, default=None, help=f"passes over the data (default: {NETWORK.steps:,} steps)")
    parser.add_argument("--quick", action="store_true", help="1,000 points and 3 epochs, to see that it runs")
    parser.add_argument(
        "--out", type=Path, default=Path("models.jsonl"), help="keeps every run as one JSON line; runs in it are not repeated"
    )
    add_job_options(parser)


def main(options: argparse.Namespace, callback: Callback | None = None) -> None:
    """Run what is not kept yet, print each run, then mean ± sd as Markdown tables; with a callback, which gets events instead, nothing is printed."""
    check_int(options.seeds, "--seeds", 1)
    config = NETWORK if options.epochs is None else replace(NETWORK, steps=None, epochs=check_int(options.epochs, "--epochs", 1))
    if options.quick:
        config = replace(NETWORK, steps=None, epochs=options.epochs or 3)
    check_writable(options.out)
    existing, wanted = existing_rows(options, "models"), []
    progress = StudyProgress(callback, len(options.datasets) * options.seeds * len(options.methods))
    for name in options.datasets:
        data = load_dataset(name, n=None if not options.quick else 1000)
        for seed in range(options.seeds):
            study = MethodRuns(data, config, seed, progress)
            for method in options.methods:
                key = {"data": data.name, "n": len(data), "method": method, "seed": seed, "network": study.key}
                row = next((r for r in existing if key.items() <= r.items()), None)
                progress.start_run(f"{method}, seed {seed}")
                if row is None:
                    row = {**key, **study.row(method)}
                    append_row(options.out, row)
                progress.finish_run(describe_run(row))
                wanted.append(row)
            study.clear()
    if callback is not None:
        print_result_event(options.out, len(wanted))
        return
    table = pd.DataFrame(wanted)
    for name, rows in table.groupby("data", sort=False):
        _show(str(name), rows)
    print("\n### ACC of all\n\n" + accuracy_table(table))


class MethodRuns:
    """One data set and seed; its network and maps are computed once, when a method first needs them."""

    def __init__(self, data: Dataset, config: ModelConfig, seed: int, progress: StudyProgress) -> None:
        if data.y is None:
            raise BadInput(f"{data.name} has no classes to score against; take a data set with labels.")
        self.data, self.config, self.seed, self.progress = data, config, seed, progress
        self.y = np.asarray(data.y)
        self.key = training_key("models", data, config, seed)
        self.training = 0.0  # CPU minutes
        self.maps: dict[str, Baseline] = {}
        self.map_minutes = 0.0

    @cached_property
    def latent(self) -> np.ndarray:
        """Points (N, d) encoded by the autoencoder; a training that was interrupted resumes."""
        model, self.training = resume_or_train(self.data, self.config, self.seed, self.key, self._watch)
        if model.provenance.stopped:
            raise Stopped("Stopped; the training and finished runs are kept, and the same command goes on from there.")
        return model.encode(self.data.x).mean.astype(np.float64)

    def _watch(self, event: Progress) -> bool:
        if event.stage == "train" and "share_of_epoch" not in event.values:
            self.progress.print_line(f"  {self.data.name}, seed {self.seed}: {event.message}")
        return self.progress.update(event)

    def row(self, method: str) -> dict[str, Any]:
        """Return scores and seconds of a method, or the reason why there are none; raises `Stopped`."""
        which, how = METHODS[method]
        facts: dict[str, Any] = {
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "epochs_or_steps": self.config.epochs or self.config.steps,
        }
        try:
            if which is None or how:
                facts["latent_dim"], facts["training_cpu_minutes"] = (
                    self.latent.shape[1],
                    self.training,
                )  # in this order: the first trains
            if which is None:
                facts["map_cpu_minutes"] = self.ensure_map()
            began = time.process_time()
            result = self._run_sweep(int(how)) if which is None else self._run_baseline(which, bool(how))
            if which == "umap-hdbscan":
                self.map_minutes = (time.process_time() - began) / 60
        except Stopped:
            raise
        except VaegcError as error:
            return {**facts, "reason": str(error)}
        return {**facts, **result, "cpu_minutes": (time.process_time() - began) / 60}

    def _run_baseline(self, which: str, encoded: bool) -> dict[str, Any]:
        points = self.latent if encoded else self.data.x.astype(np.float64)
        k = None if which == "umap-hdbscan" else len(np.unique(self.y))
        found = baseline(which, points, k, y=self.y, seed=self.seed, callback=self._watch)
        self.maps[which] = found
        scores = found.scores
        assert scores is not None
        return {
            **_score_columns(scores),
            "given": found.given,
            "seconds": dict(found.seconds),
            "settings": dict(found.settings),
            "notes": list(found.notes),
        }

    def ensure_map(self) -> float:
        """Compute the UMAP map, and HDBSCAN on it, once; return their CPU minutes, which the rows of the sweep share."""
        if "umap-hdbscan" not in self.maps:
            began = time.process_time()
            self._run_baseline("umap-hdbscan", True)
            self.map_minutes = (time.process_time() - began) / 60
        return self.map_minutes

    def _run_sweep(self, steps: int) -> dict[str, Any]:
        """The clustering at the plateau on the UMAP map that HDBSCAN gets, with or without the climb."""
        points, seconds = self.maps["umap-hdbscan"].points, {}
        began = time.perf_counter()
        path = ascend(points, KernelDensity(points, neighbors=0.04), steps=steps, keep_every=max(steps, 1), callback=self._watch)
        if path.stopped:
            raise Stopped("Stopped; finished runs are kept, and the same command goes on from there.")
        seconds["climb"] = time.perf_counter() - began
        sweep = path.sweep(-1, MIN_SAMPLES)
        found = sweep.suggest(MIN_SIZE, MAX_NOISE)
        seconds["sweep"] = time.perf_counter() - began - seconds["climb"]
        if found.eps is None:
            return {"reason": found.reason, "K": None, "seconds": seconds}
        labels = sweep.labels_at(found.eps)
        settings = {
            "steps": steps,
            "neighbors": "default (4 %)",
            "min_samples": MIN_SAMPLES,
            "min_size": MIN_SIZE,
            "length": found.log_length,
        }
        scores = _score_columns(score(self.y, labels)) | {"K": found.n_clusters}
        return {**scores, "given": "nothing", "seconds": seconds, "settings": settings}

    def clear(self) -> None:
        """Free the arrays; what took long is on disk."""
        self.__dict__.pop("latent", None)
        self.maps.clear()


def _score_columns(scores: Any) -> dict[str, Any]:
    return {
        "acc": scores.acc,
        "nmi": scores.nmi,
        "ari": scores.ari,
        "purity": scores.purity,
        "K": scores.n_clusters,
        "noise": scores.noise,
    }


def describe_run(row: dict[str, Any]) -> str:
    """Describe a run in one line."""
    begin = f"{row['data']}, N {row['n']:,}, seed {row['seed']}, {row['method']}: "
    if row.get("acc") is None:
        return begin + f"no figures, {row['reason']}"
    time_taken = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in row["seconds"].items())
    return (
        begin + f"K {row['K']} ({row['given']}), ACC {row['acc']:.3f}, NMI {row['nmi']:.3f}, ARI {row['ari']:.3f}, noise "
        f"{100 * row['noise']:.1f} %; {row['cpu_minutes']:.1f} CPU minutes: {time_taken}"
    )


def _show(name: str, rows: pd.DataFrame) -> None:
    print(f"\n### {name}, N {rows['n'].iloc[0]:,}, {rows['seed'].nunique()} seed(s); noise counts as wrong; every run is above\n")
    print("| method | K, every seed | ACC | NMI | ARI | CPU minutes |\n|---|---|---|---|---|---|")
    for method, part in rows.groupby("method", sort=False):
        good = part[part["acc"].notna()] if "acc" in part else part.iloc[:0]
        found = ", ".join("none" if pd.isna(k) else f"{k:.0f}" for k in part["K"]) if "K" in part else "none"
        cells = (
            [format_mean_sd(good[c].astype(float)) for c in ("acc", "nmi", "ari", "cpu_minutes")]
            if len(good)
            else [str(part["reason"].iloc[0]), "", "", ""]
        )
        share = "" if len(good) in (0, len(part)) else f" ({len(good)} of {len(part)} seeds)"
        print(f"| {method} | {found} | {cells[0]}{share} | " + " | ".join(cells[1:]) + " |")


def accuracy_table(table: pd.DataFrame) -> str:
    """Return the ACC of all methods (rows) on all data sets (columns), with the K found where none was given, as Markdown."""
    sets = {
        str(name): f"{name}, N {part['n'].iloc[0]:,}, {counted(part['seed'].nunique(), 'seed')}"
        for name, part in table.groupby("data", sort=False)
    }
    lines = ["| method | K given | " + " | ".join(sets.values()) + " |", "|---|---|" + "---|" * len(sets)]
    for method in (name for name in METHODS if name in set(table["method"])):
        finds_k = method in METHODS_FINDING_K
        cells = [_cell(table[(table["method"] == method) & (table["data"] == name)], finds_k) for name in sets]
        lines.append(f"| {method} | {'no' if finds_k else 'yes'} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(part: pd.DataFrame, finds_k: bool) -> str:
    if not len(part):
        return "not run"
    good = part[part["acc"].notna()] if "acc" in part else part.iloc[:0]
    if not len(good):
        return "no readable plateau" if finds_k else "no figures"
    found = f" (K {', '.join(f'{k:.0f}' for k in good['K'])})" if finds_k else ""
    share = "" if len(good) == len(part) else f", {len(good)} of {len(part)} seeds"
    return format_mean_sd(good["acc"].astype(float)) + found + share
