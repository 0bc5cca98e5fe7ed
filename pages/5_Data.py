"""Data: bring your own, or pick a built-in set."""

import streamlit as st

from vaegc.ui import page_frame, sentences
from vaegc.ui.data import Pictures, asked_for, bring, gallery, notice, own_sets, style, welcome

page_frame("Data")
style()
title, first = welcome()
st.title(title, anchor=False)
st.caption(first)

with sentences():
    pictures = Pictures()
    notice()
    asked_for(pictures)
    bring()
    own_sets(pictures)
    gallery(pictures)
    pictures.paint()
