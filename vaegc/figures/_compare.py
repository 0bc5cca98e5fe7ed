"""Dot plot of methods side by side: every run a dot, mean ± sd, published figures as diamonds or apart.

Names stand right beside the marks of their row, where there is room for them: a narrow page then has the axis of a wide one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from vaegc.figures._strips import (
    DOT_SPREAD,
    HEADING_PIXELS,
    ROW_PIXELS,
    TALL_ROW_PIXELS,
    RowChart,
    draw_row_line,
    finish_chart,
    heading,
    label_row,
    records,
    row_positions,
)
from vaegc.figures._style import MUTED_COLOR, PALETTE, PAPER_COLOR, TEXT_COLOR, escape_text
from vaegc.wording import counted

NARROW_AXIS_PIXELS, LETTER_PIXELS = 330, 6.3  # of a small screen's axis and of a letter: on which side has a name room?
HOVER_LETTERS = 58  # of a line of a hover
SECTIONS = {  # heading by group of `vaegc.studies.run_table`
    "yours": "Your models", "K found": "K found by the method", "K given": "K given", "K given, in part tuned with labels": "K given, settings in part tuned with labels",
    "another K given": "Another K given than the number of classes", "published": "Published only, K given, one-to-one",
    "apart": "Published by other conventions, set apart",
}  # fmt: skip
SCORES_WITH_SD = ("acc", "purity")  # what a published spread belongs to
GROUP_COLORS = {"K found": 2, "K given": 0, "K given, in part tuned with labels": 7, "another K given": 4}


def methods_chart(
    runs: pd.DataFrame, means: pd.DataFrame, published: pd.DataFrame, score: str, name: str, dark: bool = False
) -> Any:
    """Chart every run of every method, their mean ± sd, and what others have published.

    Parameters
    ----------
    runs
        Rows of `vaegc.studies.run_table.load_runs`, of one data set.
    means
        Their `summarize_runs`, by the same score.
    published
        Rows of `vaegc.studies.published.published_table`; those with another convention get a place of their own.
    score
        Column of the runs: "acc", "nmi", "ari" or "purity".
    name
        What the score is called.
    dark
        Whether the page is dark.
    """
    rows, span = _rows(means, published, score), _score_range(runs, means, published, score)
    alike: dict[Any, pd.DataFrame] = dict(iter(runs.groupby(list(_REPLICATE_KEYS), sort=False)))
    placed = _align_names([row if isinstance(row, str) else _place_row(row, alike, score, span) for row in rows])
    tops, height = row_positions(
        [HEADING_PIXELS if isinstance(row, str) else TALL_ROW_PIXELS if row.side == "above" else ROW_PIXELS for row in placed]
    )
    figure = RowChart()
    for row, y in zip(placed, tops, strict=True):
        if isinstance(row, str):
            heading(figure, row, y, dark)
            continue
        draw_row_line(figure, y, dark)
        if row.runs is not None:
            colour = PALETTE[dark][3 if row.facts["study"] == "yours" else GROUP_COLORS.get(row.facts["group"], 0)]
            _draw_runs(figure, row.runs, row.facts, y, score, name, colour)
        for entry in row.facts["published"]:
            _draw_published(figure, entry, score, name, y, dark)
        if row.side == "above":
            label_row(figure, f"{row.name}  <span style='color:{MUTED_COLOR[dark]}'>{escape_text(row.note)}</span>", "", y, dark)
        else:
            _write_name(figure, row, y, dark)
    return finish_chart(figure, name, span, height, dark, _legend_markers(published, dark))


# --- rows ----------------------------------------------------------------------------------------------------------------

_REPLICATE_KEYS = ("n", "study", "method_id", "budget")  # what makes runs repetitions of each other


@dataclass(frozen=True, slots=True)
class _Row:
    """One row with the place of its name."""

    name: str  # as Plotly shows it
    note: str  # what stands after the name
    facts: Mapping[str, Any]  # of the summary, with "published", entries that stand in the row
    runs: pd.DataFrame | None  # None: nothing of ours
    ends: tuple[float, float] | None  # of all its marks; None: there is none
    side: str  # of the name: "left" or "right" of the marks, "above" where a small screen has no room


def _place_row(row: Mapping[str, Any], runs: Mapping[Any, pd.DataFrame], score: str, span: tuple[float, float]) -> _Row:
    ends = [
        end for entry in row["published"] for end in _interval(entry[score], entry["sd"] if score in SCORES_WITH_SD else np.nan)
    ]
    part, name, note = None, row.get("label", ""), row.get("note", "")
    if "method_id" in row:
        part = runs[tuple(row[key] for key in _REPLICATE_KEYS)].sort_values("seed")
        ends += [*part[score].dropna(), *_interval(row["mean"], row["sd"])]
        name, note = str(row["method"]), _summary_text(row)
    if not ends:
        return _Row(escape_text(name), note, row, part, None, "left")
    (low, high), need = span, LETTER_PIXELS * (len(name) + len(note) + 2) / NARROW_AXIS_PIXELS
    before, after = (min(ends) - low) / (high - low), (high - max(ends)) / (high - low)
    side = "left" if before >= need else "right" if after >= need else "above"
    return _Row(escape_text(name), note, row, part, (min(ends), max(ends)), side)


def _align_names(rows: list[str | _Row]) -> list[str | _Row]:
    """Names of one section of ours stand all to the left of their marks, or all above them."""
    made: list[str | _Row] = []
    for at, row in enumerate(rows):
        if isinstance(row, str):
            end = next((k for k in range(at + 1, len(rows)) if isinstance(rows[k], str)), len(rows))
            section = [other for other in rows[at + 1 : end] if isinstance(other, _Row)]
            above = any(other.side != "left" for other in section if other.runs is not None)
            made += [row, *(replace(other, side="above") if above and other.runs is not None else other for other in section)]
    return made


def _rows(means: pd.DataFrame, published: pd.DataFrame, score: str) -> list[Any]:
    """Headings and rows, top first; every figure stands in exactly one row."""
    there = published[published[score].notna()]
    alike, apart = there[there["departs"] == ""], there[there["departs"] != ""]
    known = set(means["method_id"])
    sections: dict[str, list[dict[str, Any]]] = {key: [] for key in SECTIONS}
    for row in records(means):
        beside = records(alike[alike["beside"] == row["method_id"]])
        sections["yours" if row["study"] == "yours" else str(row["group"])].append({**row, "published": beside})
    alone = alike[~alike["beside"].isin(known)]
    for part, section in ((alone.sort_values(score, ascending=False), "published"), (apart.sort_values("method"), "apart")):
        for method, entries in part.groupby("method", sort=False):
            notes = [
                _without_named_k(entries["departs"].iloc[0], str(method)),
                *(status for status in set(entries["status"]) if status != "verified"),
            ]
            note = ", ".join(filter(None, notes))
            sections[section].append({"label": str(method), "note": note, "published": records(entries)})
    return [row for section, inside in sections.items() if inside for row in (SECTIONS[section], *inside)]


def _without_named_k(departs: str, method: str) -> str:
    """What a row says of its conventions: a K that is in the method's name is not said twice."""
    return ", ".join(part for part in departs.split(", ") if part not in method)


