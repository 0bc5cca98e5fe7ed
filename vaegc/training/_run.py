"""A run on disk: what it was begun with, its last checkpoint, and a look at it.

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
from vaegc.store import content_hash, written_whole
from vaegc.training import run_status
from vaegc.training.run_status import CHECKPOINT, RECORD, SNAPSHOT
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.training._fit import Fit

SCHEMA = 1
LOCK = ".lock"
FREE = "epochs"  # the one setting that a run may be continued with another value of


@dataclass(frozen=True, slots=True)
class Record:
    """What a run was begun with, and how it stands."""

    config: ModelConfig
    seed: int
    data: str  # name
    points: str  # hash of the data without their labels
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
        """Hash of all that decides what a checkpoint holds."""
        usual = ModelConfig().to_dict()  # what is usual stays out, so that settings of later versions leave older runs valid
        config = {name: value for name, value in self.config.to_dict().items() if name != FREE and value != usual[name]}
        return content_hash(self.points, config, self.seed)


def points_hash(data: Dataset, dtype: npt.DTypeLike | None = None) -> str:
    """Hash of the data without their labels, which no training looks at; of another precision where that is asked for."""
    x = data.x if dtype is None else data.x.astype(dtype, copy=False)
    return content_hash(x, list(data.image_shape or ()))


class Run:
    """A run folder; nothing is written before `begin`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current: Record | None = None

    def record(self) -> Record | None:
        """What the run was begun with, or None where there is none yet."""
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
    def locked(self) -> Iterator[None]:
        """Keep a second process from training in the same folder; the lock goes when the process does, however it ends."""
        with self._written():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / LOCK).open("w")
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

    def begin(self, record: Record, attempt: dict[str, Any]) -> None:
        """Write down what the run is, or that it goes on."""
        for left in self.folder.glob(f".{CHECKPOINT}.*"):  # of a process that was killed while it wrote
            left.unlink(missing_ok=True)
        self.current = replace(
            record, attempts=[*record.attempts, {"began": time.time(), **attempt}], status="running", message=""
        )
        self._write()

    def keep(self, fit: Fit) -> None:
        """Write the checkpoint: weights, optimiser, generators and position in one file."""
        assert self.current is not None
        tensors = {f"model.{name}": tensor for name, tensor in fit.model.state_dict().items()}
        moments = fit.optimiser.state_dict()["state"]
        tensors |= {f"optimiser.{i}.{name}": value for i, state in moments.items() for name, value in state.items()}
        tensors |= {f"best.{name}": tensor for name, tensor in (fit.best_weights or {}).items()}
        tensors |= {f"extra.{name}": tensor for name, tensor in fit.model.training_state().items()}
        order = fit.order_state if fit.at.step else fit.batches.get_state()
        fit.at.sums = [] if fit.sums is None else fit.sums.tolist()
        position = np.frombuffer(json.dumps(asdict(fit.at)).encode(), np.uint8).copy()  # as numbers: the header has a limit
        tensors |= {"batches": order, "noise": fit.noise.get_state(), "position": torch.from_numpy(position)}
        packed = dump_tensors(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            {"schema": str(SCHEMA), "identity": self.current.identity, "device": fit.device.type},
        )
        with self._written(), written_whole(self.folder / CHECKPOINT) as path, path.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave an empty file under the new name
        if not (self.folder / RECORD).is_file():
            self._write()

    def restore(self, fit: Fit) -> None:
        """Put a fit where the checkpoint was written; one that has none stays at its beginning."""
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
                self._put(fit, tensors, facts["device"])
        except (OSError, SafetensorError, RuntimeError, KeyError, ValueError, TypeError, IndexError):
            raise CheckpointError(f"{str(path)!r} is damaged; delete it to begin the run anew.") from None
        if strange:
            raise CheckpointError(f"{str(path)!r} belongs to another run; take another folder.")
        done, wanted = fit.at.epoch, fit.epochs[fit.at.phase]
        if done > wanted or (done == wanted and fit.at.step):
            raise BadInput(
                f"The run in {str(self.folder)!r} has trained {counted(done, 'epoch')} already; {wanted} {'is' if wanted == 1 else 'are'} too few."
            )

    def _put(self, fit: Fit, tensors: dict[str, torch.Tensor], device: str) -> None:
        for name, value in json.loads(tensors.pop("position").numpy().tobytes()).items():
            setattr(fit.at, name, value)
        at = fit.at
        fit.sums = torch.tensor(at.sums, dtype=torch.float64, device=fit.device) if at.sums else None
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
            fit.noise.manual_seed(fit.seed_of_measure + sum(fit.epochs[: at.phase]) + at.epoch + 1)

    def show(self, arrays: dict[str, np.ndarray], rows: dict[str, np.ndarray]) -> None:
        """Write the snapshot that a page draws, and the rows of all epochs; a look that cannot be written stops nothing."""
        epoch = np.int64(len(rows[run_status.ROWS]))
        with suppress(OSError), written_whole(self.folder / SNAPSHOT) as path:
            np.savez(path, epoch=epoch, **arrays, **rows)  # type: ignore[arg-type]

    def snapshot(self) -> dict[str, np.ndarray] | None:
        """The last snapshot, as `run_status.snapshot` reads it."""
        return run_status.snapshot(self.folder)

    def close(self, model: LatentModel) -> None:
        """Save the model beside the checkpoint, and how the run ended."""
        model.save(str(self.folder.absolute()))
        self.end("stopped" if model.provenance.stopped else "finished")

    def end(self, status: str, message: str = "") -> None:
        """Write down how the run stands; where even that is impossible, the checkpoint still counts."""
        if self.current is not None:
            self.current = replace(self.current, status=status, message=message)
            with suppress(VaegcError):
                self._write()

    def _write(self) -> None:
        assert self.current is not None
        text = json.dumps(self.current.to_dict(), indent=1)
        with self._written(), written_whole(self.folder / RECORD) as path:
            path.write_text(text, encoding="utf-8")

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            there = " The last checkpoint is intact." if (self.folder / CHECKPOINT).is_file() else ""
            raise BadInput(f"The run cannot be written to {str(self.folder)!r}: {error.strerror or error}.{there}") from None
