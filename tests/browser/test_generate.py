"""Generate in a real browser: places are decoded where one clicks, walks where one drags, all of it by the keyboard too."""

import re

import pytest
from playwright.sync_api import expect

from vaegc.benchmarks._page_driver import COMPUTE_TIMEOUT_MS, select_option, visit_page, wait_for_rerun

LONG = COMPUTE_TIMEOUT_MS
FEW = "?n=400&view=pca&ascent.steps=8&ascent.neighbors=16&clustering.min_size=5&clustering.eps=1"
INK = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [low, high] = [255, 0];
  for (let i = 0; i < data.length; i += 4) [low, high] = [Math.min(low, data[i]), Math.max(high, data[i])];
  return high - low;
}"""


def opened(page, app, query=FEW):
    visit_page(page, app, f"Generate{query}")
    expect(page.get_by_test_id("generate-map")).to_have_attribute("data-drawn", re.compile(r"\d+"), timeout=LONG)
    expect(page.get_by_test_id("sheet").first).to_be_visible(timeout=LONG)
    wait_for_rerun(page)
    return page


def answered(page, act):
    """Do something and wait for Python's answer."""
    root = page.get_by_test_id("generate")
    before = root.get_attribute("data-serial")
    act()
    expect(root).not_to_have_attribute("data-serial", before, timeout=LONG)
    return root


def at(page, across, down):
    """Page coordinates of a place on the map, as shares of its sides."""
    box = page.get_by_test_id("generate-map").bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def section(page, name):
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.click()


def picture(page, name="generate-face"):
    return page.get_by_test_id(name).first.evaluate("(canvas) => canvas.toDataURL()")


def test_a_click_decodes_the_place_and_a_picture_appears(page, app):
    tab = opened(page.page, app)
    seen = set()
    for across, down in ((0.35, 0.4), (0.6, 0.6)):
        root = answered(tab, lambda place=(across, down): tab.mouse.click(*at(tab, *place)))
        expect(root).to_have_attribute("data-kind", "place")
        assert tab.get_by_test_id("generate-face").evaluate(INK) > 60
        expect(tab.get_by_test_id("generate-words")).to_contain_text(re.compile("the VAE decodes"))
        expect(tab.get_by_test_id("generate-live")).to_contain_text(tab.get_by_test_id("generate-title").inner_text())
        expect(tab.get_by_test_id("generate-slider")).to_be_hidden()
        seen.add(picture(tab))
    assert len(seen) == 2


def test_an_answer_does_not_send_the_map_again(page, app):
    received = []
    page.page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    tab = opened(page.page, app, "?dataset=blobs&n=5000&model=off&ascent=off")
    assert max(received) > 5000 * 2 * 4  # the map came once
    received.clear()
    answered(tab, lambda: tab.mouse.click(*at(tab, 0.5, 0.5)))
    wait_for_rerun(tab)
    assert 0 < sum(received) < 20_000


def test_a_drag_makes_a_walk_whose_slider_shows_each_picture(page, app):
    tab = opened(page.page, app)

    def drag():
        tab.mouse.move(*at(tab, 0.25, 0.5))
        tab.mouse.down()
        tab.mouse.move(*at(tab, 0.75, 0.45), steps=6)
        tab.mouse.up()

    root = answered(tab, drag)
    expect(root).to_have_attribute("data-kind", "walk")
    slider, step = tab.get_by_test_id("generate-slider"), tab.get_by_test_id("generate-step")
    expect(step).to_have_text("100 % of the way", timeout=LONG)  # the film has played
    expect(tab.get_by_test_id("generate-still")).to_have_count(11)
    end = picture(tab)
    slider.focus()
    tab.keyboard.press("Home")
    expect(step).to_have_text("0 % of the way")
    begin = picture(tab)
    assert begin != end
    tab.keyboard.press("ArrowRight")
    expect(step).to_have_text("10 % of the way")
    tab.get_by_test_id("generate-still").nth(10).click()
    expect(step).to_have_text("100 % of the way")
    assert picture(tab) == end
    tab.get_by_test_id("generate-play").click()
    expect(step).to_have_text("100 % of the way", timeout=LONG)


def test_a_walk_can_be_made_by_two_clicks_and_a_point_followed_uphill(page, app):
    tab = opened(page.page, app)
    answered(tab, lambda: tab.mouse.click(*at(tab, 0.3, 0.5)))
    tab.get_by_test_id("generate-from").click()
    expect(tab.get_by_test_id("generate-from")).to_have_attribute("aria-pressed", "true")
    root = answered(tab, lambda: tab.mouse.click(*at(tab, 0.7, 0.5)))
    expect(root).to_have_attribute("data-kind", "walk")
    expect(tab.get_by_test_id("generate-from")).to_have_attribute("aria-pressed", "false")
    root = answered(tab, lambda: tab.get_by_test_id("generate-climb").click())
    expect(root).to_have_attribute("data-kind", "climb")
    expect(tab.get_by_test_id("generate-title")).to_contain_text("on its way uphill")
    expect(tab.get_by_test_id("generate-step")).to_have_text("step 8", timeout=LONG)


