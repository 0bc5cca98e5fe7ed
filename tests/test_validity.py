"""The checkers of `validity.py` take what the package makes, and refuse every damage that they name."""

from __future__ import annotations

import copy
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vaegc import (
    AscentConfig,
    ClusterConfig,
    EpsilonSweep,
    Experiment,
    KernelDensity,
    KSelection,
    Scene,
    Suggestion,
    Trajectory,
    ascend,
    choose,
    vote,
)
from vaegc.ascent._frames import Frames
from vaegc.web import Tree, pack
from validity import unpack, valid_choice, valid_scene, valid_suggestion, valid_trajectory, valid_tree

SPEC = Experiment(
    dataset="blobs", n=120, model=None, ascent=AscentConfig(neighbors=0.04, steps=6), clustering=ClusterConfig(min_samples=5)
)


def blobs(n: int = 60, d: int = 2) -> np.ndarray:
    """Three groups of points (n, d)."""
    return np.random.default_rng(0).normal(size=(n, d)) + 8.0 * (np.arange(n) % 3)[:, None]


@pytest.fixture(scope="module")
def sweep() -> EpsilonSweep:
    return EpsilonSweep(min_samples=5).fit(blobs())


@pytest.fixture(scope="module")
def path() -> Trajectory:
    points = blobs()
    return ascend(points, KernelDensity(points, neighbors=8), 6, keep_every=2)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return SPEC.run().scene()


@pytest.fixture(scope="module")
def packed(scene) -> bytes:
    return pack(scene)


@pytest.fixture(scope="module")
def selection() -> KSelection:
    with pytest.MonkeyPatch.context() as patch:  # the slow votes are tried at few numbers
        patch.setattr("vaegc.selection.builder.vote", lambda *a, **k: vote(*a, **{**k, "max_clusters": 4}))
        return choose(SPEC)


# --- what is right passes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [0.0, 1e9])
@pytest.mark.parametrize("d", [1, 2, 20])
@pytest.mark.parametrize("samples", [1, 2, 10, 60, 61])
def test_every_sweep_is_valid(samples, d, shift):
    valid_tree(EpsilonSweep(min_samples=samples).fit(blobs(d=d) + shift))


@pytest.mark.parametrize(
    "points", [np.zeros((7, 2)), np.repeat(blobs(20), 3, axis=0), np.ones((1, 3)), blobs() * 1e-200, blobs() * 1e200, blobs(450)]
)
def test_sweeps_of_odd_points_are_valid(points):
    valid_tree(EpsilonSweep(min_samples=3).fit(points))


@pytest.mark.parametrize(("steps", "keep_every"), [(0, 1), (1, 3), (6, 2), (7, 3)])
def test_every_climb_is_valid(steps, keep_every):
    points = blobs()
    path = ascend(points, KernelDensity(points, neighbors=8), steps, keep_every=keep_every)
    valid_trajectory(path, steps, keep_every)
    for part in (path[-1], path[:2], path[1:] if len(path) > 1 else path):
        valid_trajectory(part)


def test_a_stopped_climb_is_valid():
    points = blobs()
    path = ascend(points, KernelDensity(points, neighbors=8), 9, callback=lambda event: event.done == 4)
    assert valid_trajectory(path, 9).stopped


def test_scenes_are_valid(scene, packed):
    assert valid_scene(scene) is scene
    assert valid_scene(packed) is packed


def test_choices_are_valid(selection):
    assert valid_choice(selection) is selection


# --- what is damaged does not -------------------------------------------------------------------------------------------


def changed(array: np.ndarray, where: Any, value: Any) -> np.ndarray:
    """The array with one place changed."""
    other = array.copy()
    other[where] = value
    return other


def edge(tree: np.ndarray, field: str, where: int, value: float) -> np.ndarray:
    other = tree.copy()
    other[field][where] = value
    return other


def damaged(thing: Any, **values: Any) -> Any:
    """A shallow copy with other attributes, past everything that would forbid them."""
    other = copy.copy(thing)
    for name, value in values.items():
        object.__setattr__(other, name, value)
    return other


