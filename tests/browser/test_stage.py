"""The hand on the picture: where points are, zoom and shift, lasso and box, clicks."""

import numpy as np
import pytest
from matplotlib.path import Path as Polygon
from playwright.sync_api import expect

EDGE = 3.0  # pixels around a lasso that its simplification may move


@pytest.fixture
def start(digits):
    """The digits at the start of the climb, where they lie apart."""
    digits.set(frame=0)
    return digits


# --- drawing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", [0, 7, 30])
def test_points_are_drawn_where_numpy_puts_them(digits, known, frame):
    digits.set(frame=frame)
    places = known.on_canvas(digits, frame)
    assert np.abs(digits.places() - places).max() < 0.05
    looked = places[np.random.default_rng(frame).choice(len(places), 200, replace=False)]
    bare = digits.canvas.evaluate(
        """(canvas, places) => {
          const context = canvas.getContext("2d"), ratio = canvas.width / canvas.clientWidth;
          const colour = (x, y) => context.getImageData(Math.floor(x * ratio), Math.floor(y * ratio), 1, 1).data.join();
          return places.filter(([x, y]) => colour(x, y) === colour(1, 1));
        }""",
        looked.tolist(),
    )
    assert bare == []


# --- zoom and shift --------------------------------------------------------------------------------------------------


def test_the_zoom_buttons_scale_around_the_middle_and_back(digits):
    first, before = digits.picture(), digits.places()
    middle = digits.size / 2
    digits.control("zoom-in").click()
    digits.settle()
    assert np.abs((digits.places() - middle) - 1.5 * (before - middle)).max() < 0.1
    assert digits.picture() != first
    digits.control("zoom-in").click()
    digits.control("zoom-out").click()
    digits.settle()
    assert np.abs((digits.places() - middle) - 1.5 * (before - middle)).max() < 0.1
    digits.control("zoom-reset").click()
    digits.settle()
    assert digits.look() == ""
    assert digits.picture() == first


def test_the_wheel_zooms_around_what_is_under_the_pointer(start):
    places = start.places()
    point, place = start.lonely()
    start.point(*place)
    assert f"point {point:,}" in start.control("tooltip").inner_text()
    hand = np.round(place)  # a mouse stands on whole pixels
    start.point(*hand)
    start.page.mouse.wheel(0, -240)
    start.settle()
    zoom = start.peek("player.camera.zoom")
    assert zoom > 1.4
    assert np.abs(start.places() - hand - zoom * (places - hand)).max() < 0.05
    assert f"point {point:,}" in start.control("tooltip").inner_text()


def test_at_full_view_the_wheel_scrolls_the_page_and_zoomed_it_does_not(digits):
    digits.page.evaluate("scrollTo(0, 0)")
    digits.page.set_viewport_size({"width": 1400, "height": 700})
    digits.point(300, 200)
    scrolled = "scrollY"
    digits.page.evaluate("() => { window.ended = new Promise((done) => addEventListener('scrollend', done, { once: true })); }")
    digits.page.mouse.wheel(0, 120)
    digits.page.evaluate("() => window.ended")
    there = digits.page.evaluate(scrolled)
    assert there > 50
    assert digits.look() == ""
    zoom = "player.camera.zoom"
    digits.page.mouse.wheel(0, -120)
    digits.until(lambda: digits.peek(zoom) > 1.1, "the zoom")
    near = digits.peek(zoom)
    digits.page.mouse.wheel(0, 60)
    digits.until(lambda: digits.peek(zoom) < near, "the zoom")
    digits.settle()
    assert digits.page.evaluate(scrolled) == there


def test_a_drag_shifts_the_zoomed_picture_with_the_hand(digits):
    digits.drag([(300, 200), (360, 230)])
    assert digits.look() == ""  # all is seen: there is nowhere to go
    for _ in range(2):
        digits.control("zoom-in").click()
    digits.settle()
    before, picture = digits.places(), digits.picture()
    digits.drag([(300, 200), (360, 165)])
    assert np.abs(digits.places() - before - [60, -35]).max() < 0.1
    assert digits.picture() != picture
    expect(digits.control("pinned")).to_be_hidden()
    assert digits.count() == 0


# --- selecting -------------------------------------------------------------------------------------------------------


def test_a_box_selects_exactly_the_points_in_it(start, known, box):
    corners, inside = box(known.on_canvas(start, 0), 300, 560, 150, 400)
    before = start.picture()
    start.control("tool-box").click()
    start.drag(corners)
    assert start.selected.tolist() == inside.tolist()
    assert start.count() == len(inside)
    assert start.picture() != before  # the others are dimmed
    start.set(frame=20)
    assert start.selected.tolist() == inside.tolist()


def test_a_box_at_another_zoom_selects_the_same_points(start, known, box):
    corners, inside = box(known.on_canvas(start, 0), 400, 560, 220, 360)
    start.control("zoom-in").click()
    start.settle()
    middle = start.size / 2
    start.control("tool-box").click()
    start.drag((middle + 1.5 * (np.array(corners) - middle)).tolist())
    assert set(start.selected) ^ set(inside) == set()


