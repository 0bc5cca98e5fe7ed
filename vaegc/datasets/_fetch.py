"""Download and unpacking of files: with progress, cancellation and checksums, each file whole or absent.

torchvision's own downloader draws a bar on the terminal and cannot be stopped; it gives the addresses and checksums only.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import tarfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from vaegc.errors import BadInput, Stopped
from vaegc.progress import Callback, Progress, read_clock, stop_asked
from vaegc.store import DAMAGED_FILE_ERRORS, atomic_write

TIMEOUT_SECONDS = 20.0  # seconds without an answer after which a server counts as out of reach
MAX_DOWNLOAD_BYTES = 4 * 1024**3  # bytes of one download; STL-10, the largest, has 2.6 GB
CHUNK_BYTES = 1 << 18
EVENT_SECONDS = 0.1  # seconds between two events
T = TypeVar("T")
_NETWORK = (OSError, http.client.HTTPException, ValueError)  # ValueError: an address that is none


class Unreachable(Exception):
    """No address gave the file; `str(error)` is a reason in a few words, for the caller's sentence."""


class ByteProgress:
    """Reports progress in bytes to a callback, which can stop it."""

    def __init__(self, stage: str, title: str, total: int, callback: Callback | None) -> None:
        self.stage, self.title, self.total, self.callback = stage, title, total, callback
        self.last = -1.0

    def report(self, done: int) -> None:
        """Report that `done` bytes are finished; raises `Stopped` when the callback asks for it."""
        now = read_clock()
        if self.callback is None or (now - self.last < EVENT_SECONDS and done != self.total and self.last >= 0):
            return
        self.last = now
        size = f"{done / 1e6:,.1f} of {self.total / 1e6:,.1f} MB" if self.total else f"{done / 1e6:,.1f} MB"
        if stop_asked(self.callback, Progress(self.stage, done, self.total, f"{self.title}: {size}")):
            raise Stopped(f"Stopped ({self.title}); of the unfinished file nothing is kept.")


def download(urls: Sequence[str], target: Path, md5: str, title: str, callback: Callback | None = None) -> None:
    """Download one file from the first address that gives it whole.

    Parameters
    ----------
    urls
        Addresses of the same file.
    target
        Where it goes; nothing is there before it is complete and verified.
    md5
        Its checksum.
    title
        What it is called in events and messages.
    callback
        Receives `Progress`; returning True stops.

    Raises
    ------
    Unreachable
        No address gave a file with this checksum.
    BadInput
        The file cannot be written.
    Stopped
        The callback asked for it.
    """
    reasons = []
    for url in urls:
        try:
            with atomic_write(target) as path, path.open("wb") as out:
                digest = hashlib.md5(usedforsecurity=False)
                for chunk in _chunks(url, title, callback):
                    out.write(chunk)
                    digest.update(chunk)
                if digest.hexdigest() != md5:
                    raise Unreachable("what came back is not the official file")
        except Unreachable as error:
            reasons.append(str(error))
        except OSError as error:
            raise BadInput(
                f"{title} cannot be kept in {str(target.parent)!r}: {error.strerror or error}; make room or access there."
            ) from None
        else:
            return
    raise Unreachable(reasons[-1] if reasons else "no address is known")


def _chunks(url: str, title: str, callback: Callback | None) -> Iterator[bytes]:
    if stop_asked(callback, Progress("download", 0, 1, f"Downloading {title}: waiting for an answer")):
        raise Stopped(f"Stopped before {title} was downloaded; nothing is kept.")
    request = _network(lambda: urllib.request.Request(url, headers={"User-Agent": "vaegc"}))
    with _network(lambda: urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)) as response:
        length = response.headers.get("Content-Length") or ""
        watched = ByteProgress("download", f"Downloading {title}", int(length) if length.isdecimal() else 0, callback)
        done = 0
        while chunk := _network(lambda: response.read(CHUNK_BYTES)):
            done += len(chunk)
            if done > MAX_DOWNLOAD_BYTES:
                raise Unreachable("what comes back has no end")
            yield chunk
            watched.report(done)


def _network(ask: Callable[[], T]) -> T:
    """Tell a network that fails from a disk that does: both raise OSError."""
    try:
        return ask()
    except _NETWORK as error:
        reason = getattr(error, "reason", None) or error
        raise Unreachable(str(getattr(reason, "strerror", None) or reason) or type(error).__name__) from None


def is_official(path: Path, md5: str) -> bool:
    """Whether a file has this checksum."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest() == md5


def unpack(archive: Path, targets: dict[str, Path], title: str, callback: Callback | None = None) -> None:
    """Write the members of a .gz or .tar.gz whose names are keys of `targets`; every file is complete or not there.

    Only these names are written, wherever an archive may say that others belong.

    Raises
    ------
    BadInput
        The archive is damaged, lacks one of them, or nothing can be written.
    Stopped
        The callback asked for it.
    """
    watched = ByteProgress("unpack", f"Unpacking {title}", archive.stat().st_size, callback)
    missing = set(targets)
    try:
        with archive.open("rb") as packed:
            if archive.name.endswith(".tar.gz"):
                with tarfile.open(fileobj=packed, mode="r|gz") as tar:  # read once, front to back
                    for member in tar:
                        name = member.name.removeprefix("./")
                        source = tar.extractfile(member) if name in missing and member.isfile() else None
                        if source is not None:
                            _copy(source, targets[name], lambda: watched.report(packed.tell()))  # type: ignore[arg-type]
                            missing.discard(name)
                        watched.report(packed.tell())
                        if not missing:
                            break
            else:
                with gzip.open(packed) as file:
                    _copy(file, next(iter(targets.values())), lambda: watched.report(packed.tell()))  # type: ignore[arg-type]
                missing.clear()
    except (*DAMAGED_FILE_ERRORS, tarfile.TarError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{str(archive)!r} cannot be unpacked: {str(error) or 'it is damaged'}.") from None
    if missing:
        raise BadInput(f"{str(archive)!r} lacks {', '.join(sorted(missing))}; it is not the official archive.")


def _copy(source: BinaryIO, target: Path, tell: Callable[[], None]) -> None:
    with atomic_write(target) as path, path.open("wb") as out:
        while chunk := source.read(CHUNK_BYTES):
            out.write(chunk)
            tell()
