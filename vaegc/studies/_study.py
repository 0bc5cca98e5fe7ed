"""What studies of training share: runs kept as JSON lines, networks that go on where they were stopped, and how far they are."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from vaegc import store
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, Stopped
from vaegc.models import ModelConfig, load_model
from vaegc.progress import Callback, Progress, stop_asked

SHIPPED = Path(__file__).with_name("runs")  # of this package
PARTS = 100  # of one run, by which a bar moves


def added(study: str) -> Path:
    """Where the pages of this server add runs of a study: one file for everybody, since they are of public data."""
    return store.runs_root().absolute() / "studies" / f"{study}.jsonl"


class Report:
    """How a study says what it does: lines for a person, or events for whoever watches it, who may also stop it.

    Parameters
    ----------
    watch
        Receives events; None: lines are printed.
    total
        Runs in all.
    """

    def __init__(self, watch: Callback | None, total: int) -> None:
        self.watch, self.total, self.done = watch, total, 0

    def say(self, line: str) -> None:
        """Print a line for a person."""
        if self.watch is None:
            print(line, flush=True)

    def began(self, what: str) -> None:
        """Tell which run begins; raises `Stopped` where it is not to."""
        self.what = f"Run {self.done + 1} of {self.total}: {what}"
        if self.inside(Progress("study", 0, 1)):
            raise Stopped("Stopped; finished runs are kept, and the same command goes on from there.")

    def inside(self, event: Progress) -> bool:
        """Pass on how far the present run is; True where it is to stop."""
        words = f"{self.what}: {event.message}" if event.message else self.what
        at = PARTS * self.done + round(PARTS * min(event.share, 1.0))
        return stop_asked(self.watch, Progress("study", at, PARTS * self.total, words))

    def ended(self, line: str) -> None:
        """Tell that a run is there."""
        self.done += 1
        self.say(line)


def result_event(out: Path, rows: int) -> None:
    """Print the last event of a study that is watched."""
    print(json.dumps({"event": "result", "out": str(out), "rows": rows}), flush=True)


def known_rows(options: Any, study: str) -> list[dict[str, Any]]:
    """Runs that need not be repeated: of --out, and with --missing those that come with the package."""
    return read(options.out) + (read(SHIPPED / f"{study}.jsonl") if options.missing else [])


def add_job_options(parser: Any) -> None:
    """Add the options by which a page runs a study as a job."""
    parser.add_argument("--missing", action="store_true", help="runs that come with the package are not repeated either")
    parser.add_argument("--json", action="store_true", help="one JSON object per line: progress, then how many runs there are")


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
