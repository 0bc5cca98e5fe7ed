"""A sheet: lines of rows of data with names, as every part of Generate gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.generation.places import Decoded, Grid, provenance

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


@dataclass(frozen=True, slots=True)
class Line:
    """Rows of data that belong together."""

    name: str  # "Component 3"
    words: str  # "weight 0.11"
    rows: np.ndarray  # (M, D)
    representative: int = -1  # the point that lends a cluster its colour; -1: none
    cluster: int = -1  # number of the model's component or of the cluster at ε, from 0; -1: none


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown and saved."""

    title: str  # what it is, in a few words
    words: str  # exactly what was drawn or decoded, with N, seeds and model
    lines: tuple[Line, ...]
    columns: tuple[str, ...] = ()  # a name for each row of a line, where they have one

    def to_dict(self) -> dict[str, Any]:
        """Return what is in it as plain JSON-ready data, without the rows themselves."""
        lines = [{"name": line.name, "words": line.words, "cluster": line.cluster, "rows": len(line.rows)} for line in self.lines]
        return {"title": self.title, "words": self.words, "columns": list(self.columns), "lines": lines}

    def rows(self) -> np.ndarray:
        """(L, M, D) rows of every line; lines are equally long."""
        return np.stack([line.rows for line in self.lines])


def sheet_of_grid(result: Result, grid: Grid, *, whole: bool = False) -> Sheet:
    """Return a decoded plane as a sheet, a line for each row of it; `whole`: all of it in one line, where rows are dots of one cloud."""
    words = f"{grid.rows} × {grid.columns} places of the map, from the top left. {grid.decoded.words} {provenance(result)}"
    rows = grid.decoded.rows
    parts = [rows] if whole else np.split(rows, grid.rows)
    return Sheet("The plane, decoded", words, tuple(Line("", "", part) for part in parts))


def sheet_of_walk(result: Result, decoded: Decoded, title: str, columns: tuple[str, ...] = ()) -> Sheet:
    """Return a walk as a sheet of one line."""
    return Sheet(title, f"{decoded.words} {provenance(result)}", (Line("", "", decoded.rows),), columns)
