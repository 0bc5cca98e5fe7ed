"""`vaegc train`: trains a model and saves it to a folder; the Train page runs it as a job."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import vaegc
from vaegc.cli._notes import print_notes
from vaegc.cli._progress import ProgressPrinter
from vaegc.datasets import SCALES, SPLITS
from vaegc.errors import BadInput, Stopped
from vaegc.models.help import HELP
from vaegc.models.presets import PRESETS, preset
from vaegc.progress import Progress


def parse_bool(word: str) -> bool:
    """Return the truth value that "true" or "false" names; raises `ArgumentTypeError` for any other word."""
    if word.lower() not in {"true", "false"}:
        raise argparse.ArgumentTypeError(f"true or false, not {word!r}")
    return word.lower() == "true"


def add_options(train: argparse.ArgumentParser) -> None:
    """Add this command's options: the data, then one for each field of `ModelConfig`."""
    add = train.add_argument
    add("dataset", help="name of a data set, or a path to a table, a folder or a zip of images")
    add("--out", type=Path, required=True, help="folder of the run: checkpoints while it trains, then the model")
    add("--resume", action="store_true", help="continue the run that is in the folder, or begin it")
    add("--n", type=int, default=None, help="points: a random subset, or how many to generate")
    add("--data-seed", type=int, default=0, help="seed of generated points, a subset or a split")
    add("--split", default="all", choices=SPLITS, help="part of the data")
    add("--scale", default=None, choices=SCALES, help="of each feature")
    add("--labels", default=None, help="column of classes, or a file of one per row; kept out of training")
    add("--ids", default=None, help="column of the names of the rows, which is no feature")
    add("--preset", default=None, choices=list(PRESETS), help="ready-made settings; what else is given comes on top of them")
    for setting in fields(vaegc.ModelConfig):
        kind = {"tuple": int, "int": int, "float": float, "str": str, "bool": parse_bool}[
            str(setting.type).split("[")[0].split(" ")[0]
        ]
        many = {"nargs": "*"} if str(setting.type).startswith("tuple") else {}
        why = HELP[setting.name]
        option = vaegc.ModelConfig.key_of(setting.name).replace("_", "-")
        add(f"--{option}", type=kind, default=None, help=why, **many)  # type: ignore[arg-type]
    add("--device", default=None, help="cpu or cuda (default: the GPU where there is one)")
    add("--seed", type=int, default=0, help="seed of weights, batches and sampling")


def given_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of `ModelConfig` that a command line gives, by name."""
    options = {f.name: getattr(arguments, vaegc.ModelConfig.key_of(f.name)) for f in fields(vaegc.ModelConfig)}
    return {name: value for name, value in options.items() if value is not None}


def run(arguments: argparse.Namespace, done: int, stopped: int) -> int:
    """Train, and say where the model is; returns the exit code."""
    watch = ProgressPrinter(arguments.json)  # first: what follows takes seconds, in which a signal must not end it without a word
    from vaegc.experiment.summary import data_notes
    from vaegc.training import RunFolder

    given = given_settings(arguments)
    record = RunFolder(arguments.out).record()
    if record is not None and not arguments.resume:
        raise BadInput(f"{str(arguments.out)!r} holds a run already; add --resume to continue it, or name another folder.")
    known = None if record is None else record.config
    begun = preset(arguments.preset, known) if arguments.preset else known
    config = vaegc.ModelConfig(**given) if begun is None else replace(begun, **given)
    _check_folder(arguments.out)
    watch(Progress("read", 0, 1, "Reading the data"))
    data = vaegc.load_dataset(
        arguments.dataset,
        arguments.n,
        arguments.split,
        arguments.scale,
        arguments.data_seed,
        labels=arguments.labels,
        ids=arguments.ids,
        callback=watch,
    )
    if watch.stop_requested:
        kept = "nothing was written" if record is None else "what was saved before is kept"
        raise Stopped(f"Stopped while the data were read; {kept}.")
    model = vaegc.train(data, config, arguments.seed, watch, arguments.out, device=arguments.device)
    watch.finish()
    history, notes = model.provenance.history, data_notes(arguments.dataset, data)
    last = {name: round(value, 3) for name, value in history[-1].items()} if history else {}
    facts = {"folder": str(arguments.out), "epochs": len(history), "seed": model.provenance.seed, **last}
    if arguments.json:
        print(json.dumps({"event": "result", "stopped": model.provenance.stopped, **facts, "notes": list(notes)}), flush=True)
    else:
        print_notes(notes)
        print(f"Saved to {facts.pop('folder')}: " + ", ".join(f"{name} {value}" for name, value in facts.items()) + ".")
        if model.provenance.stopped:
            print("Stopped before the end; the same command with --resume goes on.")
    return stopped if model.provenance.stopped else done


def _check_folder(folder: Path) -> None:
    """Say that a model cannot be saved before the data are read, not after."""
    there = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BadInput(f"The model cannot be saved to {str(folder)!r}: {there} is no folder that can be written to.")
