"""Builds what is shipped: the digits models (seed 0, default settings), their points and maps, and the scene that the app opens with."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from vaegc import store
from vaegc.datasets import load_dataset
from vaegc.experiment import Experiment
from vaegc.models import ModelConfig
from vaegc.training import train

SHIPPED = {"digits-vae": ModelConfig(kind="vae"), "digits-ae": ModelConfig(kind="ae")}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--scene-only", action="store_true", help="keep the models, build their stages again")


def main(options: argparse.Namespace) -> None:
    """Train, save, and keep the stages."""
    data = load_dataset("digits")
    for name, config in SHIPPED.items():
        if not options.scene_only:
            model = train(data, config, seed=0)
            model.save(str(store.assets_root() / "models" / name))
            print(f"{name}: {config.epochs_in_use} epochs, last {model.provenance.history[-1]}")
    target = store.assets_root() / "stages"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as empty:
        os.environ["VAEGC_CACHE"] = empty  # computed here and now, not taken from what this machine has kept
        for name in SHIPPED:
            Experiment(model=name).packed_scene()
        key = Experiment().key()
        # Of the other models the points and their maps are enough: what takes longest is then ready for every change.
        for path in sorted(p for p in Path(empty).glob("*/*") if p.parent.name in ("encode", "map") or p.stem == key):
            (target / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / path.parent.name)
            print(f"{path.parent.name}/{path.name}: {path.stat().st_size / 1e6:.2f} MB")
