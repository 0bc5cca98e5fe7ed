"""Shared parts of the studies: runs kept as JSON lines, trainings that resume, and progress reports."""

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

SHIPPED_RUNS = Path(__file__).with_name("runs")  # rows that come with the package
PROGRESS_PARTS = 100  # of one run, by which a progress bar moves


def server_runs_path(study: str) -> Path:
    """Return the file to which the pages of this server add runs of a study: one for everybody, since they are of public data."""
    return store.runs_root().absolute() / "studies" / f"{study}.jsonl"


class StudyProgress:
    """Progress of a study: printed lines, or events of a callback, which may also stop it.

    Parameters
    ----------
    callback
        Gets the events; None: lines are printed.
    total
        Runs in all.
    """

    def __init__(self, callback: Callback | None, total: int) -> None:
        self.callback, self.total, self.done = callback, total, 0

    def print_line(self, line: str) -> None:
        """Print a line, unless events are sent instead."""
        if self.callback is None:
            print(line, flush=True)

    def start_run(self, title: str) -> None:
        """Report that a run begins; raises `Stopped` where the callback stops it."""
        self.title = f"Run {self.done + 1} of {self.total}: {title}"
        if self.update(Progress("study", 0, 1)):
            raise Stopped("Stopped; finished runs are kept, and the same command goes on from there.")

    def update(self, event: Progress) -> bool:
        """Report the progress of the present run; True where the callback stops it."""
        message = f"{self.title}: {event.message}" if event.message else self.title
        done = PROGRESS_PARTS * self.done + round(PROGRESS_PARTS * min(event.share, 1.0))
        return stop_asked(self.callback, Progress("study", done, PROGRESS_PARTS * self.total, message))

    def finish_run(self, line: str) -> None:
        """Report that a run is finished."""
        self.done += 1
        self.print_line(line)


def print_result_event(out: Path, rows: int) -> None:
    """Print the last event of a study that runs with --json."""
    print(json.dumps({"event": "result", "out": str(out), "rows": rows}), flush=True)


def existing_rows(options: Any, study: str) -> list[dict[str, Any]]:
    """Return the runs that are not repeated: those of --out, and with --missing those that come with the package."""
    return read_rows(options.out) + (read_rows(SHIPPED_RUNS / f"{study}.jsonl") if options.missing else [])


def add_job_options(parser: Any) -> None:
    """Add the options with which a page runs a study as a job."""
    parser.add_argument("--missing", action="store_true", help="runs that come with the package are not repeated either")
    parser.add_argument("--json", action="store_true", help="one JSON object per line: progress, then how many runs there are")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a JSON-lines file, none where there is no file; raises `BadInput` for a line that is no JSON."""
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text().splitlines() if line]
    except ValueError:
        raise BadInput(f"{path.name!r} holds a line that is no JSON; move the file away.") from None


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Append a row to a JSON-lines file; raises `BadInput` where it cannot be written."""
    try:
        with path.open("a") as file:
            file.write(json.dumps(row) + "\n")
    except OSError as error:
        raise BadInput(f"The run cannot be kept in {str(path)!r}: {error.strerror or error}.") from None


def check_writable(path: Path) -> None:
    """Raise `BadInput`, before anything is trained, where a file cannot be written."""
    if (
        path.is_dir()
        or not path.absolute().parent.is_dir()
        or not os.access(path if path.exists() else path.absolute().parent, os.W_OK)
    ):
        raise BadInput(f"{str(path)!r} cannot be written; name a file in a folder that is there and can be written to.")


def training_key(study: str, data: Dataset, config: ModelConfig, seed: int) -> str:
    """Return the key of a training: a hash of study, data, seed and the settings that are no defaults, so that new settings leave it as it is."""
    usual = ModelConfig().to_dict()
    changed = {name: value for name, value in config.to_dict().items() if value != usual[name]}
    return store.content_hash(study, data.fingerprint, changed, seed)


def run_folder(key: str) -> Path:
    """Return the run folder of a training in the cache."""
    return store.cache_root() / "runs" / key


def resume_or_train(
    data: Dataset, config: ModelConfig, seed: int, key: str, callback: Callback, keep_run: bool = False
) -> tuple[Any, float]:
    """Train a model, resume its training, or load it where that is finished.

    Parameters
    ----------
    data, config, seed
        As for `vaegc.train`.
    key
        Name of the run folder, see `training_key`.
    callback
        Gets the events of the training, and may stop it.
    keep_run
        Keep the checkpoint, from which a training with more epochs resumes.

    Returns
    -------
    The model, and the CPU minutes of its training so far.
    """
    from vaegc.training import RunFolder, train

    folder = run_folder(key)
    minutes_file, started = folder / "cpu_minutes.json", time.process_time()
    record = RunFolder(folder).record()
    if record is not None and record.status == "finished" and record.config.epochs == config.resolved().epochs:
        model = load_model(folder)
    else:
        try:
            model = train(data, config, seed, callback, folder)
        finally:
            spent = (time.process_time() - started) / 60 + (
                json.loads(minutes_file.read_text()) if minutes_file.is_file() else 0.0
            )
            with suppress(OSError):  # the training says what went wrong
                minutes_file.write_text(json.dumps(spent))
        if not (keep_run or model.provenance.stopped):
            (folder / "checkpoint.safetensors").unlink(missing_ok=True)  # the model is enough from here on
    return model, float(json.loads(minutes_file.read_text()))
