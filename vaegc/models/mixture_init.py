"""Initialisation of VaDE's mixture: whitening of the latent space, and a Gaussian mixture fitted in it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vaegc.errors import Stopped
from vaegc.progress import Callback, Progress, stop_asked

MIXTURE_STARTS = 10  # fits from different random states, of which the likeliest is taken
MAX_EM_STEPS = 200  # of one fit
MAX_EM_POINTS = 20_000  # drawn by the seed, to which the mixture is fitted
COVARIANCE_RIDGE_SHARE = 1e-3  # added to its variances, as a share of the latent means' own
MIN_RIDGE = 1e-6  # added beside it, for points that are all equal
MAX_FULL_COVARIANCE_DIM = 64  # dimensions in which it may have full covariances, if there are points enough
MIN_WHITENED_SHARE = 1e-3  # directions are whitened as if they had at least this share of the widest one's standard deviation
MIXTURE_SEED_STREAM = 4  # makes this generator another one than those of weights, batches, noise and held-out points


def whitening(z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mean (d,) of points (N, d), the matrix (d, d) that gives them unit covariance, and its inverse."""
    center = z.mean(0)
    values, axes = torch.linalg.eigh((z - center).T @ (z - center) / len(z))
    wide = values.clamp_min(0).sqrt()
    # Below what float32 can tell from rounding there is no direction to widen.
    wide = wide.clamp_min(max(MIN_WHITENED_SHARE * float(wide.max()), 1e-5 * float(z.abs().max())) or 1.0)
    return center, axes.T / wide[:, None], axes * wide


def fit_mixture(z: np.ndarray, k: int, seed: int, full: bool, callback: Callback | None) -> np.ndarray:
    """Return the responsibilities (N, K) of the likeliest of several Gaussian mixtures of points (N, d).

    Parameters
    ----------
    z
        Points (N, d).
    k
        Components.
    seed
        Of the random states and of the points drawn.
    full
        Whether covariances are full where there are points enough, else diagonal.
    callback
        Receives a `Progress` before each start; returning True stops.

    Raises
    ------
    Stopped
        The callback asked for it.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if len(z) == 1:  # which no mixture is fitted to
        return np.ones((1, 1))
    rng = np.random.default_rng((seed, MIXTURE_SEED_STREAM))
    some = z if len(z) <= MAX_EM_POINTS else z[np.sort(rng.choice(len(z), MAX_EM_POINTS, replace=False))]
    n, d = some.shape
    kind = "full" if full and d <= MAX_FULL_COVARIANCE_DIM and n >= k * (d + 1) else "diag"
    ridge = COVARIANCE_RIDGE_SHARE * float(some.var(axis=0).mean()) + MIN_RIDGE
    best: Any = None
    # In one thread: several add up their parts in the order in which they finish, and one seed would give several models.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the likeliest counts, converged or not
        for start in range(MIXTURE_STARTS):
            if stop_asked(
                callback, Progress("place", start, MIXTURE_STARTS, f"Placing {k} clusters, start {start + 1} of {MIXTURE_STARTS}")
            ):
                raise Stopped("Stopped while the clusters were being placed.")
            state = int(rng.integers(2**32))
            found = GaussianMixture(k, covariance_type=kind, reg_covar=ridge, max_iter=MAX_EM_STEPS, random_state=state).fit(some)
            best = found if best is None or found.lower_bound_ > best.lower_bound_ else best
    return np.asarray(best.predict_proba(z))
