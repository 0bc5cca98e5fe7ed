"""Words for what runs, and sentences of the core as a page may show them: without the folders of the server."""

from __future__ import annotations

from pathlib import Path

from vaegc import store
from vaegc.errors import VaegcError
from vaegc.experiment import Experiment
from vaegc.ui import offers
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
}


def stage_words(stage: str) -> str:
    """What is being done, as the bar says it."""
    return STAGE_WORDS.get(stage, stage.capitalize())


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
        (spec.dataset, resolved.dataset, offers.data_words),
        (spec.model, resolved.model, offers.model_words),
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
