"""The map as a Streamlit component: bytes of the points once, and then only questions and answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from vaegc.errors import VaegcError
from vaegc.experiment import Result
from vaegc.experiment.scene_arrays import in_view
from vaegc.generation import Clusters, clusters_at, kind_of
from vaegc.generation.plane import plane_of
from vaegc.ui.frame import sentences
from vaegc.ui.generate.answers import answer, first
from vaegc.ui.generate.payload import PALETTE, as_text, display_of
from vaegc.ui.generate.requests import asked_of
from vaegc.ui.labels import in_public
from vaegc.ui.mount import mount_answer
from vaegc.ui.scenes import Shown, result_of
from vaegc.web.page import stage_css, stage_script
from vaegc.web.stage.scene import read_array, read_header
from vaegc.wording import counted

NOISE = 255  # ink of points in no cluster
MOST_NAMED = 14  # clusters in the legend

_map = st.components.v2.component("vaegc_generate", html="<div></div>", css=stage_css(), js=stage_script("generate/generate.js"))


@st.fragment
def play(shown: Shown) -> None:
    """Mount the map; a question of the hand runs this again and nothing else."""
    with sentences(), st.spinner("Loading the model"):
        result: Result = result_of(shown.resolved)
    version = f"{shown.version} {shown.eps}"
    held = st.session_state.get("generate-map")
    if held is None or held[0] != version:
        held = (version, _told(shown, result, version))
        st.session_state["generate-map"] = held
    state = _map(key="generate", data=held[1], on_ask_change=_rerun)
    asked = asked_of(state, version, plane_of(result).points)
    if asked is not None:
        mount_answer(answer(result, asked, version, lambda words: in_public(words, shown.spec, shown.resolved)))


def clusters_shown(shown: Shown, result: Result) -> Clusters | None:
    """Return the clusters at the ε that Explore shows; None where there are none to count."""
    try:
        return clusters_at(result, shown.eps)
    except VaegcError:
        return None


def colours_of(shown: Shown, clusters: Clusters | None) -> dict[int, int]:
    """Return palette entries by a cluster's representative: those of Explore."""
    if clusters is None:
        return {}
    colours = read_array(shown.packed, "colours")
    return {int(point): int(colours[point]) for point in clusters.representatives}


def eps_words(shown: Shown, result: Result) -> str:
    """Return how an ε came to be, in words."""
    if shown.eps is None:
        return ""
    if shown.begin.get("eps") is not None or shown.spec.clustering.eps is not None:
        return f"ε = {shown.eps:.4g}, as chosen in Explore"
    if result.suggestion.eps is None:
        return f"ε = {shown.eps:.4g}, where Explore begins: no plateau is readable"
    return f"the suggested ε = {shown.eps:.4g}"


def _told(shown: Shown, result: Result, version: str) -> dict[str, Any]:
    header = read_header(shown.packed)
    clusters = clusters_shown(shown, result)
    colours = colours_of(shown, clusters)
    inks = np.full(shown.n, NOISE, np.uint8)
    named: list[dict[str, Any]] = []
    where = "no ε tells clusters apart here"
    if clusters is not None:
        entries = np.array([colours[int(point)] for point in clusters.representatives])
        inside = clusters.labels >= 0
        inks[inside] = entries[clusters.labels[inside]]
        named = [
            {"name": f"Cluster {k + 1} ({len(some):,})", "colour": int(entries[k])} for k, some in enumerate(clusters.members)
        ][:MOST_NAMED]
        if len(clusters) > MOST_NAMED:
            named.append({"name": f"and {len(clusters) - MOST_NAMED} more", "colour": None})
        where = f"{counted(len(clusters), 'cluster')} after the climb, at {eps_words(shown, result)}"
    drawn, outside = in_view(plane_of(result).points[None])
    asked, title = first(result, clusters)
    begin = answer(result, asked, version, lambda words: in_public(words, shown.spec, shown.resolved))
    begin = {**begin, "title": title} if begin["rows"] is not None else begin
    label = f"{counted(shown.n, 'point')} where they start. Click a place to decode it; drag from one place to another to walk."
    return {
        "version": version, "xy": as_text(drawn[0].astype(np.float64)), "inks": as_text(inks), "label": label,
        "words": f"{header['caption']}. Points stand where they start; colours: {where}. {outside}".strip(), "display": display_of(result.dataset),
        "begin": begin, "gridded": kind_of(result.dataset) == "picture" and begin["rows"] is not None, "clusters": named, **PALETTE,
    }  # fmt: skip


def _rerun() -> None:
    """Nothing: the fragment runs again by itself."""
