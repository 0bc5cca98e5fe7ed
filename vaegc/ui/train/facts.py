"""A run as the page speaks of it: what was asked for, how far it is, how it ended; all of it from the files of its job."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import streamlit as st

from vaegc import jobs
from vaegc.cli import _train
from vaegc.errors import VaegcError
from vaegc.jobs import Job
from vaegc.models import CLUSTERED, ModelConfig, kind_name
from vaegc.training import run_status
from vaegc.training.run_status import History
from vaegc.ui.catalog import dataset_title
from vaegc.ui.profile import workspace
from vaegc.wording import counted
from vaegc.workspace import MINE

ENDED = {"done": "Finished", "paused": "Paused", "stopped": "Cancelled", "failed": "Failed", "killed": "Killed"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command of a run asks for."""

    dataset: str  # name or path
    config: ModelConfig
    seed: int
    n: int | None  # points, None: all there are


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run, as its files say it now."""

    job: Job
    status: str  # "running", "done", "paused", "stopped", "failed" or "killed"
    message: str  # one sentence
    dataset: str | None  # name or "mine:…"; None where its data are gone
    data: str  # what people call it
    config: ModelConfig  # with what depends on the data, once the run has begun
    seed: int
    n: int | None  # points; None: not known yet
    history: History
    saved: bool  # whether there is a model to open
    begun: bool  # whether there is something to go on from

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.status == "running"

    @property
    def word(self) -> str:
        """Its state in a word."""
        return self.history.phase or "Starting" if self.running else ENDED[self.status]

    @property
    def total(self) -> int:
        """Epochs that were asked for, those of the pretraining included."""
        return self.history.total or self.config.epochs_in_use + self.config.pretrain_epochs_in_use

    @property
    def share(self) -> float:
        """The done share, 0..1."""
        return min(1.0, (self.history.done + self.history.share_of_epoch) / self.total) if self.total else 0.0

    @property
    def kind(self) -> str:
        """The kind of model as people write it."""
        return kind_name(self.config.kind)

    def last(self, name: str) -> float | None:
        """The last value of a column of the history."""
        return next((float(value) for value in reversed(self.history.epochs.get(name, [])) if value is not None), None)

    @property
    def clusters(self) -> str:
        """How many clusters hold points, for kinds that have clusters; empty where that is not known."""
        used = self.last("clusters_used") if self.config.kind in CLUSTERED else None
        return "" if used is None else f"{used:.0f} of {counted(self.config.n_clusters, 'cluster')}"


def my_runs() -> list[RunFacts]:
    """Return the runs of this browser, running ones first, then newest first."""
    files = {str(kept.path): (kept.ref, kept.title) for kept in workspace().data()}
    found = [facts_of(job, files) for job in workspace().runs()]
    return sorted(found, key=lambda run: not run.running)  # keeps the order within each group


def facts_of(job: Job, files: dict[str, tuple[str, str]] | None = None) -> RunFacts:
    """Return what is known of a run now.

    Parameters
    ----------
    job
        Of a training.
    files
        The user's data sets by path: what a spec and what people call them; None reads them.
    """
    if files is None:
        files = {str(kept.path): (kept.ref, kept.title) for kept in workspace().data()}
    state, folder = jobs.state(job), workspace().run_folder(job)
    asked, record = asked_of(job.command), run_status.record(folder)
    held = st.session_state.setdefault("train-histories", {})
    held[job.id] = history = run_status.history(job.folder, held.get(job.id))
    config, seed, n = asked.config, asked.seed, asked.n
    if record is not None:
        with suppress(
            VaegcError, KeyError, TypeError, ValueError
        ):  # of another version, or damaged: what was asked for still stands
            config, seed, n = ModelConfig.from_dict(record["config"]), int(record["seed"]), int(record["n"])
    dataset, data = _named(asked.dataset, files, record or {})
    return RunFacts(
        job, state.status, state.message, dataset, data, config, seed, n, history, saved=(folder / "model.safetensors").is_file(),
        begun=(folder / run_status.CHECKPOINT).is_file(),
    )  # fmt: skip


def _named(dataset: str, files: dict[str, tuple[str, str]], record: Mapping[str, Any]) -> tuple[str | None, str]:
    """What a spec, and what people, call the data in a command; a spec cannot name what was deleted."""
    if dataset in files:
        return files[dataset]
    if any(mark in dataset for mark in "/\\"):
        return None, str(record.get("data") or "deleted data")
    return dataset, dataset_title(dataset)


@lru_cache(maxsize=1024)
def asked_of(command: tuple[str, ...]) -> Asked:
    """Return what the command of a training asks for."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    _train.add_options(parser)
    try:
        words, _ = parser.parse_known_args(command[1:])
        return Asked(words.dataset, ModelConfig(**_train.given_settings(words)), words.seed, words.n)
    except (argparse.ArgumentError, SystemExit, VaegcError):  # of another version
        return Asked(command[1] if len(command) > 1 else "", ModelConfig(), 0, None)


def with_epochs(command: Sequence[str], epochs: int) -> tuple[str, ...]:
    """Return the command of a run with another number of epochs."""
    words = list(command)
    if "--epochs" in words:
        at = words.index("--epochs")
        del words[at : at + 2]
    return (*words, "--epochs", str(epochs))


def why_no_more(run: RunFacts) -> str:
    """Why a finished run cannot be given more epochs, in one sentence; empty where it can."""
    if run.config.schedule == "cosine":
        return "Its learning rate followed a cosine that ended with its last epoch: train anew with more epochs."
    if run.config.steps is not None:
        return "Its length was given in steps: train anew with more of them."
    if run.history.done < run.total:
        return "It ended before its last epoch because it had converged: more epochs would change nothing."
    return ""


def speed_of(runs: Sequence[RunFacts], dataset: str, config: ModelConfig) -> float | None:
    """Points per second of the newest run of this kind and size on these data, all its pauses to save and to draw included."""
    for run in runs:
        same = (run.dataset, run.config.kind, run.config.hidden, run.config.network) == (
            dataset,
            config.kind,
            config.hidden,
            config.network,
        )
        if same and run.n and run.history.seconds > 2 and run.history.done > 1:
            return run.history.done * run.n / run.history.seconds
    return None


def ref_of(run: RunFacts) -> str:
    """What a spec calls the model of a run."""
    return MINE + run.job.id
