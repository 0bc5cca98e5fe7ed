"""One app for the whole session, started by its real command, and a browser that reports every error of the page."""

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import vaegc
from vaegc import AscentConfig, Experiment, MapConfig, jobs
from vaegc.benchmarks._page_driver import COMPUTE_TIMEOUT_MS, wait_until_static
from vaegc.benchmarks.browser import Server, app_command, launch, started
from vaegc.errors import VaegcError
from vaegc.web.stage.scene_bytes import read_header, with_initial
from validity import valid_scene

VIEWPORT = {"width": 1400, "height": 1000}
FIND = """const find = (name, root = document) => root.querySelector(`[data-testid=${name}]`)
    ?? [...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? [find(name, e.shadowRoot)] : [])).find(Boolean);"""
RECORD = f"""() => {{
  {FIND}
  window.recorded = [];
  let frame;
  const note = () => {{
    frame = frame?.isConnected ? frame : find("frame");
    if (frame) window.recorded.push(frame.value);
    requestAnimationFrame(note);
  }};
  requestAnimationFrame(note);
}}"""
PAUSE = f"""(step) => new Promise((done) => {{
  {FIND}
  const [play, frame] = ["play", "frame"].map((name) => find(name));
  let pictures = 0;
  const look = () => {{
    if (++pictures > 10000) return done(false);
    if (Number(frame.value) <= step || frame.value === frame.max) return requestAnimationFrame(look);
    play.click();
    done(true);
  }};
  look();
}})"""
SOON = 60_000  # milliseconds in which a page shows what it does at once, on a busy machine
expect.set_options(timeout=SOON)
GAP = 0.1  # pixels around the side of a drawn box in which no point may lie: more than a link's grid rounds
HERE = Path(__file__).parent
AXE = HERE.parent / "js" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
# Streamlit does so where a page other than the first is opened.
LOOKS_FOR_ITS_BASE = re.compile(r"/\w+/_stcore/(health|host-config)$")
SPECS = {
    "digits": Experiment(),
    "uneven": Experiment(dataset="uneven", n=1000, model=None, ascent=AscentConfig(neighbors=0.04)),
    "solid": Experiment(space="pca", map=MapConfig(dim=3), model=None),
}


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def looks():
    """Settings of the browser for each way in which a page is looked at: light, dark, narrow."""
    return LOOKS


