"""What takes long: a job computes it, and a card in its place says how far it is, until the page can show it.

The job is found again by its command, so that a second tab, or another browser with the same public data, waits for the same one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st

from vaegc import jobs
from vaegc.errors import BadInput
from vaegc.experiment import Experiment
from vaegc.jobs import Job, State
from vaegc.limits import most_jobs, read_only
from vaegc.progress import read_clock
from vaegc.ui.labels import in_public, progress_words
from vaegc.ui.profile import owner

POLL = 0.7  # seconds between two looks at a job
QUEUE = 2.0  # seconds between two looks for a free place
AWAY = 5.0  # seconds after which a tab that has not looked waits no more
GRACE = 3.0  # seconds that a cancelled job has to end by itself; it has nothing to save
SMALLER = "Choose fewer points, fewer steps, PCA as the view, or a model with fewer dimensions."


@dataclass(frozen=True, slots=True)
class Work:
    """Something long that a page wants computed."""

    key: str  # of the result
    command: tuple[str, ...]  # of the job; its first word tells one kind of work from another, of which a tab waits for one each
    title: str  # what is computed, in words
    promise: str  # what happens when it is there, a sentence
    is_kept: Callable[[], bool]  # whether the result is there
    spec: Experiment  # as links hold it
    resolved: Experiment  # the same with paths in place of private names


@dataclass(frozen=True, slots=True)
class Wait:
    """What this tab waits for."""

    work: Work
    job: Job | None = None  # None: there is no free place yet
    outcome: str = ""  # "stopped" or "failed" once there is nothing to wait for
    message: str = ""  # why it failed

    @property
    def every(self) -> float | None:
        """Seconds between two looks; None once there is nothing to wait for."""
        return None if self.outcome else POLL if self.job else QUEUE


def wait_for(work: Work) -> None:
    """Have a scene computed by a job and draw the card in its place; the page runs again when it is there."""
    if read_only():
        leave(_kind(work))
        _refusal()
        return
    wait = attend(work)
    with st.container(border=True, key="waiting"):
        if wait.outcome:
            draw_ended(wait)
        else:
            st.fragment(draw_running, run_every=wait.every)(_kind(work))


def attend(work: Work) -> Wait:
    """Have something computed by a job: find the job that does it already or start one, and say how that stands.

    The page runs again from its top where the result has just been finished.
    """
    wait = waiting(_kind(work))
    if wait is None or wait.work.key != work.key:
        leave(_kind(work))
        _tidy(_kind(work))
        wait = Wait(work)
    elif wait.job is not None and not wait.outcome:
        wait = _looked(replace(wait, work=work))
    if wait.job is None and not wait.outcome:
        wait = _begun(wait)
    return _note(wait)


def waiting(kind: str) -> Wait | None:
    """Return what this tab waits for, of the kind of work that the command's first word names."""
    wait: Wait | None = st.session_state.get(f"wait-{kind}")
    return wait


def is_running(command: tuple[str, ...]) -> bool:
    """Whether a job computes this already, whoever started it."""
    return _running_job(command) is not None


def leave(kind: str, key: str | None = None) -> None:
    """Wait no more, unless it is for the result `key`; the job is cancelled where nobody else waits for it."""
    wait = waiting(kind)
    if wait is None or wait.work.key == key:
        return
    _let_go(wait)
    del st.session_state[f"wait-{kind}"]


def arrived(kind: str) -> None:
    """The result is there: the job's folder has served."""
    wait: Wait | None = st.session_state.pop(f"wait-{kind}", None)
    if wait is not None and wait.job is not None and wait.job.owner == owner():
        with suppress(BadInput):  # another tab did it, or the process has not quite ended: tidied next time
            jobs.delete(wait.job)


# --- the card ------------------------------------------------------------------------------------------------------------