def test_the_keyboard_does_it_all(page, app):
    tab = opened(page.page, app)
    canvas = tab.get_by_test_id("generate-map")
    tab.get_by_test_id("generate-grid").focus()
    tab.keyboard.press("Shift+Tab")
    expect(canvas).to_be_focused()
    for key in ("ArrowRight", "Shift+ArrowLeft", "ArrowUp"):
        tab.keyboard.press(key)
    expect(tab.get_by_test_id("generate-live")).to_contain_text("% from the left")
    root = answered(tab, lambda: tab.keyboard.press("Enter"))
    expect(root).to_have_attribute("data-kind", "place")
    for _ in range(4):
        tab.keyboard.press("Shift+ArrowRight")
    root = answered(tab, lambda: tab.keyboard.press("Shift+Enter"))
    expect(root).to_have_attribute("data-kind", "walk")
    tab.keyboard.press("w")
    expect(tab.get_by_test_id("generate-live")).to_have_text("Choose where the walk ends.")
    tab.keyboard.press("Escape")
    expect(tab.get_by_test_id("generate-from")).to_have_attribute("aria-pressed", "false")


def test_the_plane_is_drawn_behind_the_points_and_taken_away_again(page, app):
    tab = opened(page.page, app)
    canvas, box = tab.get_by_test_id("generate-map"), tab.get_by_test_id("generate-grid")
    plain = canvas.evaluate("(canvas) => canvas.toDataURL()")
    box.check()
    expect(tab.get_by_test_id("generate")).to_have_attribute("data-grid", "true", timeout=LONG)
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") != plain
    box.uncheck()
    assert canvas.evaluate("(canvas) => canvas.toDataURL()") == plain


def test_the_clusters_are_pictured_and_drawn_again(page, app):
    tab = opened(page.page, app)
    expect(tab.get_by_test_id("sheet")).to_have_count(2)
    draws, beside = tab.get_by_test_id("sheet").all()
    lines = draws.get_by_test_id("sheet-line").count()
    assert lines == beside.get_by_test_id("sheet-line").count() > 3
    faces = draws.get_by_test_id("sheet-face")
    assert faces.count() == 8 * lines
    assert beside.get_by_test_id("sheet-face").count() == 3 * lines
    assert all(face.evaluate(INK) > 60 for face in faces.all()[:8])
    before = faces.first.evaluate("(canvas) => canvas.toDataURL()")
    tab.get_by_role("button", name="Draw again").click()
    expect(tab.get_by_text("drawn with seed 1")).to_be_visible(timeout=LONG)
    drawn = draws.get_by_test_id("sheet-face").first
    page.until(lambda: drawn.evaluate("(canvas) => canvas.toDataURL()") != before, "another picture")


def test_a_gmvaes_table_has_a_line_for_each_cluster_and_comes_back_by_its_link(page, app):
    query = f"{FEW}&model=digits-gmvae".replace("eps=1", "eps=2")
    tab = opened(page.page, app, query)
    section(tab, "Content and style")
    expect(tab.get_by_test_id("sheet")).to_have_count(1, timeout=LONG)
    expect(tab.get_by_test_id("sheet-line")).to_have_count(10)
    expect(tab.get_by_test_id("sheet-face")).to_have_count(90)
    expect(tab).to_have_url(re.compile("section=style"))
    opened(tab, app, "?" + tab.url.partition("?")[2])
    expect(tab.get_by_test_id("sheet-line")).to_have_count(10, timeout=LONG)


def test_the_eps_and_the_data_go_along_from_page_to_page(page, app):
    tab = opened(page.page, app)
    select_option(tab, "explore_data", "Moons")
    expect(tab.get_by_test_id("generate-map")).to_have_attribute("data-drawn", "1000", timeout=LONG)
    answered(tab, lambda: tab.mouse.click(*at(tab, 0.5, 0.5)))
    assert tab.get_by_test_id("generate-face").evaluate(INK) > 20
    expect(tab).to_have_url(re.compile("dataset=moons"))


def test_on_a_phone_nothing_is_wider_than_the_screen(visit, app):
    phone = visit(viewport={"width": 390, "height": 844}, has_touch=True)
    tab = opened(phone.page, app)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    root = answered(tab, lambda: tab.touchscreen.tap(*at(tab, 0.5, 0.5)))
    expect(root).to_have_attribute("data-kind", "place")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_axe_finds_nothing_serious(visit, app, axe, looks, look):
    tab = opened(visit(**looks[look]).page, app, f"{FEW}&model=digits-gmvae".replace("eps=1", "eps=2"))
    for state in ("with a place decoded", "with the table of styles"):  # as it opens, every page is looked at in test_pages.py
        if state == "with a place decoded":
            answered(tab, lambda: tab.mouse.click(*at(tab, 0.5, 0.5)))
        if state == "with the table of styles":
            section(tab, "Content and style")
            expect(tab.get_by_test_id("sheet")).to_have_count(1, timeout=LONG)
        tab.mouse.move(2, 2)  # what lies under the hand has Streamlit's colours
        assert axe(tab) == {}, state
