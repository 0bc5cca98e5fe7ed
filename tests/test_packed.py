"""Models as one file: what is packed comes back bit for bit, and what is brought is refused in one sentence unless it is a model."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as dump_tensors

from vaegc import BadInput, ModelConfig, load_dataset, load_model, train
from vaegc.models import KINDS
from vaegc.models.packed import MAX_JSON_MB, pack_model, unpack_files, unpack_model

FILES = ("model.json", "model.safetensors")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "vae"
    train(load_dataset("moons", n=60), ModelConfig(latent_dim=2, hidden=(8,), epochs=2)).save(str(folder))
    return folder


@pytest.fixture
def parts(saved: Path) -> dict[str, bytes]:
    return {name: (saved / name).read_bytes() for name in FILES}


def zipped(entries: dict[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in entries.items() if isinstance(entries, dict) else entries:
            archive.writestr(name, content)
    return written.getvalue()


def edited(parts: dict[str, bytes], config: dict[str, object] | None = None, **facts: object) -> dict[str, bytes]:
    """The files with other facts and settings in model.json."""
    known = json.loads(parts[FILES[0]])
    known = {**known, "config": {**known["config"], **(config or {})}, **facts}
    return {**parts, FILES[0]: json.dumps(known).encode()}


def reweighed(parts: dict[str, bytes], change: Callable[[dict[str, torch.Tensor]], object]) -> dict[str, bytes]:
    """The files with other weights, and the hash that goes with them."""
    tensors = load_tensors(parts[FILES[1]])
    change(tensors)
    weights = dump_tensors(tensors)
    return {**edited(parts, weights_sha256=hashlib.sha256(weights).hexdigest()), FILES[1]: weights}


def refused(give: Callable[[], object], words: str, folder: Path) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        give()
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 250
    assert not folder.exists()
    assert list(folder.parent.iterdir()) == []


# --- a model that is one ---------------------------------------------------------------------------------------------


def test_a_packed_model_comes_back_bit_for_bit_and_packs_to_the_same_bytes(saved, tmp_path):
    packed = pack_model(saved)
    unpack_model(packed, tmp_path / "new" / "m")
    assert {p.name: p.read_bytes() for p in (tmp_path / "new" / "m").iterdir()} == {n: (saved / n).read_bytes() for n in FILES}
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["m"]
    assert pack_model(tmp_path / "new" / "m") == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == list(FILES)
        assert archive.testzip() is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_taken_along_and_brought(kind, tmp_path):
    unpack_model(pack_model(f"digits-{kind}"), tmp_path / "m")
    one, other, x = load_model(f"digits-{kind}"), load_model(tmp_path / "m"), load_dataset("digits", n=20).x
    assert (one.config, one.provenance) == (other.config, other.provenance)
    np.testing.assert_array_equal(one.encode(x).mean, other.encode(x).mean)
    assert all(parameter.requires_grad for parameter in other.parameters())


def test_the_ways_in_which_people_zip_a_model_are_fine(parts, tmp_path):
    inside = {f"my model/{name}": content for name, content in parts.items()}
    macs = {**inside, "my model/": b"", "__MACOSX/my model/._model.json": b"x", "my model/.DS_Store": b"x"}
    for number, packed in enumerate((zipped(parts, zipfile.ZIP_STORED), zipped(inside), zipped(macs))):
        unpack_model(packed, tmp_path / str(number))
        assert load_model(tmp_path / str(number)).kind == "vae"
    unpack_files({"model (1).json": parts[FILES[0]], "Model.SAFETENSORS": parts[FILES[1]]}, tmp_path / "two")
    assert sorted(p.name for p in (tmp_path / "two").iterdir()) == sorted(FILES)


def test_a_folder_that_holds_something_is_never_written_over(parts, tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="The model cannot be kept: Directory not empty"):
        unpack_files(parts, tmp_path / "m")
    assert [p.name for p in tmp_path.rglob("*")] == ["m", "thesis.txt"]


# --- zips that hold none ---------------------------------------------------------------------------------------------


def _flagged(packed: bytes, at: tuple[int, int], value: bytes) -> bytes:
    """A zip with bytes changed in the headers of its first entry: (offset in the file's own, in the list's)."""
    own, listed = packed.index(b"PK\3\4") + at[0], packed.index(b"PK\1\2") + at[1]
    packed = packed[:own] + value + packed[own + len(value) :]
    return packed[:listed] + value + packed[listed + len(value) :]


ZIPS = {
    "no zip": (lambda p: b"model", "This is no zip file; a model is model.json and model.safetensors"),
    "empty": (lambda p: b"", "This is no zip file"),
    "a model alone": (lambda p: p["model.safetensors"], "This is no zip file"),
    "an empty zip": (lambda p: zipped({}), "The zip holds no model.json and no model.safetensors"),
    "one of the two": (lambda p: zipped({"model.json": p["model.json"]}), r"The zip holds no model\.safetensors"),
    "one more file": (lambda p: zipped({**p, "run.json": b"{}"}), r"The zip holds 'run\.json', which has no place there"),
    "another name": (lambda p: zipped({"weights.bin": b""}), r"holds 'weights\.bin'"),
    "a folder in a folder": (lambda p: zipped({f"a/b/{n}": c for n, c in p.items()}), r"holds 'a/b/model\.json'"),
    "two folders": (lambda p: zipped([(f"{f}/{n}", c) for f, (n, c) in zip("ab", p.items(), strict=True)]), "no place there"),
    "up and away": (lambda p: zipped({f"../{n}": c for n, c in p.items()}), r"holds '\.\./model\.json'"),
    "from the root": (lambda p: zipped({f"/{n}": c for n, c in p.items()}), r"holds '/model\.json'"),
    "as windows writes it": (lambda p: zipped({f"..\\{n}": c for n, c in p.items()}), "no place there"),
    "a long name": (lambda p: zipped({"x" * 5000: b""}), "no place there"),
    "many files": (lambda p: zipped({f"{i}": b"" for i in range(500)}), "The zip holds too many files"),
    "cut short": (lambda p: zipped(p)[:-30], "zip file; a model is"),
    "damaged": (lambda p: zipped(p, zipfile.ZIP_STORED).replace(b'"schema"', b'"Schema"', 1), "damaged zip file"),
    "encrypted": (lambda p: _flagged(zipped(p), (6, 8), b"\1\0"), "The zip is encrypted; pack the two files without a password"),
    "lzma": (lambda p: zipped(p, zipfile.ZIP_LZMA), "packed in an unusual way"),
    "a size that lies": (lambda p: _flagged(zipped(p), (22, 24), b"\1\0\0\0"), "damaged"),
}


@pytest.mark.parametrize("what", ZIPS)
def test_what_is_no_zip_of_a_model_is_one_sentence_and_leaves_nothing(what, parts, tmp_path):
    make, words = ZIPS[what]
    packed = make(parts)
    refused(lambda: unpack_model(packed, tmp_path / "m"), words, tmp_path / "m")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(parts, tmp_path):
    packed = zipped([*parts.items(), ("model.json", b"{}")])
    refused(lambda: unpack_model(packed, tmp_path / "m"), r"The zip holds model\.json twice", tmp_path / "m")


def test_a_bomb_is_refused_before_it_is_unpacked(parts, tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_MAX_UPLOAD_MB", "5")
    bomb, small = zipped({**parts, "model.safetensors": bytes(6_000_000)}), zipped(parts)
    assert len(bomb) < 20_000
    refused(lambda: unpack_model(bomb, tmp_path / "m"), r"model\.safetensors has 6\.0 MB; 5 MB is the most", tmp_path / "m")
    lying = _flagged(zipped({"model.safetensors": bytes(6_000_000), **parts})[:], (22, 24), b"\xff\0\0\0")
    refused(lambda: unpack_model(lying, tmp_path / "m"), "damaged", tmp_path / "m")
    refused(lambda: unpack_model(small + bytes(5_000_000), tmp_path / "m"), r"The zip has 5\.0 MB", tmp_path / "m")
    monkeypatch.delenv("VAEGC_MAX_UPLOAD_MB")
    long = zipped({**parts, "model.json": b" " * (MAX_JSON_MB * 1_000_000 + 1)})
    refused(
        lambda: unpack_model(long, tmp_path / "m"), rf"model\.json has {MAX_JSON_MB}\.0 MB; {MAX_JSON_MB} MB is", tmp_path / "m"
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: {}, "There is no model.json and no model.safetensors"),
        (lambda p: {"model.json": p["model.json"]}, r"There is no model\.safetensors"),
        (lambda p: {**p, "model.pt": b""}, r"'model\.pt' is no part of a model"),
        (lambda p: {**p, "other.json": b"{}"}, r"'other\.json' is one file too many"),
    ],
)
def test_two_files_are_the_two_files(make, words, parts, tmp_path):
    refused(lambda: unpack_files(make(parts), tmp_path / "m"), words, tmp_path / "m")


# --- files that are no model -----------------------------------------------------------------------------------------

DAMAGED = {
    "no json": (lambda p: {**p, "model.json": b"model"}, "The uploaded model: model.json is damaged"),
    "deep json": (lambda p: {**p, "model.json": b"[" * 200_000}, "model.json is damaged"),
    "endless number": (lambda p: {**p, "model.json": b"1" * 9999}, "model.json is damaged"),
    "another format": (lambda p: edited(p, schema=99), "The uploaded model was saved in format 99; this version reads format 1"),
    "a format of no sense": (lambda p: edited(p, schema=["x" * 999]), "The uploaded model was saved in format"),
    "another hash": (lambda p: edited(p, weights_sha256="0"), "is damaged or does not belong to model.json"),
    "no weights": (
        lambda p: {**edited(p, weights_sha256=hashlib.sha256(b"").hexdigest()), "model.safetensors": b""}, "do not fit model.json"
    ),
    "weights missing": (lambda p: reweighed(p, lambda t: t.pop("encoder.mean.0.bias")), "do not fit"),
    "weights too many": (lambda p: reweighed(p, lambda t: t.update(more=torch.zeros(3))), "do not fit"),
    "weights that are no numbers": (lambda p: reweighed(p, lambda t: t["encoder.mean.0.bias"].fill_(np.nan)), "no numbers"),
    "pictures of another size": (
        lambda p: edited(p, provenance={**json.loads(p["model.json"])["provenance"], "image_shape": [28, 28]}), "do not fit"
    ),
    **{f"input_dim {value!r}": (lambda p, v=value: edited(p, input_dim=v), "do not fit") for value in (
        None, "2", 2.0, -2, True, [2], 10**30, float("inf"), float("nan"),
    )},
    **{f"provenance {key}": (lambda p, k=key, v=value: edited(
        p, provenance={**json.loads(p["model.json"])["provenance"], k: v}
    ), "do not fit") for key, value in {
        "data": ["moons"], "seed": -1, "image_shape": [1.5, 2], "history": [[1]], "stopped": "no", "versions": 3, "more": 1,
    }.items()},
}  # fmt: skip


@pytest.mark.parametrize("what", DAMAGED)
def test_files_that_are_no_model_are_one_sentence_and_leave_nothing(what, parts, tmp_path):
    make, words = DAMAGED[what]
    files = make(parts)
    refused(lambda: unpack_files(files, tmp_path / "m"), words, tmp_path / "m")
    refused(lambda: unpack_model(zipped(files), tmp_path / "m"), words, tmp_path / "m")


HOSTILE = {
    "kind": [["vae"], "gan", None, 3], "latent_dim": [[2], float("nan"), -2, 2.5, "2", True, 10**30], "spread": [[1], float("nan"), 0, -1.0],
    "hidden": [[-8], [8.0], "88", [[8]], {"8": 8}, [float("nan")], [True], [1] * 2_000_000], "likelihood": [["gaussian"], 1],
    "variance": ["1", [1], float("nan"), float("-inf")], "prior_refresh": [1, None], "channels": [None, [0]], "network": ["rnn", [], "conv"],
    "epochs": [-1, [3], float("inf")],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_settings_of_no_sense_are_one_sentence(name, parts, tmp_path):
    for value in HOSTILE[name]:
        files = edited(parts, config={name: value})
        refused(lambda files=files: unpack_files(files, tmp_path / "m"), "the weights do not fit model.json", tmp_path / "m")


@pytest.mark.parametrize(
    "config",
    [
        {"hidden": [60_000, 60_000]},
        {"hidden": [2**31] * 5},
        {"latent_dim": 10**9},
        {"kind": "vade", "n_clusters": 10**9},
        {"kind": "gmvae", "prior_hidden": 10**9},
        {"kind": "dec", "n_clusters": 10**9},
        {"hidden": [64] * 400},
    ],
)
def test_sizes_that_would_fill_the_memory_are_refused_before_anything_is_made(config, parts, tmp_path):
    resource = pytest.importorskip("resource")

    def most() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)  # MB

    files, before = edited(parts, config=config), most()
    refused(lambda: unpack_files(files, tmp_path / "m"), "the weights do not fit model.json", tmp_path / "m")
    assert most() < before + 100
