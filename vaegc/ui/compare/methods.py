"""Methods side by side: the chart, what it rests on, the same as tables, the user's models and what is missing."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vaegc.studies.kept import readings
from vaegc.ui.compare.filters import Chosen
from vaegc.ui.compare.missing import missing_runs
from vaegc.ui.compare.own_runs import my_models

CHART = {"displayModeBar": False, "responsive": True}
COLUMNS = {
    "method": "Method", "group": "K", "seeds": "Seeds", "scored": "With figures", "mean": "Mean", "sd": "sd", "k": "Clusters found", "n": "N",
    "cpu_minutes": "CPU minutes", "settings": "Settings",
}  # fmt: skip


def methods(chosen: Chosen) -> None:
    """Draw the section."""
    if len(chosen.runs) or len(chosen.published):
        _chart(chosen)
    else:
        st.info(
            f"Nothing is kept of {chosen.title} yet. Score a model of yours below, and it stands here.", icon=":material/balance:"
        )
    missing_runs(chosen)
    my_models(chosen)


def _chart(chosen: Chosen) -> None:
    from vaegc import figures

    means = chosen.means
    drawn: Any = figures.methods_chart(
        chosen.shown, means, chosen.published, chosen.score, chosen.name, st.context.theme.type == "dark"
    )
    with st.container(key="compare-chart-methods"):
        st.plotly_chart(drawn, theme=None, config=CHART, key="compare-methods")
    st.caption(_rests_on(chosen))
    if st.toggle("As a table", key="compare-table"):
        table = means[list(COLUMNS)].rename(columns=COLUMNS)
        forms = {"Mean": "%.3f", "sd": "%.3f", "CPU minutes": "%.1f", "N": "localized"}
        st.dataframe(
            table, hide_index=True, column_config={c: st.column_config.NumberColumn(format=form) for c, form in forms.items()}
        )
        if len(chosen.published):
            st.markdown("**Published by others**")
            shown = ["method", "acc", "sd", "nmi", "ari", "words", "source"]
            st.dataframe(chosen.published[shown], hide_index=True)


def _rests_on(chosen: Chosen) -> str:
    """The reading line: N, seeds, noise, and what stands apart."""
    parts = [*readings(chosen.shown)]
    shown = chosen.shown
    if (shown["group"] == "told K, in part chosen with labels").any():
        parts.append(
            "how VaDE's components are placed was compared by ACC on seeds 0 to 2 of these data, so those rows stand apart"
        )
    if len(chosen.published):
        parts.append("diamonds are other people's figures, read from their papers or repositories and never averaged with ours")
    if shown["here"].any():
        mine = int((shown["study"] == "yours").sum())
        added = int(shown["here"].sum()) - mine
        parts += [f"{added} run{'s were' if added > 1 else ' was'} made on this server"] if added else []
        parts += [f"{mine} {'are readings' if mine > 1 else 'is a reading'} of your models"] if mine else []
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}. Point at a mark for its seed, K, N and minutes."
