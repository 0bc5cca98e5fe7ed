"""Choose K: every part is what the package computes elsewhere, is kept when it is there, and depends on no label."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import vaegc
from vaegc import (
    AscentConfig,
    BadInput,
    ClusterConfig,
    Dataset,
    Experiment,
    ModelConfig,
    Stopped,
    load_dataset,
    store,
    suggest_family,
    vote,
)
from vaegc.benchmarks.choose import phase_seconds
from vaegc.experiment.cache_keys import selection_key
from vaegc.neighbors import default_neighbors
from vaegc.progress import Progress
from vaegc.selection.choice import KSelection
from vaegc.selection.choose import cached_choice
from vaegc.selection.parts import coarse_to_fine
from vaegc.selection.votes import METHODS
from validity import valid_choice

TOY = Experiment(dataset="blobs", n=120, model=None, ascent=AscentConfig(steps=6), clustering=ClusterConfig(min_samples=5))


@pytest.fixture(autouse=True, scope="module")
def few_methods() -> object:
    """The slow votes are tried at few numbers: what they say is tested where they live."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vaegc.selection.builder.vote", lambda *a, **k: vote(*a, **{**k, "max_clusters": 4}))
        yield


def choose(*given, **options) -> KSelection:
    return valid_choice(vaegc.choose(*given, **options))


@pytest.fixture(scope="module")
def toy() -> KSelection:
    return choose(TOY)


