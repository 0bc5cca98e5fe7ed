"""The Python and the command that a page prints, read from the page and run as they are, give the numbers on the page."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from apptest import SOON, open_page, scene
from vaegc import AscentConfig, Dataset, Experiment, ModelConfig, jobs, load_dataset, score, train
from vaegc.models.packed import pack_model
from vaegc.store import content_hash
from vaegc.training import run_status
from vaegc.ui.export_panel import NO_EPS_MESSAGE, PANEL_LABEL
from vaegc.web.stage.scene_bytes import read_header
from vaegc.wording import counted
from vaegc.workspace import Workspace

ROOT = Path(__file__).parent.parent
CUT = ROOT / "tests" / "js" / "cut_cli.mjs"
NODE = shutil.which("node")
NAME = "w" * 32  # of the browser


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("VAEGC_READONLY", raising=False)
    yield
    for job in jobs.jobs():
        jobs.kill(job)


@pytest.fixture
def mine() -> Workspace:
    return Workspace(content_hash("profile", NAME))


@pytest.fixture
def folder(tmp_path) -> Path:
    """Where somebody takes what the page prints: an empty folder."""
    made = tmp_path / "elsewhere"
    made.mkdir()
    return made


def opened(page: str = "", /, session: Mapping[str, object] | None = None, **query: str) -> AppTest:
    app = open_page(page, {"profile": NAME, **(session or {})}, **query)
    assert not app.exception
    assert not app.error
    return app


def printed(app: AppTest) -> tuple[str, str, str]:
    """Link, Python and command."""
    link, python, command = (code.value for code in app.code)
    return link, python, command


def started(words: list[str], folder: Path) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # where `vaegc` and `python` are
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": path}
    return subprocess.Popen(
        words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def ran(python: str, command: str, folder: Path) -> tuple[str, str]:
    """What both print, run side by side in folders of their own that hold the same files."""
    there = [folder / "python", folder / "command"]
    files = [path for path in folder.iterdir() if path.is_file()]
    for place in there:
        place.mkdir()
        for file in files:
            shutil.copy(file, place)
    both = [started([sys.executable, "-c", python], there[0]), started(["bash", "-ec", command], there[1])]
    said = []
    for process in both:
        out, err = process.communicate(timeout=SOON)
        assert process.returncode == 0, err[-2000:]
        said.append(out)
    return said[0], said[1]


@dataclass(frozen=True)
class OnPage:
    """What the stage shows at its last step, at the ε where it begins."""

    eps: float
    reason: str
    n: int
    labels: list[int]
    n_clusters: int
    noise: float
    scores: dict[str, float]


def on_page(app: AppTest, folder: Path) -> OnPage:
    """Cut by the stage's own JavaScript."""
    packed = scene(app)
    header = read_header(packed)
    eps = header["initial"]["eps"] or header["eps"]["start"]
    path = folder.parent / "scene.bin"
    path.write_bytes(packed)
    asked = json.dumps([{"tree": len(header["trees"]) - 1, "eps": eps}])
    done = subprocess.run([str(NODE), str(CUT), str(path), asked], capture_output=True, text=True, timeout=SOON, check=True)
    (cut,) = json.loads(done.stdout)
    reason = header["trees"][-1]["suggestion"]["reason"]
    return OnPage(eps, reason, header["n"], cut["labels"], cut["n_clusters"], cut["noise"], cut["scores"].get("wrong", {}))


def check_run(page: OnPage, python: str, command: str, labels: Path) -> None:
    """What the printed lines said of a stage is what the stage shows."""
    assert python.startswith(page.reason)
    assert page.reason in command
    table = pd.read_csv(labels)
    assert table["cluster"].tolist() == page.labels
    assert max(page.labels) + 1 == page.n_clusters
    if not page.scores:
        assert "Scores" not in python
        return
    told = {key: float(value) for key, value in re.findall(r"(acc|nmi|ari|purity|n_clusters|noise)=([\d.e-]+)", python)}
    assert told["n_clusters"] == page.n_clusters
    assert told["noise"] == pytest.approx(page.noise)
    for name in ("acc", "nmi", "ari", "purity"):  # a border point between two clusters may count for the other one on the stage
        assert told[name] == pytest.approx(page.scores[name], abs=0.004), name
        classes = pd.factorize(table["class"])[0]
        assert told[name] == pytest.approx(getattr(score(classes, table["cluster"]), name), abs=1e-12)
    assert f"At ε = {page.eps:.4g}: {counted(page.n_clusters, 'cluster')}, noise {100 * page.noise:.1f} %" in command
    assert f"ACC {told['acc']:.3f}, NMI {told['nmi']:.3f}, ARI {told['ari']:.3f}; N {page.n:,}, seed " in command


def on_stage(app: AppTest, folder: Path) -> None:
    _, python, command = printed(app)
    said = ran(python, command, folder)
    check_run(on_page(app, folder), *said, folder / "command" / "labels.csv")


