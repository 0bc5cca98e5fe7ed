"""What whoever looks at numbers must know of the points: what was done to the data, and a climb that did next to nothing."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vaegc.ui.data.labels import plain


def warn_of_the_climb(note: str | None) -> None:
    """Say it where the climb did next to nothing: what is read then is the points as they were."""
    place = st.empty()  # always, so that nothing below it changes its place
    if note:
        place.warning(note, icon=":material/warning:")


def notes_of_data(notes: Sequence[str]) -> None:
    """Draw what was done to data, and what is odd about them; nothing where there is nothing."""
    place = st.empty()
    if notes:
        place.caption(plain(f"Data: {'; '.join(notes)}."))
