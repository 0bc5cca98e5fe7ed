"""Explore: controls that make a spec, and the stage that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from vaegc.ascent import AscentConfig
from vaegc.datasets import TOYS, is_generated
from vaegc.errors import BadInput
from vaegc.experiment import Experiment
from vaegc.models import shipped_models
from vaegc.ui.links import read_link, write_link
from vaegc.ui.scenes import Shown, show
from vaegc.ui.take_away import take_away

DATA = {"digits": "Handwritten digits (1,797)", **{name: f"{name.capitalize()} (2-D toy)" for name in TOYS}}
MODELS = {"digits-vae": "VAE", "digits-ae": "Autoencoder", None: "None: climb the data themselves"}
SPACES = {"latent": "Latent space", "tsne": "t-SNE map", "pca": "PCA plane"}
VIEWS = {"tsne": "t-SNE of the start", "pca": "PCA of the start"}
DEFAULT_SHARE = 0.04
SHARES = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24)
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
            model = _choice("Model", models, spec.model, "model", "Encodes the data; the climb happens in its latent space.")
            words = SPACES if model is not None else {**SPACES, "latent": "The data (64-D)"}
            space = _choice("Space", words, spec.space, "space", "Where points climb and where DBSCAN runs.")
            if space == "latent":
                why = "A fixed 2-D view of the start; moved points are placed into it."
                view = _choice("Seen through", VIEWS, spec.view, "view", why)
        st.divider()
        ascent = _ascent(spec.ascent)
        st.divider()
        why = "Points within ε, itself included, that make a core point of DBSCAN."
        start = spec.clustering.min_samples
        samples = st.slider("min_samples", 1, max(50, start), start, key="min_samples", help=why)
        seed = st.number_input("Seed", 0, value=spec.seed, key="seed", help="Of generated data and of the t-SNE map.")
    made = replace(
        spec, dataset=name, n=n, model=model, space=space, view=view, seed=int(seed), ascent=ascent,
        clustering=replace(spec.clustering, min_samples=samples),
    )  # fmt: skip
    st.session_state["latest"] = made
    return made


def _ascent(given: AscentConfig | None) -> AscentConfig | None:
    """Draw the switch of the climb and its two parameters."""
    base = given or AscentConfig()
    on = st.toggle("Climb the density", given is not None, key="climb", help="Off: DBSCAN on the points as they are.")
    start = DEFAULT_SHARE if base.neighbors is None else base.neighbors
    share = st.select_slider(
        "Neighbours k, as a share of N", sorted({*SHARES, start}), start, key="neighbors", disabled=not on or base.bandwidth is not None,
        format_func=lambda k: str(k) if isinstance(k, int) else f"{100 * k:g} %",
        help="The bandwidth of each point is its distance to its k-th neighbour. Few: many small peaks. Many: few broad ones.",
    )  # fmt: skip
    if base.bandwidth is not None:
        st.caption(f"This link sets one bandwidth for all points: {base.bandwidth:g}.")
    steps = st.slider("Steps", 0, max(60, base.steps), base.steps, key="steps", disabled=not on, help="Mean-shift steps uphill.")
    # 4 % is the default for everything offered here, and None says so: the default link stays empty.
    return replace(base, neighbors=None if share == DEFAULT_SHARE else share, steps=steps) if on else None


@st.fragment
def stage(shown: Shown, spec: Experiment) -> None:
    """Mount the stage; when the hand lets go of ε or of the film, the link follows."""
    view = show(shown)
    write_link(spec, view)
    take_away(spec, shown, view)


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
