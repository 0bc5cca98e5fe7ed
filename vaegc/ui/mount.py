"""The stage as Streamlit components: bytes in, and out the view when the hand lets go and the point that was clicked.

Answers to clicks go through a component of their own: the stage's data, changed, would be sent again as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from vaegc.web.page import stage_css, stage_script

_stage = st.components.v2.component("vaegc_stage", html="<div></div>", css=stage_css(), js=stage_script())
_answer = st.components.v2.component("vaegc_answer", js=stage_script("stage/answer.js"))


def mount_stage(packed: bytes, key: str) -> Mapping[str, Any]:
    """Mount a packed scene; returns the component's state: "view" once something was let go of, "ask" once a point was clicked."""
    state: Mapping[str, Any] = _stage(key=key, data=packed, on_view_change=_rerun, on_ask_change=_rerun)
    return state


def mount_answer(answer: Mapping[str, Any]) -> None:
    """Hand an answer to the stage; takes no room on the page."""
    with st.container(key="answer"):
        _answer(key="answer-to-stage", data=dict(answer))


def _rerun() -> None:
    """Nothing: the fragment runs again by itself."""
