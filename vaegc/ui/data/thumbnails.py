"""Thumbnails of data sets on their cards: cached, and drawn after the rest of the page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from vaegc import store
from vaegc.datasets import Availability, Dataset, source_identity
from vaegc.errors import VaegcError
from vaegc.workspace import StoredDataset, Workspace

STAGE, VERSION = "thumbnail", 1  # folder of the cache; raised when pictures are drawn otherwise
MAX_HELD = 500  # in memory, a few kB each


def is_dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


class Thumbnails:
    """Thumbnails of one run of the page; those that are not cached have a placeholder until `render_pending`."""

    def __init__(self) -> None:
        self.dark = is_dark()
        self.pending: list[Callable[[], None]] = []

    def built_in(self, name: str, title: str, where: Availability, missing: str) -> None:
        """Show the thumbnail of a built-in set, or a placeholder; `missing` is its text where the set is not on the disk."""
        if not where.is_local:
            _placeholder(missing)
        elif name == "r8":
            st.html(f'<div class="stories">{_text_sample(str(where.path))}</div>')
        else:
            self._show((f"{name} {where.path} {where.size}", self.dark), title, lambda: _built_in_png(name, self.dark))

    def own(self, kept: StoredDataset, own: Workspace) -> None:
        """Show the thumbnail of a data set of this browser, or a placeholder."""
        self._show((kept.ref, self.dark), kept.title, lambda: _cached_png(kept.ref, lambda: own.load_data(kept.ref), self.dark))

    def render_pending(self) -> None:
        """Draw the thumbnails that are not cached, one after the other; call it last."""
        for draw in self.pending:
            draw()

    def _show(self, key: tuple[str, bool], title: str, make: Callable[[], bytes | None]) -> None:
        held = _held()
        if key in held:
            _picture(held[key], title)
            return
        place = st.empty()
        with place:
            _placeholder("Drawing …")

        def draw() -> None:
            try:
                drawn = make()
            except VaegcError:  # opening the set will say what is wrong
                drawn = None
            with place:
                if drawn is None:
                    _placeholder("No picture")
                    return
                while len(held) >= MAX_HELD:
                    held.pop(next(iter(held)), None)
                held[key] = drawn
                _picture(drawn, title)

        self.pending.append(draw)


def _picture(packed: bytes, title: str) -> None:
    st.image(packed, width="stretch", alt=f"A sample of {title}")


def _placeholder(words: str) -> None:
    st.html(f'<div class="no-picture">{escape(words)}</div>')


def _built_in_png(name: str, dark: bool) -> bytes | None:
    from vaegc.datasets.preview_rows import preview_rows

    return _cached_png(source_identity(name), lambda: preview_rows(name), dark)


def _cached_png(what: str, load: Callable[[], Dataset | None], dark: bool) -> bytes | None:
    """PNG of a data set, from the cache where it is there; None where the data cannot be loaded."""
    key = store.content_hash(STAGE, VERSION, what, dark)
    packed = store.read_cached_bytes(STAGE, key)
    if packed is None:
        from vaegc.figures import as_png, thumbnail_sheet

        data = load()
        if data is None:
            return None
        packed = as_png(thumbnail_sheet(data, dark=dark))
        store.write_cached_bytes(STAGE, key, packed)
    return packed


@st.cache_resource(show_spinner=False)
def _held() -> dict[Any, bytes]:
    """Thumbnails in memory, by data set and theme; that of a private set is found by its secret name only."""
    return {}


@st.cache_resource(show_spinner=False)
def _text_sample(where: str) -> str:
    """The first documents of R8 as HTML, in place of a thumbnail."""
    from vaegc.datasets.preview_rows import example_documents

    return "".join(f"<div><b>{escape(label)}</b> {escape(words)}</div>" for label, words in example_documents(5))
