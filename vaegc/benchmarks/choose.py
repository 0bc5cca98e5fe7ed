"""Benchmark of Choose K: seconds of each part on digits and on MNIST; and its accuracy on sets whose number of classes is known.

True classes say which answers were right, and decide nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from vaegc.datasets import Dataset, availability
from vaegc.experiment import Experiment
from vaegc.progress import Progress
from vaegc.selection import select_k
from vaegc.selection.choice import KSelection
from vaegc.selection.choose import cached_choice
from vaegc.studies.family import data_sets

CERTAINTIES = ("firm", "likely", "open", "none")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--n", type=int, default=10_000, help="points of MNIST")
    parser.add_argument("--model", default="mnist-vae", help="whose latent space")
    parser.add_argument("--only", default="", help="only what contains this in its name")
    parser.add_argument("--diagram", action="store_true", help="stop after the (step, ε) diagram")
    parser.add_argument("--sets", action="store_true", help="how often it is right, on the sets of `vaegc bench family`")
    parser.add_argument("--out", type=Path, default=None, help="with --sets: write every set as one JSON line")


def main(options: argparse.Namespace) -> None:
    """Print a table of seconds, or one of answers."""
    with tempfile.TemporaryDirectory() as empty:
        os.environ["VAEGC_CACHE"] = empty  # computed here and now
        if options.sets:
            _print_accuracy(options)
        else:
            _print_seconds(options)


def _print_seconds(options: argparse.Namespace) -> None:
    specs = {"digits, digits-vae": replace(Experiment(), seed=1)}  # another seed: what is shipped would be found
    if availability("mnist").is_local:
        specs[f"{options.n:,} of MNIST, {options.model}"] = Experiment(dataset="mnist", n=options.n, model=options.model)
    print(
        "| points | climb, sweeps before and after | other steps | bandwidths | votes | all | (step, ε) diagram | of it computing | to draw it again |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for name, spec in specs.items():
        if options.only not in name:
            continue
        seconds, computing, choice = phase_seconds(spec, options.diagram)
        began = time.perf_counter()
        cached_choice(spec)
        again = time.perf_counter() - began
        columns = [*(seconds[phase] for phase in ("begin", "steps", "bandwidths", "votes")), sum(seconds.values())]
        diagram = [of["begin"] + of["steps"] for of in (seconds, computing)]
        cells = [*(f"{part:.1f} s" for part in (*columns, *diagram)), f"{1000 * again:.0f} ms"]
        print(f"| {name}, {len(choice.step_sweeps)} steps | {' | '.join(cells)} |", flush=True)


def phase_seconds(spec: Experiment, diagram_only: bool = False) -> tuple[dict[str, float], dict[str, float], KSelection]:
    """Compute a choice; return the seconds of each phase, the process's CPU seconds in each, and the choice.

    Loading and encoding are in "begin". On a busy machine the first are longer than the second.
    """
    seconds: dict[str, float] = defaultdict(float)
    computing: dict[str, float] = defaultdict(float)
    phase, since = "begin", (time.perf_counter(), time.process_time())

    def watch(progress: Progress) -> bool:
        nonlocal phase, since
        now = (time.perf_counter(), time.process_time())
        seconds[phase] += now[0] - since[0]
        computing[phase] += now[1] - since[1]
        phase, since = progress.phase, now
        return diagram_only and progress.phase not in ("begin", "steps")

    return seconds, computing, select_k(spec, watch)


def _print_accuracy(options: argparse.Namespace) -> None:
    """Print every set, then for each certainty how many of its answers were right, near and wrong."""
    rows = []
    for group, name, make, allowed in data_sets():
        if options.only not in f"{group}: {name}":
            continue
        data = Dataset(make(), name=name)
        verdict = select_k(Experiment(dataset=data, model=None)).verdict
        assert verdict is not None
        row: dict[str, Any] = {
            "group": group,
            "set": name,
            "classes": sorted(allowed),
            "says": verdict.n_clusters,
            "certainty": verdict.certainty,
        }
        rows.append(row)
        print(json.dumps(row), flush=True)
        if options.out:
            with options.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
    print("\nRight: a number that the classes allow. Near: one off at most. For sets without clusters any number is wrong.")
    print("| sets | certainty | answers | right | near |\n|---|---|---|---|---|")
    for group in dict.fromkeys(row["group"] for row in rows):
        for certainty in CERTAINTIES:
            answers = [(row["says"], row["classes"]) for row in rows if (row["group"], row["certainty"]) == (group, certainty)]
            said = [(k, classes) for k, classes in answers if k is not None]
            right = sum(k in classes for k, classes in said)
            near = sum(min(abs(k - c) for c in classes) <= 1 for k, classes in said)
            print(f"| {group} | {certainty} | {len(answers)} | {right} | {near} |")
