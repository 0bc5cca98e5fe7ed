"""The Compare page in a real browser: the chart, the confusion matrix and its pictures, a narrow screen, axe-core's opinion."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from vaegc import Experiment
from vaegc.benchmarks._page_driver import COMPUTE_TIMEOUT_MS, by_key, click_button, select_option, visit_page, wait_for_rerun
from vaegc.studies.confusion import cell_members, result_confusion
from vaegc.studies.run_table import load_runs

LONG = COMPUTE_TIMEOUT_MS


@pytest.fixture(scope="module")
def table(home):
    """The default clustering's matrix, and the points of a cell, as Python knows them."""
    result = Experiment(view="pca").run()
    found = result_confusion(result)
    return found, lambda row, at: cell_members(result, found, row, at)


def compared(tab, app, query="?data=digits"):
    visit_page(tab, app, f"Compare{query}")
    expect(tab.locator(".st-key-compare-chart-methods .gtitle, .st-key-compare-chart-methods .main-svg").first).to_be_attached(
        timeout=LONG
    )
    return tab


def cell(tab, row, at):
    return tab.locator(f'[data-testid=confusion-cell][data-row="{row}"][data-column="{at}"]')


def faces(tab):
    return tab.locator("[data-testid=cell] canvas")


def test_every_run_is_drawn_and_a_mark_tells_what_it_is(page, app):
    tab = compared(page.page, app, "?data=usps")
    chart = by_key(tab, "compare-chart-methods")
    runs = load_runs("usps")["acc"].notna().sum()
    expect(chart.locator(".scatterlayer .points path")).not_to_have_count(0)
    page.until(lambda: chart.locator(".scatterlayer .trace .points path").count() >= runs, "every run")
    dot = chart.locator(".scatterlayer .points path").first
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2 + 30, box["y"] + box["height"] / 2)
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=5)  # what hears the hand lies above the dots
    expect(chart.locator(".hoverlayer")).to_contain_text(re.compile(r"ACC 0\.\d{3}, seed 0.*N = 9,298", re.DOTALL))


def test_a_press_on_a_cell_shows_its_pictures(page, app, table):
    tab = compared(page.page, app)
    found, points_of = table
    expect(tab.get_by_test_id("confusion")).to_be_visible(timeout=LONG)
    cells = tab.get_by_test_id("confusion-cell")
    counts = cells.evaluate_all(
        "(all) => all.map((b) => [Number(b.dataset.row), Number(b.dataset.column), Number(b.dataset.value)])"
    )
    assert {(r, c): n for r, c, n in counts} == {
        tuple(map(int, at)): int(found.counts[at]) for at in zip(*np.nonzero(found.counts), strict=True)
    }
    worst = found.largest_error()
    expect(cell(tab, *worst)).to_have_attribute("aria-pressed", "true")
    row, at = found.matched[3]
    cell(tab, row, at).click()
    expect(tab.get_by_test_id("cell-title")).to_have_text(f"Class {found.classes[row]} in cluster {found.columns[at].name}")
    expect(faces(tab).first).to_have_attribute("aria-label", re.compile(rf"^point {points_of(row, at)[0]:,},"))
    expect(faces(tab)).to_have_count(28)
    painted = faces(tab).first.evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 < 3 && v > 0 && v < 255)"
    )
    assert painted
    expect(cell(tab, row, at)).to_have_attribute("aria-pressed", "true")
    expect(cell(tab, *worst)).to_have_attribute("aria-pressed", "false")


def test_the_matrix_is_one_stop_for_tab_and_arrows_walk_in_it(page, app, table):
    tab = compared(page.page, app)
    found, _ = table
    worst = found.largest_error()
    cell(tab, *worst).focus(timeout=LONG)
    tab.keyboard.press("ArrowUp")
    here = tab.evaluate(
        "() => { let e = document.activeElement; while (e.shadowRoot) e = e.shadowRoot.activeElement; return [Number(e.dataset.row), Number(e.dataset.column)]; }"
    )
    above = max((row for row in range(worst[0]) if found.counts[row, worst[1]]), default=None)
    assert here == [above, worst[1]]
    tab.keyboard.press("Enter")
    expect(tab.get_by_test_id("cell-title")).to_contain_text(f"Class {found.classes[here[0]]} in cluster")
    wait_for_rerun(tab)
    tab.keyboard.press("Tab")
    inside = tab.evaluate(
        "() => { let e = document.activeElement; while (e.shadowRoot) e = e.shadowRoot.activeElement; return e.dataset.testid; }"
    )
    assert inside != "confusion-cell"


def test_the_clustering_opens_in_explore_as_it_was(page, app):
    tab = compared(page.page, app)
    expect(tab.get_by_test_id("confusion")).to_be_visible(timeout=LONG)
    click_button(tab, "compare-explore")
    stage = page.wait()
    assert stage.eps == pytest.approx(Experiment().run().suggestion.eps, rel=1e-6)
    assert stage.at == stage.last


def test_another_data_set_is_chosen_and_the_link_follows(page, app):
    tab = compared(page.page, app)
    select_option(tab, "compare-data", "USPS")
    expect(tab).to_have_url(re.compile(r"data=usps&score=acc"))
    by_key(tab, "compare-score").get_by_text("NMI").click()
    wait_for_rerun(tab)
    expect(tab).to_have_url(re.compile(r"data=usps&score=nmi"))
    expect(by_key(tab, "compare-chart-methods").locator(".xtitle")).to_have_text("NMI")


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_it_fits_its_screen_and_axe_finds_nothing_serious(visit, app, axe, looks, look):
    tab = compared(visit(**looks[look]).page, app)
    expect(tab.get_by_test_id("confusion")).to_be_visible(timeout=LONG)
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    wide = tab.get_by_test_id("stMainBlockContainer").evaluate("(e) => e.scrollWidth - e.clientWidth")
    assert wide <= 1
    assert axe(tab) == {}
