"""Cards of the Data page: their style, grid, labels and actions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.ui.catalog import default_spec, open_in_explore, open_in_train
from vaegc.ui.data.labels import escape_markdown
from vaegc.ui.export_panel import code_tabs
from vaegc.wording import counted
from vaegc.workspace import is_private

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
    """Set the style of the page; call it once."""
    st.html(STYLE)


@contextmanager
def card_grid(key: str) -> Iterator[None]:
    """Lay out the cards drawn within as a grid, as many in a row as fit; `key` is one of those in `STYLE`."""
    with st.container(key=key):
        yield


@contextmanager
def card(name: str) -> Iterator[None]:
    """Draw a card around what is drawn within; its last element lies at the foot."""
    with st.container(border=True, key=f"card-{name}"):
        yield


def size_label(n: int, d: int, classes: int | None, shape: tuple[int, ...] | None = None) -> str:
    """Return the size of a data set, for example "1,797 pictures of 8 × 8 · 10 classes"."""
    what = f"{counted(n, 'point')} · {counted(d, 'feature')}"
    if shape is not None:
        what = f"{n:,} pictures of {shape[0]} × {shape[1]}{' in colour' if len(shape) == 3 else ''}"
    if classes is None:
        return f"{what} · no labels"
    return f"{what} · {counted(classes, 'class')}"


@contextmanager
def defer_errors() -> Iterator[None]:
    """Catch a `VaegcError` raised within and keep its message for the next run of the page (`show_deferred_error`)."""
    try:
        yield
    except VaegcError as error:
        st.session_state["data_notice"] = str(error)


def show_deferred_error() -> None:
    """Show the message that `defer_errors` kept, once."""
    message = st.session_state.pop("data_notice", None)
    if message:
        st.error(escape_markdown(message), icon=":material/error:")


def explore_dataset(dataset: str) -> None:
    """Open a data set in Explore with its default spec."""
    with defer_errors():
        open_in_explore(default_spec(dataset))
    st.rerun()


def train_on_dataset(dataset: str) -> None:
    """Open the Train page with a data set chosen."""
    open_in_train(dataset)


def how_to_load(dataset: str, file: str) -> None:
    """Draw the link to a data set, and the Python and the command that load it, as tabs.

    Parameters
    ----------
    dataset
        A name or "mine:…".
    file
        What Python and the command call it.
    """
    from vaegc.experiment.snippets import load_python, shell_line

    command = shell_line(("sweep", file) if is_private(dataset) else ("data", "get", file))
    code_tabs({"data": dataset}, load_python(file), command, ["data"] if is_private(dataset) else [])