needs_node = pytest.mark.skipif(
    NODE is None, reason="node is not installed: the numbers on the stage are those of its JavaScript"
)
OPEN = {"take_away": True}


# --- Explore ---------------------------------------------------------------------------------------------------------


@needs_node
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"dataset": "blobs", "n": "300", "model": "off", "ascent.steps": "5", "seed": "2"},
        {
            "dataset": "nested",
            "n": "300",
            "model": "off",
            "ascent": "off",
            "clustering.min_samples": "5",
            "clustering.eps": "0.35",
        },
        {"n": "300", "space": "pca", "map.dim": "3", "model": "digits-ae", "ascent.steps": "4", "ascent.neighbors": "12"},
    ],
    ids=["the first page", "a toy", "an ε of one's own, no climb", "a 3-D space"],
)
def test_what_explore_prints_gives_its_numbers(query, folder):
    on_stage(opened("", OPEN, **query), folder)


@needs_node
def test_an_eps_that_the_hand_has_set_is_that_of_the_labels(folder):
    app = opened("", OPEN, dataset="blobs", n="300", model="off", **{"ascent.steps": "5", "ascent.neighbors": "0.04"})
    version = read_header(scene(app))["version"]
    app.session_state["stage"] = {"view": {"version": version, "eps": 0.11, "frame": 2}}
    app.run()
    link, python, command = printed(app)
    assert link.endswith("clustering.eps=0.11&frame=2")
    again = opened("", OPEN, **dict(part.split("=") for part in link.partition("?")[2].split("&")))
    assert printed(again)[1] == python
    said = ran(python, command, folder)
    page = on_page(again, folder)
    assert page.eps == 0.11
    check_run(page, *said, folder / "command" / "labels.csv")


@needs_node
def test_ones_own_data_and_model_run_beside_their_downloads(mine, folder, tmp_path):
    rng = np.random.default_rng(0)
    y = np.arange(150) % 3
    x = (rng.normal(size=(3, 4))[y] * 6 + rng.normal(size=(150, 4))).astype(np.float32)
    data = mine.add_data(Dataset(x=x, y=y, class_names=("a", "b", "c")), "Penguins & co")
    train(mine.load_data(data.ref), ModelConfig(latent_dim=3, hidden=(8,), epochs=3)).save(str(tmp_path / "made"))
    model = mine.add_model(pack_model(tmp_path / "made"), "My first")
    app = opened("", OPEN, dataset=data.ref, model=model.ref, **{"ascent.steps": "6", "ascent.neighbors": "0.1"})
    (folder / "penguins-co.npz").write_bytes(data.path.read_bytes())
    (folder / "my-first.zip").write_bytes(pack_model(model.folder))
    on_stage(app, folder)
    captions = [caption.value for caption in app.caption]
    assert "The data and the model are yours alone: this link opens in this browser only." in captions
    assert captions.count("Runs in a folder that holds the data and the model: download them here.") == 2


def test_points_without_a_range_of_eps_offer_no_labels(mine):
    square = np.repeat(np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), 10, axis=0)
    data = mine.add_data(Dataset(x=square), "Four spots")
    app = opened("", OPEN, dataset=data.ref, model="off", ascent="off", **{"clustering.min_samples": "11"})
    assert read_header(scene(app))["eps"] is None
    off = {button.label: button.proto.help for button in app.get("download_button") if button.proto.disabled}
    assert off == {"Labels (CSV)": NO_EPS_MESSAGE, "Points (Parquet)": NO_EPS_MESSAGE}


def test_the_report_that_the_page_gives_is_that_of_the_command_and_names_no_folder_of_the_server(mine):
    from vaegc.ui.export_panel import _report
    from vaegc.ui.session_scene import load_scene

    spec = Experiment(dataset="blobs", n=200, model=None, ascent=AscentConfig(steps=3))
    load_scene(spec)
    assert _report(spec, spec, None) == spec.run().report().html
    data = mine.add_data(load_dataset("blobs", n=200), "Plums")
    own = Experiment(dataset=data.ref, model=None, ascent=AscentConfig(steps=3))
    page = _report(mine.resolve(own), mine.portable(own), None)
    assert str(data.path.parent) not in page
    assert data.path.stem not in page
    assert "dataset: plums.npz" in page


# --- Learn -----------------------------------------------------------------------------------------------------------


@needs_node
def test_what_a_lesson_prints_gives_its_numbers(folder):
    app = opened("pages/6_Learn.py", OPEN, lesson="how-wide-do-you-look", setting="4")
    assert app.radio(key="lesson").value == "How wide do you look?"
    on_stage(app, folder)


