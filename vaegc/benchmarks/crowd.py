"""Benchmark of a class on one server: five browser profiles on five pages, a training, and Explore's answers meanwhile; memory, log and privacy.

Explore on digits is timed. At the same time four others use the app: one climbs a table of their own, one previews data, one trains, one
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
from vaegc.benchmarks import _simulated_users as users
from vaegc.benchmarks._explore_driver import (
    Times,
    add_count_options,
    check_counts,
    merge_times,
    open_explore,
    table_rows,
    time_interactions,
)
from vaegc.benchmarks._page_driver import visit_page
from vaegc.benchmarks.browser import Server, app_command, launch, started
from vaegc.benchmarks.stage import PLAYWRIGHT_MISSING, describe_environment
from vaegc.checks import check_number
from vaegc.errors import BadInput, VaegcError
from vaegc.store import data_root

MAX_MEDIAN_MS = 300.0  # of Explore's interactions, with four others and a training beside it
ACTION_PAUSE_MS = 1000  # between two actions of the others, who take turns
MEMORY_INTERVAL_S = 2.0  # between two samples of the memory
SESSION_END_S = 150  # after which the server has freed the sessions of closed tabs (server.disconnectedSessionTTL is 120)
MIB = 1 << 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_count_options(parser, 25, 4)
    parser.add_argument("--minutes", type=float, default=3.0, help="of use with all five and the training")
    parser.add_argument("--stay", action="store_true", help="leave out the memory after all have left")


def main(options: argparse.Namespace) -> None:
    """Measure Explore alone, among five, and among five with a training; print Markdown."""
    check_counts(options)
    check_number(options.minutes, "--minutes", 0)
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(PLAYWRIGHT_MISSING) from None
    with tempfile.TemporaryDirectory(prefix="vaegc-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        os.environ["VAEGC_CACHE"], os.environ["VAEGC_RUNS"] = str(folder / "cache"), str(folder / "runs")
        browser = launch(playwright, options.browser)
        try:
            with started(app_command(), folder, "app") as server:
                print(describe_environment(browser.version))
                _measure(server, browser, folder, options)
        except Error as error:
            raise VaegcError(f"The browser did not do what it was asked: {str(error).splitlines()[0]}") from None
        finally:
            for job in jobs.jobs():
                jobs.kill(job)
            browser.close()


def _measure(server: Server, browser: Any, folder: Path, options: argparse.Namespace) -> None:
    memory = MemoryMonitor(server.pid)
    memory.record("started")
    titles = {who: users.unique_title(word) for who, word in (("own", "Quince"), ("data", "Medlar"), ("train", "Heron"))}
    explorer = users.new_user(browser, all_titles=titles.values())
    open_explore(explorer.page, server.address)
    columns = [time_interactions(explorer.page, options.moves, options.views)]
    memory.record("one has used Explore")
    others = OtherUsers(server.address, folder, titles, options.browser)
    try:
        others.wait_until("open")
        memory.record("all five are open")
        columns.append(time_interactions(explorer.page, options.moves, options.views))
        others.train.set()
        others.wait_until("training")
        columns.append(_measure_with_training(explorer, others, memory, options))
        others.leave.set()
        others.wait_until("left")
    finally:
        others.leave.set()
        others.join()
    everyone = [explorer, *others.users]
    explorer.page.goto(f"{server.address}/Data")  # what lists offer to a profile that owns nothing
    explorer.page.wait_for_timeout(3000)
    explorer.page.context.close()
    for job in jobs.jobs():
        jobs.kill(job)
    if not options.stay:
        time.sleep(SESSION_END_S)
        memory.record(f"{SESSION_END_S} s after all have left")
    print(f"\n| interaction | alone: median, p95 | with four others | and a training on {others.source} |\n|---|---|---|---|")
    print("\n".join(table_rows(columns)))
    middle = np.median(np.concatenate(list(columns[-1].values())))
    print(
        f"\nMedian of all, with four others and a training: {middle:.0f} ms (limit {MAX_MEDIAN_MS:.0f}: {'met' if middle <= MAX_MEDIAN_MS else 'missed'})"
    )
    memory.print_report()
    _report_privacy(server, folder, titles, everyone)


def _measure_with_training(explorer: users.User, others: OtherUsers, memory: MemoryMonitor, options: argparse.Namespace) -> Times:
    """Use Explore for some minutes, while the server's memory is sampled."""
    began, minute = time.monotonic(), 1
    found: list[Times] = []
    memory.start()
    while not found or time.monotonic() - began < 60 * options.minutes:
        found.append(time_interactions(explorer.page, options.moves, options.views))
        others.check()
        if time.monotonic() - began >= 60 * minute:
            memory.record(f"{minute} min of use with a training")
            minute += 1
    memory.stop()
    return merge_times(found)


