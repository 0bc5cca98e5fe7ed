"""What was looked at about one number of clusters: what each slice, bandwidth and method says of it. No label is used.

Methods that rest on the same are one voice (`vaegc.selection.votes.SHARED`), and those that rest on the sweep are none beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vaegc.experiment import Experiment
from vaegc.selection.choice import KSelection, Plateau, Slice
from vaegc.selection.votes import SHARED

LEAST = 2  # voices that agree: one alone is no agreement


@dataclass(frozen=True)
class Voice:
    """What methods that rest on the same say together: one piece of evidence, however many they are."""

    methods: tuple[str, ...]
    answers: tuple[int | None, ...]  # of each
    at_most: int | None  # the largest number that any of them could have named; None: any

    @property
    def says(self) -> int | None:
        """The number that most of those that name one name; None where none does or they differ."""
        named = Counter(n for n in self.answers if n is not None)
        n, count = named.most_common(1)[0] if named else (None, 0)
        return n if 2 * count > named.total() else None

    @property
    def words(self) -> str:
        """The methods and what each says."""
        return " and ".join(f"{m} {n or 'cannot tell'}" for m, n in zip(self.methods, self.answers, strict=True))

    def could_say(self, k: int) -> bool:
        """Whether k is among the numbers that were tried, so that another answer speaks against it."""
        return self.at_most is None or k <= self.at_most


def voices_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Voice, ...]:
    """Return the voices beside that of the sweep, from the rows of `choosing.vote`; those of which no method was asked are left out."""
    row_of = {row["method"]: row for row in rows}
    voices = []
    for rests_on, methods in SHARED.items():
        asked = [row_of[m] for m in methods if m in row_of]
        if rests_on != "sweep" and asked:
            limits = [int(row["at_most"]) for row in asked if row.get("at_most") is not None]
            most = max(limits) if len(limits) == len(asked) else None
            voices.append(Voice(tuple(row["method"] for row in asked), tuple(row["n_clusters"] for row in asked), most))
    return tuple(voices)


@dataclass(frozen=True)
class Evidence:
    """What was looked at, about one number of clusters."""

    choice: KSelection
    spec: Experiment
    k: int

    @property
    def climbed(self) -> bool:
        """Whether there is a climb."""
        return self.choice.steps[-1] > 0

    @property
    def before(self) -> int | None:
        """What the sweep says before the climb."""
        return self.choice.slices[0].suggestion.n_clusters

    @property
    def after(self) -> int | None:
        """What the sweep says after the climb; without one, of the points as they are."""
        return self.choice.slices[-1].suggestion.n_clusters

    @property
    def family(self) -> int | None:
        """What all bandwidths and steps together say."""
        return None if self.choice.family is None else self.choice.family.n_clusters

    @cached_property
    def since(self) -> int | None:
        """First of the last steps in a row that all say k; None where the last step does not."""
        first = None
        for slice_ in reversed(self.choice.slices):
            if slice_.suggestion.n_clusters != self.k:
                break
            first = slice_.step
        return first

    @property
    def held(self) -> float:
        """Share of the slices after the first step that say k."""
        later = [s.suggestion.n_clusters for s in self.choice.slices if s.step > 0]
        return later.count(self.k) / max(len(later), 1)

    @cached_property
    def fields(self) -> Counter[int | None]:
        """How many fields of the (bandwidth, step) diagram, of those that the family looks at, say which number."""
        return Counter(cell.suggestion.n_clusters for cell in self.choice.cells if cell.step in self.choice.family_steps)

    @cached_property
    def bandwidths(self) -> list[float]:
        """Bandwidths after which some step of the family says k."""
        of_k = {
            c.neighbors for c in self.choice.cells if c.step in self.choice.family_steps and c.suggestion.n_clusters == self.k
        }
        return sorted(of_k)

    @cached_property
    def voices(self) -> dict[str, tuple[Voice, ...]]:
        """The independent evidence beside the sweep, "before" and "after" the climb."""
        return {when: voices_of(rows) for when, rows in self.choice.votes.items()}

    @cached_property
    def votes(self) -> dict[str, Counter[int | None]]:
        """How many of `voices` that could have said k say which number, "before" and "after" the climb."""
        return {when: Counter(one.says for one in some if one.could_say(self.k)) for when, some in self.voices.items()}

    @property
    def agreeing(self) -> int:
        """Voices that say k, before or after the climb, whichever are more."""
        return max((votes[self.k] for votes in self.votes.values()), default=0)

    @property
    def agreed(self) -> bool:
        """Whether before or after the climb most voices that could have said k do, and two at least."""
        return any(votes[self.k] >= LEAST and 2 * votes[self.k] > votes.total() for votes in self.votes.values())

    @property
    def outvoted(self) -> tuple[str, int, int] | None:
        """When most voices say another number: "before" or "after", how many, and which number; None where they do not."""
        for when, votes in self.votes.items():
            for n, count in votes.items():
                if n not in (None, self.k) and count >= LEAST and 2 * count > votes.total():
                    return when, count, int(n or 0)
        return None

    @property
    def where(self) -> Slice | None:
        """The slice in which k is best looked at: the last one that says it."""
        return next((s for s in reversed(self.choice.slices) if s.suggestion.n_clusters == self.k), None)

    @property
    def runner_up(self) -> Plateau | None:
        """The longest plateau of another number where k is looked at."""
        slice_ = self.where or self.choice.slices[-1]
        return next((p for p in slice_.plateaus if p.n_clusters != self.k), None)
