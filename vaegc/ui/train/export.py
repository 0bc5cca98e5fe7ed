"""Export panel of a run: the link, the Python and the command that train it once more."""

from __future__ import annotations

import streamlit as st

from vaegc.ui.export_panel import code_tabs
from vaegc.ui.profile import workspace
from vaegc.ui.train.facts import RunFacts, parse_train_command
from vaegc.workspace import file_name, is_private, train_command


def run_export_panel(run: RunFacts) -> None:
    """Draw the panel, an expander; a run whose data were deleted has none."""
    if run.dataset is None:
        return
    panel = st.expander("Make it again: link, Python, command", icon=":material/ios_share:", key="train-again", on_change="rerun")
    if not panel.open:
        return
    from vaegc.experiment.snippets import shell_line, train_python

    own = is_private(run.dataset)
    data = f"{file_name(workspace().find_data(run.dataset).title)}.npz" if own else run.dataset
    # Of the command, not of the run: what depends on the data is derived from them again.
    request, out = parse_train_command(run.job.command), file_name(run.job.title)
    python = train_python(data, request.config, out, request.seed, request.n)
    command = shell_line(train_command(data, request.config, out=out, seed=request.seed, n=request.n))
    with panel:
        code_tabs({"run": run.job.id}, python, command, ["run"], ["data"] if own else [])
        if own:
            path = workspace().find_data(run.dataset).path
            st.download_button(
                "Your data (NPZ)", path.read_bytes, data, icon=":material/database:", key="train-again-data", on_click="ignore",
                help="As they were read: what Python and the command name.",
            )  # fmt: skip
