"""Long work as subprocesses that outlive the page: start, watch, pause, cancel, resume, and find again.

A page must not train in a thread (it would stutter) nor fork itself. Everything about a job is in its folder and in the table of
processes, so that any process finds it again, also after the one that started it has died.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vaegc import store
from vaegc.checks import check_number
from vaegc.errors import BadInput
from vaegc.jobs import _process
from vaegc.jobs._record import Attempt, Job, find, jobs, latest, read_request, write_record, write_request
from vaegc.jobs._state import State, events, state
from vaegc.limits import check_not_read_only, max_jobs, read_only
from vaegc.wording import counted

__all__ = [
    "Attempt", "Job", "State", "cancel", "delete", "events", "find", "jobs", "kill", "pause", "read_only", "rename", "resume", "running",
    "start", "state", "wait",
]  # fmt: skip
MAX_TITLE_CHARACTERS = 80  # characters


def start(command: Sequence[str], title: str = "", owner: str | None = None) -> Job:
    """Start `vaegc COMMAND --json` as a process of its own and return at once.

    Parameters
    ----------
    command
        Arguments after `vaegc`, for example ``("train", "moons", "--out", "{folder}/model", "--resume")``; every ``{folder}`` is
        replaced by the job's folder. Relative paths count from the present working folder, also when the job is resumed.
    title
        What a person calls it; default: the command.
    owner
        Whose it is: the browser profile on a shared server.

    Raises
    ------
    BadInput
        When as many jobs run as `VAEGC_MAX_JOBS` allows (default 2), when `VAEGC_READONLY` is set, or when the runs folder cannot be
        written. Nothing is left behind then.

    Examples
    --------
    >>> from vaegc import jobs
    >>> job = jobs.start(["run", "nowhere.yaml"], title="A spec that is not there")
    >>> jobs.wait(job).status
    'failed'
    >>> jobs.delete(job)
    """
    words = _checked_command(command)
    check_not_read_only("no job can be started here")
    with _process.jobs_lock(store.runs_root()):
        _check_free_slot()
        begun = time.time()
        name = f"{datetime.fromtimestamp(begun, UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(4)}"
        folder = store.runs_root().absolute() / name
        try:
            folder.mkdir(parents=True)
            job = Job(name, folder, words, title or " ".join(words), owner, begun, place=str(Path.cwd()))
            return _launch(job)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise _unwritable(error) from None


def resume(job: Job, command: Sequence[str] | None = None) -> Job:
    """Run a job that has ended again in the same folder; how it ended before is kept in `attempts`.

    The events of the new attempt follow those of the old ones. A command that continues what it finds there, like
    `vaegc train … --resume`, loses nothing.

    Parameters
    ----------
    job
        One that was paused, stopped, failed or was killed; with another command also one that is done.
    command
        What to run instead from now on, as for `start`, for example the same with more epochs; None: the same.

    Raises
    ------
    BadInput
        As for `start`, and where the job still runs or has nothing left to do.
    """
    words = None if command is None else _checked_command(command)
    check_not_read_only("no job can be started here")
    with _process.jobs_lock(store.runs_root()):
        job = latest(job)
        before = state(job)
        if before.status == "running":
            raise BadInput(f"The job {job.title!r} is still running; pause or cancel it before it is resumed.")
        if before.status == "done" and words is None:
            raise BadInput(
                f"The job {job.title!r} has finished; to go on it needs another command, such as one with more epochs."
            )
        _check_free_slot()
        attempt = Attempt(job.started, before.seconds, before.status, before.message)
        try:
            again = replace(
                job, command=words or job.command, started=time.time(), attempts=(*job.attempts, attempt),
                events_from=_end_last_line(job.folder / "events.jsonl"), errors_from=_end_last_line(job.folder / "errors.txt"),
            )  # fmt: skip
            return _launch(again)
        except OSError as error:
            raise _unwritable(error) from None


def pause(job: Job) -> None:
    """Ask a job to save and make room for others until it is resumed, without waiting for that; nothing happens to one that has ended."""
    _request(job, "pause")


def cancel(job: Job, grace: float | None = None) -> None:
    """Ask a job to save and stop, without waiting for that; once asked, or ended, nothing more happens.

    Parameters
    ----------
    job
        Which; one that is paused counts as stopped from now on.
    grace
        Seconds after which a job that still runs is killed; None: never. This process must live that long.
    """
    if grace is not None:
        check_number(grace, "grace", 0)
    job, running = _request(job, "cancel")
    if grace is not None and running:
        timer = threading.Timer(grace, _kill_attempt, (job,))
        timer.daemon = True
        timer.start()


def kill(job: Job) -> None:
    """End a job at once, with every process that it has started; what it had saved before is kept."""
    _kill_attempt(latest(job))


def wait(job: Job, timeout: float | None = None) -> State:
    """Return the state once the job has ended, or after `timeout` seconds."""
    until = None if timeout is None else time.monotonic() + timeout
    while True:
        now = state(job)
        if now.status != "running" or (until is not None and time.monotonic() >= until):
            return now
        time.sleep(0.05)


def delete(job: Job) -> None:
    """Delete the folder of a job that has ended, and whatever its command has written there."""
    with _process.jobs_lock(store.runs_root()):
        job = latest(job)
        if _process.is_alive(job.pid, job.born):
            raise BadInput(f"The job {job.title!r} is still running; cancel it before it is deleted.")
        gone = job.folder.with_name(f".{job.id}")  # out of the list at once, however long the rest takes
        try:
            os.replace(job.folder, gone)
        except OSError as error:
            raise BadInput(f"The job {job.title!r} cannot be deleted: {error.strerror or error}.") from None
    shutil.rmtree(gone, ignore_errors=True)


def running() -> int:
    """How many jobs run now, whoever started them."""
    return sum(_process.is_alive(job.pid, job.born) for job in jobs())


def rename(job: Job, title: str) -> Job:
    """Give a job another title, 1 to 80 characters, also while it runs; returns it as it is now."""
    words = " ".join(title.split()) if isinstance(title, str) else ""
    if not (0 < len(words) <= MAX_TITLE_CHARACTERS and words.isprintable()):
        raise BadInput(f"A title must be a text of 1 to {MAX_TITLE_CHARACTERS} characters; got {title!r:.100}.")
    with _process.jobs_lock(store.runs_root()):
        job = replace(latest(job), title=words)
        try:
            write_record(job)
        except OSError as error:
            raise BadInput(f"The title {words!r} cannot be kept: {error.strerror or error}.") from None
    return job


def _launch(job: Job) -> Job:
    """Start the process of a job and keep its record; the process does not survive where the record cannot be written."""
    pid = _process.launch(job.command, job.folder, job.place)
    try:
        job = replace(job, pid=pid, born=_process.start_stamp(pid))
        write_record(job)
    except BaseException:
        _process.kill_group(pid)
        raise
    return job


def _request(job: Job, what: str) -> tuple[Job, bool]:
    """Ask the present attempt to save and end; returns the job as it is now, and whether it still runs."""
    with _process.jobs_lock(store.runs_root()):
        job = latest(job)
        running, before = _process.is_alive(job.pid, job.born), read_request(job)
        if running and before is None:  # a second SIGTERM would mean: do not wait for the saving
            write_request(job, what)
            _process.terminate(job.pid)
        elif before == "pause" and what == "cancel":  # it ends as it was asked to, and is not meant to go on
            write_request(job, what)
    return job, running


def _kill_attempt(job: Job) -> None:
    with _process.jobs_lock(store.runs_root()):
        if _process.is_alive(job.pid, job.born):  # this attempt: not one that was resumed since
            write_request(job, "kill")
            _process.kill_group(job.pid)


def _end_last_line(path: Path) -> int:
    """Bytes of a file of lines, after ending a line that was left half-written."""
    with path.open("ab+") as file:
        size = file.tell()
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":
                size += file.write(b"\n")
    return size


def _checked_command(command: Sequence[str]) -> tuple[str, ...]:
    words = () if isinstance(command, str) else tuple(command)
    if not words or not all(isinstance(word, str) and "\0" not in word for word in words):
        raise BadInput(f"A command must be a sequence of texts, for example ('train', 'moons'); got {command!r}.")
    return words


def _check_free_slot() -> None:
    most = max_jobs()
    if running() >= most:
        raise BadInput(f"No more than {counted(most, 'job')} may run at once here (VAEGC_MAX_JOBS); wait until one has ended.")


def _unwritable(error: OSError) -> BadInput:
    reason = error.strerror or str(error)
    with suppress(TypeError):
        reason += f": {os.fsdecode(error.filename)}"
    return BadInput(f"The job cannot be started in {str(store.runs_root())!r} ({reason}); VAEGC_RUNS names another folder.")
