"""Explore as a person meets it: watch, drag, read, hover, share; every number against scikit-learn.

WebSocket messages are counted without leaving any out: Streamlit's pings are protocol frames that a browser answers by itself, so a
page at rest sends nothing.
"""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect

import vaegc
from vaegc.benchmarks._page_driver import wait_for_rerun, wait_until_static
from vaegc.experiment import Experiment

MOVES = 25
PAIRS = 20
SPACE_BEYOND_0 = """(canvas) => new Promise((done) => {
  const [frame, play] = ["frame", "play"].map((name) => canvas.getRootNode().querySelector(`[data-testid=${name}]`));
  let pictures = 0;
  const look = () => {
    if (++pictures > 10000) return done(false);
    if (!(Number(frame.value) > 0)) return requestAnimationFrame(look);
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: " ", code: "Space", bubbles: true, cancelable: true, composed: true }));
    done(true);
  };
  look();
})"""
MARGIN = 1e-5  # relative gap around a drawn ε: another machine's rounding must not move an event across it


# --- watching ----------------------------------------------------------------------------------------------------------


def test_the_points_move_without_a_click_and_stop_at_the_last_step(page, app):
    page.page.add_init_script(f"({page.RECORD})()")
    page.open(app)
    page.wait_for_end()
    seen = page.recorded()
    seen = seen[seen.index(0) :]  # before the film is there the slider stands at its end
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, page.last)
    assert len(seen) > 2  # it moved, and did not jump
    resting = page.picture()
    page.page.wait_for_timeout(300)
    assert page.picture() == resting


def reached(stage):
    """Until all that was released before has reached the link: what is sent comes in order, and the last of it shows there."""
    stage.set(frame=stage.last - 1)
    stage.frame.dispatch_event("change")
    expect(stage.page).to_have_url(re.compile(rf"frame={stage.last - 1}(&|$)"))
    wait_for_rerun(stage.page)


def test_nothing_is_sent_while_the_film_plays(stage):
    reached(stage)
    before = len(stage.sent)
    stage.play.click()
    stage.wait_for_end()
    assert len(stage.sent) == before


def test_play_pauses_and_goes_on(stage):
    stage.play.click()
    stage.pause_beyond(0)
    paused, picture = stage.at, stage.picture()
    assert 0 < paused < stage.last
    stage.page.wait_for_timeout(400)
    assert (stage.at, stage.picture()) == (paused, picture)
    stage.play.click()
    stage.pause_beyond(paused)
    assert paused < stage.at < stage.last


def test_steps_go_one_by_one_and_stop_at_the_ends(stage):
    back, forward = (stage.page.get_by_test_id(name) for name in ("step-back", "step-forward"))
    back.click()
    back.click()
    expect(stage.frame).to_have_value(str(stage.last - 2))
    for _ in range(4):
        forward.click()
    expect(stage.frame).to_have_value(str(stage.last))
    stage.set(frame=0)
    back.click()
    expect(stage.frame).to_have_value("0")


def test_scrubbing_shows_the_step_under_the_hand(stage):
    mouse, box = stage.page.mouse, stage.frame.bounding_box()
    reached(stage)
    end, link = stage.picture(), stage.page.url
    y = box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] - 9, y)
    mouse.down()
    mouse.move(box["x"] + 9, y, steps=8)
    stage.settle()
    assert stage.at == 0
    assert stage.picture() != end
    assert stage.page.url == link  # the link waits until the hand lets go
    mouse.up()
    expect(stage.page).to_have_url(re.compile(r"frame=0(&|$)"))


def test_the_speed_of_the_film_is_the_one_that_is_chosen(stage):
    for value in ("0.5", "4", "1"):  # that a faster film ends sooner is tested where no clock runs, in stage.test.mjs
        stage.page.get_by_test_id("speed").select_option(value)
        assert stage.peek("player.speed") == float(value)


