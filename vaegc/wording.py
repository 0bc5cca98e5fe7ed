"""Counts and shares in sentences: "1 cluster persists", "3 clusters persist", "1,797 points", "0.5 %"."""

from __future__ import annotations

VERBS = {"are": "is", "have": "has", "were": "was", "do": "does"}  # plural: singular, of irregular verbs


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
    words = f"{count:,} {noun if count == 1 else plural(noun)}"
    return f"{words} {verb_form(count, verb)}" if verb else words


def counted_of(count: int, total: int, noun: str, verb: str) -> str:
    """Describe a part of a total, with a verb that agrees with the part: "1 of 20 rows is", "3 of 20 rows are"; arguments as in `counted`."""
    return f"{count:,} of {counted(total, noun)} {verb_form(count, verb)}"


def verb_form(count: int, verb: str) -> str:
    """Form of a verb for a count: "are" is "is" of one, "persist" is "persists"."""
    return VERBS.get(verb, verb + "s") if count == 1 else verb


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


def cluster_size(min_size: float, noun: str = "point", whole: str = "the points") -> str:
    """Describe the smallest size of a counted cluster: "12 points", or a share, "1 % of the points"; `min_size` as in `ClusterConfig`."""
    return f"{percent(min_size)} of {whole}" if min_size < 1 else counted(round(min_size), noun)
