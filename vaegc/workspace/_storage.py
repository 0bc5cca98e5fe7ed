"""Storage of a browser profile: its folder, quota and retention."""

from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path

from vaegc import jobs, store
from vaegc.errors import BadInput
from vaegc.jobs import Job
from vaegc.limits import MB, max_storage_mb
from vaegc.workspace._records import PRIVATE_PREFIX

_OWNER = re.compile(r"[0-9a-f]{16}")
DAY = 86_400  # seconds


class ProfileStorage:
    """Folder and jobs of one browser profile, and the quota that they share.

    Parameters
    ----------
    owner
        16 hexadecimal digits; the hash of the profile's secret.
    """

    def __init__(self, owner: str) -> None:
        if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
            raise BadInput("An owner is 16 hexadecimal digits.")
        self.owner = owner
        self.root = store.runs_root().absolute() / "profiles" / owner

    def touch(self) -> None:
        """Record that the browser was here, which restarts its retention period."""
        with suppress(OSError):
            self.root.mkdir(parents=True, exist_ok=True)
            os.utime(self.root)

    def runs(self) -> list[Job]:
        """Return the training jobs, newest first."""
        return [job for job in jobs.jobs(self.owner) if job.command[0] == "train"]

    def used_mb(self) -> float:
        """MB on the disk: data, uploaded models, and all that this profile's jobs have written."""
        folders = [self.root, *(job.folder for job in jobs.jobs(self.owner))]
        return sum(_bytes(folder) for folder in folders) / MB

    def check_storage(self, more: int) -> None:
        """Raise `BadInput` where `more` bytes do not fit any more."""
        used, most = self.used_mb(), max_storage_mb()
        if used + more / MB > most:
            raise BadInput(
                f"There is no room left: this browser keeps {used:,.0f} of {most:,} MB here (VAEGC_MAX_KEPT_MB); "
                "delete a run or a data set first."
            )


def delete_unused_profiles(days: int) -> int:
    """Delete the workspaces of browsers not seen for so many days, and return their number.

    A browser whose job still runs is spared.
    """
    gone = 0
    for folder in (store.runs_root().absolute() / "profiles").glob("*"):
        with suppress(OSError):
            if not _OWNER.fullmatch(folder.name) or time.time() - folder.stat().st_mtime < days * DAY:
                continue
            theirs = jobs.jobs(folder.name)
            if any(jobs.state(job).status == "running" for job in theirs):
                continue
            for job in theirs:
                jobs.delete(job)
            shutil.rmtree(folder)
            gone += 1
    return gone


def private_id(ref: object) -> str:
    """Return the id in "mine:…", or an id as it is; empty for anything else."""
    return ref.removeprefix(PRIVATE_PREFIX) if isinstance(ref, str) else ""


def _bytes(folder: Path) -> int:
    total = 0
    with suppress(OSError):
        for path in folder.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() else 0
    return total
