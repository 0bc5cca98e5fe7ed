"""Paired differences: the same points of the same network with and without the climb, seed by seed, never across networks.

From `vaegc bench digits`, `vaegc bench pilot` (MNIST, several spaces, with controls) and the two sweeps of `vaegc bench models`. Where a sweep shows no
readable plateau there is no figure, and that is counted, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from vaegc.checks import check_choice
from vaegc.studies._methods import CLIMB_METHOD, CLIMB_STEPS, SWEEP_METHOD
from vaegc.studies._study import SHIPPED_RUNS, read_rows
from vaegc.studies.run_table import SCORES, load_runs, nan_if_none
from vaegc.wording import counted

K_MEANS_READER, PLATEAU_READER = "k-means, K given", "DBSCAN at the plateau, K found"
PER_POINT = "per point"  # variant with a bandwidth per point; the others of the pilot are one bandwidth for all, and controls
VARIANTS = {
    PER_POINT: "climb", "fixed": "climb, one bandwidth for all", "random": "control: as far, but not uphill",
    "shrink": "control: towards the own neighbours",
}  # fmt: skip
SPACE_LABELS = {"latent": "latent space", "tsne": "t-SNE map", "umap": "UMAP map"}
MIN_PAIRED_SEEDS = 6  # below which a difference of a few hundredths may be chance: seeds alone differ by two to four hundredths
COMPARISON_KEYS = ["data", "n", "place", "reader", "climb", "variant", "study"]  # one comparison
COLUMNS = [*COMPARISON_KEYS, "seed", "score", "before", "after", "k_before", "k_after", "length_before", "length_after"]


def paired_runs(data: str | None = None, score: str = "acc", own: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the paired runs, with and without the climb: one row for each seed, network, space, reader and climb.

    Parameters
    ----------
    data
        Name of a data set; None: all.
    score
        "acc", "nmi", "ari" or "purity"; the pilot and digits have kept ACC only.
    own
        Pairs of the user's models, see `vaegc.studies.user_models.user_pairs`: `before` and `after` are their `SCORE_before` and `SCORE_after`.

    Returns
    -------
    Columns: `data`, `n`, `place` (network and space), `reader`, `climb`, `variant` (see `VARIANTS`), `study`, `seed`, `score`, `before`,
    `after` (NaN where no plateau is readable), `k_before`, `k_after` (NaN: no readable plateau), `length_before`, `length_after` (of the
    longest plateau, in ln ε).

    Examples
    --------
    >>> from vaegc.studies.pairs import paired_runs
    >>> pairs = paired_runs("mnist")
    >>> sorted(set(pairs["seed"]))
    [0, 1, 2]
    """
    check_choice(score, "score", SCORES)
    rows = _pairs_of_models(score) + (_pairs_of_digits() + _pairs_of_pilot() if score == "acc" else [])
    if own is not None:
        taken = own.assign(score=score, before=own[f"{score}_before"], after=own[f"{score}_after"])[COLUMNS]
        rows += [{str(name): value for name, value in row.items()} for row in taken.to_dict("records")]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table if data is None else table[table["data"] == data].reset_index(drop=True)


