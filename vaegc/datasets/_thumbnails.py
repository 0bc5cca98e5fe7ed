"""Previews of image folders and zips: number, classes, sizes and thumbnails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from vaegc import wording
from vaegc.datasets import _pictures, folders
from vaegc.datasets._dataset import Dataset
from vaegc.datasets._file import UserFile
from vaegc.datasets._preview import MAX_THUMBNAILS, THUMBNAIL_SIDE_PIXELS, Preview, Thumbnail
from vaegc.errors import BadInput

SAMPLED_IMAGES = 500  # whose size is read
MAX_DECODED_PIXELS = 16_000_000  # of an image that is decoded for a thumbnail


def preview_images(file: UserFile, size: int, max_points: int) -> Preview:
    """Return the preview of a folder or zip of images; raises `BadInput` as loading it would, for the images that are sampled."""
    found = folders.find_images(file, max_points)
    names = list(found.sizes)
    classes, notes = folders.classes_from_folders(names, file)
    if len(names) < 2:
        raise BadInput(f"Clustering needs at least 2 points; got 1 in {file.name}.")
    if found.others:
        notes.append(
            f"{wording.counted(found.others, 'file')} that {'is no picture' if found.others == 1 else 'are no pictures'} left out"
        )
    looked = sorted(set(np.linspace(0, len(names) - 1, min(SAMPLED_IMAGES, len(names))).astype(int).tolist()))
    drawn = _sample_across_classes(classes or [""] * len(names))
    with _pictures.open_images(file) as read:
        shapes = {i: _pictures.image_size(read, names[i], file) for i in sorted({*looked, *drawn})}
        thumbnails = []
        for i in drawn:
            height, width = shapes[i]
            if height * width <= MAX_DECODED_PIXELS:
                small = min(1.0, THUMBNAIL_SIDE_PIXELS / max(height, width))
                pixels = _pictures.decode_image(
                    read, names[i], file, (max(1, round(small * height)), max(1, round(small * width)))
                )
                thumbnails.append(Thumbnail(pixels, classes[i] if classes else "", PurePosixPath(names[i]).name))
    counted = Counter(shapes.values())
    shape = min(counted, key=lambda one: (-counted[one], one))
    if len(counted) > 1:
        of = "" if len(shapes) == len(names) else f" of the {len(shapes):,} looked at"
        notes.append(f"pictures of {len(counted):,} sizes{of}; all are brought to one")
    return Preview(
        file.name, "pictures", len(names), size, notes=tuple(notes), classes=dict(sorted(Counter(classes).items())),
        image_shape=shape, unpacked=sum(found.sizes.values()), thumbnails=tuple(thumbnails),
    )  # fmt: skip


def thumbnails_of(data: Dataset) -> tuple[Thumbnail, ...]:
    """Return thumbnails of a data set; none where its points are no images."""
    shape = data.image_shape
    if shape is None or max(shape[:2]) > 4 * THUMBNAIL_SIDE_PIXELS:
        return ()
    low, high = data.pixel_range
    names = [""] * len(data) if data.y is None else [data.class_names[c] if data.class_names else str(c) for c in data.y.tolist()]
    found = []
    for i in _sample_across_classes(names):
        share = np.clip((data.x[i] - low) / ((high - low) or 1.0), 0, 1)
        grey = np.rint(255 * share).astype(np.uint8).reshape(shape)
        found.append(Thumbnail(grey if len(shape) == 3 else np.repeat(grey[..., None], 3, axis=2), names[i], ""))
    return tuple(found)


def _sample_across_classes(classes: Sequence[str]) -> list[int]:
    """Places of up to `MAX_THUMBNAILS` members: the first of each class, then the next of each."""
    met: Counter[str] = Counter()
    turns = []
    for i, name in enumerate(classes):
        turns.append((met[name], name, i))
        met[name] += 1
    return [i for _, _, i in sorted(turns)[:MAX_THUMBNAILS]]
