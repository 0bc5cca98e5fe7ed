"""A fitted sweep on disk: one .npz of plain arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaegc.errors import BadInput
from vaegc.store import DAMAGE, written_whole
from vaegc.sweep._tree import EDGE

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

FORMAT = 1
EDGE_NAMES = ("u", "v", "weight")
Parts = tuple[int, float | None, np.ndarray, float, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def write_sweep(sweep: EpsilonSweep, path: str | Path) -> None:
    """Write a fitted sweep."""
    target = Path(path)
    given = np.nan if sweep.eps_floor is None else float(sweep.eps_floor)
    try:
        with written_whole(target) as temporary, temporary.open("wb") as file:
            np.savez(
                file, format=FORMAT, min_samples=sweep.min_samples, given_floor=given, floor=sweep.eps_floor_, points=sweep.points_,
                core=sweep.core_distances_, border=sweep.border_distances_, parent=sweep.border_parents_,
                **{f"tree_{name}": sweep.tree_[name] for name in EDGE_NAMES},  # type: ignore[arg-type]
            )  # fmt: skip
    except OSError as error:
        raise BadInput(f"The sweep cannot be saved to {str(target)!r}: {error.strerror or error}.") from None


def read_sweep(path: str | Path) -> Parts:
    """Return min_samples, the floor as given, points, floor, core, border, parents and tree of a file of `write_sweep`."""
    source = Path(path)
    if not source.is_file():
        raise BadInput(f"There is no file {str(source)!r}.")
    try:
        with np.load(source, allow_pickle=False) as kept:
            if int(kept["format"]) != FORMAT:
                raise BadInput(f"{source.name} was saved in format {int(kept['format'])}; this version reads format {FORMAT}.")
            points, core, border, parent = (kept[name] for name in ("points", "core", "border", "parent"))
            tree = np.empty(len(kept["tree_u"]), EDGE)
            for name in EDGE_NAMES:
                tree[name] = kept[f"tree_{name}"]
            given, floor = float(kept["given_floor"]), float(kept["floor"])
            n = len(points)
            whole = points.ndim == 2 and len(tree) == n - 1 and all(part.shape == (n,) for part in (core, border, parent))
            inside = all(((part >= 0) & (part < n)).all() for part in (parent, tree["u"], tree["v"]))
            if not (whole and inside and np.isfinite(points).all()):
                raise ValueError("parts do not fit each other")
            return int(kept["min_samples"]), None if np.isnan(given) else given, points, floor, core, border, parent, tree
    except BadInput:
        raise
    except DAMAGE:
        raise BadInput(f"{source.name} is damaged or is no saved sweep; save it again.") from None
