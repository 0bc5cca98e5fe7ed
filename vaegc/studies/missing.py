"""Runs that nobody has made yet: which, what they cost by the runs that are kept, and the job that makes them.

Their rows go to one file in the runs folder of the server, for everybody, since they are of public data; never into the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from vaegc import jobs
from vaegc.checks import check_int
from vaegc.datasets import describe
from vaegc.errors import BadInput
from vaegc.jobs import Job, State
from vaegc.studies._methods import BUDGETS, DATASETS, DEEP, READ, RIVAL, SIMPLE, USUAL, title_of
from vaegc.studies._study import added
from vaegc.studies.kept import STUDIES, data_sets, kept_runs, usual_budget


@dataclass(frozen=True, slots=True)
class Missing:
    """Runs of one study that nobody has made yet."""

    study: str
    data: str
    methods: tuple[str, ...]  # as the study's command names them
    runs: tuple[tuple[str, int], ...]  # method and seed
    seeds: int
    minutes: float  # CPU minutes of those whose cost is known
    like: str | None  # the data set whose kept runs say what it costs; None: these data
    unknown: tuple[str, ...]  # methods whose cost nobody knows

    def command(self) -> tuple[str, ...]:
        """Return the words after `vaegc` that make them, and keep them where this server keeps such rows."""
        seeds = [str(self.seeds)] if self.study == "models" else [str(seed) for seed in range(self.seeds)]
        return (
            "bench", self.study, "--missing", "--datasets", self.data, "--seeds", *seeds, "--methods", *self.methods,
            "--out", str(added(self.study)),
        )  # fmt: skip


def missing(data: str, seeds: int, methods: Sequence[str] | None = None) -> list[Missing]:
    """Return what is still to be run so that every method has seeds 0 to `seeds` - 1, for each study.

    Parameters
    ----------
    data
        Name of a data set.
    seeds
        How many each method shall have.
    methods
        As people call them, see `methods_of`; None: the usual ones.

    Raises
    ------
    BadInput
        A data set or method that no study knows.
    """
    check_int(seeds, "seeds", 1)
    known = methods_of(data)
    for name in methods or ():
        if name not in known:
            raise BadInput(f"There is no method {name!r} for {data}; there are {', '.join(known)}.")
    kept, found = kept_runs(), []
    kept = kept[kept["budget"].isin([usual_budget(study) for study in STUDIES])]
    for study in STUDIES:
        wanted = [id for title, (of, id, usual) in known.items() if of == study and (title in methods if methods else usual)]
        there = kept[(kept["study"] == study) & (kept["data"] == data)]
        have = set(zip(there["method_id"], there["seed"], strict=True))
        runs = tuple((id, seed) for id in wanted for seed in range(seeds) if (id, seed) not in have)
        if runs:
            minutes, like, unknown = _cost(kept[kept["study"] == study], data, runs)
            found.append(Missing(study, data, tuple(dict.fromkeys(id for id, _ in runs)), runs, seeds, minutes, like, unknown))
    return found


def _cost(kept: pd.DataFrame, data: str, runs: Sequence[tuple[str, int]]) -> tuple[float, str | None, tuple[str, ...]]:
    """CPU minutes, by kept runs of these data, else of those nearest in size; whose they are; methods that nobody has run."""
    n = describe(data).n
    order = sorted(set(kept["data"]), key=lambda name: (name != data, abs(np.log(describe(name).n / n))))
    own: dict[str, float] = {}
    shared: dict[str, float] = {}
    like = None
    for name in order:
        for id, part in kept[kept["data"] == name].groupby("method_id"):
            if id in own or id not in {method for method, _ in runs}:
                continue
            shared[str(id)] = float(part["shared_minutes"].mean())
            own[str(id)] = float((part["cpu_minutes"] - part["shared_minutes"]).mean())
            like = like or (name if name != data else None)
    minutes = sum(
        sum(own[id] for id in ids) + max((shared[id] for id in ids), default=0.0)
        for seed in {seed for _, seed in runs}
        if (ids := [id for id, of in runs if of == seed and id in own]) is not None
    )
    return minutes, like, tuple(dict.fromkeys(id for id, _ in runs if id not in own))


@cache
def methods_of(data: str) -> dict[str, tuple[str, str, bool]]:
    """Return the methods that the studies can run on a data set: study, name in its command, whether it is one of the usual ones."""
    known: dict[str, tuple[str, str, bool]] = {}
    if data in DATASETS:
        known |= {
            name: ("models", name, name != "GMM") for name in SIMPLE
        }  # ten starts in hundreds of dimensions: left out for its cost
    if data in BUDGETS:
        for id in DEEP:
            title = title_of(id) if id not in READ or data not in DATASETS else f"{id} (network of the deep models)"
            if id != RIVAL:  # it is no part of the package
                known[title] = ("mixtures", id, id in USUAL and id not in READ)
    if not known:
        raise BadInput(f"No study knows the data set {data!r}; they know {', '.join(data_sets())}.")
    return known


def start_study(wanted: Missing, owner: str | None = None) -> Job:
    """Make missing runs as a job; raises `BadInput` as `jobs.start` does, and where their rows could not be kept."""
    path = added(wanted.study)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"Rows cannot be kept on this server: {error.strerror or error}.") from None
    runs = f"{len(wanted.runs)} run{'' if len(wanted.runs) == 1 else 's'}"
    return jobs.start(wanted.command(), f"{runs} of {describe(wanted.data).title}", owner)


def study_jobs(data: str, owner: str) -> list[tuple[Job, State]]:
    """Return the jobs of an owner that make or have made runs of a data set, newest first."""
    found = [job for job in jobs.jobs(owner) if job.command[:1] == ("bench",) and "--missing" in job.command]
    return [(job, jobs.state(job)) for job in found if job.command[job.command.index("--datasets") + 1] == data]
