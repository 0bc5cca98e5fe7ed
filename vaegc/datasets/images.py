"""Picture data sets in their official files, read and verified by torchvision; USPS from `usps.h5` where that is found.

Files are looked for in the data root (`VAEGC_DATA`), which is only read: archives are unpacked into the cache. What is not there
is downloaded into the user's data folder. A row is a picture in (height, width, channel) order.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vaegc import store
from vaegc.datasets import _fetch
from vaegc.datasets._loaded import Loaded
from vaegc.errors import BadInput
from vaegc.progress import Callback
from vaegc.store import DAMAGED_FILE_ERRORS

DIGITS = tuple("0123456789")
_IDX = tuple(f"{part}-{what}-ubyte" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1"))
_CIFAR = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta")
_STL = ("train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a set lies, and what of torchvision reads it."""

    folder: str  # in the data root
    kind: str  # class in torchvision.datasets
    title: str
    class_names: tuple[str, ...]
    files: tuple[str, ...]  # what torchvision reads, in that folder
    packed: dict[str, tuple[str, ...]]  # archives that hold them, each with its members; empty where none is packed
    notes: tuple[str, ...] = ("pixels 0..255 divided by 255",)


def _idx(folder: str, kind: str, title: str, names: tuple[str, ...]) -> Source:
    files = tuple(f"{kind}/raw/{name}" for name in _IDX)
    return Source(folder, kind, title, names, files, {f"{file}.gz": (file,) for file in files})


TORCHVISION = {
    "mnist": _idx("mnist", "MNIST", "MNIST", DIGITS),
    "fashion-mnist": _idx(
        "fashion-mnist", "FashionMNIST", "Fashion-MNIST",
        ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
    ),
    "usps": Source(
        "usps", "USPS", "USPS", DIGITS, ("usps.bz2", "usps.t.bz2"), {},
        ("pixels -1..1 brought to whole numbers 0..255 by torchvision and divided by 255",),
    ),
    "svhn": Source("svhn", "SVHN", "SVHN", DIGITS, ("train_32x32.mat", "test_32x32.mat"), {}),
    "stl10": Source(
        "stl10", "STL10", "STL-10", ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"),
        tuple(f"stl10_binary/{name}" for name in _STL),
        {"stl10_binary.tar.gz": tuple(f"stl10_binary/{name}" for name in _STL)},
        ("pixels 0..255 divided by 255", "the 100,000 pictures without a class are left out"),
    ),
    "cifar10": Source(
        "cifar10", "CIFAR10", "CIFAR-10",
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        tuple(f"cifar-10-batches-py/{name}" for name in _CIFAR),
        {"cifar-10-python.tar.gz": tuple(f"cifar-10-batches-py/{name}" for name in _CIFAR)},
    ),
}  # fmt: skip
NAMES = tuple(TORCHVISION)


def load(name: str, callback: Callback | None = None) -> Loaded:
    """Read one of `NAMES`, downloading and unpacking what is not there.

    Raises
    ------
    BadInput
        Files that are neither there nor to be had, or damaged.
    Stopped
        The callback asked for it while files were downloaded or unpacked.
    """
    if name == "usps" and (path := usps_file()) is not None:
        return _usps(path)
    source = TORCHVISION[name]
    root = prepare(name, callback)
    try:
        parts = [_part(source, root, train) for train in (True, False)]
        x, y = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    except (*DAMAGED_FILE_ERRORS, AttributeError, IndexError) as error:
        raise BadInput(
            f"The files of {source.title} in {str(root)!r} are damaged or not the official ones "
            f"({str(error).splitlines()[0] if str(error) else type(error).__name__}); remove or replace them."
        ) from None
    return Loaded(x.reshape(len(x), -1), y, x.shape[1:], source.class_names, source.notes, unit=255.0, n_train=len(parts[0][0]))


def find(name: str) -> Path | None:
    """Folder or file from which `load` would read without a download; None where there is none."""
    if name == "usps" and (path := usps_file()) is not None:
        return path
    source = TORCHVISION[name]
    return _ready(source) or _archives(source)


def prepare(name: str, callback: Callback | None = None) -> Path:
    """Make a set's files lie unpacked in some folder, and return that folder; raises as `load`."""
    source = TORCHVISION[name]
    root = _ready(source)
    if root is not None:
        return root
    packed = _archives(source)
    if packed is None:
        packed = store.downloads_root() / source.folder
        _download(source, packed, callback)
    if not source.packed:
        return packed
    unpacked = _unpacked(source)
    for file, _, md5 in _official(source):
        archive, targets = packed / file, {member: unpacked / member for member in source.packed[file]}
        if all(path.is_file() for path in targets.values()):
            continue
        if not _fetch.is_official(archive, md5):
            raise BadInput(
                f"{str(archive)!r} is damaged or another version, its checksum is not the official one; "
                f"remove it, and {source.title} is downloaded again."
            )
        _fetch.unpack(archive, targets, archive.name, callback)
    return unpacked


