"""Picture data sets in their official files: MNIST and Fashion-MNIST through torchvision, USPS from its HDF5 file.

Files are looked for in the data root (`VAEGC_DATA`), which is only read: archives are unpacked into the cache. What is not there
is downloaded into the user's data folder.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaegc.errors import BadInput
from vaegc.store import DAMAGE, cache_root, data_root, downloads_root, written_whole


@dataclass(frozen=True, slots=True)
class Pictures:
    """What a set's official files held, training part first."""

    x: np.ndarray  # (N, D) float32 in 0..1
    y: np.ndarray  # (N,) int64
    image_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    n_train: int  # rows of the official training part
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where torchvision has a set."""

    folder: str  # in the data root
    kind: str  # class in torchvision.datasets, which also names the folder that holds its raw files
    title: str
    class_names: tuple[str, ...]


TORCHVISION = {
    "mnist": Source("mnist", "MNIST", "MNIST", tuple("0123456789")),
    "fashion-mnist": Source(
        "fashion-mnist", "FashionMNIST", "Fashion-MNIST",
        ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
}  # fmt: skip
NAMES = (*TORCHVISION, "usps")


def load(name: str) -> Pictures:
    """Read one of `NAMES`; raises `BadInput` where its files are neither there nor to be had."""
    return _usps() if name == "usps" else _torchvision(TORCHVISION[name])


def _torchvision(source: Source) -> Pictures:
    # Within the function: torch is heavy, and reading a table needs none of it.
    from torchvision import datasets

    root, given = _unpacked(source), data_root() / source.folder
    try:
        parts = [getattr(datasets, source.kind)(str(root), train=train, download=True) for train in (True, False)]
    except (*DAMAGE, AttributeError):  # torchvision raises RuntimeError when offline, OSError subclasses in between
        raise BadInput(
            f"{source.title} is not in {str(given)!r} and cannot be downloaded; connect once, or set VAEGC_DATA to the folder "
            f"that holds {source.folder}/{source.kind}/raw/ with the four .gz files."
        ) from None
    x = np.concatenate([part.data.numpy() for part in parts])
    y = np.concatenate([part.targets.numpy() for part in parts]).astype(np.int64)
    flat = x.reshape(len(x), -1).astype(np.float32)
    flat /= 255
    return Pictures(flat, y, x.shape[1:], source.class_names, len(parts[0]), ("pixels 0..255 divided by 255",))


def _unpacked(source: Source) -> Path:
    """Root for torchvision: a copy in the cache of the archives in the data root, else the user's data folder."""
    archives = sorted((data_root() / source.folder / source.kind / "raw").glob("*.gz"))
    if not archives:
        return downloads_root() / source.folder
    root = cache_root() / "data" / source.folder
    for archive in archives:
        copy = root / source.kind / "raw" / archive.name
        if not copy.is_file():
            with written_whole(copy) as path:
                shutil.copyfile(archive, path)
    return root


def _usps() -> Pictures:
    path = data_root() / "usps" / "usps.h5"
    if not path.is_file():
        raise BadInput(
            f"USPS is read from usps.h5, which is not at {str(path)!r}; set VAEGC_DATA to the folder that holds usps/usps.h5."
        )
    import h5py

    try:
        with h5py.File(path, "r") as file:
            parts = [(np.asarray(file[part]["data"]), np.asarray(file[part]["target"])) for part in ("train", "test")]
        x = np.concatenate([data.reshape(len(data), 256) for data, _ in parts]).astype(np.float32)
        y = np.concatenate([target for _, target in parts]).astype(np.int64)
    except DAMAGE:
        raise BadInput(
            f"{str(path)!r} is damaged or is not USPS: it must hold data and target in the groups train and test."
        ) from None
    return Pictures(x, y, (16, 16), tuple("0123456789"), len(parts[0][0]), ("pixels 0..1 as in usps.h5",))
