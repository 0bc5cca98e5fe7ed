"""One suggestion from several sweeps of the same data: other bandwidths, other steps of the climb, other min_samples.

The rule, in words. In every sweep each number of clusters K has its longest plateau. A sweep gives K that length, but at most
MAX_LENGTH: beyond, it grows with the climb and says no more. The lengths of all sweeps are added up and multiplied by K, since
where nothing is special K lasts about 1/K as long while the bandwidth grows: the merging of 20 clusters into 19 is near, that of 3
into 2 is far. K counts only if it is readable in a sixth of the sweeps, which clusters that the climb makes out of nothing are not.
The K with the most wins. One sweep alone is judged by its own rule.

No label is used. The constants were set on digits, USPS, the shape suite and sets without clusters (`vaegc bench family`); what
surrounds them gives nearly the same answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vaegc.errors import BadInput
from vaegc.sweep._plateaus import READABLE_LENGTH, Suggestion, middle, suggest
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

MAX_LENGTH = 2.0  # in ln eps, that one plateau adds
MIN_SUPPORT = 1 / 6  # share of the sweeps in which a number must hold for READABLE_LENGTH


@dataclass(frozen=True, slots=True)
class FamilySuggestion(Suggestion):
    """The number of clusters that several sweeps suggest together; `eps` and `log_length` are those of the sweep named."""

    sweep_index: int | None = None  # of the sweep in which the number holds longest
    support: int = 0  # sweeps in which it is readable

    def to_dict(self) -> dict[str, object]:
        """Return plain JSON-ready data; an endless length is None, `sweep_index` goes by its name in files, "slice"."""
        return {"slice" if name == "sweep_index" else name: value for name, value in Suggestion.to_dict(self).items()}


def suggest_family(sweeps: Sequence[EpsilonSweep], min_size: float = 0.01, max_noise: float = 0.1) -> FamilySuggestion:
    """Return the number of clusters that holds over several sweeps (bandwidth x step x min_samples); no labels are used.

    Parameters
    ----------
    sweeps
        Fitted sweeps of the same N points, before and after climbs with different bandwidths and steps. A good family has
        bandwidths that double, ``neighbors`` from .005 to .16, after 5, 10 and 20 steps, as in `vaegc bench family`.
    min_size, max_noise
        As in `EpsilonSweep.plateaus`.

    Raises
    ------
    BadInput
        No sweeps, or sweeps of different numbers of points.

    Examples
    --------
    >>> from vaegc import EpsilonSweep, load_dataset, suggest_family
    >>> x = load_dataset("moons", n=1000).x
    >>> suggest_family([EpsilonSweep(m).fit(x) for m in (5, 10, 15)]).n_clusters
    2
    """
    sweeps = list(sweeps)
    if not sweeps:
        raise BadInput("suggest_family needs at least one sweep.")
    if len({len(sweep.core_distances_) for sweep in sweeps}) > 1:
        raise BadInput("suggest_family compares sweeps of the same points; these have different numbers of them.")
    if len(sweeps) == 1:
        return _of_one(sweeps[0].suggest(min_size, max_noise))
    limits = [sweep.suggest(min_size, max_noise).limits for sweep in sweeps]
    return family_of([sweep.plateaus(min_size, max_noise) for sweep in sweeps], limits)


def family_of(tables: Sequence[pd.DataFrame], limits: Sequence[Sequence[str]] = ()) -> FamilySuggestion:
    """Judge the plateaus of several sweeps together.

    Parameters
    ----------
    tables
        Of `EpsilonSweep.plateaus`, one of each sweep; the longest plateau of each number is enough of it.
    limits
        `Suggestion.limits` of each sweep; empty where they are not known.
    """
    found = _of_one(suggest(tables[0])) if len(tables) == 1 else _of_many(tables)
    decided = [tuple(said) for said in limits if said]
    if not decided:
        return found
    first = f"In {len(decided)} of {counted(len(tables), 'slice')} limits decided, as in this one:"
    said = (" ".join([first, *decided[0]]),) if len(tables) > 1 else decided[0]
    return replace(found, reason=" ".join([found.reason, *said]), limits=said)


def _of_many(tables: Sequence[pd.DataFrame]) -> FamilySuggestion:
    lengths = pd.DataFrame([_longest(table) for table in tables]).fillna(0.0)  # (sweeps, numbers)
    support = (lengths >= READABLE_LENGTH).sum()
    needed = math.ceil(MIN_SUPPORT * len(tables))
    weight = lengths.clip(upper=MAX_LENGTH).sum() * lengths.columns.to_numpy(float)
    weight = weight[support >= needed].sort_values(ascending=False, kind="stable")
    if weight.empty:
        reason = f"No readable plateau: no number of clusters holds in {needed} of {counted(len(tables), 'slice')} or more."
        return FamilySuggestion(None, None, float(lengths.to_numpy().max(initial=0.0)), None, reason)
    k = int(weight.index[0])
    runner_up = int(weight.index[1]) if len(weight) > 1 else None
    at = int(np.argmax(lengths[k].to_numpy()))
    length = float(lengths[k].iloc[at])
    best = tables[at]
    row = best[best["n_clusters"] == k].iloc[0]
    low, high = float(row["eps_low"]), float(row["eps_high"])
    eps = middle(low, high)
    rest = f"; the next, {runner_up} clusters, in {int(support[runner_up])}" if runner_up is not None else ""
    reason = f"{k} clusters hold in {int(support[k])} of {len(tables)} slices{rest}."
    return FamilySuggestion(k, eps, length, runner_up, reason, sweep_index=at, support=int(support[k]))


def _of_one(alone: Suggestion) -> FamilySuggestion:
    found = alone.n_clusters is not None
    return FamilySuggestion(**asdict(alone), sweep_index=0 if found else None, support=int(found))


def _longest(plateaus: pd.DataFrame) -> dict[int, float]:
    """Length of the longest plateau of each number; the table has the longest first."""
    return {
        int(k): float(length) for k, length in plateaus.drop_duplicates("n_clusters")[["n_clusters", "log_length"]].to_numpy()
    }
