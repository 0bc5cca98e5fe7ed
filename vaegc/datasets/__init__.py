"""Data sets: built-in, generated and the user's own, behind one call.

`load_dataset` validates and says in `notes` what it did (rows dropped, columns used, scaling).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vaegc.checks import as_points, check_choice, check_int, check_seed
from vaegc.datasets import files, images, toy
from vaegc.errors import BadInput
from vaegc.store import content_hash

__all__ = ["BUILT_IN", "TOYS", "Dataset", "is_generated", "load_dataset", "source_identity"]

BUILT_IN = ("digits", *images.NAMES)
TOYS = tuple(toy.SHAPES)
SPLITS = ("all", "train", "test")
SCALES = ("standard", "minmax")
MOST_GENERATED = 1_000_000  # points of a toy shape
TEST_SHARE = 0.2  # of sets that have no official test part


@dataclass(frozen=True)
class Dataset:
    """Points with optional true classes; arrays are read-only.

    Parameters
    ----------
    x
        (N, D) float32 features.
    y
        (N,) int64 true classes, 0..C-1, or None. Used for scores and colours only, never for a choice.
    image_shape
        (height, width) or (height, width, 3) when a row of `x` is a picture, else None.
    class_names
        Names of the classes, or None.
    name
        For captions.
    notes
        What was dropped or scaled, one sentence each.
    pixel_range
        Values shown as black and white when `x` holds pictures.
    rows
        (N,) row of each point in its source, where rows were dropped or drawn; None where point i is row i.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] | None = None
    name: str = "data"
    notes: tuple[str, ...] = ()
    pixel_range: tuple[float, float] = (0.0, 1.0)
    rows: np.ndarray | None = None

    def __post_init__(self) -> None:
        x = as_points(self.x, f"The data of {self.name!r}", dtype=np.float32)
        shape = self.image_shape
        if shape is not None and not (
            int(np.prod(shape)) == x.shape[1] and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))
        ):
            raise BadInput(
                f"image_shape must be (height, width) or (height, width, 3) of rows of {x.shape[1]} numbers; got {shape}."
            )
        if x is self.x:
            x = x.copy()  # freezing must not reach into the caller's array
        x.setflags(write=False)
        object.__setattr__(self, "x", x)
        if self.y is not None:
            y = np.asarray(self.y)
            if y.shape != (len(x),):
                raise BadInput(f"There must be one label per point: {len(x):,} points, labels of shape {y.shape}.")
            if not np.issubdtype(y.dtype, np.integer):
                raise BadInput("Labels must be whole numbers 0..C-1; files.encode_labels turns names into them.")
            y = y.astype(np.int64)
            if y.min() < 0:
                raise BadInput("Labels must not be negative.")
            if self.class_names is not None and y.max() >= len(self.class_names):
                raise BadInput(f"There are {len(self.class_names)} class names, but labels up to {y.max()}.")
            y.setflags(write=False)
            object.__setattr__(self, "y", y)

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of every value, label and shape."""
        parts = [self.x, list(self.image_shape or ())]
        return content_hash(*parts, self.y) if self.y is not None else content_hash(*parts)

    def take(self, index: np.ndarray, note: str) -> Dataset:
        """Return the rows `index`, with a note that says so."""
        rows = np.asarray(index) if self.rows is None else self.rows[index]
        return replace(self, x=self.x[index], y=None if self.y is None else self.y[index], notes=(*self.notes, note), rows=rows)


def load_dataset(name: str | Path, n: int | None = None, split: str = "all", scale: str | None = None, seed: int = 0) -> Dataset:
    """Load a data set.

    Parameters
    ----------
    name
        - ``"digits"``: 1,797 handwritten digits, 8x8 pixels in 0..1 (UCI, shipped with scikit-learn).
        - ``"mnist"``, ``"fashion-mnist"``: 60,000 + 10,000 pictures, 28x28 pixels in 0..1, through torchvision.
        - ``"usps"``: 7,291 + 2,007 digits, 16x16 pixels in 0..1, from ``usps/usps.h5`` in the data root.
        - a toy shape: moons, blobs, rings, spiral, nested, uneven (2-D, generated).
        - a path to .csv, .parquet, .npz (keys x, y) or .npy.
    n
        Number of points: generated ones for a toy shape (1,000 by default), else a seeded random subset.
    split
        ``"all"`` (training part first), ``"train"`` or ``"test"``; sets without an official test part are split 80 : 20 by `seed`.
    scale
        None leaves values as they are, ``"standard"`` gives each feature mean 0 and variance 1, ``"minmax"`` maps to 0..1.
    seed
        Of generation, subset and split.

    Raises
    ------
    BadInput
        Unknown name, unreadable file, values that are no finite numbers, or more points asked for than there are.

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
    rng = np.random.default_rng(seed)
    generated = is_generated(name)
    n_train = None  # rows of the official training part
    if name == "digits":
        data = _digits()
    elif name in images.NAMES:
        data, n_train = _pictures(str(name))
    elif generated:
        check_int(1000 if n is None else n, "n", 1, MOST_GENERATED)
        data = _toy(str(name), n, rng)
    elif files.looks_like_file(name):
        data = _file(Path(name))
    else:
        raise BadInput(
            f"There is no data set called {str(name)!r}; known are {', '.join((*BUILT_IN, *TOYS))}, "
            f"or give a path ending in {', '.join(files.SUFFIXES)}."
        )
    if split != "all" and n_train is not None:
        part = np.arange(n_train) if split == "train" else np.arange(n_train, len(data))
        data = data.take(part, f"official {split} part, {len(part):,} points")
    elif split != "all":
        order = rng.permutation(len(data))
        cut = len(data) - round(TEST_SHARE * len(data))
        part = order[:cut] if split == "train" else order[cut:]
        data = data.take(np.sort(part), f"{split} part of a seeded 80 : 20 split (seed {seed}), {len(part):,} points")
    if n is not None and not generated:
        if n > len(data):
            raise BadInput(f"{data.name} has {len(data):,} points; n must not be larger, got {n:,}.")
        if n < len(data):
            index = np.sort(rng.choice(len(data), n, replace=False))
            data = data.take(index, f"random subset of {n:,} of {len(data):,} points (seed {seed})")
    return _scaled(data, scale)