@pytest.fixture(scope="session")
def axe():
    """What axe-core finds serious on a page, by rule: the help, and the first places."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make test` installs it where npm is")
    script = AXE.read_text(encoding="utf-8")

    def serious(page):
        for play in page.get_by_test_id("play").all():
            expect(play).not_to_have_attribute("aria-label", "Pause", timeout=COMPUTE_TIMEOUT_MS)
        wait_until_static(page)  # what is half faded in, or changes while the film plays, has other colours
        page.evaluate(script)
        report = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        assert len(report["passes"]) > 5
        return {
            violation["id"]: (
                violation["help"],
                *(f"{node['target']}: {node['failureSummary']}" for node in violation["nodes"][:4]),
            )
            for violation in report["violations"]
            if violation["impact"] in ("serious", "critical")
        }

    return serious


@dataclass
class Stage:
    """A page with a stage on it, read as a person reads it."""

    RECORD = RECORD
    FIND = FIND
    page: Page
    sent: list = field(default_factory=list)  # every WebSocket message that the page sent
    errors: list = field(default_factory=list)

    def __post_init__(self):
        self.page.on("websocket", lambda socket: socket.on("framesent", self._sent))
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        self.page.on("console", self._heard)

    def _sent(self, message):  # Playwright cannot take the list's own append
        self.sent.append(message)

    def _heard(self, message):
        address = message.location.get("url", "")
        if message.type == "error" and not LOOKS_FOR_ITS_BASE.search(address):
            self.errors.append(f"console: {message.text} ({address})")

    def __getattr__(self, name):
        if name in ("canvas", "play", "frame", "epsilon"):
            return self.page.get_by_test_id("stage" if name == "canvas" else name)
        raise AttributeError(name)

    def open(self, address):
        self.page.goto(address)
        return self.wait()

    def wait(self):
        """Until the stage has drawn."""
        expect(self.canvas).to_have_attribute("data-drawn", re.compile(r"\d+"), timeout=COMPUTE_TIMEOUT_MS)
        return self

    def wait_for_end(self):
        expect(self.play).to_have_attribute("aria-label", "Play from the start", timeout=COMPUTE_TIMEOUT_MS)
        expect(self.frame).to_have_value(str(self.last))
        return self

    def is_playing(self):
        return self.play.get_attribute("aria-label") == "Pause"

    @property
    def at(self):
        return int(self.frame.input_value())

    @property
    def last(self):
        return int(self.frame.get_attribute("max"))

    @property
    def log_eps(self):
        return float(self.epsilon.input_value())

    @property
    def eps(self):
        return math.exp(self.log_eps)

    def number(self, name):
        """The plain number behind a readout; None where there is none."""
        text = self.page.get_by_test_id(name).get_attribute("data-value")
        return float(text) if text else None

    def numbers(self):
        return {name: self.number(name) for name in ("n-clusters", "n-counted", "noise", "acc", "nmi", "ari")}

    def picture(self):
        """What is on the canvas, as something to compare."""
        return self.canvas.evaluate("(canvas) => canvas.toDataURL()")

    def until(self, met, what="it"):
        """Wait until a condition is met, however long a busy machine takes; what hangs fails."""
        end = time.monotonic() + COMPUTE_TIMEOUT_MS / 1000
        while not met():
            assert time.monotonic() < end, f"{what} has not come"
            self.page.wait_for_timeout(50)

    def pause_beyond(self, step):
        """Press pause in the picture in which the film is beyond a step: a hand on a busy machine may come when it has ended."""
        assert self.page.evaluate(PAUSE, step), "the film did not come beyond this step"
        expect(self.play).not_to_have_attribute("aria-label", "Pause")
        self.settle()

    def record(self):
        """Have the page note the step of the film at every picture that it paints: `recorded` tells them in order."""
        self.page.evaluate(RECORD)

    def recorded(self):
        steps = [int(step) for step in self.page.evaluate("window.recorded")]
        return [step for i, step in enumerate(steps) if i == 0 or step != steps[i - 1]]

    def settle(self):
        """Until what was asked for before has been drawn."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
        )

    def rest(self, milliseconds=150):
        """Until what the stage puts off while the hand moves is done: the page's timers end in their order, however busy it is."""
        self.settle()
        self.page.evaluate("(milliseconds) => new Promise((done) => setTimeout(done, milliseconds))", milliseconds)
        self.settle()

    def set(self, *, frame=None, log_eps=None):
        """Set controls as a hand does that does not let go: input without change."""
        for control, value in ((self.frame, frame), (self.epsilon, log_eps)):
            if value is not None:
                control.evaluate(
                    "(range, value) => { range.value = value; range.dispatchEvent(new Event('input', { bubbles: true })); }",
                    repr(value),
                )
        self.settle()

    def control(self, name):
        return self.page.get_by_test_id(name)

    def menu(self, name, *controls):
        """Open a menu, tick or press what is in it, and close it."""
        self.control(name).click()
        for control in controls:
            self.control(control).click()
        self.control(name).click()
        self.settle()

    def peek(self, expression):
        """What the stage's own objects say, given as JavaScript that knows `player`."""
        return self.canvas.evaluate(f"(canvas) => {{ const {{ player }} = canvas; return {expression}; }}")

    def look(self):
        return self.peek("player.viewState()")

    @property
    def labels(self):
        """(N,) of the cut that is drawn; -1 is noise."""
        return np.array(self.peek("[...player.state.labels]"))

    @property
    def selected(self):
        """Numbers of the selected points."""
        return np.flatnonzero(self.peek("[...(player.selection.mask ?? [])]"))

    def count(self):
        """Wait for the panel: the number of selected points that can be read; 0 where the panel is not there."""
        self.rest()  # the panel waits until the hand does
        return int(self.control("selection-count").get_attribute("data-value")) if self.control("selection").is_visible() else 0

    def places(self, picture="picture"):
        """(N, 2) where the points are drawn, CSS pixels of the canvas."""
        found = self.peek(
            f"[player.{picture}.xs, player.{picture}.ys].map((a) => Array.from(a, (v) => v / player.{picture}.ratio))"
        )
        return np.array(found).T

    def hand(self, x, y, canvas="stage"):
        """Page coordinates of a place on a canvas."""
        box = self.control(canvas).bounding_box()
        return float(box["x"] + x), float(box["y"] + y)

    def point(self, x, y, canvas="stage"):
        self.control(canvas).scroll_into_view_if_needed()
        self.page.mouse.move(*self.hand(x, y, canvas))
        self.settle()

    def click(self, x, y, canvas="stage", keys=(), times=1):
        self.control(canvas).scroll_into_view_if_needed()
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.click(*self.hand(x, y, canvas), click_count=times)
        for key in keys:
            self.page.keyboard.up(key)
        self.settle()

    def drag(self, corners, canvas="stage", keys=()):
        """Press at the first corner, pass the others, let go at the last."""
        self.control(canvas).scroll_into_view_if_needed()
        for key in keys:
            self.page.keyboard.down(key)
        self.page.mouse.move(*self.hand(*corners[0], canvas))
        self.page.mouse.down()
        for corner in corners[1:]:
            self.page.mouse.move(*self.hand(*corner, canvas), steps=10)
        self.page.mouse.up()
        for key in keys:
            self.page.keyboard.up(key)
        self.settle()

    @property
    def size(self):
        """Width and height of the picture, CSS pixels."""
        return np.array(self.peek("[player.picture.width, player.picture.height]"))

    def lonely(self):
        """A point near the middle whose neighbours are far, and where it is."""
        places = self.places()
        central = np.flatnonzero((np.abs(places - self.size / 2) < self.size / 6).all(axis=1))
        gaps = [np.sort(np.hypot(*(places - places[i]).T))[1] for i in central]
        point = int(central[np.argmax(gaps)])
        return point, places[point]

    def grip(self):
        """Page coordinates of the ε slider: left, width, and the height of its thumb."""
        self.epsilon.scroll_into_view_if_needed()
        box = self.epsilon.bounding_box()
        return box["x"], box["width"], box["y"] + 0.8 * box["height"]


