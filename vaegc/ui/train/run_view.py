"""The main view of the page: a run, an uploaded model, or the empty state where there is neither."""

from __future__ import annotations

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.ui.profile import workspace
from vaegc.ui.train.checkpoints import show_uploaded
from vaegc.ui.train.facts import RunFacts
from vaegc.ui.train.live import show_run
from vaegc.ui.train.settings import FIRST_RUN_CONFIG, RunRequest, dataset_info, start, start_blocked_reason
from vaegc.workspace import StoredModel

EMPTY_STATE = (
    ("scatter_plot", "Latent space", "Its points find their places, epoch by epoch."),
    ("show_chart", "Losses", "Part by part, with the phases marked."),
    ("image", "Reconstructions", "Inputs above what the model makes of them."),
    ("bar_chart", "Usage", "Which clusters and dimensions are in use."),
)


def uploaded_models() -> list[StoredModel]:
    """Return the models that were uploaded, newest first; those of runs are listed as runs."""
    return [model for model in workspace().models() if model.job is None]


def show_selected(chosen: RunFacts | StoredModel) -> None:
    """Draw the selected run or uploaded model."""
    if isinstance(chosen, StoredModel):
        show_uploaded(chosen)
    else:
        show_run(chosen)


def empty_state() -> None:
    """Draw what will be here, and a button that starts a first run with one click."""
    with st.container(border=True, key="nothing-yet"):
        st.markdown("**No run yet.** Here you will see it learn:")
        for place, (icon, title, words) in zip(st.columns(len(EMPTY_STATE)), EMPTY_STATE, strict=True):
            place.markdown(f":material/{icon}: **{title}**  \n:small[{words}]")
        reason = start_blocked_reason()
        if st.button(
            "Try it: a VAE on digits, 20 epochs", icon=":material/bolt:", key="try", disabled=bool(reason),
        ):  # fmt: skip
            try:
                start(RunRequest(dataset_info("digits"), FIRST_RUN_CONFIG, "VAE on Handwritten digits, first try", 0, None))
            except VaegcError as error:
                st.error(str(error), icon=":material/error:")
