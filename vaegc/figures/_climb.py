"""Charts of a climb: what can be seen of a density while points climb it by mean shift.

Every chart draws percentiles, bins or a sample, so it stays small whatever N is. Show them with ``theme=None``: they bring
their own colours, one set for light and one for dark pages.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_int, check_number
from vaegc.errors import BadInput
from vaegc.web import palette
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.ascent import Trajectory

PERCENTILES = (5, 25, 50, 75, 95)
MOST_FRAMES, MOST_DOTS, BINS = 400, 5_000, 40  # of one line (more are thinned evenly), one map, one histogram
SMALLEST_STEP = 1e-8  # bandwidths; the axis ends there, since shorter steps are below what float32 frames keep
LEAST_NATS = -np.log(0.02)  # of a map's colours: what 98 % of one 2-D Gaussian's points span
THEME, MODE = (palette.LIGHT, palette.DARK), ("markers", "lines")
INK, MUTED, GRID = ("#1c2330", "#e6eaf2"), ("#586274", "#a5afc0"), ("rgba(28,35,48,0.10)", "rgba(230,234,242,0.12)")
BANDS = "Median, middle 50 % and 90 % of"
PAPER, CLEAR = ("#ffffff", "#1a202b"), "rgba(0,0,0,0)"


def log_density_over_steps(trajectory: Trajectory, dark: bool = False) -> Any:
    """Chart the log density of the points against the step: median, middle half, and 5 to 95 %."""
    logs = as_points(trajectory.log_density, "log_density")
    shown = _thin(len(logs))
    bands = _percentiles(logs[shown])
    figure = _figure(_moves("log density", bands), f"{BANDS} N = {counted(logs.shape[1], 'point')}", dark)
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
    shown = _thin(len(lengths) - 1) + 1  # no step leads to the first frame
    rest = (lengths[shown] == 0).mean(axis=1)
    moving = shown[rest < 1]
    if not len(moving):
        return _empty("No point has moved", n, dark)
    bands = _percentiles([row[row > 0] for row in lengths[moving]])
    title, whom = (
        _moves("step", bands),
        f"those<br>that still move, of N = {counted(n, 'point')}" if rest.any() else f"N = {counted(n, 'point')}",
    )
    if rest[-1] >= 0.001:
        share = "All" if rest[-1] == 1 else f"{np.floor(1000 * rest[-1]) / 10:g} % of the"  # never rounded up to all
        title = f"{share} points are at rest at step {steps[-1]:,}"
    figure = _figure(title, f"{BANDS} {whom}", dark)
    _draw_bands(figure, steps, moving, bands, f"step length in {unit}", dark)
    low = max(min(bands[:, 0].min(), tol or np.inf), SMALLEST_STEP)
    high = max(bands[:, 4].max(), tol, 10 * low)
    ends = np.log10([low / 1.5, high * 1.5])
    figure.update_yaxes(title_text=f"step length<br>in {unit}", type="log", range=ends)
    figure.update_yaxes(exponentformat="power", dtick=1 if ends[1] - ends[0] < 6 else 2)
    if tol:
        figure.add_hline(tol, line={"color": MUTED[dark], "width": 1, "dash": "dot"})
        note = {"showarrow": False, "xref": "paper", "x": 1, "xanchor": "right", "yanchor": "bottom"}
        figure.add_annotation(text=f"tol = {tol:g}", y=float(np.log10(tol)), font={"size": 11, "color": MUTED[dark]}, **note)
    if rest.any():
        colour = {"color": THEME[dark][3]}
        figure.add_scatter(
            x=steps[shown].astype(np.int32), y=(100 * rest).astype(np.float32), yaxis="y2", name="at rest", mode=MODE[len(shown) > 1],
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
        return _empty("No point has moved", len(total), dark)
    longest, most, middle = total.max(), np.percentile(total, 99), float(np.median(total))
    open_end = longest > 2 * most > 0  # a few far travellers would squeeze everybody else into one bar
    counts, edges = np.histogram(total.clip(max=most) if open_end else total, BINS, (0, most if open_end else longest))
    words = [f"between {_say(low)} and {_say(high)}" for low, high in pairwise(edges)]
    if open_end:
        words[-1] = f"at least {_say(edges[-2])}, up to {_say(longest)},"
    figure = _figure(f"Half travel less than {_say(middle)} {unit}", f"N = {counted(len(total), 'point')}", dark)
    figure.add_bar(
        x=((edges[:-1] + edges[1:]) / 2).astype(np.float32), y=counts.astype(np.int32), width=float(edges[1]), customdata=words,
        marker={"color": THEME[dark][0], "opacity": 0.85, "line": {"width": 0}},
        hovertemplate="%{y:,} points travel %{customdata} " + unit + "<extra></extra>",
    )  # fmt: skip
    figure.add_vline(middle, line={"color": INK[dark], "width": 1.5, "dash": "dot"})
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
    first, last, shown = int(many[0]), int(many[-1]), _thin(len(many))
    title = f"{first:,} distinct places become {last:,}" if first != last else f"Still {last:,} distinct place{'s' * (last > 1)}"
    whose = "Places closer than the floor count as one" + (
        f"<br>N = {counted(n_points, 'point')}" if n_points is not None else ""
    )
    figure = _figure(title, whose, dark)
    figure.add_scatter(
        x=at[shown].astype(np.int32), y=many[shown].astype(np.int32), mode=MODE[len(shown) > 1], name="distinct places",
        line={"color": THEME[dark][0], "width": 2.5, "shape": "hv"}, hovertemplate="Step %{x}, distinct places: %{y:,}<extra></extra>",
    )  # fmt: skip
    place = {"showarrow": False, "xanchor": "right", "yanchor": "bottom", "x": int(at[-1]), "y": float(np.log10(last))}
    figure.add_annotation(text=f"<b>{last:,}</b>", font={"color": THEME[dark][0], "size": 16}, **place)
    ends = np.log10([many.min() / 1.2, many.max() * 1.6])
    figure.update_xaxes(title_text="step", dtick=1 if at[-1] < 10 else None)
    wide = {"dtick": 1} if ends[1] - ends[0] > 1.5 else {"nticks": 6}
    return figure.update_yaxes(title_text="distinct places (count)", type="log", range=ends, tickformat=",~d", **wide)


def density_grid(
    density: Any, points: npt.ArrayLike, size: int = 160, margin: float = 0.08
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evaluate a log density on a grid around 2-D points.

    Returns x (size,), y (size,) and the log density (size, size), of which [i, j] belongs to y[i], x[j]. `margin` is the
    room on each side, as a share of the larger extent of `points` (N, 2). Costs size² evaluations of `density.logp`.

    Examples
    --------
    >>> from vaegc import KernelDensity
    >>> from vaegc.figures import density_grid
    >>> x, y, log_density = density_grid(KernelDensity([[0.0, 0.0], [4.0, 1.0]], bandwidth=1.0), [[0, 0], [4, 1]], size=20)
    >>> log_density.shape, round(float(x[0]), 2), round(float(y[-1]), 2)
    ((20, 20), -0.32, 1.32)
    """
    check_int(size, "size", 2)
    check_number(margin, "margin", 0)
    cloud = _flat(points, "points")
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    room = margin * (high - low).max()
    room = room if room > 0 and (high > low).all() else (high - low).max() / 2 or 1.0  # a line or a single place: make room
    x, y = np.linspace(low - room, high + room, size).T
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return x.copy(), y.copy(), np.asarray(density.logp(places), dtype=np.float64).reshape(size, size)


