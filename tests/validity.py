"""Checkers of the data structures, one each: `valid_tree`, `valid_trajectory`, `valid_scene`, `valid_choice`.

Each returns what it was given, so that a test can check where it makes something, and raises AssertionError with a sentence. What they
check holds for every such object; what a particular one must be is the test's to say. `test_validity.py` damages objects in every way
that is named here.
"""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.metrics import NOISE_POLICIES

if TYPE_CHECKING:
    from vaegc import EpsilonSweep, KSelection, Scene, Suggestion, Trajectory

ORACLE_UP_TO = 400  # points whose distances are all computed again
RTOL = 1e-9  # of distances that were summed in another order
CERTAINTIES = ("firm", "likely", "open", "none")
WHENS = ("before", "after")
SCENE_TYPES = {  # of the arrays that every packed scene holds
    "frames": "u2", "slots": "u4", "colours": "u1", "rank": "u4", "log_density": "f4", "tree_u": "u4", "tree_v": "u4", "tree_w": "f8",
    "core": "f8", "border": "f8", "parent": "u4",
}  # fmt: skip


# --- the tree of a sweep -----------------------------------------------------------------------------------------------


def valid_tree(sweep: EpsilonSweep) -> EpsilonSweep:
    """A fitted sweep: N - 1 sorted edges that span the points, and radii that are those of the points.

    Up to `ORACLE_UP_TO` points every core and border distance is computed again from all pairs, and the tree's lengths are compared with
    those of Prim's tree: all minimum spanning trees have the same.
    """
    points, tree = sweep.points_, sweep.tree_
    n = len(points)
    assert points.ndim == 2, f"points_ must be (N, d); got shape {points.shape}"
    assert points.dtype == np.float64, f"points_ must be float64, not {points.dtype}"
    assert np.isfinite(points).all(), "points_ must be finite"
    for name, kind in (("core_distances_", np.float64), ("border_distances_", np.float64), ("border_parents_", np.int32)):
        array = getattr(sweep, name)
        assert array.shape == (n,), f"{name} must hold one number per point: {n} points, shape {array.shape}"
        assert array.dtype == kind, f"{name} must be {np.dtype(kind)}, not {array.dtype}"
    assert tree.dtype.names == ("u", "v", "weight"), f"tree_ must have the fields u, v, weight; got {tree.dtype}"
    assert tree["weight"].dtype == np.float64, f"weights must be float64, not {tree['weight'].dtype}"
    core, border, parent = sweep.core_distances_, sweep.border_distances_, sweep.border_parents_
    valid_radii(core, border, parent)
    valid_edges(tree["u"], tree["v"], tree["weight"], core)
    assert (tree["u"] < tree["v"]).all(), "edges must name the lower point first"
    samples = sweep.min_samples_
    assert samples >= 1, f"min_samples_ must be 1 or more; got {samples}"
    assert np.isfinite(sweep.eps_floor_), "eps_floor_ must be finite"
    assert sweep.eps_floor_ >= 0, "eps_floor_ must not be negative"
    if n < samples:
        assert np.isinf(core).all(), f"{n} points are fewer than min_samples = {samples}, so no core distance is finite"
        assert np.isinf(border).all(), f"{n} points are fewer than min_samples = {samples}, so no border distance is finite"
        assert np.isinf(tree["weight"]).all(), f"{n} points are fewer than min_samples = {samples}, so no edge is finite"
        return sweep
    assert np.isfinite(core).all(), "core distances must be finite where there are min_samples points"
    if n <= ORACLE_UP_TO:
        _same_radii(points, samples, core, border, parent)
        expected = _minimum_tree(_reach(points, core))
        assert _close(tree["weight"], expected), (
            "the edges must be as long as those of a minimum spanning tree of mutual reachability"
        )
    return sweep


def valid_radii(core: np.ndarray, border: np.ndarray, parent: np.ndarray) -> None:
    """Core and border distances (N,) and border parents (N,)."""
    assert not np.isnan(core).any(), "core distances must be numbers"
    assert not np.isnan(border).any(), "border distances must be numbers"
    assert (border >= 0).all(), "distances must not be negative"
    assert (border <= core).all(), "no border distance may exceed the core distance of its point"
    assert (parent >= 0).all(), "border parents must be points"
    assert (parent < len(core)).all(), "border parents must be points"
    joins = border < core
    assert (core[parent[joins]] <= border[joins]).all(), "where a border point joins, its parent must be a core point"


