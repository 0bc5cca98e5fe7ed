"""What can be taken from the page: its link, the Python and the command that print the same table, and the rows as files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st

from vaegc.ui.compare.filters import Chosen
from vaegc.ui.export_panel import code_tabs, download_button
from vaegc.workspace import is_mine

if TYPE_CHECKING:
    import pandas as pd


def take(chosen: Chosen) -> None:
    """Draw the fold; nothing in it is made before somebody opens it."""
    fold = st.expander("Take it with you: link, code, tables", icon=":material/ios_share:", key="compare-take", on_change="rerun")
    if not fold.open:
        return
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(chosen.link, run_python(chosen), run_command(chosen), ["data"] if is_mine(chosen.data) else [])
            own = int(chosen.runs["here"].sum())
            if own:
                st.caption(
                    f"{own} of these runs were made on this server or are yours: elsewhere, take the table of all runs along."
                )
        with right:
            why = "Every run that the page knows of these data, all columns."
            name = f"runs-{chosen.data.replace(':', '-')}"
            download_button("All runs (CSV)", f"{name}.csv", ":material/table:", why, lambda: chosen.runs.to_csv(index=False))
            download_button("All runs (Parquet)", f"{name}.parquet", ":material/table_view:", why, lambda: _parquet(chosen.runs))
            download_button(
                "Means (CSV)",
                f"{chosen.score}.csv",
                ":material/functions:",
                "Mean ± sd.",
                lambda: chosen.means.to_csv(index=False),
            )
            if len(chosen.pairs):
                why = "The same points with and without the climb."
                download_button(
                    "Pairs (CSV)", "pairs.csv", ":material/compare_arrows:", why, lambda: chosen.pairs.to_csv(index=False)
                )
            if len(chosen.published):
                why = "Others' figures, with their conventions and sources."
                download_button(
                    "Published (CSV)", "published.csv", ":material/diamond:", why, lambda: chosen.published.to_csv(index=False)
                )


def run_python(chosen: Chosen) -> str:
    """Return Python that prints the means of the kept runs."""
    if is_mine(chosen.data):
        return f'import pandas as pd\n\nprint(pd.read_csv("runs-{chosen.data.replace(":", "-")}.csv"))'
    return (
        "from vaegc.studies.kept import kept_runs, summary\n\n"
        f'runs = kept_runs("{chosen.data}")  # every kept run\n'
        f'print(summary(runs, "{chosen.score}").round(3).to_string(index=False))  # mean ± sd over seeds'
    )


def run_command(chosen: Chosen) -> str:
    """Return the command that prints the same."""
    if is_mine(chosen.data):
        return "vaegc compare"
    return f"vaegc compare --data {chosen.data} --score {chosen.score}"


def _parquet(table: pd.DataFrame) -> bytes:
    packed = io.BytesIO()
    table.to_parquet(packed, index=False)
    return packed.getvalue()
