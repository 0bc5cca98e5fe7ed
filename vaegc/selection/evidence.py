"""Evidence on one number of clusters k: what each step, bandwidth and method says of it. No label is used.

Methods that rest on the same count once (`vaegc.selection.votes.METHOD_GROUPS`); those that rest on the sweep do not count
beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vaegc.experiment import Experiment
from vaegc.selection.choice import BandwidthCell, KSelection, Plateau, StepSweep
from vaegc.selection.votes import METHOD_GROUPS

MIN_AGREEING = 2  # method groups: one alone is no agreement


@dataclass(frozen=True)
class MethodGroup:
    """Methods that rest on the same, and so are one piece of evidence, however many they are."""

    methods: tuple[str, ...]
    answers: tuple[int | None, ...]  # number of clusters of each; None: it cannot tell
    max_clusters: int | None  # the largest number that any of them could have named; None: any

    @property
    def answer(self) -> int | None:
        """The number that most of those that name one name; None where none does or they differ."""
        named = Counter(n for n in self.answers if n is not None)
        n, count = named.most_common(1)[0] if named else (None, 0)
        return n if 2 * count > named.total() else None

    @property
    def description(self) -> str:
        """The methods and the answer of each, in words."""
        return " and ".join(f"{m} {n or 'cannot tell'}" for m, n in zip(self.methods, self.answers, strict=True))

    def could_name(self, k: int) -> bool:
        """Whether k is among the numbers that were tried, so that another answer speaks against it."""
        return self.max_clusters is None or k <= self.max_clusters


def method_groups(rows: Iterable[Mapping[str, Any]]) -> tuple[MethodGroup, ...]:
    """Group rows of `vaegc.vote` by what the methods rest on; the group of the sweep and groups without a row are left out."""
    row_by_method = {row["method"]: row for row in rows}
    groups = []
    for rests_on, methods in METHOD_GROUPS.items():
        group_rows = [row_by_method[m] for m in methods if m in row_by_method]
        if rests_on != "sweep" and group_rows:
            limits = [int(row["at_most"]) for row in group_rows if row.get("at_most") is not None]
            max_clusters = max(limits) if len(limits) == len(group_rows) else None
            names, answers = (tuple(row[column] for row in group_rows) for column in ("method", "n_clusters"))
            groups.append(MethodGroup(names, answers, max_clusters))
    return tuple(groups)


@dataclass(frozen=True)
class Evidence:
    """What a choice says about k clusters."""

    choice: KSelection
    spec: Experiment
    k: int

    @property
    def climbed(self) -> bool:
        """Whether the spec has a climb."""
        return self.choice.steps[-1] > 0

    @property
    def before(self) -> int | None:
        """Number that the sweep before the climb suggests; None: none."""
        return self.choice.step_sweeps[0].suggestion.n_clusters

    @property
    def after(self) -> int | None:
        """Number that the sweep after the climb suggests, without a climb that of the points as they are; None: none."""
        return self.choice.step_sweeps[-1].suggestion.n_clusters

    @property
    def family(self) -> int | None:
        """Number that all bandwidths and steps together suggest; None: none."""
        return None if self.choice.family is None else self.choice.family.n_clusters

    @cached_property
    def stable_since(self) -> int | None:
        """First of the last steps in a row that all say k; None where the last step does not."""
        first = None
        for sweep in reversed(self.choice.step_sweeps):
            if sweep.suggestion.n_clusters != self.k:
                break
            first = sweep.step
        return first

    @property
    def share_of_steps(self) -> float:
        """Share of the steps after the first that suggest k."""
        later = [s.suggestion.n_clusters for s in self.choice.step_sweeps if s.step > 0]
        return later.count(self.k) / max(len(later), 1)

    @cached_property
    def cell_counts(self) -> Counter[int | None]:
        """How many cells of the (bandwidth, step) diagram, of those that the family looks at, suggest which number."""
        return Counter(cell.suggestion.n_clusters for cell in self._family_cells)

    @cached_property
    def agreeing_bandwidths(self) -> list[float]:
        """Bandwidths of which some step of the family suggests k, ascending."""
        return sorted({cell.neighbors for cell in self._family_cells if cell.suggestion.n_clusters == self.k})

    @property
    def _family_cells(self) -> list[BandwidthCell]:
        return [cell for cell in self.choice.bandwidth_cells if cell.step in self.choice.family_steps]

    @cached_property
    def groups(self) -> dict[str, tuple[MethodGroup, ...]]:
        """The independent evidence beside the sweep, "before" and "after" the climb."""
        return {when: method_groups(rows) for when, rows in self.choice.votes.items()}

    @cached_property
    def group_votes(self) -> dict[str, Counter[int | None]]:
        """How many of the `groups` that could have named k name which number, "before" and "after" the climb."""
        return {
            when: Counter(group.answer for group in groups if group.could_name(self.k)) for when, groups in self.groups.items()
        }

    @property
    def majority_agrees(self) -> bool:
        """Whether, before or after the climb, most groups that could have named k do, and two at least."""
        return any(votes[self.k] >= MIN_AGREEING and 2 * votes[self.k] > votes.total() for votes in self.group_votes.values())

    @property
    def outvoted(self) -> tuple[str, int, int] | None:
        """Majority of the groups for another number: "before" or "after", how many, which number; None where there is none."""
        for when, votes in self.group_votes.items():
            for n, count in votes.items():
                if n not in (None, self.k) and count >= MIN_AGREEING and 2 * count > votes.total():
                    return when, count, int(n or 0)
        return None

    @property
    def best_sweep(self) -> StepSweep | None:
        """Sweep of the last step that suggests k; None where none does."""
        return next((s for s in reversed(self.choice.step_sweeps) if s.suggestion.n_clusters == self.k), None)

    @property
    def runner_up(self) -> Plateau | None:
        """Longest plateau of another number in `best_sweep`, or else in the last sweep."""
        sweep = self.best_sweep or self.choice.step_sweeps[-1]
        return next((p for p in sweep.plateaus if p.n_clusters != self.k), None)
