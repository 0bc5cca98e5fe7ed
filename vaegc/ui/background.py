"""Background work of the server: heavy libraries are preloaded, expired workspaces deleted."""

from __future__ import annotations

import importlib
import threading
from datetime import timedelta

import streamlit as st

from vaegc.limits import read_only, retention_days
from vaegc.workspace import delete_unused_profiles

PRELOAD_DELAY_S = 4.0  # the first picture is on the screen by then
PRELOADED = (
    "vaegc.selection.choose",
    "vaegc.experiment.result",
    "vaegc.densities",
    "vaegc.models.checkpoint",
    "openTSNE",
    "sklearn.decomposition",
)


@st.cache_resource(show_spinner=False)
def preload_libraries() -> None:
    """Import heavy libraries in a thread, once per server; one that is missing raises where it is used."""

    def load() -> None:
        for name in PRELOADED:
            try:
                importlib.import_module(name)
            except ImportError:
                return

    timer = threading.Timer(PRELOAD_DELAY_S, load)
    timer.daemon = True
    timer.start()


@st.cache_resource(ttl=timedelta(days=1), show_spinner=False)
def delete_expired_workspaces() -> None:
    """Delete, once a day, the workspaces of browsers that were not seen for `retention_days` days."""
    days = retention_days()
    if days is not None and not read_only():
        threading.Thread(target=delete_unused_profiles, args=(days,), daemon=True).start()
