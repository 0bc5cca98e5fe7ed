"""Gallery of the built-in data sets: a card for each, with the download of those that are not on the disk."""

from __future__ import annotations

import streamlit as st

from vaegc import jobs
from vaegc.datasets import Availability, Description, availability, catalog, is_generated
from vaegc.limits import read_only
from vaegc.ui.data.cards import card, card_grid, defer_errors, explore_dataset, how_to_load, size_label, train_on_dataset
from vaegc.ui.data.labels import escape_markdown
from vaegc.ui.data.thumbnails import Thumbnails
from vaegc.ui.profile import owner
from vaegc.wording import counted

DOWNLOAD_MB = {"mnist": 12, "fashion-mnist": 31, "usps": 8, "svhn": 246, "stl10": 2640, "cifar10": 171}
MANUAL_DOWNLOADS = {  # sets that cannot be downloaded by a plain request
    "har": "Not on this server yet: whoever runs it unpacks “UCI HAR Dataset.zip” of the UCI repository in its data folder.",
    "r8": "Not on this server yet: whoever runs it puts r8-train.txt and r8-test.txt into reuters-r8 in its data folder.",
}
POLL_INTERVAL_S = 1.0  # of a download


def gallery(thumbnails: Thumbnails) -> None:
    """Draw the cards of all built-in sets, those on the disk first."""
    found = {one.name: availability(one.name) for one in catalog()}
    running = _downloads()
    real = sorted((one for one in catalog() if not one.generated), key=lambda one: not found[one.name].is_local)
    with st.container(key="real-head"):
        st.subheader("Built-in sets", anchor=False)
    with card_grid("real-sets"):
        for one in real:
            dataset_card(one, found[one.name], thumbnails, running.get(one.name))
    st.markdown("**2-D toys** · generated from a seed, as many points as you like")
    with card_grid("toy-sets"):
        for one in (one for one in catalog() if one.generated):
            dataset_card(one, found[one.name], thumbnails)


def dataset_card(
    one: Description, where: Availability, thumbnails: Thumbnails, job: jobs.Job | None = None, key: str = ""
) -> None:
    """Draw the card of a named set; `key` tells two cards of one set apart."""
    with card(f"{key}{one.name}"):
        thumbnails.built_in(one.name, one.title, where, MANUAL_DOWNLOADS.get(one.name, "Not on this server yet"))
        shape = None if one.generated else one.image_shape
        amount = counted(one.classes, "class") if one.generated else size_label(one.n, one.d, one.classes, shape)
        st.markdown(f"**{one.title.removesuffix(' (2-D toy)')}**  \n:small[{amount}]")
        st.caption(one.about)
        with st.container(key=f"foot-{key}{one.name}", gap="small"):
            _card_actions(one, where, job, key)


def _card_actions(one: Description, where: Availability, job: jobs.Job | None, key: str) -> None:
    if job is not None and not where.is_local:
        _download_progress(one, job, key)
    with st.container(horizontal=True, gap="small", key=f"act-{key}{one.name}"):
        if where.is_local:
            if st.button("Explore", key=f"{key}explore-{one.name}", icon=":material/explore:"):
                explore_dataset(one.name)
            if st.button("Train", key=f"{key}train-{one.name}", icon=":material/model_training:", disabled=read_only()):
                train_on_dataset(one.name)
        elif one.name not in MANUAL_DOWNLOADS and job is None:
            size = DOWNLOAD_MB[one.name]
            if st.button(
                f"Get ({size:,} MB)", key=f"{key}get-{one.name}", icon=":material/download:", disabled=read_only(),
                help="Downloaded once, from where its authors published it.",
            ):  # fmt: skip
                _start_download(one)
        about = st.popover(
            "", icon=":material/info:", type="tertiary", key=f"{key}about-{one.name}", on_change="rerun",
            help="How to load it" if is_generated(one.name) else "Source, licence, how to load it",
        )  # fmt: skip
        with about:
            if not is_generated(one.name):
                st.markdown(f"**Source.** {one.source}\n\n**Licence.** {one.licence}")
            if about.open:
                how_to_load(one.name, one.name)


def _downloads() -> dict[str, jobs.Job]:
    """Newest download job of each data set by this browser; finished and cancelled ones are deleted."""
    found: dict[str, jobs.Job] = {}
    for job in jobs.jobs(owner()):
        if job.command[:2] == ("data", "get") and len(job.command) == 3:
            if jobs.state(job).status in {"done", "stopped"}:
                jobs.delete(job)
            else:
                found.setdefault(job.command[2], job)
    return found


def _start_download(one: Description) -> None:
    """Start a download, in place of one that failed."""
    before = _downloads().get(one.name)
    with defer_errors():
        if before is not None:
            jobs.delete(before)
        jobs.start(("data", "get", one.name), f"Get {one.title}", owner())
    st.rerun()


def _download_progress(one: Description, job: jobs.Job, key: str) -> None:
    """Draw the progress of a download; polled only while it runs."""
    running = jobs.state(job).status == "running"

    @st.fragment(run_every=POLL_INTERVAL_S if running else None)
    def watch() -> None:
        now = jobs.state(job)
        if running and now.status != "running":
            st.rerun()
        if not running:
            st.markdown(f":red[:material/error:] :small[{escape_markdown(now.message)}]")
            if st.button("Try again", key=f"{key}again-{one.name}", icon=":material/refresh:"):
                _start_download(one)
            return
        last = now.last or {}
        share = last.get("done", 0) / last["total"] if last.get("total") else 0.0
        st.progress(min(1.0, share), now.message)
        if st.button("Cancel", key=f"{key}cancel-{one.name}", icon=":material/stop_circle:"):
            jobs.cancel(job)

    watch()
