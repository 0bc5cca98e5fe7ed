"""The user's tables: CSV, Parquet, NPZ, NPY and columns in a text file, made into numbers, labels and ids.

Nothing is unpickled. Every problem is one sentence that says what to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from vaegc.checks import MAX_CLASSES, encode_labels
from vaegc.datasets._arrays import read_arrays
from vaegc.datasets._file import UserFile, first_names, printable, quoted
from vaegc.datasets._frame import Table
from vaegc.datasets._loaded import Loaded
from vaegc.datasets._table import find_column, read_table
from vaegc.datasets._values import MAX_ID_CHARACTERS, as_ids, as_text, check_size, storage_dtype
from vaegc.datasets._warnings import as_matrix, data_warnings, rounded_integers_warning
from vaegc.errors import BadInput
from vaegc.wording import counted, counted_of

LABEL_COLUMNS = ("y", "label", "labels", "class", "target")  # taken as true classes, whatever their case

Columns = Sequence[str | int]
Label = str | Literal[False] | None


def read(
    file: UserFile | Path,
    label: Label = None,
    columns: Columns | None = None,
    ids: str | int | None = None,
    max_points: int | None = None,
) -> Loaded:
    """Read a table of numbers.

    Parameters
    ----------
    file
        A file that holds a table.
    label
        Column (in .npz: array) of the true classes; None takes one of `LABEL_COLUMNS` where there is one, False takes none.
    columns
        Features, by name or by number from 0; None takes all columns of numbers.
    ids
        Column (in .npz: array) of the names of the rows, which is no feature.
    max_points
        Rows that are taken; None: any number.

    Raises
    ------
    BadInput
        No such file or column, or no table of numbers; with the reason.
    """
    file = UserFile.of(file)
    file.check()
    if file.suffix in (".npy", ".npz"):
        return _from_arrays(file, label, columns, ids, max_points)
    return _from_table(read_table(file, ids, max_points), file, label, columns, ids)


def label_column(frame: pd.DataFrame) -> object | None:
    """Name of the column that holds true classes by its name and values, None where none does."""
    named = (c for c in frame.columns if str(c).lower() in LABEL_COLUMNS)
    return next((c for c in named if _holds_classes(frame[c])), None)


def _holds_classes(column: pd.Series) -> bool:
    """Short text, or whole numbers with repeats: a coordinate that happens to be called y is neither."""
    known = column.dropna()
    if known.nunique() > MAX_CLASSES:
        return False
    if not pd.api.types.is_numeric_dtype(known):
        return all(len(str(value)) <= MAX_ID_CHARACTERS for value in known.unique())
    return bool((known == known.round()).all()) and known.nunique() <= max(2, len(known) // 2)


# --- tables ----------------------------------------------------------------------------------------------------------


def _from_table(table: Table, file: UserFile, label: Label, columns: Columns | None, ids: str | int | None) -> Loaded:
    frame = table.frame
    if frame.empty:
        raise BadInput(f"{file.name} holds no rows.")
    every = list(frame.columns)
    own = None if ids is None else find_column(every, ids, file)
    asked = None if columns is None else [find_column(every, name, file) for name in columns]
    classes = None if label is False else find_column(every, label, file) if label is not None else None
    if label is None:
        classes = label_column(frame.drop(columns=list({*(asked or []), *([] if own is None else [own])})))
    if own is not None and own in [classes, *(asked or [])]:
        raise BadInput(f"Column {quoted(own)} of {file.name} holds ids, so it can be neither feature nor labels; choose another.")
    if asked is not None:
        features = _selected_columns(frame, asked, classes, file)
    else:
        others = [c for c in (classes, own) if c is not None]
        features = frame.drop(columns=[*others, *(c for c in table.row_names if c not in others)])
    check_no_stray_text(features, file)
    numeric = numeric_columns(features)
    if asked is None:
        blank = [c for c in numeric.columns if numeric[c].isna().all()]
        numeric = numeric.drop(columns=blank)
    if numeric.shape[1] == 0:
        raise BadInput(f"{file.name} has no column of numbers; its columns are {first_names(every)}.")
    if len(frame) < 2:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    if asked is None:
        notes = [f"{counted(numeric.shape[1], 'numeric column')} of {file.name}", *table.notes]
        notes += [f"column {quoted(c)} left out: it only names the rows" for c in table.row_names if c not in (own, classes)]
        notes += [f"left out, empty: {first_names(blank)}"] if blank else []
        if classes is None and label is None:
            named = [c for c in numeric.columns if str(c).lower() in LABEL_COLUMNS]
            notes += [f"column {quoted(c)} holds no classes and counts as a feature" for c in named]
        left = [c for c in features.columns if c not in numeric.columns and c not in blank]
        notes += [f"left out, not numeric: {first_names(left)}"] if left else []
        notes += [f"left out, nested: {first_names(table.nested)}"] if table.nested else []
    else:
        notes = [f"columns of {file.name} as asked for: {first_names(asked)}", *table.notes]
    values = as_matrix(numeric)
    good = np.isfinite(values).all(axis=1)
    if classes is not None:
        good &= frame[classes].notna().to_numpy()
    if good.sum() < 2 <= np.isfinite(values).all(axis=1).sum():
        raise BadInput(f"{file.name} has too few labels in column {quoted(classes)}; fill it, or choose another.")
    if good.sum() < 2:
        worst = numeric.columns[int((~np.isfinite(values)).sum(axis=0).argmax())]
        which = f"Every row of {file.name}" if not good.any() else f"Every row of {file.name} but one"
        raise BadInput(
            f"{which} has a missing or infinite value, most of them in column {quoted(worst)}; fill or remove such columns."
        )
    if not good.all():
        notes.append(f"{int((~good).sum()):,} of {counted(len(good), 'row')} dropped: missing or infinite values")
        values = values[good]
    y = names = None
    if classes is not None:
        y, names = encode_labels(frame[classes][good], f"labels in column {quoted(classes)}")
        notes.append(f"true classes from column {quoted(classes)}")
    own_names = None if own is None else ids_as_text(frame[own][good])
    if own is not None:
        notes.append(f"ids from column {quoted(own)}")
    known = tuple(map(str, numeric.columns)) if table.named else None
    used = list(numeric.columns)
    check_size(values, used, file.name)
    return Loaded(
        values, y, class_names=names, notes=(*notes, *rounded_integers_warning(numeric), *data_warnings(values, used)), ids=own_names,
        rows=None if good.all() else np.flatnonzero(good), n_source=len(good), features=known, has_units=True,
    )  # fmt: skip


def numeric_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of numbers; spans of time, which pandas counts among them, are none."""
    return frame.select_dtypes("number", exclude="timedelta")


