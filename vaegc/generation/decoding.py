"""Decoding of points on their way: data for places of a space, and pictures of one point at one frame.

A map has no decoder of its own: PCA is taken back by its inverse, t-SNE and UMAP by the start points nearest to the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vaegc.ascent import DATA_DENSITIES
from vaegc.checks import check_int
from vaegc.errors import NotSupported, VaegcError
from vaegc.experiment.scene_arrays import uint8_images
from vaegc.models import kind_name
from vaegc.projection import N_PLACEMENT_NEIGHBORS, Space

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAPS = {"tsne": "t-SNE", "umap": "UMAP"}
MAX_NUMBERS_LISTED = 6  # of a decoded point that is no picture


@dataclass(frozen=True, slots=True)
class PointPictures:
    """One point at one frame as pictures with a caption."""

    caption: str  # one or two sentences: what the pictures are, or why there are none
    pictures: tuple[tuple[str, np.ndarray], ...] = ()  # label and (h, w) or (h, w, 3) uint8, with the ink of `uint8_images`


def point_pictures(result: Result, point: int, frame: int) -> PointPictures:
    """Return one point as two pictures: "start", and "here", the place that it has reached at a frame.

    What cannot be decoded has no pictures and says why; nothing is raised.

    Parameters
    ----------
    result
        What the experiment gave.
    point
        Index of the point.
    frame
        Index of a kept frame.

    Notes
    -----
    Two points are decoded, so a call costs milliseconds; a t-SNE or UMAP map adds one search for neighbours.

    Examples
    --------
    >>> from vaegc import Experiment
    >>> from vaegc.generation.decoding import point_pictures
    >>> point_pictures(Experiment(dataset="moons", n=60, model=None).run(), 7, 0).caption
    'There is no model to decode with, and these data are no pictures.'
    """
    data = result.dataset
    try:
        check_int(point, "point", 0, len(data) - 1)
        check_int(frame, "frame", 0, len(result.trajectory) - 1)
        x, caption = _ends(result, point, frame)
    except VaegcError as error:
        return PointPictures(str(error))
    if data.image_shape is not None:
        start, here = uint8_images(data, x)
        return PointPictures(caption, (("start", start), ("here", here)))
    if result.model is None:
        return PointPictures("There is no model to decode with, and these data are no pictures.")
    listed = (
        f" Decoded here: {', '.join(f'{value:.3g}' for value in x[1])}.".replace("-", "−")
        if x.shape[1] <= MAX_NUMBERS_LISTED
        else ""
    )
    return PointPictures(f"These data are no pictures, so there is nothing to draw.{listed}")


def invert_space(space: Space, places: np.ndarray) -> tuple[np.ndarray, str]:
    """Invert a projection: points (M, d) of the space's source for places (M, dim), and how they were found, as a sentence.

    The latent space and the data are their own source, and the sentence is empty. PCA is linear; t-SNE and UMAP have no inverse, and the
    weighted mean of the nearest points of the start stands in for it.
    """
    if space.linear is not None:
        mean, axes = space.linear
        return mean + places @ axes, f"PCA is taken back by its inverse: what its {_dimensions(space.dim)} left out is missing."
    if space.name in MAPS:
        near = min(N_PLACEMENT_NEIGHBORS, len(space.source))
        words = f"A {MAPS[space.name]} map has no inverse, so the weighted mean of the {near} start points nearest to this place is taken."
        return space.inverse.place(places), words
    return places, ""


def source_at(result: Result, points: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, str]:
    """Return points (M,) at frames (M,) in the space's source (M, d), and how that was found, as a sentence."""
    space = result.space
    at, words = invert_space(space, result.trajectory.frames.places(frames, points))
    if space.name in MAPS:
        start = frames == 0
        at[start] = space.source[points[start]]  # exactly, also where points coincide in the map
        words = "" if start.all() else words
    return at, words


