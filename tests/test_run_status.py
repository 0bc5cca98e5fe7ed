"""A look at a run: light, whole whatever happened to the run, and nothing to see where something is damaged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vaegc.training
from vaegc import Dataset, ModelConfig, Progress, load_dataset, train
from vaegc.models import CLUSTERED, KINDS
from vaegc.training import RunFolder, _fit, _snapshots, run_status

DIGITS = load_dataset("digits", n=200)


def config(kind: str = "vae", **settings) -> ModelConfig:
    return ModelConfig(**{
        "kind": kind, "latent_dim": 3, "hidden": (16,), "epochs": 3, "pretrain_epochs": 2, "n_clusters": 4, "batch_size": 64, **settings
    })  # fmt: skip


def every(count: int):
    """Stop at every `count`-th event of training."""
    seen = []

    def watch(event: Progress) -> bool:
        if event.stage == "train":
            seen.append(event)
        return event.stage == "train" and len(seen) % count == 0

    return watch


def rows(history: run_status.History) -> list[dict[str, float]]:
    """The rows as a model's provenance has them: without what a phase does not have."""
    names = [name for name in history.epochs if name not in {"epoch", "phase"}]
    columns = zip(*(history.epochs[name] for name in names), strict=True)
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in columns]


def event(done: int = 1, stage: str = "train", phase: str = "fit", **values: float) -> str:
    message = f"{stage} {done}"
    return json.dumps(Progress(stage, done, 9, message, values, phase=phase).to_dict()) + "\n"


