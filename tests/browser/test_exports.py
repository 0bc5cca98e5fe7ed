"""What is taken away opens where there is no network: the report and the stage in a browser, and the code that the page shows gives its numbers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from vaegc import Experiment
from vaegc.benchmarks._page_driver import COMPUTE_TIMEOUT_MS, by_key, expand, wait_until_static

MOST_BYTES = 5_000_000
ROOT = Path(__file__).parent.parent.parent
NUMBERS = ("n-clusters", "noise", "acc", "nmi", "ari")


@pytest.fixture(scope="module")
def result():
    return Experiment().run()


@pytest.fixture(scope="module")
def report(result, home):
    path = home / "report.html"
    result.report(path)
    return path


@pytest.fixture
def offline(visit):
    """Opens a file where nothing but files can be had; the test fails if it asks for anything else, or reports an error."""
    asked = []

    def make(path, **options):
        stage = visit(offline=True, **options)
        stage.page.route(re.compile(r"^(?!file://|data:|blob:)"), lambda route: (asked.append(route.request.url), route.abort()))
        stage.open(Path(path).as_uri())
        stage.settle()
        return stage

    yield make
    assert not asked


def known(result):
    """What the stage shows of a result, up to border points that two clusters may claim."""
    s = result.scores
    return {"n-clusters": s.n_clusters, "noise": s.noise, "acc": s.acc, "nmi": s.nmi, "ari": s.ari}


def check(stage, result):
    got = stage.numbers()
    for name, value in known(result).items():
        assert got[name] == pytest.approx(value, abs=0.004), name


def saved(page, button, folder):
    """A file that a button of the fold gives."""
    with page.expect_download(timeout=COMPUTE_TIMEOUT_MS) as waiting:
        page.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


# --- the report -------------------------------------------------------------------------------------------------------


def test_the_report_works_offline_and_its_stage_plays(report, result, offline):
    assert report.stat().st_size <= MOST_BYTES
    stage = offline(report)
    assert stage.at == stage.last == 30
    assert stage.eps == pytest.approx(result.eps, rel=1e-6)
    check(stage, result)
    assert result.suggestion.reason in stage.page.locator(".report").last.inner_text()
    expect(stage.page.locator("figure svg")).to_have_count(5)
    stage.record()
    stage.play.click()
    stage.until(lambda: any(step < stage.last for step in stage.recorded()), "the film")
    stage.wait_for_end()
    stage.set(log_eps=float(stage.epsilon.get_attribute("max")))
    assert stage.number("n-clusters") == 1


def test_every_picture_of_the_report_is_drawn(report, offline):
    page = offline(report).page
    wait_until_static(page)
    sizes = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert len(sizes) == 10  # nine clusters, and the points for paper
    assert all(size > 40 for size in sizes)
    assert page.locator("figure svg").first.bounding_box()["height"] > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_follows_light_and_dark(scheme, report, offline):
    page = offline(report, color_scheme=scheme).page
    ground, ink, line = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,
        getComputedStyle(document.querySelector("figure svg text")).fill]"""
    )
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 20, 28)"}[scheme]
    light = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ground, ink, line)]
    assert abs(light[1] - light[0]) > 450
    assert abs(light[2] - light[0]) > 200


def test_on_paper_the_stage_is_a_picture(report, offline):
    page = offline(report, color_scheme="dark").page
    still = page.locator("img.still")
    expect(still).to_be_hidden()
    page.emulate_media(media="print")
    expect(still).to_be_visible()
    expect(page.locator("#stage")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.set_viewport_size({"width": 688, "height": 1000})  # between the margins of A4
    page.wait_for_function("document.documentElement.scrollWidth <= 688")
    pages = page.pdf(prefer_css_page_size=True, format="A4").count(b"/Type /Page\n")
    assert 3 <= pages <= 9


def test_the_report_fits_a_phone(report, offline):
    page = offline(report, viewport={"width": 390, "height": 844}).page
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_report_reads_without_scripts(report, browser):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    expect(page.locator("img.still")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("9 clusters")
    context.close()


# --- from the page ----------------------------------------------------------------------------------------------------


def test_what_explore_gives_away_opens_offline_and_says_what_the_page_says(page, app, home, offline):
    page.open(app).wait_for_end()
    page.set(log_eps=-1.5)
    page.epsilon.dispatch_event("change")
    expect(page.page).to_have_url(re.compile("clustering.eps="))
    shown, sheet = page.numbers(), page.page
    expand(sheet, "take_away")
    eps = float(re.search(r"clustering\.eps=([\d.]+)", sheet.url)[1])
    report, stage = (saved(sheet, name, home) for name in ("Report (HTML)", "This stage (HTML)"))
    assert report.stat().st_size <= MOST_BYTES
    for path in (report, stage):
        opened = offline(path)
        if path == stage:
            opened.wait_for_end()
        assert opened.eps == pytest.approx(eps, rel=1e-6)
        assert opened.numbers() == shown
    assert "chosen by hand" in report.read_text(encoding="utf-8")
    labels = pd.read_csv(saved(sheet, "Labels (CSV)", home))
    points = pd.read_parquet(saved(sheet, "Points (Parquet)", home))
    assert labels["cluster"].tolist() == points["cluster"].tolist() == page.labels.tolist()
    assert Experiment.from_yaml(saved(sheet, "Settings (YAML)", home)).clustering.eps == pytest.approx(eps)


def test_the_python_on_the_page_prints_the_numbers_on_the_page(page, app, home):
    page.open(app).wait_for_end()
    expand(page.page, "take_away")
    fold = by_key(page.page, "take_away")
    fold.get_by_role("tab", name="Python").click()
    code = fold.locator("code.language-python").inner_text()
    shown = page.numbers()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    told = {key: float(value) for key, value in re.findall(r"(n_clusters|noise|acc|nmi|ari)=([\d.e-]+)", done.stdout)}
    for name in NUMBERS:
        assert told[name.replace("-", "_")] == pytest.approx(shown[name], abs=0.004), name


def test_the_fold_is_reached_and_opened_by_keyboard(page, app):
    page.open(app)
    fold = by_key(page.page, "take_away")
    fold.locator("summary").focus()
    page.page.keyboard.press("Enter")
    expect(fold.get_by_text("Make it again")).to_be_visible()
    expect(fold.get_by_text("Take it along")).to_be_visible()
    fold.get_by_role("tab", name="Link").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.keyboard.press("Enter")
    expect(fold.locator("code.language-python")).to_be_visible()
    expect(fold.get_by_test_id("stDownloadButton")).to_have_count(5)
    names = [button.inner_text().split("\n")[-1] for button in fold.get_by_test_id("stDownloadButton").all()]
    assert names == ["Report (HTML)", "Labels (CSV)", "Points (Parquet)", "This stage (HTML)", "Settings (YAML)"]
