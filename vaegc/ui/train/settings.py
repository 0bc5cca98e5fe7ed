"""What is trained: data, kind of model, a few numbers, and a fold with the rest; the button that starts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vaegc import jobs
from vaegc.datasets import describe, load_dataset
from vaegc.errors import BadInput, VaegcError
from vaegc.limits import most_jobs, most_points, read_only
from vaegc.models import ModelConfig, kind_name
from vaegc.models.config import CLUSTERED, DEFAULT_EPOCHS, DEFAULT_PRETRAINING, KINDS
from vaegc.models.presets import PRESETS
from vaegc.ui.catalog import available_datasets
from vaegc.ui.notes import show_data_notes
from vaegc.ui.profile import workspace
from vaegc.ui.train.advanced import advanced
from vaegc.ui.train.facts import RunFacts, speed_of
from vaegc.ui.train.labels import about
from vaegc.wording import counted
from vaegc.workspace import is_mine

FOLD = "train-new"  # state of the fold
BUDGET, USUAL = 3_000_000, 784  # points of so many features that a run looks at by default: some minutes of two cores
NUMBERS = 60_000_000  # in all points that are trained on by default: more take gigabytes
EPOCHS = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150)
LARGE = 10_000  # points from which a part of them can be chosen
PARTS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
TOY_SIZES = (300, 1_000, 2_000, 5_000, 10_000)
KEPT: Any = {"persist_state": "session"}  # settings survive when the page is left
TRY = ModelConfig(kind="vae", epochs=20)  # of the one click where there is no run yet


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a data set before it is loaded."""

    name: str  # or "mine:…"
    title: str
    n: int
    d: int
    image_shape: tuple[int, ...] | None
    generated: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be trained."""

    source: Source
    config: ModelConfig
    title: str
    seed: int
    n: int | None  # points, None: all


def source_of(name: str) -> Source:
    """Look a data set up, without loading it."""
    if is_mine(name):
        kept = workspace().find_data(name)
        return Source(name, kept.title, kept.n, kept.d, kept.image_shape, False)
    known = describe(name)
    return Source(name, known.title, known.n, known.d, known.image_shape, known.generated)


def new_run(runs: Sequence[RunFacts]) -> None:
    """Draw the fold of settings with its button; a run that starts becomes the selected one."""
    if FOLD not in st.session_state:
        st.session_state[FOLD] = not runs
    if st.session_state.pop("train-started", False):  # now there is something to look at
        st.session_state[FOLD] = False
        st.session_state["train-title"] = ""
    offered = available_datasets()
    _preselect(offered)
    fold = st.expander("New run: choose data and a model", icon=":material/add_circle:", key=FOLD, on_change="rerun")
    if not fold.open:
        return
    with fold:
        row = st.container(horizontal=True, vertical_alignment="bottom", key="train-row")
        source, n = _data(offered, row)
        if is_mine(source.name):
            show_data_notes(workspace().find_data(source.name).notes)
        kind = _kind()
        title = _title(row, kind, source, runs)
        config, seed, wrong = _numbers(kind, source, n or source.n)
        _start(Wish(source, config, title, seed, n), wrong, runs)


def start(wish: Wish) -> None:
    """Start a run, select it, and draw the page anew."""
    job = workspace().start_training(wish.source.name, wish.config, title=wish.title, seed=wish.seed, n=wish.n)
    st.session_state["train_run"] = st.session_state["train-attend"] = job.id
    st.session_state["train-started"] = True
    st.rerun()


def blocked() -> str:
    """Why nothing can be started now, in one sentence; empty where it can."""
    if read_only():
        return "This server is read-only: runs can be looked at, but none can be started."
    running, most = jobs.running(), most_jobs()
    if running >= most:
        words = "One job runs" if running == 1 else f"{running} jobs run"
        return f"{words} on this server, which is as many as it takes at once: wait until one has ended, or pause one of yours."
    return ""


def _preselect(offered: dict[str, str]) -> None:
    """Another page, or a link, may have asked for a data set."""
    asked = st.session_state.pop("train_data", None)
    linked = st.query_params.pop("data", None)
    if asked is None and "train-data" not in st.session_state:
        asked = linked
    if asked in offered:
        st.session_state["train-data"] = asked
        st.session_state[FOLD] = True
    elif asked is not None:
        st.warning("The data that this link asks for are not here: choose others.", icon=":material/link_off:")


def _data(offered: dict[str, str], row: Any) -> tuple[Source, int | None]:
    names = list(offered)
    name = row.selectbox(
        "Data", names, names.index("digits") if "digits" in names and not is_mine(names[0]) else 0, key="train-data",
        format_func=lambda key: offered.get(key, key), help="What is learned. Labels are used for colours only; training never sees them.", **KEPT,
    )  # fmt: skip
    source = source_of(name)
    if source.generated:
        why = "How many to generate."
        return source, row.selectbox(
            "Points", TOY_SIZES, 1, key="train-n-toy", width=170, format_func=lambda n: f"{n:,}", help=why, **KEPT
        )
    if source.n < LARGE:
        return source, None
    whole = min(source.n, most_points())
    sizes = [whole, *(size for size in PARTS if size < whole)]
    fitting = [size for size in sizes if size * source.d <= NUMBERS]
    chosen = row.selectbox(
        "Points", sizes, sizes.index(max(fitting)) if fitting else 1, key=f"train-n-{name}", width=170, **KEPT,
        help="A random part trains faster, and takes less memory.", format_func=lambda n: f"All {n:,}" if n == source.n else f"{n:,}, at random",
    )  # fmt: skip
    return source, None if chosen == source.n else chosen


def _kind() -> str:
    kind = st.segmented_control(
        "Model", KINDS, default="vae", key="train-kind", format_func=kind_name, required=True, width="stretch", **KEPT,
    )  # fmt: skip
    one = PRESETS[kind]
    st.caption(f"**{one.title}.** {one.description}")
    return str(kind)


def default_epochs(kind: str, n: int, d: int) -> int:
    """The kind's own number of epochs, or fewer for many or wide points, so that a run takes minutes."""
    points = BUDGET / max(1, d / USUAL)
    affordable = [epochs for epochs in EPOCHS if epochs * n <= points]
    return min(DEFAULT_EPOCHS[kind], affordable[-1] if affordable else EPOCHS[0])


