"""The dress of the Data page: cards in a grid that fits any screen, and what every card says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.ui.catalog import default_spec, open_in_explore, open_in_train
from vaegc.ui.data.labels import plain
from vaegc.ui.export_panel import code_tabs
from vaegc.wording import counted
from vaegc.workspace import is_mine

STYLE = """
<style>
.st-key-asked-sets, .st-key-own-sets, .st-key-real-sets, .st-key-toy-sets { display: grid; gap: 1rem; align-items: stretch; }
.st-key-asked-sets, .st-key-own-sets, .st-key-real-sets { grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
.st-key-toy-sets { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
[class*="st-key-card-"] { height: 100%; gap: 0.6rem; }
[class*="st-key-card-"] > :last-child { margin-top: auto; }
[class*="st-key-card-"] [data-testid="stCaptionContainer"] p { line-height: 1.4; }
[class*="st-key-card-"] [data-testid="stImage"] img { width: 100%; aspect-ratio: 2.5; object-fit: contain; }
[class*="st-key-card-"] [data-testid="stElementToolbar"], .st-key-review [data-testid="stElementToolbar"] { display: none; }
[class*="st-key-act-"] > :has([data-testid="stPopover"]) { margin-left: auto; }
[class*="st-key-act-"] > :has([data-testid="stPopover"]) ~ :has([data-testid="stPopover"]) { margin-left: 0; }
.no-picture, .stories { aspect-ratio: 2.5; width: 100%; box-sizing: border-box; border-radius: 8px; overflow: hidden; }
.no-picture { display: grid; place-items: center; text-align: center; padding: 0 1.2rem; line-height: 1.5; }
.no-picture { font-size: 0.85rem; opacity: 0.75; border: 1px dashed rgba(128, 140, 160, 0.5); }
.stories { font-size: 0.8rem; line-height: 1.8; opacity: 0.85; }
.stories div { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.st-key-own-head, .st-key-real-head { margin-top: 0.6rem; }
.st-key-sums { gap: 2rem; }
.st-key-bring:not(:has([data-testid="stTooltipErrorHoverTarget"])) [data-testid="stLayoutWrapper"]:has(> .st-key-too-large) { display: none; }
.st-key-bring:has([data-testid="stTooltipErrorHoverTarget"]) [data-testid="stElementContainer"]:has([data-testid="stAlert"]) { display: none; }
.st-key-sums [data-testid="stMetricValue"] { font-size: 1.35rem; }
</style>
"""


def style() -> None:
    """Dress the page; call it once."""
    st.html(STYLE)


@contextmanager
def grid(key: str) -> Iterator[None]:
    """Lay the cards within side by side, as many as fit: own-sets, real-sets or toy-sets."""
    with st.container(key=key):
        yield


@contextmanager
def card(name: str) -> Iterator[None]:
    """Draw a card; the last thing within it lies at its foot."""
    with st.container(border=True, key=f"card-{name}"):
        yield


def facts(n: int, d: int, classes: int | None, shape: tuple[int, ...] | None = None) -> str:
    """Say how much there is, for example "1,797 pictures of 8 × 8 · 10 classes"."""
    what = f"{counted(n, 'point')} · {counted(d, 'feature')}"
    if shape is not None:
        what = f"{n:,} pictures of {shape[0]} × {shape[1]}{' in colour' if len(shape) == 3 else ''}"
    if classes is None:
        return f"{what} · no labels"
    return f"{what} · {counted(classes, 'class')}"


@contextmanager
def noticed() -> Iterator[None]:
    """Keep an error of the core as its one sentence, which the next run of the page shows at its top."""
    try:
        yield
    except VaegcError as error:
        st.session_state["data_notice"] = str(error)


def notice() -> None:
    """Show what went wrong in the deed before, once."""
    said = st.session_state.pop("data_notice", None)
    if said:
        st.error(plain(said), icon=":material/error:")


def explore(dataset: str) -> None:
    """Open a data set in Explore as it is, without a model."""
    with noticed():
        open_in_explore(default_spec(dataset))
    st.rerun()


def train(dataset: str) -> None:
    """Open the Train page with a data set chosen."""
    open_in_train(dataset)


def how_to_load(dataset: str, file: str) -> None:
    """Draw the link to a data set, and the Python and the command that load it.

    Parameters
    ----------
    dataset
        A name or "mine:…".
    file
        What Python and the command call it.
    """
    from vaegc.experiment.snippets import load_python, shell_line

    command = shell_line(("sweep", file) if is_mine(dataset) else ("data", "get", file))
    code_tabs({"data": dataset}, load_python(file), command, ["data"] if is_mine(dataset) else [])
