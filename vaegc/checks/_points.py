"""Validation of points: a table of real numbers becomes an array, everything else an error that names the first bad cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import _cells
from vaegc.checks._unwrap import is_frame, unwrap
from vaegc.checks._values import short_repr
from vaegc.errors import BadInput
from vaegc.wording import counted, counted_of

NUMERIC_KINDS = "biuf"  # `dtype.kind` of NumPy's real numbers
DURATIONS, DATES = (
    "durations; divide them by a unit, such as one day",
    "dates; turn them into numbers, such as days since the first",
)


def as_points(values: Any, what: str = "points", *, dtype: npt.DTypeLike = np.float64) -> np.ndarray:
    """Return `values` as a finite, C-ordered (N, d) array with N, d >= 1, or raise `BadInput`.

    Parameters
    ----------
    values
        Anything that is a table of real numbers: an array of any layout and byte order, lists, a frame of pandas, polars or Arrow,
        nullable or not, a tensor, with or without a gradient, a masked array without masked cells, or a `Dataset` (its `x`), `Space`
        (its points) or `Posterior` (its means).
    what
        Words for the values in messages.
    dtype
        Of the result.

    Raises
    ------
    BadInput
        Complex numbers, dates, durations, words, missing, masked or infinite cells, numbers beyond the range of `dtype`, sparse
        matrices, rows of different lengths, more or fewer than two axes, or nothing at all; row and column are named.

    Notes
    -----
    An array that is as it should be is returned itself, not copied, and read once.
    """
    table, columns = _numeric_table(unwrap(values, what), what)
    with np.errstate(over="ignore"):
        array = np.ascontiguousarray(table, dtype=dtype)
    finite = np.isfinite(array)
    if not finite.all():
        raise _not_finite_error(table, array, finite, what, columns)
    return array


def check_spread(points: np.ndarray, what: str) -> None:
    """Raise `BadInput` unless there are at least two points and two of them differ; `what` needs them, such as "A t-SNE map"."""
    if len(points) < 2:
        raise BadInput(f"{what[:1].upper()}{what[1:]} needs at least 2 points; got {len(points)}.")
    if (points == points[0]).all():
        inside = what[:1].lower() + what[1:] if what[1:2].islower() or what[1:2] == " " else what
        raise BadInput(f"All {len(points):,} points are equal, so {inside} has nothing to separate; give points that differ.")


def _numeric_table(values: Any, what: str) -> tuple[np.ndarray, Sequence[object] | None]:
    """A two-dimensional array of numbers, missing ones NaN, and the names of its columns where they have some."""
    if is_frame(values):
        columns, cells = list(values.columns), _cells_of_frame(values, what)
    else:
        columns, cells = None, _cells_of_array(values, what)
    if 0 in cells.shape:
        raise BadInput(f"{what} must hold at least one point and one feature; got shape {cells.shape}.")
    if cells.ndim != 2:
        hint = "; make one feature of it by .reshape(-1, 1)" if cells.ndim == 1 else ""
        raise BadInput(f"{what} must have two axes (points, features); got shape {cells.shape}{hint}.")
    if cells.dtype.kind == "c":
        raise BadInput(
            f"{what} must be real numbers, and these are complex; give real and imaginary parts as features of their own."
        )
    if cells.dtype.kind in "mM":
        raise BadInput(f"{what} must be numbers, and these are {DATES if cells.dtype.kind == 'M' else DURATIONS}.")
    if cells.dtype.kind in NUMERIC_KINDS:
        return cells, columns
    if cells.dtype.kind == "V":
        raise BadInput(f"{what} must be a plain table of numbers, and this array has named fields; give pandas.DataFrame(array).")
    return _numbers_of_objects(cells, what, columns), columns


def _cells_of_array(values: Any, what: str) -> np.ndarray:
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values)
        if masked.any():
            where = _cells.describe_position(np.argwhere(masked)[0], None)
            raise BadInput(
                f"{what} must be complete, but {counted(int(masked.sum()), 'cell', 'are')} masked (the first: {where}); "
                "fill them, as .filled(value) does, or drop their rows."
            )
        return np.asarray(values.data)
    if isinstance(values, np.ndarray):
        return np.asarray(values)
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError):  # rows of different lengths are a ValueError
        raise _cells.ragged_error(values, what) from None
    if array.dtype.kind in "US":  # NumPy made text of the numbers beside it
        array = np.array(values, dtype=object)
    if array.ndim == 0:
        raise BadInput(f"{what} must be a table of numbers; got {short_repr(values)}.")
    return array


def _cells_of_frame(frame: Any, what: str) -> np.ndarray:
    """Cells of a pandas frame: numbers of one kind where all columns are numbers, objects otherwise."""
    kinds = [getattr(dtype, "kind", "O") for dtype in frame.dtypes]
    for name, kind in zip(frame.columns, kinds, strict=True):
        if kind in "mMc":
            held = {"m": DURATIONS, "c": "complex numbers; give real and imaginary parts as columns of their own"}.get(
                kind, DATES
            )
            raise BadInput(f"{what} must be numbers, and column {name!r} holds {held}.")
    if frame.shape[1] and all(kind in NUMERIC_KINDS for kind in kinds):
        own = all(isinstance(dtype, np.dtype) for dtype in frame.dtypes)
        float32 = all(str(dtype).lower() == "float32" for dtype in frame.dtypes)
        wanted = np.float32 if float32 else np.float64
        return np.asarray(frame.to_numpy(dtype=wanted) if own else frame.to_numpy(dtype=wanted, na_value=np.nan))
    return np.asarray(frame.to_numpy(dtype=object))


def _numbers_of_objects(cells: np.ndarray, what: str, columns: Sequence[object] | None) -> np.ndarray:
    """Objects, or text, that are all real numbers or missing, as float64; raises `BadInput` for the first that is none."""
    bad = _cells.first_non_number(cells)
    if bad is not None:
        where, cell = _cells.describe_position(bad, columns), cells[tuple(bad)]
        raise BadInput(f"{what} must be numbers, but {where} holds {_cells.describe_cell(cell)}; {_cells.remedy(cell, columns)}.")
    missing = _cells.missing_mask(cells)
    if missing.any():
        cells = np.where(missing, np.nan, cells)
    from sklearn.utils.validation import check_array

    try:
        with np.errstate(over="ignore"):
            return np.asarray(check_array(cells, dtype=np.float64, ensure_all_finite=False, input_name=what))
    except OverflowError:
        where = _cells.describe_position(_cells.first_too_large(cells), columns)
        raise BadInput(f"{what} must be within the range of float64, ±1.8e308, but {where} is not; scale the values.") from None
    except (TypeError, ValueError) as error:
        raise BadInput(f"{what} must be a table of numbers; this cannot be read as numbers ({short_repr(str(error))}).") from None


def _not_finite_error(
    table: np.ndarray, array: np.ndarray, finite: np.ndarray, what: str, columns: Sequence[object] | None
) -> BadInput:
    rows = int((~finite.all(axis=1)).sum())
    first = np.argwhere(~finite)[0]
    where = _cells.describe_position(first, columns)
    if np.isfinite(table).all():
        largest = float(np.finfo(array.dtype).max)
        return BadInput(
            f"{what} must be within the range of {array.dtype}, ±{largest:.2g}, but {where} holds {table[tuple(first)]}; scale the values."
        )
    return BadInput(
        f"{what} must be finite, but {counted_of(rows, len(array), 'row', 'hold')} NaN, infinity or "
        f"nothing (the first: {where}); drop or fill them."
    )