def box_around(places, left, right, top, bottom):
    """Two corners of a box near the wanted sides, on which no point lies, and the numbers of the points in it."""

    def free(values, near):
        sides = near + np.array(sorted(range(-40, 41), key=abs))
        return int(next(side for side in sides if np.abs(values - side).min() > GAP))

    low = (free(places[:, 0], left), free(places[:, 1], top))
    high = (free(places[:, 0], right), free(places[:, 1], bottom))
    inside = (places > low).all(axis=1) & (places < high).all(axis=1)
    assert 0 < inside.sum() < len(places)
    return [low, high], np.flatnonzero(inside)


@pytest.fixture(scope="session")
def box():
    return box_around


@dataclass
class Shown:
    """An experiment as a stand-alone page that opens at its last step, and what Python knows of it."""

    spec: Experiment
    packed: bytes
    address: str

    @cached_property
    def result(self):
        return self.spec.run()

    @cached_property
    def header(self):
        return read_header(self.packed)

    @cached_property
    def y(self):
        return self.result.dataset.y

    def sweep(self, frame=-1):
        return self.result.trajectory.sweep(frame, self.spec.clustering.min_samples)

    @cached_property
    def positions(self):
        """(T, N, dim) where the points are, to the width of a 65535th."""
        return np.asarray(self.result.scene().positions, float)

    def on_canvas(self, stage, frame):
        """(N, 2) where the points of a 2-D scene belong on the fresh stage, CSS pixels: fitted around the middle."""
        width, height, scale = stage.peek(
            "[player.picture.width, player.picture.height, player.picture.view.scale / player.picture.ratio]"
        )
        low, high = self.positions.min(axis=(0, 1)), self.positions.max(axis=(0, 1))
        return (self.positions[frame] - (low + high) / 2) * [scale, -scale] + [width / 2, height / 2]


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """A folder of its own for cache, runs, log and pages; the tests' own experiments share the app's cache."""
    folder = tmp_path_factory.mktemp("app")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAEGC_CACHE", str(folder / "cache"))
        patch.setenv("VAEGC_RUNS", str(folder / "runs"))
        patch.setenv("VAEGC_MAX_UPLOAD_MB", "5")  # so that a file over the limit is quickly made
        yield folder
        for job in jobs.jobs():  # they outlive the app
            jobs.kill(job)


