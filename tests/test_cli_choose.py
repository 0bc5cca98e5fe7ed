"""`vaegc choose` answers how many clusters there are; Python and command that a page prints give the same answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from samples import printed
from vaegc import AscentConfig, ClusterConfig, Experiment, choose
from vaegc.cli import main
from vaegc.experiment.snippets import selection_command, selection_python
from vaegc.selection.choose import cached_choice
from vaegc.selection.votes import METHODS, vote

QUERY = "dataset=blobs&n=90&model=off&ascent.steps=3&clustering.min_samples=5"
SPEC = Experiment.from_query(QUERY)
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def few_methods(monkeypatch):
    """The slow votes are tried at few numbers: what they say is tested where they live."""
    monkeypatch.setattr("vaegc.selection.builder.vote", lambda *a, **k: vote(*a, **{**k, "max_clusters": 4}))


def test_progress_then_the_numbers_of_the_page(empty_cache, capsys):
    assert main(["choose", QUERY, "--json"]) == 0
    *progress, result = printed(capsys)
    assert {(event["event"], event["stage"]) for event in progress} == {("progress", "choose")}
    assert [event["done"] for event in progress] == sorted(event["done"] for event in progress)
    choice = cached_choice(SPEC)
    assert choice.complete
    assert (result["event"], result["key"]) == ("result", choice.key)
    assert (result["n_clusters"], result["certainty"], result["headline"]) == (
        choice.verdict.n_clusters, choice.verdict.certainty, choice.verdict.headline,
    )  # fmt: skip
    assert [(s["step"], s["n_clusters"]) for s in result["steps"]] == [
        (s.step, s.suggestion.n_clusters) for s in choice.step_sweeps
    ]
    assert [(c["neighbors"], c["step"], c["n_clusters"]) for c in result["bandwidths"]] == [
        (c.neighbors, c.step, c.suggestion.n_clusters) for c in choice.bandwidth_cells
    ]
    assert [row["n_clusters"] for row in result["votes"]["after"]] == [row["n_clusters"] for row in choice.votes["after"]]


def test_a_person_reads_the_verdict_its_grounds_and_two_tables(capsys):
    assert main(["choose", QUERY]) == 0
    out = capsys.readouterr().out
    choice = choose(SPEC)
    assert out.startswith(choice.verdict.headline)
    for sentence in (*choice.verdict.reasons, *choice.verdict.doubts):
        assert sentence in out
    lines = {line.split("  ")[0]: line.split() for line in out.splitlines()}
    for name in METHODS[1:]:
        said = [next(row["n_clusters"] for row in choice.votes[when] if row["method"] == name) for when in ("before", "after")]
        assert lines[name][-2:] == ["." if k is None else str(k) for k in said]
    assert "K (bandwidth, step)" in out
    assert "N 90, in the data (2-D), seed 0, min_samples 5, clusters of at least 1 % of them." in out


def test_a_spec_file_is_taken_too(tmp_path, capsys):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.to_yaml())
    assert main(["choose", str(path), "--json"]) == 0
    assert printed(capsys)[-1]["key"] == choose(SPEC).key


def test_without_a_climb_the_table_has_one_column(capsys):
    assert main(["choose", "dataset=blobs&n=90&model=off&ascent=off"]) == 0
    out = capsys.readouterr().out
    assert "Nothing climbs here, so there are no bandwidths to compare." in out
    assert "step" not in out.split("\n\n")[1]


def test_the_empty_link_is_the_default_page_and_comes_from_what_is_shipped(empty_cache, capsys):
    assert main(["choose", "", "--json"]) == 0
    (result,) = printed(capsys)
    assert result["n"] == 1797
    assert not empty_cache.exists()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("space=moon", "space must be one of"),
        ("dataset=nowhere", "no data set called"),
        ("nowhere.yaml", "cannot be read"),
        ("dataset=blobs&n=5&model=off", "min_samples is 10, but there are only 5 points"),
    ],
)
def test_bad_input_is_one_sentence(query, sentence, capsys):
    assert main(["choose", query, "--json"]) == 2
    error = printed(capsys)[-1]
    assert (error["event"], error["code"]) == ("error", 2)
    assert sentence in error["message"]


def test_stopped_on_the_way_what_was_finished_is_kept(empty_cache, monkeypatch, capsys):
    def after_the_first_part(self, progress):
        self.stop_requested = progress.phase == "bandwidths"
        return self.stop_requested

    monkeypatch.setattr("vaegc.cli._progress.ProgressPrinter.__call__", after_the_first_part)
    assert main(["choose", QUERY, "--json"]) == 130
    assert "the parts that were finished are kept" in printed(capsys)[-1]["message"]
    kept = cached_choice(SPEC)
    assert len(kept.step_sweeps) == 4
    assert not kept.complete


# --- what a page prints ------------------------------------------------------------------------------------------------------


def test_the_python_of_the_page_gives_its_numbers(capsys):
    choice = choose(SPEC)
    made: dict[str, object] = {}
    exec(selection_python(SPEC), made)
    assert made["choice"].verdict == choice.verdict
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == choice.verdict.headline
    steps = [line.split()[:3] for line in lines if line.startswith("step ")]
    assert steps == [["step", str(s.step), str(s.suggestion.n_clusters)] for s in choice.step_sweeps]
    assert sum(line.startswith("bandwidth ") for line in lines) == len(choice.bandwidth_cells)
    votes = [line for line in lines if line.startswith(("before ", "after "))]
    assert len(votes) == 2 * len(METHODS)


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        Experiment(dataset="moons", n=80, model=None, ascent=AscentConfig(steps=2, bandwidth=0.2), clustering=ClusterConfig(5)),
    ],
)
def test_the_command_of_the_page_gives_its_answer(spec, tmp_path):
    choice = choose(spec)  # kept, so that the command finds it: nothing is computed twice
    tool = tmp_path / "vaegc"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vaegc "$@"\n')
    tool.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-ec", selection_command(spec)], cwd=tmp_path, env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=900, check=True,
    )  # fmt: skip
    assert ran.stdout.startswith(f"{choice.verdict.headline} ({choice.verdict.certainty})")


def test_a_model_that_is_brought_along_is_unpacked_first():
    spec = Experiment(model="mine")
    assert selection_python(spec, "mine.zip").startswith('import shutil\n\nshutil.unpack_archive("mine.zip", "mine")')
    assert selection_command(spec, "mine.zip").startswith("python -m zipfile -e mine.zip mine\n")
