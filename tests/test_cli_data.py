"""`vaegc data`: what is at hand, getting a set, making room."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from vaegc import store
from vaegc.cli import main
from vaegc.datasets import BUILT_IN, TOYS


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch, empty_cache):
    monkeypatch.setenv("VAEGC_DATA", str(tmp_path / "given"))
    monkeypatch.setattr(store, "downloads_root", lambda: tmp_path / "own")
    return tmp_path


@pytest.fixture
def mnist(places, monkeypatch):
    """The smallest set in MNIST's format, as archives in the data root."""
    from torchvision import datasets

    monkeypatch.setattr(datasets.MNIST, "mirrors", ["http://127.0.0.1:9/"])
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    sums, folder = [], places / "given" / "mnist" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name, _ in datasets.MNIST.resources:
        shape = (2, 28, 28) if "images" in name else (2,)
        head = bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape)
        content = gzip.compress(head + bytes(int(np.prod(shape))))
        (folder / name).write_bytes(content)
        sums.append((name, hashlib.md5(content, usedforsecurity=False).hexdigest()))
    monkeypatch.setattr(datasets.MNIST, "resources", sums)
    return folder


def test_list_names_every_set_and_says_whether_it_is_at_hand(mnist, capsys):
    assert main(["data", "list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert {*BUILT_IN, *TOYS} <= set(lines)
    assert lines["digits"].endswith("shipped")
    assert lines["svhn"].split()[1:] == ["99,289", "3,072", "10", "no"]
    assert lines["mnist"].endswith(f"in {mnist.parents[1]}")
    assert lines["moons"].endswith("generated")


def test_list_as_json_gives_descriptions_and_places(mnist, capsys):
    assert main(["data", "list", "--json"]) == 0
    sets = {one["name"]: one for one in json.loads(capsys.readouterr().out)["sets"]}
    assert list(sets) == [*BUILT_IN, *TOYS]
    assert (sets["mnist"]["at_hand"], sets["cifar10"]["at_hand"], sets["digits"]["at_hand"]) == (True, False, True)
    assert sets["mnist"]["bytes"] == sum(path.stat().st_size for path in mnist.iterdir())
    assert all(one["source"] and one["licence"] for one in sets.values())


def test_get_unpacks_and_tells_progress_line_by_line(mnist, capsys):
    assert main(["data", "get", "mnist", "--json"]) == 0
    *events, result = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {event["stage"] for event in events} == {"unpack"}
    assert (result["event"], result["name"], result["at_hand"]) == ("result", "mnist", True)
    assert len(list((store.cache_root() / "data").rglob("*ubyte"))) == 4
    assert main(["data", "get", "mnist"]) == 0
    out = capsys.readouterr().out
    assert "MNIST is at hand: 70,000 points, 784 features, 10 classes" in out
    assert "Licence: " in out


@pytest.mark.parametrize(
    ("name", "words"), [("fashion-mnist", "cannot be downloaded; connect once"), ("har", "unpack 'UCI HAR Dataset.zip'"),
                        ("nope", "There is no data set called 'nope'")],
)  # fmt: skip
def test_get_of_what_is_not_to_be_had_is_one_sentence_and_2(name, words, monkeypatch, capsys):
    from torchvision import datasets

    monkeypatch.setattr(datasets.FashionMNIST, "mirrors", ["http://127.0.0.1:9/"])
    assert main(["data", "get", name]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert main(["data", "get", name, "--json"]) == 2
    error = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (error["event"], error["code"]) == ("error", 2)
    assert words in error["message"]


def test_a_get_that_is_stopped_is_130(mnist, monkeypatch, capsys):
    monkeypatch.setattr("vaegc.cli._data.ProgressPrinter.__call__", lambda self, progress: True)
    assert main(["data", "get", "mnist"]) == 130
    assert "Stopped" in capsys.readouterr().err
    assert not list((store.cache_root() / "data").rglob("*ubyte"))


def test_clear_says_what_it_would_free_and_frees_it_when_told_to(mnist, capsys):
    main(["data", "get", "mnist"])
    store.write_cached_bytes("scene", "0123456789abcdef", bytes(5_000_000))
    capsys.readouterr()
    assert main(["data", "clear"]) == 0
    said = capsys.readouterr().out
    assert "5.0 MB in 5 entries could be freed" in said
    assert "Nothing was removed; add --yes" in said
    assert store.read_cached_bytes("scene", "0123456789abcdef")
    assert main(["data", "clear", "--downloads", "--yes"]) == 0
    assert "There is nothing to remove." in capsys.readouterr().out
    assert main(["data", "clear", "--cache", "--yes"]) == 0
    assert "Freed 5.0 MB." in capsys.readouterr().out
    assert not [path for path in store.cache_root().rglob("*") if path.is_file()]
    assert len(list(mnist.iterdir())) == 4
    assert main(["data", "clear", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["freed"] == 0


def test_a_data_root_that_is_also_where_downloads_go_is_kept(mnist, places, monkeypatch, capsys):
    monkeypatch.setattr(store, "downloads_root", lambda: places / "given")
    assert main(["data", "clear", "--yes"]) == 0
    assert "the data root that VAEGC_DATA names" in capsys.readouterr().out
    assert len(list(mnist.iterdir())) == 4


@pytest.mark.parametrize("given", [["data"], ["data", "nope"], ["data", "get"], ["data", "list", "--nope"]])
def test_wrong_usage_is_2(given):
    with pytest.raises(SystemExit) as stopped:
        main(given)
    assert stopped.value.code == 2


def test_listing_loads_neither_torch_nor_pandas():
    code = "import sys; from vaegc.cli import main; main(['data', 'list']); sys.exit(bool({'torch', 'pandas', 'sklearn'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=900, check=False).returncode == 0
