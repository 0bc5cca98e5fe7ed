"""Choose K: the number of clusters, with the evidence for and against it."""

import streamlit as st

from vaegc.ui import choose, explore, set_up_page, show_errors

set_up_page("Choose K")
choose.style()
st.title("How many clusters are there, and should you believe it?", anchor=False)
st.caption("Read the verdict, look at what it rests on, and click anywhere in the picture to see that state in Explore.")

with show_errors():
    choose.show_page(explore.controls())
