"""Compare: methods over data sets and seeds, paired differences of the climb, and confusion matrices."""

import streamlit as st

from vaegc.ui import compare, set_up_page, show_errors

set_up_page("Compare")
compare.style()
st.title("Put methods side by side", anchor=False)
st.caption("Every run is a dot: choose a data set, see what each method reaches over its seeds, and what the climb adds.")

with show_errors():
    comparison = compare.filter_controls()
    compare.methods_section(comparison)
    st.divider()
    compare.climb_section(comparison)
    st.divider()
    compare.confusion_section(comparison)
    compare.export_section(comparison)
