"""The user's tables: CSV, Parquet, NPZ, NPY and columns in a text file, read into numbers and labels.

Nothing is unpickled. Every problem is one sentence that says what to change.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from numbers import Integral
from pathlib import Path

import numpy as np
import pandas as pd

from vaegc.datasets._dataset import Loaded, encode_labels
from vaegc.errors import BadInput
from vaegc.store import DAMAGE

TEXTS = (".txt", ".tsv")
SUFFIXES = (".csv", ".parquet", ".npz", ".npy", *TEXTS)
LABEL_COLUMNS = ("y", "label", "labels", "class", "target")  # taken as true classes, whatever their case
LARGEST = 8 * 1024**3  # bytes that an .npz may unpack to

Columns = Sequence[str | int]


def read(path: Path, label: str | None = None, columns: Columns | None = None) -> Loaded:
    """Read a table of numbers.

    Parameters
    ----------
    path
        A file with one of `SUFFIXES`.
    label
        Column (in .npz: array) of the true classes; None takes one of `LABEL_COLUMNS` where there is one.
    columns
        Features, by name or by number from 0; None takes all columns of numbers.

    Raises
    ------
    BadInput
        No such file or column, or no table of numbers; with the reason.
    """
    try:
        there = path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if not there:
        raise BadInput(f"There is no file {str(path)!r}.")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{path.name} is not one of the readable kinds: {', '.join(SUFFIXES)}, or a folder or .zip of pictures.")
    try:
        if suffix == ".csv":
            return _from_frame(_read_csv(path, ","), path, label, columns)
        if suffix in TEXTS:
            return _from_frame(_read_csv(path, _separator(path)), path, label, columns)
        if suffix == ".parquet":
            return _from_frame(pd.read_parquet(path), path, label, columns)
        if suffix == ".npz":
            _refuse_bomb(path)
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray) != (suffix == ".npy"):
            raise BadInput(f"{path.name} is a NumPy file, but no {suffix}; give it the name of what it is.")
        if suffix == ".npy":
            if label is not None:
                raise BadInput(f"{path.name} has no columns with names; give labels as an array or as a file of their own.")
            return _from_arrays(loaded, None, path, columns)
        with loaded:
            if "x" not in loaded:
                raise BadInput(
                    f"{path.name} must hold an array called 'x' (and 'y' for labels); it holds {', '.join(loaded.files)}."
                )
            if label is not None and label not in loaded:
                raise BadInput(f"{path.name} has no array {label!r} for labels; it holds {', '.join(loaded.files)}.")
            return _from_arrays(loaded["x"], loaded.get(label or "y", None), path, columns)
    except BadInput:
        raise
    except DAMAGE as error:
        raise BadInput(
            f"{path.name} cannot be read as {suffix[1:]}: {str(error).splitlines()[0] if str(error) else 'it is damaged'}."
        ) from None


def label_column(frame: pd.DataFrame) -> object | None:
    """Name of the column that holds true classes by its name and values, None where none does."""
    named = (c for c in frame.columns if str(c).lower() in LABEL_COLUMNS)
    return next((c for c in named if _holds_classes(frame[c])), None)


def _refuse_bomb(path: Path) -> None:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            if sum(member.file_size for member in packed.infolist()) > LARGEST:
                raise BadInput(f"{path.name} unpacks to more than {LARGEST // 1024**3} GB; give a smaller part.")


def _separator(path: Path) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = next((line for line in file if line.strip()), "")
    return next((mark for mark in (";", ",") if mark in first), r"\s+")


def _read_csv(path: Path, separator: str) -> pd.DataFrame:
    frame = pd.read_csv(path, sep=separator)
    try:
        for name in frame.columns:
            float(str(name))
    except ValueError:
        return frame
    return pd.read_csv(path, sep=separator, header=None)  # a first line of nothing but numbers is a row, not a header


def _holds_classes(column: pd.Series) -> bool:
    """Text, or whole numbers with repeats: a coordinate that happens to be called y is neither."""
    known = column.dropna()
    if not pd.api.types.is_numeric_dtype(known):
        return True
    return bool((known == known.round()).all()) and known.nunique() <= max(2, len(known) // 2)


def _from_frame(frame: pd.DataFrame, path: Path, label: object | None, columns: Columns | None) -> Loaded:
    if frame.empty:
        raise BadInput(f"{path.name} holds no rows.")
    asked = [_column(frame, name, path) for name in columns] if columns is not None else None
    label = label_column(frame.drop(columns=asked or [])) if label is None else _column(frame, label, path)
    if asked is not None:
        features = _asked(frame, asked, label, path)
    else:
        features = frame.drop(columns=[label]) if label is not None else frame
    _refuse_stray_words(features, path)
    numeric = features.select_dtypes("number")
    if numeric.shape[1] == 0:
        raise BadInput(f"{path.name} has no column of numbers; its columns are {', '.join(map(str, frame.columns[:8]))}.")
    notes = [f"{numeric.shape[1]} numeric columns of {path.name}"]
    if asked is not None:
        notes = [f"columns of {path.name} as asked for: {_some(asked)}"]
    elif label is None:
        named = [c for c in numeric.columns if str(c).lower() in LABEL_COLUMNS]
        notes += [f"column {c!r} holds no classes and counts as a feature" for c in named]
    left = [c for c in features.columns if c not in numeric.columns]
    if left:
        notes.append(f"left out, not numeric: {_some(left)}")
    values = numeric.to_numpy(dtype=np.float64, na_value=np.nan)
    good = np.isfinite(values).all(axis=1)
    if label is not None:
        good &= frame[label].notna().to_numpy()
    if not good.any():
        raise BadInput(f"Every row of {path.name} has a missing or infinite value; fill or remove such columns.")
    if not good.all():
        notes.append(f"{int((~good).sum()):,} of {len(good):,} rows dropped: missing or infinite values")
    y = names = None
    if label is not None:
        y, names = encode_labels(frame[label].to_numpy()[good])
        notes.append(f"true classes from column {label!r}")
    rows = None if good.all() else np.flatnonzero(good)
    x = values[good].astype(np.float32)
    return Loaded(x, y, class_names=names, notes=tuple(notes), rows=rows, n_source=len(good))


def _some(names: Sequence[object]) -> str:
    return ", ".join(str(name) for name in names[:8]) + (" …" if len(names) > 8 else "")


def _column(frame: pd.DataFrame, name: object, path: Path) -> object:
    """Find a column by its name or, from 0, its number."""
    for found in frame.columns:
        if str(found) == str(name):
            return found
    if isinstance(name, Integral) and not isinstance(name, bool) and 0 <= int(name) < frame.shape[1]:
        return frame.columns[int(name)]
    raise BadInput(f"{path.name} has no column {name!r}; its columns are {_some(list(frame.columns))}.")


def _asked(frame: pd.DataFrame, asked: list[object], label: object | None, path: Path) -> pd.DataFrame:
    if not asked:
        raise BadInput(f"columns must name at least one column of {path.name}; got none.")
    if len(set(asked)) < len(asked) or label in asked:
        raise BadInput(f"columns must name every column of {path.name} once, and not that of the labels; got {_some(asked)}.")
    for name in asked:
        if not pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
            _refuse_stray_words(frame[[name]], path)
            raise BadInput(f"Column {str(name)!r} of {path.name} holds no numbers; choose others.")
    return frame[asked]


def _refuse_stray_words(features: pd.DataFrame, path: Path) -> None:
    """A column of words is left out; one of numbers with a few words in it is a mistake that should not go by unseen."""
    for name in features.columns:
        column = features[name]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            continue
        known = column.dropna()
        numbers = pd.to_numeric(known.astype(str), errors="coerce")
        if len(known) and 0.5 <= numbers.notna().mean() < 1:
            first = int(np.flatnonzero(numbers.isna().to_numpy())[0])
            raise BadInput(
                f"{path.name}: column {str(name)!r} holds numbers, but {str(known.iloc[first])[:40]!r} in row {known.index[first]} "
                f"is none ({int(numbers.isna().sum()):,} such cells); correct, empty or remove it."
            )


def _from_arrays(x: np.ndarray, y: np.ndarray | None, path: Path, columns: Columns | None) -> Loaded:
    if x.ndim > 2:
        x = x.reshape(len(x), -1)
    if x.ndim != 2 or not np.issubdtype(x.dtype, np.number) or np.iscomplexobj(x):
        raise BadInput(f"{path.name} must hold a table of numbers (points, features); got shape {x.shape}, type {x.dtype}.")
    notes, names = [f"array of {x.shape[0]:,} x {x.shape[1]} from {path.name}"], None
    if columns is not None:
        frame = pd.DataFrame(np.empty((0, x.shape[1]), dtype=x.dtype))
        asked = [_column(frame, name, path) for name in columns]
        x = x[:, np.asarray(_asked(frame, asked, None, path).columns, dtype=np.int64)]
        notes.append(f"columns as asked for: {_some(asked)}")
    if y is not None:
        if y.shape != (len(x),):
            raise BadInput(f"{path.name}: 'y' must hold one label per row of 'x'; got shapes {y.shape} and {x.shape}.")
        y, names = encode_labels(y)
    return Loaded(x.astype(np.float32), y, class_names=names, notes=tuple(notes))
