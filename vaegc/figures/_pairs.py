"""Paired dot plot of a score before and after the ascent, a line for each seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from vaegc.figures._strips import (
    HEADING_PIXELS,
    TALL_ROW_PIXELS,
    RowChart,
    draw_row_line,
    finish_chart,
    heading,
    label_row,
    records,
    row_positions,
)
from vaegc.figures._style import MUTED_COLOR, PALETTE, escape_text

SEED_PIXELS = 6  # between two seeds of a row


def climb_chart(pairs: pd.DataFrame, means: pd.DataFrame, name: str, dark: bool = False) -> Any:
    """Chart the score before and after the climb, a line for each seed, with the mean difference beside it.

    Parameters
    ----------
    pairs
        Rows of `vaegc.studies.pairs.paired_runs`, of one data set.
    means
        Their `paired_differences`.
    name
        What the score is called.
    dark
        Whether the page is dark.

    A seed without a readable plateau on one side has no line: a dot on the other side, and the count of such seeds in the hover.
    """
    keys = ["n", "place", "reader", "climb", "variant", "study"]
    of_row: dict[Any, pd.DataFrame] = dict(iter(pairs.groupby(keys, sort=False)))
    rows: list[tuple[str, Any]] = []
    for reader, part in means.groupby("reader", sort=False):
        rows += [("head", str(reader)), *(("row", row) for row in records(part))]
    rooms = [HEADING_PIXELS if kind == "head" else TALL_ROW_PIXELS + SEED_PIXELS * max(0, row["seeds"] - 3) for kind, row in rows]
    tops, height = row_positions(rooms)
    figure = RowChart()
    values = pd.concat([pairs["before"], pairs["after"]]).dropna().to_numpy(float)
    low, high = (
        (0.0, 1.0) if not len(values) else (max(0.0, float(np.min(values)) - 0.05), min(1.02, float(np.max(values)) + 0.04))
    )
    up, down, start = PALETTE[dark][2], PALETTE[dark][5 if dark else 3], MUTED_COLOR[dark]
    for (kind, row), y, room in zip(rows, tops, rooms, strict=True):
        if kind == "head":
            heading(figure, row[0].upper() + row[1:], y, dark)
            continue
        draw_row_line(figure, y, dark)
        part = of_row[tuple(row[key] for key in keys)].sort_values("seed")
        where = " · ".join((*str(row["place"]).split(", "), f"N {row['n']:,}", str(row["climb"]).removeprefix("k = ")))
        where += "" if row["variant"] == "per point" else f" ({row['variant']})"
        for at, run in enumerate(records(part)):
            height_of = y + SEED_PIXELS * (at - (len(part) - 1) / 2)
            _pair(figure, run, height_of, name, {"up": up, "down": down, "start": start})
        label_row(figure, escape_text(where), _change_text(row), y, dark, room)
    marks = {"before the climb": _hollow_marker(start), "after": {"size": 9, "color": up}}
    if (pairs["after"] < pairs["before"]).any():
        marks["after, lower"] = {"size": 9, "color": down}
    return finish_chart(figure, name, (low, high), height, dark, marks)


def _pair(figure: RowChart, run: Mapping[str, Any], y: float, name: str, colours: Mapping[str, str]) -> None:
    """One seed before and after: a hollow dot, a line, a full dot."""
    before, after = run["before"], run["after"]
    said = "<br>".join(
        (
            f"<b>{escape_text(str(run['place']))}</b>, seed {run['seed']}",
            _side_text(run, "before", name),
            _side_text(run, "after", name),
        )
    )
    both = pd.notna(before) and pd.notna(after)
    colour = colours["up"] if not both or after >= before else colours["down"]
    if both:
        figure.add_scatter(x=[before, after], y=[y, y], mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip")
    look = {"hovertemplate": "%{customdata}<extra></extra>", "customdata": [said], "mode": "markers"}
    if pd.notna(before):
        figure.add_scatter(x=[before], y=[y], name="before the climb", marker=_hollow_marker(colours["start"]), **look)
    if pd.notna(after):
        word = "after, lower" if colour == colours["down"] else "after"
        figure.add_scatter(x=[after], y=[y], name=word, marker={"size": 9, "color": colour}, **look)


def _hollow_marker(colour: str) -> dict[str, Any]:
    return {"symbol": "circle-open", "size": 8, "color": colour, "line": {"width": 1.8}}


def _side_text(run: Mapping[str, Any], when: str, name: str) -> str:
    value, k, length = run[when], run[f"k_{when}"], run[f"length_{when}"]
    long = "" if pd.isna(length) else f", longest stretch {length:.2f} in ln ε"
    if pd.isna(value):
        return f"{when}: no readable plateau{long}"
    return f"{when}: {name} {value:.3f}" + ("" if pd.isna(k) else f", K {k:.0f}{long}")


def _change_text(row: Mapping[str, Any]) -> str:
    """What stands at the right end of a row of pairs."""
    if row["both"]:
        sd = f" ± {row['sd']:.3f}" if pd.notna(row["sd"]) else ""
        return f"{row['difference']:+.3f}{sd} ({row['both']})".replace("-", "−")
    return f"read: {row['readable_before']} → {row['readable_after']} of {row['seeds']}"
