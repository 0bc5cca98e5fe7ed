"""The card of a job in the place of what it computes: how far it is, the way out, and how it ended."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from vaegc.limits import max_jobs, read_only
from vaegc.ui.job_watch import (
    JobSpec,
    JobStatus,
    ensure_job,
    job_state,
    job_status,
    mark_watched,
    release_job,
    remember,
    start_where_free,
    unwatch,
)
from vaegc.ui.labels import progress_label
from vaegc.ui.profile import owner


def show_job(job_spec: JobSpec) -> None:
    """Have something computed by a job and draw its card; the page runs again when the result is there."""
    if read_only():
        release_job(job_spec.kind)
        _read_only_notice()
        return
    status = ensure_job(job_spec)
    with st.container(border=True, key="waiting"):
        if status.outcome:
            draw_outcome(status)
        else:
            st.fragment(draw_progress, run_every=status.poll_interval)(job_spec.kind)


def draw_progress(kind: str) -> None:
    """Draw what is computed, how far it is, and the way out; the page runs again from its top once it has ended."""
    status = job_status(kind)
    state = job_state(status.job) if status is not None and status.job is not None else None
    if status is not None and status.job is None and not status.outcome:
        status = start_where_free(status)
        if status.job is None and not status.outcome:
            _draw_queued(status)
            return
    if status is None or status.job is None or state is None or state.status != "running":
        st.rerun()  # it has begun, or ended: the page knows what follows
    mark_watched(status.job)
    st.markdown(f"**Computing {status.job_spec.title}**")
    last = state.last or {}
    done, total = last.get("done", 0), last.get("total", 0)
    share = min(max(done / total, 0.0), 1.0) if total else 0.0
    st.progress(share, progress_label(str(last["stage"]), str(last.get("message", ""))) if last.get("stage") else "Starting")
    ours = status.job.owner == owner()
    whose = "" if ours else " Somebody else asked for the same before and is computing it."
    st.caption(f"{_duration(state.seconds)} so far. {status.job_spec.when_done}{whose}")
    _stop_button("Cancel" if ours else "Do not wait", kind)


def draw_outcome(status: JobStatus) -> None:
    """Draw why there is no result, and the button that tries again."""
    if status.outcome == "failed":
        st.error(status.message, icon=":material/error:")
    else:
        st.markdown("**Cancelled.** Nothing was lost: the settings are as you left them.")
        st.caption(f"Not computed: {status.job_spec.title}.")
    label = "Try again" if status.outcome == "failed" else "Compute it"
    st.button(label, key="compute", type="primary", icon=":material/play_arrow:", on_click=_retry, args=(status.job_spec.kind,))


def _draw_queued(status: JobStatus) -> None:
    most = max_jobs()
    st.markdown(f"**Waiting to compute {status.job_spec.title}**")
    st.caption(
        f"{most} job{'s run' if most > 1 else ' runs'} at once on this server, and no place is free. "
        "This begins by itself as soon as there is one."
    )
    _stop_button("Cancel", status.job_spec.kind)


def _stop_button(label: str, kind: str) -> None:
    st.button(label, key="stop_waiting", icon=":material/close:", on_click=_cancel, args=(kind,))


def _read_only_notice() -> None:
    st.info(
        "This takes longer than a read-only server computes (VAEGC_READONLY is set). Choose fewer points, fewer steps or PCA as the view.",
        icon=":material/timer_off:",
    )


def _cancel(kind: str) -> None:
    status = job_status(kind)
    if status is not None:
        unwatch(status)
        remember(replace(status, job=None, outcome="stopped"))


def _retry(kind: str) -> None:
    status = job_status(kind)
    if status is not None:
        remember(replace(status, job=None, outcome="", message=""))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
