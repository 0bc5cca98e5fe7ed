"""Decoding of places of the drawn plane, of latent walks, of trajectories, and of the whole plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_int
from vaegc.errors import BadInput
from vaegc.experiment.summary import describe_model
from vaegc.generation.decoding import MAPS, climbs_data, data_at, decode, decoder_name, has_latent, source_at
from vaegc.generation.plane import plane_of
from vaegc.wording import counted, verb_form

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAX_WALK_STEPS = 200
MAX_CELLS_PER_SIDE = 60  # of a decoded plane
GRID_MARGIN = 0.02  # around the points of a grid, as a share of each side

Place = int | Sequence[float]  # a point by its number, or a place (x, y) of the drawn plane


@dataclass(frozen=True, slots=True)
class DecodedPoints:
    """Points of the latent space, decoded, with their places in the drawn plane and their distance from the data."""

    x: np.ndarray  # (M, D) data
    source: np.ndarray  # (M, d) what was decoded: points of the latent space, or of the data where there is none
    places: np.ndarray  # (M, 2) where they are drawn
    distances: np.ndarray  # (M,) to the nearest point of the start
    nearest: np.ndarray  # (M,) which one that is
    far: np.ndarray  # (M,) bool: farther than 99 % of the points are from another one
    caption: str  # how each was found, and how far from all points it is

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, slots=True)
class DecodedPlane:
    """The drawn plane, decoded at the centres of equal cells: row by row from the top, each from the left."""

    decoded: DecodedPoints
    n_rows: int
    n_columns: int
    box: tuple[float, float, float, float]  # left, bottom, right, top of the whole grid


def decode_places(result: Result, places: npt.ArrayLike) -> DecodedPoints:
    """Decode places of the drawn plane.

    Parameters
    ----------
    result
        What the experiment gave.
    places
        (M, 2) places in the picture of the start, in the units of its axes.

    Returns
    -------
    DecodedPoints
        One for each place.

    Raises
    ------
    BadInput
        `places` are no finite numbers, or not two each.
    NotSupported
        The model's decoder does not fit its encoder any more (DEC).

    Notes
    -----
    A plane that is the latent space itself is decoded as it is; PCA is taken back by its inverse, t-SNE and UMAP by the weighted mean of
    the 15 start points nearest to the place. Distances are measured in the plane: there the place was chosen.

    Examples
    --------
    >>> from vaegc import Experiment
    >>> from vaegc.generation import decode_places
    >>> result = Experiment(dataset="moons", n=60, model=None).run()
    >>> decode_places(result, [[0.5, 0.25]]).x.tolist()
    [[0.5, 0.25]]
    """
    at = as_points(places, "places")
    if at.shape[1] != 2:
        raise BadInput(f"A place of the picture has two numbers, x and y; got {at.shape[1]}.")
    source, how = plane_of(result).inverse_transform(at)
    neighborhood = plane_of(result).neighborhood
    distances, nearest = neighborhood.nearest(at)
    far = neighborhood.is_far(distances)
    caption = _sentences(_describe_places(result, len(at)), how, _describe_distances(distances, far, neighborhood.distance_q99))
    return DecodedPoints(np.asarray(decode(result, source)), source, at, distances, nearest, far, caption)


def walk(result: Result, a: Place, b: Place, steps: int = 12) -> DecodedPoints:
    """Decode a straight line in the latent space between two points or places (linear interpolation), ends included, at equal steps.

    Parameters
    ----------
    result
        What the experiment gave.
    a, b
        Where it begins and ends: the number of a point, or a place (x, y) of the drawn plane.
    steps
        Points on the line, 2 to 200.

    Returns
    -------
    DecodedPoints
        One for each step.

    Raises
    ------
    BadInput
        There is no such point, an end is no place, or `steps` is out of range.
    NotSupported
        The model's decoder does not fit its encoder any more (DEC).

    Notes
    -----
    The line is straight where it is decoded, in the latent space; `DecodedPoints.places` are where the view puts its steps, which on a map is no
    straight line. Distances are measured where it is decoded.
    """
    check_int(steps, "steps", 2, MAX_WALK_STEPS)
    ends = [_end(result, a, "a"), _end(result, b, "b")]
    share = np.linspace(0, 1, steps)[:, None]
    source = (1 - share) * ends[0] + share * ends[1]
    through = f"the latent space ({source.shape[1]}-D)" if has_latent(result) else f"the data ({source.shape[1]}-D)"
    mixed = "" if has_latent(result) else "There is no decoder in between: the data at both ends are mixed, share by share."
    caption = _sentences(f"A straight line through {through}, in {steps} equal steps.", mixed, _describe_track(result))
    return _with_distances(result, source, np.asarray(decode(result, source)), plane_of(result).transform(source), caption)


def decode_trajectory(result: Result, point: int, frames: Sequence[int] | None = None) -> DecodedPoints:
    """Decode the trajectory of one point: where it is at the steps of its own climb.

    Parameters
    ----------
    result
        What the experiment gave.
    point
        Number of the point.
    frames
        Indices of kept frames; None: all.

    Returns
    -------
    DecodedPoints
        One for each frame.

    Raises
    ------
    BadInput
        There is no such point or frame, or no frame is named.
    NotSupported
        The model's decoder does not fit its encoder any more (DEC).

    Notes
    -----
    Where the data themselves climb, the moved data are shown as far as they were kept.
    """
    path = result.trajectory
    check_int(point, "point", 0, len(result.dataset) - 1)
    given = range(len(path)) if frames is None else frames
    checked = np.array([check_int(frame, "frame", 0, len(path) - 1) for frame in given], np.int64)
    if not len(checked):
        raise BadInput("There is no frame to decode; name at least one.")
    points = np.full(len(checked), point)
    source, how = source_at(result, points, checked)
    x = data_at(result, points, checked)
    places = plane_of(result).transform_moved(path.frames.places(checked, point))
    how = "" if climbs_data(result) else how
    return _with_distances(result, source, x, places, _sentences(_describe_trajectory(result, point, path.steps[checked]), how))


def latent_grid(result: Result, rows: int = 12, columns: int = 16) -> DecodedPlane:
    """Decode the whole drawn plane at the centres of equal cells.

    Parameters
    ----------
    result
        What the experiment gave.
    rows, columns
        Cells, 1 to 60 each; the grid covers all points of the start.

    Raises
    ------
    BadInput
        A number of cells is out of range.
    NotSupported
        The model's decoder does not fit its encoder any more (DEC).
    """
    check_int(rows, "rows", 1, MAX_CELLS_PER_SIDE)
    check_int(columns, "columns", 1, MAX_CELLS_PER_SIDE)
    low, high = plane_of(result).points.min(axis=0), plane_of(result).points.max(axis=0)
    margin = np.maximum(GRID_MARGIN * (high - low), 1e-9 + GRID_MARGIN * (high - low).max() * (high == low))
    low, high = low - margin, high + margin
    cell = (high - low) / [columns, rows]
    x, y = low[0] + cell[0] * (np.arange(columns) + 0.5), high[1] - cell[1] * (np.arange(rows) + 0.5)
    found = decode_places(result, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return DecodedPlane(found, rows, columns, box)


def provenance(result: Result, seed: int | None = None) -> str:
    """Return the end of every caption: N, data, model and seeds."""
    drawn = "" if seed is None else f", drawn with seed {seed}"
    return f"{counted(len(result.dataset), 'point')} of {result.dataset.name}, {describe_model(result)}, seed {result.spec.seed}{drawn}."


def _end(result: Result, end: Place, name: str) -> np.ndarray:
    if isinstance(end, (int, np.integer)):
        point = check_int(end, name, 0, len(result.dataset) - 1)
        return source_at(result, np.array([point]), np.array([0]))[0][0]
    at = as_points([end], f"the place {name}")  # type: ignore[list-item]
    if at.shape[1] != 2:
        raise BadInput(
            f"A walk begins and ends at the number of a point or at a place (x, y); {name} has {counted(at.shape[1], 'number')}."
        )
    return np.asarray(plane_of(result).inverse_transform(at)[0][0])


def _with_distances(result: Result, source: np.ndarray, x: np.ndarray, places: np.ndarray, caption: str) -> DecodedPoints:
    neighborhood = plane_of(result).source_neighborhood
    distances, nearest = neighborhood.nearest(source)
    far = neighborhood.is_far(distances)
    return DecodedPoints(
        x,
        source,
        places,
        distances,
        nearest,
        far,
        _sentences(caption, _describe_distances(distances, far, neighborhood.distance_q99)),
    )


def _describe_places(result: Result, count: int) -> str:
    here = "this place" if count == 1 else f"these {count:,} places"
    if has_latent(result):
        return f"What {decoder_name(result)} decodes from {here}."
    if plane_of(result).exact:
        return f"There is no decoder: {here} of the data {verb_form(count, 'are')} the answer."
    return f"There is no decoder: {here} {verb_form(count, 'are')} taken back to the data."


def _describe_trajectory(result: Result, point: int, steps: np.ndarray) -> str:
    """What one sees of a point at some steps, as a sentence."""
    decoded = has_latent(result) and not climbs_data(result)
    on_map = result.space.name in ("pca", *MAPS)
    moves = "as its place in the map goes back to the data" if on_map else "as it moves in the data"
    through = f"as {decoder_name(result)} decodes it" if decoded else moves
    if len(steps) > 1:
        return f"Point {point:,} on its own climb, from step {steps[0]} to step {steps[-1]}, {through}."
    if steps[0]:
        return f"Point {point:,} at step {steps[0]}, {through}."
    return f"Point {point:,} where it begins{f', {through}' if decoded else ''}."


def _describe_track(result: Result) -> str:
    bent = {"pca": "PCA", **MAPS}.get(plane_of(result).name)
    return f"Its track on the map is where {bent} puts each step." if bent else ""


def _describe_distances(distances: np.ndarray, far: np.ndarray, distance_q99: float) -> str:
    """Distances from the nearest point beside those usual between points, as a sentence; empty for a point itself."""
    if not distances.any():
        return ""
    usual = f"99 % of the points have another one within {distance_q99:.2g}"
    if len(distances) == 1:
        if far[0]:
            return f"Far from all points: the nearest is {distances[0]:.2g} away, while {usual}. No data say what belongs here."
        return f"The nearest point is {distances[0]:.2g} away; {usual}."
    if far.any():
        return f"{far.sum()} of {len(far)} are far from all points, up to {distances.max():.2g} away, while {usual}: no data say what belongs there."
    return f"None is far from all points: the farthest is {distances.max():.2g} from its nearest; {usual}."


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
