"""What tests of several rooms share."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from vaegc.errors import BadInput
from vaegc.jobs import Job, State

NUMBERS = itertools.count()  # of all tests: the server remembers which jobs were cancelled


class Desk:
    """Jobs that run as long as a test says."""

    def __init__(self) -> None:
        self.there: dict[str, Job] = {}
        self.states: dict[str, State] = {}
        self.full = False
        self.cancelled: list[str] = []

    def jobs(self, owner: str | None = None) -> list[Job]:
        return [job for job in self.there.values() if owner in {None, job.owner}]

    def start(self, command, title="", owner=None) -> Job:
        if self.full:
            raise BadInput("No more than 2 jobs may run at once here (VAEGC_MAX_JOBS); wait until one has ended.")
        id = f"job {next(NUMBERS)}"
        self.there[id] = Job(id, Path(id), tuple(command), title, owner, 0.0)
        self.states[id] = State("running", None, None, "It is starting.", 0, 3.0)
        return self.there[id]

    def state(self, job: Job) -> State:
        if job.id not in self.there:
            raise BadInput("There is no such job.")
        return self.states[job.id]

    def cancel(self, job: Job, grace=None) -> None:
        self.cancelled.append(job.id)
        self.end("stopped", job=job)

    def delete(self, job: Job) -> None:
        if self.state(job).status == "running":
            raise BadInput("It is still running.")
        del self.there[job.id]

    def tell(self, done: int, total: int, message: str, stage: str = "tsne") -> None:
        event = {"event": "progress", "stage": stage, "done": done, "total": total, "message": message}
        (job,) = self.there
        self.states[job] = replace(self.states[job], last=event)

    def end(self, status: str, message: str = "", job: Job | None = None) -> None:
        id = job.id if job else next(iter(self.there))
        self.states[id] = replace(self.states[id], status=status, message=message)


@pytest.fixture
def no_card(monkeypatch):
    """No graphics card is found."""
    monkeypatch.setattr("vaegc.densities._dense.device", lambda: None)


@pytest.fixture
def jobs_by_hand(monkeypatch):
    """Jobs of pages, none of which is a process."""
    from vaegc.ui import job_watch

    desk = Desk()
    monkeypatch.setattr(job_watch, "jobs", desk)
    return desk
