"""The sections below the map: draws from every cluster, the whole plane, content and style; each is computed when it is chosen."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from vaegc.errors import VaegcError
from vaegc.experiment import Experiment, Result
from vaegc.experiment.summary import data_notes
from vaegc.generation import (
    ImageGrid,
    cluster_samples,
    decode_places,
    display_kind,
    latent_grid,
    modes_and_means,
    plane_image_grid,
    style_table,
    styles_along_dimension,
)
from vaegc.generation.decoding import has_latent
from vaegc.generation.plane import plane_of
from vaegc.ui.generate.export import GridRecipe, export_panel
from vaegc.ui.generate.map import cluster_colors, clusters_shown, eps_label
from vaegc.ui.generate.payload import grid_payload
from vaegc.ui.labels import without_paths
from vaegc.ui.links import link_query
from vaegc.ui.notes import show_climb_warning, show_data_notes
from vaegc.ui.page_setup import show_errors
from vaegc.ui.session_scene import ShownScene, cached_result
from vaegc.web.page import component_css, component_script

SECTION_NAMES = {"clusters": "Clusters", "plane": "Plane", "style": "Content and style"}
SECTION_PARAM = "section"
DRAW_COUNTS = (4, 6, 8, 10, 12)
FEATURE_DRAWS = 3  # draws of each cluster where a point is displayed as a list of features
MAX_ROWS_SHOWN = 24  # of a grid on the page
GRID_SIZES = {"Coarse": (8, 10), "Medium": (12, 16), "Fine": (18, 24)}
STYLE_COLUMNS = 9

_sheet = st.components.v2.component(
    "vaegc_sheet", html="<div></div>", css=component_css(), js=component_script("generate/sheet.js")
)


class ShownGrid(NamedTuple):
    """An image grid on the page, and the recipe that makes it again."""

    grid: ImageGrid
    recipe: GridRecipe


def read_section_from_link() -> None:
    """Take the section out of the query before its settings are read; call it first."""
    if SECTION_PARAM in st.query_params and "latest" not in st.session_state:  # else no link is read
        st.session_state.setdefault("generate_section", st.query_params[SECTION_PARAM])
        del st.query_params[SECTION_PARAM]


@st.fragment
def sections(spec: Experiment, shown: ShownScene) -> None:
    """Draw the choice of a section, the chosen one, and its export panel."""
    with show_errors():
        _sections(spec, shown)


def _sections(spec: Experiment, shown: ShownScene) -> None:
    result: Result = cached_result(shown.resolved)
    show_climb_warning(result.trajectory.note)
    show_data_notes(data_notes(result.spec.dataset, result.dataset))
    section, shown_grids = "clusters", []
    if reason := _error_message(lambda: decode_places(result, plane_of(result).points[:1])):
        st.info(without_paths(reason, shown.spec, shown.resolved), icon=":material/info:")
    else:
        section = _section_control(_error_message(lambda: style_table(result.model, 1)))
        shown_grids = {"clusters": _clusters, "plane": _plane, "style": _style}[section](shown, result)
    pairs = link_query(spec, {"eps": shown.initial_view.get("eps")})
    if section != "clusters":
        pairs[SECTION_PARAM] = section
    if dict(st.query_params) != pairs:
        st.query_params.from_dict(pairs)
    if shown_grids:  # else there is nothing to make again
        export_panel(spec, shown, result, pairs, shown_grids)


def _section_control(why_no_style: str) -> str:
    """Draw the choice of a section and return it; one that the model has not is greyed, with its reason."""
    there = [name for name in SECTION_NAMES if name != "style" or not why_no_style]
    begin = st.session_state.get("generate_section")
    with st.container(horizontal=True, vertical_alignment="center"):
        section = st.segmented_control(
            "Section", there, default=begin if begin in there else "clusters", key=f"generate-section-{len(there)}", required=True,
            format_func=SECTION_NAMES.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
        if why_no_style:
            st.button(SECTION_NAMES["style"], key="generate-no-style", disabled=True, help=why_no_style)
            st.caption(why_no_style, width="stretch")
    st.session_state["generate_section"] = section
    return str(section)


def _clusters(shown: ShownScene, result: Result) -> list[ShownGrid]:
    """Draw the grids of draws from each cluster, and of its mode beside its mean."""
    count = FEATURE_DRAWS
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if display_kind(result.dataset) != "features":
            count = st.select_slider("Draws of each", DRAW_COUNTS, 8, key="generate-draws", width=260)
        seed = _seed(shown, "generate-again")
    made, messages = [], set()
    draws, modes = st.columns([8, 6], gap="large")
    for place, key, make in (
        (draws, "clusters", lambda: cluster_samples(result, count, seed, shown.eps)),
        (modes, "modes", lambda: modes_and_means(result, shown.eps)),
    ):
        with place:
            try:
                grid = make()
            except VaegcError as error:
                sentence = without_paths(str(error), shown.spec, shown.resolved)
                if sentence not in messages:
                    st.info(sentence, icon=":material/info:")
                messages.add(sentence)
                continue
            st.subheader(grid.title, anchor=False)
            _show_grid(shown, result, grid, key)
            eps = shown.eps if any(row.representative >= 0 for row in grid.rows) else None  # a prior's components depend on none
            settings = {"per_cluster": count, "seed": seed} if key == "clusters" else {}
            made.append(ShownGrid(grid, GridRecipe(key, {**settings, "eps": eps})))
    if made:
        st.caption(
            f"Clusters at {eps_label(shown, result)}. Where the mean is blurred, a cluster holds more than one kind of thing."
        )
    return made


def _plane(shown: ShownScene, result: Result) -> list[ShownGrid]:
    if not has_latent(result) and plane_of(result).exact:
        st.info(
            "The plane is the data themselves, so there is nothing to decode: every place is its own answer.",
            icon=":material/info:",
        )
        return []
    size: Any = st.segmented_control("Cells", list(GRID_SIZES), default="Medium", key="generate-cells", required=True)
    rows, columns = GRID_SIZES[size]
    plane = latent_grid(result, rows, columns)
    st.subheader("The whole plane, decoded", anchor=False)
    grid = plane_image_grid(result, plane)
    if display_kind(result.dataset) == "features":
        st.info(
            "These data are no pictures, so a plane full of them cannot be read; click places of the map instead.",
            icon=":material/info:",
        )
    else:
        packed = grid_payload(result.dataset, grid, {})
        if display_kind(result.dataset) == "picture":
            far = plane.decoded.far.reshape(rows, columns)
            packed["tight"] = columns
            for line, away in zip(packed["lines"], far, strict=True):
                line["far"] = away.tolist()
        else:
            packed = grid_payload(result.dataset, plane_image_grid(result, plane, whole=True), {})
        _sheet(key="generate-sheet-plane", data=packed)
        st.caption(without_paths(grid.caption, shown.spec, shown.resolved))
    return [ShownGrid(grid, GridRecipe("grid", {"rows": rows, "columns": columns}))]


def _style(shown: ShownScene, result: Result) -> list[ShownGrid]:
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
        table = style_table(result.model, STYLE_COLUMNS, seed)
        recipe = GridRecipe("styles", {"styles": STYLE_COLUMNS, "seed": seed})
    else:
        size = result.model.config.style_dim
        dimension = st.slider("Dimension of the style", 1, size, 1, key="generate-dimension") - 1 if size > 1 else 0
        table = style_table(result.model, styles_along_dimension(result.model, dimension, STYLE_COLUMNS))
        recipe = GridRecipe("styles", {"styles": STYLE_COLUMNS, "dimension": dimension})
    st.subheader("One cluster a line, one style a column", anchor=False)
    _show_grid(shown, result, table, "style")
    return [ShownGrid(table, recipe)]


def _show_grid(shown: ShownScene, result: Result, grid: ImageGrid, key: str) -> None:
    """Draw a grid above its caption."""
    short = ImageGrid(grid.title, grid.caption, grid.rows[:MAX_ROWS_SHOWN], grid.columns)
    packed = grid_payload(result.dataset, short, cluster_colors(shown, clusters_shown(shown, result)))
    _sheet(key=f"generate-sheet-{key}", data=packed)
    more = f" The largest {MAX_ROWS_SHOWN} are shown." if len(grid.rows) > MAX_ROWS_SHOWN else ""
    st.caption(without_paths(grid.caption + more, shown.spec, shown.resolved))


def _seed(shown: ShownScene, key: str) -> int:
    """The seed of the draws, and the button that takes the next one."""
    seed: int = st.session_state.get("generate_seed", shown.spec.seed)
    if st.button("Draw again", key=key, icon=":material/casino:", help="Draws with the next seed."):
        seed += 1
        st.session_state["generate_seed"] = seed
    return seed


def _error_message(attempt: Any) -> str:
    try:
        attempt()
    except VaegcError as error:
        return str(error)
    return ""
