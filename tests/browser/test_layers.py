"""Colours, layers, ε and noise: each control has the effect that it names."""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect
from sklearn.cluster import DBSCAN

import vaegc


def truth(known, frame, eps):
    """Labels of scikit-learn's DBSCAN, which the scores follow."""
    found = DBSCAN(eps=eps, min_samples=known.spec.clustering.min_samples, algorithm="kd_tree")
    return found.fit(known.result.trajectory.points[frame].astype(float)).labels_


def count_colour(stage, colour):
    """Pixels of the picture that have this colour, as far as points cover what is below them."""
    return stage.canvas.evaluate(
        """(canvas, [r, g, b]) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let many = 0;
          for (let k = 0; k < data.length; k += 4) many += Math.hypot(data[k] - r, data[k + 1] - g, data[k + 2] - b) < 30;
          return many;
        }""",
        colour,
    )


# --- colours and layers ----------------------------------------------------------------------------------------------


def test_every_way_of_colouring_changes_the_picture_and_says_what_it_means(digits, known):
    digits.set(frame=0)
    colour, legend = digits.control("colour"), digits.control("colour-legend")
    values = colour.locator("option").evaluate_all("(options) => options.map((option) => option.value)")
    assert values == ["cluster", "truth", "disagreement", "density", "distance", "column0"]
    expect(legend).to_be_hidden()  # clusters have a list of their own
    digits.set(frame=15)
    pictures, words = {digits.picture()}, {}
    for value in values[1:]:
        colour.select_option(value)
        digits.settle()
        pictures.add(digits.picture())
        expect(legend).to_be_visible()
        words[value] = legend.inner_text().split("\n")
    assert len(pictures) == len(values)
    assert [re.sub(r"^\W", "", word) for word in words["truth"]] == [str(k) for k in range(10)]
    assert [re.sub(r"^\W", "", word) for word in words["disagreement"]] == ["as matched", "wrong", "noise"]
    for value, name in (("density", "Log density"), ("distance", "Distance travelled"), ("column0", "mean ink")):
        said, low, high = words[value]
        assert said == name
        assert number(low) < number(high)
    ways = known.result.scene().travelled[-1]
    assert [number(word) for word in words["distance"][1:]] == pytest.approx([0, np.quantile(ways, 0.99)], rel=1e-2)
    ink = known.result.dataset.x.mean(axis=1) / known.result.dataset.pixel_range[1]
    assert [number(word) for word in words["column0"][1:]] == pytest.approx(np.quantile(ink, [0.01, 0.99]), abs=2e-3)
    colour.select_option("cluster")
    digits.settle()
    expect(legend).to_be_hidden()
    assert digits.picture() in pictures


def number(text):
    return float(text.replace("−", "-"))


def test_disagreement_marks_what_accuracy_loses(digits, known):
    eps = digits.peek("player.eps")
    labels = truth(known, -1, eps)
    digits.control("colour").select_option("disagreement")
    digits.settle()
    marked = np.array(digits.peek("[...player.layers.current().colouring.entries]"))
    assert (marked == 2).tolist() == (labels == -1).tolist()
    assert (marked == 0).mean() == pytest.approx(vaegc.score(known.y, labels).acc, abs=1e-9)
    red = digits.peek("player.theme.wrong")
    digits.set(frame=12)
    assert count_colour(digits, red) > 10
    digits.control("colour").select_option("truth")
    digits.settle()
    assert count_colour(digits, red) == 0


def test_trails_are_drawn_for_all_for_the_selected_or_not_at_all(digits):
    digits.set(frame=10)
    bare = digits.picture()
    trails = digits.control("trails")
    digits.control("show-menu").click()
    trails.select_option("all")
    digits.settle()
    everywhere = digits.picture()
    assert everywhere != bare
    trails.select_option("hover")
    digits.settle()
    assert digits.picture() == bare
    digits.control("show-menu").click()
    digits.control("cluster-chip").first.click()
    digits.settle()
    selected = digits.picture()
    switch = digits.control("selection-trails")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    expect(trails).to_have_value("off")
    digits.settle()
    assert digits.picture() not in (selected, bare)
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    digits.settle()
    assert digits.picture() == selected


