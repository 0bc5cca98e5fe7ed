"""Explore: controls that make a spec, the stage that shows it, and what can be taken away."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from vaegc.ascent import AscentConfig
from vaegc.checks import check_int, check_number
from vaegc.datasets import TOYS, is_generated
from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import Experiment
from vaegc.models import shipped_models
from vaegc.progress import Progress
from vaegc.stage.scene import read_header, with_initial

DATA = {"digits": "Handwritten digits (1,797)", **{name: f"{name.capitalize()} (2-D toy)" for name in TOYS}}
MODELS = {"digits-vae": "VAE", "digits-ae": "Autoencoder", None: "None: climb the data themselves"}
SPACES = {"latent": "Latent space", "tsne": "t-SNE map", "pca": "PCA plane"}
VIEWS = {"tsne": "t-SNE of the start", "pca": "PCA of the start"}
DEFAULT_SHARE = 0.04
SHARES = (0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24)
TOY_SIZES = (300, 1000, 2000, 5000, 10_000)
STAGE_WORDS = {
    "ascend": "Climbing",
    "tsne": "Drawing the map",
    "umap": "Drawing the map",
    "trees": "Every ε",
    "tree": "Every ε",
    "train": "Training",
}
SHOWN_EVERY = 0.1  # seconds between two looks at the progress


def controls() -> Experiment:
    """Draw the sidebar and return the spec it stands for.

    A link's settings come first, those that have no control here included; after another page, the last ones seen.
    """
    if "data" not in st.session_state:  # widgets forget when their page is left
        st.session_state["spec"] = st.session_state.get("latest") or _from_link()
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


@dataclass(frozen=True, slots=True)
class Shown:
    """The scene of this session."""

    key: str  # of the spec
    packed: bytes
    version: str  # of the packed scene; what the stage reports carries it
    begin: dict[str, Any]  # ε and frame of the link that was opened, for the first scene only


def scene_of(spec: Experiment) -> Shown:
    """Return the packed scene, computed where it must be, with progress that says what is done and how far it is."""
    held: Shown | None = st.session_state.get("scene")
    if held is None or held.key != spec.key():
        place = st.empty()
        last = 0.0

        def watch(progress: Progress) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last > SHOWN_EVERY:
                last = now
                place.progress(progress.share, f"{STAGE_WORDS.get(progress.stage, progress.stage)}: {progress.message}")

        place.progress(0.0, "Getting the scene ready")
        packed = spec.packed_scene(watch)
        place.empty()
        begin = st.session_state.pop("begin", {})
        if begin:
            packed = with_initial(packed, **begin, play="frame" not in begin)
        held = Shown(spec.key(), packed, read_header(packed)["version"], begin)
        st.session_state["scene"] = held
    return held


@st.fragment
def stage(shown: Shown, spec: Experiment) -> None:
    """Mount the stage; when the hand lets go of ε or of the film, the link follows."""
    view = show(shown)
    write_link(spec, view)
    take_away(spec, view)


def show(shown: Shown) -> dict[str, Any]:
    """Mount the stage; returns ε and frame as the hand left them, else as the link had them."""
    from vaegc.ui.mount import mount_stage

    state = mount_stage(shown.packed, key="stage", on_view=lambda: None)
    view = dict(state.get("view") or {})
    # The component's state outlives a scene; what was said of an earlier one does not count.
    return view if view.get("version") == shown.version else shown.begin


def take_away(spec: Experiment, view: dict[str, Any]) -> None:
    """Offer the link, Python and command that make what is seen, and its labels and picture as files."""
    fold = st.expander(
        "Take it with you: link, code, labels, picture", icon=":material/ios_share:", key="take_away", on_change="rerun"
    )
    if not fold.open:  # nothing in here is needed before somebody looks
        return
    from vaegc.experiment.export import as_command, as_python

    shown = _with_eps(spec, view.get("eps"))
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            link, python, command = st.tabs(["Link", "Python", "Command"])
            query = urlencode(_link_pairs(spec, view))
            link.code((st.context.url or "/") + (f"?{query}" if query else ""), language=None, wrap_lines=True)
            python.code(as_python(shown), language="python", wrap_lines=True)
            command.code(as_command(shown), language="bash", wrap_lines=True)
        with right:
            files = (
                (
                    "Labels (CSV)",
                    lambda: _labels_csv(shown),
                    "labels.csv",
                    ":material/table:",
                    "Clusters after the climb, at this ε.",
                ),
                (
                    "This stage (HTML)",
                    lambda: _page_html(spec),
                    "stage.html",
                    ":material/language:",
                    "Plays offline, without Python.",
                ),
                ("Settings (YAML)", shown.to_yaml, "spec.yaml", ":material/description:", "For vaegc run spec.yaml."),
            )
            for label, make, name, icon, why in files:
                st.download_button(label, make, name, icon=icon, help=why, on_click="ignore", width="stretch")


def write_link(spec: Experiment, view: dict[str, Any]) -> None:
    """Keep the address bar equal to what is on the screen."""
    pairs = _link_pairs(spec, view)
    if dict(st.query_params) != pairs:
        st.query_params.from_dict(pairs)


def _link_pairs(spec: Experiment, view: dict[str, Any]) -> dict[str, str]:
    pairs = dict(parse_qsl(_with_eps(spec, view.get("eps")).to_query()))
    if view.get("frame") is not None:
        pairs["frame"] = str(view["frame"])
    return pairs


def _with_eps(spec: Experiment, eps: float | None) -> Experiment:
    return replace(spec, clustering=replace(spec.clustering, eps=eps)) if eps else spec


def _from_link() -> Experiment:
    """The spec of the address bar; a link that cannot be read says why and gives the default."""
    pairs = dict(st.query_params)
    frame, eps = pairs.pop("frame", None), pairs.pop("clustering.eps", None)
    try:
        spec = Experiment.from_query(pairs)
        _check_offered(spec)
        begin: dict[str, Any] = {}
        if frame:
            begin["frame"] = check_int(int(frame), "frame", 0)
        if eps:
            begin["eps"] = check_number(float(eps), "ε", 0, open_low=True)
    except (VaegcError, ValueError) as error:
        reason = str(error) if isinstance(error, VaegcError) else "its step or ε is no number."
        st.warning(f"This link cannot be opened, so here is the default: {reason}", icon=":material/link_off:")
        return Experiment()
    st.session_state["begin"] = begin
    return spec


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


def _labels_csv(spec: Experiment) -> str:
    from vaegc.experiment.export import labels_table

    return labels_table(spec.run()).to_csv(index=False)


def _page_html(spec: Experiment) -> str:
    from vaegc.stage import show

    return show(spec.packed_scene()).html