def same(a: KSelection, b: KSelection, scores: bool = True) -> None:
    """Equal in everything but the seconds, and without `scores` in the scores."""
    left_out = {"seconds"} if scores else {"seconds", "acc", "nmi", "ari"}
    for name in (
        "n",
        "dim",
        "space",
        "floor",
        "steps",
        "frames",
        "bandwidths",
        "own_bandwidth",
        "cell_steps",
        "family_steps",
        "bandwidth_cells",
        "family",
        "verdict",
    ):
        assert getattr(a, name) == getattr(b, name), name
    for name in ("eps", "k_distance"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert [s.step for s in a.step_sweeps] == [s.step for s in b.step_sweeps]
    for one, other in zip(a.step_sweeps, b.step_sweeps, strict=True):
        np.testing.assert_array_equal(one.n_clusters, other.n_clusters)
        np.testing.assert_array_equal(one.outside_share, other.outside_share)
        assert (one.plateaus, one.suggestion) == (other.plateaus, other.suggestion)
    for when in ("before", "after"):
        rows = [[{k: v for k, v in row.items() if k not in left_out} for row in c.votes.get(when, ())] for c in (a, b)]
        assert rows[0] == rows[1]


class StopAfter:
    """Stops after so many events."""

    def __init__(self, events: int) -> None:
        self.left = events

    def __call__(self, _progress: Progress) -> bool:
        self.left -= 1
        return self.left < 0


# --- the parts ---------------------------------------------------------------------------------------------------------


def test_everything_is_there(toy):
    assert toy.complete
    assert toy.steps == tuple(range(7)) == tuple(s.step for s in toy.step_sweeps)
    assert toy.frames == {s: s for s in range(7)}
    assert toy.cell_steps == (0, 2, 5, 6)
    assert {(c.neighbors, c.step) for c in toy.bandwidth_cells} == {(h, s) for h in toy.bandwidths for s in toy.cell_steps}
    assert [row["method"] for row in toy.votes["before"]] == [row["method"] for row in toy.votes["after"]] == list(METHODS)
    assert toy.verdict.n_clusters == 8


def test_every_step_sweep_is_the_sweep_of_its_frame(toy):
    path, how = TOY.run().trajectory, TOY.clustering
    for step_sweep in toy.step_sweeps:
        sweep = path.sweep(toy.frames[step_sweep.step], how.min_samples)
        np.testing.assert_array_equal(step_sweep.n_clusters, sweep.n_clusters_at(toy.eps, how.min_size))
        some = [0, 100, 200, 255]
        by_hand = [(sweep.labels_at(toy.eps[i], how.min_size) < 0).mean() for i in some]
        np.testing.assert_allclose(step_sweep.outside_share[some], by_hand, atol=1e-6)
        table = sweep.plateaus(how.min_size, how.max_noise).head(10)
        assert [(p.n_clusters, p.eps_low, p.eps_high, p.log_length) for p in step_sweep.plateaus] == [
            tuple(row) for row in table.itertuples(index=False)
        ]
        assert step_sweep.suggestion == sweep.suggest(how.min_size, how.max_noise)


def test_the_axis_reaches_as_far_as_the_sweeps_before_and_after_the_climb(toy):
    path = TOY.run().trajectory
    spans = [path.sweep(frame, 5).eps_range() for frame in (0, -1)]
    assert toy.eps[[0, -1]] == pytest.approx([min(low for low, _ in spans), max(high for _, high in spans)])
    assert len(toy.eps) == 256
    np.testing.assert_allclose(np.diff(np.log(toy.eps)), np.log(toy.eps[1] / toy.eps[0]))
    assert toy.floor == path.eps_floor


def test_the_k_distances_are_those_of_the_points_before_the_climb(toy):
    core = np.sort(TOY.run().trajectory.sweep(0, 5).core_distances_)
    np.testing.assert_array_equal(toy.k_distance, core)
    many = choose(replace(TOY, n=700, ascent=None))
    assert len(many.k_distance) == 512
    assert (np.diff(many.k_distance) >= 0).all()


def test_every_cell_is_a_fresh_climb(toy):
    points = TOY.load().x.astype(np.float64)
    for h in toy.bandwidths:
        path = vaegc.ascend(points, vaegc.KernelDensity(points, neighbors=h), steps=6)
        for cell in (c for c in toy.bandwidth_cells if c.neighbors == h):
            sweep = path.sweep(cell.step, 5)
            assert cell.suggestion == sweep.suggest(), (h, cell.step)
            table = sweep.plateaus()
            assert (cell.longest is None) == table.empty
            assert cell.longest is None or (cell.longest.n_clusters, cell.longest.log_length) == (
                table.iloc[0]["n_clusters"],
                table.iloc[0]["log_length"],
            )


def test_the_family_is_that_of_the_sweeps_themselves(toy):
    points = TOY.load().x.astype(np.float64)
    members = [c for c in toy.bandwidth_cells if c.step in toy.family_steps]
    paths = {h: vaegc.ascend(points, vaegc.KernelDensity(points, neighbors=h), steps=6) for h in toy.bandwidths}
    found = suggest_family([paths[c.neighbors].sweep(c.step, 5) for c in members])
    assert replace(toy.family, sweep_index=None) == replace(found, sweep_index=None)
    assert toy.bandwidth_cells[toy.family.sweep_index] is members[found.sweep_index]


def test_the_votes_are_those_of_vote_before_and_after(toy):
    path = TOY.run().trajectory
    for when, frame in (("before", 0), ("after", -1)):
        sweep = path.sweep(frame, 5)
        table = vote(sweep.points_, TOY.load().y, sweep=sweep, min_samples=5, max_clusters=4)
        assert [row["n_clusters"] for row in toy.votes[when]] == [
            None if n is None else int(n) for n in table["n_clusters"].astype(object).where(table["n_clusters"].notna(), None)
        ]
        assert [row["reason"] for row in toy.votes[when]] == table["reason"].tolist()


def test_steps_come_from_coarse_to_fine():
    assert coarse_to_fine([0]) == [0]
    assert coarse_to_fine(range(9)) == [0, 8, 4, 2, 6, 1, 3, 5, 7]
    assert sorted(coarse_to_fine(range(31))) == list(range(31))


# --- labels --------------------------------------------------------------------------------------------------------------


def test_labels_change_nothing_but_the_scores():
    x, rng = load_dataset("blobs", n=90).x, np.random.default_rng(0)
    y = rng.integers(0, 4, 90)
    specs = [replace(TOY, dataset=Dataset(x, labels), n=None) for labels in (y, rng.permutation(y), None)]
    one, other, none = map(choose, specs)
    same(one, other, scores=False)
    same(one, none, scores=False)
    scores = [[row["acc"] for row in c.votes["after"]] for c in (one, other)]
    assert scores[0] != scores[1]
    assert not {"acc", "nmi", "ari"} & {key for rows in none.votes.values() for row in rows for key in row}


# --- keeping, stopping, going on ------------------------------------------------------------------------------------------


def test_what_is_kept_is_found_and_nothing_is_computed_again(toy, monkeypatch):
    for what in (
        "vaegc.experiment.stages.compute_start",
        "vaegc.selection.builder.climb",
        "vaegc.experiment.spec.load_dataset",
    ):
        monkeypatch.setattr(what, lambda *_, **__: pytest.fail("computed again"))
    same(cached_choice(TOY), toy)
    same(choose(TOY), toy)


def test_nothing_is_known_of_what_was_never_looked_at(empty_cache):
    assert cached_choice(TOY) is None


@pytest.mark.parametrize("events", [40, 60, 75])
def test_a_stopped_choice_goes_on_where_it_was(events, toy, empty_cache):
    part = choose(TOY, StopAfter(events))
    assert not part.complete
    assert part.step_sweeps[0].step == 0
    assert part.step_sweeps[-1].step == 6
    same(cached_choice(TOY), part)
    made = set(empty_cache.glob("choice/*"))
    before = {path: path.stat().st_mtime_ns for path in made}
    whole = choose(TOY)
    same(whole, toy)
    assert {path: path.stat().st_ino for path in made} == {
        path: path.stat().st_ino for path in set(empty_cache.glob("choice/*")) & made
    }
    assert before  # something had been kept


def test_parts_that_are_missing_are_named_in_the_order_in_which_they_are_made(empty_cache):
    seen: list[tuple[str, ...]] = []

    def look(_progress: Progress) -> None:
        now = cached_choice(TOY)
        if now is not None and (not seen or seen[-1] != now.missing):
            seen.append(now.missing)

    choose(TOY, look)
    assert seen[0][0] == "5 of 7 steps"
    assert seen[0][1] == "the bandwidth 0.5 %" or seen[0][1].startswith("the bandwidth")
    assert seen[0][-2:] == ("the look at all bandwidths together", "the verdict")
    assert f"votes before the climb: {', '.join(METHODS)}" in seen[0]
    assert seen[-1] == ()
    assert len(seen) > 15  # each part by itself


def test_stopped_before_there_is_anything_it_says_so(empty_cache):
    with pytest.raises(Stopped):
        choose(TOY, lambda _: True)
    assert cached_choice(TOY) is None
    with pytest.raises(Stopped):  # in the middle of the climb
        choose(TOY, StopAfter(4))
    assert cached_choice(TOY) is None


def test_the_bar_only_grows_and_ends_full(empty_cache):
    events: list[Progress] = []
    choose(TOY, events.append)
    shares = [event.share for event in events]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {event.stage for event in events} == {"choose"}
    assert list(dict.fromkeys(event.phase for event in events)) == ["begin", "steps", "bandwidths", "votes", "verdict"]


def test_a_damaged_part_is_made_again(toy, empty_cache):
    choose(TOY)
    for path in empty_cache.glob("choice/*.bin"):
        path.write_bytes(b"no")
    assert cached_choice(TOY) is None
    same(choose(TOY), toy)


def test_without_its_parts_the_whole_is_enough(toy, empty_cache):
    choose(TOY)
    whole = selection_key(TOY)
    for path in empty_cache.glob("choice/*.bin"):
        if path.stem != whole:
            path.unlink()
    same(cached_choice(TOY), toy)


def test_entries_are_of_the_kind_that_the_cache_prunes(toy, empty_cache):
    choose(TOY)
    assert {path.parent.name for path in store.cache_entries()} >= {"choice"}
    assert len([p for p in store.cache_entries() if p.parent.name == "choice"]) == len(list(empty_cache.glob("choice/*")))


def test_a_cache_that_cannot_be_written_costs_time_only(toy, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VAEGC_CACHE", str(tmp_path / "file"))
    same(choose(TOY), toy)


def test_the_benchmark_can_stop_after_the_diagram(empty_cache):
    seconds, computing, choice = phase_seconds(TOY, diagram_only=True)
    assert {"begin", "steps"} <= set(seconds) == set(computing)
    assert len(choice.step_sweeps) == 7
    assert choice.bandwidth_cells == ()
    assert choice.missing[0].startswith("the bandwidth")


# --- the key --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        {"view": "pca"}, {"clustering": replace(TOY.clustering, eps=0.3)}, {"clustering": replace(TOY.clustering, noise="nearest")},
        {"map": vaegc.MapConfig(perplexity=12)},
    ],
    ids=str,
)  # fmt: skip
def test_the_key_does_not_change_with_what_changes_nothing(other):
    assert selection_key(replace(TOY, **other)) == selection_key(TOY)


