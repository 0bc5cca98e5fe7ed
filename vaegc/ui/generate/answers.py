"""Answers to the map: what was asked, decoded, with words and the data nearest to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaegc.errors import NotSupported, VaegcError
from vaegc.experiment import Result
from vaegc.generation import Clusters, Decoded, decode_places, kind_of, latent_grid, walk, walk_of_point
from vaegc.generation.decoding import decoder_words, has_latent
from vaegc.generation.plane import plane_of
from vaegc.ui.generate.payload import as_text, rows_of
from vaegc.ui.generate.requests import Asked, Spot

STEPS = 11  # pictures of a walk: every tenth of the way
MOST_FRAMES = 11  # of a climb
CELLS = 300  # about as many pictures lie behind the points
FEWEST = 6  # along the shorter side


def answer(result: Result, asked: Asked, version: str, public: Callable[[str], str]) -> dict[str, Any]:
    """Return what the browser shows; what cannot be decoded is one sentence."""
    given = {"version": version, "serial": asked.serial, "kind": asked.kind}
    try:
        if asked.kind == "grid":
            return {**given, "words": "", "grid": _grid(result)}
        title, decoded, names = _found(result, asked)
    except VaegcError as error:
        return {**given, "title": "Nothing can be decoded here", "words": public(str(error)), "rows": None, "grid": None}
    data, path, nearest = result.dataset, result.trajectory, decoded.nearest.tolist()
    own = [f"nearest point, {point:,}" for point in nearest]
    followed = asked.spots[0] if asked.kind == "climb" or (asked.kind == "place" and isinstance(asked.spots[0], int)) else None
    if followed is not None:  # beside what becomes of a point stands the point
        nearest, own = [followed] * len(decoded), [f"point {followed:,} itself"] * len(decoded)
    return {
        **given, "title": title, "words": public(decoded.words), "names": names, "far": decoded.far.tolist(),
        "track": as_text(decoded.places.astype(np.float64)), "rows": rows_of(data, decoded.rows),
        "nearest": [{"point": point, "name": name} for point, name in zip(nearest, own, strict=True)],
        "own": rows_of(data, data.x[nearest]), "climbs": len(path) > 1 and asked.kind != "climb",
    }  # fmt: skip


def first(result: Result, clusters: Clusters | None) -> tuple[Asked, str]:
    """What is shown before anything was asked, and its title: a walk between the two largest clusters, else across the map."""
    if clusters is not None and len(clusters) > 1:
        a, b = (int(point) for point in clusters.summits[:2])
        return Asked("walk", 0, (a, b)), "A walk from cluster 1 to cluster 2"
    drawn = plane_of(result).points
    return Asked("walk", 0, (int(drawn[:, 0].argmin()), int(drawn[:, 0].argmax()))), "A walk across the map"


def _found(result: Result, asked: Asked) -> tuple[str, Decoded, list[str]]:
    if asked.kind == "climb":
        point = asked.spots[0]
        assert isinstance(point, int)
        steps = result.trajectory.steps
        frames = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MOST_FRAMES)).round().astype(int)).tolist()
        names = ["start" if frame == 0 else f"step {steps[frame]}" for frame in frames]
        return f"Point {point:,} on its way uphill", walk_of_point(result, point, frames), names
    if asked.kind == "walk":
        a, b = asked.spots
        names = [f"{100 * share:.0f} % of the way" for share in np.linspace(0, 1, STEPS)]
        title = (
            "A walk between two places"
            if not (isinstance(a, int) or isinstance(b, int))
            else f"A walk from {_called(a)} to {_called(b)}"
        )
        return title, walk(result, a, b, STEPS), names
    spot = asked.spots[0]
    who = decoder_words(result) if has_latent(result) else ""
    title = f"What {who} imagines here" if who else "What lies here"
    if isinstance(spot, int):  # exactly, also where points coincide in the map
        found = walk_of_point(result, spot, [0])
        return f"Point {spot:,}" + (f" through {who}" if who else ""), found, ["decoded" if who else "as it is"]
    return title, decode_places(result, [spot]), ["decoded" if who else "here"]


def _called(spot: Spot) -> str:
    return f"point {spot:,}" if isinstance(spot, int) else "a place"


def _grid(result: Result) -> dict[str, Any]:
    """About 300 square cells over the drawn plane."""
    if kind_of(result.dataset) != "picture":
        raise NotSupported("These data are no pictures, so none can lie behind the points.")
    drawn = plane_of(result).points
    wide, high = np.maximum(drawn.max(axis=0) - drawn.min(axis=0), 1e-12)
    rows = int(np.clip(round((CELLS * high / wide) ** 0.5), FEWEST, CELLS // FEWEST))
    columns = int(np.clip(round(CELLS / rows), FEWEST, CELLS // FEWEST))
    made = latent_grid(result, rows, columns)
    return {
        "rows": rows, "columns": columns, "box": list(made.box), "far": made.decoded.far.tolist(),
        "pictures": rows_of(result.dataset, made.decoded.rows),
    }  # fmt: skip
