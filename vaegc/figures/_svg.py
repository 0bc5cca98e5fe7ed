"""Static charts: drawn by matplotlib as SVG whose colours are CSS variables, so that one picture suits light, dark and paper.

The charts of a climb are defined once, for Plotly; what is drawn here is the same data with the same words.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

from vaegc.figures._style import MUTED_COLOR, TEXT_COLOR
from vaegc.web import palette

CHART_INCHES = (5.2, 2.9)
GREY = "#8a8f99"
LINE_STYLES = {"dash": (0, (4, 2)), "dot": (0, (1, 2))}
# What stands for a colour in the page; the variables themselves are the page's.
CSS_VARIABLES = {
    **{colour: f"var(--c{i})" for i, colour in enumerate(palette.LIGHT)},
    TEXT_COLOR[0]: "var(--ink)",
    MUTED_COLOR[0]: "var(--muted)",
    GREY: "var(--grey)",
    "#ffffff": "var(--st-background-color)",
}
_FONT = re.compile(r"font: ([\d.]+)px [^;\"]+")


@dataclass(frozen=True, slots=True)
class StaticChart:
    """A chart with its words."""

    title: str  # what it shows, in one line
    note: str  # of what
    svg: str  # an `svg` element


def svg_style() -> dict[str, Any]:
    """Return the matplotlib settings of every chart: ink that `as_svg` knows, text that stays text, the same file every time."""
    return {
        "svg.fonttype": "none", "svg.hashsalt": "vaegc", "font.size": 9, "text.color": TEXT_COLOR[0], "axes.labelcolor": TEXT_COLOR[0], "axes.edgecolor": GREY,
        "axes.linewidth": 0.7, "axes.spines.top": False, "axes.spines.right": False, "xtick.color": GREY, "ytick.color": GREY,
        "xtick.labelcolor": MUTED_COLOR[0], "ytick.labelcolor": MUTED_COLOR[0], "axes.axisbelow": True, "grid.color": GREY, "grid.alpha": 0.25,
        "grid.linewidth": 0.6, "legend.frameon": False, "axes.unicode_minus": True,
    }  # fmt: skip


def as_svg(figure: Any, name: str, alt: str) -> str:
    """Return a matplotlib figure as an `svg` element.

    Parameters
    ----------
    figure
        Drawn under the settings of `svg_style`.
    name
        Tells the ids of two charts on one page apart.
    alt
        What a screen reader says.
    """
    from html import escape

    from matplotlib import rc_context

    page = io.StringIO()
    with rc_context({**svg_style(), "svg.hashsalt": name}):
        figure.savefig(page, format="svg", transparent=True, metadata={"Date": None})
    text = page.getvalue()
    text = text[text.index("<svg") :].strip()
    for colour, variable in CSS_VARIABLES.items():
        text = text.replace(colour, variable)
    text = _FONT.sub(r"font: \1px var(--st-font)", text)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)


def static_chart(chart: Any, name: str) -> StaticChart:
    """Return a chart of a climb, a light Plotly figure of this package, as a static picture.

    Parameters
    ----------
    chart
        With lines, bands between two lines, bars, and straight lines across; one second axis on the right.
    name
        As in `as_svg`.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    title, *notes = re.sub(r"<(/?span[^>]*|/?b)>", "", chart.layout.title.text).split("<br>")
    note = " ".join(notes)
    with rc_context(svg_style()):
        figure = Figure(figsize=CHART_INCHES, layout="constrained")
        axis = figure.subplots()
        right = axis.twinx() if "yaxis2" in chart.layout and chart.layout.yaxis2.overlaying else None
        below = None
        for trace in chart.data:
            _draw(right if trace.yaxis == "y2" and right is not None else axis, trace, below)
            below = trace
        _draw_reference_lines(axis, chart)
        _format_axes(axis, right, chart)
        return StaticChart(title, note, as_svg(figure, name, f"{title}. {note}"))


