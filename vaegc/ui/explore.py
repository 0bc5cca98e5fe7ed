"""Explore: controls that make a spec, and the stage that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from vaegc.datasets import is_generated
from vaegc.experiment import Experiment
from vaegc.experiment.estimate import climb_dimensions
from vaegc.limits import read_only
from vaegc.projection import MapConfig
from vaegc.store import app_root
from vaegc.ui import catalog
from vaegc.ui.ascent_controls import KEY_PREFIX, climb_controls
from vaegc.ui.density_panel import climb_charts, show_density_facts
from vaegc.ui.export_panel import export_panel
from vaegc.ui.links import read_link, write_link
from vaegc.ui.notes import show_climb_warning
from vaegc.ui.session_scene import ShownScene, answer_point_request, show_stage, with_min_samples
from vaegc.wording import counted

SPACES = {"latent": "Latent space", "tsne": "t-SNE map", "umap": "UMAP map", "pca": "PCA projection", "data": "Data"}
VIEWS = {"tsne": "t-SNE of the start", "umap": "UMAP of the start", "pca": "PCA of the start"}
TOY_SIZES = (300, 1000, 2000, 5000, 10_000)
SUBSET_SIZES = (2000, 5000, 10_000)


def controls() -> Experiment:
    """Draw the controls in the sidebar; returns the spec that they are set to.

    What another page handed over comes first, then what was last seen, then a link's settings, those without a control included.
    """
    data = catalog.available_datasets()
    spec = _initial_spec(data)
    with st.sidebar:
        name = _select("Data", data, spec.dataset, "data", "What is climbed. Labels are used for scores and hover only.")
        last = _last_spec(name)
        n = _size_control(name, last.n)
        model = _model_control(name, last.model)
        space, view = _space_and_view(name, model, last)
        count = n or catalog.dataset_size(name).n
        map_config = _map_settings(spec, space, view, count)
        st.divider()
        held = st.session_state.get("scene")
        usual = held.facts.get("bandwidth") if held else None
        dimensions = climb_dimensions(space, map_config.dim, catalog.dataset_size(name).d, catalog.model_dim(model))
        ascent = climb_controls(spec.ascent, catalog.model_kind(model), space, usual, (count, dimensions))
        st.divider()
        why = "Of generated data, of a random part of the data, and of the t-SNE or UMAP map."
        seed = st.number_input("Seed", 0, value=spec.seed, key=f"{KEY_PREFIX}seed", help=why)
    made = replace(
        spec, dataset=name, n=n, model=model, space=space, view=view or last.view, seed=int(seed), ascent=ascent, map=map_config,
    )  # fmt: skip
    st.session_state["latest"] = st.session_state["looks"][name] = made
    return made


def stage(shown: ShownScene | None, spec: Experiment) -> None:
    """Show the stage with its captions, charts and exports; where a job still computes the scene (`shown` is None), write the link alone."""
    if shown is None:
        write_link(spec, st.session_state.get("begin", {}))
    else:
        _stage(shown, spec)


@st.fragment
def _stage(shown: ShownScene, spec: Experiment) -> None:
    """Mount the stage; a change of its view reruns this fragment, which updates the link."""
    show_climb_warning(shown.facts.get("note"))
    view = show_stage(shown, _choose_min_samples)
    st.session_state["view"] = (spec, view)
    write_link(spec, view)
    show_density_facts(shown)
    climb_charts(shown)
    export_panel(spec, shown, view)
    answer_point_request(shown)


def _choose_min_samples(count: int) -> None:
    st.session_state["spec"] = with_min_samples(st.session_state["spec"], count)


# --- what the controls begin with ----------------------------------------------------------------------------------------


def _initial_spec(data: dict[str, str]) -> Experiment:
    """The spec that the controls begin with; until the page is left, the widgets' own values take precedence."""
    handed: Experiment | None = st.session_state.pop("handed", None)
    latest: Experiment | None = st.session_state.get("latest")
    if handed is not None or f"{KEY_PREFIX}data" not in st.session_state:  # widgets forget when their page is left
        for key in [key for key in st.session_state if str(key).startswith(KEY_PREFIX)]:
            del st.session_state[key]
        spec = handed or latest or read_link()
        seen = st.session_state.get("view")
        if handed is None and seen is not None and seen[0] == latest and seen[1]:
            st.session_state["begin"] = seen[1]
        _set_spec(spec)
    spec = st.session_state["spec"]
    if st.session_state.get(f"{KEY_PREFIX}data", spec.dataset) not in data:
        st.warning("These data are not here any more, so here are the digits.", icon=":material/delete:")
        _set_spec(spec := Experiment())
    return spec


def _set_spec(spec: Experiment) -> None:
    st.session_state["spec"] = spec
    st.session_state["looks"] = {**st.session_state.get("looks", {}), spec.dataset: spec}


def _last_spec(name: str) -> Experiment:
    """The spec with which these data were shown last, else the default one."""
    looks: dict[str, Experiment] = st.session_state["looks"]
    if name in looks:
        return looks[name]
    made, latest = catalog.default_spec(name), st.session_state.get("latest")
    if latest is None or not (is_generated(name) and is_generated(latest.dataset)):
        return made
    return replace(made, n=latest.n)  # from toy to toy the size stays


