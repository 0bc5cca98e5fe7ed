"""`vaegc compare`, and the Python and command that the Compare page prints: run as they are, they give the numbers on the page."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from vaegc.cli import main
from vaegc.studies.pairs import paired_differences, paired_runs
from vaegc.studies.published import published_table
from vaegc.studies.run_table import load_runs, summarize_runs

ROOT = Path(__file__).parent.parent


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["compare", *words]) == 0
    return capsys.readouterr().out


def shell(command: str, folder: Path) -> str:
    """Run a line of the shell, with `vaegc` as a person has it."""
    script = folder / "vaegc"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vaegc "$@"\n')
    script.chmod(0o755)
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def numbers(values: Any) -> list[float]:
    """What Plotly has packed."""
    if isinstance(values, dict):
        return list(np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]))
    return [value for value in values if value is not None]


@pytest.mark.parametrize(("data", "score"), [("mnist", "acc"), ("usps", "nmi")])
def test_the_python_and_the_command_of_the_page_give_its_numbers(data: str, score: str, tmp_path: Path) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600).switch_page("pages/4_Compare.py")
    app.query_params["data"], app.query_params["score"] = data, score
    app.session_state["compare-take"] = app.session_state["compare-table"] = True
    app = app.run()
    assert not app.exception
    table = app.dataframe[0].value
    link, python, command = (block.value for block in app.code)
    assert link.endswith(f"?data={data}&score={score}")
    assert command == f"vaegc compare --data {data} --score {score}"
    printed = shell(command, tmp_path)
    (tmp_path / "lines.py").write_text(python)
    ran = subprocess.run(
        [sys.executable, "lines.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=900, check=False
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for row in table.to_dict("records"):
        for output in (printed, ran.stdout):
            (line,) = [line for line in output.splitlines() if re.search(rf"\d +{re.escape(row['Method'])} ", line)]
            if row["With figures"]:
                assert f"{row['Mean']:.3f}" in line
            assert row["Clusters found"] in line
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    dots = sorted(x for trace in chart["data"] if trace.get("name") == "a run" for x in numbers(trace["x"]))
    assert dots == pytest.approx(sorted(load_runs(data)[score].dropna()))


def test_tables_are_those_of_the_core_as_csv_as_json_and_as_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wanted = {
        "means": summarize_runs(load_runs("mnist")), "runs": load_runs("mnist"), "climb": paired_differences(paired_runs("mnist")), "published": published_table("mnist"),
    }  # fmt: skip
    for name, table in wanted.items():
        as_csv = pd.read_csv(io.StringIO(said(capsys, "--data", "mnist", "--table", name, "--csv")))
        as_json = json.loads(said(capsys, "--data", "mnist", "--table", name, "--json"))
        assert list(as_csv.columns) == list(table.columns)
        assert len(as_csv) == len(table) == len(as_json["rows"])
        assert (as_json["event"], as_json["table"], as_json["score"]) == ("result", name, "acc")
        for kind, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
            assert said(capsys, "--data", "mnist", "--table", name, "--out", str(tmp_path / f"{name}{kind}")) == ""
            assert len(read(tmp_path / f"{name}{kind}")) == len(table)
    read = pd.read_csv(tmp_path / "climb.csv")["difference"]
    assert read.tolist() == pytest.approx(wanted["climb"]["difference"].tolist(), nan_ok=True)


def test_words_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Noise counts as wrong; sd over seeds" in said(capsys, "--data", "mnist")
    assert "A plateau is readable in 1 of 1 seed before the climb and in 0 after it." in said(
        capsys, "--data", "usps", "--table", "climb"
    )
    others = said(capsys, "--data", "mnist", "--table", "published")
    assert "VaDE, 20 seeds: ACC 0.716 ± 0.044" in others
    assert "its author calls it to be verified" in others
    assert "SPC: ACC 0.992" in others
    assert len(said(capsys, "--data", "usps", "--table", "runs").splitlines()) == 1 + len(load_runs("usps"))


def test_what_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["compare", "--data", "moons"]) == 2
    assert "No kept run is of 'moons'" in capsys.readouterr().err
    assert main(["compare", "--out", str(tmp_path / "runs.xlsx")]) == 2
    assert "must end in .csv or .parquet" in capsys.readouterr().err
    assert main(["compare", "--out", str(tmp_path / "no" / "runs.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_run_reads_the_points_before_the_climb_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("dataset: blobs\nn: 600\nmodel: off\n")
    assert main(["run", str(spec), "--before", "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(result["before"]) == {"suggestion", "eps", "scores"}
    assert result["suggestion"]["n_clusters"] == 8
    assert main(["run", str(spec), "--before"]) == 0
    assert "Before the climb: " in capsys.readouterr().out


def test_a_study_that_is_watched_tells_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows.jsonl"
    words = ["bench", "mixtures", "--quick", "--seeds", "0", "--methods", "AE + k-means", "--out", str(out), "--json"]
    assert main(words) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1] == {"event": "result", "out": str(out), "rows": 1}
    assert {event["stage"] for event in events[:-1]} == {"study"}
    assert events[0]["message"] == "Run 1 of 1: AE + k-means, seed 0"
    assert main(["bench", "mixtures", "--seeds", "0", "--out", str(tmp_path / "no" / "rows.jsonl"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["event"] == "error"
