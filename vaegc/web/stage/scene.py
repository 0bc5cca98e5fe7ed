"""A scene: everything the browser needs to draw the climb and to cut it at any ε, in one byte buffer.

`scene_bytes.py` has the layout of the bytes, `scene.js` reads them in the browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from vaegc.checks import ValueObject
from vaegc.store import content_hash
from vaegc.web import palette
from vaegc.web.stage.scene_bytes import FORMAT, serialize
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep, Suggestion

MAX_POINTS_TREE_EACH_FRAME = 5000  # points; above, a tree for every frame would be megabytes
MAX_TREES_LARGE_SCENE = 12
MAX_SPRITE_BYTES = 16 * 1024**2
MAX_PLATEAUS = 6
MAX_COLUMNS = 24  # numbers of a point that colours can show
MAX_ROUNDING_SHARE = 1e-6  # share of a column's range that rounding may take


@dataclass(frozen=True, slots=True)
class Tree:
    """The sweep of one frame (its tree of mutual reachability), with its plateaus and its suggestion."""

    frame: int  # index into the frames of the scene
    sweep: EpsilonSweep
    plateaus: list[dict[str, float]]  # n_clusters, eps_low, eps_high, log_length; longest first
    suggestion: Suggestion


@dataclass(frozen=True, slots=True)
class Contours:
    """A density under the points, on a grid of square cells."""

    box: tuple[float, float, float, float]  # left, bottom, right, top of the whole grid
    values: np.ndarray  # (h, w) float32 log density in the middle of each cell; row 0 is the bottom one


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Scene(ValueObject):
    """One experiment as arrays to be drawn: T frames of N points, and the sweeps of the frames that have a tree."""

    positions: np.ndarray  # (T, N, 2) where points are drawn, or (T, N, 3) to be turned by hand
    steps: np.ndarray  # (T,) step number of each frame
    log_density: np.ndarray  # (T, N) of what climbs
    trees: list[Tree]  # of chosen frames, the first and last among them
    min_samples: int
    min_size: float  # as given: a count or a share
    eps: float | None  # the radius to begin with; None: the suggestion's, else the middle
    caption: str  # one line that names data, model, space, view and seed
    space: str
    view: str  # name of the 2-D view; equal to `space` where the picture, flat or turned by hand, is the space
    y: np.ndarray | None = None  # (N,) true classes, for scores and hover only
    class_names: tuple[str, ...] | None = None
    sprites: np.ndarray | None = None  # (N, h, w) or (N, h, w, 3) uint8 pictures
    notes: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)  # about the density, for words beside the picture
    initial: dict[str, object] = field(default_factory=dict)  # frame, eps, play, look (the view state as text)
    columns: dict[str, np.ndarray] = field(default_factory=dict)  # (N,) numbers to colour by; up to 24, none with NaN
    contours: Contours | None = None  # of the density that is climbed, where the picture is its space
    travelled: np.ndarray | None = None  # (T, N) length of each point's way so far, in the space that is climbed
    ids: np.ndarray | None = None  # (N,) row of each point in its source; None: point i is row i

    def eps_range(self) -> tuple[float, float] | None:
        """One range of ε for the whole scene: over all of its trees."""
        ranges = [r for r in (tree.sweep.eps_range() for tree in self.trees) if r]
        return (min(r[0] for r in ranges), max(r[1] for r in ranges)) if ranges else None


def tree_frames(n: int, frames: int) -> list[int]:
    """Return the frames that get a tree, ascending: all of them up to 5,000 points, else up to 12, evenly spread, ends included.

    Parameters
    ----------
    n, frames
        Numbers of points and of frames.
    """
    if n <= MAX_POINTS_TREE_EACH_FRAME or frames <= MAX_TREES_LARGE_SCENE:
        return list(range(frames))
    return sorted({round(f) for f in np.linspace(0, frames - 1, MAX_TREES_LARGE_SCENE)})


def color_slots(last: EpsilonSweep, rank: np.ndarray, eps_range: tuple[float, float] | None, min_size: float) -> np.ndarray:
    """Return the (N,) uint32 colour slot of each point as a representative: the longest-lived one first.

    Parameters
    ----------
    last
        Sweep of the last frame.
    rank
        (N,) order of the points by density at the start; the core point of lowest rank represents its cluster.
    eps_range
        The scene's range of ε, over which lifetimes in ln ε are taken; None: slots are in the order of the rank.
    min_size
        Core points a cluster needs to be counted: a count, or a share of the points.
    """
    length = last.representative_lifetimes(rank, *eps_range, min_size) if eps_range else np.zeros(len(rank))
    slots = np.empty(len(rank), np.uint32)
    slots[np.lexsort((rank, -length))] = np.arange(len(rank), dtype=np.uint32)
    return slots


def pack(scene: Scene) -> bytes:
    """Return a scene as bytes for the browser (`scene.js` reads them).

    Positions are quantised to 16 bits within their bounding box; an axis without extent is as wide as the widest one. Pictures of
    more than 16 MiB and columns that are not finite are left out.
    """
    from vaegc.web.colours import stable_colors  # compiled: not for those who only read a scene

    first, n = scene.positions[0], scene.positions.shape[1]
    rank = np.empty(n, np.int64)
    rank[np.argsort(-scene.log_density[0], kind="stable")] = np.arange(n)
    eps_range = scene.eps_range()
    low, extent = _bounding_box(scene.positions)
    last = scene.trees[-1]
    columns = _columns(scene.columns)
    slots = color_slots(last.sweep, rank, eps_range, scene.min_size)
    sweeps = [t.sweep for t in scene.trees]
    arrays: dict[str, np.ndarray] = {
        "frames": np.rint((scene.positions - low) / extent * 65535).astype(np.uint16),
        "slots": slots,
        "colours": stable_colors(sweeps, rank, slots, eps_range, scene.min_size, len(palette.LIGHT)),
        "rank": rank.astype(np.uint32),
        "log_density": scene.log_density.astype(np.float32),
        "tree_u": np.stack([t.sweep.tree_["u"] for t in scene.trees]).astype(np.uint32),
        "tree_v": np.stack([t.sweep.tree_["v"] for t in scene.trees]).astype(np.uint32),
        "tree_w": np.stack([t.sweep.tree_["weight"] for t in scene.trees]),
        "core": np.stack([t.sweep.core_distances_ for t in scene.trees]),
        "border": np.stack([t.sweep.border_distances_ for t in scene.trees]),
        "parent": np.stack([t.sweep.border_parents_ for t in scene.trees]).astype(np.uint32),
    }
    if scene.y is not None:
        arrays["labels"] = scene.y.astype(np.int32)
        claims = [t.sweep.contested_ for t in scene.trees]
        arrays["claims"] = np.cumsum([0, *map(len, claims)]).astype(np.uint32)  # those of tree f: claims[f] to claims[f + 1]
        every = np.concatenate(claims)
        arrays["claim_point"], arrays["claim_rival"] = every["point"].astype(np.uint32), every["rival"].astype(np.uint32)
        arrays["claim_reach"] = every["reach"].astype(np.float64)
    if scene.sprites is not None and scene.sprites.nbytes <= MAX_SPRITE_BYTES:
        arrays["sprites"] = scene.sprites
    if columns:
        arrays["columns"] = np.stack(list(columns.values()))
    if scene.contours is not None:
        arrays["contours"] = scene.contours.values.astype(np.float32)
    longest = float(scene.travelled.max()) if scene.travelled is not None else 0.0
    if scene.travelled is not None and longest > 0:  # sixteen bits are finer than any shade
        arrays["travelled"] = np.rint(scene.travelled / longest * 65535).astype(np.uint16)
    if scene.ids is not None:
        arrays["ids"] = scene.ids.astype(np.int32)
    header = {
        "format": FORMAT,
        "n": n,
        "steps": [int(s) for s in scene.steps],
        "dim": scene.positions.shape[2],
        "travelled": longest if "travelled" in arrays else None,
        "reach": _bounding_radius(scene.positions, low + extent / 2) or float(np.linalg.norm(extent)) / 2,
        "bounds": [*low.tolist(), *(low + extent).tolist()],  # lowest of each axis, then highest of each
        "trees": [
            {
                "frame": t.frame,
                "plateaus": clip_plateaus(t.plateaus, eps_range)[:MAX_PLATEAUS],
                "suggestion": t.suggestion.to_dict(),
            }
            for t in scene.trees
        ],
        "eps": {"low": eps_range[0], "high": eps_range[1], "start": initial_eps(scene, eps_range)} if eps_range else None,
        "eps_note": None if eps_range else _no_range_reason(last.sweep, len(first)),
        "eps_floor": last.sweep.eps_floor_,
        "initial": {"frame": None, "eps": scene.eps, "play": True, **scene.initial},
        "min_samples": scene.min_samples,
        "min_size": int(np.ceil(last.sweep.min_count(scene.min_size))),
        "noise_policy": "wrong",
        "class_names": list(scene.class_names) if scene.class_names else None,
        "caption": scene.caption,
        "notes": list(scene.notes),
        "facts": scene.facts,
        "space": scene.space,
        "view": scene.view,
        "view_is_space": scene.space == scene.view,
        "palette": {"light": list(palette.LIGHT), "dark": list(palette.DARK)},
        "noise": {"light": palette.NOISE_LIGHT, "dark": palette.NOISE_DARK},
        "sprites": None,
        "columns": [{"name": name, "low": float(column.min()), "high": float(column.max())} for name, column in columns.items()],
        "contours": None,
    }
    if scene.contours is not None:
        height, width = scene.contours.values.shape
        header["contours"] = {"width": width, "height": height, "box": [float(edge) for edge in scene.contours.box]}
    if "sprites" in arrays:
        shape = arrays["sprites"].shape
        header["sprites"] = {
            "height": shape[1],
            "width": shape[2],
            "channels": 3 if len(shape) == 4 else 1,
            "invert": len(shape) == 3,
        }
    header["version"] = content_hash({**header}, *arrays.values())
    return serialize(header, arrays)


def _bounding_box(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(d,) lowest coordinates and (d,) extents over all frames; an axis without extent gets the widest one, 1 where there is none.

    Padded in units of the data: a line of small numbers beside a unit's width would be one spot.
    """
    low, high = positions.min(axis=(0, 1)), positions.max(axis=(0, 1))
    pad = float((high - low).max()) or 1.0
    flat = high <= low
    return np.where(flat, low - pad / 2, low), np.where(flat, pad, high - low)


