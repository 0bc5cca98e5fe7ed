"""Catalogue of the data sets and models that this browser can open, by the names that a spec holds, with their titles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import streamlit as st

from vaegc.datasets import BUILT_IN, TOYS, availability, describe, is_generated
from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import Experiment
from vaegc.experiment.estimate import DataSize, data_size, estimate_seconds, model_facts
from vaegc.models import kind_name, shipped_models
from vaegc.ui.profile import workspace
from vaegc.workspace import is_private

Name = TypeVar("Name", str, str | None)  # of a data set or model in a spec; None: no model

NO_MODEL = "None: climb the data themselves"
KINDS = ("vae", "ae", "vade", "gmvae", "dec", "idec")  # in the order in which they are listed
DEFAULT_SIZES = (5_000, 2_000, 1_000)  # points of a default spec of a larger set: the first that is not too slow
MAX_DEFAULT_SECONDS = 60.0  # that a default spec may take to compute
MAX_PLOT_DIMENSIONS = 3  # up to which points are drawn as they are
LOCAL_SETS_TTL_S = 60  # until the disk is searched again for built-in sets


def available_datasets() -> dict[str, str]:
    """Titles of the data sets that can be opened here, by name or "mine:…": the user's, built-in ones on the disk, toys."""
    own = {kept.ref: f"{kept.title} ({kept.n:,})" for kept in workspace().data()}
    named = {name: f"{describe(name).title} ({describe(name).n:,})" for name in _local_sets()}
    toys = {name: describe(name).title for name in TOYS}
    return _number_duplicates({**own, **named, **toys})


def available_models(dataset: str) -> dict[str | None, str]:
    """Titles of the models that fit a data set, by name or "mine:…": those of these data, none, then those of other data."""
    d = dataset_size(dataset).d
    of_these_data: dict[str | None, str] = {}
    of_other_data: dict[str | None, str] = {}
    for name in sorted(shipped_models(), key=_by_kind):
        try:
            facts = model_facts(name)
        except VaegcError:  # damaged: opening it would say so
            continue
        if facts.input_dim == d and facts.data == dataset:
            of_these_data[name] = kind_label(facts.kind)
        elif facts.input_dim == d:
            of_other_data[name] = f"{kind_label(facts.kind)} of {dataset_title(facts.data)}"
    own = workspace()
    trained = {job.id for job in own.runs_on(dataset)}
    title = dataset_title(dataset)
    for model in own.models():
        if model.input_dim == d:
            matches = model.id in trained or model.data in (dataset, title)
            words = f"{model.title} ({kind_name(model.kind)}"
            (of_these_data if matches else of_other_data)[model.ref] = (
                f"{words})" if matches else f"{words}, of {model.data or 'other data'})"
            )
    return _number_duplicates({**of_these_data, None: NO_MODEL, **of_other_data})


def default_spec(dataset: str, model: str | None = None) -> Experiment:
    """Return the spec with which a data set is shown for the first time.

    Parameters
    ----------
    dataset
        A name or "mine:…".
    model
        A shipped name or "mine:…"; None: the first shipped one that was made of these data, else none.

    Raises
    ------
    BadInput
        Data or a model that are not here.
    """
    size = dataset_size(dataset)
    if model is None and not is_private(dataset):
        of_these = [name for name in sorted(shipped_models(), key=_by_kind) if model_facts(name).data == dataset]
        model = of_these[0] if of_these and not is_generated(dataset) else None
    if is_generated(dataset):
        return Experiment(dataset=dataset, model=model)
    sizes: list[int | None] = [n for n in DEFAULT_SIZES if n < size.source]
    if len(sizes) < len(DEFAULT_SIZES):
        sizes = [None, *sizes]  # all of them
    made = [Experiment(dataset=dataset, model=model, n=n) for n in sizes]
    resolved = workspace().resolve
    return next((spec for spec in made if estimate_seconds(resolved(spec)) <= MAX_DEFAULT_SECONDS), made[-1])


