"""Filters of the Compare page, data set and score, which the link holds; what they select."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import streamlit as st

from vaegc.datasets import BUILT_IN, TOYS, describe
from vaegc.studies.pairs import paired_differences, paired_runs
from vaegc.studies.published import published_table
from vaegc.studies.run_table import ABLATIONS, SCORES, load_runs, studied_datasets, summarize_runs
from vaegc.studies.user_models import UserModel, user_models, user_runs
from vaegc.ui.catalog import dataset_title
from vaegc.ui.profile import workspace

DEFAULT_DATASET = "mnist"  # the set that most papers report
STYLE = """
<style>
[class*="st-key-compare-chart"] [data-stale="true"], .st-key-compare-study [data-stale="true"] { opacity: 1 !important; transition: none !important; }
.st-key-compare-choice { align-items: end; }
.st-key-compare-choice [data-testid="stSelectbox"] { min-width: 15rem; }
</style>
"""


@dataclass(frozen=True)
class Comparison:
    """What is compared: runs, means, pairs and published figures of one data set by one score."""

    data: str  # name or "mine:…"
    score: str
    title: str  # of the data
    name: str  # of the score
    own: list[UserModel]  # the user's models of these data
    runs: pd.DataFrame  # kept runs and those of the user's models, a row each
    shows_variants: bool  # whether variants of the models are shown
    shows_published: bool  # whether published figures are shown
    shows_controls: bool  # whether other bandwidths and controls are shown

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The runs that the chart shows."""
        return self.runs if self.shows_variants else self.runs[~self.runs["method_id"].isin(ABLATIONS)]

    @cached_property
    def means(self) -> pd.DataFrame:
        """Mean ± sd over seeds of the shown runs."""
        return summarize_runs(self.shown, self.score)

    @cached_property
    def published(self) -> pd.DataFrame:
        """Published figures, as far as they are shown."""
        table = published_table(self.data)
        table = table if self.shows_variants else table[~table["beside"].isin(ABLATIONS)]
        return table if self.shows_published else table.iloc[:0]

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Pairs of runs with and without the climb."""
        from vaegc.studies.user_models import user_pairs

        table = paired_runs(self.data, self.score, user_pairs(self.own))
        return table if self.shows_controls else table[table["variant"] == "per point"]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Paired differences: what the climb changes."""
        return paired_differences(self.pairs)

    @cached_property
    def link(self) -> dict[str, str]:
        """The query of the link to this view."""
        return {"data": self.data, "score": self.score}


def style() -> None:
    """Set the page's details; call it once, at the top."""
    st.html(STYLE)


def filter_controls() -> Comparison:
    """Draw the filters; returns what they select, and updates the link."""
    offered = _available_datasets()
    data, score = _initial_filters(offered)
    with st.container(horizontal=True, key="compare-choice", gap="medium"):
        names = list(offered)
        data = st.selectbox("Data", names, names.index(data), format_func=offered.__getitem__, key="compare-data", width=320)
        chosen = st.segmented_control(
            "Score", list(SCORES), default=score, format_func=SCORES.__getitem__, key="compare-score", required=True,
            help="ACC matches clusters and classes one to one; purity (many-to-one) lets several clusters share a class, so more clusters always score higher.",
        )  # fmt: skip
    with st.sidebar:
        others = st.toggle("Published figures", True, key="compare-others", help="What others report, with their conventions.")
        variants = st.toggle("Variants of the models", key="compare-variants", help="With something taken away or added.")
        controls = st.toggle(
            "Controls of the climb",
            key="compare-controls",
            help="One bandwidth for all points; points moved as far, but not uphill.",
        )
    score = str(chosen or score)
    own = user_models(workspace(), data)
    runs = load_runs(data)
    own_runs = user_runs(own)
    made = Comparison(
        data, score, dataset_title(data), SCORES[score], own, pd.concat([runs, own_runs], ignore_index=True) if len(own_runs) else runs, variants, others, controls
    )  # fmt: skip
    if dict(st.query_params) != made.link:
        st.query_params.from_dict(made.link)
    st.session_state["compare-seen"] = made.link
    return made


def _available_datasets() -> dict[str, str]:
    """Titles of the data sets with something to compare: those of the studies, and the user's with classes or models."""
    own = workspace()
    words = {name: describe(name).title for name in studied_datasets()}
    words |= {kept.ref: f"{kept.title} (yours)" for kept in own.data() if kept.classes}
    trained = {job.command[1] for job in own.runs() if len(job.command) > 1}
    words |= {name: describe(name).title for name in (*BUILT_IN, *TOYS) if name in trained and name not in words}
    return words


def _initial_filters(offered: dict[str, str]) -> tuple[str, str]:
    """Data set and score to begin with: those of the link, the last ones, that of Explore, else the default."""
    seen = st.session_state.get("compare-seen", {})
    requested = st.query_params.get("data") or seen.get("data")
    score = st.query_params.get("score") or seen.get("score") or "acc"
    if requested and requested not in offered:
        st.warning("The data of this link are not here, so here are the usual ones.", icon=":material/link_off:")
    if score not in SCORES:
        st.warning(f"There is no such score; known are {', '.join(SCORES)}.", icon=":material/link_off:")
        score = "acc"
    latest = st.session_state.get("latest")
    choices = (requested, latest.dataset if latest is not None else None, DEFAULT_DATASET)
    return next(name for name in choices if name in offered), score
