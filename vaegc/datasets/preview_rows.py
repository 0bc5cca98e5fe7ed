"""First rows of a named data set, read in a fraction of a second for display.

Nothing is downloaded, unpacked onto the disk or unpickled; what cannot be had that way is not shown.
"""

from __future__ import annotations

import bz2
import gzip
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from vaegc.datasets import har, images, text
from vaegc.datasets._catalog import TOYS, describe
from vaegc.datasets._dataset import Dataset
from vaegc.store import DAMAGED_FILE_ERRORS

MAX_PREVIEW_ROWS = 400  # read at most: enough to draw a sample of every class from
_CIFAR_HEAD = 4096  # bytes within which the pixels of a CIFAR-10 file begin
_CIFAR_BATCH = (10_000, 3, 32, 32)


def preview_rows(name: str, rows: int = MAX_PREVIEW_ROWS) -> Dataset | None:
    """Return up to `rows` points of a named set as it is on this machine, None where they cannot be had quickly.

    Raises
    ------
    BadInput
        There is no set of this name.

    Notes
    -----
    Test parts are read where a set has one, since their files are small; a sample is for looking at only.

    Examples
    --------
    >>> from vaegc.datasets.preview_rows import preview_rows
    >>> len(preview_rows("moons", 300))
    300
    """
    one = describe(name)
    if name in TOYS or name == "digits":
        from vaegc.datasets import load_dataset

        return load_dataset(name, n=rows)
    try:
        if name == "har":
            return _har(rows)
        if name not in images.NAMES or (where := images.find(name)) is None or one.image_shape is None:
            return None
        x, y = _pictures(name, where, rows)
    except (*DAMAGED_FILE_ERRORS, IndexError):  # loading it will say what is wrong
        return None
    pixels = np.asarray(x, dtype=np.float32).reshape(len(x), -1)
    if not len(pixels) or pixels.shape[1] != one.d:
        return None
    classes = images.TORCHVISION[name].class_names
    fits = y is not None and len(y) == len(x) and set(np.unique(y).tolist()) <= set(range(len(classes)))
    return Dataset(pixels, np.asarray(y, dtype=np.int64) if fits else None, one.image_shape, classes, name)


def example_documents(rows: int = 6) -> list[tuple[str, str]]:
    """Return class and words of a few stories of Reuters R8, one a class; empty where the set is not at hand."""
    folder = text.find()
    found: dict[str, str] = {}
    if folder is None:
        return []
    try:
        with (folder / text.R8[-1]).open(encoding="latin-1") as file:
            for line in file:
                label, tab, words = line.rstrip("\r\n").partition("\t")
                if tab and label not in found:
                    found[label] = words[:200]
                if len(found) >= rows:
                    break
    except OSError:
        return []
    return list(found.items())


def _pictures(name: str, where: Path, rows: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels in 0..1 and labels of the first pictures; raises what `DAMAGED_FILE_ERRORS` names."""
    source = images.TORCHVISION[name]
    if where.is_file():
        import h5py

        with h5py.File(where, "r") as file:
            part = file["test"]
            return np.asarray(part["data"][:rows]).reshape(-1, 256), np.asarray(part["target"][:rows])
    if name in ("mnist", "fashion-mnist"):
        x, y = (_idx(where / file, rows) for file in source.files[2:])
        return x / 255.0, y
    if name == "usps":
        return _libsvm(where / source.files[1], rows)
    if name == "svhn":
        from scipy.io import loadmat

        held = loadmat(where / source.files[1])
        return held["X"][..., :rows].transpose(3, 0, 1, 2) / 255.0, held["y"][:rows].ravel() % 10
    if name == "stl10" and (where / source.files[2]).is_file():
        with (where / source.files[2]).open("rb") as file:
            raw = np.frombuffer(file.read(rows * 3 * 96 * 96), np.uint8)
        # A file holds columns before rows.
        return raw.reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1) / 255.0, None
    if name == "cifar10" and (where / source.files[5]).is_file():
        return _cifar(where / source.files[5], rows) / 255.0, None
    raise ValueError("packed in a way that is slow to read")


def _idx(path: Path, rows: int) -> np.ndarray:
    """First entries of a file in the IDX format of MNIST, packed or not."""
    packed = not path.is_file()
    with gzip.open(f"{path}.gz") if packed else path.open("rb") as file:
        axes = file.read(4)[3]
        shape = np.frombuffer(file.read(4 * axes), ">u4").astype(int)
        size = int(np.prod(shape[1:]))
        raw = np.frombuffer(file.read(min(rows, shape[0]) * size), np.uint8)
    return raw.reshape(-1, *shape[1:])


def _libsvm(path: Path, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """First digits of USPS as torchvision's file holds them: label, then index:value with values -1..1."""
    x = np.zeros((rows, 256))
    y: list[int] = []
    with bz2.open(path, "rt", encoding="ascii") as file:
        for line in file:
            if len(y) == rows:
                break
            label, *pairs = line.split()
            for pair in pairs:
                at, _, value = pair.partition(":")
                x[len(y), int(at) - 1] = (float(value) + 1) / 2
            y.append(int(label) - 1)
    return x[: len(y)], np.asarray(y)


def _cifar(path: Path, rows: int) -> np.ndarray:
    """First pictures of a CIFAR-10 file: its pixels lie in one piece, after the mark and length of a text of that many bytes."""
    with path.open("rb") as file:
        head = file.read(_CIFAR_HEAD)
        mark = b"T" + int(np.prod(_CIFAR_BATCH)).to_bytes(4, "little")
        file.seek(head.index(mark) + len(mark))
        raw = np.frombuffer(file.read(rows * int(np.prod(_CIFAR_BATCH[1:]))), np.uint8)
    return raw.reshape(-1, *_CIFAR_BATCH[1:]).transpose(0, 2, 3, 1)


def _har(rows: int) -> Dataset | None:
    path = har.find()
    if path is None:
        return None
    if path.is_dir():
        x, y = (_lines((path / name).open("rb"), rows) for name in har.FILES[2:])
    else:
        with zipfile.ZipFile(path) as packed:
            names = [next(n for n in packed.namelist() if n.endswith(name) and "__MACOSX" not in n) for name in har.FILES[2:]]
            x, y = (_lines(packed.open(name), rows) for name in names)
    return Dataset(x, y.ravel().astype(np.int64), name="har")


def _lines(file: IO[bytes], rows: int) -> np.ndarray:
    with file:
        return np.loadtxt(file, max_rows=rows, ndmin=2, encoding="ascii")
