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

import numpy as np

from vaegc import jobs
from vaegc.benchmarks._stage_hand import FIRST_COMPUTATION, drag, wait_for_end_of_film
from vaegc.benchmarks.browser import SCREEN, app_command, launch, served
from vaegc.benchmarks.stage import NO_DRIVER, facts
from vaegc.checks import check_int
from vaegc.errors import BadInput, VaegcError
from vaegc.store import data_root

STEPS = 12  # of the film: each place of the hand must be another frame
VIEWS = ("PCA of the start", "t-SNE of the start")
# The paper's network where MNIST is at hand, else as much work on digits; it outlasts the measurement.
NETWORK = ["--kind", "ae", "--hidden", "500", "500", "2000", "--batch-size", "256", "--epochs", "10000"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--moves", type=int, default=25, help=f"moves of ε, and up to {STEPS} steps of the film")
    parser.add_argument("--views", type=int, default=10, help="changes of the view")
    parser.add_argument("--browser", metavar="PATH", default=None, help="browser to drive (default: Chromium on the PATH)")


def main(options: argparse.Namespace) -> None:
    """Measure alone, then beside the job, and print a Markdown table."""
    for name in ("moves", "views"):
        check_int(getattr(options, name), f"--{name}", 1)
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(NO_DRIVER) from None
    source = "mnist" if (data_root() / "mnist").is_dir() else "digits"
    with tempfile.TemporaryDirectory(prefix="vaegc-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        os.environ["VAEGC_CACHE"], os.environ["VAEGC_RUNS"] = str(folder / "cache"), str(folder / "runs")
        browser = launch(playwright, options.browser)
        try:
            with served(app_command(), folder, "app") as address:
                print(facts(browser.version))
                print(f"\n| interaction | alone: median, p95 | beside a training on {source} |\n|---|---|---|", flush=True)
                alone = interactions(browser, address, options)
                job = jobs.start(["train", source, "--out", "{folder}/run", *NETWORK], "the benchmark's training")
                try:
                    _wait_until_it_trains(job)
                    beside = interactions(browser, address, options)
                    trained = jobs.state(job)
                finally:
                    jobs.kill(job)
        except Error as error:
            raise VaegcError(f"The browser did not do what it was asked: {str(error).splitlines()[0]}") from None
        finally:
            browser.close()
    for what in (*alone, "all together"):
        pairs = [np.concatenate(list(found.values())) if what == "all together" else found[what] for found in (alone, beside)]
        print(f"| {what} | " + " | ".join(f"{np.median(p):.0f} ms, {np.percentile(p, 95):.0f} ms" for p in pairs) + " |")
    last = trained.last or {}
    print(f"\nThe job was {trained.status} all the while: {last.get('message', 'no word of it')}")


def interactions(browser: Any, address: str, options: argparse.Namespace) -> dict[str, list[float]]:
    """Milliseconds of each interaction, in a fresh browser profile."""
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.goto(address)
    stage, slider = page.get_by_test_id("stage"), page.get_by_test_id("epsilon")
    stage.wait_for(timeout=FIRST_COMPUTATION)
    for view in (*VIEWS, *VIEWS):  # both are kept from here on, as they are for whoever comes second
        _view(page, view)
    wait_for_end_of_film(page)
    moves = drag(page, slider, stage, options.moves).times
    frame = page.get_by_test_id("frame")
    frames = drag(page, frame, stage, min(options.moves, STEPS)).times
    frame.press("End")  # at its last frame the film is at rest
    views = [_view(page, VIEWS[i % 2]) for i in range(options.views)]
    context.close()
    return {"a move of ε": moves, "a step of the film": frames, "another view": views}


def _view(page: Any, view: str) -> float:
    """Milliseconds from choosing a view to the first painting of its scene."""
    page.get_by_role("combobox", name="Seen through").click()
    option = page.get_by_role("option", name=view)
    option.wait_for()
    wait_for_end_of_film(page)
    page.wait_for_timeout(300)
    drawn = page.get_by_test_id("stage").get_attribute(
        "data-drawn"
    )  # at rest nothing is drawn: the next painting is the new scene's
    began = time.perf_counter()
    option.click()
    while page.get_by_test_id("stage").get_attribute("data-drawn") == drawn:
        if time.perf_counter() - began > FIRST_COMPUTATION / 1000:
            raise VaegcError(f"The page did not show {view!r}.")
    return 1000 * (time.perf_counter() - began)


def _wait_until_it_trains(job: jobs.Job) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        now = jobs.state(job)
        if now.status != "running":
            raise VaegcError(f"The training job ended: {now.message}")
        if now.events:
            return
        time.sleep(0.2)
    raise VaegcError("The training job said nothing for two minutes.")