@pytest.mark.parametrize(
    "other",
    [
        {"n": 121}, {"seed": 1}, {"dataset": "moons"}, {"clustering": replace(TOY.clustering, min_samples=6)},
        {"clustering": replace(TOY.clustering, min_size=0.02)}, {"clustering": replace(TOY.clustering, max_noise=0.2)},
        {"ascent": AscentConfig(steps=7)}, {"ascent": AscentConfig(steps=6, neighbors=0.1)}, {"ascent": None}, {"space": "pca"},
        {"ascent": AscentConfig(steps=6, keep_every=2)},
    ],
    ids=str,
)  # fmt: skip
def test_the_key_changes_with_what_matters(other):
    assert selection_key(replace(TOY, **other)) != selection_key(TOY)


def test_the_key_changes_with_the_map_where_the_space_is_one():
    on_map = replace(TOY, space="tsne")
    assert selection_key(replace(on_map, map=vaegc.MapConfig(perplexity=12))) != selection_key(on_map)


def test_the_key_changes_with_the_code(monkeypatch):
    key = selection_key(TOY)
    for name in ("CACHE_VERSION", "SELECTION_CACHE_VERSION"):
        with monkeypatch.context() as patch:
            patch.setattr(f"vaegc.experiment.cache_keys.{name}", 999)
            assert selection_key(TOY) != key