def paired_differences(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean paired difference that the climb makes, one row for each comparison of `paired_runs`.

    Returns
    -------
    The columns that name the comparison, and `seeds`, `both` (seeds with a figure before and after), `before`, `after` (means over those),
    `difference`, `sd` (ddof 1; NaN below two), `gained`, `lost` (seeds), `readable_before`, `readable_after` (seeds with a readable plateau;
    of a sweep only), `longer` (seeds in which the longest plateau grew), `words`, a sentence.
    """
    rows = []
    for names, part in pairs.groupby(COMPARISON_KEYS, sort=False):
        before, after = part["before"].to_numpy(float), part["after"].to_numpy(float)
        good = ~(np.isnan(before) | np.isnan(after))
        gain = (after - before)[good]
        means = [values.mean() if len(gain) else np.nan for values in (before[good], after[good], gain)]
        row: dict[str, Any] = dict(zip(COMPARISON_KEYS, names, strict=True)) | {
            "seeds": len(part), "both": len(gain), "before": means[0], "after": means[1],
            "difference": means[2], "sd": gain.std(ddof=1) if len(gain) > 1 else np.nan,
            "gained": int((gain > 0).sum()), "lost": int((gain < 0).sum()),
            "readable_before": int(part["k_before"].notna().sum()), "readable_after": int(part["k_after"].notna().sum()),
            "longer": int((part["length_after"].to_numpy(float) > part["length_before"].to_numpy(float)).sum()),
        }  # fmt: skip
        rows.append(row | {"words": describe_difference(row)})
    columns = [
        *COMPARISON_KEYS,
        "seeds",
        "both",
        "before",
        "after",
        "difference",
        "sd",
        "gained",
        "lost",
        "readable_before",
        "readable_after",
        "longer",
        "words",
    ]
    return pd.DataFrame(rows, columns=columns)


def describe_difference(row: Mapping[str, Any]) -> str:
    """Describe a row of `paired_differences` in one or two sentences: sign, spread, and whether the seeds are too few to tell."""
    seeds, both = int(row["seeds"]), int(row["both"])
    of_a_sweep = row["reader"] == PLATEAU_READER
    read = ""
    if of_a_sweep:
        read = f"A plateau is readable in {row['readable_before']} of {counted(seeds, 'seed')} before the climb and in {row['readable_after']} after it."
    if not both:
        return read or f"There is no figure to compare in {counted(seeds, 'seed')}."
    sign = "up" if row["difference"] > 0 else "down" if row["difference"] < 0 else "unchanged"
    of = "" if both == seeds else f" where both can be read ({both} of {seeds})"
    if both == 1:
        return f"{read} One pair{of}: {format_signed(row['difference'])}, from {row['before']:.3f} to {row['after']:.3f}.".strip()
    words = f"{sign} by {abs(row['difference']):.3f} ± {row['sd']:.3f} on average{of}, more in {row['gained']} and less in {row['lost']} of {counted(both, 'seed')}"
    if sign == "unchanged":
        words = f"unchanged on average{of}, ± {row['sd']:.3f} between {counted(both, 'seed')}"
    if abs(row["difference"]) <= row["sd"]:
        words += ": no more than it varies between seeds"
    few = f" {both} pairs are too few to call such a difference real." if both < MIN_PAIRED_SEEDS and row["difference"] else ""
    return f"{read} {words[0].upper()}{words[1:]}.{few}".strip()


def format_signed(value: float) -> str:
    """Format a difference with its sign and three decimals."""
    return f"{value:+.3f}".replace("-", "−")


def _pairs_of_models(score: str) -> list[dict[str, Any]]:
    """The sweep on the map of one network, with and without the climb."""
    runs = load_runs()
    runs = runs[runs["study"] == "models"]
    one = ["data", "n", "seed", "network", "budget"]
    twins = runs[runs["method_id"] == SWEEP_METHOD].merge(
        runs[runs["method_id"] == CLIMB_METHOD], on=one, suffixes=("_before", "_after")
    )
    return [
        {
            "data": twin["data"], "n": twin["n"], "place": f"AE, UMAP map{_budget(twin['budget'])}", "reader": PLATEAU_READER, "climb": f"k = 4 %, {CLIMB_STEPS} steps",
            "variant": PER_POINT, "study": "models", "seed": twin["seed"], "score": score, "before": twin[f"{score}_before"],
            "after": twin[f"{score}_after"], "k_before": _readable_k(twin, "before"), "k_after": _readable_k(twin, "after"),
            "length_before": np.nan, "length_after": np.nan,
        }
        for twin in twins.to_dict("records")
    ]  # fmt: skip


def _budget(words: str) -> str:
    from vaegc.studies.run_table import default_budget

    return "" if words == default_budget("models") else f" ({words})"


def _readable_k(twin: Mapping[Any, Any], when: str) -> float:
    return twin[f"k_found_{when}"] if twin[f"status_{when}"] == "done" else np.nan


def _pairs_of_pilot() -> list[dict[str, Any]]:
    """Every row of the pilot beside the row without a climb of the same network, space and seed."""
    runs = read_rows(SHIPPED_RUNS / "pilot.jsonl")
    starts = {(row["kind"], row["space"], row["seed"], row["n"]): row for row in runs if row["variant"] == "no climb"}
    rows = []
    for row in runs:
        with suppress(KeyError):
            start = starts[row["kind"], row["space"], row["seed"], row["n"]]
            if row is start:
                continue
            facts = {
                "data": "mnist", "n": row["n"], "place": f"{row['kind'].upper()}, {SPACE_LABELS[row['space']]}", "variant": row["variant"], "study": "pilot",
                "climb": f"k = {100 * row['share']:g} %, {row['steps']} steps", "seed": row["seed"], "score": "acc",
                "length_before": start["length"], "length_after": row["length"], "k_before": nan_if_none(start["K"]), "k_after": nan_if_none(row["K"]),
            }  # fmt: skip
            rows.append(facts | {"reader": PLATEAU_READER, "before": nan_if_none(start["acc"]), "after": nan_if_none(row["acc"])})
            no_k = dict.fromkeys(("k_before", "k_after", "length_before", "length_after"), np.nan)
            rows.append(facts | no_k | {"reader": K_MEANS_READER, "before": start["k_means"], "after": row["k_means"]})
    return rows


def _pairs_of_digits() -> list[dict[str, Any]]:
    """The digits' study: the same checkpoint with and without the climb."""
    runs = {(row["model"], row["seed"], row["n"], row["ascent"]): row for row in read_rows(SHIPPED_RUNS / "digits.jsonl")}
    rows = []
    for (kind, seed, n, climb), row in runs.items():
        start = runs.get((kind, seed, n, "no climb"))
        if start is None or row is start:
            continue
        facts = {
            "data": "digits", "n": n, "place": f"{kind.upper()}, {SPACE_LABELS['latent']}", "variant": PER_POINT, "study": "digits",
            "climb": f"k = 4 %, {climb}", "seed": seed, "score": "acc",
        }  # fmt: skip
        swept = {
            "k_before": nan_if_none(start["K"]), "k_after": nan_if_none(row["K"]), "length_before": start["plateau"], "length_after": row["plateau"],
        }  # fmt: skip
        rows.append(
            facts
            | swept
            | {"reader": PLATEAU_READER, "before": nan_if_none(start["dbscan_acc"]), "after": nan_if_none(row["dbscan_acc"])}
        )
        rows.append(
            facts
            | dict.fromkeys(swept, np.nan)
            | {"reader": K_MEANS_READER, "before": start["kmeans_acc"], "after": row["kmeans_acc"]}
        )
    return rows
