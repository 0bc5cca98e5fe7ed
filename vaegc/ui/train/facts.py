"""Facts of a training run: settings, progress and outcome, all of it from the files of its job."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
from vaegc.workspace import PRIVATE_PREFIX

STATUS_LABELS = {"done": "Finished", "paused": "Paused", "stopped": "Cancelled", "failed": "Failed", "killed": "Killed"}


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """Parsed command of a training run."""

    dataset: str  # name or path
    config: ModelConfig
    seed: int
    n: int | None  # points, None: all there are


@dataclass(frozen=True, slots=True)
class RunFacts:
    """State of a training run, read from its files."""

    job: Job
    status: str  # "running", "done", "paused", "stopped", "failed" or "killed"
    message: str  # one sentence
    dataset: str | None  # name or "mine:…"; None where its data are gone
    data: str  # title of the data
    config: ModelConfig  # with what depends on the data, once the run has begun
    seed: int
    n: int | None  # points; None: not known yet
    history: History
    has_model: bool  # whether there is a model to open
    has_checkpoint: bool  # whether training can go on from a checkpoint

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self.status == "running"

    @property
    def status_label(self) -> str:
        """Label of its state, or of its phase while it runs."""
        return self.history.phase or "Starting" if self.running else STATUS_LABELS[self.status]

    @property
    def total(self) -> int:
        """Epochs requested, those of the pretraining included."""
        return self.history.total or self.config.epochs_in_use + self.config.pretrain_epochs_in_use

    @property
    def share(self) -> float:
        """Share of the epochs that are done, 0 to 1."""
        return min(1.0, (self.history.done + self.history.share_of_epoch) / self.total) if self.total else 0.0

    @property
    def kind(self) -> str:
        """Title of the kind of model."""
        return kind_name(self.config.kind)

    def last(self, name: str) -> float | None:
        """Last value of a column of the history; None where there is none."""
        return next((float(value) for value in reversed(self.history.epochs.get(name, [])) if value is not None), None)

    @property
    def clusters_used(self) -> str:
        """How many clusters hold points, for kinds that have clusters; empty where that is not known."""
        used = self.last("clusters_used") if self.config.kind in CLUSTERED else None
        return "" if used is None else f"{used:.0f} of {counted(self.config.n_clusters, 'cluster')}"


def my_runs() -> list[RunFacts]:
    """Return the runs of this browser, running ones first, then newest first."""
    files = {str(kept.path): (kept.ref, kept.title) for kept in workspace().data()}
    found = [run_facts(job, files) for job in workspace().runs()]
    return sorted(found, key=lambda run: not run.running)  # keeps the order within each group


def run_facts(job: Job, files: dict[str, tuple[str, str]] | None = None) -> RunFacts:
    """Read the facts of a run from the files of its job.

    Parameters
    ----------
    job
        Of a training.
    files
        Name in a spec and title of the user's data sets, by path; None reads them.
    """
    if files is None:
        files = {str(kept.path): (kept.ref, kept.title) for kept in workspace().data()}
    state, folder = jobs.state(job), workspace().run_folder(job)
    request, record = parse_train_command(job.command), run_status.record(folder)
    held = st.session_state.setdefault("train-histories", {})
    held[job.id] = history = run_status.history(job.folder, held.get(job.id))
    config, seed, n = request.config, request.seed, request.n
    if record is not None:
        with suppress(VaegcError, KeyError, TypeError, ValueError):  # of another version, or damaged: the request still holds
            config, seed, n = ModelConfig.from_dict(record["config"]), int(record["seed"]), int(record["n"])
    dataset, data = _dataset_names(request.dataset, files, record or {})
    return RunFacts(
        job, state.status, state.message, dataset, data, config, seed, n, history, has_model=(folder / "model.safetensors").is_file(),
        has_checkpoint=(folder / run_status.CHECKPOINT).is_file(),
    )  # fmt: skip


def _dataset_names(dataset: str, files: dict[str, tuple[str, str]], record: Mapping[str, Any]) -> tuple[str | None, str]:
    """Name in a spec, None for deleted data, and title of the data in a command."""
    if dataset in files:
        return files[dataset]
    if any(mark in dataset for mark in "/\\"):
        return None, str(record.get("data") or "deleted data")
    return dataset, dataset_title(dataset)


@lru_cache(maxsize=1024)
def parse_train_command(command: tuple[str, ...]) -> TrainingRequest:
    """Parse the command of a training run; of one of another version only the data set is kept."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    _train.add_options(parser)
    try:
        words, _ = parser.parse_known_args(command[1:])
        return TrainingRequest(words.dataset, ModelConfig(**_train.given_settings(words)), words.seed, words.n)
    except (argparse.ArgumentError, SystemExit, VaegcError):  # of another version
        return TrainingRequest(command[1] if len(command) > 1 else "", ModelConfig(), 0, None)


def with_epochs(command: Sequence[str], epochs: int) -> tuple[str, ...]:
    """Return the command of a run with another number of epochs."""
    words = list(command)
    if "--epochs" in words:
        at = words.index("--epochs")
        del words[at : at + 2]
    return (*words, "--epochs", str(epochs))


def no_more_epochs_reason(run: RunFacts) -> str:
    """Why a finished run cannot be trained for more epochs, in one sentence; empty where it can."""
    if run.config.schedule == "cosine":
        return "Its learning rate followed a cosine that ended with its last epoch: train anew with more epochs."
    if run.config.steps is not None:
        return "Its length was given in steps: train anew with more of them."
    if run.history.done < run.total:
        return "It ended before its last epoch because it had converged: more epochs would change nothing."
    return ""


def points_per_second(runs: Sequence[RunFacts], dataset: str, config: ModelConfig) -> float | None:
    """Speed of the newest run of this kind and size on these data, its pauses to save and to draw included; None without one."""
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


def model_ref(run: RunFacts) -> str:
    """Name of a run's model in a spec."""
    return PRIVATE_PREFIX + run.job.id
