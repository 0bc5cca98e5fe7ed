"""The board of a choice: verdict, picture and votes as far as they are there, and the job that makes the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import choice_key
from vaegc.experiment.estimate import size_of
from vaegc.limits import read_only
from vaegc.selection.choice import KSelection
from vaegc.selection.choose import kept_choice
from vaegc.selection.cost import choice_seconds
from vaegc.ui.catalog import open_in_explore
from vaegc.ui.choose.export import take
from vaegc.ui.choose.open_in_explore import place_of
from vaegc.ui.choose.payload import told, wish_of
from vaegc.ui.choose.verdict import said_of_the_points, verdict_card
from vaegc.ui.choose.votes import votes
from vaegc.ui.job_panel import Work, arrived, attend, draw_ended, draw_running, is_running, leave, waiting
from vaegc.ui.labels import what_is_computed
from vaegc.ui.links import write_link
from vaegc.ui.profile import workspace
from vaegc.web.page import stage_css, stage_script
from vaegc.wording import counted

JOB = "choose"  # the command that computes a choice
AT_ONCE = 60.0  # seconds that a choice may take to be begun without being asked for
PROMISE = "The diagrams appear here as they are computed. You may leave this page and come back."

_view = st.components.v2.component("vaegc_choose", html="<div></div>", css=stage_css(), js=stage_script("choose/choose.js"))


def show_board(spec: Experiment) -> None:
    """Draw what is known of how many clusters there are, and have the rest computed where that may be.

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
    sentence = why_nothing(resolved)
    if sentence:
        leave(JOB)
        st.info(sentence, icon=":material/info:")
        return
    work = Work(
        choice_key(resolved), (JOB, resolved.to_query()), f"the diagrams of {what_is_computed(spec, seen=False)}", PROMISE,
        lambda: _is_whole(resolved), spec, resolved,
    )  # fmt: skip
    every = _at_work(work)
    st.fragment(_drawn, run_every=every)(work)


def why_nothing(resolved: Experiment) -> str:
    """Say in one sentence why there is nothing to choose from; empty where there is."""
    size = size_of(resolved)
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


def _at_work(work: Work) -> float | None:
    """Find or start the job where it is wanted; returns the seconds between two looks, None where nothing is to be waited for."""
    if _is_whole(work.resolved):
        leave(JOB, work.key)
        arrived(JOB)
        return None
    if read_only():
        leave(JOB)
        return None
    held = waiting(JOB)
    wanted = (held is not None and held.work.key == work.key) or st.session_state.get("choice-asked") == work.key
    if wanted or choice_seconds(work.resolved) <= AT_ONCE or is_running(work.command):
        return attend(work).every
    leave(JOB)
    return None


def _drawn(work: Work) -> None:
    """Everything that is there; runs again by itself while a job makes more of it."""
    choice = kept_choice(work.resolved)
    wait = waiting(JOB)
    with st.container(key="choice-board"):
        said_of_the_points(choice)
        verdict_card(work.spec, choice, wait is not None and not wait.outcome)
        _the_rest(work, choice)
        if choice is None:
            return
        _picture(work, choice)
        votes(choice)
        take(work.spec, choice)


def _the_rest(work: Work, choice: KSelection | None) -> None:
    """The card of the job, the button that starts it, or why it cannot be; always one place on the page."""
    place = st.container(key="choice-rest")
    wait = waiting(JOB)
    if choice is not None and choice.complete and wait is None:
        return
    with place.container(border=True):
        if wait is not None and wait.outcome:
            draw_ended(wait)
        elif wait is not None:
            draw_running(JOB)
        elif read_only():
            st.markdown("**This server is read-only, so what is not kept here is not computed.**")
            st.caption("Settings that others have looked at before, such as the digits as they come, are shown at once.")
        else:
            st.markdown(f"**The diagrams take {duration_words(choice_seconds(work.resolved))} to compute here.**")
            st.caption(f"Every step is swept, then six bandwidths, then seven other methods are asked. {PROMISE}")
            label = "Compute the diagrams"
            if st.button(label, type="primary", icon=":material/play_arrow:", key="choice-compute"):
                st.session_state["choice-asked"] = work.key
                st.rerun()  # of the whole page: what starts the job is no part of this fragment


def _picture(work: Work, choice: KSelection) -> None:
    """Mount the picture; what is clicked in it is opened in Explore."""
    if not len(choice.eps):
        st.info("All points are in one place, so no ε tells them apart: there is nothing to sweep.", icon=":material/info:")
        return
    state: Any = _view(key="choice-picture", data=told(choice, what_is_computed(work.spec, seen=False)), on_open_change=_rerun)
    wish = wish_of(state, choice)
    if wish is not None and wish.serial != st.session_state.get("choice-opened"):
        st.session_state["choice-opened"] = wish.serial
        open_in_explore(*place_of(wish, work.spec, choice))


def _is_whole(resolved: Experiment) -> bool:
    choice = kept_choice(resolved)
    return choice is not None and choice.complete


def _rerun() -> None:
    """Nothing: the fragment runs again by itself."""
