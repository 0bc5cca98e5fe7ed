"""Training in progress: latent map, loss curves, reconstructions; plain numbers for whoever draws them.

A page draws once a second what changes a little each time, so axes and directions are kept from jumping.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vaegc.checks import as_points
from vaegc.errors import BadInput
from vaegc.figures._style import LINE_MODE, MUTED_COLOR, PALETTE, TEXT_COLOR, TRANSPARENT, base_figure
from vaegc.web import palette
from vaegc.wording import counted

MIN_USED_VARIANCE = 0.01  # of its means, from which a latent dimension counts as used: that of `vaegc.models.base`
MAP_MARGIN = 1.07  # width of a map over that of its points, and how much a new map is made wider than it must be
MIN_MAP_FILL = 0.6  # share of a map's width below which its points would look lost, and it is drawn anew
MAX_MAP_P98 = 1.6  # a map ends at so many times the 98th percentile: one stray point would squeeze all the others
HIDDEN_EPOCHS_SHARE = (
    0.05  # of a phase's first epochs, that may lie above the chart: they fall so fast that they would flatten the rest
)
MIN_AXIS_SHARE = 0.03  # of the values' size, that an axis spans at least: below, noise would look like news
MAX_CURVE_EPOCHS = 300  # of one curve; more are thin_indices evenly
MAX_PAIR_DOTS = 400  # of one chart of reconstructions
NOT_LOSSES = {"epoch", "phase", "clusters_used", "dimensions_used"}  # columns of a history that are no loss
LINE_DASHES = ("solid", "dash", "dot", "dashdot")  # equal curves lie on each other: the one below shows between the dashes


@dataclass(frozen=True, slots=True)
class LatentMap:
    """Points of a latent space in the plane, with the frame they are drawn in."""

    xy: np.ndarray  # (n, 2) float32 around (0, 0)
    half: tuple[float, float]  # half width and half height of the frame
    words: str  # what the plane is: "PCA of 10 latent dimensions keeps 58 % of their variance"


@dataclass(frozen=True, slots=True)
class Curve:
    """One loss part over the epochs, with the axis it is drawn on."""

    name: str  # "loss", "reconstruction", "kl", ...
    values: np.ndarray  # (E,) nats per point; NaN where the phase has no such part
    held_out: np.ndarray | None  # (E,) of points that are only measured
    low: float
    high: float
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReconstructionPairs:
    """Features of a few points against their reconstructions, in units in which both axes are 0..1."""

    x: np.ndarray  # (P,) inputs, float32
    y: np.ndarray  # (P,) reconstructions
    r2: float  # share of the inputs' variance that the reconstructions explain; below 0: worse than each feature's mean
    n: int  # points
    d: int  # features


def latent_map(latent: npt.ArrayLike, before: LatentMap | None = None) -> LatentMap:
    """Lay a latent space out in the plane: as it is where it has two dimensions, else its two first principal components.

    Parameters
    ----------
    latent
        (n, d) points.
    before
        The map of the same points a moment ago. Principal components have no direction of their own: the new map is turned and
        flipped to lie on the old one as well as it can, and the old frame stays while it fits.

    Notes
    -----
    O(n d²): a millisecond for 1,000 points of 10 dimensions.

    Examples
    --------
    >>> from vaegc.figures import latent_map
    >>> latent_map([[0.0, 0.0], [2.0, 4.0]]).words
    'Both latent dimensions, as they are'
    """
    points = as_points(latent, "latent", dtype=np.float64)
    n, d = points.shape
    centred = points - points.mean(axis=0)
    if d == 1:  # a line is easier to read with some height, which means nothing
        height = np.random.default_rng(0).uniform(-0.2, 0.2, n) * (np.abs(centred).max() or 1.0)
        xy, words = np.column_stack([centred[:, 0], height]), "The one latent dimension; height means nothing"
    elif d == 2:
        xy, words = centred, "Both latent dimensions, as they are"
    else:
        variances, axes = np.linalg.eigh(centred.T @ centred)
        xy, whole = centred @ axes[:, :-3:-1], float(variances.clip(min=0).sum())
        kept = float(variances[-2:].sum()) / whole if whole else 1.0
        words = f"PCA of {d} latent dimensions keeps {100 * kept:.0f} % of their variance"
        if before is not None and before.xy.shape == xy.shape:
            u, _, v = np.linalg.svd(xy.T @ before.xy)
            xy = xy @ u @ v
    far = np.abs(xy)
    needed = np.minimum(far.max(axis=0), MAX_MAP_P98 * np.percentile(far, 98, axis=0))
    needed = np.maximum(needed, 0.15 * needed.max() or 1.0)
    half = MAP_MARGIN * MAP_MARGIN * needed
    if before is not None:
        old = np.asarray(before.half)
        fits = (MAP_MARGIN * needed <= old) & (needed >= MIN_MAP_FILL * old)
        half = np.where(fits, old, half)
    return LatentMap(xy.astype(np.float32), (float(half[0]), float(half[1])), words)


def used_dimensions(latent: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Variance (d,) of each latent dimension over the points (n, d), and which of them count as used by a posterior."""
    variance = as_points(latent, "latent", dtype=np.float64).var(axis=0, ddof=1 if len(np.asarray(latent)) > 1 else 0)
    return variance, variance > MIN_USED_VARIANCE


