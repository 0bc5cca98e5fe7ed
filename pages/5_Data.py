"""Data: bring your own, or pick a built-in set."""

import streamlit as st

from vaegc.ui import set_up_page, show_errors
from vaegc.ui.data import Thumbnails, gallery, linked_dataset, own_sets, page_title, show_deferred_error, style, upload_section

set_up_page("Data")
style()
title, first = page_title()
st.title(title, anchor=False)
st.caption(first)

with show_errors():
    thumbnails = Thumbnails()
    show_deferred_error()
    linked_dataset(thumbnails)
    upload_section()
    own_sets(thumbnails)
    gallery(thumbnails)
    thumbnails.render_pending()
