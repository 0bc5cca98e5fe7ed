"""Without a mouse, without seeing the picture, without motion; and axe-core's opinion of the page."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

MOST_TABS = 80
FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element.matches(".vg-canvas") ? element.closest(".vg-views") : element);
  return {
    name: element.dataset.testid ?? element.closest("[data-testid]")?.dataset.testid ?? element.tagName,
    ring: element.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1,
    drawn: ["range", "text"].includes(element.type),
  };
}"""


def focused(stage):
    return stage.page.evaluate(FOCUSED)


def tab_to(stage, name, key="Tab"):
    """Only with the keyboard; returns how many presses it took."""
    for presses in range(1, MOST_TABS):
        stage.page.keyboard.press(key)
        if focused(stage)["name"] == name:
            return presses
    raise AssertionError(f"{key} does not reach {name}")


@pytest.fixture
def keys(digits):
    """The digits' page, reached by Tab, and a function that presses keys and waits for the drawing."""
    tab_to(digits, "stage")

    def press(*names):
        for name in names:
            digits.page.keyboard.press(name)
        digits.settle()

    return digits, press


# --- the keyboard ----------------------------------------------------------------------------------------------------


def test_tab_reaches_every_control_and_shows_where_it_is(digits):
    digits.control("show-menu").click()
    digits.control("table-toggle").check()
    digits.control("show-menu").click()
    digits.control("cluster-chip").first.click()
    digits.click(*digits.places()[0])
    digits.count()
    digits.page.evaluate("document.activeElement.blur(); getSelection().empty()")
    digits.page.mouse.click(2, 2)
    reached = {}
    for _ in range(MOST_TABS + 60):
        digits.page.keyboard.press("Tab")
        here = focused(digits)
        if here["name"] == "BODY":
            break
        if here["drawn"]:
            control = digits.control(here["name"])
            lit = control.screenshot()
            control.blur()
            here["ring"] = control.screenshot() != lit
            control.focus()
        reached.setdefault(here["name"], []).append(here["ring"])
    wanted = """tool-move tool-lasso tool-box zoom-out zoom-in zoom-reset colour show-menu save-menu keys-menu stage pin-close pin-cluster
        play step-back step-forward frame loop speed policy cluster-chip typical odd selection-clusters selection-export selection-trails
        selection-clear plateau epsilon eps-input table-clusters table-points table-next table-previous"""
    assert set(wanted.split()) - set(reached) == set()
    assert [name for name, rings in reached.items() if not all(rings)] == []


def test_the_picture_is_reached_by_few_presses(digits):
    assert tab_to(digits, "stage") <= 12


def test_keys_play_and_step(keys):
    stage, press = keys
    press("Home")
    assert stage.at == 0
    press("ArrowRight", "ArrowRight", "ArrowLeft")
    assert stage.at == 1
    press("End")
    assert stage.at == stage.last
    press("l")  # a repeated film plays until somebody stops it
    expect(stage.control("loop")).to_have_attribute("aria-pressed", "true")
    press("Space")
    stage.page.wait_for_function("() => Number(document.querySelector('[data-testid=frame]').value) > 0")
    assert stage.is_playing()
    press("Space")
    assert not stage.is_playing()
    press("L")
    expect(stage.control("loop")).to_have_attribute("aria-pressed", "false")


def test_keys_move_eps_and_go_to_plateaus(keys, known):
    stage, press = keys
    begin = stage.log_eps
    press("ArrowUp")
    step = stage.log_eps - begin
    assert step == pytest.approx(np.log(known.header["eps"]["high"] / known.header["eps"]["low"]) / 200, rel=1e-6)
    press("Shift+ArrowUp")
    assert stage.log_eps - begin == pytest.approx(11 * step, rel=1e-6)
    press("Shift+ArrowDown", "ArrowDown")
    assert stage.log_eps == pytest.approx(begin, abs=1e-9)
    plateaus = sorted({p["n_clusters"] for p in known.header["trees"][-1]["plateaus"]})
    assert stage.number("n-counted") == max(plateaus) == 9
    for wanted in sorted(plateaus[:-1], reverse=True):
        press("[")
        assert stage.number("n-counted") == wanted
    press("[")
    assert stage.number("n-counted") == plateaus[0]
    press("]")
    assert stage.number("n-counted") == plateaus[1]


