"""The Train page: what is asked for is what is started; every state of a run says what it is and what can be done."""

from __future__ import annotations

import io
import json
import time
import zipfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from apptest import APP, keys, open_page, until
from vaegc import ModelConfig, jobs, load_dataset
from vaegc.jobs import Job
from vaegc.jobs._record import write_record
from vaegc.models.help import GROUPS, HELP, SETTINGS, settings_of, used_settings
from vaegc.store import content_hash
from vaegc.training.run_status import COLUMNS, PHASE, PHASES, ROWS
from vaegc.ui.train import checkpoints, labels, live, settings
from vaegc.ui.train.facts import parse_train_command, with_epochs
from vaegc.ui.train.settings import default_epochs
from vaegc.workspace import Workspace, train_command

PAGE = "pages/2_Train.py"
NAME = "t" * 32  # of the browser
OWNER = content_hash("profile", NAME)


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    """An empty server."""
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "runs"))
    for name in ("VAEGC_READONLY", "VAEGC_MAX_JOBS"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path / "runs"
    for job in jobs.jobs():
        jobs.kill(job)


def opened(**query: str) -> AppTest:
    return open_page(PAGE, {"profile": NAME}, **query)


def text(app: AppTest) -> str:
    """Everything that the page says."""
    kinds = (app.title, app.subheader, app.caption, app.markdown, app.success, app.info, app.warning, app.error)
    bars = [bar.proto.text for bar in app.get("progress")]
    return "\n".join([element.value for kind in kinds for element in kind] + bars)


def picture(app: AppTest) -> dict:
    (part,) = (part.proto for part in app.get("bidi_component") if part.proto.component_name == "vaegc_training")
    return json.loads(part.json)


def shown(app: AppTest) -> str:
    """The run in the address bar."""
    said = app.query_params["run"]
    return said if isinstance(said, str) else said[0]


def kept_run(
    runs: Path, number: int, title: str, config: ModelConfig | None = None, ending: str = "done", owner: str = OWNER, message: str = "", epochs: int = 4
) -> Job:  # fmt: skip
    """The folder of a run that has ended, as a job leaves it."""
    config = config or ModelConfig(latent_dim=3, epochs=4)
    folder = runs / f"20260101-00000{number}-000000-0000000{number}"
    model = folder / "model"
    model.mkdir(parents=True)
    job = Job(folder.name, folder, train_command("digits", config), title, owner, time.time() - 100, pid=1, born="before")
    write_record(job)
    values = {"loss": 30.0, "points_per_s": 900.0, "seconds": 8.0}
    event = {"event": "progress", "stage": "train", "done": epochs, "total": 4, "phase": "fit", "message": "", "values": values}
    lines = [event] if epochs else []
    if ending in {"done", "stopped", "paused"}:
        lines.append({"event": "result", "stopped": ending != "done"})
    elif ending == "failed":
        lines.append({"event": "error", "message": message, "code": 1})
    if ending in {"paused", "killed"}:
        what = {"paused": "pause", "killed": "kill"}[ending]
        (folder / "request.json").write_text(json.dumps({"attempt": 0, "what": what}))
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if not epochs:
        return job
    settled = config.resolved(load_dataset("digits").x, True)
    (model / "run.json").write_text(
        json.dumps({"config": settled.to_dict(), "seed": 0, "n": 1797, "data": "digits", "status": ending})
    )
    rng = np.random.default_rng(0)
    rows = np.column_stack([[40.0, 34.0, 31.0, 30.0], [30.0, 26.0, 24.0, 24.0]])[:epochs]
    np.savez(
        model / "snapshot.npz", epoch=epochs, rows=np.arange(50), latent=rng.normal(size=(50, 3)).astype(np.float32),
        inputs=np.ones((8, 64), np.float32), outputs=np.zeros((8, 64), np.float32), classes=np.arange(50) % 10,
        class_names=np.array(list("0123456789")), image_shape=np.array([8, 8]), pixel_range=np.array([0.0, 1.0]),
        **{ROWS: rows, COLUMNS: np.array(["loss", "reconstruction"]), PHASE: np.zeros(epochs, np.uint8), PHASES: np.array(["fit"])},
    )  # fmt: skip
    for name in ("model.safetensors", "checkpoint.safetensors"):
        (model / name).write_bytes(b"")
    return job


# --- before there is a run -----------------------------------------------------------------------------------------------


def test_an_empty_page_says_what_to_do_first_and_what_will_be_there():
    app = opened()
    assert not app.exception
    assert app.title[0].value == "Train a model and watch it learn"
    assert "Choose data and a model, press Train, and open the result in Explore." in text(app)
    assert "No run yet." in text(app)
    assert {"train", "try"} <= keys(app)
    assert not app.button(key="train").disabled
    assert "150 epochs of 1,797 points" in text(app)
    assert not [part for part in app.get("bidi_component") if part.proto.component_name == "vaegc_training"]


def test_each_kind_says_what_it_is_and_only_clustered_ones_ask_for_k():
    app = opened()
    for kind, what in (("ae", "without KL"), ("vade", "A mixture of Gaussians as the prior"), ("dec", "sharpened")):
        app.segmented_control(key="train-kind").set_value(kind).run()
        assert what in text(app)
        assert ("Clusters K" in {widget.label for widget in app.number_input}) == (kind != "ae")
    assert "250 epochs of 1,797 points, 150 of them pretraining" in text(app)


def test_what_is_chosen_is_what_is_started(monkeypatch):
    started = []

    def start(self, dataset, config, *, title="", seed=0, n=None):
        started.append((self.owner, dataset, config, title, seed, n))
        return kept_run(Path(str(self.root)).parent.parent, 1, title)

    monkeypatch.setattr(Workspace, "start_training", start)
    app = opened(data="moons")
    app.segmented_control(key="train-kind").set_value("gmvae").run()
    app.selectbox(key="train-n-toy").set_value(300)
    for label, value in (("Latent dimensions", 2), ("Clusters K", 3), ("Epochs", 7), ("Seed", 5)):
        next(widget for widget in app.number_input if widget.label == label).set_value(value)
    app.text_input(key="train-title").set_value("My run").run()
    app.selectbox(key="train-preset-gmvae").set_value("gmvae-strong-prior-lambda").run()
    app.text_input(key="train-hidden-gmvae-strong-prior-lambda").set_value("32, 16").run()
    app.button(key="train").click().run()
    expected = ModelConfig(kind="gmvae", latent_dim=2, n_clusters=3, epochs=7, hidden=(32, 16), weight=0.05, min_information=1.5)
    assert started == [(OWNER, "moons", expected, "My run", 5, 300)]
    assert shown(app) == "20260101-000001-000000-00000001"
    assert "My run" in text(app)
    assert "train" not in keys(app)  # the settings are folded away: now there is something to look at


def test_the_advanced_fold_offers_what_the_kind_and_the_data_can_use():
    app = opened()
    labels = {widget.label for kind in (app.number_input, app.selectbox, app.text_input, app.toggle) for widget in kind}
    assert {"Weight w", "Network", "Batch size", "Likelihood p(x|z)", "Held-out share"} <= labels
    assert not labels & {"Pretraining epochs", "Style dimensions", "Convolution widths", "Decay", "Patience"}
    app.selectbox(key="train-network-vae").set_value("conv").run()
    app.number_input(key="train-held_out-vae").set_value(0.1).run()
    labels = {widget.label for kind in (app.number_input, app.text_input) for widget in kind}
    assert {"Convolution widths", "Patience"} <= labels
    app.selectbox(key="train-data").set_value("moons").run()
    assert "Network" not in {widget.label for widget in app.selectbox}  # of moons there are no pictures


def test_settings_that_do_not_go_together_are_one_sentence_before_anything_starts():
    app = opened()
    app.text_input(key="train-hidden-vae").set_value("many").run()
    assert [error.value for error in app.error] == ["Hidden widths are whole numbers such as 256, 128; got 'many'."]
    assert app.button(key="train").disabled
    app.text_input(key="train-hidden-vae").set_value("64").run()
    app.number_input(key="train-learning_rate-vae").set_value(-1.0).run()
    assert "learning_rate must be" in app.error[0].value
    assert app.button(key="train").disabled


def test_settings_that_do_not_go_with_the_data_are_one_sentence_before_anything_starts():
    app = opened(data="moons")
    assert "data" not in app.query_params  # a choice may follow: the link would not keep to it
    app.selectbox(key="train-likelihood-vae").set_value("bernoulli").run()
    assert app.error[0].value.startswith("A Bernoulli likelihood needs values in 0..1; Moons (2-D toy) goes from -")
    app.selectbox(key="train-likelihood-vae").set_value("gaussian")
    app.number_input(key="train-held_out-vae").set_value(0.0001).run()
    assert "leaves none to hold out" in app.error[0].value
    app.segmented_control(key="train-kind").set_value("dec").run()
    app.selectbox(key="train-n-toy").set_value(300)
    app.number_input(key="train-k").set_value(301).run()
    assert [error.value for error in app.error] == ["301 clusters cannot be placed among 300 points: choose a smaller K."]
    assert app.button(key="train").disabled


def test_every_setting_has_its_place_its_words_and_its_kinds():
    names = {field.name for field in fields(ModelConfig)}
    assert set(HELP) == names
    assert set(SETTINGS) == names - {"kind", "latent_dim", "n_clusters", "epochs"}
    assert {one.group for one in SETTINGS.values()} == set(GROUPS)
    assert "style_dim" not in {name for group in settings_of("vade").values() for name in group}
    vae = used_settings(ModelConfig())
    assert "n_clusters" not in vae
    assert used_settings(replace(ModelConfig(), style_dim=3)) == vae


def test_default_epochs_are_the_kinds_own_or_fewer_for_many_points():
    assert default_epochs("vae", 1797, 64) == 150
    assert default_epochs("dec", 1797, 64) == 100
    assert default_epochs("vae", 70_000, 784) == 40
    assert default_epochs("vae", 2_000, 27_648) == 40
    assert default_epochs("vae", 10_000_000, 2) == 5


def test_a_full_server_says_so_and_starts_nothing(monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_JOBS", "1")
    monkeypatch.setattr(jobs, "running", lambda: 1)
    app = opened()
    assert "One job runs on this server, which is as many as it takes at once" in text(app)
    assert app.button(key="train").disabled
    assert app.button(key="try").disabled


def test_a_read_only_server_shows_runs_and_starts_nothing(runs, monkeypatch):
    monkeypatch.setenv("VAEGC_READONLY", "1")
    app = opened()
    assert "This server is read-only: runs can be looked at, but none can be started." in text(app)
    assert app.button(key="train").disabled
    assert app.button(key="try").disabled
    assert "nothing can be uploaded" in text(app)
    assert not app.get("file_uploader")


def test_another_page_or_a_link_chooses_the_data():
    assert opened(data="rings").selectbox(key="train-data").value == "rings"
    app = AppTest.from_file(APP, default_timeout=600).switch_page(PAGE)
    app.session_state["train_data"] = "moons"
    assert app.run().selectbox(key="train-data").value == "moons"
    assert "The data that this link asks for are not here" in text(opened(data="nothing"))


def test_settings_survive_another_page():
    app = AppTest.from_file(APP, default_timeout=600)
    for name, value in {"dataset": "moons", "n": "300", "model": "off", "ascent.steps": "3"}.items():
        app.query_params[name] = value
    app.run().switch_page(PAGE).run()
    app.segmented_control(key="train-kind").set_value("vade").run()
    app.number_input(key="train-k").set_value(7).run()
    app.switch_page("app.py").run().switch_page(PAGE).run()
    assert app.segmented_control(key="train-kind").value == "vade"
    assert app.number_input(key="train-k").value == 7


# --- a run that has ended ------------------------------------------------------------------------------------------------


def test_a_finished_run_is_opened_in_explore(runs, monkeypatch):
    job = kept_run(runs, 1, "First")
    opened_there = []
    monkeypatch.setattr(live, "default_spec", lambda dataset, model: (dataset, model))
    monkeypatch.setattr(live, "open_in_explore", opened_there.append)
    app = opened()
    assert "Finished: 4 of 4 epochs, 8 s of training." in text(app)
    assert shown(app) == job.id
    assert {"open", "train-on"} <= keys(app)
    assert not {"pause", "cancel", "resume"} & keys(app)
    app.button(key="open").click().run()
    assert opened_there == [("digits", f"mine:{job.id}")]


def test_the_picture_of_a_run_has_its_map_losses_pictures_and_dimensions(runs):
    kept_run(runs, 1, "First")
    told = picture(opened())
    assert told["map"]["words"].startswith("PCA of 3 latent dimensions keeps")
    assert "training never sees them" in told["map"]["note"]
    assert told["map"]["names"] == list("0123456789")
    assert [panel["label"] for panel in told["losses"]["panels"]] == ["Loss", "Reconstruction", "KL"]
    assert told["losses"]["panels"][0]["values"] == [40, 34, 31, 30]
    assert told["losses"]["at"] == [1, 2, 3, 4]
    assert (told["pictures"]["many"], told["pictures"]["width"]) == (8, 8)
    assert [group["title"] for group in told["bars"]] == ["Latent dimensions"]
    assert "3 of 3 used" in told["bars"][0]["words"]


@pytest.mark.parametrize(
    ("ending", "said", "buttons"),
    [
        ("paused", "Paused after 4 of 4 epochs", {"resume", "open"}),
        ("stopped", "Cancelled after 4 of 4 epochs", {"resume", "open"}),
        ("killed", "It was killed on request; what it had saved before is kept. Resume goes on from its last checkpoint.", {"resume", "open"}),
        ("failed", "The loss became infinite. Resume goes on from its last checkpoint.", {"resume", "open"}),
    ],
)  # fmt: skip
def test_each_way_to_end_says_what_it_was_and_what_can_be_done(runs, ending, said, buttons):
    kept_run(runs, 1, "First", ending=ending, message="The loss became infinite.")
    app = opened()
    assert said in text(app)
    assert buttons <= keys(app)
    assert not {"pause", "cancel", "train-on"} & keys(app)


def test_a_run_that_failed_before_its_first_epoch_says_what_to_do(runs):
    kept_run(runs, 1, "First", ending="failed", message="A network of these sizes cannot be made.", epochs=0)
    app = opened()
    assert "A network of these sizes cannot be made. Nothing was trained: change the settings and train anew." in text(app)
    assert not {"open", "resume"} & keys(app)


def test_a_model_whose_data_were_deleted_opens_on_other_data_that_fit(runs, monkeypatch):
    from vaegc.models.packed import pack_model, unpack_model

    job = kept_run(runs, 1, "First", ending="paused")
    write_record(replace(job, command=("train", str(runs / "profiles" / OWNER / "data" / "gone.npz"), *job.command[2:])))
    for name in ("model.safetensors", "model.json"):
        (job.folder / "model" / name).unlink(missing_ok=True)
    unpack_model(pack_model("digits-vae"), runs / "unpacked")
    for path in (runs / "unpacked").iterdir():
        path.rename(job.folder / "model" / path.name)
    opened_there = []
    monkeypatch.setattr(checkpoints, "default_spec", lambda dataset, model: (dataset, model))
    monkeypatch.setattr(checkpoints, "open_in_explore", opened_there.append)
    app = opened()
    assert "resume" not in keys(app)
    app.button(key="open").click().run()
    assert opened_there == [("digits", f"mine:{job.id}")]


def test_a_run_whose_schedule_has_ended_takes_no_more_epochs_and_says_why(runs):
    cosine = ModelConfig(latent_dim=3, epochs=4, schedule="cosine")
    kept_run(runs, 1, "First", cosine)
    app = opened()
    assert app.get("popover")[0].proto.popover.disabled
    assert "cosine" in app.get("popover")[0].proto.popover.help


def test_more_epochs_are_the_same_command_with_another_number(runs):
    command = train_command("digits", ModelConfig(epochs=4, latent_dim=3))
    more = with_epochs(command, 6)
    assert (parse_train_command(command).config.epochs, parse_train_command(more).config.epochs) == (4, 6)
    assert parse_train_command(more).config == replace(parse_train_command(command).config, epochs=6)
    assert parse_train_command(with_epochs(train_command("digits", ModelConfig()), 6)).config.epochs == 6


# --- several runs --------------------------------------------------------------------------------------------------------


def test_runs_are_listed_newest_first_and_one_is_chosen_by_its_name(runs):
    first, second = kept_run(runs, 1, "First"), kept_run(runs, 2, "Second", ending="stopped")
    app = opened()
    names = [button.label for button in app.button if button.key.startswith("see-")]
    assert names == ["**Second**", "First"]
    assert "Finished · VAE on Handwritten digits · 4 of 4 epochs · loss 30.00 · 1 minute ago" in text(app)
    app.button(key=f"see-{first.id}").click().run()
    assert shown(app) == first.id
    assert app.subheader[0].value == "First"
    assert opened(run=second.id).subheader[0].value == "Second"


def test_a_run_of_another_browser_is_one_sentence_and_shows_nothing_of_it(runs):
    other = kept_run(runs, 1, "A secret name", owner="0" * 16)
    app = opened(run=other.id)
    assert "The run of this link belongs to another browser, or was deleted" in text(app)
    assert "A secret name" not in text(app)
    assert "run" not in app.query_params


def test_a_run_is_renamed_and_deleted_only_after_a_second_word(runs):
    kept_run(runs, 1, "First")
    job = kept_run(runs, 2, "Second")
    app = opened()
    app.session_state[f"menu-{job.id}"] = True
    app.run()
    app.text_input(key=f"name-{job.id}-Second").set_value("Better").run()
    assert jobs.find(job.id).title == "Better"
    assert app.subheader[0].value == "Better"
    app.button(key=f"delete-{job.id}").click().run()
    assert job.folder.is_dir()
    app.button(key=f"really-{job.id}").click().run()
    assert not job.folder.exists()
    assert app.subheader[0].value == "First"
    assert not app.warning


def test_two_ticked_runs_are_compared_and_it_is_said_when_their_losses_are_not_comparable(runs):
    first, second = kept_run(runs, 1, "First"), kept_run(runs, 2, "Second", ModelConfig(kind="ae", latent_dim=2, epochs=4))
    app = opened()
    assert "Tick two or more to compare them." in text(app)
    for job in (first, second):
        app.checkbox(key=f"tick-{job.id}").check().run()
    assert "2 runs compared" in text(app)
    assert "These runs have different kinds of model" in text(app)
    (table,) = (element.value for element in app.table)
    assert table.columns.tolist() == ["Second", "First"]
    assert table.loc["Model"].tolist() == ["AE", "VAE"]
    assert table.loc["Latent dimensions"].tolist() == ["2", "3"]
    assert table.loc["Loss (nats)"].tolist() == ["30.00", "30.00"]
    assert "Style dimensions" not in table.index
    assert "Batch size" not in table.index  # the same in both
    assert len(json.loads(app.get("plotly_chart")[0].proto.spec)["data"]) == 2


def test_runs_that_differ_in_their_seed_alone_are_comparable(runs):
    first, second = kept_run(runs, 1, "Same"), kept_run(runs, 2, "Same")
    app = opened()
    for job in (first, second):
        app.checkbox(key=f"tick-{job.id}").check().run()
    assert not app.warning
    assert app.table[0].value.columns.tolist() == ["Same (1)", "Same (2)"]


# --- models that are brought along ---------------------------------------------------------------------------------------


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return out.getvalue()


@pytest.mark.parametrize(
    "files",
    [
        [("model.zip", b"no zip", "application/zip")],
        [("model.zip", zipped(readme__txt=b"hello"), "application/zip")],
        [("model.zip", zipped(model__json=b"{}", model__safetensors=b"x"), "application/zip")],
        [("one.zip", b"", "application/zip"), ("two.zip", b"", "application/zip")],
        [("model.json", b"[]", "application/json"), ("model.safetensors", b"", "application/octet-stream")],
    ],
)
def test_a_bad_checkpoint_is_one_sentence_and_nothing_is_kept(files):
    app = opened()
    app.get("file_uploader")[0].set_value(files).run()
    assert not app.exception
    (sentence,) = (error.value for error in app.error)
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    assert Workspace(OWNER).models() == []


def test_half_of_a_checkpoint_asks_for_the_other_half():
    app = opened()
    app.get("file_uploader")[0].set_value([("model.json", b"{}", "application/json")]).run()
    assert "Add model.safetensors too" in text(app)
    assert not app.error


def test_an_uploaded_checkpoint_is_listed_and_opens_on_data_that_fit(monkeypatch):
    from vaegc.models.packed import pack_model

    opened_there = []
    monkeypatch.setattr(checkpoints, "default_spec", lambda dataset, model: (dataset, model))
    monkeypatch.setattr(checkpoints, "open_in_explore", opened_there.append)
    app = opened()
    app.get("file_uploader")[0].set_value([("my_model.zip", pack_model("digits-ae"), "application/zip")]).run()
    (model,) = Workspace(OWNER).models()
    assert model.title == "my model"
    assert app.subheader[0].value == "my model"
    assert "AE on digits · 64 features" in text(app)
    assert shown(app) == model.id
    app.button(key="open").click().run()
    assert opened_there == [("digits", model.ref)]


# --- real runs -----------------------------------------------------------------------------------------------------------


def test_a_run_is_started_watched_and_finished(monkeypatch):
    app = opened(data="moons")
    app.selectbox(key="train-n-toy").set_value(300)
    next(widget for widget in app.number_input if widget.label == "Epochs").set_value(2)
    app.run().button(key="train").click().run()
    assert not app.exception
    (job,) = jobs.jobs(OWNER)
    assert job.title == "VAE on Moons (2-D toy)"
    assert {"pause", "cancel"} <= keys(app)
    assert picture(app)["waiting"] == "The first picture comes with the first epoch."
    assert "Finished: 2 of 2 epochs" in text(until(app, text, "Finished: 2 of 2 epochs", "Failed"))
    assert "VAE · Moons (2-D toy) · N = 300 · 2 latent dimensions" in text(app)
    told = picture(app)
    assert told["map"]["words"] == "Both latent dimensions, as they are."
    assert told["map"]["names"] == ["0", "1"]  # of the points shown, from the run's own snapshot
    assert told["pictures"]["title"] == "Reconstructions"
    assert "R² = " in told["pictures"]["words"]
    assert Workspace(OWNER).find_model(f"mine:{job.id}").latent_dim == 2
    app.button(key="train-on").click().run()  # one more epoch
    assert "Finished: 3 of 3 epochs" in text(until(app, text, "Finished: 3", "Failed"))


def test_a_run_is_paused_found_again_resumed_and_cancelled():
    config = ModelConfig(latent_dim=2, hidden=(8,), epochs=100_000)
    job = Workspace(OWNER).start_training("moons", config, n=100)
    app = until(opened(), text, "points/s")
    assert "of 100,000" in text(app)
    app.button(key="pause").click().run()
    until(app, text, "Paused after")
    assert {"resume", "open"} <= keys(app)
    again = opened(run=job.id)  # a second tab, or a reload
    again.button(key="resume").click().run()
    until(again, text, "points/s")
    again.button(key="cancel").click().run()
    until(again, text, "Cancelled after")
    assert jobs.state(job).status == "stopped"


def test_times_and_numbers_are_said_as_people_say_them():
    assert [labels.format_duration(s) for s in (0, 7.2, 60, 125, 3600, 4800)] == [
        "0 s",
        "8 s",
        "1 min",
        "2 min 5 s",
        "1 h",
        "1 h 20 min",
    ]
    assert [labels.approximate_duration(s) for s in (3, 33, 58, 200, 9000)] == [
        "a few seconds",
        "about 30 s",
        "about 1 min",
        "about 3 min",
        "about 2.5 h",
    ]
    assert [labels.time_ago(0, now) for now in (5, 60, 7300, 200_000)] == [
        "just now",
        "1 minute ago",
        "2 hours ago",
        "2 days ago",
    ]
    assert [labels.format_loss(x) for x in (-13.811, 123.45, 12345.6)] == ["−13.81", "123.5", "12,346"]
    assert settings.FIRST_RUN_CONFIG.epochs == 20
