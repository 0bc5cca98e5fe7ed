"""The user's pictures: a folder or zip, whose sub-folders name the classes.

Nothing is unpacked onto the disk and no name in a zip is used as a path; sizes are checked before anything is decoded.
"""

from __future__ import annotations

import io
import os
import unicodedata
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from vaegc.checks import check_int
from vaegc.datasets._dataset import Loaded
from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.store import DAMAGE

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")  # what Pillow may open; some of its other readers start programs
LARGEST_SIDE = 64  # of the size chosen here
MOST_PICTURES = 200_000
MOST_NAMES = 1_000_000  # looked at in a folder or zip
MOST_PIXELS = 50_000_000  # of one picture
MOST_BYTES = 256 * 1024**2  # of one file
MOST_IN_ALL = 4 * 1024**3  # of all files unpacked, and of the rows they become
SHOWN_EVERY = 50  # pictures between two events
_ROTATED = (5, 6, 7, 8)  # values of the Exif orientation that swap width and height


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of a folder or zip."""

    sizes: dict[str, int]  # bytes of each picture, by its name within, sorted
    others: int  # files that are no pictures


def listing(path: Path) -> Listing:
    """Names and sizes of the pictures in a folder or zip; hidden files are passed over.

    Raises
    ------
    BadInput
        A zip that is damaged, encrypted, leads out of itself or unpacks to too much; too many files.
    """
    sizes: dict[str, int] = {}
    others = 0
    for seen, (name, size) in enumerate(_in_folder(path) if path.is_dir() else _in_zip(path)):
        if seen >= MOST_NAMES or len(sizes) >= MOST_PICTURES:
            raise BadInput(
                f"{path.name} holds more than {MOST_PICTURES:,} pictures or {MOST_NAMES:,} files; give a smaller part."
            )
        if any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts):
            continue
        if not name.lower().endswith(SUFFIXES):
            others += 1
            continue
        if size > MOST_BYTES:
            raise BadInput(f"{name} in {path.name} has more than {MOST_BYTES // 1024**2} MB; remove it or make it smaller.")
        sizes[name] = size
    if sum(sizes.values()) > MOST_IN_ALL:
        raise BadInput(f"The pictures in {path.name} have more than {MOST_IN_ALL // 1024**3} GB unpacked; give a smaller part.")
    return Listing(dict(sorted(sizes.items())), others)


def _in_folder(path: Path) -> Iterator[tuple[str, int]]:
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            full, size = Path(folder, name), 0
            with suppress(OSError):  # a link that leads nowhere: opening it will say so
                size = full.stat().st_size
            yield full.relative_to(path).as_posix(), size


def _in_zip(path: Path) -> Iterator[tuple[str, int]]:
    with _opened(path) as packed:
        for member in packed.infolist():
            if member.is_dir():
                continue
            name = member.filename.replace("\\", "/")
            if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name.split("/", 1)[0]:
                raise BadInput(f"{path.name} holds a file called {name!r}, which leads out of it; pack the pictures again.")
            if member.flag_bits & 1:
                raise BadInput(f"{path.name} is encrypted; pack the pictures without a password.")
            yield name, member.file_size


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise BadInput(f"{path.name} cannot be read as a zip: {error or 'it is damaged'}.") from None


def load(path: Path, size: int | tuple[int, int] | None = None, callback: Callback | None = None) -> Loaded:
    """Read all pictures of a folder or zip, brought to one size.

    Parameters
    ----------
    path
        A folder or .zip.
    size
        (height, width), or both at once; None: the most common size, at most 64 pixels a side.
    callback
        Receives `Progress`; returning True stops.

    Raises
    ------
    BadInput
        No picture, one that cannot be read, pictures beside class folders, or too large ones.
    Stopped
        The callback asked for it.
    """
    found = listing(path)
    if not found.sizes:
        what = f"; it holds {found.others:,} other files" if found.others else ""
        raise BadInput(f"{path.name} holds no pictures ({', '.join(SUFFIXES)}){what}.")
    names = list(found.sizes)
    classes, notes = _classes(names, path)
    if found.others:
        notes.append(f"{found.others:,} files that are no pictures left out")
    with _reader(path) as read:
        shapes = []
        for i, name in enumerate(names):
            _watch(callback, i, len(names), "Measuring")
            shapes.append(_measured(read, name, path))
        height, width = _size(size, shapes)
        if len(names) * height * width * 3 * 4 > MOST_IN_ALL:  # as rows of float32
            raise BadInput(
                f"{len(names):,} pictures of {height}x{width} pixels take more than {MOST_IN_ALL // 1024**3} GB; give a smaller size."
            )
        pixels = np.empty((len(names), height, width, 3), np.uint8)
        for i, name in enumerate(names):
            _watch(callback, i, len(names), "Reading")
            pixels[i] = _decoded(read, name, path, (height, width))
    resized = sum(shape != (height, width) for shape in shapes)
    if resized:
        notes.append(f"{resized:,} of {len(names):,} pictures resized to {height}x{width}")
    grey = all((pixels[i, :, :, :1] == pixels[i]).all() for i in range(len(pixels)))
    notes.append(
        f"{len(names):,} pictures of {height}x{width} pixels, {'grey' if grey else 'red, green, blue'}, 0..255 divided by 255"
    )
    shown = np.ascontiguousarray(pixels[..., 0]) if grey else pixels
    known = tuple(sorted(set(classes))) if classes else None
    y = np.searchsorted(np.asarray(known), classes).astype(np.int64) if classes else None
    return Loaded(shown.reshape(len(shown), -1), y, shown.shape[1:], known, tuple(notes), unit=255.0)


def _watch(callback: Callback | None, i: int, n: int, what: str) -> None:
    if i % SHOWN_EVERY == 0 and stop_asked(callback, Progress("read", i, n, f"{what} pictures: {i:,} of {n:,}")):
        raise Stopped("Stopped while pictures were read; nothing was kept.")


def _classes(names: list[str], path: Path) -> tuple[list[str], list[str]]:
    """Class of every picture, empty where they lie flat, and a note about it."""
    parts = [PurePosixPath(name).parts for name in names]
    while len(parts[0]) > 1 and all(len(part) > 1 and part[0] == parts[0][0] for part in parts):
        parts = [part[1:] for part in parts]  # one folder around everything is no class
    flat = [len(part) == 1 for part in parts]
    if all(flat):
        return [], ["no sub-folders, so no classes"]
    if any(flat):
        raise BadInput(f"{path.name}: {names[flat.index(True)]} lies beside class folders; put every picture into one, or none.")
    # Accents may be one character or two in a name of a file, and bytes that are no text cannot be shown.
    classes = [unicodedata.normalize("NFC", part[0].encode("utf-8", "replace").decode()) for part in parts]
    deeper = any(len(part) > 2 for part in parts)
    return classes, [f"true classes from {len(set(classes))} sub-folders" + (", deeper folders joined" if deeper else "")]


def _size(size: int | tuple[int, int] | None, shapes: list[tuple[int, int]]) -> tuple[int, int]:
    if size is not None:
        pair = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, (tuple, list)) else (size,)
        if len(pair) != 2:
            raise BadInput(f"size must be a number of pixels or (height, width); got {size!r}.")
        return check_int(pair[0], "size", 1, 1024), check_int(pair[1], "size", 1, 1024)
    counted = Counter(shapes)
    most = max(counted.values())
    height, width = min(shape for shape, count in counted.items() if count == most)
    shrink = min(1.0, LARGEST_SIDE / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


class _Reader:
    """Opens pictures by name."""

    def __init__(self, path: Path, packed: zipfile.ZipFile | None) -> None:
        self.path, self.packed = path, packed
        self.members: Mapping[str, zipfile.ZipInfo] = (
            {member.filename.replace("\\", "/"): member for member in packed.infolist()} if packed else {}
        )

    def __call__(self, name: str) -> BinaryIO:
        if self.packed is None:
            return (self.path / name).open("rb")
        member = self.members[name]
        with self.packed.open(member) as file:
            # Asked for by size: without one, a zip that lies about its sizes is unpacked whole before that is noticed.
            return io.BytesIO(file.read(member.file_size + 1))


@contextmanager
def _reader(path: Path) -> Iterator[_Reader]:
    if path.is_dir():
        yield _Reader(path, None)
    else:
        with _opened(path) as packed:
            yield _Reader(path, packed)


@contextmanager
def _picture(read: _Reader, name: str, path: Path) -> Iterator[Image.Image]:
    """Open a picture whose size is bearable; whatever goes wrong with it is one sentence with its name."""
    from PIL import Image

    try:
        with warnings.catch_warnings(), read(name) as file:
            warnings.simplefilter("ignore")  # odd metadata is no concern here; sizes are checked below
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise BadInput(
                        f"{name} in {path.name} has {image.width:,} x {image.height:,} pixels; make it smaller or remove it."
                    )
                yield image
    except BadInput:
        raise
    except (*DAMAGE, Image.DecompressionBombError, IndexError, OverflowError, AssertionError, AttributeError) as error:
        known = getattr(error, "strerror", None) or str(error)
        words = known.splitlines()[0].split("<")[0].strip() if known else ""
        raise BadInput(
            f"{name} in {path.name} is no readable picture{f' ({words})' if words else ''}; remove or replace it."
        ) from None


def _measured(read: _Reader, name: str, path: Path) -> tuple[int, int]:
    with _picture(read, name, path) as image:
        rotated = image.getexif().get(0x0112) in _ROTATED
        return (image.width, image.height) if rotated else (image.height, image.width)


def _decoded(read: _Reader, name: str, path: Path, shape: tuple[int, int]) -> np.ndarray:
    """(height, width, 3) bytes; what is transparent lies on white, of an animation this is the first frame."""
    from PIL import Image, ImageOps

    with _picture(read, name, path) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
            wide = np.asarray(upright).astype(np.int64)
            upright = Image.fromarray((wide.clip(0, 65535) // 257).astype(np.uint8))
        elif upright.has_transparency_data:
            above = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
        colours = upright.convert("RGB")
        if (colours.height, colours.width) != shape:
            colours = colours.resize((shape[1], shape[0]), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return np.asarray(colours)
