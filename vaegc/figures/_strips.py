"""What a chart of rows is made of: headings, lines, names, one axis and a legend. Used where methods or pairs of runs are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from vaegc.figures._climb import CLEAR, GRID, INK, MUTED, _figure
from vaegc.figures._pictures import _plain

ROW, HEAD, FOOT = 28, 36, 46  # pixels of a row, of a group's heading, of the axis
TALL = 46  # pixels of a row whose name stands above it
SPREAD = 0.09  # rows by which dots of one row are set apart


def heights(rooms: Sequence[int]) -> tuple[list[float], int]:
    """The line of every heading and row, in pixels from the top, given the pixels of each; and the height of the whole."""
    tops, y = [], 0.0
    for room in rooms:
        tops.append(y + (0.62 * HEAD if room == HEAD else 0.5 * ROW if room == ROW else 0.5 * room + 0.2 * TALL))
        y += room
    return tops, int(y) + HEAD + FOOT


def heading(figure: Sheet, text: str, y: float, dark: bool) -> None:
    figure.add_annotation(
        text=f"<b>{_plain(text)}</b>",
        xref="paper",
        x=0,
        y=y,
        xanchor="left",
        yanchor="middle",
        showarrow=False,
        font={"size": 13, "color": INK[dark]},
    )


def label(figure: Sheet, left: str, right: str, y: float, dark: bool, room: int = TALL) -> None:
    """Write a row's name above its line at `y`, on the left, and its figures on the right."""
    common = {"xref": "paper", "y": y - 0.42 * TALL - 0.5 * (room - TALL), "yanchor": "middle", "showarrow": False}
    figure.add_annotation(text=left, x=0, xanchor="left", font={"size": 12, "color": INK[dark]}, **common)
    if right:
        figure.add_annotation(text=right, x=1, xanchor="right", font={"size": 12, "color": MUTED[dark]}, **common)


def line(figure: Sheet, y: float, dark: bool) -> None:
    figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=y, y1=y, line={"color": GRID[dark], "width": 1}, layer="below")


class Sheet:
    """Marks, names and lines of a chart, collected: Plotly checks a whole figure much faster than its parts one by one."""

    def __init__(self) -> None:
        self.traces: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []

    def add_scatter(self, **trace: Any) -> None:
        """Add marks or a line."""
        self.traces.append({"type": "scatter", "showlegend": False, **trace})

    def add_annotation(self, **note: Any) -> None:
        """Add a text."""
        self.notes.append(note)

    def add_shape(self, **shape: Any) -> None:
        """Add a line that means no data."""
        self.shapes.append(shape)


def dress(sheet: Sheet, name: str, span: tuple[float, float], height: int, dark: bool, marks: Mapping[str, Any]) -> Any:
    """Return the chart with its axis and a legend of its `marks`; nothing in it zooms, so that a finger can scroll past it."""
    for words, marker in marks.items():
        sheet.add_scatter(x=[None], y=[None], mode="markers", name=words, marker=marker, showlegend=True, hoverinfo="skip")
    figure = _figure("", "", dark, height=height)
    figure.add_traces(sheet.traces)
    figure.update_layout(
        annotations=sheet.notes, shapes=sheet.shapes, hovermode="closest", hoverdistance=12, showlegend=True, title_text="",
        margin={"l": 2, "r": 8, "t": HEAD, "b": FOOT},
        legend={
            "orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12, "color": MUTED[dark]}, "itemclick": False,
            "itemdoubleclick": False, "bgcolor": CLEAR,
        },
    )  # fmt: skip
    figure.update_xaxes(title_text=name, range=list(span), fixedrange=True, tickformat=".2~f", nticks=8)
    return figure.update_yaxes(visible=False, range=[height - HEAD - FOOT, 0], fixedrange=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