@pytest.fixture
def ended():
    """Ends the jobs of a test, whatever happened in it."""
    before = {job.id for job in jobs.jobs()}
    yield
    for job in jobs.jobs():
        if job.id not in before:
            jobs.kill(job)


@pytest.fixture(scope="session")
def server(home) -> Iterator[Server]:
    with started(app_command(), home, "app") as running:
        yield running


@pytest.fixture(scope="session")
def app(server):
    return server.address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            started = launch(playwright)
        except VaegcError as error:
            pytest.fail(str(error), pytrace=False)
        yield started
        started.close()


@pytest.fixture(scope="session")
def shown(home):
    """Stand-alone pages of experiments, each made once."""
    made = {}

    def make(name, spec=None, **begin):
        key = (name, *begin.items())
        if key not in made:
            spec = spec or SPECS[name]
            packed = valid_scene(spec.packed_scene())
            opened = with_initial(packed, **{"frame": len(read_header(packed)["steps"]) - 1, **begin})
            target = home / f"{name}-{len(made)}.html"
            vaegc.show(opened, target)
            made[key] = Shown(spec, packed, target.as_uri())
        return made[key]

    return make


@pytest.fixture(scope="module")
def tab(browser):
    """One open tab for a module's stand-alone pages."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(SOON)
    yield Stage(context.new_page())
    context.close()


@pytest.fixture
def opened(tab, shown):
    """Opens a stand-alone page afresh; the test fails if the page reports an error."""

    def make(name, **begin):
        tab.page.mouse.move(0, 0)
        tab.page.set_viewport_size(VIEWPORT)
        tab.errors.clear()
        tab.page.goto(shown(name, **begin).address)
        tab.page.wait_for_function("document.querySelector('[data-testid=stage]')?.dataset.drawn")
        tab.settle()
        return tab

    yield make
    assert not tab.errors, "\n".join(tab.errors)


@pytest.fixture
def digits(opened):
    return opened("digits")


@pytest.fixture
def known(shown):
    """What Python knows of the digits' page."""
    return shown("digits")


@pytest.fixture
def visit(browser):
    """Opens pages in contexts of their own, or tabs of a given one; the test fails if any of them reported an error."""
    opened = []

    def make(shared=None, **options):
        context = shared or browser.new_context(**{"viewport": VIEWPORT, **options})
        context.set_default_timeout(SOON)
        stage = Stage(context.new_page())
        opened.append((stage.page if shared else context, stage))
        return stage

    yield make
    errors = [error for _, stage in opened for error in stage.errors]
    for closes, _ in opened:
        closes.close()
    assert not errors, "\n".join(errors)


@pytest.fixture
def page(visit):
    return visit()


@pytest.fixture(scope="module")
def explored(browser, app):
    """One open page for tests that only look and move, its film at the end; they may leave any ε and step behind."""
    context = browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(SOON)
    stage = Stage(context.new_page()).open(app).wait_for_end()
    yield stage
    context.close()


@pytest.fixture
def stage(explored):
    """The open page at its last step, paused; fails the test if the page reports an error meanwhile."""
    explored.errors.clear()
    explored.page.mouse.move(0, 0)
    explored.set(frame=explored.last)
    explored.rest()
    yield explored
    assert not explored.errors, "\n".join(explored.errors)
