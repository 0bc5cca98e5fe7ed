"""`vaegc report spec.yaml`: an experiment as one HTML file that needs nothing else."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import vaegc
from vaegc.cli._notes import print_notes
from vaegc.cli._output_path import check_output_path
from vaegc.cli._progress import ProgressPrinter
from vaegc.errors import Stopped
from vaegc.experiment.summary import data_notes


def add_options(report: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    report.add_argument("spec", type=Path, help="YAML file, as written by Experiment.to_yaml or the app")
    report.add_argument("-o", "--out", type=Path, default=Path("report.html"), help="file to write (default report.html)")


def run(arguments: argparse.Namespace, done: int) -> int:
    """Run and write the report; returns the exit code."""
    check_output_path(arguments.out, (".html", ".htm"))
    spec = vaegc.Experiment.from_yaml(arguments.spec)
    watch = ProgressPrinter(arguments.json)
    result = spec.run(watch)
    if watch.stop_requested:
        raise Stopped("Stopped before the end; nothing was written.")
    page = result.report(callback=watch)
    watch.finish()
    page.save(arguments.out)
    size, notes = len(page.html.encode()), data_notes(spec.dataset, result.dataset)
    if arguments.json:
        facts = {
            "file": str(arguments.out),
            "bytes": size,
            "n_clusters": result.suggestion.n_clusters,
            "seed": spec.seed,
            "notes": list(notes),
            "climb_note": result.trajectory.note,
        }
        print(json.dumps({"event": "result", **facts}), flush=True)
    else:
        print_notes(notes, result.trajectory.note)
        print(f"{result.suggestion.reason}\n{arguments.out}: {size / 1e6:.1f} MB, opens in any browser, offline.")
    return done
