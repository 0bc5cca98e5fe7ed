"""What is odd in a table of numbers without being wrong: constant columns, repeated rows, numbers that float32 rounds.

A page and the command line say so in notes; nothing is changed or dropped for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vaegc.datasets._file import OwnFile, quoted, some
from vaegc.errors import BadInput

FLOAT32_MOST = float(np.finfo(np.float32).max)
FLOAT32_WHOLE = 2**24  # above, float32 rounds whole numbers
_AT_A_TIME = 1 << 22  # values


def in_float32(values: np.ndarray, names: Sequence[object], file: OwnFile) -> np.ndarray:
    """Return numbers (N, D) as float32; raises `BadInput` for finite ones that it cannot hold."""
    if values.dtype == np.float32:
        return values
    x = np.empty(values.shape, np.float32)
    for rows in _chunks(values):
        with np.errstate(over="ignore"):
            x[rows] = values[rows]
        lost = np.isinf(x[rows]) & np.isfinite(values[rows])
        if lost.any():
            row, column = (int(i[0]) for i in np.nonzero(lost))
            raise BadInput(
                f"{file.name}: column {quoted(names[column])} holds {float(values[rows][row, column]):.3g}, and numbers may have at most "
                f"{FLOAT32_MOST:.2g}; rescale or leave out that column."
            )
    return x


def oddities(values: np.ndarray, x: np.ndarray, names: Sequence[object], repeats: int | None = None) -> list[str]:
    """Notes on numbers (N, D) as they were and as float32; none where they are not finite, which is an error elsewhere."""
    low, high = values.min(axis=0), values.max(axis=0)
    if not np.isfinite([low.astype(np.float64), high.astype(np.float64)]).all():
        return []
    notes = []
    constant = [names[i] for i in np.flatnonzero(low == high).tolist()]
    if constant:
        notes.append(f"{len(constant):,} {'column is' if len(constant) == 1 else 'columns are'} constant: {some(constant)}")
    large = np.flatnonzero(np.maximum(np.abs(low.astype(np.float64)), np.abs(high.astype(np.float64))) > FLOAT32_WHOLE).tolist()
    rounded = [names[i] for i in large if (values[:, i] == np.round(values[:, i])).all() and (values[:, i] != x[:, i]).any()]
    if rounded:
        notes.append(f"whole numbers above {FLOAT32_WHOLE:,} are rounded: {some(rounded)}")
    repeats = repeated(x) if repeats is None else repeats
    if repeats:
        notes.append(f"{repeats:,} of {len(x):,} rows repeat the numbers of an earlier one; all are kept")
    return notes


def repeated(x: np.ndarray) -> int:
    """How many rows of (N, D) float32 equal an earlier one, up to a chance of about 1e-9: rows are compared by a hash."""
    weights = np.random.default_rng(0).integers(0, 2**63, x.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(len(x), np.uint64)
    for rows in _chunks(x):
        bits = (np.ascontiguousarray(x[rows]) + np.float32(0)).view(np.uint32)  # -0 and 0 are one number
        mixed = bits * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        hashes[rows] = (mixed * weights).sum(axis=1)
    return len(x) - len(np.unique(hashes))


def _chunks(values: np.ndarray) -> Iterator[slice]:
    step = max(1, _AT_A_TIME // max(1, values.shape[1]))
    return (slice(i, i + step) for i in range(0, len(values), step))