def still_right(sweep: EpsilonSweep) -> int:
    """A point that joins another as a border point."""
    return int(np.flatnonzero(sweep.border_distances_ < sweep.core_distances_)[0])


TREES: dict[str, tuple[Callable[[EpsilonSweep], dict[str, Any]], str]] = {
    "an edge short": (lambda s: {"tree_": s.tree_[:-1]}, "have 59 edges"),
    "out of order": (lambda s: {"tree_": s.tree_[::-1]}, "weights must be sorted"),
    "a circle": (lambda s: {"tree_": np.where(np.arange(59) == 58, s.tree_[0], s.tree_)[np.argsort(np.where(np.arange(59) == 58, s.tree_[0], s.tree_)["weight"])]}, "without a circle"),
    "an end that is no point": (lambda s: {"tree_": edge(s.tree_, "v", 3, 60)}, "end at points"),
    "a weight that is no number": (lambda s: {"tree_": edge(s.tree_, "weight", 58, np.nan)}, "weights must be numbers"),
    "an edge backwards": (lambda s: {"tree_": turned(s.tree_)}, "lower point first"),
    "an edge too long": (lambda s: {"tree_": edge(s.tree_, "weight", 58, 99.0)}, "minimum spanning tree"),
    "an edge too short": (lambda s: {"tree_": edge(s.tree_, "weight", 0, 0.0)}, "shorter than the core distance"),
    "other fields": (lambda s: {"tree_": s.tree_[["u", "v"]]}, "fields u, v, weight"),
    "float32 distances": (lambda s: {"core_distances_": s.core_distances_.astype(np.float32)}, "core_distances_ must be float64"),
    "a core distance short": (lambda s: {"core_distances_": s.core_distances_[:-1]}, "one number per point"),
    "a wrong core distance": (lambda s: {"core_distances_": changed(s.core_distances_, still_right(s), s.core_distances_[still_right(s)] * 0.999)}, "core distances must be those to the 5-th point"),
    "a core distance that is no number": (lambda s: {"core_distances_": changed(s.core_distances_, 0, np.nan)}, "core distances must be numbers"),
    "an infinite core distance": (lambda s: {"core_distances_": np.full(60, np.inf), "border_distances_": np.full(60, np.inf), "tree_": _endless(s.tree_)}, "must be finite where there are"),
    "a border beyond the core": (lambda s: {"border_distances_": s.core_distances_ + 1}, "no border distance may exceed"),
    "a border too small": (lambda s: {"border_distances_": changed(s.border_distances_, still_right(s), s.border_distances_[still_right(s)] * 0.9999)}, "parent must be a core point|least max"),
    "a border too large": (lambda s: {"border_distances_": s.core_distances_}, "border distances must be the least"),
    "a negative border": (lambda s: {"border_distances_": changed(s.border_distances_, 0, -1.0)}, "must not be negative"),
    "a parent that is no point": (lambda s: {"border_parents_": changed(s.border_parents_, 0, 60)}, "parents must be points"),
    "another parent": (lambda s: {"border_parents_": changed(s.border_parents_, still_right(s), int(s.core_distances_.argmin()))}, "through which"),
    "a negative floor": (lambda s: {"eps_floor_": -1.0}, "floor_ must not be negative"),
    "points that are not finite": (lambda s: {"points_": changed(s.points_, (0, 0), np.inf)}, "points_ must be finite"),
    "fewer points than it needs": (lambda _: {"min_samples_": 61}, "no core distance is finite"),
}  # fmt: skip


def _endless(tree: np.ndarray) -> np.ndarray:
    other = tree.copy()
    other["weight"] = np.inf
    return other


def turned(tree: np.ndarray) -> np.ndarray:
    other = tree.copy()
    other["u"], other["v"] = tree["v"], tree["u"]
    return other


