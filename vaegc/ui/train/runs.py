"""The list of runs and uploaded models of this browser: select, rename, delete, tick for a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.ui.profile import workspace
from vaegc.ui.train.checkpoints import download_checkpoint
from vaegc.ui.train.facts import RunFacts, my_runs
from vaegc.ui.train.labels import approximate_duration, format_loss, time_ago
from vaegc.ui.train.live import STATUS_STYLES
from vaegc.wording import counted
from vaegc.workspace import PRIVATE_PREFIX, StoredModel

POLL_INTERVAL_S = 2.0  # of the list, while a run that is not the selected one runs
MAX_LISTED_RUNS = 8  # before all of them are requested
MENU_HELP = "Rename, download, delete"
RUN_PARAM = "run"  # of the address bar


def selected(runs: Sequence[RunFacts], models: Sequence[StoredModel]) -> RunFacts | StoredModel | None:
    """Return the run or uploaded model that the page shows: the chosen one, that of the link, else the newest; the link follows."""
    there: dict[str, RunFacts | StoredModel] = {run.job.id: run for run in runs} | {model.id: model for model in models}
    requested = st.session_state.get("train_run") or st.query_params.get(RUN_PARAM)
    if requested and requested not in there and "train_run" not in st.session_state:
        st.warning(
            "The run of this link belongs to another browser, or was deleted: only the browser that started it sees it.",
            icon=":material/link_off:",
        )
    chosen = requested if requested in there else next(iter(there), None)
    st.session_state["train_run"] = chosen
    if chosen is None:
        st.query_params.pop(RUN_PARAM, None)
    elif st.query_params.get(RUN_PARAM) != chosen:
        st.query_params[RUN_PARAM] = chosen
    return None if chosen is None else there[chosen]


def run_list(runs: Sequence[RunFacts], models: Sequence[StoredModel], chosen: str) -> list[str]:
    """Draw the list; returns the ids of the runs that are ticked for a comparison."""
    head = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
    head.subheader("Runs", anchor=False, width="content")
    if len(runs) > 1:
        head.caption("Tick two or more to compare them.", width="content")
    elsewhere = [run.job.id for run in runs if run.running and run.job.id != chosen]
    ticked = _ticked(runs)
    st.session_state.pop("train-changed", None)
    st.fragment(_rows, run_every=POLL_INTERVAL_S if elsewhere else None)(chosen, elsewhere, ticked)
    for model in models:
        _uploaded(model, chosen)
    return ticked


def _ticked(runs: Sequence[RunFacts]) -> list[str]:
    return [run.job.id for run in runs if st.session_state.get(f"tick-{run.job.id}")]


def _rows(chosen: str, elsewhere: list[str], ticked: list[str]) -> None:
    runs = my_runs()
    ended = [run.job.id for run in runs if run.running and run.job.id != chosen] != elsewhere
    if ended or st.session_state.get("train_run") != chosen or _ticked(runs) != ticked or "train-changed" in st.session_state:
        st.rerun()  # what concerns more of the page than this list
    whole = len(runs) <= MAX_LISTED_RUNS or st.session_state.get("train-all", False)
    shown = list(runs) if whole else runs[:MAX_LISTED_RUNS] + [run for run in runs[MAX_LISTED_RUNS:] if run.job.id == chosen]
    with st.container(key="run-list"):
        for run in shown:
            _row(run, run.job.id == chosen, several=len(runs) > 1)
    if len(runs) > MAX_LISTED_RUNS:
        st.toggle(f"All {len(runs):,} runs", key="train-all")


def _row(run: RunFacts, is_chosen: bool, several: bool) -> None:
    id = run.job.id
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{id}", wrap=False):
        if several:
            st.checkbox(f"Compare {run.job.title}", key=f"tick-{id}", label_visibility="collapsed", persist_state="session")
        with st.container(gap=None):
            _name(id, run.job.title, STATUS_STYLES[run.status][1], is_chosen)
            st.caption(_line(run))
        _menu(run)


def _name(id: str, title: str, icon: str, is_chosen: bool) -> None:
    words = title.replace("[", "\\[").replace("*", "\\*").replace("_", "\\_").replace(":", "\\:").replace("$", "\\$")
    st.button(
        f"**{words}**" if is_chosen else words, type="tertiary", icon=icon, key=f"see-{id}", on_click=_select, args=(id,),
        help="On the screen now." if is_chosen else "Show this run.",
    )  # fmt: skip


def _line(run: RunFacts) -> str:
    loss = run.last("loss")
    parts = [run.status_label, f"{run.kind} on {run.data}", f"{run.history.done:,} of {counted(run.total, 'epoch')}"]
    if run.running and run.history.seconds_left is not None:
        parts.append(f"{approximate_duration(run.history.seconds_left)} left")
    if loss is not None:
        parts.append(f"loss {format_loss(loss)}")
    parts += [run.clusters_used, time_ago(run.job.attempts[0].started if run.job.attempts else run.job.started)]
    return " · ".join(part for part in parts if part)


def _select(id: str) -> None:
    st.session_state["train_run"] = id


def _menu(run: RunFacts) -> None:
    """Rename, download, delete; what is in it is drawn when it is opened."""
    menu = st.popover(
        "", icon=":material/more_horiz:", type="tertiary", key=f"menu-{run.job.id}", on_change="rerun", help=MENU_HELP
    )
    if menu.open:
        with menu:
            _rename_control(run.job.id, run.job.title)
            if run.has_model:
                download_checkpoint(workspace().run_folder(run.job), run.job.title, key=f"download-{run.job.id}")
            _delete_control(run.job.id, "Cancel it before you delete it." if run.running else "")
            _show_error()


def _uploaded(model: StoredModel, chosen: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"row-{model.id}", wrap=False):
        with st.container(gap=None):
            _name(model.id, model.title, ":material/upload_file:", model.id == chosen)
            st.caption(f"Uploaded · {_kind_line(model)} · seed {model.seed} · {time_ago(model.created)}")
        menu = st.popover(
            "", icon=":material/more_horiz:", type="tertiary", key=f"menu-{model.id}", on_change="rerun", help=MENU_HELP
        )
        if menu.open:
            with menu:
                _rename_control(model.id, model.title)
                download_checkpoint(model.folder, model.title, key=f"download-{model.id}")
                _delete_control(model.id, "")
                _show_error()


def _kind_line(model: StoredModel) -> str:
    from vaegc.models import kind_name

    trained = f" trained on {model.data}" if model.data else ""
    return f"{kind_name(model.kind)}{trained}, {counted(model.epochs, 'epoch')}"


def _rename_control(id: str, title: str) -> None:
    st.text_input("Name", title, key=f"name-{id}-{title}", max_chars=80, on_change=_rename_model, args=(id, title))


def _rename_model(id: str, title: str) -> None:
    _apply(lambda: workspace().rename_model(PRIVATE_PREFIX + id, st.session_state[f"name-{id}-{title}"]))


def _delete_control(id: str, reason: str) -> None:
    if reason:
        st.button("Delete", icon=":material/delete:", key=f"delete-{id}", disabled=True, help=reason, width="stretch")
    elif st.session_state.get("train-delete-pending") != id:
        st.button(
            "Delete", icon=":material/delete:", key=f"delete-{id}", on_click=_set_delete_pending, args=(id,), width="stretch"
        )
    else:
        st.caption("Its model and its checkpoint go for good.")
        st.button(
            "Yes, delete",
            type="primary",
            icon=":material/delete:",
            key=f"really-{id}",
            on_click=_delete_model,
            args=(id,),
            width="stretch",
        )
        st.button("Keep it", key=f"keep-{id}", on_click=_set_delete_pending, args=("",), width="stretch")


def _set_delete_pending(id: str) -> None:
    st.session_state["train-delete-pending"] = id


def _delete_model(id: str) -> None:
    _set_delete_pending("")
    _apply(lambda: workspace().delete_model(PRIVATE_PREFIX + id))
    st.session_state["train-changed"] = True


def _apply(act: Any) -> None:
    try:
        act()
        st.session_state["train-changed"] = True
    except VaegcError as error:
        st.session_state["train-menu-error"] = str(error)


def _show_error() -> None:
    message = st.session_state.pop("train-menu-error", None)
    if message:
        st.error(message, icon=":material/error:")