# --- kinds of climbs -------------------------------------------------------------------------------------------------------


def test_without_a_climb_there_is_one_sweep_and_a_sentence():
    for ascent in (None, AscentConfig(steps=0)):
        choice = choose(replace(TOY, ascent=ascent))
        assert choice.complete
        assert (choice.steps, choice.bandwidth_cells, choice.bandwidths, choice.family) == ((0,), (), (), None)
        assert set(choice.votes) == {"before"}
        assert choice.why_no_bandwidths == "Nothing climbs here, so there are no bandwidths to compare."


@pytest.mark.parametrize(
    ("ascent", "words"),
    [
        (AscentConfig(steps=2, bandwidth=0.3), "one fixed bandwidth"),
        (AscentConfig(steps=2, density="marginal"), "marginal likelihood has no bandwidth"),
        (AscentConfig(steps=2, density="bound"), "evidence bound has no bandwidth"),
        (AscentConfig(steps=2, density="mixture"), "mixture prior has no bandwidth"),
    ],
)
def test_where_there_are_no_bandwidths_it_says_why(ascent, words):
    model = None if ascent.density == "kernel" else "digits-vade" if ascent.density == "mixture" else "digits-vae"
    space = "data" if ascent.density in ("marginal", "bound") else "latent"
    data = "blobs" if model is None else "digits"  # of many dimensions HDBSCAN compiles anew in every process
    choice = choose(Experiment(dataset=data, n=100, model=model, space=space, ascent=ascent))
    assert choice.complete
    assert words in choice.why_no_bandwidths
    assert [s.step for s in choice.step_sweeps] == [0, 1, 2]
    assert choice.space == ("the data (2-D)" if model is None else "the latent space (10-D)")
    assert choice.family is None
    assert choice.bandwidth_cells == ()


@pytest.mark.parametrize(
    "ascent", [AscentConfig(steps=3, density="aggregated", neighbors=0.1), AscentConfig(steps=3, method="blurring")]
)
def test_other_climbs_have_bandwidths_too(ascent):
    choice = choose(Experiment(n=100, ascent=ascent))
    assert choice.complete
    assert len(choice.bandwidth_cells) == len(choice.bandwidths) * len(choice.cell_steps) > 0
    own = [c for c in choice.bandwidth_cells if c.neighbors == choice.own_bandwidth]
    assert [c.suggestion for c in own] == [s.suggestion for s in choice.step_sweeps if s.step in choice.cell_steps]


def test_the_own_bandwidth_is_one_of_them():
    choice = choose(replace(TOY, ascent=AscentConfig(steps=2, neighbors=0.3)))
    assert choice.own_bandwidth == 0.3
    assert 0.3 in choice.bandwidths
    assert choose(replace(TOY, ascent=AscentConfig(steps=2, neighbors=36))).own_bandwidth == 0.3  # of 120 points


def test_steps_that_are_not_kept_are_not_shown(toy):
    choice = choose(replace(TOY, ascent=AscentConfig(steps=12, keep_every=5)))
    assert choice.steps == (0, 5, 10, 12)
    assert choice.frames == {0: 0, 5: 1, 10: 2, 12: 3}
    assert set(choice.cell_steps) <= set(choice.steps)


