"""The memory of the tab: what a thousand changes of ε and twenty of the scene leave behind once garbage is collected.

V8 counts its objects and the buffers of typed arrays apart; a scene is mostly the latter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from vaegc.benchmarks._stage_driver import SCENE_TIMEOUT_MS, open_stage, wait_for_end_of_film
from vaegc.benchmarks._stage_scripts import CHANGE_EPSILON, WAIT_UNTIL_REST
from vaegc.benchmarks.browser import VIEWPORT
from vaegc.errors import VaegcError

EPSILON_CHANGES = 1000
SCENE_CHANGES = 20  # even: the last scene is the first one again
GROWTH_TOLERANCE_MB = 1.0  # up to which memory is called stable
BYTES_PER_MB = 1e6

Memory = dict[str, float]  # by name: MB of the heap and of buffers, numbers of nodes and listeners


def measure(browser: Any, link: str, points: str) -> None:
    """Print the rows of one scene."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    _, epsilon = open_stage(page, link)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")

    def change_epsilon(count: int) -> None:
        epsilon.evaluate(CHANGE_EPSILON, count)

    def change_scene(count: int) -> None:
        for _ in range(count):
            _toggle_climb(page)
        wait_for_end_of_film(page)

    for what, change, warm, count in (
        ("changes of ε", change_epsilon, 100, EPSILON_CHANGES),
        ("changes of the scene", change_scene, SCENE_CHANGES, SCENE_CHANGES),
    ):
        before, after = _memory_around(page, session, change, warm, count)
        for name, old in before.items():
            _row(f"{count:,} {what}: {name}", points, old, after[name])
    context.close()


def _memory_around(page: Any, session: Any, change: Callable[[int], None], warm: int, count: int) -> tuple[Memory, Memory]:
    change(warm)  # by now the browser has compiled what runs often: V8 counts machine code as heap
    before = _memory(page, session)
    change(count)
    return before, _memory(page, session)


def _memory(page: Any, session: Any) -> Memory:
    page.get_by_test_id("stage").evaluate(WAIT_UNTIL_REST)
    for _ in range(2):  # what the first round lets go of may hold more
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(200)
    heap = session.send("Runtime.getHeapUsage")
    counts = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    found = {"JavaScript heap, MB": counts["JSHeapUsedSize"] / BYTES_PER_MB}
    if "backingStorageSize" in heap:  # older browsers do not tell
        found["buffers of arrays, MB"] = heap["backingStorageSize"] / BYTES_PER_MB
    return {**found, "nodes": counts["Nodes"], "event listeners": counts["JSEventListeners"]}


def _toggle_climb(page: Any) -> None:
    """Turn the climb on or off and wait until the other scene is drawn."""
    shown = "(canvas) => [canvas.player.version, canvas.dataset.drawn]"
    old, _ = page.get_by_test_id("stage").evaluate(shown)
    page.get_by_text("Climb the density").click()
    until = time.monotonic() + SCENE_TIMEOUT_MS / 1000
    drawn = None
    while drawn is None:
        version, count = page.get_by_test_id("stage").evaluate(shown)
        if version != old and count:
            drawn = count
        if time.monotonic() > until:
            raise VaegcError("The page did not show the other scene.")
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)


def _row(what: str, points: str, before: float, after: float) -> None:
    megabytes = what.endswith("MB")
    form = (lambda v: f"{v:.1f}") if megabytes else (lambda v: f"{v:.0f}")
    verdict = ("yes" if after - before <= GROWTH_TOLERANCE_MB else "no") if megabytes else ("yes" if after <= before else "no")
    print(f"| {what} | {points} | {form(before)} | {form(after)} | {after - before:+.1f} | {verdict} |", flush=True)
