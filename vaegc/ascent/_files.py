"""Trajectories on disk: one .npz of plain arrays each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaegc.errors import BadInput
from vaegc.store import DAMAGED_FILE_ERRORS, atomic_write, open_npz

if TYPE_CHECKING:
    from vaegc.ascent._trajectory import Trajectory

SCHEMA = 2  # 1 kept the places of all frames as float32
SCALARS = ("schema", "stopped", "eps_floor")
PER_POINT = ("log_density", "step_lengths", "path_lengths")


def write_trajectory(path: Trajectory, target: Path) -> None:
    """Write a trajectory; raises `BadInput` where that is impossible."""
    if target.suffix != ".npz":
        raise BadInput(f"A trajectory is saved to a .npz file; got {target.name!r}.")
    try:
        with atomic_write(target) as temporary, temporary.open("wb") as file:
            np.savez(file, schema=SCHEMA, **path.to_arrays())  # type: ignore[arg-type]
    except OSError as error:
        raise BadInput(f"The trajectory cannot be written to {str(target)!r}: {error.strerror or error}.") from None


def read_trajectory(source: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file of `write_trajectory`, which fit together; those of schema 1 hold "points"."""
    try:
        with open_npz(source) as file:
            kept = {name: file[name] for name in file.files}
    except (*DAMAGED_FILE_ERRORS, AttributeError) as error:
        reason = getattr(error, "strerror", None) or "it is no whole .npz file"
        raise BadInput(f"No trajectory can be read from {source.name!r}: {reason}.") from None
    if not _is_trajectory(kept):
        raise BadInput(f"{source.name!r} is no trajectory of this version.")
    return kept


def _is_trajectory(kept: dict[str, np.ndarray]) -> bool:
    """Whether arrays of a file are those of a trajectory, which fit together."""
    if not {*SCALARS, *PER_POINT, "steps"} <= set(kept) or any(array.dtype.kind not in "fiub" for array in kept.values()):
        return False
    if any(kept[name].shape != () for name in SCALARS) or kept.get("effective", np.zeros(())).shape != ():
        return False
    shapes = {1: _old_shapes, SCHEMA: _shapes}.get(int(kept["schema"]), lambda kept: None)(kept)
    if shapes is None:
        return False
    frames, data = shapes
    if len(frames) != 3 or 0 in frames or kept["steps"].shape != frames[:1]:
        return False
    if any(kept[name].shape != frames[:2] for name in PER_POINT):
        return False
    return data is None or (len(data) == 3 and data[1] == frames[1] and data[0] in range(frames[0] + 1))


Shapes = tuple[tuple[int, ...], tuple[int, ...] | None]


def _old_shapes(kept: dict[str, np.ndarray]) -> Shapes | None:
    """Shapes of the frames and of the moved data in schema 1; None where they are not there."""
    if "points" not in kept:
        return None
    return kept["points"].shape, kept["data_points"].shape if "data_points" in kept else None


def _shapes(kept: dict[str, np.ndarray]) -> Shapes | None:
    """Shapes of the frames and of the moved data; None where their parts do not fit together."""
    of_data = any(name.startswith("data_") for name in kept)
    whole = all(_are_frames(kept, prefix) for prefix in ("", *(["data_"] if of_data else [])))
    whole = whole and "effective" in kept
    return (kept["offsets"].shape, kept["data_offsets"].shape if of_data else None) if whole and "points" not in kept else None


def _are_frames(kept: dict[str, np.ndarray], prefix: str) -> bool:
    """Whether start, offsets and unit of frames are there and of one shape."""
    start, offsets, unit = (kept.get(f"{prefix}{name}") for name in ("start", "offsets", "unit"))
    if start is None or offsets is None or unit is None or unit.shape != () or not unit > 0:
        return False
    return start.dtype.kind == "f" and offsets.dtype == np.float32 and start.shape == offsets.shape[1:]