def ids_as_text(column: pd.Series) -> np.ndarray:
    """Names of rows as text, empty where one is missing."""
    if pd.api.types.is_float_dtype(column) and (known := column.dropna()).equals(known.round()):
        column = column.astype("Int64")  # a missing one made floats of whole numbers
    return as_ids(["" if missing else as_text(value) for value, missing in zip(column.tolist(), column.isna(), strict=True)])


def _selected_columns(frame: pd.DataFrame, asked: list[object], label: object | None, file: UserFile) -> pd.DataFrame:
    if not asked:
        raise BadInput(f"columns must name at least one column of {file.name}; got none.")
    if len(set(asked)) < len(asked) or label in asked:
        raise BadInput(
            f"columns must name every column of {file.name} once, and not that of the labels; got {first_names(asked)}."
        )
    numbers = set(numeric_columns(frame).columns)
    for name in asked:
        if name not in numbers:
            check_no_stray_text(frame[[name]], file)
            raise BadInput(f"Column {quoted(name)} of {file.name} holds no numbers; choose others.")
        if len(frame) and frame[name].isna().all():
            raise BadInput(f"Column {quoted(name)} of {file.name} is empty; choose others.")
    return frame[asked]


def find_stray_text(column: pd.Series) -> tuple[object, str, int] | None:
    """Row, text and number of the cells that are no numbers in a column of which most are; None for any other column."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return None
    known = column.dropna()
    place, distinct = pd.factorize(known)
    words = (
        pd.to_numeric(pd.Series([str(value)[:400] for value in distinct], dtype=object), errors="coerce").isna().to_numpy()[place]
    )
    if not len(known) or not 0.5 <= 1 - words.mean() < 1:
        return None
    first = int(np.flatnonzero(words)[0])
    return known.index[first], printable(known.iloc[first], 40), int(words.sum())


def check_no_stray_text(features: pd.DataFrame, file: UserFile) -> None:
    """A column of words is left out; one of numbers with a few words in it is a mistake that should not go by unseen."""
    for name in features.columns:
        found = find_stray_text(features[name])
        if found is not None:
            row, word, count = found
            raise BadInput(
                f"{file.name}: column {quoted(name)} holds numbers, but {word!r} in row {row} is none ({count:,} such cells); "
                "correct, empty or remove it."
            )


# --- arrays ----------------------------------------------------------------------------------------------------------


def _from_arrays(file: UserFile, label: Label, columns: Columns | None, ids: str | int | None, max_points: int | None) -> Loaded:
    wanted = {str(name): use for name, use in ((label or None, "labels"), (ids, "ids")) if name is not None}
    if wanted and file.suffix == ".npy":
        raise BadInput(f"{file.name} has no columns with names; give labels as an array or as a file of their own.")
    found = read_arrays(file, max_points, wanted, () if label is False else ("y",))
    x = found.x
    if len(x) == 1:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    notes = [f"array of {x.shape[0]:,} x {x.shape[1]} from {file.name}"]
    if columns is not None:
        frame = pd.DataFrame(np.empty((0, x.shape[1]), dtype=x.dtype))
        asked = [find_column(list(frame.columns), name, file) for name in columns]
        x = x[:, np.asarray(_selected_columns(frame, asked, None, file).columns, dtype=np.int64)]
        notes.append(f"columns as asked for: {first_names(asked)}")
    for name, values in found.side_arrays.items():
        if values.shape != (len(x),):
            raise BadInput(
                f"{file.name}: {quoted(name)} must hold one label per row of 'x'; got shapes {values.shape} and {found.shape}."
            )
    y = names = None
    classes = None if label is False else found.side_arrays.get(label or "y")
    if classes is not None:
        missing = int(pd.isna(classes).sum())
        if missing:
            raise BadInput(f"{file.name}: {counted_of(missing, len(classes), 'label', 'are')} missing; give every row one.")
        y, names = encode_labels(classes)
    own = None if ids is None else ids_as_text(pd.Series(found.side_arrays[str(ids)]))
    places = list(range(x.shape[1]))
    values = x.astype(storage_dtype(x), copy=False)
    check_size(values, places, file.name)
    odd = [*rounded_integers_warning(pd.DataFrame(x, copy=False)), *data_warnings(values, places)] if x.size else []
    return Loaded(values, y, class_names=names, notes=(*notes, *odd), ids=own, has_units=len(found.shape) == 2)
