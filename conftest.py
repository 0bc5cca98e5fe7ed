"""Nothing of the user's is read or written: caches and runs live in a temporary folder; generated cases and the clock never vary."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import shapes

# Threads of PyTorch and openTSNE otherwise wait for each other by spinning, which beside other work takes the cores from the very
# threads that are waited for: t-SNE of a few hundred points then takes half a minute instead of half a second. Set before either is
# imported; what the tests start has it too.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Neither a deadline nor the check for slow drawing: a busy machine is no fault of the code.
settings.register_profile("vaegc", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("vaegc")


class Clock:
    """A clock that stands still, or goes on by `step` seconds each time somebody looks at it."""

    def __init__(self) -> None:
        self.at, self.step = 1000.0, 0.0

    def __call__(self) -> float:
        """Return the time, and go on."""
        now = self.at
        self.at += self.step
        return now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that events, checkpoints and pictures of long work follow: they come where a test says, however fast the machine is."""
    from vaegc import progress

    stands = Clock()
    monkeypatch.setattr(progress, "clock", stands)
    return stands


@pytest.fixture(scope="module", autouse=True)
def shapes_of_arrays() -> None:
    """Arrays that cross rooms have the shapes and types of the table in `tests/shapes.py`, in every call of every test."""
    shapes.install()  # once for each function; tests are collected by now, and what they import is loaded


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Shipped assets are found, the user's cache, runs and downloads are not; data are where VAEGC_DATA says, and otherwise nowhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CACHE", "RUNS"):
            patch.setenv(f"VAEGC_{name}", str(tmp_path_factory.mktemp(name.lower())))
        if "VAEGC_DATA" not in os.environ:
            patch.setenv("VAEGC_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def needs_data() -> Callable[[str], None]:
    """Skip a test whose data set is not at hand, with the reason."""
    from vaegc.datasets import availability

    def skip_without(name: str) -> None:
        if not availability(name).is_local:
            pytest.skip(f"no data at hand: set VAEGC_DATA to a folder that holds {name}/")

    return skip_without


@pytest.fixture
def nothing_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server without any data set that must be fetched: what other tests have unpacked into the cache is not found either."""
    from vaegc.ui import catalog

    folder = tmp_path / "server"
    monkeypatch.setenv("VAEGC_DATA", str(folder / "data"))
    monkeypatch.setenv("VAEGC_CACHE", str(folder / "cache"))
    monkeypatch.setattr("vaegc.store.downloads_root", lambda: folder)
    catalog._local_sets.clear()  # what was seen on the disk a moment ago
    return folder


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, with nothing in it."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("VAEGC_CACHE", str(folder))
    return folder
