"""`vaegc run spec.yaml`: an experiment from its spec; prints its result, and writes labels, picture and stage."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import vaegc
from vaegc.cli._notes import print_notes
from vaegc.cli._output_path import check_output_path
from vaegc.cli._progress import ProgressPrinter
from vaegc.errors import Stopped
from vaegc.wording import counted


def add_options(run: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    run.add_argument("spec", type=Path, help="YAML file, as written by Experiment.to_yaml or the app")
    run.add_argument(
        "--labels", type=Path, help="write point, cluster (and class) to this .csv file, or all that is known of each point to this .parquet file"
    )  # fmt: skip
    run.add_argument(
        "--png", type=Path, help="draw the points after the climb, in the colours of their clusters, into this .png file"
    )
    run.add_argument("--html", type=Path, help="write the stage as a stand-alone page")
    run.add_argument("--before", action="store_true", help="read the points before the climb too, for what the climb changes")


def run(arguments: argparse.Namespace, done: int) -> int:
    """Run the experiment, write the files that are named, and print its result; returns the exit code."""
    check_output_path(arguments.labels, (".csv", ".parquet"))
    check_output_path(arguments.png, (".png",))
    check_output_path(arguments.html, (".html", ".htm"))
    spec = vaegc.Experiment.from_yaml(arguments.spec)
    watch = ProgressPrinter(arguments.json)
    result = spec.run(watch)
    scene = result.scene(watch) if arguments.html else None
    watch.finish()
    if watch.stop_requested:
        raise Stopped("Stopped before the end; nothing was written.")
    if arguments.labels:
        from vaegc.experiment.export import write_labels

        write_labels(result, arguments.labels)
    if arguments.png:
        from vaegc.experiment.export import draw_result

        draw_result(result, arguments.png)
    if scene is not None:
        vaegc.show(scene, arguments.html)
    _print_result(result, arguments.json, arguments.before)
    return done


def _print_result(result: vaegc.Result, as_json: bool, with_before: bool) -> None:
    spec = result.spec
    facts: dict[str, Any] = {
        "data": result.dataset.name, "notes": list(result.dataset.notes), "n": len(result.dataset), "seed": spec.seed, "space": spec.space,
        "steps": int(result.trajectory.steps[-1]), "climb": _climb_facts(result), "min_samples": spec.clustering.min_samples,
        "suggestion": result.suggestion.to_dict(), "eps": result.eps,
        "scores": result.scores.to_dict() if result.scores else None, "own_clusters": result.own_clusters,
    }  # fmt: skip
    if with_before:
        from vaegc.experiment.baseline_result import unclimbed_result

        facts["before"] = unclimbed_result(result)
    if as_json:
        print(json.dumps({"event": "result", **facts}), flush=True)
        return
    climb = facts["climb"] or {"words": None, "note": None}
    print_notes(result.dataset.notes, climb["words"], climb["note"])
    if result.own_clusters is not None:
        from vaegc.experiment.summary import describe_own_clusters

        print(describe_own_clusters(result.own_clusters))
    if with_before:
        before = facts["before"]
        scored = f" ACC {before['scores']['acc']:.3f}." if before["scores"] else ""
        print(f"Before the climb: {before['suggestion']['reason']}{scored}")
    print(result.suggestion.reason)
    if result.scores and result.eps is not None:
        s = result.scores
        print(
            f"At ε = {result.eps:.4g}: {counted(s.n_clusters, 'cluster')}, noise {100 * s.noise:.1f} % (counts as {s.policy}), "
            f"ACC {s.acc:.3f}, NMI {s.nmi:.3f}, ARI {s.ari:.3f}; N {s.n:,}, seed {spec.seed}."
        )


def _climb_facts(result: vaegc.Result) -> dict[str, Any] | None:
    """What was climbed, from how many neighbours, and the note on a climb that moved next to nothing; None without a climb."""
    from vaegc.experiment.summary import describe_climb

    words = describe_climb(result)
    if not words:
        return None
    return {"words": words, "neighbors": getattr(result.density, "neighbors_in_use", None), "note": result.trajectory.note}
