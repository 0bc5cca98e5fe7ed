"""Studies of training: what they need, how they go on, what they print; and the ready-made settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import vaegc
from vaegc import store
from vaegc.benchmarks import run
from vaegc.errors import BadInput
from vaegc.models import ModelConfig
from vaegc.models.presets import PRESETS, preset
from vaegc.studies._methods import training_config
from vaegc.studies._study import read_rows
from vaegc.studies.models import accuracy_table

# Refuses what a bare machine with a GPU would not have, wherever the package itself asks for it.
BARE = """
import builtins, sys
there = builtins.__import__
def bare(name, globals=None, *rest):
    if (globals or {}).get("__name__", "").startswith("vaegc"):
        if name.split(".")[0] in {"pandas", "numba", "plotly", "streamlit", "umap", "openTSNE", "torchvision", "clustpy", "PIL"}:
            raise ImportError(name)
    return there(name, globals, *rest)
builtins.__import__ = bare
from vaegc.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEGC_CACHE", str(tmp_path / "cache"))


def test_the_study_needs_torch_numpy_scipy_and_sklearn_alone(tmp_path: Path) -> None:
    out = tmp_path / "kept.jsonl"
    words = [
        "bench",
        "mixtures",
        "--quick",
        "--seeds",
        "0",
        "--methods",
        "AE + GMM",
        "vade",
        "gmvae",
        "dec",
        "idec",
        "--out",
        str(out),
    ]
    done = subprocess.run([sys.executable, "-c", BARE, *words], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    rows = read_rows(out)
    assert [row["method"] for row in rows] == ["AE + GMM", "vade", "gmvae", "dec", "idec"]
    assert all(0 < row["acc"] <= 1 and 1 <= row["used"] <= row["K"] == 10 for row in rows)
    assert [len(row.get("curve", [])) for row in rows] == [0, 3, 3, 3, 3]  # after 1, 2 and 3 epochs


def test_a_study_whose_time_is_up_goes_on_to_the_same_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--quick", "--seeds", "0", "--methods", "vade", "--out"]
    run("mixtures", [*words, str(tmp_path / "cut.jsonl"), "--minutes", "1e-6"])
    assert "Time is up" in capsys.readouterr().out
    assert read_rows(tmp_path / "cut.jsonl") == []
    run("mixtures", [*words, str(tmp_path / "cut.jsonl")])
    cut = json.loads((tmp_path / "cut.jsonl").read_text())
    run("mixtures", [*words, str(tmp_path / "cut.jsonl")])  # nothing is left to do
    assert len(read_rows(tmp_path / "cut.jsonl")) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAEGC_CACHE", str(tmp_path / "another"))
        run("mixtures", [*words, str(tmp_path / "whole.jsonl")])
    whole = json.loads((tmp_path / "whole.jsonl").read_text())
    for row in (cut, whole):
        for part in (row, *row["curve"]):
            part.pop("cpu_minutes")
    assert cut == whole


def test_the_joined_table_has_a_cell_for_each_method_and_set_and_says_what_is_missing() -> None:
    rows = [
        {"data": "digits", "n": 1797, "method": "AE + UMAP + sweep", "seed": 0, "reason": "no plateau"},
        {"data": "digits", "n": 1797, "method": "AE + GMM", "seed": 0, "acc": 0.8, "K": 10},
        {"data": "digits", "n": 1797, "method": "AE + GMM", "seed": 1, "acc": 0.6, "K": 10},
        {"data": "usps", "n": 9298, "method": "AE + UMAP + HDBSCAN", "seed": 0, "acc": 0.9, "K": 9},
    ]
    lines = accuracy_table(pd.DataFrame(rows)).splitlines()
    assert lines == [
        "| method | K given | digits, N 1,797, 2 seeds | usps, N 9,298, 1 seed |",
        "|---|---|---|---|",
        "| AE + GMM | yes | 0.700 ± 0.141 | not run |",
        "| AE + UMAP + HDBSCAN | no | not run | 0.900 (K 9) |",
        "| AE + UMAP + sweep | no | no readable plateau | not run |",
    ]


def test_shipped_specs_are_those_of_the_presets_and_differ_in_one_setting() -> None:
    folder = store.assets_root() / "specs"
    specs = {file.stem.removeprefix("digits-"): vaegc.Experiment.from_yaml(file) for file in folder.glob("*.yaml")}
    assert set(specs) == {"vade", "vade-no-pretraining", "gmvae-strong-prior", "gmvae-strong-prior-lambda"}
    for name, spec in specs.items():
        assert spec == vaegc.Experiment(dataset="digits", model=preset(name))
        assert (folder / f"digits-{name}.yaml").read_text().startswith(f"# {PRESETS[name].title}: {PRESETS[name].description}")


def test_a_preset_changes_what_it_names_and_nothing_else() -> None:
    budget = ModelConfig(hidden=(50,), batch_size=64, epochs=3)
    for name in PRESETS:
        config = preset(name, budget)
        assert (config.hidden, config.batch_size, config.epochs) == ((50,), 64, 3), name
        assert config.kind == PRESETS[name].config.kind
    assert preset("vade-no-pretraining").pretrain_epochs == 0
    assert preset("gmvae-no-constraint").min_information == 0
    assert preset("gmvae").min_information > 0
    with pytest.raises(BadInput, match="preset"):
        preset("nothing")


def test_epochs_of_a_study_are_those_of_the_data_set_or_those_asked_for() -> None:
    assert (training_config("digits", "vade").epochs, training_config("digits", "vade").pretrain_epochs) == (150, 100)
    assert (training_config("digits", "vade", 3).epochs, training_config("digits", "vade", 3).pretrain_epochs) == (3, 3)
    assert training_config("mnist", "dec").pretrain_epochs == training_config("mnist", "AE + GMM").epochs
    assert training_config("mnist", "vade-no-pretraining").pretrain_epochs == 0


def test_the_papers_arcs_are_clustered_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "arcs.png"
    run("arcs", ["--seeds", "1", "--lambdas", "0.5", "--epochs", "60", "--picture", str(picture)])
    cells = capsys.readouterr().out.splitlines()[-1].split(" | ")
    assert cells[2] == "5 of 5"
    assert float(cells[3]) > 0.99
    assert picture.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(BadInput, match="cannot be written; name a file"):
        run("arcs", ["--seeds", "1", "--lambdas", "0.5", "--picture", str(tmp_path / "no" / "arcs.png")])


def test_a_file_that_cannot_keep_runs_is_said_before_anything_is_trained(tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "no" / "runs.jsonl"):
        for study in ("mixtures", "models"):
            with pytest.raises(BadInput, match="cannot be written; name a file"):
                run(study, ["--quick", "--out", str(out)])
