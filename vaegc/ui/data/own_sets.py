"""Cards of the data sets of this browser: open, rename, download, delete."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from vaegc.limits import max_storage_mb, read_only
from vaegc.ui.data.cards import card, card_grid, defer_errors, explore_dataset, how_to_load, size_label, train_on_dataset
from vaegc.ui.data.labels import bullet_list, escape_markdown
from vaegc.ui.data.thumbnails import Thumbnails
from vaegc.ui.profile import workspace
from vaegc.wording import counted
from vaegc.workspace import StoredDataset, Workspace, file_name


def own_sets(thumbnails: Thumbnails) -> None:
    """Draw the cards of what this browser keeps; nothing where it keeps nothing."""
    own = workspace()
    kept = own.data()
    if not kept:
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key="own-head"):
        st.subheader("Your data sets", anchor=False, width="content")
        used = own.used_mb()
        st.caption(
            f"{f'{used:,.1f}' if used >= 0.05 else 'Less than 0.1'} of {max_storage_mb():,} MB used, runs and models included",
            width="content",
        )
    with card_grid("own-sets"):
        for one in kept:
            own_set_card(one, own, thumbnails)


def own_set_card(kept: StoredDataset, own: Workspace, thumbnails: Thumbnails, key: str = "") -> None:
    """Draw the card of one data set of this browser; `key` tells two cards of one set apart."""
    with card(f"{key}{kept.id}"):
        thumbnails.own(kept, own)
        badge = " :blue-badge[embedding]" if kept.embedding else ""
        st.markdown(
            f"**{escape_markdown(kept.title)}**{badge}  \n:small[{size_label(kept.n, kept.d, kept.classes, kept.image_shape)}]"
        )
        st.caption(
            f"Kept {_when(kept.created)}"
            + (f" from {escape_markdown(str(kept.reading['file']))}" if kept.reading.get("file") else "")
        )
        with st.container(horizontal=True, gap="small", key=f"act-{key}{kept.id}"):
            if st.button("Explore", key=f"{key}explore-{kept.id}", icon=":material/explore:"):
                explore_dataset(kept.ref)
            if st.button("Train", key=f"{key}train-{kept.id}", icon=":material/model_training:", disabled=read_only()):
                train_on_dataset(kept.ref)
            _more(kept, own, key)


def _more(kept: StoredDataset, own: Workspace, key: str) -> None:
    off = read_only()
    more = st.popover(
        "", icon=":material/more_horiz:", type="tertiary", key=f"{key}more-{kept.id}", on_change="rerun",
        help="Rename, download, how to load it, notes",
    )  # fmt: skip
    with more:
        with st.form(f"{key}rename-form-{kept.id}", border=False):
            title = st.text_input("Name", kept.title, max_chars=80, key=f"{key}title-{kept.id}", disabled=off)
            if st.form_submit_button("Rename", icon=":material/edit:", disabled=off):
                with defer_errors():
                    own.rename_data(kept.ref, title)
                st.rerun()
        st.download_button(
            "Download as read (.npz)", lambda: _as_read(own, kept), f"{file_name(kept.title)}.npz", key=f"{key}take-{kept.id}",
            icon=":material/download:", on_click="ignore", width="stretch",
        )  # fmt: skip
        if more.open:
            how_to_load(kept.ref, f"{file_name(kept.title)}.npz")
        if kept.notes:
            st.caption(bullet_list(kept.notes))
    with st.popover("", icon=":material/delete:", type="tertiary", key=f"{key}drop-{kept.id}", help="Delete", disabled=off):
        runs = len(own.runs_on(kept.ref))
        used = (
            f" {counted(runs, 'run', 'were')} trained on it; {'its model stays' if runs == 1 else 'their models stay'}."
            if runs
            else ""
        )
        st.markdown(f"Delete **{escape_markdown(kept.title)}** for good?{used}")
        if st.button("Delete", key=f"{key}delete-{kept.id}", type="primary", icon=":material/delete:"):
            with defer_errors():
                own.delete_data(kept.ref)
            st.rerun()


def _as_read(own: Workspace, kept: StoredDataset) -> bytes:
    return own.find_data(kept.ref).path.read_bytes()


def _when(created: float) -> str:
    zone = st.context.timezone
    from zoneinfo import ZoneInfo

    moment = datetime.fromtimestamp(created, ZoneInfo(zone) if zone else None)
    today = datetime.now(moment.tzinfo).date()
    return f"today at {moment:%H:%M}" if moment.date() == today else f"on {moment.day} {moment:%B %Y}"
