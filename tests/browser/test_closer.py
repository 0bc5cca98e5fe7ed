"""Looking closer and taking away: the panel of a selection, the tables, and files that other tools open."""

import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

import vaegc

EBML = bytes.fromhex("1A45DFA3")  # how a WebM begins


@pytest.fixture
def five(digits, known):
    """The digits' page with cluster 5 selected as a whole, and its members."""
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    digits.page.get_by_role("button", name=re.compile("^Cluster 5,")).click()
    digits.settle()
    members = np.flatnonzero(labels == 4)
    assert digits.selected.tolist() == members.tolist()
    assert digits.count() == len(members)
    return digits, members


def saved(stage, press):
    """What a press saves: name and bytes."""
    with stage.page.expect_download(timeout=120_000) as waiting:
        press()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def table_of(stage, name):
    expect(stage.control(name)).to_be_visible()  # it waits until the hand rests
    rows = stage.control(name).locator("tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def count_of(text):
    return int(text.replace(",", ""))


# --- the panel -------------------------------------------------------------------------------------------------------


def test_the_panel_tells_what_is_selected(five, known):
    stage, members = five
    classes = np.bincount(known.y[members], minlength=10)
    panel = stage.control("selection")
    expect(panel).to_contain_text(f"Cluster 5: {len(members)} points ({100 * len(members) / len(known.y):.1f}\u00a0%).")
    bars = stage.control("selection-classes").locator("li")
    wanted = sorted(np.flatnonzero(classes), key=lambda c: (-classes[c], c))
    for bar, label in zip(bars.all(), wanted, strict=False):
        assert bar.inner_text().split("\n") == [str(label), f"{100 * classes[label] / len(members):.1f} %"]
    expect(stage.control("selection-clusters")).to_have_text(re.compile(r"Cluster 5\s*100\.0 %"))


def test_the_bars_keep_one_class_and_give_all_back(five, known):
    stage, members = five
    mostly = int(np.bincount(known.y[members]).argmax())
    bar = stage.control("selection-classes").get_by_role("button").first
    bar.click()
    assert stage.count() == (known.y[members] == mostly).sum()
    assert stage.selected.tolist() == members[known.y[members] == mostly].tolist()
    stage.control("selection-classes").get_by_role("button").first.click()
    assert stage.selected.tolist() == members.tolist()


def test_a_bar_of_clusters_selects_that_cluster(digits, known):
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    digits.control("tool-box").click()
    width, height = digits.peek("[player.picture.width, player.picture.height]")
    digits.drag([(5, 5), (width - 5, height - 5)])
    assert digits.count() == len(labels)
    shares = digits.control("selection-clusters").get_by_role("button")
    largest = int(np.bincount(labels[labels >= 0]).argmax())
    expect(shares.first).to_contain_text(f"Cluster {largest + 1}")
    shares.first.click()
    assert digits.selected.tolist() == np.flatnonzero(labels == largest).tolist()


def test_typical_and_odd_members_are_those_of_most_and_least_density(five, known):
    stage, members = five
    density = known.result.scene().log_density[0][members].astype(np.float32)
    order = members[np.argsort(-density, kind="stable")]
    for name, wanted in (("typical", order[:6]), ("odd", order[::-1][:6])):
        buttons = stage.control(name).get_by_role("button")
        shown = [int(b.get_attribute("data-point")) for b in buttons.all()]
        assert shown == wanted.tolist()
    first = stage.control("typical").get_by_role("button").first
    expect(first).to_have_attribute("aria-label", f"point {order[0]:,}, class {known.y[order[0]]}")
    first.click()
    expect(stage.control("pinned")).to_contain_text(f"point {order[0]:,}")


def test_the_mean_picture_is_the_mean_of_the_members(five, known):
    stage, members = five
    drawn = np.array(
        stage.control("selection")
        .locator("canvas.vg-image")
        .first.evaluate(
            "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 0)"
        ),
        float,
    )
    ink = known.result.dataset.x[members].mean(axis=0) / known.result.dataset.pixel_range[1]
    assert np.abs(1 - drawn / 255 - ink).max() < 0.01


def test_the_panel_follows_eps_and_goes_when_it_is_cleared(five, known):
    stage, members = five
    before = stage.control("selection-clusters").inner_text()
    stage.set(frame=3)
    assert stage.count() == len(members)
    assert stage.control("selection-clusters").inner_text() != before
    labels = known.sweep(3).labels_at(stage.peek("player.eps"))[members]
    noise = (labels < 0).mean()
    expect(stage.control("selection-clusters")).to_contain_text(f"{100 * noise:.1f} %")
    dimmed = stage.picture()
    stage.control("selection-clear").click()
    stage.settle()
    expect(stage.control("selection")).to_be_hidden()
    assert stage.picture() != dimmed
    assert stage.selected.tolist() == []


def test_what_is_selected_is_exported_with_its_ids(five, known):
    stage, members = five
    name, data = saved(stage, stage.control("selection-export").click)
    assert name == "cluster.csv"
    table = pd.read_csv(io.BytesIO(data))
    assert sorted(table["id"]) == members.tolist()
    assert set(table["cluster"]) == {5}
    assert (table["class"] == known.y[table["id"]]).all()
    assert (table["selected"] == 1).all()


# --- the tables ------------------------------------------------------------------------------------------------------


def test_the_table_of_clusters_has_pythons_numbers(digits, known):
    labels = known.sweep(-1).labels_at(digits.peek("player.eps"))
    digits.menu("show-menu", "table-toggle")
    head, *rows = table_of(digits, "table-clusters")
    assert head == ["Cluster", "Points", "Core points", "Share", "Most frequent class", "Its share", "Mean log density"]
    core = known.sweep(-1).core_distances_ <= digits.peek("player.eps")
    density = known.result.scene().log_density[-1]
    found = {}
    for name, size, cores, share, mostly, purity, mean in rows:
        mask = labels == (-1 if name == "Noise" else int(name.split()[1]) - 1)
        classes = np.bincount(known.y[mask])
        assert (count_of(size), count_of(cores)) == (mask.sum(), (mask & core).sum())
        assert share == f"{100 * mask.mean():.1f} %"
        assert (mostly, purity) == (str(classes.argmax()), f"{100 * classes.max() / mask.sum():.1f} %")
        assert float(mean.replace("−", "-")) == pytest.approx(density[mask].mean(), abs=0.051)
        found[name] = count_of(size)
    assert sum(found.values()) == len(labels)
    assert list(found.values())[:-1] == sorted(list(found.values())[:-1], reverse=True)
    digits.control("table-clusters").get_by_role("button").first.click()
    assert digits.count() == next(iter(found.values()))


def test_the_table_of_points_turns_its_pages(five, known):
    stage, members = five
    stage.menu("show-menu", "table-toggle")
    place, following, previous = (stage.control(name) for name in ("table-place", "table-next", "table-previous"))
    expect(place).to_have_text(f"1–25 of {len(members)}")
    seen = []
    while True:
        rows = table_of(stage, "table-points")[1:]
        seen += [count_of(row[0]) for row in rows]
        for point, cluster, label in (row[:3] for row in rows):
            assert (cluster, label) == ("5", str(known.y[count_of(point)]))
        if following.get_attribute("aria-disabled") == "true":
            break
        following.click()
    assert seen == members.tolist()
    expect(place).to_have_text(f"{len(members) // 25 * 25 + 1}–{len(members)} of {len(members)}")
    previous.click()
    assert count_of(table_of(stage, "table-points")[1][0]) == members[len(members) // 25 * 25 - 25]
    stage.control("table-points").get_by_role("button").first.click()
    expect(stage.control("pinned")).to_contain_text(f"point {members[len(members) // 25 * 25 - 25]:,}")
    stage.menu("show-menu", "table-toggle")
    expect(stage.control("table-points")).to_be_hidden()


# --- files -----------------------------------------------------------------------------------------------------------


def press(stage, name):
    def act():
        stage.control("save-menu").click()
        stage.control(name).click()

    return act


@pytest.mark.parametrize("policy", ["wrong", "nearest"])
def test_the_points_are_saved_as_a_table_that_pandas_reads(five, known, policy):
    stage, members = five
    stage.control("policy").select_option(policy)
    stage.set(frame=9, log_eps=stage.log_eps + 0.8)
    eps = stage.peek("player.eps")
    name, data = saved(stage, press(stage, "save-csv"))
    assert name == "points.csv"
    expect(stage.control("save-note")).to_contain_text("points.csv")
    table = pd.read_csv(io.BytesIO(data)).sort_values("point")
    assert table["point"].tolist() == table["id"].tolist() == list(range(len(known.y)))
    labels = known.sweep(9).labels_at(eps, noise=policy)
    assert (table["cluster"].replace("noise", "0").astype(int) - 1).tolist() == labels.tolist()
    assert table["class"].tolist() == known.y.tolist()
    assert np.flatnonzero(table["selected"]).tolist() == members.tolist()
    scene = known.result.scene()
    assert table["log_density"].to_numpy() == pytest.approx(scene.log_density[9].astype(np.float32), rel=1e-6)
    assert table["distance_travelled"].to_numpy() == pytest.approx(scene.travelled[9], abs=1e-4 * float(scene.travelled.max()))


@pytest.mark.parametrize("split", [False, True])
def test_the_picture_is_saved_twice_as_sharp_with_its_caption(digits, known, split):
    if split:
        digits.menu("show-menu", "split")
    width, height = digits.peek("[player.picture.width, player.picture.height]")
    name, data = saved(digits, press(digits, "save-png"))
    assert name == "climb.png"
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "PNG"
    assert picture.width == 2 * width * (2 if split else 1)
    assert picture.height > 2 * height
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    paper = pixels[1, 1]
    strip = np.abs(pixels[2 * height :] - paper).sum(axis=2) > 60
    assert strip[:58].any()  # the state in words
    assert strip[58:].any()  # the caption
    places = 2 * digits.places() + ([2 * width, 0] if split else [0, 0])
    x, y = places.astype(int).T
    assert (np.abs(pixels[y, x] - paper).sum(axis=1) > 0).mean() > 0.99


def test_the_film_is_saved_as_webm(digits):
    digits.control("speed").select_option("4")
    name, data = saved(digits, press(digits, "save-webm"))
    assert name == "climb.webm"
    assert data.startswith(EBML)
    assert b"webm" in data[:64]
    assert len(data) > 10_000
    expect(digits.control("save-note")).to_have_text("Saved the film as climb.webm.")
    expect(digits.control("save-webm")).to_have_text("Film of the climb (WebM)")
    assert digits.at == digits.last


def test_a_film_can_be_given_up(digits):
    digits.control("speed").select_option("0.5")
    digits.control("save-menu").click()
    button = digits.control("save-webm")
    button.click()
    expect(button).to_contain_text("Recording")
    button.click()
    expect(digits.control("save-note")).to_have_text("The film was not saved.")
    expect(button).to_have_text("Film of the climb (WebM)")


# --- a page of its own -----------------------------------------------------------------------------------------------


def test_the_page_of_the_digits_is_small_and_plays_and_cuts_offline(visit, home):
    target = home / "digits-offline.html"
    vaegc.show(vaegc.Experiment().packed_scene(), target)
    assert target.stat().st_size <= 5e6
    page = visit()
    asked = []
    page.page.on("request", lambda request: asked.append(request.url))
    page.page.context.set_offline(True)
    page.open(target.as_uri())
    first = page.picture()
    page.wait_for_end()
    assert page.picture() != first
    before = page.numbers()
    left, width, y = page.grip()
    page.page.mouse.move(left + 0.5 * width, y)
    page.page.mouse.down()
    page.page.mouse.move(left + 0.97 * width, y, steps=5)
    page.page.mouse.up()
    page.settle()
    assert page.numbers() != before
    page.control("cluster-chip").first.click()
    assert page.count() > 0
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == [target.as_uri()]
    assert not page.sent
