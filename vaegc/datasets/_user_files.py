"""Loading of user files: detection of their kind, labels given separately, and a hash of their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from vaegc.checks import as_label_array, encode_labels
from vaegc.datasets._file import READABLE_SUFFIXES, UserFile
from vaegc.datasets._loaded import Loaded
from vaegc.errors import BadInput
from vaegc.progress import Callback
from vaegc.store import DAMAGED_FILE_ERRORS
from vaegc.wording import counted, counted_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Labels = str | Path | Literal[False] | npt.ArrayLike

# Size from which the hash of a source is cached: writing less may take no more than one tick of the clock, and go unseen.
MIN_CACHED_BYTES = 16 * 1024**2


def looks_like_path(name: str | Path) -> bool:
    """Whether a name is a path rather than the name of a built-in set."""
    if isinstance(name, Path) or Path(name).suffix.lower() in READABLE_SUFFIXES or "/" in name or os.sep in name:
        return True
    try:
        return name != "" and Path(name).is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def load(
    file: UserFile,
    labels: Labels | None = None,
    columns: Sequence[str | int] | None = None,
    size: int | tuple[int, int] | None = None,
    callback: Callback | None = None,
    ids: str | int | None = None,
    max_points: int | None = None,
) -> Loaded:
    """Read a file or folder of the user's; parameters and errors as in `load_dataset`."""
    # Within the function: pandas is slow to import, and a built-in set needs none of it.
    from vaegc.datasets import _saved, files, folders, har, text

    separate = _separate_labels(labels, file)
    column = labels if isinstance(labels, str) and separate is None else None
    kind = detect_kind(file)
    chosen = {"columns": columns, f"labels {column!r}": column, "ids": ids}
    wrong = next((what for what, given in chosen.items() if given is not None), None)
    if kind != "table" and wrong is not None:
        what = "is a data set of vaegc, which has its own" if kind == "saved" else "is no table with columns"
        raise BadInput(f"{file.name} {what}, so {wrong} cannot be chosen in it; labels may be an array or a file of their own.")
    if kind != "pictures" and size is not None:
        raise BadInput(f"size is for folders and zips of pictures; {file.name} holds none.")
    if kind == "har":
        loaded = har.load(file)
    elif kind == "pictures":
        loaded = folders.load(file, size, callback, max_points)
    elif kind == "text":
        loaded = text.load(file, max_points)
    elif kind == "saved":
        loaded = _saved.read(file, max_points)
    else:
        loaded = files.read(file, False if labels is False else column, columns, ids, max_points)
    if max_points is not None and len(loaded) > max_points:
        raise BadInput(f"{file.name} holds {len(loaded):,} points; at most {max_points:,} are taken here: give a smaller part.")
    if max_points is not None and len(loaded) == 1:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    if labels is False:
        return replace(loaded, y=None, class_names=None)
    return loaded if separate is None else _with_labels(loaded, separate, file)


def detect_kind(file: UserFile) -> str:
    """Return the kind of a file or folder: "table", "text" (documents), "pictures", "har" or "saved" (by `Dataset.save`)."""
    from vaegc.datasets import _arrays, har, text

    try:
        if file.path.is_dir() and file.suffix not in READABLE_SUFFIXES:
            return "har" if har.is_har(file) else "pictures"
        if file.suffix == ".zip" and file.exists():
            return "har" if har.is_har(file) else "pictures"
        if file.suffix in text.TEXT_SUFFIXES and file.exists():
            return "table" if text.is_table(file) else "text"
    except (OSError, ValueError):  # a name that no file can have; reading it as a table says so
        pass
    return "saved" if _arrays.is_saved(file) else "table"


def _separate_labels(labels: Labels | None, file: UserFile) -> np.ndarray | None:
    """Labels that are given beside the data, as an array or a file; None where they name a column or are not given."""
    if labels is None or labels is False or (isinstance(labels, str) and file.is_upload):
        return None  # what a stranger's file calls a column is never opened as a path
    if isinstance(labels, (str, Path)):
        path = Path(labels)
        try:
            there = path.is_file()
        except (OSError, ValueError):
            there = False
        if there:
            return _label_file(path)
        if isinstance(labels, str):
            return None
        raise BadInput(f"There is no file {str(labels)!r} to take labels from.")
    try:
        return as_label_array(labels, "labels")
    except BadInput:
        raise BadInput("labels must be one label per row: an array, the name of a column, or a file of labels.") from None


def _label_file(path: Path) -> np.ndarray:
    import pandas as pd

    from vaegc.datasets import files, text

    suffix = path.suffix.lower()
    try:
        if suffix == ".npy":
            return np.load(path, allow_pickle=False)
        if suffix in text.TEXT_SUFFIXES:
            return np.asarray(text.decode_text(path)[0].rstrip("\n").split("\n"))
        if suffix not in (".csv", ".parquet"):
            raise BadInput(f"Labels may lie in .csv, .parquet, .npy, .txt or .tsv; {path.name} is none of them.")
        frame: Any = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
        column = frame.columns[0] if frame.shape[1] == 1 else files.label_column(frame)
        if column is None:
            raise BadInput(f"{path.name} must hold one column, or one called {', '.join(files.LABEL_COLUMNS)}.")
        return frame[column].to_numpy()
    except BadInput:
        raise
    except DAMAGED_FILE_ERRORS as error:
        words = str(error).splitlines()[0] if str(error) else "it is damaged"
        raise BadInput(f"Labels cannot be read from {path.name}: {words}.") from None


def _with_labels(loaded: Loaded, labels: np.ndarray, file: UserFile) -> Loaded:
    n = len(loaded) if loaded.n_source is None else loaded.n_source
    if labels.shape != (n,):
        got = f"{len(labels):,}" if labels.ndim == 1 else f"an array of shape {labels.shape}"
        raise BadInput(f"There must be one label per row: {file.name} has {counted(n, 'row')}, labels are {got}.")
    values = labels if loaded.n_source is None or loaded.rows is None else labels[loaded.rows]
    import pandas as pd

    missing = int(pd.isna(values).sum()) + sum(isinstance(value, str) and not value.strip() for value in values.tolist())
    if missing:
        raise BadInput(f"{counted_of(missing, len(values), 'label', 'are')} missing; give every row one.")
    y, names = encode_labels(values)
    return replace(loaded, y=y, class_names=names, notes=(*loaded.notes, "true classes as given beside the data"))


def path_hash(path: Path) -> str:
    """Return a hash, 16 hexadecimal digits, of everything that loading a path reads: names, sizes and bytes.

    Raises
    ------
    OSError, ValueError
        What is there cannot be read.
    """
    if path.is_dir():
        from vaegc.datasets import folders, har

        members = (*har.FILES, "activity_labels.txt") if har.is_har(path) else tuple(folders.list_images(path).sizes)
    else:
        members = ("",)
    files = []
    for member in members:
        stat = (path / member if member else path).stat()
        files.append((member, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino))
    work = _content if sum(size for _, size, *_ in files) >= MIN_CACHED_BYTES else _content.__wrapped__
    return work(str(path), tuple(files))


@lru_cache(maxsize=64)
def _content(path: str, files: tuple[tuple[str, int, int, int, int], ...]) -> str:
    """Hash the bytes; what `files` knows of their age decides whether that must be done again."""
    digest = hashlib.sha256()
    for member, size, *_ in files:
        digest.update(f"{member or Path(path).suffix}\0{size}\0".encode("utf-8", "surrogateescape"))
        with (Path(path) / member if member else Path(path)).open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:16]