def open_in_explore(spec: Experiment, begin: Mapping[str, Any] | None = None) -> NoReturn:
    """Switch to the Explore page with a spec.

    Parameters
    ----------
    spec
        As links hold it: names, no paths of private data.
    begin
        View of the stage to begin with: "frame", the index of a kept frame, and "eps".
    """
    st.session_state["handed"] = spec
    if begin is not None:
        st.session_state["begin"] = dict(begin)
    st.switch_page("app.py")


def open_in_train(dataset: str) -> NoReturn:
    """Switch to the Train page with a data set, by name or "mine:…"."""
    st.session_state["train_data"] = dataset
    st.switch_page("pages/2_Train.py")


def dataset_size(dataset: str) -> DataSize:
    """Points and features of a data set; raises `BadInput` for one that is not here."""
    if is_private(dataset):
        kept = workspace().find_data(dataset)
        return DataSize(kept.n, kept.n, kept.d)
    describe(dataset)
    size = data_size(Experiment(dataset=dataset, model=None))
    assert size is not None
    return size


def dataset_title(dataset: str) -> str:
    """Title of a data set."""
    if is_private(dataset):
        return workspace().find_data(dataset).title
    return describe(dataset).title if dataset in (*BUILT_IN, *TOYS) else dataset


def model_phrase(model: str | None) -> str:
    """Name of a model within a sentence: "the VAE"."""
    if model is None:
        return "no model"
    if is_private(model):
        return workspace().find_model(model).title
    kind = model_facts(model).kind
    return "the autoencoder" if kind == "ae" else f"the {kind_name(kind)}"


def model_dim(model: str | None) -> int | None:
    """Dimensions of a model's latent space; None without a model."""
    if model is None:
        return None
    return workspace().find_model(model).latent_dim if is_private(model) else model_facts(model).latent_dim


def model_kind(model: str | None) -> str | None:
    """Kind of a model, such as "vae"; None without a model."""
    if model is None:
        return None
    return workspace().find_model(model).kind if is_private(model) else model_facts(model).kind


def check_available(spec: Experiment) -> None:
    """Raise `BadInput` where this browser has no such data or model: a link must not open anything else."""
    data = available_datasets()
    if not isinstance(spec.dataset, str) or spec.dataset not in data:
        if is_private(spec.dataset):
            workspace().find_data(str(spec.dataset))
        names = ", ".join(name for name in data if not is_private(name))
        raise BadInput(f"there is no data set called {str(spec.dataset)[:80]!r} here; there are {names}.")
    if spec.model is None:
        return
    models = available_models(spec.dataset)
    if spec.model not in models:
        if is_private(spec.model):
            workspace().find_model(str(spec.model))
        names = ", ".join(name for name in models if name and not is_private(name))
        fitting = f"those that fit are {names}" if names else "none that is shipped fits"
        raise BadInput(f"there is no model called {str(spec.model)[:80]!r} here for these data; {fitting}.")


def kind_label(kind: str) -> str:
    """Title of a kind of model in the list."""
    return "Autoencoder" if kind == "ae" else kind_name(kind)


@st.cache_data(ttl=LOCAL_SETS_TTL_S, show_spinner=False)
def _local_sets() -> tuple[str, ...]:
    """Names of the built-in sets that need no download."""
    return tuple(name for name in BUILT_IN if availability(name).is_local)


def _by_kind(name: str) -> tuple[int, str]:
    kind = name.rpartition("-")[2]
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), name)


def _number_duplicates(words: dict[Name, str]) -> dict[Name, str]:
    """Append numbers to equal titles: a select box cannot tell them apart."""
    seen: dict[str, int] = {}
    out = {}
    for name, text in words.items():
        seen[text] = seen.get(text, 0) + 1
        out[name] = text if seen[text] == 1 else f"{text} · {seen[text]}"
    return out
