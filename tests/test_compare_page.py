"""The Compare page: what it says is what the core says; data that are not there, other browsers' models and full servers get a sentence."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import APP, SOON, open_page, until
from vaegc import Experiment, ModelConfig, jobs
from vaegc.store import content_hash
from vaegc.studies.confusion import cell_members, result_confusion
from vaegc.studies.pairs import paired_differences, paired_runs
from vaegc.studies.run_table import load_runs, summarize_runs
from vaegc.studies.user_models import user_models, user_pairs, user_runs
from vaegc.workspace import Workspace

PAGE = "pages/4_Compare.py"
NAME = "c" * 32  # of the browser
OWNER = content_hash("profile", NAME)


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty server without data on its disk."""
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("VAEGC_DATA", str(tmp_path / "data"))
    for name in ("VAEGC_READONLY", "VAEGC_MAX_JOBS"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "runs"
    for job in jobs.jobs():
        jobs.kill(job)


def opened(**query: str) -> AppTest:
    return open_page(PAGE, {"profile": NAME}, **query)


def text(app: AppTest) -> str:
    """Everything that the page says."""
    kinds = (app.title, app.subheader, app.caption, app.markdown, app.info, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def chart(app: AppTest, at: int = 0) -> dict:
    return json.loads(app.get("plotly_chart")[at].proto.spec)


def notes(app: AppTest, at: int = 0) -> str:
    """The names and figures in a chart."""
    return "\n".join(note["text"] for note in chart(app, at)["layout"]["annotations"])


def matrix(app: AppTest) -> dict:
    (part,) = (part.proto for part in app.get("bidi_component") if part.proto.component_name == "vaegc_confusion")
    return json.loads(part.json)


def test_a_first_visit_shows_mnist_with_every_figure_and_what_it_rests_on(nothing_at_hand):
    app = opened()
    assert not app.exception
    said = text(app)
    assert "Put methods side by side" in said
    assert "N = 70,000; 1 to 2 seeds a method, every run a dot; noise counts as wrong" in said
    assert "never averaged with ours" in said
    table = summarize_runs(load_runs("mnist")).set_index("method")
    assert f"VaDE  <span style='color:#586274'>{table.loc['VaDE', 'mean']:.3f} ± {table.loc['VaDE', 'sd']:.3f}</span>" in notes(
        app
    )
    for words in ("K found by the method", "no readable plateau in 2 seeds", "Published by other conventions, set apart", "SPC"):
        assert words in notes(app)
    (row,) = paired_differences(paired_runs("mnist"))[
        lambda t: (t["place"] == "AE, latent space") & (t["climb"] == "k = 1 %, 10 steps") & (t["reader"].str.startswith("k-means"))
        & (t["variant"] == "per point")
    ].to_dict("records")  # fmt: skip
    assert f"{row['difference']:+.3f} ± {row['sd']:.3f} (3)" in notes(app, 1)
    assert "MNIST is not on this server yet" in said  # where it goes wrong needs the pictures themselves


def test_the_link_holds_data_and_score_and_a_wrong_one_says_so():
    app = opened(data="usps", score="nmi")
    assert app.selectbox(key="compare-data").value == "usps"
    assert chart(app)["layout"]["xaxis"]["title"]["text"] == "NMI"
    assert {name: app.query_params[name] for name in ("data", "score")} in (
        {"data": ["usps"], "score": ["nmi"]},
        {"data": "usps", "score": "nmi"},
    )
    app = app.selectbox(key="compare-data").set_value("r8").run()
    assert app.query_params["data"] in ("r8", ["r8"])
    assert "Published" not in notes(app)  # nobody has published on it in numbers.md
    lost = opened(data="mine:0000", score="luck")
    assert "The data of this link are not here" in text(lost)
    assert "There is no such score" in text(lost)


def test_switches_hide_and_show_what_they_name():
    app = opened(data="digits")
    assert "VaDE, no refresh" not in notes(app)
    app = app.toggle(key="compare-variants").set_value(True).run()
    assert "VaDE, no refresh" in notes(app)
    app = opened(data="mnist").toggle(key="compare-others").set_value(False).run()
    assert "IMSAT" not in notes(app)
    assert "diamonds" not in text(app)
    assert "control" not in notes(app, 1)
    assert "not uphill" not in notes(app, 1)
    app = app.toggle(key="compare-controls").set_value(True).run()
    assert "(random)" in notes(app, 1)


def test_the_table_and_the_words_are_those_of_the_core():
    app = opened(data="usps").toggle(key="compare-table").set_value(True).run()
    shown = app.dataframe[0].value
    wanted = summarize_runs(load_runs("usps"))
    assert shown["Method"].tolist() == wanted["method"].tolist()
    assert shown["Mean"].tolist() == pytest.approx(wanted["mean"].tolist(), nan_ok=True)
    app = app.toggle(key="compare-words").set_value(True).run()
    (words,) = paired_differences(paired_runs("usps"))["words"]
    assert words in text(app)
    assert "in 1 of 1 seed before the climb and in 0 after it" in words


# --- where it goes wrong ---------------------------------------------------------------------------------------------------


def test_the_matrix_is_that_of_the_clustering_and_begins_at_its_largest_mistake():
    app = opened(data="digits")
    assert not app.exception
    result = Experiment(view="pca").run()
    table, shown = result_confusion(result), matrix(app)
    assert shown["counts"] == table.counts.tolist()
    assert shown["chosen"] == list(table.largest_error())
    assert f"ACC {table.acc:.3f}" in shown["label"]
    assert "N = 1,797" in shown["label"]
    assert f"at ε = {result.eps:.4g} (the middle of the longest plateau, no label used)" in text(app)
    row, at = table.largest_error()
    first = cell_members(result, table, row, at)[0]
    assert shown["detail"]["strips"][0]["names"][0].startswith(f"point {first:,},")
    assert f"{table.counts[row, at]:,} points" in shown["detail"]["words"]


def test_a_pressed_cell_shows_its_points():
    app = opened(data="digits")
    shown = matrix(app)
    row, at = next((column["match"], at) for at, column in enumerate(shown["columns"]) if column["match"] is not None)
    app.session_state["compare-matrix"] = {"cell": {"version": shown["version"], "row": row, "column": at}}
    told = matrix(app.run())
    assert told["chosen"] == [row, at]
    assert told["detail"]["title"].startswith(f"Class {shown['classes'][row]} in cluster")
    assert "where the matching says it belongs" in told["detail"]["words"]
    app.session_state["compare-matrix"] = {"cell": {"version": "of another clustering", "row": 0, "column": 0}}
    assert matrix(app.run())["chosen"] == shown["chosen"]
    app.session_state["compare-matrix"] = {"cell": {"version": shown["version"], "row": 99, "column": "x"}}
    assert matrix(app.run())["chosen"] == shown["chosen"]


def test_the_clustering_of_explore_is_the_one_that_is_looked_at_at_its_eps():
    app = AppTest.from_file(APP, default_timeout=SOON)
    app.session_state["profile"] = NAME
    app = app.switch_page(PAGE)
    spec = Experiment(seed=0)
    app.session_state["latest"], app.session_state["view"] = spec, (spec, {"eps": 2.0})
    app = app.run()
    assert app.selectbox(key="compare-data").value == "digits"
    assert "at ε = 2 (as you left it in Explore)" in text(app)
    assert matrix(app)["counts"] == result_confusion(spec.run(), 2.0).counts.tolist()


# --- one's own models ------------------------------------------------------------------------------------------------------


def test_a_model_of_ones_own_is_scored_by_a_job_and_stands_with_the_others_for_its_browser_alone():
    mine = Workspace(OWNER)
    job = mine.start_training("digits", ModelConfig(kind="vae", latent_dim=2, epochs=2, hidden=(16,)), title="Heron", n=400)
    assert jobs.wait(job).status == "done"
    app = opened(data="digits")
    assert "**Heron** · VAE, 2 dimensions, 2 epochs, seed 0" in text(app)
    (model,) = mine.models()
    app = app.button(key=f"compare-score-{model.id}").click().run()
    app = until(app, text, "it stands above", "no readable plateau after the climb")
    assert "Heron, climb + sweep" in notes(app)
    (own,) = user_models(mine, "digits")
    spec = mine.resolve(own.spec)
    assert (spec.n, spec.seed) == (400, 0)
    result, (before, after) = spec.run(), user_runs([own]).to_dict("records")
    k = result.suggestion.n_clusters
    assert np.isnan(after["k_found"]) if k is None else after["k_found"] == k
    if result.scores:
        assert after["acc"] == pytest.approx(result.scores.acc)
    assert before["method"] == "Heron, sweep"
    assert len(user_pairs([own])) == 1
    assert "Heron" not in str(load_runs())  # never among everybody's
    again = opened(data="digits")  # remembered
    assert "Heron, climb + sweep" in notes(again)
    stranger = AppTest.from_file(APP, default_timeout=SOON).switch_page(PAGE)
    stranger.session_state["profile"] = "s" * 32
    stranger.query_params["data"] = "digits"
    assert "Heron" not in notes(stranger.run()) + text(stranger)


# --- what is missing -------------------------------------------------------------------------------------------------------


def fold(app: AppTest, key: str) -> AppTest:
    app.session_state[key] = True
    return app.run()


def test_missing_runs_say_what_they_cost_and_are_made_by_a_job(monkeypatch):
    app = fold(opened(data="digits"), "compare-missing")
    said = text(app)
    assert "16 runs (seeds 0, 1): about" in said  # eight usual methods
    assert "of one core, as kept runs on Reuters R8 took" in said  # the set nearest in size
    app.number_input(key="compare-seeds").set_value(7)
    app = app.multiselect(key="compare-methods-digits").set_value(["AE + k-means (network of the deep models)"]).run()
    assert "1 run (seed 6): " in text(app)
    app = app.button(key="compare-run-mixtures").click().run()
    assert not app.exception
    (job,) = [job for job in jobs.jobs(OWNER) if job.command[0] == "bench"]
    end = time.monotonic() + SOON
    while jobs.state(job).status == "running" and time.monotonic() < end:
        time.sleep(0.3)
    assert jobs.state(job).status == "done", jobs.state(job).message
    app = opened(data="digits")
    runs = load_runs("digits")
    assert len(runs[runs["here"]]) == 1
    assert "1 run was made on this server" in text(app)
    assert jobs.jobs(OWNER) == []  # its rows are what counts


def test_a_read_only_server_and_absent_data_say_why_nothing_can_be_run(monkeypatch, nothing_at_hand):
    assert "MNIST is not on this server yet" in text(fold(opened(data="mnist"), "compare-missing"))
    monkeypatch.setenv("VAEGC_READONLY", "1")
    app = fold(opened(data="digits"), "compare-missing")
    assert "This server is read-only" in text(app)
    assert app.button(key="compare-run-models").disabled