def draw_running(kind: str) -> None:
    """Draw what is computed, how far it is, and the way out; the page runs again from its top once it has ended."""
    wait = waiting(kind)
    state = _state(wait.job) if wait is not None and wait.job is not None else None
    if wait is not None and wait.job is None and not wait.outcome:
        wait = _note(_begun(wait))
        if wait.job is None and not wait.outcome:
            _queue(wait)
            return
    if wait is None or wait.job is None or state is None or state.status != "running":
        st.rerun()  # it has begun, or ended: the page knows what follows
    _watch(wait.job)
    st.markdown(f"**Computing {wait.work.title}**")
    last = state.last or {}
    done, total = last.get("done", 0), last.get("total", 0)
    share = min(max(done / total, 0.0), 1.0) if total else 0.0
    st.progress(share, progress_words(str(last["stage"]), str(last.get("message", ""))) if last.get("stage") else "Starting")
    ours = wait.job.owner == owner()
    whose = "" if ours else " Somebody else asked for the same before and is computing it."
    st.caption(f"{_time(state.seconds)} so far. {wait.work.promise}{whose}")
    _stop("Cancel" if ours else "Do not wait", kind)


def draw_ended(wait: Wait) -> None:
    """Draw why there is nothing, and the way back."""
    if wait.outcome == "failed":
        st.error(wait.message, icon=":material/error:")
    else:
        st.markdown("**Cancelled.** Nothing was lost: the settings are as you left them.")
        st.caption(f"Not computed: {wait.work.title}.")
    label = "Try again" if wait.outcome == "failed" else "Compute it"
    st.button(label, key="compute", type="primary", icon=":material/play_arrow:", on_click=_again, args=(_kind(wait.work),))


def _queue(wait: Wait) -> None:
    most = most_jobs()
    st.markdown(f"**Waiting to compute {wait.work.title}**")
    st.caption(
        f"{most} job{'s run' if most > 1 else ' runs'} at once on this server, and no place is free. "
        "This begins by itself as soon as there is one."
    )
    _stop("Cancel", _kind(wait.work))


def _stop(label: str, kind: str) -> None:
    st.button(label, key="stop_waiting", icon=":material/close:", on_click=_cancel, args=(kind,))


def _refusal() -> None:
    st.info(
        "This takes longer than a read-only server computes (VAEGC_READONLY is set). Choose fewer points, fewer steps or PCA as the view.",
        icon=":material/timer_off:",
    )


def _cancel(kind: str) -> None:
    wait = waiting(kind)
    if wait is not None:
        _let_go(wait)
        _note(replace(wait, job=None, outcome="stopped"))


def _again(kind: str) -> None:
    wait = waiting(kind)
    if wait is not None:
        _note(replace(wait, job=None, outcome="", message=""))


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


# --- the job -------------------------------------------------------------------------------------------------------------


def _kind(work: Work) -> str:
    return work.command[0]


def _note(wait: Wait) -> Wait:
    st.session_state[f"wait-{_kind(wait.work)}"] = wait
    return wait


def _running_job(command: tuple[str, ...]) -> Job | None:
    for job in jobs.jobs():
        if job.command == command and job.id not in _cancelled() and (state := _state(job)) and state.status == "running":
            return job
    return None


def _begun(wait: Wait) -> Wait:
    """With the job that computes it already, or a new one; without one where no place is free."""
    job = _running_job(wait.work.command)
    if job is None:
        try:
            job = jobs.start(wait.work.command, wait.work.title[:80], owner())
        except BadInput as error:
            return wait if "VAEGC_MAX_JOBS" in str(error) else replace(wait, outcome="failed", message=str(error))
    _watch(job)
    return replace(wait, job=job)


def _looked(wait: Wait) -> Wait:
    """After a look at the job: it runs, or it has ended without the result, which would be shown otherwise."""
    assert wait.job is not None
    state, work = _state(wait.job), wait.work
    if state is not None and state.status == "running":
        return wait
    if state is None or (state.status in {"stopped", "killed"} and wait.job.id in _cancelled()):
        return replace(wait, job=None)  # somebody else cancelled or deleted what this tab still wants
    if state.status == "failed":
        message = in_public(state.message, work.spec, work.resolved)
    elif state.status == "done" and work.is_kept():
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
    needed = any(read_clock() - seen < AWAY for seen in list(watching.values()))
    if job.owner == owner() and not needed:
        _cancelled().add(job.id)
        with suppress(BadInput):
            jobs.cancel(job, GRACE)


def _tidy(kind: str) -> None:
    """Delete what ended jobs of this browser and kind have left, those that nobody waited for included."""
    for job in jobs.jobs(owner()):
        state = _state(job) if job.command[0] == kind else None
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
    _watchers().setdefault(job.id, {})[_tab()] = read_clock()


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
