"""The density map: a log density on a grid, as filled contours with points and modes on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points, check_int, check_number
from vaegc.errors import BadInput
from vaegc.figures._style import MUTED_COLOR, TEXT_COLOR, base_figure
from vaegc.web import palette
from vaegc.wording import counted

MAX_MAP_POINTS = 5_000  # drawn on one map
MIN_MAP_RANGE = -np.log(0.02)  # nats of a map's colours: what 98 % of one 2-D Gaussian's points span


def density_grid(
    density: Any, points: npt.ArrayLike, size: int = 160, margin: float = 0.08
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evaluate a log density on a grid around 2-D points.

    Returns x (size,), y (size,) and the log density (size, size), of which [i, j] belongs to y[i], x[j]. `margin` is the
    room on each side, as a share of the larger extent of `points` (N, 2). Costs size² evaluations of `density.log_prob`. Raises `BadInput`
    where the points are not in 2-D.

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
    cloud = _check_plane(points, "points")
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    room = margin * (high - low).max()
    room = room if room > 0 and (high > low).all() else (high - low).max() / 2 or 1.0  # a line or a single place: make room
    x, y = np.linspace(low - room, high + room, size).T
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return x.copy(), y.copy(), np.asarray(density.log_prob(places), dtype=np.float64).reshape(size, size)


def density_map(
    x: npt.ArrayLike, y: npt.ArrayLike, log_density: npt.ArrayLike, points: npt.ArrayLike | None = None,
    modes: npt.ArrayLike | None = None, dark: bool = False, lowest: float | None = None,
) -> Any:  # fmt: skip
    """Draw a log density, of `density_grid`, as a map, with points (N, 2) as dots and modes (K, 2) as crosses on it.

    At most 5,000 of each are drawn, chosen with a fixed seed. `lowest` is the log density where the colours begin. None: its
    2nd percentile over the points (else over the grid), but at least 3.9 nats below the highest, so that points that have
    gathered on the modes do not flatten the map. Frames to be compared need one `lowest`. Raises `BadInput` for
    arrays that do not fit together or hold no numbers.
    """
    from plotly.colors import sequential

    across, up, z = np.asarray(x, dtype=float), np.asarray(y, dtype=float), np.array(log_density, dtype=float)
    if across.ndim != 1 or up.ndim != 1 or z.shape != (len(up), len(across)) or z.size < 4:
        raise BadInput(f"log_density must have a row per y and a column per x; got {z.shape} for {up.shape} and {across.shape}.")
    if np.isnan(z).any() or not np.isfinite(z.max()):
        raise BadInput("log_density must hold numbers, the highest of them finite.")
    cloud = None if points is None else _check_plane(points, "points")
    low = _color_floor(across, up, z, cloud) if lowest is None else check_number(lowest, "lowest", -np.inf)
    low = min(low, z.max() - 1e-6)
    z[np.isneginf(z)] = min(low, z[np.isfinite(z)].min())
    found = None if modes is None else _check_plane(modes, "modes")
    said = (
        []
        if cloud is None
        else [f"{f'{MAX_MAP_POINTS:,} of ' * (len(cloud) > MAX_MAP_POINTS)}N = {counted(len(cloud), 'point')}"]
    )
    said += [] if found is None else [f"{counted(len(found), 'mode')} (crosses)"]
    figure = base_figure("What is climbed: the log density", ", ".join([*said, "both axes at one scale"]), dark, height=420)
    power = 10.0 ** np.floor(np.log10((z.max() - low) / 10))
    step = float(power * min((1, 2, 5, 10), key=lambda nice: abs(nice - (z.max() - low) / 10 / power)))  # about ten lines
    first = float(np.ceil(low / step) * step)
    bar = {
        "orientation": "h", "y": -0.02, "yanchor": "top", "thickness": 10, "len": 240, "lenmode": "pixels", "outlinewidth": 0,
        "tick0": first, "dtick": 3 * step, "tickformat": "~g", "tickfont": {"size": 11, "color": MUTED_COLOR[dark]},
        "title": {"text": "log density (nats)", "side": "bottom", "font": {"size": 12, "color": TEXT_COLOR[dark]}},
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


def _color_floor(x: np.ndarray, y: np.ndarray, z: np.ndarray, points: np.ndarray | None) -> float:
    at = z.ravel()
    if points is not None:  # the log density at the grid's nearest position, good to a fraction of a nat
        row, column = (np.searchsorted((g[:-1] + g[1:]) / 2, v) for g, v in ((y, points[:, 1]), (x, points[:, 0])))
        at = z[row, column]
    return float(min(np.percentile(at[np.isfinite(at)], 2) if np.isfinite(at).any() else np.inf, z.max() - MIN_MAP_RANGE))


def _check_plane(values: npt.ArrayLike, what: str) -> np.ndarray:
    array = as_points(values, what)
    if array.shape[1] != 2:
        raise BadInput(f"A density map needs a 2-D space; this one has d = {array.shape[1]}.")
    return array


def _add_dots(figure: Any, points: np.ndarray, name: str, marker: dict[str, Any], **hover: str) -> None:
    if len(points) > MAX_MAP_POINTS:
        points = points[np.random.default_rng(0).choice(len(points), MAX_MAP_POINTS, replace=False)]
    x, y = points.T.astype(np.float32, order="C")
    figure.add_scattergl(x=x, y=y, mode="markers", marker=marker, name=name, **hover)
