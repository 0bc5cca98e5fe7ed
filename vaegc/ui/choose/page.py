"""The Choose K page below its title: verdict, diagrams and votes as far as they are there, and the job that computes the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import selection_key
from vaegc.experiment.estimate import data_size
from vaegc.limits import read_only
from vaegc.selection.choice import KSelection
from vaegc.selection.choose import cached_choice
from vaegc.selection.cost import choice_seconds
from vaegc.ui.catalog import open_in_explore
from vaegc.ui.choose.export import show_export
from vaegc.ui.choose.open_in_explore import explore_state
from vaegc.ui.choose.payload import choice_payload, read_open_request
from vaegc.ui.choose.verdict import show_warnings, verdict_card
from vaegc.ui.choose.votes import show_votes
from vaegc.ui.job_panel import draw_outcome, draw_progress
from vaegc.ui.job_watch import JobSpec, clear_job, ensure_job, is_running, job_status, release_job
from vaegc.ui.labels import describe_points
from vaegc.ui.links import write_link
from vaegc.ui.profile import workspace
from vaegc.web.page import component_css, component_script
from vaegc.wording import counted

JOB = "choose"  # the command that computes a choice
AUTO_START = 60.0  # estimated seconds up to which a choice is computed without being asked for
LEAVE_NOTE = "The diagrams appear here as they are computed. You may leave this page and come back."

_view = st.components.v2.component(
    "vaegc_choose", html="<div></div>", css=component_css(), js=component_script("choose/choose.js")
)


def show_page(spec: Experiment) -> None:
    """Draw what is known of a choice of K, and start the job for the rest where that may be.

    Parameters
    ----------
    spec
        As links hold it.
    """
    if st.session_state.get("choice-spec") != spec:
        if "choice-spec" in st.session_state:
            st.session_state.pop("begin", None)  # a step and an ε of other settings; Explore knows those of its own view
        st.session_state["choice-spec"] = spec
    resolved = workspace().resolve(spec)
    write_link(spec, {})
    sentence = why_no_choice(resolved)
    if sentence:
        release_job(JOB)
        st.info(sentence, icon=":material/info:")
        return
    job_spec = JobSpec(
        selection_key(resolved), (JOB, resolved.to_query()), f"the diagrams of {describe_points(spec, seen=False)}", LEAVE_NOTE,
        lambda: _is_complete(resolved), spec, resolved,
    )  # fmt: skip
    poll_seconds = _attend_job(job_spec)
    st.fragment(_draw, run_every=poll_seconds)(job_spec)


def why_no_choice(resolved: Experiment) -> str:
    """Say in one sentence why there is nothing to choose from; empty where there is."""
    size = data_size(resolved)
    if size is not None and size.n < resolved.clustering.min_samples:
        return (
            f"min_samples is {resolved.clustering.min_samples}, but there are only {counted(size.n, 'point')}, so no point has enough neighbours "
            "at any ε: take more points, or set a smaller min_samples on the Explore page."
        )
    return ""


def duration_words(seconds: float) -> str:
    """Say about how long something takes."""
    minutes = seconds / 60
    if minutes < 2:
        return "about a minute"
    return f"about {round(minutes)} minutes" if minutes < 90 else "hours" if minutes < np.inf else "a time that cannot be told"


def _attend_job(job_spec: JobSpec) -> float | None:
    """Find or start the job where it is wanted; returns the seconds between two looks at it, None without a job."""
    if _is_complete(job_spec.resolved):
        release_job(JOB, job_spec.key)
        clear_job(JOB)
        return None
    if read_only():
        release_job(JOB)
        return None
    held = job_status(JOB)
    wanted = (held is not None and held.job_spec.key == job_spec.key) or st.session_state.get("choice-asked") == job_spec.key
    if wanted or choice_seconds(job_spec.resolved) <= AUTO_START or is_running(job_spec.command):
        return ensure_job(job_spec).poll_interval
    release_job(JOB)
    return None


def _draw(job_spec: JobSpec) -> None:
    """Draw everything that is there; runs again by itself while a job computes more of it."""
    choice = cached_choice(job_spec.resolved)
    status = job_status(JOB)
    with st.container(key="choice-board"):
        show_warnings(choice)
        verdict_card(job_spec.spec, choice, status is not None and not status.outcome)
        _draw_job(job_spec, choice)
        if choice is None:
            return
        _draw_diagrams(job_spec, choice)
        show_votes(choice)
        show_export(job_spec.spec, choice)


def _draw_job(job_spec: JobSpec, choice: KSelection | None) -> None:
    """Draw the card of the job, the button that starts it, or why it cannot be started; always at one place on the page."""
    place = st.container(key="choice-rest")
    status = job_status(JOB)
    if choice is not None and choice.complete and status is None:
        return
    with place.container(border=True):
        if status is not None and status.outcome:
            draw_outcome(status)
        elif status is not None:
            draw_progress(JOB)
        elif read_only():
            st.markdown("**This server is read-only, so what is not kept here is not computed.**")
            st.caption("Settings that others have looked at before, such as the digits as they come, are shown at once.")
        else:
            st.markdown(f"**The diagrams take {duration_words(choice_seconds(job_spec.resolved))} to compute here.**")
            st.caption(f"Every step is swept, then six or seven bandwidths, then seven other methods are asked. {LEAVE_NOTE}")
            label = "Compute the diagrams"
            if st.button(label, type="primary", icon=":material/play_arrow:", key="choice-compute"):
                st.session_state["choice-asked"] = job_spec.key
                st.rerun()  # of the whole page: what starts the job is no part of this fragment


def _draw_diagrams(job_spec: JobSpec, choice: KSelection) -> None:
    """Mount the component of the diagrams; what is clicked in it is opened in Explore."""
    if not len(choice.eps):
        st.info("All points are in one place, so no ε tells them apart: there is nothing to sweep.", icon=":material/info:")
        return
    state: Any = _view(
        key="choice-picture", data=choice_payload(choice, describe_points(job_spec.spec, seen=False)), on_open_change=_on_open
    )
    request = read_open_request(state, choice)
    if request is not None and request.serial != st.session_state.get("choice-opened"):
        st.session_state["choice-opened"] = request.serial
        open_in_explore(*explore_state(request, job_spec.spec, choice))


def _is_complete(resolved: Experiment) -> bool:
    choice = cached_choice(resolved)
    return choice is not None and choice.complete


def _on_open() -> None:
    """Nothing: the fragment runs again by itself."""
