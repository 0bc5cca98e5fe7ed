"""`vaegc generate`: draws from clusters, latent walks and decoded planes, as PNG and NPZ files in a folder."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import vaegc
from vaegc.cli._notes import print_notes
from vaegc.cli._progress import ProgressPrinter
from vaegc.errors import BadInput, Stopped

if TYPE_CHECKING:
    from vaegc.generation import ImageGrid
    from vaegc.generation.places import Place

VIEW_PARAMS = ("section", "frame", "look")  # of a link; they are no settings of an experiment


def add_options(generate: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    generate.add_argument("spec", help='YAML file of an experiment, or the query of a link of the app; "" is the default page')
    generate.add_argument("--clusters", action="store_true", help="draws from each cluster")
    generate.add_argument("--modes", action="store_true", help="the mode (summit) of each cluster beside the mean of its members")
    generate.add_argument("--grid", metavar="ROWSxCOLUMNS", help="the whole drawn plane, decoded, such as 12x16")
    generate.add_argument(
        "--walk",
        nargs=2,
        metavar=("A", "B"),
        help='a latent walk: a straight line between two points (7) or places of the map (1.5,-2; with a space in front where it begins with a minus: " -2,1")',
    )
    generate.add_argument("--climb", type=int, metavar="POINT", help="the trajectory of a point, decoded")
    generate.add_argument("--styles", type=int, metavar="N", help="every cluster in the same N styles (GMVAE)")
    generate.add_argument("--dimension", type=int, metavar="I", help="styles along this dimension, from 0, instead of drawn ones")
    generate.add_argument("--per-cluster", type=int, default=10, help="draws from each cluster (default 10)")
    generate.add_argument("--steps", type=int, default=12, help="pictures of a walk (default 12)")
    generate.add_argument(
        "--eps", type=float, default=None, help="ε of the clusters (default: the spec's, else the suggestion's)"
    )
    generate.add_argument("--seed", type=int, default=0, help="of the draws (default 0)")
    generate.add_argument("--out", type=Path, required=True, help="folder to write to; made where there is none")


def run(arguments: argparse.Namespace, done: int) -> int:
    """Run the experiment and write each image grid as PNG, its data as NPZ, and one JSON of what is in them; returns the exit code."""
    import numpy as np

    wanted = [
        name for name in ("clusters", "modes", "grid", "walk", "climb", "styles") if getattr(arguments, name) not in (None, False)
    ]
    if not wanted:
        raise BadInput("Say what to generate: --clusters, --modes, --grid, --walk, --climb or --styles.")
    watch = ProgressPrinter(arguments.json)
    result = _spec(arguments.spec).run(watch)
    watch.finish()
    if watch.stop_requested:
        raise Stopped("Stopped before the end; nothing was written.")
    from vaegc.experiment.summary import data_notes
    from vaegc.generation.png import image_grid_png

    grids = {name: _image_grid(name, result, arguments) for name in wanted}  # all of them before the first file
    written, notes = [], data_notes(result.spec.dataset, result.dataset)
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for name, grid in grids.items():
            (arguments.out / f"{name}.png").write_bytes(image_grid_png(result.dataset, grid))
            np.savez_compressed(arguments.out / f"{name}.npz", rows=grid.to_array())
            written.append({"picture": f"{name}.png", "numbers": f"{name}.npz", **grid.to_dict()})
        facts = {
            "spec": result.spec.to_dict(), "n": len(result.dataset), "seed": arguments.seed, "notes": list(notes),
            "climb_note": result.trajectory.note, "sheets": written,
        }  # fmt: skip
        (arguments.out / "generated.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{str(arguments.out)!r} cannot be written to: {error.strerror or error}.") from None
    if arguments.json:
        print(json.dumps({"event": "result", "out": str(arguments.out), "sheets": written}), flush=True)
        return done
    print_notes(notes, result.trajectory.note)
    for grid, name in zip(grids.values(), wanted, strict=True):
        print(f"{arguments.out / name}.png: {grid.title}. {grid.caption}")
    return done


def _spec(given: str) -> vaegc.Experiment:
    if given.lower().endswith((".yaml", ".yml")):
        return vaegc.Experiment.from_yaml(Path(given))
    pairs = dict(parse_qsl(given.lstrip("?"), keep_blank_values=True))
    return vaegc.Experiment.from_query({name: value for name, value in pairs.items() if name not in VIEW_PARAMS})


def _image_grid(name: str, result: vaegc.Result, given: argparse.Namespace) -> ImageGrid:
    from vaegc import generation

    if name in ("clusters", "modes"):
        draws = name == "clusters"
        return (
            generation.cluster_samples(result, given.per_cluster, given.seed, given.eps)
            if draws
            else generation.modes_and_means(result, given.eps)
        )
    if name == "grid":
        rows, columns = _cells(given.grid)
        return generation.plane_image_grid(result, generation.latent_grid(result, rows, columns))
    if name == "walk":
        found = generation.walk(result, _place(given.walk[0]), _place(given.walk[1]), given.steps)
        return generation.walk_image_grid(result, found, f"A walk from {given.walk[0]} to {given.walk[1]}")
    if name == "climb":
        found = generation.decode_trajectory(result, given.climb)
        return generation.walk_image_grid(result, found, f"Point {given.climb:,} on its way uphill")
    styles = given.styles
    if given.dimension is not None and result.model is not None and result.model.kind == "gmvae":
        styles = generation.styles_along_dimension(result.model, given.dimension, given.styles)
    return generation.style_table(result.model, styles, given.seed)


def _cells(text: str) -> tuple[int, int]:
    rows, cross, columns = text.lower().partition("x")
    if not (cross and rows.isdecimal() and columns.isdecimal()):
        raise BadInput(f"--grid takes rows and columns such as 12x16; got {text!r}.")
    return int(rows), int(columns)


def _place(text: str) -> Place:
    parts = text.split(",")
    try:
        return int(text) if len(parts) == 1 else [float(part) for part in parts]
    except ValueError:
        raise BadInput(f"--walk takes the numbers of points, or places such as 1.5,-2; got {text!r}.") from None