def _draw(axis: Any, trace: Any, below: Any) -> None:
    """One trace: a bar chart, a line, or a line with the band down to the one before."""
    if trace.type == "bar":
        colour, alpha = _parse_color(trace.marker.color)
        axis.bar(trace.x, trace.y, 0.94 * trace.width, color=colour, alpha=alpha * (trace.marker.opacity or 1), linewidth=0)
        return
    step = "post" if trace.line.shape == "hv" else None
    if trace.fill == "tonexty":
        colour, alpha = _parse_color(trace.fillcolor)
        axis.fill_between(trace.x, below.y, trace.y, color=colour, alpha=alpha, linewidth=0)
    if trace.line.width != 0:
        colour, alpha = _parse_color(trace.line.color)
        marks = (
            {"marker": "o", "linestyle": "none"}
            if trace.mode == "markers"
            else {"linestyle": LINE_STYLES.get(trace.line.dash, "-")}
        )
        where = {"drawstyle": f"steps-{step}"} if step else {}
        axis.plot(trace.x, trace.y, color=colour, alpha=alpha, linewidth=0.8 * (trace.line.width or 2), **marks, **where)


def _draw_reference_lines(axis: Any, chart: Any) -> None:
    """Lines across the whole chart, and the words beside them."""
    for shape in chart.layout.shapes:
        colour, _ = _parse_color(shape.line.color)
        how = {"color": colour, "linewidth": shape.line.width, "linestyle": LINE_STYLES.get(shape.line.dash, "-")}
        axis.axvline(shape.x0, **how) if shape.x0 == shape.x1 else axis.axhline(shape.y0, **how)
    for note in chart.layout.annotations:
        y = 10**note.y if chart.layout.yaxis.type == "log" else note.y
        x, across = (0.99, axis.get_yaxis_transform()) if note.xref == "paper" else (note.x, axis.transData)
        colour, _ = _parse_color(note.font.color)
        place = {"xytext": (0, 3), "textcoords": "offset points", "ha": "right", "va": "bottom"}
        axis.annotate(
            re.sub(r"</?b>", "", note.text), (x, y), xycoords=across, color=colour, fontsize=0.75 * note.font.size, **place
        )


def _format_axes(axis: Any, right: Any, chart: Any) -> None:
    """Scales, ranges, names and ticks."""
    from matplotlib.ticker import MaxNLocator

    layout = chart.layout
    axis.set_xlabel((layout.xaxis.title.text or "").replace("<br>", "\n"))
    axis.set_ylabel((layout.yaxis.title.text or "").replace("<br>", "\n"))
    axis.grid(visible=layout.yaxis.visible is not False, axis="y")
    if layout.yaxis.type == "log":
        axis.set_yscale("log")
    if layout.yaxis.range:
        axis.set_ylim(*(10**end if layout.yaxis.type == "log" else end for end in layout.yaxis.range))
    if layout.xaxis.range:
        axis.set_xlim(*layout.xaxis.range)
    if layout.yaxis.tickformat == ",~d":
        axis.yaxis.set_major_formatter("{x:,.0f}")
        if layout.yaxis.type == "log":  # a short stretch of the axis has no power of ten to name
            axis.yaxis.set_minor_formatter("{x:,.0f}" if layout.yaxis.range[1] - layout.yaxis.range[0] < 1 else "")
    if "bar" not in {trace.type for trace in chart.data}:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    if layout.xaxis.visible is False:
        axis.set_axis_off()
    if right is not None:
        colour, _ = _parse_color(layout.yaxis2.tickfont.color)
        right.set_ylabel(layout.yaxis2.title.text, color=colour)
        right.set_ylim(*layout.yaxis2.range)
        right.set_yticks(layout.yaxis2.tickvals, layout.yaxis2.ticktext, color=colour)


def _parse_color(value: str | None) -> tuple[str, float]:
    """A colour as Plotly writes it, as "#rrggbb" and its opacity."""
    if value is None or value.startswith("#"):
        return value or TEXT_COLOR[0], 1.0
    *rgb, alpha = (float(part) for part in re.findall(r"[\d.]+", value))
    return "#" + "".join(f"{round(part):02x}" for part in rgb), alpha