def decode(result: Result, source: np.ndarray) -> np.ndarray:
    """Return data (M, D) for points (M, d) of the space's source: decoded, or themselves where the source is the data.

    Raises
    ------
    NotSupported
        The model's decoder does not fit its encoder any more.
    """
    return _decoded(result, source) if has_latent(result) else source


def data_at(result: Result, points: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Return points (M,) at frames (M,) as data (M, D): the moved data where they were kept, else what is decoded from there.

    Raises
    ------
    NotSupported
        The model's decoder does not fit its encoder any more.
    """
    path = result.trajectory
    if not climbs_data(result):
        return decode(result, source_at(result, points, frames)[0])
    kept = _kept_frames(result)
    known = np.isin(frames, list(kept))
    rows = np.empty((len(points), result.dataset.x.shape[1]), result.dataset.x.dtype)
    for i in np.flatnonzero(known):
        moved = path.data_frames
        rows[i] = result.dataset.x[points[i]] if moved is None else moved.places(kept[int(frames[i])], points[i])
    if not known.all():
        rows[~known] = _decoded(result, path.frames.places(frames[~known], points[~known]))
    return rows


def has_latent(result: Result) -> bool:
    """Whether the space's source are latent points, which a model decodes, and not the data themselves."""
    return result.model is not None and (result.spec.space != "data" or climbs_data(result))


def climbs_data(result: Result) -> bool:
    """Whether the data themselves move, and what is clustered is their encoding."""
    return result.spec.ascent is not None and result.spec.ascent.density in DATA_DENSITIES


def decoder_name(result: Result) -> str:
    """Name of the model within a sentence: "the VAE"."""
    assert result.model is not None
    kind = result.model.kind
    return "the autoencoder" if kind == "ae" else f"the {kind_name(kind)}"


def _ends(result: Result, point: int, frame: int) -> tuple[np.ndarray, str]:
    """Return data (2, D) of the point at the start and at the frame, and what they are, as a sentence."""
    space, both = result.space, (np.array([point, point]), np.array([0, frame]))
    x = data_at(result, *both)
    if climbs_data(result):
        return x, _describe_moved(result, frame)
    back = source_at(result, *both)[1]
    back = f" {back}" if back else ""
    if has_latent(result):
        return x, f"What {decoder_name(result)} decodes from the point's place {_when(result, frame)}.{back}"
    what = (
        "The point's place in the map, as a picture:"
        if space.name in ("pca", *MAPS)
        else "The point itself, which moves in the data:"
    )
    return x, f"{what} {_when(result, frame)}.{back}"


def _describe_moved(result: Result, frame: int) -> str:
    """Caption of a point that climbs in the data."""
    if frame in _kept_frames(result):
        return f"The point itself, which moves in the data: {_when(result, frame)}."
    step = result.trajectory.steps[frame]
    return f"The point at the start; of step {step} only its encoding was kept, and {decoder_name(result)} decodes it."


def _kept_frames(result: Result) -> dict[int, int]:
    """Index among the kept moved data by frame: of every frame, or of the first and last only."""
    path = result.trajectory
    if path.data_frames is None:
        return {0: 0}  # which the data set holds
    if len(path.data_frames) == len(path):
        return {frame: frame for frame in range(len(path))}
    return {0: 0, len(path) - 1: len(path.data_frames) - 1}


def _when(result: Result, frame: int) -> str:
    return "at the start" if frame == 0 else f"at the start and at step {result.trajectory.steps[frame]}"


def _dimensions(count: int) -> str:
    return "one dimension" if count == 1 else f"{count} dimensions"


def _decoded(result: Result, z: np.ndarray) -> np.ndarray:
    """Decode latent points (M, d); raises `NotSupported` where the decoder does not fit."""
    assert result.model is not None
    if result.model.kind == "dec":
        raise NotSupported(
            "DEC's decoder was left behind when its encoder moved, so it decodes no picture of this place; IDEC keeps the two together."
        )
    return result.model.decode(z)