def test_looking_at_a_run_loads_no_torch_and_training_does():
    code = (
        "import sys, vaegc.training\n"
        "from vaegc.training import is_run, run_status\n"
        "from vaegc.models import packed\n"
        "run_status.history('nowhere'), run_status.snapshot('nowhere'), run_status.record('nowhere'), is_run('nowhere')\n"
        "assert not {'torch', 'sklearn', 'pandas', 'scipy'} & set(sys.modules), sys.modules\n"
        "vaegc.training.train\n"
        "assert 'torch' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr


def test_every_name_of_training_is_there_and_no_other():
    assert all(callable(getattr(vaegc.training, name)) for name in vaegc.training.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        vaegc.training.nope  # noqa: B018


# --- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["vae", "vade", "idec"])
def test_each_epoch_is_there_once_however_often_a_run_is_stopped(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)
    stop = every(5)
    while True:
        model = train(DIGITS, config(kind), callback=stop, resume=tmp_path / run_status.MODEL)
        history = run_status.history(tmp_path)
        assert rows(history) == model.provenance.history
        assert history.done == len(model.provenance.history)
        if not model.provenance.stopped:
            break
    before = 0 if kind == "vae" else 2
    assert history.epochs["epoch"] == [*range(1, before + 4)]
    assert history.epochs["phase"] == ["pretrain"] * before + ["fit"] * 3
    assert (history.epochs["reconstruction"][0], history.epochs["loss"][-1]) != (None, None)
    if kind == "vade":
        assert history.epochs["clusters_used"][:3].count(None) == 2


def test_the_rows_of_a_longer_run_follow_the_first_ones(tmp_path):
    train(DIGITS, config("vade"), resume=tmp_path / run_status.MODEL)
    longer = train(DIGITS, config("vade", epochs=5), resume=tmp_path / run_status.MODEL)
    history = run_status.history(tmp_path)
    assert rows(history) == longer.provenance.history
    assert history.epochs["phase"] == ["pretrain"] * 2 + ["fit"] * 5


def test_fast_epochs_are_all_there_when_the_clusters_are_placed(tmp_path):
    """Placing can take minutes, and the snapshot before it may be of an early epoch."""
    seen = []
    run = tmp_path / run_status.MODEL
    train(
        DIGITS,
        config("vade", pretrain_epochs=30),
        resume=run,
        callback=lambda p: seen.append(len(rows(run_status.history(tmp_path)))) or True if p.stage == "place" else None,
    )
    assert seen == [30]


# --- what a training says --------------------------------------------------------------------------------------------


def test_events_say_the_phase_how_long_it_took_and_how_long_it_will_take(tmp_path, monkeypatch):
    monkeypatch.setattr(_snapshots, "MIN_ETA_SECONDS", 0.0)
    before: list[Progress] = []
    seen: list[Progress] = []
    train(DIGITS, config("vade"), callback=lambda p: before.append(p) or (p.stage, p.done) == ("train", 3), resume=tmp_path)
    train(DIGITS, config("vade"), callback=seen.append, resume=tmp_path)
    assert [p.phase for p in before if "share_of_epoch" not in p.values and p.stage == "train"] == ["pretrain", "pretrain", "fit"]
    assert all("phase" not in p.to_dict() for p in before if p.stage == "place")
    epochs = [p for p in seen if "share_of_epoch" not in p.values]
    assert [p.to_dict()["phase"] for p in epochs] == ["fit", "fit"]
    times = [p.values["seconds"] for p in (*(p for p in before if p.stage == "train"), *epochs)]
    assert times == sorted(times), "the second attempt counts on"
    assert epochs[-1].values["seconds_left"] == 0


def test_the_pace_is_that_of_the_last_seconds_and_is_not_known_at_once():
    eta = _snapshots.EtaEstimator()
    assert eta.seconds_per_epoch is None
    for number in range(6):  # 0.1 s an epoch
        eta.update(number, 0.1 * number)
        assert eta.seconds_per_epoch is None, "half a second says little"
    for number in range(6, 600):
        eta.update(number, 0.1 * number)
    assert eta.seconds_per_epoch == pytest.approx(0.1)
    assert len(eta.marks) < 150
    for number in range(600, 800):  # another program takes half of the processor
        eta.update(number, 60 + 0.2 * (number - 600))
    assert eta.seconds_per_epoch == pytest.approx(0.2, rel=0.02)
    eta.reset()
    assert eta.seconds_per_epoch is None
    for share in (0.0, 0.1, 0.2):  # epochs of 5 minutes
        eta.update(3 + share, 1000 + 300 * share)
    assert eta.seconds_per_epoch == pytest.approx(300)


def test_the_history_of_a_job_is_what_its_last_events_say(tmp_path):
    def told(text: str) -> run_status.History:
        (tmp_path / "events.jsonl").write_text(text)
        return run_status.history(tmp_path)

    assert run_status.history(tmp_path) == run_status.History({"epoch": [], "phase": []})
    assert (told(event(0, "read", "")).phase, told(event(0, "read", "")).message) == ("Reading the data", "read 0")
    now = told(
        event(2, phase="pretrain", seconds=3.0, seconds_left=7.5, points_per_s=1e4)
        + event(2, phase="pretrain", share_of_epoch=0.25, seconds=3.5, seconds_left=7.0, points_per_s=1e4)
    )
    assert (now.done, now.total, now.phase, now.share_of_epoch) == (2, 9, "Pretraining", 0.25)
    assert (now.points_per_s, now.seconds, now.seconds_left, now.eta_is_rough) == (1e4, 3.5, 7.0, True)
    now = told(event(4, phase="pretrain", seconds=3.0, seconds_left=7.5) + event(1, "place", ""))
    assert (now.done, now.total, now.phase, now.message, now.seconds_left, now.eta_is_rough) == (
        4,
        9,
        "Placing clusters",
        "place 1",
        7.5,
        True,
    )
    now = told(event(5, seconds=3.0) + '{"event": "result"}\n' + event(6)[:30])
    assert (now.done, now.phase, now.seconds_left, now.eta_is_rough, now.message) == (5, "Training", None, False, "train 5")
    assert told(event(1, "unheard-of", "")).phase == "Unheard-of"


def test_lines_that_are_no_events_are_passed_over(tmp_path):
    strange = [
        "[1]",
        "{",
        "\xff",
        '{"event": "progress"}',
        '{"event": "progress", "stage": 3, "values": [1]}',
        "x" * 100_000,
        "[" * 50_000,
    ]
    for line in strange:
        (tmp_path / "events.jsonl").write_text(line + "\n" + event(3, seconds=2.0), encoding="latin-1")
        assert (run_status.history(tmp_path).done, run_status.history(tmp_path).seconds) == (3, 2.0)
        (tmp_path / "events.jsonl").write_text(line + "\n", encoding="latin-1")
        assert run_status.history(tmp_path).done == 0
    strange = {
        "event": "progress",
        "stage": "train",
        "done": -1,
        "total": "9",
        "values": {"seconds_left": float("nan"), "seconds": "1"},
    }
    (tmp_path / "events.jsonl").write_text(json.dumps(strange) + "\n")
    assert run_status.history(tmp_path) == run_status.History({"epoch": [], "phase": []}, phase="Training")


def test_what_has_not_changed_is_not_read_again(tmp_path):
    train(DIGITS, config(), resume=tmp_path / run_status.MODEL)
    (tmp_path / "events.jsonl").write_text(event(1))
    first = run_status.history(tmp_path)
    assert run_status.history(tmp_path, first) is first
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write(event(3))
    second = run_status.history(tmp_path, first)
    assert second.epochs is first.epochs
    assert second.message == "train 3"
    assert run_status.history(tmp_path, run_status.history(tmp_path / "other")).epochs == first.epochs


# --- pictures and the record -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_shows_itself_in_every_phase(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(_fit, "SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(_fit, "SNAPSHOT_INTERVAL_FACTOR", 0.0)
    shown: dict[str, list[dict[str, np.ndarray]]] = {}

    def watch(progress: Progress) -> None:
        if progress.stage == "train":
            shown.setdefault(progress.phase, []).append(run_status.snapshot(tmp_path))

    train(DIGITS, config(kind), callback=watch, resume=tmp_path)
    assert list(shown) == (["pretrain", "fit"] if kind in {"vade", "dec", "idec"} else ["fit"])
    for phase, snapshots in shown.items():
        for kept in snapshots:  # the first is of the first step
            assert kept["latent"].shape == (200, 3)
            assert kept["inputs"].shape == kept["outputs"].shape == (8, 64)
            np.testing.assert_array_equal(kept["inputs"], DIGITS.x[kept["rows"][:8]])
            assert np.isfinite(kept["latent"]).all()
            assert np.isfinite(kept["outputs"]).all()
            assert not any(name.startswith("history") for name in kept)
        clusters = kind in CLUSTERED and (phase == "fit" or kind == "gmvae")
        used = [kept["usage"] for kept in snapshots[:-1] if "usage" in kept]
        assert len(used) == (len(snapshots) - 1 if clusters else 0)
        assert all(usage.shape == (4,) and usage.sum() == pytest.approx(1) for usage in used)
    assert shown["fit"][-1]["epoch"] == len(train(DIGITS, resume=tmp_path).provenance.history)


def test_the_record_is_plain_data_on_what_a_run_was_begun_with_and_how_it_stands(tmp_path):
    train(DIGITS, config(), seed=3, callback=every(2), resume=tmp_path)
    record = run_status.record(tmp_path)
    assert (record["config"]["kind"], record["seed"], record["data"], record["n"], record["status"]) == (
        "vae",
        3,
        "digits",
        200,
        "stopped",
    )
    assert record == json.loads((tmp_path / run_status.RECORD).read_text())
    assert vaegc.training.is_run(tmp_path)
    assert RunFolder(tmp_path).snapshot().keys() == run_status.snapshot(tmp_path).keys()


@pytest.mark.parametrize("left", [b"", b"PK\3\4", b"{", b"[]", b"[" * 100_000, b"\x93NUMPY\1\0", b"\xff" * 100, 0.3, 0.9, None])
def test_where_something_is_damaged_there_is_nothing_to_see(left, tmp_path):
    run = tmp_path / run_status.MODEL
    train(DIGITS, config(epochs=1), resume=run)
    for name in (run_status.RECORD, run_status.SNAPSHOT):
        whole = (run / name).read_bytes()
        os.remove(run / name)
        if left is None:
            (run / name).mkdir()
        else:
            (run / name).write_bytes(whole[: int(left * len(whole))] if isinstance(left, float) else left)
    assert run_status.record(run) is None
    assert run_status.snapshot(run) is None
    assert run_status.history(tmp_path).epochs == {"epoch": [], "phase": []}
    assert run_status.record("a\0b") is run_status.snapshot("a\0b") is None


def test_a_snapshot_of_something_else_has_no_rows(tmp_path):
    run = tmp_path / run_status.MODEL
    run.mkdir()
    strange = [
        {"x": np.zeros(3)},
        {
            run_status.ROWS: np.zeros((2, 1)),
            run_status.COLUMNS: np.array(["a", "b"]),
            run_status.PHASE: np.zeros(2, int),
            run_status.PHASES: np.array(["fit"]),
        },
        {
            run_status.ROWS: np.zeros((2, 1)),
            run_status.COLUMNS: np.array(["a"]),
            run_status.PHASE: np.ones(2, int),
            run_status.PHASES: np.array(["fit"]),
        },
        {
            run_status.ROWS: np.array("x"),
            run_status.COLUMNS: np.array(["a"]),
            run_status.PHASE: np.ones(2, int),
            run_status.PHASES: np.array(["fit"]),
        },
    ]
    for arrays in strange:
        np.savez(run / run_status.SNAPSHOT, **arrays)
        assert run_status.history(tmp_path).epochs == {"epoch": [], "phase": []}


def test_a_run_of_one_point_and_a_run_without_a_run_folder_show_no_error(tmp_path):
    train(Dataset(x=np.zeros((1, 2), np.float32)), config(epochs=1), resume=tmp_path / run_status.MODEL)
    assert run_status.snapshot(tmp_path / run_status.MODEL)["latent"].shape == (1, 3)
    assert run_status.history(Path("nowhere")).done == 0
