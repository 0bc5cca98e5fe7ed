"""Explore: points climb, ε follows the hand."""

import streamlit as st

from vaegc.ui import explore, page_frame, sentences
from vaegc.ui.session_scene import scene_of

page_frame("Explore")
st.title("Watch points climb into clusters", anchor=False)
st.caption(
    "Points move uphill on a density, step by step. DBSCAN's ε then says how near two points must be to belong "
    "together: drag it and see."
)

with sentences():
    spec = explore.controls()
    explore.stage(scene_of(spec), spec)
