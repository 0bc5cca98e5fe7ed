"""The stage in a real Chromium, beside an empty canvas and beside a rival in the same run: ε, film, opening, silence, memory.

A limit is met where the median keeps it; where the 95th percentile does not, that is said too.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.benchmarks import _stage_memory, rival
from vaegc.benchmarks._stage_driver import (
    SCENE_TIMEOUT_MS,
    TrafficCounter,
    drag,
    empty_canvas_drag,
    frames_per_second,
    open_stage,
    play_film,
)
from vaegc.benchmarks._stage_scripts import WATCH_OPENING
from vaegc.benchmarks.browser import VIEWPORT, app_command, launch, served
from vaegc.checks import check_int
from vaegc.errors import BadInput, VaegcError

PLAYWRIGHT_MISSING = "This benchmark needs Playwright; get it with `pip install 'vaegc[bench]'`."
SCENE_SIZES = (2000, 10_000, 70_000)
N_DIGITS = 1797
N_FILMS = 2  # at half speed, so that each lasts some seconds

# Up to so many points: milliseconds above the empty canvas, and frames per second. Beyond the largest nothing is promised.
MAX_MS_ABOVE_FLOOR = {2000: 8.0, 10_000: 12.0, 70_000: 30.0}
MIN_FRAMES_PER_S = {10_000: 30.0, 70_000: 20.0}
MAX_WORK_MS = 15.0  # milliseconds of the stage's own work in a change of ε
MAX_FIRST_DRAWING_MS = 1500.0  # milliseconds after the data have arrived


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument(
        "--points", type=int, nargs="*", default=list(SCENE_SIZES), help="sizes of the generated scenes, beside the digits"
    )
    parser.add_argument("--runs", type=int, default=5, help="cold openings of each scene")
    parser.add_argument("--moves", type=int, default=40, help="moves of ε per scene")
    parser.add_argument("--skip-rival", action="store_true", help="leave out Plotly with Streamlit's own slider")
    parser.add_argument("--skip-memory", action="store_true", help="leave out the memory of the tab, half of the time")
    parser.add_argument("--browser", metavar="PATH", default=None, help="browser to drive (default: Chromium on the PATH)")


def main(options: argparse.Namespace) -> None:
    """Measure and print Markdown tables."""
    for name in ("runs", "moves"):
        check_int(getattr(options, name), f"--{name}", 1)
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(PLAYWRIGHT_MISSING) from None

    scenes = {N_DIGITS: "", **{check_int(n, "--points", 100): f"dataset=blobs&n={n}&model=off" for n in options.points}}
    with tempfile.TemporaryDirectory(prefix="vaegc-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        os.environ["VAEGC_CACHE"] = str(folder / "cache")  # a fresh cache, shared with the app: nothing is found by luck
        browser = launch(playwright, options.browser)
        try:
            with served(app_command(), folder, "app") as address:
                print(describe_environment(browser.version), flush=True)
                print("\n| what | points | median | p95 | limit | |\n|---|---:|---:|---:|---:|---|", flush=True)
                for n, query in scenes.items():
                    _scene(browser, f"{address}/?{query}", n, query, options, folder)
                if not options.skip_memory:
                    print(
                        "\n| memory of the tab after | points | before | after | growth | stable |\n|---|---:|---:|---:|---:|---|"
                    )
                    for n, query in scenes.items():
                        _stage_memory.measure(browser, f"{address}/?{query}", _points_label(n))
        except Error as error:
            raise VaegcError(f"The browser did not do what it was asked: {str(error).splitlines()[0]}") from None
        finally:
            browser.close()


def describe_environment(browser_version: str) -> str:
    """One line on what ran where."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("vaegc", "streamlit", "plotly", "playwright"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), headless Chromium {browser_version}, "
        f"window {VIEWPORT['width']} × {VIEWPORT['height']}, Python {platform.python_version()}, {versions}"
    )


# --- what is measured ------------------------------------------------------------------------------------------------


def _scene(browser: Any, link: str, n: int, query: str, options: argparse.Namespace, folder: Path) -> None:
    _openings(browser, link, n, options.runs)
    ours = _drag_and_play(browser, link, n, options.moves)
    if not options.skip_rival:
        slow = rival.measure(browser, query, options.moves, folder)
        _row(f"rival: from release of the slider to the changed Plotly chart, {options.moves} moves", n, slow, _milliseconds)
        print(f"| rival / stage, of the medians | {_points_label(n)} | {np.median(slow) / ours:.0f} × | | | |", flush=True)


