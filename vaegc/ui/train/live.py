"""The selected run: progress, actions and charts; polled only while it runs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vaegc import jobs
from vaegc.errors import VaegcError
from vaegc.jobs import Job
from vaegc.models import CLUSTERED
from vaegc.ui.catalog import default_spec, open_in_explore
from vaegc.ui.profile import workspace
from vaegc.ui.train.checkpoints import open_with_dataset
from vaegc.ui.train.export import run_export_panel
from vaegc.ui.train.facts import RunFacts, model_ref, no_more_epochs_reason, run_facts, with_epochs
from vaegc.ui.train.labels import approximate_duration, format_duration
from vaegc.ui.train.pictures import show_run_charts
from vaegc.wording import counted

POLL_INTERVAL_S = 1.0
STATUS_STYLES = {  # colour and icon of each state
    "running": ("blue", ":material/model_training:"), "done": ("green", ":material/check_circle:"), "paused": ("orange", ":material/pause_circle:"),
    "stopped": ("gray", ":material/cancel:"), "failed": ("red", ":material/error:"), "killed": ("red", ":material/error:"),
}  # fmt: skip
RUNNING_HELP = "Pause saves and frees the machine until you resume. Cancel saves and ends here: the model of this moment is kept."
PAUSED_HELP = "Resume goes on exactly where it was; the model of this moment can be opened too."
STOPPED_HELP = "The model of this moment is kept: open it, or resume to go on exactly where it was."


def show_run(run: RunFacts) -> None:
    """Draw a run, again every second while it runs."""
    attend = st.session_state.pop("train-attend", None) == run.job.id
    st.fragment(_run_view, run_every=POLL_INTERVAL_S if run.running else None)(run.job, run.running, attend)


def _run_view(job: Job, ran: bool, attend: bool) -> None:
    try:
        run = run_facts(jobs.find(job.id, job.owner))
    except VaegcError as error:  # deleted meanwhile, in another tab
        st.info(str(error), icon=":material/info:")
        return
    if run.running != ran:
        st.rerun()  # it ended: the whole page says so, and nothing is polled any more
    with st.container(key="run-view"):
        _head(run)
        _actions(run)
        if run.running or run.history.epochs["epoch"]:
            show_run_charts(run, attend)
        st.caption(_settings_line(run))
        run_export_panel(run)


def _head(run: RunFacts) -> None:
    with st.container(key="run-status"):
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.subheader(run.job.title, anchor=False, width="content")
        colour, icon = STATUS_STYLES[run.status]
        row.badge(run.status_label, icon=icon, color=colour)  # type: ignore[arg-type]
        if run.running:
            st.progress(run.share, _progress_line(run))
        else:
            _draw_outcome(run)


def _progress_line(run: RunFacts) -> str:
    history = run.history
    if not history.phase:
        return run.message
    if not history.done and not history.points_per_s:
        return history.message or run.message
    parts = [f"Epoch {min(history.done + 1, run.total):,} of {run.total:,}"]
    if run.message.startswith("It was asked"):
        parts.append(run.message)
    else:
        if history.points_per_s:
            parts.append(f"{_round(history.points_per_s):,} points/s")
        parts.append(f"{format_duration(history.seconds)} so far")
        if history.seconds_left is not None:
            parts.append(
                f"{approximate_duration(history.seconds_left)} left"
                + (" if the next phase is as fast" if history.eta_is_rough else "")
            )
    return " · ".join(parts)


def _round(speed: float) -> int:
    return int(float(f"{speed:.2g}"))


def _draw_outcome(run: RunFacts) -> None:
    done, total = run.history.done, run.total
    where = f"{done:,} of {counted(total, 'epoch')}, {format_duration(run.history.seconds)} of training."
    if run.status == "done":
        early = " It had converged before its last epoch." if 0 < done < total and run.config.steps is None else ""
        st.success(f"Finished: {where}{early} Open it in Explore and watch its points climb.", icon=STATUS_STYLES["done"][1])
    elif run.status in {"paused", "stopped"}:
        how, what = ("Paused", PAUSED_HELP) if run.status == "paused" else ("Cancelled", STOPPED_HELP)
        before = f"{how} before its first epoch: there is nothing to look at yet, and Resume begins it."
        st.info(f"{how} after {where} {what}" if run.has_model else before, icon=STATUS_STYLES[run.status][1])
    else:
        again = "Resume begins it anew." if run.status == "killed" else "Nothing was trained: change the settings and train anew."
        then = "Resume goes on from its last checkpoint." if run.has_checkpoint else again
        st.error(f"{run.message} {then}", icon=":material/error:")


def _actions(run: RunFacts) -> None:
    """Draw the buttons that the state of the run allows."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="run-actions"):
        if run.running:
            requested = run.message.startswith("It was asked")
            st.button("Pause", icon=":material/pause:", key="pause", disabled=requested, on_click=jobs.pause, args=(run.job,))
            st.button("Cancel", icon=":material/stop:", key="cancel", disabled=requested, on_click=jobs.cancel, args=(run.job,))
            st.caption(RUNNING_HELP, width="stretch")
        else:
            _ended_actions(run)
    message = st.session_state.pop("train-error", None)
    if message:
        st.error(message, icon=":material/error:")


