"""A browser profile's own data sets."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vaegc import jobs
from vaegc.datasets import Dataset, load_dataset
from vaegc.errors import BadInput
from vaegc.jobs import Job
from vaegc.limits import check_not_read_only, max_upload_points
from vaegc.wording import counted
from vaegc.workspace._records import ID, StoredDataset, checked_title, dataset_from_record, is_private, read_record, write_record
from vaegc.workspace._storage import ProfileStorage, private_id


class DatasetStore(ProfileStorage):
    """The data sets that a browser profile has uploaded."""

    def data(self) -> list[StoredDataset]:
        """Return the kept data sets, newest first; damaged records are left out."""
        found = [kept for path in (self.root / "data").glob("*.json") if (kept := self._data(path.stem)) is not None]
        return sorted(found, key=lambda kept: (kept.created, kept.id), reverse=True)

    def find_data(self, ref: str) -> StoredDataset:
        """Return a data set by its id or "mine:…"; raises `BadInput` for one that is not here."""
        kept = self._data(private_id(ref))
        if kept is None:
            raise BadInput("These data belong to another browser, or were deleted: upload them here, or ask their owner.")
        return kept

    def add_data(
        self, data: Dataset, title: str, *, embedding: bool = False, reading: Mapping[str, Any] | None = None
    ) -> StoredDataset:
        """Keep a data set.

        Parameters
        ----------
        data
            As it was read.
        title
            What the user calls it, 1 to 80 characters.
        embedding
            Whether it is to be climbed as it is, without a model.
        reading
            How it was read: file, labels, columns, ids, scale, size.

        Raises
        ------
        BadInput
            Too many points, no room left for this profile, a read-only server, or a disk that cannot be written.
        """
        check_not_read_only("no data can be kept here")
        title = checked_title(title)
        if len(data) > max_upload_points():
            raise BadInput(
                f"{title} has {counted(len(data), 'point')}; this server takes at most {max_upload_points():,} (VAEGC_MAX_POINTS)."
            )
        self.check_storage(data.x.nbytes)
        path = self.root / "data" / f"{secrets.token_hex(8)}.npz"
        facts = {
            "title": title, "n": len(data), "d": data.x.shape[1], "classes": None if data.y is None else int(data.y.max()) + 1,
            "image_shape": data.image_shape, "embedding": embedding, "features": data.features, "notes": data.notes,
            "created": time.time(), "reading": dict(reading or {}),
        }  # fmt: skip
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(data, name=title).save(path)
            write_record(path.with_suffix(".json"), facts)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise BadInput(f"{title} cannot be kept: {error.strerror or error}.") from None
        return self.find_data(path.stem)

    def load_data(self, ref: str) -> Dataset:
        """Return a data set as it was kept."""
        return load_dataset(self.find_data(ref).path)

    def rename_data(self, ref: str, title: str) -> StoredDataset:
        """Call a data set otherwise, in captions of later results too."""
        check_not_read_only("nothing can be renamed here")
        kept, title = self.find_data(ref), checked_title(title)
        if title != kept.title:
            record = kept.path.with_suffix(".json")
            try:
                replace(self.load_data(ref), name=title).save(kept.path)
                write_record(record, {**(read_record(record) or {}), "title": title})
            except OSError as error:
                raise BadInput(f"{kept.title} cannot be renamed: {error.strerror or error}.") from None
        return self.find_data(ref)

    def delete_data(self, ref: str) -> None:
        """Delete a data set; models that were trained on it stay."""
        check_not_read_only("nothing can be deleted here")
        kept = self.find_data(ref)
        for job in self.runs_on(kept.ref):
            if jobs.state(job).status == "running":
                raise BadInput(f"{kept.title} is being trained on by {job.title!r}; cancel that run before the data are deleted.")
        try:
            kept.path.with_suffix(".json").unlink(missing_ok=True)
            kept.path.unlink(missing_ok=True)
        except OSError as error:
            raise BadInput(f"{kept.title} cannot be deleted: {error.strerror or error}.") from None

    def runs_on(self, dataset: str) -> list[Job]:
        """Return the training jobs on a data set, given by its name or "mine:…"."""
        name = str(self._data_path(dataset)) if is_private(dataset) else dataset
        return [job for job in self.runs() if job.command[1] == name]

    def _data_path(self, ref: str) -> Path:
        return self.find_data(ref).path

    def _data(self, id: str) -> StoredDataset | None:
        path = self.root / "data" / f"{id}.npz"
        if not ID.fullmatch(id) or not path.is_file():
            return None
        facts = read_record(path.with_suffix(".json"))
        return None if facts is None else dataset_from_record(path, facts)
