"""Driver of the pages: selects, types, uploads and trains as a user does, for the browser tests and the benchmark `crowd`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

COMPUTE_TIMEOUT_MS = 600_000  # for a training or a scene to begin on a busy machine
APP_AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'
RERUN_START_TIMEOUT_MS = 1000  # after which a click is taken for one that the server does not hear of
# Counts how often the server has begun or ended a run of the page, and waits until it has since the page last rested.
WAIT_FOR_RUN = """(patience) => new Promise((done) => {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app) return done();
  if (window.scriptRuns?.app !== app) {
    const runs = (window.scriptRuns = { app, changes: 1, seen: 0, resolve: null });
    new MutationObserver(() => {
      runs.changes++;
      runs.resolve?.();
    }).observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  }
  const runs = window.scriptRuns;
  if (runs.changes > runs.seen) return done();
  runs.resolve = done;
  setTimeout(done, patience);
})"""
MARK_RUNS_SEEN = "() => { if (window.scriptRuns) window.scriptRuns.seen = window.scriptRuns.changes; }"
IS_STATIC = """() => document.fonts.status === "loaded" && [...document.images].every((image) => image.complete || image.loading === "lazy")
    && document.getAnimations().every((one) => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""
NOTHING_STALE = "() => document.querySelectorAll('[data-stale=true], [data-testid=stSkeleton]').length === 0"


def by_key(page: Any, key: str) -> Any:
    """Return the widget or container of this key; a key may be given by its beginning, with a star at its end."""
    if key.endswith("*"):
        return page.locator(f'[class*=" st-key-{key[:-1]}"], [class^="st-key-{key[:-1]}"]')
    return page.locator(f".st-key-{key}")


def wait_for_rerun(page: Any) -> None:
    """Wait until the page has run and shows nothing of the run before."""
    page.evaluate(WAIT_FOR_RUN, RERUN_START_TIMEOUT_MS)  # a click reaches the server first
    _wait_for_rest(page)
    page.evaluate(MARK_RUNS_SEEN)


def wait_until_static(page: Any) -> None:
    """Wait until nothing is loaded and nothing moves any more: fonts, pictures, what is faded in. Also for pages without a server."""
    page.wait_for_load_state("networkidle", timeout=COMPUTE_TIMEOUT_MS)
    if page.get_by_test_id("stApp").count():
        _wait_for_rest(page)
    page.wait_for_function(IS_STATIC, timeout=COMPUTE_TIMEOUT_MS)


def _wait_for_rest(page: Any) -> None:
    page.locator(APP_AT_REST).wait_for(state="attached", timeout=COMPUTE_TIMEOUT_MS)
    page.wait_for_function(NOTHING_STALE, timeout=COMPUTE_TIMEOUT_MS)


def visit_page(page: Any, address: str, name: str = "") -> None:
    """Open a page by its address."""
    page.goto(f"{address}/{name}", timeout=COMPUTE_TIMEOUT_MS)
    page.locator("[data-testid=stMainBlockContainer] h1").first.wait_for(timeout=COMPUTE_TIMEOUT_MS)
    wait_for_rerun(page)


def switch_page(page: Any, label: str) -> None:
    """Go to another page by the list of pages, which keeps the session."""
    page.locator("[data-testid=stPageLink]", has_text=label).click()
    page.wait_for_function("(title) => document.title.startsWith(title)", arg=label)
    wait_for_rerun(page)


def select_option(page: Any, key: str, option: str) -> None:
    """Select the option of a select box whose label begins so."""
    box = by_key(page, key).get_by_role("combobox").first
    box.click()
    page.get_by_role("option", name=re.compile(rf"^{re.escape(option)}")).first.click()
    wait_for_rerun(page)


def fill_field(page: Any, key: str, text: str) -> None:
    """Type into a field of text or of a number."""
    field = by_key(page, key).locator("input, textarea").first
    field.fill(text)
    field.press("Enter")
    wait_for_rerun(page)


def click_button(page: Any, key: str) -> None:
    """Press a button."""
    by_key(page, key).get_by_role("button").first.click()
    wait_for_rerun(page)


def start_training(
    page: Any,
    address: str | None,
    *,
    data: str | None = None,
    epochs: int,
    title: str,
    widths: str | None = None,
    batch: int | None = None,
) -> None:
    """Start a run on the Train page and wait until its picture is there.

    Parameters
    ----------
    page
        A tab.
    address
        Of the app; None where the tab shows the Train page.
    data
        Beginning of its words in the list; None: what is chosen.
    epochs, title, widths, batch
        Settings of the run; None: as they are.
    """
    if address is not None:
        visit_page(page, address, "Train")
    expand(page, "train-new")
    if data is not None:
        select_option(page, "train-data", data)
    if widths is not None or batch is not None:
        expand(page, "train-advanced-*")
        if widths is not None:
            fill_field(page, "train-hidden-*", widths)
        if batch is not None:
            fill_field(page, "train-batch_size-*", str(batch))
    fill_field(page, "train-epochs-*", str(epochs))
    fill_field(page, "train-title", title)
    click_button(page, "train")
    page.get_by_test_id("training").wait_for(timeout=COMPUTE_TIMEOUT_MS)


def expand(page: Any, key: str) -> None:
    """Open a fold that is closed."""
    details = by_key(page, key).locator("details").first
    if details.get_attribute("open") is None:
        details.locator("summary").first.click()
        wait_for_rerun(page)


def write_table(path: Path, points: int = 2000, seed: int = 0, *, labels: bool = True) -> Path:
    """Write a CSV table: four groups in eight dimensions, and which group each row is of."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    classes = rng.integers(4, size=points)
    centres = 12 * np.eye(4, 8)
    made = pd.DataFrame((centres[classes] + rng.normal(size=(points, 8))).round(4), columns=[f"f{i}" for i in range(8)])
    if labels:
        made["label"] = np.array(["ash", "birch", "cedar", "douglas"])[classes]
    made.to_csv(path, index=False)
    return path


def upload_file(page: Any, file: Any) -> None:
    """Give a file to the uploader of the Data page: a path, or Playwright's name, mimeType and buffer."""
    by_key(page, "bring").locator("input[type=file]").set_input_files(file)
    wait_for_rerun(page)


def save_dataset(page: Any, title: str) -> None:
    """Name the uploaded data set and save it."""
    fill_field(page, "name-*", title)
    click_button(page, "keep")
    by_key(page, "kept").wait_for(timeout=COMPUTE_TIMEOUT_MS)
