"""What a server does behind its visitors' backs: heavy libraries are loaded, and what nobody comes back for is deleted."""

from __future__ import annotations

import importlib
import threading

import streamlit as st

from vaegc.limits import keep_days, read_only
from vaegc.workspace import forget

AFTER = 4.0  # seconds: the first picture is on the screen by then
NEEDED = (
    "vaegc.selection.choose",
    "vaegc.experiment.result",
    "vaegc.densities",
    "vaegc.models.checkpoint",
    "openTSNE",
    "sklearn.decomposition",
)


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Start once per server; a library that is missing will say so where it is used."""

    def load() -> None:
        for name in NEEDED:
            try:
                importlib.import_module(name)
            except ImportError:
                return

    timer = threading.Timer(AFTER, load)
    timer.daemon = True
    timer.start()


@st.cache_resource(ttl="1d", show_spinner=False)
def clear_up() -> None:
    """Once a day: forget the browsers that were not seen for as long as the server keeps things."""
    days = keep_days()
    if days is not None and not read_only():
        threading.Thread(target=forget, args=(days,), daemon=True).start()
