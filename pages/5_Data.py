"""Data: bring your own, or pick a built-in set."""

import streamlit as st

from vaegc.ui import page_frame, sentences
from vaegc.ui.data import Pictures, asked_for, bring, gallery, notice, own_sets, style

page_frame("Data")
style()
st.title("Bring your own data, or pick a set", anchor=False)
st.caption("Drop a file here to see what is in it, or open one of the sets below.")

with sentences():
    pictures = Pictures()
    notice()
    asked_for(pictures)
    bring()
    own_sets(pictures)
    gallery(pictures)
    pictures.paint()
