"""Status, snapshot and history of a run, read from its folder for pages: numpy and JSON only, since torch takes seconds to load.

A file that is missing, half-written or damaged counts as absent, never as an error.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.store import DAMAGED_FILE_ERRORS, open_npz

RECORD, CHECKPOINT, SNAPSHOT = "run.json", "checkpoint.safetensors", "snapshot.npz"  # of a run folder
MODEL, EVENTS = "model", "events.jsonl"  # of the folder of a training job: the run folder, and what the command printed
ROWS, COLUMNS, PHASE, PHASES = (
    "history",
    "history_columns",
    "history_phase",
    "history_phases",
)  # arrays of the epochs in a snapshot
EVENTS_TAIL_BYTES = 65_536  # of events.jsonl that are read
STAGES = {"read": "Reading the data", "download": "Downloading", "unpack": "Unpacking", "place": "Placing clusters"}
TRAINING, PRETRAINING = "Training", "Pretraining"


@dataclass(frozen=True, slots=True)
class History:
    """Progress of a training job, as last written to its files."""

    epochs: dict[
        str, list[Any]
    ]  # "epoch" from 1, "phase" ("pretrain" or "fit"), then loss parts and figures; None where a phase has none
    done: int = 0  # finished epochs, those of the pretraining included
    total: int = 0  # epochs at most; 0: not known yet
    phase: str = ""  # "Reading the data", "Pretraining", "Placing clusters", "Training"; empty: nothing was said yet
    share_of_epoch: float = 0.0  # 0..1, of the epoch under way
    points_per_s: float | None = None
    seconds: float = 0.0  # of training, in all attempts
    seconds_left: float | None = None  # until all epochs are done, by the speed of the last 20 s; None: not known yet
    eta_is_rough: bool = False  # another phase follows, whose speed is not known yet
    message: str = ""  # the last event, in words
    stamp: tuple[tuple[int, int, int], ...] = field(default=(), compare=False, repr=False)  # what the files looked like


def is_run(folder: str | Path) -> bool:
    """Whether a folder holds a run."""
    return (Path(folder) / RECORD).is_file()


def record(folder: str | Path) -> dict[str, Any] | None:
    """Return the record of a run as plain data (config, seed, data, n, began, attempts, status, message), or None."""
    return _object(_read(Path(folder) / RECORD))


def snapshot(folder: str | Path) -> dict[str, np.ndarray] | None:
    """Return the last snapshot of a run's model, at most seconds old; None where there is none.

    ``epoch``, ``rows`` (n,) of up to 1,000 points of the data and their ``latent`` (n, d), ``inputs`` (8, D) with their reconstructions
    ``outputs`` (8, D), and ``usage`` (K,), the share of these points in each cluster, where there are clusters already.
    For whoever draws them: ``classes`` (n,) and ``class_names`` (C,) of labelled data, ``image_shape`` and ``pixel_range`` of pictures.
    """
    return _arrays(Path(folder) / SNAPSHOT, rows=False)


def history(job_folder: str | Path, after: History | None = None) -> History:
    """Return the progress of a training job.

    Parameters
    ----------
    job_folder
        Of a job whose command is ``vaegc train … --out {folder}/model``.
    after
        Result of an earlier call; files that have not changed since are not read again, and `after` itself is returned where none has.

    Notes
    -----
    Epochs are those of the run itself, as its snapshot has them about once a second: each is there once, however often the run was
    stopped, killed or resumed, and none is left out, however fast they are. About a millisecond for 1,000 epochs, and a tenth where only events are new.
    """
    folder = Path(job_folder)
    paths = (folder / EVENTS, folder / MODEL / SNAPSHOT)
    stamp = tuple(_stamp(path) for path in paths)
    if after is not None and after.stamp == stamp:
        return after
    same = after is not None and after.stamp[1:] == stamp[1:]
    epochs = after.epochs if after is not None and same else _epochs(_arrays(paths[1], rows=True) or {})
    last, trained = _last(paths[0])
    values, rows = _numbers(trained.get("values")), len(epochs["epoch"])
    return History(
        epochs, max(_count(trained.get("done")), rows), _count(trained.get("total")), _phase(last),
        min(max(values.get("share_of_epoch", 0.0), 0.0), 1.0), values.get("points_per_s"), values.get("seconds", 0.0), values.get("seconds_left"),
        _phase(trained) == PRETRAINING, str(last.get("message") or ""), stamp,
    )  # fmt: skip


def _epochs(arrays: dict[str, np.ndarray]) -> dict[str, list[Any]]:
    """Columns of a snapshot's rows; without them, no rows."""
    with suppress(*DAMAGED_FILE_ERRORS, IndexError):
        rows, columns, names = arrays[ROWS], arrays[COLUMNS].tolist(), arrays[PHASES]
        values = rows.astype(object)
        values[np.isnan(rows)] = None
        found = {name: values[:, i].tolist() for i, name in enumerate(columns)}
        return {"epoch": list(range(1, len(rows) + 1)), "phase": names[arrays[PHASE]].tolist(), **found}
    return {"epoch": [], "phase": []}


def _last(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last progress event, and the last one of training; empty where there is none."""
    last: dict[str, Any] = {}
    for line in reversed(_read(path, EVENTS_TAIL_BYTES).split(b"\n")[:-1]):
        event = _object(line) or {}
        if event.get("event") == "progress":
            last = last or event
            if event.get("stage") == "train":
                return last, event
    return last, {}


def _phase(event: dict[str, Any]) -> str:
    if event.get("stage") == "train":
        return PRETRAINING if event.get("phase") == "pretrain" else TRAINING
    stage = str(event.get("stage") or "")
    return STAGES.get(stage, stage.capitalize())


def _numbers(values: object) -> dict[str, float]:
    known = values if isinstance(values, dict) else {}
    return {str(name): float(value) for name, value in known.items() if isinstance(value, (int, float)) and np.isfinite(value)}


def _count(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _arrays(path: Path, rows: bool) -> dict[str, np.ndarray] | None:
    """The rows of the epochs in a snapshot, or everything else."""
    with suppress(*DAMAGED_FILE_ERRORS), open_npz(path) as kept:
        return {name: kept[name] for name in kept.files if name.startswith(ROWS) == rows}
    return None


def _read(path: Path, tail: int | None = None) -> bytes:
    """A file, or its last bytes; empty where there is none."""
    with suppress(OSError, ValueError), path.open("rb") as file:
        if tail is not None:
            file.seek(max(file.seek(0, os.SEEK_END) - tail, 0))
        return file.read()
    return b""


def _object(text: bytes) -> dict[str, Any] | None:
    with suppress(ValueError, RecursionError):
        read = json.loads(text)
        return read if isinstance(read, dict) else None
    return None


def _stamp(path: Path) -> tuple[int, int, int]:
    with suppress(OSError, ValueError):
        look = path.stat()
        return look.st_ino, look.st_mtime_ns, look.st_size
    return (0, 0, 0)
