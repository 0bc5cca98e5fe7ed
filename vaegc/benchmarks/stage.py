"""The stage in a real Chromium: first picture, time from input to paint, silence on the wire, and a rival in the same run.

A time to paint ends in a task posted from the animation frame that drew, so the browser's own painting is included; the floor is
measured the same way on a page that only clears a canvas of the same size.
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

from vaegc.benchmarks import rival
from vaegc.benchmarks.browser import SCREEN, app_command, launch, served
from vaegc.errors import BadInput, VaegcError

NO_DRIVER = "This benchmark needs Playwright; get it with `pip install 'vaegc[bench]'`."
SCENES = {"digits, 1,797 points": "", "blobs, 10,000 points": "dataset=blobs&n=10000&model=off"}
FIRST_COMPUTATION = 400_000  # milliseconds that a scene may take to be computed
FILM_SECONDS = 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--runs", type=int, default=5, help="cold openings of the page")
    parser.add_argument("--moves", type=int, default=25, help="moves of ε per scene")
    parser.add_argument("--skip-rival", action="store_true", help="leave out Plotly with Streamlit's own slider")
    parser.add_argument("--browser", metavar="PATH", default=None, help="browser to drive (default: Chromium on the PATH)")


def main(options: argparse.Namespace) -> None:
    """Measure and print a Markdown table."""
    for name in ("runs", "moves"):
        if getattr(options, name) < 1:
            raise BadInput(f"--{name} must be at least 1; got {getattr(options, name)}.")
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise BadInput(NO_DRIVER) from None

    with tempfile.TemporaryDirectory(prefix="vaegc-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        os.environ["VAEGC_CACHE"] = str(folder / "cache")  # a fresh cache, shared with the app: nothing is found by luck
        browser = launch(playwright, options.browser)
        try:
            with served(app_command(), folder, "app") as address:
                print(facts(browser.version), flush=True)
                print("\n| what | scene | median | p95 |\n|---|---|---:|---:|", flush=True)
                _openings(browser, address, options.runs)
                for scene, query in SCENES.items():
                    _hand(browser, f"{address}/?{query}", scene, query, options, folder)
        except Error as error:
            raise VaegcError(f"The browser did not do what it was asked: {str(error).splitlines()[0]}") from None
        finally:
            browser.close()


def facts(browser_version: str) -> str:
    """One line on what ran where."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("vaegc", "streamlit", "plotly", "playwright"))
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), headless Chromium {browser_version}, "
        f"window {SCREEN['width']} × {SCREEN['height']}, Python {platform.python_version()}, {versions}"
    )


# --- what is measured ------------------------------------------------------------------------------------------------

