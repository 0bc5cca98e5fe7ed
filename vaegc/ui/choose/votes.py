"""The votes: what other methods answer, before and after the climb, each with its reason and what it was told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from vaegc.selection.arguments import SHARE
from vaegc.selection.choice import KSelection
from vaegc.selection.votes import METHODS

SCORES = ("acc", "nmi", "ari")
MARKS = {"agrees": "✓", "differs": "≠", "cannot tell": "–"}
TOGGLE = "Show what the labels say (for checking only)"


def votes(choice: KSelection) -> None:
    """Draw the table; nothing before the first vote is there."""
    given = [row for rows in choice.votes.values() for row in rows]
    if not given:
        return
    st.subheader("What do other methods say?", anchor=False)
    st.caption(
        "Each was asked for the number of clusters without seeing a label; a method that expects round clusters answers for round clusters. "
        f"{SHARE}."
    )
    scored = any(name in row for row in given for name in SCORES) and st.toggle(TOGGLE, key="choice-scores")
    st.html(table(choice, scored))
    if scored:
        st.caption(
            f"ACC, NMI and ARI of each method's own labels against the true classes, N = {choice.n:,}, noise counts as wrong."
        )


def table(choice: KSelection, scored: bool = False) -> str:
    """Return the votes as an HTML table: a row a method, a column before and after the climb."""
    sides = [when for when in ("before", "after") if when in choice.votes] or ["before"]
    names = {"before": "Before the climb" if choice.steps[-1] else "The points", "after": "After the climb"}
    head = "".join(f'<th scope="col">{names[when]}</th>' for when in sides)
    k = choice.verdict.n_clusters if choice.verdict else None
    rows = []
    for method in METHODS:
        found = [next((row for row in choice.votes.get(when, ()) if row["method"] == method), None) for when in sides]
        cells = "".join(f"<td>{_answer(row, k, scored) if row else '<small>not asked yet</small>'}</td>" for row in found)
        rows.append(f'<tr><th scope="row">{escape(method)}</th>{cells}</tr>')
    return f'<table class="choice-votes"><thead><tr><td></td>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def agreement(n_clusters: object, k: int | None) -> str:
    """Return how an answer stands to the verdict: "agrees", "differs", "cannot tell", or nothing where there is no verdict."""
    count = number(n_clusters)
    if count is None:
        return "cannot tell"
    return "" if k is None else "agrees" if count == k else "differs"


def number(n_clusters: object) -> int | None:
    """Return a number of clusters as a vote gives it; None where it could not tell."""
    return int(n_clusters) if isinstance(n_clusters, (int, float)) and math.isfinite(n_clusters) else None


def _answer(row: Mapping[str, Any], k: int | None, scored: bool) -> str:
    count, stands = number(row["n_clusters"]), agreement(row["n_clusters"], k)
    mark = f'<span class="choice-mark {stands.replace(" ", "-")}">{MARKS[stands]} {stands}</span>' if stands else ""
    said = f"<b>{'?' if count is None else f'{count:,}'}</b>{mark}<p>{escape(str(row['reason']))}</p><small>Told: {escape(str(row['given']))}</small>"
    if not scored:
        return said
    values = [f"{name.upper()} {value:.3f}" for name in SCORES if (value := _score(row, name)) is not None]
    return f'{said}<small class="choice-score">{" · ".join(values) or "no labels of its own"}</small>'


def _score(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None