def test_the_link_of_a_lesson_opens_it_as_it_was_seen():
    app = opened("pages/6_Learn.py", OPEN)
    assert printed(app)[0] == "/?lesson=why-climb&setting=climb-30-steps"
    app.radio(key="lesson").set_value("Two densities, one ε").run()
    app.session_state["choice-Two densities, one ε"] = "30"
    app.run()
    version = read_header(scene(app))["version"]
    app.session_state["stage"] = {"view": {"version": version, "eps": 0.2, "min_samples": 12}}
    app.run()
    link, python, _ = printed(app)
    assert link == "/?lesson=two-densities-one&setting=30&clustering.min_samples=12&clustering.eps=0.2"
    address = {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}
    assert address == dict(part.split("=") for part in link[2:].split("&"))
    again = opened("pages/6_Learn.py", OPEN, **dict(part.split("=") for part in link[2:].split("&")))
    assert printed(again) == printed(app)
    assert read_header(scene(again))["initial"]["eps"] == 0.2
    assert "clustering.min_samples=12" in python


@pytest.mark.parametrize(
    "query", [{"lesson": "nope"}, {"lesson": "why-climb", "setting": "nope"}, {"lesson": "why-climb", "frame": "x"}], ids=str
)
def test_a_bad_link_to_a_lesson_opens_the_first_one(query):
    app = opened("pages/6_Learn.py", **query)
    assert app.title[0].value == "Why climb?"
    assert read_header(scene(app))["n"] == 1000


# --- Train -----------------------------------------------------------------------------------------------------------


def finished(job: jobs.Job) -> None:
    end = time.monotonic() + SOON
    while jobs.state(job).status == "running":
        assert time.monotonic() < end
        time.sleep(0.2)
    assert jobs.state(job).status == "done"


@pytest.mark.parametrize("own", [False, True], ids=["a named set", "one's own data"])
def test_what_a_run_prints_trains_the_same_model(own, mine, folder):
    name = "moons"
    if own:
        data = mine.add_data(load_dataset("blobs", n=120, seed=3), "Damsons")
        (folder / "damsons.npz").write_bytes(data.path.read_bytes())
        name = data.ref
    config = ModelConfig(latent_dim=2, hidden=(8, 4), epochs=3, learning_rate=0.002)
    job = mine.start_training(name, config, title="Tiny VAE", seed=5, n=None if own else 90)
    finished(job)
    app = opened("pages/2_Train.py", {"train-again": True}, run=job.id)
    link, python, command = printed(app)
    assert link.endswith(f"?run={job.id}")
    losses = run_status.history(job.folder, None).epochs["loss"]
    python_said, command_said = ran(python, command, folder)
    assert ast.literal_eval(python_said)["loss"] == pytest.approx(losses[-1], rel=1e-6)
    assert f"loss {losses[-1]:.3f}".rstrip("0") in command_said
    weights = (mine.run_folder(job) / "model.safetensors").read_bytes()
    for place in ("python", "command"):
        assert (folder / place / "tiny-vae" / "model.safetensors").read_bytes() == weights
    captions = [caption.value for caption in app.caption]
    assert "The run is yours alone: this link opens in this browser only." in captions
    assert captions.count("Runs in a folder that holds the data: download them here.") == (2 if own else 0)


# --- Data ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "n", "d"), [("digits", 1797, 64), ("moons", 1000, 2)])
def test_what_a_card_prints_loads_the_set(name, n, d, folder):
    app = opened("pages/5_Data.py", {f"about-{name}": True})
    link, python, command = printed(app)
    assert link.endswith(f"?data={name}")
    assert opened("pages/5_Data.py", data=name).subheader[0].value == "The set of your link"
    python_said, command_said = ran(python, command, folder)
    classes = load_dataset(name).class_counts()
    assert python_said == f"{name} {(n, d)} {classes}\n"
    assert f"{n:,} points, {d} features, {len(classes)} classes" in command_said
    if name == "digits":
        assert any("1,797 pictures of 8 × 8 · 10 classes" in element.value for element in app.markdown)


def test_what_the_card_of_ones_own_set_prints_runs_beside_its_download(mine, folder):
    data = mine.add_data(load_dataset("blobs", n=240), "Sloes")
    app = opened("pages/5_Data.py", {f"more-{data.id}": True})
    (folder / "sloes.npz").write_bytes(data.path.read_bytes())
    _, python, command = printed(app)
    assert command == "vaegc sweep sloes.npz"
    python_said, command_said = ran(python, command, folder)
    assert python_said.startswith("Sloes (240, 2) ")
    assert "240 points in 2 dimensions" in command_said
    assert any("240 points · 2 features · 8 classes" in element.value for element in app.markdown)


def test_the_fold_is_closed_at_first_and_draws_nothing():
    app = opened("", dataset="moons", n="60", model="off", **{"ascent.steps": "2"})
    assert PANEL_LABEL in [fold.label for fold in app.main.expander]
    assert not app.code
    assert not app.get("download_button")
