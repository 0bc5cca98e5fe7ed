"""Section on the effect of the climb: paired differences over the same points of the same network."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vaegc.studies.pairs import MIN_PAIRED_SEEDS, paired_runs
from vaegc.ui.compare.filters import Comparison
from vaegc.ui.compare.methods import CHART
from vaegc.wording import counted

ONLY_ACC_NOTE = " Most pairs were kept with their ACC only: choose it to see them."


def climb_section(comparison: Comparison) -> None:
    """Draw the section."""
    st.subheader("What the climb changes", anchor=False)
    pairs, changes = comparison.pairs, comparison.changes
    more = ONLY_ACC_NOTE if len(paired_runs(comparison.data)) > len(paired_runs(comparison.data, comparison.score)) else ""
    if not len(pairs):
        st.caption(
            f"There is no pair of runs of {comparison.title} with and without the climb yet: run what is missing, or score a model of yours.{more}"
        )
        return
    from vaegc import figures

    drawn: Any = figures.climb_chart(pairs, changes, comparison.name, st.context.theme.type == "dark")
    with st.container(key="compare-chart-climb"):
        st.plotly_chart(drawn, theme=None, config=CHART, key="compare-climb")
    sizes = ", ".join(f"{n:,}" for n in sorted(set(pairs["n"])))
    few, most = int(changes["seeds"].min()), int(changes["seeds"].max())
    seeds = counted(most, "seed") if few == most else f"{few} to {most} seeds"
    st.caption(
        f"A line is one seed: the same network, points and settings before and after the climb, of which the share of neighbours and the steps are named. N = {sizes}; {seeds}; noise counts as wrong. On the "
        f"right: the mean difference ± sd and, in brackets, over how many seeds; where no pair can be read, in how many seeds a plateau is readable. Under "
        f"{MIN_PAIRED_SEEDS} pairs a difference of a few hundredths may be chance.{more}"
    )
    if st.toggle("In words", key="compare-words"):
        for row in changes.to_dict("records"):
            kind = "" if row["variant"] == "per point" else f", {row['variant']}"
            st.markdown(f"**{row['place']}, {row['climb']}{kind}** · {row['reader']}: {row['words']}")
