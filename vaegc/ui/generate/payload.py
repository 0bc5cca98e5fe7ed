"""Payloads of generated data for the browser: bytes of pictures, places in a scatter plot, or features with their numbers."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from vaegc.datasets import Dataset
from vaegc.experiment.scene_arrays import uint8_images
from vaegc.generation import ImageGrid, display_kind, largest_deviations
from vaegc.generation.display import project_to_plane
from vaegc.web import palette

MAX_CLOUD_POINTS = 600  # points of the data behind those that are displayed

PALETTE = {
    "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)},
    "noise": {"light": palette.NOISE_LIGHT, "dark": palette.NOISE_DARK},
}


def display_payload(data: Dataset) -> dict[str, Any]:
    """Return how points of these data are displayed, and what all of them share, as JSON-ready data."""
    kind = display_kind(data)
    if kind == "picture":
        assert data.image_shape is not None
        height, width, *channels = data.image_shape
        return {"kind": kind, "width": width, "height": height, "channels": channels[0] if channels else 1}
    if kind == "point":
        some = np.random.default_rng(0).permutation(len(data))[:MAX_CLOUD_POINTS]
        return {"kind": kind, "cloud": to_base64(_in_frame(data, data.x[some]))}
    return {"kind": kind}


def rows_payload(data: Dataset, x: np.ndarray) -> dict[str, Any]:
    """Return x (M, D) as JSON-ready data, arrays as base64."""
    kind, many = display_kind(data), len(x)
    if kind == "picture":
        return {"many": many, "pixels": to_base64(uint8_images(data, x))}
    if kind == "point":
        return {"many": many, "xy": to_base64(_in_frame(data, x))}
    features = [[{"name": f.name, "value": f.value, "away": f.z_score} for f in point] for point in largest_deviations(data, x)]
    return {"many": many, "features": features}


def grid_payload(data: Dataset, grid: ImageGrid, colors: dict[int, int]) -> dict[str, Any]:
    """Return an image grid as JSON-ready data; `colors` are palette entries by a cluster's representative point."""
    rows = [
        {"name": row.name, "words": row.caption, "colour": colors.get(row.representative), "rows": rows_payload(data, row.x)}
        for row in grid.rows
    ]
    return {
        "display": display_payload(data), "title": grid.title, "lines": rows, "columns": list(grid.columns), "tight": 0, **PALETTE,
    }  # fmt: skip


def to_base64(array: np.ndarray) -> str:
    """Return the bytes of an array, in C order, as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _in_frame(data: Dataset, x: np.ndarray) -> np.ndarray:
    """Return x (M, D), D = 2 or 3, as places (M, 2) float32 in a square frame around the data, 0 to 1, both axes alike."""
    cloud = project_to_plane(data, data.x)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    side = float((high - low).max()) or 1.0
    return ((project_to_plane(data, x) - (low + high) / 2) / side + 0.5).astype(np.float32)
