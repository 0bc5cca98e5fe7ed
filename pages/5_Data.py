"""Data: bring your own, or pick a built-in set."""

import streamlit as st

from vaegc.ui import set_up_page, show_errors
from vaegc.ui.data import Pictures, asked_for, bring, gallery, notice, own_sets, style, welcome

set_up_page("Data")
style()
title, first = welcome()
st.title(title, anchor=False)
st.caption(first)

with show_errors():
    pictures = Pictures()
    notice()
    asked_for(pictures)
    bring()
    own_sets(pictures)
    gallery(pictures)
    pictures.paint()
