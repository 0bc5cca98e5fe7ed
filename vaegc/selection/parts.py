"""The parts that a choice is made of: which there are, how a sweep is read, and how each is kept.

A part is plain data, kept under a key of its own as soon as it is there, so that whoever waits can draw it. Once all are there
they are kept together as well: one file, which is what is shipped.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from vaegc import store
from vaegc.experiment.spec import ClusterConfig
from vaegc.selection.choice import Cell, KSelection, Plateau, Slice, Verdict
from vaegc.selection.votes import METHODS
from vaegc.sweep import EpsilonSweep, FamilySuggestion, Suggestion
from vaegc.wording import counted, percent

STAGE = "choice"
PLATEAUS = 10  # of a slice, longest first
BEGIN, FAMILY, VERDICT = "begin", "family", "verdict"
DAMAGE = (ValueError, zlib.error, KeyError, TypeError)
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is made and kept by itself."""

    name: str  # unique in a choice
    phase: str  # "steps", "bandwidths", "votes" or "verdict"
    message: str  # while it is made
    cost: float  # in trees of one sweep, roughly
    step: int = 0  # of a slice, and of what a vote looks at
    bandwidth: float = 0.0
    method: str = ""  # of a vote


def parts_of(choice: KSelection) -> list[Part]:
    """All parts but the first, in the order in which they are made: steps from coarse to fine, then bandwidths, votes, the answer."""
    last = choice.steps[-1]
    parts = [Part(step_name(s), "steps", f"Sweeping step {s}", 1, s) for s in coarse_to_fine(choice.steps)]
    for h in choice.bandwidths:
        cost = 1 if h == choice.own_bandwidth else 10 + len(choice.cell_steps)
        parts.append(Part(f"bandwidth {h!r}", "bandwidths", f"Bandwidth {percent(h)}", cost, bandwidth=h))
    for when, step in (("before", 0), ("after", last))[: 2 if last else 1]:
        words = f"Asking {{}}, {when} the climb" if last else "Asking {}"
        parts += [Part(f"{when}: {m}", "votes", words.format(m), 5, step, method=m) for m in METHODS]
    if choice.bandwidths:
        parts.append(Part(FAMILY, "verdict", "Looking at all bandwidths together", 0.1))
    return [*parts, Part(VERDICT, "verdict", "Putting it together", 0.1)]


def step_name(step: int) -> str:
    """Name of the part that is a slice."""
    return f"step {step}"


def coarse_to_fine(steps: Sequence[int]) -> list[int]:
    """The ends first, then what halves the longest gap, so that a diagram is whole at every stage and grows finer."""
    order, gaps = [*dict.fromkeys((0, len(steps) - 1))], [(0, len(steps) - 1)]
    while gaps:
        gaps.sort(key=lambda gap: (gap[0] - gap[1], gap[0]))
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return [steps[i] for i in order]


# --- keeping -----------------------------------------------------------------------------------------------------------


