"""The user's tables: CSV, Parquet, NPZ and NPY, read into numbers and labels.

Nothing is unpickled. Every problem is one sentence that says what to change.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from vaegc.errors import BadInput
from vaegc.store import DAMAGE

SUFFIXES = (".csv", ".parquet", ".npz", ".npy")
LABEL_COLUMNS = ("y", "label", "labels", "class", "target")  # taken as true classes, whatever their case


@dataclass(frozen=True, slots=True)
class Table:
    """What a file held."""

    x: np.ndarray  # (N, D) float32
    y: np.ndarray | None  # (N,) int64
    class_names: tuple[str, ...] | None
    notes: tuple[str, ...]
    rows: np.ndarray | None = None  # (N,) row of the file, where some were dropped


def looks_like_file(name: str | Path) -> bool:
    """Whether a name is a path to a table rather than the name of a built-in set."""
    return isinstance(name, Path) or Path(name).suffix.lower() in SUFFIXES or "/" in str(name)


def read(path: Path) -> Table:
    """Read a table of numbers; raises `BadInput` with the reason when it is none."""
    try:
        there = path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        there = False
    if not there:
        raise BadInput(f"There is no file {str(path)!r}.")
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{path.name} is not one of the readable kinds: {', '.join(SUFFIXES)}.")
    try:
        if suffix == ".csv":
            return _from_frame(_read_csv(path), path)
        if suffix == ".parquet":
            return _from_frame(pd.read_parquet(path), path)
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray) != (suffix == ".npy"):
            raise BadInput(f"{path.name} is a NumPy file, but no {suffix}; give it the name of what it is.")
        if suffix == ".npy":
            return _from_arrays(loaded, None, path)
        with loaded:
            if "x" not in loaded:
                raise BadInput(
                    f"{path.name} must hold an array called 'x' (and 'y' for labels); it holds {', '.join(loaded.files)}."
                )
            return _from_arrays(loaded["x"], loaded.get("y", None), path)
    except BadInput:
        raise
    except DAMAGE as error:
        raise BadInput(
            f"{path.name} cannot be read as {suffix[1:]}: {str(error).splitlines()[0] if str(error) else 'it is damaged'}."
        ) from None


def encode_labels(values: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Turn any labels into 0..C-1 and their names, in sorted order."""
    names, index = np.unique(np.asarray(values).astype(str) if values.dtype == object else values, return_inverse=True)
    return index.astype(np.int64), tuple(str(name) for name in names)


def _read_csv(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path)
    try:
        for name in frame.columns:
            float(str(name))
    except ValueError:
        return frame
    return pd.read_csv(path, header=None)  # a first line of nothing but numbers is a row, not a header


def _holds_classes(column: pd.Series) -> bool:
    """Text, or whole numbers with repeats: a coordinate that happens to be called y is neither."""
    known = column.dropna()
    if not pd.api.types.is_numeric_dtype(known):
        return True
    return bool((known == known.round()).all()) and known.nunique() <= max(2, len(known) // 2)


def _from_frame(frame: pd.DataFrame, path: Path) -> Table:
    if frame.empty:
        raise BadInput(f"{path.name} holds no rows.")
    named = [c for c in frame.columns if str(c).lower() in LABEL_COLUMNS]
    label = next((c for c in named if _holds_classes(frame[c])), None)
    features = frame.drop(columns=[label]) if label is not None else frame
    _refuse_stray_words(features, path)
    numeric = features.select_dtypes("number")
    if numeric.shape[1] == 0:
        raise BadInput(f"{path.name} has no column of numbers; its columns are {', '.join(map(str, frame.columns[:8]))}.")
    notes = [f"{numeric.shape[1]} numeric columns of {path.name}"]
    notes += [f"column {c!r} holds no classes and counts as a feature" for c in named if label is None and c in numeric.columns]
    left = [str(c) for c in features.columns if c not in numeric.columns]
    if left:
        notes.append(f"left out, not numeric: {', '.join(left[:8])}{' …' if len(left) > 8 else ''}")
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
    return Table(values[good].astype(np.float32), y, names, tuple(notes), rows)


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


def _from_arrays(x: np.ndarray, y: np.ndarray | None, path: Path) -> Table:
    if x.ndim > 2:
        x = x.reshape(len(x), -1)
    if x.ndim != 2 or not np.issubdtype(x.dtype, np.number) or np.iscomplexobj(x):
        raise BadInput(f"{path.name} must hold a table of numbers (points, features); got shape {x.shape}, type {x.dtype}.")
    notes, names = [f"array of {x.shape[0]:,} x {x.shape[1]} from {path.name}"], None
    if y is not None:
        if y.shape != (len(x),):
            raise BadInput(f"{path.name}: 'y' must hold one label per row of 'x'; got shapes {y.shape} and {x.shape}.")
        y, names = encode_labels(y)
    return Table(x.astype(np.float32), y, names, tuple(notes))
