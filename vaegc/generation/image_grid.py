"""Named rows of generated data, ready to be shown or saved: an image grid where the data are pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.generation.places import DecodedPlane, DecodedPoints, provenance

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row of a grid: data that belong together, such as the draws from one cluster."""

    name: str  # "Component 3"
    caption: str  # "weight 0.11"
    x: np.ndarray  # (M, D) data
    representative: int = -1  # the point whose cluster colour the row takes; -1: none
    cluster: int = -1  # number of the model's component or of the cluster at ε, from 0; -1: none


@dataclass(frozen=True, slots=True)
class ImageGrid:
    """Rows of generated data with title, caption and column names."""

    title: str  # what it is, in a few words
    caption: str  # exactly what was drawn or decoded, with N, seeds and model
    rows: tuple[GridRow, ...]
    columns: tuple[str, ...] = ()  # names of the columns, where they have any

    def to_dict(self) -> dict[str, Any]:
        """Return names, captions and lengths of the rows as JSON-ready data, without the data themselves."""
        rows = [{"name": row.name, "words": row.caption, "cluster": row.cluster, "rows": len(row.x)} for row in self.rows]
        return {"title": self.title, "words": self.caption, "columns": list(self.columns), "lines": rows}

    def to_array(self) -> np.ndarray:
        """Return the data of all rows, which are equally long, as an array (L, M, D)."""
        return np.stack([row.x for row in self.rows])


def plane_image_grid(result: Result, grid: DecodedPlane, *, whole: bool = False) -> ImageGrid:
    """Return a decoded plane as an image grid.

    Parameters
    ----------
    result
        What the plane was decoded from.
    grid
        From `latent_grid`.
    whole
        All cells in one row, for data that are dots of one scatter plot; else one row for each row of the plane.
    """
    caption = (
        f"{grid.n_rows} × {grid.n_columns} places of the map, from the top left. {grid.decoded.caption} {provenance(result)}"
    )
    x = grid.decoded.x
    parts = [x] if whole else np.split(x, grid.n_rows)
    return ImageGrid("The plane, decoded", caption, tuple(GridRow("", "", part) for part in parts))


def walk_image_grid(result: Result, decoded: DecodedPoints, title: str, columns: tuple[str, ...] = ()) -> ImageGrid:
    """Return a latent walk, or a decoded trajectory, as an image grid of one row; `columns` name its steps."""
    return ImageGrid(title, f"{decoded.caption} {provenance(result)}", (GridRow("", "", decoded.x),), columns)
