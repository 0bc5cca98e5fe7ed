"""A scene that takes long: a job computes it, and a card in its place says how far it is, until the page can show it.

The job is found again by its command, so that a second tab, or another browser with the same public data, waits for the same one.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st

from vaegc import jobs
from vaegc.errors import BadInput
from vaegc.experiment import Experiment
from vaegc.experiment.plan import is_kept
from vaegc.jobs import Job, State
from vaegc.limits import most_jobs, read_only
from vaegc.ui import offers
from vaegc.ui.profile import owner
from vaegc.ui.words import in_public, stage_words

POLL = 0.7  # seconds between two looks at a job
QUEUE = 2.0  # seconds between two looks for a free place
AWAY = 5.0  # seconds after which a tab that has not looked waits no more
GRACE = 3.0  # seconds that a cancelled job has to end by itself; it has nothing to save
SMALLER = "Choose fewer points, fewer steps, PCA as the view, or a model with fewer dimensions."


@dataclass(frozen=True, slots=True)
class Wait:
    """What this tab waits for."""

    key: str  # of the scene
    command: tuple[str, ...]  # of the job
    title: str  # what is computed, in words
    job: Job | None = None  # None: there is no free place yet
    outcome: str = ""  # "stopped" or "failed" once there is nothing to wait for
    message: str = ""  # why it failed


def wait_for(spec: Experiment, resolved: Experiment, key: str) -> None:
    """Have a scene computed by a job and draw the card in its place; the page runs again when it is there.

    Parameters
    ----------
    spec
        As links hold it.
    resolved
        The same with paths in place of private names.
    key
        Of the scene.
    """
    if read_only():
        leave()
        _refusal()
        return
    wait: Wait | None = st.session_state.get("wait")
    if wait is None or wait.key != key:
        leave()
        _tidy()
        wait = Wait(key, ("scene", resolved.to_query()), what_is_computed(spec))
    elif wait.job is not None and not wait.outcome:
        wait = _looked(wait, spec, resolved)
    if wait.job is None and not wait.outcome:
        wait = _begun(wait)
    st.session_state["wait"] = wait
    with st.container(border=True, key="waiting"):
        if wait.outcome:
            _ended(wait)
        else:
            st.fragment(_card, run_every=POLL if wait.job else QUEUE)()


def leave(key: str | None = None) -> None:
    """Wait no more, unless it is for the scene `key`; the job is cancelled where nobody else waits for it."""
    wait: Wait | None = st.session_state.get("wait")
    if wait is None or wait.key == key:
        return
    _let_go(wait)
    del st.session_state["wait"]


def arrived() -> None:
    """The scene is there: the job's folder has served."""
    wait: Wait | None = st.session_state.pop("wait", None)
    if wait is not None and wait.job is not None and wait.job.owner == owner():
        with suppress(BadInput):  # another tab did it, or the process has not quite ended: tidied next time
            jobs.delete(wait.job)


def what_is_computed(spec: Experiment) -> str:
    """Say in words what takes its time."""
    data, model = str(spec.dataset), spec.model if isinstance(spec.model, str) else None
    size = offers.data_size(data)
    dim = size.d
    where = "the data"
    if model is not None and spec.space != "data":
        dim = offers.model_dim(model) or dim
        where = f"the latent space of {offers.model_words(model)}"
    maps = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
    points = f"{spec.n or size.n:,} points of {offers.data_words(data)}"
    if spec.space in maps:
        return f"{points} on a {maps[spec.space]} map of {where}"
    return f"{points} in {where}" + (f", seen through {maps[spec.view]}" if dim > offers.FLAT else "")


# --- the card ------------------------------------------------------------------------------------------------------------


def _card() -> None:
    """What is computed, how far it is, and the way out; runs again by itself."""
    wait: Wait | None = st.session_state.get("wait")
    state = _state(wait.job) if wait is not None and wait.job is not None else None
    if wait is not None and wait.job is None and not wait.outcome:
        wait = st.session_state["wait"] = _begun(wait)
        if wait.job is None and not wait.outcome:
            _queue(wait)
            return
    if wait is None or wait.job is None or state is None or state.status != "running":
        st.rerun()  # it has begun, or ended: the page knows what follows
    _watch(wait.job)
    st.markdown(f"**Computing {wait.title}**")
    last = state.last or {}
    done, total = last.get("done", 0), last.get("total", 0)
    share = min(max(done / total, 0.0), 1.0) if total else 0.0
    st.progress(share, f"{stage_words(str(last['stage']))}: {last.get('message', '')}" if last.get("stage") else "Starting")
    ours = wait.job.owner == owner()
    whose = "" if ours else " Somebody else asked for the same before and is computing it."
    st.caption(f"{_time(state.seconds)} so far. The stage appears here by itself.{whose}")
    st.button("Cancel" if ours else "Do not wait", key="stop_waiting", icon=":material/close:", on_click=_cancel)


