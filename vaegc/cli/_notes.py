"""Notes on data and climb, as every command prints them before its result."""

from __future__ import annotations

from collections.abc import Iterable


def print_notes(data_notes: Iterable[str], *sentences: str | None) -> None:
    """Print notes on the data, then whole sentences, such as the note on a climb that moved next to nothing; None is left out.

    Parameters
    ----------
    data_notes
        What was done to the data, and what is odd about them, without a full stop (`Dataset.notes`).
    sentences
        Printed as they are.
    """
    for note in data_notes:
        print(f"Data: {note}.")
    for sentence in filter(None, sentences):
        print(sentence)
