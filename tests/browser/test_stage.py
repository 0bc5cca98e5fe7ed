"""The hand on the picture: where points are, zoom, shift, turn, lasso and box, clicks, two fingers, two pictures side by side."""

import re

import numpy as np
import pytest
from matplotlib.path import Path as Polygon
from playwright.sync_api import expect

GAP = 0.1  # pixels around the side of a box in which no point may lie
EDGE = 3.0  # pixels around a lasso that its simplification may move


@pytest.fixture
def start(digits):
    """The digits at the start of the climb, where they lie apart."""
    digits.set(frame=0)
    return digits


def free_sides(values, wanted):
    """Whole pixels near the wanted ones with no point within GAP."""
    found = []
    for near in wanted:
        offsets = sorted(range(-40, 41), key=abs)
        found.append(next(near + o for o in offsets if np.abs(values - near - o).min() > GAP))
    return found


def box_around(places, left, right, top, bottom):
    """Two corners of a box near the wanted sides, and the numbers of the points in it."""
    (left, right), (top, bottom) = free_sides(places[:, 0], (left, right)), free_sides(places[:, 1], (top, bottom))
    inside = (places > [left, top]).all(axis=1) & (places < [right, bottom]).all(axis=1)
    assert 0 < inside.sum() < len(places)
    return [(left, top), (right, bottom)], np.flatnonzero(inside)


def lonely(places, width, height):
    """A point near the middle whose neighbours are far."""
    central = np.flatnonzero((np.abs(places - [width / 2, height / 2]) < [width / 6, height / 6]).all(axis=1))
    gaps = [np.sort(np.hypot(*(places - places[i]).T))[1] for i in central]
    return int(central[np.argmax(gaps)])


def size_of(stage):
    return stage.peek("[player.picture.width, player.picture.height]")


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
    middle = np.array(size_of(digits)) / 2
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
    point = lonely(places, *size_of(start))
    start.point(*places[point])
    assert f"point {point:,}" in start.control("tooltip").inner_text()
    hand = np.round(places[point])  # a mouse stands on whole pixels
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
    digits.page.mouse.wheel(0, 120)
    digits.page.wait_for_timeout(500)
    there = digits.page.evaluate(scrolled)
    assert there > 50
    assert digits.look() == ""
    digits.page.mouse.wheel(0, -120)
    digits.page.wait_for_timeout(400)
    assert digits.peek("player.camera.zoom") > 1.1
    digits.page.mouse.wheel(0, 60)
    digits.page.wait_for_timeout(400)
    assert digits.page.evaluate(scrolled) == there
    digits.page.set_viewport_size({"width": 1400, "height": 1000})


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
    assert digits.count == 0


# --- selecting -------------------------------------------------------------------------------------------------------


def test_a_box_selects_exactly_the_points_in_it(start, known):
    corners, inside = box_around(known.on_canvas(start, 0), 300, 560, 150, 400)
    before = start.picture()
    start.control("tool-box").click()
    start.drag(corners)
    assert start.selected.tolist() == inside.tolist()
    assert start.count == len(inside)
    assert start.picture() != before  # the others are dimmed
    start.set(frame=20)
    assert start.selected.tolist() == inside.tolist()


def test_a_box_at_another_zoom_selects_the_same_points(start, known):
    corners, inside = box_around(known.on_canvas(start, 0), 400, 560, 220, 360)
    start.control("zoom-in").click()
    start.settle()
    middle = np.array(size_of(start)) / 2
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
    assert start.count == chosen.sum() > 100
    assert (chosen == inside)[off > EDGE].all()


