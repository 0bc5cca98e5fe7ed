"""Section of methods side by side: chart with its basis (N, seeds, noise policy), tables, the user's models, missing runs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vaegc.studies.run_table import K_GIVEN_LABEL_TUNED, describe_samples
from vaegc.ui.compare.filters import Comparison
from vaegc.ui.compare.missing import missing_runs_section
from vaegc.ui.compare.own_runs import own_models_section
from vaegc.wording import counted

CHART = {"displayModeBar": False, "responsive": True}
COLUMNS = {
    "method": "Method", "group": "K", "seeds": "Seeds", "scored": "With figures", "mean": "Mean", "sd": "sd", "k": "Clusters found", "n": "N",
    "cpu_minutes": "CPU minutes", "settings": "Settings",
}  # fmt: skip


def methods_section(comparison: Comparison) -> None:
    """Draw the section."""
    if len(comparison.runs) or len(comparison.published):
        _chart(comparison)
    else:
        st.info(
            f"Nothing is kept of {comparison.title} yet. Score a model of yours below, and it stands here.",
            icon=":material/balance:",
        )
    missing_runs_section(comparison)
    own_models_section(comparison)


def _chart(comparison: Comparison) -> None:
    from vaegc import figures

    means = comparison.means
    drawn: Any = figures.methods_chart(
        comparison.shown, means, comparison.published, comparison.score, comparison.name, st.context.theme.type == "dark"
    )
    with st.container(key="compare-chart-methods"):
        st.plotly_chart(drawn, theme=None, config=CHART, key="compare-methods")
    st.caption(_basis(comparison))
    if st.toggle("As a table", key="compare-table"):
        table = means[list(COLUMNS)].rename(columns=COLUMNS)
        forms = {"Mean": "%.3f", "sd": "%.3f", "CPU minutes": "%.1f", "N": "localized"}
        st.dataframe(
            table, hide_index=True, column_config={c: st.column_config.NumberColumn(format=form) for c, form in forms.items()}
        )
        if len(comparison.published):
            st.markdown("**Published by others**")
            shown = ["method", "acc", "sd", "nmi", "ari", "words", "source"]
            st.dataframe(comparison.published[shown], hide_index=True)


def _basis(comparison: Comparison) -> str:
    """Caption of the chart: N, seeds, noise policy, and which rows cannot be compared with the rest."""
    parts = [*describe_samples(comparison.shown)]
    shown = comparison.shown
    if (shown["group"] == K_GIVEN_LABEL_TUNED).any():
        parts.append(
            "how VaDE's components are placed was compared by ACC on seeds 0 to 2 of these data, so those rows stand apart"
        )
    if len(comparison.published):
        parts.append("diamonds are other people's figures, read from their papers or repositories and never averaged with ours")
    if shown["here"].any():
        own = int((shown["study"] == "yours").sum())
        added = int(shown["here"].sum()) - own
        parts += [f"{counted(added, 'run', 'were')} made on this server"] if added else []
        parts += [f"{own} {'are readings' if own > 1 else 'is a reading'} of your models"] if own else []
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}. Point at a mark for its seed, K, N and minutes."
