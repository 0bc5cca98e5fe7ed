"""Generated 2-D sets with known classes: each shows one strength or one failure of density clustering."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Shape = Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


def _classes(n: int, k: int) -> np.ndarray:
    return np.arange(n) % k


def blobs(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Eight round groups on a jittered ring and its inside; neighbouring groups touch."""
    y = _classes(n, 8)
    angle = 2 * np.pi * np.arange(7) / 7
    centers = np.concatenate([3.2 * np.c_[np.cos(angle), np.sin(angle)], [[0.0, 0.0]]])
    return centers[y] + 0.62 * rng.standard_normal((n, 2)), y


def moons(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles."""
    y, t = _classes(n, 2), np.pi * rng.random(n)
    x = np.where(y[:, None] == 0, np.c_[np.cos(t), np.sin(t)], np.c_[1 - np.cos(t), 0.5 - np.sin(t)])
    return x + 0.09 * rng.standard_normal((n, 2)), y


def rings(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Three concentric circles; no centroid can tell them apart."""
    y, t = _classes(n, 3), 2 * np.pi * rng.random(n)
    radius = (1.0 + y)[:, None] * np.c_[np.cos(t), np.sin(t)]
    return radius + 0.09 * rng.standard_normal((n, 2)), y


def spiral(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Three arms that wind around each other."""
    y, t = _classes(n, 3), np.sqrt(rng.random(n))
    turn = 3.4 * t + 2 * np.pi * y / 3
    return (3 * t)[:, None] * np.c_[np.cos(turn), np.sin(turn)] + 0.07 * rng.standard_normal((n, 2)), y


def nested(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A dense group inside a wide sparse one: one radius cannot show both."""
    y = _classes(n, 2)
    spread = np.where(y == 0, 0.25, 2.5)[:, None]
    return spread * rng.standard_normal((n, 2)), y


def uneven(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Four groups of very different size and density."""
    y = rng.choice(4, size=n, p=[0.55, 0.25, 0.15, 0.05])
    centers = np.array([[0.0, 0.0], [4.0, 0.5], [2.0, 4.0], [5.5, 4.5]])
    spread = np.array([0.9, 0.45, 0.3, 0.15])
    return centers[y] + spread[y][:, None] * rng.standard_normal((n, 2)), y


def arcs(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Arcs of five circles that meet in the middle: the "spiral" of the GMVAE paper (1611.02648), which takes 10,000 points.

    The paper gives no formula. Here the circles have radius 1.5 and pass through the origin; an arc is the part from 0.35 to 1.9 rad.
    """
    y, t = _classes(n, 5), 0.35 + 1.55 * rng.random(n)
    middle = 2 * np.pi * y / 5  # direction of each circle's centre
    turn = middle + np.pi + t  # at t = 0 the circle is at the origin
    x = 1.5 * np.c_[np.cos(middle) + np.cos(turn), np.sin(middle) + np.sin(turn)]
    return x + 0.06 * rng.standard_normal((n, 2)), y


SHAPES: dict[str, Shape] = {
    "blobs": blobs, "moons": moons, "rings": rings, "spiral": spiral, "nested": nested, "uneven": uneven,
    "arcs": arcs,
}  # fmt: skip
