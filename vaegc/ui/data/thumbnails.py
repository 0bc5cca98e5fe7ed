"""Pictures of data sets for the cards: made once, kept in the cache, and never before the page has been painted."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from vaegc import store
from vaegc.datasets import Dataset, Whereabouts, source_identity
from vaegc.errors import VaegcError
from vaegc.workspace import KeptData, Workspace

STAGE, VERSION = "thumbnail", 1  # folder of the cache; raised when pictures are drawn otherwise
MOST_HELD = 500  # in memory, a few kB each


def is_dark() -> bool:
    """Whether this browser shows the dark theme."""
    return st.context.theme.type == "dark"


class Pictures:
    """The pictures of one run of the page; those that must be drawn first have their place kept until `paint`."""

    def __init__(self) -> None:
        self.dark = is_dark()
        self.waiting: list[Callable[[], None]] = []

    def built_in(self, name: str, title: str, where: Whereabouts, missing: str) -> None:
        """Show the picture of a named set, or keep its place; `missing` stands there where the set is not at hand."""
        if not where.at_hand:
            _instead(missing)
        elif name == "r8":
            st.html(f'<div class="stories">{_stories(str(where.where))}</div>')
        else:
            self._show((f"{name} {where.where} {where.size}", self.dark), title, lambda: _of_built_in(name, self.dark))

    def own(self, kept: KeptData, mine: Workspace) -> None:
        """Show the picture of a data set of this browser, or keep its place."""
        self._show((kept.ref, self.dark), kept.title, lambda: _packed(kept.ref, lambda: mine.load_data(kept.ref), self.dark))

    def paint(self) -> None:
        """Draw what is missing, one picture after the other; call it last."""
        for draw in self.waiting:
            draw()

    def _show(self, key: tuple[str, bool], title: str, make: Callable[[], bytes | None]) -> None:
        held = _held()
        if key in held:
            _picture(held[key], title)
            return
        place = st.empty()
        with place:
            _instead("Drawing …")

        def draw() -> None:
            try:
                drawn = make()
            except VaegcError:  # opening the set will say what is wrong
                drawn = None
            with place:
                if drawn is None:
                    _instead("No picture")
                    return
                while len(held) >= MOST_HELD:
                    held.pop(next(iter(held)), None)
                held[key] = drawn
                _picture(drawn, title)

        self.waiting.append(draw)


def _picture(packed: bytes, title: str) -> None:
    st.image(packed, width="stretch", alt=f"A sample of {title}")


def _instead(words: str) -> None:
    st.html(f'<div class="no-picture">{escape(words)}</div>')


def _of_built_in(name: str, dark: bool) -> bytes | None:
    from vaegc.datasets.preview_rows import peek

    return _packed(source_identity(name), lambda: peek(name), dark)


def _packed(what: str, load: Callable[[], Dataset | None], dark: bool) -> bytes | None:
    """PNG of a data set, from the cache where it lies there."""
    key = store.content_hash(STAGE, VERSION, what, dark)
    packed = store.kept_bytes(STAGE, key)
    if packed is None:
        from vaegc.figures import as_png, sheet_of

        data = load()
        if data is None:
            return None
        packed = as_png(sheet_of(data, dark=dark))
        store.keep_bytes(STAGE, key, packed)
    return packed


@st.cache_resource(show_spinner=False)
def _held() -> dict[Any, bytes]:
    """Pictures shown before, by what they show; a private set's is found by its secret name only."""
    return {}


@st.cache_resource(show_spinner=False)
def _stories(where: str) -> str:
    """The words themselves are the picture of a set of words."""
    from vaegc.datasets.preview_rows import stories

    return "".join(f"<div><b>{escape(label)}</b> {escape(words)}</div>" for label, words in stories(5))
