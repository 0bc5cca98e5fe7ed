"""`Preview` of an uploaded file: its columns, thumbnails, warnings and suggested roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_THUMBNAILS = 24
THUMBNAIL_SIDE_PIXELS = 64  # pixels


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str  # what `load_dataset` takes; a number from 0 where the file names no columns
    kind: str  # "number", "whole", "text", "truth", "date" or "mixed" (numbers with a few words among them)
    missing: int  # empty cells, in all rows
    distinct: int  # different values among the first rows; 1,000 stands for that many or more
    example: str  # first value, shortened; empty where there is none


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small image for a page, with its class."""

    pixels: np.ndarray  # (h, w, 3) uint8, at most 64 a side
    class_name: str  # empty without classes
    name: str  # within the file


@dataclass(frozen=True, slots=True)
class Preview:
    """Content of an uploaded file; label, ids, features and embedding are suggestions."""

    name: str  # what its owner calls it, for a page: short, without a path
    kind: str  # "table", "pictures", "text" (documents), "saved" (by `Dataset.save`) or "har" (UCI HAR)
    n: int  # rows, pictures or documents
    size: int  # bytes of the file
    d: int | None = None  # suggested features; None of documents, and of pictures, whose size is chosen later
    notes: tuple[str, ...] = ()  # what is odd but no error, without a full stop
    columns: tuple[Column, ...] = ()  # of a table, all of them
    head: pd.DataFrame | None = None  # of a table or documents: up to 8 rows and 100 columns as they are written in the file
    label: str | None = None  # column of the true classes
    ids: str | None = None  # column of the names of the rows
    features: tuple[str, ...] = ()  # columns of numbers, neither label nor id
    duplicated: int = 0  # rows whose features repeat those of an earlier one
    dropped: int = 0  # rows that would be dropped for missing or infinite features, or a missing label
    why_embedding: str = ""  # "its columns are called umap_1, umap_2": why this looks like points to climb without a model
    classes: dict[str, int] = field(default_factory=dict)  # size of each class; empty without classes or with more than 1,000
    image_shape: tuple[int, int] | None = None  # most common (height, width) of pictures, before anything is resized
    unpacked: int = 0  # bytes of all pictures of a zip
    thumbnails: tuple[Thumbnail, ...] = ()  # up to 24 pictures, drawn across the classes

    @property
    def embedding(self) -> bool:
        """Whether this looks like an embedding."""
        return bool(self.why_embedding)
