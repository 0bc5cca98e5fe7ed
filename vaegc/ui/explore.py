"""Explore: controls that make a spec, and the stage that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from vaegc.datasets import TOYS, is_generated
from vaegc.errors import BadInput
from vaegc.experiment import Experiment
from vaegc.models import shipped_models
from vaegc.projection import MapConfig
from vaegc.ui.climbing import climb_controls
from vaegc.ui.density import about, climb_figures
from vaegc.ui.links import read_link, write_link
from vaegc.ui.scenes import Shown, answer, show, with_min_samples
from vaegc.ui.take_away import take_away

DATA = {"digits": "Handwritten digits (1,797)", **{name: f"{name.capitalize()} (2-D toy)" for name in TOYS}}
MODELS = {
    "digits-vae": "VAE", "digits-ae": "Autoencoder", "digits-vade": "VaDE", "digits-gmvae": "GMVAE", "digits-dec": "DEC",
    "digits-idec": "IDEC", None: "None: climb the data themselves",
}  # fmt: skip
SPACES = {"latent": "Latent space", "tsne": "t-SNE map", "umap": "UMAP map", "pca": "PCA projection", "data": "Data"}
VIEWS = {"tsne": "t-SNE of the start", "umap": "UMAP of the start", "pca": "PCA of the start"}
TOY_SIZES = (300, 1000, 2000, 5000, 10_000)


def controls() -> Experiment:
    """Draw the sidebar and return the spec it stands for.

    A link's settings come first, those that have no control here included; after another page, the last ones seen.
    """
    if "data" not in st.session_state:  # widgets forget when their page is left
        st.session_state["spec"] = st.session_state.get("latest") or read_link(_check_offered)
    spec: Experiment = st.session_state["spec"]
    with st.sidebar:
        name = _choice("Data", DATA, spec.dataset, "data", "What is climbed. Labels are used for scores and hover only.")
        toy = is_generated(name)
        n, model, space, view = spec.n, spec.model, spec.space, spec.view
        if toy:
            model, space = None, "latent"
            sizes = {size: f"{size:,} points" for size in TOY_SIZES}
            n = _choice("Size", sizes, spec.n or 1000, "n", "Number of generated points.")
        else:
            n = spec.n if name == spec.dataset else None
            models = {key: label for key, label in MODELS.items() if key is None or key in shipped_models()}
            model = _choice("Model", models, spec.model, "model", "Encodes the data into its latent space.")
            words = (
                SPACES
                if model is not None
                else {k: "The data (64-D)" if k == "latent" else v for k, v in SPACES.items() if k != "data"}
            )
            why = "Where points climb and where DBSCAN runs. A map is climbed in the picture itself."
            space = _choice("Space", words, spec.space, "space", why)
            if space in ("latent", "data"):
                why = "A fixed 2-D view of the start; moved points are placed into it."
                view = _choice("Seen through", VIEWS, spec.view, "view", why)
        how = _map(spec, space, view) if not toy else spec.map
        st.divider()
        held = st.session_state.get("scene")
        ascent = climb_controls(spec.ascent, model, space, held.facts.get("bandwidth") if held else None)
        st.divider()
        seed = st.number_input("Seed", 0, value=spec.seed, key="seed", help="Of generated data and of the t-SNE or UMAP map.")
    made = replace(
        spec, dataset=name, n=n, model=model, space=space, view=view, seed=int(seed), ascent=ascent, map=how,
    )  # fmt: skip
    st.session_state["latest"] = made
    return made


def _map(spec: Experiment, space: str, view: str) -> MapConfig:
    """Draw the parameters of the maps in use."""
    seen = space in ("latent", "data")
    used = ({space, view} if seen else {space}) & {"tsne", "umap"}
    given = spec.map
    dims = {d: f"{d}-D" for d in sorted({2, 3, given.dim})}
    if not used and space != "pca":
        return given
    with st.expander("Map", key="map"):
        dim, perplexity, neighbours, near = given.dim, float(given.perplexity), given.n_neighbors, float(given.min_dist)
        if space in ("pca", "tsne", "umap"):
            dim = st.segmented_control(
                "Dimensions", list(dims), default=dim, key="dim", format_func=dims.__getitem__, required=True,
                help="A map is climbed in the picture itself. A 3-D one is turned by hand.",
            )  # fmt: skip
        if "tsne" in used:
            why = "About how many neighbours each point keeps close."
            perplexity = st.slider(
                "Perplexity", min(5.0, perplexity), max(100.0, perplexity), float(perplexity), 5.0, key="perplexity", help=why
            )
        if "umap" in used:
            why = "How many neighbours each point is tied to. More: the large picture; fewer: details."
            neighbours = st.slider("UMAP neighbours", 2, max(100, neighbours), neighbours, key="n_neighbors", help=why)
            why = "How tightly points may be packed."
            near = st.slider("UMAP min_dist", 0.0, 1.0, near, 0.05, key="min_dist", help=why)
    return replace(given, dim=dim, perplexity=perplexity, n_neighbors=neighbours, min_dist=near)


@st.fragment
def stage(shown: Shown, spec: Experiment) -> None:
    """Mount the stage and what is said of it; when the hand lets go of anything on it, the link follows."""
    view = show(shown, _choose_min_samples)
    write_link(spec, view)
    about(shown)
    climb_figures(spec)
    take_away(spec, shown, view)
    answer(shown)


def _choose_min_samples(count: int) -> None:
    st.session_state["spec"] = with_min_samples(st.session_state["spec"], count)


def _check_offered(spec: Experiment) -> None:
    if not isinstance(spec.dataset, str) or spec.dataset not in DATA:
        raise BadInput(f"there is no data set called {str(spec.dataset)!r} here; there are {', '.join(DATA)}.")
    if spec.model is not None and spec.model not in MODELS:
        raise BadInput(f"there is no model called {spec.model!r} here; there are {', '.join(m for m in MODELS if m)}.")


def _choice(label: str, options: dict[Any, str], current: Any, key: str, why: str) -> Any:
    """A select box that also offers what a link asked for beyond the list."""
    known = options if current in options or key in ("data", "model") else {**options, current: str(current)}
    keys = list(known)
    index = keys.index(current) if current in known else 0
    return st.selectbox(label, keys, index=index, format_func=lambda k: known[k], key=key, help=why)
