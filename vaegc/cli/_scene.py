"""`vaegc scene`: computes the stage of a link and keeps it, so that the app shows it at once; what the app's own jobs run."""

from __future__ import annotations

import argparse
import json

import vaegc
from vaegc import store
from vaegc.cli._progress import Watch
from vaegc.errors import Stopped
from vaegc.web.stage.scene import read_header


def add_options(scene: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    scene.add_argument(
        "query", help='settings as in a link of the app, such as "dataset=rings&model=off"; "" is the default page'
    )


def run(arguments: argparse.Namespace, done: int) -> int:
    """Compute the scene, and say what it is kept under; returns the exit code."""
    watch = Watch(arguments.json)
    spec = vaegc.Experiment.from_query(arguments.query)
    packed = spec.packed_scene(watch)
    watch.finish()
    key = spec.key()
    kept = store.find_cached("scene", key, ".bin") is not None
    if watch.asked_to_stop and not kept:
        raise Stopped("Stopped before the end; the parts that were finished are kept.")
    notes = read_header(packed)["notes"]
    if arguments.json:
        print(json.dumps({"event": "result", "key": key, "bytes": len(packed), "kept": kept, "notes": notes}), flush=True)
    else:
        for note in notes:
            print(note if note.endswith(".") else f"Data: {note}.")
        where = "kept: the app shows it at once" if kept else "not kept, since the cache cannot be written"
        print(f"A scene of {len(packed) / 1e6:.1f} MB, {where}.")
    return done
