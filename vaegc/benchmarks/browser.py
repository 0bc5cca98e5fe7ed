"""A browser to drive and servers to drive it against, for the stage's benchmark and the browser tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vaegc.errors import BadInput, VaegcError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
NO_BROWSER = "There is no browser to drive; get one with `.venv/bin/playwright install chromium`, or on Debian with `apt-get install chromium`."
LAUNCH_ARGUMENTS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--enable-unsafe-swiftshader",  # WebGL for the rival where there is no graphics card
)  # fmt: skip
VIEWPORT = {"width": 1400, "height": 1000}
HEALTH_PATH = "/_stcore/health"
START_TIMEOUT_S = 90  # seconds until a server must answer


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    address: str
    pid: int
    log: Path  # all that it says


def launch(playwright: Any, path: str | None = None) -> Any:
    """Start a browser: the given one, one on the PATH, else Playwright's own."""
    if path is not None and shutil.which(path) is None:
        raise BadInput(f"There is no browser at {path!r}.")
    found = path or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and not Path(playwright.chromium.executable_path).exists():
        raise BadInput(NO_BROWSER)
    return playwright.chromium.launch(executable_path=found, args=list(LAUNCH_ARGUMENTS))


def app_command() -> list[str]:
    """Return the command that starts the app; the port is added by `served`."""
    return [sys.executable, "-m", "vaegc", "app"]


@contextmanager
def served(command: Sequence[str], folder: Path, name: str, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a Streamlit server in `folder` until the block ends; yields its address once it answers."""
    with started(command, folder, name, env) as server:
        yield server.address


@contextmanager
def started(command: Sequence[str], folder: Path, name: str, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Do the same as `served`, and tell the process and its log too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", folder / f"{name}.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=folder, env={**os.environ, **(env or {})}, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_until_healthy(server, address, log)
            yield Server(address, server.pid, log)
        finally:
            _end(server)


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address + HEALTH_PATH, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            pass
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    lines = log.read_text(errors="replace").strip().splitlines()
    raise VaegcError(f"The server did not start: {lines[-1] if lines else 'it said nothing'}")


def _end(server: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, number)  # it leads a group of its own, so no child is left
            server.wait(10)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
