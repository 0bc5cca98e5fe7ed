"""Table of the votes: what each method answers before and after the climb, with its reason and settings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from vaegc.selection.arguments import DEPENDENCE_NOTE
from vaegc.selection.choice import KSelection
from vaegc.selection.votes import METHODS

SCORES = ("acc", "nmi", "ari")
MARKS = {"agrees": "✓", "differs": "≠", "cannot tell": "–"}
SCORES_LABEL = "Show what the labels say (for checking only)"


def show_votes(choice: KSelection) -> None:
    """Draw the table; nothing before the first vote is there."""
    all_rows = [row for rows in choice.votes.values() for row in rows]
    if not all_rows:
        return
    st.subheader("What do other methods say?", anchor=False)
    st.caption(
        "Each was asked for the number of clusters without seeing a label; a method that expects round clusters answers for round clusters. "
        f"{DEPENDENCE_NOTE}."
    )
    scored = any(name in row for row in all_rows for name in SCORES) and st.toggle(SCORES_LABEL, key="choice-scores")
    st.html(votes_html(choice, scored))
    if scored:
        st.caption(
            f"ACC, NMI and ARI of each method's own labels against the true classes, N = {choice.n:,}, noise counts as wrong."
        )


def votes_html(choice: KSelection, scored: bool = False) -> str:
    """Return the votes as an HTML table: a row a method, a column before and after the climb; `scored`: with ACC, NMI, ARI."""
    columns = [when for when in ("before", "after") if when in choice.votes] or ["before"]
    names = {"before": "Before the climb" if choice.steps[-1] else "The points", "after": "After the climb"}
    head = "".join(f'<th scope="col">{names[when]}</th>' for when in columns)
    k = choice.verdict.n_clusters if choice.verdict else None
    rows = []
    for method in METHODS:
        found = [next((row for row in choice.votes.get(when, ()) if row["method"] == method), None) for when in columns]
        cells = "".join(f"<td>{_answer(row, k, scored) if row else '<small>not asked yet</small>'}</td>" for row in found)
        rows.append(f'<tr><th scope="row">{escape(method)}</th>{cells}</tr>')
    return f'<table class="choice-votes"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def agreement(n_clusters: object, k: int | None) -> str:
    """Return how an answer stands to the verdict: "agrees", "differs", "cannot tell", or nothing where there is no verdict."""
    count = as_count(n_clusters)
    if count is None:
        return "cannot tell"
    return "" if k is None else "agrees" if count == k else "differs"


def as_count(n_clusters: object) -> int | None:
    """Return a number of clusters as a vote gives it; None where it could not tell."""
    return int(n_clusters) if isinstance(n_clusters, (int, float)) and math.isfinite(n_clusters) else None


def _answer(row: Mapping[str, Any], k: int | None, scored: bool) -> str:
    count, relation = as_count(row["n_clusters"]), agreement(row["n_clusters"], k)
    mark = f'<span class="choice-mark {relation.replace(" ", "-")}">{MARKS[relation]} {relation}</span>' if relation else ""
    answer = f"<b>{'?' if count is None else f'{count:,}'}</b>{mark}<p>{escape(str(row['reason']))}</p><small>Settings: {escape(str(row['given']))}</small>"
    if not scored:
        return answer
    values = [f"{name.upper()} {value:.3f}" for name in SCORES if (value := _score(row, name)) is not None]
    return f'{answer}<small class="choice-score">{" · ".join(values) or "no labels of its own"}</small>'


def _score(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
