"""How data of one data set are displayed: as pictures, as points of a plane, or by their most deviating features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaegc.datasets import Dataset
from vaegc.projection import pca_space

PLANE_DIMENSIONS, MAX_POINT_DIMENSIONS = 2, 3  # data of so many features are displayed as points of a plane
MAX_FEATURES = 8  # deviating features that are listed of one point


@dataclass(frozen=True, slots=True)
class FeatureDeviation:
    """One feature of a point, and how far it deviates from the mean of the data."""

    name: str
    value: float
    z_score: float  # deviation from the data's mean, in standard deviations


def display_kind(data: Dataset) -> str:
    """Return how points of these data are displayed: "picture", "point" (of 2 or 3 features) or "features"."""
    if data.image_shape is not None:
        return "picture"
    return "point" if data.x.shape[1] in (PLANE_DIMENSIONS, MAX_POINT_DIMENSIONS) else "features"


def project_to_plane(data: Dataset, x: np.ndarray) -> np.ndarray:
    """Return x (M, D), D = 2 or 3, as places (M, 2): as it is, or on the first two principal components of the data."""
    if data.x.shape[1] == PLANE_DIMENSIONS:
        return np.asarray(x, np.float64)
    return pca_space(data.x.astype(np.float64), PLANE_DIMENSIONS).place(np.asarray(x, np.float64))


def largest_deviations(data: Dataset, x: np.ndarray, max_features: int = MAX_FEATURES) -> list[list[FeatureDeviation]]:
    """Return of each point of x (M, D) the features with the largest absolute z-scores, largest first.

    Means and standard deviations are those of the data; features that are constant in them are left out.
    """
    known = np.asarray(data.x, np.float64)
    mean, sd = known.mean(axis=0), known.std(axis=0)
    varies = np.flatnonzero(sd > 0)
    names = data.features or tuple(f"x{i}" for i in range(known.shape[1]))
    z_scores = (np.asarray(x, np.float64)[:, varies] - mean[varies]) / sd[varies]
    order = np.argsort(-np.abs(z_scores), axis=1, kind="stable")[:, :max_features]
    return [
        [FeatureDeviation(names[varies[j]], float(point[varies[j]]), float(z[j])) for j in largest]
        for point, z, largest in zip(np.asarray(x), z_scores, order, strict=True)
    ]
