"""A run on disk: what it was begun with, its last checkpoint, and a look at it.

Each file appears whole or not at all, so that a run that is killed at any moment goes on from its last checkpoint.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as dump_tensors

from vaegc.datasets import Dataset
from vaegc.errors import BadInput, CheckpointError, VaegcError
from vaegc.models.base import LatentModel
from vaegc.models.config import ModelConfig
from vaegc.store import written_whole

if TYPE_CHECKING:
    from vaegc.training._fit import Fit

SCHEMA = 1
RECORD, CHECKPOINT, SNAPSHOT, LOCK = "run.json", "checkpoint.safetensors", "snapshot.npz", ".lock"


@dataclass(frozen=True, slots=True)
class Record:
    """What a run was begun with, and how it stands."""

    config: ModelConfig
    seed: int
    data: str  # name
    data_fingerprint: str
    n: int
    began: float  # unix time
    versions: dict[str, str]
    status: str = "running"  # "running", also after a kill; "stopped", "finished", "failed"
    message: str = ""  # of a failure

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data."""
        return {"schema": SCHEMA, **asdict(self), "config": self.config.to_dict()}


def is_run(folder: str | Path) -> bool:
    """Whether a folder holds a run."""
    return (Path(folder) / RECORD).is_file()


class Run:
    """A run folder; nothing is written before `begin`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.other_end = False  # whether more or fewer epochs are wanted than when it was begun

    def record(self) -> Record | None:
        """What the run was begun with, or None where there is none yet."""
        path = self.folder / RECORD
        if not path.is_file():
            return None
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            if facts.pop("schema") != SCHEMA:
                raise CheckpointError(
                    f"The run in {str(self.folder)!r} was written by another version of vaegc; begin a new one."
                )
            return Record(**{**facts, "config": ModelConfig.from_dict(facts["config"])})
        except (OSError, ValueError, KeyError, TypeError):
            raise CheckpointError(f"{str(path)!r} is damaged; begin a new run in another folder.") from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep a second process from training in the same folder; the lock goes when the process does, however it ends."""
        try:
            import fcntl
        except ImportError:  # Windows: nothing to lock with
            yield
            return
        with self._written():
            self.folder.mkdir(parents=True, exist_ok=True)
            file = (self.folder / LOCK).open("w")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadInput(
                    f"Another process is training in {str(self.folder)!r}; wait for it, or take another folder."
                ) from None
            yield

    def begin(self, data: Dataset, config: ModelConfig, seed: int, versions: dict[str, str]) -> None:
        """Write down what the run is, or that it goes on."""
        old = self.record()
        began = time.time() if old is None else old.began
        self.other_end = old is not None and old.config != config
        self._write(Record(config, seed, data.name, data.fingerprint, len(data), began, versions))

    def finished_with(self, config: ModelConfig) -> bool:
        """Whether the run ended, and nothing that was asked for since makes it longer."""
        record = self.record()
        return record is not None and record.status == "finished" and record.config == config and self._has_model()

    def keep(self, fit: Fit) -> None:
        """Write the checkpoint: weights, optimiser, generators and position in one file."""
        tensors = {f"model.{name}": tensor for name, tensor in fit.model.state_dict().items()}
        moments = fit.optimiser.state_dict()["state"]
        tensors |= {f"optimiser.{i}.{name}": value for i, state in moments.items() for name, value in state.items()}
        tensors |= {f"best.{name}": tensor for name, tensor in (fit.best_weights or {}).items()}
        tensors |= {f"extra.{name}": tensor for name, tensor in fit.model.training_state().items()}
        order = fit.order_state if fit.at.step else fit.batches.get_state()
        tensors |= {"batches": order, "noise": fit.noise.get_state()}
        fit.at.sums = [] if fit.sums is None else fit.sums.tolist()
        packed = dump_tensors(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
            {"schema": str(SCHEMA), "position": json.dumps(asdict(fit.at)), "device": fit.device.type},
        )
        with self._written(), written_whole(self.folder / CHECKPOINT) as path:
            path.write_bytes(packed)

    def restore(self, fit: Fit) -> None:
        """Put a fit where the checkpoint was written; one that has none stays at its beginning."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        try:
            with safe_open(path, framework="pt") as file:
                position = json.loads(file.metadata()["position"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            self._put(fit, position, tensors)
        except (OSError, SafetensorError, RuntimeError, KeyError, ValueError, TypeError, IndexError):
            raise CheckpointError(f"{str(path)!r} is damaged; delete it to begin the run anew.") from None

    def _put(self, fit: Fit, position: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
        for name, value in position.items():
            setattr(fit.at, name, value)
        at = fit.at
        at.finished = at.epoch >= fit.epochs[at.phase] if self.other_end else at.finished
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
        if fit.device.type == "cpu" or len(tensors["noise"]) == len(fit.noise.get_state()):
            fit.noise.set_state(tensors["noise"])

    def show(self, arrays: dict[str, np.ndarray], epoch: int) -> None:
        """Write the snapshot that a page draws; a look that cannot be written stops nothing."""
        with suppress(OSError), written_whole(self.folder / SNAPSHOT) as path:
            np.savez(path, epoch=np.int64(epoch), **arrays)  # type: ignore[arg-type]

    def snapshot(self) -> dict[str, np.ndarray] | None:
        """The last snapshot: epoch, rows, latent, inputs, outputs; None where there is none."""
        with suppress(OSError, ValueError, KeyError), np.load(self.folder / SNAPSHOT, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
        return None

    def close(self, model: LatentModel) -> None:
        """Save the model beside the checkpoint, and how the run ended."""
        model.save(str(self.folder))
        self.end("stopped" if model.provenance.stopped else "finished")

    def end(self, status: str, message: str = "") -> None:
        """Write down how the run stands; where even that is impossible, the checkpoint still counts."""
        record = self.record()
        if record is not None:
            with suppress(VaegcError):
                self._write(Record(**{**{f: getattr(record, f) for f in record.__slots__}, "status": status, "message": message}))

    def _has_model(self) -> bool:
        return (self.folder / "model.json").is_file()

    def _write(self, record: Record) -> None:
        with self._written(), written_whole(self.folder / RECORD) as path:
            path.write_text(json.dumps(record.to_dict(), indent=1), encoding="utf-8")

    @contextmanager
    def _written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            there = " The last checkpoint is intact." if (self.folder / CHECKPOINT).is_file() else ""
            raise BadInput(f"The run cannot be written to {str(self.folder)!r}: {error.strerror or error}.{there}") from None
