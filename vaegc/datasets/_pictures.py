"""Decoding of single images from a folder or zip; nothing is unpacked onto the disk, no name in a zip is used as a path.

Sizes are checked before anything is decoded; an error names the image.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from vaegc.datasets._file import UserFile, check_zip_directory, printable
from vaegc.errors import BadInput
from vaegc.store import DAMAGED_FILE_ERRORS

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")  # what Pillow may open; some of its other readers start programs
MAX_IMAGE_PIXELS = 50_000_000  # of one picture
_ROTATED = (5, 6, 7, 8)  # values of the Exif orientation that swap width and height


@contextmanager
def open_zip(file: UserFile) -> Iterator[zipfile.ZipFile]:
    """Open a zip; raises `BadInput` for a damaged one or another file."""
    try:
        file.check_magic_bytes()
        check_zip_directory(file)
        with zipfile.ZipFile(file.path) as packed:
            yield packed
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as error:
        raise file.unreadable(error) from None


class ImageReader:
    """Opens images of a folder or zip by name."""

    def __init__(self, path: Path, packed: zipfile.ZipFile | None) -> None:
        self.path, self.packed = path, packed
        self.members: Mapping[str, zipfile.ZipInfo] = (
            {member.filename.replace("\\", "/"): member for member in packed.infolist()} if packed else {}
        )

    def __call__(self, name: str) -> BinaryIO:
        """Open an image by its name within the folder or zip."""
        if self.packed is None:
            return (self.path / name).open("rb")
        member = self.members[name]
        with self.packed.open(member) as file:
            # Asked for by size: without one, a zip that lies about its sizes is unpacked whole before that is noticed.
            return io.BytesIO(file.read(member.file_size + 1))


@contextmanager
def open_images(file: UserFile) -> Iterator[ImageReader]:
    """Open a folder or zip of images; raises `BadInput` for a damaged zip."""
    if file.path.is_dir():
        yield ImageReader(file.path, None)
    else:
        with open_zip(file) as packed:
            yield ImageReader(file.path, packed)


@contextmanager
def _picture(read: ImageReader, name: str, file: UserFile) -> Iterator[Image.Image]:
    """Open a picture whose size is bearable; whatever goes wrong with it is one sentence with its name."""
    from PIL import Image

    try:
        with warnings.catch_warnings(), read(name) as content:
            warnings.simplefilter("ignore")  # odd metadata is no concern here; sizes are checked below
            with Image.open(content, formats=FORMATS) as image:
                if image.width * image.height > MAX_IMAGE_PIXELS:
                    raise BadInput(
                        f"{printable(name)} in {file.name} has {image.width:,} x {image.height:,} pixels; make it smaller or remove it."
                    )
                yield image
    except BadInput:
        raise
    except (
        *DAMAGED_FILE_ERRORS,
        Image.DecompressionBombError,
        IndexError,
        OverflowError,
        AssertionError,
        AttributeError,
    ) as error:
        known = getattr(error, "strerror", None) or str(error)
        words = known.splitlines()[0].split("<")[0].strip() if known else ""
        raise BadInput(
            f"{printable(name)} in {file.name} is no readable picture{f' ({printable(words)})' if words else ''}; remove or replace it."
        ) from None


def image_size(read: ImageReader, name: str, file: UserFile) -> tuple[int, int]:
    """Return the (height, width) of an image after its Exif rotation; raises `BadInput` for an unreadable one."""
    with _picture(read, name, file) as image:
        rotated = image.getexif().get(0x0112) in _ROTATED
        return (image.width, image.height) if rotated else (image.height, image.width)


def decode_image(read: ImageReader, name: str, file: UserFile, shape: tuple[int, int]) -> np.ndarray:
    """Return an image as (height, width, 3) uint8, on white, resized to `shape`; of an animation the first frame. Raises `BadInput`."""
    from PIL import Image, ImageOps

    with _picture(read, name, file) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
            wide = np.asarray(upright).astype(np.int64)
            upright = Image.fromarray((wide.clip(0, 65535) // 257).astype(np.uint8))
        elif upright.has_transparency_data:
            above = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
        color = upright.convert("RGB")
        if (color.height, color.width) != shape:
            color = color.resize((shape[1], shape[0]), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return np.asarray(color)
