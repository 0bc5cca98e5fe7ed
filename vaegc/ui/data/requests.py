"""The data set that a link asks for: /Data?data=mnist, or a private one of this browser."""

from __future__ import annotations

import streamlit as st

from vaegc.datasets import describe, whereabouts
from vaegc.errors import VaegcError
from vaegc.ui.data.cards import grid
from vaegc.ui.data.gallery import built_in
from vaegc.ui.data.own_sets import own_set
from vaegc.ui.data.thumbnails import Pictures
from vaegc.ui.profile import workspace
from vaegc.workspace import is_mine


def asked_for(pictures: Pictures) -> None:
    """Draw the card of the set that the address bar names, above everything else."""
    name = st.query_params.get("data")
    if not name:
        return
    try:
        mine = workspace()
        kept, one = (mine.find_data(name), None) if is_mine(name) else (None, describe(name))
    except VaegcError as error:
        st.warning(str(error), icon=":material/link_off:")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="asked-head"):
        st.subheader("The set of your link", anchor=False, width="content")
        if st.button("Close", key="asked-close", icon=":material/close:", type="tertiary"):
            del st.query_params["data"]
            st.rerun()
    with grid("asked-sets"):
        if kept is not None:
            own_set(kept, mine, pictures, key="asked-")
        elif one is not None:
            built_in(one, whereabouts(one.name), pictures, key="asked-")
