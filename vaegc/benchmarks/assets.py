"""Build of the shipped assets: small models (seed 0), the digits models' points and maps, the scene that the app opens with and its selection of K."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from vaegc import store
from vaegc.datasets import load_dataset
from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import selection_key
from vaegc.models import ModelConfig
from vaegc.selection import select_k
from vaegc.training import train

# Data set and settings; what is not given is the package's default for the kind and the data.
SHIPPED_MODELS = {
    "digits-vae": ("digits", ModelConfig(kind="vae")),
    "digits-ae": ("digits", ModelConfig(kind="ae")),
    **{f"digits-{kind}": ("digits", ModelConfig(kind=kind)) for kind in ("vade", "gmvae", "dec", "idec")},
    "mnist-vae": ("mnist", ModelConfig(kind="vae", epochs=30)),
    "mnist-ae": ("mnist", ModelConfig(kind="ae", epochs=30)),
    "mnist-vade": ("mnist", ModelConfig(kind="vade", epochs=30, pretrain_epochs=20)),
    "mnist-gmvae": ("mnist", ModelConfig(kind="gmvae", epochs=30)),
    "mnist-dec": ("mnist", ModelConfig(kind="dec", epochs=20, pretrain_epochs=20)),
    "fashion-mnist-vae": ("fashion-mnist", ModelConfig(kind="vae", epochs=30)),
    "fashion-mnist-ae": ("fashion-mnist", ModelConfig(kind="ae", epochs=30)),
}
MODELS_WITH_STAGES = ("digits-vae", "digits-ae")  # whose points and maps are shipped too


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--models", nargs="*", default=list(SHIPPED_MODELS), choices=list(SHIPPED_MODELS), help="which to train")
    parser.add_argument("--scene-only", action="store_true", help="keep the models, build their stages and the choice again")


def main(options: argparse.Namespace) -> None:
    """Train, save, and keep the stages."""
    for name in [] if options.scene_only else options.models:
        source, config = SHIPPED_MODELS[name]
        model = train(load_dataset(source), config, seed=0, callback=lambda event: print(event.message, flush=True))
        model.save(str(store.assets_root() / "models" / name))
        print(f"{name}: {len(model.provenance.history)} epochs, last {model.provenance.history[-1]}", flush=True)
    target = store.assets_root() / "stages"
    shutil.rmtree(target, ignore_errors=True)
    with tempfile.TemporaryDirectory() as empty:
        os.environ["VAEGC_CACHE"] = empty  # computed here and now, not taken from what this machine has kept
        for name in MODELS_WITH_STAGES:
            Experiment(model=name).packed_scene()
        select_k(Experiment())
        whole = {Experiment().key(), selection_key(Experiment())}
        # Of the other models the points and their maps are enough: what takes longest is then ready for every change.
        for path in sorted(p for p in Path(empty).glob("*/*") if p.parent.name in ("encode", "map") or p.stem in whole):
            (target / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / path.parent.name)
            print(f"{path.parent.name}/{path.name}: {path.stat().st_size / 1e6:.2f} MB")
