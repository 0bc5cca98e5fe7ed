"""State of a job, from its files and the process table alone: running, done, paused, stopped, failed or killed."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaegc.checks import check_int
from vaegc.jobs._process import is_alive
from vaegc.jobs._record import MAX_CACHED_RECORDS, Job, latest, read_request

_ERROR_TAIL_BYTES = 65_536  # bytes of errors.txt that are looked at
_BLOCK_BYTES = 8_192  # bytes of events.jsonl that are read at once, from its end
_MAX_MESSAGE_CHARACTERS = 300  # characters of an error shown to a person
_TRACEBACK = "Traceback (most recent call last):"
_NONFATAL_MARKS = ("Exception ignored", "Exception in thread", "--- Logging error")  # tracebacks that end no process
_USAGE = re.compile(r"vaegc[^:]*: error: (.+)")  # what argparse says of a wrong command


@dataclass(frozen=True, slots=True)
class State:
    """State of the present attempt of a job."""

    status: str  # "running", "done", "paused", "stopped", "failed" or "killed"
    last: dict[str, Any] | None  # the last progress event
    result: dict[str, Any] | None  # the result event
    message: str  # one sentence for a person
    events: int  # lines printed
    seconds: float  # since it started, or until it ended


def state(job: Job) -> State:
    """Return how a job is doing now, also where it was resumed after `job` was read.

    Raises
    ------
    BadInput
        When the job has been deleted.

    Notes
    -----
    Reads the last events, and counts what was printed since the last call: a fifth of a millisecond, however long the job runs.
    """
    job = latest(job)
    running = is_alive(job.pid, job.born)  # before reading: what ends in between is seen as ended by the next call
    printed = job.folder / "events.jsonl"
    last = ending = None
    for line in _lines_backwards(printed, job.events_from):
        event = _event(line)
        if event is None:
            continue
        if event.get("event") == "progress":
            last = event
            break  # the ending, if there is one, comes after the last progress
        if ending is None and event.get("event") in {"result", "error"}:
            ending = event
    status, message = _running(job, last) if running else _ended(job, ending)
    result = ending if ending is not None and ending["event"] == "result" else None
    seconds = max(0.0, (time.time() if running else _last_written(job)) - job.started)
    return State(status, last, result, message, _lines(printed, job.events_from), seconds)


def events(job: Job, after: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return the events printed after a byte of `events.jsonl`, of all attempts, and the byte to go on from.

    A half-written last line waits for the next call; lines that are no JSON object are left out.
    """
    printed = _bytes(job.folder / "events.jsonl", check_int(after, "after", 0))
    whole = printed[: printed.rfind(b"\n") + 1]
    return [event for line in whole.splitlines() if (event := _event(line)) is not None], after + len(whole)


def _running(job: Job, last: dict[str, Any] | None) -> tuple[str, str]:
    request = read_request(job)
    if request is not None:
        return "running", f"It was asked to {'pause' if request == 'pause' else 'stop'}, and saves first."
    return "running", str((last or {}).get("message") or "") or "It is starting."


def _ended(job: Job, ending: dict[str, Any] | None) -> tuple[str, str]:
    request = read_request(job)
    status, message = _ending(job, ending, request)
    return ("paused", "Paused; resume goes on where it was.") if (status, request) == ("stopped", "pause") else (status, message)


def _ending(job: Job, ending: dict[str, Any] | None, request: str | None) -> tuple[str, str]:
    if ending is not None and ending["event"] == "result":
        return (
            ("stopped", "Stopped; what was done until then is saved.") if ending.get("stopped") is True else ("done", "Finished.")
        )
    if ending is not None:
        return ("stopped" if ending.get("code") == 130 else "failed"), str(ending.get("message") or "It ended with an error.")
    error = _error(job)
    if error is not None and not error.startswith("KeyboardInterrupt"):
        return "failed", f"It ended with an error: {error}"
    if request == "kill":
        return "killed", "It was killed on request; what it had saved before is kept."
    if request is not None or error is not None:
        return "stopped", "Stopped before it had anything new to save; what it had saved before is kept."
    return "killed", "It was killed from outside or ran out of memory; what it had saved before is kept."


def _error(job: Job) -> str | None:
    """The line that says why a command ended, where `errors.txt` ends with a traceback or with a complaint about the command."""
    path, first = job.folder / "errors.txt", job.errors_from
    with suppress(OSError):
        first = max(first, path.stat().st_size - _ERROR_TAIL_BYTES)
    lines = _bytes(path, first).decode("utf-8", errors="replace").splitlines()
    lines = [line for line in lines if line.strip()]
    if lines and (usage := _USAGE.fullmatch(lines[-1])):
        return usage[1][:_MAX_MESSAGE_CHARACTERS]
    at = max((at for at, line in enumerate(lines) if _TRACEBACK in line), default=None)
    if at is None or (at > 0 and lines[at - 1].startswith(_NONFATAL_MARKS)):
        return None
    said = next((line for line in lines[at + 1 :] if not line[0].isspace()), lines[-1])
    return said.strip()[:_MAX_MESSAGE_CHARACTERS] if at + 1 < len(lines) else None


def _last_written(job: Job) -> float:
    """Unix time at which the command last printed something, as the nearest to its end that is known."""
    times = [job.started]
    for name in ("events.jsonl", "errors.txt"):
        with suppress(OSError):
            times.append((job.folder / name).stat().st_mtime)
    return max(times)


def _bytes(path: Path, after: int) -> bytes:
    with suppress(OSError), path.open("rb") as file:
        file.seek(after)
        return file.read()
    return b""


def _lines_backwards(path: Path, first: int) -> Iterator[bytes]:
    """Whole lines of a file from byte `first` on, last first; a half-written one is left out."""
    with suppress(OSError), path.open("rb") as file:
        at, rest, begun = file.seek(0, os.SEEK_END), b"", False
        while at > first:
            size = min(_BLOCK_BYTES, at - first)
            at -= size
            file.seek(at)
            block = file.read(size) + rest
            if not begun:
                whole, newline, _ = block.rpartition(b"\n")
                if not newline:
                    continue
                block, begun = whole, True
            rest, *lines = block.split(b"\n")
            yield from reversed(lines)
        if begun:
            yield rest


_LINE_COUNTS: dict[Path, tuple[int, int, int]] = {}  # by file: from which byte, up to which, and how many lines


def _lines(path: Path, first: int) -> int:
    """Lines of a file that only grows, from byte `first` on."""
    known, upto, count = _LINE_COUNTS.get(path, (first, first, 0))
    with suppress(OSError):
        if known != first or path.stat().st_size < upto:
            upto, count = first, 0
        new = _bytes(path, upto)
        if len(_LINE_COUNTS) >= MAX_CACHED_RECORDS:
            _LINE_COUNTS.clear()
        upto, count = upto + len(new), count + new.count(b"\n")
        _LINE_COUNTS[path] = (first, upto, count)
        return count
    return 0


def _event(line: bytes) -> dict[str, Any] | None:
    with suppress(ValueError, RecursionError):
        event = json.loads(line)
        return event if isinstance(event, dict) else None
    return None
