"""What the Data page remembers of this session between two runs and while another page is shown."""

from __future__ import annotations

import streamlit as st

from vaegc.ui.data.pending import Pending


def pending() -> Pending | None:
    """The file that was uploaded and not yet kept."""
    held: Pending | None = st.session_state.get("data_pending")
    return held


def take(key: str) -> None:
    """Hold what was uploaded where it outlives a change of the page; forget it where it was taken back."""
    file = st.session_state[key]
    st.session_state["data_pending"] = None if file is None else Pending(file.file_id, file.name, file.getvalue())


def uploader_key() -> str:
    """Key of the present uploader; a new one is empty."""
    return f"upload-{st.session_state.get('data_serial', 0)}"


def forget() -> None:
    """Put the uploaded file, and the word that it is kept, away; the uploader is empty again."""
    st.session_state["data_pending"] = None
    st.session_state["data_kept"] = None
    st.session_state["data_serial"] = st.session_state.get("data_serial", 0) + 1


def kept() -> str | None:
    """What was kept last, "mine:…", until another file is wanted."""
    ref: str | None = st.session_state.get("data_kept")
    return ref


def note_kept(ref: str) -> None:
    """Remember what was kept, in place of the uploaded file."""
    forget()
    st.session_state["data_kept"] = ref
