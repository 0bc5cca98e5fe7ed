"""Rows of data as the browser gets them: bytes of pictures, places in the cloud of the data, or features with their numbers."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from vaegc.datasets import Dataset
from vaegc.experiment.scene_arrays import ink_of
from vaegc.generation import Sheet, kind_of, telling_features
from vaegc.generation.display import in_data_plane
from vaegc.web import palette

CLOUD = 600  # points of the data behind a dot

PALETTE = {
    "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)},
    "noise": {"light": palette.NOISE_LIGHT, "dark": palette.NOISE_DARK},
}


def display_of(data: Dataset) -> dict[str, Any]:
    """How rows of these data are shown, and what all of them share."""
    kind = kind_of(data)
    if kind == "picture":
        assert data.image_shape is not None
        height, width, *channels = data.image_shape
        return {"kind": kind, "width": width, "height": height, "channels": channels[0] if channels else 1}
    if kind == "point":
        some = np.random.default_rng(0).permutation(len(data))[:CLOUD]
        return {"kind": kind, "cloud": as_text(_in_frame(data, data.x[some]))}
    return {"kind": kind}


def rows_of(data: Dataset, rows: np.ndarray) -> dict[str, Any]:
    """Rows (M, D) of data, packed."""
    kind, many = kind_of(data), len(rows)
    if kind == "picture":
        return {"many": many, "pixels": as_text(ink_of(data, rows))}
    if kind == "point":
        return {"many": many, "xy": as_text(_in_frame(data, rows))}
    told = [[{"name": f.name, "value": f.value, "away": f.away} for f in row] for row in telling_features(data, rows)]
    return {"many": many, "features": told}


def sheet_of(data: Dataset, sheet: Sheet, colours: dict[int, int]) -> dict[str, Any]:
    """A sheet, packed; `colours` are palette entries by a point that lends a cluster its colour."""
    lines = [
        {"name": line.name, "words": line.words, "colour": colours.get(line.representative), "rows": rows_of(data, line.rows)}
        for line in sheet.lines
    ]
    return {
        "display": display_of(data), "title": sheet.title, "lines": lines, "columns": list(sheet.columns), "tight": 0, **PALETTE,
    }  # fmt: skip


def as_text(array: np.ndarray) -> str:
    """Pack an array as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _in_frame(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Rows (M, D) of data of few features as places (M, 2) float32 in a square frame around the data, 0 to 1, both axes alike."""
    cloud = in_data_plane(data, data.x)
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    side = float((high - low).max()) or 1.0
    return ((in_data_plane(data, rows) - (low + high) / 2) / side + 0.5).astype(np.float32)