def density_map(
    x: npt.ArrayLike, y: npt.ArrayLike, log_density: npt.ArrayLike, points: npt.ArrayLike | None = None,
    modes: npt.ArrayLike | None = None, dark: bool = False, lowest: float | None = None,
) -> Any:  # fmt: skip
    """Draw a log density, of `density_grid`, as a map, with points (N, 2) as dots and modes (K, 2) as crosses on it.

    At most 5,000 of each are drawn, chosen with a fixed seed. `lowest` is the log density where the colours begin. None: its
    2nd percentile over the points (else over the grid), but at least 3.9 nats below the highest, so that points that have
    gathered on the modes do not flatten the map. Frames to be compared need one `lowest`.
    """
    from plotly.colors import sequential

    across, up, z = np.asarray(x, dtype=float), np.asarray(y, dtype=float), np.array(log_density, dtype=float)
    if across.ndim != 1 or up.ndim != 1 or z.shape != (len(up), len(across)) or z.size < 4:
        raise BadInput(f"log_density must have a row per y and a column per x; got {z.shape} for {up.shape} and {across.shape}.")
    if np.isnan(z).any() or not np.isfinite(z.max()):
        raise BadInput("log_density must hold numbers, the highest of them finite.")
    cloud = None if points is None else _flat(points, "points")
    low = _lowest(across, up, z, cloud) if lowest is None else check_number(lowest, "lowest", -np.inf)
    low = min(low, z.max() - 1e-6)
    z[np.isneginf(z)] = min(low, z[np.isfinite(z)].min())
    found = None if modes is None else _flat(modes, "modes")
    said = [] if cloud is None else [f"{f'{MOST_DOTS:,} of ' * (len(cloud) > MOST_DOTS)}N = {len(cloud):,} points"]
    said += [] if found is None else [f"{len(found):,} mode{'s' * (len(found) > 1)} (crosses)"]
    figure = _figure("What is climbed: the log density", ", ".join([*said, "both axes at one scale"]), dark, height=420)
    power = 10.0 ** np.floor(np.log10((z.max() - low) / 10))
    step = float(power * min((1, 2, 5, 10), key=lambda nice: abs(nice - (z.max() - low) / 10 / power)))  # about ten lines
    first = float(np.ceil(low / step) * step)
    bar = {
        "orientation": "h", "y": -0.02, "yanchor": "top", "thickness": 10, "len": 240, "lenmode": "pixels", "outlinewidth": 0,
        "tick0": first, "dtick": 3 * step, "tickformat": "~g", "tickfont": {"size": 11, "color": MUTED[dark]},
        "title": {"text": "log density (nats)", "side": "bottom", "font": {"size": 12, "color": INK[dark]}},
    }  # fmt: skip
    # cmocean's uniform scales, of which the page's own brightness is the lowest density.
    figure.add_contour(
        x=across.astype(np.float32), y=up.astype(np.float32), z=z.astype(np.float32), zmin=low, zmax=z.max(),
        colorscale=sequential.ice[1:] if dark else sequential.dense, colorbar=bar,
        contours={"coloring": "heatmap", "start": first, "end": z.max(), "size": step},
        line={"width": 0.6, "color": "rgba(128,140,160,0.55)"}, name="log density",
        hovertemplate="Log density %{z:.3g} at %{x:.3g}, %{y:.3g}<extra></extra>",
    )  # fmt: skip
    if cloud is not None:
        dots = {"size": 3.5 if len(cloud) > 1000 else 4.5, "opacity": 0.5, "color": palette.LIGHT[1]}
        _add_dots(figure, cloud, "points", dots, hoverinfo="skip")
    if found is not None:
        cross = {"symbol": "x", "size": 11, "color": "#ffffff", "line": {"width": 1.5, "color": "#10141c"}}
        _add_dots(figure, found, "modes", cross, hovertemplate="A mode at %{x:.3g}, %{y:.3g}<extra></extra>")
    figure.update_layout(hovermode="closest", margin={"b": 48, "l": 8, "r": 8})
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "title_text": None, "constrain": "domain"}
    figure.update_xaxes(**bare, range=across[[0, -1]])
    return figure.update_yaxes(**bare, range=up[[0, -1]], scaleanchor="x", scaleratio=1)


