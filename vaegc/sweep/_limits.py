"""What a suggestion is limited by, and what would be read beyond each limit: smallest cluster, most noise, smallest ε.

A limit is named where it decided: where without it the longest plateau is that of a number that is not suggested, longer than all that
were read and long enough to be readable. What lies beyond is said, never suggested.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vaegc.sweep._plateaus import READABLE_LENGTH, Suggestion, find_plateaus, growth, middle, no_suggestion, suggest
from vaegc.wording import cluster_size, counted, percent, whole_percent

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

MAX_NOISE_BEYOND = (
    0.5  # beyond the limit on noise one looks up to this share: where most points are noise, the rest is no clustering of them
)
MIN_EPS_BELOW = 1e-4  # of the smallest ε: plateaus that end below are those of rounded coordinates
SHARE_TOLERANCE = 1e-12  # within which a share of noise is the limit itself


@dataclass(frozen=True, slots=True)
class Plateau:
    """The longest plateau that is read beyond a limit."""

    n_clusters: int
    low: float
    high: float
    length: float
    unclustered: float  # share of the points in no counted cluster, in its middle

    def describe(self) -> str:
        """What holds, and for how long, in words."""
        return f"{counted(self.n_clusters, 'cluster', 'hold')} {growth(self.low, self.high)}"


class Limits:
    """Reads one sweep with and without its limits.

    Parameters
    ----------
    sweep
        Fitted.
    min_size, max_noise
        As in `EpsilonSweep.plateaus`.
    """

    def __init__(self, sweep: EpsilonSweep, min_size: float, max_noise: float) -> None:
        self.sweep, self.max_noise, self.floor = sweep, max_noise, sweep.eps_floor_
        self.n, self.min_count = len(sweep.core_distances_), sweep.min_count(min_size)
        least = int(np.ceil(self.min_count))
        self.size_text = cluster_size(min_size) + (f" ({least:,})" if min_size < 1 else "")
        self._states: dict[float, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def plateaus(self) -> pd.DataFrame:
        """`EpsilonSweep.plateaus` within the limits."""
        return self._table(self.min_count, self.max_noise, self.floor)

    def suggestion(self) -> Suggestion:
        """The suggestion that is read off the plateaus, with the limits that decided it."""
        plateaus = self.plateaus()
        found = suggest(plateaus)
        if plateaus.empty:
            found = replace(found, reason=self._why_none())
        limits = self._beyond(found, plateaus)
        return replace(found, reason=" ".join([found.reason, *limits]), limits=limits)

    def _beyond(self, found: Suggestion, plateaus: pd.DataFrame) -> tuple[str, ...]:
        """One sentence for each limit without which a number that is not suggested holds longer than any of `plateaus`."""
        length = float(plateaus["log_length"].iloc[0]) if len(plateaus) else 0.0

        def contrary(min_count: float, max_noise: float, floor: float) -> Plateau | None:
            one = self._longest(min_count, max_noise, floor)
            return one if one and one.n_clusters != found.n_clusters and one.length > max(length, READABLE_LENGTH) else None

        said: list[str] = []
        smaller = [c for c in (max(self.min_count / 4, 1.0), 1.0) if c < self.min_count]
        max_noise = max(self.max_noise, MAX_NOISE_BEYOND)
        small = max((one for c in smaller if (one := contrary(c, self.max_noise, self.floor))), key=_length, default=None)
        if small:
            said.append(f"{self._small(small)}; with them, {small.describe()}.")
        noisy = contrary(self.min_count, max_noise, self.floor) if max_noise > self.max_noise else None
        if noisy:
            said.append(f"{self._noisy()}; with it, {noisy.describe()} ({whole_percent(noisy.unclustered)} in none).")
        both = (
            None
            if said
            else max((one for c in smaller if (one := contrary(c, max_noise, self.floor))), key=_length, default=None)
        )
        if both:
            said.append(
                f"{self._small(both)}, and {_lower(self._noisy())}; with both, {both.describe()} ({whole_percent(both.unclustered)} in none)."
            )
        low = contrary(self.min_count, self.max_noise, 0.0) if self.floor > 0 else None
        if low and low.high > MIN_EPS_BELOW * self.floor and low.n_clusters < self.n:  # every point alone is no clustering
            said.append(f"ε below {self.floor:.3g} is not looked at; with it, {low.describe()}.")
        return tuple(said)

    def _small(self, beyond: Plateau) -> str:
        most = int(self.n / self.min_count)
        so = f", so no more than {most:,} can be" if beyond.n_clusters > most else ""
        return f"Clusters under {self.size_text} are not counted{so}"

    def _noisy(self) -> str:
        return f"Any ε at which more than {percent(self.max_noise)} of the points are in no counted cluster is left out"

    def _why_none(self) -> str:
        """Why no number has a plateau at all."""
        at, clusters, unclustered = self._counts(self.min_count)
        seen = np.flatnonzero((clusters[:-1] >= 2) & (at[1:] > self.floor) & np.isfinite(at[1:]))
        if not len(seen):
            least = f" of at least {self.size_text}" if self.min_count > 1 else ""
            return f"No readable plateau: at no ε above {self.floor:.3g} are there two or more clusters{least}."
        best = int(seen[unclustered[seen].argmin()])
        return (
            f"No readable plateau: at every ε with two or more clusters more than {percent(self.max_noise)} of the points are noise"
            f"{' or in clusters too small to count' if self.min_count > 1 else ''} "
            f"(at best {whole_percent(unclustered[best])}, with {counted(int(clusters[best]), 'cluster')})."
        )

    def _counts(self, min_count: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Radii (E,) from which a state holds, its clusters of `min_count` core points, and the share of points in none."""
        if min_count not in self._states:
            at, clusters, assigned, _ = self.sweep.component_counts(int(np.ceil(min_count)))
            self._states[min_count] = at, clusters, 1.0 - assigned / self.n
        return self._states[min_count]

    def _table(self, min_count: float, max_noise: float, floor: float) -> pd.DataFrame:
        at, clusters, unclustered = self._counts(min_count)
        return find_plateaus(at, clusters, unclustered <= max_noise + SHARE_TOLERANCE, floor)

    def _longest(self, min_count: float, max_noise: float, floor: float) -> Plateau | None:
        table = self._table(min_count, max_noise, floor)
        if table.empty:
            return None
        at, _, unclustered = self._counts(min_count)
        k, low, high, length = map(float, table.iloc[0])
        share = float(unclustered[max(int(np.searchsorted(at, middle(low, high), "right")) - 1, 0)])
        return Plateau(int(k), low, high, length, share)


def suggestion_of(sweep: EpsilonSweep, min_size: float, max_noise: float) -> Suggestion:
    """`EpsilonSweep.suggest`."""
    n, weight = len(sweep.core_distances_), sweep.tree_["weight"]
    if n < sweep.min_samples_:
        return no_suggestion(f"{counted(n, 'point', 'are')} fewer than min_samples = {sweep.min_samples_}: all is noise.")
    if weight.size == 0 or weight[-1] == 0:
        return no_suggestion("All points are equal: there is nothing to separate.")
    return Limits(sweep, min_size, max_noise).suggestion()


def _length(plateau: Plateau) -> float:
    return plateau.length


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
