"""Other ways to look and to touch: two pictures side by side, three dimensions, fingers."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

# --- side by side ----------------------------------------------------------------------------------------------------


def test_before_and_after_show_the_start_and_the_step_with_one_zoom_and_one_selection(digits, known, box):
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

    corners, inside = box(before, 150, 280, 100, 220)
    pictures = [canvas.evaluate("(canvas) => canvas.toDataURL()") for canvas in (left, digits.canvas)]
    digits.control("tool-box").click()
    digits.drag(corners, canvas="stage-before")
    assert digits.selected.tolist() == inside.tolist()
    assert digits.count() == len(inside)
    for canvas, picture in zip((left, digits.canvas), pictures, strict=True):
        assert canvas.evaluate("(canvas) => canvas.toDataURL()") != picture

    digits.control("tool-move").click()
    digits.point(200, 150)
    digits.page.mouse.wheel(0, -200)
    digits.settle()
    ratio = [
        np.ptp(places, axis=0) / np.ptp(old, axis=0)
        for places, old in ((digits.places("before"), before), (digits.places(), after))
    ]
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
    middle = solid.size / 2
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


def test_a_box_on_a_turned_3d_picture_selects_what_is_seen_in_it(opened, box):
    solid = opened("solid", frame=0)
    solid.drag([(400, 300), (470, 280)])
    corners, inside = box(solid.places(), 400, 560, 220, 330)
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
    stage = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2).open(
        known.address
    )
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
    _, place = stage.lonely()
    stage.page.touchscreen.tap(*stage.hand(*place))
    expect(stage.control("pinned")).to_be_visible()
    expect(stage.control("pinned")).to_contain_text(re.compile("true class"))
    stage.page.touchscreen.tap(*stage.hand(3, 3))
    expect(stage.control("pinned")).to_be_hidden()


def test_a_finger_draws_a_box(touched, box):
    stage, fingers = touched
    stage.set(frame=0)
    corners, inside = box(stage.places(), 100, 250, 80, 200)
    stage.control("tool-box").tap()
    fingers("touchStart", corners[0])
    for share in (0.3, 0.6, 1):
        fingers("touchMove", tuple(np.array(corners[0]) + share * (np.array(corners[1]) - corners[0])))
    fingers("touchEnd")
    assert set(stage.selected) == set(inside)
