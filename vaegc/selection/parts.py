"""The parts of a choice of K: which there are, how they are stored as JSON, and how a `KSelection` is assembled from them.

A part is stored under a key of its own as soon as it is computed, so that a page that waits can draw it. Once all are there they
are stored together as well: one file, which is what is shipped.
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
from vaegc.selection.choice import BandwidthCell, KSelection, Plateau, StepSweep, Verdict
from vaegc.selection.votes import METHODS
from vaegc.sweep import EpsilonSweep, FamilySuggestion, Suggestion
from vaegc.wording import counted, percent

STAGE = "choice"
MAX_PLATEAUS = 10  # of a sweep, longest first
FACTS, FAMILY, VERDICT = "begin", "family", "verdict"  # parts of which there is one; names are in cache keys
DAMAGED = (ValueError, zlib.error, KeyError, TypeError)
PartData = dict[str, Any]  # JSON-ready


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is computed and stored by itself."""

    name: str  # unique in a choice
    phase: str  # "begin", "steps", "bandwidths", "votes" or "verdict"
    message: str  # while it is computed
    cost: float  # in trees of one sweep, roughly
    step: int = 0  # that is swept, or whose points the vote is on
    bandwidth: float = 0.0
    method: str = ""  # of a vote


def parts_of(choice: KSelection) -> list[Part]:
    """All parts but the first, in the order in which they are computed: steps from coarse to fine, bandwidths, votes, verdict."""
    last = choice.steps[-1]
    parts = [Part(step_name(s), "steps", f"Sweeping step {s}", 1, s) for s in coarse_to_fine(choice.steps)]
    for h in choice.bandwidths:
        cost = 1 if h == choice.own_bandwidth else 10 + len(choice.cell_steps)
        parts.append(Part(f"bandwidth {h!r}", "bandwidths", f"Bandwidth {percent(h, 2)}", cost, bandwidth=h))
    for when, step in (("before", 0), ("after", last))[: 2 if last else 1]:
        message = f"Asking {{}}, {when} the climb" if last else "Asking {}"
        parts += [Part(f"{when}: {m}", "votes", message.format(m), 5, step, method=m) for m in METHODS]
    if choice.bandwidths:
        parts.append(Part(FAMILY, "verdict", "Looking at all bandwidths together", 0.1))
    return [*parts, Part(VERDICT, "verdict", "Putting it together", 0.1)]


def step_name(step: int) -> str:
    """Name of the part that is the sweep of a step."""
    return f"step {step}"


def coarse_to_fine(steps: Sequence[int]) -> list[int]:
    """The same steps, ends first, then what halves the longest gap: a diagram filled in this order is whole from the start."""
    order, gaps = [*dict.fromkeys((0, len(steps) - 1))], [(0, len(steps) - 1)]
    while gaps:
        gaps.sort(key=lambda gap: (gap[0] - gap[1], gap[0]))
        low, high = gaps.pop(0)
        if high - low > 1:
            middle = (low + high) // 2
            order.append(middle)
            gaps += [(low, middle), (middle, high)]
    return [steps[i] for i in order]


# --- storage -----------------------------------------------------------------------------------------------------------


