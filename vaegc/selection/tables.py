"""A choice of K as tables: what its diagrams are drawn from, for a spreadsheet or pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

from vaegc.selection.choice import KSelection


def slices_table(choice: KSelection) -> pd.DataFrame:
    """Return step, eps, n_clusters and outside, the share of the points in no counted cluster: one row per step and ε that is there."""
    e, s = len(choice.eps), len(choice.slices)
    return pd.DataFrame({
        "step": np.repeat([one.step for one in choice.slices], e),
        "eps": np.tile(choice.eps, s),
        "n_clusters": np.concatenate([one.counted for one in choice.slices]) if s else np.empty(0, int),
        "outside": np.concatenate([one.outside for one in choice.slices]) if s else np.empty(0),
    })  # fmt: skip


def cells_table(choice: KSelection) -> pd.DataFrame:
    """Return neighbors, step, n_clusters (missing where none can be read), eps, log_length, longest and reason: one row per bandwidth and step.

    `longest` is the number with the longest plateau, readable or not, and `log_length` that plateau's length in ln ε.
    """
    rows = [
        (
            one.neighbors, one.step, one.suggestion.n_clusters, one.suggestion.eps, one.longest.log_length if one.longest else 0.0,
            one.longest.n_clusters if one.longest else None, one.suggestion.reason,
        )
        for one in choice.cells
    ]  # fmt: skip
    columns = ["neighbors", "step", "n_clusters", "eps", "log_length", "longest", "reason"]
    return pd.DataFrame(rows, columns=columns).astype({"n_clusters": "Int64", "longest": "Int64"})


def votes_table(choice: KSelection) -> pd.DataFrame:
    """Return when ("before" or "after" the climb), method, n_clusters, reason, given, seconds and, where labels are known, acc, nmi, ari."""
    rows = [{"when": when, **row} for when, votes in choice.votes.items() for row in votes]
    columns = ["when", "method", "n_clusters", "reason", "given", "seconds"]
    return pd.DataFrame(rows, columns=None if rows else columns).astype({"n_clusters": "Int64"})