def test_a_lasso_selects_what_it_encloses(start, known):
    places = known.on_canvas(start, 0)
    ring = np.array([(300, 120), (640, 180), (700, 420), (480, 330), (280, 470)])  # with a dent
    start.control("tool-lasso").click()
    start.drag([*ring.tolist(), ring[0].tolist()])
    closed = Polygon(np.vstack([ring, ring[:1]]), closed=True)
    inside = closed.contains_points(places)
    sides = list(zip(ring, np.roll(ring, -1, axis=0), strict=True))
    off = np.min([distance_to_side(places, a, b) for a, b in sides], axis=0)
    chosen = np.isin(np.arange(len(places)), start.selected)
    assert start.count() == chosen.sum() > 100
    assert (chosen == inside)[off > EDGE].all()


def distance_to_side(places, a, b):
    along = np.clip(((places - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
    return np.hypot(*(places - a - along[:, None] * (b - a)).T)


@pytest.mark.parametrize("by", ["keys", "list"])
def test_selections_add_up_and_are_taken_away(start, known, by, box):
    places = known.on_canvas(start, 0)
    one, in_one = box(places, 300, 480, 150, 300)
    two, in_two = box(places, 400, 640, 250, 400)
    mode = start.control("select-mode")
    expect(mode).to_be_hidden()
    start.control("tool-box").click()
    expect(mode).to_be_visible()

    def draw(corners, op, key):
        if by == "list":
            mode.select_option(op)
        start.drag(corners, keys=[key] if key and by == "keys" else [])
        return set(start.selected)

    assert draw(one, "set", None) == set(in_one)
    assert draw(two, "add", "Shift") == set(in_one) | set(in_two)
    assert draw(one, "cut", "Alt") == set(in_two) - set(in_one)
    assert start.count() == len(set(in_two) - set(in_one))
    assert draw(one, "set", None) == set(in_one)
    start.control("tool-move").click()
    expect(mode).to_be_hidden()


def test_single_points_are_added_and_taken_away(start):
    places = start.places()
    point, _ = start.lonely()
    other = int(np.argmin(places[:, 0]))
    start.click(*places[point], keys=["Shift"])
    start.click(*places[other], keys=["Shift"])
    assert set(start.selected) == {point, other}
    start.click(*places[point], keys=["Alt"])
    assert set(start.selected) == {other}
    expect(start.control("pinned")).to_be_hidden()


def test_an_empty_box_selects_nothing_and_dims_nothing(start):
    before = start.picture()
    start.control("tool-box").click()
    start.drag([(4, 4), (20, 20)])
    start.point(-5, -5)
    assert start.count() == 0
    assert start.picture() == before


def test_too_many_parts_are_refused_in_one_sentence(start):
    places = start.places()
    far = [int(np.argmax(places @ [np.cos(a), np.sin(a)])) for a in np.linspace(0, 2 * np.pi, 40)]
    apart = list(dict.fromkeys(far))[:13]
    assert len(apart) == 13
    notice = start.control("notice")
    for point in apart[:-1]:
        start.click(*places[point], keys=["Shift"])
    expect(notice).to_be_hidden()
    assert set(start.selected) == set(apart[:-1])
    start.click(*places[apart[-1]], keys=["Shift"])
    expect(notice).to_have_text("A selection has at most 12 parts; begin a new one.")
    expect(start.control("live")).to_contain_text("at most 12 parts")
    assert set(start.selected) == set(apart[:-1])
    start.control("selection-clear").click()
    assert start.count() == 0


def test_a_double_click_selects_the_cluster(digits, known):
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    cluster = int(np.argmax(np.bincount(labels[labels >= 0])))
    place = np.median(digits.places()[labels == cluster], axis=0)
    digits.click(*place, times=2)
    assert digits.selected.tolist() == np.flatnonzero(labels == cluster).tolist()
    assert digits.count() == (labels == cluster).sum()
    expect(digits.control("selection")).to_contain_text(f"Cluster {cluster + 1}: {(labels == cluster).sum():,} points")


def test_a_click_pins_and_a_click_beside_lets_go(start, known):
    point, place = start.lonely()
    card = start.control("pinned")
    start.click(*place)
    expect(card).to_be_visible()
    expect(card).to_contain_text(f"true class: {known.y[point]}")
    expect(card).to_contain_text(f"point {point:,}")
    drawn = np.array(card.locator("canvas").first.evaluate(GREYS), float)
    ink = known.result.dataset.x[point] / known.result.dataset.pixel_range[1]
    assert np.abs(1 - drawn / 255 - ink).max() < 0.01
    expect(card.locator("figcaption")).to_have_text(["original"])  # a page without Python has no decoder
    expect(start.control("pin-words")).to_be_hidden()
    words = card.inner_text()
    start.set(frame=30)
    assert card.inner_text() != words
    start.control("pin-close").click()
    expect(card).to_be_hidden()
    start.set(frame=0)
    start.click(*place)
    expect(card).to_be_visible()
    start.click(3, 3)
    expect(card).to_be_hidden()


GREYS = """
(canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0)
"""


def test_the_card_answers_what_its_cluster_is(digits, known):
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    place = np.median(digits.places()[labels == 2], axis=0)
    digits.click(*place)
    digits.control("pin-cluster").click()
    assert digits.selected.tolist() == np.flatnonzero(labels == 2).tolist()
    classes = np.bincount(known.y[labels == 2])
    expect(digits.control("selection")).to_contain_text(f"Mostly {classes.argmax()}")
