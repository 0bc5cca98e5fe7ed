"""A scene: everything the browser needs to draw the climb and to cut it at any ε, in one byte buffer.

Layout: u32 header length, JSON header, then 8-byte aligned little-endian arrays (`scene.js` reads it).
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.checks import ValueObject
from vaegc.store import content_hash
from vaegc.web import palette
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep, Suggestion

FORMAT = 2
ALL_TREES_UP_TO = 5000  # points; above, a tree for every frame would be megabytes
TREES_ABOVE = 12
SPRITE_BYTES = 16 * 1024**2
PLATEAUS_KEPT = 6
MOST_COLUMNS = 24  # numbers of a point that colours can show
UNSEEN = 1e-6  # share of a column's span that rounding may take


@dataclass(frozen=True, slots=True)
class Tree:
    """The sweep of one frame, with what Python alone decides about it."""

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
    """One experiment, ready to be drawn."""

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
    initial: dict[str, object] = field(
        default_factory=dict
    )  # frame, eps, play, look (zoom, colours and selection, as the stage wrote it)
    columns: dict[str, np.ndarray] = field(default_factory=dict)  # (N,) numbers to colour by; up to 24, none with NaN
    contours: Contours | None = None  # of the density that is climbed, where the picture is its space
    travelled: np.ndarray | None = None  # (T, N) length of each point's way so far, in the space that is climbed
    ids: np.ndarray | None = None  # (N,) row of each point in its source; None: point i is row i

    def eps_range(self) -> tuple[float, float] | None:
        """One range of ε for the whole scene: over all of its trees (design section 3)."""
        ranges = [r for r in (tree.sweep.eps_range() for tree in self.trees) if r]
        return (min(r[0] for r in ranges), max(r[1] for r in ranges)) if ranges else None


def tree_frames(n: int, frames: int) -> list[int]:
    """Frames that get a tree: all of them up to 5,000 points, else up to 12, evenly spread, ends included."""
    if n <= ALL_TREES_UP_TO or frames <= TREES_ABOVE:
        return list(range(frames))
    return sorted({round(f) for f in np.linspace(0, frames - 1, TREES_ABOVE)})


def colour_slots(last: EpsilonSweep, rank: np.ndarray, span: tuple[float, float] | None, min_size: float) -> np.ndarray:
    """(N,) colour slot of each point as a representative, fixed for the scene (design section 3)."""
    length = last.representation_lengths(rank, *span, min_size) if span else np.zeros(len(rank))
    slots = np.empty(len(rank), np.uint32)
    slots[np.lexsort((rank, -length))] = np.arange(len(rank), dtype=np.uint32)
    return slots


def pack(scene: Scene) -> bytes:
    """Return the bytes that the browser gets, once."""
    from vaegc.web.colours import steady_colours  # compiled: not for those who only read a scene

    first, n = scene.positions[0], scene.positions.shape[1]
    rank = np.empty(n, np.int64)
    rank[np.argsort(-scene.log_density[0], kind="stable")] = np.arange(n)
    span = scene.eps_range()
    low, high = scene.positions.min(axis=(0, 1)), scene.positions.max(axis=(0, 1))
    extent = np.where(high > low, high - low, 1.0)
    last = scene.trees[-1]
    columns = _columns(scene.columns)
    slots = colour_slots(last.sweep, rank, span, scene.min_size)
    sweeps = [t.sweep for t in scene.trees]
    arrays: dict[str, np.ndarray] = {
        "frames": np.rint((scene.positions - low) / extent * 65535).astype(np.uint16),
        "slots": slots,
        "colours": steady_colours(sweeps, rank, slots, span, scene.min_size, len(palette.LIGHT)),
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
    if scene.sprites is not None and scene.sprites.nbytes <= SPRITE_BYTES:
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
        "reach": float(np.sqrt(max(((frame - (low + extent / 2)) ** 2).sum(axis=1).max() for frame in scene.positions))),
        "bounds": [*low.tolist(), *(low + extent).tolist()],  # lowest of each axis, then highest of each
        "trees": [
            {"frame": t.frame, "plateaus": within(t.plateaus, span)[:PLATEAUS_KEPT], "suggestion": t.suggestion.to_dict()}
            for t in scene.trees
        ],
        "eps": {"low": span[0], "high": span[1], "start": start_eps(scene, span)} if span else None,
        "eps_note": None if span else _why_no_range(last.sweep, len(first)),
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
    return _assemble(header, arrays)


def read_header(packed: bytes) -> dict[str, Any]:
    """Return the JSON header of a packed scene."""
    (length,) = struct.unpack_from("<I", packed)
    header: dict[str, Any] = json.loads(packed[4 : 4 + length])
    return header


def read_array(packed: bytes, name: str) -> np.ndarray:
    """Return one array of a packed scene, such as "rank" or "colours"; raises `KeyError` for one that it does not hold."""
    entry = read_header(packed)["arrays"][name]
    (length,) = struct.unpack_from("<I", packed)
    begin = 4 + length + (-(4 + length) % 8) + entry["offset"]
    flat = np.frombuffer(packed, f"<{entry['dtype']}", int(np.prod(entry["shape"])), begin)
    return flat.reshape(entry["shape"])


def is_whole(packed: bytes) -> bool:
    """Whether bytes are a packed scene of this format with all of its arrays, as a file that was cut off is not."""
    try:
        header = read_header(packed)
        if header["format"] != FORMAT:
            return False
        (length,) = struct.unpack_from("<I", packed)
        ends = (entry["offset"] + int(np.prod(entry["shape"])) * int(entry["dtype"][1:]) for entry in header["arrays"].values())
        return len(packed) >= 4 + length + (-(4 + length) % 8) + max(ends)
    except (struct.error, ValueError, KeyError, TypeError):
        return False


def with_initial(packed: bytes, **initial: object) -> bytes:
    """Return the same scene that begins elsewhere: `frame`, `eps`, `play`, `look`; what is not given stays."""
    (length,) = struct.unpack_from("<I", packed)
    header = read_header(packed)
    header["initial"] = {**header["initial"], **initial}
    return _framed(header, packed[4 + length + (-(4 + length) % 8) :])


def within(plateaus: list[dict[str, float]], span: tuple[float, float] | None) -> list[dict[str, float]]:
    """Return the parts of plateaus that the scene's range of ε shows; one may begin below it, even at 0."""
    if span is None:
        return []
    rows = [(p, max(p["eps_low"], span[0]), min(p["eps_high"], span[1])) for p in plateaus]
    shown = [
        {**p, "eps_low": low, "eps_high": high, "log_length": float(np.log(high / low))} for p, low, high in rows if low < high
    ]
    return sorted(shown, key=lambda p: -p["log_length"])


