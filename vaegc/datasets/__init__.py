"""Data sets: built-in, generated and the user's own, behind one call.

`load_dataset` validates and says in `notes` what it did (rows dropped, columns used, scaling).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaegc.checks import check_choice, check_int, check_seed
from vaegc.datasets import _arrays, _user_files, har, images, text, toy
from vaegc.datasets._cache import Availability, Removable, availability, get, removable, remove
from vaegc.datasets._catalog import BUILT_IN, TOYS, Description, catalog, describe
from vaegc.datasets._dataset import Dataset
from vaegc.datasets._file import READABLE_SUFFIXES, UserFile
from vaegc.datasets._loaded import Loaded
from vaegc.datasets._preview import Column, Preview, Thumbnail
from vaegc.datasets.preview import preview, template
from vaegc.errors import BadInput
from vaegc.progress import Callback
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.datasets._user_files import Labels

__all__ = [
    "BUILT_IN", "TOYS", "Availability", "Column", "Dataset", "Description", "Preview", "Removable", "Thumbnail",
    "availability", "catalog", "describe", "get", "is_generated", "load_dataset", "preview", "removable", "remove",
    "source_identity", "template",
]  # fmt: skip

SPLITS = ("all", "train", "test")
SCALES = ("standard", "minmax")
MAX_GENERATED_POINTS = 1_000_000  # points of a toy shape
TEST_SHARE = 0.2  # of sets that have no official test part


def load_dataset(
    name: str | Path,
    n: int | None = None,
    split: str = "all",
    scale: str | None = None,
    seed: int = 0,
    *,
    labels: Labels | None = None,
    columns: Sequence[str | int] | None = None,
    ids: str | int | None = None,
    size: int | tuple[int, int] | None = None,
    title: str | None = None,
    max_points: int | None = None,
    callback: Callback | None = None,
) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    name
        - ``"digits"``: 1,797 handwritten digits, 8x8 pixels in 0..1 (UCI, shipped with scikit-learn).
        - ``"mnist"``, ``"fashion-mnist"``, ``"usps"``, ``"svhn"``, ``"stl10"``, ``"cifar10"``: pictures with values in 0..1, through
          torchvision; looked for in the data root, else downloaded. Colours are in (height, width, channel) order.
        - ``"har"``, ``"r8"``: UCI HAR and Reuters R8 from the data root.
        - a toy shape: moons, blobs, rings, spiral, nested, uneven, arcs (2-D, generated).
        - a path to a table (.csv, .parquet, .npz with keys x and y, .npy, columns of numbers in .txt or .tsv), to documents (.txt or
          .tsv, one a line, or label<TAB>text), to a folder or .zip of pictures whose sub-folders name the classes, to the folder
          or .zip "UCI HAR Dataset", or to what `Dataset.save` wrote. `describe` says what the named ones are.
    n
        Number of points: generated ones for a toy shape (1,000 by default), else a seeded random subset.
    split
        ``"all"`` (training part first), ``"train"`` or ``"test"``; sets without an official test part are split 80 : 20 by `seed`.
    scale
        None leaves values as they are (a note says where the units of a table differ widely), ``"standard"`` gives each feature mean 0
        and variance 1, ``"minmax"`` maps to 0..1.
    seed
        Of generation, subset and split.
    labels
        Of a path: the name of a column, an array of one label per row, or a file that holds them. None takes a column called
        y, label, labels, class or target where there is one; False takes none, and such a column is one like any other.
    columns
        Of a table: the features, by name or by number from 0. None takes every column of numbers.
    ids
        Of a table: the column of the names of its rows, kept as text and never a feature.
    size
        Of pictures in a folder or zip: (height, width). None takes the most common size, at most 64 pixels a side.
    title
        Of a path: what its owner calls the file, ending included, where it lies under another name, as an upload does. Sentences show
        this name and no path; `labels` is then always a column, never a file.
    max_points
        Of a path: points that the file may hold, two at least, for a server that others use; None: any number.
    callback
        Receives `Progress` while files are downloaded, unpacked or read; returning True stops.

    Raises
    ------
    BadInput
        Unknown name, unreadable file, values that are no finite numbers, or more points asked for than there are.
    Stopped
        The callback asked for it; no half file is left.

    Examples
    --------
    >>> from vaegc import load_dataset
    >>> data = load_dataset("moons", n=200)
    >>> data.x.shape, data.y.shape
    ((200, 2), (200,))
    """
    if not isinstance(name, (str, Path)):
        raise BadInput(f"A data set is a name or a path; got {name!r}.")
    check_choice(split, "split", SPLITS)
    check_seed(seed)
    if n is not None:
        check_int(n, "n", 1)
    if scale is not None:
        check_choice(scale, "scale", SCALES)
    named = isinstance(name, str) and name in (*BUILT_IN, *TOYS)
    if labels is True:
        raise BadInput("labels must be a column, one label per row, a file of labels, or False for none; got True.")
    if named and any(given is not None for given in (labels, columns, ids, size)):
        raise BadInput(f"labels, columns and size are for your own files; {str(name)!r} has its own.")
    if ids is not None and (isinstance(ids, bool) or not isinstance(ids, (str, int))):
        raise BadInput(f"ids must be the name or number of a column; got {ids!r}.")
    if columns is not None and (isinstance(columns, str) or not isinstance(columns, Sequence)):
        raise BadInput(f"columns must be a list of names or numbers of columns; got {columns!r}.")
    rng = np.random.default_rng(seed)
    if named and is_generated(name):
        check_int(1000 if n is None else n, "n", 1, MAX_GENERATED_POINTS)
        source, title = _toy(str(name), n, rng), str(name)
        n = None  # all of it
    elif named:
        source, title = _built_in(str(name), callback), str(name)
    elif _user_files.looks_like_path(name):
        file = UserFile(Path(name), title)
        source = _user_files.load(file, labels, columns, size, callback, ids, max_points)
        title = source.name if source.name is not None else file.stem
    else:
        raise BadInput(
            f"There is no data set called {str(name)[:80]!r}; known are {', '.join((*BUILT_IN, *TOYS))}, "
            f"or give a folder or a path ending in {', '.join(READABLE_SUFFIXES)}."
        )
    index, notes = _rows(source, title, n, split, seed, rng)
    data = _scaled(source.select_rows(title, index, notes), scale)
    return _with_warnings(data, source, scale) if source.has_units else data


