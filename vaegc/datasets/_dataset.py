"""What every loader ends in: points with optional true classes; and what a source held before rows are chosen.

Sets of pictures are large: their bytes are kept as bytes, and rows of words sparse, until it is known which rows are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.checks import as_points
from vaegc.errors import BadInput
from vaegc.store import content_hash

LONGEST_ID = 256  # characters, as of a file's name; NumPy gives every id the room of the longest
MOST_CLASSES = 10_000


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
    features
        Names of the columns of `x`, where it came from a table that names them.
    ids
        (N,) text: what the owner calls each point, or None.
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
        if self.features is not None:
            features = tuple(map(str, self.features))
            if len(features) != x.shape[1]:
                raise BadInput(f"There must be one name per feature: {x.shape[1]:,} features, {len(features):,} names.")
            object.__setattr__(self, "features", features)
        if self.ids is not None:
            ids = as_ids(self.ids)
            if ids.shape != (len(x),):
                raise BadInput(f"There must be one id per point: {len(x):,} points, ids of shape {ids.shape}.")
            ids.setflags(write=False)
            object.__setattr__(self, "ids", ids)

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
    pixel_range: tuple[float, float] = (0.0, 1.0)

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def chosen(self, name: str, index: np.ndarray | None, notes: tuple[str, ...] = ()) -> Dataset:
        """Return the rows `index` as a data set; None means all of them."""
        if self.y is not None and len(self.y) != len(self):
            raise BadInput(f"{name} holds {len(self):,} rows, but {len(self.y):,} labels; its files do not belong together.")
        x, y, rows, ids = self.x, self.y, self.rows, self.ids
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            x = as_points(x, f"The data of {name!r}", dtype=x.dtype)  # all rows: no draw may hide a bad one
        if index is not None:
            x, y, ids = x[index], None if y is None else y[index], None if ids is None else ids[index]
            rows = index if rows is None else rows[index]
        dense = x if isinstance(x, np.ndarray) else x.toarray()
        values = dense.astype(np.float32, copy=self.unit != 1.0)
        if self.unit != 1.0:
            values /= np.float32(self.unit)
        if values is not self.x and values.base is None:
            values.setflags(write=False)  # ours alone: `Dataset` need not copy it
        return Dataset(
            values, y, self.image_shape, self.class_names, name, (*self.notes, *notes), self.pixel_range, rows, self.features, ids
        )


def as_ids(values: Any) -> np.ndarray:
    """Return ids as a new array of text; raises `BadInput` for one that is far too long."""
    given = np.asarray(values)
    words = given if given.dtype.kind == "U" else [str(value) for value in given.ravel().tolist()]
    longest = words.dtype.itemsize // 4 if isinstance(words, np.ndarray) else max(map(len, words), default=0)
    if longest > LONGEST_ID:
        raise BadInput(f"An id may have {LONGEST_ID} characters, and one has {longest:,}; choose a column of names.")
    return np.array(words, dtype=str).reshape(given.shape)


def encode_labels(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn any labels into 0..C-1 and their names, in sorted order; raises `BadInput` for what can be no classes."""
    if values.dtype == object:
        # A text that is long or often repeated must not be given the room of the longest one in every row.
        place: dict[str, int] = {}
        met = np.fromiter((place.setdefault(str(value), len(place)) for value in values.tolist()), np.int64, len(values))
        names = sorted(place)
        order = np.empty(len(place), np.int64)
        order[[place[name] for name in names]] = np.arange(len(place))
        index = order[met]
    else:
        known, index = np.unique(values, return_inverse=True)
        whole = known.dtype.kind == "f" and bool((known == np.round(known)).all()) and bool((np.abs(known) < 2**53).all())
        names = [f"{name:.0f}" if whole else str(name) for name in known]
    if len(names) > MOST_CLASSES:
        raise BadInput(
            f"There are {len(names):,} different labels, at most {MOST_CLASSES:,} can be classes; choose other labels."
        )
    if any(len(name) > LONGEST_ID for name in names):
        raise BadInput(f"A label may have {LONGEST_ID} characters, and one has {max(map(len, names)):,}; choose other labels.")
    return index.astype(np.int64), tuple(names)