def test_of_many_steps_some_are_shown_evenly():
    choice = choose(replace(TOY, ascent=AscentConfig(steps=90)))
    assert len(choice.steps) <= 31
    assert set(choice.cell_steps) == {0, 2, 5, 10, 20, 30, 90} <= set(choice.steps)
    assert max(np.diff(choice.steps)) <= 5
    assert choice.frames[90] == 90


def test_a_model_that_is_trained_first_can_be_stopped_and_found(empty_cache):
    spec = Experiment(dataset="blobs", n=60, model=ModelConfig(kind="ae", latent_dim=2, epochs=2), ascent=AscentConfig(steps=2))
    with pytest.raises(Stopped):
        choose(spec, lambda progress: "epoch" in progress.message.lower())
    assert choose(spec).complete
    assert cached_choice(spec).complete


# --- odd data --------------------------------------------------------------------------------------------------------------


def test_few_points_have_few_bandwidths():
    choice = choose(
        Experiment(
            dataset=Dataset([[0.0], [0.1], [1.0], [1.1], [5.0]]), model=None, clustering=ClusterConfig(min_samples=2, min_size=1)
        )
    )
    assert choice.complete
    assert choice.bandwidths == (0.16, 0.8)  # all shares of five points are one neighbour; the default is four
    assert choice.own_bandwidth == 0.8
    assert choice.n == 5


def test_points_that_meet_in_one_place_get_votes_without_an_answer():
    x = np.repeat([[-1.0, 0.0], [1.0, 0.0]], 20, axis=0)  # symmetric: both go to 0, exactly
    spec = Experiment(
        dataset=Dataset(x),
        model=None,
        ascent=AscentConfig(steps=200, bandwidth=5.0, keep_every=50),
        clustering=ClusterConfig(min_samples=3),
    )
    assert (spec.run().trajectory.frame(-1) == 0.0).all()
    choice = choose(spec)
    assert choice.complete
    assert Counter(row["n_clusters"] for row in choice.votes["after"]) == {None: len(METHODS)}


def test_duplicates_only_have_no_axis():
    x = np.repeat([[0.0, 0.0], [1.0, 1.0]], 30, axis=0)
    choice = choose(Experiment(dataset=Dataset(x), model=None, ascent=None, clustering=ClusterConfig(min_samples=3)))
    assert choice.complete
    assert np.isfinite(choice.eps).all()
    assert choice.step_sweeps[0].n_clusters.shape == choice.eps.shape


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (Experiment(dataset="blobs", n=4, model=None), "min_samples is 10, but there are only 4 points"),
        (Experiment(dataset=Dataset(np.ones((20, 2))), model=None), "nothing to separate"),
        (Experiment(dataset="nowhere.csv", model=None), "nowhere.csv"),
    ],
)
def test_bad_input_is_one_sentence(spec, sentence):
    with pytest.raises(BadInput, match=sentence):
        choose(spec)


# --- what is shipped --------------------------------------------------------------------------------------------------------


def test_the_choice_of_the_default_page_is_shipped(empty_cache):
    folder = store.assets_root() / "stages" / "choice"
    assert [p.name for p in folder.iterdir()] == [f"{selection_key(Experiment())}.bin"], (
        "after a change of a stage run: vaegc bench assets --scene-only"
    )
    assert (folder / f"{selection_key(Experiment())}.bin").stat().st_size < 1e6
    choice = cached_choice(Experiment())
    assert choice.complete
    assert (choice.n, choice.steps) == (1797, tuple(range(31)))
    assert choice.own_bandwidth == default_neighbors(1797, choice.dim) / 1797
    assert not empty_cache.exists()


def test_the_shipped_choice_is_the_one_that_this_code_computes(empty_cache):
    kept = cached_choice(Experiment())
    result = Experiment().run()
    assert kept.floor == pytest.approx(result.trajectory.eps_floor)
    for step_sweep in (kept.step_sweeps[0], kept.step_sweeps[-1]):
        sweep = result.trajectory.sweep(kept.frames[step_sweep.step])
        assert (
            step_sweep.n_clusters == sweep.n_clusters_at(kept.eps, 0.01)
        ).mean() > 0.98  # another processor may round otherwise
        assert step_sweep.suggestion.n_clusters == sweep.suggest().n_clusters
    assert len(json.dumps(kept.verdict.headline)) > 10
