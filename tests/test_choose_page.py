"""The Choose K page: what it says is what was computed, every state is a sentence, and what is clicked is what Explore opens."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from apptest import keys, link, open_page
from vaegc import AscentConfig, Experiment, choose
from vaegc.experiment.cache_keys import selection_key
from vaegc.selection.choice import Verdict
from vaegc.selection.choose import cached_choice
from vaegc.selection.cost import choice_seconds
from vaegc.selection.parts import FACTS, PartStore, parts_of
from vaegc.selection.tables import bandwidth_cells_table, step_sweeps_table, votes_table
from vaegc.selection.votes import METHODS
from vaegc.ui.choose import page
from vaegc.ui.choose.open_in_explore import cell_state, explore_state, last_frame, verdict_state
from vaegc.ui.choose.payload import OpenRequest, choice_payload, read_open_request
from vaegc.ui.choose.verdict import number_words
from vaegc.ui.choose.votes import agreement, votes_html

PAGE = "pages/1_Choose_K.py"
ME = "K" * 32  # name of a browser
TOY = {"dataset": "moons", "n": "120", "model": "off", "ascent.steps": "6"}
SPEC = Experiment.from_query(TOY)
STILL = replace(SPEC, ascent=None)


@pytest.fixture(scope="module")
def toy():
    """Real sweeps of a toy, kept for all tests of this module."""
    return choose(SPEC)


@pytest.fixture(scope="module")
def parts(toy):
    """The same part by part, in the order in which they are made."""
    part_store = PartStore(toy.key)
    return {name: part_store.get(name) for name in (FACTS, *(part.name for part in parts_of(toy)))}


@pytest.fixture(scope="module")
def digits():
    """The choice that is shipped."""
    choice = cached_choice(Experiment())
    assert choice is not None, "the choice of the default spec is not shipped"
    assert choice.complete
    return choice


def opened(page: str = PAGE, browser: str = ME, **query: str) -> AppTest:
    return open_page(page, {"profile": browser}, **query)


def text(app: AppTest) -> str:
    """Everything that the page says, bars and HTML included."""
    assert not app.exception
    main = app.main
    kinds = (main.title, main.subheader, main.markdown, main.caption, main.error, main.info, main.warning)
    said = [str(element.value) for kind in kinds for element in kind]
    said += [part.proto.text for part in app.get("progress")]
    said += [re.sub(r"<style>.*?</style>", "", part.proto.body, flags=re.DOTALL) for part in app.get("html")]
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(said)))


def picture(app: AppTest) -> dict | None:
    found = [part.proto for part in app.get("bidi_component") if part.proto.component_name == "vaegc_choose"]
    return json.loads(found[0].json) if found else None


def numbers(packed: str, kind: type) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), kind)


# --- what is kept is shown ---------------------------------------------------------------------------------------------------


def test_the_shipped_digits_are_there_at_once_with_verdict_votes_and_diagrams(digits, jobs_by_hand, empty_cache):
    app = opened()
    said = text(app)
    verdict = digits.verdict
    for sentence in (verdict.headline, *verdict.reasons, *verdict.doubts):
        assert sentence in said
    for row in (*digits.votes["before"], *digits.votes["after"]):
        assert row["reason"] in said
    assert picture(app) == choice_payload(digits, "1,797 points of Handwritten digits in the latent space of the VAE")
    assert jobs_by_hand.jobs() == []
    assert link(app) == {}
    assert "open-verdict" in keys(app)


def test_the_payload_is_what_the_sweeps_count(toy):
    said = choice_payload(toy, "Moons")
    assert said["steps"] == list(toy.steps) == [0, 1, 2, 3, 4, 5, 6]
    for one, sent in zip(toy.step_sweeps, said["stepSweeps"], strict=True):
        assert numbers(sent["counted"], np.int32).tolist() == one.n_clusters.tolist()
        assert numbers(sent["outside"], np.float32).tolist() == one.outside_share.tolist()
        assert sent["suggested"] == one.suggestion.n_clusters
    assert np.exp([said["logLow"], said["logHigh"]]) == pytest.approx([toy.eps[0], toy.eps[-1]])
    assert len(said["bandwidthCells"]) == len(toy.bandwidths) * len(toy.cell_steps)
    assert said["ownCell"] == {"neighbors": toy.own_bandwidth, "step": 6}
    assert (
        said["settings"]
        == f"N 120 · {toy.space} · min_samples 10 · clusters of at least 1 % of the points · plateaus with at most 10 % in none · seed 0"
    )


def test_labels_speak_only_when_they_are_asked(digits):
    app = opened()
    assert "ACC" not in text(app)
    app.toggle(key="choice-scores").set_value(True).run()
    row = digits.votes["after"][0]
    assert f"ACC {row['acc']:.3f} · NMI {row['nmi']:.3f} · ARI {row['ari']:.3f}" in text(app)
    assert "N = 1,797, noise counts as wrong" in text(app)


def test_data_without_labels_have_no_such_switch(toy):
    bare = replace(
        toy,
        votes={
            when: tuple({k: v for k, v in row.items() if k not in ("acc", "nmi", "ari")} for row in rows)
            for when, rows in toy.votes.items()
        },
    )
    assert "ACC" not in votes_html(bare, scored=False)

    def page(choice):
        from vaegc.ui.choose.votes import show_votes

        show_votes(choice)

    app = AppTest.from_function(page, kwargs={"choice": bare}, default_timeout=600).run()
    assert not app.exception
    assert not app.toggle
    assert "plateau" in text(app)


@pytest.mark.parametrize(
    ("k", "certainty", "words"),
    [
        (9, "firm", ("9", "clusters")),
        (1200, "likely", ("1,200", "clusters")),
        (9, "open", ("9?", "clusters, perhaps")),
        (None, "none", ("?", "no answer")),
    ],
)
def test_a_number_that_is_not_to_be_believed_has_a_question_mark(k, certainty, words):
    assert number_words(Verdict(k, certainty, "", (), ())) == words
    assert number_words(None) == ("…", "not known yet")


def test_agreement_with_the_verdict():
    assert [agreement(k, 9) for k in (9, 8, None, float("nan"))] == ["agrees", "differs", "cannot tell", "cannot tell"]
    assert agreement(9, None) == ""


def test_words_of_the_data_cannot_become_part_of_the_page(toy):
    row = {**toy.votes["before"][0], "reason": "<script>alert(1)</script>"}
    assert "<script>" not in votes_html(replace(toy, votes={"before": (row,)}))


def test_without_a_climb_there_is_one_sweep_and_a_reason():
    choose(STILL)
    app = opened(**{**{k: v for k, v in TOY.items() if k != "ascent.steps"}, "ascent": "off"})
    said = picture(app)
    assert said["steps"] == [0]
    assert said["whyNoBandwidths"] == "Nothing climbs here, so there are no bandwidths to compare."
    assert "The points" in text(app)
    assert "Before the climb" not in text(app)


# --- what is not kept --------------------------------------------------------------------------------------------------------


def test_a_small_toy_is_computed_by_a_job_and_appears_part_by_part(toy, parts, jobs_by_hand, empty_cache):
    app = opened(**TOY)
    (job,) = jobs_by_hand.jobs()
    assert job.command == ("choose", SPEC.to_query())
    assert "Computing the diagrams of 120 points of Moons (2-D toy) in the data" in text(app)
    assert "You may leave this page and come back." in text(app)
    assert picture(app) is None
    part_store = PartStore(selection_key(SPEC))
    names = list(parts)
    for name in names[:3]:  # the facts and the two ends
        part_store.put(name, parts[name])
    jobs_by_hand.tell(5, 50, "Sweeping step 3", "choose")
    app.run()
    assert "Sweeping step 3" in text(app)
    assert "One number is not an answer yet." in text(app)
    assert [one["step"] for one in picture(app)["stepSweeps"]] == [0, 6]
    assert picture(app)["progress"] == "2 of 7 steps so far."
    for name in names[3:]:
        part_store.put(name, parts[name])
    jobs_by_hand.end("done")
    app.run()
    assert toy.verdict.headline in text(app)
    assert "Computing" not in text(app)
    assert jobs_by_hand.jobs() == []


def test_the_user_may_leave_and_come_back_and_a_second_tab_finds_the_job(toy, jobs_by_hand, empty_cache):
    app, second = opened(**TOY), opened(**TOY)
    assert len(jobs_by_hand.jobs()) == 1
    app.switch_page("pages/5_Data.py").run()
    app.switch_page(PAGE).run()
    assert "Computing the diagrams" in text(app)
    assert len(jobs_by_hand.jobs()) == 1
    assert jobs_by_hand.cancelled == []
    second.button(key="stop_waiting").click().run()
    assert "Cancelled." in text(second)
    assert "Computing" in text(app.run())


def test_another_setting_cancels_the_job_and_begins_another(jobs_by_hand, empty_cache):
    app = opened(**TOY)
    (job,) = jobs_by_hand.jobs()
    app.sidebar.slider(key="explore_steps").set_value(7).run()
    assert jobs_by_hand.cancelled == [job.id]
    running = [job for job in jobs_by_hand.jobs() if jobs_by_hand.state(job).status == "running"]
    assert ["ascent.steps=7" in job.command[1] for job in running] == [True]
    assert link(app)["ascent.steps"] == "7"


def test_cancelled_what_is_there_stays_and_the_rest_can_be_computed(jobs_by_hand, empty_cache):
    app = opened(**TOY)
    app.button(key="stop_waiting").click().run()
    assert "Cancelled." in text(app)
    app.button(key="compute").click().run()
    assert "Computing" in text(app)


def test_a_failure_is_its_sentence(jobs_by_hand, empty_cache):
    app = opened(**TOY)
    jobs_by_hand.end("failed", "The data are damaged.")
    app.run()
    assert app.error[0].value == "The data are damaged."
    assert "compute" in keys(app)


def test_what_takes_long_is_asked_for_and_says_what_it_costs(jobs_by_hand, empty_cache, monkeypatch):
    monkeypatch.setattr(page, "choice_seconds", lambda _spec: 400.0)
    app = opened(**TOY)
    assert jobs_by_hand.jobs() == []
    assert "The diagrams take about 7 minutes to compute here." in text(app)
    app.button(key="choice-compute").click().run()
    assert len(jobs_by_hand.jobs()) == 1
    assert "Computing" in text(app)
    other = opened(browser="L" * 32, **TOY)  # somebody else's job serves them too
    assert "Somebody else asked for the same" in text(other)


def test_how_long_in_words():
    words = [page.duration_words(seconds) for seconds in (61, 150, 3000, 90_000, float("inf"))]
    assert words == ["about a minute", "about 2 minutes", "about 50 minutes", "hours", "a time that cannot be told"]


def test_digits_and_toys_begin_by_themselves_and_large_sets_do_not():
    assert choice_seconds(Experiment()) < page.AUTO_START
    assert choice_seconds(Experiment(dataset="blobs", n=1000, model=None)) < page.AUTO_START
    assert choice_seconds(Experiment(dataset="mnist", model="mnist-vae", n=10_000)) > page.AUTO_START
    assert choice_seconds(STILL) < choice_seconds(SPEC)


def test_a_read_only_server_shows_what_is_kept_and_says_so_otherwise(digits, jobs_by_hand, empty_cache, monkeypatch):
    monkeypatch.setenv("VAEGC_READONLY", "1")
    app = opened(**TOY)
    assert "This server is read-only, so what is not kept here is not computed." in text(app)
    assert jobs_by_hand.jobs() == []
    assert digits.verdict.headline in text(opened())


def test_fewer_points_than_min_samples_is_a_sentence(jobs_by_hand):
    app = opened(dataset="moons", n="20", model="off", **{"clustering.min_samples": "30"})
    assert "min_samples is 30, but there are only 20 points" in app.info[0].value
    assert jobs_by_hand.jobs() == []


def test_points_in_one_place_have_no_picture_but_words(tmp_path):
    path = tmp_path / "one.npz"
    np.savez(path, x=np.repeat([[0.0, 0.0], [1.0, 1.0]], 30, axis=0))
    spec = Experiment(dataset=str(path), model=None, ascent=None)
    choice = choose(spec)
    assert choice_payload(choice, "")["samples"] == len(choice.eps)


# --- into Explore ------------------------------------------------------------------------------------------------------------


def said(choice, **what) -> dict:
    return {"open": {"key": choice.key, "serial": 7, **what}}


def test_a_click_opens_its_step_and_eps(toy):
    request = read_open_request(said(toy, place={"step": 4, "sample": 100}), toy)
    assert request == OpenRequest(7, 4, 100)
    spec, begin = explore_state(request, SPEC, toy)
    assert spec == SPEC
    assert begin == {"frame": 4, "eps": float(toy.eps[100])}
    path = SPEC.run().trajectory
    assert path.steps[begin["frame"]] == 4
    step_sweep = next(one for one in toy.step_sweeps if one.step == 4)
    assert path.sweep(begin["frame"]).n_clusters_at(begin["eps"], min_size=0.01) == step_sweep.n_clusters[100]


def test_a_field_opens_its_own_climb_and_shows_its_number(toy):
    cell = next(
        one for one in toy.bandwidth_cells if one.neighbors != toy.own_bandwidth and one.step > 0 and one.suggestion.n_clusters
    )
    spec, begin = explore_state(OpenRequest(1, cell.step, neighbors=cell.neighbors), SPEC, toy)
    assert (spec.ascent.neighbors, spec.ascent.steps) == (cell.neighbors, cell.step)
    path = spec.run().trajectory
    assert begin["frame"] == len(path.steps) - 1
    assert path.sweep(begin["frame"]).n_clusters_at(begin["eps"], min_size=0.01) == cell.suggestion.n_clusters


def test_a_field_of_the_own_climb_opens_a_step_of_it(toy):
    cell = next(one for one in toy.bandwidth_cells if one.neighbors == toy.own_bandwidth and one.step == 5)
    spec, begin = cell_state(cell, SPEC, toy)
    assert spec == SPEC
    assert begin["frame"] == 5


def test_the_verdict_opens_where_its_number_is_seen(toy):
    k = toy.verdict.n_clusters
    assert k is not None
    spec, begin = verdict_state(SPEC, toy)
    path = spec.run().trajectory
    assert path.sweep(begin["frame"]).n_clusters_at(begin["eps"], min_size=0.01) == k
    assert verdict_state(SPEC, replace(toy, verdict=replace(toy.verdict, n_clusters=None))) is None
    assert verdict_state(SPEC, replace(toy, verdict=replace(toy.verdict, n_clusters=77))) is None


@pytest.mark.parametrize(("steps", "every", "frame"), [(30, 1, 30), (30, 7, 5), (0, 1, 0), (10, 10, 1), (10, 20, 1)])
def test_the_last_kept_frame(steps, every, frame):
    assert last_frame(AscentConfig(steps=steps, keep_every=every)) == frame


@pytest.mark.parametrize(
    "state",
    [
        {}, {"open": None}, {"open": 3}, {"open": {"key": "another", "serial": 1, "place": {"step": 0, "sample": 0}}},
        {"place": {"step": 99, "sample": 0}}, {"place": {"step": 4, "sample": 10**6}}, {"place": {"step": "4", "sample": 0}},
        {"place": {"step": 4, "sample": -1}}, {"cell": {"neighbors": 0.123, "step": 5}}, {"cell": {"neighbors": "x", "step": 5}}, {"cell": 5},
    ],
)  # fmt: skip
def test_what_makes_no_sense_opens_nothing(toy, state):
    assert read_open_request(state if "open" in state or not state else said(toy, **state), toy) is None
    assert read_open_request(said(toy), toy) is None


def test_the_component_state_opens_explore_once(toy, monkeypatch):
    handed = []

    def note(spec, begin=None):
        handed.append((spec, begin))

    monkeypatch.setattr(page, "open_in_explore", note)
    app = opened(**TOY)
    app.session_state["choice-picture"] = said(toy, place={"step": 4, "sample": 100})
    app.run()
    assert handed == [(SPEC, {"frame": 4, "eps": float(toy.eps[100])})]
    app.run()
    assert len(handed) == 1


def test_visiting_this_page_leaves_explores_eps_and_frame_alone(toy):
    app = opened("app.py", **TOY, frame="2", **{"clustering.eps": "0.4"})
    before = link(app)
    assert {"frame": "2", "clustering.eps": "0.4"}.items() <= before.items()
    app.switch_page(PAGE).run()
    assert "frame" not in link(app)
    app.switch_page("app.py").run()
    assert link(app) == before


def test_a_setting_that_was_changed_here_begins_afresh_in_explore(toy, jobs_by_hand):
    app = opened("app.py", **TOY, frame="2", **{"clustering.eps": "0.4"})
    app.switch_page(PAGE).run()
    app.sidebar.slider(key="explore_steps").set_value(3).run()
    app.switch_page("pages/5_Data.py").run()  # without which the test harness, unlike a browser, keeps the widgets
    app.switch_page("app.py").run()
    assert link(app)["ascent.steps"] == "3"
    assert not {"frame", "clustering.eps"} & set(link(app))


def test_the_link_holds_the_spec_and_opens_the_same_in_a_fresh_browser(toy):
    app = opened(**TOY)
    again = opened(browser="N" * 32, **link(app))
    assert link(again) == link(app) == TOY
    assert picture(again) == picture(app)
    broken = opened(dataset="nowhere")
    assert "This link cannot be opened" in broken.warning[0].value


# --- to take away ------------------------------------------------------------------------------------------------------------


def test_tables_hold_what_is_drawn(toy):
    steps = step_sweeps_table(toy)
    assert len(steps) == len(toy.step_sweeps) * len(toy.eps)
    assert steps[steps["step"] == 6]["n_clusters"].tolist() == toy.step_sweeps[-1].n_clusters.tolist()
    assert steps[steps["step"] == 6]["eps"].tolist() == toy.eps.tolist()
    cells = bandwidth_cells_table(toy)
    assert [None if pd.isna(k) else int(k) for k in cells["n_clusters"]] == [
        one.suggestion.n_clusters for one in toy.bandwidth_cells
    ]
    votes = votes_table(toy)
    assert votes["method"].tolist() == [*METHODS, *METHODS]
    assert set(votes["when"]) == {"before", "after"}
    nothing = replace(toy, step_sweeps=(), bandwidth_cells=(), votes={})
    assert [len(make(nothing)) for make in (step_sweeps_table, bandwidth_cells_table, votes_table)] == [0, 0, 0]


def test_the_code_of_the_fold_gives_the_numbers_of_the_page(toy):
    def page(spec, choice):
        from unittest.mock import patch

        import streamlit as st

        from vaegc.ui.choose.export import show_export

        with patch.object(
            st,
            "expander",
            lambda *_a, **_k: type("Fold", (), {"open": True, "__enter__": lambda s: s, "__exit__": lambda *_: None})(),
        ):
            show_export(spec, choice)

    app = AppTest.from_function(page, kwargs={"spec": SPEC, "choice": toy}, default_timeout=600).run()
    assert not app.exception
    _link, code, shell = (part.value for part in app.code)
    printed: list[str] = []
    exec(code, {"print": lambda *words, **_: printed.extend(map(str, words))})
    assert toy.verdict.headline in printed
    assert "vaegc choose spec.yaml" in shell
    assert {part.proto.label for part in app.get("download_button")} >= {
        "Steps and ε (CSV)",
        "Bandwidths and steps (CSV)",
        "Votes (CSV)",
        "Settings (YAML)",
    }
