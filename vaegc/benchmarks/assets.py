"""Builds what is shipped: the digits models (seed 0, default settings) and the scene that the app opens with."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile

from vaegc import store
from vaegc.datasets import load_dataset
from vaegc.experiment import Experiment
from vaegc.models import ModelConfig
from vaegc.training import train

SHIPPED = {"digits-vae": ModelConfig(kind="vae"), "digits-ae": ModelConfig(kind="ae")}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--scene-only", action="store_true", help="keep the models, build the scene again")


def main(options: argparse.Namespace) -> None:
    """Train, save, and pack the default scene."""
    data = load_dataset("digits")
    for name, config in SHIPPED.items():
        if not options.scene_only:
            model = train(data, config, seed=0)
            model.save(str(store.assets_root() / "models" / name))
            print(f"{name}: {config.epochs_in_use} epochs, last {model.provenance.history[-1]}")
    spec = Experiment()
    target = store.assets_root() / "stages" / "scene"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as empty:
        os.environ["VAEGC_CACHE"] = empty
        packed = spec.packed_scene()  # computed here and now, not taken from what this machine has kept
    with store.written_whole(target / f"{spec.key()}.bin") as path:
        path.write_bytes(packed)
    print(f"default scene: {len(packed) / 1e6:.1f} MB, {target / spec.key()}.bin")
