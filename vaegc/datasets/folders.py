"""Loading of image folders and zips, whose sub-folders name the classes.

Nothing is unpacked onto the disk and no name in a zip is used as a path; sizes are checked before anything is decoded.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from vaegc.checks import check_int, encode_labels
from vaegc.datasets._file import MAX_UPLOAD_UNPACKED_BYTES, TABLE_SUFFIXES, UserFile, printable
from vaegc.datasets._loaded import Loaded
from vaegc.datasets._pictures import decode_image, image_size, open_images, open_zip
from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.wording import counted

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
MAX_DEFAULT_SIDE_PIXELS = 64  # of the size chosen here
MAX_IMAGES = 200_000  # of a folder or zip
MAX_FILES_LISTED = 1_000_000  # of a folder or zip
MAX_IMAGE_BYTES = 256 * 1024**2  # of one file
MAX_TOTAL_BYTES = 4 * 1024**3  # of all files unpacked, and of the rows they become
IMAGES_PER_EVENT = 50  # pictures between two events


@dataclass(frozen=True, slots=True)
class Listing:
    """Names and sizes of the images in a folder or zip."""

    sizes: dict[str, int]  # bytes of each picture, by its name within, sorted
    others: int  # files that are no pictures
    kinds: tuple[str, ...] = ()  # their endings, most common first


def list_images(file: UserFile | Path, max_points: int | None = None) -> Listing:
    """Return names and sizes of the images in a folder or zip; hidden files are skipped.

    Raises
    ------
    BadInput
        A zip that is damaged, encrypted, leads out of itself or unpacks to too much; too many files.
    """
    file = UserFile.of(file)
    sizes: dict[str, int] = {}
    others: Counter[str] = Counter()
    for seen, (name, size) in enumerate(_in_folder(file.path) if file.path.is_dir() else _in_zip(file)):
        if seen >= MAX_FILES_LISTED or len(sizes) >= MAX_IMAGES:
            raise BadInput(
                f"{file.name} holds more than {MAX_IMAGES:,} pictures or {MAX_FILES_LISTED:,} files; give a smaller part."
            )
        if any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts):
            continue
        if not name.lower().endswith(IMAGE_SUFFIXES):
            others[PurePosixPath(name).suffix.lower()] += 1
            continue
        if size > MAX_IMAGE_BYTES:
            raise BadInput(
                f"{printable(name)} in {file.name} has more than {MAX_IMAGE_BYTES // 1024**2} MB; remove it or make it smaller."
            )
        sizes[name] = size
    if sum(sizes.values()) > MAX_TOTAL_BYTES:
        raise BadInput(
            f"The pictures in {file.name} have more than {MAX_TOTAL_BYTES // 1024**3} GB unpacked; give a smaller part."
        )
    if max_points is not None and len(sizes) > max_points:
        raise BadInput(f"{file.name} holds {len(sizes):,} pictures; at most {max_points:,} are taken here: give a smaller part.")
    return Listing(dict(sorted(sizes.items())), others.total(), tuple(ending for ending, _ in others.most_common()))


def find_images(file: UserFile, max_points: int | None = None) -> Listing:
    """Return `list_images`; raises `BadInput` where there is no image, with what there is instead."""
    found = list_images(file, max_points)
    if not found.sizes:
        inside = f"; it holds {found.others:,} other files" if found.others else ""
        if ".zip" in found.kinds:
            inside += ", some of them zips: unpack those first"
        elif any(kind in TABLE_SUFFIXES for kind in found.kinds):
            inside += ", some of them tables: give such a file by itself"
        raise BadInput(f"{file.name} holds no pictures ({', '.join(IMAGE_SUFFIXES)}){inside}.")
    return found


def _in_folder(path: Path) -> Iterator[tuple[str, int]]:
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            full, size = Path(folder, name), 0
            with suppress(OSError):  # a link that leads nowhere: opening it will say so
                size = full.stat().st_size
            yield full.relative_to(path).as_posix(), size


def _in_zip(file: UserFile) -> Iterator[tuple[str, int]]:
    with open_zip(file) as packed:
        for member in packed.infolist():
            if member.is_dir():
                continue
            name = member.filename.replace("\\", "/")
            if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name.split("/", 1)[0]:
                raise BadInput(
                    f"{file.name} holds a file called {printable(name)!r}, which leads out of it; pack the pictures again."
                )
            if stat.S_ISLNK(member.external_attr >> 16):
                raise BadInput(f"{file.name} holds a link called {printable(name)!r}; pack the pictures themselves.")
            if member.flag_bits & 1:
                raise BadInput(f"{file.name} is encrypted; pack the pictures without a password.")
            yield name, member.file_size


def load(
    file: UserFile, size: int | tuple[int, int] | None = None, callback: Callback | None = None, max_points: int | None = None
) -> Loaded:
    """Read all pictures of a folder or zip, brought to one size.

    Parameters
    ----------
    file
        A folder or .zip.
    size
        (height, width), or both at once; None: the most common size, at most 64 pixels a side.
    callback
        Receives `Progress`; returning True stops.
    max_points
        Pictures that are taken; None: any number.

    Raises
    ------
    BadInput
        No picture, one that cannot be read, pictures beside class folders, or too large ones.
    Stopped
        The callback asked for it.
    """
    found = find_images(file, max_points)
    names = list(found.sizes)
    classes, notes = classes_from_folders(names, file)
    if found.others:
        notes.append(
            f"{counted(found.others, 'file')} that {'is no picture' if found.others == 1 else 'are no pictures'} left out"
        )
    with open_images(file) as read:
        shapes = []
        for i, name in enumerate(names):
            _watch(callback, i, len(names), "Measuring")
            shapes.append(image_size(read, name, file))
        height, width = target_size(size, shapes)
        room = MAX_TOTAL_BYTES if max_points is None else MAX_UPLOAD_UNPACKED_BYTES
        if len(names) * height * width * 3 * 4 > room:  # as rows of float32
            raise BadInput(
                f"{len(names):,} pictures of {height}x{width} pixels take more than {room // 1024**3} GB; give a smaller size."
            )
        pixels = np.empty((len(names), height, width, 3), np.uint8)
        for i, name in enumerate(names):
            _watch(callback, i, len(names), "Reading")
            pixels[i] = decode_image(read, name, file, (height, width))
    resized = sum(shape != (height, width) for shape in shapes)
    if resized:
        notes.append(f"{resized:,} of {len(names):,} pictures resized to {height}x{width}")
    grey = all((pixels[i, :, :, :1] == pixels[i]).all() for i in range(len(pixels)))
    notes.append(
        f"{counted(len(names), 'picture')} of {height}x{width} pixels, {'grey' if grey else 'red, green, blue'}, 0..255 divided by 255"
    )
    kept = np.ascontiguousarray(pixels[..., 0]) if grey else pixels
    y, known = encode_labels(np.asarray(classes, dtype=object)) if classes else (None, None)
    return Loaded(kept.reshape(len(kept), -1), y, kept.shape[1:], known, tuple(notes), unit=255.0)


def _watch(callback: Callback | None, i: int, n: int, what: str) -> None:
    if i % IMAGES_PER_EVENT == 0 and stop_asked(callback, Progress("read", i, n, f"{what} pictures: {i:,} of {n:,}")):
        raise Stopped("Stopped while pictures were read; nothing was kept.")


def classes_from_folders(names: list[str], file: UserFile) -> tuple[list[str], list[str]]:
    """Return the class of every image by its sub-folder, none where there are no sub-folders, and notes; raises `BadInput` for a mix."""
    parts = [PurePosixPath(name).parts for name in names]
    low, high = min(parts), max(parts)  # what these two share, all share
    around = 0  # folders around everything, which are no classes
    while around < min(map(len, (low, high))) and low[around] == high[around]:
        around += 1
    around = min(around, min(map(len, parts)) - 1)
    parts = [part[around:] for part in parts]
    flat = [len(part) == 1 for part in parts]
    if all(flat):
        return [], ["no sub-folders, so no classes"]
    if any(flat):
        raise BadInput(
            f"{file.name}: {printable(names[flat.index(True)])} lies beside class folders; put every picture into one, or none."
        )
    # Accents may be one character or two in a name of a file, and bytes that are no text cannot be shown.
    classes = [unicodedata.normalize("NFC", part[0].encode("utf-8", "replace").decode()) for part in parts]
    deeper = any(len(part) > 2 for part in parts)
    return classes, [f"true classes from {len(set(classes))} sub-folders" + (", deeper folders joined" if deeper else "")]


def target_size(size: int | tuple[int, int] | None, shapes: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the (height, width) that all pictures get: the one asked for, else the most common one, made smaller where it is large."""
    if size is not None:
        pair = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, (tuple, list)) else (size,)
        if len(pair) != 2:
            raise BadInput(f"size must be a number of pixels or (height, width); got {size!r}.")
        return check_int(pair[0], "size", 1, 1024), check_int(pair[1], "size", 1, 1024)
    counted = Counter(shapes)
    highest = max(counted.values())
    height, width = min(shape for shape, count in counted.items() if count == highest)
    shrink = min(1.0, MAX_DEFAULT_SIDE_PIXELS / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))
