"""Human Activity Recognition Using Smartphones (UCI, 2012): the folder or zip "UCI HAR Dataset" as it is distributed.

10,299 windows of motion, 561 features that its authors scaled to -1..1, 6 activities. VaDE calls it HHAR.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vaegc import store
from vaegc.datasets._file import UserFile, check_zip_directory
from vaegc.datasets._loaded import Loaded
from vaegc.errors import BadInput
from vaegc.store import DAMAGED_FILE_ERRORS

FILES = tuple(f"{part}/{what}_{part}.txt" for part in ("train", "test") for what in ("X", "y"))
MAX_MEMBER_BYTES = 128 * 1024**2  # bytes of an unpacked member; the largest has 66 MB
SEARCH_PATHS = ("har", "UCI HAR Dataset", "har/UCI HAR Dataset", "har.zip", "UCI HAR Dataset.zip", "har/UCI HAR Dataset.zip")


def find() -> Path | None:
    """The folder or zip in the data root, None where there is none."""
    roots = (store.data_root(), store.downloads_root())
    return next((path for root in roots for place in SEARCH_PATHS if is_har(path := root / place)), None)


def is_har(given: UserFile | Path) -> bool:
    """Whether a folder or zip is laid out like the set."""
    file = UserFile.of(given)
    if file.path.is_dir():
        return all((file.path / name).is_file() for name in FILES)
    return file.suffix == ".zip" and file.path.is_file() and _prefix(file) is not None


def _prefix(file: UserFile) -> str | None:
    """What stands before `train/X_train.txt` in a zip that holds all files; None where it does not."""
    try:
        check_zip_directory(file)
        with zipfile.ZipFile(file.path) as packed:
            names = set(packed.namelist())
    except DAMAGED_FILE_ERRORS:
        return None
    starts = [name.removesuffix(FILES[0]) for name in names if name.endswith(FILES[0]) and "__MACOSX" not in name]
    return next((start for start in sorted(starts) if all(start + file in names for file in FILES)), None)


def load(given: UserFile | Path | None = None) -> Loaded:
    """Read the set from a folder or zip, None: from the data root; raises `BadInput` where that is impossible."""
    given = given or find()
    if given is None:
        raise BadInput(
            f"UCI HAR is not in {str(store.data_root())!r}; unpack 'UCI HAR Dataset.zip' of the UCI repository there, "
            "or give the path of its folder."
        )
    with _members(UserFile.of(given)) as (file, member):
        return _read(file, member)


@contextmanager
def _members(file: UserFile) -> Iterator[tuple[UserFile, Callable[[str], Any]]]:
    """Open the folder or zip; what comes with it opens a file of the set by name, None where it is not there."""
    if file.path.is_dir():
        yield file, lambda name: (file.path / name).open("rb") if (file.path / name).is_file() else None
        return
    start = _prefix(file) or ""
    with zipfile.ZipFile(file.path) as packed:

        def member(name: str) -> Any:
            if start + name not in packed.namelist():
                return None
            if packed.getinfo(start + name).file_size > MAX_MEMBER_BYTES:
                raise BadInput(
                    f"{name} in {file.name} has more than {MAX_MEMBER_BYTES // 1024**2} MB unpacked; that is not UCI HAR."
                )
            return packed.open(start + name)

        yield file, member


def _read(file: UserFile, member: Callable[[str], Any]) -> Loaded:
    parts = []
    for file_x, file_y in (FILES[:2], FILES[2:]):
        x, y = _numbers(file, member, file_x, 2), _numbers(file, member, file_y, 1)
        if len(x) != len(y):
            raise BadInput(
                f"{file.name}: {PurePosixPath(file_x).name} holds {len(x):,} rows, {PurePosixPath(file_y).name} {len(y):,}; "
                "unpack the set again."
            )
        parts.append((x, y))
    if parts[0][0].shape[1] != parts[1][0].shape[1]:
        raise BadInput(
            f"{file.name}: the training part has {parts[0][0].shape[1]} features, the test part {parts[1][0].shape[1]}; "
            "unpack the set again."
        )
    names = _names(file, member)
    x, codes = np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    known = sorted(names)
    y = np.searchsorted(known, codes)
    if not (np.asarray(known)[np.minimum(y, len(known) - 1)] == codes).all():
        raise BadInput(f"{file.name}: a label is none of those in activity_labels.txt ({', '.join(map(str, known))}).")
    notes = (f"{x.shape[1]} features as its authors scaled them, to -1..1",)
    return Loaded(x, y, class_names=tuple(names[code] for code in known), notes=notes, n_train=len(parts[0][0]))


def _numbers(file: UserFile, member: Callable[[str], Any], name: str, axes: int) -> np.ndarray:
    try:
        with member(name) as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an empty file is a sentence below, not a warning
            found = np.loadtxt(opened, dtype=np.float64, ndmin=2, encoding="ascii")
        if not found.size:
            raise BadInput(f"{file.name}: {name} is empty; unpack the set again.")
        return found if axes == 2 else found.ravel()
    except DAMAGED_FILE_ERRORS as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            f"{file.name}: {name} cannot be read as numbers ({str(error).splitlines()[0][:100] if str(error) else 'damaged'}); "
            "unpack the set again."
        ) from None


def _names(file: UserFile, member: Callable[[str], Any]) -> dict[int, str]:
    """Names by code, from lines such as "2 WALKING_UPSTAIRS"."""
    opened = member("activity_labels.txt")
    if opened is None:
        raise BadInput(f"{file.name} lacks activity_labels.txt, which names the classes; unpack the set again.")
    try:
        with opened:
            lines = opened.read(1 << 16).decode("utf-8").split("\n")
        pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
        names = {int(code): name.strip().replace("_", " ").lower() for code, name in pairs}
    except DAMAGED_FILE_ERRORS:
        names = {}
    if not names:
        raise BadInput(f"{file.name}: activity_labels.txt must hold lines such as '1 WALKING'; unpack the set again.")
    return names


def counts(given: UserFile | Path) -> dict[str, int]:
    """Windows of each activity, from the small files of labels; raises `BadInput` where the set is damaged."""
    with _members(UserFile.of(given)) as (file, member):
        names = _names(file, member)
        codes = np.concatenate([_numbers(file, member, name, 1) for name in FILES[1::2]])
        return {name: int((codes == code).sum()) for code, name in names.items()}
