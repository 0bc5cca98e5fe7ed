"""Tables of a choice of K: the numbers of its diagrams, for a spreadsheet or pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vaegc.selection.choice import KSelection


def step_sweeps_table(choice: KSelection) -> pd.DataFrame:
    """Return a table with one row per swept step and ε: step, eps, n_clusters and outside.

    `outside` is the share of the points in no counted cluster.
    """
    e, s = len(choice.eps), len(choice.step_sweeps)
    return pd.DataFrame({
        "step": np.repeat([entry.step for entry in choice.step_sweeps], e),
        "eps": np.tile(choice.eps, s),
        "n_clusters": np.concatenate([entry.n_clusters for entry in choice.step_sweeps]) if s else np.empty(0, int),
        "outside": np.concatenate([entry.outside_share for entry in choice.step_sweeps]) if s else np.empty(0),
    })  # fmt: skip


def bandwidth_cells_table(choice: KSelection) -> pd.DataFrame:
    """Return a table with one row per bandwidth and step: neighbors, step, n_clusters, eps, log_length, longest and reason.

    `n_clusters` is missing where none can be read. `longest` is the number with the longest plateau, readable or not, and `log_length` that plateau's length in ln ε.
    """
    rows = [
        (
            entry.neighbors, entry.step, entry.suggestion.n_clusters, entry.suggestion.eps, entry.longest.log_length if entry.longest else 0.0,
            entry.longest.n_clusters if entry.longest else None, entry.suggestion.reason,
        )
        for entry in choice.bandwidth_cells
    ]  # fmt: skip
    columns = ["neighbors", "step", "n_clusters", "eps", "log_length", "longest", "reason"]
    return pd.DataFrame(rows, columns=columns).astype({"n_clusters": "Int64", "longest": "Int64"})


def votes_table(choice: KSelection) -> pd.DataFrame:
    """Return a table with one row per vote: when ("before" or "after" the climb), and the columns of `vaegc.vote`."""
    rows = [{"when": when, **row} for when, votes in choice.votes.items() for row in votes]
    columns = ["when", "method", "n_clusters", "reason", "given", "seconds"]
    return pd.DataFrame(rows, columns=None if rows else columns).astype({"n_clusters": "Int64"})
