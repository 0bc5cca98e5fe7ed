"""Limits of a server: upload size, points, jobs, storage per browser; each set by an environment variable."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from vaegc.checks import check_int
from vaegc.errors import BadInput

MEMORY_LIMIT_FILES = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # of containers
MB = 1_000_000  # bytes, as people and disks count them


def read_only() -> bool:
    """Whether `VAEGC_READONLY` turns training and uploads off on this server."""
    return os.environ.get("VAEGC_READONLY", "0") not in {"", "0"}


def check_not_read_only(what: str) -> None:
    """Raise `BadInput` on a read-only server; `what` ends the sentence: "no job can be started here"."""
    if read_only():
        raise BadInput(f"This server is read-only (VAEGC_READONLY is set), so {what}.")


def max_upload_mb() -> int:
    """Return the largest upload in MB (`VAEGC_MAX_UPLOAD_MB`, 200)."""
    return _limit("VAEGC_MAX_UPLOAD_MB", 200)


def max_upload_points() -> int:
    """Return the largest number of points of an uploaded data set (`VAEGC_MAX_POINTS`, 200,000)."""
    return _limit("VAEGC_MAX_POINTS", 200_000)


def max_jobs() -> int:
    """Return the number of jobs that may run at once (`VAEGC_MAX_JOBS`, 2)."""
    return _limit("VAEGC_MAX_JOBS", 2)


def max_storage_mb() -> int:
    """Return the MB of data sets, runs and models that one browser profile may store (`VAEGC_MAX_KEPT_MB`, 2,000)."""
    return _limit("VAEGC_MAX_KEPT_MB", 2_000)


def retention_days() -> int | None:
    """Return the days after which the workspace of an absent browser is deleted (`VAEGC_KEEP_DAYS`); None: never."""
    return _limit("VAEGC_KEEP_DAYS", 1) if os.environ.get("VAEGC_KEEP_DAYS") else None


def max_cache_mb() -> int:
    """Return the MB of the cache of finished stages (`VAEGC_CACHE_MB`, 4,096); what was not used for longest goes first."""
    return _limit("VAEGC_CACHE_MB", 4_096)


def machine_memory() -> int:
    """Return the bytes of memory of this machine, or of the container that it is run in where that has less."""
    sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")] if hasattr(os, "sysconf") else []
    for limit in MEMORY_LIMIT_FILES:
        with suppress(OSError, ValueError):  # another system, or "max": no limit
            sizes.append(int(limit.read_text()))
    return min(sizes, default=sys.maxsize)


def _limit(name: str, default: int) -> int:
    given = os.environ.get(name) or str(default)
    return check_int(int(given) if given.isdecimal() else given, name, 1)
