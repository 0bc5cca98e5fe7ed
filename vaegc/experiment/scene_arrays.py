"""What of a result is drawn beside its trees: places, pictures, numbers to colour by, and the density under the points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc import store
from vaegc.ascent import Trajectory
from vaegc.datasets import Dataset
from vaegc.experiment.spec import STAGES
from vaegc.projection import Space
from vaegc.web.stage.scene import MOST_COLUMNS, Contours
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

CELLS = 96  # of the density under the points, on the longer side of the picture
FEWEST_CELLS = 8  # on the shorter side
MARGIN = 0.06  # around the points, as a share of the longer side
FEW = 0.01  # of the places at each end of an axis, which may lie outside the picture
FAR = 20.0  # times the span of the others: beyond, they would fall into one spot


def ink_of(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Rows (M, D) of a data set of pictures as uint8 pictures (M, h, w) or (M, h, w, 3): 0 is its lowest value, 255 its highest."""
    assert data.image_shape is not None
    return np.rint(255 * _share(data, rows)).astype(np.uint8).reshape(-1, *data.image_shape)


def positions_of(view: Space, space: Space, path: Trajectory) -> np.ndarray:
    """Where the points of every frame are drawn: (T, N, 2) or (T, N, 3)."""
    if view is space:
        return np.stack([_plane(path.frame(i)) for i in range(len(path))])
    if view.linear is not None:
        return np.stack([view.place(path.frame(i)) for i in range(len(path))])
    # A search for neighbours in every frame: what takes longest of a large scene.
    key = store.content_hash("place", STAGES, view.points, view.source, path.frames.start, path.frames.offsets, path.frames.unit)
    kept = store.cached_arrays("place", key, lambda: {"points": np.stack([view.place(path.frame(i)) for i in range(len(path))])})
    return kept["points"]


def in_view(positions: np.ndarray) -> tuple[np.ndarray, str]:
    """Bring few places that lie so far away that all others would fall into one spot to the rim of the picture.

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
    few = max(2, round(FEW * len(ends)))  # a point is twice among them
    if 2 * few >= len(ends):
        return positions, ""
    ordered = np.partition(ends, (few, len(ends) - 1 - few), axis=0)
    low, high = ordered[few], ordered[len(ends) - 1 - few]
    least, most = positions.min(axis=(0, 1)), positions.max(axis=(0, 1))
    far = (high > low) & (most / 2 - least / 2 > FAR * (high / 2 - low / 2))
    if not far.any():
        return positions, ""
    room = (high - low) / 2
    shown = np.clip(positions, np.where(far, low - room, least), np.where(far, high + room, most))
    outside = int((shown != positions).any(axis=(0, 2)).sum())
    return shown, f"{counted(outside, 'point', 'lie')} far outside the picture, drawn at its rim."


def columns_of(data: Dataset) -> dict[str, np.ndarray]:
    """Numbers of each point that colours can show: its few features, or how bright its picture is."""
    if data.image_shape is None:
        names = data.features or [f"x{i}" for i in range(data.x.shape[1])]
        return dict(zip(names, data.x.T, strict=True)) if len(names) <= MOST_COLUMNS else {}
    name = "mean ink" if len(data.image_shape) == 2 else "mean brightness"  # grey pictures are drawn as ink on paper
    return {name: _share(data, data.x).mean(axis=1, dtype=np.float64)}


def contours_of(result: Result, positions: np.ndarray) -> Contours | None:
    """The climbed density on a grid around all frames of a 2-D space; None where it does not stand still or lives elsewhere.

    Costs up to 96² evaluations: a tenth of a second, also for 70,000 points unless their bandwidths are tiny.
    """
    ascent = result.spec.ascent
    if result.density.space != "latent" or (ascent is not None and ascent.method == "blurring"):
        return None
    low, high = positions.min(axis=(0, 1)).astype(np.float64), positions.max(axis=(0, 1)).astype(np.float64)
    longer = float((high - low).max())
    if longer == 0:
        return None
    cell = (1 + 2 * MARGIN) * longer / CELLS
    width, height = (
        int(np.clip(np.ceil((side + 2 * MARGIN * longer) / cell - 1e-9), FEWEST_CELLS, CELLS)) for side in high - low
    )
    left, bottom = (low + high) / 2 - cell * np.array([width, height]) / 2
    x, y = left + cell * (np.arange(width) + 0.5), bottom + cell * (np.arange(height) + 0.5)
    middles = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    with np.errstate(over="ignore"):
        values = result.density.logp(middles).astype(np.float32).reshape(height, width)
    finite = np.isfinite(values)
    if not finite.any():
        return None
    values = np.where(finite, values, values[finite].min())
    return Contours((float(left), float(bottom), float(left + cell * width), float(bottom + cell * height)), values)


def scale_of(result: Result) -> tuple[Any, str]:
    """Return the length that the steps of a climb are measured in, one number or (N,), and its name."""
    scale: Any = getattr(result.density, "bandwidths", None)
    if scale is not None and scale.any():
        return scale, "bandwidths"
    of_data = result.trajectory.data_frames is not None
    return result.density.unit**0.5, "σ of the likelihood" if of_data else "σ of a component"


def _share(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Rows (M, D) as shares of the range of brightness, 0 to 1."""
    low, high = data.pixel_range
    return np.clip((rows - low) / max(high - low, 1e-12), 0, 1)


def _plane(points: np.ndarray) -> np.ndarray:
    """Points of a 1-D space as (N, 2) positions on a line; others as they are."""
    return np.column_stack([points, np.zeros(len(points), points.dtype)]) if points.shape[1] == 1 else points
