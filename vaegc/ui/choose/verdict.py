"""Card of the verdict: the number, how certain it is, what supports it, its caveats, and the button into Explore."""

from __future__ import annotations

from html import escape

import streamlit as st

from vaegc.experiment import Experiment
from vaegc.selection.choice import KSelection, Verdict
from vaegc.ui.catalog import open_in_explore
from vaegc.ui.choose.open_in_explore import verdict_state
from vaegc.ui.notes import show_climb_warning, show_data_notes

CERTAINTY_BADGES = {  # word, colour and icon of each certainty
    "firm": ("Firm", "green", ":material/verified:"), "likely": ("Likely", "blue", ":material/thumb_up:"),
    "open": ("An open question", "orange", ":material/help:"), "none": ("No number to believe", "gray", ":material/block:"),
}  # fmt: skip


def verdict_card(spec: Experiment, choice: KSelection | None, at_work: bool) -> None:
    """Draw the card; while there is no verdict, what is known so far. `at_work`: a job computes the rest."""
    verdict = choice.verdict if choice is not None else None
    with st.container(border=True, key="verdict"):
        number, words = st.columns([1, 5], gap="medium", vertical_alignment="center")
        shown, spoken = number_words(verdict)
        with number.container(gap="small", horizontal_alignment="center"):
            st.html(f'<div class="choice-k" data-testid="verdict-k">{shown}</div><div class="choice-k-name">{spoken}</div>')
            if verdict is not None and choice is not None:
                _explore_button(spec, choice)
        with words.container(gap="small"):
            if verdict is not None:
                _draw_verdict(verdict)
            else:
                _draw_partial(choice, at_work)


def show_warnings(choice: KSelection | None) -> None:
    """Draw warnings on the points: a climb that did next to nothing, and what is odd about the data."""
    show_climb_warning(choice.climb_note if choice is not None else None)
    show_data_notes(choice.notes if choice is not None else ())


def number_words(verdict: Verdict | None) -> tuple[str, str]:
    """Return the large number and the words under it; a question mark where it is not to be believed as it stands."""
    if verdict is None:
        return "…", "not known yet"
    if verdict.n_clusters is None:
        return "?", "no answer"
    k = f"{verdict.n_clusters:,}"
    return (f"{k}?", "clusters, perhaps") if verdict.certainty == "open" else (k, "clusters")


def _draw_verdict(verdict: Verdict) -> None:
    word, colour, icon = CERTAINTY_BADGES[verdict.certainty]
    st.badge(word, icon=icon, color=colour)  # type: ignore[arg-type]
    st.html(f'<h2 class="choice-headline">{escape(verdict.headline)}</h2>')
    lists = [("What speaks for it", verdict.reasons, "for"), ("Doubts", verdict.doubts, "against")]
    shown = [
        f'<div><h3>{title}</h3><ul class="choice-{kind}">{"".join(f"<li>{escape(one)}</li>" for one in sentences)}</ul></div>'
        for title, sentences, kind in lists
        if sentences
    ]
    st.html(f'<div class="choice-lists">{"".join(shown)}</div>')


def _explore_button(spec: Experiment, choice: KSelection) -> None:
    state = verdict_state(spec, choice)
    label = "Open in Explore" if state else "Look in Explore"
    if st.button(label, type="primary", icon=":material/explore:", key="open-verdict"):
        open_in_explore(*(state or (spec, None)))


def _draw_partial(choice: KSelection | None, at_work: bool) -> None:
    by_step = {sweep.step: sweep for sweep in choice.step_sweeps} if choice is not None else {}
    st.badge("Looking" if at_work else "Not looked yet", icon=":material/hourglass_top:", color="gray")
    sentences = []
    if choice is not None and choice.steps[-1] in by_step:
        last = choice.steps[-1]
        sentences.append(f"{'After the climb' if last else 'As the points are'}: {by_step[last].suggestion.reason}")
    if choice is not None and choice.steps[-1] > 0 and 0 in by_step:
        sentences.append(f"Before it: {by_step[0].suggestion.reason}")
    headline = (
        "One number is not an answer yet."
        if sentences
        else "Looking at it now."
        if at_work
        else "Nothing has been looked at yet."
    )
    st.html(f'<h2 class="choice-headline">{headline}</h2>')
    rest = sentences or ["Each step of the climb is swept over every ε, then other bandwidths and other methods are asked."]
    st.html(f'<div class="choice-lists"><div><ul>{"".join(f"<li>{escape(one)}</li>" for one in rest)}</ul></div></div>')
