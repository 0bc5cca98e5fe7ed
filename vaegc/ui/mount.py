"""The stage as a Streamlit component: bytes in, the view {eps, frame} out when the hand lets go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from vaegc.stage.page import stage_css, stage_script

_component = st.components.v2.component("vaegc_stage", html="<div></div>", css=stage_css(), js=stage_script())


def mount_stage(packed: bytes, key: str, on_view: Callable[[], None]) -> Mapping[str, Any]:
    """Mount a packed scene; returns the component's state, whose "view" holds eps and frame once they were changed."""
    state: Mapping[str, Any] = _component(key=key, data=packed, on_view_change=on_view)
    return state
