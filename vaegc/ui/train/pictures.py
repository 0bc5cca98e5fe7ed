"""Charts of a run as a payload for the browser: latent map, losses, reconstructions and usage."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from vaegc import figures
from vaegc.figures import LatentMap
from vaegc.metrics import MIN_USED_SHARE
from vaegc.models import POINTWISE
from vaegc.training import run_status
from vaegc.ui.profile import workspace
from vaegc.ui.train.facts import RunFacts
from vaegc.ui.train.labels import LOSS_PARTS_OF_KIND, loss_part_label
from vaegc.web import palette
from vaegc.web.page import component_css, component_script
from vaegc.wording import counted

MAX_LEGEND_CLASSES = 10
MAX_BARS = 64  # of clusters or dimensions
PHASE_LABELS = {"pretrain": "Pretraining", "fit": "Training"}
NO_CHARTS_YET = {
    "running": "The first picture comes with the first epoch.",
    "failed": "It ended before there was anything to see.",
}

_view = st.components.v2.component(
    "vaegc_training", html="<div></div>", css=component_css(), js=component_script("training/training.js")
)


def show_run_charts(run: RunFacts, attend: bool = False) -> None:
    """Mount the charts of a run; a later call updates them in place. `attend` scrolls them into view, once."""
    _view(key="run-pictures", data={**run_payload(run), "attend": attend})


def run_payload(run: RunFacts) -> dict[str, Any]:
    """Return the charts of a run as JSON-ready data, arrays as base64.

    The sign of principal components is arbitrary, so the map before this one is kept in the session, and this one aligned with it.
    """
    arrays = run_status.snapshot(workspace().run_folder(run.job)) or {}
    waiting = NO_CHARTS_YET.get(run.status, "It ended before there was anything to see.")
    return {
        "run": run.job.id, "waiting": waiting, "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)},
        "map": _map(run, arrays), "losses": _losses(run), **_examples(arrays), "bars": _bars(run, arrays),
    }  # fmt: skip


def _map(run: RunFacts, arrays: Mapping[str, np.ndarray]) -> dict[str, Any] | None:
    latent = arrays.get("latent")
    if latent is None or latent.ndim != 2 or not len(latent):
        return None
    stamp = [run.job.id, int(arrays["epoch"]), float(latent[0, 0]), float(latent[-1, -1])]
    held = st.session_state.get("train-map")
    if held is None or held[0] != stamp:
        before: LatentMap | None = held[1] if held is not None and held[0][0] == run.job.id else None
        held = (stamp, figures.latent_map(latent, before))
        st.session_state["train-map"] = held
    drawn: LatentMap = held[1]
    classes, names = arrays.get("classes"), [str(name) for name in arrays.get("class_names", ())]
    inks, note = None, f"{counted(len(latent), 'point')}, the same ones in every epoch."
    if classes is not None:
        inks = _packed(figures.palette_index(classes))
        note = f"{counted(len(latent), 'point')}, the same ones in every epoch. Colours are the true classes: training never sees them."
        if len(names) > MAX_LEGEND_CLASSES:
            note += f" {len(names):,} classes share {len(palette.LIGHT)} colours."
    return {
        "stamp": stamp, "xy": _packed(drawn.xy), "half": list(drawn.half), "inks": inks, "words": f"{drawn.words}.",
        "names": names if len(names) <= MAX_LEGEND_CLASSES else [], "note": note, "label": f"Latent space after epoch {int(arrays['epoch']):,}.",
    }  # fmt: skip


def _losses(run: RunFacts) -> dict[str, Any] | None:
    epochs = run.history.epochs
    if not epochs.get("epoch"):
        return None
    shown, starts = figures.thin_indices(len(epochs["epoch"])), figures.phase_starts(epochs)
    curves = {curve.name: curve for curve in figures.loss_curves(epochs)}
    panels = []
    for name in dict.fromkeys(("loss", *LOSS_PARTS_OF_KIND[run.config.kind], *curves)):
        if name == "reconstruction" and run.config.kind == "ae":
            continue  # which is its loss
        label, why = loss_part_label("reconstruction" if run.config.kind == "ae" else name)
        curve = curves.get(name)
        empty: dict[str, Any] = {"values": [], "held": None, "low": 0.0, "high": 1.0, "ticks": []}
        drawn = empty if curve is None else {
            "values": _numbers(curve.values[shown]), "held": None if curve.held_out is None else _numbers(curve.held_out[shown]),
            "low": curve.low, "high": curve.high, "ticks": list(curve.ticks),
        }  # fmt: skip
        panels.append({"label": "Loss" if name == "loss" else label, "help": why, **drawn})
    first = [0, *starts]
    phases = [{"words": PHASE_LABELS.get(epochs["phase"][i], ""), "first": i + 1} for i in first]
    if len(phases) == 1 and epochs["phase"][0] == "pretrain" and run.config.pretrain_epochs_in_use:
        phases.append({"words": PHASE_LABELS["fit"], "first": run.config.pretrain_epochs_in_use + 1})  # where it will begin
    measured = any(panel["held"] for panel in panels)
    words = "Nats per point, mean of each epoch" + ("; dashed and after the dot: held-out points." if measured else ".")
    return {
        "epochs": max(run.total, len(epochs["epoch"])),
        "at": (shown + 1).tolist(),
        "phases": phases,
        "panels": panels,
        "words": words,
    }


def _examples(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    inputs, outputs = arrays.get("inputs"), arrays.get("outputs")
    if inputs is None or outputs is None or inputs.shape != outputs.shape or not len(inputs):
        return {"pictures": None}
    if "image_shape" in arrays:
        low, high = map(float, arrays["pixel_range"])
        shape = tuple(map(int, arrays["image_shape"]))
        rows = [figures.pixels(side, shape, (low, high)) for side in (inputs, outputs)]
        many, height, width, channels = rows[0].shape
        words = f"{many} pictures above what the decoder makes of their codes."
        return {"pictures": {
            "title": "Reconstructions", "words": words, "many": many, "height": height, "width": width, "channels": channels,
            "inputs": _packed(rows[0]), "outputs": _packed(rows[1]),
        }}  # fmt: skip
    pairs = figures.reconstruction_pairs(inputs, outputs)
    explained = "" if math.isnan(pairs.r2) else f" R² = {pairs.r2:.2f}."
    words = f"{counted(pairs.n, 'point')}, {counted(pairs.d, 'feature')} each; on the line is exact.{explained}"
    return {
        "pictures": {"title": "Reconstructions", "words": words, "label": words, "x": _packed(pairs.x), "y": _packed(pairs.y)}
    }


def _bars(run: RunFacts, arrays: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Shares of the clusters, where there are some, and how much the codes vary in each latent dimension."""
    groups = []
    usage, latent = arrays.get("usage"), arrays.get("latent")
    if usage is not None and len(usage) <= MAX_BARS:
        used = usage >= MIN_USED_SHARE
        groups.append({
            "title": "Clusters", "words": f"{used.sum()} of {len(usage)} hold at least {100 * MIN_USED_SHARE:g} % of the points shown.",
            "values": usage.astype(float).tolist(), "used": used.tolist(),
            "names": [f"Cluster {i + 1}: {100 * share:.1f} % of the points" for i, share in enumerate(usage)],
        })  # fmt: skip
    if latent is not None and 1 < latent.shape[1] <= MAX_BARS:
        variance, active = figures.used_dimensions(latent)
        if run.config.kind in POINTWISE:  # codes without a posterior have no scale of their own
            active, words = np.ones(len(variance), bool), "Variance of the codes in each."
        else:
            words = f"{active.sum()} of {len(variance)} used: variance of the codes above 0.01."
        groups.append({
            "title": "Latent dimensions", "words": words, "values": variance.tolist(), "used": active.tolist(),
            "names": [f"Dimension {i + 1}: variance {value:.3g}" for i, value in enumerate(variance)],
        })  # fmt: skip
    return groups


def _packed(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _numbers(values: np.ndarray) -> list[float | None]:
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values]
