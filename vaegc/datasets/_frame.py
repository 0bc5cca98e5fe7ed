"""`Table`: the columns of a file as a pandas frame."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Table:
    """All columns of a file."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()  # how it was read, where that is not as usual
    named: bool = True  # whether its columns have names of their own
    row_names: tuple[object, ...] = ()  # columns that only name the rows
    nested: tuple[str, ...] = ()  # columns of lists, which were left out
