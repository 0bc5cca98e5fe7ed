"""Progress of a choice of K: parts of known cost as one bar that only grows, and whether to stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from vaegc.errors import Stopped
from vaegc.progress import Callback, Progress
from vaegc.selection.parts import Part


class CostProgress:
    """One progress bar over parts that are computed one after the other.

    Costs are in trees of one sweep, roughly. A part may consist of tasks; what a task reports moves the bar within its cost::

        |---- completed_cost ----|---- part ------------|----- ... -----| total_cost
                                 |-- tasks done --|task-|

    Parameters
    ----------
    first
        The part that is computed first.
    total_cost
        Of all parts.
    callback
        Gets `Progress` of stage "choose" in hundredths of `total_cost`; True asks for a stop. None: nothing is reported.
    """

    def __init__(self, first: Part, total_cost: float, callback: Callback | None) -> None:
        self.part, self.total_cost, self.callback = first, total_cost, callback
        self.completed_cost = 0.0  # of the parts before the current one
        self.task_start, self.task_cost = 0.0, 0.0  # of the current task, within its part
        self.reported = 0  # hundredths of the cost, as far as the bar has come
        self.stop_requested = False

    def start(self, part: Part) -> None:
        """Begin a part."""
        self.part, self.task_start, self.task_cost = part, 0.0, 0.0

    def complete(self) -> None:
        """End the current part."""
        self.completed_cost += self.part.cost

    def finish(self) -> None:
        """Fill the bar."""
        self.completed_cost = self.total_cost
        self.report(Progress("", 0, 1))

    @contextmanager
    def task(self, cost: float) -> Iterator[None]:
        """Attribute what is reported within the block to a task of this cost."""
        start = self.task_start + self.task_cost
        self.task_start, self.task_cost = start, cost
        yield
        self.task_start, self.task_cost = start + cost, 0.0

    def check(self) -> None:
        """Report where the bar is.

        Raises
        ------
        Stopped
            The callback has asked for it.
        """
        self.report(Progress("", 0, 1))
        if self.stop_requested:
            raise Stopped("Stopped before the end; the parts that were finished are kept.")

    def report(self, inner: Progress) -> bool:
        """Callback for the current task: pass its progress on as that of the whole; returns whether to stop."""
        if self.callback is None:
            return False
        done = self.completed_cost + min(self.task_start + inner.share * self.task_cost, self.part.cost)
        self.reported = max(self.reported, round(100 * min(done, self.total_cost)))
        message = self.part.message
        if inner.message and inner.stage not in ("neighbours", "tree"):
            message = f"{message}: {inner.message[0].lower()}{inner.message[1:]}"
        answer = self.callback(Progress("choose", self.reported, round(100 * self.total_cost), message, phase=self.part.phase))
        self.stop_requested = self.stop_requested or (isinstance(answer, (bool, np.bool_)) and bool(answer))
        return self.stop_requested
