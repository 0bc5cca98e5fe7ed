"""Label encoding: names, categories, numbers, booleans, dates and bytes as int64 classes."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from vaegc.checks._cells import missing_mask
from vaegc.checks._unwrap import array_of_tensor, frame_by_protocol, is_tensor
from vaegc.errors import BadInput
from vaegc.wording import counted, verb_form

MAX_NAME_CHARACTERS = 256  # of a class name, as of a file's name
MAX_CLASSES = 10_000  # distinct labels of one data set
FLOAT64_INTEGER_LIMIT = 2.0**53  # from here on not every whole number is a float64


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
    array = as_label_array(values, what)
    check_one_label_each(array, what, n)
    if array.dtype.kind == "b" or (array.dtype.kind in "iu" and _within_int64(array)):
        return array.astype(np.int64)
    if array.dtype.kind == "f" and bool((array == np.round(array)).all()) and bool((np.abs(array) < FLOAT64_INTEGER_LIMIT).all()):
        return array.astype(np.int64)
    index, names = _codes_and_names(array)
    code, kept = np.empty(len(names), np.int64), 0
    for at, name in enumerate(names):
        if name in ("-1", "-2"):
            code[at] = int(name)
        else:
            code[at], kept = kept, kept + 1
    return code[index]


def encode_labels(values: Any, what: str = "labels") -> tuple[np.ndarray, tuple[str, ...]]:
    """Encode labels of any kind as 0..C-1, in the sorted order of their names, as scikit-learn's `LabelEncoder` does.

    Returns
    -------
    tuple
        Codes (N,) int64 and the C class names.

    Raises
    ------
    BadInput
        A label is missing, there are more than `MAX_CLASSES`, or a name has more than `MAX_NAME_CHARACTERS`.
    """
    array = as_label_array(values, what)
    check_one_label_each(array, what, None)
    index, names = _codes_and_names(array)
    if len(names) > MAX_CLASSES:
        raise BadInput(f"There are {len(names):,} different labels, at most {MAX_CLASSES:,} can be classes; choose other labels.")
    if any(len(name) > MAX_NAME_CHARACTERS for name in names):
        raise BadInput(
            f"A label may have {MAX_NAME_CHARACTERS} characters, and one has {max(map(len, names)):,}; choose other labels."
        )
    return index, tuple(names)


def check_classes(values: Any, n: int, what: str = "labels") -> tuple[np.ndarray, tuple[str, ...] | None]:
    """Validate the true classes of n points.

    Returns
    -------
    tuple
        Classes (n,) int64, 0 and above, and their names; None where the labels were such numbers already.

    Raises
    ------
    BadInput
        A label is missing or negative, or there is not one label per point.
    """
    array = as_label_array(values, what)
    check_one_label_each(array, what, n)
    whole = array.dtype.kind in "iu" or (array.dtype.kind == "f" and bool((array == np.round(array)).all()))
    if not whole or (np.abs(array.astype(np.float64)) >= FLOAT64_INTEGER_LIMIT).any():
        return encode_labels(array, what)
    numbers = array.astype(np.int64)
    if numbers.min() < 0:
        row = int(np.flatnonzero(numbers < 0)[0])
        raise BadInput(
            f"{_sentence_start(what)} must not be negative, and row {row} is {numbers[row]}; leave such points out, or give them a class."
        )
    return numbers, None


def check_one_label_each(array: np.ndarray, what: str, n: int | None) -> None:
    """Raise `BadInput` unless there is one label for each of n points, None for any number of them, and none is missing."""
    if array.ndim != 1 or (n is not None and len(array) != n):
        if n is None:
            raise BadInput(f"{_sentence_start(what)} must be a list of one label per point; got shape {array.shape}.")
        raise BadInput(f"There must be one label per point: {counted(n, 'point')}, {what} of shape {array.shape}.")
    gone = _is_missing(array)
    if gone.any():
        row = int(np.flatnonzero(gone)[0])
        raise BadInput(
            f"{_sentence_start(what)} must name a class for every point, but {int(gone.sum()):,} of {len(array):,} {verb_form(int(gone.sum()), 'are')} missing (the first: "
            f"row {row}); leave those points out, or give them a class."
        )


def _sentence_start(what: str) -> str:
    return what[:1].upper() + what[1:] if what in ("labels", "classes") else what


def as_label_array(values: Any, what: str) -> np.ndarray:
    """Return labels as an array of numbers, of text or of objects, as they are; missing ones are still in it.

    Raises
    ------
    BadInput
        A sparse matrix, a single value, a data set without labels, or an object that is no sequence of labels.
    """
    if type(values).__name__ == "Dataset" and hasattr(values, "class_names"):
        if values.y is None:
            raise BadInput(f"{what} must be labels, and this data set has none.")
        values = values.y
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise BadInput(f"{what} must be a list of labels, and this is a sparse matrix; give its .toarray().")
    if is_tensor(values):
        values = array_of_tensor(values, what)
    elif not isinstance(values, (np.ndarray, list, tuple)) and type(values).__module__.split(".")[0] != "pandas":
        values = frame_by_protocol(values)
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
    return _numeric_if_all_numbers(array) if array.dtype == object else array


def _of_list(values: list[Any] | tuple[Any, ...]) -> Any:
    """The list itself where NumPy keeps the types of its items; else an object array, so that 1 and "1" and True stay apart."""
    kinds = {type(value) for value in values}
    if len(kinds) <= 1 or not kinds & {str, bytes, bool, np.bool_, np.str_, type(None)}:
        return values
    if any(isinstance(value, (list, tuple, np.ndarray)) for value in values):
        return values
    held = np.empty(len(values), object)
    held[:] = values
    return held


def _numeric_if_all_numbers(array: np.ndarray) -> np.ndarray:
    """An object array as int64 or float64 where all objects are such numbers; itself where one is missing or no number."""
    kinds = {type(value) for value in array.ravel().tolist()}
    real = bool(kinds) and all(issubclass(kind, Real) and not issubclass(kind, (bool, np.bool_)) for kind in kinds)
    if real and all(issubclass(kind, Integral) for kind in kinds):
        try:
            return array.astype(np.int64)
        except OverflowError:
            return array
    return array.astype(np.float64) if real and not missing_mask(array).any() else array


def _is_missing(array: np.ndarray) -> np.ndarray:
    return missing_mask(array) if array.dtype.kind in "OfcmM" else np.zeros(array.shape, bool)


def _within_int64(array: np.ndarray) -> bool:
    return array.dtype.kind == "i" or not len(array) or int(array.max()) < 2**63


def _name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < FLOAT64_INTEGER_LIMIT:
        return f"{value:.0f}"
    return str(value)


def _codes_and_names(array: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Codes (N,) int64 of the labels, and the sorted names that they index."""
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
