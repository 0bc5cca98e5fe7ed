"""Descriptions of a result in words: its caption, the facts beside the picture, and the phrases that these are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.ascent import DATA_DENSITIES
from vaegc.experiment.spec import known_datasets
from vaegc.models import ModelConfig, kind_name, shipped_models
from vaegc.projection import Space
from vaegc.wording import counted, percent

if TYPE_CHECKING:
    from vaegc.datasets import Dataset
    from vaegc.experiment.result import Result
    from vaegc.experiment.spec import ExperimentSpec

MAX_SAMPLE_POINTS = 1000  # at which effective neighbours and kept neighbourhoods are counted
SPACE_LABELS = {"latent": "latent space", "data": "data", "pca": "PCA projection", "tsne": "t-SNE map", "umap": "UMAP map"}


def describe_neighbors(k: int, n: int, noun: bool = True) -> str:
    """Describe a number of neighbours with its share of n points: "72 neighbours (4 %)", or "72 (4 %)"."""
    return f"{counted(k, 'neighbour') if noun else f'{k:,}'} ({percent(k / n, 2)})"


def describe_density(density: Any, n: int) -> str:
    """Describe a fitted density and its bandwidth: "kernel density, bandwidth from 72 neighbours (4 %)"; n is the number of points."""
    k = getattr(density, "neighbors_in_use", None)
    if k is None:
        return str(density.name)
    return f"{density.name.partition(',')[0]}, bandwidth from {describe_neighbors(k, n)}"


def describe_climb(result: Result) -> str:
    """Describe the ascent of a result in a sentence: steps, density, method; empty without one."""
    ascent = result.spec.ascent
    steps = int(result.trajectory.steps[-1])
    if ascent is None or steps == 0:
        return ""
    return climb_sentence(result.density, len(result.dataset), steps, ascent.method)


def climb_sentence(density: Any, n: int, steps: int, method: str) -> str:
    """What n points have climbed, how far and by which method of `AscentConfig`, in a sentence."""
    how = "" if method == "fixed-point" else f", {method}"
    return f"Climbed {counted(steps, 'step')}: {describe_density(density, n)}{how}."


def data_notes(source: object, data: Dataset) -> tuple[str, ...]:
    """Return the notes of a data set for the user; none where it is built in: `source` is its name or path."""
    return () if source in known_datasets() else data.notes


def space_label(spec: ExperimentSpec, space: Space) -> str:
    """Describe the space in which points are clustered: "the latent space (10-D)"."""
    return f"the {SPACE_LABELS['data' if spec.model is None and space.name == 'latent' else space.name]} ({space.dim}-D)"


def caption(result: Result, view: Space) -> str:
    """Return the caption of the picture, one line: data, model, ascent, space, bandwidth, view and seed."""
    spec, space = result.spec, result.space
    place = space_label(spec, space)
    action = f"climbed and clustered in {place}"
    if spec.ascent is None:
        action = f"clustered, without a climb, in {place}"
    elif spec.ascent.density in DATA_DENSITIES:
        action = f"climbed in the data, clustered in {place}"
    points = "digits" if result.dataset.name == "digits" else f"points of {result.dataset.name}"
    parts = [f"{len(result.dataset):,} {points}", describe_model(result), action]
    if spec.ascent is not None:
        climbed = describe_density(result.density, len(result.dataset)).removeprefix("kernel density, ")
        parts.append(climbed if spec.ascent.method == "fixed-point" else f"{climbed}, {spec.ascent.method}")
    if view is not space:
        parts.append(f"seen through {'PCA' if view.name == 'pca' else SPACE_LABELS[view.name].replace(' map', '')} of the start")
    return " · ".join([*parts, f"seed {spec.seed}"])


def describe_model(result: Result) -> str:
    """Describe the model of a result: a shipped one by its name, any other by kind, training and seed."""
    given, model = result.spec.model, result.model
    if given is None or model is None:
        return "no model"
    if isinstance(given, ModelConfig):
        return f"a new {given.kind.upper()}"
    if given in shipped_models():
        return given
    made = model.provenance
    epochs = f"{counted(len(made.history), 'epoch')} of training"
    elsewhere = f" on {made.data}" if made.data and made.data != result.dataset.name else ""
    return f"{kind_name(model.kind)}, {epochs}{elsewhere}, seed {made.seed}"


def facts(result: Result, view: Space) -> dict[str, Any]:
    """Return the facts beside the picture, JSON-ready and by name.

    Returns
    -------
    `density`, in words; where they apply `note`, of the ascent; `bandwidth`, the median one; `neighbours_start` and `neighbours_end`, medians
    of the effective number of neighbours; `kept`, the faithfulness of the view; `own`, the model's own clusters in words.
    """
    density = result.density
    out: dict[str, Any] = {"density": describe_density(density, len(result.dataset))}
    if result.trajectory.note:
        out["note"] = result.trajectory.note
    bandwidths = getattr(density, "bandwidths", None)
    if bandwidths is not None:
        out["bandwidth"] = float(np.median(bandwidths))
    if hasattr(density, "effective_neighbors"):
        sample = np.random.default_rng(0).permutation(len(result.dataset))[:MAX_SAMPLE_POINTS]
        for name, frame in (("start", 0), ("end", -1)):
            at = result.trajectory.frame(frame)[sample]
            blurred = result.spec.ascent is not None and result.spec.ascent.method == "blurring"
            field = density.with_centers(result.trajectory.frame(frame)) if blurred else density
            out[f"neighbours_{name}"] = float(np.median(field.effective_neighbors(at)))
    if view.name not in ("latent", "data"):
        out["kept"] = view.faithfulness(sample=MAX_SAMPLE_POINTS if view.source.shape[1] <= 32 else MAX_SAMPLE_POINTS // 10)
    if result.own_clusters is not None:
        out["own"] = describe_own_clusters(result.own_clusters)
    return out


def describe_own_clusters(own: dict[str, Any]) -> str:
    """Describe `Result.own_clusters` in a sentence."""
    name = kind_name(own["kind"])
    scored = f", ACC {own['acc']:.3f}" if "acc" in own else ""
    return f"{name}'s own clusters, before any climb: {own['used']} of the {own['given']} it was given are used{scored}."
