"""Parts of a dot plot by rows: headings, lines, names, one axis and a legend. Used where methods or pairs of runs are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from vaegc.figures._style import GRID_COLOR, MUTED_COLOR, TEXT_COLOR, TRANSPARENT, base_figure, escape_text

ROW_PIXELS, HEADING_PIXELS, AXIS_PIXELS = 28, 36, 46  # heights of a row, of a group's heading, of the axis
TALL_ROW_PIXELS = 46  # height of a row whose name stands above it
DOT_SPREAD = 0.09  # rows by which dots of one row are set apart


def row_positions(rooms: Sequence[int]) -> tuple[list[float], int]:
    """The line of every heading and row, in pixels from the top, given the pixels of each; and the height of the whole."""
    tops, y = [], 0.0
    for room in rooms:
        tops.append(
            y
            + (
                0.62 * HEADING_PIXELS
                if room == HEADING_PIXELS
                else 0.5 * ROW_PIXELS
                if room == ROW_PIXELS
                else 0.5 * room + 0.2 * TALL_ROW_PIXELS
            )
        )
        y += room
    return tops, int(y) + HEADING_PIXELS + AXIS_PIXELS


def heading(figure: RowChart, text: str, y: float, dark: bool) -> None:
    """Write a group's heading on the left at `y`, in pixels from the top."""
    figure.add_annotation(
        text=f"<b>{escape_text(text)}</b>",
        xref="paper",
        x=0,
        y=y,
        xanchor="left",
        yanchor="middle",
        showarrow=False,
        font={"size": 13, "color": TEXT_COLOR[dark]},
    )


def label_row(figure: RowChart, left: str, right: str, y: float, dark: bool, room: int = TALL_ROW_PIXELS) -> None:
    """Write a row's name above its line at `y`, on the left, and its figures on the right."""
    common = {
        "xref": "paper",
        "y": y - 0.42 * TALL_ROW_PIXELS - 0.5 * (room - TALL_ROW_PIXELS),
        "yanchor": "middle",
        "showarrow": False,
    }
    figure.add_annotation(text=left, x=0, xanchor="left", font={"size": 12, "color": TEXT_COLOR[dark]}, **common)
    if right:
        figure.add_annotation(text=right, x=1, xanchor="right", font={"size": 12, "color": MUTED_COLOR[dark]}, **common)


def draw_row_line(figure: RowChart, y: float, dark: bool) -> None:
    """Draw the line of a row at `y`, in pixels from the top."""
    figure.add_shape(
        type="line", xref="paper", x0=0, x1=1, y0=y, y1=y, line={"color": GRID_COLOR[dark], "width": 1}, layer="below"
    )


class RowChart:
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


def finish_chart(sheet: RowChart, name: str, span: tuple[float, float], height: int, dark: bool, marks: Mapping[str, Any]) -> Any:
    """Return the chart with its axis and a legend of its `marks`; nothing in it zooms, so that a finger can scroll past it."""
    for words, marker in marks.items():
        sheet.add_scatter(x=[None], y=[None], mode="markers", name=words, marker=marker, showlegend=True, hoverinfo="skip")
    figure = base_figure("", "", dark, height=height)
    figure.add_traces(sheet.traces)
    figure.update_layout(
        annotations=sheet.notes, shapes=sheet.shapes, hovermode="closest", hoverdistance=12, showlegend=True, title_text="",
        margin={"l": 2, "r": 8, "t": HEADING_PIXELS, "b": AXIS_PIXELS},
        legend={
            "orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12, "color": MUTED_COLOR[dark]}, "itemclick": False,
            "itemdoubleclick": False, "bgcolor": TRANSPARENT,
        },
    )  # fmt: skip
    figure.update_xaxes(title_text=name, range=list(span), fixedrange=True, tickformat=".2~f", nticks=8)
    return figure.update_yaxes(visible=False, range=[height - HEADING_PIXELS - AXIS_PIXELS, 0], fixedrange=True)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
