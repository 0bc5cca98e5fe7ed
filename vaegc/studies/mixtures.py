"""Study of models with clusters of their own: VaDE, GMVAE, DEC, IDEC, beside k-means and a mixture on an autoencoder's latent points.

K is given, and labels are used for scores only, after training. Every run is kept as one line, with its learning curve, and not
repeated; a training that is stopped goes on when the command is given again. What is needed: torch (with torchvision, which reads
MNIST's files), numpy, scipy, scikit-learn, safetensors and platformdirs.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import platform
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.checks import check_int, check_number
from vaegc.datasets import Dataset, load_dataset
from vaegc.errors import Stopped
from vaegc.metrics import clusters_in_use, score
from vaegc.models import ModelConfig
from vaegc.progress import Callback, Progress
from vaegc.studies._methods import BUDGETS, CLUSTPY_VADE, DEFAULT_METHODS, LATENT_CLUSTERERS, method_title, training_config
from vaegc.studies._methods import DEEP_METHODS as METHODS
from vaegc.studies._study import (
    StudyProgress,
    add_job_options,
    append_row,
    check_writable,
    existing_rows,
    print_result_event,
    read_rows,
    resume_or_train,
    run_folder,
    training_key,
)

CURVE_SHARES = (
    0.0,
    0.25,
    0.5,
    1.0,
)  # of the last phase, after which a run is scored for its learning curve; 0 is its first epoch


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--datasets", nargs="+", default=["digits"], choices=list(BUDGETS), help="data sets with classes")
    parser.add_argument("--methods", nargs="+", default=DEFAULT_METHODS, choices=METHODS, help="rows of the table")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(6)), help="seeds of weights, batches and starts")
    parser.add_argument(
        "--epochs", type=int, default=None, help="of the last phase, and of pretraining (default: the data set's)"
    )
    parser.add_argument("--minutes", type=float, default=None, help="end after so long; the same command goes on from there")
    parser.add_argument("--quick", action="store_true", help="1,000 points and 3 epochs, to see that it runs")
    parser.add_argument(
        "--out", type=Path, default=Path("mixtures.jsonl"), help="keeps every run as one JSON line; runs in it are not repeated"
    )
    add_job_options(parser)


def main(options: argparse.Namespace, callback: Callback | None = None) -> None:
    """Run what is not kept yet, print each run, then mean ± sd as Markdown tables; with a callback, which gets events instead, nothing is printed."""
    minutes = None if options.minutes is None else check_number(options.minutes, "--minutes", 0, np.inf, open_low=True)
    deadline = np.inf if minutes is None else time.monotonic() + 60 * minutes
    check_writable(options.out)
    existing, wanted = existing_rows(options, "mixtures"), []
    progress = StudyProgress(callback, len(options.datasets) * len(options.seeds) * len(options.methods))
    for name in options.datasets:
        data = load_dataset(name, n=1000 if options.quick else None)
        for seed in options.seeds:
            for method in options.methods:
                config = training_config(name, method, 3 if options.quick else options.epochs)
                run = MixtureRun(data, method, config, check_int(seed, "--seeds", 0), deadline, progress)
                progress.start_run(f"{method_title(method)}, seed {seed}")
                row = next((r for r in existing if run.facts.items() <= r.items()), None)
                if row is None:
                    row = run.row()
                    if row is None and time.monotonic() <= deadline:
                        raise Stopped(
                            "Stopped; the training and finished runs are kept, and the same command goes on from there."
                        )
                    if row is None:
                        progress.print_line("Time is up; the same command goes on from here.")
                        return
                    if "acc" in row:
                        append_row(options.out, row)
                progress.finish_run(describe_run(row))
                wanted.append(row)
    if callback is not None:
        print_result_event(options.out, len(wanted))
        return
    for name in options.datasets:
        _show([row for row in wanted if row["data"].startswith(name)])


class MixtureRun:
    """Run of one method on one data set with one seed."""

    def __init__(
        self, data: Dataset, method: str, config: ModelConfig, seed: int, deadline: float, progress: StudyProgress
    ) -> None:
        self.data, self.method, self.config, self.seed, self.deadline, self.progress = (
            data,
            method,
            config,
            seed,
            deadline,
            progress,
        )
        self.key = training_key("mixtures", data, replace(config, epochs=None), seed)
        self.folder = f"{self.key}-{config.epochs}"
        self.facts: dict[str, Any] = {
            "data": data.name, "n": len(data), "method": method, "seed": seed, "K": config.n_clusters, "epochs": config.epochs,
            "network": self.key,
        }  # fmt: skip
        if method == CLUSTPY_VADE:
            self.facts |= {"epochs": None, "network": "ClustPy's own"}

    def row(self) -> dict[str, Any] | None:
        """Return scores, CPU minutes and the learning curve; None where the time was up before."""
        precision = "float32" if self.method == CLUSTPY_VADE else self.config.precision
        machine = {"cores": os.cpu_count(), "machine": platform.machine(), "precision": precision}
        found: dict[str, Any] | None
        if self.method == CLUSTPY_VADE:
            found = self._run_clustpy()
        elif self.method in LATENT_CLUSTERERS:
            found = self._cluster_latent()
        else:
            found = self._train_and_assign()
        return None if found is None else {**self.facts, **machine, **found}

    def _train_and_assign(self) -> dict[str, Any] | None:
        last, file = self.config.epochs_in_use, run_folder(self.folder) / "curve.jsonl"
        for look in sorted({max(round(share * last), 1) for share in CURVE_SHARES}):
            if any(point["look"] == look for point in read_rows(file)):  # a training that was stopped is past it
                continue
            model, minutes = self._model_at(look)
            if model.provenance.stopped:
                return None
            scores = self._scores(model.assign(self.data.x))
            done = {name: value for name, value in model.provenance.history[-1].items() if name != "points_per_s"}
            append_row(file, {"look": look, "epochs": len(model.provenance.history), "cpu_minutes": minutes, **done, **scores})
        curve = read_rows(file)
        return {name: curve[-1][name] for name in ("acc", "nmi", "ari", "purity", "used", "cpu_minutes")} | {"curve": curve}

    def _cluster_latent(self) -> dict[str, Any] | None:
        from sklearn.cluster import KMeans
        from sklearn.mixture import GaussianMixture

        model, minutes = self._model_at(self.config.epochs_in_use)
        if model.provenance.stopped:
            return None
        z, began = model.encode(self.data.x).mean.astype(np.float64), time.process_time()
        k = self.config.n_clusters
        clusterer = (
            KMeans(k, n_init=20, random_state=self.seed)
            if LATENT_CLUSTERERS[self.method] == "k-means"
            else GaussianMixture(k, n_init=10, max_iter=200, random_state=self.seed)  # the likeliest of ten
        )
        labels = clusterer.fit_predict(z)
        return {**self._scores(labels), "cpu_minutes": minutes + (time.process_time() - began) / 60}

    def _run_clustpy(self) -> dict[str, Any]:
        """ClustPy's VaDE as it comes."""
        try:
            from clustpy.deep import VaDE
        except ImportError:
            return {"reason": "ClustPy is not installed (pip install clustpy)"}
        began = time.process_time()
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bars
            labels = VaDE(self.config.n_clusters, random_state=self.seed).fit(self.data.x).labels_
        return {**self._scores(np.asarray(labels)), "cpu_minutes": (time.process_time() - began) / 60}

    def _model_at(self, epochs: int) -> tuple[Any, float]:
        config = replace(self.config, epochs=epochs)
        return resume_or_train(
            self.data, config, self.seed, self.folder, self._watch, keep_run=epochs < self.config.epochs_in_use
        )

    def _watch(self, event: Progress) -> bool:
        if "share_of_epoch" not in event.values and (event.done % 10 == 0 or event.done == event.total):
            self.progress.print_line(f"  {self.data.name}, seed {self.seed}, {self.method}: {event.message}")
        return self.progress.update(event) or time.monotonic() > self.deadline

    def _scores(self, labels: np.ndarray) -> dict[str, Any]:
        found = score(np.asarray(self.data.y), labels)
        used = clusters_in_use(labels)
        return {"acc": found.acc, "nmi": found.nmi, "ari": found.ari, "purity": found.purity, "used": used}


