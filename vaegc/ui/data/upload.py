"""Upload section: the uploader with its limits, then the review of the file, then where to go with the kept data set."""

from __future__ import annotations

import streamlit as st

from vaegc.datasets import template
from vaegc.errors import VaegcError
from vaegc.limits import max_storage_mb, max_upload_mb, max_upload_points, read_only
from vaegc.ui.data import state
from vaegc.ui.data.cards import explore_dataset, size_label, train_on_dataset
from vaegc.ui.data.labels import escape_markdown
from vaegc.ui.data.pending import PendingUpload
from vaegc.ui.data.preview import review
from vaegc.ui.profile import workspace

KINDS = """
- **CSV, TSV, TXT**: a row for each point, columns of numbers; a column of labels and one of names are welcome.
- **TXT or TSV of words**: a document on each line, with or without `label<TAB>` before it.
- **Parquet**: the same as a table.
- **NPZ, NPY**: an array called `x` of points by features, and `y` for labels; or the array alone.
- **ZIP of pictures**: PNG, JPEG, GIF, BMP or WebP; sub-folders name the classes.

Labels are used for colours and scores, never for a choice.
"""


def page_title() -> tuple[str, str]:
    """Title of the page, and its first sentence."""
    if read_only():
        return "Pick a data set", "Open one of the sets below to see its points climb."
    return "Bring your own data, or pick a set", "Drop a file here to see what is in it, or open one of the sets below."


def upload_section() -> None:
    """Draw the uploader, or the review of an uploaded file, or the data set that was just kept."""
    if read_only():
        st.info(
            "This server is read-only: no data can be brought, fetched or trained on here, but every set that is here can be explored.",
            icon=":material/lock:",
        )
        return
    ref, file = state.last_kept(), state.pending_upload()
    if ref is not None and _kept(ref):
        return
    refused = None if file is None else _refused(file)
    if file is not None and refused is None:
        review(file)
        return
    with st.container(border=True, key="bring"):
        st.file_uploader(
            "Your file: CSV, TSV, TXT, Parquet, NPZ, NPY, or a ZIP of pictures", key=state.uploader_key(),
            max_upload_size=max_upload_mb(), on_change=state.hold_upload, args=(state.uploader_key(),),
        )  # fmt: skip
        with st.container(key="too-large"):  # the uploader refuses it in the browser, and says so only to a mouse that hovers
            st.markdown(
                f":red[:material/error: This file has more than {max_upload_mb():,} MB, the most that is taken here: give a smaller part.]"
            )
        if refused is not None:
            st.error(escape_markdown(refused), icon=":material/error:")
        with st.container(horizontal=True, vertical_alignment="center", key="bring-foot"):
            st.caption(
                f"Up to {max_upload_mb():,} MB and {max_upload_points():,} points. Kept on this server for this browser only, "
                f"up to {max_storage_mb():,} MB in all, deleted with one click, never in a link.",
                width="stretch",
            )
            with st.popover("What can be read", icon=":material/help:", type="tertiary", key="kinds"):
                st.markdown(KINDS)
            st.download_button(
                "Template", template, "template.csv", "text/csv", key="template", icon=":material/download:", type="tertiary",
                on_click="ignore", help="A small CSV that shows how to lay out a table.",
            )  # fmt: skip


def _refused(file: PendingUpload) -> str | None:
    """Why a file cannot be read, in one sentence; None for one that can."""
    try:
        if file.preview is None:
            with st.spinner(f"Looking at {escape_markdown(file.name[:60])}"):
                file.inspect()
    except VaegcError as error:
        return str(error)
    return None


def _kept(ref: str) -> bool:
    """Draw the kept data set and where to go with it; returns False where it has been deleted since."""
    try:
        kept = workspace().find_data(ref)
    except VaegcError:
        state.discard_upload()
        return False
    with st.container(border=True, key="kept"):
        st.markdown(f"#### :green[:material/check_circle:] {escape_markdown(kept.title)} is kept")
        st.caption(size_label(kept.n, kept.d, kept.classes, kept.image_shape))
        with st.container(horizontal=True, key="kept-acts"):
            climb = st.button(
                "Climb it now", type="primary" if kept.embedding else "secondary", key="kept-climb", icon=":material/explore:"
            )
            learn = st.button(
                "Train a model on it",
                type="secondary" if kept.embedding else "primary",
                key="kept-train",
                icon=":material/model_training:",
            )
            st.button("Add another", key="kept-another", icon=":material/add:", type="tertiary", on_click=state.discard_upload)
    if climb:
        explore_dataset(ref)
    if learn:
        train_on_dataset(ref)
    return True
