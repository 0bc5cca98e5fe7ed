"""Where Python takes part: links that open exactly this view, decoded pictures of a clicked point, silence while the hand moves."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from vaegc.benchmarks._page_driver import wait_for_rerun, wait_until_static
from vaegc.experiment import Experiment
from vaegc.generation.decoding import point_pictures

GREYS = """
(canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0)
"""


@pytest.fixture(scope="module")
def result():
    return Experiment().run()


def make_view(stage):
    stage.settle()
    return {
        "frame": stage.at,
        "eps": stage.peek("player.eps"),
        "look": stage.look(),
        "selected": stage.selected.tolist(),
        "count": stage.count(),
        "colour": stage.control("colour").input_value(),
        "policy": stage.control("policy").input_value(),
        "numbers": stage.numbers(),
    }


def arrange(stage):
    """Zoom, colours, marks, a lasso, a policy, a step and ε as a person sets them."""
    stage.set(frame=6)
    stage.frame.dispatch_event("change")
    stage.set(log_eps=stage.log_eps + 0.7)
    stage.epsilon.dispatch_event("change")
    stage.point(420, 260)
    stage.page.mouse.wheel(0, -200)
    stage.settle()
    stage.control("colour").select_option("truth")
    stage.control("policy").select_option("ignore")
    stage.menu("show-menu", "symbols", "contours", "table-toggle")
    stage.control("tool-lasso").click()
    stage.drag([(250, 120), (560, 140), (600, 380), (260, 420), (250, 120)])


def link_of(stage):
    """The address once it holds the whole view."""
    look = re.escape(stage.look())
    expect(stage.page).to_have_url(re.compile(rf"[?&]look={look}(&|$)"))
    return stage.page.url


def test_a_link_opens_exactly_this_view(visit, app):
    first = visit().open(f"{app}/?frame=30")
    arrange(first)
    link = link_of(first)
    assert len(link) < 1000
    view = make_view(first)
    assert view["count"] == len(view["selected"]) > 20
    first.point(-3, -3)
    second = visit().open(link)
    wait_until_static(second.page)
    second.point(-3, -3)
    assert make_view(second) == view
    assert second.picture() == first.picture()
    assert not second.is_playing()
    for name in ("symbols", "contours", "table-toggle"):
        second.control("show-menu").click()
        expect(second.control(name)).to_be_checked()
        second.control("show-menu").click()
    expect(second.control("table-points")).to_be_visible()


def test_a_reload_keeps_the_view(page, app):
    page.open(f"{app}/?frame=30")
    page.set(frame=12)
    page.frame.dispatch_event("change")
    page.menu("show-menu", "split")
    page.control("cluster-chip").first.click()
    page.count()
    link_of(page)
    view = make_view(page)
    page.page.reload()
    page.wait()
    assert make_view(page) == view


def test_a_look_that_is_not_ours_is_left_out(visit, app):
    broken = visit().open(f"{app}/?frame=3&look=z9~aAAAA~cnothing")
    assert (broken.at, broken.look()) == (3, "")
    refused = visit().open(f"{app}/?look=%3Cscript%3E")
    expect(refused.page.get_by_test_id("stAlert")).to_contain_text("This link cannot be opened")


def test_the_link_can_be_copied(visit, app):
    stage = visit(permissions=["clipboard-read", "clipboard-write"]).open(f"{app}/?frame=30")
    stage.control("colour").select_option("density")
    stage.control("save-menu").click()
    stage.control("copy-link").click()
    expect(stage.control("save-note")).to_contain_text("Copied")
    copied = stage.page.evaluate("navigator.clipboard.readText()")
    assert copied == stage.page.url
    assert "look=cdensity" in copied


def test_nothing_is_sent_while_the_hand_zooms_draws_and_scrubs(page, app):
    page.open(f"{app}/?frame=30")
    wait_for_rerun(page.page)
    before, link = len(page.sent), page.page.url
    pictures = set()
    for x in (300, 380, 460):
        page.point(x, 250)
        page.page.mouse.wheel(0, -120)
        page.settle()
        pictures.add(page.picture())
    assert len(pictures) == 3
    assert (len(page.sent), page.page.url) == (before, link)
    page.control("tool-lasso").click()  # the pointer leaves the picture: the link follows
    link_of(page)
    wait_for_rerun(page.page)
    before, link = len(page.sent), page.page.url
    page.page.mouse.move(*page.hand(300, 150))
    page.page.mouse.down()
    page.page.mouse.move(*page.hand(500, 300), steps=10)
    page.settle()
    assert (len(page.sent), page.page.url) == (before, link)
    page.page.mouse.up()
    link_of(page)
    page.control("heat").scroll_into_view_if_needed()
    heat = page.control("heat").bounding_box()
    page.page.mouse.move(heat["x"] + 200, heat["y"] + 10)
    wait_for_rerun(page.page)
    before = len(page.sent)
    page.page.mouse.down()
    for step in range(1, 8):
        page.page.mouse.move(heat["x"] + 200 + 30 * step, heat["y"] + 10 + 8 * step)
        page.settle()
    assert len(page.sent) == before
    page.page.mouse.up()
    expect(page.page).to_have_url(re.compile(rf"frame={page.at}(&|$)"))


def test_a_clicked_point_is_decoded_at_its_step(page, app, result):
    page.open(f"{app}/?frame=30")
    page.set(frame=0)
    page.frame.dispatch_event("change")
    point, place = page.lonely()
    page.click(*place)
    card = page.control("pinned")
    expect(card).to_contain_text(f"point {point:,}")
    for frame in (0, 11, 30):
        page.set(frame=frame)
        page.frame.dispatch_event("change")
        expect(card).to_have_attribute("data-frame", str(frame), timeout=120_000)
        known = point_pictures(result, point, frame)
        expect(card.locator("figcaption")).to_have_text(["original", *(label for label, _ in known.pictures)])
        expect(page.control("pin-words")).to_have_text(known.caption)
        own, *decoded = (np.array(canvas.evaluate(GREYS)) for canvas in card.locator("figure canvas").all())
        assert np.abs((1 - own / 255) - result.dataset.x[point] / result.dataset.pixel_range[1]).max() < 0.01
        for shown, (_, picture) in zip(decoded, known.pictures, strict=True):
            assert (255 - shown).tolist() == picture.ravel().tolist()  # ink on paper
    page.control("pin-close").click()
    expect(card).to_be_hidden()
    page.set(frame=7)
    page.frame.dispatch_event("change")
    page.page.wait_for_timeout(600)
    expect(card).to_be_hidden()


def test_a_point_without_pictures_says_so(page, app):
    page.open(f"{app}/?{Experiment(dataset='moons', n=300, model=None).to_query()}").wait_for_end()
    place = page.places()[5]
    page.click(*place)
    expect(page.control("pin-words")).to_have_text(
        "There is no model to decode with, and these data are no pictures.", timeout=120_000
    )
    expect(page.control("pinned").locator("figcaption")).to_have_count(0)


def test_min_samples_gives_new_trees_where_the_hand_was_and_reaches_the_link(page, app, result):
    page.open(f"{app}/?frame=30")
    page.set(frame=20, log_eps=page.log_eps + 0.4)
    eps, slider = page.eps, page.control("min-samples")
    expect(slider).to_be_enabled()
    slider.evaluate("(range) => { range.value = 15; range.dispatchEvent(new Event('input', { bubbles: true })); }")
    expect(slider.locator("xpath=..")).to_have_text("min_samples 15")
    page.page.wait_for_timeout(500)
    expect(page.control("readout-caption")).to_contain_text("min_samples 10")  # the hand has not let go
    slider.dispatch_event("change")
    expect(page.control("readout-caption")).to_contain_text("min_samples 15", timeout=120_000)
    expect(page.page).to_have_url(re.compile(r"clustering\.min_samples=15"))
    assert (page.at, page.is_playing()) == (20, False)
    assert page.eps == pytest.approx(eps, rel=1e-9)
    labels = result.trajectory.sweep(20, 15).labels_at(page.peek("player.eps"))
    assert page.labels.tolist() == labels.tolist()
    assert page.number("n-clusters") == labels.max() + 1