@pytest.mark.parametrize("damage", TREES)
def test_damaged_sweeps_are_refused(sweep, damage):
    make, says = TREES[damage]
    with pytest.raises(AssertionError, match=says):
        valid_tree(damaged(sweep, **make(sweep)))


def frames_of(path: Trajectory, **values: Any) -> Frames:
    return replace(path.frames, **values)


TRAJECTORIES: dict[str, tuple[Callable[[Trajectory], dict[str, Any]], str]] = {
    "steps that fall": (lambda p: {"steps": p.steps[::-1]}, "steps must increase"),
    "a step short": (lambda p: {"steps": p.steps[:-1]}, "one number per frame"),
    "steps that are no whole numbers": (lambda p: {"steps": p.steps + 0.5}, "whole numbers"),
    "the first frame lost": (lambda p: {"steps": p.steps + 1}, "first kept frame must be the start"),
    "the last frame lost": (lambda p: {"steps": changed(p.steps, -1, 5)}, "last kept frame must be step 6|every 2th step"),
    "a frame between lost": (lambda p: {"steps": changed(p.steps, 1, 1)}, "every 2th step"),
    "more steps than asked for": (lambda p: {"steps": changed(p.steps, -1, 8)}, "asked for|every 2th step"),
    "frames in float64": (lambda p: {"frames": frames_of(p, offsets=p.frames.offsets.astype(np.float64))}, "float32 offsets"),
    "frames that are not finite": (lambda p: {"frames": frames_of(p, offsets=changed(p.frames.offsets, (1, 0, 0), np.nan))}, "points must be finite"),
    "another start": (lambda p: {"frames": frames_of(p, offsets=p.frames.offsets + 1)}, "first frame must be the start"),
    "a start of integers": (lambda p: {"frames": frames_of(p, start=p.frames.start.astype(int))}, "must be floats"),
    "a start that is short": (lambda p: {"frames": frames_of(p, start=p.frames.start[:-1])}, "one place per point"),
    "a unit that rounds": (lambda p: {"frames": frames_of(p, unit=0.3)}, "power of two"),
    "log density of one frame": (lambda p: {"log_density": p.log_density[0]}, "log_density must be"),
    "log density in float32": (lambda p: {"log_density": p.log_density.astype(np.float32)}, "log_density must be float64"),
    "log density without an end": (lambda p: {"log_density": changed(p.log_density, (0, 0), np.inf)}, "log_density must be finite"),
    "a way that shrinks": (lambda p: {"path_lengths": p.path_lengths[::-1]}, "must not fall"),
    "a step backwards": (lambda p: {"step_lengths": p.step_lengths - 1}, "step_lengths must not be negative"),
    "a step longer than the way": (lambda p: {"step_lengths": changed(p.step_lengths, (1, 0), 99.0)}, "longer than the way"),
    "a way to the start": (lambda p: {"path_lengths": p.path_lengths + 1}, "way to the start"),
    "data of three frames": (lambda p: {"data_frames": p.frames[[0, 1, 2]]}, "all 4 frames, or at most 2"),
    "data of other points": (lambda p: {"data_frames": replace(p.frames, start=p.frames.start[:9], offsets=p.frames.offsets[:, :9])}, "60 points"),
    "no floor": (lambda _: {"eps_floor": np.nan}, "eps_floor must be finite"),
    "half a neighbour": (lambda _: {"effective_neighbors": 0.5}, "effective_neighbors"),
}  # fmt: skip


@pytest.mark.parametrize("damage", TRAJECTORIES)
def test_damaged_trajectories_are_refused(path, damage):
    make, says = TRAJECTORIES[damage]
    with pytest.raises(AssertionError, match=says):
        valid_trajectory(damaged(path, **make(path)), 6, 2)


def other_points(scene: Scene) -> list[Tree]:
    return [replace(tree, sweep=EpsilonSweep(min_samples=5).fit(blobs())) for tree in scene.trees]