def start_eps(scene: Scene, span: tuple[float, float]) -> float:
    """The radius to begin with: given, suggested, the middle of the longest plateau, or the middle of the range."""
    last = scene.trees[-1]
    if scene.eps is not None:
        wanted = scene.eps
    elif last.suggestion.eps is not None:
        wanted = last.suggestion.eps
    elif within(last.plateaus, span):
        longest = within(last.plateaus, span)[0]
        wanted = float(np.sqrt(longest["eps_low"] * longest["eps_high"]))
    else:
        wanted = float(np.sqrt(span[0] * span[1]))
    return float(np.clip(wanted, *span))


def _columns(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The first 24 columns that hold numbers only, as float32 where that rounds none of them by more than the eye sees."""
    whole = {name: np.asarray(column, np.float64) for name, column in given.items()}
    finite = [name for name, column in whole.items() if np.isfinite(column).all()][:MOST_COLUMNS]
    with np.errstate(over="ignore", under="ignore"):
        small = {name: whole[name].astype(np.float32) for name in finite}
        spread = {name: float(np.ptp(whole[name] / 2)) for name in finite}
        lost = any((np.abs(small[name] / 2.0 - whole[name] / 2) > UNSEEN * spread[name]).any() for name in finite)
    return {name: whole[name] for name in finite} if lost else small


def _why_no_range(sweep: EpsilonSweep, n: int) -> str:
    if n < sweep.min_samples_:
        return f"{counted(n, 'point', 'are')} fewer than min_samples = {sweep.min_samples_}, so all are noise at every ε."
    return "There is no range of ε to sweep: the points lie on one spot, or all of them equally far apart."


def _assemble(header: dict[str, object], arrays: dict[str, np.ndarray]) -> bytes:
    table, chunks, offset = {}, [], 0
    for name, array in arrays.items():
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        table[name] = {"dtype": f"{array.dtype.kind}{array.dtype.itemsize}", "shape": list(array.shape), "offset": offset}
        padding = -little.nbytes % 8
        chunks.append(little.tobytes() + b"\0" * padding)
        offset += little.nbytes + padding
    return _framed({**header, "arrays": table}, b"".join(chunks))


def _framed(header: dict[str, object], body: bytes) -> bytes:
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([struct.pack("<I", len(text)), text, b"\0" * (-(4 + len(text)) % 8), body])
