"""Column types of a table, and their suggested roles: features, labels, ids, an embedding."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from vaegc import robust
from vaegc.checks import encode_labels
from vaegc.datasets._file import UserFile, first_names, printable, quoted
from vaegc.datasets._frame import Table
from vaegc.datasets._preview import Column, Preview
from vaegc.datasets._table import identifies_rows
from vaegc.datasets._values import as_text, check_size
from vaegc.datasets._warnings import (
    as_matrix,
    count_duplicate_rows,
    data_warnings,
    rounded_integers_warning,
    unit_and_precision_warnings,
)
from vaegc.datasets.files import find_stray_text, label_column, numeric_columns
from vaegc.errors import BadInput
from vaegc.wording import counted, counted_of

HEAD_ROWS = 8  # shown as they are
HEAD_COLUMNS = 100  # of those rows
MAX_CELL_CHARACTERS = 100  # characters of a shown cell
MAX_DISTINCT_COUNTED = 1000  # different values that are counted
MAX_CLASSES_LISTED = 1000  # whose sizes are listed
MAX_SUGGESTED_ID_CHARACTERS = 100  # characters of a name of a row that is suggested
MAX_UNNAMED_EMBEDDING_COLUMNS = 256  # of a matrix without names that may be an embedding
_SAMPLED_CELLS = 2_000_000  # cells
_ID_NAME = re.compile(
    r"(id|ids|idx|index|name|names|key|uuid|guid|row|sample|cell|barcode|filename|file|path)|.+[ _.-](id|idx|index|name)|.+Id"
)
_DATE = re.compile(r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})([ T].*)?\s*")
_COORDINATE = re.compile(
    r"(x|z|d|dim|latent|emb|embedding|umap|t-?sne|pc|pca|ic|ica|mds|phate|comp|component)[ _.-]?\d+", re.IGNORECASE
)


def describe_table(
    table: Table, file: UserFile, size: int, head: pd.DataFrame, label: object | None, pixels: str = ""
) -> Preview:
    """Return the preview of a table; `label` is the suggested column, `pixels` a note on pictures in an array. Raises `BadInput` as loading would."""
    frame = table.frame
    every = list(frame.columns)
    if frame.empty:
        raise BadInput(f"{file.name} holds no rows.")
    numeric = numeric_columns(frame)
    kinds = _kinds(frame, numeric)
    ids = _ids(frame, table, label, kinds)
    values = as_matrix(numeric)
    place: dict[object, int] = {name: i for i, name in enumerate(numeric.columns)}
    usable, notes = _usable(frame, values, place, [label, *ids], table, kinds)
    if not usable:
        raise BadInput(f"{file.name} has no column of numbers; its columns are {first_names(every)}.")
    if len(frame) < 2:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    if len(usable) < values.shape[1]:
        values = values[:, np.array([place[name] for name in usable])]
    good = np.isfinite(values).all(axis=1)
    if label is not None:
        good &= frame[label].notna().to_numpy()
    if good.sum() < 2:
        worst = usable[int((~np.isfinite(values)).sum(axis=0).argmax())]
        raise BadInput(
            f"Every row of {file.name} has a missing or infinite value, most of them in column {quoted(worst)}; fill or remove such columns."
        )
    dropped = int((~good).sum())
    if dropped:
        values = values[good]
        notes.append(f"{counted_of(dropped, len(frame), 'row', 'have')} missing or infinite values and would be dropped")
    check_size(values, usable, file.name)
    repeats = count_duplicate_rows(values)
    odd = [*rounded_integers_warning(numeric[usable]), *data_warnings(values, usable, repeats)]
    if not pixels:
        odd += unit_and_precision_warnings(values, usable)
    why = "" if pixels else _embedding(usable, table, values)
    classes = {} if label is None else _class_counts(frame[label].dropna())
    return Preview(
        name=file.name, kind="table", n=len(frame), size=size, d=len(usable), head=head,
        notes=(*table.notes, *([pixels] if pixels else []), *notes, *odd),
        columns=_columns(frame, numeric, kinds), label=None if label is None else str(label), ids=str(ids[0]) if ids else None,
        features=tuple(map(str, usable)), duplicated=repeats, dropped=dropped, why_embedding=why,
        classes=classes if len(classes) <= MAX_CLASSES_LISTED else {},
    )  # fmt: skip


def suggest_label(table: Table) -> object | None:
    """Return the column that `load_dataset` would take as true classes, or None."""
    return label_column(table.frame)


def table_head(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the first rows and columns for display, with long texts shortened and column names as text."""
    some_rows = frame.iloc[:HEAD_ROWS, :HEAD_COLUMNS].copy()
    for name in some_rows.columns:
        if not pd.api.types.is_numeric_dtype(some_rows[name]):
            some_rows[name] = [None if value is None or value is pd.NaT else _cell(value) for value in some_rows[name].tolist()]
    return some_rows.set_axis([str(name) for name in some_rows.columns], axis=1)


