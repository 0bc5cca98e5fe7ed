"""Missing runs of the studies: which they are, their cost by the runs that are kept, and the job that makes them.

Their rows go to one file of the server, for everybody, since they are of public data; never into the package.
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
from vaegc.studies._methods import (
    BASELINE_METHODS,
    BUDGETS,
    CLUSTPY_VADE,
    DATASETS,
    DEEP_METHODS,
    DEFAULT_METHODS,
    LATENT_CLUSTERERS,
    method_title,
)
from vaegc.studies._study import server_runs_path
from vaegc.studies.run_table import STUDIES, default_budget, load_runs, studied_datasets
from vaegc.wording import counted


@dataclass(frozen=True, slots=True)
class MissingRuns:
    """Runs of one study that are missing."""

    study: str
    data: str
    methods: tuple[str, ...]  # as the study's command names them
    runs: tuple[tuple[str, int], ...]  # method and seed
    seeds: int
    minutes: float  # CPU minutes of those whose cost is known
    like: str | None  # the data set by whose kept runs the cost is estimated; None: these data
    unknown: tuple[str, ...]  # methods of unknown cost

    def command(self) -> tuple[str, ...]:
        """Return the arguments of `vaegc` that make the runs, and add them to the rows of this server."""
        seeds = [str(self.seeds)] if self.study == "models" else [str(seed) for seed in range(self.seeds)]
        return (
            "bench", self.study, "--missing", "--datasets", self.data, "--seeds", *seeds, "--methods", *self.methods,
            "--out", str(server_runs_path(self.study)),
        )  # fmt: skip


def missing_runs(data: str, seeds: int, methods: Sequence[str] | None = None) -> list[MissingRuns]:
    """Return the runs, by study, that are missing so that every method has the seeds 0 to `seeds` - 1.

    Parameters
    ----------
    data
        Name of a data set.
    seeds
        Number of seeds of each method.
    methods
        Names on screen, see `study_methods`; None: the default ones.

    Raises
    ------
    BadInput
        A data set or method that no study knows.
    """
    check_int(seeds, "seeds", 1)
    known = study_methods(data)
    for name in methods or ():
        if name not in known:
            raise BadInput(f"There is no method {name!r} for {data}; there are {', '.join(known)}.")
    kept, found = load_runs(), []
    kept = kept[kept["budget"].isin([default_budget(study) for study in STUDIES])]
    for study in STUDIES:
        wanted = [id for title, (of, id, usual) in known.items() if of == study and (title in methods if methods else usual)]
        there = kept[(kept["study"] == study) & (kept["data"] == data)]
        have = set(zip(there["method_id"], there["seed"], strict=True))
        runs = tuple((id, seed) for id in wanted for seed in range(seeds) if (id, seed) not in have)
        if runs:
            minutes, like, unknown = _cost(kept[kept["study"] == study], data, runs)
            found.append(
                MissingRuns(study, data, tuple(dict.fromkeys(id for id, _ in runs)), runs, seeds, minutes, like, unknown)
            )
    return found


def _cost(kept: pd.DataFrame, data: str, runs: Sequence[tuple[str, int]]) -> tuple[float, str | None, tuple[str, ...]]:
    """CPU minutes by the kept runs of these data, else of those nearest in size; that data set; methods without a kept run."""
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
def study_methods(data: str) -> dict[str, tuple[str, str, bool]]:
    """Return the methods that the studies run on a data set, by name on screen: study, name in its command, whether it is a default one."""
    known: dict[str, tuple[str, str, bool]] = {}
    if data in DATASETS:
        known |= {
            name: ("models", name, name != "GMM") for name in BASELINE_METHODS
        }  # ten starts in hundreds of dimensions: left out for its cost
    if data in BUDGETS:
        for id in DEEP_METHODS:
            title = (
                method_title(id) if id not in LATENT_CLUSTERERS or data not in DATASETS else f"{id} (network of the deep models)"
            )
            if id != CLUSTPY_VADE:  # it is no part of the package
                known[title] = ("mixtures", id, id in DEFAULT_METHODS and id not in LATENT_CLUSTERERS)
    if not known:
        raise BadInput(f"No study knows the data set {data!r}; they know {', '.join(studied_datasets())}.")
    return known


def start_study(wanted: MissingRuns, owner: str | None = None) -> Job:
    """Start a job that makes missing runs; raises `BadInput` as `jobs.start` does, and where their rows could not be written."""
    path = server_runs_path(wanted.study)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"Rows cannot be kept on this server: {error.strerror or error}.") from None
    return jobs.start(wanted.command(), f"{counted(len(wanted.runs), 'run')} of {describe(wanted.data).title}", owner)


def study_jobs(data: str, owner: str) -> list[tuple[Job, State]]:
    """Return the study jobs of an owner on a data set and their states, newest first."""
    found = [job for job in jobs.jobs(owner) if job.command[:1] == ("bench",) and "--missing" in job.command]
    return [(job, jobs.state(job)) for job in found if job.command[job.command.index("--datasets") + 1] == data]