def test_the_keyboard_plays_steps_and_moves_eps(stage):
    key = stage.page.keyboard.press
    stage.canvas.focus()
    key("ArrowLeft")
    key("ArrowLeft")
    key("ArrowRight")
    expect(stage.frame).to_have_value(str(stage.last - 1))
    low = stage.log_eps
    key("ArrowUp")
    stage.settle()
    assert stage.log_eps > low
    key("ArrowDown")
    stage.settle()
    assert stage.log_eps == pytest.approx(low)
    stage.set(frame=0)
    key("Space")
    # A second time in the picture in which the film moves: a busy machine might press it when the film has ended.
    assert stage.canvas.evaluate(SPACE_BEYOND_0)
    expect(stage.play).not_to_have_attribute("aria-label", "Pause")
    assert 0 < stage.at < stage.last


def test_the_arrows_move_eps_by_keyboard_on_its_own_slider(stage):
    before = stage.log_eps
    stage.epsilon.focus()
    stage.page.keyboard.press("ArrowLeft")
    stage.settle()
    assert stage.log_eps < before


# --- ε under the hand --------------------------------------------------------------------------------------------------


def test_dragging_eps_recuts_at_once_is_silent_and_reaches_the_link_on_release(page, app):
    page.open(app).wait_for_end()
    mouse = page.page.mouse
    left, width, y = page.grip()
    low, high = (float(page.epsilon.get_attribute(side)) for side in ("min", "max"))
    thumb = left + 11 + (page.log_eps - low) / (high - low) * (width - 22)
    wait_for_rerun(page.page)
    before = len(page.sent)
    mouse.move(thumb, y)
    mouse.down()
    seen, pictures = set(), set()
    for x in np.linspace(thumb, left + 0.02 * width, MOVES + 1)[1:]:
        mouse.move(x, y)
        page.settle()
        seen.add(tuple(page.numbers().values()))
        pictures.add(page.picture())
    assert len(seen) >= 8
    assert len(pictures) >= 8
    assert len(page.sent) == before
    assert "clustering.eps" not in page.page.url
    mouse.up()
    expect(page.page).to_have_url(re.compile(r"clustering\.eps="))
    assert len(page.sent) > before
    written = float(re.search(r"clustering\.eps=([^&]+)", page.page.url)[1])
    assert written == pytest.approx(page.eps, rel=1e-12)
    assert (page.at, page.is_playing()) == (page.last, False)


def test_a_plateau_button_sets_eps_inside_its_plateau(stage):
    sweep = experiment().trajectory.sweep(stage.last)
    buttons = stage.page.get_by_test_id("plateau")
    known = sweep.plateaus()
    assert buttons.count() >= 1
    for at in range(buttons.count()):
        stage.set(log_eps=float(stage.epsilon.get_attribute("min")))
        buttons.nth(at).click()
        row = known.iloc[at]
        expect(buttons.nth(at)).to_have_attribute("aria-pressed", "true")
        expect(stage.control("n-counted")).to_have_attribute("data-value", str(int(row["n_clusters"])))
        assert row["eps_low"] <= stage.eps <= row["eps_high"]


