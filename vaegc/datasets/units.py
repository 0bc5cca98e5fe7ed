"""Columns in units that differ: which one decides all distances alone. One rule for notes of data sets, previews and pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vaegc.datasets._file import quoted

MIN_WIDTH_RATIO = 50.0  # times as wide as a narrow column, from where the widest column is told
FEW_COLUMNS = 12  # columns of which each one counts as narrow; of more, up to a third of those beyond may be narrower still
_SAMPLED_ROWS = 2000  # rows from which the widths of columns are taken
_MAX_RATIO_SHOWN = 1e6  # times


def differing_units(x: np.ndarray) -> tuple[int, int, float] | None:
    """Columns so unequal in width that distances follow the widest alone, as of metres beside millimetres.

    The width of a column is its median absolute deviation, which a few wild rows do not change. Constant, nearly constant and
    two-valued columns are left out of the comparison, and of many columns the narrowest, as pixels near the edge of pictures are.

    Parameters
    ----------
    x
        (N, D) features, in the units that they came in.

    Returns
    -------
    Number of the widest column, that of the narrow one it is compared with, and how many times as wide it is; None below 50 times.

    Notes
    -----
    50 was chosen on development data: wine, breast cancer, statlog, glass, flow cytometry and places with heights are told (from 300
    times on), and so are centimetres beside metres; iris, diabetes, linnerud, sonar, pixels of four sets of pictures, tf-idf, counts of
    genes, latent spaces, principal components and 2-D shapes are not (up to 31 times).
    """
    some_rows = x
    if len(x) > _SAMPLED_ROWS:
        some_rows = x[np.sort(np.random.default_rng(0).choice(len(x), _SAMPLED_ROWS, replace=False))]
    values = some_rows.astype(np.float64)
    width = np.median(np.abs(values - np.median(values, axis=0)), axis=0)
    two = ((values == values.min(axis=0)) | (values == values.max(axis=0))).all(axis=0)
    able = np.flatnonzero((width > 0) & ~two)
    if len(able) < 2:
        return None
    order = able[np.argsort(width[able], kind="stable")]
    widest, narrow = int(order[-1]), int(order[max(0, len(order) - FEW_COLUMNS) // 3])
    times = float(width[widest] / width[narrow])
    return (widest, narrow, times) if times >= MIN_WIDTH_RATIO else None


def describe_unit_difference(x: np.ndarray, names: Sequence[object]) -> str | None:
    """Say which of the columns (N, D) is how many times as wide as which other, None where their widths are alike."""
    found = differing_units(x)
    if found is None:
        return None
    widest, narrow, times = found
    said = "more than a million" if times > _MAX_RATIO_SHOWN else f"{float(f'{times:.1g}'):,.0f}"
    other = quoted(names[narrow])
    return f"column {quoted(names[widest])} is {said} times as wide as {other if isinstance(names[narrow], str) else f'column {other}'}"


def unit_warning(x: np.ndarray, names: Sequence[object]) -> str | None:
    """The note of a data set on columns (N, D) whose units differ, None where they do not."""
    words = describe_unit_difference(x, names)
    return None if words is None else f"{words}, and distances follow the widest: scale='standard' makes them equal"
