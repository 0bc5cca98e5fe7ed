"""Published figures of other methods on the same data sets, with their conventions; never averaged with ours nor with each other.

A figure by another convention (many-to-one, image transforms in training, labels used, another K than the number of classes) stands apart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

FILE = Path(__file__).with_name("published.yaml")
STATUSES = ("verified", "second-hand", "unconfirmed")
LABELS = ("none seen", "unknown", "used")


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure and its conventions."""

    data: str
    method: str
    source: str  # paper or repository
    acc: float | None = None
    sd: float | None = None  # of acc
    low: float | None = None  # smallest and largest run, where they were given
    high: float | None = None
    nmi: float | None = None
    ari: float | None = None
    k: str = "given"  # "given", "found", a number other than that of the classes, or what else was given
    mapping: str = "1-1"  # or "m-1"
    augmentation: bool = False  # image transforms in training
    labels: str = "unknown"  # use of labels in choices, restarts, matching or stopping
    runs: str = "unknown"
    status: str = "verified"
    beside: str | None = None  # `method_id` of ours
    apart: str = ""  # another departure from our conventions
    caveat: str = ""

    @property
    def departs(self) -> tuple[str, ...]:
        """Conventions in which it differs from ours: Hungarian ACC, no image transforms, no labels, K given or found as stated."""
        differing = []
        if self.mapping != "1-1":
            differing.append("many-to-one")
        if self.labels == "used":
            differing.append("labels used")
        if self.augmentation:
            differing.append("image transforms in training")
        if self.k not in ("given", "found"):
            differing.append(f"K = {self.k}" if self.k.isdigit() else f"{self.k} given")
        return tuple(differing + ([self.apart] if self.apart else []))

    @property
    def words(self) -> str:
        """Its conventions, runs, status and caveat in one line."""
        k = {"given": "K given", "found": "K found"}.get(self.k, f"K = {self.k}" if self.k.isdigit() else f"{self.k} given")
        labels = {"none seen": "no use of labels seen", "unknown": "use of labels unknown", "used": "labels used"}[self.labels]
        runs = f"{self.runs} runs" if self.runs.isdigit() else f"runs: {self.runs}"
        parts = [k, "many-to-one" if self.mapping == "m-1" else "one-to-one", labels, runs]
        parts += ["image transforms"] if self.augmentation else []
        return "; ".join(filter(None, (*parts, self.apart, self.status, self.caveat)))


def published(data: str | None = None) -> tuple[Published, ...]:
    """Return the published figures of a data set, or of all.

    Examples
    --------
    >>> from vaegc.studies.published import published
    >>> [entry.acc for entry in published("mnist") if entry.method == "VaDE, 20 seeds"]
    [0.716]
    """
    return tuple(entry for entry in _all() if data in {None, entry.data})


def published_table(data: str | None = None) -> pd.DataFrame:
    """Return the same as a table, with `purity` (an accuracy that is many-to-one), `departs` (in what the convention differs) and `words`."""
    columns = [*(f.name for f in fields(Published)), "purity", "departs", "words"]
    rows = [
        {
            **asdict(entry),
            "purity": entry.acc if entry.mapping == "m-1" else None,
            "departs": ", ".join(entry.departs),
            "words": entry.words,
        }
        for entry in published(data)
    ]
    return pd.DataFrame(rows, columns=columns)


@cache
def _all() -> tuple[Published, ...]:
    document: dict[str, list[dict[str, Any]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(Published(data=data, **_as_texts(entry)) for data, entries in document.items() for entry in entries)


def _as_texts(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry whose K and number of runs, which may be words, are texts."""
    return {name: str(value) if name in ("k", "runs") else value for name, value in entry.items()}
