"""Export panel of the Choose K page: the link, Python and command of a choice, its tables, and the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pandas as pd
import streamlit as st

from vaegc.experiment import Experiment
from vaegc.selection.choice import KSelection
from vaegc.ui.export_panel import code_tabs, download_button, private_inputs
from vaegc.ui.links import link_query
from vaegc.ui.profile import workspace


def show_export(spec: Experiment, choice: KSelection) -> None:
    """Draw the panel, folded; its contents are made when it is opened.

    Parameters
    ----------
    spec
        As links hold it.
    choice
        Whose tables are offered; the diagram is saved by a button of its own.
    """
    fold = st.expander("Take it with you: link, code, tables", icon=":material/ios_share:", key="choice-take", on_change="rerun")
    if not fold.open:
        return
    from vaegc.experiment.snippets import selection_command, selection_python
    from vaegc.selection.tables import bandwidth_cells_table, step_sweeps_table, votes_table

    seen, private = workspace().portable(spec), private_inputs(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(link_query(spec, {}), selection_python(seen, packed), selection_command(seen, packed), private)
        with right:
            tables: tuple[tuple[str, str, str, Callable[[KSelection], pd.DataFrame]], ...] = (
                (
                    "Steps and ε (CSV)",
                    "steps.csv",
                    "Number of clusters and share in none, at every step and every ε.",
                    step_sweeps_table,
                ),
                (
                    "Bandwidths and steps (CSV)",
                    "bandwidths.csv",
                    "The suggested number of each bandwidth and step.",
                    bandwidth_cells_table,
                ),
                ("Votes (CSV)", "votes.csv", "What every method answered, and why.", votes_table),
            )
            for label, name, why, table in tables:
                if table is not bandwidth_cells_table or choice.bandwidth_cells:
                    download_button(label, name, ":material/table:", why, lambda table=table: table(choice).to_csv(index=False))
            download_button("Settings (YAML)", "spec.yaml", ":material/description:", "For vaegc choose spec.yaml.", seen.to_yaml)
