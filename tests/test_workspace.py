"""A browser profile's own things: kept, found by their owner only, renamed, deleted, and named in specs."""

from __future__ import annotations

import io
import os
import time
import zipfile
from dataclasses import fields

import numpy as np
import pytest

from vaegc import Dataset, Experiment, ModelConfig, jobs, load_dataset
from vaegc.cli import _parser
from vaegc.errors import BadInput
from vaegc.store import assets_root
from vaegc.workspace import PRIVATE_PREFIX, Workspace, delete_unused_profiles, file_name, is_private, train_command

ME, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture(autouse=True)
def own_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def mine():
    return Workspace(ME)


@pytest.fixture
def blobs():
    return load_dataset("blobs", n=50)


def shipped(name="digits-ae"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for part in ("model.json", "model.safetensors"):
            file.write(assets_root() / "models" / name / part, part)
    return packed.getvalue()


def test_nothing_is_there_at_first(mine):
    assert mine.data() == []
    assert mine.models() == []
    assert mine.runs() == []
    assert mine.used_mb() == 0


def test_kept_data_come_back_as_they_were(mine, blobs):
    kept = mine.add_data(blobs, "My blobs", embedding=True, reading={"file": "b.csv"})
    again = mine.load_data(kept.ref)
    assert (kept.title, kept.n, kept.d, kept.classes, kept.embedding) == ("My blobs", 50, 2, 8, True)
    assert again.fingerprint == blobs.fingerprint
    assert again.name == "My blobs"
    assert mine.find_data(kept.ref) == mine.find_data(kept.id) == mine.data()[0]
    assert kept.reading == {"file": "b.csv"}


def test_what_is_newest_comes_first(mine, blobs):
    names = [mine.add_data(blobs, title).title for title in ("a", "b", "c")]
    assert [kept.title for kept in mine.data()] == names[::-1]


def test_one_profile_sees_nothing_of_another(mine, blobs):
    kept = mine.add_data(blobs, "secret")
    model = mine.add_model(shipped(), "own")
    other = Workspace(OTHER)
    assert other.data() == []
    assert other.models() == []
    assert other.used_mb() == 0
    for act in (other.find_data, other.delete_data, other.load_data):
        with pytest.raises(BadInput, match="another browser"):
            act(kept.ref)
    for act in (other.find_model, other.delete_model):
        with pytest.raises(BadInput, match="another browser"):
            act(model.ref)
    with pytest.raises(BadInput, match="another browser"):
        other.resolve(Experiment(dataset=kept.ref, model=None))
    assert mine.find_data(kept.ref).title == "secret"


@pytest.mark.parametrize("owner", ["", "..", "../../etc", "0123456789ABCDEF", "0" * 17, None])
def test_an_owner_is_a_hash_and_no_path(owner):
    with pytest.raises(BadInput, match="16 hexadecimal"):
        Workspace(owner)


@pytest.mark.parametrize("ref", ["mine:../../x", "mine:", "", "../x", "mine:0123456789abcdef", 5, None, "mine:" + "a" * 999])
def test_what_is_no_id_of_ours_is_not_found(mine, ref):
    for find in (mine.find_data, mine.find_model):
        with pytest.raises(BadInput, match="another browser"):
            find(ref)


def test_renamed_data_have_their_new_name_in_captions_too(mine, blobs):
    kept = mine.add_data(blobs, "before")
    mine.rename_data(kept.ref, "  Ünïcode\nname ")
    assert mine.find_data(kept.ref).title == "Ünïcode name" == mine.load_data(kept.ref).name
    assert mine.load_data(kept.ref).fingerprint == blobs.fingerprint


@pytest.mark.parametrize("title", ["", "   ", "x" * 81, None, 3])
def test_a_name_has_1_to_80_characters(mine, blobs, title):
    with pytest.raises(BadInput, match="1 to 80"):
        mine.add_data(blobs, title)
    assert mine.data() == []


def test_deleted_data_are_gone_and_leave_no_file(mine, blobs):
    kept = mine.add_data(blobs, "x")
    mine.delete_data(kept.ref)
    assert mine.data() == []
    assert mine.used_mb() == 0
    with pytest.raises(BadInput, match="deleted"):
        mine.load_data(kept.ref)


def test_more_points_than_the_server_takes_are_refused(mine, blobs, monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_POINTS", "49")
    with pytest.raises(BadInput, match="50 points; this server takes at most 49"):
        mine.add_data(blobs, "x")


def test_a_profile_has_so_much_room_and_no_more(mine, monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_KEPT_MB", "1")
    data = Dataset(np.random.default_rng(0).normal(size=(3000, 50)).astype(np.float32))
    mine.add_data(data, "first")
    with pytest.raises(BadInput, match=r"keeps 1 of 1 MB here .* delete"):
        mine.add_data(data, "second")
    assert [kept.title for kept in mine.data()] == ["first"]


def test_a_read_only_server_keeps_nothing(mine, blobs, monkeypatch):
    kept = mine.add_data(blobs, "x")
    monkeypatch.setenv("VAEGC_READONLY", "1")
    acts = (
        lambda: mine.add_data(blobs, "y"), lambda: mine.add_model(shipped(), "y"), lambda: mine.rename_data(kept.ref, "y"),
        lambda: mine.delete_data(kept.ref), lambda: mine.start_training("moons", ModelConfig()),
    )  # fmt: skip
    for act in acts:
        with pytest.raises(BadInput, match="read-only"):
            act()
    assert mine.load_data(kept.ref).name == "x"


def test_a_damaged_record_hides_its_data_and_nothing_else(mine, blobs):
    bad, good = mine.add_data(blobs, "bad"), mine.add_data(blobs, "good")
    bad.path.with_suffix(".json").write_text('{"schema": 1, "title": "bad"}')
    assert [kept.title for kept in mine.data()] == [good.title]


def test_an_uploaded_model_is_listed_renamed_and_deleted(mine):
    model = mine.add_model(shipped(), "An AE")
    assert (model.title, model.kind, model.input_dim, model.job) == ("An AE", "ae", 64, None)
    assert [m.ref for m in mine.models()] == [model.ref]
    mine.rename_model(model.ref, "Another")
    assert mine.find_model(model.ref).title == "Another"
    mine.delete_model(model.ref)
    assert mine.models() == []


def test_a_bad_upload_leaves_nothing_behind(mine):
    with pytest.raises(BadInput):
        mine.add_model(b"no zip", "x")
    assert mine.models() == []
    assert mine.used_mb() == 0


def test_refs_become_paths_to_compute_and_file_names_to_take_away(mine, blobs):
    kept, model = mine.add_data(blobs, "Ärger & Freude"), mine.add_model(shipped(), "My AE")
    spec = Experiment(dataset=kept.ref, model=model.ref)
    found, given = mine.resolve(spec), mine.portable(spec)
    assert found.dataset == str(kept.path)
    assert found.model == str(model.folder)
    assert (given.dataset, given.model) == ("arger-freude.npz", "./my-ae")
    assert mine.resolve(Experiment()) == Experiment() == mine.portable(Experiment())
    assert is_private(spec.dataset)
    assert not is_private("digits")
    assert not is_private(None)
    assert spec.dataset.startswith(PRIVATE_PREFIX)
    assert str(mine.root) not in spec.to_query()


@pytest.mark.parametrize(("title", "name"), [("a b/c\\d", "a-b-c-d"), ("..", "data"), ("日本", "data"), ("x" * 80, "x" * 60)])
def test_a_title_becomes_a_file_name_of_any_system(title, name):
    assert file_name(title) == name


@pytest.mark.parametrize(
    "config",
    [
        ModelConfig(),
        ModelConfig(kind="vade", latent_dim=3, n_clusters=4, hidden=(9, 8), prior_refresh=False, start_variance=1e-5, epochs=2),
        ModelConfig(kind="gmvae", min_information=0.0, samples=3, center=-1e-05, spread=2.5, steps=7),
        ModelConfig(
            weight=0.25, held_out=0.1, patience=3, schedule="cosine", precision="bfloat16", network="conv", channels=(4,)
        ),
    ],
)
def test_a_training_command_stands_for_its_settings(config):
    arguments = _parser().parse_args(train_command("moons", config, seed=5, n=70))
    given = {field.name: getattr(arguments, ModelConfig.key_of(field.name)) for field in fields(ModelConfig)}
    assert ModelConfig(**{name: value for name, value in given.items() if value is not None}) == config
    assert (arguments.dataset, arguments.seed, arguments.n, arguments.resume) == ("moons", 5, 70, True)


def test_a_training_gives_a_model_that_its_owner_finds(mine, blobs):
    kept = mine.add_data(blobs, "Own")
    job = mine.start_training(kept.ref, ModelConfig(latent_dim=2, hidden=(8,), epochs=2), title="Tiny")
    with pytest.raises(BadInput, match=r"trained on by 'Tiny'; cancel"):
        mine.delete_data(kept.ref)
    assert jobs.wait(job).status == "done"
    (model,) = mine.models()
    assert (model.id, model.title, model.kind, model.epochs, model.data, model.input_dim) == (job.id, "Tiny", "vae", 2, "Own", 2)
    assert mine.runs_on(kept.ref)[0].id == job.id
    assert model.folder == mine.run_folder(job)
    assert Workspace(OTHER).runs() == []
    assert Workspace(OTHER).models() == []
    mine.rename_model(model.ref, "Small")
    assert mine.find_model(model.ref).title == "Small"
    mine.delete_model(model.ref)
    assert mine.models() == []
    assert mine.runs() == []
    mine.delete_data(kept.ref)


def test_browsers_that_do_not_come_back_are_forgotten_and_the_others_not(mine, blobs):
    other = Workspace(OTHER)
    for one in (mine, other):
        one.add_data(blobs, "x")
    job = jobs.start(["run", "nowhere.yaml"], owner=OTHER)
    jobs.wait(job)
    os.utime(other.root, (time.time() - 3 * 86_400,) * 2)
    assert delete_unused_profiles(5) == 0
    assert len(other.data()) == 1
    assert delete_unused_profiles(2) == 1
    assert other.data() == []
    assert jobs.jobs(OTHER) == []
    assert len(mine.data()) == 1
    os.utime(mine.root, (time.time() - 3 * 86_400,) * 2)
    mine.touch()
    assert delete_unused_profiles(2) == 0
