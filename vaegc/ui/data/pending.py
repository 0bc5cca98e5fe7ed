"""An uploaded file that is not yet kept as a data set: its bytes, its preview, and the options to read it with.

The bytes stay in the memory of the session. While they are read they lie in a temporary file, whose name is not the user's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaegc.datasets import Dataset, Preview, load_dataset, preview
from vaegc.datasets.units import describe_unit_difference
from vaegc.errors import BadInput
from vaegc.limits import MB, max_upload_mb, max_upload_points
from vaegc.progress import Callback

MAX_BYTES_READ_AT_ONCE = 30 * MB  # of a table that is read again for every choice: a second's work
SIDES = (8, 12, 16, 20, 24, 28, 32, 48, 64, 96, 128)  # pixels of the longer side that pictures can be resized to
MAX_SUGGESTED_SIDE = 64  # pixels


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options to read an uploaded file with."""

    columns: tuple[str, ...] | None = None  # features of a table; None: all there are
    labels: str | None = None  # column of the true classes; None: no labels, or those that come with what is no table
    ids: str | None = None  # column of the names of the rows
    size: tuple[int, int] | None = None  # (height, width) of pictures
    scale: str | None = None  # "standard" or "minmax"
    with_labels: bool = True  # of what is no table: keep the labels that come with it

    def to_dict(self, file: str) -> dict[str, Any]:
        """Return the options as JSON-ready data, which is kept beside the data set; `file` is the name of the file."""
        columns = None if self.columns is None else list(self.columns)
        size = None if self.size is None else list(self.size)
        return {"file": file, "labels": self.labels, "columns": columns, "ids": self.ids, "scale": self.scale, "size": size}


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What reading a file with some options gave."""

    options: ReadOptions
    data: Dataset | None = None  # unscaled; None where the file cannot be read so
    error: str = ""  # why it cannot, in one sentence
    units: str | None = None  # which columns are in units that differ, as `describe_unit_difference` says it; None where none are


@dataclass(slots=True)
class PendingUpload:
    """An uploaded file of this session."""

    id: str  # differs for every upload
    name: str  # as its owner calls it; only ever shown
    raw: bytes = field(repr=False)
    preview: Preview | None = None  # None: not looked at yet
    last_read: ReadResult | None = None

    def inspect(self) -> Preview:
        """Return the preview of the file, made once; raises `BadInput` for one that is too large or cannot be read."""
        if self.preview is None:
            if len(self.raw) > max_upload_mb() * MB:  # before anything is written
                raise BadInput(
                    f"{self.name[:60]} has {len(self.raw) / MB:,.0f} MB; at most {max_upload_mb():,} MB are taken here: give a smaller part."
                )
            with self._file() as path:
                self.preview = preview(path, self.name)
        return self.preview

    def is_read_at_once(self) -> bool:
        """Whether every choice may be tried on the whole file, rather than when it is kept."""
        return self.inspect().kind == "table" and len(self.raw) <= MAX_BYTES_READ_AT_ONCE

    def try_reading(self, options: ReadOptions) -> ReadResult:
        """Read the file, unscaled, once for each change of the options."""
        if self.last_read is None or self.last_read.options != options:
            try:
                data = self.load(options)
            except BadInput as error:
                self.last_read = ReadResult(options, error=str(error))
            else:
                self.last_read = ReadResult(options, data, units=describe_unit_difference(data.x, feature_names(data)))
        return self.last_read

    def load(self, options: ReadOptions, callback: Callback | None = None) -> Dataset:
        """Read the file; raises `BadInput`, and `Stopped` where the callback asks for it."""
        found = self.inspect()
        if self.last_read is not None and self.last_read.options == options and self.last_read.data is not None:
            return self.last_read.data
        table = found.kind == "table"
        with self._file() as path:
            return load_dataset(
                path, scale=options.scale, labels=(options.labels or False) if table else None if options.with_labels else False,
                columns=options.columns if table else None, ids=options.ids if table else None, size=options.size, title=self.name,
                max_points=max_upload_points(), callback=callback,
            )  # fmt: skip

    @contextmanager
    def _file(self) -> Iterator[Path]:
        """Write the bytes to a temporary file, for as long as they are read."""
        with tempfile.TemporaryDirectory(prefix="vaegc-") as folder:
            path = Path(folder, "upload")
            path.write_bytes(self.raw)
            yield path


def feature_names(data: Dataset) -> Sequence[object]:
    """Names of the features; numbers where they have no names."""
    return data.features or range(data.x.shape[1])


def label_columns(found: Preview) -> list[str]:
    """Columns that can hold true classes: strings and whole numbers, those with few distinct values first."""
    fit = [column for column in found.columns if column.kind != "number" and column.missing < found.n]
    if any(not column.name.isdecimal() for column in found.columns) and _is_array(found):
        fit = [column for column in fit if not column.name.isdecimal()]  # arrays beside x
    elif _is_array(found):
        fit = []
    return [column.name for column in sorted(fit, key=lambda column: column.distinct > 100)]


def id_columns(found: Preview) -> list[str]:
    """Columns that can hold ids of the rows."""
    if _is_array(found):
        return [column.name for column in found.columns if not column.name.isdecimal()]
    return [column.name for column in found.columns]


def feature_columns(found: Preview, labels: str | None, ids: str | None) -> list[str]:
    """Columns of numbers that are neither labels nor ids."""
    taken = {labels, ids}
    fit = [column for column in found.columns if column.kind in ("number", "whole") and column.missing < found.n]
    if _is_array(found):
        fit = [column for column in fit if column.name.isdecimal()]
    return [column.name for column in fit if column.name not in taken]


def suggested_features(found: Preview, labels: str | None, ids: str | None) -> list[str]:
    """Feature columns to begin with: those that the preview suggests, and its label column where another one was chosen."""
    suggested = {*found.features, *([found.label] if found.label is not None else [])}
    able = feature_columns(found, labels, ids)
    return [name for name in able if name in suggested] or able


def picture_sizes(found: Preview) -> list[tuple[int, int]]:
    """Sizes (height, width) that pictures can be resized to, the suggested one first."""
    height, width = found.image_shape or (1, 1)
    longer = max(height, width)
    sides = sorted({side for side in SIDES if side <= longer} | {min(longer, MAX_SUGGESTED_SIDE)})
    made = [(max(1, round(height * side / longer)), max(1, round(width * side / longer))) for side in sides]
    first = made[sides.index(min(longer, MAX_SUGGESTED_SIDE))]
    return [first, *(size for size in reversed(made) if size != first)]


def _is_array(found: Preview) -> bool:
    return found.name.lower().endswith((".npy", ".npz"))
