"""Robust location and scale of points, and the rounding that float32 would do to them.

What is measured from here is the same wherever the data lie and in whichever unit: the location is a value of the data themselves, so
that subtracting it is exact whenever shifting the data was, and one wild row moves neither of the two.
"""

from __future__ import annotations

import numpy as np

EPS32 = 2.0**-24  # largest relative rounding of a number in float32
MAX_MAGNITUDE = 1e100  # of a number: distances are squared and summed
NOTABLE_ROUNDING = 1e-3  # of the median distance to the nearest other point: rounding beyond is told
MAX_PROBES = 64  # points whose nearest neighbour is looked for
MAX_PROBED_NUMBERS = 1_000_000  # among which it is looked for


def location(points: np.ndarray) -> np.ndarray:
    """Columnwise lower median (d,) float64 of (N, d) points."""
    middle = (len(points) - 1) // 2
    return np.partition(points, middle, axis=0)[middle].astype(np.float64)


def exponent(largest: float) -> int:
    """Power of two that brings a largest value near 1; 0 for 0."""
    return int(np.frexp(largest)[1]) if largest > 0 else 0


def scale(points: np.ndarray, centre: np.ndarray | None = None) -> float:
    """Median Euclidean distance of (N, d) points to `centre`, None for their `location`; 0 where all points are equal.

    Where half of the points or more lie on the centre, the median of the positive distances.
    """
    centre = location(points) if centre is None else centre
    with np.errstate(over="ignore"):
        offset = points / 2 - centre / 2  # halves: the difference of two large numbers need not be a number
    largest = exponent(float(np.abs(offset).max()))
    offset = np.ldexp(offset, -largest)
    distance = np.sqrt(np.einsum("ij,ij->i", offset, offset))
    middle = float(np.median(distance))
    if middle == 0.0 and (distance > 0).any():
        middle = float(np.median(distance[distance > 0]))
    with np.errstate(over="ignore"):
        return min(float(np.ldexp(middle, largest + 1)), float(np.finfo(float).max))


def unit(spread: float) -> float:
    """Power of two near a scale, so that dividing by it rounds nothing; 1 for 0."""
    return float(np.ldexp(1.0, exponent(spread)))


def standardized(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Points (N, d) float64 around 0 and of a scale of about 1, with the location (d,) and the unit that undo it.

    The unit is that of `unit`.
    """
    centre = location(points)
    one = unit(scale(points, centre))
    return (points - centre) / one, centre, one


def nearest_distances(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (P,) of up to 64 evenly spaced points, and the distance (P,) of each to the nearest other point that differs.

    Exact distances among (N, d) float64 points; of more than a million numbers, among an evenly spaced part of the points, which in
    many dimensions hardly matters. Rows whose point equals all others are left out.
    """
    n, d = points.shape
    part = points[:: max(1, -(-n * d // MAX_PROBED_NUMBERS))]
    found, apart = [], []
    for row in np.unique(np.linspace(0, n - 1, min(MAX_PROBES, n)).astype(int)):
        offset = part / 2 - points[row] / 2  # halves: the difference of two large numbers need not be a number
        away = np.abs(offset).max(axis=1)
        if not (away > 0).any():
            continue
        unit = away[away > 0].min()  # squares of what is near must be numbers
        near = (away > 0) & (away <= unit * np.sqrt(d))
        found.append(row)
        apart.append(2 * unit * np.sqrt(((offset[near] / unit) ** 2).sum(axis=1).min()))
    return np.array(found, int), np.array(apart)


def rounding(points: np.ndarray, centre: np.ndarray | None = None) -> float:
    """How coarse float32 is for (N, d) points minus `centre` (None: as they are).

    Returns the median of the largest rounding of a coordinate as a share of the distance to the nearest other point that differs (see
    `nearest_distances`); 0 where no two points differ.
    """
    rows, apart = nearest_distances(points.astype(np.float64, copy=False))
    if not len(rows):
        return 0.0
    kept = points[rows] if centre is None else points[rows] - centre
    return float(np.median(np.abs(kept).max(axis=1) * EPS32 / apart))