def _openings(browser: Any, link: str, n: int, runs: int) -> None:
    found: list[dict[str, Any]] = []
    for run in range(runs + 1):
        context = browser.new_context(viewport=VIEWPORT)
        page = context.new_page()
        page.add_init_script(WATCH_OPENING)
        page.goto(link)
        page.wait_for_function("window.opening.ended", timeout=SCENE_TIMEOUT_MS)
        if run > 0:  # the first one warms the server
            found.append(page.evaluate("window.opening"))
        context.close()
    what = f"opening, cold browser, {runs} runs"
    _row(f"{what}: first picture", n, [f["painted"] for f in found], _seconds)
    _row(f"{what}: points move", n, [f["moved"] for f in found], _seconds)
    after = [f["painted"] - f["arrived"] for f in found]
    size = found[0]["bytes"] / 1e6
    _row(f"first drawing after the data ({size:.1f} MB) have arrived", n, after, _seconds, MAX_FIRST_DRAWING_MS)
    first = [rate for f in found for rate in frames_per_second(f["draws"])]
    _row("film that plays on opening, frames in each second", n, first, _count, _limit(MIN_FRAMES_PER_S, n), at_least=True)


def _drag_and_play(browser: Any, link: str, n: int, moves: int) -> float:
    """Print what a hand finds; returns the median of milliseconds from input to paint."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    traffic_counter = TrafficCounter(page)
    stage, epsilon = open_stage(page, link)
    ours = drag(page, epsilon, stage, moves, traffic_counter)
    bare = empty_canvas_drag(context, stage.evaluate("(canvas) => [canvas.width, canvas.height]"), moves)
    if hasattr(os, "getloadavg"):  # others at work on the machine cost the stage more than the empty canvas
        _row(f"load of the machine, {os.cpu_count()} cores", n, [os.getloadavg()[0]], lambda v: f"{v:.1f}")
    middle = _row(f"ε: from input to paint, {moves} moves", n, ours.times, _milliseconds)
    _row("the same on an empty canvas (floor)", n, bare.times, _milliseconds)
    above = tuple(float(np.percentile(ours.times, q) - np.percentile(bare.times, q)) for q in (50, 95))
    _print("above the floor", n, above, _milliseconds, _limit(MAX_MS_ABOVE_FLOOR, n))
    _row("ε: the stage's own work (cut, scores, drawing)", n, ours.work, _milliseconds, MAX_WORK_MS)
    _row("ε: WebSocket frames and requests while dragged", n, [ours.traffic], _count, 0)

    page.wait_for_timeout(1000)  # letting go is what the page does report
    before, found = traffic_counter.count, []
    for _ in range(N_FILMS):
        found += frames_per_second(play_film(page, "0.5"))
    _row("film at half speed, frames in each second", n, found, _count, _limit(MIN_FRAMES_PER_S, n), at_least=True)
    _row(f"{N_FILMS} films: WebSocket frames and requests", n, [traffic_counter.count - before], _count, 0)
    context.close()
    return middle


# --- rows ------------------------------------------------------------------------------------------------------------


def _row(
    what: str,
    n: int,
    values: Sequence[float],
    form: Callable[[float], str],
    limit: float | None = None,
    *,
    at_least: bool = False,
) -> float:
    """Print the median and the 95th percentile, of what should be large the 5th; returns the median."""
    middle, far = np.percentile(values, [50, 5 if at_least else 95])
    _print(what, n, (float(middle), float(far) if len(values) > 1 else None), form, limit, at_least=at_least)
    return float(middle)


def _print(
    what: str, n: int, found: Sequence[float | None], form: Callable[[float], str], limit: float | None, *, at_least: bool = False
) -> None:
    kept = [value is None or limit is None or (value >= limit if at_least else value <= limit) for value in found]
    verdict = "" if limit is None else "met" if all(kept) else "met, p95 missed" if kept[0] else "missed"
    said = [form(value) if value is not None else "" for value in found]
    bound = "" if limit is None else f"{'≥' if at_least else '≤'} {form(limit)}"
    print(f"| {what} | {_points_label(n)} | {said[0]} | {said[1]} | {bound} | {verdict} |", flush=True)


def _limit(limits: dict[int, float], n: int) -> float | None:
    """The limit of the smallest size that is not below this one."""
    return next((limits[size] for size in sorted(limits) if n <= size), None)


def _points_label(n: int) -> str:
    return f"{n:,} digits" if n == N_DIGITS else f"{n:,}"


def _seconds(value: float) -> str:
    return f"{value / 1000:.2f} s"


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms"


def _count(value: float) -> str:
    return f"{value:.0f}"
