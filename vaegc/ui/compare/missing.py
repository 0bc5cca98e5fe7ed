"""Section of missing runs: what they cost, the job that makes them, and its progress."""

from __future__ import annotations

import streamlit as st

from vaegc import jobs, store
from vaegc.datasets import availability, describe
from vaegc.errors import VaegcError
from vaegc.jobs import Job, State
from vaegc.limits import read_only
from vaegc.studies.missing_runs import MissingRuns, missing_runs, start_study, study_jobs, study_methods
from vaegc.studies.run_table import load_runs, studied_datasets
from vaegc.ui.compare.filters import Comparison
from vaegc.ui.profile import owner
from vaegc.ui.train.labels import approximate_duration
from vaegc.wording import counted, plural

POLL_INTERVAL_S = 1.0  # between two looks at a study
CANCEL_GRACE_S = 5.0  # that a cancelled study has to end by itself; finished runs are kept as they come
STUDY_NAMES = {"models": "baselines and the climb", "mixtures": "deep models"}
MAX_SEEDS = 10


def missing_runs_section(comparison: Comparison) -> None:
    """Draw the studies that run, and the expander that starts more; nothing for data that no study knows."""
    if comparison.data not in studied_datasets():
        return
    studies = study_jobs(comparison.data, owner())
    for job, state in studies:
        if state.status in {"done", "stopped"}:
            _delete_job(job)  # its rows are in the table
        else:
            _study_card(job, state, comparison.data)
    panel = st.expander("Run what is missing", icon=":material/playlist_add:", key="compare-missing", on_change="rerun")
    if panel.open:
        with panel:
            _start_controls(comparison, any(state.status == "running" for _, state in studies))


def _start_controls(comparison: Comparison, busy: bool) -> None:
    left, right = st.columns([1, 3])
    seeds = left.number_input("Seeds of each", 1, MAX_SEEDS, 2, key="compare-seeds", help="Seeds 0, 1, 2, …")
    usual = [title for title, (_, _, of_all) in study_methods(comparison.data).items() if of_all]
    picked = right.multiselect("Methods", list(study_methods(comparison.data)), usual, key=f"compare-methods-{comparison.data}")
    wanted = missing_runs(comparison.data, int(seeds), picked) if picked else []
    if not wanted:
        st.caption("Nothing is missing: every one of these methods has these seeds." if picked else "Choose a method.")
        return
    why = _blocked_reason(comparison.data, busy)
    for part in wanted:
        _start_row(part, why)
    if why:
        st.caption(why)
        if not availability(comparison.data).is_local:
            st.page_link("pages/5_Data.py", label="Get the data", icon=":material/database:")


def _start_row(part: MissingRuns, why: str) -> None:
    seeds = sorted({seed for _, seed in part.runs})
    names = f"{plural('seed') if len(seeds) > 1 else 'seed'} {', '.join(map(str, seeds))}"
    runs = counted(len(part.runs), "run")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        label = f"Run {STUDY_NAMES[part.study]}"
        if st.button(label, key=f"compare-run-{part.study}", icon=":material/play_arrow:", disabled=bool(why)):
            try:
                start_study(part, owner())
            except VaegcError as error:
                st.session_state["compare-wrong"] = str(error)
            st.rerun()
        st.caption(f"{runs} ({names}): {cost_label(part)}")
    if message := st.session_state.pop("compare-wrong", None):
        st.error(message, icon=":material/error:")


def cost_label(part: MissingRuns) -> str:
    """CPU time that missing runs take, and how that is known, as a sentence."""
    if not part.minutes:
        return "nobody has run these yet, so how long they take is not known."
    unknown = f", without {', '.join(part.unknown)}, of which nobody knows" if part.unknown else ""
    like = f" on {describe(part.like).title}" if part.like else ""
    return f"{approximate_duration(60 * part.minutes)} of one core{unknown}, as kept runs{like} took."


def _blocked_reason(data: str, busy: bool) -> str:
    if read_only():
        return "This server is read-only (VAEGC_READONLY is set), so nothing can be run here."
    if not availability(data).is_local:
        return f"{describe(data).title} is not on this server yet."
    return "One study runs already; its rows appear as they come." if busy else ""


def _study_card(job: Job, state: State, data: str) -> None:
    """Draw the card of a study, every second while it runs; the whole page reruns when it has a new row."""
    with st.container(border=True, key="compare-study"):
        if state.status == "running":
            st.fragment(_running_study, run_every=POLL_INTERVAL_S)(job, len(load_runs(data)), data)
            return
        st.markdown(f"**{job.title}**")
        st.error(state.message.replace(str(store.runs_root().absolute()), "…"), icon=":material/error:")
        st.button("Dismiss", key=f"compare-dismiss-{job.id}", icon=":material/close:", on_click=_delete_job, args=(job,))


def _running_study(job: Job, rows: int, data: str) -> None:
    try:
        state = jobs.state(job)
    except VaegcError:  # deleted in another tab
        st.rerun()
    if state.status != "running" or len(load_runs(data)) != rows:
        st.rerun()
    last = state.last or {}
    share = min(1.0, last.get("done", 0) / last["total"]) if last.get("total") else 0.0
    st.markdown(f"**{job.title}**")
    st.progress(share, state.message)
    st.caption("Goes on without this page; its rows stand above as they come.")
    requested = state.message.startswith("It was asked")
    st.button(
        "Cancel",
        key=f"compare-cancel-{job.id}",
        icon=":material/stop:",
        disabled=requested,
        on_click=jobs.cancel,
        args=(job, CANCEL_GRACE_S),
    )


def _delete_job(job: Job) -> None:
    try:
        jobs.delete(job)
    except VaegcError:  # another tab was faster, or the process has not quite ended: next time
        return
