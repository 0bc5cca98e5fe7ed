"""Settings of a new run: data, kind of model, basic numbers, advanced settings; the button that starts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vaegc import jobs
from vaegc.datasets import describe, load_dataset
from vaegc.errors import BadInput, VaegcError
from vaegc.limits import max_jobs, max_upload_points, read_only
from vaegc.models import ModelConfig, kind_name
from vaegc.models.config import CLUSTERED, DEFAULT_EPOCHS, DEFAULT_PRETRAINING, KINDS
from vaegc.models.presets import PRESETS
from vaegc.ui.catalog import available_datasets
from vaegc.ui.notes import show_data_notes
from vaegc.ui.profile import workspace
from vaegc.ui.train.advanced import advanced
from vaegc.ui.train.facts import RunFacts, points_per_second
from vaegc.ui.train.labels import approximate_duration
from vaegc.wording import counted
from vaegc.workspace import is_private

EXPANDER_KEY = "train-new"  # of the settings
MAX_DEFAULT_POINT_VISITS, REFERENCE_FEATURES = (
    3_000_000,
    784,
)  # epochs x points of so many features by default: some minutes of two cores
MAX_DEFAULT_VALUES = 60_000_000  # points x features that are trained on by default: more take gigabytes
EPOCH_CHOICES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150)
MIN_SUBSET_POINTS = 10_000  # from which a random part can be chosen
SUBSET_SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
TOY_SIZES = (300, 1_000, 2_000, 5_000, 10_000)
PERSISTENT: Any = {"persist_state": "session"}  # settings survive when the page is left
FIRST_RUN_CONFIG = ModelConfig(kind="vae", epochs=20)  # of the one click where there is no run yet


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """Name, size and shape of a data set, known before it is loaded."""

    name: str  # or "mine:…"
    title: str
    n: int
    d: int
    image_shape: tuple[int, ...] | None
    generated: bool


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A training run to be started."""

    source: DatasetInfo
    config: ModelConfig
    title: str
    seed: int
    n: int | None  # points, None: all


def dataset_info(name: str) -> DatasetInfo:
    """Look a data set up by name or "mine:…", without loading it; raises `BadInput` for one that is not here."""
    if is_private(name):
        kept = workspace().find_data(name)
        return DatasetInfo(name, kept.title, kept.n, kept.d, kept.image_shape, False)
    known = describe(name)
    return DatasetInfo(name, known.title, known.n, known.d, known.image_shape, known.generated)


def new_run_section(runs: Sequence[RunFacts]) -> None:
    """Draw the expander of settings with its button; a run that starts becomes the selected one."""
    if EXPANDER_KEY not in st.session_state:
        st.session_state[EXPANDER_KEY] = not runs
    if st.session_state.pop("train-started", False):  # now there is something to look at
        st.session_state[EXPANDER_KEY] = False
        st.session_state["train-title"] = ""
    offered = available_datasets()
    _preselect(offered)
    panel = st.expander("New run: choose data and a model", icon=":material/add_circle:", key=EXPANDER_KEY, on_change="rerun")
    if not panel.open:
        return
    with panel:
        row = st.container(horizontal=True, vertical_alignment="bottom", key="train-row")
        source, n = _data_controls(offered, row)
        if is_private(source.name):
            show_data_notes(workspace().find_data(source.name).notes)
        kind = _kind_control()
        title = _title_control(row, kind, source, runs)
        config, seed, problem = _config_controls(kind, source, n or source.n)
        _start_button(RunRequest(source, config, title, seed, n), problem, runs)


def start(request: RunRequest) -> None:
    """Start a run, select it, and rerun the page; raises `VaegcError` where it cannot be started."""
    job = workspace().start_training(request.source.name, request.config, title=request.title, seed=request.seed, n=request.n)
    st.session_state["train_run"] = st.session_state["train-attend"] = job.id
    st.session_state["train-started"] = True
    st.rerun()


def start_blocked_reason() -> str:
    """Why no run can be started now, in one sentence; empty where one can."""
    if read_only():
        return "This server is read-only: runs can be looked at, but none can be started."
    running, most = jobs.running(), max_jobs()
    if running >= most:
        words = "One job runs" if running == 1 else f"{running} jobs run"
        return f"{words} on this server, which is as many as it takes at once: wait until one has ended, or pause one of yours."
    return ""


def _preselect(offered: dict[str, str]) -> None:
    """Select the data set that another page or a link names."""
    requested = st.session_state.pop("train_data", None)
    linked = st.query_params.pop("data", None)
    if requested is None and "train-data" not in st.session_state:
        requested = linked
    if requested in offered:
        st.session_state["train-data"] = requested
        st.session_state[EXPANDER_KEY] = True
    elif requested is not None:
        st.warning("The data that this link asks for are not here: choose others.", icon=":material/link_off:")


def _data_controls(offered: dict[str, str], row: Any) -> tuple[DatasetInfo, int | None]:
    names = list(offered)
    name = row.selectbox(
        "Data", names, names.index("digits") if "digits" in names and not is_private(names[0]) else 0, key="train-data",
        format_func=lambda key: offered.get(key, key), help="What is learned. Labels are used for colours only; training never sees them.", **PERSISTENT,
    )  # fmt: skip
    source = dataset_info(name)
    if source.generated:
        why = "How many to generate."
        return source, row.selectbox(
            "Points", TOY_SIZES, 1, key="train-n-toy", width=170, format_func=lambda n: f"{n:,}", help=why, **PERSISTENT
        )
    if source.n < MIN_SUBSET_POINTS:
        return source, None
    whole = min(source.n, max_upload_points())
    sizes = [whole, *(size for size in SUBSET_SIZES if size < whole)]
    fitting = [size for size in sizes if size * source.d <= MAX_DEFAULT_VALUES]
    chosen = row.selectbox(
        "Points", sizes, sizes.index(max(fitting)) if fitting else 1, key=f"train-n-{name}", width=170, **PERSISTENT,
        help="A random part trains faster, and takes less memory.", format_func=lambda n: f"All {n:,}" if n == source.n else f"{n:,}, at random",
    )  # fmt: skip
    return source, None if chosen == source.n else chosen