def describe_run(row: dict[str, Any]) -> str:
    """Describe a run in one line."""
    begin = f"{row['data']}, N {row['n']:,}, seed {row['seed']}, {row['method']}: "
    if "acc" not in row:
        return begin + f"no figures, {row['reason']}"
    return begin + (
        f"{row['used']} of {row['K']} clusters used, ACC {row['acc']:.3f}, purity {row['purity']:.3f}, NMI {row['nmi']:.3f}, "
        f"ARI {row['ari']:.3f}; {row['cpu_minutes']:.1f} CPU minutes"
    )


def _format_mean_sd(values: list[float], digits: int = 3) -> str:
    mean = f"{np.mean(values):.{digits}f}"
    return f"{mean} ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else mean


def _show(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    print(f"\n### {rows[0]['data']}, N {rows[0]['n']:,}; K given; every run is above\n")
    print("| method | seeds | clusters used, every seed | ACC | purity | NMI | CPU minutes |\n|---|---|---|---|---|---|---|")
    for method in dict.fromkeys(row["method"] for row in rows):
        part = [row for row in rows if row["method"] == method]
        good = [row for row in part if "acc" in row]
        title = method_title(method)
        if not good:
            print(f"| {title} | {len(part)} | {part[0]['reason']} | | | | |")
            continue
        used = ", ".join(f"{row['used']}" for row in good) + f" of {good[0]['K']}"
        cells = [_format_mean_sd([row[name] for row in good]) for name in ("acc", "purity", "nmi")]
        print(
            f"| {title} | {len(good)} | {used} | "
            + " | ".join(cells)
            + f" | {_format_mean_sd([r['cpu_minutes'] for r in good], 1)} |"
        )
