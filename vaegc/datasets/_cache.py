"""Local copies of data sets: where they are, how to download one, and what may be removed.

Only what this package wrote is ever removed: a data root that the user named is left alone.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vaegc import store
from vaegc.datasets import har, images, text
from vaegc.datasets._catalog import DOWNLOADED, describe
from vaegc.errors import BadInput
from vaegc.progress import Callback
from vaegc.wording import counted


@dataclass(frozen=True, slots=True)
class Availability:
    """Local copy of a data set: whether there is one, its path and size."""

    name: str
    is_local: bool  # whether it can be loaded without a network
    path: Path | None  # folder or file; None where it is shipped, generated or absent
    size: int  # bytes on the disk, the unpacked copy in the cache included


@dataclass(frozen=True, slots=True)
class Removable:
    """Files that `remove` would delete, and their size."""

    paths: tuple[Path, ...]  # files, and folders of models
    size: int  # bytes
    kept_back: str = ""  # why something was left out, as a sentence


def availability(name: str) -> Availability:
    """Return whether and where a data set is on this machine; raises `BadInput` for an unknown name."""
    describe(name)
    if name in DOWNLOADED:
        where = images.find(name)
    elif name in ("har", "r8"):
        where = har.find() if name == "har" else text.find()
    else:
        return Availability(name, True, None, 0)
    return Availability(name, where is not None, where, 0 if where is None else _size_of(name, where))


def _size_of(name: str, where: Path) -> int:
    if where.is_file():
        return where.stat().st_size
    if name in DOWNLOADED:
        source = images.TORCHVISION[name]
        roots = {where, store.downloads_root() / source.folder, store.cache_root() / "data" / source.folder}
        named = {root / file for root in roots for file in (*source.files, *source.packed)}
    else:
        named = {path for path in where.rglob("*") if not path.is_symlink()} if name == "har" else {where / n for n in text.R8}
    return sum(path.stat().st_size for path in named if path.is_file())


def get(name: str, callback: Callback | None = None) -> Availability:
    """Download and unpack a set, where that is needed.

    Raises
    ------
    BadInput
        An unknown name, no network, files that must be brought along, damaged ones.
    Stopped
        The callback asked for it; no half file is left.
    """
    found = availability(name)
    if name in DOWNLOADED and (found.path is None or found.path.is_dir()):
        images.prepare(name, callback)
        return availability(name)
    if not found.is_local:
        (har.load if name == "har" else text.load_r8)()  # says what to bring
    return found


def removable(cache: bool = True, downloads: bool = True) -> Removable:
    """List what could be removed.

    Parameters
    ----------
    cache
        Finished stages and unpacked archives; both are made again when they are needed.
    downloads
        Files that were downloaded; they are downloaded again when they are needed.
    """
    paths: list[Path] = []
    kept_back = ""
    if cache:
        paths += store.cache_entries()
        for source in images.TORCHVISION.values():
            paths += _ours(store.cache_root() / "data" / source.folder, (*source.files, *source.packed))
    if downloads:
        found: list[Path] = []
        for source in images.TORCHVISION.values():
            found += _ours(store.downloads_root() / source.folder, (*source.files, *source.packed))
        given = store.data_root().resolve() if store.is_data_root_given() else None
        users = [path for path in found if given is not None and path.resolve().is_relative_to(given)]
        if users:
            kept_back = f"{counted(len(users), 'file', 'are')} kept: {'it lies' if len(users) == 1 else 'they lie'} in {str(given)!r}, the data root that VAEGC_DATA names."
        paths += [path for path in found if path not in users]
    return Removable(tuple(paths), sum(_bytes(path) for path in paths), kept_back)


def _bytes(path: Path) -> int:
    try:
        return store.entry_bytes(path)
    except OSError:  # somebody else removed it meanwhile
        return 0


def _ours(root: Path, names: tuple[str, ...]) -> list[Path]:
    """Files of these names, and what a process that was killed left of them; nothing else that may lie beside them."""
    found = {path for name in names if (path := root / name).is_file() and not path.is_symlink()}
    for name in names:
        with suppress(OSError):
            found |= set((root / name).parent.glob(f".{(root / name).name}.*"))
    return sorted(found)


def remove(what: Removable) -> int:
    """Remove what `removable` listed; returns the bytes that were freed.

    Raises
    ------
    BadInput
        Something cannot be removed; the rest is.
    """
    freed, failed = 0, []
    for path in what.paths:
        size = _bytes(path)
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            freed += size
        except FileNotFoundError:
            continue
        except OSError:
            failed.append(path)
        for folder in path.parents[:3]:
            if folder in (store.cache_root(), store.downloads_root()):
                break
            with suppress(OSError):
                folder.rmdir()  # only where it is empty
    if failed:
        raise BadInput(
            f"{len(failed):,} of {counted(len(what.paths), 'file')} cannot be removed, the first is {str(failed[0])!r}."
        )
    return freed
