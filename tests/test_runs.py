"""Runs: whatever ends a training, what was on disk goes on from there, and nothing else is taken for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from samples import every, weights
from vaegc import BadInput, CheckpointError, Dataset, ModelConfig, VaegcError, load_dataset, load_model, train
from vaegc.cli import main
from vaegc.cli._progress import ProgressPrinter
from vaegc.training import RunFolder, _fit, _run, is_run, run_status

DIGITS = load_dataset("digits", n=300)
SETTINGS = {
    "vae": {},
    "ae": {"kind": "ae"},
    "bernoulli": {"likelihood": "bernoulli"},
    "held-out": {"held_out": 0.1, "patience": 2, "learning_rate": 0.02},
    "steps": {"steps": 23, "epochs": None},
    "warm-up": {"kl_warmup": 3, "schedule": "cosine", "weight": 0.3},
    "conv": {"network": "conv", "channels": (4, 8), "hidden": (16,)},
    "bfloat16": {"precision": "bfloat16"},
}


def config(**settings) -> ModelConfig:
    return ModelConfig(**{"latent_dim": 3, "hidden": (16,), "epochs": 5, "batch_size": 64, **settings})


@pytest.mark.parametrize("name", SETTINGS)
def test_stopped_at_any_step_and_resumed_is_the_uninterrupted_run_bit_for_bit(name, tmp_path, monkeypatch):
    whole = train(DIGITS, config(**SETTINGS[name]), seed=3)
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)  # an event, and so a chance to stop, after every step
    stop, stops = every(4), 0
    while True:
        model = train(DIGITS, config(**SETTINGS[name]), seed=3, callback=stop, resume=tmp_path / "run")
        assert weights(load_model(tmp_path / "run")) == weights(model)
        if not model.provenance.stopped:
            break
        stops += 1
    assert stops >= 3
    assert weights(model) == weights(whole)
    assert model.provenance == whole.provenance


def test_the_settings_data_and_seed_of_a_run_are_its_own(tmp_path):
    folder = tmp_path / "run"
    train(DIGITS, config(), seed=3, callback=every(2), resume=folder)
    for changed, words in (
        ({"config": config(latent_dim=4)}, r"begun with other settings \(latent_dim\)"),
        ({"seed": 4}, "begun with seed 3; leave seed out"),
        ({"data": load_dataset("digits", n=299)}, r"begun with other data \(digits, 300 points\)"),
    ):
        with pytest.raises(BadInput, match=words):
            train(**{"data": DIGITS, "config": config(), "resume": folder, **changed})
    model = train(DIGITS, resume=folder)
    assert weights(model) == weights(train(DIGITS, config(), seed=3))
    assert model.provenance.seed == 3


def test_a_finished_run_is_opened_and_one_that_is_to_be_longer_goes_on(tmp_path):
    folder, seen = tmp_path / "run", []
    train(DIGITS, config(), resume=folder)
    train(DIGITS, config(), resume=folder, callback=seen.append)
    assert not seen
    longer = train(DIGITS, config(epochs=7), resume=folder, callback=seen.append)
    assert [event.done for event in seen if "share_of_epoch" not in event.values] == [6, 7]  # a slow epoch speaks in between
    assert weights(longer) == weights(train(DIGITS, config(epochs=7)))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_killed_in_mid_training_it_continues_from_the_last_checkpoint(tmp_path):
    folder = tmp_path / "run"
    options = ["--latent-dim", "3", "--hidden", "16", "--epochs", "100000", "--batch-size", "64", "--n", "300", "--json"]
    program = "import sys; from vaegc.training import _fit; _fit.CHECKPOINT_SECONDS = 0.05; from vaegc.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "train", "digits", "--out", str(folder), *options], stdout=subprocess.PIPE, text=True
    )
    while not (folder / "checkpoint.safetensors").is_file() and process.poll() is None:
        process.stdout.readline()
    assert (folder / "checkpoint.safetensors").is_file()
    process.send_signal(signal.SIGKILL)
    process.communicate()  # which closes what it wrote to
    assert json.loads((folder / "run.json").read_text())["status"] == "running"
    seen = []
    model = train(DIGITS, resume=folder, callback=lambda event: seen.append(event.done) or len(seen) == 3)
    assert seen[0] >= 1
    assert len(model.provenance.history) >= seen[0]
    begun = len(model.provenance.history)
    assert weights(model) == weights(train(DIGITS, ModelConfig(latent_dim=3, hidden=(16,), epochs=begun, batch_size=64)))


def test_a_second_process_does_not_train_in_the_same_folder(tmp_path):
    folder = tmp_path / "run"
    with RunFolder(folder).lock(), pytest.raises(BadInput, match="Another process is training"):
        train(DIGITS, config(), resume=folder)
    assert train(DIGITS, config(epochs=1), resume=folder).provenance.history


def test_a_disk_that_fills_up_is_a_sentence_and_the_last_checkpoint_stays(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    train(DIGITS, config(), seed=3, callback=every(2), resume=folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(_path):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(_run, "atomic_write", full)
        with pytest.raises(BadInput, match=r"cannot be written to .*No space left on device\. The last checkpoint is intact\."):
            train(DIGITS, resume=folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert weights(train(DIGITS, resume=folder)) == weights(train(DIGITS, config(), seed=3))


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadInput, match="The run cannot be written to"):
        train(DIGITS, config(), resume=tmp_path / "file" / "run")


@pytest.mark.parametrize(
    ("name", "words"), [("run.json", "begin a new run"), ("checkpoint.safetensors", "delete it to begin the run anew")]
)
@pytest.mark.parametrize("left", [0, 50])
def test_a_damaged_run_is_refused_in_one_sentence(name, words, left, tmp_path):
    folder = tmp_path / "run"
    train(DIGITS, config(), callback=every(2), resume=folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:left])
    with pytest.raises(CheckpointError, match=f"is damaged; {words}"):
        train(DIGITS, resume=folder)


def test_a_run_that_fails_says_so_and_keeps_its_record(tmp_path):
    folder = tmp_path / "run"
    with pytest.raises(VaegcError, match="The loss became infinite"):
        train(DIGITS, config(learning_rate=1e30, epochs=20), resume=folder)
    record = RunFolder(folder).record()
    assert (record.status, record.data, record.n, record.seed) == ("failed", "digits", 300, 0)
    assert record.message.startswith("The loss became infinite")


def test_the_snapshot_shows_what_the_model_makes_of_the_same_points(tmp_path):
    seen, folder = [], tmp_path / "run"
    model = train(DIGITS, config(), callback=seen.append, resume=folder)
    arrays = seen[-1].arrays
    assert arrays["latent"].shape == (300, 3)
    assert arrays["inputs"].shape == arrays["outputs"].shape == (8, 64)
    np.testing.assert_allclose(arrays["latent"], model.encode(DIGITS.x[arrays["rows"]]).mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(arrays["inputs"], DIGITS.x[arrays["rows"][:8]])
    np.testing.assert_allclose(arrays["outputs"], model.decode(arrays["latent"][:8]), rtol=1e-5, atol=1e-6)
    kept = RunFolder(folder).snapshot()
    assert kept["epoch"] == 5
    np.testing.assert_array_equal(kept["latent"], arrays["latent"])
    assert "arrays" not in json.loads(json.dumps(seen[-1].to_dict()))
    assert RunFolder(tmp_path / "none").snapshot() is None


def test_within_a_long_epoch_events_come_and_a_stop_is_heard(monkeypatch):
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)
    seen = []
    model = train(DIGITS, config(), callback=lambda event: seen.append(event) or len(seen) == 2)
    assert [event.done for event in seen] == [0, 0]
    assert [event.values["share_of_epoch"] for event in seen] == [0.2, 0.4]
    assert seen[0].values["points_per_s"] > 0
    assert model.provenance.stopped
    assert model.provenance.history == []


@pytest.mark.parametrize(("step", "events"), [(0.0, 5), (_fit.PROGRESS_SECONDS, 25)])
def test_events_within_an_epoch_come_by_the_clock_alone(step, events, clock):
    """On a machine so slow that each step takes half a second there is one after each, and five epochs have five steps each."""
    clock.step, seen = step, []
    model = train(DIGITS, config(), callback=seen.append)
    assert len(seen) == events
    assert weights(model) == weights(train(DIGITS, config()))


def test_a_checkpoint_is_written_when_its_time_has_come(clock, tmp_path):
    kept = []

    def watch(event):
        if "share_of_epoch" in event.values:
            return
        kept.append((event.done, (tmp_path / "checkpoint.safetensors").is_file()))
        clock.at += _fit.CHECKPOINT_SECONDS if event.done == 2 else 0.0

    train(DIGITS, config(), callback=watch, resume=tmp_path)
    assert kept == [(1, False), (2, False), (3, True), (4, True), (5, True)]


def test_held_out_points_are_never_learned_from_and_end_training_at_their_best():
    few = Dataset(x=DIGITS.x[:60])
    overfit = config(held_out=0.3, patience=3, epochs=400, hidden=(64,), learning_rate=0.01, kind="ae")
    model = train(few, overfit, seed=1)
    history = [row["held_out"] for row in model.provenance.history]
    best = int(np.argmin(history))
    assert len(history) == best + 4 < 400
    exact = train(few, config(held_out=0.3, epochs=best + 1, hidden=(64,), learning_rate=0.01, kind="ae"), seed=1)
    assert weights(model) == weights(exact)
    fit = _fit.Fit(model, few, 1, model.encoder.mean[0].weight.device)
    learned, held = fit.x.numpy(), fit.held_out.numpy()
    assert (len(learned), len(held)) == (42, 18)
    np.testing.assert_array_equal(np.unique(np.concatenate([learned, held]), axis=0), np.unique(few.x, axis=0))


def test_a_folder_without_a_run_is_none(tmp_path):
    assert not is_run(tmp_path)
    assert RunFolder(tmp_path).record() is None


# --- what a run goes on with, and what it does not ---------------------------------------------------------------------


def test_a_longer_run_that_is_killed_at_once_is_not_taken_for_finished(tmp_path):
    folder = tmp_path / "run"
    train(DIGITS, config(), resume=folder)

    def die(_event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(DIGITS, config(epochs=8), resume=folder, callback=die)
    assert RunFolder(folder).record().status == "stopped"
    longer = train(DIGITS, resume=folder)
    assert weights(longer) == weights(train(DIGITS, config(epochs=8)))


def test_an_interrupt_between_two_steps_keeps_everything(tmp_path):
    folder = tmp_path / "run"

    def gone(event):
        if event.done == 3:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        train(DIGITS, config(), resume=folder, callback=gone)
    seen = []
    model = train(DIGITS, resume=folder, callback=seen.append)
    assert [event.done for event in seen] == [4, 5]
    assert weights(model) == weights(train(DIGITS, config()))


@pytest.mark.parametrize(
    ("begun", "changed", "words"),
    [
        ({"steps": 23, "epochs": None}, {"steps": 40, "epochs": None}, r"other settings \(steps\)"),
        ({"schedule": "cosine"}, {"schedule": "cosine", "epochs": 8}, r"other settings \(epochs\)"),
        ({"held_out": 0.1, "patience": 9}, {"held_out": 0.1}, r"other settings \(patience\)"),
        ({}, {"epochs": 3}, "has trained 5 epochs already; 3 are too few"),
    ],
)
def test_what_would_not_be_the_uninterrupted_run_is_refused(begun, changed, words, tmp_path):
    folder = tmp_path / "run"
    train(DIGITS, config(**begun), resume=folder)
    with pytest.raises(BadInput, match=words):
        train(DIGITS, config(**changed), resume=folder)
    assert RunFolder(folder).record().config == config(**begun).resolved(DIGITS.x, pictures=True)


def test_early_stopping_stands_when_more_epochs_are_wanted(tmp_path):
    few = Dataset(x=DIGITS.x[:60])
    settings = {"held_out": 0.3, "patience": 3, "hidden": (64,), "learning_rate": 0.01, "kind": "ae"}
    short = train(few, config(epochs=400, **settings), seed=1, resume=tmp_path / "run")
    assert len(short.provenance.history) < 400
    long = train(few, config(epochs=500, **settings), seed=1, resume=tmp_path / "run")
    assert weights(long) == weights(short)
    assert long.provenance.history == short.provenance.history


def test_patience_waits_until_the_warm_up_is_over():
    data = load_dataset("digits", n=200)
    settings = {"held_out": 0.2, "patience": 2, "kl_warmup": 20, "epochs": 30, "learning_rate": 3e-3, "variance": 0.1}
    assert len(train(data, config(**settings)).provenance.history) >= 22


def test_a_checkpoint_goes_with_no_other_run(tmp_path):
    folder = tmp_path / "run"
    train(DIGITS, config(), callback=every(2), resume=folder)
    (folder / "run.json").unlink()
    with pytest.raises(CheckpointError, match="belongs to another run; take another folder"):
        train(DIGITS, config(), seed=9, resume=folder)
    assert weights(train(DIGITS, config(), resume=folder)) == weights(train(DIGITS, config()))


def test_a_folder_that_holds_a_model_is_not_trained_over(tmp_path):
    train(DIGITS, config(latent_dim=4, epochs=1)).save(str(tmp_path / "m"))
    with pytest.raises(BadInput, match="holds a model that is no run, which would be lost"):
        train(DIGITS, config(), resume=tmp_path / "m")
    assert load_model(tmp_path / "m").config.latent_dim == 4


def test_a_run_named_like_a_shipped_model_is_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert train(DIGITS, config(epochs=1), resume="digits-vae").config.latent_dim == 3


def test_labels_do_not_make_other_data(tmp_path):
    train(DIGITS, config(), callback=every(2), resume=tmp_path / "run")
    without = Dataset(x=DIGITS.x, image_shape=DIGITS.image_shape, name="digits")
    assert weights(train(without, resume=tmp_path / "run")) == weights(train(DIGITS, config()))


def test_a_damaged_model_of_a_finished_run_is_made_again_from_its_checkpoint(tmp_path):
    folder = tmp_path / "run"
    whole = weights(train(DIGITS, config(), resume=folder))
    (folder / "model.safetensors").write_bytes(b"")
    assert weights(train(DIGITS, resume=folder)) == whole
    assert weights(load_model(folder)) == whole


def test_weights_that_are_no_numbers_never_replace_a_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(_fit, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(_fit, "CHECKPOINT_SECONDS", 0.0)
    folder = tmp_path / "run"
    with pytest.raises(VaegcError, match="The loss became infinite"):
        train(DIGITS, config(learning_rate=1e30, steps=3, epochs=None), resume=folder)
    record = RunFolder(folder).record()
    assert (record.status, is_run(folder)) == ("failed", True)
    assert not (folder / "model.json").exists()


def test_a_run_of_another_version_says_so(tmp_path):
    train(DIGITS, config(), callback=every(2), resume=tmp_path)
    for content, words in (('{"schema": 2}', "another version"), ("null", "damaged")):
        (tmp_path / "run.json").write_text(content)
        with pytest.raises(CheckpointError, match=words):
            train(DIGITS, resume=tmp_path)


def test_each_attempt_is_on_record_with_versions_threads_and_device(tmp_path):
    train(DIGITS, config(), callback=every(2), resume=tmp_path)
    train(DIGITS, resume=tmp_path)
    first, second = RunFolder(tmp_path).record().attempts
    assert (first["epoch"], second["epoch"], first["device"]) == (0, 2, "cpu")
    assert {"torch", "numpy", "python", "threads", "began"} <= set(second)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_run_folder_may_be_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    model = train(DIGITS, config(epochs=1), resume=tmp_path / "run")
    assert weights(load_model(tmp_path / "elsewhere")) == weights(model)


# --- the command -----------------------------------------------------------------------------------------------------

VADE = "--kind vade --n-clusters 4 --hidden 16 --latent-dim 3 --pretrain-epochs 2 --epochs 3 --seed 3 --n 300 --resume --json"


@pytest.fixture
def ask(monkeypatch, capsys):
    """A function: arguments, and at which event SIGTERM comes -> exit code and the last line of `vaegc train`."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    heard = ProgressPrinter.__call__

    def train_command(*arguments: object, at: tuple[str, int] | None = None) -> tuple[int, dict[str, object]]:
        def hear(self, progress):
            if (progress.stage, progress.done) == at:
                signal.raise_signal(signal.SIGTERM)
            return heard(self, progress)

        monkeypatch.setattr(ProgressPrinter, "__call__", hear)
        code = main(["train", *map(str, arguments)])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    yield train_command
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_signal_while_data_are_read_ends_it_before_anything_is_written(ask, tmp_path):
    words = ("digits", "--out", tmp_path / "m", *VADE.split())
    code, said = ask(*words, at=("read", 0))
    assert (code, said["message"]) == (130, "Stopped while the data were read; nothing was written.")
    assert not (tmp_path / "m").exists()
    ask(*words, at=("train", 1))
    code, said = ask(*words, at=("read", 0))
    assert (code, said["message"]) == (130, "Stopped while the data were read; what was saved before is kept.")
    assert run_status.record(tmp_path / "m")["status"] == "stopped"


