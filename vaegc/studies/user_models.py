"""The user's models as rows beside the kept runs: scores with and without the climb, on the data that each was trained on.

A model is scored by a job, `vaegc run spec.yaml --before`, whose result stays in the job's folder; a model that has learned on is another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from vaegc import jobs, store
from vaegc.datasets import describe
from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import Experiment
from vaegc.jobs import Job, State
from vaegc.models import kind_name, model_identity
from vaegc.studies.pairs import COMPARISON_KEYS, PER_POINT, PLATEAU_READER
from vaegc.studies.run_table import COLUMNS, K_FOUND, K_GIVEN, NO_PLATEAU, NO_SCORES, OTHER_K_GIVEN, SCORED, SCORES, nan_if_none
from vaegc.wording import counted
from vaegc.workspace import StoredModel, Workspace, is_private

STUDY = "yours"
PAIR_COLUMNS = [*COMPARISON_KEYS, "seed", "k_before", "k_after", "length_before", "length_after"]


@dataclass(frozen=True, slots=True)
class UserModel:
    """A model of the user and the job that scores it."""

    model: StoredModel
    spec: Experiment  # of the model on its training data, with names
    classes: int | None  # of the data
    group: str  # hash of settings, data and size, which models that differ in the seed alone share
    job: Job | None  # that scores it, or has
    state: State | None

    @property
    def result(self) -> Mapping[str, Any] | None:
        """Result of the job; None until it is done."""
        return self.state.result if self.state is not None and self.state.status == "done" else None


def user_models(workspace: Workspace, dataset: str) -> list[UserModel]:
    """Return the user's models of a data set, given by its name or "mine:…", newest first; the newest of each seed and settings."""
    classes = workspace.find_data(dataset).classes if is_private(dataset) else describe(dataset).classes
    scored = {job.command: job for job in reversed(jobs.jobs(workspace.owner)) if job.command[0] == "run"}
    found: dict[tuple[str, int], UserModel] = {}
    for model in workspace.models():
        spec = _training_spec(workspace, model, dataset)
        if spec is None:
            continue
        with suppress(OSError, ValueError, KeyError, VaegcError):  # deleted or damaged: not there
            config = json.loads((model.folder / "model.json").read_bytes())["config"]
            group = store.content_hash(config, dataset, spec.n)
            job = scored.get(_scoring_command(workspace, spec))
            found.setdefault(
                (group, model.seed), UserModel(model, spec, classes, group, job, None if job is None else jobs.state(job))
            )
    return list(found.values())


def score_user_model(workspace: Workspace, entry: UserModel) -> Job:
    """Start, or find, the job that scores a model; raises `BadInput` as `jobs.start` does, and where its spec cannot be written."""
    command = _scoring_command(workspace, entry.spec)
    if entry.state is not None and entry.job is not None:
        if entry.state.status in {"running", "done"}:
            return entry.job
        jobs.delete(entry.job)
    path = workspace.root / "compare" / command[1].rpartition("/")[2]
    try:
        with store.atomic_write(path) as temporary:
            temporary.write_text(workspace.resolve(entry.spec).to_yaml(), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"The settings cannot be kept: {error.strerror or error}.") from None
    return jobs.start(command, f"Score {entry.model.title}"[:80], workspace.owner)


def user_runs(models: list[UserModel]) -> pd.DataFrame:
    """Return the scored models as rows with the columns of `load_runs`: without the climb, with it, and by their own clusters."""
    rows = []
    for entry in models:
        result = entry.result
        if result is None:
            continue
        title = _group_title(entry, models)
        sides = (("before", result.get("before") or {}), ("after", result))
        rows += [_sweep_row(entry, result, title, when, reading) for when, reading in sides]
        clusters = result.get("own_clusters")
        if clusters and "acc" in clusters:
            rows.append(_own_clusters_row(entry, result, title, clusters))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def user_pairs(models: list[UserModel]) -> pd.DataFrame:
    """Return the scored models as pairs with and without the climb, as `paired_runs` takes them."""
    rows = []
    for entry in models:
        result = entry.result
        if result is None or not result.get("before"):
            continue
        before = result["before"]
        row = {
            "data": entry.spec.dataset, "n": result["n"], "place": f"{_group_title(entry, models)}, latent space",
            "reader": PLATEAU_READER, "climb": f"{result['steps']} steps", "variant": PER_POINT, "study": STUDY, "seed": entry.model.seed,
        }  # fmt: skip
        for when, reading in (("before", before), ("after", result)):
            found = reading["suggestion"]
            row |= {f"k_{when}": nan_if_none(found["n_clusters"]), f"length_{when}": nan_if_none(found.get("log_length"))}
            row |= {f"{score}_{when}": nan_if_none((reading.get("scores") or {}).get(score)) for score in SCORES}
        rows.append(row)
    return pd.DataFrame(rows, columns=[*PAIR_COLUMNS, *(f"{score}_{when}" for score in SCORES for when in ("before", "after"))])


