"""People on one server, each in a browser profile of their own: what they do, and what they see of each other.

Everything on a page comes through its WebSocket, so a word of another profile that reaches a page is found in what it receives.
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
from vaegc.benchmarks.browser import SCREEN

SEARCHES = re.compile(
    r"/\w+/_stcore/(health|host-config)$"
)  # Streamlit looks for its base where another page than the first is opened
DISTRESS = re.compile(r"Traceback|Exception|\bERROR\b|\bError\b")


def token(word: str) -> str:
    """Return a title that occurs nowhere else."""
    return f"{word}-{secrets.token_hex(4)}"


@dataclass
class Person:
    """One browser profile with one tab."""

    page: Any
    own: tuple[str, ...] = ()  # titles that only this profile may see
    foreign: tuple[str, ...] = ()  # those of the others
    overheard: set[str] = field(default_factory=set)  # of the foreign ones
    errors: list[str] = field(default_factory=list)  # that the page reported
    acts: int = 0

    def __post_init__(self) -> None:
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._received))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._said)

    def _received(self, frame: Any) -> None:
        raw = frame.encode() if isinstance(frame, str) else frame
        self.overheard.update(word for word in self.foreign if word.encode() in raw)

    def _said(self, message: Any) -> None:
        if message.type == "error" and not SEARCHES.search(message.location.get("url", "")):
            self.errors.append(message.text)


def newcomer(browser: Any, own: Iterable[str] = (), everybody: Iterable[str] = ()) -> Person:
    """Open a fresh browser profile; `everybody` is all titles there will be."""
    context = browser.new_context(viewport=SCREEN)
    mine = tuple(own)
    return Person(context.new_page(), mine, tuple(word for word in everybody if word not in mine))


# --- what they come for ----------------------------------------------------------------------------------------------


def explore_own(person: Person, address: str, folder: Path) -> None:
    """Upload a table without labels, keep it, and climb it."""
    bring_data(person, address, folder, labels=False)
    click_button(person.page, "kept-climb")
    person.page.get_by_test_id("stage").wait_for(timeout=COMPUTE_TIMEOUT_MS)
    wait_for_end_of_film(person.page)


def bring_data(person: Person, address: str, folder: Path, *, labels: bool = True) -> None:
    """Upload a table on the Data page and keep it."""
    title = person.own[0]
    visit_page(person.page, address, "Data")
    upload_file(person.page, write_table(folder / f"{title}.csv", seed=len(title), labels=labels))
    save_dataset(person.page, title)


def train_long(person: Person, address: str, data: str) -> None:
    """Start a training that nobody will see the end of."""
    start_training(person.page, address, data=data, epochs=10_000, title=person.own[0])
    person.page.wait_for_function(
        "() => document.querySelector('.st-key-run-status')?.innerText.includes('points/s')", timeout=COMPUTE_TIMEOUT_MS
    )


# --- what they do again and again ------------------------------------------------------------------------------------


def move_epsilon(person: Person) -> None:
    """Let ε go somewhere else: the address bar follows."""
    box = person.page.get_by_test_id("epsilon").bounding_box()
    share = 0.3 + 0.1 * (person.acts % 5)
    person.page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.8 * box["height"])
    wait_for_rerun(person.page)


def look_at_data(person: Person, folder: Path) -> None:
    """Look at another table, choose another scaling, and put it away."""
    page = person.page
    if by_key(page, "kept-another").count():
        click_button(page, "kept-another")
    upload_file(page, folder / f"{person.own[0]}.csv")
    by_key(page, "scale-*").get_by_text("0 to 1").click()
    wait_for_rerun(page)
    click_button(page, "remove")


def look_at_run(person: Person) -> None:
    """Read the losses under the hand, and go through the settings of another run."""
    page = person.page
    page.get_by_test_id("training").scroll_into_view_if_needed()
    box = page.get_by_test_id("training").bounding_box()
    page.mouse.move(box["x"] + (0.6 + 0.05 * (person.acts % 6)) * box["width"], box["y"] + 80)
    fold = by_key(page, "train-new").locator("summary").first
    fold.click()
    wait_for_rerun(page)


def learn(person: Person) -> None:
    """Turn to the next lesson and watch it."""
    lessons = by_key(person.page, "lesson").locator("label[data-baseweb=radio], [role=radiogroup] label")
    lessons.nth(person.acts % lessons.count()).click()
    wait_for_rerun(person.page)
    person.page.get_by_test_id("stage").wait_for(timeout=COMPUTE_TIMEOUT_MS)


def act(person: Person, deed: Callable[..., None], *rest: Any) -> None:
    """Let a person do something, and count it."""
    deed(person, *rest)
    person.acts += 1


# --- what they may not see -------------------------------------------------------------------------------------------


def look_everywhere(person: Person, address: str) -> str:
    """Visit every page and return all that it says; what lists offer is in what the pages receive."""
    words = []
    for name in ("", "Data", "Train", "Learn"):
        visit_page(person.page, address, name)
        words.append(person.page.locator("body").inner_text())
    return "\n".join(words)


def titles_by_owner(runs: Path) -> dict[str, set[str]]:
    """Titles of data sets and jobs in a folder of runs, by the owner that its records name."""
    found: dict[str, set[str]] = {}
    for path in (*runs.glob("profiles/*/*/*.json"), *runs.glob("*/job.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        owner = record.get("owner") or path.parents[1].name
        found.setdefault(str(owner), set()).add(str(record.get("title", "")))
    return found


def distress(log: Path) -> list[str]:
    """Return the lines of a server's log that tell of an exception."""
    return [line for line in log.read_text(errors="replace").splitlines() if DISTRESS.search(line)]
