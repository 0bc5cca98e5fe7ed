"""What is odd in a table of numbers without being wrong: constant columns, repeated rows, numbers that are rounded.

A page and the command line say so in notes; nothing is changed or dropped for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from vaegc import robust
from vaegc.datasets._file import quoted, some
from vaegc.datasets._values import kept_type
from vaegc.datasets.units import note_of_units
from vaegc.wording import counted

WHOLE = 2**53  # above, float64 rounds whole numbers
EXACT32 = 2**16  # below, whole numbers come from types that float32 holds
_TELLING = 16  # columns that tell most rows apart


def values_of(numeric: pd.DataFrame) -> np.ndarray:
    """Columns of numbers as (N, D) in the type that they are kept in; NaN where a cell is missing."""
    return numeric.to_numpy(dtype=kept_type(numeric), na_value=np.nan)


def rounded_whole(numeric: pd.DataFrame) -> list[str]:
    """A note on columns of whole numbers that float64 rounds, as it does ids of 17 digits."""
    whole = numeric.select_dtypes("integer")
    large = (whole.max() > WHOLE) | (whole.min() < -WHOLE)
    rounded = (name for name in whole.columns[large] if any(int(float(one)) != one for one in whole[name].dropna().tolist()))
    found = list(rounded)
    return [note_of_rounded(found)] if found else []


def note_of_rounded(names: Sequence[object]) -> str:
    """The note on columns of whole numbers that are too large."""
    return f"whole numbers above {WHOLE:,} are rounded: {some(names)}"


def oddities(values: np.ndarray, names: Sequence[object], repeats: int | None = None) -> list[str]:
    """Notes on numbers (N, D); none where they are not finite, which is an error elsewhere."""
    low, high = values.min(axis=0), values.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return []
    notes = []
    constant = [names[i] for i in np.flatnonzero(low == high).tolist()]
    if constant:
        notes.append(f"{len(constant):,} {'column is' if len(constant) == 1 else 'columns are'} constant: {some(constant)}")
    repeats = repeated(values) if repeats is None else repeats
    if repeats:
        notes.append(
            f"{repeats:,} of {counted(len(values), 'row')} {'repeats' if repeats == 1 else 'repeat'} the numbers of an earlier one; all are kept"
        )
    return notes


def repeated(x: np.ndarray) -> int:
    """How many rows of (N, D) equal an earlier one, -0 and 0 being one number; exact."""
    columns = np.unique(np.linspace(0, x.shape[1] - 1, min(_TELLING, x.shape[1])).astype(int))
    alike = pd.DataFrame(x[:, columns]).duplicated(keep=False).to_numpy()  # a few columns rule most rows out
    return int(pd.DataFrame(x if alike.all() else x[alike], copy=False).duplicated().sum())


def note_of_float32(x: np.ndarray, names: Sequence[object]) -> str | None:
    """A note where float32 is too coarse for (N, D) numbers even around their centre, None where it is not.

    Of numbers that come in float32, whether it was too coarse for them as they are, which nothing can bring back.
    """
    lost = x.dtype == np.float32
    part = x[:: max(1, x.size // robust.MOST_NUMBERS)]
    if lost and np.abs(part).max() < EXACT32 and (part == np.round(part)).all():
        return None  # small whole numbers, which float32 holds
    centre = np.zeros(x.shape[1]) if lost else robust.location(part)
    share = robust.rounding(part, centre)
    if share <= robust.COARSE:
        return None
    column = quoted(names[int(np.median(np.abs(part - centre), axis=0).argmax())])
    said = f"by about {float(f'{100 * min(share, 1.0):.1g}'):g} % of the distance between neighbours"
    if lost:
        return f"these numbers come in float32, which has rounded column {column} {said}: give them as float64"
    return (
        f"column {column} spans so much that float32, in which networks and pictures compute, rounds it {said}: "
        "give it in two columns (as a day and a second), or leave it out"
    )


def measured_notes(x: np.ndarray, names: Sequence[object], unscaled: bool = True) -> list[str]:
    """Notes on a table (N, D) of quantities: units that differ, unless they were scaled, and a float32 that is too coarse."""
    notes = (note_of_units(x, names) if unscaled else None, note_of_float32(x, names))
    return [note for note in notes if note is not None]