SCENES: dict[str, tuple[Callable[[Scene], dict[str, Any]], str]] = {
    "positions that are not finite": (lambda s: {"positions": changed(s.positions, (0, 0, 0), np.nan)}, "positions must be finite"),
    "four coordinates": (lambda s: {"positions": np.concatenate([s.positions, s.positions], axis=2)}, "2 or 3 coordinates"),
    "one frame only": (lambda s: {"positions": s.positions[0]}, "positions must be"),
    "steps that fall": (lambda s: {"steps": s.steps[::-1]}, "steps must increase"),
    "a step short": (lambda s: {"steps": s.steps[1:]}, "one step per frame"),
    "log density of one frame": (lambda s: {"log_density": s.log_density[0]}, "log_density must be"),
    "no tree": (lambda _: {"trees": []}, "must have a tree"),
    "no tree of the start": (lambda s: {"trees": s.trees[1:]}, "first frame must have a tree"),
    "no tree of the end": (lambda s: {"trees": s.trees[:-1]}, "last frame must have a tree"),
    "trees out of order": (lambda s: {"trees": s.trees[::-1]}, "ascending frames"),
    "trees of other points": (lambda s: {"trees": other_points(s)}, "of the 120 points"),
    "trees of another min_samples": (lambda _: {"min_samples": 6}, "scene's min_samples"),
    "a plateau of another length": (lambda s: {"trees": [replace(t, plateaus=[{**p, "log_length": 9.0} for p in t.plateaus]) for t in s.trees]}, "has length"),
    "a point without a class": (lambda s: {"y": s.y[1:]}, "y must hold one entry per point"),
    "a class without a name": (lambda _: {"class_names": ("a",)}, "every class must have a name"),
    "a short column": (lambda _: {"columns": {"age": np.zeros(3)}}, "'age' must hold one number per point"),
    "a column with gaps": (lambda _: {"columns": {"age": np.full(120, np.nan)}}, "'age' must hold numbers"),
    "ways of one frame": (lambda s: {"travelled": s.travelled[:1]}, "travelled must be"),
}  # fmt: skip


@pytest.mark.parametrize("damage", SCENES)
def test_damaged_scenes_are_refused(scene, damage):
    make, says = SCENES[damage]
    with pytest.raises(AssertionError, match=says):
        valid_scene(damaged(scene, **make(scene)))


def repacked(header: dict[str, Any], arrays: dict[str, np.ndarray], padding: int = 8) -> bytes:
    """Header and arrays as bytes, by the layout as it is described."""
    table, body = {}, b""
    for name, array in arrays.items():
        table[name] = {"dtype": array.dtype.str[1:], "shape": list(array.shape), "offset": len(body)}
        body += array.tobytes()
        body += b"\0" * (-len(body) % padding)
    text = json.dumps({**header, "arrays": table}).encode()
    return struct.pack("<I", len(text)) + text + b"\0" * (-(4 + len(text)) % 8) + body


def test_repacking_damages_nothing(packed):
    assert valid_scene(repacked(*unpack(packed)))


def longest(header: dict[str, Any], **values: float) -> dict[str, Any]:
    """The trees of a header, the longest plateau of the last one changed."""
    *others, last = header["trees"]
    first, *rest = last["plateaus"]
    return {"trees": [*others, {**last, "plateaus": [{**first, **values}, *rest]}]}


