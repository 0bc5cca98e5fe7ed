"""Records of jobs, as `job.json` in their folders: written atomically, read with distrust, cached by time stamp."""

from __future__ import annotations

import json
import math
import os
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vaegc import store
from vaegc.errors import BadInput

SCHEMA = 1
REQUESTS = ("pause", "cancel", "kill")
MTIME_SETTLED_SECONDS = 2.0  # seconds after which a file that is written once more is sure to get another time stamp, on any disk
MAX_CACHED_RECORDS = 10_000  # and line counts, in memory
ID = re.compile(
    r"[0-9]{8}-[0-9]{6}-[0-9]{6}-[0-9a-f]{8}"
)  # UTC to the microsecond, and chance: sorts by time, fits any file system


@dataclass(frozen=True, slots=True)
class Attempt:
    """Outcome of an earlier attempt of a resumed job."""

    started: float  # Unix time
    seconds: float  # how long it ran
    status: str  # "paused", "stopped", "failed", "killed", or "done" where it was given more to do
    message: str  # one sentence for a person


@dataclass(frozen=True, slots=True)
class Job:
    """A job: its command, folder, owner, process and earlier attempts."""

    id: str  # sorts by time of the first start
    folder: Path  # job.json, events.jsonl (what the command prints), errors.txt, and the command's own files
    command: tuple[str, ...]  # arguments after `vaegc`, with "{folder}" as it was given
    title: str  # for a person
    owner: str | None  # browser profile
    started: float  # Unix time of the present attempt
    pid: int = 0  # process, and head of its group
    born: str = ""  # when the process began; a later one with the same number has another
    place: str = "."  # working folder
    events_from: int = 0  # byte of events.jsonl at which the present attempt begins
    errors_from: int = 0  # the same of errors.txt
    attempts: tuple[Attempt, ...] = ()  # earlier ones, oldest first


def write_record(job: Job) -> None:
    """Write `job.json`, or raise `OSError`."""
    facts = {**asdict(job), "schema": SCHEMA}
    del facts["folder"]  # the runs folder may be moved
    _write(job.folder / "job.json", facts)


def jobs(owner: str | None = None) -> list[Job]:
    """Return the jobs of an owner, or everybody's where it is None, newest first; damaged folders are left out.

    Notes
    -----
    Pages ask once a second: a record is read once, then only looked at; about 5 microseconds a job.
    """
    root, found = str(store.runs_root().absolute()), []
    with suppress(OSError):
        for name in sorted(filter(ID.fullmatch, os.listdir(root)), reverse=True):
            job = _read(os.path.join(root, name))
            if job is not None and owner in {None, job.owner}:
                found.append(job)
    return found


def find(id: str, owner: str | None = None) -> Job:
    """Return a job by its id; one of another owner is as unknown as one that never was, and None asks for anybody's."""
    job = _read(str(store.runs_root().absolute() / id)) if isinstance(id, str) and ID.fullmatch(id) else None
    if job is None or owner not in {None, job.owner}:
        raise _unknown(id)
    return job


def latest(job: Job) -> Job:
    """Return the job as it is now: it may have been resumed, or deleted, since `job` was read."""
    now = _read(str(job.folder))
    if now is None:
        raise _unknown(job.id)
    return now


def write_request(job: Job, what: str) -> None:
    """Keep that the present attempt was asked to end: "pause", "cancel" or "kill"."""
    with suppress(OSError):  # on a full disk it is asked all the same
        _write(job.folder / "request.json", {"attempt": len(job.attempts), "what": what})


def read_request(job: Job) -> str | None:
    """Return "pause", "cancel" or "kill" where the present attempt was asked to end, else None."""
    said = _json(job.folder / "request.json")
    return said["what"] if said.get("attempt") == len(job.attempts) and said.get("what") in REQUESTS else None


def _unknown(id: object) -> BadInput:
    return BadInput(f"There is no job {id!r:.60}; it may have been deleted.")


def _write(path: Path, facts: dict[str, Any]) -> None:
    with store.atomic_write(path) as temporary:
        temporary.write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        read = json.loads(path.read_bytes())
        return read if isinstance(read, dict) else {}
    return {}


_RECORD_CACHE: dict[str, tuple[tuple[int, int, int], Job | None]] = {}  # by folder: what its record looked like, and what it said


def _read(folder: str) -> Job | None:
    """Return the job of a folder, or None where its record is missing, damaged, or of another format."""
    try:
        look = os.stat(os.path.join(folder, "job.json"))  # plain text: paths would take longer than the look
    except (OSError, ValueError):
        _RECORD_CACHE.pop(folder, None)
        return None
    stamp = (look.st_ino, look.st_mtime_ns, look.st_size)
    known = _RECORD_CACHE.get(folder)
    if known is not None and known[0] == stamp:
        return known[1]
    job = _parsed(Path(folder))
    if abs(time.time() - look.st_mtime) > MTIME_SETTLED_SECONDS:
        if len(_RECORD_CACHE) >= MAX_CACHED_RECORDS:
            _RECORD_CACHE.clear()
        _RECORD_CACHE[folder] = (stamp, job)
    return job


def _parsed(folder: Path) -> Job | None:
    facts = _json(folder / "job.json")
    if facts.pop("schema", None) != SCHEMA:
        return None
    try:
        facts["command"] = tuple(facts["command"])
        facts["attempts"] = tuple(Attempt(**attempt) for attempt in facts["attempts"])
        job = Job(folder=folder, **facts)
    except (KeyError, TypeError):
        return None
    texts = (job.title, job.born, job.place, *job.command, *([] if job.owner is None else [job.owner]))
    counts = (job.pid, job.events_from, job.errors_from)  # a signal to process 0 or -1 would reach more than the job
    times = (job.started, *(attempt.started for attempt in job.attempts))
    good = (
        job.id == folder.name
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts)
        and job.pid > 0
        and all(isinstance(second, (int, float)) and math.isfinite(second) for second in times)
    )
    return job if good else None
