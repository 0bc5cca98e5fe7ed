"""What shares the axis of ε or of the steps: the life of a cluster, the diagram, the film; and the list of clusters."""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect

THUMB = 22  # of the ε slider, CSS pixels: the axis begins and ends half of it from the edge


# --- the life of a cluster -------------------------------------------------------------------------------------------


def test_the_line_below_the_slider_tells_what_becomes_of_the_pointed_cluster(digits, known):
    words, lane = digits.control("history"), digits.page.locator("canvas.vg-lane")
    expect(words).to_contain_text("Point at a cluster")
    empty = lane.evaluate("(canvas) => canvas.toDataURL()")
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    seen = set()
    for cluster in range(4):
        point = int(np.flatnonzero(labels == cluster)[0])
        digits.point(*digits.places()[point])
        said = words.inner_text()
        told = re.search(r"At ε ([\d.]+) it merges with a cluster of ([\d,]+)", said)
        assert told, said
        at, size = float(told[1]), int(told[2].replace(",", ""))
        after = 10 ** (math.floor(math.log10(at)) - 2)  # the last of three figures
        sizes = []
        for eps in (at - after, at + after):
            cut = known.sweep(-1).labels_at(eps)
            sizes.append((cut == cut[point]).sum())
        assert sizes[1] - sizes[0] >= size
        seen.add(lane.evaluate("(canvas) => canvas.toDataURL()"))
    assert len(seen - {empty}) >= 3
    digits.point(2, 2)
    expect(words).to_contain_text("Point at a cluster")


# --- the diagram over steps and ε ------------------------------------------------------------------------------------


def test_a_click_on_the_diagram_goes_to_its_step_and_eps(digits, known):
    heat = digits.control("heat")
    expect(heat).to_have_attribute("data-rows", str(len(known.header["trees"])))
    heat.scroll_into_view_if_needed()
    box, span = heat.bounding_box(), known.header["eps"]
    steps = len(known.header["steps"])
    spot = digits.page.locator(".vg-phase-spot")
    for share, frame in ((0.25, 4), (0.7, 19), (0.5, 27)):
        x, y = round(11 + share * (box["width"] - THUMB)), (frame + 0.5) / steps * box["height"]
        digits.page.mouse.click(box["x"] + x, box["y"] + y)
        digits.settle()
        assert digits.at == frame
        wanted = math.log(span["low"]) + (x - 11) / (box["width"] - THUMB) * math.log(span["high"] / span["low"])
        assert math.log(digits.peek("player.eps")) == pytest.approx(
            wanted, abs=1.1 / box["width"] * math.log(span["high"] / span["low"])
        )
        assert digits.log_eps == pytest.approx(math.log(digits.peek("player.eps")))
        place = spot.bounding_box()
        assert (place["x"] - box["x"], place["y"] - box["y"]) == pytest.approx((x, y), abs=1.1)
        assert digits.number("n-counted") == known.sweep(frame).n_clusters_at(digits.peek("player.eps"), min_size=0.01)


def test_a_drag_on_the_diagram_scrubs(digits):
    heat = digits.control("heat")
    heat.scroll_into_view_if_needed()
    box = heat.bounding_box()
    digits.page.mouse.move(box["x"] + 200, box["y"] + 4)
    digits.page.mouse.down()
    seen = set()
    for share in np.linspace(0.1, 0.95, 8):
        digits.page.mouse.move(box["x"] + 200 + 400 * share, box["y"] + share * box["height"])
        digits.settle()
        seen.add((digits.at, digits.log_eps))
    digits.page.mouse.up()
    assert len(seen) == 8


def test_the_diagram_speaks_and_can_be_put_away(digits, known):
    words = digits.control("heat-words")
    expect(words).to_contain_text("hold over the longest stretch of ε")
    told = int(re.search(r"(\d+) clusters hold", words.inner_text())[1])
    longest = max(known.header["trees"][-1]["plateaus"], key=lambda p: p["log_length"])
    assert told == longest["n_clusters"]
    digits.menu("show-menu", "heat-toggle")
    expect(digits.control("heat")).to_be_hidden()
    expect(words).to_be_hidden()
    digits.menu("show-menu", "heat-toggle")
    expect(digits.control("heat")).to_be_visible()


# --- the film --------------------------------------------------------------------------------------------------------


def test_a_repeated_film_begins_again(digits):
    loop = digits.control("loop")
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "true")
    digits.control("speed").select_option("4")
    digits.set(frame=digits.last - 2)
    digits.play.click()
    digits.page.wait_for_function(
        "(frames) => Number(document.querySelector('[data-testid=frame]').value) === frames", arg=digits.last
    )
    digits.page.wait_for_function(
        "(frames) => Number(document.querySelector('[data-testid=frame]').value) < frames - 2", arg=digits.last
    )
    assert digits.is_playing()
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "false")
    digits.wait_for_end()


def test_the_film_is_smooth_between_the_steps(digits):
    digits.set(frame=0)
    digits.control("speed").select_option("0.5")
    drawn = digits.page.evaluate(
        """() => new Promise((done) => {
          const canvas = document.querySelector("[data-testid=stage]"), seen = [];
          document.querySelector("[data-testid=play]").click();
          const look = () => {
            seen.push(canvas.player.position);
            if (seen.length < 40) requestAnimationFrame(look); else done(seen);
          };
          look();
        })"""
    )
    digits.play.click()
    between = [position for position in drawn if position % 1]
    assert len(set(between)) > 5
    assert drawn == sorted(drawn)


# --- the list of clusters --------------------------------------------------------------------------------------------


def test_the_list_of_clusters_has_their_sizes_and_selects_them(digits, known):
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    sizes = np.bincount(labels[labels >= 0])
    wanted = {-1: f"Noise, {(labels < 0).sum()} points", **{k: f"Cluster {k + 1}, {size} points" for k, size in enumerate(sizes)}}
    expect(digits.control("cluster-chip")).to_have_count(len(wanted))
    for cluster, name in wanted.items():
        digits.page.get_by_role("button", name=re.compile(f"^{name}$", re.IGNORECASE)).click()
        digits.settle()
        assert digits.selected.tolist() == np.flatnonzero(labels == cluster).tolist()
        assert digits.count() == (labels == cluster).sum()


def test_pointing_at_the_list_points_into_the_picture(digits):
    tooltip = digits.control("tooltip")
    expect(tooltip).to_be_hidden()
    chip = digits.control("cluster-chip").first
    chip.hover()
    expect(tooltip).to_be_visible()
    expect(tooltip).to_contain_text(f"cluster {chip.locator('.vg-strong').inner_text()} of")
    digits.point(2, 2)
    expect(tooltip).to_be_hidden()
