"""The Explore page says what it should, each control changes what is computed, and a link brings it back."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import APP, link, scene
from apptest import open_page as opened
from vaegc import AscentConfig, BadInput, ClusterConfig, Dataset, Experiment, store
from vaegc.generation.decoding import point_pictures
from vaegc.neighbors import default_neighbors
from vaegc.ui.export_panel import _stage_page
from vaegc.ui.session_scene import load_scene
from vaegc.ui.stage_events import MAX_VIEW_STATE_CHARS
from vaegc.web.stage.scene_bytes import read_header

LEARN = str(Path(__file__).parent.parent / "pages" / "6_Learn.py")
TOY = {"dataset": "moons", "n": "300", "model": "off", "ascent.steps": "3"}


def toy(**query: str) -> AppTest:
    return opened(**{**TOY, **query})


def stages(app: AppTest) -> list:
    return [part for part in app.get("bidi_component") if part.proto.component_name == "vaegc_stage"]


def begins(app: AppTest) -> dict:
    return read_header(scene(app))["initial"]


def answers(app: AppTest) -> list[dict]:
    """What the stage was answered."""
    parts = [part.proto for part in app.get("bidi_component") if part.proto.component_name == "vaegc_answer"]
    return [json.loads(part.json) for part in parts]


def said(app: AppTest, **parts: dict) -> AppTest:
    """The stage says something of the scene that it shows: view={...}, ask={...}."""
    version = read_header(scene(app))["version"]
    app.session_state["stage"] = {name: {"version": version, **part} for name, part in parts.items()}
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(element.value for kind in (app.warning, app.error) for element in kind)


def widgets(app: AppTest) -> list:
    side = app.sidebar
    kinds = (side.selectbox, side.slider, side.select_slider, side.toggle, side.number_input, side.radio, side.segmented_control)
    return [w for kind in kinds for w in kind]


def labels(app: AppTest) -> set[str]:
    return {w.label for w in widgets(app)}


def widget(app: AppTest, label: str):
    return next(w for w in widgets(app) if w.label == label)


CLIMB = {
    "Climb the density", "What is climbed", "Bandwidth", "Neighbours k", "Steps", "Method", "Step size α",
    "Rest below",
}  # fmt: skip


def test_the_page_opens_with_the_default_scene_without_a_click():
    app = opened()
    assert not app.exception
    assert [title.value for title in app.title] == ["Watch points climb into clusters", "vaegc"]
    assert "A visual laboratory for VAE gradient clustering" in [c.value for c in app.sidebar.caption]
    assert labels(app) == CLIMB | {
        "Data", "Model", "Space", "Seen through", "Perplexity", "Not available here", "Seed",
    }  # fmt: skip
    assert scene(app) == Experiment().packed_scene()
    assert link(app) == {}
    assert words(app) == ""
    assert [e.label for e in app.main.expander] == [
        "Look at the climb: density, steps, summits",
        "Take it with you: link, code, labels, report",
    ]


def test_a_toy_has_no_model_and_no_space_to_choose():
    app = toy()
    assert not app.exception
    assert labels(app) == CLIMB | {"Data", "Size", "Seed"}
    spec = Experiment(dataset="moons", n=300, model=None, ascent=AscentConfig(steps=3))
    assert scene(app) == spec.packed_scene()
    assert link(app) == TOY


@pytest.mark.parametrize(
    ("label", "value", "name", "text"),
    [
        ("Data", "rings", "dataset", "rings"),
        ("Size", 1000, "n", "1000"),
        ("Climb the density", False, "ascent", "off"),
        ("Neighbours k", 0.12, "ascent.neighbors", "0.12"),
        ("Steps", 5, "ascent.steps", "5"),
        ("Method", "gradient", "ascent.method", "gradient"),
        ("Method", "blurring", "ascent.method", "blurring"),
        ("Step size α", 0.5, "ascent.alpha", "0.5"),
        ("Rest below", 0.5, "ascent.tol", "0.5"),
        ("Seed", 3, "seed", "3"),
    ],
)
def test_each_control_changes_the_scene_and_the_link(label, value, name, text):
    app = toy()
    before = scene(app)
    widget(app, label).set_value(value).run()
    assert not app.exception
    assert scene(app) != before
    assert read_header(scene(app))["version"] != read_header(before)["version"]
    assert link(app)[name] == text
    assert scene(app) == Experiment.from_query(link(app)).packed_scene()


@pytest.fixture
def in_the_page(monkeypatch):
    """No job is started, also where something takes long."""
    monkeypatch.setattr("vaegc.ui.session_scene.is_fast", lambda *_: True)


SMALL = {"n": "120", "view": "pca", "ascent.steps": "2"}


def test_one_bandwidth_for_all_begins_at_the_usual_one_and_changes_the_climb():
    app = opened(**SMALL)
    usual = read_header(scene(app))["facts"]["bandwidth"]
    before = scene(app)
    widget(app, "Bandwidth").set_value("fixed").run()
    assert not app.exception
    assert "Neighbours k" not in labels(app)
    assert widget(app, "Bandwidth h").value == pytest.approx(usual, rel=0.01)
    assert scene(app) != before
    between = scene(app)
    widget(app, "Bandwidth h").set_value(2.5).run()
    assert not app.exception
    assert link(app)["ascent.bandwidth"] == "2.5"
    assert scene(app) != between
    assert read_header(scene(app))["facts"]["bandwidth"] == 2.5
    assert any("median bandwidth 2.5" in c.value for c in app.main.caption)


@pytest.mark.parametrize(
    ("space", "density", "there", "name"),
    [
        ("latent", "aggregated", ["kernel", "aggregated"], "Aggregated posterior, bandwidth from {k} neighbours"),
        ("data", "marginal", ["kernel", "marginal", "bound"], "Marginal likelihood"),
        ("data", "bound", ["kernel", "marginal", "bound"], "ELBO"),
    ],
)
def test_a_chosen_density_is_climbed_and_named(space, density, there, name):
    app = opened(**SMALL, space=space)
    before = scene(app)
    radio = widget(app, "What is climbed")
    assert (radio.value, len(radio.options)) == ("kernel", len(there))
    radio.set_value(density).run()
    assert not app.exception
    assert not app.error
    assert link(app)["ascent.density"] == density
    assert scene(app) != before
    name = name.format(k=default_neighbors(int(SMALL["n"]), 10))
    assert any(name.lower() in c.value.lower() for c in app.main.caption)


@pytest.mark.parametrize(
    ("query", "greyed"),
    [
        ({}, {"Mixture prior": "needs a model with a mixture prior, such as VaDE; this is a VAE", "Marginal likelihood": "climbs in the data", "Evidence bound": "climbs in the data"}),
        ({"space": "pca"}, {"Aggregated posterior": "lives in the latent space", "Mixture prior": "lives in the latent space", "Marginal likelihood": "climbs in the data", "Evidence bound": "climbs in the data"}),
        ({"model": "digits-ae"}, {"Aggregated posterior": "a plain autoencoder has no posterior", "Mixture prior": "this is an AE", "Marginal likelihood": "climbs in the data", "Evidence bound": "climbs in the data"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_this_model_and_space_cannot_give_is_greyed_with_its_reason(query, greyed):
    app = opened(**SMALL, **query)
    missing = widget(app, "Not available here")
    assert missing.disabled
    assert list(missing.options) == list(greyed)
    captions = list(missing.proto.captions)
    assert len(captions) == len(greyed)
    for reason, caption in zip(greyed.values(), captions, strict=True):
        assert reason.lower() in caption.lower()


OF_KINDS = {  # densities of a latent space, and the reasons for those of the data
    "vade": (["kernel", "aggregated", "mixture"], {}),
    "gmvae": (["kernel", "aggregated"], {"Mixture prior": "components move with the style"}),
    "dec": (["kernel"], {"Aggregated posterior": "DEC has no posterior", "Mixture prior": "this is a DEC"}),
    "idec": (["kernel"], {"Aggregated posterior": "IDEC has no posterior", "Mixture prior": "this is an IDEC"}),
}


@pytest.mark.parametrize("kind", OF_KINDS)
def test_each_kind_of_model_climbs_what_it_has_and_says_why_not_the_rest(kind):
    there, reasons = OF_KINDS[kind]
    app = opened(**{**SMALL, "model": f"digits-{kind}"})
    missing = widget(app, "Not available here")
    told = dict(zip(missing.options, missing.proto.captions, strict=True))
    for name, reason in {**reasons, "Marginal likelihood": "climbs in the data", "Evidence bound": "climbs in the data"}.items():
        assert reason.lower() in told.pop(name).lower()
    assert not told
    drawn = set()
    for density in there:
        if len(there) > 1:
            widget(app, "What is climbed").set_value(density).run()
        assert not app.exception
        assert not app.error
        drawn.add(scene(app))
    assert len(drawn) == len(there)
    assert any("own clusters, before any climb" in caption.value for caption in app.main.caption)


@pytest.mark.parametrize(
    ("kind", "there"),
    [
        ("vade", {"kernel", "marginal", "bound"}),
        ("gmvae", {"kernel", "marginal", "bound"}),
        ("idec", {"kernel", "marginal"}),
        ("dec", {"kernel"}),
    ],
)
def test_what_climbs_in_the_data_does_so_for_each_kind(kind, there):
    app = opened(**{**SMALL, "model": f"digits-{kind}", "space": "data", "ascent.steps": "2"})
    if kind == "dec":
        assert any("left behind" in caption for caption in widget(app, "Not available here").proto.captions)
    assert len(widget(app, "What is climbed").options) == len(there)
    for density in there - {"kernel"}:
        widget(app, "What is climbed").set_value(density).run()
        assert not app.exception
        assert not app.error


def test_a_density_that_the_new_space_cannot_give_falls_back_to_the_kernel():
    app = opened(**SMALL, **{"ascent.density": "aggregated"})
    assert widget(app, "What is climbed").value == "aggregated"
    widget(app, "Space").set_value("pca").run()
    assert not app.exception
    assert not app.error
    assert widget(app, "What is climbed").value == "kernel"
    assert "ascent.density" not in link(app)


def test_a_map_that_is_the_picture_offers_its_own_parameters_only():
    assert "Perplexity" not in labels(opened(**{**SMALL, "view": "tsne", "space": "pca"}))
    data = labels(opened(**SMALL, space="data"))
    assert "Dimensions" not in data


def test_the_chosen_density_comes_back_with_its_space():
    app = opened(**SMALL)
    widget(app, "What is climbed").set_value("aggregated").run()
    widget(app, "Space").set_value("pca").run()
    assert widget(app, "What is climbed").value == "kernel"
    widget(app, "Space").set_value("latent").run()
    assert not app.exception
    assert widget(app, "What is climbed").value == "aggregated"
    assert link(app)["ascent.density"] == "aggregated"


def test_an_untempered_posterior_and_then_a_kernel_is_no_error():
    app = opened(**SMALL, **{"ascent.density": "aggregated", "ascent.bandwidth": "0"})
    assert not app.error
    widget(app, "What is climbed").set_value("kernel").run()
    assert not app.exception
    assert not app.error
    assert widget(app, "Bandwidth h").value > 0


@pytest.mark.parametrize(
    ("query", "label", "value", "name", "text"),
    [
        ({"space": "tsne"}, "Perplexity", 10.0, "map.perplexity", "10.0"),
        ({"space": "pca"}, "Dimensions", 3, "map.dim", "3"),
        pytest.param({"space": "umap"}, "UMAP neighbours", 30, "map.n_neighbors", "30", marks=pytest.mark.slow),
        pytest.param({"space": "umap"}, "UMAP min_dist", 0.5, "map.min_dist", "0.5", marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_the_parameters_of_a_map_change_it(query, label, value, name, text, in_the_page):
    app = opened(**SMALL, **query)
    assert not app.exception
    before = scene(app)
    widget(app, label).set_value(value).run()
    assert not app.exception
    assert link(app)[name] == text
    assert scene(app) != before


@pytest.mark.parametrize(
    ("query", "charts"), [({"dataset": "moons", "n": "300", "model": "off"}, 5), ({"n": "120", "view": "pca"}, 4)], ids=str
)
def test_the_fold_of_charts_shows_the_climb(query, charts):
    app = AppTest.from_file(APP, default_timeout=600)
    for name, value in {**query, "ascent.steps": "3"}.items():
        app.query_params[name] = value
    app.session_state["charts"] = True  # the fold is open
    app.run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == charts
    assert any("needs a 2-D space" in c.value for c in app.main.caption) == (charts == 4)


def test_the_controls_of_digits_change_the_spec_too():
    for label, value, name, text in (
        ("Model", "digits-ae", "model", "digits-ae"),
        ("Space", "pca", "space", "pca"),
        ("Space", "data", "space", "data"),
        ("Seen through", "tsne", "view", None),
    ):
        app = opened(**SMALL)
        assert not app.exception
        before = scene(app)
        widget(app, label).set_value(value).run()
        assert not app.exception
        assert scene(app) != before
        assert link(app).get(name) == text


def test_without_a_climb_its_controls_are_switched_off():
    app = opened(dataset="moons", n="300", model="off", ascent="off")
    assert widget(app, "Climb the density").value is False
    assert widget(app, "Steps").disabled
    assert widget(app, "Neighbours k").disabled
    assert read_header(scene(app))["steps"] == [0]


def test_a_link_round_trips():
    spec = Experiment(
        dataset="rings",
        n=300,
        model=None,
        ascent=AscentConfig(neighbors=0.08, steps=4),
        clustering=ClusterConfig(min_samples=6),
        seed=5,
    )
    wanted = dict(pair.split("=") for pair in spec.to_query().split("&"))
    app = opened(**wanted)
    assert not app.exception
    assert link(app) == wanted
    assert scene(app) == spec.packed_scene()
    again = opened(**link(app))
    assert scene(again) == scene(app)
    assert [widget(again, label).value for label in ("Data", "Size", "Steps", "Seed")] == ["rings", 300, 4, 5]
    assert read_header(scene(again))["min_samples"] == 6


def test_a_link_may_begin_at_a_step_and_a_radius():
    app = toy(**{"frame": "2", "clustering.eps": "0.25"})
    assert not app.exception
    assert begins(app) == {"frame": 2, "eps": 0.25, "play": False}
    assert begins(toy())["play"] is True


LOOK = "z1.5_c-truth~s.AbC"


def test_a_link_brings_its_look_back_and_keeps_it():
    app = toy(frame="1", look=LOOK)
    assert not app.exception
    assert words(app) == ""
    assert (begins(app)["look"], begins(app)["frame"]) == (LOOK, 1)
    assert link(app) == {**TOY, "frame": "1", "look": LOOK}
    assert "look" not in begins(toy())
    assert begins(toy(look="a" * MAX_VIEW_STATE_CHARS))["look"] == "a" * MAX_VIEW_STATE_CHARS


def test_the_link_follows_what_the_hand_did_on_the_stage():
    app = toy()
    said(app, view={"eps": 0.3, "frame": 2, "look": LOOK, "min_samples": 10})
    assert not app.exception
    assert link(app) == {**TOY, "frame": "2", "clustering.eps": "0.3", "look": LOOK}
    before = scene(app)
    said(app, view={"eps": None, "frame": 0, "look": ""})
    assert link(app) == {**TOY, "frame": "0"}
    assert scene(app) == before  # never sent again


@pytest.mark.parametrize(
    "view",
    [
        {"eps": "x", "frame": "y", "look": "<script>"},
        {"eps": -1, "frame": -1, "look": "a" * (MAX_VIEW_STATE_CHARS + 1)},
        {"eps": True, "frame": 1.5, "look": 7, "min_samples": True},
        {"version": "of another scene", "eps": 0.3, "frame": 2, "look": LOOK, "min_samples": 4},
    ],
    ids=["text", "out of range", "other types", "an earlier scene"],
)
def test_nothing_that_a_browser_says_wrongly_is_believed(view):
    app = toy()
    before = scene(app)
    said(app, view=view)
    assert not app.exception
    assert not app.error
    assert link(app) == TOY
    assert scene(app) == before
    app.session_state["stage"] = {"view": 7, "ask": [1]}
    assert not app.run().exception


# --- min_samples, chosen on the stage ----------------------------------------------------------------------------------


def test_another_min_samples_begins_where_the_hand_was_and_reaches_the_link():
    app = toy()
    eps = round(float(np.mean([read_header(scene(app))["eps"][end] for end in ("low", "start")])), 3)  # of small min_samples too
    said(app, view={"eps": eps, "frame": 2, "look": LOOK, "min_samples": 4})
    assert not app.exception
    header = read_header(scene(app))
    assert header["min_samples"] == 4
    assert header["initial"] == {"frame": 2, "eps": eps, "look": LOOK, "play": False}
    assert link(app) == {**TOY, "clustering.min_samples": "4", "clustering.eps": str(eps), "frame": "2", "look": LOOK}
    settled = scene(app)
    assert scene(app.run()) == settled  # what was said of the scene before counts no more
    wanted = Experiment.from_query({**TOY, "clustering.min_samples": "4"})
    assert header["version"] == read_header(wanted.packed_scene())["version"]
    said(app, view={"eps": eps, "frame": 2, "look": LOOK, "min_samples": 10})
    assert read_header(scene(app))["min_samples"] == 10
    assert "clustering.min_samples" not in link(app)


def test_a_new_min_samples_keeps_eps_within_the_new_range():
    app = toy()
    said(app, view={"eps": 1e9, "frame": 1, "min_samples": 40})
    header = read_header(scene(app))
    assert header["initial"]["eps"] == header["eps"]["high"]


@pytest.mark.parametrize("count", [0, -1, 51, 301, 10**9, 4.5, True, "4", None, [4]])
def test_a_min_samples_that_the_stage_does_not_offer_changes_nothing(count):
    app = toy()
    before = scene(app)
    said(app, view={"frame": 1, "min_samples": count})
    assert not app.exception
    assert scene(app) == before
    assert link(app) == {**TOY, "frame": "1"}


def test_no_more_min_samples_than_points_and_those_of_a_link_may_be_many():
    app = opened(dataset="moons", n="20", model="off", **{"ascent.steps": "2"})
    said(app, view={"min_samples": 21})
    assert read_header(scene(app))["min_samples"] == 10
    said(app, view={"min_samples": 20})
    assert read_header(scene(app))["min_samples"] == 20
    app = toy(**{"clustering.min_samples": "120"})
    said(app, view={"min_samples": 90})
    assert read_header(scene(app))["min_samples"] == 90


def test_min_samples_stays_when_another_control_or_another_page_is_used():
    app = toy()
    said(app, view={"min_samples": 4})
    widget(app, "Steps").set_value(5).run()
    assert read_header(scene(app))["min_samples"] == 4
    app.switch_page(LEARN).run()
    assert not app.exception
    assert read_header(scene(app))["min_samples"] == 10
    app.switch_page(APP).run()
    assert not app.exception
    assert (read_header(scene(app))["min_samples"], link(app)["clustering.min_samples"]) == (4, "4")


def test_a_lesson_takes_another_min_samples_for_its_setting_alone():
    app = toy().switch_page(LEARN).run()
    said(app, view={"frame": 3, "min_samples": 5})
    assert not app.exception
    assert read_header(scene(app))["min_samples"] == 5
    assert begins(app)["frame"] == 3
    option = app.main.segmented_control[0]
    option.set_value(option.options[1]).run()
    assert read_header(scene(app))["min_samples"] == 10


# --- asking what a point is ---------------------------------------------------------------------------------------------


def test_a_click_is_answered_with_decoded_pictures_and_the_scene_is_not_sent_again():
    app = opened(**SMALL)
    assert answers(app) == []
    before = scene(app)
    said(app, ask={"point": 7, "frame": 2, "serial": 3})
    assert not app.exception
    (answer,) = answers(app)
    wanted = point_pictures(Experiment.from_query(SMALL).run(), 7, 2)
    assert {name: answer[name] for name in ("version", "point", "frame", "serial", "words")} == {
        "version": read_header(before)["version"], "point": 7, "frame": 2, "serial": 3, "words": wanted.caption,
    }  # fmt: skip
    assert [picture["label"] for picture in answer["pictures"]] == ["start", "here"]
    for got, (_, picture) in zip(answer["pictures"], wanted.pictures, strict=True):
        assert (got["width"], got["height"], got["channels"]) == (8, 8, 1)
        np.testing.assert_array_equal(np.frombuffer(base64.b64decode(got["pixels"]), np.uint8).reshape(8, 8), picture)
    assert scene(app) == before
    assert link(app) == SMALL
    said(app, ask={"point": 8, "frame": 0}, view={"frame": 1})
    assert [(answer["point"], answer["frame"], answer["serial"]) for answer in answers(app)] == [(8, 0, None)]
    assert link(app) == {**SMALL, "frame": "1"}


def test_a_click_on_what_has_no_picture_is_answered_in_words():
    app = toy()
    said(app, ask={"point": 7, "frame": 2})
    assert not app.exception
    (answer,) = answers(app)
    assert answer["pictures"] == []
    assert answer["words"] == "There is no model to decode with, and these data are no pictures."
    said(app, ask={"point": 300, "frame": 2})
    assert "must be a whole number" in answers(app)[0]["words"]


def test_a_model_that_is_gone_by_then_is_words_too(monkeypatch):
    app = toy()

    def gone(*_):
        raise BadInput("The model is gone.")

    monkeypatch.setattr("vaegc.ui.session_scene._result", gone)
    said(app, ask={"point": 7, "frame": 2})
    assert not app.exception
    assert answers(app)[0]["words"] == "The model is gone."


@pytest.mark.parametrize(
    "ask",
    [{}, {"point": 7}, {"point": "7", "frame": 1}, {"point": -1, "frame": 0}, {"point": 7, "frame": 2, "version": "another"}, {"point": 7, "frame": 1, "serial": "x"}],
    ids=str,
)  # fmt: skip
def test_a_question_that_is_none_has_no_answer(ask):
    app = said(toy(), ask=ask)
    assert not app.exception
    assert answers(app) == []


def test_a_clicks_answer_goes_with_its_scene():
    app = said(toy(), ask={"point": 7, "frame": 2})
    assert len(answers(app)) == 1
    widget(app, "Steps").set_value(5).run()
    assert answers(app) == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"dataset": "nope"}, "there is no data set called 'nope' here"),
        ({"dataset": "/etc/passwd"}, "there is no data set called"),
        ({"model": "nope"}, "there is no model called 'nope' here"),
        ({"model.kind": "vae"}, "there is no model called"),
        ({"space": "moon"}, "space must be one of"),
        ({"speed": "3"}, "Unknown settings: speed"),
        ({"seed": "x"}, "seed must be a whole number"),
        ({"frame": "x"}, "its step or ε is no number"),
        ({"clustering.eps": "x"}, "its step or ε is no number"),
        ({"ascent": "off", "ascent.steps": "3"}, "both switched off and set"),
        ({"ascent.neighbors": "many"}, "neighbors must be"),
        ({"clustering.eps": "nan"}, ""),
        ({"clustering.eps": "1e999"}, ""),
        ({"clustering.eps": "-1"}, ""),
        ({"look": "a b"}, "its look is no text of at most 6,000 letters, digits and . _ ~ -."),
        ({"look": "é"}, "its look is no text"),
        ({"look": "<script>"}, "its look is no text"),
        ({"look": "a" * 6001}, "its look is no text"),
        ({"look": "a\n"}, "its look is no text"),
    ],
)
def test_a_bad_link_shows_one_sentence_and_the_default_scene(query, reason):
    app = opened(**query)
    assert not app.exception
    assert len(app.warning) == 1
    assert not app.error
    assert words(app).startswith("This link cannot be opened, so here is the default: ")
    assert reason in words(app)
    assert scene(app) == Experiment().packed_scene()


@pytest.mark.parametrize(
    "query",
    [
        {"n": "999999"}, {"n": "5"}, {"seed": "99999"}, {"space": "tsne", "seed": "4294967296"}, {"clustering.min_samples": "110"},
        {"clustering.min_samples": "500"}, {"clustering.min_size": "1.5"}, {"clustering.noise": "nearest"}, {"clustering.max_noise": "0.5"},
        {"ascent.steps": "0"}, {"ascent.steps": "100"}, {"ascent.neighbors": "7"}, {"ascent.neighbors": "0.33"}, {"ascent.neighbors": "3.5"},
        {"ascent.bandwidth": "0.5"}, {"ascent.alpha": "1.5"}, {"ascent.alpha": "0.001"}, {"ascent.tol": "7.0"}, {"ascent.bandwidth": "1e-09"},
        {"ascent.density": "mixture"}, {"ascent.density": "marginal"}, {"space": "data", "ascent.density": "bound"}, {"map.dim": "1", "space": "pca"},
        {"map.perplexity": "2", "space": "tsne"}, {"map.n_neighbors": "300"}, {"ascent.method": "blurring"}, {"ascent.surrogate_variance": "0.1"}, {"ascent.keep_every": "2"}, {"frame": "999"}, {"frame": "-3"}, {"look": "anything.at~all"}, {"clustering.eps": "1e-300"},
        {"dataset": "moons", "model": "off"}, {"dataset": "moons", "model": "off", "n": "7"}, {"dataset": "moons", "model": "digits-vae"},
        {"model": "off", "space": "data"}, {"model": "off"}, pytest.param({"view": "umap"}, marks=pytest.mark.slow),
    ],
    ids=str,
)  # fmt: skip
def test_a_link_beyond_what_the_controls_offer_is_obeyed_or_refused_and_never_breaks_the_page(query, in_the_page):
    app = opened(**{"n": "120", "view": "pca", "ascent.steps": "2", **query})
    assert not app.exception
    assert (len(stages(app)), len(app.error)) in {(1, 0), (0, 1)}
    if stages(app) and not app.warning:
        wanted = Experiment.from_query({k: v for k, v in link(app).items() if k not in {"frame", "clustering.eps", "look"}})
        assert read_header(scene(app))["version"] == read_header(wanted.packed_scene())["version"]
        if "dataset" not in query and "ascent.steps" not in query and "space" not in query and "model" not in query:
            assert query.items() <= link(app).items()


def test_what_can_be_taken_away_makes_the_same_spec():
    app = AppTest.from_file(APP, default_timeout=600)
    for name, value in TOY.items():
        app.query_params[name] = value
    app.session_state["take_away"] = True  # the fold is open
    app.run()
    assert not app.exception
    address, python, command = (code.value for code in app.code)
    assert Experiment.from_query(address.partition("?")[2]) == Experiment.from_query(TOY)
    # The ε on the screen is named: without a readable plateau nothing else could say at which radius the labels are.
    eps = read_header(scene(app))["eps"]["start"]
    seen = replace(Experiment.from_query(TOY), clustering=replace(Experiment.from_query(TOY).clustering, eps=eps))
    assert seen.to_query() in python
    assert seen.to_yaml() in command
    assert [button.label for button in app.get("download_button")] == [
        "Report (HTML)", "Labels (CSV)", "Points (Parquet)", "This stage (HTML)", "Settings (YAML)",
    ]  # fmt: skip
    said(app, view={"eps": 0.3, "frame": 2, "look": LOOK})
    address, python, command = (code.value for code in app.code)
    assert address.endswith(f"clustering.eps=0.3&frame=2&look={LOOK}")
    assert "clustering.eps=0.3" in python
    assert "eps: 0.3" in command


@pytest.mark.parametrize(
    ("view", "initial"),
    [
        ({}, {"frame": None, "eps": None, "play": True}),
        ({"frame": 0, "eps": 0.3, "look": LOOK}, {"frame": 0, "eps": 0.3, "look": LOOK, "play": False}),
        ({"eps": 0.3}, {"frame": None, "eps": 0.3, "play": True}),
    ],
    ids=["nothing touched", "all", "ε alone"],
)
def test_the_page_that_is_taken_away_begins_at_the_view(view, initial):
    shown = load_scene(Experiment.from_query(TOY))
    (zipped,) = re.findall(r'atob\("([^"]*)"\)', _stage_page(shown, view))
    assert read_header(gzip.decompress(base64.b64decode(zipped)))["initial"] == initial


def error_of(app: AppTest) -> str:
    assert not app.exception
    (error,) = app.error
    assert "Traceback" not in error.value
    return error.value


def test_a_damaged_model_is_one_sentence_on_the_page(tmp_path, monkeypatch, empty_cache):
    shutil.copytree(store.assets_root() / "models", tmp_path / "assets" / "models")
    weights = tmp_path / "assets" / "models" / "digits-vae" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    shutil.copy(store.assets_root() / "icon.png", tmp_path / "assets")
    monkeypatch.setattr(store, "app_root", lambda: tmp_path)
    assert "digits-vae: model.safetensors is damaged" in error_of(opened(**SMALL))


def test_more_min_samples_than_points_is_one_sentence_on_the_page_and_its_control_puts_it_right(empty_cache):
    app = opened(dataset="moons", n="20", model="off", **{"clustering.min_samples": "40"})
    assert error_of(app) == "min_samples is 40, but there are only 20 points; choose at most 20."
    assert widget(app, "min_samples").max == 20
    app = widget(app, "min_samples").set_value(5).run()
    assert not app.error
    assert "min_samples" not in labels(app)  # the stage has it now
    assert read_header(scene(app))["min_samples"] == 5


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (np.zeros((1, 2)), "Clustering needs at least 2 points; got 1."),
        (np.ones((30, 2)), "All 30 points are equal"),
        (np.array([[0.0, 1.0], [np.nan, 0.0]]), "1 of 2 rows holds NaN, infinity or nothing (the first: row 1, column 0)"),
    ],
    ids=["one point", "all equal", "NaN"],
)
def test_data_that_cannot_be_clustered_are_one_sentence_on_the_page(x, sentence, monkeypatch, empty_cache):
    monkeypatch.setattr("vaegc.experiment.spec.load_dataset", lambda *_, **__: Dataset(x=x))
    assert sentence in error_of(opened(dataset="moons", model="off"))
