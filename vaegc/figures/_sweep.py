"""Pictures of a sweep: clusters and noise over ε, plateaus as bands, as files and static charts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from vaegc.figures._style import TEXT_COLOR
from vaegc.figures._svg import GREY, StaticChart, as_svg, svg_style
from vaegc.sweep import Suggestion
from vaegc.web import palette
from vaegc.wording import counted

MAX_SHADED_PLATEAUS = 3  # shown as bands
MAX_SCATTER_POINTS = 50_000
TEXT = TEXT_COLOR[0]


def draw_sweep(
    path: str | Path, curve: pd.DataFrame, plateaus: pd.DataFrame, suggestion: Suggestion, title: str,
    points: np.ndarray | None = None, labels: np.ndarray | None = None, before: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Draw the number of clusters and the noise over all ε, plateaus as bands, and 2-D points in the colours of their clusters.

    Parameters
    ----------
    path
        File to write; its suffix (.png, .svg, .pdf) decides the kind.
    curve, plateaus, suggestion
        Of `EpsilonSweep.curve`, `plateaus` and `suggest`.
    title
        What the data are.
    points, labels
        (N, d) points, drawn where d is 2, and their labels (N,).
    before
        The curve before a climb, drawn in grey.
    """
    # Figure without pyplot: no global state, and no window is ever opened.
    from matplotlib.figure import Figure

    scatter = points is not None and points.shape[1] == 2
    figure = Figure(figsize=(12 if scatter else 8, 4.8), layout="constrained")
    axes = figure.subplots(1, 2 if scatter else 1, width_ratios=(3, 2) if scatter else None, squeeze=False)[0]
    _curve(axes[0], curve, plateaus, suggestion, before)
    axes[0].set_title(f"{title}\n{suggestion.reason}", loc="left", fontsize=10, wrap=True)
    if scatter and points is not None:
        _points(axes[1], points, labels)
    figure.savefig(path, dpi=160)


def static_sweep(
    curve: pd.DataFrame, plateaus: pd.DataFrame, suggestion: Suggestion, before: pd.DataFrame | None = None
) -> StaticChart:
    """Return the picture of `draw_sweep`, without points, for a page: its parameters are those."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(svg_style()):
        figure = Figure(figsize=(8.6, 3.6), layout="constrained")
        _curve(figure.subplots(), curve, plateaus, suggestion, before)
        title = "How many clusters there are at every ε"
        note = "Bands: the longest plateaus." + (" Dashed: the suggestion." if suggestion.eps is not None else "")
        return StaticChart(title, note, as_svg(figure, "curve", f"{title}. {suggestion.reason}"))


def _curve(axis, curve: pd.DataFrame, plateaus: pd.DataFrame, suggestion: Suggestion, before: pd.DataFrame | None) -> None:  # type: ignore[no-untyped-def]
    from matplotlib.ticker import MaxNLocator

    if curve.empty:
        axis.text(0.5, 0.5, "No ε separates these points.", ha="center", transform=axis.transAxes)
        return
    eps = curve["eps"].to_numpy()
    axis.set_xscale("log")
    axis.set_xlim(eps[0], eps[-1])
    for rank, (k, *ends) in enumerate(plateaus[["n_clusters", "eps_low", "eps_high"]].head(MAX_SHADED_PLATEAUS).to_numpy(float)):
        low, high = np.clip(ends, eps[0], eps[-1])
        if low < high:
            axis.axvspan(low, high, color=palette.LIGHT[rank], alpha=0.18, linewidth=0)
            if np.log(high / low) > 0.1 * np.log(eps[-1] / eps[0]):
                paper = {"facecolor": "white", "alpha": 0.7, "linewidth": 0, "pad": 1.5}
                place = {"ha": "center", "va": "top", "transform": axis.get_xaxis_transform(), "zorder": 5}
                axis.text(np.sqrt(low * high), 0.9, counted(int(k), "cluster"), fontsize=11, bbox=paper, **place)
    if before is not None and len(before):
        axis.step(before["eps"], before["n_clusters"], where="post", color=GREY, linewidth=1.2, label="clusters before the climb")
    axis.step(eps, curve["n_clusters"], where="post", color=TEXT, linewidth=1.8, label="clusters")
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    most = max(curve["n_clusters"].max(), before["n_clusters"].max() if before is not None and len(before) else 0)
    axis.set_ylim(0, max(1.25 * most, 2))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter("{x:g}" if eps[-1] < 10 * eps[0] else "")
    axis.set_xlabel("ε (logarithmic)")
    axis.set_ylabel("counted clusters")
    share = axis.twinx()
    share.fill_between(
        eps, curve["noise"] + curve["unassigned"], step="post", color=GREY, alpha=0.25, linewidth=0, label="in no cluster"
    )
    if "acc" in curve and curve["acc"].notna().any():
        share.plot(eps, curve["acc"], color=palette.LIGHT[1], linewidth=1.2, label="ACC")
    share.set_ylim(0, 1)
    share.set_ylabel("share of points")
    if suggestion.eps is not None:
        axis.axvline(suggestion.eps, color=TEXT, linewidth=0.8, linestyle="--")
    handles = [*axis.get_legend_handles_labels()[0], *share.get_legend_handles_labels()[0]]
    axis.figure.legend(handles=handles, loc="outside lower left", ncols=4, fontsize=9, frameon=False)


def _points(axis, points: np.ndarray, labels: np.ndarray | None) -> None:  # type: ignore[no-untyped-def]
    rows = np.arange(len(points))
    if len(points) > MAX_SCATTER_POINTS:
        rows = np.random.default_rng(0).choice(len(points), MAX_SCATTER_POINTS, replace=False)
    colours: object = TEXT
    if labels is not None:
        table = np.array([*palette.LIGHT, palette.NOISE_LIGHT])
        colours = table[np.where(labels[rows] >= 0, labels[rows] % len(palette.LIGHT), len(palette.LIGHT))]
    axis.scatter(
        points[rows, 0], points[rows, 1], c=colours, s=max(0.5, min(12, 20_000 / len(rows))), linewidths=0, rasterized=True
    )
    axis.set_aspect("equal")
    axis.set_xticks([])
    axis.set_yticks([])
