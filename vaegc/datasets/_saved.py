"""Reading what `Dataset.save` wrote.

What comes back is checked like any file of a stranger's, since a person may have made or changed it.
"""

from __future__ import annotations

import zipfile

import numpy as np

from vaegc.datasets import _arrays
from vaegc.datasets._file import MAX_UNPACKED_BYTES, MAX_UPLOAD_UNPACKED_BYTES, READ_ERRORS, UserFile, check_zip_directory
from vaegc.datasets._loaded import Loaded
from vaegc.datasets._save import FORMAT, FORMAT_KEY
from vaegc.errors import BadInput
from vaegc.wording import counted

MAX_UNNAMED_LABEL = 1_000_000  # of a class without a name
_KINDS = {  # of each array: types, axes, and whether its first axis is the points'
    "x": ("f4 f8", 2, True), "y": ("i8", 1, True), "rows": ("i8", 1, True), "ids": ("U", 1, True), "image_shape": ("i8", 1, False),
    "class_names": ("U", 1, False), "features": ("U", 1, False), "notes": ("U", 1, False), "name": ("U", 0, False),
    "pixel_range": ("f8", 1, False),
}  # fmt: skip
_NEEDED = ("x", "name", "notes", "pixel_range")


def read(file: UserFile, max_points: int | None = None) -> Loaded:
    """Read what `save` wrote; raises `BadInput` for anything else."""
    try:
        check_zip_directory(file)
        with zipfile.ZipFile(file.path) as packed:
            found = _arrays.read_headers(packed, file, MAX_UNPACKED_BYTES if max_points is None else MAX_UPLOAD_UNPACKED_BYTES)
            mark = found.get(FORMAT_KEY)
            if mark is None or mark.shape != () or mark.dtype.kind != "i" or _arrays.read_array(packed, FORMAT_KEY) != FORMAT:
                raise BadInput(f"{file.name} was saved by another version of vaegc; save the data set again.")
            for name in _NEEDED:
                if name not in found:
                    raise _damaged(file, f"it lacks {name!r}")
            for name, (kinds, axes, _) in _KINDS.items():
                header = found.get(name)
                if header is not None and not (
                    header.dtype.str.lstrip("<|=").startswith(tuple(kinds.split())) and len(header.shape) == axes
                ):
                    raise _damaged(file, f"{name!r} is of another kind")
            _arrays.check_points(file, found["x"], max_points)
            held = {name: _arrays.read_array(packed, name) for name in _KINDS if name in found}
    except BadInput:
        raise
    except READ_ERRORS as error:
        raise file.unreadable(error) from None
    _check(held, file)
    names, features, shape = (held.get(name) for name in ("class_names", "features", "image_shape"))
    low, high = held["pixel_range"].tolist()
    return Loaded(
        held["x"], held.get("y"), None if shape is None else tuple(shape.tolist()), None if names is None else tuple(names.tolist()),
        tuple(held["notes"].tolist()), rows=held.get("rows"), features=None if features is None else tuple(features.tolist()),
        ids=held.get("ids"), name=str(held["name"]), pixel_range=(low, high),
    )  # fmt: skip


def _check(held: dict[str, np.ndarray], file: UserFile) -> None:
    n, d = held["x"].shape
    y, rows, names, shape = (held.get(name) for name in ("y", "rows", "class_names", "image_shape"))
    for name, (_, _, of_points) in _KINDS.items():
        if of_points and name in held and len(held[name]) != n:
            raise _damaged(file, f"{name!r} does not fit {counted(n, 'point')}")
    if "features" in held and len(held["features"]) != d:
        raise _damaged(file, f"'features' does not fit {counted(d, 'column')}")
    if y is not None and len(y) and not (y.min() >= 0 and y.max() < (MAX_UNNAMED_LABEL if names is None else len(names))):
        raise _damaged(file, "'y' holds classes that there are not")
    if rows is not None and len(rows) and not (rows.min() >= 0 and rows.max() < 2**31):
        raise _damaged(file, "'rows' holds rows that there are not")
    if shape is not None and not (len(shape) in (2, 3) and shape.min() > 0 and shape.max() <= d and int(np.prod(shape)) == d):
        raise _damaged(file, f"'image_shape' does not fit {counted(d, 'column')}")
    pixels = held["pixel_range"]
    if len(pixels) != 2 or not np.isfinite(pixels).all():
        raise _damaged(file, "'pixel_range' is not two numbers")


def _damaged(file: UserFile, why: str) -> BadInput:
    return BadInput(f"{file.name} is no whole data set of vaegc ({why}); save it again, or give arrays called x and y only.")
