"""The data set of a deep link: /Data?data=mnist, or one of this browser."""

from __future__ import annotations

import streamlit as st

from vaegc.datasets import availability, describe
from vaegc.errors import VaegcError
from vaegc.ui.data.cards import card_grid
from vaegc.ui.data.gallery import dataset_card
from vaegc.ui.data.own_sets import own_set_card
from vaegc.ui.data.thumbnails import Thumbnails
from vaegc.ui.profile import workspace
from vaegc.workspace import is_private


def linked_dataset(thumbnails: Thumbnails) -> None:
    """Draw the card of the data set that the query names; call it above all other cards."""
    name = st.query_params.get("data")
    if not name:
        return
    try:
        own = workspace()
        kept, one = (own.find_data(name), None) if is_private(name) else (None, describe(name))
    except VaegcError as error:
        st.warning(str(error), icon=":material/link_off:")
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="asked-head"):
        st.subheader("The set of your link", anchor=False, width="content")
        if st.button("Close", key="asked-close", icon=":material/close:", type="tertiary"):
            del st.query_params["data"]
            st.rerun()
    with card_grid("asked-sets"):
        if kept is not None:
            own_set_card(kept, own, thumbnails, key="asked-")
        elif one is not None:
            dataset_card(one, availability(one.name), thumbnails, key="asked-")
