"""Choose K in a real browser: the picture, what is clicked in it, what is computed before one's eyes, and who can use it."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from vaegc import Experiment, jobs
from vaegc.benchmarks._page_driver import COMPUTE_TIMEOUT_MS, switch_page, visit_page, wait_for_rerun
from vaegc.selection.choose import cached_choice
from vaegc.ui.choose.verdict import number_words

LONG = COMPUTE_TIMEOUT_MS
TOY = "dataset=blobs&model=off&n=300&ascent.steps=4&seed=5"
# Everything that is behind a shadow root, by its test id.
DEEP = """(id) => [...document.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? [...e.shadowRoot.querySelectorAll(`[data-testid=${id}]`)] : []))[0]"""


@pytest.fixture(scope="module")
def known():
    """The choice that is shipped."""
    choice = cached_choice(Experiment())
    assert choice is not None
    return choice


def open_page(tab, app, query=""):
    visit_page(tab, app, "Choose_K" + (f"?{query}" if query else ""))
    expect(tab.get_by_test_id("choice")).to_have_attribute("data-drawn", re.compile(r"\d+"), timeout=LONG)
    wait_for_rerun(tab)
    tab.get_by_test_id("choice").evaluate("(canvas) => canvas.scrollIntoView({ block: 'center' })")


def readout(tab):
    return tab.get_by_test_id("choice-readout")


def place(tab):
    """The row and the sample of the crosshair."""
    return tuple(int(readout(tab).get_attribute(f"data-{name}")) for name in ("row", "sample"))


def steps_in(tab, wanted):
    """Move the crosshair to a step by the keyboard."""
    picture = tab.get_by_test_id("choice")
    picture.focus()
    picture.press("Home")
    for _ in range(wanted):
        picture.press("ArrowRight")


def explored(stage, frame, eps, counted):
    """Explore shows this frame and ε, and counts as many clusters there."""
    stage.page.wait_for_function("() => document.title.startsWith('Explore')", timeout=LONG)
    stage.wait()
    expect(stage.frame).to_have_value(str(frame), timeout=LONG)
    assert stage.eps == pytest.approx(eps, rel=1e-6)
    stage.settle()
    assert stage.number("n-counted") == counted
    wait_for_rerun(stage.page)
    expect(stage.page).to_have_url(re.compile(rf"[?&]frame={frame}(&|$)"))


def test_the_shipped_digits_show_their_diagrams_soon(page, app, known):
    tab = page.page
    open_page(tab, app)  # libraries are loaded now
    tab.goto(f"{app}/Choose_K")
    expect(tab.get_by_test_id("choice")).to_have_attribute("data-drawn", str(len(known.steps)), timeout=LONG)
    expect(tab.get_by_test_id("verdict-k")).to_have_text(number_words(known.verdict)[0])
    expect(tab.locator(".choice-headline")).to_have_text(known.verdict.headline)
    expect(tab.locator(".choice-votes tbody tr")).to_have_count(7)
    cells = tab.get_by_test_id("choice-cells").get_by_role("button")
    expect(cells).to_have_count(len(known.bandwidth_cells))
    expect(tab.get_by_test_id("stAlert")).to_have_count(0)


def test_what_is_under_the_pointer_is_read_out_and_opened(page, app, known):
    tab = page.page
    open_page(tab, app)
    box = tab.get_by_test_id("choice").bounding_box()
    tab.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 0.5 * box["height"])
    row, sample = place(tab)
    assert 0 < row < len(known.steps) - 1
    step_sweep = known.step_sweeps[row]
    counted, eps = int(step_sweep.n_clusters[sample]), float(known.eps[sample])
    words = f"Step {known.steps[row]}, ε = {eps:#.3g}: {counted} cluster{'' if counted == 1 else 's'}, "
    expect(readout(tab)).to_have_text(re.compile(re.escape(words)))
    tab.mouse.down()
    tab.mouse.up()
    explored(page, known.frames[known.steps[row]], eps, counted)
    tab.go_back()


def test_the_sweeps_beside_the_plane_open_its_ends(page, app, known):
    tab = page.page
    open_page(tab, app)
    box = tab.get_by_test_id("choice").bounding_box()
    tab.mouse.move(box["x"] + 120, box["y"] + 0.3 * box["height"])
    assert place(tab)[0] == 0
    tab.mouse.move(box["x"] + 0.78 * box["width"], box["y"] + 0.7 * box["height"])
    row, sample = place(tab)
    assert row == len(known.steps) - 1
    tab.mouse.click(box["x"] + 0.78 * box["width"], box["y"] + 0.7 * box["height"])
    explored(page, known.frames[known.steps[-1]], float(known.eps[sample]), int(known.step_sweeps[-1].n_clusters[sample]))


def test_the_keyboard_does_the_same(page, app, known):
    tab = page.page
    open_page(tab, app)
    picture = tab.get_by_test_id("choice")
    steps_in(tab, 3)
    row, sample = place(tab)
    assert row == 3
    for key, moved in (("ArrowUp", 1), ("Shift+ArrowDown", -10), ("Shift+ArrowUp", 10), ("ArrowDown", -1)):
        before = place(tab)[1]
        picture.press(key)
        assert place(tab) == (3, before + moved)
    assert place(tab) == (3, sample)
    picture.press("End")
    assert place(tab)[0] == len(known.steps) - 1
    picture.press("PageUp")
    changed = place(tab)[1]
    counted = known.step_sweeps[-1].n_clusters
    assert changed > sample
    assert counted[changed] != counted[changed - 1]
    expect(tab.get_by_test_id("choice-live")).to_have_text(readout(tab).inner_text())
    steps_in(tab, 12)
    sample = place(tab)[1]
    picture.press("Enter")
    explored(page, known.frames[known.steps[12]], float(known.eps[sample]), int(known.step_sweeps[12].n_clusters[sample]))


def test_a_field_opens_its_own_state(page, app, known, ended):
    tab = page.page
    open_page(tab, app)
    cell = next(one for one in known.bandwidth_cells if one.neighbors == 0.08 and one.step == 30)
    field = tab.get_by_test_id("choice-cells").get_by_role("button", name=re.compile("^Bandwidth 8 %, step 30: "))
    expect(field).to_contain_text(str(cell.suggestion.n_clusters))
    field.focus()
    field.press("ArrowLeft")
    expect(tab.get_by_test_id("choice-cells").get_by_role("button", name=re.compile("^Bandwidth 8 %, step 20: "))).to_be_focused()
    field.click()
    explored(page, 30, cell.suggestion.eps, cell.suggestion.n_clusters)
    expect(tab).to_have_url(re.compile(r"ascent\.neighbors=0\.08"))


def test_the_verdict_opens_where_it_is_seen(page, app, known):
    tab = page.page
    open_page(tab, app)
    tab.locator(".st-key-open-verdict").get_by_role("button").click()
    tab.wait_for_function("() => document.title.startsWith('Explore')")
    page.wait()
    wait_for_rerun(tab)
    expect(page.control("n-counted")).to_have_attribute("data-value", str(known.verdict.n_clusters))


def test_what_takes_long_is_computed_when_it_is_asked_for_and_again_after_a_cancel(page, app, ended):
    tab = page.page
    visit_page(tab, app, "Choose_K?dataset=blobs&model=off&n=20000")
    rest = tab.locator(".st-key-choice-rest")
    expect(rest).to_contain_text("to compute here", timeout=LONG)
    for key in ("choice-compute", "compute"):
        tab.locator(f".st-key-{key}").get_by_role("button").click()
        expect(rest).to_contain_text("Computing the diagrams of 20,000 points", timeout=LONG)
        tab.locator(".st-key-stop_waiting").get_by_role("button").click()
        expect(rest).to_contain_text("Cancelled.", timeout=LONG)


def test_a_toy_is_computed_before_ones_eyes_and_the_page_may_be_left(page, app, ended):
    tab = page.page
    visit_page(tab, app, f"Choose_K?{TOY}")
    expect(tab.get_by_test_id("stProgress")).to_be_visible(timeout=LONG)
    expect(tab.locator(".st-key-waiting, .st-key-choice-rest")).to_contain_text(
        "Computing the diagrams of 300 points", timeout=LONG
    )
    picture = tab.get_by_test_id("choice")
    expect(picture).to_have_attribute("data-drawn", re.compile(r"\d"), timeout=LONG)
    tab.evaluate(f"window.drawn = ({DEEP})('choice')")
    switch_page(tab, "Data")
    (job,) = [job for job in jobs.jobs() if job.command[0] == "choose" and "seed=5" in " ".join(job.command)]
    assert jobs.state(job).status in {"running", "done"}  # not cancelled since one left
    switch_page(tab, "Choose K")
    expect(picture).to_have_attribute("data-drawn", re.compile(r"\d"), timeout=LONG)
    tab.evaluate(f"window.drawn = ({DEEP})('choice')")
    expect(tab.get_by_test_id("verdict-k")).to_have_text(re.compile(r"^(\d+\??|\?)$"), timeout=LONG)  # without a touch
    expect(tab.get_by_test_id("stProgress")).to_have_count(0, timeout=LONG)
    expect(picture).to_have_attribute("data-drawn", "5")
    expect(tab.get_by_test_id("choice-cells").get_by_role("button", disabled=True)).to_have_count(0)
    assert tab.evaluate(f"window.drawn === ({DEEP})('choice')"), "the picture was taken down and put up again"
    expect(tab).to_have_url(re.compile("dataset=blobs"))


def test_the_picture_is_saved_as_a_file(page, app):
    tab = page.page
    open_page(tab, app)
    with tab.expect_download() as waiting:
        tab.get_by_test_id("choice-save").click()
    assert waiting.value.suggested_filename == "choice.png"
    from PIL import Image

    with Image.open(waiting.value.path()) as image:
        assert image.width == 2800
        assert len(np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3)[::97], axis=0)) > 10


def test_a_finger_looks_first_and_opens_by_the_button(visit, app, looks, known):
    stage = visit(**looks["narrow"])
    tab = stage.page
    open_page(tab, app)
    picture = tab.get_by_test_id("choice")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    before = place(tab)
    tab.touchscreen.tap(box["x"] + 0.6 * box["width"], box["y"] + 180)
    stage.until(lambda: place(tab) != before, "the tap")
    row, sample = place(tab)
    assert 5 < row < 28
    assert "Choose_K" in tab.url
    tab.get_by_test_id("choice-open").click()
    explored(stage, known.frames[known.steps[row]], float(known.eps[sample]), int(known.step_sweeps[row].n_clusters[sample]))


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_nothing_overflows_and_axe_finds_nothing_serious(visit, app, axe, looks, look):
    tab = visit(**looks[look]).page
    open_page(tab, app)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = tab.evaluate(
        """() => {
          const main = document.querySelector("[data-testid=stMainBlockContainer]"), right = main.getBoundingClientRect().right + 1;
          const inside = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? inside(e.shadowRoot) : [])]);
          return inside(main).filter((e) => e.getBoundingClientRect().right > right && getComputedStyle(e).position !== "absolute")
            .map((e) => `${e.tagName}.${e.className}`);
        }"""
    )
    assert wide == []
    assert axe(tab) == {}