def loss_curves(epochs: Mapping[str, Sequence[Any]]) -> list[Curve]:
    """Sort the epochs of a run into one curve for each loss part, the total first.

    Parameters
    ----------
    epochs
        Columns of `vaegc.training.run_status.History`: "phase", then loss parts by name, None where a phase has no such part; held-out ones
        are called "held_out" (the loss) and "held_out_NAME".
    """
    starts, curves = phase_starts(epochs), []
    names = [name for name in epochs if name not in NOT_LOSSES and not name.startswith("held_out")]
    for name in sorted(names, key=lambda name: name != "loss"):
        other = "held_out" if name == "loss" else f"held_out_{name}"
        values = np.array(epochs[name], dtype=np.float64)
        held = np.array(epochs[other], dtype=np.float64) if other in epochs else None
        low, high, ticks = _axis_range([values] if held is None else [values, held], starts)
        curves.append(Curve(name, values, held, low, high, ticks))
    return curves


def phase_starts(epochs: Mapping[str, Sequence[Any]]) -> list[int]:
    """Index of the first epoch of each phase but the first."""
    phases = epochs.get("phase", ())
    return [i for i in range(1, len(phases)) if phases[i] != phases[i - 1]]


def thin_indices(epochs: int, most: int = MAX_CURVE_EPOCHS) -> np.ndarray:
    """Indices of the epochs to draw: all, or evenly spread ones, the first and the last included."""
    return np.unique(np.linspace(0, epochs - 1, min(epochs, most)).round().astype(np.int64)) if epochs else np.zeros(0, np.int64)


def pixels(values: npt.ArrayLike, image_shape: Sequence[int], shown: tuple[float, float] = (0.0, 1.0)) -> np.ndarray:
    """Pictures (m, height, width, channels) as bytes from rows (m, D); `shown` holds the values of black and white."""
    black, white = shown
    rows = np.asarray(values, dtype=np.float32)
    levels = np.clip((rows - black) / ((white - black) or 1.0), 0, 1) * 255
    height, width, channels = (*image_shape, 1)[:3]
    return levels.round().astype(np.uint8).reshape(len(rows), height, width, channels)


def reconstruction_pairs(inputs: npt.ArrayLike, outputs: npt.ArrayLike) -> ReconstructionPairs:
    """Set the features of a few points (m, D) against their reconstructions (m, D), all on one scale.

    Notes
    -----
    R² is about each feature's mean over these very points, so that it says little where there are few of them.
    """
    x, y = as_points(inputs, "inputs", dtype=np.float64), as_points(outputs, "outputs", dtype=np.float64)
    if x.shape != y.shape:
        raise BadInput(f"There must be one reconstruction per input; got shapes {x.shape} and {y.shape}.")
    spread = float(((x - x.mean(axis=0)) ** 2).sum())
    r2 = 1 - float(((x - y) ** 2).sum()) / spread if spread else math.nan
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    room = 0.04 * (high - low) or 1.0
    chosen = np.random.default_rng(0).choice(x.size, MAX_PAIR_DOTS, replace=False) if x.size > MAX_PAIR_DOTS else slice(None)
    scaled = [((side.ravel()[chosen] - low + room) / (high - low + 2 * room)).astype(np.float32) for side in (x, y)]
    return ReconstructionPairs(scaled[0], scaled[1], r2, *x.shape)


