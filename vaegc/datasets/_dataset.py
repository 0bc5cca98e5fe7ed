"""What every loader ends in: points with optional true classes; and what a source held before rows are chosen.

Sets of pictures are large: their bytes are kept as bytes, and rows of words sparse, until it is known which rows are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vaegc import robust
from vaegc.checks import LONGEST_NAME, Shown, as_points, check_classes
from vaegc.datasets._file import quoted
from vaegc.errors import BadInput
from vaegc.store import content_hash
from vaegc.wording import counted

LONGEST_ID = LONGEST_NAME  # characters; NumPy gives every id the room of the longest
# What float32 holds exactly is kept in it, which halves large sets of pictures; all else is kept as float64.
_EXACT = frozenset({"float32", "float16", "bool", "boolean", "int8", "uint8", "int16", "uint16"})


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(Shown):
    """Points with optional true classes; arrays are read-only.

    Parameters
    ----------
    x
        (N, D) features, as they are given: float64, or float32 where that holds every number exactly (float32 itself, pixels).
    y
        (N,) int64 true classes, 0..C-1, or None. Used for scores and colours only, never for a choice. Labels of another kind (texts,
        truth values) are numbered in sorted order, and name the classes.
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
    features
        Names of the columns of `x`, where it came from a table that names them.
    ids
        (N,) text: what the owner calls each point, or None.

    Raises
    ------
    BadInput
        Values that are no finite numbers up to 1e100 in magnitude, or labels, names or a shape that do not fit them.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    name: str = "data"
    notes: tuple[str, ...] = ()
    pixel_range: tuple[float, float] = (0.0, 1.0)
    rows: np.ndarray | None = None
    features: tuple[str, ...] | None = None
    ids: np.ndarray | None = None

    def __post_init__(self) -> None:
        x = as_points(self.x, f"The data of {self.name!r}", dtype=kept_type(self.x))
        check_size(x, self.features, f"The data of {self.name!r}")
        shape = self.image_shape
        if shape is not None and not (
            int(np.prod(shape)) == x.shape[1] and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))
        ):
            raise BadInput(
                f"image_shape must be (height, width) or (height, width, 3) of rows of {counted(x.shape[1], 'number')}; got {shape}."
            )
        if x.base is not None or (x is self.x and x.flags.writeable):
            x = x.copy()  # what the caller may still change must not change this; an array that is frozen already is shared
        x.setflags(write=False)
        object.__setattr__(self, "x", x)
        if self.y is not None:
            y, names = check_classes(self.y, len(x))
            if names is not None:
                if self.class_names is not None:
                    raise BadInput("Labels must be whole numbers 0..C-1 where class_names are given; leave class_names out.")
                object.__setattr__(self, "class_names", names)
            if y is self.y or y.base is not None:
                y = y.copy()
            if self.class_names is not None and y.max() >= len(self.class_names):
                raise BadInput(f"There are {len(self.class_names)} class names, but labels up to {y.max()}.")
            y.setflags(write=False)
            object.__setattr__(self, "y", y)
        if self.features is not None:
            features = tuple(map(str, self.features))
            if len(features) != x.shape[1]:
                raise BadInput(
                    f"There must be one name per feature: {counted(x.shape[1], 'feature')}, {counted(len(features), 'name')}."
                )
            object.__setattr__(self, "features", features)
        if self.ids is not None:
            ids = as_ids(self.ids)
            if ids.shape != (len(x),):
                raise BadInput(f"There must be one id per point: {counted(len(x), 'point')}, ids of shape {ids.shape}.")
            ids.setflags(write=False)
            object.__setattr__(self, "ids", ids)

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def centre(self) -> np.ndarray:
        """(D,) float64 lower median of each feature: what is taken off before anything is rounded to float32."""
        return robust.location(self.x)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of every value, label and shape."""
        parts = [self.x, list(self.image_shape or ())]
        return content_hash(*parts, self.y) if self.y is not None else content_hash(*parts)

    def take(self, index: np.ndarray, note: str) -> Dataset:
        """Return the rows `index`, with a note that says so."""
        rows = np.asarray(index) if self.rows is None else self.rows[index]
        y, ids = (None if held is None else held[index] for held in (self.y, self.ids))
        return replace(self, x=self.x[index], y=y, notes=(*self.notes, note), rows=rows, ids=ids)

    def class_counts(self) -> dict[str, int]:
        """Points of each class by its name, in the order of the classes; empty without true classes."""
        if self.y is None:
            return {}
        known, counts = np.unique(self.y, return_counts=True)
        found = dict(zip(known.tolist(), counts.tolist(), strict=True))
        if self.class_names is None:
            return {str(c): n for c, n in found.items()}
        named = dict.fromkeys(self.class_names, 0)
        for c, name in enumerate(self.class_names):  # two classes may have one name
            named[name] += found.get(c, 0)
        return named

    def save(self, path: str | Path) -> None:
        """Write everything into one .npz, which `load_dataset` reads back; raises `OSError` where it cannot be written."""
        from vaegc.datasets import _saved

        _saved.save(self, Path(path))


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
    features: tuple[str, ...] | None = None  # names of the columns
    ids: np.ndarray | None = None  # (N,) text
    name: str | None = None  # what the source calls itself; None: the name of its file
    measured: bool = False  # its columns are quantities, each in a unit of its own
    pixel_range: tuple[float, float] = (0.0, 1.0)

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def chosen(self, name: str, index: np.ndarray | None, notes: tuple[str, ...] = ()) -> Dataset:
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
            values = dense.astype(kept_type(dense), copy=False)
        else:
            values = dense.astype(np.float32)
            values /= np.float32(self.unit)
        if values.base is None:
            values.setflags(write=False)  # its reader has no other use for it: `Dataset` need not copy it
        return Dataset(
            values, y, self.image_shape, self.class_names, name, (*self.notes, *notes), self.pixel_range, rows, self.features, ids
        )


def kept_type(values: Any) -> type[np.float32 | np.float64]:
    """The type in which a table of numbers is kept: float32 where that holds whatever its own type holds, else float64."""
    given = getattr(values, "dtypes", None)
    kinds = [getattr(values, "dtype", "float64")] if getattr(values, "ndim", 2) != 2 or given is None else list(given)
    names = {str(getattr(kind, "name", kind)).rpartition(".")[2].lower() for kind in kinds}
    return np.float32 if names and names <= _EXACT else np.float64


def check_size(x: np.ndarray, names: Sequence[object] | None, what: str) -> None:
    """Raise `BadInput` for finite numbers (N, D) so large that their squares are none; it names the column."""
    if x.dtype != np.float64 or not x.size:
        return
    for ends in (x.max(axis=0), x.min(axis=0)):
        large = np.flatnonzero(np.isfinite(ends) & (np.abs(ends) > robust.LARGEST))
        if len(large):
            column = int(large[0])
            raise BadInput(
                f"{what}: column {quoted(column if names is None else names[column])} holds {ends[column]:.3g}, and numbers may have at "
                f"most {robust.LARGEST:.0e}; rescale or leave out that column."
            )


def as_ids(values: Any) -> np.ndarray:
    """Return ids as a new array of text; raises `BadInput` for one that is far too long."""
    given = np.asarray(values)
    words = given if given.dtype.kind == "U" else [as_text(value) for value in given.ravel().tolist()]
    longest = words.dtype.itemsize // 4 if isinstance(words, np.ndarray) else max(map(len, words), default=0)
    if longest > LONGEST_ID:
        raise BadInput(f"An id may have {LONGEST_ID} characters, and one has {longest:,}; choose a column of names.")
    return np.array(words, dtype=str).reshape(given.shape)


def as_text(value: object) -> str:
    """A label or id as text; bytes, as NumPy and HDF5 keep texts, are read as such."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
