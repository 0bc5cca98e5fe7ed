"""Run folders: record of a run's settings and status, its last checkpoint, and a snapshot of the model.

Each file appears whole or not at all, so that a run that is killed at any moment goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as dump_tensors

from vaegc.datasets import Dataset
from vaegc.errors import BadInput, CheckpointError, VaegcError
from vaegc.models.base import LatentModel
from vaegc.models.config import ModelConfig
from vaegc.store import atomic_write, content_hash
from vaegc.training import run_status
from vaegc.training.run_status import CHECKPOINT, RECORD, SNAPSHOT
from vaegc.wording import counted, verb_form

if TYPE_CHECKING:
    from vaegc.training._fit import Fit

SCHEMA = 1
LOCK_FILE = ".lock"
RESUMABLE_SETTING = "epochs"  # the only one that may change when a run is continued


@dataclass(frozen=True, slots=True)
class Record:
    """Settings, data and status of a run: run.json."""

    config: ModelConfig
    seed: int
    data: str  # name
    points: str  # `points_hash` of the data
    n: int
    began: float  # unix time
    attempts: list[dict[str, Any]] = field(
        default_factory=list
    )  # when, versions, threads and device each time it was begun or went on
    status: str = "running"  # "running", also after a kill; "stopped", "finished", "failed"
    message: str = ""  # of a failure

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data."""
        return {"schema": SCHEMA, **asdict(self), "config": self.config.to_dict()}

    @property
    def identity(self) -> str:
        """Hash of data, settings and seed, which decide what a checkpoint holds."""
        usual = ModelConfig().to_dict()  # what is usual stays out, so that settings of later versions leave older runs valid
        config = {
            name: value for name, value in self.config.to_dict().items() if name != RESUMABLE_SETTING and value != usual[name]
        }
        return content_hash(self.points, config, self.seed)


def points_hash(data: Dataset, dtype: npt.DTypeLike | None = None) -> str:
    """Return the hash of the data without their labels, which no training looks at; after a cast to `dtype` where one is given."""
    x = data.x if dtype is None else data.x.astype(dtype, copy=False)
    return content_hash(x, list(data.image_shape or ()))


