"""How rows of data are shown: as pictures, as points of a plane, or by the few features that tell them apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaegc.datasets import Dataset
from vaegc.projection import pca_space

FLAT, SOLID = 2, 3  # dimensions of data that are points of a plane
TELLING = 8  # features that tell a row


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a row."""

    name: str
    value: float
    away: float  # from the data's mean, in standard deviations


def kind_of(data: Dataset) -> str:
    """Return how rows of these data are shown: "picture", "point" (of 2 or 3 features) or "features"."""
    if data.image_shape is not None:
        return "picture"
    return "point" if data.x.shape[1] in (FLAT, SOLID) else "features"


def in_data_plane(data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return rows (M, D) of data of 2 or 3 features as places (M, 2): as they are, or in the data's first two principal components."""
    if data.x.shape[1] == FLAT:
        return np.asarray(rows, np.float64)
    return pca_space(data.x.astype(np.float64), FLAT).place(np.asarray(rows, np.float64))


def telling_features(data: Dataset, rows: np.ndarray, most: int = TELLING) -> list[list[Feature]]:
    """Return, of each row (M, D), the features farthest from the mean of the data, in standard deviations, farthest first.

    Features that never change in the data tell nothing and are left out.
    """
    x = np.asarray(data.x, np.float64)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    varies = np.flatnonzero(spread > 0)
    names = data.features or tuple(f"x{i}" for i in range(x.shape[1]))
    away = (np.asarray(rows, np.float64)[:, varies] - mean[varies]) / spread[varies]
    order = np.argsort(-np.abs(away), axis=1, kind="stable")[:, :most]
    return [
        [Feature(names[varies[j]], float(row[varies[j]]), float(z[j])) for j in best]
        for row, z, best in zip(np.asarray(rows), away, order, strict=True)
    ]
