"""What studies of training share: runs kept as JSON lines, and networks that go on where they were stopped."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from vaegc import store
from vaegc.datasets import Dataset
from vaegc.errors import BadInput
from vaegc.models import ModelConfig, load_model
from vaegc.progress import Callback


def read(path: Path) -> list[dict[str, Any]]:
    """Runs that are kept."""
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text().splitlines() if line]
    except ValueError:
        raise BadInput(f"{path.name!r} holds a line that is no JSON; move the file away.") from None


def keep(path: Path, row: dict[str, Any]) -> None:
    """Add a run."""
    try:
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")
    except OSError as error:
        raise BadInput(f"The run cannot be kept in {str(path)!r}: {error.strerror or error}.") from None


def check_writable(path: Path) -> None:
    """Say before anything is trained that what comes of it could not be kept."""
    if (
        path.is_dir()
        or not path.absolute().parent.is_dir()
        or not os.access(path if path.exists() else path.absolute().parent, os.W_OK)
    ):
        raise BadInput(f"{str(path)!r} cannot be written; name a file in a folder that is there and can be written to.")


def key_of(study: str, data: Dataset, config: ModelConfig, seed: int) -> str:
    """Name of a training. Of the settings only what is no default counts, so that new ones leave the runs of before valid."""
    usual = ModelConfig().to_dict()
    own = {name: value for name, value in config.to_dict().items() if value != usual[name]}
    return store.content_hash(study, data.fingerprint, own, seed)


def run_folder(key: str) -> Path:
    """Where a training is kept."""
    return store.cache_root() / "runs" / key


def trained(
    data: Dataset, config: ModelConfig, seed: int, key: str, watch: Callback, keep_run: bool = False
) -> tuple[Any, float]:
    """The model of a training that is begun, goes on, or is there already, and its CPU minutes so far.

    `keep_run` keeps what a training with more epochs needs to go on from here.
    """
    from vaegc.training import Run, train

    folder = run_folder(key)
    cost, began = folder / "cpu_minutes.json", time.process_time()
    record = Run(folder).record()
    if record is not None and record.status == "finished" and record.config.epochs == config.settled().epochs:
        model = load_model(folder)
    else:
        try:
            model = train(data, config, seed, watch, folder)
        finally:
            spent = (time.process_time() - began) / 60 + (json.loads(cost.read_text()) if cost.is_file() else 0.0)
            with suppress(OSError):  # what went wrong is said by the training
                cost.write_text(json.dumps(spent))
        if not (keep_run or model.provenance.stopped):
            (folder / "checkpoint.safetensors").unlink(missing_ok=True)  # the model is enough from here on
    return model, float(json.loads(cost.read_text()))