def test_keys_zoom_and_shift(keys):
    stage, press = keys
    first, before = stage.picture(), stage.places()
    middle = np.array(stage.peek("[player.picture.width, player.picture.height]")) / 2
    press("+", "=", "+")
    assert np.abs(stage.places() - middle - 1.25**3 * (before - middle)).max() < 0.1
    zoomed = stage.places()
    for key, (x, y) in {"w": (0, 40), "a": (40, 0), "s": (0, -40), "d": (-40, 0), "W": (0, 40)}.items():
        here = stage.places()
        press(key)
        assert np.abs(stage.places() - here - [x, y]).max() < 0.1, key
    press("s")
    assert np.abs(stage.places() - zoomed).max() < 0.1
    press("-", "-", "-")
    assert stage.picture() == first
    press("+", "0")
    assert stage.look() == ""
    assert stage.picture() == first


def test_keys_turn_a_3d_picture(opened):
    solid = opened("solid")
    tab_to(solid, "stage")
    first = solid.picture()
    for key, back in (("w", "s"), ("a", "d")):
        solid.page.keyboard.press(key)
        solid.settle()
        assert solid.picture() != first
        solid.page.keyboard.press(back)
        solid.settle()
        assert solid.peek("player.camera.zoom") == 1
    solid.page.keyboard.press("0")
    solid.settle()
    assert solid.picture() == first


def test_keys_go_through_the_clusters_and_let_go(keys, known):
    stage, press = keys
    labels = known.sweep(-1).labels_at(stage.peek("player.eps"))
    core = known.sweep(-1).core_distances_ <= stage.peek("player.eps")
    order = np.argsort(-np.bincount(labels[core]), kind="stable")
    for wanted in order[:3]:
        press("n")
        assert stage.selected.tolist() == np.flatnonzero(labels == wanted).tolist()
    press("p")
    assert stage.selected.tolist() == np.flatnonzero(labels == order[1]).tolist()
    assert stage.count() == (labels == order[1]).sum()
    stage.click(*stage.places()[0])
    expect(stage.control("pinned")).to_be_visible()
    stage.canvas.focus()
    press("Escape")
    expect(stage.control("pinned")).to_be_hidden()
    assert stage.count() == 0
    press("p")
    assert stage.selected.tolist() == np.flatnonzero(labels == order[-1]).tolist()


def test_keys_choose_colours_and_layers(keys):
    stage, press = keys
    press("Home", *["ArrowRight"] * 8)
    first = stage.picture()
    colour = stage.control("colour")
    values = colour.locator("option").evaluate_all("(options) => options.map((option) => option.value)")
    for value in [*values[1:], "cluster"]:
        press("c")
        expect(colour).to_have_value(value)
        assert (stage.picture() == first) == (value == "cluster")
    for key, name in (("k", "contours"), ("m", "symbols"), ("b", "split")):
        press(key)
        expect(stage.control(name)).to_be_checked()
        assert stage.picture() != first
        press(key)
        expect(stage.control(name)).not_to_be_checked()
        assert stage.picture() == first
    for value in ("all", "off", "hover"):
        press("t")
        expect(stage.control("trails")).to_have_value(value)
        assert (stage.picture() != first) == (value == "all")


def test_keys_of_the_browser_and_of_other_controls_are_left_alone(keys):
    stage, press = keys
    look = stage.look()
    press("Control+c", "Control+b", "Alt+n")
    assert stage.look() == look
    stage.control("policy").focus()
    press("k", "b", "ArrowDown", "ArrowUp")
    stage.control("eps-input").focus()
    press("c", "Home")
    assert (stage.look(), stage.at) == (look, stage.last)


def test_menus_open_and_close_by_keyboard(digits):
    for name in ("show-menu", "save-menu", "keys-menu"):
        button = digits.control(name)
        button.focus()
        digits.page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        digits.page.keyboard.press("Escape")
        expect(button).to_have_attribute("aria-expanded", "false")
        assert focused(digits)["name"] == name


def test_a_whole_visit_with_the_keyboard_alone(keys, known):
    stage, press = keys
    press("Home", *["ArrowRight"] * 5)
    press("Shift+ArrowUp")
    press("n")
    eps = stage.peek("player.eps")
    sweep = known.sweep(5)
    labels = sweep.labels_at(eps)
    largest = np.bincount(labels[sweep.core_distances_ <= eps]).argmax()
    assert stage.count() == (labels == largest).sum()
    assert stage.at == 5
    tab_to(stage, "save-menu", "Shift+Tab")
    press("Enter")
    tab_to(stage, "save-csv")
    with stage.page.expect_download() as waiting:
        press("Enter")
    assert waiting.value.suggested_filename == "points.csv"
    press("Escape")
    tab_to(stage, "selection-clear")
    press("Enter")
    assert stage.count() == 0


# --- what is spoken --------------------------------------------------------------------------------------------------