def _numbers(kind: str, source: Source, n: int) -> tuple[ModelConfig, int, str]:
    """Draw the numbers that matter and the fold with all others; returns settings, seed, and what is wrong with them."""
    usual = default_epochs(kind, n, source.d)
    parts = st.columns(4 if kind in CLUSTERED else 3)
    dims = parts[0].number_input(
        "Latent dimensions", 1, 512, min(10, max(2, source.d)), key=f"train-dims-{source.d < 10}", help="Size of the space in which points climb.", **KEPT,
    )  # fmt: skip
    clusters = ModelConfig().n_clusters
    if kind in CLUSTERED:
        clusters = parts[1].number_input(
            "Clusters K", 1, 1000, 10, key="train-k", help="How many the model is given. The climb needs no such number.", **KEPT
        )
    epochs = parts[-2].number_input(
        "Epochs", 1, 100_000, usual, key=f"train-epochs-{kind}-{usual}", help="Passes over the data. The default takes seconds to minutes.", **KEPT,
    )  # fmt: skip
    seed = parts[-1].number_input("Seed", 0, 2**31 - 1, 0, key="train-seed", help="Of weights, batches and sampling.", **KEPT)
    base = ModelConfig(kind=kind, latent_dim=int(dims), n_clusters=int(clusters), epochs=int(epochs))
    try:
        config = advanced(base, source.image_shape is not None)
        _check(config, source, n)
    except BadInput as error:
        return base, int(seed), str(error)
    return config, int(seed), ""


def _check(config: ModelConfig, source: Source, n: int) -> None:
    """Raise `BadInput` where settings do not go together with the data; training would say so too, but only after it has begun."""
    if config.kind in CLUSTERED and config.n_clusters > n:
        raise BadInput(
            f"{counted(config.n_clusters, 'cluster')} cannot be placed among {counted(n, 'point')}: choose a smaller K."
        )
    if config.held_out and not 1 <= round(config.held_out * n) < n:
        raise BadInput(
            f"A held-out share of {config.held_out:g} of {counted(n, 'point')} leaves none to hold out or none to learn from."
        )
    if config.likelihood == "bernoulli" and source.image_shape is None:
        low, high = _range(workspace().owner, source.name, None if n == source.n else n)
        if low < 0 or high > 1:
            raise BadInput(f"A Bernoulli likelihood needs values in 0..1; {source.title} goes from {low:.3g} to {high:.3g}.")


@st.cache_data(max_entries=50, show_spinner=False)
def _range(owner: str, name: str, n: int | None) -> tuple[float, float]:
    """Smallest and largest value of a table; `owner` tells the data sets of two browsers apart."""
    x = workspace().load_data(name).x if is_mine(name) else load_dataset(name, n).x
    return float(x.min()), float(x.max())


def _title(row: Any, kind: str, source: Source, runs: Sequence[RunFacts]) -> str:
    usual = f"{kind_name(kind)} on {source.title}"[:70]
    taken = {run.job.title for run in runs}
    number = 2
    name = usual
    while name in taken:
        name, number = f"{usual}, {number}", number + 1
    why = "What the run is called in the list."
    return row.text_input("Name", key="train-title", placeholder=name, max_chars=80, help=why, **KEPT) or name


def _start(wish: Wish, wrong: str, runs: Sequence[RunFacts]) -> None:
    reason = blocked()
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    pressed = row.button("Train", type="primary", icon=":material/play_arrow:", key="train", disabled=bool(wrong or reason))
    if wrong:
        st.error(wrong, icon=":material/error:")
    elif reason:
        st.info(reason, icon=":material/info:")
    else:
        row.caption(_how_long(wish, runs))
    if pressed:
        try:
            start(wish)
        except VaegcError as error:
            st.error(str(error), icon=":material/error:")


def _how_long(wish: Wish, runs: Sequence[RunFacts]) -> str:
    config, n = wish.config, wish.n or wish.source.n
    if config.steps is not None:
        return f"{counted(config.steps, 'step')} of {counted(min(config.batch_size, n), 'point')}, in place of epochs"
    before = config.pretrain_epochs_in_use if config.kind in DEFAULT_PRETRAINING else 0
    epochs = config.epochs_in_use + before
    count = f"{counted(epochs, 'epoch')} of {counted(n, 'point')}" + (f", {before:,} of them pretraining" if before else "")
    speed = speed_of(runs, wish.source.name, config)
    return f"{count}: {about(epochs * n / speed)}, as fast as your last such run" if speed else count
