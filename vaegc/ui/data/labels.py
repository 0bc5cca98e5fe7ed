"""Text of the Data page: escaped Markdown, sizes of files, bullet lists."""

from __future__ import annotations

_MARKS = frozenset(r"\`*_{}[]()#+-.!|~$:<>&")


def escape_markdown(words: str) -> str:
    """Escape the characters that Markdown gives a meaning, and join lines; for names that users have given."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in " ".join(words.split()))


def file_size(size: int) -> str:
    """Return a size in bytes as MB or kB."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def bullet_list(notes: tuple[str, ...] | list[str]) -> str:
    """Return notes as a bullet list in Markdown, each beginning with a capital."""
    return "\n".join(f"- {escape_markdown(note[:1].upper() + note[1:])}" for note in notes)
