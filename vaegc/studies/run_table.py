"""Table of all kept runs, with what each was given, and their means over seeds.

Rows are those of `vaegc bench models` and `vaegc bench mixtures` that come with the package, and those that the pages of this server
have added. Labels score, nothing else. Runs of other data, sizes, networks or budgets are never averaged together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vaegc.checks import check_choice
from vaegc.datasets import BUILT_IN, describe
from vaegc.errors import BadInput
from vaegc.studies._methods import (
    BASELINE_METHODS,
    BUDGETS,
    CLIMB_STEPS,
    CLUSTPY_VADE,
    DATASETS,
    DEEP_METHODS,
    DEFAULT_METHODS,
    LABEL_TUNED,
    METHODS_FINDING_K,
    NETWORK,
    method_title,
    training_config,
)
from vaegc.studies._study import SHIPPED_RUNS, read_rows, server_runs_path
from vaegc.wording import counted

SCORES = {"acc": "ACC", "nmi": "NMI", "ari": "ARI", "purity": "Purity (many-to-one)"}
K_FOUND, K_GIVEN, K_GIVEN_LABEL_TUNED, OTHER_K_GIVEN = (
    "K found",
    "K given",
    "K given, in part tuned with labels",
    "another K given",
)
GROUPS = (K_FOUND, K_GIVEN, K_GIVEN_LABEL_TUNED, OTHER_K_GIVEN)  # methods are comparable within a group
SCORED, NO_PLATEAU, NO_SCORES = "done", "no readable plateau", "no figures"
COLUMNS = (
    "data", "n", "method", "method_id", "seed", "group", "k_given", "k_found", "acc", "nmi", "ari", "purity", "noise", "cpu_minutes", "shared_minutes",
    "status", "reason", "settings", "study", "budget", "network", "here",
)  # fmt: skip
STUDIES = ("models", "mixtures")
ABLATIONS = tuple(
    id for id in DEEP_METHODS if id not in (*DEFAULT_METHODS, CLUSTPY_VADE, "gmvae-10-samples", "gmvae-16")
)  # with something taken away or added
REPLICATE_KEYS = ["data", "n", "study", "method_id", "budget"]  # runs that agree in all of these are replicates


def load_runs(data: str | None = None) -> pd.DataFrame:
    """Return every kept run of the two studies, one row each.

    Parameters
    ----------
    data
        Name of a data set; None: all.

    Returns
    -------
    Columns: `data`, `n` (points), `method`, `method_id`, `seed`, `group` (see `GROUPS`), `k_given`, `k_found` (clusters; of models with
    clusters of their own those that hold 1 % of the points), `acc` (Hungarian one-to-one, noise counts as wrong), `nmi`, `ari`, `purity`
    (many-to-one), `noise` (share), `cpu_minutes`, `shared_minutes` (those of them that other methods of the seed share: network, map), `status`, `reason`, `settings` in words, `study`, `budget`,
    `network` (hash of data, settings and seed), `here` (whether this server has added it).

    Examples
    --------
    >>> from vaegc.studies.run_table import load_runs
    >>> runs = load_runs("mnist")
    >>> runs[runs["method"] == "VaDE"]["seed"].tolist()
    [0, 1]
    """
    rows, seen = [], set()
    for study in STUDIES:
        for here, path in ((False, SHIPPED_RUNS / f"{study}.jsonl"), (True, server_runs_path(study))):
            for raw in _lines(path, here):
                with suppress(KeyError, TypeError, ValueError):  # of another version, and not readable as a run
                    row = _to_row(study, raw, here)
                    name = tuple(row[key] for key in (*REPLICATE_KEYS, "seed", "network"))
                    if name not in seen:
                        seen.add(name)
                        rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table if data is None else table[table["data"] == data].reset_index(drop=True)


def summarize_runs(runs: pd.DataFrame, score: str = "acc") -> pd.DataFrame:
    """Return mean ± sd of every method over its seeds, in `GROUPS`, best first within each.

    Parameters
    ----------
    runs
        Of `load_runs`, or rows with its columns.
    score
        "acc", "nmi", "ari" or "purity".

    Returns
    -------
    Columns: `data`, `n`, `method`, `group`, `seeds` (runs in all), `scored` (those with a readable plateau), `mean`, `sd` (ddof 1; NaN for
    one run), `k` (of every seed, "none" where no plateau is readable), `cpu_minutes`, `settings`, and `method_id`, `study`, `budget`.
    """
    check_choice(score, "score", SCORES)
    rows = []
    for names, part in runs.groupby(REPLICATE_KEYS, sort=False):
        good = part[score].dropna().astype(float)
        first = part.iloc[0]
        found = ", ".join("none" if pd.isna(k) else f"{k:.0f}" for k in part.sort_values("seed")["k_found"])
        rows.append(dict(zip(REPLICATE_KEYS, names, strict=True)) | {
            "method": first["method"], "group": first["group"], "seeds": len(part), "scored": len(good),
            "mean": good.mean() if len(good) else np.nan, "sd": good.std(ddof=1) if len(good) > 1 else np.nan, "k": found,
            "cpu_minutes": part["cpu_minutes"].astype(float).mean(), "settings": first["settings"],
        })  # fmt: skip
    columns = [
        "data",
        "n",
        "method",
        "group",
        "seeds",
        "scored",
        "mean",
        "sd",
        "k",
        "cpu_minutes",
        "settings",
        "method_id",
        "study",
        "budget",
    ]
    table = pd.DataFrame(rows, columns=columns)
    double = table.duplicated(["data", "n", "method"], keep=False)  # the same reading of another network
    table.loc[double, "method"] += " (" + table.loc[double, "settings"] + ")"
    order = table["group"].map({group: at for at, group in enumerate(GROUPS)}).fillna(len(GROUPS))
    return (
        table.assign(order=order)
        .sort_values(["data", "order", "mean"], ascending=[True, True, False], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def studied_datasets() -> tuple[str, ...]:
    """Names of the data sets that a study runs on."""
    return tuple(name for name in BUILT_IN if name in DATASETS or name in BUDGETS)


def default_budget(study: str) -> str:
    """Name of the default training budget of a study."""
    return f"{NETWORK.steps:,} steps" if study == "models" else "as usual"


def _lines(path: Path, here: bool) -> Sequence[Mapping[str, Any]]:
    with suppress(OSError):
        now = path.stat()
        return _read(path, here, now.st_mtime_ns, now.st_size)
    return ()


@lru_cache(maxsize=16)
def _read(path: Path, here: bool, _changed: int, _size: int) -> Sequence[Mapping[str, Any]]:
    """Rows of a file, cached until it changes."""
    with suppress(*((BadInput,) if here else ())):  # a line that a full disk has cut hides no shipped run
        return read_rows(path)
    return ()


_training_config = lru_cache(maxsize=256)(training_config)


def _to_row(study: str, raw: Mapping[str, Any], here: bool) -> dict[str, Any]:
    """One line of a study as a row."""
    data, id = str(raw["data"]), str(raw["method"])
    acc = raw.get("acc")
    row: dict[str, Any] = {name: nan_if_none(raw.get(name)) for name in ("acc", "nmi", "ari", "purity")}
    row |= {
        "data": data, "n": int(raw["n"]), "method": method_title(id), "method_id": id, "seed": int(raw["seed"]), "study": study,
        "noise": nan_if_none(raw.get("noise", None if acc is None else 0.0)), "network": str(raw["network"]), "here": here,
        "reason": str(raw.get("reason", "")), "status": SCORED if acc is not None else NO_PLATEAU if id in METHODS_FINDING_K else NO_SCORES,
    }  # fmt: skip
    return row | (_baseline_columns(raw, id) if study == "models" else _deep_columns(raw, data, id))


def _baseline_columns(raw: Mapping[str, Any], id: str) -> dict[str, Any]:
    given = re.search(r"K = (\d+)", str(raw.get("given", "")))
    steps = int(raw["epochs_or_steps"])
    shared = sum(float(raw[name]) for name in ("training_cpu_minutes", "map_cpu_minutes") if raw.get(name) is not None)
    words = (
        f"{'-'.join(map(str, (*NETWORK.hidden, NETWORK.latent_dim)))}, {steps:,} steps"
        if BASELINE_METHODS[id][0] is None or BASELINE_METHODS[id][1]
        else "raw data"
    )
    return {
        "group": K_FOUND if id in METHODS_FINDING_K else K_GIVEN, "k_given": np.nan if given is None or id in METHODS_FINDING_K else int(given[1]), "k_found": nan_if_none(raw.get("K")),
        "cpu_minutes": shared + float(raw.get("cpu_minutes") or 0.0), "shared_minutes": shared, "budget": f"{steps:,} steps",
        "settings": words + (f", {CLIMB_STEPS} steps of the climb" if BASELINE_METHODS[id] == (None, CLIMB_STEPS) else ""),
    }  # fmt: skip


def _deep_columns(raw: Mapping[str, Any], data: str, id: str) -> dict[str, Any]:
    given, epochs = int(raw["K"]), raw.get("epochs")
    classes = describe(data).classes if data in BUILT_IN else given
    group = OTHER_K_GIVEN if given != classes else K_GIVEN_LABEL_TUNED if id in LABEL_TUNED.get(data, ()) else K_GIVEN
    usual = id == CLUSTPY_VADE or (data in BUDGETS and _training_config(data, id).epochs_in_use == epochs)
    words = "as the library comes" if id == CLUSTPY_VADE else f"{epochs:,} epochs"
    if data in BUDGETS and id != CLUSTPY_VADE:
        words = f"{'-'.join(map(str, (*_training_config(data, id).hidden, _training_config(data, id).latent_dim)))}, {words}"
    return {
        "group": group, "k_given": given, "k_found": nan_if_none(raw.get("used")), "cpu_minutes": nan_if_none(raw.get("cpu_minutes")),
        "shared_minutes": 0.0, "budget": "as usual" if usual else f"{epochs} epochs", "settings": words,
    }  # fmt: skip


def nan_if_none(value: Any) -> float:
    """Return a number of a kept row as a float, NaN for None."""
    return np.nan if value is None else float(value)


def describe_samples(runs: pd.DataFrame) -> Iterator[str]:
    """Describe what the figures of a data set rest on: N, seeds, noise policy."""
    if not len(runs):
        return
    sizes = ", ".join(f"{n:,}" for n in sorted(set(runs["n"]), reverse=True))
    few, most = (f(runs.groupby(REPLICATE_KEYS)["seed"].nunique()) for f in (min, max))
    seeds = f"{counted(most, 'seed')}" if few == most else f"{few} to {most} seeds"
    yield f"N = {sizes}; {seeds} a method, every run a dot; noise counts as wrong"
