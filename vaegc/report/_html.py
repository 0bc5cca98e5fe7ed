"""Small pieces of HTML; every text is escaped here, so that a name of the data cannot become part of the page."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from vaegc.figures import StaticChart

NOTHING = "–"


def text(words: object) -> str:
    """Return words as they may stand in the page."""
    return escape(str(words))


def section(title: str, *parts: str) -> str:
    """Return a section; empty where it would have no content."""
    inner = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{text(title)}</h2>\n{inner}\n</section>" if inner else ""


def lead(words: str) -> str:
    """Return a line of prose."""
    return f"<p>{text(words)}</p>" if words else ""


def note(words: str) -> str:
    """Return a line of small print."""
    return f'<p class="note">{text(words)}</p>' if words else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", kind: str = "") -> str:
    """Return a table of cells that are HTML already, heads that are not; the first cell of a row names it."""
    top = "".join(f'<th scope="col">{text(name)}</th>' for name in head)
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>" for first, *rest in rows
    )
    caption_html = f"<caption>{text(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table class="{kind}">{caption_html}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Return names and what belongs to them; pairs without content stay out."""
    rows = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs if value not in (None, ""))
    return f"<dl>{rows}</dl>" if rows else ""


def chart(one: StaticChart) -> str:
    """Return a figure with its words."""
    return f"<figure>{one.svg}<figcaption><b>{text(one.title)}</b> {text(one.note)}</figcaption></figure>"


def picture(png: bytes, alt: str, kind: str = "") -> str:
    """Return a PNG as part of the page."""
    return f'<img class="{kind}" alt="{text(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def code(lines: str, name: str) -> str:
    """Return lines that can be run, under their name."""
    return f"<h3>{text(name)}</h3>\n<pre><code>{text(lines)}</code></pre>"
