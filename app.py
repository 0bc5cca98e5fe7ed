"""Explore: points climb, ε follows the hand."""

import streamlit as st

from vaegc.ui import explore, page_frame, sentences

page_frame("Explore")
st.title("Watch points climb into clusters", anchor=False)

with sentences():
    spec = explore.controls()
    packed = explore.scene_of(spec)
    explore.stage(packed, spec)