def _lowest(x: np.ndarray, y: np.ndarray, z: np.ndarray, points: np.ndarray | None) -> float:
    at = z.ravel()
    if points is not None:  # the log density at the grid's nearest position, good to a fraction of a nat
        row, column = (np.searchsorted((g[:-1] + g[1:]) / 2, v) for g, v in ((y, points[:, 1]), (x, points[:, 0])))
        at = z[row, column]
    return float(min(np.percentile(at[np.isfinite(at)], 2) if np.isfinite(at).any() else np.inf, z.max() - LEAST_NATS))


def _flat(values: npt.ArrayLike, what: str) -> np.ndarray:
    array = as_points(values, what)
    if array.shape[1] != 2:
        raise BadInput(f"A density map needs a 2-D space; this one has d = {array.shape[1]}.")
    return array


def _add_dots(figure: Any, points: np.ndarray, name: str, marker: dict[str, Any], **hover: str) -> None:
    if len(points) > MOST_DOTS:
        points = points[np.random.default_rng(0).choice(len(points), MOST_DOTS, replace=False)]
    x, y = points.T.astype(np.float32, order="C")
    figure.add_scattergl(x=x, y=y, mode="markers", marker=marker, name=name, **hover)


def _in_bandwidths(lengths: np.ndarray, scale: npt.ArrayLike, what: str) -> np.ndarray:
    rows, unit = as_points(lengths, what), np.asarray(scale, dtype=np.float64)
    if unit.shape not in {(), rows.shape[1:]} or not (np.isfinite(unit) & (unit > 0)).all():
        raise BadInput(f"scale must be one number above 0, or one per point ({rows.shape[1]:,}); got shape {unit.shape}.")
    return rows / unit


