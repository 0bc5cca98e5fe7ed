"""Words for the screen: what a user has called something is shown as it is, and numbers of bytes are readable."""

from __future__ import annotations

_MARKS = frozenset(r"\`*_{}[]()#+-.!|~$:<>&")


def plain(words: str) -> str:
    """Return words that Markdown shows as they are, without its own meaning for any of their characters."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in " ".join(words.split()))


def megabytes(size: int) -> str:
    """Say how large a file is."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def bullets(notes: tuple[str, ...] | list[str]) -> str:
    """Return sentences as a list in Markdown, each beginning with a capital."""
    return "\n".join(f"- {plain(note[:1].upper() + note[1:])}" for note in notes)
