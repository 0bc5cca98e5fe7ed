"""Cells of an object array: the first one that is no number, and its description in an error message."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from vaegc.checks._values import short_repr
from vaegc.errors import BadInput


def describe_position(cell: Sequence[int] | np.ndarray, columns: Sequence[object] | None) -> str:
    """Position of a cell (row, column, ...) in words, by the name of its column where there is one."""
    row, *rest = (int(index) for index in cell)
    column = f", column {columns[rest[0]]!r}" if columns is not None and rest else "".join(f", column {c}" for c in rest[:1])
    return f"row {row}{column}"


def missing_mask(cells: np.ndarray) -> np.ndarray:
    """Mask of the missing cells of an array: None, NaN, pandas' NA or NaT."""
    import pandas as pd

    return np.asarray(pd.isna(cells))


def first_non_number(cells: np.ndarray) -> np.ndarray | None:
    """Index of the first cell that is neither a real number nor missing; text is none, whatever it says."""
    if cells.dtype != object:
        return np.zeros(cells.ndim, int)
    other = (isinstance(cell, np.timedelta64) or not isinstance(cell, (Real, Decimal, np.bool_)) for cell in cells.ravel())
    bad = np.fromiter(other, bool, cells.size).reshape(cells.shape) & ~missing_mask(cells)
    return np.argwhere(bad)[0] if bad.any() else None


def first_too_large(cells: np.ndarray) -> np.ndarray:
    """Index of the first cell of objects that no float can hold."""
    for at, cell in enumerate(cells.ravel()):
        try:
            float(cell)
        except OverflowError:
            return np.array(np.unravel_index(at, cells.shape))
    return np.zeros(cells.ndim, int)


def describe_cell(cell: object) -> str:
    """Type and value of a cell that is no number, in words."""
    if isinstance(cell, (str, bytes)):
        text = cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell
        return f"the text {short_repr(str(text))}"
    if isinstance(cell, complex):
        return f"the complex number {cell}"
    if type(cell).__name__ in ("Timestamp", "datetime", "date", "datetime64", "Period"):
        return f"the date {cell}"
    if type(cell).__name__ in ("Timedelta", "timedelta", "timedelta64"):
        return f"the duration {cell}"
    return f"{short_repr(cell)} ({type(cell).__name__})"


def remedy(cell: object, columns: Sequence[object] | None) -> str:
    """What the user can do about such a cell."""
    if isinstance(cell, (str, bytes)):
        return "turn text into numbers first, or drop the column" if columns is not None else "turn text into numbers first"
    return "give one real number per cell"


def ragged_error(values: Any, what: str) -> BadInput:
    """The error for values of which NumPy makes no array, most often rows of different lengths."""
    try:
        lengths = [len(row) for row in values]
    except TypeError:
        return BadInput(f"{what} must be a table of numbers; this cannot be read as numbers.")
    differs = next((row for row, length in enumerate(lengths) if length != lengths[0]), None)
    if differs is None:
        return BadInput(f"{what} must be a table of numbers; this cannot be read as numbers.")
    return BadInput(
        f"{what} must be a table with rows of one length, but row {differs} has {lengths[differs]:,} and row 0 has {lengths[0]:,}."
    )