def _roots(source: Source) -> list[Path]:
    return [store.data_root() / source.folder, store.downloads_root() / source.folder]


def _unpacked(source: Source) -> Path:
    return store.cache_root() / "data" / source.folder


def _ready(source: Source) -> Path | None:
    """Folder that holds what torchvision reads; what lies in the cache came from a verified archive."""
    roots = [*_roots(source), _unpacked(source)]
    return next((root for root in roots if all((root / file).is_file() for file in source.files)), None)


def _archives(source: Source) -> Path | None:
    found = (root for root in _roots(source) if source.packed and all((root / file).is_file() for file in source.packed))
    return next(found, None)


def _official(source: Source) -> list[tuple[str, list[str], str]]:
    """Name in the folder, addresses and checksum of every file that torchvision would download."""
    # Within the function: torch is heavy, and reading a table needs none of it.
    from torchvision import datasets

    kind: Any = getattr(datasets, source.kind)
    if hasattr(kind, "resources"):
        return [(f"{source.kind}/raw/{file}", [base + file for base in kind.mirrors], md5) for file, md5 in kind.resources]
    if hasattr(kind, "split_list"):
        return [(file, [url], md5) for url, file, md5 in (kind.split_list[part] for part in ("train", "test"))]
    return [(kind.filename, [kind.url], kind.tgz_md5)]


def _download(source: Source, root: Path, callback: Callback | None) -> None:
    for file, urls, md5 in _official(source):
        if (root / file).is_file() and _fetch.is_official(root / file, md5):
            continue  # an earlier download that was stopped got this far
        try:
            _fetch.download(urls, root / file, md5, f"{source.title}, {Path(file).name}", callback)
        except _fetch.Unreachable as reason:
            wanted = ", ".join(Path(name).name for name in (source.packed or source.files))
            wanted = f"usps.h5, or {wanted}" if source.kind == "USPS" else wanted
            folder = Path(file).parent.as_posix().strip(".")
            raise BadInput(
                f"{source.title} is not in {str(store.data_root() / source.folder)!r} and cannot be downloaded; connect once, or "
                f"set VAEGC_DATA to the folder that holds {source.folder}/{folder + '/' if folder else ''} with {wanted} ({reason})."
            ) from None


def _part(source: Source, root: Path, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """(N, height, width[, 3]) bytes and (N,) labels of one part; nothing is downloaded."""
    from torchvision import datasets

    if source.kind == "STL10":

        class Labelled(datasets.STL10):  # type: ignore[misc]
            """Asks for the files with classes only: the other one has 2.7 GB."""

            train_list = datasets.STL10.train_list[:2]

        part: Any = Labelled(str(root), split="train" if train else "test")
        x, y = part.data, part.labels
    elif source.kind == "SVHN":
        part = datasets.SVHN(str(root), split="train" if train else "test")
        x, y = part.data, part.labels
    else:
        # CIFAR-10 comes as pickles. torchvision compares every file with the official checksum before it opens one, so nothing
        # but what the authors published is ever unpickled.
        part = getattr(datasets, source.kind)(str(root), train=train)
        x, y = part.data, part.targets
    x = np.asarray(x)
    if source.kind in ("STL10", "SVHN"):
        x = x.transpose(0, 2, 3, 1)  # from (N, 3, height, width)
    if len(x) != len(y):
        raise ValueError(f"{len(x):,} pictures, {len(y):,} labels")
    return x, np.asarray(y).astype(np.int64)


def usps_file() -> Path | None:
    """Return `usps.h5`, the version that DEC and IDEC use, where it is found."""
    return next((path for root in _roots(TORCHVISION["usps"]) if (path := root / "usps.h5").is_file()), None)


def _usps(path: Path) -> Loaded:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            parts = [(np.asarray(file[part]["data"]), np.asarray(file[part]["target"])) for part in ("train", "test")]
        x = np.concatenate([data.reshape(len(data), 256) for data, _ in parts]).astype(np.float32)
        y = np.concatenate([target for _, target in parts]).astype(np.int64)
    except DAMAGED_FILE_ERRORS:
        raise BadInput(
            f"{str(path)!r} is damaged or is not USPS: it must hold data and target in the groups train and test."
        ) from None
    return Loaded(x, y, (16, 16), DIGITS, ("pixels 0..1 as in usps.h5",), n_train=len(parts[0][0]))
