"""What speaks for a number of clusters and what against it, a sentence each; each is there only where it is so."""

from __future__ import annotations

import numpy as np

from vaegc.selection.choice import Plateau, Slice
from vaegc.selection.evidence import Evidence
from vaegc.wording import counted, percent, whole_percent

NEAR = 0.5  # of the length of the plateau: a plateau of another number is a rival
MUCH_OUTSIDE = 0.05  # share of the points in no cluster
FEW_POINTS = 500
SHORT = 20  # steps: those of the longest climb that the family's rule was set on
LATE = 2 / 3  # of the steps, after which a number that shows only then is late
SHARE = "HDBSCAN and PLSCAN share a tree and count as one; plateau, k-distance knee and DBCV rest on the sweep itself and do not count"
MAPS = {"tsne": "t-SNE", "umap": "UMAP"}


# --- what speaks for it ---------------------------------------------------------------------------------------------------


def _its_plateau(e: Evidence) -> str | None:
    slice_ = e.where
    if slice_ is None:
        return None
    other = e.runner_up
    rest = f"; the next number, {other.n_clusters}, by {_factor(other)}" if other else ""
    when = "" if not e.climbed else " before the climb" if slice_.step == 0 else f" after {_steps(slice_.step)}"
    return f"The sweep{when} shows {e.k} clusters while ε grows by {_factor(_longest(slice_, e.k))}{rest}."


def _over_steps(e: Evidence) -> str | None:
    if not e.climbed or e.since == e.choice.steps[-1]:
        return None
    if e.since is None:
        says = sum(s.suggestion.n_clusters == e.k for s in e.choice.slices)
        return f"{says} of {len(e.choice.slices)} steps that were looked at say {e.k}." if says > 1 else None
    return f"The number stays {e.k} from step {e.since} to the end of the climb, step {e.choice.steps[-1]}."


def _over_bandwidths(e: Evidence) -> str | None:
    family = e.choice.family
    if family is None or family.n_clusters != e.k:
        return None
    support = f"it holds for long in {family.support} of {e.fields.total()} pairs of bandwidth and step"
    return f"Over all {bandwidths_in_words(len(e.choice.bandwidths))} {e.k} has the most support: {support}."


def _before_too(e: Evidence) -> str | None:
    return f"The points say {e.k} before any climb too." if e.climbed and e.before == e.k else None


def _votes_for(e: Evidence) -> str | None:
    if not e.agreed:
        return None
    says = [f"{votes[e.k]} of {votes.total()} {at_the_time(e, when)}".rstrip() for when, votes in e.votes.items()]
    return f"Independent methods agree: {' and '.join(says)} say {e.k}; {SHARE}."


REASONS = (_its_plateau, _over_steps, _over_bandwidths, _before_too, _votes_for)


# --- what speaks against it -----------------------------------------------------------------------------------------------


def _only_after(e: Evidence) -> str | None:
    if not e.climbed or e.before == e.k:
        return None
    if e.before is not None:
        return f"Before the climb the same points say {e.before}, not {e.k}."
    return "Before the climb no number can be read: the answer rests on the climb, which can also gather points that have no clusters."


def _not_this_climb(e: Evidence) -> str | None:
    if not e.climbed or e.after == e.k:
        return None
    says = "no number can be read" if e.after is None else f"the sweep says {e.after}"
    return (
        f"After your own climb {says}; {e.k} comes from {'the other bandwidths' if e.family == e.k else 'the points before it'}."
    )


def _rival(e: Evidence) -> str | None:
    other, slice_ = e.runner_up, e.where
    if other is None or slice_ is None or other.log_length < NEAR * _longest(slice_, e.k).log_length:
        return None
    return f"A rival: {other.n_clusters} clusters hold while ε grows by {_factor(other)}."


def _other_bandwidths(e: Evidence) -> str | None:
    all_of_them = len(e.choice.bandwidths)
    if all_of_them < 2:
        return None
    if e.family is None:
        said = [c.suggestion.n_clusters for c in e.choice.cells if c.step == e.choice.family_steps[-1]]
        named = [n for n in said if n is not None]
        goes = f": as it grows, the number goes from {named[0]} to {named[-1]}" if len(set(named)) > 1 else ""
        return (
            f"No number has enough support over all {bandwidths_in_words(all_of_them)}{goes}. {e.k} may be an effect of this one."
        )
    if len(e.bandwidths) <= 1:
        only = (
            f"Only the bandwidth of {percent(e.bandwidths[0])} says {e.k} by itself"
            if e.bandwidths
            else f"No bandwidth says {e.k} by itself"
        )
        return f"{only}, of {all_of_them}."
    others = [(count, n) for n, count in e.fields.items() if n is not None and n != e.k]
    if others and 2 * max(others)[0] >= e.fields[e.k]:
        count, n = max(others)
        return f"Of {e.fields.total()} pairs of bandwidth and step {count} say {n}, {e.fields[e.k]} say {e.k}."
    return None


