"""Sheets as PNG files."""

from __future__ import annotations

import numpy as np

from vaegc.datasets import Dataset
from vaegc.experiment.scene_arrays import ink_of
from vaegc.figures import SheetLine, draw_sheet
from vaegc.generation.display import in_data_plane, kind_of, telling_features
from vaegc.generation.image_grid import Sheet

CLOUD = 2000  # points behind dots


def sheet_png(data: Dataset, sheet: Sheet) -> bytes:
    """Return a sheet of rows of these data as the bytes of a PNG file."""
    kind, cloud = kind_of(data), None
    if kind == "picture":
        lines = [SheetLine(line.name, line.words, pictures=ink_of(data, line.rows)) for line in sheet.lines]
    elif kind == "point":
        cloud = in_data_plane(data, data.x[np.random.default_rng(0).permutation(len(data))[:CLOUD]])
        lines = [SheetLine(line.name, line.words, dots=in_data_plane(data, line.rows)) for line in sheet.lines]
    else:
        lines = [
            SheetLine(
                line.name,
                line.words,
                features=[[(f.name, f.value, f.away) for f in row] for row in telling_features(data, line.rows)],
            )
            for line in sheet.lines
        ]
    return draw_sheet(sheet.title, sheet.words, lines, sheet.columns, cloud)
