"""What does not depend on where data lie, in which unit, in which order and in which memory they come: laws over generated data.

Coordinates are whole multiples of 2^-10 up to 32, so that shifts up to 1e9 and scales by powers of two round nothing.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vaegc
from vaegc import EpsilonSweep, KernelDensity, ascend, eps_floor, robust, score, vote

SHIFTS = [1.0, -4096.0, 1e6, 1_654_272_000.0, 1e9]
SCALES = [2.0**-100, 2.0**-10, 2.0**33, 2.0**100]  # exact
OTHERS = [1e-30, 1e-20, 3.7e-5, 1e12, 1e30]  # each number is rounded
METHODS = ("plateau", "k-distance knee", "HDBSCAN", "PLSCAN", "silhouette", "BIC", "DBCV")


def grouped(seed: int, groups: int, d: int, n: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, d) on a grid in `groups` clusters, and the cluster (n,) of each."""
    rng = np.random.default_rng(seed)
    centres = rng.permutation(np.linspace(-20, 20, groups))[:, None] * np.where(rng.random(d) < 0.5, -1, 1)
    y = np.arange(n) % groups
    return np.round((centres[y] + 0.4 * rng.normal(size=(n, d))) * 1024) / 1024, y


def answers(points: np.ndarray, neighbors: float = 0.2) -> dict[str, object]:
    """What sweep, climb and suggestion say: counts and labels, and lengths in units of the floor."""
    before = EpsilonSweep(min_samples=5).fit(points)
    path = ascend(points, KernelDensity(points, neighbors=neighbors), 8)
    after = path.sweep(min_samples=5)
    out: dict[str, object] = {"floor": 1.0}
    for name, sweep in (("before", before), ("after", after)):
        found = sweep.suggest()
        out[f"{name} K"] = found.n_clusters
        out[f"{name} eps"] = None if found.eps is None else found.eps / before.eps_floor_
        out[f"{name} length"] = found.log_length
        if found.eps is not None:
            out[f"{name} labels"] = sweep.labels_at(found.eps).tolist()
    out["moved"] = (np.linalg.norm(path.frame(-1) - path.start, axis=1) / before.eps_floor_).tolist()
    out["core"] = (np.sort(before.core_distances_) / before.eps_floor_).tolist()
    return out


def same(one: dict[str, object], other: dict[str, object], rtol: float) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        if "labels" in name or "K" in name or value is None:
            assert other[name] == value, name
        else:
            np.testing.assert_allclose(other[name], value, rtol=rtol, atol=rtol, err_msg=name)


cases = given(seed=st.integers(0, 10**6), groups=st.integers(1, 5), d=st.sampled_from([1, 2, 3, 9, 20]))
few = settings(max_examples=12, deadline=None, derandomize=True)  # rounding could tip what is close to a threshold


@few
@cases
@pytest.mark.parametrize("shift", SHIFTS)
def test_a_shift_changes_nothing(shift, seed, groups, d):
    x, _ = grouped(seed, groups, d)
    same(answers(x), answers(x + shift), 1e-3)  # places far from 0 are rounded: of a floor of 0.005 at 1e9 by 2e-5
    np.testing.assert_array_equal(robust.location(x + shift), robust.location(x) + shift)
    assert eps_floor(x + shift) == eps_floor(x)


@few
@cases
@pytest.mark.parametrize(("scale", "rounding"), [*((scale, 0.0) for scale in SCALES), *((scale, 1e-12) for scale in OTHERS)])
def test_a_scale_changes_the_unit_only(scale, rounding, seed, groups, d):
    x, _ = grouped(seed, groups, d)
    same(answers(x), answers(x * scale), 1e-5 if rounding else 1e-9)
    np.testing.assert_allclose(eps_floor(x * scale), eps_floor(x) * scale, rtol=rounding)


@few
@cases
def test_the_order_of_the_points_changes_nothing(seed, groups, d):
    x, _ = grouped(seed, groups, d)
    order = np.random.default_rng(seed).permutation(len(x))
    one, other = answers(x), answers(x[order])
    for name in ("before labels", "after labels"):
        if name in one:
            assert score(np.array(one.pop(name))[order], other.pop(name)).ari == 1.0
    one["moved"] = np.array(one["moved"])[order].tolist()
    same(one, other, 1e-6)
    assert eps_floor(x[order]) == eps_floor(x)


@few
@cases
def test_two_of_each_point_say_what_one_of_each_says(seed, groups, d):
    x, _ = grouped(seed, groups, d)
    twice = np.concatenate([x, x])
    one, two = EpsilonSweep(5).fit(x), EpsilonSweep(10).fit(twice)
    assert two.eps_floor_ == one.eps_floor_
    np.testing.assert_array_equal(two.core_distances_, np.tile(one.core_distances_, 2))
    for eps in np.unique(one.core_distances_)[::17]:
        np.testing.assert_array_equal(two.labels_at(eps * (1 + 1e-9)), np.tile(one.labels_at(eps * (1 + 1e-9)), 2))
    assert (two.suggest().n_clusters, two.suggest().eps) == (one.suggest().n_clusters, one.suggest().eps)
    paths = ascend(x, KernelDensity(x, neighbors=6), 5), ascend(twice, KernelDensity(twice, neighbors=12), 5)
    np.testing.assert_allclose(paths[1].frame(-1), np.tile(paths[0].frame(-1), (2, 1)), atol=1e-5)


