"""Any data set and model of one's own opens in Explore, is named and never by its path, and belongs to its browser alone."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import APP, link, open_page, scene, warnings
from vaegc import AscentConfig, Dataset, Experiment, ModelConfig, store, train
from vaegc.datasets import TOYS
from vaegc.errors import BadInput
from vaegc.experiment import estimate
from vaegc.models.packed import pack_model
from vaegc.ui import catalog
from vaegc.web.stage.scene_bytes import read_header
from vaegc.workspace import Workspace

ME, SHE = "M" * 32, "S" * 32  # the names of two browsers


@pytest.fixture(autouse=True)
def own_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "secret-place"))


@pytest.fixture
def mine(monkeypatch) -> Workspace:
    """What this browser has; also outside of a page."""
    monkeypatch.setattr("vaegc.ui.profile._name", lambda: ME)
    return Workspace(store.content_hash("profile", ME))


def blobs(n: int = 150, d: int = 4, **more) -> Dataset:
    rng = np.random.default_rng(0)
    y = np.arange(n) % 3
    return Dataset(x=(rng.normal(size=(3, d))[y] * 5 + rng.normal(size=(n, d))).astype(np.float32), y=y, **more)


@pytest.fixture
def data(mine):
    return mine.add_data(blobs(class_names=("a", "b", "c")), "Penguins & co")


@pytest.fixture
def model(mine, data, tmp_path):
    """A VAE trained on the data for two epochs."""
    made = train(mine.load_data(data.ref), ModelConfig(latent_dim=4, hidden=(8,), epochs=2), seed=3)
    made.save(str(tmp_path / "made"))
    return mine.add_model(pack_model(tmp_path / "made"), "My first")


def opened(session: dict | None = None, /, **query: str) -> AppTest:
    app = open_page("", session, **query)
    assert not app.exception
    return app


def box(app: AppTest, label: str):
    return next(w for w in app.sidebar.selectbox if w.label == label)


def text(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error, app.info, app.warning, app.code)
    return " ".join(str(element.value) for kind in kinds for element in kind)


# --- what is offered -----------------------------------------------------------------------------------------------------


def test_ones_own_data_come_first_then_the_digits_then_the_toys(mine, data):
    words = catalog.available_datasets()
    names = list(words)
    assert (names[0], words[data.ref]) == (data.ref, "Penguins & co (150)")
    assert names.index("digits") < names.index(TOYS[0])
    assert words["digits"] == "Handwritten digits (1,797)"
    assert words["moons"] == "Moons (2-D toy)"


def test_what_reads_the_same_is_told_apart(mine, data):
    again = mine.add_data(blobs(), data.title)
    words = catalog.available_datasets()
    assert {words[data.ref], words[again.ref]} == {"Penguins & co (150)", "Penguins & co (150) · 2"}


def test_the_digits_models_keep_their_words_and_order(mine):
    assert catalog.available_models("digits") == {
        "digits-vae": "VAE", "digits-ae": "Autoencoder", "digits-vade": "VaDE", "digits-gmvae": "GMVAE", "digits-dec": "DEC",
        "digits-idec": "IDEC", None: "None: climb the data themselves",
    }  # fmt: skip


def test_models_that_fit_are_offered_those_of_other_data_last(mine, data, model):
    assert catalog.available_models(data.ref) == {model.ref: "My first (VAE)", None: catalog.NO_MODEL}
    other = mine.add_data(blobs(60), "Other")
    assert catalog.available_models(other.ref) == {None: catalog.NO_MODEL, model.ref: "My first (VAE, of Penguins & co)"}
    assert catalog.available_models("moons") == {None: catalog.NO_MODEL}
    names = list(catalog.available_models("mnist"))
    assert names[:2] == ["mnist-vae", "mnist-ae"]
    assert names.index(None) < names.index("fashion-mnist-vae")


def test_a_first_look_suits_the_data(mine, data, model):
    assert catalog.default_spec("digits") == Experiment()
    assert catalog.default_spec("moons") == Experiment(dataset="moons", model=None)
    mnist = catalog.default_spec("mnist")
    assert (mnist.model, mnist.n, mnist.space, mnist.view) == ("mnist-vae", 5000, "latent", "tsne")
    own = catalog.default_spec(data.ref)
    assert (own.dataset, own.model, own.n, own.space) == (data.ref, None, None, "latent")
    assert catalog.default_spec(data.ref, model.ref) == replace(own, model=model.ref)
    embedding = mine.add_data(Dataset(x=np.zeros((7000, 30), np.float32)), "Embedding", embedding=True)
    seen = catalog.default_spec(embedding.ref)
    assert (seen.model, seen.n) == (None, 5000)
    wide = mine.add_data(Dataset(x=np.zeros((7000, 500), np.float32)), "Wide")
    assert catalog.default_spec(wide.ref).n < 5000
    with pytest.raises(BadInput, match="belong to another browser"):
        catalog.default_spec("mine:0123456789abcdef")


# --- on the page ---------------------------------------------------------------------------------------------------------


def test_data_of_ones_own_open_in_explore(mine, data):
    app = opened(dataset=data.ref, model="off")
    assert warnings(app) == ""
    assert box(app, "Data").value == data.ref
    assert "The data (4-D)" in box(app, "Space").options
    header = read_header(scene(app))
    assert header["n"] == 150
    assert header["caption"].startswith("150 points of Penguins & co · no model · climbed and clustered in the data (4-D)")
    assert link(app)["dataset"] == data.ref


def test_a_model_of_ones_own_is_named_by_what_it_is(mine, data, model):
    app = opened(dataset=data.ref, model=model.ref, view="pca")
    assert box(app, "Model").value == model.ref
    caption = read_header(scene(app))["caption"]
    assert caption.startswith(
        "150 points of Penguins & co · VAE, 2 epochs of training, seed 3 · climbed and clustered in the latent space (4-D)"
    )
    assert link(app) == {"dataset": data.ref, "model": model.ref, "view": "pca"}


def test_flat_data_are_their_own_picture(mine):
    flat = mine.add_data(blobs(d=2), "Flat")
    app = opened(dataset=flat.ref, model="off")
    assert [w.label for w in app.sidebar.selectbox] == ["Data", "Method"]
    assert (read_header(scene(app))["space"], read_header(scene(app))["view"]) == ("latent", "latent")


def test_a_model_with_a_flat_latent_space_needs_no_view(mine, data, tmp_path):
    train(mine.load_data(data.ref), ModelConfig(latent_dim=2, hidden=(8,), epochs=1)).save(str(tmp_path / "flat"))
    model = mine.add_model(pack_model(tmp_path / "flat"), "Flat")
    app = opened(dataset=data.ref, model=model.ref)
    assert "Seen through" not in [w.label for w in app.sidebar.selectbox]
    assert read_header(scene(app))["view"] == "latent"


def test_a_large_set_is_shown_in_part_and_the_link_says_how_many(mine):
    large = mine.add_data(blobs(2500, 2), "Large")
    app = opened(dataset=large.ref, model="off", n="2000", **{"ascent.steps": "1"})
    size = box(app, "Size")
    assert list(size.options) == ["2,000 points", "All 2,500 points"]
    assert read_header(scene(app))["n"] == 2000
    size.select_index(1).run()
    assert read_header(scene(app))["n"] == 2500
    assert "n" not in link(app)
    app = opened(dataset=large.ref, model="off", n="77", **{"ascent.steps": "1"})
    assert list(box(app, "Size").options) == ["2,000 points", "All 2,500 points", "77 points"]


def test_other_data_begin_with_their_own_look_and_the_old_one_comes_back(mine, data):
    app = opened(n="120", view="pca", **{"ascent.steps": "2"})
    box(app, "Data").set_value(data.ref).run()
    assert (link(app)["dataset"], link(app)["model"], link(app)["ascent.steps"]) == (data.ref, "off", "2")
    assert "n" not in link(app)
    box(app, "Data").set_value("digits").run()
    assert link(app) == {"n": "120", "view": "pca", "ascent.steps": "2"}


def test_a_link_without_a_model_takes_the_usual_one_of_its_data(mine, data):
    assert link(opened(dataset="moons", n="60"))["model"] == "off"
    assert link(opened(dataset=data.ref))["model"] == "off"


# --- whose it is ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["data", "model"])
def test_what_belongs_to_another_browser_is_one_sentence_and_the_default(what, mine, data, model, monkeypatch):
    monkeypatch.setattr("vaegc.ui.profile._name", lambda: SHE)
    query = {"dataset": data.ref} if what == "data" else {"model": model.ref}
    app = opened(**query)
    assert "This link cannot be opened, so here is the default: Th" in warnings(app)
    assert "another browser" in warnings(app)
    assert scene(app) == Experiment().packed_scene()
    assert "Penguins" not in " ".join(box(app, "Data").options)


@pytest.mark.parametrize(
    "query",
    [
        {"dataset": "/etc/x.csv"}, {"model": "../../x"}, {"dataset": "mine:../../../etc/passwd"}, {"dataset": "mine:"},
        {"model": "mine:../x"}, {"model": "/etc"}, {"model": "./digits-vae"}, {"dataset": "own.npz"}, {"model": "mnist-vae"},
    ],
    ids=str,
)  # fmt: skip
def test_no_path_of_a_link_is_opened(query, mine, monkeypatch):
    monkeypatch.setattr(estimate, "_shape_of", lambda path: pytest.fail(f"{path} was opened"))
    app = opened(**query)
    assert warnings(app).startswith("This link cannot be opened, so here is the default: ")
    assert scene(app) == Experiment().packed_scene()


def test_a_path_of_a_kept_set_is_refused_too(mine, data):
    app = opened(dataset=str(data.path), model="off")
    assert "there is no data set called" in warnings(app)


def test_the_servers_folders_are_nowhere_on_the_page(mine, data, model):
    app = opened({"take_away": True, "charts": True}, dataset=data.ref, model=model.ref, view="pca", **{"ascent.steps": "2"})
    for place in ("secret-place", data.path.stem + ".npz", str(model.folder)):
        assert place not in text(app)
        assert place.encode() not in scene(app)
        assert place not in str(link(app))
    assert "penguins-co.npz" in text(app)  # the name of the download


def test_a_sentence_on_what_is_damaged_names_it_and_not_its_path(mine, data, model, empty_cache):
    weights = model.folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    app = opened(dataset=data.ref, model=model.ref, view="pca")
    (error,) = app.error
    assert "My first: model.safetensors is damaged" in error.value
    assert "secret-place" not in error.value


def test_deleted_data_are_a_sentence_and_the_digits(mine, data):
    app = opened(dataset=data.ref, model="off", **{"ascent.steps": "2"})
    mine.delete_data(data.ref)
    app.run()
    assert warnings(app) == "These data are not here any more, so here are the digits."
    assert box(app, "Data").value == "digits"
    assert scene(app) == Experiment(ascent=AscentConfig(steps=2)).packed_scene()
    assert warnings(app.run()) == ""


def test_a_deleted_model_leaves_the_data(mine, data, model):
    app = opened(dataset=data.ref, model=model.ref, view="pca", **{"ascent.steps": "2"})
    mine.delete_model(model.ref)
    app.run()
    assert "The model is not here any more" in warnings(app)
    assert (box(app, "Data").value, box(app, "Model").value) == (data.ref, None)
    assert link(app)["model"] == "off"


# --- from page to page -----------------------------------------------------------------------------------------------------


def test_what_another_page_hands_over_wins_over_what_was_set_before(mine, data):
    app = opened(n="120", view="pca", seed="4", **{"ascent.steps": "2", "ascent.density": "aggregated"})
    app.session_state["handed"] = replace(catalog.default_spec(data.ref), ascent=AscentConfig(steps=5), seed=1)
    app.run()
    assert not app.exception
    assert link(app) == {"dataset": data.ref, "model": "off", "ascent.steps": "5", "seed": "1"}
    assert app.sidebar.slider(key="explore_steps").value == 5
    app.run()
    assert link(app)["dataset"] == data.ref


def test_a_widget_of_another_page_is_not_taken_for_one_of_this(mine, data):
    app = opened({"data": "rings", "model": None, "seed": 9, "steps": 1, "n": 300}, n="120", view="pca", **{"ascent.steps": "2"})
    assert link(app) == {"n": "120", "view": "pca", "ascent.steps": "2"}


def test_the_hands_view_survives_another_page(mine):
    app = opened(dataset="moons", n="60", model="off", **{"ascent.steps": "3"})
    version = read_header(scene(app))["version"]
    app.session_state["stage"] = {"view": {"version": version, "eps": 0.3, "frame": 2, "look": "z1.5"}}
    app.run()
    before = link(app)
    assert (before["clustering.eps"], before["frame"], before["look"]) == ("0.3", "2", "z1.5")
    app.switch_page("pages/6_Learn.py").run()
    del app.session_state["stage"]  # as a browser's page does that is left
    app.switch_page(APP).run()
    assert link(app) == before
    initial = read_header(scene(app))["initial"]
    assert (initial["frame"], initial["eps"], initial["look"]) == (2, 0.3, "z1.5")


# --- to take along ---------------------------------------------------------------------------------------------------------


def test_python_and_command_run_beside_the_downloads(mine, data, model, tmp_path, monkeypatch):
    app = opened({"take_away": True}, dataset=data.ref, model=model.ref, n="100", view="pca", **{"ascent.steps": "4"})
    address, python, command = (code.value for code in app.code)
    assert data.ref.replace(":", "%3A") in address
    assert "this link opens in this browser only" in text(app)
    assert [button.label for button in app.get("download_button")] == [
        "Report (HTML)", "Labels (CSV)", "Points (Parquet)", "This stage (HTML)", "Settings (YAML)", "Your data (NPZ)", "Your model (ZIP)",
    ]  # fmt: skip
    assert "mine:" not in python + command
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    portable = mine.portable(Experiment(dataset=data.ref, model=model.ref))
    (folder / str(portable.dataset)).write_bytes(data.path.read_bytes())
    (folder / f"{Path(str(portable.model)).name}.zip").write_bytes(pack_model(model.folder))
    monkeypatch.chdir(folder)
    printed, space = io.StringIO(), {}
    with contextlib.redirect_stdout(printed):
        exec(python, space)
    result = mine.resolve(Experiment.from_query(link(app))).run()
    np.testing.assert_array_equal(space["result"].trajectory.points, result.trajectory.points)
    assert space["result"].eps == read_header(scene(app))["eps"]["start"]
    assert f"python -m zipfile -e {Path(str(portable.model)).name}.zip {portable.model}" in command
    yaml = command.partition("<<'END'\n")[2].partition("END\n")[0]
    assert Experiment.from_yaml(yaml) == space["spec"]


def test_public_data_need_no_files(mine):
    app = opened({"take_away": True}, dataset="moons", n="60", model="off", **{"ascent.steps": "2"})
    assert len(app.get("download_button")) == 5
    assert "opens in this browser only" not in text(app)