def _cell(value: object) -> str:
    words = as_text(value)
    return words if len(words) <= MAX_CELL_CHARACTERS else words[: MAX_CELL_CHARACTERS - 1] + "…"


def _class_counts(labels: pd.Series) -> dict[str, int]:
    index, names = encode_labels(labels)
    return dict(zip(names, np.bincount(index, minlength=len(names)).tolist(), strict=True))


def _kinds(frame: pd.DataFrame, numeric: pd.DataFrame) -> dict[object, str]:
    """What each column holds, from its first rows; whether words are among numbers, from all of them."""
    rows = max(200, _SAMPLED_CELLS // max(1, frame.shape[1]))
    matrix = numeric.head(rows).to_numpy(dtype=np.float64, na_value=np.nan)
    whole = np.where(np.isfinite(matrix), matrix == np.round(matrix), np.isnan(matrix)).all(axis=0)
    kinds: dict[object, str] = {
        name: "whole" if is_whole else "number" for name, is_whole in zip(numeric.columns, whole, strict=True)
    }
    for name in frame.columns:
        if name not in kinds:
            kinds[name] = _kind(frame[name], rows)
    return kinds


def _kind(column: pd.Series, rows: int) -> str:
    known = column.head(rows).dropna().head(200)
    if pd.api.types.is_bool_dtype(column) or (len(known) and all(isinstance(value, (bool, np.bool_)) for value in known)):
        return "truth"
    if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
        return "date"
    if find_stray_text(column) is not None:
        return "mixed"
    looked = known.tolist()
    dates = sum(isinstance(value, datetime.date) or bool(_DATE.fullmatch(str(value)[:40])) for value in looked)
    return "date" if looked and dates >= 0.9 * len(looked) else "text"


def _columns(frame: pd.DataFrame, numeric: pd.DataFrame, kinds: dict[object, str]) -> tuple[Column, ...]:
    rows = max(200, _SAMPLED_CELLS // max(1, frame.shape[1]))
    matrix = numeric.head(rows).to_numpy(dtype=np.float64, na_value=np.nan)
    firsts = matrix[np.argmin(np.isnan(matrix), axis=0), np.arange(matrix.shape[1])].tolist()
    matrix = np.sort(matrix, axis=0)  # missing ones come last
    different = (~np.isnan(matrix[:1])).sum(axis=0) + ((matrix[1:] != matrix[:-1]) & ~np.isnan(matrix[1:])).sum(axis=0)
    # All at once: a table may have 10,000 columns of numbers.
    seen: dict[object, tuple[int, str]] = {
        name: (count, "" if np.isnan(first) else f"{first:{'g' if kinds[name] == 'number' else '.15g'}}")
        for name, count, first in zip(numeric.columns, different.tolist(), firsts, strict=True)
    }
    for name in frame.columns:
        if name not in seen:
            looked = frame[name].head(rows)
            at = looked.first_valid_index()
            seen[name] = looked.nunique(), "" if at is None else printable(looked[at])
    missing = frame.isna().sum().tolist()
    return tuple(
        Column(str(name), kinds[name], int(gone), min(int(seen[name][0]), MAX_DISTINCT_COUNTED), seen[name][1])
        for name, gone in zip(frame.columns, missing, strict=True)
    )


def _ids(frame: pd.DataFrame, table: Table, label: object | None, kinds: dict[object, str]) -> list[object]:
    """Columns that tell the rows apart by name, the most likely one first; none of them is a feature."""
    first = [name for name in table.row_names if name != label]
    others = [name for name in frame.columns if name != label and name not in first]
    named = [name for name in others if kinds[name] in ("text", "whole", "mixed") and _is_id_name(str(name).strip())]
    called = [name for name in named if identifies_rows(frame[name])]
    texts = [name for name in others if name not in called and kinds[name] == "text" and identifies_rows(frame[name])]
    return [
        *first,
        *called,
        *(name for name in texts[:1] if max(len(str(value)) for value in frame[name].tolist()) <= MAX_SUGGESTED_ID_CHARACTERS),
    ]


def _is_id_name(name: str) -> bool:
    return bool(_ID_NAME.fullmatch(name) or _ID_NAME.fullmatch(name.lower()))


def _usable(
    frame: pd.DataFrame,
    values: np.ndarray,
    place: dict[object, int],
    taken: Sequence[object],
    table: Table,
    kinds: dict[object, str],
) -> tuple[list[object], list[str]]:
    """Columns that can be features, and notes on the others that hold numbers."""
    finite = np.isfinite(values)
    gone = 1 - finite.mean(axis=0)
    large = np.zeros(values.shape[1], bool)
    if values.dtype != np.float32:
        with np.errstate(invalid="ignore"):
            large = (finite & (np.abs(values) > robust.MAX_MAGNITUDE)).any(axis=0)
    others = [name for name in place if name not in taken]
    empty = [name for name in others if gone[place[name]] == 1]
    holes = [name for name in others if 0.5 < gone[place[name]] < 1]
    huge = [name for name in others if large[place[name]] and name not in holes]
    left = {*empty, *holes, *huge}
    notes = [f"empty: {first_names(empty)}"] if empty else []
    notes += [f"more than half missing, so not suggested: {first_names(holes)}"] if holes else []
    notes += [f"numbers beyond {robust.MAX_MAGNITUDE:.0e}, so no feature: {first_names(huge)}"] if huge else []
    notes += [f"left out, nested: {first_names(table.nested)}"] if table.nested else []
    for name in frame.columns:
        found = find_stray_text(frame[name]) if kinds[name] == "mixed" else None
        if found is not None:
            notes.append(
                f"column {quoted(name)} holds numbers, but {found[1]!r} in row {found[0]} is none ({found[2]:,} such cells)"
            )
    usable = [name for name in others if name not in left]
    return usable or holes, notes


def _embedding(features: list[object], table: Table, values: np.ndarray) -> str:
    """Why the features look like an embedding, as the end of a sentence; empty where they do not."""
    names = [str(name) for name in features]
    stems = {re.sub(r"[ _.-]?\d+$", "", name).lower() for name in names}
    if table.named and len(stems) == 1 and all(_COORDINATE.fullmatch(name) for name in names):
        return f"its columns are called {first_names(features[:3])}{' …' if len(features) > 3 else ''}"
    if table.named and sorted(name.lower() for name in names) in (["x", "y"], ["x", "y", "z"]):
        return f"its columns are called {first_names(features)}"
    if table.named or values.shape[1] > MAX_UNNAMED_EMBEDDING_COLUMNS or (values == np.round(values)).all():
        return ""
    if values.shape[1] <= 3:
        return f"it is a matrix of {counted(values.shape[1], 'column')} without names"
    return (
        f"it is a matrix of {counted(values.shape[1], 'column')} without names, with negative values" if values.min() < 0 else ""
    )
