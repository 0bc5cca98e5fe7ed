"""Learn: short lessons on toy data; each shows one effect with one control, failures included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vaegc.ascent import AscentConfig
from vaegc.errors import VaegcError
from vaegc.experiment import ClusterConfig, Experiment
from vaegc.ui.density_panel import show_density_facts
from vaegc.ui.export_panel import export_panel
from vaegc.ui.links import parse_view, view_query, write_query
from vaegc.ui.notes import show_climb_warning
from vaegc.ui.session_scene import ShownScene, answer_point_request, show_stage, with_min_samples
from vaegc.ui.stage_events import MAX_MIN_SAMPLES


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: a question, one control, and the answer."""

    title: str
    question: str  # to think about before looking
    answer: str  # after having looked
    choice: str  # label of the one control
    options: dict[str, Experiment]


def _toy(name: str, ascent: AscentConfig | None, min_samples: int = 10) -> Experiment:
    return Experiment(dataset=name, n=1000, model=None, ascent=ascent, clustering=ClusterConfig(min_samples=min_samples))


LESSONS = (
    Lesson(
        "Why climb?",
        "Eight groups that touch. Is there an ε that shows eight clusters before the climb? Drag it and look for a long flat stretch.",
        "Before the climb the groups are chained together by the few points between them. Each step moves every point uphill, the bridges "
        "empty, and one number of clusters holds over a long stretch of ε.",
        "Points",
        {"climb 30 steps": _toy("blobs", AscentConfig()), "stay where they are": _toy("blobs", None)},
    ),
    Lesson(
        "How wide do you look?",
        "Each point follows the density of its neighbourhood. What happens when that neighbourhood is very small, or very large?",
        "With few neighbours every chance clump is a peak, and groups break into crumbs. With many, the peaks of different groups melt "
        "into one. In between there is a wide range that agrees: that agreement is what makes a number of clusters believable.",
        "Neighbours",
        {f"{100 * share:g} %": _toy("blobs", AscentConfig(neighbors=share)) for share in (0.005, 0.04, 0.3)},
    ),
    Lesson(
        "A ring has no summit",
        "Three rings, one inside the other. DBSCAN finds them without any climb. Will climbing help?",
        "No: a ring is a ridge without a summit of its own, so points run along it to chance peaks and the ring falls apart. "
        "Climbing helps where clusters are hills. Where they are shapes, leave the points alone.",
        "Points",
        {"stay where they are": _toy("rings", None), "climb 30 steps": _toy("rings", AscentConfig())},
    ),
    Lesson(
        "Two densities, one ε",
        "A dense group in the middle of a wide, sparse one. Can a single ε show both?",
        "No. An ε that is small enough to see the dense group calls most of the sparse one noise; a larger one joins them. "
        "One ε is one level of density, and noise is the price of it: it is shown in grey and counted, not hidden.",
        "min_samples",
        {str(m): _toy("nested", None, m) for m in (3, 10, 30)},
    ),
)


def stage(shown: ShownScene | None) -> None:
    """Show the stage of a lesson; nothing where a job still computes its scene."""
    if shown is not None:
        _stage(shown)


@st.fragment
def _stage(shown: ShownScene) -> None:
    """Mount the stage; a change of its view reruns this fragment alone, which updates the link."""
    show_climb_warning(shown.facts.get("note"))
    view = show_stage(shown, _choose_min_samples)
    show_density_facts(shown)
    pairs = _link_query(shown.spec, view)
    write_query(pairs)
    export_panel(shown.spec, shown, view, pairs)
    answer_point_request(shown)


def _choose_min_samples(count: int) -> None:
    st.session_state["lesson_min_samples"] = (*_selection(), count)


def _selection() -> tuple[str, str]:
    """Title of the chosen lesson, and the setting of its control."""
    title = st.session_state["lesson"]
    return title, st.session_state[f"choice-{title}"]


def lesson() -> Experiment:
    """Draw the choice of a lesson and its control; returns the spec to show."""
    _read_link()
    titles = [item.title for item in LESSONS]
    title = st.radio("Lesson", titles, key="lesson", horizontal=True)
    item = LESSONS[titles.index(title)]
    st.title(item.title, anchor=False)
    st.markdown(item.question)
    st.session_state.setdefault(f"choice-{title}", next(iter(item.options)))
    option = str(st.segmented_control(item.choice, list(item.options), key=f"choice-{title}", required=True))
    with st.expander("What is to be seen", key=f"answer-{title}"):
        st.markdown(item.answer)
    chosen = st.session_state.get("lesson_min_samples")  # on the stage, for this setting
    return with_min_samples(item.options[option], chosen[2]) if chosen and chosen[:2] == _selection() else item.options[option]


# --- the link ------------------------------------------------------------------------------------------------------------


def _read_link() -> None:
    """Select what the link names when the page is opened; invalid parts are ignored."""
    if "lesson" in st.session_state:
        return
    pairs = dict(st.query_params)
    item = next((item for item in LESSONS if _slug(item.title) == pairs.get("lesson")), None)
    if item is None:
        return
    st.session_state["lesson"] = item.title
    option = next((option for option in item.options if _slug(option) == pairs.get("setting")), next(iter(item.options)))
    st.session_state[f"choice-{item.title}"] = option
    try:
        count = int(pairs.get("clustering.min_samples", "0"))
        st.session_state["begin"] = parse_view(pairs)
    except (VaegcError, ValueError):
        return
    if 0 < count <= MAX_MIN_SAMPLES:
        st.session_state["lesson_min_samples"] = (item.title, option, count)


def _link_query(spec: Experiment, view: dict[str, Any]) -> dict[str, str]:
    """The query of the link to a lesson as it is seen."""
    title, option = _selection()
    pairs = {"lesson": _slug(title), "setting": _slug(option)}
    usual = next(item for item in LESSONS if item.title == title).options[option]
    if spec.clustering.min_samples != usual.clustering.min_samples:
        pairs["clustering.min_samples"] = str(spec.clustering.min_samples)
    return pairs | view_query(view)


def _slug(words: str) -> str:
    """Return a title as it stands in a link: lower case, hyphens between words."""
    return re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-")
