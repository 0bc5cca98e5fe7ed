"""Simulated users of one server, each in a browser profile of its own: what they do, and what they see of each other.

Everything on a page comes through its WebSocket, so a title of another profile that reaches a page is found in what it receives.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vaegc.benchmarks._page_driver import (
    COMPUTE_TIMEOUT_MS,
    by_key,
    click_button,
    save_dataset,
    start_training,
    upload_file,
    visit_page,
    wait_for_rerun,
    write_table,
)
from vaegc.benchmarks._stage_driver import wait_for_end_of_film
from vaegc.benchmarks.browser import VIEWPORT

IGNORED_REQUESTS = re.compile(
    r"/\w+/_stcore/(health|host-config)$"
)  # Streamlit looks for its base where another page than the first is opened
ERROR_PATTERN = re.compile(r"Traceback|Exception|\bERROR\b|\bError\b")


def unique_title(word: str) -> str:
    """Return a title that occurs nowhere else."""
    return f"{word}-{secrets.token_hex(4)}"


@dataclass
class User:
    """One browser profile with one tab."""

    page: Any
    own_titles: tuple[str, ...] = ()  # titles that only this profile may see
    foreign_titles: tuple[str, ...] = ()  # those of the others
    leaked_titles: set[str] = field(default_factory=set)  # foreign ones that reached the page
    errors: list[str] = field(default_factory=list)  # that the page reported
    n_actions: int = 0

    def __post_init__(self) -> None:
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._logged)

    def _received(self, frame: Any) -> None:
        raw = frame.encode() if isinstance(frame, str) else frame
        self.leaked_titles.update(word for word in self.foreign_titles if word.encode() in raw)

    def _logged(self, message: Any) -> None:
        if message.type == "error" and not IGNORED_REQUESTS.search(message.location.get("url", "")):
            self.errors.append(message.text)


def new_user(browser: Any, own_titles: Iterable[str] = (), all_titles: Iterable[str] = ()) -> User:
    """Open a fresh browser profile; `all_titles` are those of all profiles."""
    context = browser.new_context(viewport=VIEWPORT)
    titles = tuple(own_titles)
    return User(context.new_page(), titles, tuple(title for title in all_titles if title not in titles))


# --- first actions ----------------------------------------------------------------------------------------------


def upload_and_climb(user: User, address: str, folder: Path) -> None:
    """Upload a table without labels, save it, and climb it."""
    upload_dataset(user, address, folder, labels=False)
    click_button(user.page, "kept-climb")
    user.page.get_by_test_id("stage").wait_for(timeout=COMPUTE_TIMEOUT_MS)
    wait_for_end_of_film(user.page)


def upload_dataset(user: User, address: str, folder: Path, *, labels: bool = True) -> None:
    """Upload a table on the Data page and save it."""
    title = user.own_titles[0]
    visit_page(user.page, address, "Data")
    upload_file(user.page, write_table(folder / f"{title}.csv", seed=len(title), labels=labels))
    save_dataset(user.page, title)


def start_long_training(user: User, address: str, data: str) -> None:
    """Start a training that outlasts the benchmark."""
    start_training(user.page, address, data=data, epochs=10_000, title=user.own_titles[0])
    user.page.wait_for_function(
        "() => document.querySelector('.st-key-run-status')?.innerText.includes('points/s')", timeout=COMPUTE_TIMEOUT_MS
    )


# --- repeated actions ------------------------------------------------------------------------------------


def move_epsilon(user: User) -> None:
    """Move ε, which the address bar follows."""
    box = user.page.get_by_test_id("epsilon").bounding_box()
    share = 0.3 + 0.1 * (user.n_actions % 5)
    user.page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.8 * box["height"])
    wait_for_rerun(user.page)


def preview_table(user: User, folder: Path) -> None:
    """Upload another table, choose another scaling, and remove it."""
    page = user.page
    if by_key(page, "kept-another").count():
        click_button(page, "kept-another")
    upload_file(page, folder / f"{user.own_titles[0]}.csv")
    by_key(page, "scale-*").get_by_text("0 to 1").click()
    wait_for_rerun(page)
    click_button(page, "remove")


def inspect_run(user: User) -> None:
    """Point at the losses, and open the settings of another run."""
    page = user.page
    page.get_by_test_id("training").scroll_into_view_if_needed()
    box = page.get_by_test_id("training").bounding_box()
    page.mouse.move(box["x"] + (0.6 + 0.05 * (user.n_actions % 6)) * box["width"], box["y"] + 80)
    fold = by_key(page, "train-new").locator("summary").first
    fold.click()
    wait_for_rerun(page)


def next_lesson(user: User) -> None:
    """Open the next lesson and watch it."""
    lessons = by_key(user.page, "lesson").locator("label[data-baseweb=radio], [role=radiogroup] label")
    lessons.nth(user.n_actions % lessons.count()).click()
    wait_for_rerun(user.page)
    user.page.get_by_test_id("stage").wait_for(timeout=COMPUTE_TIMEOUT_MS)


def perform(user: User, action: Callable[..., None], *rest: Any) -> None:
    """Let a user perform an action, and count it."""
    action(user, *rest)
    user.n_actions += 1


# --- privacy and errors -------------------------------------------------------------------------------------------


def visit_all_pages(user: User, address: str) -> str:
    """Visit every page and return its text; what lists offer is in what the pages receive."""
    words = []
    for name in ("", "Data", "Train", "Learn"):
        visit_page(user.page, address, name)
        words.append(user.page.locator("body").inner_text())
    return "\n".join(words)


def titles_by_owner(runs: Path) -> dict[str, set[str]]:
    """Titles of data sets and jobs in a folder of runs, by the owner that its records name."""
    found: dict[str, set[str]] = {}
    for path in (*runs.glob("profiles/*/*/*.json"), *runs.glob("*/job.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        owner = record.get("owner") or path.parents[1].name
        found.setdefault(str(owner), set()).add(str(record.get("title", "")))
    return found


def error_lines(log: Path) -> list[str]:
    """Return the lines of a server's log that report an exception."""
    return [line for line in log.read_text(errors="replace").splitlines() if ERROR_PATTERN.search(line)]
