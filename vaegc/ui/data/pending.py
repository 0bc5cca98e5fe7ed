"""A file that was uploaded and not yet kept: its bytes, what was seen in it, and how it is to be read.

The bytes stay in the memory of the session. While they are read they lie in a file of our own, whose name says nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaegc.datasets import Dataset, Preview, load_dataset, preview
from vaegc.errors import BadInput
from vaegc.limits import MB, most_points, most_upload_mb
from vaegc.progress import Callback

READ_AT_ONCE = 30 * MB  # bytes of a table that is read again for every choice: a second's work
SIDES = (8, 12, 16, 20, 24, 28, 32, 48, 64, 96, 128)  # pixels of the longer side that pictures can be brought to
LARGEST_SIDE = 64  # that is suggested


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read."""

    columns: tuple[str, ...] | None = None  # features of a table; None: all there are
    labels: str | None = None  # column of the true classes; None: no labels, or those that come with what is no table
    ids: str | None = None  # column of the names of the rows
    size: tuple[int, int] | None = None  # (height, width) of pictures
    scale: str | None = None  # "standard" or "minmax"
    with_labels: bool = True  # of what is no table: keep the labels that come with it

    def facts(self, file: str) -> dict[str, Any]:
        """What is kept beside the data, as JSON-ready data."""
        columns = None if self.columns is None else list(self.columns)
        size = None if self.size is None else list(self.size)
        return {"file": file, "labels": self.labels, "columns": columns, "ids": self.ids, "scale": self.scale, "size": size}


@dataclass(slots=True)
class Pending:
    """An uploaded file of this session."""

    id: str  # differs for every upload
    name: str  # as its owner calls it; only ever shown
    raw: bytes = field(repr=False)
    seen: Preview | None = None  # what was found in it
    read: tuple[Reading, Dataset | str] | None = None  # the last reading, or the sentence that says why there is none

    def look(self) -> Preview:
        """Return what the file holds, found once; raises `BadInput`."""
        if self.seen is None:
            if len(self.raw) > most_upload_mb() * MB:  # before anything is written
                raise BadInput(
                    f"{self.name[:60]} has {len(self.raw) / MB:,.0f} MB; at most {most_upload_mb():,} MB are taken here: give a smaller part."
                )
            with self._file() as path:
                self.seen = preview(path, self.name)
        return self.seen

    def is_read_at_once(self) -> bool:
        """Whether every choice may be tried on the whole file, rather than when it is kept."""
        return self.look().kind == "table" and len(self.raw) <= READ_AT_ONCE

    def try_reading(self, how: Reading) -> Dataset | str:
        """Return the data as they would be read, unscaled, or the sentence that says why they cannot be; read once for each choice."""
        if self.read is None or self.read[0] != how:
            try:
                self.read = (how, self.load(how))
            except BadInput as error:
                self.read = (how, str(error))
        return self.read[1]

    def load(self, how: Reading, callback: Callback | None = None) -> Dataset:
        """Read the file; raises `BadInput`, and `Stopped` where the callback asks for it."""
        found = self.look()
        if self.read is not None and self.read[0] == how and isinstance(self.read[1], Dataset):
            return self.read[1]
        table = found.kind == "table"
        with self._file() as path:
            return load_dataset(
                path, scale=how.scale, labels=(how.labels or False) if table else None if how.with_labels else False,
                columns=how.columns if table else None, ids=how.ids if table else None, size=how.size, title=self.name,
                most=most_points(), callback=callback,
            )  # fmt: skip

    @contextmanager
    def _file(self) -> Iterator[Path]:
        """The bytes as a file, for as long as they are read."""
        with tempfile.TemporaryDirectory(prefix="vaegc-") as folder:
            path = Path(folder, "upload")
            path.write_bytes(self.raw)
            yield path


def label_columns(found: Preview) -> list[str]:
    """Columns that may hold true classes: words and whole numbers, those with few different values first."""
    fit = [column for column in found.columns if column.kind != "number" and column.missing < found.n]
    if any(not column.name.isdecimal() for column in found.columns) and _is_array(found):
        fit = [column for column in fit if not column.name.isdecimal()]  # arrays beside x
    elif _is_array(found):
        fit = []
    return [column.name for column in sorted(fit, key=lambda column: column.distinct > 100)]


def id_columns(found: Preview) -> list[str]:
    """Columns that may name the rows."""
    if _is_array(found):
        return [column.name for column in found.columns if not column.name.isdecimal()]
    return [column.name for column in found.columns]


def feature_columns(found: Preview, labels: str | None, ids: str | None) -> list[str]:
    """Columns of numbers that are neither labels nor names of rows."""
    taken = {labels, ids}
    fit = [column for column in found.columns if column.kind in ("number", "whole") and column.missing < found.n]
    if _is_array(found):
        fit = [column for column in fit if column.name.isdecimal()]
    return [column.name for column in fit if column.name not in taken]


def suggested_features(found: Preview, labels: str | None, ids: str | None) -> list[str]:
    """Of the columns that can be features those that probably are: what the first look suggests, and a former label."""
    suggested = {*found.features, *([found.label] if found.label is not None else [])}
    able = feature_columns(found, labels, ids)
    return [name for name in able if name in suggested] or able


def sizes(found: Preview) -> list[tuple[int, int]]:
    """Sizes that pictures can be brought to, (height, width), the suggested one first."""
    height, width = found.image_shape or (1, 1)
    longer = max(height, width)
    sides = sorted({side for side in SIDES if side <= longer} | {min(longer, LARGEST_SIDE)})
    made = [(max(1, round(height * side / longer)), max(1, round(width * side / longer))) for side in sides]
    first = made[sides.index(min(longer, LARGEST_SIDE))]
    return [first, *(size for size in reversed(made) if size != first)]


def _is_array(found: Preview) -> bool:
    return found.name.lower().endswith((".npy", ".npz"))