ARRAYS: dict[str, tuple[Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]], str]] = {
    "an end that is no point": (lambda a: {"tree_u": changed(a["tree_u"], (0, 0), 120)}, "end at points"),
    "a circle": (lambda a: {"tree_u": changed(a["tree_u"], 0, a["tree_u"][0, 0]), "tree_v": changed(a["tree_v"], 0, a["tree_v"][0, 0])}, "without a circle"),
    "edges out of order": (lambda a: {"tree_w": a["tree_w"][:, ::-1]}, "weights must be sorted"),
    "a short edge": (lambda a: {"tree_w": changed(a["tree_w"], (0, 0), 0.0)}, "shorter than the core distance"),
    "a border beyond the core": (lambda a: {"border": a["core"] + 1}, "no border distance may exceed"),
    "a parent that is no point": (lambda a: {"parent": changed(a["parent"], (0, 0), 120)}, "parents must be points"),
    "a rank twice": (lambda a: {"rank": changed(a["rank"], 0, a["rank"][1])}, "rank must be an order"),
    "a slot twice": (lambda a: {"slots": changed(a["slots"], 0, a["slots"][1])}, "slots must be an order"),
    "a colour too many": (lambda a: {"colours": changed(a["colours"], 0, 255)}, "places in the palette"),
    "frames as floats": (lambda a: {"frames": a["frames"].astype(np.float32)}, "frames must be u2"),
    "a frame short": (lambda a: {"frames": a["frames"][1:]}, "frames must be of shape"),
    "a tree short": (lambda a: {"core": a["core"][1:]}, "core must be of shape"),
    "a label short": (lambda a: {"labels": a["labels"][1:]}, "labels must be of shape"),
    "log density without an end": (lambda a: {"log_density": changed(a["log_density"], (0, 0), np.inf)}, "log_density must be finite"),
    "claims out of order": (lambda a: {"claims": changed(a["claims"], 0, 1)}, "claims must begin at 0"),
    "claims that are lost": (lambda a: {"claims": a["claims"] + (np.arange(len(a["claims"])) == len(a["claims"]) - 1).astype(np.uint32)}, "claims; got"),
}  # fmt: skip


@pytest.mark.parametrize("damage", ARRAYS)
def test_scenes_with_damaged_arrays_are_refused(packed, damage):
    header, arrays = unpack(packed)
    make, says = ARRAYS[damage]
    with pytest.raises(AssertionError, match=says):
        valid_scene(repacked(header, {**arrays, **make(arrays)}))


HEADERS: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "another format": (lambda _: {"format": 3}, "format 3"),
    "four dimensions": (lambda _: {"dim": 4}, "2 or 3 dimensions"),
    "steps that fall": (lambda h: {"steps": h["steps"][::-1]}, "steps must increase"),
    "no tree": (lambda _: {"trees": []}, "must have a tree"),
    "a tree of no frame": (lambda h: {"trees": [*h["trees"][:-1], {**h["trees"][-1], "frame": 99}]}, "last frame must have a tree"),
    "flat bounds": (lambda h: {"bounds": [0.0] * len(h["bounds"])}, "some width"),
    "bounds of one axis": (lambda h: {"bounds": h["bounds"][:2]}, "2 axes"),
    "an ε outside": (lambda h: {"eps": {**h["eps"], "start": 2 * h["eps"]["high"]}}, "first ε must lie in the range"),
    "a range without width": (lambda h: {"eps": {**h["eps"], "low": h["eps"]["high"], "start": h["eps"]["high"]}, "trees": [{**t, "plateaus": []} for t in h["trees"]]}, "some width above 0"),
    "no range and no reason": (lambda h: {"eps": None, "eps_note": None, "trees": [{**t, "plateaus": []} for t in h["trees"]]}, "a sentence must say why"),
    "a plateau of one cluster": (lambda h: longest(h, n_clusters=1), "2 clusters or more"),
    "a plateau of another length": (lambda h: longest(h, log_length=99.0), "has length"),
    "a plateau outside": (lambda h: longest(h, eps_low=1e-9, log_length=float(np.log(h["trees"][-1]["plateaus"][0]["eps_high"] / 1e-9))), "below the range"),
    "no min_size": (lambda _: {"min_size": 0}, "min_size must be 1"),
    "another policy": (lambda _: {"noise_policy": "right"}, "no noise policy"),
    "a view that is no space": (lambda h: {"view_is_space": not h["view_is_space"]}, "whether they are one"),
    "sprites that are not there": (lambda _: {"sprites": {"width": 8}}, "sprites must be"),
}  # fmt: skip


@pytest.mark.parametrize("damage", HEADERS)
def test_scenes_with_damaged_headers_are_refused(packed, damage):
    header, arrays = unpack(packed)
    make, says = HEADERS[damage]
    with pytest.raises(AssertionError, match=says):
        valid_scene(repacked({**header, **make(header)}, arrays))


