"""Notes beside numbers: what was done to the data, and a climb that moved next to nothing."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from vaegc.ui.data.labels import escape_markdown


def show_climb_warning(note: str | None) -> None:
    """Show the note of a climb that moved next to nothing (`Trajectory.note`); nothing for None."""
    place = st.empty()  # always, so that nothing below it changes its place
    if note:
        place.warning(note, icon=":material/warning:")


def show_data_notes(notes: Sequence[str]) -> None:
    """Show what was done to the data, and what is odd about them (`Dataset.notes`)."""
    place = st.empty()
    if notes:
        place.caption(escape_markdown(f"Data: {'; '.join(notes)}."))