def _score_range(runs: pd.DataFrame, means: pd.DataFrame, published: pd.DataFrame, score: str) -> tuple[float, float]:
    values = [*runs[score].dropna(), *(means["mean"] - means["sd"]).dropna(), *(means["mean"] + means["sd"]).dropna()]
    values += list(published[score].dropna())
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    return max(0.0, np.floor(20 * low - 0.4) / 20), min(1.015, high + 0.03)


# --- marks ---------------------------------------------------------------------------------------------------------------


def _draw_runs(
    figure: RowChart, part: pd.DataFrame, row: Mapping[str, Any], y: float, score: str, name: str, colour: str
) -> None:
    """Every run as a dot, the mean as a stroke, ± sd as a band."""
    good = part[part[score].notna()]
    if pd.notna(row["sd"]):
        figure.add_scatter(
            x=[row["mean"] - row["sd"], row["mean"] + row["sd"]], y=[y, y], mode="lines", line={"color": colour, "width": 13}, opacity=0.2,
            hoverinfo="skip", name="± sd",
        )  # fmt: skip
    if len(good):
        offsets = ROW_PIXELS * DOT_SPREAD * (np.arange(len(good)) - (len(good) - 1) / 2)
        said = [_run_hover(run, row, score, name) for run in records(good)]
        figure.add_scatter(
            x=good[score], y=y + offsets, mode="markers", name="a run", customdata=said, hovertemplate="%{customdata}<extra></extra>",
            marker={"size": 9, "color": colour, "opacity": 0.85, "line": {"width": 1, "color": "rgba(255,255,255,0.7)"}},
        )  # fmt: skip
    if row["scored"] > 1:
        figure.add_scatter(
            x=[row["mean"]], y=[y], mode="markers", name="mean, ± sd", customdata=[_mean_hover(row, name)],
            marker={"symbol": "line-ns", "size": 17, "line": {"width": 2.5, "color": colour}}, hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip


def _run_hover(run: Mapping[str, Any], row: Mapping[str, Any], score: str, name: str) -> str:
    found = "" if pd.isna(run["k_found"]) else f", K found {run['k_found']:.0f}"
    told = "" if pd.isna(run["k_given"]) else f", K given {run['k_given']:.0f}"
    noise = f"noise {100 * run['noise']:.1f} %, counted as wrong" if run["noise"] > 0 else "no noise"
    minutes = "" if pd.isna(run["cpu_minutes"]) else f"; {run['cpu_minutes']:.1f} CPU minutes"
    lines = [
        f"<b>{escape_text(str(row['method']))}</b>",
        f"{name} {run[score]:.3f}, seed {run['seed']}{told}{found}",
        f"N = {run['n']:,}, {noise}{minutes}",
    ]
    return "<br>".join([*lines, *map(escape_text, wrap(str(run["settings"]), HOVER_LETTERS))])


def _mean_hover(row: Mapping[str, Any], name: str) -> str:
    return f"<b>{escape_text(str(row['method']))}</b><br>mean {name} {row['mean']:.3f} ± {row['sd']:.3f} (sd) over {counted(row['scored'], 'seed')}"


def _draw_published(figure: RowChart, entry: Mapping[str, Any], score: str, name: str, y: float, dark: bool) -> None:
    """A published figure: hollow, its spread a thin line, its conventions and caveat in the hover."""
    colour = _published_marker(entry["status"], dark)["line"]["color"]
    ends = _interval(entry[score], entry["sd"] if score in SCORES_WITH_SD else np.nan)
    if ends[0] < ends[1]:
        figure.add_scatter(
            x=ends, y=[y, y], mode="lines", line={"color": colour, "width": 1.2}, hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=[entry[score]], y=[y], mode="markers", name=entry["status"], marker=_published_marker(entry["status"], dark), customdata=[_published_hover(entry, score, name)],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _published_marker(status: str, dark: bool) -> dict[str, Any]:
    if status == "unconfirmed":
        return {
            "symbol": "diamond-open-dot",
            "size": 10,
            "color": MUTED_COLOR[dark],
            "line": {"width": 1.6, "color": MUTED_COLOR[dark]},
        }
    return {"symbol": "diamond", "size": 10, "color": PAPER_COLOR[dark], "line": {"width": 1.6, "color": TEXT_COLOR[dark]}}


def _legend_markers(published: pd.DataFrame, dark: bool) -> dict[str, Any]:
    """The marks of the legend by their words."""
    marks: dict[str, Any] = {
        "a run": {"size": 9, "color": PALETTE[dark][0]},
        "mean, band ± sd": {"symbol": "line-ns", "size": 14, "line": {"width": 2.5, "color": PALETTE[dark][0]}},
    }
    statuses = set(published["status"])
    if statuses - {"unconfirmed"}:
        marks["published"] = _published_marker("verified", dark)
    if "unconfirmed" in statuses:
        marks["published, unconfirmed"] = _published_marker("unconfirmed", dark)
    return marks


def _published_hover(entry: Mapping[str, Any], score: str, name: str) -> str:
    value = f"{entry[score]:.4g}".lstrip("0") + (
        f" ± {entry['sd']:.3f}" if score in SCORES_WITH_SD and pd.notna(entry["sd"]) else ""
    )
    if score in SCORES_WITH_SD and pd.notna(entry["high"]):
        value += f", best {entry['high']:.3f}" if pd.isna(entry["low"]) else f", {entry['low']:.3f} to {entry['high']:.3f}"
    what = "many-to-one accuracy" if score in SCORES_WITH_SD and entry["mapping"] == "m-1" else name
    lines = [*wrap(entry["words"], HOVER_LETTERS), *wrap(f"Source: {entry['source']}", HOVER_LETTERS)]
    return "<br>".join([f"<b>{escape_text(entry['method'])}</b> (published)", f"{what} {value}", *map(escape_text, lines)])


def _summary_text(row: Mapping[str, Any]) -> str:
    """Mean ± sd and seeds, or why there are none."""
    if not row["scored"]:
        seeds = f"in {counted(row['seeds'], 'seed')}"
        return f"no readable plateau {seeds}" if row["group"] == "K found" else f"no figures {seeds}"
    sd = f" ± {row['sd']:.3f}" if pd.notna(row["sd"]) else ""
    seeds = (
        f" ({row['scored']} of {counted(row['seeds'], 'seed')})"
        if row["scored"] < row["seeds"]
        else " (one seed)"
        if row["seeds"] == 1
        else ""
    )
    return f"{row['mean']:.3f}{sd}{seeds}"


def _interval(value: float, spread: float) -> list[float]:
    """Both ends of a mark with its spread; none where there is no mark."""
    reach = 0.0 if pd.isna(spread) else spread
    return [] if pd.isna(value) else [value - reach, value + reach]


def _write_name(figure: RowChart, row: _Row, y: float, dark: bool) -> None:
    """Write a row's name and figures beside its marks."""
    at: dict[str, Any] = {"x": 0, "xref": "paper", "xanchor": "left", "xshift": 2}  # no mark to stand beside
    if row.ends is not None:
        left = row.side == "left"
        at = {"x": row.ends[0 if left else 1], "xanchor": "right" if left else "left", "xshift": -11 if left else 11}
    text = row.name + (f"  <span style='color:{MUTED_COLOR[dark]}'>{escape_text(row.note)}</span>" if row.note else "")
    figure.add_annotation(text=text, y=y, yanchor="middle", showarrow=False, font={"size": 12, "color": TEXT_COLOR[dark]}, **at)