def lacks(packed: bytes, name: str) -> bytes:
    header, arrays = unpack(packed)
    return repacked(header, {other: array for other, array in arrays.items() if other != name})


BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off": (lambda p: p[:-8], "is cut off"),
    "cut off in the header": (lambda p: p[:50], "header is cut off"),
    "empty": (lambda _: b"", "length of its header"),
    "something behind": (lambda p: p + b"\0" * 8, "end with the last array"),
    "not aligned": (lambda p: repacked(*unpack(p), padding=1), "multiple of 8"),
    "a number that is none": (lambda p: repacked({**unpack(p)[0], "reach": float("nan")}, unpack(p)[1]), "NaN is no JSON"),
    "no ranks": (lambda p: lacks(p, "rank"), "rank is missing"),
    "labels without claims": (lambda p: lacks(p, "claims"), "claims on border points"),
}  # fmt: skip


@pytest.mark.parametrize("damage", BYTES)
def test_damaged_bytes_are_refused(packed, damage):
    make, says = BYTES[damage]
    with pytest.raises(AssertionError, match=says):
        valid_scene(make(packed))


def first_sweep(s: KSelection, **values: Any) -> dict[str, Any]:
    return {"step_sweeps": (damaged(s.step_sweeps[0], **values), *s.step_sweeps[1:])}


def first_cell(s: KSelection, **values: Any) -> dict[str, Any]:
    return {"bandwidth_cells": (damaged(s.bandwidth_cells[0], **values), *s.bandwidth_cells[1:])}


def first_vote(s: KSelection, **values: Any) -> dict[str, Any]:
    row, *rows = s.votes["before"]
    return {"votes": {**s.votes, "before": ({**row, **values}, *rows)}}


