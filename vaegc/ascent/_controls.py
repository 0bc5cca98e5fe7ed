"""Null controls of an ascent: the same points, moved as far, but not uphill."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaegc.ascent._trajectory import Trajectory
from vaegc.checks import check_choice, check_int, check_seed
from vaegc.errors import NotSupported

CONTROLS = ("random", "shrink")


def control(path: Trajectory, kind: str, density: Any = None, neighbors: int = 10, seed: int = 0) -> Trajectory:
    """Null control: move the start of a climb as far as the climb did, elsewhere.

    Parameters
    ----------
    path
        The climb, from its start on.
    kind
        - ``"random"``: each point goes straight in one random direction; in every frame it is as far from its start as in the climb.
        - ``"shrink"``: each point goes straight to the mean of its own `neighbors` nearest start points, as far as in the climb, but
          not beyond that mean.
    density
        Gives the log density of the frames; without one it is NaN.
    neighbors
        Of "shrink", the point itself not counted.
    seed
        Of "random".

    Returns
    -------
    Trajectory
        With the steps of `path`.

    Raises
    ------
    BadInput
        There is no such kind, or `neighbors` or `seed` is no count.
    NotSupported
        The climb moved data.

    Notes
    -----
    What such a trajectory shows (longer plateaus for instance) is not due to the density.
    """
    check_choice(kind, "kind", CONTROLS)
    if path.data_frames is not None:
        raise NotSupported("Controls move points in the space where they are swept; this climb moved data.")
    start = path.frame(0)
    far = np.linalg.norm(path.points - start, axis=2)  # (T+1, N)
    if kind == "random":
        way = np.random.default_rng(check_seed(seed)).standard_normal(start.shape)
        reach = np.full(len(start), np.inf)
    else:
        from sklearn.neighbors import KDTree

        k = min(check_int(neighbors, "neighbors", 1), len(start) - 1)
        nearest = KDTree(start).query(start, k=k + 1)[1]
        # With duplicates the point itself need not come first; leaving out the first then leaves out a twin, which is as good.
        way = start[nearest[:, 1:]].mean(axis=1) - start if k else np.zeros_like(start)
        reach = np.linalg.norm(way, axis=1)
    size = np.linalg.norm(way, axis=1, keepdims=True)
    way = np.divide(way, size, out=np.zeros_like(way), where=size > 0)
    frames = start + np.minimum(far, reach)[:, :, None] * way
    logs = np.stack([density.log_prob(f) for f in frames]) if density is not None else np.full(far.shape, np.nan)
    return Trajectory(frames, logs, path.steps, path.stopped, eps_floor=path.eps_floor)