class RunFolder:
    """A run folder: run.json, checkpoint, snapshot and the trained model; nothing is written before `start_attempt`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current: Record | None = None

    def record(self) -> Record | None:
        """Return the record of the run, None where there is none yet; raises `CheckpointError` for a damaged one."""
        path = self.folder / RECORD
        if not path.is_file():
            return None
        try:
            facts = dict(json.loads(path.read_text(encoding="utf-8")))
            schema = facts.pop("schema")
            record = Record(**{**facts, "config": ModelConfig.from_dict(facts["config"])}) if schema == SCHEMA else None
        except (OSError, ValueError, KeyError, TypeError):
            raise CheckpointError(f"{str(path)!r} is damaged; begin a new run in another folder.") from None
        if record is None:
            raise CheckpointError(f"The run in {str(self.folder)!r} was written by another version of vaegc; begin a new one.")
        return record

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock the folder against a second process, until the block or the process ends; raises `BadInput` where one trains there."""
        with self._writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / LOCK_FILE).open("w")
        with file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadInput(
                    f"Another process is training in {str(self.folder)!r}; wait for it, or take another folder."
                ) from None
            except (ImportError, OSError):  # Windows, and file systems that have no locks
                pass
            yield

    def start_attempt(self, record: Record, attempt: dict[str, Any]) -> None:
        """Write the record, with a new attempt: versions, threads and device (`attempt`). Raises `BadInput` where it cannot."""
        for left in self.folder.glob(f".{CHECKPOINT}.*"):  # of a process that was killed while it wrote
            left.unlink(missing_ok=True)
        self.current = replace(
            record, attempts=[*record.attempts, {"began": time.time(), **attempt}], status="running", message=""
        )
        self._write()

    def write_checkpoint(self, fit: Fit) -> None:
        """Write the checkpoint: weights, optimiser, generators and position in one file. Raises `BadInput` where it cannot."""
        assert self.current is not None
        tensors = {f"model.{name}": tensor for name, tensor in fit.model.state_dict().items()}
        moments = fit.optimiser.state_dict()["state"]
        tensors |= {f"optimiser.{i}.{name}": value for i, state in moments.items() for name, value in state.items()}
        tensors |= {f"best.{name}": tensor for name, tensor in (fit.best_weights or {}).items()}
        tensors |= {f"extra.{name}": tensor for name, tensor in fit.model.training_state().items()}
        order = fit.order_state if fit.position.step else fit.batches.get_state()
        fit.position.sums = [] if fit.loss_sums is None else fit.loss_sums.tolist()
        position = np.frombuffer(json.dumps(asdict(fit.position)).encode(), np.uint8).copy()  # as numbers: the header has a limit
        tensors |= {"batches": order, "noise": fit.noise.get_state(), "position": torch.from_numpy(position)}
        packed = dump_tensors(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            {"schema": str(SCHEMA), "identity": self.current.identity, "device": fit.device.type},
        )
        with self._writing(), atomic_write(self.folder / CHECKPOINT) as path, path.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave an empty file under the new name
        if not (self.folder / RECORD).is_file():
            self._write()

    def restore_checkpoint(self, fit: Fit) -> None:
        """Load the checkpoint into a fit; without one it stays at its beginning.

        Raises
        ------
        CheckpointError
            A damaged checkpoint, or that of another run.
        BadInput
            Fewer epochs than the run has trained already.
        """
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        assert self.current is not None
        try:
            with safe_open(path, framework="pt") as file:
                facts = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            strange = facts["identity"] != self.current.identity
            if not strange:
                self._restore(fit, tensors, facts["device"])
        except (OSError, SafetensorError, RuntimeError, KeyError, ValueError, TypeError, IndexError):
            raise CheckpointError(f"{str(path)!r} is damaged; delete it to begin the run anew.") from None
        if strange:
            raise CheckpointError(f"{str(path)!r} belongs to another run; take another folder.")
        done, wanted = fit.position.epoch, fit.epochs[fit.position.phase]
        if done > wanted or (done == wanted and fit.position.step):
            raise BadInput(
                f"The run in {str(self.folder)!r} has trained {counted(done, 'epoch')} already; {wanted} {verb_form(wanted, 'are')} too few."
            )

    def _restore(self, fit: Fit, tensors: dict[str, torch.Tensor], device: str) -> None:
        for name, value in json.loads(tensors.pop("position").numpy().tobytes()).items():
            setattr(fit.position, name, value)
        position = fit.position
        fit.loss_sums = torch.tensor(position.sums, dtype=torch.float64, device=fit.device) if position.sums else None
        parts: dict[str, dict[str, torch.Tensor]] = {"model": {}, "best": {}, "optimiser": {}, "extra": {}}
        for name, tensor in tensors.items():
            kind, _, rest = name.partition(".")
            if rest:
                parts[kind][rest] = tensor
        fit.model.load_state_dict(parts["model"])
        fit.model.set_training_state({name: tensor.to(fit.device) for name, tensor in parts["extra"].items()})
        fit.begin_phase()
        fit.best_weights = {name: tensor.to(fit.device) for name, tensor in parts["best"].items()} or None
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in parts["optimiser"].items():
            i, _, what = name.partition(".")
            moments.setdefault(int(i), {})[what] = tensor
        fit.optimiser.load_state_dict({"state": moments, "param_groups": fit.optimiser.state_dict()["param_groups"]})
        fit.batches.set_state(tensors["batches"])
        if device == fit.device.type:
            fit.noise.set_state(tensors["noise"])
        else:  # the other device has generators of another kind: numbers that were not drawn yet, at least
            fit.noise.manual_seed(fit.held_out_seed + sum(fit.epochs[: position.phase]) + position.epoch + 1)

    def write_snapshot(self, arrays: dict[str, np.ndarray], rows: dict[str, np.ndarray]) -> None:
        """Write the snapshot that a page draws, and the history of all epochs; failing to do so is no error."""
        epoch = np.int64(len(rows[run_status.ROWS]))
        with suppress(OSError), atomic_write(self.folder / SNAPSHOT) as path:
            np.savez(path, epoch=epoch, **arrays, **rows)  # type: ignore[arg-type]

    def snapshot(self) -> dict[str, np.ndarray] | None:
        """Return the last snapshot, as `run_status.snapshot` reads it."""
        return run_status.snapshot(self.folder)

    def finish(self, model: LatentModel) -> None:
        """Save the model beside the checkpoint, and the final status."""
        model.save(str(self.folder.absolute()))
        self.set_status("stopped" if model.provenance.stopped else "finished")

    def set_status(self, status: str, message: str = "") -> None:
        """Write the status ("stopped", "finished", "failed"); failing to do so is no error, since the checkpoint counts."""
        if self.current is not None:
            self.current = replace(self.current, status=status, message=message)
            with suppress(VaegcError):
                self._write()

    def _write(self) -> None:
        assert self.current is not None
        text = json.dumps(self.current.to_dict(), indent=1)
        with self._writing(), atomic_write(self.folder / RECORD) as path:
            path.write_text(text, encoding="utf-8")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            there = " The last checkpoint is intact." if (self.folder / CHECKPOINT).is_file() else ""
            raise BadInput(f"The run cannot be written to {str(self.folder)!r}: {error.strerror or error}.{there}") from None
