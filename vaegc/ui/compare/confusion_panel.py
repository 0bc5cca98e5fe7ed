"""Section with the confusion matrix of a clustering, and the points of the selected cell."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import Experiment
from vaegc.experiment.estimate import estimate_seconds, is_fast
from vaegc.experiment.summary import data_notes
from vaegc.store import content_hash
from vaegc.ui import catalog
from vaegc.ui.compare.filters import Comparison
from vaegc.ui.job_panel import show_job
from vaegc.ui.job_watch import clear_job, job_status
from vaegc.ui.labels import without_paths
from vaegc.ui.notes import show_climb_warning, show_data_notes
from vaegc.ui.profile import workspace
from vaegc.ui.session_scene import SCENE_COMMAND, scene_job
from vaegc.ui.train.labels import approximate_duration
from vaegc.web import palette
from vaegc.web.page import component_css, component_script
from vaegc.wording import counted
from vaegc.workspace import is_private

MAX_CACHED_RESULTS = 3  # in the memory of the server
MAX_PICTURES = 14  # of the most typical, and of the least typical points of a cell
MAX_FEATURES_SHOWN = 6  # of a point that is no picture

_view = st.components.v2.component(
    "vaegc_confusion", html="<div></div>", css=component_css(), js=component_script("confusion/confusion.js")
)


def confusion_section(comparison: Comparison) -> None:
    """Draw the section."""
    st.subheader("Where it goes wrong", anchor=False)
    specs = _specs(comparison)
    if not specs:
        st.caption(
            f"{comparison.title} is not on this server yet: the Data page can get it, and then its classes and clusters stand here."
        )
        st.page_link("pages/5_Data.py", label="Get the data", icon=":material/database:")
        return
    name = (
        st.selectbox("Clustering", list(specs), key=f"compare-result-{comparison.data}", width=420)
        if len(specs) > 1
        else next(iter(specs))
    )
    spec = specs[name]
    resolved = workspace().resolve(spec)
    try:
        if _is_computed(spec, resolved):
            with st.spinner("Counting"):
                found = _result(resolved.key(), resolved)
            _matrix(found, spec)
    except VaegcError as error:
        st.info(without_paths(str(error), spec, resolved), icon=":material/info:")


def _specs(comparison: Comparison) -> dict[str, Experiment]:
    """Specs that can be shown, by title: the one that Explore shows of these data, the default one, those of the user's models."""
    if comparison.data not in catalog.available_datasets():
        return {}
    latest: Experiment | None = st.session_state.get("latest")
    found = {"As Explore shows it": latest} if latest is not None and latest.dataset == comparison.data else {}
    first = catalog.default_spec(comparison.data)
    found.setdefault(
        f"A first look: {catalog.model_phrase(str(first.model) if first.model else None)}, N = {first.n or catalog.dataset_size(comparison.data).n:,}",
        first,
    )
    for own in comparison.own:
        found[f"{own.model.title}, {counted(own.model.epochs, 'epoch')}"] = own.spec
    # The picture plays no part here: the view that costs nothing.
    return {words: replace(spec, view="pca") for words, spec in found.items()}


def _is_computed(spec: Experiment, resolved: Experiment) -> bool:
    """Whether the clustering can be shown now; else draw its job, or the button that starts it."""
    key = resolved.key()
    status = job_status(SCENE_COMMAND)
    if is_fast(resolved):
        if status is not None and status.job_spec.key == key:  # what Explore waits for goes on
            clear_job(SCENE_COMMAND)
        return True
    if st.session_state.get("compare-wanted") == key:
        show_job(scene_job(spec, resolved, "The matrix appears here by itself."))
        return False
    st.caption("This clustering has not been computed yet.")
    takes = estimate_seconds(resolved)
    words = f" ({approximate_duration(takes)})" if np.isfinite(takes) else ""
    if st.button(f"Compute it{words}", key="compare-compute", icon=":material/play_arrow:"):
        st.session_state["compare-wanted"] = key
        st.rerun()
    return False


@st.cache_resource(max_entries=MAX_CACHED_RESULTS, show_spinner=False)
def _result(key: str, _spec: Experiment) -> Any:
    """Run a spec; its stages come from the cache."""
    return _spec.run()


@st.fragment
def _matrix(result: Any, spec: Experiment) -> None:
    """Draw the matrix and its captions; a click on a cell reruns this fragment alone."""
    from vaegc.studies.confusion import result_confusion

    eps, chosen_by = _eps(result, spec)
    if eps is None:
        st.info(f"{result.suggestion.reason} Choose an ε in Explore, and come back.", icon=":material/info:")
        _explore_button(spec, result, None)
        return
    try:
        table = result_confusion(result, eps)
    except BadInput as error:
        st.info(str(error), icon=":material/info:")
        return
    version = content_hash(spec.to_dict(), eps)
    event = st.session_state.get("compare-matrix", {}).get("cell")
    cell = _selected_cell(event, version, table)
    steps = int(result.trajectory.steps[-1])
    words = f"{'After ' + str(steps) + ' steps of the climb' if steps else 'Without a climb'}, at ε = {eps:.4g} ({chosen_by}): {_cluster_counts(table)}. "
    words += "Blue cells are the best one-to-one matching, red ones mistakes; colour is the share of the class."
    st.caption(words)
    show_climb_warning(result.trajectory.note)
    show_data_notes(data_notes(result.spec.dataset, result.dataset))
    _view(
        key="compare-matrix", on_cell_change=lambda: None,
        data={
            "version": version, "classes": list(table.classes), "counts": table.counts.tolist(), "corner": "class ↓ cluster →",
            "columns": [{"name": column.name, "words": _column_name(column), "match": column.match} for column in table.columns],
            "label": f"N = {table.n:,}; ACC {table.acc:.3f} is the share of the points on blue cells; noise counts as wrong; seed {spec.seed}.",
            "chosen": list(cell) if cell else None, "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)},
            "detail": _cell_payload(result, table, cell, eps) if cell else None,
        },
    )  # fmt: skip
    _explore_button(spec, result, eps)