def _ended_actions(run: RunFacts) -> None:
    resumes = run.status in {"paused", "stopped", "killed"} or (run.status == "failed" and run.has_checkpoint)
    main: Any = "primary" if run.status == "paused" else "secondary"
    if run.has_model and run.dataset is not None:
        if st.button(
            "Open in Explore", type="secondary" if main == "primary" else "primary", icon=":material/explore:", key="open"
        ):
            _open(run)
    elif run.has_model:
        open_with_dataset(workspace().find_model(model_ref(run)))
    if run.dataset is None:
        return  # without its data it cannot go on
    if resumes:
        st.button("Resume", type=main, icon=":material/play_arrow:", key="resume", on_click=_resume, args=(run.job,))
    if run.status == "done":
        reason = no_more_epochs_reason(run)
        with st.popover(
            "Train on", icon=":material/fast_forward:", key="train-on-fold", disabled=bool(reason), help=reason or "More epochs."
        ):
            more = st.number_input("More epochs", 1, 100_000, max(1, run.config.epochs_in_use // 2), key=f"more-{run.job.id}")
            total = run.config.epochs_in_use + int(more)
            st.button(
                f"Train on to {counted(total, 'epoch')}", type="primary", key="train-on", on_click=_resume,
                args=(run.job, with_epochs(run.job.command, total)),
            )  # fmt: skip


def _open(run: RunFacts) -> None:
    try:
        open_in_explore(default_spec(str(run.dataset), model_ref(run)))
    except VaegcError as error:
        st.session_state["train-error"] = str(error)
        st.rerun()


def _resume(job: Job, command: tuple[str, ...] | None = None) -> None:
    try:
        jobs.resume(job, command)
    except VaegcError as error:
        st.session_state["train-error"] = str(error)


def _settings_line(run: RunFacts) -> str:
    """Settings of the run in one line."""
    config = run.config
    parts = [
        run.kind,
        run.data,
        f"N = {run.n:,}" if run.n else "",
        counted(config.latent_dim, "latent dimension"),
    ]
    if config.kind in CLUSTERED:
        parts.append(f"K = {config.n_clusters:,}")
    if config.network == "conv":
        parts.append(f"convolutions {', '.join(map(str, config.channels))}")
    parts.append(f"hidden {', '.join(map(str, config.hidden))}" if config.hidden else "")
    if config.likelihood:
        parts.append(
            "Bernoulli likelihood"
            if config.likelihood == "bernoulli"
            else f"Gaussian likelihood, σ² = {config.variance or 0:.3g}"
        )
    parts += [f"batches of {config.batch_size:,}", f"learning rate {config.learning_rate:g}", f"seed {run.seed}"]
    return " · ".join(part for part in parts if part)
