"""What lies below the map: pictures of every cluster, the whole plane, content and style; each made when it is chosen."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.experiment import Experiment, Result
from vaegc.experiment.summary import data_notes
from vaegc.generation import (
    Sheet,
    along_dimension,
    cluster_samples,
    decode_places,
    kind_of,
    latent_grid,
    modes_and_means,
    sheet_of_grid,
    style_table,
)
from vaegc.generation.decoding import has_latent
from vaegc.generation.plane import plane_of
from vaegc.ui.frame import sentences
from vaegc.ui.generate.export import Way, take_away
from vaegc.ui.generate.map import clusters_shown, colours_of, eps_words
from vaegc.ui.generate.payload import sheet_of
from vaegc.ui.labels import in_public
from vaegc.ui.links import link_pairs
from vaegc.ui.notes import notes_of_data, warn_of_the_climb
from vaegc.ui.scenes import Shown, result_of
from vaegc.web.page import stage_css, stage_script

NAMES = {"clusters": "Clusters", "plane": "Plane", "style": "Content and style"}
QUERY = "section"
DRAWS = (4, 6, 8, 10, 12)
FEW = 3  # draws that are shown where a row is a list of features
MOST_LINES = 24  # clusters on the page
CELLS = {"Coarse": (8, 10), "Medium": (12, 16), "Fine": (18, 24)}
STYLES = 9  # columns of the table

_sheet = st.components.v2.component("vaegc_sheet", html="<div></div>", css=stage_css(), js=stage_script("generate/sheet.js"))


class Asked(NamedTuple):
    """A sheet and the way to make it again."""

    sheet: Sheet
    way: Way


def link_section() -> None:
    """Take the section out of a link before its settings are read; call it first."""
    if QUERY in st.query_params and "latest" not in st.session_state:  # else no link is read
        st.session_state.setdefault("generate_section", st.query_params[QUERY])
        del st.query_params[QUERY]


@st.fragment
def sections(spec: Experiment, shown: Shown) -> None:
    """Draw the choice of a section, the chosen one, and what can be taken from it."""
    with sentences():
        _sections(spec, shown)


def _sections(spec: Experiment, shown: Shown) -> None:
    result: Result = result_of(shown.resolved)
    warn_of_the_climb(result.trajectory.note)
    notes_of_data(data_notes(result.spec.dataset, result.dataset))
    section, asked = "clusters", []
    if why_not := _why_not(lambda: decode_places(result, plane_of(result).points[:1])):
        st.info(in_public(why_not, shown.spec, shown.resolved), icon=":material/info:")
    else:
        section = _chosen(_why_not(lambda: style_table(result.model, 1)))
        asked = {"clusters": _clusters, "plane": _plane, "style": _style}[section](shown, result)
    pairs = link_pairs(spec, {"eps": shown.begin.get("eps")})
    if section != "clusters":
        pairs[QUERY] = section
    if dict(st.query_params) != pairs:
        st.query_params.from_dict(pairs)
    if asked:  # else there is nothing to make again
        take_away(spec, shown, result, pairs, asked)


def _chosen(why_no_style: str) -> str:
    """The section; one that there is not is greyed, with its reason."""
    there = [name for name in NAMES if name != "style" or not why_no_style]
    begin = st.session_state.get("generate_section")
    with st.container(horizontal=True, vertical_alignment="center"):
        section = st.segmented_control(
            "Section", there, default=begin if begin in there else "clusters", key=f"generate-section-{len(there)}", required=True,
            format_func=NAMES.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        if why_no_style:
            st.button(NAMES["style"], key="generate-no-style", disabled=True, help=why_no_style)
            st.caption(why_no_style, width="stretch")
    st.session_state["generate_section"] = section
    return str(section)


def _clusters(shown: Shown, result: Result) -> list[Asked]:
    """Draws from each cluster beside its summit and mean."""
    many = FEW
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if kind_of(result.dataset) != "features":
            many = st.select_slider("Draws of each", DRAWS, 8, key="generate-draws", width=260)
        seed = _seed(shown, "generate-again")
    made, said = [], set()
    draws, beside = st.columns([8, 6], gap="large")
    for place, key, make in (
        (draws, "clusters", lambda: cluster_samples(result, many, seed, shown.eps)),
        (beside, "modes", lambda: modes_and_means(result, shown.eps)),
    ):
        with place:
            try:
                sheet = make()
            except VaegcError as error:
                sentence = in_public(str(error), shown.spec, shown.resolved)
                if sentence not in said:
                    st.info(sentence, icon=":material/info:")
                said.add(sentence)
                continue
            st.subheader(sheet.title, anchor=False)
            _show(shown, result, sheet, key)
            eps = (
                shown.eps if any(line.representative >= 0 for line in sheet.lines) else None
            )  # a prior's components depend on none
            settings = {"per_cluster": many, "seed": seed} if key == "clusters" else {}
            made.append(Asked(sheet, Way(key, {**settings, "eps": eps})))
    if made:
        st.caption(
            f"Clusters at {eps_words(shown, result)}. Where the mean is blurred, a cluster holds more than one kind of thing."
        )
    return made


def _plane(shown: Shown, result: Result) -> list[Asked]:
    if not has_latent(result) and plane_of(result).exact:
        st.info(
            "The plane is the data themselves, so there is nothing to decode: every place is its own answer.",
            icon=":material/info:",
        )
        return []
    size: Any = st.segmented_control("Cells", list(CELLS), default="Medium", key="generate-cells", required=True)
    rows, columns = CELLS[size]
    grid = latent_grid(result, rows, columns)
    st.subheader("The whole plane, decoded", anchor=False)
    sheet = sheet_of_grid(result, grid)
    if kind_of(result.dataset) == "features":
        st.info(
            "These data are no pictures, so a plane full of them cannot be read; click places of the map instead.",
            icon=":material/info:",
        )
    else:
        packed = sheet_of(result.dataset, sheet, {})
        if kind_of(result.dataset) == "picture":
            far = grid.decoded.far.reshape(rows, columns)
            packed["tight"] = columns
            for line, away in zip(packed["lines"], far, strict=True):
                line["far"] = away.tolist()
        else:
            packed = sheet_of(result.dataset, sheet_of_grid(result, grid, whole=True), {})
        _sheet(key="generate-sheet-plane", data=packed)
        st.caption(in_public(sheet.words, shown.spec, shown.resolved))
    return [Asked(sheet, Way("grid", {"rows": rows, "columns": columns}))]


def _style(shown: Shown, result: Result) -> list[Asked]:
    assert result.model is not None
    how: Any = st.segmented_control(
        "Styles", ["Drawn at random", "Along one dimension"], default="Drawn at random", key="generate-styles", required=True
    )
    if how == "Drawn at random":
        seed = st.session_state.setdefault("generate_seed", shown.spec.seed)
        if st.button(
            "Draw again", key="generate-again-style", icon=":material/casino:", help=f"The next seed; now it is {seed}."
        ):
            seed = st.session_state["generate_seed"] = seed + 1
        table = style_table(result.model, STYLES, seed)
        way = Way("styles", {"styles": STYLES, "seed": seed})
    else:
        size = result.model.config.style_dim
        dimension = st.slider("Dimension of the style", 1, size, 1, key="generate-dimension") - 1 if size > 1 else 0
        table = style_table(result.model, along_dimension(result.model, dimension, STYLES))
        way = Way("styles", {"styles": STYLES, "dimension": dimension})
    st.subheader("One cluster a line, one style a column", anchor=False)
    _show(shown, result, table, "style")
    return [Asked(table, way)]


def _show(shown: Shown, result: Result, sheet: Sheet, key: str) -> None:
    """A sheet, with exactly what it is below it."""
    short = Sheet(sheet.title, sheet.words, sheet.lines[:MOST_LINES], sheet.columns)
    packed = sheet_of(result.dataset, short, colours_of(shown, clusters_shown(shown, result)))
    _sheet(key=f"generate-sheet-{key}", data=packed)
    more = f" The largest {MOST_LINES} are shown." if len(sheet.lines) > MOST_LINES else ""
    st.caption(in_public(sheet.words + more, shown.spec, shown.resolved))


def _seed(shown: Shown, key: str) -> int:
    """The seed of the draws, and the button that takes the next one."""
    seed: int = st.session_state.get("generate_seed", shown.spec.seed)
    if st.button("Draw again", key=key, icon=":material/casino:", help="Draws with the next seed."):
        seed += 1
        st.session_state["generate_seed"] = seed
    return seed


def _why_not(attempt: Any) -> str:
    try:
        attempt()
    except VaegcError as error:
        return str(error)
    return ""
