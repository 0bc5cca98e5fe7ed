"""A class on one server: five browser profiles on five pages, a training, and Explore's answers meanwhile; memory, log and privacy.

Explore on digits is timed. At the same time four others use the app: one climbs a table of their own, one looks at data, one trains, one
learns. All browsers run on the machine of the server, so the times contain their work too.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from vaegc import jobs
from vaegc.benchmarks import _visitors as people
from vaegc.benchmarks._explore_driver import Times, add_counts, check_counts, interactions, merged, open_explore, rows
from vaegc.benchmarks._page_driver import visit_page
from vaegc.benchmarks.browser import Server, app_command, launch, started
from vaegc.benchmarks.stage import NO_DRIVER, facts
from vaegc.checks import check_number
from vaegc.errors import BadInput, VaegcError
from vaegc.store import data_root

LIMIT = 300.0  # milliseconds: Explore's median interaction, with four others and a training beside it
PAUSE = 1000  # milliseconds between two deeds of the others, who take turns
EVERY = 2.0  # seconds between two looks at the memory
LEFT = 150  # seconds after which the server has let go of closed tabs (server.disconnectedSessionTTL is 120)
MIB = 1 << 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_counts(parser, 25, 4)
    parser.add_argument("--minutes", type=float, default=3.0, help="of use with all five and the training")
    parser.add_argument("--stay", action="store_true", help="leave out the memory after all have left")


def main(options: argparse.Namespace) -> None:
    """Measure Explore alone, among five, and among five with a training; print Markdown."""
    check_counts(options)
    check_number(options.minutes, "--minutes", 0)
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(NO_DRIVER) from None
    with tempfile.TemporaryDirectory(prefix="vaegc-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        os.environ["VAEGC_CACHE"], os.environ["VAEGC_RUNS"] = str(folder / "cache"), str(folder / "runs")
        browser = launch(playwright, options.browser)
        try:
            with started(app_command(), folder, "app") as server:
                print(facts(browser.version))
                _visit(server, browser, folder, options)
        except Error as error:
            raise VaegcError(f"The browser did not do what it was asked: {str(error).splitlines()[0]}") from None
        finally:
            for job in jobs.jobs():
                jobs.kill(job)
            browser.close()


def _visit(server: Server, browser: Any, folder: Path, options: argparse.Namespace) -> None:
    memory = Memory(server.pid)
    memory.note("started")
    titles = {who: people.token(word) for who, word in (("own", "Quince"), ("data", "Medlar"), ("train", "Heron"))}
    explorer = people.newcomer(browser, everybody=titles.values())
    open_explore(explorer.page, server.address)
    columns = [interactions(explorer.page, options.moves, options.views)]
    memory.note("one has used Explore")
    others = Others(server.address, folder, titles, options.browser)
    try:
        others.wait_until("open")
        memory.note("all five are open")
        columns.append(interactions(explorer.page, options.moves, options.views))
        others.train.set()
        others.wait_until("training")
        columns.append(_busy(explorer, others, memory, options))
        others.leave.set()
        others.wait_until("left")
    finally:
        others.leave.set()
        others.join()
    everyone = [explorer, *others.people]
    explorer.page.goto(f"{server.address}/Data")  # what lists offer to a profile that owns nothing
    explorer.page.wait_for_timeout(3000)
    explorer.page.context.close()
    for job in jobs.jobs():
        jobs.kill(job)
    if not options.stay:
        time.sleep(LEFT)
        memory.note(f"{LEFT} s after all have left")
    print(f"\n| interaction | alone: median, p95 | with four others | and a training on {others.source} |\n|---|---|---|---|")
    print("\n".join(rows(columns)))
    middle = np.median(np.concatenate(list(columns[-1].values())))
    print(
        f"\nMedian of all, with four others and a training: {middle:.0f} ms (limit {LIMIT:.0f}: {'met' if middle <= LIMIT else 'missed'})"
    )
    memory.report()
    _report_privacy(server, folder, titles, everyone)


def _busy(explorer: people.Person, others: Others, memory: Memory, options: argparse.Namespace) -> Times:
    """Use Explore for some minutes, with looks at the server's memory."""
    began, minute = time.monotonic(), 1
    found: list[Times] = []
    memory.follow()
    while not found or time.monotonic() - began < 60 * options.minutes:
        found.append(interactions(explorer.page, options.moves, options.views))
        others.check()
        if time.monotonic() - began >= 60 * minute:
            memory.note(f"{minute} min of use with a training")
            minute += 1
    memory.rest()
    return merged(found)


