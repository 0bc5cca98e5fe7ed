"""Arguments for and against a number of clusters, a sentence each; an argument that does not apply is None."""

from __future__ import annotations

import numpy as np

from vaegc.selection.choice import Plateau, StepSweep
from vaegc.selection.evidence import Evidence
from vaegc.wording import cluster_size, counted, percent, whole_percent

RIVAL_LENGTH = 0.5  # share of the plateau's length from which a plateau of another number is a rival
MAX_OUTSIDE = 0.05  # share of the points in no cluster, above which it is said
FEW_POINTS = 500  # below, it is said
SHORT_CLIMB = 20  # steps of the longest climb that the family's rule was set on
LATE_STEPS = 2 / 3  # share of the steps, after which a number that shows only then is late
DEPENDENCE_NOTE = "HDBSCAN and PLSCAN share a tree and count as one; plateau, k-distance knee and DBCV rest on the sweep itself and do not count"
NONLINEAR_MAPS = {"tsne": "t-SNE", "umap": "UMAP"}


# --- supporting ---------------------------------------------------------------------------------------------------


def _plateau_length(evidence: Evidence) -> str | None:
    sweep = evidence.best_sweep
    if sweep is None:
        return None
    other = evidence.runner_up
    rest = f"; the next number, {other.n_clusters}, by {_factor(other)}" if other else ""
    when = "" if not evidence.climbed else " before the climb" if sweep.step == 0 else f" after {_steps(sweep.step)}"
    return f"The sweep{when} shows {evidence.k} clusters while ε grows by {_factor(_longest(sweep, evidence.k))}{rest}."


def _stable_over_steps(evidence: Evidence) -> str | None:
    if not evidence.climbed or evidence.stable_since == evidence.choice.steps[-1]:
        return None
    if evidence.stable_since is None:
        says = sum(s.suggestion.n_clusters == evidence.k for s in evidence.choice.step_sweeps)
        return f"{says} of {len(evidence.choice.step_sweeps)} steps that were looked at say {evidence.k}." if says > 1 else None
    return f"The number stays {evidence.k} from step {evidence.stable_since} to the end of the climb, step {evidence.choice.steps[-1]}."


def _stable_over_bandwidths(evidence: Evidence) -> str | None:
    family = evidence.choice.family
    if family is None or family.n_clusters != evidence.k:
        return None
    support = f"it holds for long in {family.support} of {evidence.cell_counts.total()} pairs of bandwidth and step"
    return f"Over all {counted(len(evidence.choice.bandwidths), 'bandwidth')} {evidence.k} has the most support: {support}."


def _same_before_climb(evidence: Evidence) -> str | None:
    return f"The points say {evidence.k} before any climb too." if evidence.climbed and evidence.before == evidence.k else None


def _methods_agree(evidence: Evidence) -> str | None:
    if not evidence.majority_agrees:
        return None
    k = evidence.k
    shares = [
        f"{votes[k]} of {votes.total()} {when_in_words(evidence, when)}".rstrip() for when, votes in evidence.group_votes.items()
    ]
    return f"Independent methods agree: {' and '.join(shares)} say {evidence.k}; {DEPENDENCE_NOTE}."


SUPPORTING = (_plateau_length, _stable_over_steps, _stable_over_bandwidths, _same_before_climb, _methods_agree)


# --- caveats -----------------------------------------------------------------------------------------------


def _differs_before_climb(evidence: Evidence) -> str | None:
    if not evidence.climbed or evidence.before == evidence.k:
        return None
    if evidence.before is not None:
        return f"Before the climb the same points say {evidence.before}, not {evidence.k}."
    return "Before the climb no number can be read: the answer rests on the climb, which can also gather points that have no clusters."


def _differs_after_climb(evidence: Evidence) -> str | None:
    if not evidence.climbed or evidence.after == evidence.k:
        return None
    says = "no number can be read" if evidence.after is None else f"the sweep says {evidence.after}"
    return f"After your own climb {says}; {evidence.k} comes from {'the other bandwidths' if evidence.family == evidence.k else 'the points before it'}."


def _rival_plateau(evidence: Evidence) -> str | None:
    other, sweep = evidence.runner_up, evidence.best_sweep
    if other is None or sweep is None or other.log_length < RIVAL_LENGTH * _longest(sweep, evidence.k).log_length:
        return None
    return f"A rival: {other.n_clusters} clusters hold while ε grows by {_factor(other)}."


def _differs_over_bandwidths(evidence: Evidence) -> str | None:
    n_bandwidths = len(evidence.choice.bandwidths)
    if n_bandwidths < 2:
        return None
    if evidence.family is None:
        said = [c.suggestion.n_clusters for c in evidence.choice.bandwidth_cells if c.step == evidence.choice.family_steps[-1]]
        named = [n for n in said if n is not None]
        goes = f": as it grows, the number goes from {named[0]} to {named[-1]}" if len(set(named)) > 1 else ""
        return f"No number has enough support over all {counted(n_bandwidths, 'bandwidth')}{goes}. {evidence.k} may be an effect of this one."
    if len(evidence.agreeing_bandwidths) <= 1:
        only = (
            f"Only the bandwidth of {percent(evidence.agreeing_bandwidths[0], 2)} says {evidence.k} by itself"
            if evidence.agreeing_bandwidths
            else f"No bandwidth says {evidence.k} by itself"
        )
        return f"{only}, of {n_bandwidths}."
    others = [(count, n) for n, count in evidence.cell_counts.items() if n is not None and n != evidence.k]
    if others and 2 * max(others)[0] >= evidence.cell_counts[evidence.k]:
        count, n = max(others)
        return f"Of {evidence.cell_counts.total()} pairs of bandwidth and step {count} say {n}, {evidence.cell_counts[evidence.k]} say {evidence.k}."
    return None


