"""Where a clustering goes wrong: its confusion matrix, and the pictures of the cell that was pressed."""

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
from vaegc.ui.compare.filters import Chosen
from vaegc.ui.job_panel import show_job
from vaegc.ui.job_watch import clear_job, job_status
from vaegc.ui.labels import without_paths
from vaegc.ui.notes import show_climb_warning, show_data_notes
from vaegc.ui.profile import workspace
from vaegc.ui.session_scene import SCENE_COMMAND, scene_job
from vaegc.ui.train.labels import about
from vaegc.web import palette
from vaegc.web.page import stage_css, stage_script
from vaegc.wording import counted
from vaegc.workspace import is_mine

HELD = 3  # results on the server
SHOWN = 14  # pictures of a kind
MOST_NUMBERS = 6  # features of a point that is no picture

_view = st.components.v2.component(
    "vaegc_confusion", html="<div></div>", css=stage_css(), js=stage_script("confusion/confusion.js")
)


def where_it_goes_wrong(chosen: Chosen) -> None:
    """Draw the section."""
    st.subheader("Where it goes wrong", anchor=False)
    specs = _specs(chosen)
    if not specs:
        st.caption(
            f"{chosen.title} is not on this server yet: the Data page can get it, and then its classes and clusters stand here."
        )
        st.page_link("pages/5_Data.py", label="Get the data", icon=":material/database:")
        return
    name = (
        st.selectbox("Clustering", list(specs), key=f"compare-result-{chosen.data}", width=420)
        if len(specs) > 1
        else next(iter(specs))
    )
    spec = specs[name]
    resolved = workspace().resolve(spec)
    try:
        if _is_there(spec, resolved):
            with st.spinner("Counting"):
                found = _result(resolved.key(), resolved)
            _matrix(found, spec)
    except VaegcError as error:
        st.info(without_paths(str(error), spec, resolved), icon=":material/info:")


def _specs(chosen: Chosen) -> dict[str, Experiment]:
    """What can be looked at, by its words: what Explore shows of these data, a first look, the user's models."""
    if chosen.data not in catalog.available_datasets():
        return {}
    latest: Experiment | None = st.session_state.get("latest")
    found = {"As Explore shows it": latest} if latest is not None and latest.dataset == chosen.data else {}
    first = catalog.default_spec(chosen.data)
    found.setdefault(
        f"A first look: {catalog.model_phrase(str(first.model) if first.model else None)}, N = {first.n or catalog.dataset_size(chosen.data).n:,}",
        first,
    )
    for own in chosen.own:
        found[f"{own.model.title}, {counted(own.model.epochs, 'epoch')}"] = own.spec
    # The picture plays no part here: the view that costs nothing.
    return {words: replace(spec, view="pca") for words, spec in found.items()}


def _is_there(spec: Experiment, resolved: Experiment) -> bool:
    """Whether the clustering can be shown now; else the way to it is drawn."""
    key = resolved.key()
    waited = job_status(SCENE_COMMAND)
    if is_fast(resolved):
        if waited is not None and waited.job_spec.key == key:  # what Explore waits for goes on
            clear_job(SCENE_COMMAND)
        return True
    if st.session_state.get("compare-wanted") == key:
        show_job(scene_job(spec, resolved, "The matrix appears here by itself."))
        return False
    st.caption("This clustering has not been computed yet.")
    takes = estimate_seconds(resolved)
    words = f" ({about(takes)})" if np.isfinite(takes) else ""
    if st.button(f"Compute it{words}", key="compare-compute", icon=":material/play_arrow:"):
        st.session_state["compare-wanted"] = key
        st.rerun()
    return False


@st.cache_resource(max_entries=HELD, show_spinner=False)
def _result(key: str, _spec: Experiment) -> Any:
    """The clustering; its stages come from the cache."""
    return _spec.run()


@st.fragment
def _matrix(result: Any, spec: Experiment) -> None:
    """The matrix and what is said of it; a press on a cell runs this again, nothing else."""
    from vaegc.studies.confusion import confusion_of

    eps, chosen_by = _eps(result, spec)
    if eps is None:
        st.info(f"{result.suggestion.reason} Choose an ε in Explore, and come back.", icon=":material/info:")
        _explore(spec, result, None)
        return
    try:
        table = confusion_of(result, eps)
    except BadInput as error:
        st.info(str(error), icon=":material/info:")
        return
    version = content_hash(spec.to_dict(), eps)
    said = st.session_state.get("compare-matrix", {}).get("cell")
    cell = _cell(said, version, table)
    steps = int(result.trajectory.steps[-1])
    words = f"{'After ' + str(steps) + ' steps of the climb' if steps else 'Without a climb'}, at ε = {eps:.4g} ({chosen_by}): {_count(table)}. "
    words += "Blue cells are the best one-to-one matching, red ones mistakes; colour is the share of the class."
    st.caption(words)
    show_climb_warning(result.trajectory.note)
    show_data_notes(data_notes(result.spec.dataset, result.dataset))
    _view(
        key="compare-matrix", on_cell_change=lambda: None,
        data={
            "version": version, "classes": list(table.classes), "counts": table.counts.tolist(), "corner": "class ↓ cluster →",
            "columns": [{"name": column.name, "words": _words(column), "match": column.match} for column in table.columns],
            "label": f"N = {table.n:,}; ACC {table.acc:.3f} is the share of the points on blue cells; noise counts as wrong; seed {spec.seed}.",
            "chosen": list(cell) if cell else None, "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)},
            "detail": _detail(result, table, cell, eps) if cell else None,
        },
    )  # fmt: skip
    _explore(spec, result, eps)