def _one_bandwidth(e: Evidence) -> str | None:
    if e.climbed and not e.choice.bandwidths:
        return f"Other bandwidths were not looked at. {e.choice.why_no_cells}"
    return None


def _late(e: Evidence) -> str | None:
    if not e.climbed or e.after != e.k or e.since is None:
        return None
    earlier = [s for s in e.choice.slices if s.step < e.since and s.suggestion.n_clusters not in (None, e.k)]
    if earlier:
        return f"The number changes on the way: after {_steps(earlier[-1].step)} it is {earlier[-1].suggestion.n_clusters}."
    if e.since > LATE * e.choice.steps[-1]:
        return f"The number can be read from step {e.since} only; more steps may change it again."
    return None


def _short(e: Evidence) -> str | None:
    last = e.choice.steps[-1]
    return f"The climb is short: more than {_steps(last)} may give another number." if 0 < last < SHORT else None


def _votes_against(e: Evidence) -> str | None:
    if e.outvoted is not None:
        when, count, n = e.outvoted
        words = ", ".join(one.words for one in e.voices[when] if one.could_say(e.k))
        said = f"{count} of {e.votes[when].total()} independent methods say {n} {at_the_time(e, when)}".rstrip()
        return f"{said}: {words}; {SHARE}."
    when = "after" if e.climbed else "before"
    if e.agreed or not e.votes.get(when):
        return None
    able = [one for one in e.voices[when] if one.could_say(e.k)]
    others = ", ".join(one.words for one in able if one.says != e.k)
    agree = e.votes[when][e.k]
    some = f"Only {agree}" if agree else "None"
    verb = "says" if agree <= 1 else "say"
    return f"{some} of {len(able)} independent methods {verb} {e.k}{': ' + others if others else ''}; {SHARE}."


def _not_tried(e: Evidence) -> str | None:
    silent = {m: one.at_most for some in e.voices.values() for one in some if not one.could_say(e.k) for m in one.methods}
    if not silent:
        return None
    words = ", ".join(f"{method} up to {most:,}" for method, most in silent.items())
    return f"Some methods did not try as many as {e.k}, and say nothing of it: {words}."


def _limits(e: Evidence) -> str | None:
    slice_ = e.where or e.choice.slices[-1]
    return " ".join(slice_.suggestion.limits) or None


def _outside(e: Evidence) -> str | None:
    slice_ = e.where
    eps = None if slice_ is None else slice_.suggestion.eps
    if slice_ is None or eps is None or not len(e.choice.eps):
        return None
    away = float(slice_.outside[np.abs(np.log(e.choice.eps / eps)).argmin()])
    return f"{whole_percent(away)} of the points are in no cluster there." if away > MUCH_OUTSIDE else None


def _few_points(e: Evidence) -> str | None:
    n = e.choice.n
    return f"There are only {counted(n, 'point')}: a few more or less may change the number." if n < FEW_POINTS else None


def _at_an_end(e: Evidence) -> str | None:
    if e.k == 2:
        return "2 is the smallest number that can come out: that all points are one cluster is never an answer."
    size = e.choice.min_size
    most = int(e.choice.n / size) if size >= 1 else int(1 / size)
    if e.k > most / 2:
        least = counted(round(size), "point") if size >= 1 else f"{percent(size)} of the points"
        return f"Clusters of less than {least} are not counted, so more than {most} cannot come out: allow smaller ones and look again."
    return None


def _map(e: Evidence) -> str | None:
    name = MAPS.get(e.spec.space)
    return (
        f"A {name} map can tear a cluster apart or make one out of nothing: ask the points that the map was made of too."
        if name
        else None
    )


def _blurring(e: Evidence) -> str | None:
    blurred = e.spec.ascent is not None and e.spec.ascent.method == "blurring"
    return (
        "In a blurring climb all points meet in the end, so the number depends on the steps more than otherwise."
        if blurred
        else None
    )


def _one_model(e: Evidence) -> str | None:
    if e.spec.model is None or e.spec.space == "data":
        return None
    return "One trained model was looked at; another training gives other points, and may give another number."


DOUBTS = (
    _not_this_climb, _other_bandwidths, _only_after, _rival, _one_bandwidth, _late, _short, _votes_against, _not_tried, _limits, _outside, _few_points, _at_an_end, _map,
    _blurring, _one_model,
)  # fmt: skip


# --- words ----------------------------------------------------------------------------------------------------


def _longest(slice_: Slice, k: int) -> Plateau:
    return next(p for p in slice_.plateaus if p.n_clusters == k)


def _factor(plateau: Plateau) -> str:
    return f"a factor of {np.exp(plateau.log_length):.3g}" if np.isfinite(plateau.log_length) else "any factor"


def _steps(step: int) -> str:
    return counted(step, "step")


def at_the_time(e: Evidence, when: str) -> str:
    """When votes were asked, "before the climb " or "after the climb "; nothing where there is no climb."""
    return f"{when} the climb " if e.climbed else ""


def bandwidths_in_words(count: int) -> str:
    """So many bandwidths."""
    return counted(count, "bandwidth")
