"""One's own data in a real browser: uploaded, trained on, climbed, taken away again; and everything that a file can be that is no table."""

import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import expect

from vaegc.benchmarks._page_driver import (
    COMPUTE_TIMEOUT_MS,
    by_key,
    click_button,
    expand,
    save_dataset,
    start_training,
    upload_file,
    visit_page,
    wait_for_rerun,
    write_table,
)
from vaegc.datasets import template

N = 2000
LONG = COMPUTE_TIMEOUT_MS
ONE_SENTENCE = re.compile(r"[^\n]{10,220}\.")


@pytest.fixture(scope="module")
def own(browser, app, home):
    """A browser profile that keeps a table of 2,000 rows with labels, called Quince."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(60_000)
    page = context.new_page()
    visit_page(page, app, "Data")
    upload_file(page, write_table(home / "quince.csv", N))
    expect(by_key(page, "review")).to_contain_text(f"{N:,} rows")
    expect(by_key(page, "sums")).to_contain_text(re.compile(rf"Points\s*{N:,}\s*Features\s*8\s*Classes\s*4"), timeout=LONG)
    save_dataset(page, "Quince")
    page.close()
    yield context
    context.close()


@pytest.fixture
def tab(own, visit):
    """A tab of that profile; the test fails if it reports an error."""
    return visit(own)


def pick(page, name, key):
    """Press a button on the card of one's own data set."""
    card = page.locator("[class*=st-key-card-]", has_text=name).first
    card.locator(f"[class*=st-key-{key}-]").get_by_role("button").click()


def labels_of(page):
    """The table that "Labels (CSV)" gives."""
    expand(page, "take_away")
    with page.expect_download(timeout=COMPUTE_TIMEOUT_MS) as waiting:
        page.get_by_role("button", name="Labels (CSV)").click()
    return pd.read_csv(waiting.value.path())


# --- the whole way ---------------------------------------------------------------------------------------------------


def test_a_table_with_labels_is_trained_on_climbed_and_taken_away(tab, app, home):
    page = tab.page
    visit_page(page, app, "Data")
    pick(page, "Quince", "train")
    expect(by_key(page, "train-data").get_by_role("combobox")).to_have_value(f"Quince ({N:,})", timeout=LONG)
    start_training(page, None, epochs=5, title="Five epochs")
    status = by_key(page, "run-status")
    expect(status).to_contain_text("Finished: 5 of 5 epochs")
    expect(tab.control("training-map-canvas")).to_have_attribute("aria-label", re.compile("Latent space after epoch 5"))
    page.evaluate("window.untouched = true")
    click_button(page, "open")
    tab.wait()  # computed by a job, and shown by itself
    assert page.evaluate("window.untouched"), "the page was loaded anew"
    tab.wait_for_end()
    assert tab.last == 30
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile("^Five epochs"))
    assert tab.number("n-counted") == 4
    assert tab.number("acc") > 0.99
    expect(tab.control("plateau").first).to_have_text("4 clusters")
    expect(tab.control("plateau").first).to_have_attribute("aria-pressed", "true")
    found = labels_of(page)
    assert list(found.columns) == ["point", "cluster", "class"]
    assert found["point"].tolist() == list(range(N))
    assert (found["cluster"].to_numpy() == tab.labels).all()
    assert found["class"].tolist() == pd.read_csv(home / "quince.csv")["label"].tolist()


def test_an_embedding_is_climbed_without_a_model(page, app, tmp_path):
    rng = np.random.default_rng(1)
    at = np.array([[0, 0], [8, 0], [0, 8]])[rng.integers(3, size=600)] + rng.normal(size=(600, 2))
    names = [f"row {i}" for i in range(600)]
    pd.DataFrame({"id": names, "umap_1": at[:, 0], "umap_2": at[:, 1]}).to_csv(tmp_path / "embedding.csv", index=False)
    visit_page(page.page, app, "Data")
    upload_file(page.page, tmp_path / "embedding.csv")
    expect(by_key(page.page, "review")).to_contain_text("It looks like one")
    save_dataset(page.page, "Three groups")
    click_button(page.page, "kept-climb")
    page.wait().wait_for_end()
    assert page.last == 30
    assert page.number("n-counted") == 3
    expect(page.control("plateau").first).to_have_text("3 clusters")
    found = labels_of(page.page)
    assert list(found.columns) == ["id", "point", "cluster"]
    assert found["id"].tolist() == names


def test_a_long_stage_shows_progress_can_be_cancelled_and_appears_without_a_reload(tab, app):
    page, card = tab.page, by_key(tab.page, "waiting")
    visit_page(page, app, "Data")
    page.evaluate("window.untouched = true")
    pick(page, "Quince", "explore")
    expect(card).to_contain_text("points of Quince", timeout=LONG)
    expect(card.get_by_role("progressbar")).to_be_visible(timeout=LONG)
    by_key(page, "stop_waiting").get_by_role("button").click()
    expect(card).to_contain_text("Cancelled. Nothing was lost", timeout=LONG)
    click_button(page, "compute")
    expect(card).to_contain_text(re.compile(r"Climbing|Drawing|map|Loading", re.IGNORECASE), timeout=LONG)
    tab.wait().wait_for_end()
    assert page.evaluate("window.untouched")
    expect(card).to_have_count(0)
    assert tab.number("n-counted") == 4


