"""The command line: what it prints, what it writes, and that trouble is one sentence and an exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import vaegc
from vaegc import AscentConfig, ClusterConfig, Experiment
from vaegc.benchmarks import BENCHMARKS
from vaegc.cli import main
from vaegc.models.shipped import find_model

ROOT = Path(__file__).parent.parent
TOY = Experiment(
    dataset="blobs", n=200, model=None, ascent=AscentConfig(neighbors=0.04, steps=4), clustering=ClusterConfig(min_samples=5)
)


def start(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "vaegc", *map(str, arguments)],
        cwd=cwd, env={**os.environ, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def command(*arguments: object, cwd: Path) -> tuple[int, str, str]:
    process = start(*arguments, cwd=cwd)
    out, err = process.communicate(timeout=900)
    return process.returncode, out, err


def spec_file(folder: Path, spec: Experiment = TOY) -> Path:
    path = folder / "spec.yaml"
    path.write_text(spec.to_yaml(), encoding="utf-8")
    return path


# --- run -------------------------------------------------------------------------------------------------------------


def test_run_prints_the_reason_and_the_scores_with_policy_n_and_seed(tmp_path):
    code, out, err = command("run", spec_file(tmp_path), "--labels", "labels.csv", "--html", "stage.html", cwd=tmp_path)
    assert (code, err) == (0, "")
    result = TOY.run()
    note, climbed, first, second = out.splitlines()
    assert note == "Data: generated."
    assert (
        climbed
        == f"Climbed {result.trajectory.steps[-1]} steps: kernel density, bandwidth from {result.density.neighbors_in_use} neighbours (4 %)."
    )
    assert first == result.suggestion.reason
    assert second.startswith(f"At ε = {result.eps:.4g}: {result.scores.n_clusters} clusters, noise ")
    assert second.endswith(
        f"(counts as wrong), ACC {result.scores.acc:.3f}, NMI {result.scores.nmi:.3f}, ARI {result.scores.ari:.3f}; N 200, seed 0."
    )
    table = pd.read_csv(tmp_path / "labels.csv")
    assert table.columns.tolist() == ["point", "cluster", "class"]
    np.testing.assert_array_equal(table["cluster"], result.labels)
    assert (tmp_path / "stage.html").read_text(encoding="utf-8") == vaegc.show(result.scene()).html


def test_run_json_prints_one_object_per_line_progress_first_then_the_result(tmp_path):
    fresh = Experiment(
        dataset="rings", n=150, model=None, ascent=AscentConfig(steps=3), clustering=ClusterConfig(min_samples=4), seed=7
    )
    code, out, err = command("run", spec_file(tmp_path, fresh), "--json", cwd=tmp_path)
    assert (code, err) == (0, "")
    *progress, last = [json.loads(line) for line in out.splitlines()]
    assert {event["event"] for event in progress} == {"progress"}
    assert {"ascend", "tree"} <= {event["stage"] for event in progress}
    assert set(progress[0]) == {"event", "stage", "done", "total", "message", "values"}
    assert last["event"] == "result"
    assert (last["data"], last["n"], last["seed"], last["steps"], last["min_samples"]) == ("rings", 150, 7, 3, 4)
    assert last["suggestion"] == fresh.run().suggestion.to_dict()


# --- bad input -------------------------------------------------------------------------------------------------------


def _spec(text: str):
    return lambda folder: (folder / "spec.yaml").write_text(text, encoding="utf-8")


def _table(name: str, text: str):
    def make(folder: Path) -> None:
        (folder / name).write_text(text, encoding="utf-8")
        _spec(f"dataset: {name}\nmodel: off\n")(folder)

    return make


def _corrupt(folder: Path) -> None:
    shutil.copytree(find_model("digits-vae"), folder / "broken")
    (folder / "broken" / "model.safetensors").write_bytes(b"broken")
    _spec("model: broken")(folder)


BAD = {
    "unknown data set": (_spec("dataset: nope"), "There is no data set called 'nope'"),
    "unknown model": (_spec("model: nope"), "There is no model 'nope'"),
    "corrupt checkpoint": (_corrupt, "broken: model.safetensors is damaged"),
    "a missing value in every row": (_table("t.csv", "a,b\n1,\n,2\n"), "Every row of t.csv has a missing or infinite value"),
    "min_samples above N": (_spec("dataset: moons\nn: 9\nmodel: off"), "min_samples is 10, but there are only 9 points"),
    "one point": (_table("t.csv", "a,b\n1,2\n"), "needs at least 2 points; got 1"),
    "all points equal": (_table("t.csv", "a,b\n" + "1,2\n" * 30), "All 30 points are equal"),
    "broken yaml": (_spec("a: [1\nb: {"), "The spec is no valid YAML"),
}

# more of the same, asked within this process
MORE_BAD = {
    "no spec": (lambda _: None, "The spec 'spec.yaml' cannot be read"),
    "unknown setting": (_spec("speed: 3"), "Unknown settings: speed"),
    "neighbors no number": (_spec("ascent: {neighbors: many}"), "neighbors must be"),
    "model of other data": (_spec("dataset: moons\nmodel: digits-vae"), "was made for points with 64 features; moons has 2"),
    "density in another space": (_spec("space: pca\nascent: {density: aggregated}"), "lives in the latent space of the model"),
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    """What `vaegc run` answered to each case; they run side by side."""
    answers, waiting = {}, []

    def collect() -> None:
        what, process = waiting.pop(0)
        out, err = process.communicate(timeout=900)
        answers[what] = (process.returncode, out, err)

    for what, (make, _) in BAD.items():
        folder = tmp_path_factory.mktemp("bad")
        make(folder)
        waiting.append((what, start("run", "spec.yaml", cwd=folder)))
        if len(waiting) == 3:
            collect()
    while waiting:
        collect()
    return answers


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence_on_stderr_and_exit_code_2(what, refused):
    code, out, err = refused[what]
    assert "Traceback" not in err
    assert (code, out) == (2, "")
    assert BAD[what][1] in err
    assert err.startswith("vaegc: ")
    assert len(err.splitlines()) == 1


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A function: arguments -> exit code, stdout, stderr of `main` within this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def ask_main(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    yield ask_main
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("what", MORE_BAD)
def test_bad_input_is_answered_by_main_too(what, tmp_path, ask):
    make, words = MORE_BAD[what]
    make(tmp_path)
    code, out, err = ask("run", "spec.yaml")
    assert (code, out) == (2, "")
    assert err.startswith("vaegc: ")
    assert words in err
    assert len(err.splitlines()) == 1


def test_bad_input_with_json_is_one_object_on_stdout(tmp_path, ask):
    _spec("dataset: nope")(tmp_path)
    code, out, err = ask("run", "spec.yaml", "--json")
    assert (code, err) == (2, "")
    said = json.loads(out)
    assert (said["event"], said["code"]) == ("error", 2)
    assert said["message"].startswith("There is no data set called 'nope'")


def test_labels_that_do_not_exist_are_not_written(tmp_path, ask):
    np.save(tmp_path / "flat.npy", np.random.default_rng(0).random((150, 2)))
    _spec("dataset: flat.npy\nmodel: off\nascent: off\n")(tmp_path)
    code, _, err = ask("run", "spec.yaml", "--labels", "labels.csv")
    assert code == 2
    assert err.startswith("vaegc: There are no labels to write: No readable plateau")
    assert not (tmp_path / "labels.csv").exists()


@pytest.mark.parametrize(
    ("option", "ending"), [("--labels", ".csv"), ("--labels", ".parquet"), ("--html", ".html"), ("--png", ".png")]
)
@pytest.mark.parametrize("folder", ["gone", "taken"])
def test_a_file_that_cannot_be_written_is_one_sentence(option, ending, folder, tmp_path, ask):
    target = tmp_path / folder / f"file{ending}"
    if folder == "taken":  # by a folder of that name
        target.mkdir(parents=True)
    code, _, err = ask("run", spec_file(tmp_path), option, target)
    assert code == 2
    assert "cannot be written" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("option", "endings"), [("--labels", ".csv or .parquet"), ("--html", ".html or .htm"), ("--png", ".png")]
)
def test_another_ending_is_one_sentence_before_anything_is_computed(option, endings, tmp_path, ask):
    code, out, err = ask("run", tmp_path / "no-such-spec.yaml", option, tmp_path / "file.txt")
    assert (code, out) == (2, "")
    assert err == f"vaegc: file.txt must end in {endings}.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope"], "invalid choice: 'nope'"),
        ([], "required: COMMAND"),
        (["run", "spec.yaml", "--nope"], "unknown arguments: --nope"),
        (["train", "moons"], "required: --out"),
    ],
)
def test_bad_usage_is_exit_code_2(arguments, words, tmp_path):
    code, out, err = command(*arguments, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


# --- train -----------------------------------------------------------------------------------------------------------


def test_train_saves_a_model_that_load_model_reads(tmp_path):
    options = ["--latent-dim", 2, "--hidden", 8, 4, "--epochs", 2, "--variance", 0.1, "--seed", 3]
    code, out, err = command("train", "moons", "--out", "runs/m", *options, cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith("Saved to runs/m: epochs 2, seed 3, loss ")
    model = vaegc.load_model(tmp_path / "runs" / "m")
    asked = vaegc.ModelConfig(latent_dim=2, hidden=(8, 4), epochs=2, variance=0.1)
    assert model.config == asked.resolved(vaegc.load_dataset("moons").x)
    assert (model.provenance.seed, model.provenance.data, model.provenance.stopped) == (3, "moons", False)
    same = vaegc.train(vaegc.load_dataset("moons"), model.config, seed=3)
    np.testing.assert_allclose(model.encode(np.eye(2)).mean, same.encode(np.eye(2)).mean, rtol=1e-5, atol=1e-6)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_training_saves_and_exits_130(number, tmp_path):
    process = start("train", "moons", "--out", "m", "--latent-dim", 2, "--hidden", 8, "--epochs", 100_000, "--json", cwd=tmp_path)
    seen = []
    while not seen or seen[-1]["done"] < 1:  # a slow epoch speaks in between
        seen.append(json.loads(process.stdout.readline()))
    process.send_signal(number)
    out, err = process.communicate(timeout=900)
    assert (process.returncode, err) == (130, "")
    last = json.loads(out.splitlines()[-1])
    assert ({event["stage"] for event in seen}, last["event"], last["stopped"]) == ({"read", "train"}, "result", True)
    model = vaegc.load_model(tmp_path / "m")
    assert model.provenance.stopped
    assert 1 <= len(model.provenance.history) == last["epochs"] < 100_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nope", "--out", "m"], "There is no data set called 'nope'"),
        (["moons", "--out", "m", "--kind", "gan"], "kind must be one of ae, dec, gmvae, idec, vade, vae; got 'gan'"),
        (["moons", "--out", "m", "--likelihood", "bernoulli"], "A Bernoulli likelihood needs values in 0..1"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_and_leaves_nothing(arguments, words, tmp_path, ask):
    code, out, err = ask("train", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "m").exists()


# --- the rest --------------------------------------------------------------------------------------------------------


def test_bench_without_a_name_lists_what_there_is_and_refuses_others(tmp_path):
    code, out, _ = command("bench", cwd=tmp_path)
    assert code == 0
    assert {line.split()[0] for line in out.splitlines()} == set(BENCHMARKS)
    code, _, err = command("bench", "nope", cwd=tmp_path)
    assert code == 2
    assert err == f"vaegc: There is no benchmark called 'nope'; known are {', '.join(BENCHMARKS)}.\n"


def test_every_listed_benchmark_can_be_asked_for_help(capsys):
    for name in BENCHMARKS:
        with pytest.raises(SystemExit, match="0"):
            main(["bench", name, "--help"])
        assert capsys.readouterr().out.startswith(f"usage: vaegc bench {name}")


def test_version(tmp_path):
    assert command("--version", cwd=tmp_path) == (0, f"vaegc {vaegc.__version__}\n", "")


def test_a_preset_is_a_start_that_options_change(tmp_path, capsys):
    words = [
        "train",
        "digits",
        "--n",
        "60",
        "--epochs",
        "2",
        "--hidden",
        "8",
        "--pretrain-epochs",
        "1",
        "--out",
        str(tmp_path / "run"),
    ]
    assert main([*words, "--preset", "vade-paper"]) == 0
    config = vaegc.load_model(tmp_path / "run").config
    assert (config.kind, config.responsibility, config.epochs, config.pretrain_epochs) == ("vade", "paper", 2, 1)
    assert main([*words, "--preset", "vade-paper", "--resume", "--epochs", "3"]) == 0  # the same command goes on
    assert vaegc.load_model(tmp_path / "run").config.epochs == 3
    assert main([*words, "--preset", "gmvae", "--resume"]) == 2
    assert "kind" in capsys.readouterr().err


def test_training_that_was_stopped_goes_on_with_resume_and_not_without(tmp_path):
    options = ["--latent-dim", 2, "--hidden", 8, "--epochs", 5, "--seed", 3]
    whole = command("train", "moons", "--out", "whole", *options, cwd=tmp_path)
    assert whole[0] == 0
    data, seen = vaegc.load_dataset("moons"), []
    config = vaegc.ModelConfig(latent_dim=2, hidden=(8,), epochs=5)
    vaegc.train(data, config, 3, lambda event: seen.append(event) or event.done == 2, tmp_path / "m")
    code, out, err = command("train", "moons", "--out", "m", *options, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert "'m' holds a run already; add --resume to continue it" in err
    code, out, err = command("train", "moons", "--out", "m", "--resume", "--seed", 3, cwd=tmp_path)  # settings are the run's
    assert (code, err) == (0, "")
    assert out == whole[1].replace("whole", "m")
    assert (tmp_path / "m" / "model.safetensors").read_bytes() == (tmp_path / "whole" / "model.safetensors").read_bytes()
