"""Session state of the Data page, which outlives a visit to another page."""

from __future__ import annotations

import streamlit as st

from vaegc.ui.data.pending import PendingUpload


def pending_upload() -> PendingUpload | None:
    """The uploaded file that is not yet kept as a data set."""
    held: PendingUpload | None = st.session_state.get("data_pending")
    return held


def hold_upload(key: str) -> None:
    """Copy the uploader's file into the session, where it outlives a change of the page; None where it was removed."""
    file = st.session_state[key]
    st.session_state["data_pending"] = None if file is None else PendingUpload(file.file_id, file.name, file.getvalue())


def uploader_key() -> str:
    """Widget key of the uploader; a new key empties it."""
    return f"upload-{st.session_state.get('data_serial', 0)}"


def discard_upload() -> None:
    """Discard the uploaded file and the message that one is kept; empties the uploader."""
    st.session_state["data_pending"] = None
    st.session_state["data_kept"] = None
    st.session_state["data_serial"] = st.session_state.get("data_serial", 0) + 1


def last_kept() -> str | None:
    """The data set that was kept last, "mine:…", until another file is uploaded."""
    ref: str | None = st.session_state.get("data_kept")
    return ref


def note_kept(ref: str) -> None:
    """Remember what was kept, in place of the uploaded file."""
    discard_upload()
    st.session_state["data_kept"] = ref
