"""A grid of images as a PNG file, a named line for each cluster or walk; clouds with dots, or bars of features, for data that are no images."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.errors import BadInput
from vaegc.web import palette

PICTURE_INCHES = 0.62  # height of a picture
NAME_INCHES = 1.9  # width of the names
GAP_INCHES = 0.12  # between lines
CLOUD_INCHES, FEATURES_INCHES = 1.7, 1.5  # side of a cloud, and height of a list of features
LETTERS_PER_INCH = 13  # of the words below
TEXT, QUIET = "#1c2330", "#667085"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of a sheet."""

    name: str
    words: str
    pictures: np.ndarray | None = None  # (M, h, w) or (M, h, w, 3) uint8: 0 is drawn as paper where they are grey
    dots: np.ndarray | None = None  # (M, 2) places in the cloud
    features: Sequence[Sequence[tuple[str, float, float]]] | None = None  # of each row: name, value, and how far from the mean


def draw_sheet(
    title: str, words: str, lines: Sequence[SheetLine], columns: Sequence[str] = (), cloud: np.ndarray | None = None,
) -> bytes:  # fmt: skip
    """Return a sheet as the bytes of a PNG file.

    Parameters
    ----------
    title, words
        What it is, above it, and exactly what was drawn, below.
    lines
        Each with pictures, dots or features, all of one kind; one at least.
    columns
        Names of the rows of a line.
    cloud
        (N, 2) of the data, behind dots.
    """
    from matplotlib.figure import Figure

    if not lines:
        raise BadInput("A sheet needs at least one line.")
    many = max(_n_items(line) for line in lines)
    tall, wide = _line_size(lines, many)
    width = max(NAME_INCHES + wide + 0.3, 6.0)
    below = textwrap.wrap(words, max(40, int(LETTERS_PER_INCH * width)))
    head, foot = 0.75 if columns else 0.5, 0.2 + 0.155 * len(below)
    height = head + foot + len(lines) * (tall + GAP_INCHES)
    figure = Figure(figsize=(width, height), facecolor="white")
    figure.text(0.15 / width, 1 - 0.3 / height, title, fontsize=13, fontweight="bold", color=TEXT, va="center")
    figure.text(0.15 / width, foot / height - 0.01, "\n".join(below), fontsize=7.5, color=QUIET, va="top")
    for k, line in enumerate(lines):
        bottom = (height - head - (k + 1) * (tall + GAP_INCHES) + GAP_INCHES) / height
        middle = bottom + tall / 2 / height
        if line.name:
            figure.text(0.15 / width, middle + 0.08 / height, line.name, fontsize=9, fontweight="bold", color=TEXT, va="bottom")
            figure.text(
                0.15 / width,
                middle - 0.02 / height,
                "\n".join(textwrap.wrap(line.words, 28)),
                fontsize=7.5,
                color=QUIET,
                va="top",
            )
        axis = figure.add_axes((NAME_INCHES / width, bottom, wide * _n_items(line) / many / width, tall / height))
        axis.set_axis_off()
        _draw_line(axis, line, cloud, columns)
        if k == 0:
            _write_columns(figure, columns, line, NAME_INCHES, wide / max(many, 1), 1 - (head - 0.1) / height, width)
    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=160)
    return made.getvalue()


def _n_items(line: SheetLine) -> int:
    given = next((rows for rows in (line.pictures, line.features) if rows is not None), None)
    return 1 if given is None else len(given)


def _line_size(lines: Sequence[SheetLine], many: int) -> tuple[float, float]:
    """Height of a line and width of all its pictures, in inches."""
    first = lines[0]
    if first.pictures is not None:
        shape = first.pictures.shape
        return PICTURE_INCHES, many * PICTURE_INCHES * shape[2] / shape[1]
    return (CLOUD_INCHES, CLOUD_INCHES) if first.dots is not None else (FEATURES_INCHES, many * FEATURES_INCHES * 1.6)


def _draw_line(axis: Any, line: SheetLine, cloud: np.ndarray | None, columns: Sequence[str]) -> None:
    if line.pictures is not None:
        grey = line.pictures.ndim == 3
        shown = 255 - line.pictures if grey else line.pictures  # ink on paper
        gap = max(1, shown.shape[2] // 14)
        room = [(0, 0), (0, 0), (0, gap), *([] if grey else [(0, 0)])]
        row = np.concatenate(list(np.pad(shown, room, constant_values=255)), axis=1)
        axis.imshow(row, cmap="gray" if grey else None, vmin=0, vmax=255, interpolation="nearest", aspect="auto")
    elif line.dots is not None:
        if cloud is not None:
            axis.scatter(*cloud.T, s=0.6, color="#b9c0cc", linewidths=0)
        colours = [palette.LIGHT[k % len(palette.LIGHT)] for k in range(len(line.dots))] if columns else palette.LIGHT[0]
        axis.scatter(*line.dots.T, s=11, c=colours, linewidths=0)
        axis.set_aspect("equal")
    else:
        for k, features in enumerate(line.features or ()):
            for i, (name, value, away) in enumerate(features):
                y = 1 - (i + 0.5) / max(len(features), 1)
                axis.text(k + 0.02, y, f"{name[:16]} {value:.3g}", fontsize=6, color=TEXT, va="center")
                axis.plot(
                    [k + 0.75, k + 0.75 + 0.2 * float(np.clip(away / 4, -1, 1))], [y, y], color=palette.LIGHT[0], linewidth=3
                )
        axis.set_xlim(0, max(_n_items(line), 1))
        axis.set_ylim(0, 1)


def _write_columns(
    figure: Any, columns: Sequence[str], line: SheetLine, left: float, step: float, y: float, width: float
) -> None:
    if line.dots is not None:
        names = ", ".join(f"{name}" for name in columns)
        figure.text(left / width, y, f"dots: {names}" if names else "", fontsize=7.5, color=QUIET, va="bottom")
        return
    for k, name in enumerate(columns):
        text = "\n".join(textwrap.wrap(name, max(6, int(step * 14))))
        figure.text((left + (k + 0.5) * step) / width, y, text, fontsize=7, color=QUIET, va="bottom", ha="center")