class PartStore:
    """The parts of one choice of K: those in memory, and behind them those in the cache, the user's or the shipped one.

    Parameters
    ----------
    key
        The spec's `selection_key`.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self.parts: dict[str, PartData] = {}
        whole = store.read_cached_bytes(STAGE, key)
        if whole is not None:
            with suppress(*DAMAGED):  # its parts are looked for one by one, and computed again
                self.parts = json.loads(zlib.decompress(whole))

    def get(self, name: str) -> PartData | None:
        """Return a part; None where it is not computed yet, or damaged."""
        if name not in self.parts:
            kept = store.read_cached_bytes(STAGE, self._key(name))
            if kept is None:
                return None
            with suppress(*DAMAGED):
                self.parts[name] = json.loads(kept)
        return self.parts.get(name)

    def put(self, name: str, part: PartData) -> None:
        """Add a part, to the cache too where that can be written."""
        self.parts[name] = part
        store.write_cached_bytes(STAGE, self._key(name), json.dumps(part).encode())

    def put_whole(self) -> None:
        """Store all parts together, as one file."""
        store.write_cached_bytes(STAGE, self.key, zlib.compress(json.dumps(self.parts).encode(), 9))

    def _key(self, name: str) -> str:
        return store.content_hash(STAGE, self.key, name)


def assemble(part_store: PartStore) -> KSelection | None:
    """Return the choice as far as its parts are there; None before the first one is."""
    facts = part_store.get(FACTS)
    if facts is None:
        return None
    choice = selection_of_facts(part_store.key, facts)
    parts = parts_of(choice)
    there = {part.name: part_store.get(part.name) for part in parts}
    bandwidths = [(h, there[f"bandwidth {h!r}"]) for h in choice.bandwidths]
    votes = {when: [there.get(f"{when}: {m}") for m in METHODS] for when in ("before", "after")}
    family, verdict = there.get(FAMILY), there[VERDICT]
    return replace(
        choice,
        step_sweeps=tuple(_step_sweep(s, d) for s in choice.steps if (d := there[step_name(s)]) is not None),
        bandwidth_cells=tuple(
            _bandwidth_cell(h, s, d) for h, row in bandwidths if row for s, d in zip(choice.cell_steps, row["cells"], strict=True)
        ),
        votes={when: found for when, rows in votes.items() if (found := tuple(row for row in rows if row is not None))},
        family=_family(family) if family else None,
        verdict=_verdict(verdict) if verdict else None,
        missing=_missing([part for part in parts if there[part.name] is None], parts),
    )


def selection_of_facts(key: str, facts: PartData) -> KSelection:
    """The choice as its first part alone describes it."""
    rest = {name: value for name, value in facts.items() if name != "why_no_cells"}
    return KSelection(key, why_no_bandwidths=facts["why_no_cells"], **{
        **rest, "eps": np.array(facts["eps"], np.float64), "k_distance": np.array(facts["k_distance"], np.float64),
        "frames": {int(s): i for s, i in facts["frames"].items()},
        **{name: tuple(facts[name]) for name in ("steps", "bandwidths", "cell_steps", "family_steps", "notes")},
    })  # fmt: skip


def _missing(wanted: Sequence[Part], parts: Sequence[Part]) -> tuple[str, ...]:
    """What is not there yet, in words."""
    steps, all_steps = (sum(part.phase == "steps" for part in listed) for listed in (wanted, parts))
    words = [f"{steps} of {counted(all_steps, 'step')}"] if steps else []
    words += [f"the bandwidth {percent(part.bandwidth, 2)}" for part in wanted if part.phase == "bandwidths"]
    for when in ("before", "after"):
        votes = [part.method for part in wanted if part.name.startswith(f"{when}: ")]
        words += [f"votes {when} the climb: {', '.join(votes)}"] if votes else []
    names = {FAMILY: "the look at all bandwidths together", VERDICT: "the verdict"}
    return (*words, *(names[part.name] for part in wanted if part.phase == "verdict"))


# --- sweeps as JSON ------------------------------------------------------------------------------------------------------


def sweep_data(sweep: EpsilonSweep, clustering: ClusterConfig) -> PartData:
    """The suggestion of a sweep, its longest plateaus, and the longest one of every number of clusters."""
    table = sweep.plateaus(clustering.min_size, clustering.max_noise)
    return {
        "suggestion": asdict(sweep.suggest(clustering.min_size, clustering.max_noise)),
        "longest": _rows(table.drop_duplicates("n_clusters")),
        "plateaus": _rows(table.head(MAX_PLATEAUS)),
    }


def step_sweep_data(sweep: EpsilonSweep, clustering: ClusterConfig, eps: np.ndarray) -> PartData:
    """The same, with the number of clusters and the share of points outside them at every ε (E,)."""
    at, clusters, inside, _ = sweep.component_counts(clustering.min_size)
    state = np.searchsorted(at, eps, "right")
    outside = 1 - np.concatenate([[0], inside])[state] / len(sweep.core_distances_)
    return {
        **sweep_data(sweep, clustering),
        "counted": np.concatenate([[0], clusters])[state].tolist(),
        "outside": outside.astype(np.float32).tolist(),
    }


def longest_plateaus(data: PartData) -> pd.DataFrame:
    """The longest plateau of every number of clusters, as `family_of` takes them."""
    return pd.DataFrame(data["longest"], columns=["n_clusters", "eps_low", "eps_high", "log_length"])


def _rows(table: pd.DataFrame) -> list[list[float]]:
    return [[int(row[0]), *map(float, row[1:])] for row in table.itertuples(index=False)]


def _step_sweep(step: int, d: PartData) -> StepSweep:
    n_clusters, outside = np.array(d["counted"], np.int32), np.array(d["outside"], np.float32)
    plateaus = tuple(Plateau(*row) for row in d["plateaus"])
    return StepSweep(step, n_clusters, outside, plateaus, Suggestion(**_suggestion_fields(d["suggestion"])))


def _bandwidth_cell(neighbors: float, step: int, d: PartData) -> BandwidthCell:
    longest = Plateau(*d["longest"][0]) if d["longest"] else None
    return BandwidthCell(neighbors, step, Suggestion(**_suggestion_fields(d["suggestion"])), longest)


def family_part(family: FamilySuggestion) -> PartData:
    """What is stored of a family's suggestion: its fields, with `sweep_index` under its name in files, "slice"."""
    return {"slice" if name == "sweep_index" else name: value for name, value in asdict(family).items()}


def _family(d: PartData) -> FamilySuggestion:
    return FamilySuggestion(
        **_suggestion_fields({"sweep_index" if name == "slice" else name: value for name, value in d.items()})
    )


def _suggestion_fields(d: PartData) -> dict[str, Any]:
    """JSON has no tuples."""
    return {**d, "limits": tuple(d["limits"])}


def _verdict(d: Mapping[str, Any]) -> Verdict:
    return Verdict(d["n_clusters"], d["certainty"], d["headline"], tuple(d["reasons"]), tuple(d["doubts"]))
