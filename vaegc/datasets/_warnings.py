"""Data warnings on a table of numbers: constant columns, duplicate rows, rounded numbers.

A page and the command line say so in notes; nothing is changed or dropped for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vaegc import robust
from vaegc.datasets._file import first_names, quoted
from vaegc.datasets._values import storage_dtype
from vaegc.datasets.units import unit_warning
from vaegc.wording import counted, counted_of

MAX_EXACT_INTEGER = 2**53  # above, float64 rounds whole numbers
MAX_SMALL_INTEGER = 2**16  # below, whole numbers come from types that float32 holds
_SCREENED_COLUMNS = 16  # columns that tell most rows apart


def as_matrix(numeric: pd.DataFrame) -> np.ndarray:
    """Return columns of numbers as a matrix (N, D) of `storage_dtype`; NaN where a cell is missing."""
    return numeric.to_numpy(dtype=storage_dtype(numeric), na_value=np.nan)


def rounded_integers_warning(numeric: pd.DataFrame) -> list[str]:
    """Return a warning on columns of integers that float64 rounds, such as ids of 17 digits; empty where there are none."""
    whole = numeric.select_dtypes("integer")
    large = (whole.max() > MAX_EXACT_INTEGER) | (whole.min() < -MAX_EXACT_INTEGER)
    rounded = (name for name in whole.columns[large] if any(int(float(one)) != one for one in whole[name].dropna().tolist()))
    found = list(rounded)
    return [rounded_integers_note(found)] if found else []


def rounded_integers_note(names: Sequence[object]) -> str:
    """Return the warning on columns of integers beyond 2^53."""
    return f"whole numbers above {MAX_EXACT_INTEGER:,} are rounded: {first_names(names)}"


def data_warnings(values: np.ndarray, names: Sequence[object], repeats: int | None = None) -> list[str]:
    """Return warnings on constant columns and duplicate rows of (N, D); none where a value is not finite, which is an error elsewhere."""
    low, high = values.min(axis=0), values.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return []
    notes = []
    constant = [names[i] for i in np.flatnonzero(low == high).tolist()]
    if constant:
        notes.append(f"{counted(len(constant), 'column', 'are')} constant: {first_names(constant)}")
    repeats = count_duplicate_rows(values) if repeats is None else repeats
    if repeats:
        notes.append(f"{counted_of(repeats, len(values), 'row', 'repeat')} the numbers of an earlier one; all are kept")
    return notes


def count_duplicate_rows(x: np.ndarray) -> int:
    """Return how many rows of (N, D) equal an earlier one, with -0 equal to 0; exact."""
    columns = np.unique(np.linspace(0, x.shape[1] - 1, min(_SCREENED_COLUMNS, x.shape[1])).astype(int))
    alike = pd.DataFrame(x[:, columns]).duplicated(keep=False).to_numpy()  # a few columns rule most rows out
    return int(pd.DataFrame(x if alike.all() else x[alike], copy=False).duplicated().sum())


def float32_warning(x: np.ndarray, names: Sequence[object]) -> str | None:
    """Return a warning where float32 is too coarse for (N, D) numbers even around their centre, None where it is not.

    Of numbers that come in float32, whether it was too coarse for them as they are, which nothing can bring back.
    """
    lost = x.dtype == np.float32
    part = x[:: max(1, x.size // robust.MAX_PROBED_NUMBERS)]
    if lost and np.abs(part).max() < MAX_SMALL_INTEGER and (part == np.round(part)).all():
        return None  # small whole numbers, which float32 holds
    center = np.zeros(x.shape[1]) if lost else robust.location(part)
    share = robust.rounding(part, center)
    if share <= robust.NOTABLE_ROUNDING:
        return None
    column = quoted(names[int(np.median(np.abs(part - center), axis=0).argmax())])
    said = f"by about {float(f'{100 * min(share, 1.0):.1g}'):g} % of the distance between neighbours"
    if lost:
        return f"these numbers come in float32, which has rounded column {column} {said}: give them as float64"
    return (
        f"column {column} spans so much that float32, in which networks and pictures compute, rounds it {said}: "
        "give it in two columns (as a day and a second), or leave it out"
    )


def unit_and_precision_warnings(x: np.ndarray, names: Sequence[object], unscaled: bool = True) -> list[str]:
    """Return warnings on a table (N, D) of quantities: units that differ, unless scaled, and columns too coarse in float32."""
    notes = (unit_warning(x, names) if unscaled else None, float32_warning(x, names))
    return [note for note in notes if note is not None]
