"""The link, the Python and the command that train the selected run once more."""

from __future__ import annotations

import streamlit as st

from vaegc.ui.export_panel import code_tabs
from vaegc.ui.profile import workspace
from vaegc.ui.train.facts import RunFacts, parse_train_command
from vaegc.workspace import file_name, is_mine, train_command


def run_export_panel(run: RunFacts) -> None:
    """Draw the fold; a run whose data are gone has none."""
    if run.dataset is None:
        return
    fold = st.expander("Make it again: link, Python, command", icon=":material/ios_share:", key="train-again", on_change="rerun")
    if not fold.open:
        return
    from vaegc.experiment.snippets import shell_line, train_python

    own = is_mine(run.dataset)
    data = f"{file_name(workspace().find_data(run.dataset).title)}.npz" if own else run.dataset
    # What was asked for: what the data decided then, they decide again.
    asked, out = parse_train_command(run.job.command), file_name(run.job.title)
    python = train_python(data, asked.config, out, asked.seed, asked.n)
    command = shell_line(train_command(data, asked.config, out=out, seed=asked.seed, n=asked.n))
    with fold:
        code_tabs({"run": run.job.id}, python, command, ["run"], ["data"] if own else [])
        if own:
            path = workspace().find_data(run.dataset).path
            st.download_button(
                "Your data (NPZ)", path.read_bytes, data, icon=":material/database:", key="train-again-data", on_click="ignore",
                help="As they were read: what Python and the command name.",
            )  # fmt: skip
