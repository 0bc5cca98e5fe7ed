"""Plateaus of the number of clusters, and the suggestion read off them without labels.

A plateau counts from a floor of ε on; without it, it would grow without limit as clusters shrink.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from vaegc import robust
from vaegc.checks import as_points

FLOOR_SHARE = 0.01  # of the points' robust scale: the smallest radius worth a look
READABLE_LENGTH = 0.5  # in ln eps: the number must hold while the radius grows by 65 %
READABLE_LEAD = 1.5  # times the longest plateau of another number


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The number of clusters that the sweep suggests, or why it suggests none."""

    n_clusters: int | None  # None: no readable plateau
    eps: float | None  # geometric middle of the plateau
    log_length: float  # ln-eps length of the longest plateau, readable or not; 0 where there is none
    runner_up: int | None  # the number with the longest plateau among the others
    reason: str  # for a person: one sentence, and one more for each limit that decided
    limits: tuple[str, ...] = field(
        default=(), kw_only=True
    )  # what limited the reading and what lies beyond, a sentence each; they end the reason, too

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON-ready data; an endless length is None."""
        length = self.log_length if np.isfinite(self.log_length) else None
        return {**asdict(self), "log_length": length, "limits": list(self.limits)}


def eps_floor(points: npt.ArrayLike) -> float:
    """Smallest radius worth a look: 1 % of the median distance of the unprocessed points to their columnwise median (`vaegc.robust`).

    Without a floor a plateau grows without limit as clusters shrink. Both medians are there so that a few wild rows do
    not move it: around the mean, one row far away lifted it above every cluster of the others.

    Parameters
    ----------
    points
        (N, d) points before any ascent.
    """
    return FLOOR_SHARE * robust.scale(as_points(points))


def find_plateaus(at: np.ndarray, clusters: np.ndarray, allowed: np.ndarray, floor: float) -> pd.DataFrame:
    """Maximal intervals of one number of clusters.

    Parameters
    ----------
    at
        (E,) radii of the events, ascending; state e holds on [at[e], at[e+1]).
    clusters
        (E,) counted clusters.
    allowed
        (E,) whether few enough points are noise or unassigned.
    floor
        No plateau begins below. Where it is 0, one that begins at 0 is endless in ln ε.

    Returns
    -------
    Columns n_clusters, eps_low, eps_high, log_length; longest first, ties to the larger radius.
    """
    low, high = at[:-1], at[1:]
    kept = (clusters[:-1] >= 2) & allowed[:-1] & (high > floor) & np.isfinite(high)
    states = np.flatnonzero(kept)
    new = np.ones(len(states), bool)
    new[1:] = (np.diff(states) > 1) | (np.diff(clusters[states]) != 0)
    first, last = states[new], states[np.append(np.flatnonzero(new)[1:], len(states)) - 1] if len(states) else states
    table = pd.DataFrame({
        "n_clusters": clusters[first].astype(np.int64), "eps_low": np.maximum(low[first], floor), "eps_high": high[last],
    })  # fmt: skip
    with np.errstate(divide="ignore"):
        table["log_length"] = np.log(table["eps_high"].to_numpy(float) / table["eps_low"].to_numpy(float))
    return table.sort_values(["log_length", "eps_high"], ascending=False, kind="stable", ignore_index=True)


def no_suggestion(reason: str) -> Suggestion:
    """Return a suggestion of no number, of points without any plateau."""
    return Suggestion(None, None, 0.0, None, reason)


def suggest(plateaus: pd.DataFrame) -> Suggestion:
    """Judge a table of `find_plateaus`: readable means long, and clearly longer than any other number's."""
    if plateaus.empty:
        return no_suggestion("No readable plateau: no ε that counts shows two or more clusters.")
    best = plateaus.iloc[0]
    k, length = int(best["n_clusters"]), float(best["log_length"])
    others = plateaus[plateaus["n_clusters"] != k]
    runner_up = int(others.iloc[0]["n_clusters"]) if len(others) else None
    second = float(others.iloc[0]["log_length"]) if len(others) else 0.0
    low, high = float(best["eps_low"]), float(best["eps_high"])
    grows = growth(low, high)
    if length < READABLE_LENGTH:
        reason = f"No readable plateau: the longest, {k} clusters, holds only {grows}."
    elif length < READABLE_LEAD * second:
        reason = f"No readable plateau: {k} clusters hold {grows}, but {runner_up} hold nearly as long (a factor of {np.exp(second):.2f})."
    else:
        eps = middle(low, high)
        rest = f"; the next, {runner_up} clusters, only for a factor of {np.exp(second):.2f}" if runner_up is not None else ""
        return Suggestion(k, eps, length, runner_up, f"{k} clusters hold {grows}{rest}.")
    return Suggestion(None, None, length, runner_up, reason)


def middle(low: float, high: float) -> float:
    """The ε at which a plateau is read: its geometric middle; half of its end where it begins at 0."""
    return float(np.sqrt(low) * np.sqrt(high)) if low > 0 else high / 2  # roots first: the product need not be a number


def growth(low: float, high: float) -> str:
    """For how long a number holds, from one ε to another, in words."""
    return f"while ε grows by a factor of {high / low:.2f}" if low > 0 else f"at every ε below {high:.3g}"