def _bounding_radius(positions: np.ndarray, center: np.ndarray) -> float:
    """Distance of the point farthest from `center`, over all frames."""
    return float(np.sqrt(max(((frame - center) ** 2).sum(axis=1).max() for frame in positions)))


def clip_plateaus(plateaus: list[dict[str, float]], eps_range: tuple[float, float] | None) -> list[dict[str, float]]:
    """Return the parts of plateaus within the scene's range of ε, longest in ln ε first; one may begin below the range, even at 0."""
    if eps_range is None:
        return []
    rows = [(p, max(p["eps_low"], eps_range[0]), min(p["eps_high"], eps_range[1])) for p in plateaus]
    shown = [
        {**p, "eps_low": low, "eps_high": high, "log_length": float(np.log(high / low))} for p, low, high in rows if low < high
    ]
    return sorted(shown, key=lambda p: -p["log_length"])


def initial_eps(scene: Scene, eps_range: tuple[float, float]) -> float:
    """Return the initial ε: given, suggested, geometric middle of the longest plateau, or of the range; clipped to the range."""
    last = scene.trees[-1]
    if scene.eps is not None:
        wanted = scene.eps
    elif last.suggestion.eps is not None:
        wanted = last.suggestion.eps
    elif clip_plateaus(last.plateaus, eps_range):
        longest = clip_plateaus(last.plateaus, eps_range)[0]
        wanted = float(np.sqrt(longest["eps_low"] * longest["eps_high"]))
    else:
        wanted = float(np.sqrt(eps_range[0] * eps_range[1]))
    return float(np.clip(wanted, *eps_range))


def _columns(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The first 24 columns that hold numbers only, as float32 where that rounds none of them by more than the eye sees."""
    whole = {name: np.asarray(column, np.float64) for name, column in given.items()}
    finite = [name for name, column in whole.items() if np.isfinite(column).all()][:MAX_COLUMNS]
    with np.errstate(over="ignore", under="ignore"):
        small = {name: whole[name].astype(np.float32) for name in finite}
        spread = {name: float(np.ptp(whole[name] / 2)) for name in finite}
        lost = any((np.abs(small[name] / 2.0 - whole[name] / 2) > MAX_ROUNDING_SHARE * spread[name]).any() for name in finite)
    return {name: whole[name] for name in finite} if lost else small


def _no_range_reason(sweep: EpsilonSweep, n: int) -> str:
    if n < sweep.min_samples_:
        return f"{counted(n, 'point', 'are')} fewer than min_samples = {sweep.min_samples_}, so all are noise at every ε."
    return "There is no range of ε to sweep: the points lie on one spot, or all of them equally far apart."
