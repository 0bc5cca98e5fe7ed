"""What a suggestion is limited by, and what would be read beyond each limit: smallest cluster, most noise, smallest ε.

A limit is named where it decided: where without it the longest plateau is that of a number that is not suggested, longer than all that
were read and long enough to be readable. What lies beyond is said, never suggested.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vaegc.sweep._plateaus import READABLE_LENGTH, Suggestion, find_plateaus, growth, middle, suggest
from vaegc.wording import counted, percent, whole_percent

if TYPE_CHECKING:
    from vaegc.sweep import EpsilonSweep

MOST_NOISE = 0.5  # beyond the limit on noise one looks up to here: where most points are noise, the rest is no clustering of them
ROUNDING = 1e-4  # of the smallest ε: plateaus that end below are those of rounded coordinates
TIE = 1e-12  # of a share


@dataclass(frozen=True, slots=True)
class Plateau:
    """The longest plateau that is read beyond a limit."""

    n_clusters: int
    low: float
    high: float
    length: float
    outside: float  # share of the points in no counted cluster, in its middle

    @property
    def words(self) -> str:
        """What holds, and for how long."""
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
        self.n, self.count = len(sweep.core_distances_), sweep.min_count(min_size)
        least = int(np.ceil(self.count))
        self.size = f"{percent(min_size)} of the points ({least:,})" if min_size < 1 else counted(least, "point")
        self._states: dict[float, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def plateaus(self) -> pd.DataFrame:
        """`EpsilonSweep.plateaus` within the limits."""
        return self._table(self.count, self.max_noise, self.floor)

    def judged(self) -> Suggestion:
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

        def other(count: float, most: float, floor: float) -> Plateau | None:
            one = self._longest(count, most, floor)
            return one if one and one.n_clusters != found.n_clusters and one.length > max(length, READABLE_LENGTH) else None

        said: list[str] = []
        smaller = [c for c in (max(self.count / 4, 1.0), 1.0) if c < self.count]
        most = max(self.max_noise, MOST_NOISE)
        small = max((one for c in smaller if (one := other(c, self.max_noise, self.floor))), key=_length, default=None)
        if small:
            said.append(f"{self._small(small)}; with them, {small.words}.")
        noisy = other(self.count, most, self.floor) if most > self.max_noise else None
        if noisy:
            said.append(f"{self._noisy()}; with it, {noisy.words} ({whole_percent(noisy.outside)} in none).")
        both = None if said else max((one for c in smaller if (one := other(c, most, self.floor))), key=_length, default=None)
        if both:
            said.append(
                f"{self._small(both)}, and {_lower(self._noisy())}; with both, {both.words} ({whole_percent(both.outside)} in none)."
            )
        low = other(self.count, self.max_noise, 0.0) if self.floor > 0 else None
        if low and low.high > ROUNDING * self.floor and low.n_clusters < self.n:  # every point alone is no clustering
            said.append(f"ε below {self.floor:.3g} is not looked at; with it, {low.words}.")
        return tuple(said)

    def _small(self, beyond: Plateau) -> str:
        most = int(self.n / self.count)
        so = f", so no more than {most:,} can be" if beyond.n_clusters > most else ""
        return f"Clusters under {self.size} are not counted{so}"

    def _noisy(self) -> str:
        return f"Any ε at which more than {percent(self.max_noise)} of the points are in no counted cluster is left out"

    def _why_none(self) -> str:
        """Why no number has a plateau at all."""
        at, clusters, outside = self._read(self.count)
        seen = np.flatnonzero((clusters[:-1] >= 2) & (at[1:] > self.floor) & np.isfinite(at[1:]))
        if not len(seen):
            least = f" of at least {self.size}" if self.count > 1 else ""
            return f"No readable plateau: at no ε above {self.floor:.3g} are there two or more clusters{least}."
        best = int(seen[outside[seen].argmin()])
        return (
            f"No readable plateau: at every ε with two or more clusters more than {percent(self.max_noise)} of the points are noise"
            f"{' or in clusters too small to count' if self.count > 1 else ''} "
            f"(at best {whole_percent(outside[best])}, with {counted(int(clusters[best]), 'cluster')})."
        )

    def _read(self, count: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Radii (E,) from which a state holds, its clusters of `count` core points, and the share of points in none."""
        if count not in self._states:
            at, clusters, assigned, _ = self.sweep.states(int(np.ceil(count)))
            self._states[count] = at, clusters, 1.0 - assigned / self.n
        return self._states[count]

    def _table(self, count: float, most: float, floor: float) -> pd.DataFrame:
        at, clusters, outside = self._read(count)
        return find_plateaus(at, clusters, outside <= most + TIE, floor)

    def _longest(self, count: float, most: float, floor: float) -> Plateau | None:
        table = self._table(count, most, floor)
        if table.empty:
            return None
        at, _, outside = self._read(count)
        k, low, high, length = map(float, table.iloc[0])
        away = float(outside[max(int(np.searchsorted(at, middle(low, high), "right")) - 1, 0)])
        return Plateau(int(k), low, high, length, away)


def _length(plateau: Plateau) -> float:
    return plateau.length


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
