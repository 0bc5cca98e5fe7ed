"""Scatter plots of one or more frames, side by side, in the colours that points have on the stage: a picture for paper."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.errors import BadInput
from vaegc.figures._style import MUTED_COLOR, TEXT_COLOR
from vaegc.web import palette

NOISE, PLAIN = -1, -2  # entries: noise, and points of which no cluster is known
PANEL_INCHES = 5.6  # width and height of a panel
DPI = 160
PILE_GRID_CELLS = 150  # along a panel's side; points in one of them lie on one spot
MIN_PILE_SHARE = 0.01  # of the points, on one spot, that is drawn as a disc
MAX_PILE_AREA = 0.07  # of the disc of all points, as a share of the panel's


@dataclass(frozen=True, slots=True)
class Panel:
    """The points of one moment."""

    title: str
    positions: np.ndarray  # (N, 2) or (N, 3)
    entries: np.ndarray  # (N,) palette entry of each point's cluster, `NOISE` or `PLAIN`
    names: Mapping[str, np.ndarray] = field(default_factory=dict)  # what clusters are called, and their members


def draw_frames(target: str | Path | io.BytesIO, panels: Sequence[Panel], caption: str, dpi: int = DPI) -> None:
    """Draw points as a PNG picture on white, with a line below that says what they are.

    Parameters
    ----------
    target
        File to write, or bytes in memory.
    panels
        One or several, left to right, on one scale.
    caption
        What is seen.
    dpi
        Pixels per inch: a panel is 5.6 inches wide.

    Raises
    ------
    BadInput
        The file cannot be written.
    """
    from matplotlib.figure import Figure

    solid = panels[0].positions.shape[1] == 3
    figure = Figure(figsize=(PANEL_INCHES * len(panels), PANEL_INCHES + 0.5), layout="constrained", facecolor="white")
    axes = figure.subplots(1, len(panels), squeeze=False, subplot_kw={"projection": "3d"} if solid else None)[0]
    every = np.concatenate([panel.positions for panel in panels])
    low, high = every.min(axis=0), every.max(axis=0)
    margin = 0.09 * max(float((high - low).max()), 1e-12)
    for axis, panel in zip(axes, panels, strict=True):
        _points(axis, panel, (low, high))
        axis.set_title(panel.title, loc="left", fontsize=11, color=TEXT_COLOR[0])
        axis.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), xticks=[], yticks=[])
        if solid:
            axis.set(zlim=(low[2] - margin, high[2] + margin), zticks=[])
        axis.set_aspect("equal")
        for spine in axis.spines.values():
            spine.set(color="#d5dae3", linewidth=0.8)
    figure.supxlabel(caption, fontsize=9, color=MUTED_COLOR[0], x=0.01, ha="left", wrap=True)
    try:
        figure.savefig(target, format="png", dpi=dpi, metadata={"Software": None})
    except OSError as error:
        raise BadInput(f"The picture cannot be written to {str(target)!r}: {error.strerror or error}.") from None


def _points(axis: Any, panel: Panel, box: tuple[np.ndarray, np.ndarray]) -> None:
    table = np.array([*palette.LIGHT, TEXT_COLOR[0], palette.NOISE_LIGHT])  # the last two: entries -2 and -1
    at, n = panel.positions, len(panel.positions)
    if at.shape[1] == 2:  # where many points lie on one spot, a disc says how many
        rows, counts = _piles(at, box)
        area = MAX_PILE_AREA * (72 * PANEL_INCHES) ** 2 * counts / n
        axis.scatter(*at[rows].T, c=table[panel.entries[rows]], s=area, linewidths=0, alpha=0.22)
    order = np.random.default_rng(0).permutation(n)  # no cluster lies on top of the others
    order = np.concatenate([order[panel.entries[order] == NOISE], order[panel.entries[order] != NOISE]])
    size = float(np.clip(24_000 / n, 0.6, 26))
    axis.scatter(*at[order].T, c=table[panel.entries[order]], s=size, linewidths=0, alpha=0.85 if n < 20_000 else 0.6)
    _write_names(axis, panel)


def _piles(at: np.ndarray, box: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """A point of each spot where many lie, and how many."""
    low, high = box
    cell = np.rint((at - low) / max(float((high - low).max()), 1e-12) * PILE_GRID_CELLS).astype(np.int64)
    _, rows, counts = np.unique(cell, axis=0, return_index=True, return_counts=True)
    many = counts >= max(MIN_PILE_SHARE * len(at), 3)
    return rows[many], counts[many]


def _write_names(axis: Any, panel: Panel) -> None:
    from matplotlib.patheffects import withStroke

    for name, members in panel.names.items():
        # The member nearest to the middle of the cluster: the middle itself may lie outside.
        middle = np.median(panel.positions[members], axis=0)
        nearest = members[((panel.positions[members] - middle) ** 2).sum(axis=1).argmin()]
        how = {
            "fontsize": 11,
            "fontweight": "bold",
            "color": TEXT_COLOR[0],
            "path_effects": [withStroke(linewidth=2.5, foreground="white")],
        }
        at = panel.positions[nearest]
        if len(at) == 3:
            axis.text(*at, f" {name}", **how)
        else:
            axis.annotate(name, at, xytext=(6, 5), textcoords="offset points", **how)