@pytest.mark.parametrize("at", [("train", 1), ("train", 2), ("place", 0), ("place", 7), ("train", 4)])
def test_a_signal_at_any_time_saves_and_the_same_command_goes_on_to_the_same_weights(at, ask, tmp_path):
    words = ("digits", "--out", tmp_path / "m", *VADE.split())
    code, said = ask(*words, at=at)
    epochs = 2 if at[0] == "place" else at[1]
    assert (code, said["event"], said["stopped"], said["epochs"]) == (130, "result", True, epochs)
    assert (load_model(tmp_path / "m").provenance.stopped, run_status.record(tmp_path / "m")["status"]) == (True, "stopped")
    code, said = ask(*words)
    assert (code, said["stopped"], said["epochs"]) == (0, False, 5)
    settings = {"kind": "vade", "n_clusters": 4, "hidden": (16,), "latent_dim": 3, "pretrain_epochs": 2, "epochs": 3}
    assert weights(load_model(tmp_path / "m")) == weights(train(DIGITS, ModelConfig(**settings), seed=3))


@pytest.mark.parametrize("kind", ["vade", "dec", "idec"])
def test_a_stop_before_the_clusters_are_placed_keeps_the_pretraining(kind, tmp_path):
    settings = config(kind=kind, pretrain_epochs=2, epochs=2, n_clusters=4)
    stopped = train(DIGITS, settings, seed=3, callback=lambda event: event.stage == "place", resume=tmp_path)
    assert (stopped.provenance.stopped, len(stopped.provenance.history), bool(stopped.is_initialized)) == (True, 2, False)
    assert weights(train(DIGITS, settings, seed=3, resume=tmp_path)) == weights(train(DIGITS, settings, seed=3))


def test_a_signal_at_the_last_epoch_stops_nothing_any_more(ask, tmp_path):
    code, said = ask("digits", "--out", tmp_path / "m", *VADE.split(), at=("train", 5))
    assert (code, said["stopped"], said["epochs"]) == (0, False, 5)
    assert run_status.record(tmp_path / "m")["status"] == "finished"


def test_names_of_rows_are_no_feature(ask, tmp_path):
    (tmp_path / "t.csv").write_text("id,a,b\n" + "".join(f"{1000 + i},{i % 7},{i % 5}\n" for i in range(40)))
    code, _ = ask(tmp_path / "t.csv", "--ids", "id", "--out", tmp_path / "m", "--epochs", 1, "--hidden", 4, "--json")
    assert (code, load_model(tmp_path / "m").input_dim) == (0, 2)
