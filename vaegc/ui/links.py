"""Deep links: the query of the address bar is read when a page is opened, then kept equal to what is on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st

from vaegc.checks import check_int, check_number
from vaegc.errors import VaegcError
from vaegc.experiment import Experiment
from vaegc.ui.catalog import available_datasets, check_available, default_spec
from vaegc.ui.stage_events import check_view_state


def read_link() -> Experiment:
    """Return the spec of the address bar; a link that cannot be read, or names what is not here, shows a warning and gives the default."""
    pairs = dict(st.query_params)
    try:
        begin = parse_view(pairs)
        spec = Experiment.from_query(pairs)
        if not any(name.partition(".")[0] == "model" for name in pairs) and spec.dataset in available_datasets():
            spec = replace(spec, model=default_spec(str(spec.dataset)).model)  # the usual one is of the digits
        check_available(spec)
    except (VaegcError, ValueError) as error:
        reason = str(error) if isinstance(error, VaegcError) else "its step or ε is no number."
        st.warning(f"This link cannot be opened, so here is the default: {reason}", icon=":material/link_off:")
        return Experiment()
    st.session_state["begin"] = begin
    return spec


def parse_view(pairs: dict[str, str]) -> dict[str, Any]:
    """Remove ε, frame and view state from the pairs of a query and return them; raises `BadInput` or `ValueError` for invalid ones."""
    frame, eps, look = pairs.pop("frame", None), pairs.pop("clustering.eps", None), pairs.pop("look", None)
    begin: dict[str, Any] = {}
    if frame:
        begin["frame"] = check_int(int(frame), "frame", 0)
    if eps:
        begin["eps"] = check_number(float(eps), "ε", 0, open_low=True)
    if look:
        begin["look"] = check_view_state(look)
    return begin


def write_link(spec: Experiment, view: dict[str, Any]) -> None:
    """Keep the address bar equal to what is on the screen."""
    write_query(link_query(spec, view))


def write_query(pairs: dict[str, str]) -> None:
    """Set the query of the address bar."""
    if dict(st.query_params) != pairs:
        st.query_params.from_dict(pairs)


def link_query(spec: Experiment, view: dict[str, Any]) -> dict[str, str]:
    """Return the query of the link to a spec and a view; ε, frame and view state only where the user has set them."""
    pairs = dict(parse_qsl(with_eps(spec, view.get("eps")).to_query()))
    return {**pairs, **{name: text for name, text in view_query(view).items() if name != "clustering.eps"}}


def view_query(view: dict[str, Any]) -> dict[str, str]:
    """Return ε, frame and view state as far as the user has set them, as `parse_view` reads them."""
    pairs = {"clustering.eps": view.get("eps") or None, "frame": view.get("frame"), "look": view.get("look") or None}
    return {name: str(value) for name, value in pairs.items() if value is not None}


def with_eps(spec: Experiment, eps: float | None) -> Experiment:
    """Return the spec with this ε, or as it is for None."""
    return replace(spec, clustering=replace(spec.clustering, eps=eps)) if eps else spec