def _bandwidths_not_compared(evidence: Evidence) -> str | None:
    if evidence.climbed and not evidence.choice.bandwidths:
        return f"Other bandwidths were not looked at. {evidence.choice.why_no_bandwidths}"
    return None


def _changes_over_steps(evidence: Evidence) -> str | None:
    if not evidence.climbed or evidence.after != evidence.k or evidence.stable_since is None:
        return None
    before = [s for s in evidence.choice.step_sweeps if s.step < evidence.stable_since]
    others = [s for s in before if s.suggestion.n_clusters not in (None, evidence.k)]
    if others:
        return f"The number changes on the way: after {_steps(others[-1].step)} it is {others[-1].suggestion.n_clusters}."
    if evidence.stable_since > LATE_STEPS * evidence.choice.steps[-1]:
        return f"The number can be read from step {evidence.stable_since} only; more steps may change it again."
    return None


def _short_climb(evidence: Evidence) -> str | None:
    last = evidence.choice.steps[-1]
    return f"The climb is short: more than {_steps(last)} may give another number." if 0 < last < SHORT_CLIMB else None


def _methods_differ(evidence: Evidence) -> str | None:
    if evidence.outvoted is not None:
        when, count, n = evidence.outvoted
        answers = ", ".join(group.description for group in evidence.groups[when] if group.could_name(evidence.k))
        said = f"{count} of {evidence.group_votes[when].total()} independent methods say {n} {when_in_words(evidence, when)}".rstrip()
        return f"{said}: {answers}; {DEPENDENCE_NOTE}."
    when = "after" if evidence.climbed else "before"
    if evidence.majority_agrees or not evidence.group_votes.get(when):
        return None
    able = [group for group in evidence.groups[when] if group.could_name(evidence.k)]
    others = ", ".join(group.description for group in able if group.answer != evidence.k)
    agree = evidence.group_votes[when][evidence.k]
    few = f"Only {agree}" if agree else "None"
    verb = "says" if agree <= 1 else "say"
    return f"{few} of {len(able)} independent methods {verb} {evidence.k}{': ' + others if others else ''}; {DEPENDENCE_NOTE}."


def _number_not_tried(evidence: Evidence) -> str | None:
    silent_groups = [group for groups in evidence.groups.values() for group in groups if not group.could_name(evidence.k)]
    silent = {method: group.max_clusters for group in silent_groups for method in group.methods}
    if not silent:
        return None
    words = ", ".join(f"{method} up to {most:,}" for method, most in silent.items())
    return f"Some methods did not try as many as {evidence.k}, and say nothing of it: {words}."


def _limits_of_sweep(evidence: Evidence) -> str | None:
    sweep = evidence.best_sweep or evidence.choice.step_sweeps[-1]
    return " ".join(sweep.suggestion.limits) or None


def _points_outside(evidence: Evidence) -> str | None:
    sweep = evidence.best_sweep
    eps = None if sweep is None else sweep.suggestion.eps
    if sweep is None or eps is None or not len(evidence.choice.eps):
        return None
    away = float(sweep.outside_share[np.abs(np.log(evidence.choice.eps / eps)).argmin()])
    return f"{whole_percent(away)} of the points are in no cluster there." if away > MAX_OUTSIDE else None


def _few_points(evidence: Evidence) -> str | None:
    n = evidence.choice.n
    return f"There are only {counted(n, 'point')}: a few more or less may change the number." if n < FEW_POINTS else None


def _end_of_range(evidence: Evidence) -> str | None:
    if evidence.k == 2:
        return "2 is the smallest number that can come out: that all points are one cluster is never an answer."
    size = evidence.choice.min_size
    most = int(evidence.choice.n / size) if size >= 1 else int(1 / size)
    if evidence.k > most / 2:
        return f"Clusters of less than {cluster_size(size)} are not counted, so more than {most} cannot come out: allow smaller ones and look again."
    return None


def _nonlinear_map(evidence: Evidence) -> str | None:
    name = NONLINEAR_MAPS.get(evidence.spec.space)
    return (
        f"A {name} map can tear a cluster apart or make one out of nothing: ask the points that the map was made of too."
        if name
        else None
    )


def _blurring_climb(evidence: Evidence) -> str | None:
    blurred = evidence.spec.ascent is not None and evidence.spec.ascent.method == "blurring"
    return (
        "In a blurring climb all points meet in the end, so the number depends on the steps more than otherwise."
        if blurred
        else None
    )


def _single_model(evidence: Evidence) -> str | None:
    if evidence.spec.model is None or evidence.spec.space == "data":
        return None
    return "One trained model was looked at; another training gives other points, and may give another number."


CAVEATS = (
    _differs_after_climb, _differs_over_bandwidths, _differs_before_climb, _rival_plateau, _bandwidths_not_compared,
    _changes_over_steps, _short_climb, _methods_differ, _number_not_tried, _limits_of_sweep, _points_outside, _few_points,
    _end_of_range, _nonlinear_map, _blurring_climb, _single_model,
)  # fmt: skip


# --- words ----------------------------------------------------------------------------------------------------


def _longest(sweep: StepSweep, k: int) -> Plateau:
    return next(p for p in sweep.plateaus if p.n_clusters == k)


def _factor(plateau: Plateau) -> str:
    return f"a factor of {np.exp(plateau.log_length):.3g}" if np.isfinite(plateau.log_length) else "any factor"


def _steps(step: int) -> str:
    return counted(step, "step")


def when_in_words(evidence: Evidence, when: str) -> str:
    """When votes were taken, "before the climb " or "after the climb "; empty where there is no climb."""
    return f"{when} the climb " if evidence.climbed else ""