# Runs before the page's own scripts: keeps the shadow roots, so that looking for the stage costs nothing, and notes two moments.
WATCH_OPENING = """
const roots = [], attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) { const root = attach.call(this, how); roots.push(root); return root; };
const find = (id) => { for (const root of roots) { const e = root.querySelector(`[data-testid=${id}]`); if (e) return e; } return null; };
const afterPaint = (act) => { const c = new MessageChannel(); c.port1.onmessage = act; c.port2.postMessage(0); };
window.opening = {};
let first = 0;
const look = () => {
  const canvas = find("stage"), drawn = Number(canvas?.dataset.drawn ?? 0);
  if (drawn > 0 && !first) { first = drawn; afterPaint(() => { window.opening.painted = performance.now(); }); }
  if (first && drawn > first && Number(find("frame").value) > 0) {
    afterPaint(() => { window.opening.moved = performance.now(); });
    return;
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""

# Installed after the stage's own listeners, so that its animation frame comes first and ours of the same frame sees what it drew.
WATCH_INPUT = """
(range, canvas) => {
  window.times = [];
  range.addEventListener("input", (event) => {
    const before = canvas.dataset.drawn;
    const look = () => {
      if (canvas.dataset.drawn === before) return requestAnimationFrame(look);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.times.push(performance.now() - event.timeStamp);
      channel.port2.postMessage(0);
    };
    requestAnimationFrame(look);
  });
}
"""

FLOOR_PAGE = """
<body style="margin:0"><canvas style="display:block"></canvas><input type="range" min="0" max="1" step="any" style="width:1000px">
<script>
const canvas = document.querySelector("canvas"), context = canvas.getContext("2d", { alpha: false });
let request = 0;
document.querySelector("input").addEventListener("input", () => {
  request ||= requestAnimationFrame(() => {
    request = 0;
    context.clearRect(0, 0, canvas.width, canvas.height);
    canvas.dataset.drawn = String(Number(canvas.dataset.drawn || 0) + 1);
  });
});
</script>
"""

FILM_RATE = """
async (canvas, seconds) => {
  const begin = performance.now(), drawn = Number(canvas.dataset.drawn);
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  return 1000 * (Number(canvas.dataset.drawn) - drawn) / (performance.now() - begin);
}
"""


def _row(what: str, scene: str, values: Sequence[float], form: Callable[[float], str]) -> float:
    middle = float(np.median(values))
    high = form(float(np.percentile(values, 95))) if len(values) > 1 else ""
    print(f"| {what} | {scene} | {form(middle)} | {high} |", flush=True)
    return middle


def _seconds(value: float) -> str:
    return f"{value / 1000:.2f} s"


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms"


def _openings(browser: Any, address: str, runs: int) -> None:
    scene = next(iter(SCENES))
    found: list[dict[str, float]] = []
    for run in range(runs + 1):
        context = browser.new_context(viewport=SCREEN)
        page = context.new_page()
        page.add_init_script(WATCH_OPENING)
        page.goto(address)
        page.wait_for_function("window.opening.moved", timeout=FIRST_COMPUTATION)
        if run > 0:  # the first one warms the server
            found.append(page.evaluate("window.opening"))
        context.close()
    _row(f"opening, cold browser, {runs} runs: first picture", scene, [f["painted"] for f in found], _seconds)
    _row(f"opening, cold browser, {runs} runs: points move", scene, [f["moved"] for f in found], _seconds)


def _hand(browser: Any, link: str, scene: str, query: str, options: argparse.Namespace, folder: Path) -> None:
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    sent: list[object] = []

    def note(message: object) -> None:  # Playwright cannot take the list's own append
        sent.append(message)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    page.goto(link)
    stage, slider = page.get_by_test_id("stage"), page.get_by_test_id("epsilon")
    stage.wait_for(timeout=FIRST_COMPUTATION)
    wait_for_end_of_film(page)
    page.wait_for_timeout(1000)

    slider.evaluate(f"(range, canvas) => ({WATCH_INPUT})(range, canvas)", stage.element_handle())
    times, in_drag = drag(page, slider, options.moves, sent)
    size = stage.evaluate("(canvas) => [canvas.width, canvas.height]")
    floor = _floor(context, size, options.moves)
    ours = _row(f"ε: from input to paint, {options.moves} moves", scene, times, _milliseconds)
    _row("the same on an empty canvas (floor)", scene, floor, _milliseconds)
    _row("WebSocket frames sent during the drag", scene, [in_drag], lambda v: f"{v:.0f}")

    page.wait_for_timeout(1000)  # letting go is what the page does report
    before = len(sent)
    page.get_by_test_id("play").click()
    rate = stage.evaluate(f"(canvas) => ({FILM_RATE})(canvas, {FILM_SECONDS})")
    _row(f"film, {FILM_SECONDS} s: frames per second", scene, [rate], lambda v: f"{v:.0f}")
    _row(f"film, {FILM_SECONDS} s: WebSocket frames sent", scene, [len(sent) - before], lambda v: f"{v:.0f}")
    context.close()
    if not options.skip_rival:
        slow = rival.measure(browser, query, options.moves, folder)
        theirs = _row(f"rival: slider release to changed Plotly chart, {options.moves} moves", scene, slow, _milliseconds)
        print(f"| rival / stage, of the medians | {scene} | {theirs / ours:.0f} × | |", flush=True)


def wait_for_end_of_film(page: Any) -> None:
    """Wait until the film that a new scene plays has reached its last frame."""
    frame = page.get_by_test_id("frame")
    last = frame.get_attribute("max")
    while frame.input_value() != last:
        page.wait_for_timeout(100)


def drag(page: Any, slider: Any, moves: int, sent: Sequence[object]) -> tuple[list[float], int]:
    """Move the pressed mouse along the slider, one paint at a time; milliseconds, and frames sent before letting go."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    places = np.linspace(0.2, 0.8, moves + 1) * box["width"] + box["x"]
    y = box["y"] + box["height"] * 0.8
    before = len(sent)
    page.mouse.move(places[0], y)
    page.mouse.down()
    page.wait_for_timeout(100)
    page.evaluate("window.times.length = 0")
    for done, x in enumerate(places[1:], 1):
        page.mouse.move(x, y)
        page.wait_for_function("(done) => window.times.length >= done", arg=done)
    times = page.evaluate("window.times")
    during = len(sent) - before
    page.mouse.up()
    return times, during


def _floor(context: Any, size: Sequence[int], moves: int) -> list[float]:
    page = context.new_page()
    page.set_content(FLOOR_PAGE)
    canvas, slider = page.locator("canvas"), page.locator("input")
    canvas.evaluate("(canvas, size) => { [canvas.width, canvas.height] = size; }", size)
    slider.evaluate(f"(range, canvas) => ({WATCH_INPUT})(range, canvas)", canvas.element_handle())
    times, _ = drag(page, slider, moves, ())
    page.close()
    return times
