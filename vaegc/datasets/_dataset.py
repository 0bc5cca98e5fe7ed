"""What every loader ends in: points with optional true classes; and what a source held before rows are chosen.

Sets of pictures are large: their bytes are kept as bytes, and rows of words sparse, until it is known which rows are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from vaegc.checks import as_points
from vaegc.errors import BadInput
from vaegc.store import content_hash


@dataclass(frozen=True)
class Dataset:
    """Points with optional true classes; arrays are read-only.

    Parameters
    ----------
    x
        (N, D) float32 features.
    y
        (N,) int64 true classes, 0..C-1, or None. Used for scores and colours only, never for a choice.
    image_shape
        (height, width) or (height, width, 3) when a row of `x` is a picture, else None.
    class_names
        Names of the classes, or None.
    name
        For captions.
    notes
        What was dropped or scaled, one sentence each.
    pixel_range
        Values shown as black and white when `x` holds pictures.
    rows
        (N,) row of each point in its source, where rows were dropped or drawn; None where point i is row i.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    name: str = "data"
    notes: tuple[str, ...] = ()
    pixel_range: tuple[float, float] = (0.0, 1.0)
    rows: np.ndarray | None = None

    def __post_init__(self) -> None:
        x = as_points(self.x, f"The data of {self.name!r}", dtype=np.float32)
        shape = self.image_shape
        if shape is not None and not (
            int(np.prod(shape)) == x.shape[1] and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))
        ):
            raise BadInput(
                f"image_shape must be (height, width) or (height, width, 3) of rows of {x.shape[1]} numbers; got {shape}."
            )
        if x is self.x and (x.flags.writeable or x.base is not None):
            x = x.copy()  # freezing must not reach into the caller's array; one that is frozen already is shared
        x.setflags(write=False)
        object.__setattr__(self, "x", x)
        if self.y is not None:
            y = np.asarray(self.y)
            if y.shape != (len(x),):
                raise BadInput(f"There must be one label per point: {len(x):,} points, labels of shape {y.shape}.")
            if not np.issubdtype(y.dtype, np.integer):
                raise BadInput("Labels must be whole numbers 0..C-1; encode_labels turns names into them.")
            y = y.astype(np.int64)
            if y.min() < 0:
                raise BadInput("Labels must not be negative.")
            if self.class_names is not None and y.max() >= len(self.class_names):
                raise BadInput(f"There are {len(self.class_names)} class names, but labels up to {y.max()}.")
            y.setflags(write=False)
            object.__setattr__(self, "y", y)

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of every value, label and shape."""
        parts = [self.x, list(self.image_shape or ())]
        return content_hash(*parts, self.y) if self.y is not None else content_hash(*parts)

    def take(self, index: np.ndarray, note: str) -> Dataset:
        """Return the rows `index`, with a note that says so."""
        rows = np.asarray(index) if self.rows is None else self.rows[index]
        return replace(self, x=self.x[index], y=None if self.y is None else self.y[index], notes=(*self.notes, note), rows=rows)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a source held, training part first."""

    x: Any  # (N, D) numbers: a NumPy array, or a SciPy sparse one
    y: np.ndarray | None = None  # (N,) int64
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    unit: float = 1.0  # what x is to be divided by
    n_train: int | None = None  # rows of the official training part
    rows: np.ndarray | None = None  # (N,) row of the source, where some were dropped
    n_source: int | None = None  # rows of the source, dropped ones included; None where none was

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def chosen(self, name: str, index: np.ndarray | None, notes: tuple[str, ...] = ()) -> Dataset:
        """Return the rows `index` as a data set; None means all of them."""
        if self.y is not None and len(self.y) != len(self):
            raise BadInput(f"{name} holds {len(self):,} rows, but {len(self.y):,} labels; its files do not belong together.")
        x, y, rows = self.x, self.y, self.rows
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            x = as_points(x, f"The data of {name!r}", dtype=x.dtype)  # all rows: no draw may hide a bad one
        if index is not None:
            x, y = x[index], None if y is None else y[index]
            rows = index if rows is None else rows[index]
        dense = x if isinstance(x, np.ndarray) else x.toarray()
        values = dense.astype(np.float32, copy=self.unit != 1.0)
        if self.unit != 1.0:
            values /= np.float32(self.unit)
        if values is not self.x and values.base is None:
            values.setflags(write=False)  # ours alone: `Dataset` need not copy it
        return Dataset(values, y, self.image_shape, self.class_names, name, (*self.notes, *notes), rows=rows)


def encode_labels(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn any labels into 0..C-1 and their names, in sorted order."""
    names, index = np.unique(np.asarray(values).astype(str) if values.dtype == object else values, return_inverse=True)
    return index.astype(np.int64), tuple(str(name) for name in names)
