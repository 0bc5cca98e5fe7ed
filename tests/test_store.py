"""The cache of finished stages: found again, replaced when damaged, never in the way."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest

from vaegc import store

ARRAYS = {"points": np.arange(60.0).reshape(30, 2), "steps": np.arange(5)}


def test_what_was_computed_once_is_found_again(empty_cache):
    calls = []
    for _ in range(3):
        found = store.cached_arrays("stage", "key", lambda: calls.append(1) or ARRAYS)
        assert list(found) == list(ARRAYS)
        for name, array in ARRAYS.items():
            np.testing.assert_array_equal(found[name], array)
    assert len(calls) == 1
    store.cached_arrays("stage", "other", lambda: calls.append(1) or ARRAYS)
    assert len(calls) == 2


def test_bytes_are_found_again_once_they_are_kept(empty_cache):
    assert store.read_cached_bytes("stage", "key") is None
    store.write_cached_bytes("stage", "key", b"made")
    assert store.read_cached_bytes("stage", "key") == b"made"
    assert store.read_cached_bytes("stage", "other") is None


def test_a_damaged_entry_is_computed_again_and_replaced(empty_cache):
    store.cached_arrays("stage", "key", lambda: ARRAYS)
    path = empty_cache / "stage" / "key.npz"
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    broken = [b"", b"nothing", whole[:50], whole[: len(whole) // 2], whole[:-3]]
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[rng.integers(0, len(whole))] ^= int(rng.integers(1, 256))
        broken.append(bytes(flipped))
    for content in broken:
        path.write_bytes(content)
        found = store.cached_arrays("stage", "key", lambda: ARRAYS)
        assert all(isinstance(array, np.ndarray) for array in found.values())
    for content in broken[:5]:
        path.write_bytes(content)
        np.testing.assert_array_equal(store.cached_arrays("stage", "key", lambda: ARRAYS)["points"], ARRAYS["points"])
        assert path.read_bytes() == whole


def test_an_error_while_computing_leaves_nothing_behind(empty_cache):
    def fail():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        store.cached_arrays("stage", "key", fail)
    assert not list(empty_cache.rglob("*.npz"))

    def half_written():
        with store.atomic_write(empty_cache / "file.bin") as path:
            path.write_bytes(b"half")
            fail()

    with pytest.raises(RuntimeError, match="no"):
        half_written()
    assert not [p for p in empty_cache.rglob("*") if p.is_file()]


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAEGC_CACHE", str(tmp_path / "file" / "cache"))
    np.testing.assert_array_equal(store.cached_arrays("stage", "key", lambda: ARRAYS)["steps"], ARRAYS["steps"])
    store.write_cached_bytes("stage", "key", b"made")
    assert store.read_cached_bytes("stage", "key") is None


def test_the_oldest_entries_go_first_when_the_cache_is_full(empty_cache):
    for age, name in enumerate("012"):
        path = empty_cache / "stage" / f"{name * 16}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (1e9 - age, 1e9 - age))
    (empty_cache / "stage" / "thesis.bin").write_bytes(bytes(1000))  # not ours
    store.prune_cache(limit=250)
    assert sorted(p.stem for p in empty_cache.rglob("*.bin")) == ["0" * 16, "1" * 16, "thesis"]


def test_a_model_in_the_cache_goes_as_a_whole_and_use_keeps_an_entry(empty_cache):
    folder, entry = empty_cache / "model" / ("a" * 16), empty_cache / "stage" / ("b" * 16 + ".bin")
    for path in (folder / "model.json", folder / "model.safetensors", entry):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100))
    os.utime(folder, (2e9, 2e9))
    os.utime(entry, (1e9, 1e9))
    assert store.read_cached_bytes("stage", "b" * 16) == bytes(100)
    os.utime(folder, (1e9, 1e9))
    store.prune_cache(limit=150)
    assert not folder.exists()
    assert entry.exists()


def test_threads_that_need_one_stage_compute_it_once(empty_cache):
    calls, gate = [], threading.Event()

    def slow():
        calls.append(1)
        gate.wait(5)
        return ARRAYS

    threads = [threading.Thread(target=store.cached_arrays, args=("stage", "c" * 16, slow)) for _ in range(4)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)
    assert calls == [1]


def test_the_hash_sees_every_value_type_and_shape():
    array = np.zeros(1000)
    parts = [
        (array,),
        (array.reshape(10, 100),),
        (array.astype(np.float32),),
        (array.astype(np.int64),),
        (array[:-1],),
        (array, array),
        ([0],),
        ([0, 0],),
        ("0",),
        (0,),
        (b"0",),
    ]
    for at in (0, 500, 999):
        changed = array.copy()
        changed[at] = 1e-300
        parts.append((changed,))
    assert len({store.content_hash(*part) for part in parts}) == len(parts)
    assert store.content_hash({"a": 1, "b": 2}) == store.content_hash({"b": 2, "a": 1})
    assert store.content_hash(np.arange(12).reshape(3, 4)[:, ::2]) == store.content_hash(np.array([[0, 2], [4, 6], [8, 10]]))


def test_the_cache_is_named_by_its_variable_else_the_platforms(monkeypatch):
    monkeypatch.setenv("VAEGC_CACHE", "/some/where")
    assert store.cache_root() == Path("/some/where")
    monkeypatch.delenv("VAEGC_CACHE")
    assert store.cache_root().name == "vaegc"


def test_the_runs_are_named_by_their_variable_else_the_platforms(monkeypatch):
    monkeypatch.setenv("VAEGC_RUNS", "~/here")
    assert store.runs_root() == Path.home() / "here"
    monkeypatch.delenv("VAEGC_RUNS")
    assert store.runs_root() == store.downloads_root() / "runs"


def test_what_is_shipped_lies_beside_the_app():
    assert (store.app_root() / "app.py").is_file()
    assert (store.assets_root() / "models").is_dir()
