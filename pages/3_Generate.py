"""Generate: what a model imagines at any place, on any way, and in every cluster."""

import streamlit as st

from vaegc.ui import explore, generate, page_frame, sentences
from vaegc.ui.links import write_link
from vaegc.ui.session_scene import scene_of

page_frame("Generate")
st.title("See what the model imagines", anchor=False)
st.caption("Click anywhere on the map to decode that place, or drag from one place to another and watch the walk.")

with sentences():
    generate.read_section_from_link()
    spec = explore.controls()
    shown = scene_of(spec)
    if shown is None:
        write_link(spec, st.session_state.get("begin", {}))
    else:
        generate.map_section(shown)
        st.divider()
        generate.sections(spec, shown)
