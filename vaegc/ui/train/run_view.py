"""What stands in the middle of the page: a run, an uploaded model, or, where there is none yet, what will be there."""

from __future__ import annotations

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.ui.profile import workspace
from vaegc.ui.train.checkpoints import show_uploaded
from vaegc.ui.train.facts import RunFacts
from vaegc.ui.train.live import watch
from vaegc.ui.train.settings import TRY, Wish, blocked, source_of, start
from vaegc.workspace import KeptModel

PROMISE = (
    ("scatter_plot", "Latent space", "Its points find their places, epoch by epoch."),
    ("show_chart", "Losses", "Part by part, with the phases marked."),
    ("image", "Reconstructions", "Inputs above what the model makes of them."),
    ("bar_chart", "Usage", "Which clusters and dimensions are in use."),
)


def uploaded_models() -> list[KeptModel]:
    """Return the models that were uploaded, newest first; those of runs are listed as runs."""
    return [model for model in workspace().models() if model.job is None]


def show(chosen: RunFacts | KeptModel) -> None:
    """Draw what is selected."""
    if isinstance(chosen, KeptModel):
        show_uploaded(chosen)
    else:
        watch(chosen)


def nothing_yet() -> None:
    """Say what will be here, and offer to try it with one click."""
    with st.container(border=True, key="nothing-yet"):
        st.markdown("**No run yet.** Here you will see it learn:")
        for place, (icon, title, words) in zip(st.columns(len(PROMISE)), PROMISE, strict=True):
            place.markdown(f":material/{icon}: **{title}**  \n:small[{words}]")
        reason = blocked()
        if st.button(
            "Try it: a VAE on digits, 20 epochs", icon=":material/bolt:", key="try", disabled=bool(reason),
        ):  # fmt: skip
            try:
                start(Wish(source_of("digits"), TRY, "VAE on Handwritten digits, first try", 0, None))
            except VaegcError as error:
                st.error(str(error), icon=":material/error:")