def _training_spec(workspace: Workspace, model: StoredModel, dataset: str) -> Experiment | None:
    """The model on the points that it was trained on; None where those are other data, or gone."""
    n = None
    if model.job is not None:
        if model.job not in workspace.runs_on(dataset):
            return None
        words = model.job.command
        n = int(words[words.index("--n") + 1]) if "--n" in words else None
    elif model.data != (workspace.find_data(dataset).title if is_private(dataset) else dataset):
        return None
    return Experiment(dataset=dataset, model=model.ref, n=n, seed=0)  # a training takes its part of the data by seed 0


def _scoring_command(workspace: Workspace, spec: Experiment) -> tuple[str, ...]:
    resolved = workspace.resolve(spec)
    key = store.content_hash(model_identity(str(resolved.model)), resolved.to_dict())
    return ("run", str(workspace.root / "compare" / f"{key}.yaml"), "--before")


def _group_title(entry: UserModel, models: list[UserModel]) -> str:
    """Title of the rows of a model: its own, or the first of those that differ from it in the seed alone."""
    alike = [other for other in models if other.group == entry.group]
    return entry.model.title if len(alike) == 1 else f"{alike[-1].model.title} and {counted(len(alike) - 1, 'more seed')}"


def _base_row(entry: UserModel, result: Mapping[str, Any], scores: Mapping[str, Any], words: str) -> dict[str, Any]:
    return {name: nan_if_none(scores.get(name)) for name in SCORES} | {
        "data": entry.spec.dataset, "n": result["n"], "seed": entry.model.seed, "noise": nan_if_none(scores.get("noise")), "cpu_minutes": np.nan,
        "shared_minutes": 0.0, "study": STUDY, "budget": f"{entry.model.epochs:,} epochs", "network": entry.group, "here": True, "reason": "",
        "settings": f"{kind_name(entry.model.kind)}, {entry.model.latent_dim} latent dimensions, {entry.model.epochs:,} epochs, {words}",
    }  # fmt: skip


def _sweep_row(entry: UserModel, result: Mapping[str, Any], title: str, when: str, reading: Mapping[str, Any]) -> dict[str, Any]:
    climbed = when == "after"
    words = f"climbed {result['steps']} steps" if climbed else "not climbed"
    found = reading.get("suggestion") or {}
    row = _base_row(entry, result, reading.get("scores") or {}, words)
    return row | {
        "method": f"{title}, {'climb + sweep' if climbed else 'sweep'}", "method_id": f"{entry.group}-{when}", "group": K_FOUND, "k_given": np.nan,
        "k_found": nan_if_none(found.get("n_clusters")), "status": NO_PLATEAU if found.get("n_clusters") is None else SCORED if reading.get("scores") else NO_SCORES,
        "reason": str(found.get("reason", "")),
    }  # fmt: skip


def _own_clusters_row(entry: UserModel, result: Mapping[str, Any], title: str, clusters: Mapping[str, Any]) -> dict[str, Any]:
    row = _base_row(entry, result, {"acc": clusters["acc"], "noise": 0.0}, "its own clusters")
    return row | {
        "method": f"{title}, its own clusters", "method_id": f"{entry.group}-own", "group": K_GIVEN if clusters["given"] == entry.classes else OTHER_K_GIVEN,
        "k_given": clusters["given"], "k_found": clusters["used"], "status": SCORED,
    }  # fmt: skip