def test_the_pointed_one_shows_its_way_unless_trails_are_off(digits):
    digits.set(frame=12)
    drawn = "player.picture.overlay.toDataURL()"
    place = digits.places()[100]
    digits.point(*place)
    with_way = digits.peek(drawn)
    digits.control("show-menu").click()
    digits.control("trails").select_option("off")
    digits.control("show-menu").click()
    digits.point(*place)
    assert digits.peek(drawn) != with_way


@pytest.mark.parametrize("name", ["digits", "uneven"])
def test_contours_lie_under_the_points(opened, name):
    stage = opened(name)
    bare = stage.picture()
    stage.menu("show-menu", "contours")
    expect(stage.control("contours")).to_be_checked()
    lined = stage.picture()
    assert lined != bare
    stage.control("show-menu").click()
    said = "The density that is climbed" if name == "uneven" else "How crowded the picture is"
    expect(stage.control("contours-note")).to_contain_text(said)
    stage.control("show-menu").click()
    stage.menu("show-menu", "contours")
    assert stage.picture() == bare


def test_symbols_tell_clusters_apart_without_colour(digits):
    digits.set(frame=6)
    plain = digits.picture()
    chips = digits.control("cluster-chip").locator("i")
    assert set(chips.all_inner_texts()) == {""}
    digits.menu("show-menu", "symbols")
    assert digits.picture() != plain
    counted = int(digits.number("n-counted"))
    signs = digits.control("cluster-chip").locator("i").all_inner_texts()
    assert len({sign for sign in signs if sign}) == min(counted, 10)
    digits.control("colour").select_option("truth")
    digits.settle()
    assert len(set(re.findall(r"[■▲◆✚▼✖○▬★●]", digits.control("colour-legend").inner_text()))) == 10
    digits.control("colour").select_option("cluster")
    digits.menu("show-menu", "symbols")
    assert digits.picture() == plain


def test_menus_close_by_a_press_elsewhere(digits):
    for name in ("show-menu", "save-menu", "keys-menu"):
        button = digits.control(name)
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        digits.control("readout-caption").click()
        expect(button).to_have_attribute("aria-expanded", "false")
    digits.control("keys-menu").click()
    help_words = digits.page.get_by_role("group", name="Keys").inner_text()
    for words in ("play or pause", "to the plateau with fewer or more clusters", "one mark for each colour"):
        assert words in help_words


# --- ε and noise -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["wrong", "ignore", "nearest"])
def test_each_noise_policy_gives_pythons_scores(digits, known, policy):
    digits.control("policy").select_option(policy)
    wording = {"wrong": "noise counts as wrong", "ignore": "noise is left out", "nearest": "noise joins its nearest cluster"}
    rng = np.random.default_rng(1)
    low, high = (float(digits.epsilon.get_attribute(side)) for side in ("min", "max"))
    for frame in (0, 4, 30):
        digits.set(frame=frame, log_eps=float(rng.uniform(low, high)))
        eps = digits.peek("player.eps")
        labels = known.sweep(frame).labels_at(eps, noise="nearest") if policy == "nearest" else truth(known, frame, eps)
        wanted = vaegc.score(known.y, labels, noise="ignore" if policy == "ignore" else "wrong")
        got = digits.numbers()
        for name in ("acc", "nmi", "ari"):
            assert got[name] == pytest.approx(getattr(wanted, name), abs=1e-9), f"{name} at frame {frame}, ε {eps!r}"
        assert got["noise"] == (truth(known, frame, eps) == -1).mean()
        expect(digits.control("readout-caption")).to_contain_text(wording[policy])
        if policy == "ignore":
            expect(digits.control("readout-caption")).to_contain_text(f"scored on {100 * wanted.coverage:.1f} %")