def valid_edges(u: np.ndarray, v: np.ndarray, weight: np.ndarray, core: np.ndarray) -> None:
    """Edges (N - 1,) of one tree over points with core distances (N,)."""
    n = len(core)
    assert len(u) == len(v) == len(weight) == n - 1, f"{n} points have {n - 1} edges, not {len(weight)}"
    assert not np.isnan(weight).any(), "weights must be numbers"
    assert (weight[1:] >= weight[:-1]).all(), "weights must be sorted"
    assert ((u >= 0) & (u < n) & (v >= 0) & (v < n)).all(), "edges must end at points"
    assert _components(u, v, n) == 1, "edges must tie all points together without a circle"
    assert (weight >= np.maximum(core[u], core[v])).all(), "no edge may be shorter than the core distance of one of its ends"


def _components(u: np.ndarray, v: np.ndarray, n: int) -> int:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    return int(connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(n, n)), directed=False)[0])


def _distances(points: np.ndarray) -> np.ndarray:
    """Distances (N, N), by differences, which no shift of the data rounds; scaled, so that squares are numbers."""
    from scipy.spatial.distance import cdist

    exponent = int(np.frexp(np.abs(points).max())[1])
    small = np.ldexp(points, -exponent)
    return np.ldexp(cdist(small, small), exponent)


def _reach(points: np.ndarray, core: np.ndarray) -> np.ndarray:
    return np.maximum(_distances(points), np.maximum(core[:, None], core[None]))


def _same_radii(points: np.ndarray, samples: int, core: np.ndarray, border: np.ndarray, parent: np.ndarray) -> None:
    distance = _distances(points)
    expected = np.sort(distance, axis=1)[:, samples - 1]
    assert _close(core, expected), f"core distances must be those to the {samples}-th point"
    # What is no farther than the core distance is among the first neighbours; ties at that distance bring nothing below it.
    reach = np.where(distance <= expected[:, None], np.maximum(distance, expected[None]), np.inf)
    assert _close(border, reach.min(axis=1)), (
        "border distances must be the least max(d, core) over the first min_samples neighbours"
    )
    rows = np.flatnonzero(border < core)
    through = np.maximum(distance[rows, parent[rows]], core[parent[rows]])
    assert _close(through, border[rows]), "border parents must be the points through which the border distance is reached"


def _minimum_tree(reach: np.ndarray) -> np.ndarray:
    """Lengths (N - 1,) of a minimum spanning tree, ascending, by Prim's algorithm."""
    best, done, lengths = reach[0].copy(), np.zeros(len(reach), bool), []
    done[0] = True
    for _ in range(len(reach) - 1):
        nearest = int(np.where(done, np.inf, best).argmin())
        if done[nearest]:  # all others are infinitely far
            nearest = int(np.flatnonzero(~done)[0])
        lengths.append(best[nearest])
        done[nearest] = True
        best = np.minimum(best, reach[nearest])
    return np.sort(np.array(lengths))


def _close(values: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.allclose(values, expected, rtol=RTOL, atol=0))


# --- a climb -----------------------------------------------------------------------------------------------------------


