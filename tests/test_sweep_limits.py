"""A suggestion names each limit that decided it, and what would be read beyond."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vaegc import EpsilonSweep, suggest_family
from vaegc.sweep import Suggestion


def grid(columns: int, rows: int, each: int, seed: int = 0) -> np.ndarray:
    """Equal blobs of sd .6 on a grid, 10 apart."""
    centres = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2) * 10.0
    return np.repeat(centres, each, axis=0) + np.random.default_rng(seed).normal(0, 0.6, (columns * rows * each, 2))


def blobs(n: int = 240, seed: int = 0) -> np.ndarray:
    """Three far groups of sd 1."""
    return np.random.default_rng(seed).normal(size=(n, 2)) + 20 * np.array([[0, 0], [1, 1], [2, 0]])[np.arange(n) % 3]


def suggested(points: np.ndarray, floor: float | None = None, **how: float) -> Suggestion:
    return EpsilonSweep(eps_floor=floor).fit(points).suggest(**how)


def test_clusters_too_small_to_count_are_named_with_the_number_beyond():
    points = grid(12, 10, 30)
    said = suggested(points)
    assert said.n_clusters is None
    (limit,) = said.limits
    assert limit.startswith(
        "Clusters under 1 % of the points (36) are not counted, so no more than 100 can be; with them, 120 clusters hold while ε grows by"
    )
    assert said.reason.endswith(limit)
    counted = suggested(points, min_size=1)
    assert (counted.n_clusters, counted.limits) == (120, ())


def test_rare_groups_beside_a_big_one_are_named():
    rng = np.random.default_rng(0)
    rare = [rng.normal(m, 0.05, (30, 2)) for m in ((8, 8), (-8, 8), (8, -8))]
    said = suggested(np.vstack([rng.normal(size=(5000, 2)), *rare]))
    assert said.n_clusters is None
    assert "Clusters under 1 % of the points (51) are not counted; with them, 4 clusters hold" in said.reason
    by_count = suggested(np.vstack([rng.normal(size=(5000, 2)), *rare]), min_size=60)
    assert "Clusters under 60 points are not counted; with them, 4 clusters hold" in by_count.reason


def test_noise_above_the_limit_is_named_with_the_least_there_is():
    points = np.vstack([blobs(), np.random.default_rng(5).uniform(-20, 60, (80, 2))])
    said = suggested(points)
    assert said.n_clusters is None
    (limit,) = said.limits
    assert limit.startswith(
        "Any ε at which more than 10 % of the points are in no counted cluster is left out; with it, 3 clusters hold while ε grows by"
    )
    assert suggested(points, max_noise=0.3).n_clusters == 3


def test_two_limits_that_decide_together_are_named_together():
    points = np.vstack([grid(12, 10, 30), np.random.default_rng(0).uniform(-5, 125, (900, 2))])
    (limit,) = suggested(points).limits
    assert limit.startswith(
        "Clusters under 1 % of the points (45) are not counted, so no more than 100 can be, and any ε at which more"
    )
    assert "with both, 120 clusters hold" in limit


def test_a_floor_that_removed_or_cut_a_plateau_is_named():
    cut = suggested(blobs(), floor=15.0)
    assert cut.n_clusters is None
    assert cut.limits[0].startswith("ε below 15 is not looked at; with it, 3 clusters hold while ε grows by a factor of")
    removed = suggested(blobs(), floor=1e3)
    assert removed.reason.startswith(
        "No readable plateau: at no ε above 1e+03 are there two or more clusters of at least 1 % of the points"
    )
    assert removed.limits[0].startswith("ε below 1e+03 is not looked at; with it, 3 clusters hold")


def test_where_no_limit_decided_none_is_named():
    said = suggested(blobs())
    assert (said.n_clusters, said.limits) == (3, ())
    gaussian = suggested(np.random.default_rng(0).normal(size=(2000, 2)))
    assert (gaussian.n_clusters, gaussian.limits) == (None, ())
    assert gaussian.reason.startswith(
        "No readable plateau: at every ε with two or more clusters more than 10 % of the points are noise or in clusters too small to "
        "count (at best "
    )


def test_one_wild_row_hides_nothing():
    said = suggested(np.vstack([blobs(), [[1e6, 1e6]]]))
    assert said.n_clusters == 3


def test_limits_are_plain_data():
    said = suggested(grid(12, 10, 30))
    assert json.loads(json.dumps(said.to_dict()))["limits"] == list(said.limits)


@pytest.mark.parametrize("many", [1, 3])
def test_a_family_names_the_limits_of_its_slices(many):
    sweeps = [EpsilonSweep(m).fit(grid(12, 10, 30)) for m in (5, 8, 10)[:many]]
    said = suggest_family(sweeps)
    assert said.n_clusters is None
    assert (
        "Clusters under 1 % of the points (36) are not counted, so no more than 100 can be; with them, 120 clusters"
        in said.reason
    )
    assert said.reason.endswith(said.limits[-1])
    if many > 1:
        assert "In 3 of 3 slices limits decided" in said.limits[0]
