"""Driver of the stage in a browser: waits, drags a slider move by move, plays films."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaegc.benchmarks._stage_scripts import EMPTY_CANVAS_PAGE, FILM_DRAWS, WAIT_UNTIL_REST, WATCH_INPUT

SCENE_TIMEOUT_MS = 400_000  # for a scene to be computed


@dataclass(frozen=True, slots=True)
class Drag:
    """Measurements of a drag along a slider."""

    times: list[float]  # milliseconds from each input to its painting
    work: list[float]  # milliseconds of the stage's own work in it; NaN where the page does not tell
    traffic: int  # WebSocket frames and requests that the page sent before the hand let go


class TrafficCounter:
    """Counter of what a page sends; create it before the page is opened."""

    def __init__(self, page: Any) -> None:
        self.count = 0
        page.on("websocket", lambda socket: socket.on("framesent", self._note))
        page.on("request", self._note)

    def _note(self, what: object) -> None:  # Playwright wants a listener with one parameter
        self.count += 1


def open_stage(page: Any, link: str) -> tuple[Any, Any]:
    """Open a link and wait until its film has ended and nothing moves; returns the stage and the ε slider."""
    page.goto(link)
    stage = page.get_by_test_id("stage")
    stage.wait_for(timeout=SCENE_TIMEOUT_MS)
    wait_for_end_of_film(page)
    stage.evaluate(WAIT_UNTIL_REST)
    return stage, page.get_by_test_id("epsilon")


def wait_for_end_of_film(page: Any) -> None:
    """Wait until the film that a new scene plays has reached its last frame."""
    frame = page.get_by_test_id("frame")
    last = frame.get_attribute("max")
    while frame.input_value() != last:
        page.wait_for_timeout(100)


def drag(page: Any, slider: Any, canvas: Any, moves: int, traffic_counter: TrafficCounter | None = None) -> Drag:
    """Move the pressed mouse along the slider, one paint of the canvas at a time."""
    slider.evaluate(f"(range, canvas) => ({WATCH_INPUT})(range, canvas)", canvas.element_handle())
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    places = np.linspace(0.2, 0.8, moves + 1) * box["width"] + box["x"]
    y = box["y"] + box["height"] * 0.8
    page.mouse.move(places[0], y)
    page.mouse.down()
    page.wait_for_timeout(300)  # what the first press changes is drawn
    page.evaluate("window.times.length = window.work.length = 0")
    before = traffic_counter.count if traffic_counter else 0
    for done, x in enumerate(places[1:], 1):
        page.mouse.move(x, y)
        page.wait_for_function("(done) => window.times.length >= done", arg=done)
    times, work = page.evaluate("[window.times, window.work]")
    traffic = traffic_counter.count - before if traffic_counter else 0
    page.mouse.up()
    return Drag(times, [float("nan") if w is None else w for w in work], traffic)


def empty_canvas_drag(context: Any, size: Sequence[int], moves: int) -> Drag:
    """The same drag on a page that only clears a canvas of the same size."""
    page = context.new_page()
    page.set_content(EMPTY_CANVAS_PAGE)
    canvas = page.locator("canvas")
    canvas.evaluate("(canvas, size) => { [canvas.width, canvas.height] = size; }", list(size))
    found = drag(page, page.locator("input"), canvas, moves)
    page.close()
    return found


def play_film(page: Any, speed: str) -> list[float]:
    """Play the film from its start to its end; the milliseconds at which it was drawn."""
    page.get_by_test_id("speed").select_option(speed)
    page.get_by_test_id("play").click()
    draws: list[float] = page.get_by_test_id("stage").evaluate(FILM_DRAWS)
    return draws


def frames_per_second(draws: Sequence[float]) -> list[float]:
    """Drawings in each whole second; of a film that is shorter, its rate."""
    at = np.asarray(draws) - draws[0]
    if at[-1] < 1000:
        return [1000 * (len(at) - 1) / at[-1]]
    return np.histogram(at, np.arange(0, at[-1] + 1e-9, 1000))[0].astype(float).tolist()
