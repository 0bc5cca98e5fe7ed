"""Generation by cluster: draws from each, and its mode (the summit) beside the mean of its members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.checks import check_int, check_number, check_seed
from vaegc.datasets import Dataset
from vaegc.errors import NotSupported
from vaegc.generation.decoding import climbs_data, data_at, decode, has_latent, invert_space
from vaegc.generation.image_grid import GridRow, ImageGrid
from vaegc.generation.places import provenance
from vaegc.models import kind_name
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAX_DRAWS_PER_CLUSTER = 1000
MIXTURES = ("vade", "gmvae")  # kinds whose prior has components to draw from


@dataclass(frozen=True, slots=True)
class ClustersAtEps:
    """The counted clusters at one ε after the climb (those of at least min_size), largest first."""

    eps: float
    labels: np.ndarray  # (N,) cluster of every point, 0 the largest; -1: noise, or in a cluster too small to count
    members: tuple[np.ndarray, ...]  # indices of the points of each
    representatives: np.ndarray  # (K,) core point of each that was densest at the start; the cluster takes its colour
    summits: np.ndarray  # (K,) member of each that is densest after the climb

    def __len__(self) -> int:
        return len(self.members)


def clusters_at_eps(result: Result, eps: float | None = None) -> ClustersAtEps:
    """Return the counted clusters at an ε.

    Parameters
    ----------
    result
        What the experiment gave.
    eps
        Radius of DBSCAN; None: the spec's, else the suggestion's.

    Raises
    ------
    NotSupported
        There is no readable plateau and no ε was given, or no cluster is large enough to count.
    """
    radius = result.eps if eps is None else check_number(eps, "ε", 0, open_low=True)
    if radius is None:
        raise NotSupported(
            f"There are no clusters without an ε: {result.suggestion.reason} Set clustering.eps, or choose one in Explore."
        )
    found = result.sweep.labels_at(radius, min_size=result.spec.clustering.min_size)
    counts = np.bincount(found[found >= 0])
    if not len(counts):
        raise NotSupported(f"At ε = {radius:.4g} no cluster is large enough to count; choose another ε in Explore.")
    order = np.argsort(-counts, kind="stable")
    number = np.empty(len(order), np.int64)
    number[order] = np.arange(len(order))
    labels = np.where(found >= 0, number[found], -1)
    members = tuple(np.flatnonzero(labels == k) for k in range(len(order)))
    path, core = result.trajectory, result.sweep.core_distances_
    first, last = path.log_density[0], path.log_density[-1]
    within = [some[core[some] <= radius] for some in members]
    representatives = np.array([some[np.argmax(first[some])] for some in within])
    summits = np.array([some[np.argmax(last[some])] for some in members])
    return ClustersAtEps(radius, labels, members, representatives, summits)


def cluster_samples(result: Result, per_cluster: int = 10, seed: int = 0, eps: float | None = None) -> ImageGrid:
    """Draw from each cluster and decode: one row of the grid for each.

    Parameters
    ----------
    result
        What the experiment gave.
    per_cluster
        Draws of each, 1 to 1,000.
    seed
        Of the draws.
    eps
        As in `clusters_at_eps`; a model with components of its own needs none.

    Raises
    ------
    BadInput
        `per_cluster`, `seed` or `eps` is out of range.
    NotSupported
        What is climbed is no sum of kernels around the points (log p(x), the ELBO) and the model has no components of its own; or
        its decoder does not fit (DEC).

    Notes
    -----
    VaDE and GMVAE: draws from the components of their prior. All others: draws from the density that was climbed. A member of the cluster
    is chosen, every one as likely, since each has the same weight in the density, and noise of the Gaussian that the density puts around
    it is added: that is the part of the density that the cluster's members hold.
    """
    check_int(per_cluster, "per_cluster", 1, MAX_DRAWS_PER_CLUSTER)
    check_seed(seed)
    model = result.model
    if model is not None and model.kind in MIXTURES and has_latent(result):
        return _draw_from_components(result, per_cluster, seed)
    density = result.density
    if climbs_data(result) or len(getattr(density, "centers", ())) != len(result.dataset):
        raise NotSupported(
            "What is climbed here is no sum of kernels around the points, so there is nothing to draw from: climb the kernel density."
        )
    clusters = clusters_at_eps(result, eps)
    rng = np.random.default_rng(seed)
    chosen = [some[rng.integers(len(some), size=per_cluster)] for some in clusters.members]
    drawn = density.sample_around(np.concatenate(chosen), rng)
    source, how = invert_space(result.space, drawn)
    decoded = np.split(np.asarray(decode(result, source)), len(clusters))
    rows = tuple(
        GridRow(f"Cluster {k + 1}", f"{counted(len(some), 'point')}", own, int(clusters.representatives[k]), k)
        for k, (some, own) in enumerate(zip(clusters.members, decoded, strict=True))
    )
    prior = "" if model is None or model.kind != "ae" else " A plain autoencoder has no prior of its own to draw from."
    caption = (
        f"Drawn from the {density.name}: a member of the cluster at ε = {clusters.eps:.4g}, every one as likely, plus noise of the Gaussian "
        f"that the density puts around it{', then decoded' if has_latent(result) else ''}.{prior}{' ' if how else ''}{how} "
        f"{counted(per_cluster, 'draw')} of each of {counted(len(clusters), 'cluster')}; {provenance(result, seed)}"
    )
    return ImageGrid("Draws from each cluster", caption, rows)


def modes_and_means(result: Result, eps: float | None = None) -> ImageGrid:
    """Decode the mode (summit) of each cluster beside the mean of its members, and the mean of their data: one row of the grid for each.

    Parameters
    ----------
    result
        What the experiment gave.
    eps
        As in `clusters_at_eps`.

    Raises
    ------
    NotSupported
        As `clusters_at_eps` does, or the model's decoder does not fit (DEC).

    Notes
    -----
    The summit is where the member with the highest density has come to rest; the mean is taken over the members where they began. The mean
    of pictures blurs what differs between them, the picture of the mean need not. True classes are counted in words, for reading.
    """
    clusters = clusters_at_eps(result, eps)
    start = result.space.source
    last = len(result.trajectory) - 1
    summit = data_at(result, clusters.summits, np.full(len(clusters), last))
    mean = np.asarray(decode(result, np.stack([start[some].mean(axis=0) for some in clusters.members])))
    decoded, columns = [summit, mean], ["summit", "mean"]
    if has_latent(result):  # else the two means are one
        decoded.append(np.stack([result.dataset.x[some].mean(axis=0, dtype=np.float64) for some in clusters.members]))
        columns = ["summit", "mean, decoded", "mean of the data"]
    rows = tuple(
        GridRow(
            f"Cluster {k + 1}", f"{counted(len(some), 'point')}{_composition(result.dataset, some)}",
            np.stack([column[k] for column in decoded]), int(clusters.representatives[k]), k,
        )
        for k, some in enumerate(clusters.members)
    )  # fmt: skip
    left = int((clusters.labels < 0).sum())
    caption = (
        f"Summit: where the member with the highest density is after the climb. Mean: of the members' "
        f"{'latent points' if has_latent(result) else 'data'} at the start{', decoded' if has_latent(result) else ''}. "
        f"{counted(len(clusters), 'cluster')} at ε = {clusters.eps:.4g}; {counted(left, 'point', 'are')} in none. {provenance(result)}"
    )
    return ImageGrid("Summit beside mean", caption, rows, tuple(columns))


def _draw_from_components(result: Result, per_cluster: int, seed: int) -> ImageGrid:
    """Draw from the components of the model's own mixture prior."""
    model: Any = result.model
    k = model.config.n_clusters
    weights = model.prior_mixture()[0] if model.kind == "vade" else np.full(k, 1 / k)
    rows = tuple(
        GridRow(f"Component {c + 1}", f"weight {weights[c]:.3f}", model.sample(per_cluster, cluster=c, seed=seed), cluster=c)
        for c in range(k)
    )
    how = {
        "vade": "its Gaussian in the latent space",
        "gmvae": "a style from N(0, I), the same ones for every component, then the content from the component's Gaussian at that style",
    }[model.kind]
    caption = (
        f"Drawn from each component of {kind_name(model.kind)}'s prior: {how}, then decoded. The climb and ε play no part in it. "
        f"{counted(per_cluster, 'draw')} of each of {counted(k, 'component')}; {provenance(result, seed)}"
    )
    return ImageGrid("Draws from each component", caption, rows)


def _composition(data: Dataset, members: np.ndarray) -> str:
    """Share of the largest true class among some points, as the end of a caption."""
    if data.y is None:
        return ""
    classes, counts = np.unique(data.y[members], return_counts=True)
    best = int(np.argmax(counts))
    name = data.class_names[classes[best]] if data.class_names else str(classes[best])
    return f", {100 * counts[best] / len(members):.0f} % of them of class {name}"
