"""Processes of jobs: launch in a session of their own, identity by process id and start time, termination.

A process id alone identifies nothing: the system gives it to another process later.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

from vaegc import store

if sys.platform != "win32":
    import fcntl

NICE_INCREMENT = 5  # niceness: a page that draws has priority over a job that computes
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # begun here: the system keeps their remains until we look
_LOCK = threading.Lock()


@contextmanager
def jobs_lock(root: Path) -> Iterator[None]:
    """Let one thread, of one process where the system has file locks, start, stop or delete jobs in `root`."""
    with _LOCK, ExitStack() as opened:
        if sys.platform != "win32":
            with suppress(OSError):  # no lock where nothing can be written; the threads of this process still wait
                root.mkdir(parents=True, exist_ok=True)
                fcntl.flock(opened.enter_context((root / ".lock").open("ab")), fcntl.LOCK_EX)
        yield


def launch(command: Sequence[str], folder: Path, place: str) -> int:
    """Begin `vaegc COMMAND --json` in a session of its own, which neither a closed terminal nor our end reaches; return its number."""
    words = [word.replace("{folder}", str(folder)) for word in command]
    with (folder / "events.jsonl").open("ab") as printed, (folder / "errors.txt").open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vaegc", *words, *([] if "--json" in words else ["--json"])],
            cwd=place, env=_environment(), stdin=subprocess.DEVNULL, stdout=printed, stderr=errors, start_new_session=True,
        )  # fmt: skip
    _CHILDREN[process.pid] = process
    with suppress(OSError, AttributeError):  # from here, since code between fork and exec is not safe beside threads
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICE_INCREMENT)
    return process.pid


def start_stamp(pid: int) -> str:
    """Return when a process began, in a form that no other process with its number shares; empty where that is not known."""
    return _process_status(pid)[1]


def is_alive(pid: int, born: str) -> bool:
    """Whether the process that began then still runs; what is left of an ended child of ours is cleared away."""
    child = _CHILDREN.get(pid)
    if child is not None and child.poll() is not None:
        _CHILDREN.pop(pid, None)
        return False
    state, there = _process_status(pid)
    return bool(born) and there == born and state not in {"Z", "X"}


def terminate(pid: int) -> None:
    """Ask a process to save and stop; its own workers are its own to stop, or they would fail under it."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)


def kill_group(pid: int) -> None:
    """End a process and its group at once."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)  # which there ends it at once
        else:
            os.killpg(pid, signal.SIGKILL)
    child = _CHILDREN.get(pid)
    if child is not None:
        with suppress(subprocess.TimeoutExpired):  # a process that waits for a lost disk ends when that answers
            child.wait(1)


def _environment() -> dict[str, str]:
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    if (store.app_root() / "vaegc").is_dir():  # a checkout, which need not be installed: the job runs the same code as we do
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(store.app_root()), os.environ.get("PYTHONPATH"))))
    if not any(name in env for name in _THREADS):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        env.update(dict.fromkeys(_THREADS, str(max(1, cores - 1))))  # one core stays with the page
    return env


@cache
def _boot() -> str | None:
    """Which start of the machine this is; None where there is no /proc."""
    with suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()
    return None


def _process_status(pid: int) -> tuple[str, str]:
    """State ("Z": only its remains) and beginning of a process; both empty where there is none."""
    if _boot() is None:
        return _ask_ps(pid)
    with suppress(OSError, IndexError):
        facts = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()  # its name, in brackets, may hold anything
        return facts[0].decode(), f"{_boot()} {facts[19].decode()}"  # clock ticks from the start of the machine
    return "", ""


def _ask_ps(pid: int) -> tuple[str, str]:
    """The same without /proc: to the second, from `ps`; without that too, only our own children are known."""
    with suppress(OSError, subprocess.SubprocessError, IndexError):
        said = subprocess.run(
            ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
            env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, timeout=10, check=True,
        ).stdout.split()  # fmt: skip
        return said[0][0], " ".join(said[1:])
    return ("R", "child") if pid in _CHILDREN else ("", "")