KINDS = {
    "float32": lambda x: x.astype(np.float32),
    "Fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(np.repeat(x, 2, axis=0), 3, axis=1)[::2, ::3],
    "reversed": lambda x: x[::-1].copy()[::-1],
    "read-only": lambda x: (x.setflags(write=False), x)[1],
    "big-endian": lambda x: x.astype(">f8"),
    "big-endian float32": lambda x: x.astype(">f4"),
    "list": lambda x: x.tolist(),
    "object": lambda x: x.astype(object),
}


@pytest.mark.parametrize("kind", KINDS)
@few
@cases
def test_memory_layout_and_type_change_nothing(kind, seed, groups, d):
    x, _ = grouped(seed, groups, d)
    other = KINDS[kind](x.copy())
    assert answers(other) == answers(x)
    assert eps_floor(other) == eps_floor(x)
    path = ascend(other, KernelDensity(other, 5), 2)
    np.testing.assert_array_equal(path.points, ascend(x, KernelDensity(x, 5), 2).points)


def votes(points: np.ndarray) -> list[object]:
    table = vote(points, methods=METHODS, min_samples=5, max_clusters=6)
    return table["n_clusters"].astype(object).where(table["n_clusters"].notna(), None).tolist()


@pytest.mark.parametrize("groups", [2, 3, 5])
@pytest.mark.parametrize("d", [1, 2, 6])
def test_votes_depend_neither_on_place_nor_unit_nor_order(groups, d):
    x, _ = grouped(7 * groups + d, groups, d)
    x = x + np.random.default_rng(1).uniform(0, 1e-3, x.shape)  # no ties: a tree of equal distances may be any of several
    here = votes(x)
    order = np.random.default_rng(0).permutation(len(x))
    for change in (
        x + 1e9,
        x - 4096.0,
        x * 2.0**-100,
        x * 1e-30,
        x * 1e30,
        x * 1e-20,
        np.asfortranarray(x),
        x.astype(">f8"),
        x[order],
    ):
        assert votes(change) == here


def test_three_bursts_at_unix_times_are_three_clusters_everywhere():
    rng = np.random.default_rng(0)
    x = np.c_[1.7e9 + np.repeat([0.0, 40.0, 80.0], 100) + rng.normal(0, 2, 300), rng.normal(0, 2, 300)]
    data = vaegc.Dataset(x=x)
    np.testing.assert_array_equal(data.x, x)
    spec = vaegc.Experiment(dataset=data, model=None)
    for ascent in (None, vaegc.AscentConfig(neighbors=30)):
        result = vaegc.Experiment(dataset=data, model=None, ascent=ascent).run()
        assert result.suggestion.n_clusters == 3
        assert score(np.repeat([0, 1, 2], 100), result.sweep.labels_at(result.suggestion.eps)).ari > 0.95
    assert spec.load() is data or np.array_equal(spec.load().x, x)


def test_trees_at_a_utm_northing_stand_where_they_stand():
    rng = np.random.default_rng(1)
    x = np.concatenate([np.array([448_262.13, 5_411_932.87 + 0.9 * i]) + rng.normal(0, 0.05, (100, 2)) for i in range(4)])
    for points in (x, vaegc.Dataset(x=x).x):
        assert EpsilonSweep(min_samples=10).fit(points).suggest().n_clusters == 4


def test_one_wild_row_hides_nothing():
    rng = np.random.default_rng(0)
    blobs = np.concatenate([rng.normal(m, 0.3, (200, 2)) for m in ((0, 0), (5, 0), (0, 5))])
    alone = EpsilonSweep().fit(blobs)
    for far in (1e3, 1e5, 1e6, 1e12, 1e30):
        x = np.concatenate([blobs, [[far, far]]])
        sweep = EpsilonSweep().fit(x)
        assert sweep.suggest().n_clusters == 3
        np.testing.assert_allclose(sweep.eps_floor_, alone.eps_floor_, rtol=0.05)
        path = ascend(x, KernelDensity(x, 20), 20)
        assert path.sweep().suggest().n_clusters == 3
        np.testing.assert_allclose(path.frame(-1)[:-1], ascend(blobs, KernelDensity(blobs, 20), 20).frame(-1), atol=1e-3)


def test_the_scale_is_that_of_the_points_that_differ():
    x = np.concatenate([np.zeros((60, 2)), np.ones((10, 2)) * [3.0, 4.0]])
    assert robust.scale(x) == 5.0  # more than half lie on the median
    assert robust.scale(np.ones((5, 3))) == 0.0
    assert robust.scale(np.array([[-1.5e308], [1.5e308], [1.5e308]])) > 1e308  # whose difference is no number


@pytest.mark.parametrize(("offset", "coarse"), [(0.0, False), (1.7e9, True)])
def test_rounding_is_told_as_a_share_of_the_distance_between_neighbours(offset, coarse):
    x = np.random.default_rng(0).normal(size=(300, 2)) + np.array([offset, 0.0])
    assert (robust.rounding(x) > robust.NOTABLE_ROUNDING) == coarse
    assert robust.rounding(x, robust.location(x)) < robust.NOTABLE_ROUNDING
