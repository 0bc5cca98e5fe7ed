"""Votes for the number of clusters: each method on points whose answer is known, and no label ever reaching one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vaegc import BadInput, EpsilonSweep, load_dataset, score, suggest_family, vote
from vaegc.selection._mixture_search import search_best
from vaegc.selection.votes import METHOD_GROUPS, METHODS

COLUMNS = ["method", "n_clusters", "reason", "given", "seconds", "at_most"]


def three(n: int = 90, d: int = 2, apart: float = 20.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    y = np.arange(n) % 3
    points = np.random.default_rng(seed).standard_normal((n, d))
    points[:, 0] += apart * y
    points[:, -1] += apart * (y == 1)
    return points, y


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    points, y = three(240)
    return vote(points, y, min_samples=5)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_three_clusters_that_lie_far_apart(table, method):
    row = table.set_index("method").loc[method]
    assert row["n_clusters"] == 3, row["reason"]
    assert row["acc"] > 0.85
    assert row["reason"].endswith(".")
    assert row["given"]
    assert row["seconds"] >= 0


@pytest.mark.slow
def test_the_table_has_a_row_for_each_method_in_order(table):
    assert table["method"].tolist() == list(METHODS)
    assert list(table.columns) == [*COLUMNS, "acc", "nmi", "ari"]


@pytest.mark.slow
def test_true_classes_change_nothing_but_the_scores():
    points, y = three(120, apart=6.0)
    wrong = np.random.default_rng(1).integers(0, 7, len(points))
    tables = [vote(points, labels, min_samples=5, max_clusters=6) for labels in (None, y, wrong)]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(
            other[["method", "n_clusters", "reason", "given"]], tables[0][["method", "n_clusters", "reason", "given"]]
        )
    assert list(tables[0].columns) == COLUMNS
    assert (tables[1]["acc"].dropna() >= tables[2]["acc"].dropna()).all()


def test_the_plateaus_row_is_the_sweeps_own_suggestion_and_its_labels_are_scored():
    points, y = three()
    sweep = EpsilonSweep(min_samples=5, eps_floor=0.01).fit(points)
    row = vote(points, y, sweep=sweep, methods=("plateau",)).iloc[0]
    found = sweep.suggest()
    assert (row["n_clusters"], row["reason"]) == (found.n_clusters, found.reason)
    assert row["acc"] == score(y, sweep.labels_at(found.eps)).acc
    assert "min_samples 5" in row["given"]


def test_the_knee_is_where_the_curve_of_distances_is_furthest_below_its_chord():
    # 50 points a step apart, then 5 lone ones: the sorted distances are flat, then rise; the knee is the last of the flat part.
    points = np.concatenate([np.arange(50.0), 100 + 40 * np.arange(5.0)])[:, None]
    row = vote(points, methods=("k-distance knee",), min_samples=2).iloc[0]
    assert (row["n_clusters"], "ε = 1," in row["reason"], "9 % of the points" in row["reason"]) == (1, True, True)


def test_dbcv_is_asked_about_the_numbers_that_have_a_plateau_only():
    points, _ = three()
    row = vote(points, methods=("DBCV",), min_samples=5).iloc[0]
    plateaus = EpsilonSweep(5).fit(points).plateaus()
    assert row["given"].startswith(f"{plateaus['n_clusters'].nunique()} numbers that have a plateau")
    assert row["n_clusters"] in set(plateaus["n_clusters"])


def test_a_method_that_cannot_tell_says_why():
    equal_steps = np.arange(40.0)[:, None]
    told = vote(equal_steps, methods=("plateau", "k-distance knee", "DBCV"), min_samples=2).set_index("method")
    assert told["n_clusters"].isna().all()
    assert told.loc["plateau", "reason"].startswith("No readable plateau")
    assert "no knee" in told.loc["k-distance knee", "reason"]
    assert "no plateau" in told.loc["DBCV", "reason"]
    few = vote([[0.0], [1.0]], methods=("silhouette",)).iloc[0]
    assert pd.isna(few["n_clusters"])
    assert "too few" in few["reason"]


SAID = ["n_clusters", "acc"]
UNITS = [2.0**-90, 1e-30, 1e-20, 1e30, 1e170]
GRID = 2.0**-20  # coordinates on a grid: a shift by up to 1e9 rounds nothing


@pytest.fixture(scope="module")
def as_it_is() -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    points, y = three(120, apart=8.0)
    points = np.round(points / GRID) * GRID
    return points, y, vote(points, y, min_samples=5, max_clusters=6)


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_no_vote_depends_on_the_unit(as_it_is, unit):
    points, y, plain = as_it_is
    pd.testing.assert_frame_equal(vote(points * unit, y, min_samples=5, max_clusters=6)[SAID], plain[SAID])


@pytest.mark.slow
@pytest.mark.parametrize("shift", [1.0, 1e3, 1e8, 1e9])
def test_no_vote_depends_on_the_place(as_it_is, shift):
    points, y, plain = as_it_is
    moved = vote(points + shift * np.array([1.0, -1.0]), y, min_samples=5, max_clusters=6)
    pd.testing.assert_frame_equal(moved[SAID], plain[SAID])


@pytest.mark.slow
def test_no_vote_depends_on_the_order(as_it_is):
    points, y, plain = as_it_is
    order = np.random.default_rng(2).permutation(len(points))
    moved = vote(points[order], y[order], min_samples=5, max_clusters=6)
    pd.testing.assert_series_equal(moved["n_clusters"], plain["n_clusters"])


@pytest.mark.slow
def test_one_wild_row_changes_the_number_by_itself_at_most():
    points, _ = three(120)
    moved = vote(np.vstack([points, [[1e6, 1e6]]]), min_samples=5).set_index("method")["n_clusters"]
    assert moved[["plateau", "HDBSCAN", "PLSCAN", "DBCV"]].tolist() == [3, 3, 3, 3]
    assert moved["BIC"] in (3, 4)


@pytest.mark.parametrize("jitter", [0.0, 1e-8], ids=["exact", "rounded"])
@pytest.mark.parametrize("many", [2, 3, 7])
def test_points_in_a_few_places_are_as_many_clusters(many, jitter):
    rng = np.random.default_rng(many)
    points = np.repeat(rng.standard_normal((many, 2)), 40, axis=0)
    points += jitter * rng.standard_normal(points.shape)
    told = vote(points, methods=("silhouette", "BIC")).set_index("method")
    assert told["n_clusters"].tolist() == [many, many]
    assert "has the best mean silhouette, 1.000; it" in told.loc["silhouette", "reason"]


@pytest.mark.slow
@pytest.mark.parametrize("jitter", [0.0, 1e-8], ids=["exact", "rounded"])
def test_trees_of_densities_see_places_too(jitter):
    rng = np.random.default_rng(0)
    points = rng.standard_normal((3, 2))[np.arange(120) % 3] + jitter * rng.standard_normal((120, 2))
    assert vote(points, methods=("HDBSCAN", "PLSCAN", "DBCV"))["n_clusters"].tolist() == [3, 3, 3]


def test_more_than_twenty_clusters_can_be_named():
    centres = np.stack(np.meshgrid(np.arange(6), np.arange(5)), -1).reshape(-1, 2) * 10.0
    points = np.repeat(centres, 12, axis=0) + np.random.default_rng(0).normal(0, 0.6, (360, 2))
    told = vote(points, methods=("silhouette", "BIC")).set_index("method")
    assert told["n_clusters"].tolist() == [30, 30]
    assert told.loc["silhouette", "given"] == "K from 2 to 36, beyond 20 in steps, all 360 points"
    assert told["at_most"].tolist() == [36, 36]


@pytest.mark.parametrize("at", [3, 20, 21, 25, 33, 60, 119, 200])
def test_a_search_finds_the_best_of_numbers_that_rise_and_fall(at):
    asked = []
    found = search_best(lambda k: (asked.append(k) or -abs(np.log(k / at)), f"made of {k}"), 2, 200)
    assert found is not None
    assert (found[0], found[2], found[3]) == (at, f"made of {at}", 200)
    assert len(asked) == len(set(asked)) < 50


def test_a_search_without_patience_ends_where_nothing_is_gained():
    assert search_best(lambda k: (-k, None), 2, 200, patient=False)[3] == 49
    assert search_best(lambda k: (k, None), 2, 200, patient=False)[0] == 200
    assert search_best(lambda k: (k, None), 2, 1) is None


def test_the_largest_number_that_was_tried_is_told():
    capped = vote(three()[0], methods=("silhouette", "BIC"), max_clusters=2)
    assert capped["at_most"].tolist() == [2, 2]
    for reason in capped["reason"]:
        assert "(the largest number that was tried: there may be more)" in reason


@pytest.mark.slow
def test_hdbscan_says_what_its_smallest_cluster_hides():
    centres = np.stack(np.meshgrid(np.arange(12), np.arange(10)), -1).reshape(-1, 2) * 10.0
    points = np.repeat(centres, 30, axis=0) + np.random.default_rng(0).normal(0, 0.6, (3600, 2))
    row = vote(points, methods=("HDBSCAN",)).iloc[0]
    assert row["reason"].endswith("Clusters under 36 points are not counted; with those of 10 or more it finds 120.")
    assert row["at_most"] == 100


def test_a_share_under_one_in_a_hundred_is_told_as_it_is():
    points, _ = three(240)
    assert (
        vote(points, methods=("plateau",), min_size=0.005)["given"][0]
        == "min_samples 10, clusters of at least 0.5 % of the points"
    )


def test_classes_may_be_names_even_as_bytes():
    points, y = three()
    plain, named, raw = (
        vote(points, labels, methods=("plateau",))
        for labels in (y, np.array(["a", "b", "c"])[y], np.array([b"a", b"b", b"c"])[y])
    )
    pd.testing.assert_frame_equal(named.drop(columns="seconds"), plain.drop(columns="seconds"))
    pd.testing.assert_frame_equal(raw.drop(columns="seconds"), plain.drop(columns="seconds"))


def test_every_method_rests_on_one_thing_and_the_counts_agree():
    assert sorted(m for methods in METHOD_GROUPS.values() for m in methods) == sorted(METHODS)
    (reason,) = vote(np.random.default_rng(0).normal(size=(200, 2)), methods=("BIC",))["reason"]
    assert reason.startswith("A mixture of 1 Gaussian has the best BIC")


def test_large_inputs_are_subsampled_by_seed_and_the_table_says_so(monkeypatch):
    monkeypatch.setattr("vaegc.selection._vote_methods.MAX_SILHOUETTE_POINTS", 60)
    points, y = three()
    rows = [vote(points, y, methods=("silhouette",), max_clusters=4, seed=seed).iloc[0] for seed in (3, 3)]
    assert rows[0]["given"] == "K from 2 to 4, 60 of 90 points (seed 3)"
    assert rows[0]["n_clusters"] == rows[1]["n_clusters"] == 3
    assert rows[0]["acc"] == 1.0  # all points are labelled, drawn or not


def test_a_callback_hears_of_every_method_and_can_stop():
    points, _ = three()
    seen = []
    asked = ("plateau", "k-distance knee", "DBCV")
    vote(points, methods=asked, callback=lambda p: seen.append((p.message, p.done, p.total)))
    assert seen == [(f"Asking {name}", i, 3) for i, name in enumerate(asked)]
    part = vote(points, methods=asked, callback=lambda p: p.done == 1)
    assert part["method"].tolist() == ["plateau"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"methods": ("gap",)}, "methods must be one of"),
        ({"y": [0, 1]}, "There must be one label per point: 90 points, true classes"),
        ({"max_clusters": 1}, "max_clusters must be a whole number"),
        ({"sweep": EpsilonSweep(2).fit([[0.0], [1.0], [2.0]])}, "fitted to other points"),
        ({"min_size": 0}, "min_size"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, words):
    with pytest.raises(BadInput, match=words):
        vote(three()[0], **arguments)


def test_equal_points_have_nothing_to_vote_on():
    with pytest.raises(BadInput, match="nothing to separate"):
        vote(np.ones((9, 2)))


# --- several slices together -----------------------------------------------------------------------------------------


def slices(*gaps: tuple[float, ...], samples: int = 1) -> list[EpsilonSweep]:
    """Sweeps of points on a line, each given by the distances between them."""
    return [EpsilonSweep(samples, eps_floor=0.9).fit(np.cumsum([0.0, *gap])[:, None]) for gap in gaps]


TWO = (1, 1, 8, 1)  # pairs at 1, then 8: two clusters from 1 to 8
THREE = (1, 8, 1, 8)  # three clusters from 1 to 8
CRUMBS = (1, 1.1, 1.2, 1.3)


def test_the_number_that_is_readable_in_most_slices_wins():
    found = suggest_family(slices(TWO, THREE, THREE), min_size=1, max_noise=1.0)
    assert (found.n_clusters, found.runner_up, found.support) == (3, 2, 2)
    assert found.sweep_index in (1, 2)
    assert found.reason == "3 clusters hold in 2 of 3 slices; the next, 2 clusters, in 1."
    sweep = slices(THREE)[0]
    assert sweep.n_clusters_at(found.eps) == 3
    assert found.log_length == pytest.approx(np.log(8))


def test_of_equal_lengths_the_larger_number_wins_since_it_lasts_shorter_by_nature():
    assert suggest_family(slices(TWO, THREE), min_size=1, max_noise=1.0).n_clusters == 3


def test_beyond_the_cap_a_longer_plateau_gives_no_more():
    long_two = (1, 1, 10_000, 1)
    found = suggest_family(slices(long_two, THREE, THREE), min_size=1, max_noise=1.0)
    assert found.n_clusters == 3
    assert suggest_family(slices(long_two, long_two, THREE), min_size=1, max_noise=1.0).n_clusters == 2


def test_a_number_that_only_one_slice_in_many_shows_is_not_believed():
    found = suggest_family(slices(THREE, *[CRUMBS] * 11), min_size=1, max_noise=1.0)
    assert found.n_clusters is None
    assert found.reason == "No readable plateau: no number of clusters holds in 2 of 12 slices or more."
    assert suggest_family(slices(THREE, THREE, *[CRUMBS] * 10), min_size=1, max_noise=1.0).n_clusters == 3


def test_one_slice_is_judged_by_its_own_rule():
    (sweep,) = slices(TWO)
    found, alone = suggest_family([sweep], 1, 1.0), sweep.suggest(1, 1.0)
    assert (found.n_clusters, found.eps, found.reason, found.sweep_index) == (alone.n_clusters, alone.eps, alone.reason, 0)
    none = suggest_family(slices(CRUMBS), 1, 1.0)
    assert (none.n_clusters, none.sweep_index, none.support) == (None, None, 0)


def test_points_without_clusters_are_not_given_any_however_they_climb():
    from vaegc.studies.family import sweep_family

    points = np.random.default_rng(0).standard_normal((400, 2))
    sweeps, _ = sweep_family(points)
    assert suggest_family(sweeps).n_clusters is None
    blobs = load_dataset("blobs", n=600)
    sweeps, _ = sweep_family(blobs.x.astype(float))
    assert suggest_family(sweeps).n_clusters == len(np.unique(blobs.y))


def test_a_family_is_not_empty_and_of_the_same_points():
    with pytest.raises(BadInput, match="at least one sweep"):
        suggest_family([])
    with pytest.raises(BadInput, match="same points"):
        suggest_family(slices(TWO, (1, 1)))