def _thin(frames: int) -> np.ndarray:
    return np.unique(np.linspace(0, frames - 1, min(frames, MOST_FRAMES)).round().astype(np.int64))


def _percentiles(rows: Any) -> np.ndarray:
    return np.array([np.percentile(row, PERCENTILES) for row in rows], dtype=np.float32)


def _say(value: float) -> str:
    if value and abs(value) < 1e-4:
        return "below 0.0001" if value > 0 else "about 0"
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")


def _moves(what: str, bands: np.ndarray) -> str:
    start, end = _say(bands[0, 2]), _say(bands[-1, 2])
    return f"Median {what}: stays at {start}" if start == end else f"Median {what}: {start} to {end}"


def _figure(title: str, subtitle: str, dark: bool, height: int = 280) -> Any:
    """Return an empty chart in the common dress."""
    import plotly.graph_objects as go

    small = f"<span style='font-size:12px;color:{MUTED[dark]}'>{subtitle}</span>"
    head = {"text": f"{title}<br>{small}", "font": {"size": 15, "color": INK[dark]}}
    top = 34 + 17 * (subtitle.count("<br>") + 1)
    axis = {
        "gridcolor": GRID[dark], "zeroline": False, "automargin": True, "tickfont": {"size": 11, "color": MUTED[dark]},
        "title": {"font": {"size": 12, "color": INK[dark]}, "standoff": 6},
    }  # fmt: skip
    return go.Figure(layout={
        "template": go.layout.Template(), "height": height, "margin": {"l": 8, "r": 12, "b": 8, "t": top},
        "title": {**head, "x": 0, "xref": "paper", "yref": "container", "y": 1 - 22 / height, "yanchor": "top"},
        "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR, "font": {"family": "sans-serif", "color": INK[dark]},
        "xaxis": axis, "yaxis": axis, "showlegend": False, "hovermode": "x", "hoverdistance": -1, "dragmode": False,
        "hoverlabel": {"bgcolor": PAPER[dark], "bordercolor": MUTED[dark], "font": {"color": INK[dark], "size": 12}, "align": "left"},
        "modebar": {"remove": ["select", "lasso", "autoScale"], "bgcolor": CLEAR, "color": MUTED[dark], "activecolor": INK[dark]},
    })  # fmt: skip


def _empty(title: str, n: int, dark: bool) -> Any:
    return _figure(title, f"N = {counted(n, 'point')}", dark).update_xaxes(visible=False).update_yaxes(visible=False)


def _draw_bands(figure: Any, steps: np.ndarray, rows: np.ndarray, bands: np.ndarray, what: str, dark: bool) -> None:
    """Add the two bands and the median of `bands` (F, 5) at `steps[rows]`, with one hover that tells all."""
    red, green, blue = (int(THEME[dark][0][i : i + 2], 16) for i in (1, 3, 5))
    x = steps[rows].astype(np.int32)
    for column, alpha in ((0, None), (4, 0.18), (1, None), (3, 0.28)):
        filled = {} if alpha is None else {"fill": "tonexty", "fillcolor": f"rgba({red},{green},{blue},{alpha})"}
        name = f"{PERCENTILES[column]} %"
        figure.add_scatter(x=x, y=bands[:, column].copy(), name=name, mode="lines", line={"width": 0}, hoverinfo="skip", **filled)
    words = (
        f"Step %{{x}}: median {what} %{{y:.3g}}<br>half of the points between %{{customdata[1]:.3g}} and %{{customdata[2]:.3g}}"
        "<br>nine in ten between %{customdata[0]:.3g} and %{customdata[3]:.3g}<extra></extra>"
    )
    look = {"name": "median", "mode": MODE[len(x) > 1], "line": {"color": THEME[dark][0], "width": 2.5}, "hovertemplate": words}
    figure.add_scatter(x=x, y=bands[:, 2].copy(), customdata=bands[:, [0, 1, 3, 4]].copy(), **look)
    figure.update_xaxes(title_text="step", rangemode="tozero", dtick=1 if steps[-1] < 10 else None)  # whole numbers only
