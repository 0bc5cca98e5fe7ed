"""Labels of any kind become numbers, in one way: names, categories, numbers, true and false, dates, bytes."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from vaegc.checks._cells import missing
from vaegc.checks._unwrap import _is_tensor, _of_other_tables, _of_tensor
from vaegc.errors import BadInput
from vaegc.wording import counted

LONGEST_NAME = 256  # characters, as of a file's name
MOST_CLASSES = 10_000
EXACT = 2.0**53  # from here on not every whole number is a float


def as_classes(values: Any, what: str = "labels", n: int | None = None) -> np.ndarray:
    """Return labels of any kind as (N,) int64 that are equal where the labels are, or raise `BadInput`.

    Parameters
    ----------
    values
        One label per point: whole numbers, in whatever type they come, stay what they are; everything else is numbered by its name in
        sorted order, but for the names "-1" and "-2", noise and unassigned, which stay -1 and -2.
    what
        Words for the values in messages.
    n
        Number of points; None: any.

    Raises
    ------
    BadInput
        A label is missing, or there is not one label per point.
    """
    array = _column(values, what)
    check_one_each(array, what, n)
    if array.dtype.kind == "b" or (array.dtype.kind in "iu" and _within_int64(array)):
        return array.astype(np.int64)
    if array.dtype.kind == "f" and bool((array == np.round(array)).all()) and bool((np.abs(array) < EXACT).all()):
        return array.astype(np.int64)
    index, names = _numbered(array)
    code, kept = np.empty(len(names), np.int64), 0
    for at, name in enumerate(names):
        if name in ("-1", "-2"):
            code[at] = int(name)
        else:
            code[at], kept = kept, kept + 1
    return code[index]


def encode_labels(values: Any, what: str = "labels") -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn labels of any kind into 0..C-1 (N,) int64 and their names, in sorted order; raises `BadInput` for what can be no classes."""
    array = _column(values, what)
    check_one_each(array, what, None)
    index, names = _numbered(array)
    if len(names) > MOST_CLASSES:
        raise BadInput(
            f"There are {len(names):,} different labels, at most {MOST_CLASSES:,} can be classes; choose other labels."
        )
    if any(len(name) > LONGEST_NAME for name in names):
        raise BadInput(f"A label may have {LONGEST_NAME} characters, and one has {max(map(len, names)):,}; choose other labels.")
    return index, tuple(names)


def check_classes(values: Any, n: int, what: str = "labels") -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Return true classes of n points as numbers 0 and above, with their names where they are no whole numbers themselves."""
    array = _column(values, what)
    check_one_each(array, what, n)
    whole = array.dtype.kind in "iu" or (array.dtype.kind == "f" and bool((array == np.round(array)).all()))
    if not whole or (np.abs(array.astype(np.float64)) >= EXACT).any():
        return encode_labels(array, what)
    numbers = array.astype(np.int64)
    if numbers.min() < 0:
        row = int(np.flatnonzero(numbers < 0)[0])
        raise BadInput(
            f"{_lead(what)} must not be negative, and row {row} is {numbers[row]}; leave such points out, or give them a class."
        )
    return numbers, None


def check_one_each(array: np.ndarray, what: str, n: int | None) -> None:
    """Raise `BadInput` unless there is one label for each of n points, None for any number of them, and none is missing."""
    if array.ndim != 1 or (n is not None and len(array) != n):
        if n is None:
            raise BadInput(f"{_lead(what)} must be a list of one label per point; got shape {array.shape}.")
        raise BadInput(f"There must be one label per point: {counted(n, 'point')}, {what} of shape {array.shape}.")
    gone = _gone(array)
    if gone.any():
        row = int(np.flatnonzero(gone)[0])
        raise BadInput(
            f"{_lead(what)} must name a class for every point, but {int(gone.sum()):,} of {len(array):,} {'is' if gone.sum() == 1 else 'are'} missing (the first: "
            f"row {row}); leave those points out, or give them a class."
        )


def _lead(what: str) -> str:
    return what[:1].upper() + what[1:] if what in ("labels", "classes") else what


def _column(values: Any, what: str) -> np.ndarray:
    """Labels as an array of numbers, of text, or of objects; missing ones are still in it."""
    if type(values).__name__ == "Dataset" and hasattr(values, "class_names"):
        if values.y is None:
            raise BadInput(f"{what} must be labels, and this data set has none.")
        values = values.y
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise BadInput(f"{what} must be a list of labels, and this is a sparse matrix; give its .toarray().")
    if _is_tensor(values):
        values = _of_tensor(values, what)
    elif not isinstance(values, (np.ndarray, list, tuple)) and type(values).__module__.split(".")[0] != "pandas":
        values = _of_other_tables(values)
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values)
        if masked.any():
            held = np.asarray(values.data).astype(object)
            held[masked] = None
            return held
        values = values.data
    if hasattr(values, "dtype") and not isinstance(values, np.ndarray):  # pandas: categories, nullable numbers, text
        values = values.to_numpy(dtype=object) if not isinstance(values.dtype, np.dtype) else values.to_numpy()
    if isinstance(values, (list, tuple)):
        values = _of_list(values)
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError):
        raise BadInput(f"{what} must be a list of labels, one per point; this cannot be read as one.") from None
    if array.ndim == 0:
        raise BadInput(f"{what} must be a list of labels, one per point; got {type(values).__name__}.")
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "backslashreplace")
    return _plainest(array) if array.dtype == object else array


def _of_list(values: list[Any] | tuple[Any, ...]) -> Any:
    """A list as it is where NumPy makes no text of its numbers, True 1 or the like; else its objects."""
    kinds = {type(value) for value in values}
    if len(kinds) <= 1 or not kinds & {str, bytes, bool, np.bool_, np.str_, type(None)}:
        return values
    if any(isinstance(value, (list, tuple, np.ndarray)) for value in values):
        return values
    held = np.empty(len(values), object)
    held[:] = values
    return held


def _plainest(array: np.ndarray) -> np.ndarray:
    """Objects that are all whole numbers, or all numbers, as an array of them; missing ones stay objects."""
    kinds = {type(value) for value in array.ravel().tolist()}
    real = bool(kinds) and all(issubclass(kind, Real) and not issubclass(kind, (bool, np.bool_)) for kind in kinds)
    if real and all(issubclass(kind, Integral) for kind in kinds):
        try:
            return array.astype(np.int64)
        except OverflowError:
            return array
    return array.astype(np.float64) if real and not missing(array).any() else array


def _gone(array: np.ndarray) -> np.ndarray:
    return missing(array) if array.dtype.kind in "OfcmM" else np.zeros(array.shape, bool)


def _within_int64(array: np.ndarray) -> bool:
    return array.dtype.kind == "i" or not len(array) or int(array.max()) < 2**63


def _name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < EXACT:
        return f"{value:.0f}"
    return str(value)


def _numbered(array: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Index (N,) into the sorted names of the labels."""
    if array.dtype != object:
        known, index = np.unique(array, return_inverse=True)
        return index.astype(np.int64), [_name(value) for value in known]
    # A text that is long or often repeated must not be given the room of the longest one in every row.
    place: dict[str, int] = {}
    met = np.fromiter((place.setdefault(_name(value), len(place)) for value in array.tolist()), np.int64, len(array))
    names = sorted(place)
    order = np.empty(len(place), np.int64)
    order[[place[name] for name in names]] = np.arange(len(place))
    return order[met], names
