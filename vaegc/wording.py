"""Counts and shares in sentences: "1 cluster persists", "3 clusters persist", "1,797 points", "0.5 %"."""

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
    if head.endswith(("s", "x", "ch", "sh")) and not head.endswith("och"):
        head += "es"
    elif head.endswith("y") and head[-2:-1] not in "aeiou":
        head = f"{head[:-1]}ies"
    else:
        head += "s"
    return head + of + rest


def percent(share: float, digits: int = 3) -> str:
    """A share in words, to so many significant digits, without an exponent from 1 % on: "0.5 %", "12 %", "100 %"."""
    value = 100 * share
    return f"{value:.0f} %" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g} %"


def whole_percent(share: float) -> str:
    """A share in words, to a hundredth: "12 %"; "under 1 %" where that would be none of it, and never all of it where some is missing."""
    if 0 < share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"
