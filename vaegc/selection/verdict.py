"""What a choice comes to, in plain language: the number, how sure one may be, what speaks for it and what against it.

The number is that which the whole family of slices suggests; where there is no family, or it is silent, that of the one climb, then that
of the points before it. How sure: agreement of what was looked at independently, where methods that share what they rest on count once. No
label is used.
"""

from __future__ import annotations

from vaegc.experiment import Experiment
from vaegc.selection.arguments import DOUBTS, MAPS, REASONS, SHARE, at_the_time, bandwidths_in_words
from vaegc.selection.choice import KSelection, Verdict
from vaegc.selection.evidence import LEAST, Evidence
from vaegc.wording import counted

MANY = 1 / 3  # share of the steps, up to the last one, over which a number must hold


def judge(choice: KSelection, spec: Experiment) -> Verdict:
    """Return the verdict on a choice whose other parts are all there.

    Parameters
    ----------
    choice
        With its slices, cells, votes and family.
    spec
        What was climbed and swept.
    """
    last, first = choice.slices[-1].suggestion.n_clusters, choice.slices[0].suggestion.n_clusters
    family = None if choice.family is None else choice.family.n_clusters
    k = next((found for found in (family, last, first) if found is not None), None)
    if k is None:
        return _nothing(choice, spec)
    e = Evidence(choice, spec, k)
    certainty = _certainty(e)
    headline = {
        "firm": f"There are {counted(k, 'cluster')}, as far as anything here can tell.",
        "likely": f"Probably {counted(k, 'cluster')}.",
        "open": _open(e),
    }[certainty]
    reasons = tuple(said for say in REASONS if (said := say(e)))
    return Verdict(k, certainty, headline, reasons, tuple(said for say in DOUBTS if (said := say(e))))


def _certainty(e: Evidence) -> str:
    """How much of what was looked at agrees: "firm", "likely" or "open"."""
    voted = e.agreed
    if not e.climbed:  # one slice, and the other methods
        return "likely" if voted else "open"
    if any(found not in (None, e.k) for found in (e.before, e.after)):
        return "likely" if voted and (e.family, e.before, e.after).count(e.k) == 2 else "open"
    if not e.choice.bandwidths:
        return "likely" if voted and e.after == e.k and e.held >= MANY else "open"
    if e.family != e.k or e.k not in (e.before, e.after):
        return "open"
    if not voted and e.before != e.k:  # the climb and the climbs of other bandwidths are no second opinion on one another
        return "open"
    many = e.held >= MANY and 2 * len(e.bandwidths) >= len(e.choice.bandwidths)
    return "firm" if voted and many and e.outvoted is None and e.spec.space not in MAPS else "likely"


def _open(e: Evidence) -> str:
    """The headline where what was looked at does not agree."""
    if e.family == e.k and e.after not in (None, e.k):
        return f"Undecided: the bandwidths together say {e.k}, your own climb says {e.after}."
    if e.choice.bandwidths and e.family is None and e.after == e.k:
        return f"Undecided: this climb says {e.k}, but no number holds over other bandwidths."
    if e.choice.bandwidths and e.family is None:
        return f"Undecided: the points before the climb say {e.k}, but no number holds after climbs."
    return f"Perhaps {counted(e.k, 'cluster')}, but what was looked at does not agree."


def _nothing(choice: KSelection, spec: Experiment) -> Verdict:
    """No number is readable anywhere."""
    e = Evidence(choice, spec, 0)
    climbed = e.climbed
    reasons = [f"Before the climb: {_lower(choice.slices[0].suggestion.reason)}"] if climbed else []
    reasons.append(f"{'After it' if climbed else 'The sweep'}: {_lower(choice.slices[-1].suggestion.reason)}")
    if choice.family is not None:
        reasons.append(f"Over {bandwidths_in_words(len(choice.bandwidths))}: {_lower(choice.family.reason)}")
    doubts = []
    for when, votes in e.votes.items():
        named = [(count, n) for n, count in votes.items() if n is not None]
        if named and max(named)[0] >= LEAST:
            count, n = max(named)
            doubts.append(
                f"{count} of {votes.total()} independent methods say {n} {at_the_time(e, when)}all the same, and some of them always name a number; {SHARE}."
            )
    doubts.append(
        "This does not show that there are no clusters: another space, another model or more points may show some."
        if climbed
        else "Nothing has climbed yet: a climb often makes a number readable that the points as they are do not show."
    )
    return Verdict(None, "none", "No number of clusters can be believed here.", tuple(reasons), tuple(doubts))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
