"""Pictures of a point on its way: what a model decodes from the place where the point is.

A map has no decoder of its own: PCA is taken back by its inverse, t-SNE and UMAP by the start points nearest to the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vaegc.ascent import OF_DATA
from vaegc.checks import check_int
from vaegc.errors import NotSupported, VaegcError
from vaegc.experiment.drawing import ink_of
from vaegc.models import kind_name
from vaegc.projection import NEIGHBOURS, Space

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAPS = {"tsne": "t-SNE", "umap": "UMAP"}
TOLD = 6  # most numbers of a point that a sentence lists


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is shown of one point at one frame."""

    words: str  # one or two sentences: what the pictures are, or why there are none
    pictures: tuple[tuple[str, np.ndarray], ...] = ()  # label and (h, w) or (h, w, 3) uint8, with the ink of `ink_of`


def pictures_of(result: Result, point: int, frame: int) -> Pictures:
    """Return one point as a picture, "start" and "here", the place that it has reached at a frame.

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
    >>> from vaegc.experiment.decoding import pictures_of
    >>> pictures_of(Experiment(dataset="moons", n=60, model=None).run(), 7, 0).words
    'There is no model to decode with, and these data are no pictures.'
    """
    data = result.dataset
    try:
        check_int(point, "point", 0, len(data) - 1)
        check_int(frame, "frame", 0, len(result.trajectory) - 1)
        rows, words = _in_data(result, point, frame)
    except VaegcError as error:
        return Pictures(str(error))
    if data.image_shape is not None:
        start, here = ink_of(data, rows)
        return Pictures(words, (("start", start), ("here", here)))
    if result.model is None:
        return Pictures("There is no model to decode with, and these data are no pictures.")
    listed = f" Decoded here: {', '.join(f'{x:.3g}' for x in rows[1])}.".replace("-", "−") if rows.shape[1] <= TOLD else ""
    return Pictures(f"These data are no pictures, so there is nothing to draw.{listed}")


def _in_data(result: Result, point: int, frame: int) -> tuple[np.ndarray, str]:
    """The point at the start and at the frame as rows (2, D) of the data, and in words what they are."""
    spec, space, path = result.spec, result.space, result.trajectory
    if spec.ascent is not None and spec.ascent.density in OF_DATA:
        return _moved(result, point, frame)
    at = path.points[[0, frame], point].astype(np.float64)  # (2, d)
    back = ""
    if space.linear is not None:
        mean, axes = space.linear
        at = mean + at @ axes
        back = f" PCA is taken back by its inverse: what its {_dimensions(space.dim)} left out is missing."
    elif space.name in MAPS:
        start = space.source[[point]]  # exactly, also where points coincide in the map
        here = start if frame == 0 else Space(space.source, "back", space.points).place(at[1:])
        at = np.concatenate([start, here])
        near = min(NEIGHBOURS, len(space.source))
        if frame != 0:
            back = f" A {MAPS[space.name]} map has no inverse, so the weighted mean of the {near} start points nearest to this place is taken."
    if _has_latent(result):
        return _decoded(result, at), f"What {_model(result)} decodes from the point's place {_when(result, frame)}.{back}"
    what = (
        "The point's place in the map, as a picture:"
        if space.name in ("pca", *MAPS)
        else "The point itself, which moves in the data:"
    )
    return at, f"{what} {_when(result, frame)}.{back}"


def _moved(result: Result, point: int, frame: int) -> tuple[np.ndarray, str]:
    """Of a climb in the data: the moved data where they were kept, else what the model decodes from their encoding."""
    path, start = result.trajectory, result.dataset.x[point]
    kept = path.data_points
    which = None
    if kept is not None:
        which = frame if len(kept) == len(path) else {0: 0, len(path) - 1: len(kept) - 1}.get(frame)
    if kept is not None and which is not None:
        return np.stack([start, kept[which, point]]), f"The point itself, which moves in the data: {_when(result, frame)}."
    here = _decoded(result, path.points[[frame], point])[0]
    words = f"The point at the start; of step {path.steps[frame]} only its encoding was kept, and {_model(result)} decodes it."
    return np.stack([start, here]), words


def _when(result: Result, frame: int) -> str:
    return "at the start" if frame == 0 else f"at the start and at step {result.trajectory.steps[frame]}"


def _dimensions(count: int) -> str:
    return "one dimension" if count == 1 else f"{count} dimensions"


def _has_latent(result: Result) -> bool:
    return result.model is not None and result.spec.space != "data"


def _decoded(result: Result, z: np.ndarray) -> np.ndarray:
    """What the model decodes from latent points (M, d); raises `NotSupported` where its decoder does not fit."""
    assert result.model is not None
    if result.model.kind == "dec":
        raise NotSupported(
            "DEC's decoder was left behind when its encoder moved, so it decodes no picture of this place; IDEC keeps the two together."
        )
    return result.model.decode(z)


def _model(result: Result) -> str:
    assert result.model is not None
    kind = result.model.kind
    return "the autoencoder" if kind == "ae" else f"the {kind_name(kind)}"
