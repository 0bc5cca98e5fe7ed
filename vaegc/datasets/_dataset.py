"""`Dataset`: points with optional true classes, the result of every loader."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vaegc import robust
from vaegc.checks import ValueObject, as_points, check_classes
from vaegc.datasets._values import as_ids, check_size, storage_dtype
from vaegc.errors import BadInput
from vaegc.store import content_hash
from vaegc.wording import counted


@dataclass(frozen=True, eq=False, repr=False)
class Dataset(ValueObject):
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
        x = as_points(self.x, f"The data of {self.name!r}", dtype=storage_dtype(self.x))
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
    def center(self) -> np.ndarray:
        """(D,) float64 lower median of each feature, subtracted before anything is rounded to float32."""
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
        from vaegc.datasets._save import save

        save(self, Path(path))