def _queue(wait: Wait) -> None:
    most = most_jobs()
    st.markdown(f"**Waiting to compute {wait.title}**")
    st.caption(
        f"{most} job{'s run' if most > 1 else ' runs'} at once on this server, and no place is free. "
        "This begins by itself as soon as there is one."
    )
    st.button("Cancel", key="stop_waiting", icon=":material/close:", on_click=_cancel)


def _ended(wait: Wait) -> None:
    if wait.outcome == "failed":
        st.error(wait.message, icon=":material/error:")
    else:
        st.markdown("**Cancelled.** Nothing was lost: the settings are as you left them.")
        st.caption(f"Not computed: {wait.title}.")
    label = "Try again" if wait.outcome == "failed" else "Compute it"
    st.button(label, key="compute", type="primary", icon=":material/play_arrow:", on_click=_again)


def _refusal() -> None:
    st.info(
        "This takes longer than a read-only server computes (VAEGC_READONLY is set). Choose fewer points, fewer steps or PCA as the view.",
        icon=":material/timer_off:",
    )


def _cancel() -> None:
    wait: Wait | None = st.session_state.get("wait")
    if wait is not None:
        _let_go(wait)
        st.session_state["wait"] = replace(wait, job=None, outcome="stopped")


def _again() -> None:
    wait: Wait | None = st.session_state.get("wait")
    if wait is not None:
        st.session_state["wait"] = replace(wait, job=None, outcome="", message="")


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


# --- the job -------------------------------------------------------------------------------------------------------------


def _begun(wait: Wait) -> Wait:
    """With the job that computes it already, or a new one; without one where no place is free."""
    for job in jobs.jobs():
        if job.command == wait.command and job.id not in _cancelled() and (state := _state(job)) and state.status == "running":
            _watch(job)
            return replace(wait, job=job)
    try:
        job = jobs.start(wait.command, wait.title[:80], owner())
    except BadInput as error:
        return wait if "VAEGC_MAX_JOBS" in str(error) else replace(wait, outcome="failed", message=str(error))
    _watch(job)
    return replace(wait, job=job)


def _looked(wait: Wait, spec: Experiment, resolved: Experiment) -> Wait:
    """After a look at the job: it runs, or it has ended without the scene, which would be shown otherwise."""
    assert wait.job is not None
    state = _state(wait.job)
    if state is not None and state.status == "running":
        return wait
    if state is None or (state.status in {"stopped", "killed"} and wait.job.id in _cancelled()):
        return replace(wait, job=None)  # somebody else cancelled or deleted what this tab still wants
    if state.status == "failed":
        message = in_public(state.message, spec, resolved)
    elif state.status == "done" and is_kept(resolved):
        st.rerun()  # it has just ended
    elif state.status == "done":
        message = "It was computed, but could not be kept: the cache folder of this server cannot be written, or is too small."
    else:
        message = f"It was ended from outside, perhaps since it needed more memory than there is. {SMALLER}"
    _forget(wait.job)
    return replace(wait, job=None, outcome="failed", message=message)


def _let_go(wait: Wait) -> None:
    """Look at a job no more; cancel it where it is ours and no other tab looks at it."""
    job = wait.job
    if job is None:
        return
    watching = _watchers().get(job.id, {})
    watching.pop(_tab(), None)
    needed = any(time.monotonic() - seen < AWAY for seen in list(watching.values()))
    if job.owner == owner() and not needed:
        _cancelled().add(job.id)
        with suppress(BadInput):
            jobs.cancel(job, GRACE)


def _tidy() -> None:
    """Delete what ended scene jobs of this browser have left, those that nobody waited for included."""
    for job in jobs.jobs(owner()):
        state = _state(job) if job.command[0] == "scene" else None
        if state is not None and state.status != "running":
            _forget(job)


def _forget(job: Job) -> None:
    _watchers().pop(job.id, None)
    if job.owner == owner():
        with suppress(BadInput):
            jobs.delete(job)


def _state(job: Job) -> State | None:
    """How a job is doing; None where it has been deleted."""
    try:
        return jobs.state(job)
    except BadInput:
        return None


def _watch(job: Job) -> None:
    _watchers().setdefault(job.id, {})[_tab()] = time.monotonic()


def _tab() -> str:
    tab: str = st.session_state.setdefault("tab", secrets.token_hex(8))
    return tab


@st.cache_resource(show_spinner=False)
def _watchers() -> dict[str, dict[str, float]]:
    """When each tab of this server last looked at a job, by the job's id."""
    return {}


@st.cache_resource(show_spinner=False)
def _cancelled() -> set[str]:
    """Ids of jobs that were cancelled here: nobody is to wait for them."""
    return set()
