"""Explore: the climb as an animation, and DBSCAN at every ε."""

import streamlit as st

from vaegc.ui import explore, set_up_page, show_errors
from vaegc.ui.session_scene import load_scene

set_up_page("Explore")
st.title("Watch points climb into clusters", anchor=False)
st.caption(
    "Points move uphill on a density, step by step. DBSCAN's ε then says how near two points must be to belong "
    "together: drag it and see."
)

with show_errors():
    spec = explore.controls()
    explore.stage(load_scene(spec), spec)
