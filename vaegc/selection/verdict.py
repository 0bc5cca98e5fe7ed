"""The verdict on a choice of K in plain language: the number, how sure one may be, what supports it and its caveats.

The number is that which the sweeps of all bandwidths suggest together; where there are none, or they suggest none, that of the
spec's own climb, then that of the points before it. How sure: agreement of what was computed independently, where methods that share
what they rest on count once. No label is used.
"""

from __future__ import annotations

from vaegc.experiment import Experiment
from vaegc.selection.arguments import CAVEATS, DEPENDENCE_NOTE, NONLINEAR_MAPS, SUPPORTING, when_in_words
from vaegc.selection.choice import KSelection, Verdict
from vaegc.selection.evidence import MIN_AGREEING, Evidence
from vaegc.wording import counted

MIN_STEP_SHARE = 1 / 3  # share of the steps after the first that must suggest a number


def make_verdict(choice: KSelection, spec: Experiment) -> Verdict:
    """Summarise a choice of K, whose other parts are all there, as a verdict.

    Parameters
    ----------
    choice
        With all step sweeps, bandwidth cells, votes and the family.
    spec
        What was climbed and swept.
    """
    last, first = choice.step_sweeps[-1].suggestion.n_clusters, choice.step_sweeps[0].suggestion.n_clusters
    family = None if choice.family is None else choice.family.n_clusters
    k = next((found for found in (family, last, first) if found is not None), None)
    if k is None:
        return _no_number(choice, spec)
    evidence = Evidence(choice, spec, k)
    certainty = _certainty(evidence)
    headline = {
        "firm": f"There are {counted(k, 'cluster')}, as far as anything here can tell.",
        "likely": f"Probably {counted(k, 'cluster')}.",
        "open": _open_headline(evidence),
    }[certainty]
    reasons, doubts = (tuple(said for argue in arguments if (said := argue(evidence))) for arguments in (SUPPORTING, CAVEATS))
    return Verdict(k, certainty, headline, reasons, doubts)


def _certainty(evidence: Evidence) -> str:
    """How much of the evidence agrees: "firm", "likely" or "open"."""
    k, before, after, family = evidence.k, evidence.before, evidence.after, evidence.family
    bandwidths = evidence.choice.bandwidths
    methods_agree = evidence.majority_agrees
    holds_over_steps = evidence.share_of_steps >= MIN_STEP_SHARE
    if not evidence.climbed:  # one sweep, and the other methods
        return "likely" if methods_agree else "open"
    if any(found not in (None, k) for found in (before, after)):
        return "likely" if methods_agree and (family, before, after).count(k) == 2 else "open"
    if not bandwidths:
        return "likely" if methods_agree and after == k and holds_over_steps else "open"
    if family != k or k not in (before, after):
        return "open"
    if not methods_agree and before != k:  # the climb and the climbs of other bandwidths are no second opinion on one another
        return "open"
    holds_over_bandwidths = 2 * len(evidence.agreeing_bandwidths) >= len(bandwidths)
    unopposed = evidence.outvoted is None and evidence.spec.space not in NONLINEAR_MAPS
    return "firm" if methods_agree and holds_over_steps and holds_over_bandwidths and unopposed else "likely"


def _open_headline(evidence: Evidence) -> str:
    """The headline where the evidence does not agree."""
    if evidence.family == evidence.k and evidence.after not in (None, evidence.k):
        return f"Undecided: the bandwidths together say {evidence.k}, your own climb says {evidence.after}."
    if evidence.choice.bandwidths and evidence.family is None and evidence.after == evidence.k:
        return f"Undecided: this climb says {evidence.k}, but no number holds over other bandwidths."
    if evidence.choice.bandwidths and evidence.family is None:
        return f"Undecided: the points before the climb say {evidence.k}, but no number holds after climbs."
    return f"Perhaps {counted(evidence.k, 'cluster')}, but what was looked at does not agree."


def _no_number(choice: KSelection, spec: Experiment) -> Verdict:
    """The verdict where no sweep suggests a number."""
    evidence = Evidence(choice, spec, 0)
    climbed = evidence.climbed
    reasons = [f"Before the climb: {_lower(choice.step_sweeps[0].suggestion.reason)}"] if climbed else []
    reasons.append(f"{'After it' if climbed else 'The sweep'}: {_lower(choice.step_sweeps[-1].suggestion.reason)}")
    if choice.family is not None:
        reasons.append(f"Over {counted(len(choice.bandwidths), 'bandwidth')}: {_lower(choice.family.reason)}")
    doubts = []
    for when, votes in evidence.group_votes.items():
        named = [(count, n) for n, count in votes.items() if n is not None]
        if named and max(named)[0] >= MIN_AGREEING:
            count, n = max(named)
            doubts.append(
                f"{count} of {votes.total()} independent methods say {n} {when_in_words(evidence, when)}all the same, and some of them always name a number; {DEPENDENCE_NOTE}."
            )
    doubts.append(
        "This does not show that there are no clusters: another space, another model or more points may show some."
        if climbed
        else "Nothing has climbed yet: a climb often makes a number readable that the points as they are do not show."
    )
    return Verdict(None, "none", "No number of clusters can be believed here.", tuple(reasons), tuple(doubts))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
