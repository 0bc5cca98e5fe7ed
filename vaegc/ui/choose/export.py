"""What can be taken from a choice: the link, Python and command that make it, its tables, and the settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pandas as pd
import streamlit as st

from vaegc.experiment import Experiment
from vaegc.selection.choice import KSelection
from vaegc.ui.export_panel import code_tabs, download, private_parts
from vaegc.ui.links import link_pairs
from vaegc.ui.profile import workspace


def take(spec: Experiment, choice: KSelection) -> None:
    """Draw the fold; nothing in it is made before somebody opens it. The picture is saved by its own button."""
    fold = st.expander("Take it with you: link, code, tables", icon=":material/ios_share:", key="choice-take", on_change="rerun")
    if not fold.open:
        return
    from vaegc.experiment.snippets import choice_command, choice_python
    from vaegc.selection.tables import cells_table, slices_table, votes_table

    seen, private = workspace().portable(spec), private_parts(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(link_pairs(spec, {}), choice_python(seen, packed), choice_command(seen, packed), private)
        with right:
            tables: tuple[tuple[str, str, str, Callable[[KSelection], pd.DataFrame]], ...] = (
                (
                    "Steps and ε (CSV)",
                    "steps.csv",
                    "Number of clusters and share in none, at every step and every ε.",
                    slices_table,
                ),
                ("Bandwidths and steps (CSV)", "bandwidths.csv", "The suggested number of each bandwidth and step.", cells_table),
                ("Votes (CSV)", "votes.csv", "What every method answered, and why.", votes_table),
            )
            for label, name, why, table in tables:
                if table is not cells_table or choice.cells:
                    download(label, name, ":material/table:", why, lambda table=table: table(choice).to_csv(index=False))
            download("Settings (YAML)", "spec.yaml", ":material/description:", "For vaegc choose spec.yaml.", seen.to_yaml)
