"""The map as a Streamlit component: the points are sent once, then only requests and responses."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from vaegc.errors import VaegcError
from vaegc.experiment import Result
from vaegc.experiment.scene_arrays import clip_outliers
from vaegc.generation import ClustersAtEps, clusters_at_eps, display_kind
from vaegc.generation.plane import plane_of
from vaegc.ui.generate.payload import PALETTE, display_payload, to_base64
from vaegc.ui.generate.requests import map_request_from_state
from vaegc.ui.generate.responses import initial_request, respond
from vaegc.ui.labels import without_paths
from vaegc.ui.mount import mount_answer
from vaegc.ui.page_setup import show_errors
from vaegc.ui.session_scene import ShownScene, cached_result
from vaegc.web.page import component_css, component_script
from vaegc.web.stage.scene_bytes import read_array, read_header
from vaegc.wording import counted

NOISE_INK = 255  # ink of points in no cluster
MAX_LEGEND_CLUSTERS = 14

_map = st.components.v2.component(
    "vaegc_generate", html="<div></div>", css=component_css(), js=component_script("generate/generate.js")
)


@st.fragment
def map_section(shown: ShownScene) -> None:
    """Mount the map; a request reruns this fragment and nothing else."""
    with show_errors(), st.spinner("Loading the model"):
        result: Result = cached_result(shown.resolved)
    version = f"{shown.version} {shown.eps}"
    held = st.session_state.get("generate-map")
    if held is None or held[0] != version:
        held = (version, _map_payload(shown, result, version))
        st.session_state["generate-map"] = held
    state = _map(key="generate", data=held[1], on_ask_change=_rerun)
    request = map_request_from_state(state, version, plane_of(result).points)
    if request is not None:
        mount_answer(respond(result, request, version, lambda words: without_paths(words, shown.spec, shown.resolved)))


def clusters_shown(shown: ShownScene, result: Result) -> ClustersAtEps | None:
    """Return the clusters at the ε that Explore shows; None where there are none to count."""
    try:
        return clusters_at_eps(result, shown.eps)
    except VaegcError:
        return None


def cluster_colors(shown: ShownScene, clusters: ClustersAtEps | None) -> dict[int, int]:
    """Return palette entries by a cluster's representative: those of Explore."""
    if clusters is None:
        return {}
    colours = read_array(shown.packed, "colours")
    return {int(point): int(colours[point]) for point in clusters.representatives}


def eps_label(shown: ShownScene, result: Result) -> str:
    """Return the ε on the page and where it comes from, as a phrase."""
    if shown.eps is None:
        return ""
    if shown.initial_view.get("eps") is not None or shown.spec.clustering.eps is not None:
        return f"ε = {shown.eps:.4g}, as chosen in Explore"
    if result.suggestion.eps is None:
        return f"ε = {shown.eps:.4g}, where Explore begins: no plateau is readable"
    return f"the suggested ε = {shown.eps:.4g}"


def _map_payload(shown: ShownScene, result: Result, version: str) -> dict[str, Any]:
    header = read_header(shown.packed)
    clusters = clusters_shown(shown, result)
    colours = cluster_colors(shown, clusters)
    inks = np.full(shown.n, NOISE_INK, np.uint8)
    named: list[dict[str, Any]] = []
    where = "no ε tells clusters apart here"
    if clusters is not None:
        entries = np.array([colours[int(point)] for point in clusters.representatives])
        inside = clusters.labels >= 0
        inks[inside] = entries[clusters.labels[inside]]
        named = [
            {"name": f"Cluster {k + 1} ({len(some):,})", "colour": int(entries[k])} for k, some in enumerate(clusters.members)
        ][:MAX_LEGEND_CLUSTERS]
        if len(clusters) > MAX_LEGEND_CLUSTERS:
            named.append({"name": f"and {len(clusters) - MAX_LEGEND_CLUSTERS} more", "colour": None})
        where = f"{counted(len(clusters), 'cluster')} after the climb, at {eps_label(shown, result)}"
    drawn, outside = clip_outliers(plane_of(result).points[None])
    request, title = initial_request(result, clusters)
    begin = respond(result, request, version, lambda words: without_paths(words, shown.spec, shown.resolved))
    begin = {**begin, "title": title} if begin["rows"] is not None else begin
    label = f"{counted(shown.n, 'point')} where they start. Click a place to decode it; drag from one place to another to walk."
    return {
        "version": version, "xy": to_base64(drawn[0].astype(np.float64)), "inks": to_base64(inks), "label": label,
        "words": f"{header['caption']}. Points stand where they start; colours: {where}. {outside}".strip(), "display": display_payload(result.dataset),
        "begin": begin, "gridded": display_kind(result.dataset) == "picture" and begin["rows"] is not None, "clusters": named, **PALETTE,
    }  # fmt: skip


def _rerun() -> None:
    """Do nothing: a component's callback is what makes Streamlit rerun the fragment."""
