"""Section of the user's models: each can be scored by a job, and stands beside the kept runs then."""

from __future__ import annotations

import streamlit as st

from vaegc import jobs
from vaegc.errors import VaegcError
from vaegc.limits import read_only
from vaegc.models import kind_name
from vaegc.store import app_root
from vaegc.studies.user_models import UserModel, score_user_model
from vaegc.ui.catalog import open_in_train
from vaegc.ui.compare.filters import Comparison
from vaegc.ui.labels import stage_label
from vaegc.ui.profile import workspace
from vaegc.wording import counted

POLL_INTERVAL_S = 1.0  # between two looks at a job


def own_models_section(comparison: Comparison) -> None:
    """Draw the expander with the user's models: which are scored, and the button that scores one."""
    running = any(own.state is not None and own.state.status == "running" for own in comparison.own)
    count = f" ({len(comparison.own)})" if comparison.own else ""
    panel = st.expander(
        f"Your models of these data{count}", icon=":material/deployed_code:", key="compare-mine", expanded=running
    )
    with panel:
        if not comparison.own:
            st.caption(
                f"You have no model of {comparison.title} yet. Train one, and it is read here with and without the climb, beside the others."
            )
            can_train = not read_only() and (app_root() / "pages" / "2_Train.py").is_file()
            if can_train and st.button("Train a model", key="compare-train", icon=":material/model_training:"):
                open_in_train(comparison.data)
            return
        st.caption(
            "Scoring encodes all the points that a model learned from, climbs them (30 steps, the default bandwidth), and reads the sweep before and "
            "after: at the plateau it suggests, K not given. Labels score only."
        )
        for own in comparison.own:
            _row(own)
        if message := st.session_state.pop("compare-score-wrong", None):
            st.error(message, icon=":material/error:")


def _row(own: UserModel) -> None:
    model, state = own.model, own.state
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"compare-own-{model.id}"):
        st.markdown(
            f"**{model.title}** · {kind_name(model.kind)}, {counted(model.latent_dim, 'dimension')}, {counted(model.epochs, 'epoch')}, seed {model.seed}"
        )
        if own.result is not None:
            found = own.result["suggestion"]["n_clusters"]
            st.caption(
                "no readable plateau after the climb" if found is None else f"K = {found} after the climb; it stands above"
            )
        elif state is not None and state.status == "running":
            st.fragment(_progress, run_every=POLL_INTERVAL_S)(own)
        else:
            label = "Score" if state is None or state.status == "stopped" else "Try again"
            st.button(
                label, key=f"compare-score-{model.id}", icon=":material/play_arrow:", disabled=read_only(), on_click=_score, args=(own,),
                help="This server is read-only." if read_only() else None,
            )  # fmt: skip
            if state is not None and state.status in {"failed", "killed"}:
                st.caption(f":red[{state.message}]")


def _progress(own: UserModel) -> None:
    assert own.job is not None
    try:
        state = jobs.state(own.job)
    except VaegcError:
        st.rerun()
    if state.status != "running":
        st.rerun()  # its rows belong into the chart
    last = state.last or {}
    words = f"{stage_label(str(last['stage']))}: {last.get('message', '')}" if last.get("stage") else "Starting"
    st.progress(min(1.0, last.get("done", 0) / last["total"]) if last.get("total") else 0.0, words)
    st.button(
        "Cancel",
        key=f"compare-stop-{own.model.id}",
        icon=":material/stop:",
        on_click=jobs.cancel,
        args=(own.job, POLL_INTERVAL_S * 3),
    )


def _score(own: UserModel) -> None:
    try:
        score_user_model(workspace(), own)
    except VaegcError as error:
        st.session_state["compare-score-wrong"] = str(error)
