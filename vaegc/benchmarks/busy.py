"""Explore while a training job runs beside it: the same interactions with and without the job, in a real Chromium.

An interaction is a move of ε, a step of the film, or another view of the same points, which takes a trip to the server and back; all are
timed to the painted canvas.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from vaegc import jobs
from vaegc.benchmarks._explore_driver import Times, add_count_options, check_counts, open_explore, table_rows, time_interactions
from vaegc.benchmarks.browser import VIEWPORT, app_command, launch, served
from vaegc.benchmarks.stage import PLAYWRIGHT_MISSING, describe_environment
from vaegc.errors import BadInput, VaegcError
from vaegc.store import data_root

# The paper's network where MNIST is at hand, else as much work on digits; it outlasts the measurement.
NETWORK = ["--kind", "ae", "--hidden", "500", "500", "2000", "--batch-size", "256", "--epochs", "10000"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_count_options(parser, 25, 10)


def main(options: argparse.Namespace) -> None:
    """Measure alone, then beside the job, and print a Markdown table."""
    check_counts(options)
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(PLAYWRIGHT_MISSING) from None
    source = "mnist" if (data_root() / "mnist").is_dir() else "digits"
    with tempfile.TemporaryDirectory(prefix="vaegc-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        os.environ["VAEGC_CACHE"], os.environ["VAEGC_RUNS"] = str(folder / "cache"), str(folder / "runs")
        browser = launch(playwright, options.browser)
        try:
            with served(app_command(), folder, "app") as address:
                print(describe_environment(browser.version))
                print(f"\n| interaction | alone: median, p95 | beside a training on {source} |\n|---|---|---|", flush=True)
                alone = _measure(browser, address, options)
                job = jobs.start(["train", source, "--out", "{folder}/run", *NETWORK], "the benchmark's training")
                try:
                    _wait_until_it_trains(job)
                    beside = _measure(browser, address, options)
                    trained = jobs.state(job)
                finally:
                    jobs.kill(job)
        except Error as error:
            raise VaegcError(f"The browser did not do what it was asked: {str(error).splitlines()[0]}") from None
        finally:
            browser.close()
    print("\n".join(table_rows([alone, beside])))
    last = trained.last or {}
    print(f"\nThe job was {trained.status} all the while: {last.get('message', 'no word of it')}")


def _measure(browser: Any, address: str, options: argparse.Namespace) -> Times:
    """Milliseconds of each interaction, in a fresh browser profile."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    open_explore(page, address)
    found = time_interactions(page, options.moves, options.views)
    context.close()
    return found


def _wait_until_it_trains(job: jobs.Job) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        now = jobs.state(job)
        if now.status != "running":
            raise VaegcError(f"The training job ended: {now.message}")
        if now.last is not None and now.last["stage"] == "train":
            return
        time.sleep(0.2)
    raise VaegcError("The training job said nothing for two minutes.")
