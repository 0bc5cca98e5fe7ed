"""Charts of an ascent: log density, step and path lengths, number of modes, over its steps.

Every chart draws percentiles, bins or a sample, so it stays small whatever N is. Show them with ``theme=None``: they bring
their own colours, one set for light and one for dark pages.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_number
from vaegc.errors import BadInput
from vaegc.figures._style import LINE_MODE, MUTED_COLOR, PALETTE, TEXT_COLOR, base_figure, empty_figure
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.ascent import Trajectory

PERCENTILES = (5, 25, 50, 75, 95)
MAX_LINE_FRAMES = 400  # of one line; more are thinned evenly
N_BINS = 40  # of the histogram of path lengths
MIN_STEP_SHOWN = 1e-8  # bandwidths; the axis ends there, since shorter steps are below what float32 frames keep
BANDS_CAPTION = "Median, middle 50 % and 90 % of"


def log_density_over_steps(trajectory: Trajectory, dark: bool = False) -> Any:
    """Chart the log density of the points against the step: median, middle half, and 5 to 95 %."""
    logs = as_points(trajectory.log_density, "log_density")
    shown = _thin_frames(len(logs))
    bands = _percentiles(logs[shown])
    figure = base_figure(_median_title("log density", bands), f"{BANDS_CAPTION} N = {counted(logs.shape[1], 'point')}", dark)
    _draw_bands(figure, np.asarray(trajectory.steps), shown, bands, "log density", dark)
    return figure.update_yaxes(title_text="log density (nats)")


def step_lengths(
    trajectory: Trajectory, scale: npt.ArrayLike, dark: bool = False, tol: float = 0, unit: str = "bandwidths"
) -> Any:
    """Chart how long the steps are, of the points that still move, and the share of points at rest.

    `scale` is the bandwidth, one number or (N,), or another length whose name is `unit`; `tol`, that of the climb, is drawn as a thin
    line where it is above 0.
    """
    check_number(tol, "tol", 0)
    lengths = _in_bandwidths(trajectory.step_lengths, scale, "step_lengths")
    steps, n = np.asarray(trajectory.steps), lengths.shape[1]
    shown = _thin_frames(len(lengths) - 1) + 1  # no step leads to the first frame
    rest = (lengths[shown] == 0).mean(axis=1)
    moving = shown[rest < 1]
    if not len(moving):
        return empty_figure("No point has moved", n, dark)
    bands = _percentiles([row[row > 0] for row in lengths[moving]])
    title, whom = (
        _median_title("step", bands),
        f"those<br>that still move, of N = {counted(n, 'point')}" if rest.any() else f"N = {counted(n, 'point')}",
    )
    if rest[-1] >= 0.001:
        share = "All" if rest[-1] == 1 else f"{np.floor(1000 * rest[-1]) / 10:g} % of the"  # never rounded up to all
        title = f"{share} points are at rest at step {steps[-1]:,}"
    figure = base_figure(title, f"{BANDS_CAPTION} {whom}", dark)
    _draw_bands(figure, steps, moving, bands, f"step length in {unit}", dark)
    low = max(min(bands[:, 0].min(), tol or np.inf), MIN_STEP_SHOWN)
    high = max(bands[:, 4].max(), tol, 10 * low)
    ends = np.log10([low / 1.5, high * 1.5])
    figure.update_yaxes(title_text=f"step length<br>in {unit}", type="log", range=ends)
    figure.update_yaxes(exponentformat="power", dtick=1 if ends[1] - ends[0] < 6 else 2)
    if tol:
        figure.add_hline(tol, line={"color": MUTED_COLOR[dark], "width": 1, "dash": "dot"})
        note = {"showarrow": False, "xref": "paper", "x": 1, "xanchor": "right", "yanchor": "bottom"}
        figure.add_annotation(
            text=f"tol = {tol:g}", y=float(np.log10(tol)), font={"size": 11, "color": MUTED_COLOR[dark]}, **note
        )
    if rest.any():
        colour = {"color": PALETTE[dark][3]}
        figure.add_scatter(
            x=steps[shown].astype(np.int32), y=(100 * rest).astype(np.float32), yaxis="y2", name="at rest", mode=LINE_MODE[len(shown) > 1],
            line={**colour, "width": 2, "dash": "dash"}, hovertemplate="%{y:.3g} % of the points at rest<extra></extra>",
        )  # fmt: skip
        name = {"text": "points at rest", "font": {**colour, "size": 12}, "standoff": 6}
        figure.update_layout(yaxis2={
            "overlaying": "y", "side": "right", "range": [-3, 103], "tickvals": [0, 50, 100], "ticktext": ["0 %", "50 %", "100 %"],
            "title": name, "tickfont": {**colour, "size": 11}, "showgrid": False, "zeroline": False, "automargin": True,
        })  # fmt: skip
    return figure


def path_lengths(trajectory: Trajectory, scale: npt.ArrayLike, dark: bool = False, unit: str = "bandwidths") -> Any:
    """Chart how far the points have travelled in all, in bandwidths (`scale`: one number, or (N,)), or in another `unit`."""
    total = _in_bandwidths(trajectory.path_lengths, scale, "path_lengths")[-1]
    if not total.any():
        return empty_figure("No point has moved", len(total), dark)
    longest, most, middle = total.max(), np.percentile(total, 99), float(np.median(total))
    open_end = longest > 2 * most > 0  # a few far travellers would squeeze everybody else into one bar
    counts, edges = np.histogram(total.clip(max=most) if open_end else total, N_BINS, (0, most if open_end else longest))
    words = [f"between {_format_number(low)} and {_format_number(high)}" for low, high in pairwise(edges)]
    if open_end:
        words[-1] = f"at least {_format_number(edges[-2])}, up to {_format_number(longest)},"
    figure = base_figure(f"Half travel less than {_format_number(middle)} {unit}", f"N = {counted(len(total), 'point')}", dark)
    figure.add_bar(
        x=((edges[:-1] + edges[1:]) / 2).astype(np.float32), y=counts.astype(np.int32), width=float(edges[1]), customdata=words,
        marker={"color": PALETTE[dark][0], "opacity": 0.85, "line": {"width": 0}},
        hovertemplate="%{y:,} points travel %{customdata} " + unit + "<extra></extra>",
    )  # fmt: skip
    figure.add_vline(middle, line={"color": TEXT_COLOR[dark], "width": 1.5, "dash": "dot"})
    figure.update_layout(bargap=0.06, hovermode="closest")
    last = "<br>(the last bar: all that travel further)" if open_end else ""
    figure.update_xaxes(title_text=f"length of the whole path in {unit}{last}", range=[0, edges[-1]])
    return figure.update_yaxes(title_text="points", rangemode="tozero", tickformat=",~d")


def modes_over_steps(steps: npt.ArrayLike, counts: npt.ArrayLike, dark: bool = False, n_points: int | None = None) -> Any:
    """Chart the number of distinct places (modes within the floor radius), `counts` (T,), at `steps` (T,)."""
    at, many = np.atleast_1d(np.asarray(steps)), np.atleast_1d(np.asarray(counts))
    if at.ndim != 1 or at.shape != many.shape or not at.size:
        raise BadInput(f"steps and counts must be two rows of the same length; got shapes {at.shape} and {many.shape}.")
    if not (many >= 1).all():
        raise BadInput(f"counts must be at least 1; got {many.min():g}.")
    first, last, shown = int(many[0]), int(many[-1]), _thin_frames(len(many))
    title = f"{first:,} distinct places become {last:,}" if first != last else f"Still {counted(last, 'distinct place')}"
    whose = "Places closer than the floor count as one" + (
        f"<br>N = {counted(n_points, 'point')}" if n_points is not None else ""
    )
    figure = base_figure(title, whose, dark)
    figure.add_scatter(
        x=at[shown].astype(np.int32), y=many[shown].astype(np.int32), mode=LINE_MODE[len(shown) > 1], name="distinct places",
        line={"color": PALETTE[dark][0], "width": 2.5, "shape": "hv"}, hovertemplate="Step %{x}, distinct places: %{y:,}<extra></extra>",
    )  # fmt: skip
    place = {"showarrow": False, "xanchor": "right", "yanchor": "bottom", "x": int(at[-1]), "y": float(np.log10(last))}
    figure.add_annotation(text=f"<b>{last:,}</b>", font={"color": PALETTE[dark][0], "size": 16}, **place)
    ends = np.log10([many.min() / 1.2, many.max() * 1.6])
    figure.update_xaxes(title_text="step", dtick=1 if at[-1] < 10 else None)
    wide = {"dtick": 1} if ends[1] - ends[0] > 1.5 else {"nticks": 6}
    return figure.update_yaxes(title_text="distinct places (count)", type="log", range=ends, tickformat=",~d", **wide)


def _in_bandwidths(lengths: np.ndarray, scale: npt.ArrayLike, what: str) -> np.ndarray:
    rows, unit = as_points(lengths, what), np.asarray(scale, dtype=np.float64)
    if unit.shape not in {(), rows.shape[1:]} or not (np.isfinite(unit) & (unit > 0)).all():
        raise BadInput(f"scale must be one number above 0, or one per point ({rows.shape[1]:,}); got shape {unit.shape}.")
    return rows / unit


def _thin_frames(frames: int) -> np.ndarray:
    return np.unique(np.linspace(0, frames - 1, min(frames, MAX_LINE_FRAMES)).round().astype(np.int64))


def _percentiles(rows: Any) -> np.ndarray:
    return np.array([np.percentile(row, PERCENTILES) for row in rows], dtype=np.float32)


def _format_number(value: float) -> str:
    if value and abs(value) < 1e-4:
        return "below 0.0001" if value > 0 else "about 0"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def _median_title(what: str, bands: np.ndarray) -> str:
    start, end = _format_number(bands[0, 2]), _format_number(bands[-1, 2])
    return f"Median {what}: stays at {start}" if start == end else f"Median {what}: {start} to {end}"


def _draw_bands(figure: Any, steps: np.ndarray, rows: np.ndarray, bands: np.ndarray, what: str, dark: bool) -> None:
    """Add the two bands and the median of `bands` (F, 5) at `steps[rows]`, with one hover that tells all."""
    red, green, blue = (int(PALETTE[dark][0][i : i + 2], 16) for i in (1, 3, 5))
    x = steps[rows].astype(np.int32)
    for column, alpha in ((0, None), (4, 0.18), (1, None), (3, 0.28)):
        filled = {} if alpha is None else {"fill": "tonexty", "fillcolor": f"rgba({red},{green},{blue},{alpha})"}
        name = f"{PERCENTILES[column]} %"
        figure.add_scatter(x=x, y=bands[:, column].copy(), name=name, mode="lines", line={"width": 0}, hoverinfo="skip", **filled)
    words = (
        f"Step %{{x}}: median {what} %{{y:.3g}}<br>half of the points between %{{customdata[1]:.3g}} and %{{customdata[2]:.3g}}"
        "<br>nine in ten between %{customdata[0]:.3g} and %{customdata[3]:.3g}<extra></extra>"
    )
    look = {
        "name": "median",
        "mode": LINE_MODE[len(x) > 1],
        "line": {"color": PALETTE[dark][0], "width": 2.5},
        "hovertemplate": words,
    }
    figure.add_scatter(x=x, y=bands[:, 2].copy(), customdata=bands[:, [0, 1, 3, 4]].copy(), **look)
    figure.update_xaxes(title_text="step", rangemode="tozero", dtick=1 if steps[-1] < 10 else None)  # whole numbers only
