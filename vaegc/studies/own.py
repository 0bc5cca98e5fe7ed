"""A user's own models as rows beside the kept runs: what their points say with and without the climb, on the data they learned from.

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
from vaegc.studies.kept import COLUMNS, DONE, FAILED, FOUND, OTHER_K, SCORES, TOLD, UNREADABLE
from vaegc.studies.pairs import CLIMBED, KEYS, SWEEP
from vaegc.wording import counted
from vaegc.workspace import KeptModel, Workspace, is_mine

STUDY = "yours"
PAIRS = [*KEYS, "seed", "k_before", "k_after", "length_before", "length_after"]


@dataclass(frozen=True, slots=True)
class Own:
    """A model of the user's, and how far it is scored."""

    model: KeptModel
    spec: Experiment  # of the model on the data it learned from, with names
    classes: int | None  # of the data
    group: str  # hash of settings, data and size: models that differ in the seed alone share it
    job: Job | None  # that has scored it, or is at it
    state: State | None

    @property
    def result(self) -> Mapping[str, Any] | None:
        """What the job has found; None until it is done."""
        return self.state.result if self.state is not None and self.state.status == "done" else None


def own_models(mine: Workspace, dataset: str) -> list[Own]:
    """Return the user's models of a data set, given by its name or "mine:…", newest first; the newest of each seed and settings."""
    classes = mine.find_data(dataset).classes if is_mine(dataset) else describe(dataset).classes
    scored = {job.command: job for job in reversed(jobs.jobs(mine.owner)) if job.command[0] == "run"}
    found: dict[tuple[str, int], Own] = {}
    for model in mine.models():
        spec = _spec(mine, model, dataset)
        if spec is None:
            continue
        with suppress(OSError, ValueError, KeyError, VaegcError):  # deleted or damaged: not there
            config = json.loads((model.folder / "model.json").read_bytes())["config"]
            group = store.content_hash(config, dataset, spec.n)
            job = scored.get(_command(mine, spec))
            found.setdefault((group, model.seed), Own(model, spec, classes, group, job, None if job is None else jobs.state(job)))
    return list(found.values())


def score_model(mine: Workspace, own: Own) -> Job:
    """Score a model by a job; raises `BadInput` as `jobs.start` does."""
    command = _command(mine, own.spec)
    if own.state is not None and own.job is not None:
        if own.state.status in {"running", "done"}:
            return own.job
        jobs.delete(own.job)
    path = mine.root / "compare" / command[1].rpartition("/")[2]
    try:
        with store.written_whole(path) as temporary:
            temporary.write_text(mine.resolve(own.spec).to_yaml(), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"The settings cannot be kept: {error.strerror or error}.") from None
    return jobs.start(command, f"Score {own.model.title}"[:80], mine.owner)


def own_runs(models: list[Own]) -> pd.DataFrame:
    """Return what the scored ones have found, as rows with the columns of `kept_runs`: without the climb, with it, and their own clusters."""
    rows = []
    for own in models:
        said = own.result
        if said is None:
            continue
        title = _title(own, models)
        sides = (("before", said.get("before") or {}), ("after", said))
        rows += [_swept(own, said, title, when, reading) for when, reading in sides]
        clusters = said.get("own_clusters")
        if clusters and "acc" in clusters:
            rows.append(_clustered(own, said, title, clusters))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def own_pairs(models: list[Own]) -> pd.DataFrame:
    """Return what the scored ones have found with and without the climb, as `paired_runs` takes it."""
    rows = []
    for own in models:
        said = own.result
        if said is None or not said.get("before"):
            continue
        before = said["before"]
        row = {
            "data": own.spec.dataset, "n": said["n"], "place": f"{_title(own, models)}, latent space",
            "reader": SWEEP, "climb": f"{said['steps']} steps", "variant": CLIMBED, "study": STUDY, "seed": own.model.seed,
        }  # fmt: skip
        for when, reading in (("before", before), ("after", said)):
            found = reading["suggestion"]
            row |= {f"k_{when}": _number(found["n_clusters"]), f"length_{when}": _number(found.get("log_length"))}
            row |= {f"{score}_{when}": _number((reading.get("scores") or {}).get(score)) for score in SCORES}
        rows.append(row)
    return pd.DataFrame(rows, columns=[*PAIRS, *(f"{score}_{when}" for score in SCORES for when in ("before", "after"))])


def _spec(mine: Workspace, model: KeptModel, dataset: str) -> Experiment | None:
    """The model on the very points it learned from; None where those are other data, or not here any more."""
    n = None
    if model.job is not None:
        if model.job not in mine.runs_on(dataset):
            return None
        words = model.job.command
        n = int(words[words.index("--n") + 1]) if "--n" in words else None
    elif model.data != (mine.find_data(dataset).title if is_mine(dataset) else dataset):
        return None
    return Experiment(dataset=dataset, model=model.ref, n=n, seed=0)  # a training takes its part of the data by seed 0


def _command(mine: Workspace, spec: Experiment) -> tuple[str, ...]:
    resolved = mine.resolve(spec)
    key = store.content_hash(model_identity(str(resolved.model)), resolved.to_dict())
    return ("run", str(mine.root / "compare" / f"{key}.yaml"), "--before")


def _title(own: Own, models: list[Own]) -> str:
    """What the rows of a model are called: its own title, or the first of those that differ from it in the seed alone."""
    alike = [other for other in models if other.group == own.group]
    return own.model.title if len(alike) == 1 else f"{alike[-1].model.title} and {counted(len(alike) - 1, 'more seed')}"


def _row(own: Own, said: Mapping[str, Any], scores: Mapping[str, Any], words: str) -> dict[str, Any]:
    return {name: _number(scores.get(name)) for name in SCORES} | {
        "data": own.spec.dataset, "n": said["n"], "seed": own.model.seed, "noise": _number(scores.get("noise")), "cpu_minutes": np.nan,
        "shared_minutes": 0.0, "study": STUDY, "budget": f"{own.model.epochs:,} epochs", "network": own.group, "here": True, "reason": "",
        "settings": f"{kind_name(own.model.kind)}, {own.model.latent_dim} latent dimensions, {own.model.epochs:,} epochs, {words}",
    }  # fmt: skip


def _swept(own: Own, said: Mapping[str, Any], title: str, when: str, reading: Mapping[str, Any]) -> dict[str, Any]:
    climbed = when == "after"
    words = f"climbed {said['steps']} steps" if climbed else "not climbed"
    found = reading.get("suggestion") or {}
    row = _row(own, said, reading.get("scores") or {}, words)
    return row | {
        "method": f"{title}, {'climb + sweep' if climbed else 'sweep'}", "method_id": f"{own.group}-{when}", "group": FOUND, "k_given": np.nan,
        "k_found": _number(found.get("n_clusters")), "status": UNREADABLE if found.get("n_clusters") is None else DONE if reading.get("scores") else FAILED,
        "reason": str(found.get("reason", "")),
    }  # fmt: skip


def _clustered(own: Own, said: Mapping[str, Any], title: str, clusters: Mapping[str, Any]) -> dict[str, Any]:
    row = _row(own, said, {"acc": clusters["acc"], "noise": 0.0}, "its own clusters")
    return row | {
        "method": f"{title}, its own clusters", "method_id": f"{own.group}-own", "group": TOLD if clusters["given"] == own.classes else OTHER_K,
        "k_given": clusters["given"], "k_found": clusters["used"], "status": DONE,
    }  # fmt: skip


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
