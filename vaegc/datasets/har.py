"""Human Activity Recognition Using Smartphones (UCI, 2012): the folder or zip "UCI HAR Dataset" as it is distributed.

10,299 windows of motion, 561 features that its authors scaled to -1..1, 6 activities. VaDE calls it HHAR.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from vaegc import store
from vaegc.datasets._dataset import Loaded
from vaegc.errors import BadInput
from vaegc.store import DAMAGE

FILES = tuple(f"{part}/{what}_{part}.txt" for part in ("train", "test") for what in ("X", "y"))
LARGEST = 512 * 1024**2  # bytes of an unpacked member; the largest has 66 MB
PLACES = ("har", "UCI HAR Dataset", "har/UCI HAR Dataset", "har.zip", "UCI HAR Dataset.zip", "har/UCI HAR Dataset.zip")


def find() -> Path | None:
    """The folder or zip in the data root, None where there is none."""
    roots = (store.data_root(), store.downloads_root())
    return next((path for root in roots for place in PLACES if is_har(path := root / place)), None)


def is_har(path: Path) -> bool:
    """Whether a folder or zip is laid out like the set."""
    if path.is_dir():
        return all((path / file).is_file() for file in FILES)
    return path.suffix.lower() == ".zip" and path.is_file() and _prefix(path) is not None


def _prefix(path: Path) -> str | None:
    """What stands before `train/X_train.txt` in a zip that holds all files; None where it does not."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
    except DAMAGE:
        return None
    starts = [name.removesuffix(FILES[0]) for name in names if name.endswith(FILES[0]) and "__MACOSX" not in name]
    return next((start for start in sorted(starts) if all(start + file in names for file in FILES)), None)


def load(path: Path | None = None) -> Loaded:
    """Read the set from a folder or zip, None: from the data root; raises `BadInput` where that is impossible."""
    path = path or find()
    if path is None:
        raise BadInput(
            f"UCI HAR is not in {str(store.data_root())!r}; unpack 'UCI HAR Dataset.zip' of the UCI repository there, "
            "or give the path of its folder."
        )
    if path.is_dir():
        return _read(path, lambda name: (path / name).open("rb") if (path / name).is_file() else None)
    start = _prefix(path) or ""
    with zipfile.ZipFile(path) as packed:

        def member(name: str) -> Any:
            if start + name not in packed.namelist():
                return None
            if packed.getinfo(start + name).file_size > LARGEST:
                raise BadInput(f"{name} in {path.name} has more than {LARGEST // 1024**2} MB unpacked; that is not UCI HAR.")
            return packed.open(start + name)

        return _read(path, member)


def _read(path: Path, member: Callable[[str], Any]) -> Loaded:
    parts = []
    for file_x, file_y in (FILES[:2], FILES[2:]):
        x, y = _numbers(path, member, file_x, 2), _numbers(path, member, file_y, 1)
        if len(x) != len(y):
            raise BadInput(
                f"{path.name}: {PurePosixPath(file_x).name} holds {len(x):,} rows, {PurePosixPath(file_y).name} {len(y):,}; "
                "unpack the set again."
            )
        parts.append((x, y))
    if parts[0][0].shape[1] != parts[1][0].shape[1]:
        raise BadInput(
            f"{path.name}: the training part has {parts[0][0].shape[1]} features, the test part {parts[1][0].shape[1]}; "
            "unpack the set again."
        )
    names = _names(path, member)
    x, codes = np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts])
    known = sorted(names)
    y = np.searchsorted(known, codes)
    if not (np.asarray(known)[np.minimum(y, len(known) - 1)] == codes).all():
        raise BadInput(f"{path.name}: a label is none of those in activity_labels.txt ({', '.join(map(str, known))}).")
    notes = (f"{x.shape[1]} features as its authors scaled them, to -1..1",)
    return Loaded(
        x.astype(np.float32), y, class_names=tuple(names[code] for code in known), notes=notes, n_train=len(parts[0][0])
    )


def _numbers(path: Path, member: Callable[[str], Any], name: str, axes: int) -> np.ndarray:
    try:
        with member(name) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an empty file is a sentence below, not a warning
            found = np.loadtxt(file, dtype=np.float64, ndmin=2, encoding="ascii")
        if not found.size:
            raise BadInput(f"{path.name}: {name} is empty; unpack the set again.")
        return found if axes == 2 else found.ravel()
    except DAMAGE as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(
            f"{path.name}: {name} cannot be read as numbers ({str(error).splitlines()[0][:100] if str(error) else 'damaged'}); "
            "unpack the set again."
        ) from None


def _names(path: Path, member: Callable[[str], Any]) -> dict[int, str]:
    """Names by code, from lines such as "2 WALKING_UPSTAIRS"."""
    file = member("activity_labels.txt")
    if file is None:
        raise BadInput(f"{path.name} lacks activity_labels.txt, which names the classes; unpack the set again.")
    try:
        with file:
            lines = file.read(1 << 16).decode("utf-8").split("\n")
        pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
        names = {int(code): name.strip().replace("_", " ").lower() for code, name in pairs}
    except DAMAGE:
        names = {}
    if not names:
        raise BadInput(f"{path.name}: activity_labels.txt must hold lines such as '1 WALKING'; unpack the set again.")
    return names
