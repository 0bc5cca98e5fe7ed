"""File locations, shipped assets and the on-disk cache of finished stages.

One resolver serves a repository checkout and an installed wheel.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import struct
import threading
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.limits import MB, max_cache_mb

# What numpy, pandas and pyarrow raise on damaged files; numpy reads an array's header as a Python literal.
DAMAGED_FILE_ERRORS = (
    OSError, ValueError, TypeError, KeyError, EOFError, MemoryError, RuntimeError, SyntaxError, tokenize.TokenError,
    struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
_ENTRY = re.compile(r"[0-9a-f]{16}(\.npz|\.bin)?")  # a content hash: a file of arrays or bytes, or the folder of a model
_LOCKS: dict[str, threading.Lock] = {}
_LOCKS_LOCK = threading.Lock()


def app_root() -> Path:
    """Folder that holds app.py, pages/, .streamlit/ and assets/: the checkout, or `_app` in the wheel."""
    package = Path(__file__).resolve().parent
    packed = package / "_app"
    return packed if packed.is_dir() else package.parent


def assets_root() -> Path:
    """Folder of what is shipped: models and ready-made stages."""
    return app_root() / "assets"


def cache_root() -> Path:
    """Folder of cached stages: `VAEGC_CACHE`, else the user's cache folder."""
    given = os.environ.get("VAEGC_CACHE")
    if given:
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("vaegc", appauthor=False))


def data_root() -> Path:
    """Folder of data sets, which is only read: `VAEGC_DATA`, else the user's data folder."""
    given = os.environ.get("VAEGC_DATA")
    return Path(given).expanduser() if given else downloads_root()


def downloads_root() -> Path:
    """Where downloaded data sets go: the user's data folder."""
    import platformdirs

    return Path(platformdirs.user_data_dir("vaegc", appauthor=False))


def runs_root() -> Path:
    """Folder of jobs and what they make: `VAEGC_RUNS`, else in the user's data folder."""
    given = os.environ.get("VAEGC_RUNS")
    return Path(given).expanduser() if given else downloads_root() / "runs"


def is_data_root_given() -> bool:
    """Whether `VAEGC_DATA` names the data root; what lies there is then the user's own."""
    return bool(os.environ.get("VAEGC_DATA"))


def content_hash(*parts: Any) -> str:
    """Hash of arrays, bytes and JSON-able values: 16 hexadecimal digits.

    Every byte of an array counts, with its shape and type; nothing is sampled.
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"array {part.dtype.str} {part.shape}".encode())
            digest.update(np.ascontiguousarray(part).data)
        elif isinstance(part, bytes):
            digest.update(b"bytes" + part)
        else:
            digest.update(b"json" + json.dumps(part, sort_keys=True, default=str).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends well, and vanishes otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(8)}{path.suffix}"
    temporary.touch(exist_ok=False)  # with the permissions of any other file, which those of the tempfile module are not
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def find_cached(stage: str, key: str, suffix: str) -> Path | None:
    """Path of a finished stage, the user's first, then the shipped one; None where there is neither."""
    for root in (cache_root(), assets_root() / "stages"):
        path = root / stage / f"{key}{suffix}"
        if path.is_file():
            with suppress(OSError):  # a shipped stage may be read-only
                os.utime(path)  # used: the last to be pruned
            return path
    return None


def cached_arrays(stage: str, key: str, compute: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the arrays of a stage from the cache, or compute and keep them.

    Parameters
    ----------
    stage
        Folder name, for example "project".
    key
        Content hash of everything the result depends on.
    compute
        Makes the arrays. A cache that cannot be read or written costs time only, never the result.
    """
    with stage_lock(key):
        found = find_cached(stage, key, ".npz")
        if found is not None:
            try:
                with open_npz(found) as kept:
                    return {name: kept[name] for name in kept.files}
            except DAMAGED_FILE_ERRORS:
                pass  # a damaged entry is computed again and replaced
        arrays = compute()
        with suppress(OSError), atomic_write(cache_root() / stage / f"{key}.npz") as path:
            np.savez(path, **arrays)  # type: ignore[arg-type]
    prune_cache()
    return arrays


@contextmanager
def open_npz(path: Path) -> Iterator[Any]:
    """Open an .npz file of arrays, without pickles, and close it whatever it holds; raises `DAMAGED_FILE_ERRORS`.

    Given a path, `numpy.load` leaves a file open that turns out to be damaged.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        yield arrays


def read_cached_bytes(stage: str, key: str) -> bytes | None:
    """Return the bytes of a finished stage, or None."""
    found = find_cached(stage, key, ".bin")
    if found is not None:
        with suppress(OSError):
            return found.read_bytes()
    return None


def write_cached_bytes(stage: str, key: str, packed: bytes) -> None:
    """Keep the bytes of a finished stage; where that is impossible, nothing is lost but time."""
    with suppress(OSError), atomic_write(cache_root() / stage / f"{key}.bin") as path:
        path.write_bytes(packed)
    prune_cache()


def prune_cache(limit: int | None = None) -> None:
    """Delete the entries that were not used for longest until at most `limit` bytes are kept; None: as the server allows.

    Only what this module and the training stage write is touched, whatever else lies in the folder.
    """
    limit = max_cache_mb() * MB if limit is None else limit
    with suppress(OSError):
        entries = [(p.stat().st_mtime, entry_bytes(p), p) for p in cache_entries()]
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries, key=lambda entry: entry[0]):
            if total <= limit:
                break
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            total -= size


def cache_entries() -> list[Path]:
    """Return the entries of the cache that this module and the training stage wrote, whatever else lies there."""
    return [path for path in cache_root().glob("*/*") if _ENTRY.fullmatch(path.name)]


def entry_bytes(path: Path) -> int:
    """Bytes of an entry: a file, or a folder of files."""
    return sum(p.stat().st_size for p in path.iterdir()) if path.is_dir() else path.stat().st_size


@contextmanager
def stage_lock(key: str) -> Iterator[None]:
    """Hold the lock of a cache key: one thread of this process computes a stage, others wait for its result."""
    with _LOCKS_LOCK:
        lock = _LOCKS.setdefault(key, threading.Lock())
    with lock:
        yield
