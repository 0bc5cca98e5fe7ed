"""Loads the heavy libraries behind the first visitor's back, so that the first changed control does not wait for them."""

from __future__ import annotations

import importlib
import threading

import streamlit as st

AFTER = 4.0  # seconds: the first picture is on the screen by then
NEEDED = ("vaegc.experiment.result", "vaegc.densities", "vaegc.models.checkpoint", "openTSNE", "sklearn.decomposition")


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
