"""Counts in sentences: "1 cluster persists", "3 clusters persist", "1,797 points"."""

from __future__ import annotations

VERBS = {"are": "is", "have": "has", "were": "was", "do": "does"}  # of many, and of one


def counted(count: int, noun: str, verb: str = "") -> str:
    """A count with its noun, and a verb that agrees with it.

    Parameters
    ----------
    count
        How many; thousands are set apart.
    noun
        Of one: "cluster", "number of neighbours" (what stands before " of " is what is many), "class", "category".
    verb
        As it follows many: "are", "persist"; empty for none.

    Examples
    --------
    >>> counted(1, "cluster", "persist"), counted(1200, "class"), counted(2, "number of clusters", "have")
    ('1 cluster persists', '1,200 classes', '2 numbers of clusters have')
    """
    one = count == 1
    said = f"{count:,} {noun if one else plural(noun)}"
    return f"{said} {VERBS.get(verb, verb + 's') if one else verb}" if verb else said


def plural(noun: str) -> str:
    """Of many: "clusters", "classes", "categories", "numbers of clusters"."""
    head, of, rest = noun.partition(" of ")
    if head.endswith(("s", "x", "ch", "sh")):
        head += "es"
    elif head.endswith("y") and head[-2:-1] not in "aeiou":
        head = f"{head[:-1]}ies"
    else:
        head += "s"
    return head + of + rest