def test_the_live_text_and_the_label_hold_the_numbers(keys):
    stage, press = keys
    live = stage.control("live")
    expect(live).to_have_attribute("aria-live", "polite")
    for move in (["ArrowLeft"], ["Shift+ArrowUp"] * 5, ["["], ["Home"]):
        press(*move)
        counted, small = int(stage.number("n-counted")), int(stage.number("n-clusters") - stage.number("n-counted"))
        words = f"Step {stage.at} of {stage.last}, ε {stage.peek('player.eps'):#.3g}: {counted:,} cluster{'s' if counted != 1 else ''}"
        words += f", {small:,} small" if small else ""
        words += f", noise {100 * stage.number('noise'):.1f} %, accuracy {stage.number('acc'):.2f}"
        expect(live).to_have_text(words)
        expect(stage.canvas).to_have_attribute("aria-label", f"{stage.control('caption').inner_text()}. {words}")
    expect(stage.canvas).to_have_attribute("role", "img")
    assert stage.epsilon.get_attribute("aria-valuetext").startswith("ε ")
    assert stage.frame.get_attribute("aria-valuetext") == "Step 0"


def test_the_voice_waits_until_the_hand_rests(visit, shown):
    stage = visit()
    clock = stage.page.clock
    clock.install()
    stage.open(shown("digits").address)
    clock.pause_at(stage.page.evaluate("Date.now() + 10000"))  # what it says of itself as it opens has been said
    stage.page.evaluate(
        """() => {
          const live = document.querySelector("[data-testid=live]");
          window.heard = [];
          new MutationObserver(() => heard.push(live.textContent)).observe(live, { childList: true, characterData: true, subtree: true });
        }"""
    )
    for move in range(15):  # fifteen moves, one sentence
        stage.epsilon.evaluate(
            """(slider, share) => {
              slider.value = String(Number(slider.min) + (slider.max - slider.min) * share);
              slider.dispatchEvent(new Event("input", { bubbles: true }));
            }""",
            move / 20,
        )
        clock.run_for(60)
    clock.run_for(240)
    assert stage.page.evaluate("heard") == []
    clock.run_for(200)
    assert len(stage.page.evaluate("heard")) == 1


def test_a_selection_is_spoken(keys):
    stage, press = keys
    press("n")
    expect(stage.control("live")).to_have_text(re.compile(r"^Selected: Cluster \d+: \d+ points \([\d.]+ %\)\. .*\d"))


# --- less motion -----------------------------------------------------------------------------------------------------


def test_with_less_motion_the_film_shows_whole_steps_only(visit, shown):
    stage = visit(reduced_motion="reduce").open(shown("uneven", frame=None).address)
    assert (stage.at, stage.is_playing()) == (0, False)
    stage.control("speed").select_option("4")
    seen = stage.page.evaluate(
        """() => new Promise((done) => {
          const canvas = document.querySelector("[data-testid=stage]"), play = document.querySelector("[data-testid=play]"), seen = new Set();
          play.click();
          const look = () => {
            seen.add(canvas.toDataURL());
            if (play.getAttribute("aria-label") === "Pause") requestAnimationFrame(look); else done([...seen]);
          };
          look();
        })"""
    )
    assert len(seen) > 5
    steps = set()
    for frame in range(stage.last + 1):
        stage.set(frame=frame)
        steps.add(stage.picture())
    assert set(seen) <= steps


# --- axe-core --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("look", "name"), [("light", "digits"), ("dark", "digits"), ("narrow", "digits"), ("light", "uneven")])
def test_axe_finds_nothing_serious(visit, shown, axe, looks, look, name):
    stage = visit(**looks[look]).open(shown(name).address)
    found = {}

    def check(state):
        for rule, said in axe(stage.page).items():
            found.setdefault(rule, (state, *said))

    check("as it opens")
    stage.menu("show-menu", "table-toggle", "symbols", "contours")
    stage.control("cluster-chip").first.click()
    stage.click(*stage.places()[0])
    stage.set(frame=12)
    stage.count()
    check("with a selection, a pinned card and tables")
    stage.control("pin-close").click()
    stage.control("policy").select_option("ignore")
    stage.control("colour").select_option("disagreement")
    for menu in ("show-menu", "save-menu", "keys-menu"):
        stage.control(menu).click()
        check(f"with {menu} open")
    stage.control("colour").select_option("density")
    stage.control("tool-box").click()
    stage.menu("show-menu", "split")
    check("before and after, box")
    assert not found, "\n".join("\n  ".join(map(str, [name, *said])) for name, said in found.items())
