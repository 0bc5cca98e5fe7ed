"""Export section of Compare: its link, the Python and command that print the same table, and the rows as files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st

from vaegc.ui.compare.filters import Comparison
from vaegc.ui.export_panel import code_tabs, download_button
from vaegc.workspace import is_private

if TYPE_CHECKING:
    import pandas as pd


def export_section(comparison: Comparison) -> None:
    """Draw the section, an expander; nothing in it is computed before it is opened."""
    panel = st.expander(
        "Take it with you: link, code, tables", icon=":material/ios_share:", key="compare-take", on_change="rerun"
    )
    if not panel.open:
        return
    with panel:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(
                comparison.link, run_python(comparison), run_command(comparison), ["data"] if is_private(comparison.data) else []
            )
            own = int(comparison.runs["here"].sum())
            if own:
                st.caption(
                    f"{own} of these runs were made on this server or are yours: elsewhere, take the table of all runs along."
                )
        with right:
            why = "Every run that the page knows of these data, all columns."
            name = f"runs-{comparison.data.replace(':', '-')}"
            download_button("All runs (CSV)", f"{name}.csv", ":material/table:", why, lambda: comparison.runs.to_csv(index=False))
            download_button(
                "All runs (Parquet)", f"{name}.parquet", ":material/table_view:", why, lambda: _parquet(comparison.runs)
            )
            download_button(
                "Means (CSV)",
                f"{comparison.score}.csv",
                ":material/functions:",
                "Mean ± sd.",
                lambda: comparison.means.to_csv(index=False),
            )
            if len(comparison.pairs):
                why = "The same points with and without the climb."
                download_button(
                    "Pairs (CSV)", "pairs.csv", ":material/compare_arrows:", why, lambda: comparison.pairs.to_csv(index=False)
                )
            if len(comparison.published):
                why = "Others' figures, with their conventions and sources."
                download_button(
                    "Published (CSV)",
                    "published.csv",
                    ":material/diamond:",
                    why,
                    lambda: comparison.published.to_csv(index=False),
                )


def run_python(comparison: Comparison) -> str:
    """Return Python that prints the means of the kept runs."""
    if is_private(comparison.data):
        return f'import pandas as pd\n\nprint(pd.read_csv("runs-{comparison.data.replace(":", "-")}.csv"))'
    return (
        "from vaegc.studies.run_table import load_runs, summarize_runs\n\n"
        f'runs = load_runs("{comparison.data}")  # every kept run\n'
        f'print(summarize_runs(runs, "{comparison.score}").round(3).to_string(index=False))  # mean ± sd over seeds'
    )


def run_command(comparison: Comparison) -> str:
    """Return the command that prints the means of the kept runs."""
    if is_private(comparison.data):
        return "vaegc compare"
    return f"vaegc compare --data {comparison.data} --score {comparison.score}"


def _parquet(table: pd.DataFrame) -> bytes:
    packed = io.BytesIO()
    table.to_parquet(packed, index=False)
    return packed.getvalue()
