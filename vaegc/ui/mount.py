"""The stage as a Streamlit component: packed bytes in; out its view state and requests to decode a point.

Answers to requests go through a component of their own: the stage's data, changed, would be sent again as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from vaegc.web.page import component_css, component_script

_stage = st.components.v2.component("vaegc_stage", html="<div></div>", css=component_css(), js=component_script())
_answer = st.components.v2.component("vaegc_answer", js=component_script("stage/answer.js"))


def mount_stage(packed: bytes, key: str) -> Mapping[str, Any]:
    """Mount a packed scene.

    Returns
    -------
    The component's state: "view" (ε, frame, min_samples, view state) after an interaction, "ask" once a point is to be decoded.
    """
    state: Mapping[str, Any] = _stage(key=key, data=packed, on_view_change=_rerun, on_ask_change=_rerun)
    return state


def mount_answer(answer: Mapping[str, Any]) -> None:
    """Send a decoded point to the mounted stage; takes no room on the page."""
    with st.container(key="answer"):
        _answer(key="answer-to-stage", data=dict(answer))


def _rerun() -> None:
    """Streamlit needs a callback to keep the state; the fragment runs again by itself."""
