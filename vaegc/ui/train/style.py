"""Style of the Train page beyond the theme."""

from __future__ import annotations

import streamlit as st

# What is looked at again every second must not fade while a busy server thinks; a run that was just started is scrolled to.
STYLE = """
<style>
.st-key-run-view [data-stale="true"], .st-key-run-list [data-stale="true"] { opacity: 1 !important; transition: none !important; }
.st-key-run-status { scroll-margin-top: 4rem; }
[class*="st-key-see-"] button { min-height: 1.7rem; padding: 0; }
[class*="st-key-row-"] [data-testid="stCaptionContainer"], [class*="st-key-row-"] [data-testid="stCaptionContainer"] p { margin: 0; }
@media (max-width: 640px) { .st-key-train-row > * { flex: 1 1 100% !important; width: 100% !important; } }
</style>
"""


def style() -> None:
    """Set the page's details; call it once, at the top."""
    st.html(STYLE)
