"""The Generate page says what it should for every kind of model, answers the map, and brings a link back."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import link, open_page
from vaegc import Dataset, Experiment, ModelConfig, train
from vaegc.experiment.scene_arrays import uint8_images
from vaegc.generation import decode_places, modes_and_means, walk
from vaegc.generation.plane import plane_of
from vaegc.ui.generate.requests import MapRequest, map_request_from_state

FEW = {
    "n": "300",
    "view": "pca",
    "ascent.neighbors": "0.04",
    "ascent.steps": "4",
    "clustering.eps": "1.2",
    "clustering.min_size": "5",
}
TOY = {"dataset": "moons", "n": "300", "model": "off", "ascent.steps": "3", "clustering.eps": "0.1"}


def opened(*, fold_open: bool = False, **query: str) -> AppTest:
    return open_page("pages/3_Generate.py", {"generate-take": fold_open}, **query)


def digits(**query: str) -> AppTest:
    return opened(**{**FEW, **query})


def told(app: AppTest, name: str) -> list[dict]:
    parts = [part.proto for part in app.get("bidi_component") if part.proto.component_name == name]
    return [json.loads(part.json) for part in parts]


def the_map(app: AppTest) -> dict:
    (found,) = told(app, "vaegc_generate")
    return found


def sheets(app: AppTest) -> list[dict]:
    return told(app, "vaegc_sheet")


def asked(app: AppTest, **question: object) -> dict:
    """The map asks; returns its answer."""
    version = the_map(app)["version"]
    app.session_state["generate"] = {"ask": {"version": version, "serial": 77, **question}}
    app.run()
    (answer,) = told(app, "vaegc_answer")
    assert (answer["version"], answer["serial"]) == (version, 77)
    return answer


def pixels(packed: dict, shape: tuple[int, ...] = (8, 8)) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["pixels"]), np.uint8).reshape(packed["many"], *shape)


def words(app: AppTest) -> str:
    kinds = (app.caption, app.info, app.error, app.warning, app.subheader)
    return " ".join(element.value for kind in kinds for element in kind)


def choose(app: AppTest, label: str) -> AppTest:
    control = next(c for c in app.main.segmented_control if c.label == "Section")
    return control.set_value({"Clusters": "clusters", "Plane": "plane", "Content and style": "style"}[label]).run()


def result_of(**query: str):
    return Experiment.from_query({**FEW, **query}).run()


def same(shown: np.ndarray, rows: np.ndarray, result) -> bool:
    """Up to one level of grey: a batch of another size is rounded otherwise."""
    return bool(np.abs(shown.astype(int) - uint8_images(result.dataset, rows).astype(int)).max() <= 1)


# --- what is there at once -----------------------------------------------------------------------------------------------


def test_the_page_says_what_to_do_first_and_shows_the_map_with_a_walk():
    app = digits()
    assert not app.exception
    assert app.title[0].value == "See what the model imagines"
    assert "Click anywhere on the map to decode that place, or drag from one place to another" in words(app)
    shown = the_map(app)
    result = result_of()
    xy = np.frombuffer(base64.b64decode(shown["xy"]), np.float64).reshape(-1, 2)
    np.testing.assert_allclose(xy, plane_of(result).points, rtol=1e-12)
    assert shown["display"] == {"kind": "picture", "width": 8, "height": 8, "channels": 1}
    assert "300 digits" in shown["words"]
    assert "ε = 1.2" in shown["words"]
    assert shown["begin"]["title"] == "A walk from cluster 1 to cluster 2"
    assert shown["begin"]["rows"]["many"] == 11
    assert shown["clusters"][0]["name"].startswith("Cluster 1 (")
    assert app.button(key="generate-no-style").disabled
    assert "only a GMVAE keeps" in words(app)


def test_below_are_draws_and_summits_of_every_cluster_with_what_they_are():
    app = digits()
    draws, beside = sheets(app)
    result = result_of()
    assert [line["name"] for line in draws["lines"]] == [line["name"] for line in beside["lines"]]
    assert draws["lines"][0]["rows"]["many"] == 8
    sheet = modes_and_means(result)
    assert beside["columns"] == ["summit", "mean, decoded", "mean of the data"]
    for line, wanted in zip(beside["lines"], sheet.rows, strict=True):
        assert line["words"] == wanted.caption
        assert same(pixels(line["rows"]), wanted.x, result)
    assert "Drawn from the kernel density" in words(app)
    assert "drawn with seed 0" in words(app)
    app.button(key="generate-again").click().run()
    assert "drawn with seed 1" in words(app)
    assert sheets(app)[0]["lines"][0]["rows"] != draws["lines"][0]["rows"]
    assert sheets(app)[1] == beside


# --- the map is answered -------------------------------------------------------------------------------------------------


def test_a_clicked_place_is_decoded():
    app, result = digits(), result_of()
    answer = asked(app, kind="place", at={"at": [0.5, -1.0]})
    found = decode_places(result, [[0.5, -1.0]])
    assert same(pixels(answer["rows"]), found.x, result)
    assert answer["words"] == found.caption
    assert answer["title"] == "What the VAE imagines here"
    nearest = int(found.nearest[0])
    assert answer["nearest"] == [{"point": nearest, "name": f"nearest point, {nearest:,}"}]
    assert same(pixels(answer["own"]), result.dataset.x[[nearest]], result)
    assert answer["climbs"]


def test_a_clicked_point_is_decoded_itself_and_can_be_followed():
    app, result = digits(), result_of()
    answer = asked(app, kind="place", at={"point": 12})
    assert same(pixels(answer["rows"]), result.model.decode(result.posterior.mean[[12]]), result)
    assert answer["title"] == "Point 12 through the VAE"
    assert answer["nearest"] == [{"point": 12, "name": "point 12 itself"}]
    answer = asked(app, kind="climb", point=12)
    assert answer["names"] == ["start", "step 1", "step 2", "step 3", "step 4"]
    assert same(pixels(answer["rows"]), result.model.decode(result.trajectory.points[:, 12]), result)
    assert answer["title"] == "Point 12 on its way uphill"
    assert not answer["climbs"]


def test_a_drag_is_a_walk():
    app, result = digits(), result_of()
    answer = asked(app, kind="walk", a={"point": 3}, b={"at": [1.0, 1.0]})
    assert answer["title"] == "A walk from point 3 to a place"
    assert same(pixels(answer["rows"]), walk(result, 3, (1.0, 1.0), 11).x, result)
    assert answer["names"][0] == "0 % of the way"
    assert answer["names"][-1] == "100 % of the way"


def test_the_plane_behind_the_points_is_decoded_when_it_is_asked_for():
    answer = asked(digits(), kind="grid")
    grid = answer["grid"]
    assert grid["pictures"]["many"] == grid["rows"] * grid["columns"] == len(grid["far"])
    assert 200 < grid["pictures"]["many"] < 400


@pytest.mark.parametrize(
    "question",
    [
        {"kind": "place", "at": {"point": 300}}, {"kind": "place", "at": {"at": [1]}}, {"kind": "place", "at": {"at": ["x", 1]}},
        {"kind": "place", "at": {"at": [float("nan"), 1]}}, {"kind": "walk", "a": {"point": 1}}, {"kind": "burn"}, {"kind": "climb", "point": True},
        {"kind": "place", "at": {"point": 1}, "serial": -1}, {"kind": "place"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_not_answered(question):
    drawn = np.random.default_rng(0).normal(size=(300, 2))
    assert map_request_from_state({"ask": {"version": "v", "serial": 1, **question}}, "v", drawn) is None


def test_what_was_asked_of_another_scene_is_not_answered_and_far_places_are_brought_near():
    drawn = np.array([[0.0, 0.0], [2.0, 1.0]])
    state = {"ask": {"version": "v", "serial": 1, "kind": "place", "at": {"at": [1e300, -1e300]}}}
    assert map_request_from_state(state, "w", drawn) is None
    assert map_request_from_state({}, "v", drawn) is None
    assert map_request_from_state(state, "v", drawn) == MapRequest("place", 1, ((4.0, -2.0),))


# --- kinds of models -----------------------------------------------------------------------------------------------------


def test_vade_draws_from_its_components():
    app = digits(model="digits-vade")
    draws = sheets(app)[0]
    assert [line["name"] for line in draws["lines"]] == [f"Component {c + 1}" for c in range(10)]
    assert all(line["words"].startswith("weight 0.") for line in draws["lines"])
    assert "The climb and ε play no part" in words(app)


def test_a_gmvae_has_its_table_of_content_and_style():
    app = choose(digits(model="digits-gmvae"), "Content and style")
    assert not app.exception
    (table,) = sheets(app)
    assert len(table["lines"]) == 10
    assert table["columns"][0] == "w = 0"
    assert table["lines"][0]["rows"]["many"] == 9
    assert "One cluster a line, one style a column" in words(app)
    assert link(app)["section"] == "style"
    control = next(c for c in app.main.segmented_control if c.label == "Styles")
    control.set_value("Along one dimension").run()
    app.main.slider(key="generate-dimension").set_value(3).run()
    assert sheets(app)[0]["lines"][0]["rows"] != table["lines"][0]["rows"]
    assert "9 given styles" in words(app)


def test_a_plain_autoencoder_says_that_it_has_no_prior():
    app = digits(model="digits-ae", **{"clustering.eps": "2"})
    assert not app.exception
    assert "A plain autoencoder has no prior of its own" in words(app)


def test_dec_says_once_that_its_decoder_was_left_behind():
    app = digits(model="digits-dec", **{"clustering.eps": "2"})
    assert not app.exception
    assert [info.value[:29] for info in app.info] == ["DEC's decoder was left behind"]
    begin = the_map(app)["begin"]
    assert begin["rows"] is None
    assert begin["words"].startswith("DEC's decoder was left behind")
    answer = asked(app, kind="place", at={"at": [0, 0]})
    assert answer["rows"] is None
    assert answer["words"].startswith("DEC's decoder was left behind")
    assert "DEC's decoder" in asked(app, kind="grid")["words"]
    assert not app.main.segmented_control
    assert not app.main.expander


def test_pictures_without_a_model_are_mixed_from_their_neighbours():
    app = digits(model="off", **{"clustering.eps": "20"})
    assert not app.exception
    assert the_map(app)["begin"]["rows"]["many"] == 11
    answer = asked(app, kind="place", at={"at": [0.0, 0.0]})
    assert "There is no decoder" in answer["words"]
    assert answer["title"] == "What lies here"


def test_a_toy_is_shown_as_points_of_its_plane():
    app = opened(**TOY)
    assert not app.exception
    shown = the_map(app)
    assert shown["display"]["kind"] == "point"
    assert not shown["gridded"]
    answer = asked(app, kind="place", at={"at": [0.25, 0.5]})
    assert "this place of the data is the answer" in answer["words"]
    assert "xy" in answer["rows"]
    assert sheets(app)[1]["columns"] == ["summit", "mean"]
    assert "no pictures" in asked(app, kind="grid")["words"]
    assert "The plane is the data themselves" in words(choose(app, "Plane"))


def test_rows_of_a_table_are_told_by_their_features(tmp_path):
    from vaegc.ui.generate.payload import display_payload, rows_payload
    from vaegc.ui.generate.responses import respond

    rng = np.random.default_rng(0)
    data = Dataset(x=rng.normal(size=(120, 5)).astype(np.float32), features=tuple("abcde"))
    model = train(data, ModelConfig(kind="vae", latent_dim=2, hidden=(8,), epochs=1))
    model.save(str(tmp_path / "model"))
    result = Experiment(dataset=data, model=str(tmp_path / "model")).run()
    assert display_payload(data) == {"kind": "features"}
    made = respond(result, MapRequest("place", 1, ((0.0, 0.0),)), "v", str)
    (told_of,) = made["rows"]["features"]
    assert {feature["name"] for feature in told_of} == set("abcde")
    assert rows_payload(data, data.x[:3])["many"] == 3


# --- the rest ------------------------------------------------------------------------------------------------------------


def test_without_a_readable_plateau_the_eps_that_explore_begins_at_is_named():
    app = opened(n="300", view="pca", **{"ascent.steps": "1"})
    assert not app.exception
    assert "no plateau is readable" in the_map(app)["words"]
    assert "no plateau is readable" in words(app)


def test_the_plane_is_decoded_row_by_row():
    app = choose(digits(), "Plane")
    (plane,) = sheets(app)
    assert (len(plane["lines"]), plane["tight"]) == (12, 16)
    assert all(len(line["far"]) == line["rows"]["many"] == 16 for line in plane["lines"])
    next(c for c in app.main.segmented_control if c.label == "Cells").set_value("Coarse").run()
    assert (len(sheets(app)[0]["lines"]), sheets(app)[0]["tight"]) == (8, 10)
    assert "8 × 10 places of the map" in words(app)


def test_a_link_brings_the_section_back_and_another_kind_of_model_does_not_break_it():
    app = digits(section="plane")
    assert not app.exception
    assert not app.warning
    assert len(sheets(app)) == 1
    assert link(app) == {**FEW, "section": "plane"}
    app = digits(section="style")
    assert len(sheets(app)) == 2
    assert "section" not in link(app)
    app = digits(section="nonsense")
    assert not app.exception
    assert len(sheets(app)) == 2


def test_what_can_be_taken_makes_what_is_seen():
    app = opened(fold_open=True, **FEW)
    assert not app.exception
    address, python, command = (code.value for code in app.code)
    spec = Experiment.from_query(FEW)
    assert Experiment.from_query(address.partition("?")[2]) == spec
    scope: dict = {}
    exec(python, scope)
    for shown, name in zip(sheets(app), ("clusters", "modes"), strict=True):
        for line, rows in zip(shown["lines"], scope[name].to_array(), strict=True):
            assert same(pixels(line["rows"]), rows, scope["result"])
    assert replace(spec, clustering=replace(spec.clustering, eps=None)).to_yaml() in command  # ε is named apart
    assert "--clusters --per-cluster 8 --seed 0 --eps 1.2 --modes" in command
    assert [button.label for button in app.get("download_button")] == [
        "Draws from each cluster (PNG)",
        "Summit beside mean (PNG)",
    ]
    choose(app, "Plane")
    assert app.code[0].value.endswith("&section=plane")
    assert "--grid 12x16" in app.code[2].value
