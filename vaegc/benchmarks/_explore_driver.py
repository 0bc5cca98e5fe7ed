"""Interactions with Explore, timed to the painted canvas: a move of ε, a step of the film, another view of the same points.

The first two happen in the browser; another view takes a trip to the server and back.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vaegc.benchmarks._stage_driver import SCENE_TIMEOUT_MS, drag, wait_for_end_of_film
from vaegc.checks import check_int
from vaegc.errors import VaegcError

MAX_FILM_STEPS = 12  # each position of the pointer must be another frame
VIEWS = ("PCA of the start", "t-SNE of the start")
ALL_TOGETHER = "all together"
# The count of paintings alone would not do: a stage that was taken down and put up again counts anew.
REMEMBER_SCENE = "(canvas) => { canvas.player.seen = canvas.dataset.drawn; return canvas.player.version; }"
SCENE_CHANGED = """(canvas, version) => Boolean(canvas.dataset.drawn) && canvas.player.version !== version
  && canvas.dataset.drawn !== canvas.player.seen"""

Times = dict[str, list[float]]  # milliseconds by interaction


def add_count_options(parser: argparse.ArgumentParser, moves: int, views: int) -> None:
    """Add the options that say how much is measured."""
    parser.add_argument("--moves", type=int, default=moves, help=f"moves of ε, and up to {MAX_FILM_STEPS} steps of the film")
    parser.add_argument("--views", type=int, default=views, help="changes of the view")
    parser.add_argument("--browser", metavar="PATH", default=None, help="browser to drive (default: Chromium on the PATH)")


def check_counts(options: argparse.Namespace) -> None:
    """Raise `BadInput` for a number below 1."""
    for name in ("moves", "views"):
        check_int(getattr(options, name), f"--{name}", 1)


def open_explore(page: Any, address: str) -> None:
    """Open Explore and choose each view, so that both are cached from here on."""
    page.goto(address)
    page.get_by_test_id("stage").wait_for(timeout=SCENE_TIMEOUT_MS)
    for view in (*VIEWS, *VIEWS):
        choose_view(page, view)
    wait_for_end_of_film(page)


def time_interactions(page: Any, moves: int, views: int) -> Times:
    """Time each interaction on an open page, in milliseconds."""
    stage, frame = page.get_by_test_id("stage"), page.get_by_test_id("frame")
    wait_for_end_of_film(page)
    dragged = drag(page, page.get_by_test_id("epsilon"), stage, moves).times
    stepped = drag(page, frame, stage, min(moves, MAX_FILM_STEPS)).times
    frame.press("End")  # at its last frame the film is at rest
    # An even number of times, so that the next round begins with the other view.
    turned = [choose_view(page, VIEWS[i % 2]) for i in range(views + views % 2)]
    return {"a move of ε": dragged, "a step of the film": stepped, "another view": turned}


def choose_view(page: Any, view: str) -> float:
    """Choose a view; returns the milliseconds until its scene is first painted."""
    page.get_by_role("combobox", name="Seen through").click()
    option = page.get_by_role("option", name=view)
    option.wait_for()
    wait_for_end_of_film(page)
    page.wait_for_timeout(300)
    version = page.get_by_test_id("stage").evaluate(REMEMBER_SCENE)
    began = time.perf_counter()
    option.click()
    while not page.get_by_test_id("stage").evaluate(SCENE_CHANGED, version):
        if time.perf_counter() - began > SCENE_TIMEOUT_MS / 1000:
            raise VaegcError(f"The page did not show {view!r}.")
    return 1000 * (time.perf_counter() - began)


def merge_times(parts: Sequence[Times]) -> Times:
    """Join the times of several rounds."""
    return {what: [ms for part in parts for ms in part[what]] for what in parts[0]}


def table_rows(columns: Sequence[Mapping[str, Sequence[float]]]) -> list[str]:
    """Return the rows of a Markdown table: median and 95th percentile of each interaction, and of all."""
    lines = []
    for what in (*columns[0], ALL_TOGETHER):
        found = [np.concatenate(list(times.values())) if what == ALL_TOGETHER else np.asarray(times[what]) for times in columns]
        lines.append(
            f"| {what} | " + " | ".join(f"{np.median(ms):.0f} ms, {np.percentile(ms, 95):.0f} ms" for ms in found) + " |"
        )
    return lines
