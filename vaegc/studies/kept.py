"""Every kept run as a row of one table, with what it was told, and their means; what is missing is said.

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
    BUDGETS,
    CLIMB,
    DATASETS,
    DEEP,
    FINDS_K,
    LABEL_TUNED,
    NETWORK,
    RIVAL,
    SIMPLE,
    USUAL,
    settings,
    title_of,
)
from vaegc.studies._study import SHIPPED, added, read
from vaegc.wording import counted

SCORES = {"acc": "ACC", "nmi": "NMI", "ari": "ARI", "purity": "Many-to-one"}
FOUND, TOLD, TUNED, OTHER_K = "finds K", "told K", "told K, in part chosen with labels", "told another K"
GROUPS = (FOUND, TOLD, TUNED, OTHER_K)  # what may be set against each other stands together
DONE, UNREADABLE, FAILED = "done", "no readable plateau", "no figures"
COLUMNS = (
    "data", "n", "method", "method_id", "seed", "group", "k_given", "k_found", "acc", "nmi", "ari", "purity", "noise", "cpu_minutes", "shared_minutes",
    "status", "reason", "settings", "study", "budget", "network", "here",
)  # fmt: skip
STUDIES = ("models", "mixtures")
VARIANTS = tuple(
    id for id in DEEP if id not in (*USUAL, RIVAL, "gmvae-10-samples", "gmvae-16")
)  # with something taken away or added
APART = ["data", "n", "study", "method_id", "budget"]  # runs that differ in one of these are not repetitions of each other


def kept_runs(data: str | None = None) -> pd.DataFrame:
    """Return every kept run of the two studies, one row each.

    Parameters
    ----------
    data
        Name of a data set; None: all.

    Returns
    -------
    Columns: `data`, `n` (points), `method`, `method_id`, `seed`, `group` (what it was told), `k_given`, `k_found` (clusters; of models with
    clusters of their own those that hold 1 % of the points), `acc` (Hungarian one-to-one, noise counts as wrong), `nmi`, `ari`, `purity`
    (many-to-one), `noise` (share), `cpu_minutes`, `shared_minutes` (those of them that other methods of the seed share: network, map), `status`, `reason`, `settings` in words, `study`, `budget`,
    `network` (hash of data, settings and seed), `here` (whether this server has added it).

    Examples
    --------
    >>> from vaegc.studies.kept import kept_runs
    >>> runs = kept_runs("mnist")
    >>> runs[runs["method"] == "VaDE"]["seed"].tolist()
    [0, 1]
    """
    rows, seen = [], set()
    for study in STUDIES:
        for here, path in ((False, SHIPPED / f"{study}.jsonl"), (True, added(study))):
            for raw in _lines(path, here):
                with suppress(KeyError, TypeError, ValueError):  # of another version: not a run that can be told
                    row = _tidy(study, raw, here)
                    name = tuple(row[key] for key in (*APART, "seed", "network"))
                    if name not in seen:
                        seen.add(name)
                        rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table if data is None else table[table["data"] == data].reset_index(drop=True)


def summary(runs: pd.DataFrame, score: str = "acc") -> pd.DataFrame:
    """Return mean ± sd of every method over its seeds, in `GROUPS`, best first within each.

    Parameters
    ----------
    runs
        Of `kept_runs`, or rows with its columns.
    score
        "acc", "nmi", "ari" or "purity".

    Returns
    -------
    Columns: `data`, `n`, `method`, `group`, `seeds` (runs in all), `scored` (those with a readable plateau), `mean`, `sd` (ddof 1; NaN for
    one run), `k` (of every seed, "none" where no plateau is readable), `cpu_minutes`, `settings`, and `method_id`, `study`, `budget`.
    """
    check_choice(score, "score", SCORES)
    rows = []
    for names, part in runs.groupby(APART, sort=False):
        good = part[score].dropna().astype(float)
        first = part.iloc[0]
        found = ", ".join("none" if pd.isna(k) else f"{k:.0f}" for k in part.sort_values("seed")["k_found"])
        rows.append(dict(zip(APART, names, strict=True)) | {
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


def data_sets() -> tuple[str, ...]:
    """Names of the data sets that the studies know."""
    return tuple(name for name in BUILT_IN if name in DATASETS or name in BUDGETS)


def usual_budget(study: str) -> str:
    """What the budget of a study is called where nobody asked for another."""
    return f"{NETWORK.steps:,} steps" if study == "models" else "as usual"


def _lines(path: Path, here: bool) -> Sequence[Mapping[str, Any]]:
    with suppress(OSError):
        now = path.stat()
        return _read(path, here, now.st_mtime_ns, now.st_size)
    return ()


@lru_cache(maxsize=16)
def _read(path: Path, here: bool, _changed: int, _size: int) -> Sequence[Mapping[str, Any]]:
    """Lines of a file as long as it stays as it is."""
    with suppress(*((BadInput,) if here else ())):  # a line that a full disk has cut hides no shipped run
        return read(path)
    return ()


_settings = lru_cache(maxsize=256)(settings)


def _tidy(study: str, raw: Mapping[str, Any], here: bool) -> dict[str, Any]:
    """One line of a study as a row."""
    data, id = str(raw["data"]), str(raw["method"])
    acc = raw.get("acc")
    row: dict[str, Any] = {name: _number(raw.get(name)) for name in ("acc", "nmi", "ari", "purity")}
    row |= {
        "data": data, "n": int(raw["n"]), "method": title_of(id), "method_id": id, "seed": int(raw["seed"]), "study": study,
        "noise": _number(raw.get("noise", None if acc is None else 0.0)), "network": str(raw["network"]), "here": here,
        "reason": str(raw.get("reason", "")), "status": DONE if acc is not None else UNREADABLE if id in FINDS_K else FAILED,
    }  # fmt: skip
    return row | (_simple(raw, id) if study == "models" else _deep(raw, data, id))


def _simple(raw: Mapping[str, Any], id: str) -> dict[str, Any]:
    told = re.search(r"K = (\d+)", str(raw.get("given", "")))
    steps = int(raw["epochs_or_steps"])
    shared = sum(float(raw[name]) for name in ("training_cpu_minutes", "map_cpu_minutes") if raw.get(name) is not None)
    words = (
        f"{'-'.join(map(str, (*NETWORK.hidden, NETWORK.latent_dim)))}, {steps:,} steps"
        if SIMPLE[id][0] is None or SIMPLE[id][1]
        else "raw data"
    )
    return {
        "group": FOUND if id in FINDS_K else TOLD, "k_given": np.nan if told is None or id in FINDS_K else int(told[1]), "k_found": _number(raw.get("K")),
        "cpu_minutes": shared + float(raw.get("cpu_minutes") or 0.0), "shared_minutes": shared, "budget": f"{steps:,} steps",
        "settings": words + (f", {CLIMB} steps of the climb" if SIMPLE[id] == (None, CLIMB) else ""),
    }  # fmt: skip


def _deep(raw: Mapping[str, Any], data: str, id: str) -> dict[str, Any]:
    given, epochs = int(raw["K"]), raw.get("epochs")
    classes = describe(data).classes if data in BUILT_IN else given
    group = OTHER_K if given != classes else TUNED if id in LABEL_TUNED.get(data, ()) else TOLD
    usual = id == RIVAL or (data in BUDGETS and _settings(data, id).epochs_in_use == epochs)
    words = "as the library comes" if id == RIVAL else f"{epochs:,} epochs"
    if data in BUDGETS and id != RIVAL:
        words = f"{'-'.join(map(str, (*_settings(data, id).hidden, _settings(data, id).latent_dim)))}, {words}"
    return {
        "group": group, "k_given": given, "k_found": _number(raw.get("used")), "cpu_minutes": _number(raw.get("cpu_minutes")),
        "shared_minutes": 0.0, "budget": "as usual" if usual else f"{epochs} epochs", "settings": words,
    }  # fmt: skip


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def readings(runs: pd.DataFrame) -> Iterator[str]:
    """Sentences that say what the figures of a data set rest on."""
    if not len(runs):
        return
    sizes = ", ".join(f"{n:,}" for n in sorted(set(runs["n"]), reverse=True))
    few, most = (f(runs.groupby(APART)["seed"].nunique()) for f in (min, max))
    seeds = f"{counted(most, 'seed')}" if few == most else f"{few} to {most} seeds"
    yield f"N = {sizes}; {seeds} a method, every run a dot; noise counts as wrong"
