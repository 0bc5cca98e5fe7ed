"""The cache of finished stages: found again, replaced when damaged, never in the way."""

from __future__ import annotations

import os
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
    assert store.kept_bytes("stage", "key") is None
    store.keep_bytes("stage", "key", b"made")
    assert store.kept_bytes("stage", "key") == b"made"
    assert store.kept_bytes("stage", "other") is None


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
        with store.written_whole(empty_cache / "file.bin") as path:
            path.write_bytes(b"half")
            fail()

    with pytest.raises(RuntimeError, match="no"):
        half_written()
    assert not [p for p in empty_cache.rglob("*") if p.is_file()]


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAEGC_CACHE", str(tmp_path / "file" / "cache"))
    np.testing.assert_array_equal(store.cached_arrays("stage", "key", lambda: ARRAYS)["steps"], ARRAYS["steps"])
    store.keep_bytes("stage", "key", b"made")
    assert store.kept_bytes("stage", "key") is None


def test_the_oldest_entries_go_first_when_the_cache_is_full(empty_cache):
    for age, name in enumerate(("new", "middle", "old")):
        path = empty_cache / "stage" / f"{name}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (1e9 - age, 1e9 - age))
    store.prune_cache(limit=250)
    assert sorted(p.stem for p in empty_cache.rglob("*.bin")) == ["middle", "new"]


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


def test_each_root_is_named_by_its_variable_else_the_platforms(monkeypatch):
    for variable, root in (("VAEGC_DATA", store.data_root), ("VAEGC_CACHE", store.cache_root)):
        monkeypatch.setenv(variable, "/some/where")
        assert root() == Path("/some/where")
        monkeypatch.delenv(variable)
        assert root().name == "vaegc"


def test_what_is_shipped_lies_beside_the_app():
    assert (store.app_root() / "app.py").is_file()
    assert (store.assets_root() / "models").is_dir()
