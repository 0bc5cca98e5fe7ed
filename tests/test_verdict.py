"""The verdict: each certainty and each doubt comes from what was looked at, and says so in plain words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vaegc import AscentConfig, ClusterConfig, Dataset, Experiment, FamilySuggestion, Suggestion, choose
from vaegc.selection.choice import BandwidthCell, KSelection, Plateau, StepSweep
from vaegc.selection.verdict import make_verdict
from vaegc.selection.votes import METHODS

SPEC = Experiment(dataset="blobs", n=1000, model=None, ascent=AscentConfig(steps=20))
EPS = np.geomspace(0.01, 1, 256)
BANDWIDTHS, CELL_STEPS, STEPS = (0.01, 0.02, 0.04, 0.08), (0, 5, 10, 20), (0, 5, 10, 15, 20)


def suggestion(k: int | None, length: float = 2.0) -> Suggestion:
    return Suggestion(
        k, None if k is None else 0.1, length, None, f"{k} clusters hold." if k else "No readable plateau: none is long."
    )


def step_sweep_of(
    step: int, k: int | None, rival: tuple[int, float] | None = None, outside: float = 0.0, length: float = 2.0
) -> StepSweep:
    plateaus = [Plateau(k, 0.1 / np.exp(length / 2), 0.1 * np.exp(length / 2), length)] if k else []
    plateaus += [Plateau(rival[0], 0.5, 0.5 * np.exp(rival[1]), rival[1])] if rival else []
    return StepSweep(
        step, np.full(256, k or 0, np.int32), np.full(256, outside, np.float32), tuple(plateaus), suggestion(k, length)
    )


def votes_of(*numbers: int | None, at_most: int | None = None) -> tuple[dict[str, object], ...]:
    """Of plateau, knee, HDBSCAN, PLSCAN, silhouette, BIC and DBCV; `at_most` is that of silhouette and BIC."""
    tried = {"silhouette": at_most, "BIC": at_most}
    return tuple(
        {"method": m, "n_clusters": k, "reason": "", "given": "", "seconds": 0.0, "at_most": tried.get(m)}
        for m, k in zip(METHODS, numbers, strict=True)
    )


def family_of(k: int | None, support: int = 8) -> FamilySuggestion:
    return FamilySuggestion(k, None if k is None else 0.1, 2.0, None, f"{k} clusters hold in {support} of 12 slices.", 1, support)


def choice_of(
    by_step: dict[int, int | None],
    by_bandwidth: dict[float, int | None] | None,
    family: int | None,
    votes: tuple[int | None, ...],
    **changes: object,
) -> KSelection:
    """A choice with one number for each step, one for each bandwidth, and seven votes; what is left out is what a firm one has."""
    cells = tuple(
        BandwidthCell(h, s, suggestion(k if s else None), None) for h, k in (by_bandwidth or {}).items() for s in CELL_STEPS
    )
    made = KSelection(
        "key", 1000, 2, "the data (2-D)", 10, 0.01, 0.1, 0, 0.001, EPS, np.ones(512, np.float32),
        step_sweeps=tuple(step_sweep_of(s, k, (3, 0.2)) for s, k in by_step.items()), steps=tuple(by_step), frames={s: i for i, s in enumerate(by_step)},
        bandwidth_cells=cells, bandwidths=tuple(by_bandwidth or ()), own_bandwidth=0.04, cell_steps=CELL_STEPS if by_bandwidth else (),
        family_steps=(5, 10, 20) if by_bandwidth else (), votes={"before": votes_of(*votes), "after": votes_of(*votes)},
        family=family_of(family) if by_bandwidth else None,
    )  # fmt: skip
    return replace(made, **changes)


STEADY = dict.fromkeys(STEPS, 5)
ALL = dict.fromkeys(BANDWIDTHS, 5)
FIRM = choice_of(STEADY, ALL, 5, (5, 5, 5, 5, 5, 4, None))


def doubts(choice: KSelection, spec: Experiment = SPEC) -> str:
    return " ".join(make_verdict(choice, spec).doubts)


# --- how sure ------------------------------------------------------------------------------------------------------------


def test_firm_where_everything_agrees():
    verdict = make_verdict(FIRM, SPEC)
    assert (verdict.n_clusters, verdict.certainty) == (5, "firm")
    assert verdict.headline == "There are 5 clusters, as far as anything here can tell."
    assert verdict.reasons == (
        "The sweep after 20 steps shows 5 clusters while ε grows by a factor of 7.39; the next number, 3, by a factor of 1.22.",
        "The number stays 5 from step 0 to the end of the climb, step 20.",
        "Over all 4 bandwidths 5 has the most support: it holds for long in 8 of 12 pairs of bandwidth and step.",
        "The points say 5 before any climb too.",
        "Independent methods agree: 2 of 3 before the climb and 2 of 3 after the climb say 5; HDBSCAN and PLSCAN share a tree and count as "
        "one; plateau, k-distance knee and DBCV rest on the sweep itself and do not count.",
    )
    assert verdict.doubts == ()


def test_firm_without_a_plateau_before_the_climb_if_most_methods_agree():
    late = choice_of({**STEADY, 0: None}, ALL, 5, (6, 6, 5, 5, 5, 6, 6))
    assert make_verdict(late, SPEC).certainty == "firm"
    assert (
        make_verdict(
            replace(late, votes={"before": votes_of(*[6] * 7), "after": votes_of(6, 6, 5, 5, 5, None, 6)}), SPEC
        ).certainty
        == "likely"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"by_step": {0: None, 5: None, 10: None, 15: None, 20: 5}},  # the number is new
        {"by_bandwidth": {0.01: 9, 0.02: 7, 0.04: 5, 0.08: 3}},  # of one bandwidth only
        {"votes": (5, 6, 6, 6, 6, None, None)},  # outvoted
    ],
    ids=["late", "one bandwidth", "outvoted"],
)
def test_likely_where_one_thing_is_missing(changes):
    given = {"by_step": STEADY, "by_bandwidth": ALL, "family": 5, "votes": (5, 5, 5, 5, 5, 4, None)} | changes
    verdict = make_verdict(choice_of(**given), SPEC)
    assert (verdict.certainty, verdict.headline) == ("likely", "Probably 5 clusters.")
    assert verdict.doubts


def test_firm_where_the_points_say_it_and_a_long_climb_has_crumbled_them():
    crumbled = choice_of({**STEADY, 20: None}, ALL, 5, (5, 5, 5, 5, 5, 4, None))
    crumbled = replace(crumbled, votes={**crumbled.votes, "after": votes_of(None, 4, 9, 5, 4, 9, 5)})
    verdict = make_verdict(crumbled, SPEC)
    assert verdict.certainty == "firm"
    assert "4 of 5 steps that were looked at say 5." in verdict.reasons
    assert "After your own climb no number can be read; 5 comes from the other bandwidths." in verdict.doubts


@pytest.mark.parametrize("space", ["tsne", "umap"])
def test_never_firm_on_a_map(space):
    verdict = make_verdict(FIRM, replace(SPEC, space=space))
    assert verdict.certainty == "likely"
    assert "can tear a cluster apart or make one out of nothing" in " ".join(verdict.doubts)


@pytest.mark.parametrize(
    ("changes", "k", "headline"),
    [
        (
            {"by_step": {**STEADY, 20: 4}, "family": 6},
            6,
            "Undecided: the bandwidths together say 6, your own climb says 4.",
        ),  # the climb and the family say different numbers
        ({"family": None}, 5, "Undecided: this climb says 5, but no number holds over other bandwidths."),  # the family says none
        (
            {"by_step": {**STEADY, 0: 4}},
            5,
            "Perhaps 5 clusters, but what was looked at does not agree.",
        ),  # before the climb it is another
        (
            {"by_step": {0: 5, 5: None, 10: None, 15: None, 20: None}, "family": None},
            5,
            "Undecided: the points before the climb say 5, but no number holds after climbs.",
        ),  # before the climb only
    ],
    ids=["two numbers", "no family", "another before", "only before"],
)
def test_open_where_there_is_no_agreement(changes, k, headline):
    given = {"by_step": STEADY, "by_bandwidth": ALL, "family": 5, "votes": (5, 4, 4, 4, None, None, None)} | changes
    verdict = make_verdict(choice_of(**given), SPEC)
    assert (verdict.n_clusters, verdict.certainty) == (k, "open")
    assert verdict.headline == headline


def test_none_where_nothing_can_be_read():
    verdict = make_verdict(
        choice_of(dict.fromkeys(STEPS, None), dict.fromkeys(BANDWIDTHS, None), None, (None, 3, 3, 3, 2, 3, None)), SPEC
    )
    assert (verdict.n_clusters, verdict.certainty) == (None, "none")
    assert verdict.headline == "No number of clusters can be believed here."
    assert [reason.split(":")[0] for reason in verdict.reasons] == ["Before the climb", "After it", "Over 4 bandwidths"]
    assert verdict.doubts[0].startswith(
        "2 of 3 independent methods say 3 before the climb all the same, and some of them always name a number; HDBSCAN and PLSCAN share"
    )


def test_without_a_climb_the_votes_decide_how_sure():
    alone = choice_of({0: 5}, None, None, (5, 5, 5, None, 5, None, None), why_no_bandwidths="Nothing climbs here.")
    assert make_verdict(alone, replace(SPEC, ascent=None)).certainty == "likely"
    assert (
        make_verdict(replace(alone, votes={"before": votes_of(5, *[None] * 6)}), replace(SPEC, ascent=None)).certainty == "open"
    )
    empty = make_verdict(choice_of({0: None}, None, None, (None,) * 7), replace(SPEC, ascent=None))
    assert empty.certainty == "none"
    assert "Nothing has climbed yet" in empty.doubts[-1]


def test_without_bandwidths_the_steps_and_votes_decide():
    fixed = choice_of(
        STEADY, None, None, (5, 5, 5, None, 5, None, None), why_no_bandwidths="All points have one fixed bandwidth."
    )
    assert make_verdict(fixed, SPEC).certainty == "likely"
    assert "Other bandwidths were not looked at. All points have one fixed bandwidth." in make_verdict(fixed, SPEC).doubts
    assert make_verdict(replace(fixed, votes={"after": votes_of(5, *[4] * 6)}), SPEC).certainty == "open"


# --- each doubt ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"by_step": {**STEADY, 0: None}}, "Before the climb no number can be read: the answer rests on the climb, which can also gather"),
        ({"by_step": {**STEADY, 0: 4}}, "Before the climb the same points say 4, not 5."),
        ({"by_step": {**STEADY, 20: None}}, "After your own climb no number can be read; 5 comes from the other bandwidths."),
        ({"by_step": {**STEADY, 20: 7}}, "After your own climb the sweep says 7; 5 comes from the other bandwidths."),
        ({"by_bandwidth": {0.01: 28, 0.02: 14, 0.04: 9, 0.08: 3}, "family": None}, "as it grows, the number goes from 28 to 3. 5 may be an effect"),
        ({"by_bandwidth": {0.01: 9, 0.02: 7, 0.04: 5, 0.08: 3}}, "Only the bandwidth of 4 % says 5 by itself, of 4."),
        ({"by_bandwidth": {0.01: 9, 0.02: 7, 0.04: 6, 0.08: 3}}, "No bandwidth says 5 by itself, of 4."),
        ({"by_bandwidth": {0.01: 5, 0.02: 5, 0.04: 6, 0.08: 6}}, "Of 12 pairs of bandwidth and step 6 say 6, 6 say 5."),
        ({"by_step": {0: 5, 5: 8, 10: 8, 15: 5, 20: 5}}, "The number changes on the way: after 10 steps it is 8."),
        ({"by_step": {0: None, 5: None, 10: None, 15: 5, 20: 5}}, "The number can be read from step 15 only; more steps may change it again."),
        ({"votes": (5, 4, 6, 5, None, 5, 4)}, "Only 1 of 3 independent methods says 5: HDBSCAN 6 and PLSCAN 5, silhouette cannot tell; HDBSCAN and PLSCAN share a tree"),
        ({"votes": (1, 2, 3, 4, 1, 2, None)}, "None of 3 independent methods says 5: HDBSCAN 3 and PLSCAN 4, silhouette 1, BIC 2; HDBSCAN"),
        ({"votes": (5, 5, 4, None, 4, 5, 5)}, "2 of 3 independent methods say 4 before the climb: HDBSCAN 4 and PLSCAN cannot tell, silhouette 4, BIC 5; "),
    ],
)  # fmt: skip
def test_each_doubt(changes, sentence):
    given = {"by_step": STEADY, "by_bandwidth": ALL, "family": 5, "votes": (5, 5, 5, 5, 5, 4, None)} | changes
    assert sentence in doubts(choice_of(**given))
    assert sentence not in doubts(FIRM)


def test_methods_that_share_what_they_rest_on_are_one_piece_of_evidence():
    sweep_only = choice_of(STEADY, ALL, 5, (5, 5, 4, 9, 7, 6, 5))
    assert make_verdict(sweep_only, SPEC).certainty == "likely"  # plateau, knee and DBCV are the same sweep three times
    climbs_only = choice_of({**STEADY, 0: None}, ALL, 5, (5, 5, 4, 9, 5, 6, 5))
    assert make_verdict(climbs_only, SPEC).certainty == "open"  # climbs of one kernel are no second opinion on one another
    one_tree = choice_of({0: 5}, None, None, (5, 5, 5, 5, 4, 6, 5), why_no_bandwidths="Nothing climbs here.")
    assert make_verdict(one_tree, replace(SPEC, ascent=None)).certainty == "open"  # HDBSCAN and PLSCAN are one tree
    assert make_verdict(choice_of(STEADY, ALL, 5, (None, 9, 5, None, 5, 7, 9)), SPEC).certainty == "firm"


def test_what_was_not_tried_is_no_vote_against_it():
    many = choice_of(dict.fromkeys(STEPS, 40), dict.fromkeys(BANDWIDTHS, 40), 40, (40,) * 7)
    silent = replace(many, votes={when: votes_of(40, 40, 40, 40, 20, 20, 40, at_most=20) for when in ("before", "after")})
    said = doubts(silent)
    assert "Some methods did not try as many as 40, and say nothing of it: silhouette up to 20, BIC up to 20." in said
    assert "methods say 20" not in said
    outvoted = replace(many, votes={when: votes_of(40, 40, 40, 40, 20, 20, 40, at_most=60) for when in ("before", "after")})
    assert "2 of 3 independent methods say 20 before the climb" in doubts(outvoted)


def test_limits_that_decided_the_reading_are_doubts():
    limit = "Clusters under 1 % of the points (10) are not counted; with them, 9 clusters hold while ε grows by a factor of 9.00."
    limited = replace(
        FIRM,
        step_sweeps=(
            *FIRM.step_sweeps[:-1],
            replace(FIRM.step_sweeps[-1], suggestion=replace(FIRM.step_sweeps[-1].suggestion, limits=(limit,))),
        ),
    )
    assert limit in make_verdict(limited, SPEC).doubts


def test_a_rival_is_named():
    near = replace(FIRM, step_sweeps=tuple(step_sweep_of(s, 5, (7, 1.2)) for s in STEPS))
    assert "A rival: 7 clusters hold while ε grows by a factor of 3.32." in doubts(near)
    assert "rival" not in doubts(replace(FIRM, step_sweeps=tuple(step_sweep_of(s, 5, (7, 0.9)) for s in STEPS)))


def test_points_in_no_cluster_are_counted_where_the_answer_is_read():
    assert "8 % of the points are in no cluster there." in doubts(
        replace(FIRM, step_sweeps=tuple(step_sweep_of(s, 5, outside=0.08) for s in STEPS))
    )


def test_a_short_climb_is_said():
    short = choice_of({0: 5, 1: 5}, ALL, 5, (5,) * 7)
    assert "The climb is short: more than 1 step may give another number." in doubts(short)
    assert "short" not in doubts(FIRM)
    assert "short" not in doubts(choice_of({0: 5}, None, None, (5,) * 7), replace(SPEC, ascent=None))


def test_few_points_are_said():
    assert "There are only 120 points" in doubts(replace(FIRM, n=120))


@pytest.mark.parametrize(
    ("k", "size", "sentence"),
    [
        (2, 0.01, "2 is the smallest number that can come out"),
        (60, 0.01, "Clusters of less than 1 % of the points are not counted, so more than 100 cannot come out"),
        (60, 10, "Clusters of less than 10 points are not counted, so more than 100 cannot come out"),
    ],
)
def test_a_number_at_an_end_of_the_range_is_said(k, size, sentence):
    assert sentence in doubts(choice_of(dict.fromkeys(STEPS, k), dict.fromkeys(BANDWIDTHS, k), k, (k,) * 7, min_size=size))


def test_a_blurring_climb_is_said():
    assert "all points meet in the end" in doubts(FIRM, replace(SPEC, ascent=AscentConfig(method="blurring")))


def test_one_model_is_said_where_there_is_one():
    assert "One trained model was looked at" in doubts(FIRM, Experiment())
    assert "One trained model" not in doubts(FIRM, Experiment(space="data"))


def test_words_a_person_reads_are_sentences():
    for choice in (FIRM, choice_of(STEADY, ALL, None, (None,) * 7), choice_of(dict.fromkeys(STEPS, None), ALL, None, (3,) * 7)):
        verdict = make_verdict(choice, Experiment(space="umap"))
        for sentence in (verdict.headline, *verdict.reasons, *verdict.doubts):
            assert sentence[0].isupper() or sentence[0].isdigit()
            assert sentence.endswith(".")
            assert "None" not in sentence.split(" of ")[0] or sentence.startswith("None of")


# --- real points ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "k", "certainties"),
    [
        (lambda rng: rng.normal(size=(500, 2)) + 9 * np.eye(2)[rng.integers(0, 2, 500)] * [[1, 1]], 2, {"firm"}),
        (
            lambda rng: rng.normal(size=(600, 2)) / 4 + np.array([[0, 0], [5, 0], [0, 5], [5, 5]])[rng.integers(0, 4, 600)],
            4,
            {"firm"},
        ),
    ],
    ids=["two", "four"],
)
def test_real_points(make, k, certainties):
    x = make(np.random.default_rng(0))
    verdict = choose(Experiment(dataset=Dataset(x), model=None, clustering=ClusterConfig())).verdict
    assert verdict.n_clusters == k
    assert verdict.certainty in certainties


@pytest.mark.parametrize(
    "make", [lambda rng: rng.normal(size=(400, 3)), lambda rng: rng.uniform(size=(400, 2))], ids=["Gaussian", "square"]
)
def test_points_without_clusters_are_never_called_clusters_with_any_certainty(make):
    verdict = choose(Experiment(dataset=Dataset(make(np.random.default_rng(0))), model=None)).verdict
    assert verdict.certainty in {"open", "none"}
    assert any(sentence.startswith("Before the climb") for sentence in (*verdict.doubts, *verdict.reasons))