class OtherUsers(threading.Thread):
    """The four others, in a browser and a thread of their own, so that their actions do not delay the timed ones."""

    def __init__(self, address: str, folder: Path, titles: dict[str, str], browser: str | None) -> None:
        super().__init__(daemon=True)
        self.address, self.folder, self.titles, self.browser = address, folder, titles, browser
        self.source = "MNIST" if (data_root() / "mnist").is_dir() else "Handwritten digits"
        self.users: list[users.User] = []
        self.train, self.leave = threading.Event(), threading.Event()
        self.reached = {name: threading.Event() for name in ("open", "training", "left")}
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Open the pages, act until they are to leave, visit every page, and close."""
        from playwright.sync_api import sync_playwright

        try:
            with sync_playwright() as playwright:
                browser = launch(playwright, self.browser)
                self._act(browser)
                browser.close()
        except Exception as error:  # raised where the other thread waits
            self.failure = error
            for event in self.reached.values():
                event.set()

    def _act(self, browser: Any) -> None:
        names = ((self.titles["own"],), (self.titles["data"],), (self.titles["train"],), ())
        self.users = [users.new_user(browser, own, self.titles.values()) for own in names]
        own, data, trainer, learner = self.users
        users.upload_and_climb(own, self.address, self.folder)
        users.upload_dataset(data, self.address, self.folder)
        visit_page(trainer.page, self.address, "Train")
        visit_page(learner.page, self.address, "Learn")
        self.reached["open"].set()
        trains = False
        while not self.leave.is_set():
            if self.train.is_set() and not trains:
                users.start_long_training(trainer, self.address, self.source)
                self.reached["training"].set()
                trains = True
            users.perform(own, users.move_epsilon)
            own.page.wait_for_timeout(ACTION_PAUSE_MS)
            users.perform(data, users.preview_table, self.folder)
            data.page.wait_for_timeout(ACTION_PAUSE_MS)
            if trains:
                users.perform(trainer, users.inspect_run)
                trainer.page.wait_for_timeout(ACTION_PAUSE_MS)
            users.perform(learner, users.next_lesson)
            learner.page.wait_for_timeout(ACTION_PAUSE_MS)
        for user in self.users:
            users.visit_all_pages(user, self.address)
            user.page.context.close()
        self.reached["left"].set()

    def wait_until(self, name: str) -> None:
        """Wait until they have reached a state; raises what stopped them."""
        self.reached[name].wait(600)
        self.check()

    def check(self) -> None:
        """Raise what stopped them."""
        if self.failure is not None:
            raise VaegcError(f"The others could not go on: {' '.join(str(self.failure).split())[:300]}") from self.failure


class MemoryMonitor:
    """Monitor of the resident memory of the server's process, without those of jobs and browsers."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.records: list[tuple[str, float]] = []
        self.samples: list[tuple[float, float]] = []  # minutes, MiB
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> float:
        """Return the resident memory, MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MIB

    def record(self, when: str) -> None:
        """Record the present memory under a name."""
        self.records.append((when, self.now()))

    def start(self) -> None:
        """Sample the memory in a thread from now on."""

        def watch() -> None:
            began = time.monotonic()
            while not self._stopped.wait(MEMORY_INTERVAL_S):
                with suppress(OSError):
                    self.samples.append(((time.monotonic() - began) / 60, self.now()))

        self._thread = threading.Thread(target=watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def print_report(self) -> None:
        """Print the records, and the growth in the second half of the samples."""
        print("\n| memory of the server | MiB |\n|---|---|")
        for when, size in self.records:
            print(f"| {when} | {size:,.0f} |")
        late = np.array(self.samples[len(self.samples) // 2 :])
        if len(late) > 2:
            slope = np.polyfit(late[:, 0], late[:, 1], 1)[0]
            print(
                f"\nGrowth in the second half of the use: {slope:+.1f} MiB per minute; at most {max(m for _, m in self.samples):,.0f} MiB."
            )


def _report_privacy(server: Server, folder: Path, titles: dict[str, str], everyone: list[users.User]) -> None:
    """Print what the log says, and whether anybody saw anything of another."""
    lines = users.error_lines(server.log)
    print(f"\nExceptions in the server's log: {len(lines) or 'none'}", *lines[:10], sep="\n  ")
    errors = [error for user in everyone for error in user.errors]
    print(f"Errors in the browsers' consoles: {len(errors) or 'none'}", *errors[:10], sep="\n  ")
    seen = sorted({word for user in everyone for word in user.leaked_titles})
    print(f"Titles of one profile that reached another: {', '.join(seen) or 'none'} (of {', '.join(titles.values())})")
    owners = users.titles_by_owner(folder / "runs")
    mixed = [owner for owner, names in owners.items() if len(names & set(titles.values())) > 1]
    print(f"Profiles with things on the server: {len(owners)}; with things of two people: {len(mixed) or 'none'}")
    print(f"Actions of the others meanwhile: {sum(user.n_actions for user in everyone)}")