def _kind_control() -> str:
    kind = st.segmented_control(
        "Model", KINDS, default="vae", key="train-kind", format_func=kind_name, required=True, width="stretch", **PERSISTENT,
    )  # fmt: skip
    one = PRESETS[kind]
    st.caption(f"**{one.title}.** {one.description}")
    return str(kind)


def default_epochs(kind: str, n: int, d: int) -> int:
    """Default number of epochs: that of the kind, or fewer for n points of d features where a run would take longer than minutes."""
    points = MAX_DEFAULT_POINT_VISITS / max(1, d / REFERENCE_FEATURES)
    affordable = [epochs for epochs in EPOCH_CHOICES if epochs * n <= points]
    return min(DEFAULT_EPOCHS[kind], affordable[-1] if affordable else EPOCH_CHOICES[0])


def _config_controls(kind: str, source: DatasetInfo, n: int) -> tuple[ModelConfig, int, str]:
    """Draw the basic and the advanced settings; returns settings, seed, and a sentence on what is wrong with them, else empty."""
    usual = default_epochs(kind, n, source.d)
    parts = st.columns(4 if kind in CLUSTERED else 3)
    dims = parts[0].number_input(
        "Latent dimensions", 1, 512, min(10, max(2, source.d)), key=f"train-dims-{source.d < 10}", help="Size of the space in which points climb.", **PERSISTENT,
    )  # fmt: skip
    clusters = ModelConfig().n_clusters
    if kind in CLUSTERED:
        clusters = parts[1].number_input(
            "Clusters K",
            1,
            1000,
            10,
            key="train-k",
            help="How many the model is given. The climb needs no such number.",
            **PERSISTENT,
        )
    epochs = parts[-2].number_input(
        "Epochs", 1, 100_000, usual, key=f"train-epochs-{kind}-{usual}", help="Passes over the data. The default takes seconds to minutes.", **PERSISTENT,
    )  # fmt: skip
    seed = parts[-1].number_input(
        "Seed", 0, 2**31 - 1, 0, key="train-seed", help="Of weights, batches and sampling.", **PERSISTENT
    )
    base = ModelConfig(kind=kind, latent_dim=int(dims), n_clusters=int(clusters), epochs=int(epochs))
    try:
        config = advanced(base, source.image_shape is not None)
        _check(config, source, n)
    except BadInput as error:
        return base, int(seed), str(error)
    return config, int(seed), ""


def _check(config: ModelConfig, source: DatasetInfo, n: int) -> None:
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
        low, high = _value_range(workspace().owner, source.name, None if n == source.n else n)
        if low < 0 or high > 1:
            raise BadInput(f"A Bernoulli likelihood needs values in 0..1; {source.title} goes from {low:.3g} to {high:.3g}.")


@st.cache_data(max_entries=50, show_spinner=False)
def _value_range(owner: str, name: str, n: int | None) -> tuple[float, float]:
    """Smallest and largest value of a table; `owner` tells the data sets of two browsers apart."""
    x = workspace().load_data(name).x if is_private(name) else load_dataset(name, n).x
    return float(x.min()), float(x.max())


def _title_control(row: Any, kind: str, source: DatasetInfo, runs: Sequence[RunFacts]) -> str:
    usual = f"{kind_name(kind)} on {source.title}"[:70]
    taken = {run.job.title for run in runs}
    number = 2
    name = usual
    while name in taken:
        name, number = f"{usual}, {number}", number + 1
    why = "What the run is called in the list."
    return row.text_input("Name", key="train-title", placeholder=name, max_chars=80, help=why, **PERSISTENT) or name


def _start_button(request: RunRequest, problem: str, runs: Sequence[RunFacts]) -> None:
    reason = start_blocked_reason()
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    pressed = row.button("Train", type="primary", icon=":material/play_arrow:", key="train", disabled=bool(problem or reason))
    if problem:
        st.error(problem, icon=":material/error:")
    elif reason:
        st.info(reason, icon=":material/info:")
    else:
        row.caption(_duration_estimate(request, runs))
    if pressed:
        try:
            start(request)
        except VaegcError as error:
            st.error(str(error), icon=":material/error:")


def _duration_estimate(request: RunRequest, runs: Sequence[RunFacts]) -> str:
    config, n = request.config, request.n or request.source.n
    if config.steps is not None:
        return f"{counted(config.steps, 'step')} of {counted(min(config.batch_size, n), 'point')}, in place of epochs"
    before = config.pretrain_epochs_in_use if config.kind in DEFAULT_PRETRAINING else 0
    epochs = config.epochs_in_use + before
    count = f"{counted(epochs, 'epoch')} of {counted(n, 'point')}" + (f", {before:,} of them pretraining" if before else "")
    speed = points_per_second(runs, request.source.name, config)
    return f"{count}: {approximate_duration(epochs * n / speed)}, as fast as your last such run" if speed else count