def distance_to_side(places, a, b):
    along = np.clip(((places - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
    return np.hypot(*(places - a - along[:, None] * (b - a)).T)


@pytest.mark.parametrize("by", ["keys", "list"])
def test_selections_add_up_and_are_taken_away(start, known, by):
    places = known.on_canvas(start, 0)
    one, in_one = box_around(places, 300, 480, 150, 300)
    two, in_two = box_around(places, 400, 640, 250, 400)
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
    assert start.count == len(set(in_two) - set(in_one))
    assert draw(one, "set", None) == set(in_one)
    start.control("tool-move").click()
    expect(mode).to_be_hidden()


def test_single_points_are_added_and_taken_away(start):
    places = start.places()
    point = lonely(places, *size_of(start))
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
    assert start.count == 0
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
    assert start.count == 0


def test_a_double_click_selects_the_cluster(digits, known):
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    cluster = int(np.argmax(np.bincount(labels[labels >= 0])))
    place = np.median(digits.places()[labels == cluster], axis=0)
    digits.click(*place, times=2)
    assert digits.selected.tolist() == np.flatnonzero(labels == cluster).tolist()
    assert digits.count == (labels == cluster).sum()
    expect(digits.control("selection")).to_contain_text(f"Cluster {cluster + 1}: {(labels == cluster).sum():,} points")


def test_a_click_pins_and_a_click_beside_lets_go(start, known):
    places = start.places()
    point = lonely(places, *size_of(start))
    card = start.control("pinned")
    start.click(*places[point])
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
    start.click(*places[point])
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


# --- side by side ----------------------------------------------------------------------------------------------------


def test_before_and_after_show_the_start_and_the_step_with_one_zoom_and_one_selection(digits, known):
    left = digits.control("stage-before")
    expect(left).to_be_hidden()
    digits.menu("show-menu", "split")
    expect(left).to_be_visible()
    before, after = digits.places("before"), digits.places()
    shape = np.ptp(known.positions, axis=(0, 1))
    for places, frame in ((before, 0), (after, -1)):
        wanted = known.positions[frame] / shape
        drawn = places * [1, -1] / (np.ptp(np.vstack([before, after]), axis=0))
        assert np.abs((drawn - drawn.mean(axis=0)) - (wanted - wanted.mean(axis=0))).max() < 2e-3

    corners, inside = box_around(before, 150, 280, 100, 220)
    pictures = [canvas.evaluate("(canvas) => canvas.toDataURL()") for canvas in (left, digits.canvas)]
    digits.control("tool-box").click()
    digits.drag(corners, canvas="stage-before")
    assert digits.selected.tolist() == inside.tolist()
    assert digits.count == len(inside)
    for canvas, picture in zip((left, digits.canvas), pictures, strict=True):
        assert canvas.evaluate("(canvas) => canvas.toDataURL()") != picture

    digits.control("tool-move").click()
    digits.point(200, 150)
    digits.page.mouse.wheel(0, -200)
    digits.settle()
    ratio = [np.ptp(places, axis=0) / np.ptp(old, axis=0) for places, old in ((digits.places("before"), before), (digits.places(), after))]
    assert ratio[0] == pytest.approx(ratio[1], rel=1e-3)
    assert ratio[0][0] > 1.3
    digits.set(frame=5)
    assert np.abs(digits.places("before").mean(axis=0) - digits.places().mean(axis=0)).max() > 0
    digits.menu("show-menu", "split")
    expect(left).to_be_hidden()


# --- three dimensions ------------------------------------------------------------------------------------------------


def test_a_3d_picture_turns_with_the_hand_and_comes_back(opened):
    solid = opened("solid")
    solid.set(frame=0)
    first, before = solid.picture(), solid.places()
    solid.drag([(400, 300), (520, 250)])
    turned = solid.places()
    assert solid.picture() != first
    shift = turned - before
    assert np.ptp(shift, axis=0).min() > 20  # no plain shift
    middle = np.array(size_of(solid)) / 2
    assert np.abs(turned - middle).max() < np.hypot(*middle)
    solid.drag([(520, 250), (400, 300)])
    assert np.abs(solid.places() - before).max() < 0.5
    solid.drag([(400, 300), (300, 340)])
    solid.control("zoom-reset").click()
    solid.settle()
    assert solid.look() == ""
    assert solid.picture() == first


def test_with_shift_a_3d_picture_is_shifted(opened):
    solid = opened("solid")
    for _ in range(2):
        solid.control("zoom-in").click()
    solid.settle()
    before = solid.places()
    solid.drag([(400, 300), (450, 320)], keys=["Shift"])
    assert np.abs(solid.places() - before - [50, 20]).max() < 0.1


def test_a_box_on_a_turned_3d_picture_selects_what_is_seen_in_it(opened):
    solid = opened("solid", frame=0)
    solid.drag([(400, 300), (470, 280)])
    corners, inside = box_around(solid.places(), 400, 560, 220, 330)
    solid.control("tool-box").click()
    solid.drag(corners)
    assert set(solid.selected) == set(inside)
    solid.control("tool-move").click()
    solid.drag([(400, 300), (300, 350)])
    assert set(solid.selected) == set(inside)
    expect(solid.control("contours")).to_be_disabled()


# --- fingers ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def touched(visit, known):
    """A small touch screen, and a function that puts fingers on it."""
    stage = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2).open(known.address)
    session = stage.page.context.new_cdp_session(stage.page)

    def fingers(kind, *places):
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(stage.hand(*place) for place in places)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        stage.settle()

    return stage, fingers


def test_two_fingers_zoom_around_their_middle(touched):
    stage, fingers = touched
    before = stage.places()
    middle = np.array([180, 150])
    anchor = int(np.argmin(np.hypot(*(before - middle).T)))
    fingers("touchStart", (140, 150), (220, 150))
    for reach in (50, 60, 70, 80):
        fingers("touchMove", (180 - reach, 150), (180 + reach, 150))
    fingers("touchEnd")
    assert stage.peek("player.camera.zoom") == pytest.approx(2, rel=0.02)
    moved = stage.places()[anchor] - middle
    assert np.abs(moved - 2 * (before[anchor] - middle)).max() < 3
    assert stage.page.evaluate("visualViewport.scale") == 1


def test_a_finger_shifts_the_zoomed_picture_and_scrolls_past_the_whole_one(touched):
    stage, fingers = touched

    def swipe(*places):
        fingers("touchStart", places[0])
        for place in places[1:]:
            fingers("touchMove", place)
        fingers("touchEnd")

    swipe((180, 200), (180, 180), (180, 150), (180, 120), (180, 90))
    stage.page.wait_for_function("scrollY > 20")
    assert stage.look() == ""
    stage.page.evaluate("scrollTo(0, 0)")
    for _ in range(2):
        stage.control("zoom-in").tap()
    stage.settle()
    before = stage.places()
    swipe((180, 200), (180, 180), (190, 160), (200, 140))
    assert np.abs(stage.places() - before - [20, -60]).max() < 0.5
    assert stage.page.evaluate("scrollY") == 0


def test_a_tap_pins_and_a_tap_beside_lets_go(touched):
    stage, _ = touched
    stage.set(frame=0)
    places = stage.places()
    point = lonely(places, *size_of(stage))
    stage.page.touchscreen.tap(*stage.hand(*places[point]))
    expect(stage.control("pinned")).to_be_visible()
    expect(stage.control("pinned")).to_contain_text(re.compile("true class"))
    stage.page.touchscreen.tap(*stage.hand(3, 3))
    expect(stage.control("pinned")).to_be_hidden()


def test_a_finger_draws_a_box(touched):
    stage, fingers = touched
    stage.set(frame=0)
    corners, inside = box_around(stage.places(), 100, 250, 80, 200)
    stage.control("tool-box").tap()
    fingers("touchStart", corners[0])
    for share in (0.3, 0.6, 1):
        fingers("touchMove", tuple(np.array(corners[0]) + share * (np.array(corners[1]) - corners[0])))
    fingers("touchEnd")
    assert set(stage.selected) == set(inside)
