"""A `Dataset` as one .npz without pickles: everything that a page knows of the data lies in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.store import atomic_write

if TYPE_CHECKING:
    from vaegc.datasets._dataset import Dataset

FORMAT_KEY = "vaegc"  # array of the format's number, which an ordinary .npz does not hold
FORMAT = 1


def save(data: Dataset, path: Path) -> None:
    """Write a data set, whole or not at all; the same data give the same bytes. Raises `OSError`."""
    held: dict[str, Any] = {
        FORMAT_KEY: np.int64(FORMAT),
        "x": data.x,
        "name": np.asarray(data.name, dtype=str),
        "notes": np.asarray(data.notes, dtype=str),
        "pixel_range": np.asarray(data.pixel_range, dtype=np.float64),
        "y": data.y,
        "rows": None if data.rows is None else np.asarray(data.rows, dtype=np.int64),
        "ids": data.ids,
        "image_shape": None if data.image_shape is None else np.asarray(data.image_shape, dtype=np.int64),
        "class_names": None if data.class_names is None else np.asarray(data.class_names, dtype=str),
        "features": None if data.features is None else np.asarray(data.features, dtype=str),
    }
    with atomic_write(path) as temporary, temporary.open("wb") as out:
        np.savez(out, **{name: values for name, values in held.items() if values is not None})
