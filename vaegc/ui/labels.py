"""Words for what runs, and sentences of the core as a page may show them: without the folders of the server."""

from __future__ import annotations

from pathlib import Path

from vaegc import store
from vaegc.errors import VaegcError
from vaegc.experiment import Experiment
from vaegc.ui import catalog
from vaegc.wording import counted
from vaegc.workspace import is_mine

STAGE_WORDS = {
    "read": "Reading the data",
    "download": "Downloading",
    "train": "Training",
    "tsne": "Drawing the map",
    "umap": "Drawing the map",
    "ascend": "Climbing",
    "neighbours": "Every ε",
    "tree": "Every ε",
    "trees": "Every ε",
    "choose": "",  # its messages say it
}


def stage_words(stage: str) -> str:
    """What is being done, as the bar says it."""
    return STAGE_WORDS.get(stage, stage.capitalize())


def progress_words(stage: str, message: str) -> str:
    """What is being done and how far that is, as the bar says it."""
    words = stage_words(stage)
    return f"{words}: {message}" if words else message


def what_is_computed(spec: Experiment, *, seen: bool = True) -> str:
    """Say in words what takes its time; with the view of it where it is to be seen."""
    data, model = str(spec.dataset), spec.model if isinstance(spec.model, str) else None
    size = catalog.data_size(data)
    dim = size.d
    where = "the data"
    if model is not None and spec.space != "data":
        dim = catalog.model_dim(model) or dim
        where = f"the latent space of {catalog.model_words(model)}"
    maps = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
    points = f"{counted(spec.n or size.n, 'point')} of {catalog.data_words(data)}"
    if spec.space in maps:
        return f"{points} on a {maps[spec.space]} map of {where}"
    return f"{points} in {where}" + (f", seen through {maps[spec.view]}" if seen and dim > catalog.FLAT else "")


def in_public(sentence: str, spec: Experiment, resolved: Experiment) -> str:
    """Return a sentence of the core with the user's own names in place of the server's paths.

    Parameters
    ----------
    sentence
        On `resolved`.
    spec
        As links hold it, with "mine:…".
    resolved
        The same with paths.
    """
    for name, path, words in (
        (spec.dataset, resolved.dataset, catalog.data_words),
        (spec.model, resolved.model, catalog.model_words),
    ):
        if not is_mine(name):
            continue
        try:
            title = words(str(name))
        except VaegcError:  # deleted meanwhile
            title = "what was here"
        folder = Path(str(path))
        for private in (str(folder), folder.name, folder.stem):
            if len(private) > len("model"):  # the folder of a run, which is also a word
                sentence = sentence.replace(private, title)
    return sentence.replace(str(store.runs_root().absolute()), "…").replace(str(store.cache_root()), "the cache")