NOTHING = Suggestion(None, None, 0.0, None, "Nothing.")
CHOICES: dict[str, tuple[Callable[[KSelection], dict[str, Any]], str]] = {
    "radii that fall": (lambda s: {"eps": s.eps[::-1]}, "eps must increase"),
    "radii of nothing": (lambda s: {"eps": s.eps - s.eps[0]}, "eps must be above 0"),
    "radii in float32": (lambda s: {"eps": s.eps.astype(np.float32)}, "eps must be float64"),
    "distances out of order": (lambda s: {"k_distance": s.k_distance[::-1]}, "k_distance must be sorted"),
    "no distances": (lambda s: {"k_distance": s.k_distance[:0]}, "1 to 512 ranks"),
    "steps that fall": (lambda s: {"steps": s.steps[::-1]}, "steps must increase"),
    "no start": (lambda s: {"steps": s.steps[1:]}, "first step must be the start"),
    "a sweep of no step": (lambda s: first_sweep(s, step=-1), "choice's steps"),
    "sweeps out of order": (lambda s: {"step_sweeps": s.step_sweeps[::-1]}, "ascending steps"),
    "a step without a frame": (lambda s: {"frames": {k: f for k, f in s.frames.items() if k}}, "every step must have its frame"),
    "frames out of order": (lambda s: {"frames": {k: -f for k, f in s.frames.items()}}, "later frames"),
    "counts of other radii": (lambda s: first_sweep(s, n_clusters=s.step_sweeps[0].n_clusters[1:]), "radii; got shape"),
    "counts below 0": (lambda s: first_sweep(s, n_clusters=s.step_sweeps[0].n_clusters - 1), "counts of step 0 must not be negative"),
    "counts in int64": (lambda s: first_sweep(s, n_clusters=s.step_sweeps[0].n_clusters.astype(np.int64)), "must be int32"),
    "shares above 1": (lambda s: first_sweep(s, outside_share=s.step_sweeps[0].outside_share + np.float32(1)), "must be 0 to 1"),
    "shares of other radii": (lambda s: first_sweep(s, outside_share=s.step_sweeps[0].outside_share[1:]), "shares at"),
    "plateaus out of order": (lambda s: {"step_sweeps": tuple(damaged(one, plateaus=one.plateaus[::-1]) for one in s.step_sweeps)}, "longest first"),
    "a plateau of another length": (lambda s: first_sweep(s, plateaus=(replace(s.step_sweeps[0].plateaus[0], log_length=9.0),)), "has length"),
    "a number without a plateau": (lambda s: first_sweep(s, suggestion=Suggestion(77, 1.0, 1.0, None, "77.")), "which has no plateau"),
    "a bandwidth of another choice": (lambda s: first_cell(s, neighbors=0.123), "no bandwidth of this choice"),
    "a cell of no step": (lambda s: first_cell(s, step=77), "no step of the bandwidths"),
    "a cell twice": (lambda s: {"bandwidth_cells": (*s.bandwidth_cells, s.bandwidth_cells[0])}, "are there twice"),
    "a cell that says something else": (lambda s: first_cell(s, suggestion=replace(s.bandwidth_cells[0].suggestion, reason="No.")), "what its sweep says"),
    "bandwidths out of order": (lambda s: {"bandwidths": s.bandwidths[::-1]}, "bandwidths must increase"),
    "bandwidths and none": (lambda _: {"why_no_bandwidths": "There are none."}, "why there are no bandwidths"),
    "another own bandwidth": (lambda _: {"own_bandwidth": 0.123}, "must be one of them"),
    "a family of other steps": (lambda s: {"family_steps": (*s.family_steps, 77)}, "family's steps"),
    "a family of no cell": (lambda s: {"family": replace(s.family, sweep_index=999)}, "names cell 999"),
    "a family of an unread cell": (lambda s: {"family": replace(s.family, sweep_index=0)}, "does not look at"),
    "a family without support": (lambda s: {"family": replace(s.family, support=0)}, "no cell supports"),
    "a vote twice": (lambda s: {"votes": {**s.votes, "before": s.votes["before"] * 2}}, "votes once before"),
    "a vote at another time": (lambda s: {"votes": {**s.votes, "later": ()}}, "before or after"),
    "a vote beyond its end": (lambda s: first_vote(s, n_clusters=9, at_most=8), "could name 8 at most"),
    "no verdict": (lambda _: {"verdict": None}, "verdict must be there"),
    "a verdict too early": (lambda _: {"missing": ("the verdict",)}, "and not before"),
    "a verdict that nothing says": (lambda s: {"verdict": replace(s.verdict, n_clusters=77)}, "which nothing here says"),
    "a verdict of nothing": (lambda s: {"verdict": replace(s.verdict, n_clusters=None, certainty="none")}, "though there is"),
    "a certain nothing": (lambda s: {"verdict": replace(s.verdict, n_clusters=None, certainty="firm")}, "cannot be 'firm'"),
    "another certainty": (lambda s: {"verdict": replace(s.verdict, certainty="sure")}, "no certainty"),
    "a headline of another number": (lambda s: {"verdict": replace(s.verdict, headline="There are 77 clusters.")}, "headline must name"),
}  # fmt: skip


@pytest.mark.parametrize("damage", CHOICES)
def test_damaged_choices_are_refused(selection, damage):
    make, says = CHOICES[damage]
    with pytest.raises(AssertionError, match=says):
        valid_choice(damaged(selection, **make(selection)))


@pytest.mark.parametrize(("values", "says"), [
    ({"eps": None}, "come together"), ({"n_clusters": 1}, "2 or more"), ({"eps": 0.0}, "above 0"), ({"log_length": -1.0}, "must not be negative"),
    ({"runner_up": 3}, "another number"), ({"reason": "because"}, "must be a sentence"),
])  # fmt: skip
def test_damaged_suggestions_are_refused(values, says):
    right = Suggestion(3, 1.0, 2.0, 2, "3 clusters.")
    valid_suggestion(right)
    valid_suggestion(NOTHING)
    with pytest.raises(AssertionError, match=says):
        valid_suggestion(replace(right, **values))