def test_every_number_equals_scikit_learns_dbscan(stage):
    from sklearn.cluster import DBSCAN

    result = experiment()
    classes, frames = result.dataset.y, result.trajectory.points
    n, samples = len(classes), result.spec.clustering.min_samples
    rng = np.random.default_rng(0)
    low, high = (float(stage.epsilon.get_attribute(side)) for side in ("min", "max"))
    seen = []
    for frame in rng.permutation(np.arange(PAIRS) * (len(frames) - 1) // (PAIRS - 1)).tolist():
        log_eps = between_events(result.trajectory.sweep(frame), low, high, rng)
        stage.set(frame=frame, log_eps=log_eps)
        oracle = DBSCAN(eps=math.exp(log_eps), min_samples=samples, algorithm="kd_tree").fit(frames[frame].astype(np.float64))
        labels = oracle.labels_
        cores = np.bincount(labels[oracle.core_sample_indices_]) if labels.max() >= 0 else np.zeros(0, int)
        got = stage.numbers()
        said = f"frame {frame}, ε {math.exp(log_eps)!r}"
        assert stage.at == frame
        assert got["n-clusters"] == labels.max() + 1, said
        assert got["noise"] == (labels == -1).sum() / n, said
        assert got["n-counted"] == (cores >= 0.01 * n).sum(), said
        wanted = vaegc.score(classes, labels)
        for name in ("acc", "nmi", "ari"):
            assert got[name] == pytest.approx(getattr(wanted, name), abs=5e-4), f"{name}, {said}"
        seen.append(tuple(got.values()))
    assert len(set(seen)) >= PAIRS // 2  # the pairs did look at different cuts


def experiment():
    if not hasattr(experiment, "kept"):
        experiment.kept = Experiment().run()
    return experiment.kept


def between_events(sweep, low, high, rng):
    """A ln ε in low..high at which nothing happens nearby: no point becomes core or border, no clusters join."""
    events = np.concatenate([sweep.core_distances_, sweep.border_distances_, sweep.tree_["weight"]])
    events = np.log(events[np.isfinite(events) & (events > 0)])
    while True:
        drawn = rng.uniform(low, high)
        if np.abs(events - drawn).min() > MARGIN:
            return float(drawn)


# --- pointing ----------------------------------------------------------------------------------------------------------


def test_hovering_shows_the_digits_picture_and_its_true_class(stage):
    stage.set(frame=0)
    tooltip = stage.page.get_by_test_id("tooltip")
    expect(tooltip).to_be_hidden()
    box = stage.canvas.bounding_box()
    where = stage.canvas.evaluate(INKED, (9, 9))
    classes = set()
    for x, y in where:
        stage.page.mouse.move(box["x"] + x, box["y"] + y)
        stage.settle()
        if tooltip.is_visible():
            classes.add(re.search(r"true class: (\d)", tooltip.inner_text())[1])
    assert len(classes) >= 5
    x, y = where[0]
    stage.page.mouse.move(box["x"] + x, box["y"] + y)
    expect(tooltip).to_be_visible()
    point = int(re.search(r"point ([\d,]+)", tooltip.inner_text())[1].replace(",", ""))
    data = experiment().dataset
    assert f"true class: {data.y[point]}" in tooltip.inner_text()
    drawn = np.array(tooltip.locator("canvas").evaluate(GREYS), float)
    ink = data.x[point] / data.pixel_range[1]
    assert np.abs((1 - drawn / 255) - ink).max() < 0.01  # dark ink on light paper
    stage.page.mouse.move(0, 0)
    expect(tooltip).to_be_hidden()


# Places on a grid, in CSS pixels, whose middle is not the background's colour.
INKED = """
(canvas, [across, down]) => {
  const context = canvas.getContext("2d"), ratio = canvas.width / canvas.clientWidth, found = [];
  const colour = (x, y) => context.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data.join();
  for (let r = 0; r < down * 4; r++) for (let c = 0; c < across * 4; c++) {
    const x = ((c + 0.5) / (across * 4)) * canvas.clientWidth, y = ((r + 0.5) / (down * 4)) * canvas.clientHeight;
    if (colour(x, y) !== colour(1, 1)) found.push([x, y]);
  }
  return found.filter((_, i) => i % Math.ceil(found.length / 40) === 0);
}
"""
GREYS = """
(canvas) => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0)
"""


# --- controls ----------------------------------------------------------------------------------------------------------


def flip(page, label):
    page.page.get_by_test_id("stSidebar").get_by_text(label, exact=True).click()


def choose(page, label, option):
    page.page.get_by_test_id("stSidebar").get_by_role("combobox", name=re.compile(label)).click()
    page.page.get_by_role("option", name=re.compile(option)).click()


def test_without_the_climb_there_is_one_frame_and_little_to_count(page, app):
    page.open(app).wait_for_end()
    climbed = page.number("n-counted")
    flip(page, "Climb the density")
    expect(page.frame).to_be_disabled(timeout=120_000)
    expect(page.play).to_be_disabled()
    assert page.last == 0
    page.settle()
    assert page.number("n-counted") < climbed
    expect(page.page.get_by_test_id("plateau")).to_have_count(0)
    flip(page, "Climb the density")
    expect(page.frame).to_be_enabled(timeout=120_000)


@pytest.mark.parametrize(("kind", "density"), [("vade", "kernel"), ("vade", "mixture"), ("gmvae", "kernel")])
def test_models_with_clusters_climb_and_are_named(page, app, kind, density):
    from sklearn.cluster import DBSCAN

    spec = Experiment(dataset="digits", model=f"digits-{kind}", ascent=vaegc.AscentConfig(density=density, steps=8))
    page.open(f"{app}/?{spec.to_query()}")
    page.wait_for_end()
    assert page.last == 8
    result = spec.run()
    own = result.own_clusters
    expect(page.page.get_by_text(f"{own['used']} of the 10 it was given are used, ACC {own['acc']:.3f}")).to_be_visible()
    low, high = (float(page.epsilon.get_attribute(side)) for side in ("min", "max"))
    log_eps = between_events(result.trajectory.sweep(-1), low, high, np.random.default_rng(0))
    page.set(log_eps=log_eps)
    oracle = DBSCAN(eps=math.exp(log_eps), min_samples=10).fit(result.trajectory.points[-1].astype(np.float64))
    assert page.number("n-clusters") == oracle.labels_.max() + 1


def test_what_a_gmvae_cannot_give_is_greyed_with_its_reason(page, app):
    page.open(f"{app}/?{Experiment(dataset='digits', model='digits-gmvae').to_query()}")
    page.page.get_by_text("more, and why not here").click()
    reason = page.page.get_by_text("Needs one mixture, and a GMVAE's components move with the style")
    expect(reason).to_be_visible()
    option = page.page.get_by_role("radio", name="Mixture prior")
    expect(option).to_be_disabled()


def test_a_toy_data_set_is_drawn_without_pictures_of_classes(page, app):
    page.open(app)
    choose(page, "^Data", "^Moons")
    expect(page.page.get_by_test_id("caption")).to_contain_text("moons", timeout=120_000)
    page.wait_for_end()
    page.set(frame=0)
    tooltip, box = page.page.get_by_test_id("tooltip"), page.canvas.bounding_box()
    x, y = page.canvas.evaluate(INKED, (9, 9))[0]
    page.page.mouse.move(box["x"] + x, box["y"] + y)
    expect(tooltip).to_be_visible()
    expect(tooltip).to_contain_text("true class")
    expect(tooltip.locator("canvas")).to_be_hidden()


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_canvas_follows_the_colour_scheme(visit, app, scheme, dark):
    page = visit(color_scheme=scheme).open(app)
    assert (max(corner(page)) < 60) if dark else (min(corner(page)) > 200)


def corner(page):
    """The colour of the picture's ground."""
    return page.canvas.evaluate("(canvas) => [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data].slice(0, 3)")


def test_reduced_motion_does_not_begin_by_itself(visit, app):
    page = visit(reduced_motion="reduce").open(app)
    wait_until_static(page.page)  # fonts and other parts may change the picture's size
    page.rest()
    drawn = page.picture()
    page.page.wait_for_timeout(2500)
    assert (page.at, page.is_playing()) == (0, False)
    assert page.picture() == drawn
    page.play.click()
    page.wait_for_end()


# --- links, reloads, sizes ---------------------------------------------------------------------------------------------


def test_a_copied_link_opens_at_its_step_and_eps(visit, app):
    first = visit().open(app)
    first.set(frame=0)
    eps = 0.731
    second = visit().open(f"{app}/?ascent.steps=5&clustering.eps={eps}&frame=3")
    assert (second.at, second.last, second.is_playing()) == (3, 5, False)
    assert second.eps == pytest.approx(eps, rel=1e-12)
    second.page.wait_for_timeout(1500)
    assert (second.at, second.is_playing()) == (3, False)
    assert second.eps == pytest.approx(eps, rel=1e-12)
    for part in ("ascent.steps=5", f"clustering.eps={eps}", "frame=3"):
        assert part in second.page.url


def test_the_address_after_a_change_is_a_link_to_the_same_view(visit, app):
    first = visit().open(app).wait_for_end()
    first.set(log_eps=first.log_eps - 0.3)
    first.epsilon.dispatch_event("change")
    expect(first.page).to_have_url(re.compile(r"clustering\.eps="))
    first.set(frame=7)
    first.frame.dispatch_event("change")
    expect(first.page).to_have_url(re.compile(r"frame=7(&|$)"))
    second = visit().open(first.page.url)
    assert second.at == 7
    assert second.numbers() == first.numbers()


@pytest.mark.parametrize(
    "query",
    ["dataset=nowhere", "ascent.steps=minus", "clustering.eps=abc", "clustering.eps=-1", "frame=x", "colour=red", "ascent=7"],
)
def test_a_bad_link_says_so_and_shows_the_default(page, app, query):
    page.open(f"{app}/?{query}")
    alert = page.page.get_by_test_id("stAlert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("This link cannot be opened")
    expect(page.page.get_by_test_id("caption")).to_contain_text("1,797 digits")
    assert page.last == 30
    assert page.page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize("query", ["frame=999", "frame=-4", "clustering.eps=1e9", "clustering.eps=1e-9"])
def test_a_link_beyond_the_ends_still_opens(page, app, query):
    page.open(f"{app}/?{query}")
    page.settle()
    assert 0 <= page.at <= page.last
    low, high = (float(page.epsilon.get_attribute(side)) for side in ("min", "max"))
    assert low - 1e-9 <= page.log_eps <= high + 1e-9
    assert page.number("n-clusters") is not None


@pytest.mark.parametrize("width", [390, 820])
def test_a_narrow_screen_does_not_scroll_sideways(visit, app, width):
    page = visit(viewport={"width": width, "height": 844}, has_touch=True).open(app)
    wait_until_static(page.page)
    page.settle()
    over = page.page.evaluate(
        """() => [document.documentElement, ...document.querySelectorAll("[data-testid=stMain], [data-testid=stMainBlockContainer]")]
            .map((e) => e.scrollWidth - e.clientWidth)"""
    )
    assert max(over) <= 0
    box = page.canvas.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_reloading_twice_works(page, app):
    page.open(app)
    for _ in range(2):
        page.page.reload()
        page.wait()
        wait_for_rerun(page.page)
        expect(page.canvas).to_have_count(1)
    page.wait_for_end()


def test_coming_back_keeps_one_stage(page, app):
    page.open(app).wait_for_end()
    page.page.goto("about:blank")
    page.page.go_back()
    page.wait()
    page.open(app)
    expect(page.canvas).to_have_count(1)
    choose(page, "^Data", "^Moons")
    expect(page.page.get_by_test_id("caption")).to_contain_text("moons", timeout=120_000)
    choose(page, "^Data", "^Handwritten")
    expect(page.page.get_by_test_id("caption")).to_contain_text("1,797 digits", timeout=120_000)
    expect(page.canvas).to_have_count(1)
    page.wait_for_end()


def test_a_new_colour_scheme_keeps_step_and_eps(page, app):
    page.open(app).wait_for_end()
    page.set(frame=4, log_eps=page.log_eps - 0.5)
    eps = page.log_eps
    page.page.emulate_media(color_scheme="dark")
    page.until(lambda: max(corner(page)) < 60, "the dark")
    assert (page.at, page.log_eps, page.canvas.count()) == (4, eps, 1)


def test_nothing_is_loaded_from_elsewhere(page, app):
    asked = []
    page.page.on("request", lambda request: asked.append(request.url))
    page.open(app).wait_for_end()
    foreign = [url for url in asked if not url.startswith((app, "data:", "blob:"))]
    assert not foreign