class Shelf:
    """The parts of one choice: those in hand, and behind them those in the cache, the user's or the shipped one."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.held: dict[str, Document] = {}
        whole = store.kept_bytes(STAGE, key)
        if whole is not None:
            with suppress(*DAMAGE):  # damaged: its parts are looked for, and made again
                self.held = json.loads(zlib.decompress(whole))

    def get(self, name: str) -> Document | None:
        """Return a part, or None."""
        if name not in self.held:
            kept = store.kept_bytes(STAGE, self._key(name))
            if kept is None:
                return None
            with suppress(*DAMAGE):
                self.held[name] = json.loads(kept)
        return self.held.get(name)

    def keep(self, name: str, document: Document) -> None:
        """Hold a part, and keep it where that is possible."""
        self.held[name] = document
        store.keep_bytes(STAGE, self._key(name), json.dumps(document).encode())

    def bind(self) -> None:
        """Keep all parts together."""
        store.keep_bytes(STAGE, self.key, zlib.compress(json.dumps(self.held).encode(), 9))

    def _key(self, name: str) -> str:
        return store.content_hash(STAGE, self.key, name)


def assembled(shelf: Shelf) -> KSelection | None:
    """Return the choice as far as it is there; None before its first part is."""
    begin = shelf.get(BEGIN)
    if begin is None:
        return None
    choice = begun(shelf.key, begin)
    parts = parts_of(choice)
    there = {part.name: shelf.get(part.name) for part in parts}
    bandwidths = [(h, there[f"bandwidth {h!r}"]) for h in choice.bandwidths]
    votes = {when: [there.get(f"{when}: {m}") for m in METHODS] for when in ("before", "after")}
    family, verdict = there.get(FAMILY), there[VERDICT]
    return replace(
        choice,
        slices=tuple(_slice(s, d) for s in choice.steps if (d := there[step_name(s)]) is not None),
        cells=tuple(_cell(h, s, one) for h, d in bandwidths if d for s, one in zip(choice.cell_steps, d["cells"], strict=True)),
        votes={when: found for when, rows in votes.items() if (found := tuple(row for row in rows if row is not None))},
        family=FamilySuggestion(**_said(family)) if family else None,
        verdict=_verdict(verdict) if verdict else None,
        missing=_missing([part for part in parts if there[part.name] is None], parts),
    )


def begun(key: str, document: Document) -> KSelection:
    """The choice without parts, from its first one."""
    return KSelection(key, **{
        **document, "eps": np.array(document["eps"], np.float64), "k_distance": np.array(document["k_distance"], np.float64),
        "frames": {int(s): i for s, i in document["frames"].items()},
        **{name: tuple(document[name]) for name in ("steps", "bandwidths", "cell_steps", "family_steps")},
        "notes": tuple(document.get("notes", ())),
    })  # fmt: skip


def _missing(wanted: Sequence[Part], parts: Sequence[Part]) -> tuple[str, ...]:
    """What is not there yet, in words."""
    steps, all_steps = (sum(part.phase == "steps" for part in some) for some in (wanted, parts))
    words = [f"{steps} of {counted(all_steps, 'step')}"] if steps else []
    words += [f"the bandwidth {percent(part.bandwidth)}" for part in wanted if part.phase == "bandwidths"]
    for when in ("before", "after"):
        votes = [part.method for part in wanted if part.name.startswith(f"{when}: ")]
        words += [f"votes {when} the climb: {', '.join(votes)}"] if votes else []
    names = {FAMILY: "the look at all bandwidths together", VERDICT: "the verdict"}
    return (*words, *(names[part.name] for part in wanted if part.phase == "verdict"))


# --- a sweep, read ------------------------------------------------------------------------------------------------------


def read_sweep(sweep: EpsilonSweep, how: ClusterConfig) -> Document:
    """What a field of a diagram shows: the suggestion, and of every number its longest plateau, longest first."""
    table = sweep.plateaus(how.min_size, how.max_noise)
    return {
        "suggestion": asdict(sweep.suggest(how.min_size, how.max_noise)),
        "longest": _rows(table.drop_duplicates("n_clusters")),
        "plateaus": _rows(table.head(PLATEAUS)),
    }


def read_slice(sweep: EpsilonSweep, how: ClusterConfig, eps: np.ndarray) -> Document:
    """The same, with clusters and the share of points outside them at every ε (E,)."""
    at, clusters, inside, _ = sweep.states(how.min_size)
    state = np.searchsorted(at, eps, "right")
    outside = 1 - np.concatenate([[0], inside])[state] / len(sweep.core_distances_)
    return {
        **read_sweep(sweep, how),
        "counted": np.concatenate([[0], clusters])[state].tolist(),
        "outside": outside.astype(np.float32).tolist(),
    }


def table_of_longest(document: Document) -> pd.DataFrame:
    """What `suggest_family` looks at."""
    return pd.DataFrame(document["longest"], columns=["n_clusters", "eps_low", "eps_high", "log_length"])


def _rows(table: pd.DataFrame) -> list[list[float]]:
    return [[int(row[0]), *map(float, row[1:])] for row in table.itertuples(index=False)]


def _slice(step: int, d: Document) -> Slice:
    clusters, outside = np.array(d["counted"], np.int32), np.array(d["outside"], np.float32)
    return Slice(step, clusters, outside, tuple(Plateau(*row) for row in d["plateaus"]), Suggestion(**_said(d["suggestion"])))


def _cell(neighbors: float, step: int, d: Document) -> Cell:
    return Cell(neighbors, step, Suggestion(**_said(d["suggestion"])), Plateau(*d["longest"][0]) if d["longest"] else None)


def _said(d: Document) -> dict[str, Any]:
    """Fields of a suggestion; JSON has no tuples."""
    return {**d, "limits": tuple(d["limits"])}


def _verdict(d: Mapping[str, Any]) -> Verdict:
    return Verdict(d["n_clusters"], d["certainty"], d["headline"], tuple(d["reasons"]), tuple(d["doubts"]))