def compare_losses(runs: Sequence[tuple[str, Mapping[str, Sequence[Any]]]], part: str = "loss", dark: bool = False) -> Any:
    """Chart one loss part of several named runs over their epochs, on the same axes.

    `runs` holds names and columns as for `loss_curves`; a run without this part, or without epochs, is left out. Curves are broken
    where another phase begins, which minimises something else.
    """
    found = [(name, columns, curve) for name, columns in runs for curve in loss_curves(columns) if curve.name == part]
    found = [(name, columns, curve) for name, columns, curve in found if np.isfinite(curve.values).any()]
    words = part.replace("_", " ")
    if not found:
        return base_figure(f"No {words} yet", "", dark).update_xaxes(visible=False).update_yaxes(visible=False)
    what = f"{counted(len(found), 'run')}, nats per point, mean of each epoch"
    figure = base_figure(words[0].upper() + words[1:], what, dark, height=340)
    colours, longest = PALETTE[dark], 1
    for at, (name, columns, curve) in enumerate(found):
        shown = thin_indices(len(curve.values))
        x, y = shown + 1.0, curve.values[shown]
        for cut in phase_starts(columns):
            place = int(np.searchsorted(shown, cut))
            x, y = np.insert(x, place, cut + 0.5), np.insert(y, place, np.nan)
        longest = max(longest, len(curve.values))
        line = {"color": colours[at % len(colours)], "width": 2.2, "dash": LINE_DASHES[at % len(LINE_DASHES)]}
        figure.add_scatter(
            x=x.astype(np.float32), y=y.astype(np.float32), name=_escape_name(name), mode=LINE_MODE[len(shown) > 1], line=line,
            marker={"size": 8}, hovertemplate="%{y:.4g}",
        )  # fmt: skip
    legend = {
        "orientation": "h",
        "y": -0.24,
        "yanchor": "top",
        "x": 0,
        "font": {"size": 12, "color": TEXT_COLOR[dark]},
        "bgcolor": TRANSPARENT,
    }
    figure.update_layout(showlegend=True, legend=legend, hovermode="x unified", hoverlabel={"bordercolor": MUTED_COLOR[dark]})
    figure.update_xaxes(
        title_text="epoch", range=[0.5, max(longest, 2) + 0.5], dtick=1 if longest <= 10 else None, hoverformat="d"
    )
    ends = [min(curve.low for *_, curve in found), max(curve.high for *_, curve in found)]
    return figure.update_yaxes(title_text=f"{words} (nats)", range=ends)


def palette_index(classes: npt.ArrayLike) -> np.ndarray:
    """Place (n,) of each class in the palette; classes beyond its ten colours share them in turn."""
    return (np.asarray(classes, dtype=np.int64) % len(palette.LIGHT)).astype(np.uint8)


def _escape_name(name: str) -> str:
    """A name that a person typed, where Plotly would read markup."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")


def _axis_range(rows: Sequence[np.ndarray], phases: Sequence[int]) -> tuple[float, float, tuple[float, ...]]:
    """Ends and ticks of an axis that changes seldom while values come in: round numbers around all but the first epochs."""
    seen: list[float] = []
    for row in rows:
        for part in np.split(row, [cut for cut in phases if 0 < cut < len(row)]):
            later = part[math.ceil(HIDDEN_EPOCHS_SHARE * len(part)) if len(part) > 2 else 0 :]
            seen += later[np.isfinite(later)].tolist()
    if not seen:
        return 0.0, 1.0, (0.0, 0.5, 1.0)
    low, high = min(seen), max(seen)
    wide = max(high - low, MIN_AXIS_SHARE * max(abs(low), abs(high))) or 1.0
    power = 10.0 ** math.floor(math.log10(wide / 3))
    step = power * min((1, 2, 2.5, 5, 10), key=lambda nice: abs(nice - wide / 3 / power))
    middle = (low + high) / 2
    first = math.floor(min(low, middle - wide / 2) / step + 1e-9)
    last = math.ceil(max(high, middle + wide / 2) / step - 1e-9)
    return first * step, last * step, tuple(round(step * i, 12) for i in range(first, last + 1))
