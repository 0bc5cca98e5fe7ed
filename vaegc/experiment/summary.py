"""What is said of a result: the line under the picture, the facts beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.ascent import OF_DATA
from vaegc.experiment.spec import known_data_sets
from vaegc.models import ModelConfig, kind_name, shipped_models
from vaegc.projection import Space
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.datasets import Dataset
    from vaegc.experiment.result import Result
    from vaegc.experiment.spec import ExperimentSpec

SAMPLE = 1000  # points at which effective neighbours are counted


WHAT = {"latent": "latent space", "data": "data", "pca": "PCA projection", "tsne": "t-SNE map", "umap": "UMAP map"}


def neighbours_in_words(k: int, n: int, noun: bool = True) -> str:
    """A number of neighbours with its share of n points: "72 neighbours (4 %)", or "72 (4 %)"."""
    share = 100 * k / n
    said = counted(k, "neighbour") if noun else f"{k:,}"
    return f"{said} ({share:.2g} %)" if share < 10 else f"{said} ({share:.0f} %)"


def density_in_words(density: Any, n: int) -> str:
    """What is climbed, with the bandwidth in use: "kernel density, bandwidth from 72 neighbours (4 %)"."""
    k = getattr(density, "neighbors_in_use", None)
    if k is None:
        return str(density.name)
    return f"{density.name.partition(',')[0]}, bandwidth from {neighbours_in_words(k, n)}"


def climb_in_words(result: Result) -> str:
    """What was climbed and how far, in a sentence; empty without a climb."""
    ascent = result.spec.ascent
    steps = int(result.trajectory.steps[-1])
    if ascent is None or steps == 0:
        return ""
    how = "" if ascent.method == "fixed-point" else f", {ascent.method}"
    return f"Climbed {counted(steps, 'step')}: {density_in_words(result.density, len(result.dataset))}{how}."


def data_notes(source: object, data: Dataset) -> tuple[str, ...]:
    """What was done to data, and what is odd about them; nothing where they are built in: `source` is their name or path."""
    return () if source in known_data_sets() else data.notes


def place_in_words(spec: ExperimentSpec, space: Space) -> str:
    """Where points are clustered: "the latent space (10-D)"."""
    return f"the {WHAT['data' if spec.model is None and space.name == 'latent' else space.name]} ({space.dim}-D)"


def caption(result: Result, view: Space) -> str:
    """One line that says what is on the screen."""
    spec, space = result.spec, result.space
    place = place_in_words(spec, space)
    act = f"climbed and clustered in {place}"
    if spec.ascent is None:
        act = f"clustered, without a climb, in {place}"
    elif spec.ascent.density in OF_DATA:
        act = f"climbed in the data, clustered in {place}"
    points = "digits" if result.dataset.name == "digits" else f"points of {result.dataset.name}"
    parts = [f"{len(result.dataset):,} {points}", model_in_words(result), act]
    if spec.ascent is not None:
        climbed = density_in_words(result.density, len(result.dataset)).removeprefix("kernel density, ")
        parts.append(climbed if spec.ascent.method == "fixed-point" else f"{climbed}, {spec.ascent.method}")
    if view is not space:
        parts.append(f"seen through {'PCA' if view.name == 'pca' else WHAT[view.name].replace(' map', '')} of the start")
    return " · ".join([*parts, f"seed {spec.seed}"])


def model_in_words(result: Result) -> str:
    """A shipped model by its name; of any other, whose folder says nothing, what it is and how it was trained."""
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
    """What is said beside the picture: the density, its typical bandwidth, effective neighbours, and how far the view can be trusted."""
    density = result.density
    out: dict[str, Any] = {"density": density_in_words(density, len(result.dataset))}
    if result.trajectory.note:
        out["note"] = result.trajectory.note
    bandwidths = getattr(density, "bandwidths", None)
    if bandwidths is not None:
        out["bandwidth"] = float(np.median(bandwidths))
    if hasattr(density, "effective_neighbours"):
        some = np.random.default_rng(0).permutation(len(result.dataset))[:SAMPLE]
        for name, frame in (("start", 0), ("end", -1)):
            at = result.trajectory.frame(frame)[some]
            blurred = result.spec.ascent is not None and result.spec.ascent.method == "blurring"
            field = density.recentred(result.trajectory.frame(frame)) if blurred else density
            out[f"neighbours_{name}"] = float(np.median(field.effective_neighbours(at)))
    if view.name not in ("latent", "data"):
        out["kept"] = view.faithfulness(sample=SAMPLE if view.source.shape[1] <= 32 else SAMPLE // 10)
    if result.own_clusters is not None:
        out["own"] = own_in_words(result.own_clusters)
    return out


def own_in_words(own: dict[str, Any]) -> str:
    """What `Result.own_clusters` says, as a sentence."""
    name = kind_name(own["kind"])
    scored = f", ACC {own['acc']:.3f}" if "acc" in own else ""
    return f"{name}'s own clusters, before any climb: {own['used']} of the {own['given']} it was given are used{scored}."