def test_a_link_to_own_data_opens_in_this_browser_only(tab, visit, app):
    visit_page(tab.page, app, "Data")
    pick(tab.page, "Quince", "explore")
    tab.wait().wait_for_end()
    tab.set(frame=12, log_eps=tab.log_eps + 0.2)
    tab.frame.dispatch_event("change")
    tab.epsilon.dispatch_event("change")
    expect(tab.page).to_have_url(re.compile(r"dataset=mine%3A[0-9a-f]{16}.*frame=12"))
    expect(tab.page).to_have_url(re.compile(r"clustering\.eps="))
    second = visit(tab.page.context).open(tab.page.url)
    assert (second.at, second.numbers(), second.eps) == (12, tab.numbers(), pytest.approx(tab.eps))
    assert second.labels.tolist() == tab.labels.tolist()
    stranger = visit().open(tab.page.url)
    alert = stranger.page.get_by_test_id("stAlert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("belong to another browser")
    expect(stranger.page.get_by_test_id("stException")).to_have_count(0)
    expect(stranger.page.locator("body")).not_to_contain_text("Quince")
    stranger.wait_for_end()
    assert stranger.number("n-counted") == 9  # the picture that everybody gets


# --- what a file can be ----------------------------------------------------------------------------------------------


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, raw in files.items():
            file.writestr(name, raw)
    return packed.getvalue()


def picture(size=8):
    packed = io.BytesIO()
    Image.fromarray(np.arange(size * size, dtype=np.uint8).reshape(size, size)).save(packed, "PNG")
    return packed.getvalue()


def pickled():
    packed = io.BytesIO()
    np.save(packed, np.array([{"x": 1}], dtype=object), allow_pickle=True)
    return packed.getvalue()


ROWS = "a,b,c\n" + "".join(f"{i},{i * i % 7},{i % 3}.5\n" for i in range(30))
REFUSED = {  # name: what it holds, and what the sentence says
    "deck.docx": (b"PK", "not one of the readable kinds"),
    "empty.csv": (b"", "empty"),
    "words.csv": (b"a,b\nx,y\nz,w\n" * 5, "no column of numbers"),
    "all-nan.csv": (b"a,b\nnan,1\n2,nan\n" * 5, ""),
    "one-row.csv": (b"a,b\n1,2\n", "at least 2 points"),
    "bomb.zip": (zipped(**{"a/1.png": b"\0" * 40_000_000, "a/2.png": picture()}), ""),
    "out-of-it.zip": (zipped(**{"../../evil.png": picture(), "a/1.png": picture()}), "leads out of it"),
    "pickled.npy": (pickled(), "Python objects, which are never opened"),
    "no-pictures.zip": (zipped(**{"a/1.png": b"not a picture", "a/2.png": b"nor this"}), "no readable picture"),
}
TAKEN = {  # name: what it holds, and what is said of it
    "one-column.csv": ("a\n" + "\n".join(map(str, range(30))), "1 column"),
    "some-nan.csv": ("a,b\n" + "1.5,2\n3,4.5\nnan,5\n" * 10, "10 of 30 rows dropped"),
    "repeated.csv": ("a,b\n" + "1,2\n3,5\n" * 20, "38 of 40 rows repeat"),
    "数据 ünïcode.csv": (ROWS, "数据 ünïcode.csv"),
    "<b>bold `code` $x$.csv": (ROWS, "<b>bold `code` $x$.csv"),
}


def test_every_hostile_file_gets_one_sentence_and_nothing_is_lost(visit, app):
    stage = visit()
    page, bring, review = stage.page, by_key(stage.page, "bring"), by_key(stage.page, "review")
    visit_page(page, app, "Data")
    upload_file(page, sent("template.csv", template().encode()))
    save_dataset(page, "Kept before")
    click_button(page, "kept-another")
    for name, (raw, words) in REFUSED.items():
        upload_file(page, sent(name, raw))
        alert = bring.get_by_test_id("stAlert")
        expect(alert).to_contain_text(name, timeout=LONG)
        expect(alert).to_contain_text(words)
        assert ONE_SENTENCE.fullmatch(alert.inner_text().removeprefix("error").strip()), alert.inner_text()
    upload_file(page, sent("large.csv", b"1,2,3\n" * 900_000))
    expect(by_key(page, "too-large")).to_contain_text("more than 5 MB, the most that is taken here", timeout=LONG)
    expect(by_key(page, "too-large")).to_be_visible()
    expect(bring.get_by_test_id("stAlert")).to_be_hidden()  # of the file before
    for name, (text, words) in TAKEN.items():
        upload_file(page, sent(name, text.encode()))
        expect(review).to_contain_text(words, timeout=LONG)
        click_button(page, "remove")
    assert page.get_by_test_id("stException").count() == 0
    expect(page.locator("[class*=st-key-card-]", has_text="Kept before")).to_be_visible()
    visit_page(page, app, "Data")
    expect(page.locator("[class*=st-key-card-]", has_text="Kept before")).to_be_visible()


def sent(name, raw):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": raw}


def test_what_was_uploaded_is_still_there_after_another_page(page, app):
    visit_page(page.page, app, "Data")
    upload_file(page.page, sent("held.csv", ROWS.encode()))
    page.page.locator("[data-testid=stPageLink]", has_text="Learn").click()
    page.page.get_by_test_id("stage").wait_for(timeout=LONG)
    page.page.locator("[data-testid=stPageLink]", has_text="Data").click()
    expect(by_key(page.page, "review")).to_contain_text("held.csv", timeout=LONG)
    wait_for_rerun(page.page)
