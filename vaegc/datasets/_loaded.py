"""`Loaded`: the content of a source before rows are selected.

Sets of pictures are large: their bytes are kept as bytes, and rows of words sparse, until it is known which rows are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.checks import as_points
from vaegc.datasets._dataset import Dataset
from vaegc.datasets._values import storage_dtype
from vaegc.errors import BadInput
from vaegc.wording import counted


@dataclass(frozen=True, slots=True)
class Loaded:
    """Content of a source, training part first."""

    x: Any  # (N, D) numbers: a NumPy array, or a SciPy sparse one
    y: np.ndarray | None = None  # (N,) int64
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    unit: float = 1.0  # what x is to be divided by
    n_train: int | None = None  # rows of the official training part
    rows: np.ndarray | None = None  # (N,) row of the source, where some were dropped
    n_source: int | None = None  # rows of the source, dropped ones included; None where none was
    features: tuple[str, ...] | None = None  # names of the columns
    ids: np.ndarray | None = None  # (N,) text
    name: str | None = None  # what the source calls itself; None: the name of its file
    has_units: bool = False  # whether its columns are quantities, each in a unit of its own
    pixel_range: tuple[float, float] = (0.0, 1.0)

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def select_rows(self, name: str, index: np.ndarray | None, notes: tuple[str, ...] = ()) -> Dataset:
        """Return the rows `index` as a data set; None means all of them."""
        if self.y is not None and len(self.y) != len(self):
            raise BadInput(
                f"{name} holds {counted(len(self), 'row')}, but {counted(len(self.y), 'label')}; its files do not belong together."
            )
        x, y, rows, ids = self.x, self.y, self.rows, self.ids
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            x = as_points(x, f"The data of {name!r}", dtype=x.dtype)  # all rows: no draw may hide a bad one
        if index is not None:
            x, y, ids = x[index], None if y is None else y[index], None if ids is None else ids[index]
            rows = index if rows is None else rows[index]
        dense = x if isinstance(x, np.ndarray) else x.toarray()
        values: np.ndarray
        if self.unit == 1.0:
            values = dense.astype(storage_dtype(dense), copy=False)
        else:
            values = dense.astype(np.float32)
            values /= np.float32(self.unit)
        if values.base is None:
            values.setflags(write=False)  # its reader has no other use for it: `Dataset` need not copy it
        return Dataset(
            values, y, self.image_shape, self.class_names, name, (*self.notes, *notes), self.pixel_range, rows, self.features, ids
        )