def identity(data: str | Dataset) -> list[object]:
    """Everything of a data set that a result or its caption depends on, as JSON-ready data; a name is not loaded."""
    if isinstance(data, Dataset):
        names = list(data.class_names or ())
        return [data.fingerprint, data.name, names, list(data.notes), list(data.pixel_range)]
    return [source_identity(data), Path(data).stem]


def is_generated(name: str | Path) -> bool:
    """Whether a name is that of a toy shape, whose number of points is free."""
    return isinstance(name, str) and name in toy.SHAPES


def source_identity(name: str | Path) -> str:
    """What a name stands for, without loading it: the name of a built-in set, or the hash of a file's bytes."""
    if isinstance(name, str) and (name in BUILT_IN or name in toy.SHAPES):
        return name
    try:
        return content_hash(Path(name).read_bytes(), Path(name).suffix)
    except (OSError, ValueError):  # loading it will say what is wrong
        return f"missing:{name}"


def _digits() -> Dataset:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Dataset(
        x=(bunch.data / 16.0).astype(np.float32),
        y=bunch.target.astype(np.int64),
        image_shape=(8, 8),
        class_names=tuple("0123456789"),
        name="digits",
        notes=("pixels 0..16 divided by 16",),
    )


def _pictures(name: str) -> tuple[Dataset, int]:
    found = images.load(name)
    data = Dataset(found.x, found.y, found.image_shape, found.class_names, name, found.notes)
    return data, found.n_train


def _toy(name: str, n: int | None, rng: np.random.Generator) -> Dataset:
    x, y = toy.SHAPES[name](1000 if n is None else n, rng)
    order = rng.permutation(len(x))  # no drawing order or index may give the classes away
    return Dataset(x=x[order].astype(np.float32), y=y[order].astype(np.int64), name=name, notes=("generated",))


def _file(path: Path) -> Dataset:
    table = files.read(path)
    return Dataset(x=table.x, y=table.y, class_names=table.class_names, name=path.stem, notes=table.notes, rows=table.rows)


def _scaled(data: Dataset, scale: str | None) -> Dataset:
    if scale is None:
        return data
    x = data.x.astype(np.float64)
    low, spread = (x.mean(axis=0), x.std(axis=0)) if scale == "standard" else (x.min(axis=0), np.ptp(x, axis=0))
    constant = int((spread == 0).sum())
    scaled = (x - low) / np.where(spread == 0, 1.0, spread)
    what = "mean 0, variance 1" if scale == "standard" else "0..1"
    note = f"each feature scaled to {what}" + (f"; {constant} constant features set to 0" if constant else "")
    pixels = (float(scaled.min()), float(scaled.max()))
    return replace(data, x=scaled.astype(np.float32), notes=(*data.notes, note), pixel_range=pixels)