def valid_trajectory(path: Trajectory, steps: int | None = None, keep_every: int = 1) -> Trajectory:
    """A trajectory, or a part of one.

    Parameters
    ----------
    path
        What is checked.
    steps
        Steps that were asked for: then it must begin with the start, and end with the last step unless it was stopped.
    keep_every
        As it was asked for.
    """
    frames, n, d = path.frames.shape
    assert frames == len(path) >= 1, f"a trajectory has one frame at least; this one has {frames}"
    _valid_frames(path.frames, n, "points")
    assert path.points.shape == (frames, n, d), f"points must be (T+1, N, d); got {path.points.shape}"
    assert path.points.dtype == np.float64, f"points must be given as float64, not {path.points.dtype}"
    kept = np.asarray(path.steps)
    assert kept.shape == (frames,), f"steps must hold one number per frame: {frames} frames, shape {kept.shape}"
    assert kept.dtype.kind in "iu", f"steps must be whole numbers, not {kept.dtype}"
    assert kept[0] >= 0, "steps must not be negative"
    assert (np.diff(kept) > 0).all(), "steps must increase"
    for name in ("log_density", "step_lengths", "path_lengths"):
        array = getattr(path, name)
        assert array.shape == (frames, n), f"{name} must be (T+1, N) = {(frames, n)}; got {array.shape}"
        assert array.dtype == np.float64, f"{name} must be float64, not {array.dtype}"
        assert np.isfinite(array).all(), f"{name} must be finite"
    assert (path.step_lengths >= 0).all(), "step_lengths must not be negative"
    assert (np.diff(path.path_lengths, axis=0) >= 0).all(), "path_lengths must not fall"
    longer = path.step_lengths - path.path_lengths
    assert (longer <= 1e-6 * path.path_lengths).all(), "no step may be longer than the way that it ends"
    if kept[0] == 0:
        assert not path.path_lengths[0].any(), "the way to the start must be 0"
        assert not path.step_lengths[0].any(), "no step leads to the start"
        assert np.array_equal(path.frame(0), path.start), "the first frame must be the start"
    _valid_data_points(path, frames, n)
    assert np.isfinite(path.eps_floor), "eps_floor must be finite"
    assert path.eps_floor >= 0, "eps_floor must not be negative"
    around = path.effective_neighbors
    assert around is None or 1 - RTOL <= around < np.inf, f"effective_neighbors must be 1 or more; got {around}"
    if steps is not None:
        _kept_as_asked(kept, steps, keep_every, bool(path.stopped))
    return path


def _valid_frames(frames: Any, n: int, name: str) -> None:
    assert frames.offsets.dtype == np.float32, f"{name} must be kept as float32 offsets, not {frames.offsets.dtype}"
    assert frames.start.dtype in (np.float32, np.float64), f"the start of {name} must be floats, not {frames.start.dtype}"
    assert frames.start.shape == frames.offsets.shape[1:], f"the start of {name} must be one place per point"
    assert len(frames.start) == n, f"{name} must hold {n} points; got {len(frames.start)}"
    assert np.frexp(frames.unit)[0] == 0.5, f"the unit of {name} must be a power of two; got {frames.unit}"
    assert np.isfinite(frames.start).all(), f"{name} must start at finite places"
    assert np.isfinite(frames.offsets).all(), f"{name} must be finite"


def _valid_data_points(path: Trajectory, frames: int, n: int) -> None:
    data = path.data_frames
    if data is None:
        assert path.data_points is None, "data_points must be None where nothing climbs in the data"
        return
    moved = path.data_points
    assert moved is not None, "data_points must be there where their frames are"
    assert moved.dtype == np.float64, f"data_points must be given as float64, not {moved.dtype}"
    few = min(2, frames)
    assert len(data) == frames or len(data) <= few, (
        f"data_points must have all {frames} frames, or at most {few}; got {len(data)}"
    )
    if len(data):
        _valid_frames(data, n, "data_points")


def _kept_as_asked(kept: np.ndarray, steps: int, keep_every: int, stopped: bool) -> None:
    assert kept[0] == 0, f"the first kept frame must be the start, not step {kept[0]}"
    expected = sorted({*range(0, int(kept[-1]) + 1, keep_every), int(kept[-1])})
    assert kept.tolist() == expected, f"every {keep_every}th step must be kept; got {kept.tolist()}"
    assert kept[-1] <= steps, f"{steps} steps were asked for; the last kept is {kept[-1]}"
    assert stopped or kept[-1] == steps, f"the last kept frame must be step {steps}, not {kept[-1]}"


# --- a scene -----------------------------------------------------------------------------------------------------------


def valid_scene(scene: Scene | bytes) -> Scene | bytes:
    """A scene, or its packed bytes: header, aligned arrays, trees of the frames that are named, positions that can be drawn."""
    if isinstance(scene, bytes):
        _valid_packed(scene)
    else:
        _valid_scene_object(scene)
    return scene


