"""Responses to the map: what was requested, decoded, with a caption and the nearest points of the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaegc.errors import NotSupported, VaegcError
from vaegc.experiment import Result
from vaegc.generation import ClustersAtEps, DecodedPoints, decode_places, decode_trajectory, display_kind, latent_grid, walk
from vaegc.generation.decoding import decoder_name, has_latent
from vaegc.generation.plane import plane_of
from vaegc.ui.generate.payload import rows_payload, to_base64
from vaegc.ui.generate.requests import MapRequest, PointOrPlace

WALK_STEPS = 11  # every tenth of the way
MAX_TRAJECTORY_FRAMES = 11  # that are decoded
GRID_CELLS = 300  # about as many pictures of the plane lie behind the points
MIN_CELLS_PER_SIDE = 6


def respond(result: Result, request: MapRequest, version: str, public: Callable[[str], str]) -> dict[str, Any]:
    """Return the response to a request as JSON-ready data; what cannot be decoded is one sentence.

    Parameters
    ----------
    result
        Whose model decodes.
    request
        What the map asks for.
    version
        Of the scene, which the response carries.
    public
        Removes the server's paths from a sentence.
    """
    given = {"version": version, "serial": request.serial, "kind": request.kind}
    try:
        if request.kind == "grid":
            return {**given, "words": "", "grid": _grid(result)}
        title, decoded, names = _decode_request(result, request)
    except VaegcError as error:
        return {**given, "title": "Nothing can be decoded here", "words": public(str(error)), "rows": None, "grid": None}
    data, path, nearest = result.dataset, result.trajectory, decoded.nearest.tolist()
    own = [f"nearest point, {point:,}" for point in nearest]
    followed = (
        request.ends[0] if request.kind == "climb" or (request.kind == "place" and isinstance(request.ends[0], int)) else None
    )
    if followed is not None:  # beside what becomes of a point stands the point
        nearest, own = [followed] * len(decoded), [f"point {followed:,} itself"] * len(decoded)
    return {
        **given, "title": title, "words": public(decoded.caption), "names": names, "far": decoded.far.tolist(),
        "track": to_base64(decoded.places.astype(np.float64)), "rows": rows_payload(data, decoded.x),
        "nearest": [{"point": point, "name": name} for point, name in zip(nearest, own, strict=True)],
        "own": rows_payload(data, data.x[nearest]), "climbs": len(path) > 1 and request.kind != "climb",
    }  # fmt: skip


def initial_request(result: Result, clusters: ClustersAtEps | None) -> tuple[MapRequest, str]:
    """Return the request that the map begins with, and its title: a walk between the two largest clusters, else across the map."""
    if clusters is not None and len(clusters) > 1:
        a, b = (int(point) for point in clusters.summits[:2])
        return MapRequest("walk", 0, (a, b)), "A walk from cluster 1 to cluster 2"
    drawn = plane_of(result).points
    return MapRequest("walk", 0, (int(drawn[:, 0].argmin()), int(drawn[:, 0].argmax()))), "A walk across the map"


def _decode_request(result: Result, request: MapRequest) -> tuple[str, DecodedPoints, list[str]]:
    if request.kind == "climb":
        point = request.ends[0]
        assert isinstance(point, int)
        steps = result.trajectory.steps
        frames = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), MAX_TRAJECTORY_FRAMES)).round().astype(int)).tolist()
        names = ["start" if frame == 0 else f"step {steps[frame]}" for frame in frames]
        return f"Point {point:,} on its way uphill", decode_trajectory(result, point, frames), names
    if request.kind == "walk":
        a, b = request.ends
        names = [f"{100 * share:.0f} % of the way" for share in np.linspace(0, 1, WALK_STEPS)]
        title = (
            "A walk between two places"
            if not (isinstance(a, int) or isinstance(b, int))
            else f"A walk from {_end_name(a)} to {_end_name(b)}"
        )
        return title, walk(result, a, b, WALK_STEPS), names
    end = request.ends[0]
    decoder = decoder_name(result) if has_latent(result) else ""
    title = f"What {decoder} imagines here" if decoder else "What lies here"
    if isinstance(end, int):  # exactly, also where points coincide in the map
        found = decode_trajectory(result, end, [0])
        return f"Point {end:,}" + (f" through {decoder}" if decoder else ""), found, ["decoded" if decoder else "as it is"]
    return title, decode_places(result, [end]), ["decoded" if decoder else "here"]


def _end_name(end: PointOrPlace) -> str:
    return f"point {end:,}" if isinstance(end, int) else "a place"


def _grid(result: Result) -> dict[str, Any]:
    """About 300 square cells over the drawn plane."""
    if display_kind(result.dataset) != "picture":
        raise NotSupported("These data are no pictures, so none can lie behind the points.")
    drawn = plane_of(result).points
    wide, high = np.maximum(drawn.max(axis=0) - drawn.min(axis=0), 1e-12)
    rows = int(np.clip(round((GRID_CELLS * high / wide) ** 0.5), MIN_CELLS_PER_SIDE, GRID_CELLS // MIN_CELLS_PER_SIDE))
    columns = int(np.clip(round(GRID_CELLS / rows), MIN_CELLS_PER_SIDE, GRID_CELLS // MIN_CELLS_PER_SIDE))
    plane = latent_grid(result, rows, columns)
    return {
        "rows": rows, "columns": columns, "box": list(plane.box), "far": plane.decoded.far.tolist(),
        "pictures": rows_payload(result.dataset, plane.decoded.x),
    }  # fmt: skip
