"""Storage type and largest magnitude of numbers, and ids as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vaegc import robust
from vaegc.checks import MAX_NAME_CHARACTERS
from vaegc.datasets._file import quoted
from vaegc.errors import BadInput

MAX_ID_CHARACTERS = MAX_NAME_CHARACTERS  # NumPy gives every id the memory of the longest
# What float32 holds exactly is kept in it, which halves large sets of pictures; all else is kept as float64.
_EXACT = frozenset({"float32", "float16", "bool", "boolean", "int8", "uint8", "int16", "uint16"})


def storage_dtype(values: Any) -> type[np.float32 | np.float64]:
    """Return the dtype in which a table of numbers is stored: float32 where that holds every value of its own dtype, else float64."""
    given = getattr(values, "dtypes", None)
    kinds = [getattr(values, "dtype", "float64")] if getattr(values, "ndim", 2) != 2 or given is None else list(given)
    names = {str(getattr(kind, "name", kind)).rpartition(".")[2].lower() for kind in kinds}
    return np.float32 if names and names <= _EXACT else np.float64


def check_size(x: np.ndarray, names: Sequence[object] | None, what: str) -> None:
    """Raise `BadInput` for finite numbers (N, D) so large that their squares are none; it names the column."""
    if x.dtype != np.float64 or not x.size:
        return
    for ends in (x.max(axis=0), x.min(axis=0)):
        large = np.flatnonzero(np.isfinite(ends) & (np.abs(ends) > robust.MAX_MAGNITUDE))
        if len(large):
            column = int(large[0])
            raise BadInput(
                f"{what}: column {quoted(column if names is None else names[column])} holds {ends[column]:.3g}, and numbers may have at "
                f"most {robust.MAX_MAGNITUDE:.0e}; rescale or leave out that column."
            )


def as_ids(values: Any) -> np.ndarray:
    """Return ids as a new array of text; raises `BadInput` for one that is far too long."""
    given = np.asarray(values)
    words = given if given.dtype.kind == "U" else [as_text(value) for value in given.ravel().tolist()]
    longest = words.dtype.itemsize // 4 if isinstance(words, np.ndarray) else max(map(len, words), default=0)
    if longest > MAX_ID_CHARACTERS:
        raise BadInput(f"An id may have {MAX_ID_CHARACTERS} characters, and one has {longest:,}; choose a column of names.")
    return np.array(words, dtype=str).reshape(given.shape)


def as_text(value: object) -> str:
    """A label or id as text; bytes, as NumPy and HDF5 keep texts, are read as such."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
