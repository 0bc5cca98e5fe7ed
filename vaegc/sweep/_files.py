"""A fitted sweep on disk: one .npz of plain arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaegc.errors import BadInput
from vaegc.store import DAMAGED_FILE_ERRORS, atomic_write, open_npz
from vaegc.sweep._tree import EDGE

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

FORMAT = 1
EDGE_NAMES = ("u", "v", "weight")
Parts = tuple[int, float | None, np.ndarray, float, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def write_sweep(sweep: EpsilonSweep, path: str | Path) -> None:
    """Write a fitted sweep."""
    target, points = Path(path), sweep.points_  # first: a sweep that was not fitted says so
    given = np.nan if sweep._given_floor is None else float(sweep._given_floor)
    try:
        with atomic_write(target) as temporary, temporary.open("wb") as file:
            np.savez(
                file, format=FORMAT, min_samples=sweep.min_samples_, given_floor=given, floor=sweep.eps_floor_, points=points,
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
        with open_npz(source) as kept:
            if int(kept["format"]) != FORMAT:
                raise BadInput(f"{source.name} was saved in format {int(kept['format'])}; this version reads format {FORMAT}.")
            reals = ("points", "core", "border", "tree_weight")
            parts = {name: _plain(kept[name], np.float64) for name in reals}
            parts |= {name: _plain(kept[name], np.int32) for name in ("parent", "tree_u", "tree_v")}
            samples = int(kept["min_samples"])
            tree = np.empty(len(parts["tree_u"]), EDGE)
            for name in EDGE_NAMES:
                tree[name] = parts[f"tree_{name}"]
            points, core, border, parent = (parts[name] for name in ("points", "core", "border", "parent"))
            given, floor = float(kept["given_floor"]), float(kept["floor"])
            if not _is_sweep(points, core, border, parent, tree, samples) or not (np.isfinite(floor) and floor >= 0):
                raise ValueError("parts do not fit each other")
            return samples, None if np.isnan(given) else given, points, floor, core, border, parent, tree
    except BadInput:
        raise
    except (*DAMAGED_FILE_ERRORS, ArithmeticError):
        raise BadInput(f"{source.name} is damaged or is no saved sweep; save it again.") from None


def _plain(array: np.ndarray, dtype: type) -> np.ndarray:
    """Return a contiguous array of this type if the kept one is of its kind, so that kernels get what they were compiled for."""
    if array.dtype.kind != np.dtype(dtype).kind:
        raise ValueError("not the kind of numbers that a sweep holds")
    return np.ascontiguousarray(array, dtype=dtype)


def _is_sweep(
    points: np.ndarray, core: np.ndarray, border: np.ndarray, parent: np.ndarray, tree: np.ndarray, samples: int
) -> bool:
    """Whether the parts are of one sweep: compiled code trusts them, without looking at bounds."""
    from scipy.sparse import coo_array  # slow to import, and only reading a file needs it
    from scipy.sparse.csgraph import connected_components

    if points.ndim != 2 or 0 in points.shape or not np.isfinite(points).all():
        return False
    n = len(points)
    if len(tree) != n - 1 or any(part.shape != (n,) for part in (core, border, parent)):
        return False
    u, v, weight = (tree[name] for name in EDGE_NAMES)
    if not all(((part >= 0) & (part < n)).all() for part in (parent, u, v)):
        return False
    numbers = (core >= border).all() and (border >= 0).all() and not np.isnan(weight).any()  # NaN is not >= anything
    reach = (weight >= np.maximum(core[u], core[v])).all() and (weight[1:] >= weight[:-1]).all()
    known = samples >= 1 and np.isinf(core).all() == (n < samples)
    spans = connected_components(coo_array((np.ones(n - 1), (u, v)), shape=(n, n)), directed=False)[0] == 1
    return bool(numbers and reach and known and spans)