def _rows(
    source: Loaded, title: str, n: int | None, split: str, seed: int, rng: np.random.Generator
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Rows that were asked for, None for all, and a note on each choice."""
    index, notes = None, []
    if split != "all" and source.n_train is not None:
        index = np.arange(source.n_train) if split == "train" else np.arange(source.n_train, len(source))
        notes.append(f"official {split} part, {counted(len(index), 'point')}")
    elif split != "all":
        order = rng.permutation(len(source))
        cut = len(source) - round(TEST_SHARE * len(source))
        index = np.sort(order[:cut] if split == "train" else order[cut:])
        notes.append(f"{split} part of a seeded 80 : 20 split (seed {seed}), {counted(len(index), 'point')}")
    there = len(source) if index is None else len(index)
    if n is not None and n > there:
        raise BadInput(f"{title} has {counted(there, 'point')}; n must not be larger, got {n:,}.")
    if n is not None and n < there:
        drawn = np.sort(rng.choice(there, n, replace=False))
        index = drawn if index is None else index[drawn]
        notes.append(f"random subset of {n:,} of {there:,} points (seed {seed})")
    return index, tuple(notes)


def subset(data: Dataset, n: int | None, seed: int) -> Dataset:
    """Return n points of data in memory, drawn as `load_dataset` draws them; all of them where n is None."""
    index, notes = _rows(Loaded(data.x), data.name, n, "all", seed, np.random.default_rng(seed))
    return data if index is None else data.take(index, *notes)


def identity(data: str | Dataset) -> list[object]:
    """Everything of a data set that a result or its caption depends on, as JSON-ready data; a name is not loaded."""
    if isinstance(data, Dataset):
        names = list(data.class_names or ())
        return [
            data.fingerprint,
            data.name,
            names,
            list(data.notes),
            list(data.pixel_range),
            *([data.features] if data.features else []),
        ]
    # A saved data set is called what it says itself, which its content holds.
    return [source_identity(data), "" if _arrays.is_saved(UserFile(Path(data))) else Path(data).stem]


def is_generated(name: str | Path) -> bool:
    """Whether a name is that of a toy shape, whose number of points is free."""
    return isinstance(name, str) and name in toy.SHAPES


def source_identity(name: str | Path) -> str:
    """What a name stands for, without loading it: the name of a built-in set, or the hash of a path's content.

    Files that no checksum vouches for count with their content, also behind a name.
    """
    path: Path | None = None
    if isinstance(name, str) and name in (*BUILT_IN, *TOYS):
        # `usps.h5` and torchvision's files hold the same digits in other numbers.
        path = images.usps_file() if name == "usps" else har.find() if name == "har" else None
        folder = text.find() if name == "r8" else None
        try:
            if folder is not None:
                return ":".join((name, *(_user_files.path_hash(folder / file) for file in text.R8)))
            return name if path is None else f"{name}:{_user_files.path_hash(path)}"
        except (OSError, ValueError):
            return name
    try:
        return _user_files.path_hash(Path(name))
    except (OSError, ValueError):  # loading it will say what is wrong
        return f"missing:{name}"


def _built_in(name: str, callback: Callback | None) -> Loaded:
    if name in images.NAMES:
        return images.load(name, callback)
    return har.load() if name == "har" else text.load_r8() if name == "r8" else _digits()


def _digits() -> Loaded:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Loaded(
        (bunch.data / 16.0).astype(np.float32), bunch.target.astype(np.int64), (8, 8), tuple("0123456789"),
        ("pixels 0..16 divided by 16",),
    )  # fmt: skip


def _toy(name: str, n: int | None, rng: np.random.Generator) -> Loaded:
    x, y = toy.SHAPES[name](1000 if n is None else n, rng)
    order = rng.permutation(len(x))  # no drawing order or index may give the classes away
    return Loaded(x[order], y[order].astype(np.int64), notes=("generated",))


def _scaled(data: Dataset, scale: str | None) -> Dataset:
    if scale is None:
        return data
    # Around the centre, whose subtraction is exact, and near 1: columns far from 0, tiny or huge ones lose nothing.
    x = data.x - data.center
    x /= np.ldexp(1.0, np.frexp(np.maximum(x.max(axis=0), -x.min(axis=0)))[1])
    low, spread = (x.mean(axis=0), x.std(axis=0)) if scale == "standard" else (x.min(axis=0), np.ptp(x, axis=0))
    constant = int((spread == 0).sum())
    scaled = (x - low) / np.where(spread == 0, 1.0, spread)
    what = "mean 0, variance 1" if scale == "standard" else "0..1"
    note = f"each feature scaled to {what}" + (f"; {constant} constant features set to 0" if constant else "")
    pixels = (float(scaled.min()), float(scaled.max()))
    return replace(data, x=scaled.astype(data.x.dtype), notes=(*data.notes, note), pixel_range=pixels)


def _with_warnings(data: Dataset, source: Loaded, scale: str | None) -> Dataset:
    """Say where units differ, and where float32 is too coarse for a table."""
    from vaegc.datasets._warnings import unit_and_precision_warnings

    names = data.features or range(data.x.shape[1])
    return replace(data, notes=(*data.notes, *unit_and_precision_warnings(data.x, names, scale is None)))
