"""What can be opened in Explore and trained on: data sets and models by the names that a spec holds, each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

import streamlit as st

from vaegc.datasets import BUILT_IN, TOYS, describe, is_generated, whereabouts
from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import Experiment
from vaegc.experiment.estimate import Size, model_facts, seconds, size_of
from vaegc.models import kind_name, shipped_models
from vaegc.ui.profile import workspace
from vaegc.workspace import is_mine

Name = TypeVar("Name", str, str | None)  # of a data set or model in a spec; None: no model

NO_MODEL = "None: climb the data themselves"
KINDS = ("vae", "ae", "vade", "gmvae", "dec", "idec")  # in the order of the list
FIRST_SIZES = (5_000, 2_000, 1_000)  # points of a first look at a larger set: the first that is not too slow
FIRST_SECONDS = 60.0  # that a first look may take
FLAT = 3  # dimensions up to which data are their own picture
AT_HAND_FOR = 60  # seconds until it is looked again which sets are on the disk


def data_offered() -> dict[str, str]:
    """Data sets that can be opened here, by name or "mine:…": one's own, the digits, what is on the disk, the toys."""
    own = {kept.ref: f"{kept.title} ({kept.n:,})" for kept in workspace().data()}
    named = {name: f"{describe(name).title} ({describe(name).n:,})" for name in _at_hand()}
    toys = {name: describe(name).title for name in TOYS}
    return _told_apart({**own, **named, **toys})


def models_offered(dataset: str) -> dict[str | None, str]:
    """Models that fit a data set, by name or "mine:…": shipped ones and one's own of these data, none, then those of other data."""
    d = data_size(dataset).d
    here: dict[str | None, str] = {}
    elsewhere: dict[str | None, str] = {}
    for name in sorted(shipped_models(), key=_by_kind):
        try:
            facts = model_facts(name)
        except VaegcError:  # damaged: opening it would say so
            continue
        if facts.input_dim == d and facts.data == dataset:
            here[name] = kind_words(facts.kind)
        elif facts.input_dim == d:
            elsewhere[name] = f"{kind_words(facts.kind)} of {data_words(facts.data)}"
    mine = workspace()
    trained = {job.id for job in mine.runs_on(dataset)}
    title = data_words(dataset)
    for model in mine.models():
        if model.input_dim == d:
            ours = model.id in trained or model.data in (dataset, title)
            words = f"{model.title} ({kind_name(model.kind)}"
            (here if ours else elsewhere)[model.ref] = f"{words})" if ours else f"{words}, of {model.data or 'other data'})"
    return _told_apart({**here, None: NO_MODEL, **elsewhere})


def first_look(dataset: str, model: str | None = None) -> Experiment:
    """Return a spec that shows data for the first time.

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
    size = data_size(dataset)
    if model is None and not is_mine(dataset):
        of_these = [name for name in sorted(shipped_models(), key=_by_kind) if model_facts(name).data == dataset]
        model = of_these[0] if of_these and not is_generated(dataset) else None
    if is_generated(dataset):
        return Experiment(dataset=dataset, model=model)
    sizes: list[int | None] = [n for n in FIRST_SIZES if n < size.source]
    if len(sizes) < len(FIRST_SIZES):
        sizes = [None, *sizes]  # all of them
    made = [Experiment(dataset=dataset, model=model, n=n) for n in sizes]
    resolved = workspace().resolve
    return next((spec for spec in made if seconds(resolved(spec)) <= FIRST_SECONDS), made[-1])


def open_in_explore(spec: Experiment, begin: Mapping[str, Any] | None = None) -> NoReturn:
    """Show a spec on the Explore page.

    Parameters
    ----------
    spec
        With names, not with paths of private data.
    begin
        Where the stage begins: "frame", the index of a kept frame, and "eps".
    """
    st.session_state["handed"] = spec
    if begin is not None:
        st.session_state["begin"] = dict(begin)
    st.switch_page("app.py")


def open_in_train(dataset: str) -> NoReturn:
    """Choose a data set, by name or "mine:…", on the Train page."""
    st.session_state["train_data"] = dataset
    st.switch_page("pages/2_Train.py")


def data_size(dataset: str) -> Size:
    """How large a data set is; raises `BadInput` for one that is not here."""
    if is_mine(dataset):
        kept = workspace().find_data(dataset)
        return Size(kept.n, kept.n, kept.d)
    describe(dataset)
    size = size_of(Experiment(dataset=dataset, model=None))
    assert size is not None
    return size


def data_words(dataset: str) -> str:
    """What a data set is called, without its size."""
    if is_mine(dataset):
        return workspace().find_data(dataset).title
    return describe(dataset).title if dataset in (*BUILT_IN, *TOYS) else dataset


def model_words(model: str | None) -> str:
    """What a model is called within a sentence."""
    if model is None:
        return "no model"
    if is_mine(model):
        return workspace().find_model(model).title
    kind = model_facts(model).kind
    return "the autoencoder" if kind == "ae" else f"the {kind_name(kind)}"


def model_dim(model: str | None) -> int | None:
    """Dimensions of a model's latent space."""
    if model is None:
        return None
    return workspace().find_model(model).latent_dim if is_mine(model) else model_facts(model).latent_dim


def model_kind(model: str | None) -> str | None:
    """Kind of a model."""
    if model is None:
        return None
    return workspace().find_model(model).kind if is_mine(model) else model_facts(model).kind


def check_offered(spec: Experiment) -> None:
    """Raise `BadInput` where this browser has no such data or model; what may follow from a link must be named here."""
    data = data_offered()
    if not isinstance(spec.dataset, str) or spec.dataset not in data:
        if is_mine(spec.dataset):
            workspace().find_data(str(spec.dataset))
        names = ", ".join(name for name in data if not is_mine(name))
        raise BadInput(f"there is no data set called {str(spec.dataset)[:80]!r} here; there are {names}.")
    if spec.model is None:
        return
    models = models_offered(spec.dataset)
    if spec.model not in models:
        if is_mine(spec.model):
            workspace().find_model(str(spec.model))
        names = ", ".join(name for name in models if name and not is_mine(name))
        fitting = f"those that fit are {names}" if names else "none that is shipped fits"
        raise BadInput(f"there is no model called {str(spec.model)[:80]!r} here for these data; {fitting}.")


def kind_words(kind: str) -> str:
    """A kind of model as the list calls it."""
    return "Autoencoder" if kind == "ae" else kind_name(kind)


@st.cache_data(ttl=AT_HAND_FOR, show_spinner=False)
def _at_hand() -> tuple[str, ...]:
    """Built-in sets that need no network."""
    return tuple(name for name in BUILT_IN if whereabouts(name).at_hand)


def _by_kind(name: str) -> tuple[int, str]:
    kind = name.rpartition("-")[2]
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), name)


def _told_apart(words: dict[Name, str]) -> dict[Name, str]:
    """Number what would read the same: a list knows its entries by their words."""
    seen: dict[str, int] = {}
    out = {}
    for name, text in words.items():
        seen[text] = seen.get(text, 0) + 1
        out[name] = text if seen[text] == 1 else f"{text} · {seen[text]}"
    return out