def _eps(result: Any, spec: Experiment) -> tuple[float | None, str]:
    """The ε that is looked at, and who chose it."""
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


def _cell(said: Any, version: str, table: Any) -> tuple[int, int] | None:
    """The cell that was pressed; first, the largest mistake."""
    if isinstance(said, dict) and said.get("version") == version:
        row, column = said.get("row"), said.get("column")
        if (
            isinstance(row, int)
            and isinstance(column, int)
            and 0 <= row < len(table.classes)
            and 0 <= column < len(table.columns)
        ):
            return row, column
    worst: tuple[int, int] | None = table.worst()
    return worst


def _count(table: Any) -> str:
    small = sum(len(column.clusters) for column in table.columns if column.name == "small")
    shown = sum(column.name not in ("small", "noise") for column in table.columns)
    return (
        counted(shown, "cluster")
        + (f" and {counted(small, 'small one')}" if small else "")
        + f" for {counted(len(table.classes), 'class')}"
    )


def _words(column: Any) -> str:
    return {"noise": "the noise", "small": counted(len(column.clusters), "small cluster")}.get(
        column.name, f"cluster {column.name}"
    )


def _detail(result: Any, table: Any, cell: tuple[int, int], eps: float) -> dict[str, Any]:
    """The points of a cell: the most typical and the oddest, as pictures, else as numbers."""
    from vaegc.studies.confusion import members

    row, at = cell
    points = members(result, table, row, at, eps)
    name, column = table.classes[row], table.columns[at]
    total = int(table.counts[row].sum())
    matched = column.match == row
    title = f"Class {name} in {_words(column)}"
    words = f"{counted(len(points), 'point')}, {100 * len(points) / total:.1f} % of the class: " + (
        "where the matching says it belongs." if matched else _instead(table, row, at)
    )
    if not len(points):
        return {"title": title, "words": words, "strips": [], "rows": None}
    typical, odd = points[:SHOWN], points[::-1][:SHOWN] if len(points) > SHOWN else points[:0]
    return {"title": title, "words": words, **_faces(result, typical, odd)}


def _instead(table: Any, row: int, at: int) -> str:
    column = table.columns[at]
    if column.match is not None:
        return f"that cluster is matched with class {table.classes[column.match]}."
    return (
        "no cluster there is matched with a class."
        if column.name in ("noise", "small")
        else "that cluster is matched with no class."
    )


def _faces(result: Any, typical: np.ndarray, odd: np.ndarray) -> dict[str, Any]:
    from vaegc.experiment.scene_arrays import uint8_images

    data, density = result.dataset, result.trajectory.log_density[0]
    names = [
        f"{'Most typical' if len(odd) else 'All of them'}, highest log density at the start",
        "Oddest, lowest log density at the start",
    ]
    if data.image_shape is None:
        heads = ["point", "log density", *(data.features or [f"x{i}" for i in range(data.x.shape[1])])[:MOST_NUMBERS]]
        both = [*typical[:6], *odd[:6]]
        cells = [[f"{p:,}", f"{density[p]:.1f}", *(f"{value:.3g}" for value in data.x[p][:MOST_NUMBERS])] for p in both]
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


def _explore(spec: Experiment, result: Any, eps: float | None) -> None:
    """The way to the same clustering in Explore."""
    if st.button("Open in Explore", key="compare-explore", icon=":material/explore:"):
        latest = st.session_state.get("latest")
        begin: dict[str, Any] = {"frame": len(result.trajectory) - 1}
        if eps is not None:
            begin["eps"] = eps
        if latest is not None and replace(latest, view="pca") == spec:
            catalog.open_in_explore(latest, begin)  # with the view it has there
        catalog.open_in_explore(replace(spec, view=_usual_view(spec)), begin)


def _usual_view(spec: Experiment) -> str:
    return "pca" if is_mine(spec.dataset) else Experiment().view