def unpack(packed: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays, by the layout as it is described: u32 length, JSON, then 8-byte aligned little-endian arrays."""
    assert len(packed) >= 4, "a packed scene begins with the length of its header"
    (length,) = struct.unpack_from("<I", packed)
    assert 4 + length <= len(packed), "the header is cut off"
    header = json.loads(packed[4 : 4 + length], parse_constant=_no_json)
    base, arrays, end = -(-(4 + length) // 8) * 8, {}, 0
    for name, entry in header["arrays"].items():
        offset, shape, kind = entry["offset"], entry["shape"], np.dtype(f"<{entry['dtype']}")
        assert offset % 8 == 0, f"{name} must begin at a multiple of 8 bytes; it begins at {offset}"
        assert offset == end, f"{name} must follow the array before it: at {end}, not at {offset}"
        size = int(np.prod(shape)) * kind.itemsize
        assert base + offset + size <= len(packed), f"{name} is cut off"
        arrays[name] = np.frombuffer(packed, kind, int(np.prod(shape)), base + offset).reshape(shape)
        end = offset + size + -size % 8
    assert len(packed) == base + end, f"the bytes must end with the last array: at {base + end}, not at {len(packed)}"
    return header, arrays


def _no_json(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def _valid_scene_object(scene: Scene) -> None:
    positions = np.asarray(scene.positions)
    assert positions.ndim == 3, f"positions must be (T, N, 2) or (T, N, 3); got {positions.shape}"
    frames, n, dim = positions.shape
    assert dim in (2, 3), f"positions must have 2 or 3 coordinates; got {dim}"
    assert np.isfinite(positions).all(), "positions must be finite"
    steps = np.asarray(scene.steps)
    assert steps.shape == (frames,), f"there must be one step per frame: {frames} frames, steps of shape {steps.shape}"
    assert (np.diff(steps) > 0).all(), "steps must increase"
    assert scene.log_density.shape == (frames, n), f"log_density must be (T, N); got {scene.log_density.shape}"
    _valid_tree_frames([tree.frame for tree in scene.trees], frames)
    for tree in scene.trees:
        assert len(tree.sweep.points_) == n, f"the tree of frame {tree.frame} must be of the {n} points"
        assert tree.sweep.min_samples_ == scene.min_samples, f"the tree of frame {tree.frame} must have the scene's min_samples"
        valid_tree(tree.sweep)
        valid_plateaus([tuple(p[key] for key in ("n_clusters", "eps_low", "eps_high", "log_length")) for p in tree.plateaus])
        valid_suggestion(tree.suggestion)
    for name in ("y", "ids", "sprites"):
        array = getattr(scene, name)
        assert array is None or len(array) == n, f"{name} must hold one entry per point"
    assert scene.travelled is None or scene.travelled.shape == (frames, n), "travelled must be (T, N)"
    for name, column in scene.columns.items():
        assert np.shape(column) == (n,), f"the column {name!r} must hold one number per point"
        assert not np.isnan(np.asarray(column, float)).any(), f"the column {name!r} must hold numbers"
    if scene.contours is not None:
        left, bottom, right, top = scene.contours.box
        assert left < right, "contours must lie on a box of some width"
        assert bottom < top, "contours must lie on a box of some height"
        assert scene.contours.values.ndim == 2, "contours must be a grid"
    if scene.class_names is not None and scene.y is not None:
        assert scene.y.max() < len(scene.class_names), "every class must have a name"


def _valid_tree_frames(listed: Sequence[int], frames: int) -> None:
    assert listed, "a scene must have a tree"
    assert list(listed) == sorted(set(listed)), f"trees must be of ascending frames; got {listed}"
    assert listed[0] == 0, "the first frame must have a tree"
    assert listed[-1] == frames - 1, "the last frame must have a tree"


def _valid_packed(packed: bytes) -> None:
    header, arrays = unpack(packed)
    assert header["format"] == 2, f"this is format {header['format']}, not 2"
    n, dim, steps = header["n"], header["dim"], header["steps"]
    frames, trees = len(steps), len(header["trees"])
    assert dim in (2, 3), f"a picture has 2 or 3 dimensions, not {dim}"
    assert all(b > a for a, b in itertools.pairwise(steps)), "steps must increase"
    _valid_tree_frames([tree["frame"] for tree in header["trees"]], frames)
    shapes = {
        "frames": (frames, n, dim), "log_density": (frames, n), "travelled": (frames, n), **dict.fromkeys(("slots", "colours", "rank", "labels", "ids"), (n,)),
        **dict.fromkeys(("tree_u", "tree_v", "tree_w"), (trees, n - 1)), **dict.fromkeys(("core", "border", "parent"), (trees, n)),
    }  # fmt: skip
    for name, kind in SCENE_TYPES.items():
        assert name in arrays, f"{name} is missing"
        assert header["arrays"][name]["dtype"] == kind, f"{name} must be {kind}, not {header['arrays'][name]['dtype']}"
    for name, shape in shapes.items():
        assert name not in arrays or arrays[name].shape == shape, f"{name} must be of shape {shape}, not {arrays[name].shape}"
    for name in ("rank", "slots"):
        assert np.array_equal(np.sort(arrays[name]), np.arange(n)), f"{name} must be an order of the points"
    assert np.isfinite(arrays["log_density"]).all(), "log_density must be finite"
    colours = len(header["palette"]["light"])
    assert (arrays["colours"] < colours).all(), f"colours must be places in the palette of {colours}"
    bounds = header["bounds"]
    assert len(bounds) == 2 * dim, f"bounds must be the lowest and the highest of {dim} axes"
    assert all(high > low for low, high in zip(bounds[:dim], bounds[dim:], strict=True)), "bounds must have some width"
    for f, tree in enumerate(header["trees"]):
        core, border, parent = (arrays[name][f] for name in ("core", "border", "parent"))
        valid_radii(core, border, parent)
        valid_edges(arrays["tree_u"][f], arrays["tree_v"][f], arrays["tree_w"][f], core)
        plateaus = [tuple(p[key] for key in ("n_clusters", "eps_low", "eps_high", "log_length")) for p in tree["plateaus"]]
        valid_plateaus(plateaus)
        if plateaus:
            assert header["eps"], "plateaus need a range of ε"
            assert min(p[1] for p in plateaus) >= header["eps"]["low"], "no plateau may begin below the range of ε"
            assert max(p[2] for p in plateaus) <= header["eps"]["high"], "no plateau may end above the range of ε"
    span = header["eps"]
    if span is None:
        assert header["eps_note"], "where there is no range of ε a sentence must say why"
    else:
        assert 0 < span["low"] < span["high"], f"the range of ε must have some width above 0; got {span}"
        assert span["low"] <= span["start"] <= span["high"], "the first ε must lie in the range"
    assert header["min_size"] >= 1, "min_size must be 1 point or more"
    assert header["min_samples"] >= 1, "min_samples must be 1 point or more"
    assert header["noise_policy"] in NOISE_POLICIES, f"{header['noise_policy']!r} is no noise policy"
    assert header["view_is_space"] == (header["view"] == header["space"]), "view_is_space must say whether they are one"
    for name in ("columns", "contours", "sprites"):
        assert bool(header[name]) == (name in arrays), f"{name} must be in the header where they are among the arrays"
    if header["columns"]:
        assert arrays["columns"].shape == (len(header["columns"]), n), "columns must hold one number per point"
        assert np.isfinite(arrays["columns"]).all(), "columns must hold numbers"
    _valid_claims(arrays, trees, n)


def _valid_claims(arrays: dict[str, np.ndarray], trees: int, n: int) -> None:
    assert ("labels" in arrays) == ("claims" in arrays), "claims on border points must be there with labels, and only then"
    if "claims" not in arrays:
        return
    starts = arrays["claims"].astype(np.int64)
    assert starts.shape == (trees + 1,), f"claims must hold one start per tree and the end; got shape {starts.shape}"
    assert starts[0] == 0, "claims must begin at 0"
    assert (np.diff(starts) >= 0).all(), "claims must follow each other"
    for name in ("claim_point", "claim_rival", "claim_reach"):
        assert len(arrays[name]) == starts[-1], f"{name} must hold {starts[-1]} claims; got {len(arrays[name])}"
    for name in ("claim_point", "claim_rival"):
        assert (arrays[name] < n).all(), f"{name} must be points"


# --- a choice of the number of clusters ---------------------------------------------------------------------------------


def valid_suggestion(suggestion: Suggestion) -> None:
    """A suggestion: a number with the ε at which it is read, or neither, and why."""
    k, eps = suggestion.n_clusters, suggestion.eps
    assert (k is None) == (eps is None), f"a number and its ε come together; got {k} at {eps}"
    if k is not None:
        assert k >= 2, f"a suggested number is 2 or more; got {k}"
        assert eps > 0, f"the ε of a suggestion must be above 0; got {eps}"
    assert not suggestion.log_length < 0, f"a plateau's length must not be negative; got {suggestion.log_length}"
    assert suggestion.runner_up is None or suggestion.runner_up != k, f"the runner-up must be another number than {k}"
    assert suggestion.reason.endswith("."), f"the reason must be a sentence; got {suggestion.reason!r}"


def valid_plateaus(plateaus: Sequence[tuple[float, ...]]) -> None:
    """Rows (n_clusters, eps_low, eps_high, log_length), longest first."""
    for k, low, high, length in plateaus:
        assert k >= 2, f"a plateau has 2 clusters or more; got {k}"
        assert 0 <= low < high, f"a plateau must have some width; got {low} to {high}"
        expected = np.log(high / low) if low > 0 else np.inf
        assert np.isclose(length, expected, rtol=1e-9, atol=1e-12), (
            f"a plateau from {low} to {high} has length {expected}, not {length}"
        )
    lengths = [row[3] for row in plateaus]
    assert lengths == sorted(lengths, reverse=True), "plateaus must be given longest first"


def valid_choice(selection: KSelection) -> KSelection:
    """A choice of K, finished or in the making: its parts are of its own axes, and its verdict names a number that is there."""
    eps = selection.eps
    assert selection.n >= 1, "a choice is of one point or more"
    assert eps.dtype == np.float64, f"eps must be float64, not {eps.dtype}"
    assert eps.ndim == 1, f"eps must be one axis; got shape {eps.shape}"
    assert (eps > 0).all(), "eps must be above 0"
    assert (np.diff(eps) > 0).all(), "eps must increase"
    k_distance = selection.k_distance
    assert 1 <= len(k_distance) <= min(selection.n, 512), f"k_distance must hold 1 to 512 ranks; got {len(k_distance)}"
    assert (k_distance[1:] >= k_distance[:-1]).all(), "k_distance must be sorted"
    assert (k_distance >= 0).all(), "k_distance must not be negative"
    _valid_steps(selection)
    for sweep in selection.step_sweeps:
        _valid_step(sweep, len(eps))
    _valid_cells(selection)
    assert set(selection.votes) <= set(WHENS), f"votes are before or after the climb; got {sorted(selection.votes)}"
    for when, rows in selection.votes.items():
        methods = [row["method"] for row in rows]
        assert len(methods) == len(set(methods)), f"each method votes once {when} the climb; got {methods}"
        for row in rows:
            k, most = row["n_clusters"], row["at_most"]
            assert k is None or k >= 0, f"{row['method']} must name a number of clusters; got {k}"
            assert k is None or most is None or k <= most, f"{row['method']} names {k}, but could name {most} at most"
    _valid_family(selection)
    assert selection.complete == (not selection.missing), "a choice is complete where nothing is missing"
    assert selection.complete == (selection.verdict is not None), "the verdict must be there once every part is, and not before"
    if selection.verdict is not None:
        _valid_verdict(selection)
    return selection


def _valid_steps(selection: KSelection) -> None:
    steps = list(selection.steps)
    assert steps, "a choice has a step at least"
    assert steps == sorted(set(steps)), f"steps must increase; got {steps}"
    assert steps[0] == 0, f"the first step must be the start, not {steps[0]}"
    there = [one.step for one in selection.step_sweeps]
    assert there == sorted(set(there)), f"sweeps must be of ascending steps; got {there}"
    assert set(there) <= set(steps), f"sweeps must be of the choice's steps {steps}; got {there}"
    assert set(selection.frames) == set(steps), "every step must have its frame, and no other"
    frames = [selection.frames[step] for step in steps]
    assert frames == sorted(set(frames)), f"later steps must have later frames; got {frames}"


def _valid_step(sweep: Any, radii: int) -> None:
    step = sweep.step
    assert sweep.n_clusters.shape == (radii,), (
        f"step {step} must count clusters at {radii} radii; got shape {sweep.n_clusters.shape}"
    )
    assert sweep.n_clusters.dtype == np.int32, f"counts of step {step} must be int32, not {sweep.n_clusters.dtype}"
    assert (sweep.n_clusters >= 0).all(), f"counts of step {step} must not be negative"
    assert sweep.outside_share.shape == (radii,), (
        f"step {step} must have shares at {radii} radii; got shape {sweep.outside_share.shape}"
    )
    assert sweep.outside_share.dtype == np.float32, f"shares of step {step} must be float32, not {sweep.outside_share.dtype}"
    assert ((sweep.outside_share >= 0) & (sweep.outside_share <= 1)).all(), f"shares of step {step} must be 0 to 1"
    assert len(sweep.plateaus) <= 10, f"step {step} keeps ten plateaus at most; got {len(sweep.plateaus)}"
    valid_plateaus([(p.n_clusters, p.eps_low, p.eps_high, p.log_length) for p in sweep.plateaus])
    valid_suggestion(sweep.suggestion)
    k = sweep.suggestion.n_clusters
    assert k is None or k in [p.n_clusters for p in sweep.plateaus], f"step {step} suggests {k}, which has no plateau"


def _valid_cells(selection: KSelection) -> None:
    bandwidths = list(selection.bandwidths)
    assert bandwidths == sorted(set(bandwidths)), f"bandwidths must increase; got {bandwidths}"
    assert bool(bandwidths) == (not selection.why_no_bandwidths), "a sentence must say why there are no bandwidths, and only then"
    assert selection.own_bandwidth is None or selection.own_bandwidth in bandwidths, (
        "the spec's own bandwidth must be one of them"
    )
    assert set(selection.cell_steps) <= set(selection.steps), "steps of the bandwidths must be steps of the choice"
    assert set(selection.family_steps) <= set(selection.cell_steps), "the family's steps must be steps of the bandwidths"
    own = {one.step: one.suggestion for one in selection.step_sweeps}
    seen = set()
    for cell in selection.bandwidth_cells:
        where = (cell.neighbors, cell.step)
        assert cell.neighbors in bandwidths, f"{cell.neighbors} is no bandwidth of this choice"
        assert cell.step in selection.cell_steps, f"{cell.step} is no step of the bandwidths"
        assert where not in seen, f"bandwidth {cell.neighbors} and step {cell.step} are there twice"
        seen.add(where)
        valid_suggestion(cell.suggestion)
        if cell.longest is not None:
            p = cell.longest
            valid_plateaus([(p.n_clusters, p.eps_low, p.eps_high, p.log_length)])
        if cell.step in own and (cell.step == 0 or cell.neighbors == selection.own_bandwidth):
            assert cell.suggestion == own[cell.step], f"step {cell.step} of the own bandwidth must say what its sweep says"


def _valid_family(selection: KSelection) -> None:
    family = selection.family
    if family is None:
        return
    assert selection.family_steps, "a family needs steps to look at"
    k = family.n_clusters
    if family.sweep_index is None:
        return
    assert 0 <= family.sweep_index < len(selection.bandwidth_cells), (
        f"the family names cell {family.sweep_index} of {len(selection.bandwidth_cells)}"
    )
    cell = selection.bandwidth_cells[family.sweep_index]
    assert cell.step in selection.family_steps, f"the family names a cell of step {cell.step}, which it does not look at"
    assert k is None or family.support >= 1, f"the family says {k}, which no cell supports"


def _valid_verdict(selection: KSelection) -> None:
    verdict = selection.verdict
    assert verdict.certainty in CERTAINTIES, f"{verdict.certainty!r} is no certainty"
    assert (verdict.certainty == "none") == (verdict.n_clusters is None), (
        f"a verdict of {verdict.n_clusters} cannot be {verdict.certainty!r}"
    )
    said = {selection.step_sweeps[0].suggestion.n_clusters, selection.step_sweeps[-1].suggestion.n_clusters}
    said |= {None} if selection.family is None else {selection.family.n_clusters}
    assert verdict.n_clusters is None or verdict.n_clusters in said, (
        f"the verdict says {verdict.n_clusters}, which nothing here says"
    )
    assert verdict.n_clusters is not None or said == {None}, f"the verdict says nothing, though there is {said - {None}}"
    assert verdict.headline.endswith("."), f"the headline must be a sentence; got {verdict.headline!r}"
    if verdict.n_clusters is not None:
        assert str(verdict.n_clusters) in verdict.headline, f"the headline must name {verdict.n_clusters}: {verdict.headline!r}"
