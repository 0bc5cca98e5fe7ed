"""`vaegc scene`: computes the scene of a link into the cache, so that the app shows it at once; the app runs it as a job."""

from __future__ import annotations

import argparse
import json

import vaegc
from vaegc import store
from vaegc.cli._notes import print_notes
from vaegc.cli._progress import ProgressPrinter
from vaegc.errors import Stopped
from vaegc.experiment.summary import data_notes
from vaegc.web.stage.scene_bytes import read_header


def add_options(scene: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    scene.add_argument(
        "query", help='settings as in a link of the app, such as "dataset=rings&model=off"; "" is the default page'
    )


def run(arguments: argparse.Namespace, done: int) -> int:
    """Compute the scene, and print its cache key; returns the exit code."""
    watch = ProgressPrinter(arguments.json)
    spec = vaegc.Experiment.from_query(arguments.query)
    packed = spec.packed_scene(watch)
    watch.finish()
    key = spec.key()
    kept = store.find_cached("scene", key, ".bin") is not None
    if watch.stop_requested and not kept:
        raise Stopped("Stopped before the end; the parts that were finished are kept.")
    notes = read_header(packed)["notes"]
    of_data = data_notes(spec.dataset, spec.load()) if notes else ()  # with which the notes of a scene begin
    if arguments.json:
        print(json.dumps({"event": "result", "key": key, "bytes": len(packed), "kept": kept, "notes": notes}), flush=True)
    else:
        print_notes(of_data, *notes[len(of_data) :])
        where = "kept: the app shows it at once" if kept else "not kept, since the cache cannot be written"
        print(f"A scene of {len(packed) / 1e6:.1f} MB, {where}.")
    return done