def test_noise_that_joins_the_nearest_takes_its_colour(digits, known):
    digits.set(frame=5)
    noisy = digits.picture()
    digits.control("policy").select_option("nearest")
    digits.settle()
    assert digits.picture() != noisy
    entries = set(digits.peek("[...player.layers.current().colouring.entries]"))
    assert len(digits.peek("player.theme.palette")) not in entries
    labels = known.sweep(5).labels_at(digits.peek("player.eps"), noise="nearest")
    assert (labels >= 0).all()
    for chip in digits.control("cluster-chip").all():
        name, size = (chip.locator(part).inner_text().replace(",", "") for part in (".vg-strong", ".vg-chip-size"))
        assert (labels == int(name) - 1).sum() == int(size)


def test_a_plateau_button_goes_to_its_middle(digits, known):
    buttons = digits.control("plateau")
    plateaus = known.header["trees"][-1]["plateaus"][:4]
    assert buttons.all_inner_texts() == [f"{p['n_clusters']} clusters" for p in plateaus]
    for at, plateau in reversed(list(enumerate(plateaus))):
        buttons.nth(at).click()
        digits.settle()
        assert digits.peek("player.eps") == pytest.approx(math.sqrt(plateau["eps_low"] * plateau["eps_high"]), rel=1e-12)
        assert digits.number("n-counted") == plateau["n_clusters"]
        assert [b.get_attribute("aria-pressed") for b in buttons.all()] == [str(k == at).lower() for k in range(len(plateaus))]


def test_a_typed_radius_is_the_radius(digits, known):
    box = digits.control("eps-input")
    box.fill("0.7")
    box.press("Enter")
    digits.settle()
    assert digits.peek("player.eps") == 0.7
    assert digits.labels.tolist() == known.sweep(-1).labels_at(0.7).tolist()
    assert digits.eps == pytest.approx(0.7)
    box.fill("nonsense")
    box.press("Enter")
    expect(digits.control("notice")).to_have_text("ε is a number, such as 0.5.")
    assert digits.peek("player.eps") == 0.7
    box.fill("1e9")
    box.press("Enter")
    expect(digits.control("notice")).to_contain_text("Here ε goes from")
    assert digits.peek("player.eps") == known.header["eps"]["high"]
    box.fill("0,5")
    box.press("Enter")
    expect(digits.control("notice")).to_be_hidden()
    assert digits.peek("player.eps") == 0.5


def test_a_saved_page_says_why_min_samples_stands_still(digits):
    slider = digits.control("min-samples")
    expect(slider).to_be_disabled()
    assert "fixed in a saved page" in slider.locator("xpath=..").get_attribute("title")
    expect(slider).to_have_value("10")


def test_where_the_picture_is_the_space_eps_is_drawn_in_its_true_size(opened):
    uneven = opened("uneven")
    for eps in (0.4, 0.8):
        uneven.set(log_eps=math.log(eps))
        x, y = np.round(uneven.places().mean(axis=0))
        empty = next(place for place in np.array([(x, y)]) + spiral() if np.hypot(*(uneven.places() - place).T).min() > 20)
        uneven.point(*empty)
        inked = np.array(
            uneven.peek(
                """(() => {
                  const { overlay, ratio } = player.picture;
                  const { data, width, height } = overlay.getContext("2d").getImageData(0, 0, overlay.width, overlay.height);
                  const found = [];
                  for (let k = 0; k < width * height; k++) if (data[4 * k + 3] > 100) found.push([(k % width) / ratio, Math.floor(k / width) / ratio]);
                  return found;
                })()"""
            )
        )
        scale = uneven.peek("player.picture.view.scale / player.picture.ratio")
        height = uneven.peek("player.picture.height")
        rim = inked[inked[:, 1] < height - 30]  # below: ε as a length
        assert np.hypot(*(rim - empty).T) == pytest.approx(eps * scale, abs=2)
        assert np.ptp(inked[inked[:, 1] > height - 30], axis=0)[0] >= eps * scale


def spiral():
    """Steps away from a place, ever farther."""
    turns = np.arange(200)
    return np.round(2.0 * turns[:, None] * np.column_stack([np.cos(turns), np.sin(turns)]))
