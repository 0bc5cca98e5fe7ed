"""What all pages share: configuration, style, navigation, and errors as messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.store import app_root, assets_root
from vaegc.ui.background import delete_expired_workspaces, preload_libraries
from vaegc.ui.profile import mount_profile

PAGES = (
    ("app.py", "Explore", ":material/explore:"),
    ("pages/1_Choose_K.py", "Choose K", ":material/stacked_line_chart:"),
    ("pages/3_Generate.py", "Generate", ":material/auto_awesome:"),
    ("pages/4_Compare.py", "Compare", ":material/balance:"),
    ("pages/5_Data.py", "Data", ":material/database:"),
    ("pages/2_Train.py", "Train", ":material/model_training:"),
    ("pages/6_Learn.py", "Learn", ":material/school:"),
)

# Streamlit leaves room for a toolbar that is hidden here, and the sidebar's gaps suit forms rather than a panel of controls.
STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding: 1.6rem 2rem 3rem; max-width: 1400px; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
[data-testid="stSidebar"] hr { margin: 0.4rem 0 0.6rem; }
[data-testid="stSidebar"] h1 { padding: 0 0 0.2rem; font-size: 1.5rem; letter-spacing: -0.02em; }
[data-testid="stLayoutWrapper"]:has(> .st-key-answer, > .st-key-profile), .st-key-answer, .st-key-profile { position: absolute; width: 0; height: 0; overflow: hidden; }
/* Streamlit's own captions, and its white on a light primary colour, are too faint to read for many. */
[data-testid="stCaptionContainer"] { opacity: 0.78; }
[data-testid="stBaseButton-primary"]:not(:disabled), [data-testid="stMultiSelect"] [data-tag], [data-testid="stMultiSelect"] [data-tag] * { color: light-dark(#ffffff, #10141c) !important; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.2rem 0.9rem 2rem; } }
</style>
"""


def set_up_page(title: str) -> None:
    """Configure the page and draw the navigation; call it first."""
    # A picture of our own: Streamlit fetches emoji and material icons for the tab from outside.
    st.set_page_config(page_title=f"{title} · vaegc", page_icon=str(assets_root() / "icon.png"), layout="wide")
    st.html(STYLE)
    with st.sidebar:
        st.title("vaegc")
        st.caption("A visual laboratory for VAE gradient clustering")
        for path, label, icon in PAGES:
            if (app_root() / path).is_file():
                st.page_link(path, label=label, icon=icon)
        st.divider()
        mount_profile()
    preload_libraries()
    delete_expired_workspaces()


@contextmanager
def show_errors() -> Iterator[None]:
    """Show a `VaegcError` raised within as its message and stop the page there; everything above stays."""
    try:
        yield
    except VaegcError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
