"""Places of the drawn plane, and ways through the space behind it, decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_int
from vaegc.errors import BadInput
from vaegc.experiment.summary import model_in_words
from vaegc.generation.decoding import MAPS, climbs_data, decode, decoder_words, has_latent, rows_of, source_of
from vaegc.generation.plane import plane_of
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MOST_STEPS = 200  # of a walk
MOST_CELLS = 60  # along one side of a grid
MARGIN = 0.02  # around the points of a grid, as a share of each side

Place = int | Sequence[float]  # a point by its number, or a place (x, y) of the drawn plane


@dataclass(frozen=True, slots=True)
class Decoded:
    """Places, and the data that they stand for."""

    rows: np.ndarray  # (M, D) data
    source: np.ndarray  # (M, d) what was decoded: points of the latent space, or of the data where there is none
    places: np.ndarray  # (M, 2) where they are drawn
    distances: np.ndarray  # (M,) to the nearest point of the start
    nearest: np.ndarray  # (M,) which one that is
    far: np.ndarray  # (M,) bool: farther than 99 % of the points are from another one
    words: str  # how each was found, and how far from all points it is

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Grid:
    """The drawn plane, decoded at the middles of equal cells: row by row from the top, each from the left."""

    decoded: Decoded
    rows: int
    columns: int
    box: tuple[float, float, float, float]  # left, bottom, right, top of the whole grid


def decode_places(result: Result, places: npt.ArrayLike) -> Decoded:
    """Decode places of the drawn plane.

    Parameters
    ----------
    result
        What the experiment gave.
    places
        (M, 2) places in the picture of the start, in the units of its axes.

    Raises
    ------
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
    >>> decode_places(result, [[0.5, 0.25]]).rows.tolist()
    [[0.5, 0.25]]
    """
    at = as_points(places, "places")
    if at.shape[1] != 2:
        raise BadInput(f"A place of the picture has two numbers, x and y; got {at.shape[1]}.")
    source, how = plane_of(result).back(at)
    around = plane_of(result).around
    distances, nearest = around.nearest(at)
    far = around.is_far(distances)
    words = _sentences(_what(result, len(at)), how, _how_far(distances, far, around.reach))
    return Decoded(np.asarray(decode(result, source)), source, at, distances, nearest, far, words)


def walk(result: Result, a: Place, b: Place, steps: int = 12) -> Decoded:
    """Decode a straight line between two points or places, ends included, at equal steps.

    Parameters
    ----------
    result
        What the experiment gave.
    a, b
        Where it begins and ends: the number of a point, or a place (x, y) of the drawn plane.
    steps
        Pictures on the way, 2 to 200.

    Notes
    -----
    The line is straight where it is decoded, in the latent space; `Decoded.places` are where the view puts its steps, which on a map is no
    straight line. Distances are measured where it is decoded.
    """
    check_int(steps, "steps", 2, MOST_STEPS)
    ends = [_end(result, a, "a"), _end(result, b, "b")]
    share = np.linspace(0, 1, steps)[:, None]
    source = (1 - share) * ends[0] + share * ends[1]
    through = f"the latent space ({source.shape[1]}-D)" if has_latent(result) else f"the data ({source.shape[1]}-D)"
    mixed = "" if has_latent(result) else "There is no decoder in between: the data at both ends are mixed, share by share."
    words = _sentences(f"A straight line through {through}, in {steps} equal steps.", mixed, _seen(result))
    return _on_the_way(result, source, np.asarray(decode(result, source)), plane_of(result).forth(source), words)


def walk_of_point(result: Result, point: int, frames: Sequence[int] | None = None) -> Decoded:
    """Decode one point at the steps of its own climb.

    Parameters
    ----------
    result
        What the experiment gave.
    point
        Number of the point.
    frames
        Indices of kept frames; None: all.

    Notes
    -----
    Where the data themselves climb, the moved data are shown as far as they were kept.
    """
    path = result.trajectory
    check_int(point, "point", 0, len(result.dataset) - 1)
    wanted = range(len(path)) if frames is None else frames
    which = np.array([check_int(frame, "frame", 0, len(path) - 1) for frame in wanted], np.int64)
    if not len(which):
        raise BadInput("There is no frame to decode; name at least one.")
    points = np.full(len(which), point)
    source, how = source_of(result, points, which)
    rows = rows_of(result, points, which)
    places = plane_of(result).moved(path.frames.places(which, point))
    how = "" if climbs_data(result) else how
    return _on_the_way(result, source, rows, places, _sentences(_of_climb(result, point, path.steps[which]), how))


def latent_grid(result: Result, rows: int = 12, columns: int = 16) -> Grid:
    """Decode the whole drawn plane at the middles of equal cells.

    Parameters
    ----------
    result
        What the experiment gave.
    rows, columns
        Cells, 1 to 60 each; the grid covers all points of the start.
    """
    check_int(rows, "rows", 1, MOST_CELLS)
    check_int(columns, "columns", 1, MOST_CELLS)
    low, high = plane_of(result).points.min(axis=0), plane_of(result).points.max(axis=0)
    margin = np.maximum(MARGIN * (high - low), 1e-9 + MARGIN * (high - low).max() * (high == low))
    low, high = low - margin, high + margin
    cell = (high - low) / [columns, rows]
    x, y = low[0] + cell[0] * (np.arange(columns) + 0.5), high[1] - cell[1] * (np.arange(rows) + 0.5)
    found = decode_places(result, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Grid(found, rows, columns, box)


def provenance(result: Result, seed: int | None = None) -> str:
    """Return what every sheet says at its end: N, model and seeds."""
    drawn = "" if seed is None else f", drawn with seed {seed}"
    return f"{counted(len(result.dataset), 'point')} of {result.dataset.name}, {model_in_words(result)}, seed {result.spec.seed}{drawn}."


def _end(result: Result, end: Place, name: str) -> np.ndarray:
    if isinstance(end, (int, np.integer)):
        point = check_int(end, name, 0, len(result.dataset) - 1)
        return source_of(result, np.array([point]), np.array([0]))[0][0]
    at = as_points([end], f"the place {name}")  # type: ignore[list-item]
    if at.shape[1] != 2:
        raise BadInput(
            f"A walk begins and ends at the number of a point or at a place (x, y); {name} has {counted(at.shape[1], 'number')}."
        )
    return np.asarray(plane_of(result).back(at)[0][0])


def _on_the_way(result: Result, source: np.ndarray, rows: np.ndarray, places: np.ndarray, words: str) -> Decoded:
    around = plane_of(result).around_source
    distances, nearest = around.nearest(source)
    far = around.is_far(distances)
    return Decoded(rows, source, places, distances, nearest, far, _sentences(words, _how_far(distances, far, around.reach)))


def _what(result: Result, many: int) -> str:
    here = "this place" if many == 1 else f"these {many:,} places"
    if has_latent(result):
        return f"What {decoder_words(result)} decodes from {here}."
    if plane_of(result).exact:
        return f"There is no decoder: {here} of the data {'is' if many == 1 else 'are'} the answer."
    return f"There is no decoder: {here} {'is' if many == 1 else 'are'} taken back to the data."


def _of_climb(result: Result, point: int, steps: np.ndarray) -> str:
    """What the rows of a point at some steps are."""
    decoded = has_latent(result) and not climbs_data(result)
    on_map = result.space.name in ("pca", *MAPS)
    moves = "as its place in the map goes back to the data" if on_map else "as it moves in the data"
    through = f"as {decoder_words(result)} decodes it" if decoded else moves
    if len(steps) > 1:
        return f"Point {point:,} on its own climb, from step {steps[0]} to step {steps[-1]}, {through}."
    if steps[0]:
        return f"Point {point:,} at step {steps[0]}, {through}."
    return f"Point {point:,} where it begins{f', {through}' if decoded else ''}."


def _seen(result: Result) -> str:
    bent = {"pca": "PCA", **MAPS}.get(plane_of(result).name)
    return f"Its track on the map is where {bent} puts each step." if bent else ""


def _how_far(distances: np.ndarray, far: np.ndarray, reach: float) -> str:
    """How far from all points, in the same units as how far apart the points themselves lie; nothing for a point itself."""
    if not distances.any():
        return ""
    usual = f"99 % of the points have another one within {reach:.2g}"
    if len(distances) == 1:
        if far[0]:
            return f"Far from all points: the nearest is {distances[0]:.2g} away, while {usual}. No data say what belongs here."
        return f"The nearest point is {distances[0]:.2g} away; {usual}."
    if far.any():
        return f"{far.sum()} of {len(far)} are far from all points, up to {distances.max():.2g} away, while {usual}: no data say what belongs there."
    return f"None is far from all points: the farthest is {distances.max():.2g} from its nearest; {usual}."


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
