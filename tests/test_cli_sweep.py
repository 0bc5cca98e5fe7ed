"""`vaegc sweep`: a table of numbers in; suggestion, curve, labels and picture out."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from vaegc import EpsilonSweep, KernelDensity, ascend, eps_floor, load_dataset
from vaegc.cli import main


@pytest.fixture
def table(tmp_path):
    data = load_dataset("moons", n=400)
    path = tmp_path / "moons.csv"
    pd.DataFrame({"a": data.x[:, 0], "b": data.x[:, 1], "label": np.array(["up", "down"])[data.y]}).to_csv(path, index=False)
    return path


def sweep_of(path, samples=10):
    data = load_dataset(path)
    return data, EpsilonSweep(samples).fit(data.x.astype(float))


def test_the_whole_answer_from_the_terminal(table, tmp_path, capsys):
    code = main(
        [
            "sweep",
            str(table),
            "--curve",
            str(tmp_path / "c.csv"),
            "--labels",
            str(tmp_path / "l.csv"),
            "--plot",
            str(tmp_path / "p.png"),
        ]
    )
    out = capsys.readouterr().out
    data, sweep = sweep_of(table)
    found = sweep.suggest()
    assert (code, found.n_clusters) == (0, 2)
    assert found.reason in out
    assert f"At ε = {found.eps:.4g}: 2 clusters, noise {100 * sweep.noise_at(found.eps):.1f} %." in out
    assert "true classes from column 'label'" in out
    assert "Plateaus, longest first" in out
    assert "The curve, 12 of 256 radii" in out
    labels = pd.read_csv(tmp_path / "l.csv")
    np.testing.assert_array_equal(labels["cluster"], sweep.labels_at(found.eps))
    assert labels["class"].tolist() == [data.class_names[c] for c in data.y]
    curve = pd.read_csv(tmp_path / "c.csv")
    pd.testing.assert_frame_equal(curve, sweep.curve(data.y, min_size=0.01), check_exact=False, rtol=1e-12)
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["parquet", "npz", "npy"])
def test_other_kinds_of_files_in_and_parquet_out(kind, table, tmp_path, capsys):
    data = load_dataset(table)
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        pd.read_csv(table).to_parquet(path)
    elif kind == "npz":
        np.savez(path, x=data.x, y=data.y)
    else:
        np.save(path, data.x)
    assert main(["sweep", str(path), "--labels", str(tmp_path / "l.parquet")]) == 0
    assert "2 clusters hold" in capsys.readouterr().out
    assert set(pd.read_parquet(tmp_path / "l.parquet")["cluster"]) <= {-1, 0, 1}


def test_a_climb_sweeps_what_has_climbed_with_the_floor_of_the_start(table, capsys):
    assert main(["sweep", str(table), "--climb", "--steps", "8", "--neighbors", "0.1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    points = load_dataset(table).x.astype(float)
    path = ascend(points, KernelDensity(points, neighbors=0.1), steps=8)
    found = EpsilonSweep(10, eps_floor(points)).fit(path.points[-1]).suggest()
    assert result["suggestion"] == found.to_dict()
    assert result["climb"] == {
        "steps": 8, "neighbors": 40, "share": 0.1, "note": None,
        "words": "Climbed 8 steps: kernel density, bandwidth from 40 neighbours (10 %).",
    }  # fmt: skip


def test_json_gives_one_object_per_line_progress_first(table, capsys):
    assert main(["sweep", str(table), "--json", "--votes", "--min-samples", "5"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["event"] for line in lines[:-1]} == {"progress"}
    assert {"read", "tree", "vote"} <= {line["stage"] for line in lines[:-1]}
    result = lines[-1]
    assert (result["event"], result["n"], result["dimensions"], result["min_samples"]) == ("result", 400, 2, 5)
    assert [row["method"] for row in result["votes"]][:2] == ["plateau", "k-distance knee"]
    assert result["plateaus"][0]["n_clusters"] == result["suggestion"]["n_clusters"]
    assert result["scores"]["policy"] == "wrong"


def test_rows_that_were_dropped_are_said_and_labels_keep_the_rows_of_the_file(table, tmp_path, capsys):
    frame = pd.read_csv(table)
    frame.loc[[3, 10], "a"] = np.nan
    frame.to_csv(table, index=False)
    assert main(["sweep", str(table), "--labels", str(tmp_path / "l.csv")]) == 0
    assert "2 of 400 rows dropped: missing or infinite values" in capsys.readouterr().out
    points = pd.read_csv(tmp_path / "l.csv")["point"].tolist()
    assert (len(points), 3 in points, 10 in points, 399 in points) == (398, False, False, True)


def test_a_picture_says_what_it_shows(table, tmp_path):
    assert main(["sweep", str(table), "--climb", "--steps", "3", "--plot", str(tmp_path / "p.svg")]) == 0
    from matplotlib import rcParams

    assert rcParams["svg.fonttype"] == "path"  # words are drawn, so look for the parts that they label
    svg = (tmp_path / "p.svg").read_text()
    assert svg.count('<g id="axes_') >= 2  # the curve and the points


BAD = {
    "words.csv": ("a,b\nx,y\nz,w\n", "words.csv has no column of numbers; its columns are a, b."),
    "stray.csv": ("a,b\n1,2\n3,4\nfive,6\n", "column 'a' holds numbers, but 'five' in row 2 is none"),
    "holes.csv": ("a,b\n1,\n,4\n", "Every row of holes.csv has a missing or infinite value"),
    "one.csv": ("a,b\n1,2\n", "Clustering needs at least 2 points; got 1 in one.csv"),
    "none.csv": ("", "none.csv cannot be read as csv"),
    "head.csv": ("a,b\n", "head.csv holds no rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_without_clusters_to_find_is_one_sentence(name, tmp_path, capsys):
    content, words = BAD[name]
    (tmp_path / name).write_text(content)
    assert main(["sweep", str(tmp_path / name)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--plot", "p.gif"], "p.gif must end in .png or .svg or .pdf"),
        (["--labels", "nowhere/l.csv"], "there is no folder"),
        (["--min-samples", "0"], "min_samples must be a whole number"),
        (["--min-size", "0"], "min_size"),
        (["--max-noise", "2"], "max_noise must be"),
        (["--n", "401"], "moons has 400 points"),
        (["--climb", "--steps", "-1"], "steps must be"),
        (["--climb", "--neighbors", "0"], "neighbors must be"),
        (["--eps", "-1"], "eps must be"),
    ],
)
def test_an_option_that_makes_no_sense_is_one_sentence(options, words, table, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", str(table), *options]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_many_points_climb_too(tmp_path, capsys):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "t.npy", rng.standard_normal((40_000, 2)) + 12 * rng.integers(0, 3, (40_000, 1)))
    assert main(["sweep", str(tmp_path / "t.npy"), "--climb", "--steps", "10"]) == 0
    assert "3 clusters hold while ε grows" in capsys.readouterr().out


def test_without_a_readable_plateau_it_says_so_and_labels_need_an_eps(tmp_path, capsys):
    np.save(tmp_path / "t.npy", np.arange(60.0)[:, None])
    assert main(["sweep", str(tmp_path / "t.npy"), "--curve", str(tmp_path / "c.csv"), "--labels", str(tmp_path / "l.csv")]) == 2
    out, err = capsys.readouterr()
    assert "No readable plateau" in out
    assert "There are no labels to write" in err
    assert (tmp_path / "c.csv").is_file()  # what could be given is not lost
    assert not (tmp_path / "l.csv").exists()
    assert main(["sweep", str(tmp_path / "t.npy"), "--eps", "6", "--labels", str(tmp_path / "l.csv")]) == 0
    assert set(pd.read_csv(tmp_path / "l.csv")["cluster"]) == {0}


def test_progress_is_drawn_on_a_terminal_only(table):
    done = subprocess.run([sys.executable, "-m", "vaegc", "sweep", str(table)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
