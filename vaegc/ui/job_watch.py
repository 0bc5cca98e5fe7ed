"""Long computations as jobs: found again or started, watched by the tabs that need them, cancelled when none does.

A job is found again by its command, so that a second tab, or another browser with the same public data, waits for the same one. What a
tab waits for stands in its session, one job of each command.
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
from vaegc.progress import read_clock
from vaegc.ui.labels import without_paths
from vaegc.ui.profile import owner

POLL_INTERVAL_S = 0.7  # between two looks at a job
QUEUE_INTERVAL_S = 2.0  # between two attempts to start one where no place is free
WATCHER_TIMEOUT_S = 5.0  # after which a tab that has not looked counts as closed
CANCEL_GRACE_S = 3.0  # that a cancelled job has to end by itself; it has nothing to save
SMALLER_HINT = "Choose fewer points, fewer steps, PCA as the view, or a model with fewer dimensions."


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A computation that a page wants done by a job."""

    key: str  # cache key of the result
    command: tuple[str, ...]  # of the job; a tab waits for one job of each first word
    title: str  # what is computed, in words
    when_done: str  # what happens when it is done, a sentence
    is_done: Callable[[], bool]  # whether the result is in the cache
    spec: Experiment  # as links hold it
    resolved: Experiment  # the same with paths in place of private names

    @property
    def kind(self) -> str:
        """First word of the command, which tells one kind of computation from another."""
        return self.command[0]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """State of the job that this tab waits for."""

    job_spec: JobSpec
    job: Job | None = None  # None: there is no free place yet
    outcome: str = ""  # "stopped" or "failed" once there is nothing to wait for
    message: str = ""  # why it failed

    @property
    def poll_interval(self) -> float | None:
        """Seconds until the next look; None once there is nothing to wait for."""
        return None if self.outcome else POLL_INTERVAL_S if self.job else QUEUE_INTERVAL_S


def ensure_job(job_spec: JobSpec) -> JobStatus:
    """Find the job that computes this already or start one; returns its state.

    The page runs again from its top where the result has just been finished.
    """
    status = job_status(job_spec.kind)
    if status is None or status.job_spec.key != job_spec.key:
        release_job(job_spec.kind)
        _delete_ended(job_spec.kind)
        status = JobStatus(job_spec)
    elif status.job is not None and not status.outcome:
        status = _checked(replace(status, job_spec=job_spec))
    return start_where_free(status)


def start_where_free(status: JobStatus) -> JobStatus:
    """Find or start the job of a state that has none yet, and remember the state that follows."""
    if status.job is None and not status.outcome:
        status = _with_started_job(status)
    return remember(status)


def job_status(kind: str) -> JobStatus | None:
    """State of the job of a kind that this tab waits for; None where it waits for none."""
    status: JobStatus | None = st.session_state.get(f"wait-{kind}")
    return status


def remember(status: JobStatus) -> JobStatus:
    """Hold a state in the session until the next look; returns it."""
    st.session_state[f"wait-{status.job_spec.kind}"] = status
    return status


def is_running(command: tuple[str, ...]) -> bool:
    """Whether a job computes this already, whoever started it."""
    return _running_job(command) is not None


def release_job(kind: str, key: str | None = None) -> None:
    """Wait no more, unless it is for the result `key`; the job is cancelled where no other tab waits for it."""
    status = job_status(kind)
    if status is None or status.job_spec.key == key:
        return
    unwatch(status)
    del st.session_state[f"wait-{kind}"]


def clear_job(kind: str) -> None:
    """Delete the job whose result has arrived."""
    status: JobStatus | None = st.session_state.pop(f"wait-{kind}", None)
    if status is not None and status.job is not None and status.job.owner == owner():
        with suppress(BadInput):  # another tab did it, or the process has not quite ended: deleted next time
            jobs.delete(status.job)


def job_state(job: Job) -> State | None:
    """State of a job as `vaegc.jobs` gives it; None where it has been deleted."""
    try:
        return jobs.state(job)
    except BadInput:
        return None


def mark_watched(job: Job) -> None:
    """Note that this tab has just looked at a job."""
    _watchers().setdefault(job.id, {})[_tab_id()] = read_clock()


def unwatch(status: JobStatus) -> None:
    """Look at a job no more; cancel it where it is this browser's and no other tab looks at it."""
    job = status.job
    if job is None:
        return
    watching = _watchers().get(job.id, {})
    watching.pop(_tab_id(), None)
    needed = any(read_clock() - seen < WATCHER_TIMEOUT_S for seen in list(watching.values()))
    if job.owner == owner() and not needed:
        _cancelled_ids().add(job.id)
        with suppress(BadInput):
            jobs.cancel(job, CANCEL_GRACE_S)


def _running_job(command: tuple[str, ...]) -> Job | None:
    for job in jobs.jobs():
        if job.command == command and job.id not in _cancelled_ids() and (state := job_state(job)) and state.status == "running":
            return job
    return None


def _with_started_job(status: JobStatus) -> JobStatus:
    """With the job that computes it already, or a new one; without one where no place is free."""
    job = _running_job(status.job_spec.command)
    if job is None:
        try:
            job = jobs.start(status.job_spec.command, status.job_spec.title[:80], owner())
        except BadInput as error:
            return status if "VAEGC_MAX_JOBS" in str(error) else replace(status, outcome="failed", message=str(error))
    mark_watched(job)
    return replace(status, job=job)


def _checked(status: JobStatus) -> JobStatus:
    """After a look at the job: it runs, or it has ended without the result, which would be shown otherwise."""
    assert status.job is not None
    state, job_spec = job_state(status.job), status.job_spec
    if state is not None and state.status == "running":
        return status
    if state is None or (state.status in {"stopped", "killed"} and status.job.id in _cancelled_ids()):
        return replace(status, job=None)  # somebody else cancelled or deleted what this tab still wants
    if state.status == "failed":
        message = without_paths(state.message, job_spec.spec, job_spec.resolved)
    elif state.status == "done" and job_spec.is_done():
        st.rerun()  # it has just ended
    elif state.status == "done":
        message = "It was computed, but could not be kept: the cache folder of this server cannot be written, or is too small."
    else:
        message = f"It was ended from outside, perhaps since it needed more memory than there is. {SMALLER_HINT}"
    _delete_job(status.job)
    return replace(status, job=None, outcome="failed", message=message)


def _delete_ended(kind: str) -> None:
    """Delete what ended jobs of this browser and kind have left, those that nobody waited for included."""
    for job in jobs.jobs(owner()):
        state = job_state(job) if job.command[0] == kind else None
        if state is not None and state.status != "running":
            _delete_job(job)


def _delete_job(job: Job) -> None:
    _watchers().pop(job.id, None)
    if job.owner == owner():
        with suppress(BadInput):
            jobs.delete(job)


def _tab_id() -> str:
    tab: str = st.session_state.setdefault("tab", secrets.token_hex(8))
    return tab


@st.cache_resource(show_spinner=False)
def _watchers() -> dict[str, dict[str, float]]:
    """When each tab of this server last looked at a job, by the job's id and the tab's."""
    return {}


@st.cache_resource(show_spinner=False)
def _cancelled_ids() -> set[str]:
    """Ids of jobs that were cancelled here: nobody is to wait for them."""
    return set()
