"""Labels of computations, and messages of the core without the server's paths."""

from __future__ import annotations

from pathlib import Path

from vaegc import store
from vaegc.errors import VaegcError
from vaegc.experiment import Experiment
from vaegc.ui import catalog
from vaegc.wording import counted
from vaegc.workspace import is_private

STAGE_LABELS = {
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


def stage_label(stage: str) -> str:
    """Label of a stage of `Progress`, for the progress bar; empty where the messages of the stage say it."""
    return STAGE_LABELS.get(stage, stage.capitalize())


def progress_label(stage: str, message: str) -> str:
    """Label of a stage with its message, for the progress bar."""
    words = stage_label(stage)
    return f"{words}: {message}" if words else message


def describe_points(spec: Experiment, *, seen: bool = True) -> str:
    """Describe the points of a spec as a phrase: how many, of which data, in which space.

    Parameters
    ----------
    spec
        As links hold it.
    seen
        Name the view too, where the space cannot be drawn as it is.
    """
    data, model = str(spec.dataset), spec.model if isinstance(spec.model, str) else None
    size = catalog.dataset_size(data)
    dim = size.d
    where = "the data"
    if model is not None and spec.space != "data":
        dim = catalog.model_dim(model) or dim
        where = f"the latent space of {catalog.model_phrase(model)}"
    maps = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}
    points = f"{counted(spec.n or size.n, 'point')} of {catalog.dataset_title(data)}"
    if spec.space in maps:
        return f"{points} on a {maps[spec.space]} map of {where}"
    return f"{points} in {where}" + (f", seen through {maps[spec.view]}" if seen and dim > catalog.MAX_PLOT_DIMENSIONS else "")


def without_paths(sentence: str, spec: Experiment, resolved: Experiment) -> str:
    """Return a message of the core with the user's own names in place of the server's paths.

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
        (spec.dataset, resolved.dataset, catalog.dataset_title),
        (spec.model, resolved.model, catalog.model_phrase),
    ):
        if not is_private(name):
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
