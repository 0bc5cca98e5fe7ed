"""Colours of clusters: fixed for a scene, shared by points that take over from each other, different where clusters are seen together."""

import numpy as np
import pytest

from vaegc import EpsilonSweep, Experiment
from vaegc.web.colours import stable_colors

PALETTE = 10


def colours_of(points, rank, min_samples=2, min_size=2, palette=PALETTE):
    sweeps = [EpsilonSweep(min_samples=min_samples, eps_floor=0).fit(np.asarray(frame, float)) for frame in points]
    ranges = [sweep.eps_range() for sweep in sweeps]
    span = min(r[0] for r in ranges), max(r[1] for r in ranges)
    rank = np.asarray(rank)
    return stable_colors(sweeps, rank, np.argsort(np.argsort(rank)), span, min_size, palette)


def test_a_point_that_takes_over_without_a_merge_keeps_the_colour():
    # The fifth point ranks highest, but is core only at 1.6, where the cluster has long been there under the first.
    line = [[0.0], [1.0], [2.0], [3.0], [4.6], [40.0], [41.0], [42.0]]
    found = colours_of([line], [1, 2, 3, 4, 0, 5, 6, 7])
    assert found[4] == found[0]
    assert found[5] != found[0]


def test_a_point_that_takes_over_from_one_step_to_the_next_keeps_the_colour():
    first = [[0.0], [1.0], [2.0], [9.0], [40.0], [41.0], [42.0], [60.0]]
    second = [[0.0], [1.0], [2.0], [1.5], [40.0], [41.0], [42.0], [60.0]]  # the fourth has come along and ranks highest
    found = colours_of([first, second], [1, 2, 3, 0, 4, 5, 6, 7])
    assert found[3] == found[0]
    assert found[4] != found[0]


def test_clusters_that_merge_as_equals_keep_colours_of_their_own():
    found = colours_of([[[0.0], [1.0], [2.0], [10.0], [11.0], [12.0]]], [0, 1, 2, 3, 4, 5])
    assert found[0] != found[3]


@pytest.mark.parametrize("space", ["latent", "umap"])
def test_clusters_of_the_longest_plateau_have_different_colours(space):
    result = Experiment(space=space).run()
    scene = result.scene()
    rank = np.empty(len(scene.log_density[0]), np.int64)
    rank[np.argsort(-scene.log_density[0], kind="stable")] = np.arange(len(rank))
    sweeps = [tree.sweep for tree in scene.trees]
    again = [stable_colors(sweeps, rank, np.argsort(np.argsort(rank)), scene.eps_range(), 0.01, PALETTE) for _ in range(2)]
    np.testing.assert_array_equal(*again)
    assert again[0].max() < PALETTE
    labels = result.sweep.labels_at(result.suggestion.eps, min_size=0.01)
    core = result.sweep.core_distances_ <= result.suggestion.eps
    leaders = [int(min(np.flatnonzero((labels == k) & core), key=lambda i: rank[i])) for k in range(result.suggestion.n_clusters)]
    assert len(set(again[0][leaders])) == min(PALETTE, len(leaders))


def test_without_a_range_of_eps_colours_are_those_of_the_slots():
    sweep = EpsilonSweep(min_samples=2).fit(np.zeros((4, 1)))
    assert stable_colors([sweep], np.arange(4), np.array([3, 1, 0, 2]), None, 1, 3).tolist() == [0, 1, 0, 2]


@pytest.mark.parametrize("space", ["latent", "umap"])
def test_where_there_are_colours_enough_two_clusters_rarely_share_one(space):
    scene = Experiment(space=space).run().scene()
    rank = np.empty(len(scene.log_density[0]), np.int64)
    rank[np.argsort(-scene.log_density[0], kind="stable")] = np.arange(len(rank))
    sweeps, span = [tree.sweep for tree in scene.trees], scene.eps_range()
    found = stable_colors(sweeps, rank, np.argsort(np.argsort(rank)), span, 0.01, PALETTE)
    states = shared = 0
    for sweep in sweeps:
        for eps in np.geomspace(*span, 30):
            labels = sweep.labels_at(eps, min_size=0.01)
            inside = np.flatnonzero((labels >= 0) & (sweep.core_distances_ <= eps))
            best = inside[np.argsort(rank[inside])]
            leaders = best[np.unique(labels[best], return_index=True)[1]]
            if 2 <= len(leaders) <= PALETTE:
                states += 1
                shared += len(set(found[leaders])) < len(leaders)
    assert states > 300
    assert shared <= 0.03 * states
