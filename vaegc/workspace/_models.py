"""A browser profile's own runs and models."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from vaegc import jobs
from vaegc.errors import BadInput, VaegcError
from vaegc.jobs import Job
from vaegc.limits import check_not_read_only
from vaegc.models import ModelConfig, kind_name
from vaegc.workspace._data import DatasetStore
from vaegc.workspace._records import ID, StoredModel, checked_title, is_private, model_from_folder, read_record, write_record
from vaegc.workspace._storage import private_id
from vaegc.workspace._training import train_command

RECORD = "kept.json"  # beside an uploaded model
RUN = "model"  # folder of the run within that of its job


class ModelStore(DatasetStore):
    """The runs that a browser profile has started, and the models that they or an upload have brought."""

    def run_folder(self, job: Job) -> Path:
        """Return the folder of a run: run.json, checkpoint, snapshot, and the model once it is stopped or finished."""
        return job.folder / RUN

    def start_training(self, dataset: str, config: ModelConfig, *, title: str = "", seed: int = 0, n: int | None = None) -> Job:
        """Train a model as a job, and return at once.

        Parameters
        ----------
        dataset
            A built-in or generated set, or "mine:…".
        config
            Kind, sizes and training.
        title
            What the user calls it; by default kind and data.
        seed
            Of weights, batches and sampling.
        n
            Points: a random subset, or how many to generate.

        Raises
        ------
        BadInput
            Unknown data, no free place for a job, no room left, or a read-only server.
        """
        self.check_storage(0)
        where, name = (
            (str(self._data_path(dataset)), self.find_data(dataset).title) if is_private(dataset) else (dataset, dataset)
        )
        title = checked_title(title or f"{kind_name(config.kind)} on {name}"[:80])
        return jobs.start(train_command(where, config, seed=seed, n=n), title, self.owner)

    def models(self) -> list[StoredModel]:
        """Return the models of runs that have saved one, and uploaded ones; newest first."""
        found = [self._model(job.id, job) for job in self.runs()]
        found += [self._model(folder.name) for folder in (self.root / "models").glob("*") if ID.fullmatch(folder.name)]
        return sorted((model for model in found if model is not None), key=lambda model: (model.created, model.id), reverse=True)

    def find_model(self, ref: str) -> StoredModel:
        """Return a model by its id or "mine:…"; raises `BadInput` for one that is not here."""
        model = None
        with suppress(VaegcError):  # the sentence on a job says nothing of models
            id = private_id(ref)
            model = self._model(id, None if ID.fullmatch(id) else jobs.find(id, self.owner))
        if model is None:
            raise BadInput("This model belongs to another browser, was deleted, or has not been saved yet.")
        return model

    def add_model(self, packed: bytes | Mapping[str, bytes], title: str) -> StoredModel:
        """Keep an uploaded model.

        Parameters
        ----------
        packed
            A zip of model.json and model.safetensors, or the two files by their names.
        title
            What the user calls it.

        Raises
        ------
        BadInput
            Anything but a whole model of this package; nothing is left behind.
        """
        from vaegc.models.packed import unpack_files, unpack_model

        check_not_read_only("no model can be uploaded here")
        title = checked_title(title)
        self.check_storage(len(packed) if isinstance(packed, bytes) else sum(map(len, packed.values())))
        folder = self.root / "models" / secrets.token_hex(8)
        try:
            if isinstance(packed, bytes):
                unpack_model(packed, folder)
            else:
                unpack_files(packed, folder)
            write_record(folder / RECORD, {"title": title, "created": time.time()})
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise BadInput(f"{title} cannot be kept: {error.strerror or error}.") from None
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.find_model(folder.name)

    def rename_model(self, ref: str, title: str) -> None:
        """Call a run or an uploaded model otherwise."""
        check_not_read_only("nothing can be renamed here")
        id, title = private_id(ref), checked_title(title)
        if not ID.fullmatch(id):
            jobs.rename(jobs.find(id, self.owner), title)
            return
        model = self.find_model(id)
        write_record(model.folder / RECORD, {"title": title, "created": model.created})

    def delete_model(self, ref: str) -> None:
        """Delete an uploaded model, or a run with all that it has written."""
        check_not_read_only("nothing can be deleted here")
        id = private_id(ref)
        if ID.fullmatch(id):
            shutil.rmtree(self.find_model(id).folder, ignore_errors=True)
        else:
            jobs.delete(jobs.find(id, self.owner))

    def _model(self, id: str, job: Job | None = None) -> StoredModel | None:
        if job is not None:
            folder, title, created = self.run_folder(job), job.title, job.started
        else:
            folder = self.root / "models" / id
            facts = read_record(folder / RECORD)
            if facts is None:
                return None
            title, created = str(facts.get("title", "")), float(facts.get("created", 0))
        try:
            stamp = (folder / "model.json").stat()
        except OSError:
            return None
        found = _read_model(folder, stamp.st_mtime_ns, stamp.st_size)
        return None if found is None else replace(found, id=id, title=title, created=created, job=job)


@lru_cache(maxsize=1024)
def _read_model(folder: Path, _changed: int, _size: int) -> StoredModel | None:
    """What a model's JSON says; it holds the history of all epochs, which need not be read again once a second."""
    return model_from_folder(folder, "", "", 0.0)
