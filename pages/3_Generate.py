"""Generate: any place of the map decoded, latent walks, and draws from every cluster."""

import streamlit as st

from vaegc.ui import explore, generate, set_up_page, show_errors
from vaegc.ui.links import write_link
from vaegc.ui.session_scene import load_scene

set_up_page("Generate")
st.title("See what the model imagines", anchor=False)
st.caption("Click anywhere on the map to decode that place, or drag from one place to another and watch the walk.")

with show_errors():
    generate.read_section_from_link()
    spec = explore.controls()
    shown = load_scene(spec)
    if shown is None:
        write_link(spec, st.session_state.get("begin", {}))
    else:
        generate.map_section(shown)
        st.divider()
        generate.sections(spec, shown)
