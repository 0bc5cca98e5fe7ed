"""What was looked at about one number of clusters: what each slice, bandwidth and method says of it. No label is used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from vaegc.experiment.choice import Choice, Plateau, Slice
from vaegc.experiment.spec import Experiment


@dataclass(frozen=True)
class Evidence:
    """What was looked at, about one number of clusters."""

    choice: Choice
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
    def votes(self) -> dict[str, Counter[int | None]]:
        """How many methods say which number, "before" and "after" the climb."""
        return {when: Counter(row["n_clusters"] for row in rows) for when, rows in self.choice.votes.items()}

    @property
    def agreeing(self) -> int:
        """Methods that say k, before or after the climb, whichever are more."""
        return max((votes[self.k] for votes in self.votes.values()), default=0)

    @property
    def outvoted(self) -> tuple[str, int, int] | None:
        """When most methods say another number: "before" or "after", how many, and which number; None where they do not."""
        for when, votes in self.votes.items():
            for n, count in votes.items():
                if n not in (None, self.k) and 2 * count > sum(votes.values()):
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
