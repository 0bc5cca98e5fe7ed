"""`vaegc choose`: the choice of the number of clusters of a link or a spec, with its verdict; also what the app's jobs run.

Each part is stored as soon as it is computed, so that a page draws it as it comes, and a job that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import vaegc
from vaegc.cli._progress import ProgressPrinter
from vaegc.errors import Stopped
from vaegc.experiment.summary import describe_neighbors
from vaegc.neighbors import neighbor_count
from vaegc.wording import cluster_size

if TYPE_CHECKING:
    from vaegc.selection.choice import KSelection


def add_options(choose: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    choose.add_argument(
        "query",
        help='settings as in a link of the app, such as "dataset=rings&model=off", or a .yaml file of them; "" is the default page',
    )


def run(arguments: argparse.Namespace, done: int) -> int:
    """Compute what is missing of the choice and print it; returns the exit code."""
    watch = ProgressPrinter(arguments.json)
    named = Path(arguments.query)
    is_file = named.suffix.lower() in (".yaml", ".yml")
    spec = vaegc.Experiment.from_yaml(named) if is_file else vaegc.Experiment.from_query(arguments.query)
    choice = vaegc.select_k(spec, watch)
    watch.finish()
    if not choice.complete:
        raise Stopped("Stopped before the end; the parts that were finished are kept.")
    if arguments.json:
        print(json.dumps({"event": "result", **choice_json(choice)}), flush=True)
    else:
        print(choice_text(choice))
    return done


def choice_json(choice: KSelection) -> dict[str, object]:
    """A complete choice as JSON-ready data: the numbers of the page."""
    assert choice.verdict is not None
    verdict = choice.verdict
    return {
        "key": choice.key, "n_clusters": verdict.n_clusters, "certainty": verdict.certainty, "headline": verdict.headline,
        "reasons": list(verdict.reasons), "doubts": list(verdict.doubts),
        "n": choice.n, "space": choice.space, "seed": choice.seed, "min_samples": choice.min_samples, "min_size": choice.min_size,
        "max_noise": choice.max_noise, "floor": choice.floor, "notes": list(choice.notes), "climb_note": choice.climb_note,
        "own_bandwidth": choice.own_bandwidth,
        "steps": [{"step": s.step, **s.suggestion.to_dict()} for s in choice.step_sweeps],
        "bandwidths": [{"neighbors": c.neighbors, "step": c.step, **c.suggestion.to_dict()} for c in choice.bandwidth_cells],
        "why_no_bandwidths": choice.why_no_bandwidths,
        "family": None if choice.family is None else choice.family.to_dict(),
        "votes": {when: list(rows) for when, rows in choice.votes.items()},
    }  # fmt: skip


def choice_text(choice: KSelection) -> str:
    """A complete choice for a terminal: the verdict with its arguments, and what methods and bandwidths suggest."""
    assert choice.verdict is not None
    verdict = choice.verdict
    lines = [f"Data: {note}." for note in choice.notes] + [f"{verdict.headline} ({verdict.certainty})"]
    lines += [f"  ! {choice.climb_note}"] if choice.climb_note else []
    lines += [f"  + {sentence}" for sentence in verdict.reasons] + [f"  - {sentence}" for sentence in verdict.doubts]
    first, last = choice.step_sweeps[0], choice.step_sweeps[-1]
    rows = [("the sweep", first.suggestion.n_clusters, last.suggestion.n_clusters)]
    votes = {when: {row["method"]: row["n_clusters"] for row in rows} for when, rows in choice.votes.items()}
    rows += [(name, k, votes.get("after", {}).get(name)) for name, k in votes["before"].items() if name != "plateau"]
    climbed = last.step > 0
    lines += ["", f"{'K':18} {'before':>8}" + (f" {f'step {last.step}':>8}" if climbed else "")]
    lines += [f"{name:18} {_k(before):>8}" + (f" {_k(after):>8}" if climbed else "") for name, before, after in rows]
    if choice.bandwidths:
        suggested = {(c.neighbors, c.step): c.suggestion.n_clusters for c in choice.bandwidth_cells}
        lines += ["", f"{'K (bandwidth, step)':18}" + "".join(f" {s:>7}" for s in choice.cell_steps)]
        for h in choice.bandwidths:
            own = " *" if h == choice.own_bandwidth else ""
            k = neighbor_count(h, choice.n, choice.dim)
            lines.append(
                f"{describe_neighbors(k, choice.n, noun=False) + own:>19}"
                + "".join(f" {_k(suggested[h, s]):>7}" for s in choice.cell_steps)
            )
        lines.append("* the spec's own; bandwidths from so many neighbours; '.': no number can be read")
    else:
        lines += ["", choice.why_no_bandwidths]
    lines.append(
        f"N {choice.n:,}, in {choice.space}, seed {choice.seed}, min_samples {choice.min_samples}, clusters of at least {_min_size(choice)}."
    )
    return "\n".join(lines)


def _k(n: int | None) -> str:
    return "." if n is None else str(n)


def _min_size(choice: KSelection) -> str:
    return cluster_size(choice.min_size, whole="them")
