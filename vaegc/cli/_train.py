"""`vaegc train`: what the pages call to train in a process of its own."""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import fields
from pathlib import Path

import vaegc
from vaegc.cli._watch import Watch
from vaegc.datasets import SCALES, SPLITS
from vaegc.errors import BadInput
from vaegc.models.config import KINDS, LIKELIHOODS, NETWORKS, PRECISIONS, SCHEDULES


def add_options(train: argparse.ArgumentParser) -> None:
    """Add this command's options: the data, then one for each field of `ModelConfig`."""
    add = train.add_argument
    add("dataset", help="name of a data set, or a path to a table, a folder or a zip of images")
    add("--out", type=Path, required=True, help="folder of the run: checkpoints while it trains, then the model")
    add("--resume", action="store_true", help="continue the run that is in the folder, or begin it")
    add("--n", type=int, default=None, help="points: a random subset, or how many to generate")
    add("--split", default="all", choices=SPLITS, help="part of the data")
    add("--scale", default=None, choices=SCALES, help="of each feature")
    add("--labels", default=None, help="column of classes, or a file of one per row; kept out of training")
    add("--kind", default=None, help=f"{', '.join(KINDS)} (default: vae)")
    add("--network", default=None, help=f"{', '.join(NETWORKS)} (default: mlp)")
    add("--latent-dim", type=int, default=None, help="dimensions of the latent space")
    add("--hidden", type=int, nargs="*", default=None, help="widths of the encoder's fully connected layers")
    add("--channels", type=int, nargs="*", default=None, help="of the convolutions")
    add("--likelihood", default=None, help=f"{', '.join(LIKELIHOODS)} (default: by the data)")
    add("--variance", type=float, default=None, help="of the Gaussian likelihood (default: by the data)")
    add("--weight", type=float, default=None, help="w of w Recon + (1 - w) KL: 0.5 is the ELBO, 1 the autoencoder")
    add("--kl-warmup", type=int, default=None, help="epochs over which the KL's weight grows to its full size")
    add("--epochs", type=int, default=None, help="passes over the data")
    add("--steps", type=int, default=None, help="gradient steps, instead of epochs")
    add("--batch-size", type=int, default=None, help="points per step")
    add("--learning-rate", type=float, default=None, help="Adam's")
    add("--schedule", default=None, help=f"of the learning rate: {', '.join(SCHEDULES)}")
    add("--decay", type=float, default=None, help="factor per epoch of the exponential schedule")
    add("--held-out", type=float, default=None, help="share of the points on which the loss is only measured")
    add("--patience", type=int, default=None, help="epochs without a better held-out loss after which training ends")
    add("--precision", default=None, help=f"of the matrix products: {', '.join(PRECISIONS)}")
    add("--n-clusters", type=int, default=None, help="components of kinds with a mixture prior")
    add("--device", default=None, help="cpu or cuda (default: the GPU where there is one)")
    add("--seed", type=int, default=0, help="seed of weights, batches and sampling, and of a subset")


def run(arguments: argparse.Namespace, done: int, stopped: int) -> int:
    """Train, and say where the model is; returns the exit code."""
    from vaegc.training import is_run

    given = {f.name: getattr(arguments, f.name) for f in fields(vaegc.ModelConfig) if getattr(arguments, f.name) is not None}
    config = vaegc.ModelConfig(**given) if given or not (arguments.resume and is_run(arguments.out)) else None
    if is_run(arguments.out) and not arguments.resume:
        raise BadInput(f"{str(arguments.out)!r} holds a run already; add --resume to continue it, or name another folder.")
    _check_folder(arguments.out)
    watch = Watch(arguments.json)  # before the data are read: they may be large
    data = vaegc.load_dataset(arguments.dataset, n=arguments.n, split=arguments.split, scale=arguments.scale, seed=arguments.seed)
    model = vaegc.train(data, config, arguments.seed, watch, arguments.out, device=arguments.device)
    watch.finish()
    history = model.provenance.history
    last = {name: round(value, 3) for name, value in history[-1].items()} if history else {}
    facts = {"folder": str(arguments.out), "epochs": len(history), "seed": model.provenance.seed, **last}
    if arguments.json:
        print(json.dumps({"event": "result", "stopped": model.provenance.stopped, **facts}), flush=True)
    else:
        print(f"Saved to {facts.pop('folder')}: " + ", ".join(f"{name} {value}" for name, value in facts.items()) + ".")
        if model.provenance.stopped:
            print("Stopped before the end; the same command with --resume goes on.")
    return stopped if model.provenance.stopped else done


def _check_folder(folder: Path) -> None:
    """Say that a model cannot be saved before the data are read, not after."""
    there = next(p for p in (folder.absolute(), *folder.absolute().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise BadInput(f"The model cannot be saved to {str(folder)!r}: {there} is no folder that can be written to.")
