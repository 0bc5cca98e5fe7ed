"""The address bar: read once when a page is opened, then kept equal to what is on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from vaegc.checks import check_int, check_number
from vaegc.errors import VaegcError
from vaegc.experiment import Experiment
from vaegc.ui.catalog import check_offered, data_offered, first_look
from vaegc.ui.stage_events import check_look


def read_link() -> Experiment:
    """Return the spec of the address bar; a link that cannot be read, or names what is not here, says why and gives the default."""
    pairs = dict(st.query_params)
    try:
        begin = begin_of(pairs)
        spec = Experiment.from_query(pairs)
        if not any(name.partition(".")[0] == "model" for name in pairs) and spec.dataset in data_offered():
            spec = replace(spec, model=first_look(str(spec.dataset)).model)  # the usual one is of the digits
        check_offered(spec)
    except (VaegcError, ValueError) as error:
        reason = str(error) if isinstance(error, VaegcError) else "its step or ε is no number."
        st.warning(f"This link cannot be opened, so here is the default: {reason}", icon=":material/link_off:")
        return Experiment()
    st.session_state["begin"] = begin
    return spec


def begin_of(pairs: dict[str, str]) -> dict[str, Any]:
    """Take ε, frame and look out of the pairs of a link; raises `BadInput` or `ValueError` for what is none."""
    frame, eps, look = pairs.pop("frame", None), pairs.pop("clustering.eps", None), pairs.pop("look", None)
    begin: dict[str, Any] = {}
    if frame:
        begin["frame"] = check_int(int(frame), "frame", 0)
    if eps:
        begin["eps"] = check_number(float(eps), "ε", 0, open_low=True)
    if look:
        begin["look"] = check_look(look)
    return begin


def write_link(spec: Experiment, view: dict[str, Any]) -> None:
    """Keep the address bar equal to what is on the screen."""
    write_pairs(link_pairs(spec, view))


def write_pairs(pairs: dict[str, str]) -> None:
    """Make pairs the query of the address bar."""
    if dict(st.query_params) != pairs:
        st.query_params.from_dict(pairs)


def link_pairs(spec: Experiment, view: dict[str, Any]) -> dict[str, str]:
    """Return the query of the link to this view; ε, frame and look only where the hand has set them."""
    pairs = dict(parse_qsl(with_eps(spec, view.get("eps")).to_query()))
    return {**pairs, **{name: text for name, text in view_pairs(view).items() if name != "clustering.eps"}}


def view_pairs(view: dict[str, Any]) -> dict[str, str]:
    """Return what `begin_of` reads: ε, frame and look, as far as the hand has set them."""
    pairs = {"clustering.eps": view.get("eps") or None, "frame": view.get("frame"), "look": view.get("look") or None}
    return {name: str(value) for name, value in pairs.items() if value is not None}


def with_eps(spec: Experiment, eps: float | None) -> Experiment:
    """Return the spec with this ε, or as it is for None."""
    return replace(spec, clustering=replace(spec.clustering, eps=eps)) if eps else spec
