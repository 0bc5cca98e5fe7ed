"""A climb that did next to nothing, and what is odd about the data, are said wherever a number rests on them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import open_page, warnings
from vaegc import AscentConfig, Experiment, choose
from vaegc.cli import main
from vaegc.web.stage.scene_bytes import read_header

ROOT = Path(__file__).parent.parent
STILL = Experiment(dataset="moons", n=300, model=None, ascent=AscentConfig(bandwidth=1e-6, steps=2))
NOTHING = "The climb did next to nothing"


def page(path: str, spec: Experiment = STILL) -> AppTest:
    query = dict(pair.partition("=")[::2] for pair in spec.to_query().split("&"))
    return open_page("" if path == "app.py" else path, **query)


@pytest.fixture
def spec_file(tmp_path: Path) -> str:
    path = tmp_path / "spec.yaml"
    path.write_text(STILL.to_yaml(), encoding="utf-8")
    return str(path)


def test_explore_says_it_above_the_stage_and_in_the_notes_of_the_scene():
    app = page("app.py")
    assert NOTHING in warnings(app.main)
    assert any(note.startswith(NOTHING) for note in read_header(STILL.packed_scene())["notes"])


def test_no_page_says_it_of_a_climb_that_moved_the_points():
    app = page("app.py", replace(STILL, ascent=AscentConfig(steps=3)))
    assert not app.main.warning


def test_a_choice_carries_it_and_its_page_and_command_say_it(capsys, spec_file):
    assert choose(STILL).climb_note.startswith(NOTHING)
    assert NOTHING in warnings(page("pages/1_Choose_K.py").main)
    assert main(["choose", spec_file]) == 0
    assert f"! {NOTHING}" in capsys.readouterr().out


def test_the_commands_that_climb_say_it(capsys, spec_file, tmp_path):
    assert main(["run", spec_file]) == 0
    assert NOTHING in capsys.readouterr().out
    assert main(["run", spec_file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["climb"]["note"].startswith(NOTHING)
    report = tmp_path / "report.html"
    assert main(["report", spec_file, "-o", str(report)]) == 0
    assert NOTHING in capsys.readouterr().out
    assert report.read_text(encoding="utf-8").split("</head>")[1].count(NOTHING) >= 1
    assert main(["scene", STILL.to_query()]) == 0
    assert NOTHING in capsys.readouterr().out


def test_a_sweep_after_a_climb_names_its_neighbours_and_says_where_they_are_too_few(capsys, tmp_path):
    x = np.random.default_rng(0).normal(size=(60, 384))
    np.save(tmp_path / "x.npy", x)
    assert main(["sweep", str(tmp_path / "x.npy"), "--climb", "--steps", "2", "--neighbors", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])["climb"]
    assert (told["neighbors"], told["share"]) == (1, 1 / 60)
    assert told["words"] == "Climbed 2 steps: kernel density, bandwidth from 1 neighbour (1.7 %)."
    assert told["note"] is None  # it moved them
    np.save(tmp_path / "x.npy", np.repeat(np.eye(3), 20, axis=0) * 9)
    assert main(["sweep", str(tmp_path / "x.npy"), "--climb", "--steps", "2", "--neighbors", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["climb"]["note"].startswith(NOTHING)


@pytest.mark.parametrize("d", [1, 2])
def test_dimensions_points_and_clusters_agree_with_their_numbers(capsys, tmp_path, d):
    x = np.concatenate([np.random.default_rng(k).normal(9 * k, 0.3, (40, d)) for k in range(2)])
    np.save(tmp_path / "x.npy", x)
    assert main(["sweep", str(tmp_path / "x.npy"), "--eps", "100"]) == 0
    said = capsys.readouterr().out
    assert f"80 points in {'1 dimension' if d == 1 else '2 dimensions'}, min_samples 10." in said
    assert "At ε = 100: 1 cluster, noise 0.0 %." in said


def test_what_is_odd_about_own_data_is_said_by_every_command_that_uses_them(capsys, tmp_path):
    near = np.concatenate([np.random.default_rng(k).normal(9 * k, 0.3, (40, 1)) for k in range(2)])
    lines = [f"{a:.6f},{1e6 * b:.1f}" for a, b in zip(near[:, 0], np.random.default_rng(5).normal(size=80), strict=True)]
    (tmp_path / "own.csv").write_text("metres,millimetres\n" + "\n".join(lines), encoding="utf-8")
    spec = Experiment(dataset=str(tmp_path / "own.csv"), model=None, ascent=None)
    notes = spec.load().notes
    assert notes
    (tmp_path / "own.yaml").write_text(spec.to_yaml(), encoding="utf-8")
    for command in (["sweep", spec.dataset], ["run", str(tmp_path / "own.yaml")], ["choose", str(tmp_path / "own.yaml")],
                    ["report", str(tmp_path / "own.yaml"), "-o", str(tmp_path / "own.html")]):  # fmt: skip
        assert main(command) == 0
        said = capsys.readouterr().out
        assert all(f"Data: {note}." in said for note in notes), command[0]
    assert choose(spec).notes == notes
    assert read_header(spec.packed_scene())["notes"] == list(notes)
