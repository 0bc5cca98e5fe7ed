"""Nothing of the user's is read or written: caches and runs live in a temporary folder; generated cases never vary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("vaegc", deadline=None, derandomize=True, database=None)
settings.load_profile("vaegc")


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Shipped assets are found, the user's cache and runs are not; VAEGC_DATA is left alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "RUNS"):
            patch.setenv(f"VAEGC_{name}", str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server without any data set that must be fetched: what other tests have unpacked into the cache is not found either."""
    from vaegc.ui import offers

    folder = tmp_path / "server"
    monkeypatch.setenv("VAEGC_DATA", str(folder / "data"))
    monkeypatch.setenv("VAEGC_CACHE", str(folder / "cache"))
    monkeypatch.setattr("vaegc.store.downloads_root", lambda: folder)
    offers._at_hand.clear()  # what was seen on the disk a moment ago
    return folder


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, with nothing in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("VAEGC_CACHE", str(folder))
    return folder
