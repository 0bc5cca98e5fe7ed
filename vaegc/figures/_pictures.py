"""Thumbnails of a data set, with a clear background, and a bar chart of its classes.

A picture is (height, width, 4) bytes: it lies on a light or a dark page as ink lies on paper.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from vaegc.checks import check_int, check_seed
from vaegc.datasets import Dataset
from vaegc.errors import BadInput
from vaegc.figures._style import PALETTE, TEXT_COLOR, base_figure, escape_text
from vaegc.wording import counted

TILE_PIXELS = 56  # of a small picture's longer side, about; sharp on fine screens
GAP_PIXELS = 4  # between small pictures
SCATTER_SIZE = (600, 240)  # pixels, width and height of the other pictures
MAX_SCATTER_POINTS = 600
DOT_RADIUS, SUPERSAMPLING = 4.5, 3  # pixels; times finer drawn than shown
MAX_PCA_ROWS = 1000  # points, and features, from which principal components are found for a picture
DARK_EDGE, LIGHT_EDGE = 0.1, 0.9  # median brightness along the edges of drawings on black and on white
MAX_BARS = 20  # classes with a bar of their own


def contact_sheet(data: Dataset, n: int = 40, seed: int = 0, columns: int = 10, dark: bool = False) -> np.ndarray:
    """Return small pictures of a sample, side by side: (height, width, 4) bytes.

    Parameters
    ----------
    data
        Pictures. Grey drawings on black or on white become ink on a clear background; photographs stay as they are.
    n
        How many; fewer where there are fewer.
    seed
        Of the sample.
    columns
        Pictures in a row. Where there are classes, at most as many as columns, neighbouring columns show the same class.
    dark
        Whether the sheet lies on a dark page.

    Raises
    ------
    BadInput
        The data are no pictures.
    """
    check_int(n, "n", 1), check_int(columns, "columns", 1), check_seed(seed)
    rows = _sample(data, min(n, len(data)), seed, columns)
    return contact_sheet_of_rows(data, data.x[rows], columns, dark)


def contact_sheet_of_rows(data: Dataset, rows: np.ndarray, columns: int = 10, dark: bool = False) -> np.ndarray:
    """Return rows (M, D) of numbers, which need not be points of the data, as `contact_sheet` draws those of a set of pictures."""
    if data.image_shape is None:
        raise BadInput(f"{data.name} holds no pictures, so there is no sheet of them.")
    low, high = data.pixel_range
    x = ((rows.astype(np.float64) - low) / ((high - low) or 1.0)).clip(0, 1).reshape(len(rows), *data.image_shape)
    return tile_images([_resized(tile) for tile in _to_rgba(x, dark)], columns)


def tile_images(tiles: Sequence[np.ndarray], columns: int = 10) -> np.ndarray:
    """Return pictures in rows, each in the middle of its place, on a clear ground: (height, width, 4) bytes.

    Parameters
    ----------
    tiles
        (h, w, 3) or (h, w, 4) bytes of any sizes; one at least.
    columns
        Pictures in a row.
    """
    high, wide = (max(tile.shape[axis] for tile in tiles) for axis in (0, 1))
    lines, across = -(-len(tiles) // columns), min(columns, len(tiles))
    sheet = np.zeros((lines * (high + GAP_PIXELS) - GAP_PIXELS, across * (wide + GAP_PIXELS) - GAP_PIXELS, 4), np.uint8)
    for i, tile in enumerate(tiles):
        height, width, channels = tile.shape
        top = (i // columns) * (high + GAP_PIXELS) + (high - height) // 2
        left = (i % columns) * (wide + GAP_PIXELS) + (wide - width) // 2
        sheet[top : top + height, left : left + width, 3] = 255
        sheet[top : top + height, left : left + width, :channels] = tile
    return sheet


def scatter_sheet(data: Dataset, seed: int = 0, dark: bool = False) -> np.ndarray:
    """Return a cloud of points as a picture (height, width, 4), coloured by class where there are classes.

    Two features are drawn as they are, of more the first two principal components, found from a sample; one feature becomes a
    histogram. Axes have the same scale.
    """
    check_seed(seed)
    if data.x.shape[1] == 1:
        return _histogram(data.x[:, 0], dark)
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(data), min(len(data), MAX_PCA_ROWS), replace=False))
    flat = _to_plane(data.x[rows].astype(np.float64), rng)[:MAX_SCATTER_POINTS]
    width, height = (SUPERSAMPLING * side for side in SCATTER_SIZE)
    picture = Image.new("RGBA", (width, height))
    pen = ImageDraw.Draw(picture)
    radius = SUPERSAMPLING * DOT_RADIUS
    low, high = flat.min(axis=0), flat.max(axis=0)
    scale = min((side - 4 * radius) / max(span, 1e-12) for side, span in zip((width, height), high - low, strict=True))
    # One spot, or a line along an axis, has no span to fill.
    scale = scale if np.isfinite(scale) and (high - low).max() > 0 else 1.0
    at = ((flat - (low + high) / 2) * scale) * [1, -1] + np.array([width, height]) / 2
    colours = PALETTE[dark]
    for i in rng.permutation(len(flat)):  # no class lies on top of the others
        left, up = at[i]
        label = 0 if data.y is None else int(data.y[rows[i]])
        pen.ellipse((left - radius, up - radius, left + radius, up + radius), fill=colours[label % len(colours)] + "d8")
    return np.asarray(picture.resize(SCATTER_SIZE, Image.Resampling.BOX))


def thumbnail_sheet(data: Dataset, seed: int = 0, dark: bool = False) -> np.ndarray:
    """Return the picture that suits a data set: its own pictures, else a cloud of points."""
    return contact_sheet(data, seed=seed, dark=dark) if data.image_shape is not None else scatter_sheet(data, seed, dark)


def as_png(picture: np.ndarray) -> bytes:
    """Pack a picture as the bytes of a PNG file."""
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "PNG", optimize=True)
    return packed.getvalue()


def class_balance(counts: Mapping[str, int], dark: bool = False) -> Any:
    """Chart how many points each class has, largest first where there are more classes than bars.

    Parameters
    ----------
    counts
        Points of each class by its name, as `Dataset.class_counts` gives them.
    dark
        Whether the page is dark.
    """
    if not counts:
        raise BadInput("There are no classes to count.")
    names, values = list(counts), list(counts.values())
    title = f"{counted(len(names), 'class')}, {min(values):,} to {counted(max(values), 'point')} each"
    if len(set(values)) == 1:
        title = (
            f"{counted(len(names), 'class')} of {counted(values[0], 'point')}"
            if len(names) > 1
            else f"One class of {counted(values[0], 'point')}"
        )
    shown = sorted(range(len(names)), key=lambda i: -values[i])[:MAX_BARS] if len(names) > MAX_BARS else range(len(names))
    more = f"the largest {MAX_BARS} shown, " if len(names) > MAX_BARS else ""
    figure = base_figure(title, f"{more}N = {counted(sum(values), 'point')}", dark, height=170)
    labels = [_shorten(names[i]) for i in shown]
    figure.add_bar(
        x=list(range(len(labels))), y=[values[i] for i in shown], customdata=[escape_text(names[i]) for i in shown],
        marker={"color": PALETTE[dark][0], "opacity": 0.85, "line": {"width": 0}},
        hovertemplate="%{customdata}: %{y:,} points<extra></extra>",
    )  # fmt: skip
    figure.update_layout(bargap=0.25 if len(labels) > 5 else 0.5, hovermode="closest", hoverlabel_namelength=-1)
    # Names are texts: "0" is no place on an axis of numbers.
    figure.update_xaxes(tickmode="array", tickvals=list(range(len(labels))), ticktext=labels, showgrid=False, fixedrange=True)
    return figure.update_yaxes(rangemode="tozero", tickformat=",~d", nticks=4, fixedrange=True)


def _sample(data: Dataset, n: int, seed: int, columns: int) -> np.ndarray:
    """Rows of a sample; with few classes, column by column the same class."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data))
    if data.y is None:
        return order[:n]
    there = np.unique(data.y)
    if not 1 < len(there) <= columns:
        return order[:n]
    waiting = {c: list(order[data.y[order] == c][::-1]) for c in there}
    rest: list[int] = []
    rows = []
    for i in range(n):
        bucket = waiting[there[(i % columns) * len(there) // columns]]
        if not bucket:
            rest = rest or [row for rows_left in waiting.values() for row in rows_left]
            bucket = next(rows_left for rows_left in waiting.values() if rows_left)
        rows.append(bucket.pop())
    return np.asarray(rows)


def _to_rgba(x: np.ndarray, dark: bool) -> np.ndarray:
    """(n, height, width, 4) bytes of pictures in 0..1, (n, height, width) or (n, height, width, 3)."""
    if x.ndim == 4:
        return np.concatenate([255 * x, np.full((*x.shape[:3], 1), 255.0)], axis=-1).round().astype(np.uint8)
    edges = np.concatenate([x[:, 0].ravel(), x[:, -1].ravel(), x[:, :, 0].ravel(), x[:, :, -1].ravel()])
    edge = float(np.median(edges))
    if DARK_EDGE < edge < LIGHT_EDGE:
        return _to_rgba(np.repeat(x[..., None], 3, axis=-1), dark)
    alpha = x if edge <= DARK_EDGE else 1 - x
    ink = np.broadcast_to(np.array(_rgb(TEXT_COLOR[dark]), dtype=np.float64), (*x.shape, 3))
    return np.concatenate([ink, 255 * alpha[..., None]], axis=-1).round().astype(np.uint8)


def _resized(tile: np.ndarray) -> np.ndarray:
    """Small pictures grow by whole pixels, so that they stay what they are; large ones shrink."""
    height, width = tile.shape[:2]
    longer = max(height, width)
    if longer <= TILE_PIXELS:
        times = round(TILE_PIXELS / longer)
        return tile.repeat(times, axis=0).repeat(times, axis=1)
    size = (max(1, round(width * TILE_PIXELS / longer)), max(1, round(height * TILE_PIXELS / longer)))
    return np.asarray(Image.fromarray(tile).resize(size, Image.Resampling.BOX))


def _to_plane(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, 2): the two features, or the first two principal components."""
    if x.shape[1] == 2:
        return x
    if x.shape[1] > MAX_PCA_ROWS:  # a random projection keeps distances well enough for a small picture
        x = x @ rng.standard_normal((x.shape[1], MAX_PCA_ROWS)) / MAX_PCA_ROWS**0.5
    x = x - x.mean(axis=0)
    size = np.abs(x).max() or 1.0
    _, axes = np.linalg.eigh((x / size).T @ (x / size))
    flat: np.ndarray = x @ axes[:, [-1, -2]]
    return flat


def _histogram(values: np.ndarray, dark: bool) -> np.ndarray:
    width, height = SCATTER_SIZE
    counts, _ = np.histogram(values.astype(np.float64), bins=40)
    picture = Image.new("RGBA", SCATTER_SIZE)
    pen = ImageDraw.Draw(picture)
    step = width / len(counts)
    for i, count in enumerate(counts):
        if count:
            top = height - 2 - (height - 12) * count / counts.max()
            pen.rectangle((i * step + 1, top, (i + 1) * step - 2, height - 2), fill=PALETTE[dark][0] + "d8")
    return np.asarray(picture)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def _shorten(name: str, most: int = 12) -> str:
    return escape_text(name if len(name) <= most else f"{name[: most - 1]}…")
