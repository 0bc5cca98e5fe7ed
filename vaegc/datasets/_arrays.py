"""NumPy's own files, .npy and .npz: sizes and kinds are read before the numbers, and nothing is ever unpickled."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import IO

import numpy as np

from vaegc.datasets._file import (
    MAX_UNPACKED_BYTES,
    MAX_UPLOAD_UNPACKED_BYTES,
    READ_ERRORS,
    UserFile,
    check_dimensions,
    check_zip_directory,
    first_names,
    quoted,
)
from vaegc.errors import BadInput

MAX_SIDE_ARRAYS = 50  # arrays beside x that may hold labels or ids
_HINTS = {  # by kind of array
    "c": "give real and imaginary parts as columns of their own",
    "M": "turn dates into numbers, such as days since the first",
    "m": "divide durations by a unit, such as one day",
    "V": "give its fields as columns of one table",
}
_HEADERS: dict[tuple[int, int], Callable] = {
    (1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """Shape and dtype in an array's header."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of all its values."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Arrays:
    """A matrix of points, and the arrays beside it of one value per point."""

    x: np.ndarray  # (N, D) numbers, as they are in the file
    shape: tuple[int, ...]  # of x in the file: pictures have more axes than two
    side_arrays: dict[str, np.ndarray] = field(default_factory=dict)  # (N,) each, by name


def read_arrays(
    file: UserFile, max_points: int | None = None, needed: Mapping[str, str] | None = None, wanted: tuple[str, ...] = ()
) -> Arrays:
    """Read a .npy or the arrays of a .npz.

    Parameters
    ----------
    file
        The file.
    max_points
        Points that are taken; None: any number.
    needed
        Arrays beside x that must be there, and what for; None takes all that have one value per point.
    wanted
        Arrays that are taken where they are there.

    Raises
    ------
    BadInput
        No array x of numbers, Python objects, damage, or too much of anything.
    """
    try:
        found = _npy(file, max_points) if file.suffix == ".npy" else _npz(file, max_points, needed, wanted)
    except BadInput:
        raise
    except READ_ERRORS as error:
        raise file.unreadable(error) from None
    return replace(found, x=found.x.astype(np.uint8)) if found.x.dtype == bool else found


def read_headers(packed: zipfile.ZipFile, file: UserFile, largest: int) -> dict[str, Header]:
    """Return the headers of the arrays of a .npz; raises `BadInput` for Python objects, damage or too much."""
    members = [member for member in packed.infolist() if member.filename.endswith(".npy")]
    if sum(member.file_size for member in packed.infolist()) > largest:
        raise BadInput(f"{file.name} unpacks to more than {largest / 1024**3:.0f} GB; give a smaller part.")
    found = {}
    for member in members:
        with packed.open(member) as opened:
            header = _header(opened, file)
        if header.nbytes > member.file_size:
            raise file.unreadable(f"its array {quoted(member.filename[:-4])} is cut short")
        found[member.filename[:-4]] = header
    return found


def read_array(packed: zipfile.ZipFile, name: str) -> np.ndarray:
    """Return one array of a .npz whose header was checked; raises one of `READ_ERRORS`."""
    with packed.open(f"{name}.npy") as opened:
        return np.lib.format.read_array(opened, allow_pickle=False)


def _header(opened: IO[bytes], file: UserFile) -> Header:
    read = _HEADERS.get(np.lib.format.read_magic(opened))
    if read is None:
        raise file.unreadable("it holds no plain array")
    shape, _, dtype = read(opened)
    if dtype.hasobject:
        raise file.unreadable("it holds Python objects, which are never opened; save plain numbers and texts")
    return Header(shape, dtype)


def _npy(file: UserFile, max_points: int | None) -> Arrays:
    file.check_magic_bytes()
    with file.path.open("rb") as opened:
        header = _header(opened, file)
        if header.nbytes > file.path.stat().st_size:
            raise file.unreadable("it is cut short")
        check_points(file, header, max_points)
        opened.seek(0)
        x = np.lib.format.read_array(opened, allow_pickle=False)
    return Arrays(x.reshape(len(x), -1) if x.ndim > 2 else x, x.shape)


def _npz(file: UserFile, max_points: int | None, needed: Mapping[str, str] | None, wanted: tuple[str, ...]) -> Arrays:
    file.check_magic_bytes()
    check_zip_directory(file)
    with zipfile.ZipFile(file.path) as packed:
        found = read_headers(packed, file, MAX_UNPACKED_BYTES if max_points is None else MAX_UPLOAD_UNPACKED_BYTES)
        if "x" not in found:
            held = f"it holds {first_names(list(found))}" if found else "it holds no array"
            raise BadInput(f"{file.name} must hold an array called 'x' (and 'y' for labels); {held}.")
        check_points(file, found["x"], max_points)
        for name, use in (needed or {}).items():
            if name not in found:
                raise BadInput(f"{file.name} has no array {quoted(name)} for {use}; it holds {first_names(list(found))}.")
        if needed is None:
            n = found["x"].shape[0]
            fits = [name for name, h in found.items() if name != "x" and h.shape in {(n,), (n, 1)} and h.dtype.kind in "biufUS"]
            needed = {
                name: "" for name in fits[:MAX_SIDE_ARRAYS] if found[name].nbytes <= MAX_UPLOAD_UNPACKED_BYTES // MAX_SIDE_ARRAYS
            }
        names = dict.fromkeys((*needed, *(name for name in wanted if name in found)))
        x, beside = read_array(packed, "x"), {name: read_array(packed, name) for name in names}
    columns = {name: values.ravel() if values.shape == (len(x), 1) else values for name, values in beside.items()}
    return Arrays(x.reshape(len(x), -1) if x.ndim > 2 else x, x.shape, columns)


def check_points(file: UserFile, header: Header, max_points: int | None) -> None:
    """Raise `BadInput` unless an array is a table of numbers, or of pictures, of a bearable size."""
    kind = header.dtype.kind
    if kind not in "biuf" or len(header.shape) < 2:
        hint = f"; {_HINTS[kind]}" if kind in _HINTS else ""
        raise BadInput(
            f"{file.name} must hold a table of numbers (points, features); got shape {header.shape}, type {header.dtype}{hint}."
        )
    if header.shape[0]:
        check_dimensions(file, header.shape[0], math.prod(header.shape[1:]), max_points, "points")


def is_saved(file: UserFile) -> bool:
    """Whether a .npz was written by `Dataset.save`."""
    if file.suffix == ".npz" and file.exists():
        with suppress(*READ_ERRORS):
            check_zip_directory(file)
            with zipfile.ZipFile(file.path) as packed:
                return "vaegc.npy" in packed.namelist()
    return False