def _eps(result: Any, spec: Experiment) -> tuple[float | None, str]:
    """The ε of the matrix, None where no plateau is readable, and where it comes from."""
    seen = st.session_state.get("view")
    if (
        seen is not None
        and seen[0].dataset == spec.dataset
        and replace(seen[0], view="pca") == spec
        and (seen[1] or {}).get("eps")
    ):
        return float(seen[1]["eps"]), "as you left it in Explore"
    if spec.clustering.eps is not None:
        return spec.clustering.eps, "as the settings say"
    return result.suggestion.eps, "the middle of the longest plateau, no label used"


def _selected_cell(event: Any, version: str, table: Any) -> tuple[int, int] | None:
    """The cell that was clicked; before any click, the largest mistake."""
    if isinstance(event, dict) and event.get("version") == version:
        row, column = event.get("row"), event.get("column")
        if (
            isinstance(row, int)
            and isinstance(column, int)
            and 0 <= row < len(table.classes)
            and 0 <= column < len(table.columns)
        ):
            return row, column
    return table.largest_error()


def _cluster_counts(table: Any) -> str:
    small = sum(len(column.clusters) for column in table.columns if column.name == "small")
    shown = sum(column.name not in ("small", "noise") for column in table.columns)
    return (
        counted(shown, "cluster")
        + (f" and {counted(small, 'small one')}" if small else "")
        + f" for {counted(len(table.classes), 'class')}"
    )


def _column_name(column: Any) -> str:
    return {"noise": "the noise", "small": counted(len(column.clusters), "small cluster")}.get(
        column.name, f"cluster {column.name}"
    )


def _cell_payload(result: Any, table: Any, cell: tuple[int, int], eps: float) -> dict[str, Any]:
    """The most and the least typical points of a cell as JSON-ready data: pictures, else numbers."""
    from vaegc.studies.confusion import cell_members

    row, at = cell
    points = cell_members(result, table, row, at, eps)
    name, column = table.classes[row], table.columns[at]
    total = int(table.counts[row].sum())
    matched = column.match == row
    title = f"Class {name} in {_column_name(column)}"
    words = f"{counted(len(points), 'point')}, {100 * len(points) / total:.1f} % of the class: " + (
        "where the matching says it belongs." if matched else _mismatch(table, row, at)
    )
    if not len(points):
        return {"title": title, "words": words, "strips": [], "rows": None}
    typical, odd = points[:MAX_PICTURES], points[::-1][:MAX_PICTURES] if len(points) > MAX_PICTURES else points[:0]
    return {"title": title, "words": words, **_members_payload(result, typical, odd)}


def _mismatch(table: Any, row: int, at: int) -> str:
    column = table.columns[at]
    if column.match is not None:
        return f"that cluster is matched with class {table.classes[column.match]}."
    return (
        "no cluster there is matched with a class."
        if column.name in ("noise", "small")
        else "that cluster is matched with no class."
    )


def _members_payload(result: Any, typical: np.ndarray, odd: np.ndarray) -> dict[str, Any]:
    from vaegc.experiment.scene_arrays import uint8_images

    data, density = result.dataset, result.trajectory.log_density[0]
    names = [
        f"{'Most typical' if len(odd) else 'All of them'}, highest log density at the start",
        "Oddest, lowest log density at the start",
    ]
    if data.image_shape is None:
        heads = ["point", "log density", *(data.features or [f"x{i}" for i in range(data.x.shape[1])])[:MAX_FEATURES_SHOWN]]
        both = [*typical[:6], *odd[:6]]
        cells = [[f"{p:,}", f"{density[p]:.1f}", *(f"{value:.3g}" for value in data.x[p][:MAX_FEATURES_SHOWN])] for p in both]
        return {"strips": [], "rows": {"heads": heads, "cells": cells}}
    strips = []
    for words, points in zip(names, (typical, odd), strict=True):
        if len(points):
            ink = np.ascontiguousarray(uint8_images(data, data.x[points]))
            strips.append({
                "title": words, "width": ink.shape[2], "height": ink.shape[1], "channels": 1 if ink.ndim == 3 else ink.shape[3],
                "pixels": base64.b64encode(ink.tobytes()).decode(), "names": [f"point {p:,}, log density {density[p]:.1f}" for p in points],
            })  # fmt: skip
    return {"strips": strips, "rows": None}


def _explore_button(spec: Experiment, result: Any, eps: float | None) -> None:
    """Draw the button that opens the same clustering in Explore."""
    if st.button("Open in Explore", key="compare-explore", icon=":material/explore:"):
        latest = st.session_state.get("latest")
        begin: dict[str, Any] = {"frame": len(result.trajectory) - 1}
        if eps is not None:
            begin["eps"] = eps
        if latest is not None and replace(latest, view="pca") == spec:
            catalog.open_in_explore(latest, begin)  # with the view it has there
        catalog.open_in_explore(replace(spec, view=_usual_view(spec)), begin)


def _usual_view(spec: Experiment) -> str:
    return "pca" if is_private(spec.dataset) else Experiment().view
