"""Every page as it opens: light, dark and on a phone it fits, says what it is, reports no error, and axe-core has nothing against it."""

import pytest
from playwright.sync_api import expect

from vaegc.benchmarks._page_driver import by_key, upload_file, visit_page, wait_until_static, write_table
from vaegc.store import app_root
from vaegc.ui.page_setup import PAGES

NAMES = [label for path, label, _ in PAGES if (app_root() / path).is_file()]
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_a_page_is_for_everyone(visit, app, axe, looks, look, name):
    stage = visit(**looks[look])
    page = stage.page
    visit_page(page, app, "" if name == "Explore" else name.replace(" ", "_"))
    if name in ("Explore", "Learn"):
        stage.wait()
    wait_until_static(page)
    expect(page.locator("[data-testid=stMainBlockContainer] h1")).to_have_count(1)
    assert page.evaluate(SIDEWAYS) <= 0
    assert axe(page) == {}


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_the_preview_of_a_file_is_for_everyone(visit, app, axe, looks, look, tmp_path):
    page = visit(**looks[look]).page
    visit_page(page, app, "Data")
    upload_file(page, write_table(tmp_path / "quince.csv", 300))
    expect(by_key(page, "sums")).to_contain_text("300", timeout=120_000)
    wait_until_static(page)  # what it is drawn with is loaded
    assert page.evaluate(SIDEWAYS) <= 0
    assert axe(page) == {}