# --- controls ------------------------------------------------------------------------------------------------------------


def _size_control(name: str, given: int | None) -> int | None:
    if is_generated(name):
        sizes: dict[int | None, str] = {size: f"{size:,} points" for size in TOY_SIZES}
        return int(_select("Size", sizes, given or 1000, f"n:{name}", "Number of generated points."))
    there = catalog.dataset_size(name).source
    if there <= SUBSET_SIZES[0] and given in (None, there):
        return given
    sizes = {size: f"{size:,} points" for size in SUBSET_SIZES if size < there}
    size = _select(
        "Size", {**sizes, None: f"All {there:,} points"}, given, f"n:{name}", "A random part of the data, by the seed."
    )
    return None if size is None else int(size)


def _model_control(name: str, given: Any) -> str | None:
    models = catalog.available_models(name)
    if given not in models:
        if given is not None:
            st.warning("The model is not here any more, so the data themselves are climbed.", icon=":material/delete:")
        given = None
    none_fits = len(models) == 1
    if none_fits and catalog.dataset_size(name).d <= catalog.MAX_PLOT_DIMENSIONS:
        return None
    chosen: str | None = _select("Model", models, given, f"model:{name}", "Encodes the data into its latent space.")
    can_train = none_fits and not read_only() and (app_root() / "pages" / "2_Train.py").is_file()
    label = "Train a model of these data"
    if can_train and st.button(label, key=f"{KEY_PREFIX}train", type="tertiary", icon=":material/model_training:"):
        catalog.open_in_train(name)
    return chosen


def _space_and_view(name: str, model: str | None, last: Experiment) -> tuple[str, str | None]:
    """Draw the controls of space and view; returns both, the view None where the space can be drawn as it is."""
    features = catalog.dataset_size(name).d
    dim = catalog.model_dim(model) or features
    if model is None and features <= catalog.MAX_PLOT_DIMENSIONS:
        return "latent", None
    words = SPACES
    if model is None:
        words = {k: f"The data ({features}-D)" if k == "latent" else v for k, v in SPACES.items() if k != "data"}
    why = "Where points climb and where DBSCAN runs. A map is climbed in the picture itself."
    space = _select("Space", words, last.space if last.space in words else "latent", f"space:{name}", why)
    if space not in ("latent", "data") or max(dim, features if space == "data" else 0) <= catalog.MAX_PLOT_DIMENSIONS:
        return space, None
    why = "A fixed 2-D view of the start; moved points are placed into it."
    return space, _select("Seen through", VIEWS, last.view, f"view:{name}", why)


def _map_settings(spec: Experiment, space: str, view: str | None, n: int) -> MapConfig:
    """Draw the parameters of the maps in use, of n points; a caption says what is used where n allows less than is set."""
    used = {space, view} & {"tsne", "umap"}
    given = spec.map
    dims = {d: f"{d}-D" for d in sorted({2, 3, given.dim})}
    if not used and space != "pca":
        return given
    with st.expander("Map", key=f"{KEY_PREFIX}map"):
        dim, perplexity, neighbours, near = given.dim, float(given.perplexity), given.n_neighbors, float(given.min_dist)
        if space in ("pca", "tsne", "umap"):
            dim = st.segmented_control(
                "Dimensions", list(dims), default=dim, key=f"{KEY_PREFIX}dim", format_func=dims.__getitem__, required=True,
                help="A map is climbed in the picture itself. A 3-D one is turned by hand.",
            )  # fmt: skip
        if "tsne" in used:
            why = "About how many neighbours each point keeps close."
            low, high = min(5.0, perplexity), max(100.0, perplexity)
            perplexity = st.slider("Perplexity", low, high, float(perplexity), 5.0, key=f"{KEY_PREFIX}perplexity", help=why)
            if perplexity > (most := (n - 1) / 3):
                st.caption(f"{counted(n, 'point', 'allow')} a perplexity of {most:.3g} at most: {most:.3g} is used.")
        if "umap" in used:
            why = "How many neighbours each point is tied to. More: the large picture; fewer: details."
            neighbours = st.slider(
                "UMAP neighbours", 2, max(100, neighbours), neighbours, key=f"{KEY_PREFIX}n_neighbors", help=why
            )
            if neighbours > n - 1:
                st.caption(f"{counted(n, 'point', 'allow')} {counted(n - 1, 'neighbour')} at most: {n - 1:,} are used.")
            why = "How tightly points may be packed."
            near = st.slider("UMAP min_dist", 0.0, 1.0, near, 0.05, key=f"{KEY_PREFIX}min_dist", help=why)
    return replace(given, dim=dim, perplexity=perplexity, n_neighbors=neighbours, min_dist=near)


def _select(label: str, options: dict[Any, str], current: Any, key: str, why: str) -> Any:
    """Draw a select box; a size from a link that is not among the options is added to them."""
    known = options if current in options else {**options, current: counted(current, "point")}
    keys = list(known)
    return st.selectbox(
        label, keys, index=keys.index(current), format_func=lambda k: known[k], key=f"{KEY_PREFIX}{key}", help=why
    )