class Others(threading.Thread):
    """The four others, in a browser and a thread of their own, so that their deeds do not wait for the timed ones."""

    def __init__(self, address: str, folder: Path, titles: dict[str, str], browser: str | None) -> None:
        super().__init__(daemon=True)
        self.address, self.folder, self.titles, self.browser = address, folder, titles, browser
        self.source = "MNIST" if (data_root() / "mnist").is_dir() else "Handwritten digits"
        self.people: list[people.Person] = []
        self.train, self.leave = threading.Event(), threading.Event()
        self.reached = {name: threading.Event() for name in ("open", "training", "left")}
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Come, act until they are to leave, look everywhere, and go."""
        from playwright.sync_api import sync_playwright

        try:
            with sync_playwright() as playwright:
                browser = launch(playwright, self.browser)
                self._live(browser)
                browser.close()
        except Exception as error:  # is told where the other thread waits
            self.failure = error
            for event in self.reached.values():
                event.set()

    def _live(self, browser: Any) -> None:
        names = ((self.titles["own"],), (self.titles["data"],), (self.titles["train"],), ())
        self.people = [people.newcomer(browser, own, self.titles.values()) for own in names]
        own, data, trainer, learner = self.people
        people.explore_own(own, self.address, self.folder)
        people.bring_data(data, self.address, self.folder)
        visit_page(trainer.page, self.address, "Train")
        visit_page(learner.page, self.address, "Learn")
        self.reached["open"].set()
        trains = False
        while not self.leave.is_set():
            if self.train.is_set() and not trains:
                people.train_long(trainer, self.address, self.source)
                self.reached["training"].set()
                trains = True
            people.act(own, people.move_epsilon)
            own.page.wait_for_timeout(PAUSE)
            people.act(data, people.look_at_data, self.folder)
            data.page.wait_for_timeout(PAUSE)
            if trains:
                people.act(trainer, people.look_at_run)
                trainer.page.wait_for_timeout(PAUSE)
            people.act(learner, people.learn)
            learner.page.wait_for_timeout(PAUSE)
        for person in self.people:
            people.look_everywhere(person, self.address)
            person.page.context.close()
        self.reached["left"].set()

    def wait_until(self, name: str) -> None:
        """Wait until they have come so far; raises what stopped them."""
        self.reached[name].wait(600)
        self.check()

    def check(self) -> None:
        """Raise what stopped them."""
        if self.failure is not None:
            raise VaegcError(f"The others could not go on: {' '.join(str(self.failure).split())[:300]}") from self.failure


class Memory:
    """The resident memory of the server's process, without those of jobs and browsers."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.notes: list[tuple[str, float]] = []
        self.followed: list[tuple[float, float]] = []  # minutes, MiB
        self._rest = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> float:
        """MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MIB

    def note(self, when: str) -> None:
        """Keep what it is now."""
        self.notes.append((when, self.now()))

    def follow(self) -> None:
        """Look again and again from now on."""

        def watch() -> None:
            began = time.monotonic()
            while not self._rest.wait(EVERY):
                with suppress(OSError):
                    self.followed.append(((time.monotonic() - began) / 60, self.now()))

        self._thread = threading.Thread(target=watch, daemon=True)
        self._thread.start()

    def rest(self) -> None:
        """Look no more."""
        self._rest.set()
        if self._thread is not None:
            self._thread.join()

    def report(self) -> None:
        """Print the notes, and how fast it grew in the second half of what was followed."""
        print("\n| memory of the server | MiB |\n|---|---|")
        for when, size in self.notes:
            print(f"| {when} | {size:,.0f} |")
        late = np.array(self.followed[len(self.followed) // 2 :])
        if len(late) > 2:
            slope = np.polyfit(late[:, 0], late[:, 1], 1)[0]
            print(
                f"\nGrowth in the second half of the use: {slope:+.1f} MiB per minute; at most {max(m for _, m in self.followed):,.0f} MiB."
            )


def _report_privacy(server: Server, folder: Path, titles: dict[str, str], everyone: list[people.Person]) -> None:
    """Print what the log says, and whether anybody saw anything of another."""
    lines = people.distress(server.log)
    print(f"\nExceptions in the server's log: {len(lines) or 'none'}", *lines[:10], sep="\n  ")
    errors = [error for person in everyone for error in person.errors]
    print(f"Errors in the browsers' consoles: {len(errors) or 'none'}", *errors[:10], sep="\n  ")
    seen = sorted({word for person in everyone for word in person.overheard})
    print(f"Titles of one profile that reached another: {', '.join(seen) or 'none'} (of {', '.join(titles.values())})")
    owners = people.titles_by_owner(folder / "runs")
    mixed = [owner for owner, names in owners.items() if len(names & set(titles.values())) > 1]
    print(f"Profiles with things on the server: {len(owners)}; with things of two people: {len(mixed) or 'none'}")
    print(f"Deeds of the others meanwhile: {sum(person.acts for person in everyone)}")
