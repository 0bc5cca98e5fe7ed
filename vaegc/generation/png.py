"""Image grids as PNG files."""

from __future__ import annotations

import numpy as np

from vaegc.datasets import Dataset
from vaegc.experiment.scene_arrays import uint8_images
from vaegc.figures import SheetLine, draw_sheet
from vaegc.generation.display import display_kind, largest_deviations, project_to_plane
from vaegc.generation.image_grid import ImageGrid

MAX_CLOUD_POINTS = 2000  # points of the data behind those of the grid


def image_grid_png(data: Dataset, grid: ImageGrid) -> bytes:
    """Return an image grid of these data as the bytes of a PNG file."""
    kind, cloud = display_kind(data), None
    if kind == "picture":
        rows = [SheetLine(row.name, row.caption, pictures=uint8_images(data, row.x)) for row in grid.rows]
    elif kind == "point":
        cloud = project_to_plane(data, data.x[np.random.default_rng(0).permutation(len(data))[:MAX_CLOUD_POINTS]])
        rows = [SheetLine(row.name, row.caption, dots=project_to_plane(data, row.x)) for row in grid.rows]
    else:
        features = [
            [[(f.name, f.value, f.z_score) for f in point] for point in largest_deviations(data, row.x)] for row in grid.rows
        ]
        rows = [SheetLine(row.name, row.caption, features=listed) for row, listed in zip(grid.rows, features, strict=True)]
    return draw_sheet(grid.title, grid.caption, rows, grid.columns, cloud)
