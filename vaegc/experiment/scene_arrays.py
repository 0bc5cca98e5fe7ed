"""Arrays of a scene beside its trees: positions in the view, pictures, columns to colour by, and the density on a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc import store
from vaegc.ascent import Trajectory
from vaegc.datasets import Dataset
from vaegc.experiment.spec import CACHE_VERSION
from vaegc.projection import Space
from vaegc.web.stage.scene import MAX_COLUMNS, Contours
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAX_GRID_CELLS = 96  # of the density grid, on its longer side
MIN_GRID_CELLS = 8  # on its shorter side
GRID_MARGIN = 0.06  # around the points, as a share of the longer side
OUTLIER_SHARE = 0.01  # of the positions at each end of an axis that may be clipped
OUTLIER_SPANS = 20.0  # spans of the other positions from which on they are: unclipped, all others would fall into one spot


def uint8_images(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Convert rows (M, D) of an image data set to uint8 images (M, h, w) or (M, h, w, 3): 0 is its lowest value, 255 its highest."""
    assert data.image_shape is not None
    return np.rint(255 * _to_unit_range(data, rows)).astype(np.uint8).reshape(-1, *data.image_shape)


def view_positions(view: Space, space: Space, path: Trajectory) -> np.ndarray:
    """Return the positions (T, N, 2) or (T, N, 3) of every frame of a trajectory in a view of its space."""
    if view is space:
        return np.stack([_to_plane(path.frame(i)) for i in range(len(path))])
    if view.linear is not None:
        return np.stack([view.place(path.frame(i)) for i in range(len(path))])
    # A search for neighbours in every frame: what takes longest of a large scene.
    key = store.content_hash(
        "place", CACHE_VERSION, view.points, view.source, path.frames.start, path.frames.offsets, path.frames.unit
    )
    kept = store.cached_arrays("place", key, lambda: {"points": np.stack([view.place(path.frame(i)) for i in range(len(path))])})
    return kept["points"]


def clip_outliers(positions: np.ndarray) -> tuple[np.ndarray, str]:
    """Clip a few positions that lie so far outside that all others would fall into one spot to the rim of the picture.

    Parameters
    ----------
    positions
        (T, N, 2) or (T, N, 3), where the points of every frame lie.

    Returns
    -------
    positions, note
        The same where nothing lies far outside, and a sentence on those that are drawn at the rim; empty where there are none.
    """
    ends = positions[[0, -1]].reshape(-1, positions.shape[2])
    few = max(2, round(OUTLIER_SHARE * len(ends)))  # a point is twice among them
    if 2 * few >= len(ends):
        return positions, ""
    ordered = np.partition(ends, (few, len(ends) - 1 - few), axis=0)
    low, high = ordered[few], ordered[len(ends) - 1 - few]
    least, most = positions.min(axis=(0, 1)), positions.max(axis=(0, 1))
    far = (high > low) & (most / 2 - least / 2 > OUTLIER_SPANS * (high / 2 - low / 2))
    if not far.any():
        return positions, ""
    room = (high - low) / 2
    shown = np.clip(positions, np.where(far, low - room, least), np.where(far, high + room, most))
    outside = int((shown != positions).any(axis=(0, 2)).sum())
    return shown, f"{counted(outside, 'point', 'lie')} far outside the picture, drawn at its rim."


def numeric_columns(data: Dataset) -> dict[str, np.ndarray]:
    """Return columns (N,) by name that points can be coloured by: their features where these are few, or the mean brightness of their image."""
    if data.image_shape is None:
        names = data.features or [f"x{i}" for i in range(data.x.shape[1])]
        return dict(zip(names, data.x.T, strict=True)) if len(names) <= MAX_COLUMNS else {}
    name = "mean ink" if len(data.image_shape) == 2 else "mean brightness"  # grey pictures are drawn as ink on paper
    return {name: _to_unit_range(data, data.x).mean(axis=1, dtype=np.float64)}


def density_contours(result: Result, positions: np.ndarray) -> Contours | None:
    """Return the log density on a grid around all frames of a 2-D space; None where it changes during the ascent, or is one of the data.

    Costs up to 96² evaluations: a tenth of a second, also for 70,000 points unless their bandwidths are tiny.
    """
    ascent = result.spec.ascent
    if result.density.domain != "latent" or (ascent is not None and ascent.method == "blurring"):
        return None
    low, high = positions.min(axis=(0, 1)).astype(np.float64), positions.max(axis=(0, 1)).astype(np.float64)
    longer = float((high - low).max())
    if longer == 0:
        return None
    cell = (1 + 2 * GRID_MARGIN) * longer / MAX_GRID_CELLS
    width, height = (
        int(np.clip(np.ceil((side + 2 * GRID_MARGIN * longer) / cell - 1e-9), MIN_GRID_CELLS, MAX_GRID_CELLS))
        for side in high - low
    )
    left, bottom = (low + high) / 2 - cell * np.array([width, height]) / 2
    x, y = left + cell * (np.arange(width) + 0.5), bottom + cell * (np.arange(height) + 0.5)
    middles = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    with np.errstate(over="ignore"):
        values = result.density.log_prob(middles).astype(np.float32).reshape(height, width)
    finite = np.isfinite(values)
    if not finite.any():
        return None
    values = np.where(finite, values, values[finite].min())
    return Contours((float(left), float(bottom), float(left + cell * width), float(bottom + cell * height)), values)


def step_scale(result: Result) -> tuple[Any, str]:
    """Return the length in which the steps of an ascent are measured, a number or (N,), and its name."""
    scale: Any = getattr(result.density, "bandwidths", None)
    if scale is not None and scale.any():
        return scale, "bandwidths"
    of_data = result.trajectory.data_frames is not None
    return result.density.step_variance**0.5, "σ of the likelihood" if of_data else "σ of a component"


def _to_unit_range(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Rows (M, D) rescaled from the range of pixel values to 0 to 1."""
    low, high = data.pixel_range
    return np.clip((rows - low) / max(high - low, 1e-12), 0, 1)


def _to_plane(points: np.ndarray) -> np.ndarray:
    """Points of a 1-D space as (N, 2) positions on a line; others as they are."""
    return np.column_stack([points, np.zeros(len(points), points.dtype)]) if points.shape[1] == 1 else points
