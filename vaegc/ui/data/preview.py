"""Review of an uploaded file: its preview, the options to read it with, and what they give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from vaegc.datasets import Preview
from vaegc.errors import VaegcError
from vaegc.progress import Progress
from vaegc.ui.data import state
from vaegc.ui.data.labels import bullet_list, escape_markdown, file_size
from vaegc.ui.data.pending import (
    PendingUpload,
    ReadOptions,
    ReadResult,
    feature_columns,
    id_columns,
    label_columns,
    picture_sizes,
    suggested_features,
)
from vaegc.ui.data.thumbnails import is_dark
from vaegc.ui.profile import workspace
from vaegc.wording import counted

MAX_LISTED_COLUMNS = 12  # up to which features are chosen one by one
NONE = "none"
ROW_NAMES = {"table": "rows", "pictures": "pictures", "text": "documents", "saved": "points", "har": "points"}
SCALES = {"none": "As they are", "standard": "Standard", "minmax": "0 to 1"}
SCALE_HELP = "Standard: each feature gets mean 0 and variance 1. 0 to 1: from its lowest to its highest value."
NOTES_ON_CHOICES = (
    "columns of ",
    "columns as asked for",
    "true classes from column",
    "ids from column",
    "array of ",
)  # notes on what is chosen here anyway
CHART = {"displayModeBar": False}


def review(pending: PendingUpload) -> None:
    """Draw the preview and the options; keeps the data set when the button is pressed."""
    found = pending.inspect()
    with st.container(border=True, key="review"):
        _head(pending, found)
        _first_rows(found)
        left, right = st.columns([5, 6], gap="medium")
        with left, st.container(key="choices"):
            embedding = _embedding_control(pending, found)
            options = _read_controls(pending, found)
        read = None
        if pending.is_read_at_once():
            with st.spinner("Reading"):
                read = pending.try_reading(options)
        with left, st.container(key="choices-below"):
            options = replace(options, scale=_scale_control(pending, read, embedding))
            title = st.text_input(
                "Name", Path(found.name).stem[:80], max_chars=80, key=f"name-{pending.id}", persist_state="session"
            )
        with right:
            _outcome(found, options, read, embedding)
            refused = (read is not None and read.data is None) or not title.strip()
            if st.button("Keep this data set", type="primary", icon=":material/check:", key="keep", disabled=refused):
                _keep(pending, options, title, embedding)


def _head(pending: PendingUpload, found: Preview) -> None:
    columns = f" · {counted(len(found.columns), 'column')}" if found.columns else ""
    if found.image_shape is not None:
        columns = f" · {found.image_shape[0]} × {found.image_shape[1]} pixels"
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="review-head"):
        st.markdown(
            f"**{escape_markdown(found.name)}**  \n:small[{found.n:,} {ROW_NAMES[found.kind]}{columns} · {file_size(found.size)}]",
            width="content",
        )
        st.button("Remove", key="remove", icon=":material/close:", type="tertiary", on_click=state.discard_upload)


def _first_rows(found: Preview) -> None:
    if found.thumbnails:
        from vaegc.figures import as_png, tile_images

        sheet = tile_images([one.pixels for one in found.thumbnails], columns=12)
        st.image(as_png(sheet), width=min(sheet.shape[1], 800), alt=f"{len(found.thumbnails)} of the pictures")
    elif found.head is not None:
        st.dataframe(found.head, hide_index=True, key="head", row_height=30)


def _embedding_control(pending: PendingUpload, found: Preview) -> bool:
    if found.kind not in ("table", "saved"):
        return False
    options = {False: "Raw features", True: "An embedding"}
    is_embedding = st.segmented_control(
        "What is it?", list(options), default=found.embedding, format_func=options.__getitem__, key=f"nature-{pending.id}", required=True,
        persist_state="session",
    )  # fmt: skip
    why = f" It looks like one: {escape_markdown(found.why_embedding)}." if found.embedding else ""
    st.caption(
        f"Climbed as it is, without a model.{why}"
        if is_embedding
        else "A model is trained on them first, then its latent space is climbed."
    )
    return bool(is_embedding)


def _read_controls(pending: PendingUpload, found: Preview) -> ReadOptions:
    """Draw the options that this kind of file has; returns them, the scaling left out."""
    if found.kind == "pictures":
        offered = picture_sizes(found)
        size = st.selectbox(
            "Size", offered, format_func=lambda s: f"{s[0]} × {s[1]} pixels" + (" (as they are)" if s == found.image_shape else ""),
            key=f"size-{pending.id}", help="All pictures are brought to one size. Small ones train faster.", persist_state="session",
        )  # fmt: skip
        return ReadOptions(size=size)
    if found.kind != "table":
        return ReadOptions()
    labels = _column_control(
        "Labels",
        label_columns(found),
        found.label,
        f"labels-{pending.id}",
        "True classes, for colours and scores only; no choice ever uses them.",
    )
    names = [name for name in id_columns(found) if name != labels]
    ids = _column_control(
        "Names of the rows", names, found.ids, f"ids-{pending.id}", "Come back beside the clusters when you export them."
    )
    return ReadOptions(_feature_controls(pending, found, labels, ids), labels, ids)


def _column_control(label: str, offered: list[str], suggested: str | None, key: str, why: str) -> str | None:
    options = [None, *offered]
    index = options.index(suggested) if suggested in options else 0
    chosen: str | None = st.selectbox(
        label, options, index, format_func=lambda name: NONE if name is None else name, key=key, help=why, persist_state="session"
    )
    return chosen


def _feature_controls(pending: PendingUpload, found: Preview, labels: str | None, ids: str | None) -> tuple[str, ...]:
    able, suggested = feature_columns(found, labels, ids), suggested_features(found, labels, ids)
    key = f"features-{pending.id}-{labels}-{ids}"
    if len(able) <= MAX_LISTED_COLUMNS:
        chosen = st.multiselect(
            "Features", able, suggested, key=key, persist_state="session", placeholder="Choose columns of numbers"
        )
        return tuple(chosen)
    ways = {"all": f"All {len(suggested):,}", "but": "All but", "only": "Only"}
    way = st.segmented_control(
        "Features", list(ways), default="all", format_func=ways.__getitem__, key=f"{key}-way", required=True, persist_state="session",
        help="Columns of numbers that are neither labels nor names.",
    )  # fmt: skip
    if way == "all":
        return tuple(suggested)
    offered = suggested if way == "but" else able
    chosen = st.multiselect(
        ways[way],
        offered,
        key=f"{key}-{way}",
        label_visibility="collapsed",
        persist_state="session",
        placeholder="Choose columns",
    )
    return tuple(name for name in offered if (name in chosen) == (way == "only"))


def _scale_control(pending: PendingUpload, read: ReadResult | None, embedding: bool) -> str | None:
    if pending.inspect().kind != "table":
        return None
    units = None if read is None or embedding else read.units
    key = f"scale-{pending.id}"
    if key not in st.session_state:
        st.session_state[key] = "standard" if units is not None else "none"
    scale: Any = st.segmented_control(
        "Scaling", list(SCALES), format_func=SCALES.__getitem__, key=key, required=True, help=SCALE_HELP, persist_state="session"
    )
    if units is not None:
        words = escape_markdown(units)
        st.caption(
            f"{words[:1].upper()}{words[1:]}: unscaled, the widest decides alone."
            if scale == "none"
            else f"Suggested, since {words}."
        )
    return None if scale == "none" else scale


def _outcome(found: Preview, options: ReadOptions, read: ReadResult | None, embedding: bool) -> None:
    """Draw what will be read: numbers, balance of the classes, notes."""
    if read is not None and read.data is None:
        st.warning(escape_markdown(read.error), icon=":material/warning:")
        return
    st.markdown("**What will be read**")
    n, d, counts, notes = _expected_counts(found, options, read, embedding)
    with st.container(horizontal=True, key="sums"):
        of = f" of {found.n:,}" if n != found.n else ""
        st.metric({"pictures": "Pictures", "text": "Documents"}.get(found.kind, "Points"), f"{n:,}{of}", width="content")
        if d is not None:
            st.metric("Features", f"{d:,}", width="content")
        st.metric("Classes", f"{len(counts):,}" if counts else "none", width="content")
    if counts:
        from vaegc.figures import class_balance

        st.plotly_chart(class_balance(counts, is_dark()), theme=None, config=CHART, key="balance")
    if notes:
        st.caption(bullet_list(notes))


def _expected_counts(
    found: Preview, options: ReadOptions, read: ReadResult | None, embedding: bool
) -> tuple[int, int | None, dict[str, int], list[str]]:
    """Numbers of points and features, sizes of the classes, and notes, as far as they are known before the file is read."""
    if read is not None and read.data is not None:
        data, shown_above = (
            read.data,
            NOTES_ON_CHOICES if embedding or read.units is None else (*NOTES_ON_CHOICES, f"{read.units}, "),
        )
        notes = [note for note in data.notes if not note.startswith(shown_above)]
        return len(data), data.x.shape[1], data.class_counts(), notes
    if found.kind == "pictures" and options.size is not None:
        return found.n, None, found.classes, list(found.notes)
    if found.kind == "table":
        same = options.columns == found.features and options.labels == found.label
        counts = found.classes if options.labels == found.label else {}
        notes = [*found.notes] if same else ["rows with missing values in these columns are dropped when the data set is kept"]
        return found.n - (found.dropped if same else 0), len(options.columns or ()), counts, notes
    return found.n, found.d, found.classes, list(found.notes)


def _keep(pending: PendingUpload, options: ReadOptions, title: str, embedding: bool) -> None:
    place = st.progress(0.0, "Reading")
    # Any click ends this run of the page, and with it the reading, at the next progress.
    stop = st.empty()
    stop.button("Stop", key="stop-reading", icon=":material/stop_circle:")

    def watch(progress: Progress) -> None:
        place.progress(progress.share, progress.message)

    try:
        data = pending.load(options, watch)
        place.progress(1.0, "Keeping")
        kept = workspace().add_data(data, title, embedding=embedding, reading=options.to_dict(pending.name))
    except VaegcError as error:
        place.empty()
        stop.empty()
        st.error(escape_markdown(str(error)), icon=":material/error:")
        return
    state.note_kept(kept.ref)
    st.rerun()
