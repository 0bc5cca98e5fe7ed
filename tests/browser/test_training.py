"""The Train page in a real browser: a run is watched, stopped, resumed, and found again."""

import re

from playwright.sync_api import expect

from vaegc import jobs
from vaegc.benchmarks._page_driver import COMPUTE_TIMEOUT_MS, by_key, click_button, start_training, visit_page, wait_for_rerun
from vaegc.training import run_status

LONG = COMPUTE_TIMEOUT_MS
ENDLESS = 100_000  # epochs: a run ends when it is told to, however fast the machine is


def status(page):
    return by_key(page, "run-status")


def epoch(page):
    """The epoch that is being trained, as the page says it."""
    found = re.search(r"Epoch ([\d,]+) of", status(page).inner_text())
    return int(found[1].replace(",", "")) if found else 0


def wait_for_epoch(page, wanted):
    page.wait_for_function(
        """(wanted) => {
          const words = document.querySelector(".st-key-run-status")?.innerText.match(/Epoch ([\\d,]+) of/);
          return words && Number(words[1].replace(",", "")) >= wanted;
        }""",
        arg=wanted, timeout=LONG,
    )  # fmt: skip


def newest(title):
    return next(job for job in jobs.jobs() if job.title == title)


def test_a_run_that_is_cancelled_at_epoch_2_goes_on_from_there(page, app, ended):
    tab = page.page
    start_training(tab, app, data="Handwritten", epochs=ENDLESS, title="Cancelled and resumed")
    wait_for_epoch(tab, 3)  # two are done
    done = [0]
    for attempt in range(2):
        click_button(tab, "cancel")
        expect(status(tab)).to_contain_text("Cancelled after", timeout=LONG)
        expect(by_key(tab, "resume")).to_be_visible()
        done.append(int(re.search(r"Cancelled after ([\d,]+) of", status(tab).inner_text())[1].replace(",", "")))
        assert done[-2] + 2 <= done[-1] < ENDLESS
        job = newest("Cancelled and resumed")
        assert (job.folder / "model" / "model.safetensors").is_file()
        assert len(job.attempts) == attempt  # before this one
        assert run_status.history(job.folder).epochs["epoch"] == list(range(1, done[-1] + 1)), (
            "an epoch was trained twice, or is lost"
        )
        if attempt == 0:
            click_button(tab, "resume")
            wait_for_epoch(tab, done[-1] + 3)
    told = [event["done"] for event in jobs.events(job)[0] if event.get("stage") == "train"]
    assert told == sorted(told), "an epoch was trained twice"


def test_a_run_is_found_again_after_a_reload_and_in_a_second_tab_of_this_browser_only(page, visit, app, ended):
    tab = page.page
    start_training(tab, app, data="Handwritten", epochs=ENDLESS, title="Heron of this browser")
    wait_for_epoch(tab, 3)
    at = epoch(tab)
    tab.reload()
    expect(status(tab)).to_contain_text("Heron of this browser", timeout=LONG)
    wait_for_epoch(tab, at + 1)
    at = epoch(tab)
    second = tab.context.new_page()
    visit_page(second, app, "Train")
    expect(status(second)).to_contain_text("Heron of this browser")
    wait_for_epoch(second, at + 1)
    link = tab.url
    assert newest("Heron of this browser").id in link
    stranger = visit().page
    stranger.goto(link, timeout=LONG)
    expect(stranger.get_by_test_id("stAlert")).to_contain_text("The run of this link belongs to another browser", timeout=LONG)
    expect(stranger.get_by_test_id("stApp")).not_to_contain_text("Heron")
    click_button(second, "pause")
    expect(status(second)).to_contain_text("Paused after", timeout=LONG)
    expect(status(tab)).to_contain_text("Paused after", timeout=LONG)  # without a touch
    wait_for_rerun(tab)
    click_button(tab, "resume")
    expect(status(tab)).to_contain_text("points/s", timeout=LONG)
    click_button(tab, "cancel")
    expect(status(tab)).to_contain_text("Cancelled after", timeout=LONG)
