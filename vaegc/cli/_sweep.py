"""`vaegc sweep FILE`: DBSCAN at every ε of a table of numbers, without a model."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc.cli._notes import print_notes
from vaegc.cli._output_path import check_output_path
from vaegc.cli._progress import ProgressPrinter
from vaegc.errors import BadInput, Stopped
from vaegc.progress import Progress
from vaegc.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from vaegc.ascent import Trajectory

MAX_PLATEAUS_PRINTED = 6
CURVE_ROWS_PRINTED = 12


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("file", help="a .csv, .parquet, .npz (keys x, y) or .npy of numbers, or the name of a data set")
    parser.add_argument("--climb", action="store_true", help="let the points climb their own density first")
    parser.add_argument("--steps", type=int, default=30, help="steps of the climb (default 30)")
    parser.add_argument(
        "--neighbors", type=float, default=None, help="bandwidth of the climb: neighbours, or a share of the points"
    )
    parser.add_argument("--min-samples", type=int, default=10, help="points within ε that make a core point (default 10)")
    parser.add_argument(
        "--min-size", type=float, default=0.01, help="smallest cluster: a number, or a share below 1 (default .01)"
    )
    parser.add_argument("--max-noise", type=float, default=0.1, help="largest share of points in no cluster (default .1)")
    parser.add_argument("--scale", choices=("standard", "minmax"), default=None, help="scale each column first")
    parser.add_argument("--n", type=int, default=None, help="take a random subset of this many points")
    parser.add_argument("--seed", type=int, default=0, help="of the subset and of the votes")
    parser.add_argument("--eps", type=float, default=None, help="radius of the labels (default: the suggestion's)")
    parser.add_argument(
        "--noise", choices=("wrong", "ignore", "nearest"), default="wrong", help="how scores and labels treat noise"
    )
    parser.add_argument("--curve", type=Path, default=None, help="write the curve over ε to this .csv or .parquet file")
    parser.add_argument(
        "--labels", type=Path, default=None, help="write point, cluster (and class) to this .csv or .parquet file"
    )
    parser.add_argument("--plot", type=Path, default=None, help="draw the curve into this .png, .svg or .pdf file")
    parser.add_argument(
        "--votes", action="store_true", help="the number of clusters by HDBSCAN, silhouette, BIC and others too (takes longer)"
    )


def run(arguments: argparse.Namespace, _rest: list[str]) -> int:
    """Read, climb where --climb is given, sweep, and print or write the results; returns the exit code."""
    from vaegc.datasets import load_dataset
    from vaegc.experiment.export import labels_frame
    from vaegc.metrics import score
    from vaegc.sweep import EpsilonSweep, eps_floor

    for path in (arguments.curve, arguments.labels):
        check_output_path(path, (".csv", ".parquet"))
    check_output_path(arguments.plot, (".png", ".svg", ".pdf"))
    watch = ProgressPrinter(arguments.json)
    watch(Progress("read", 0, 1, f"Reading {arguments.file}"))
    data = load_dataset(arguments.file, n=arguments.n, scale=arguments.scale, seed=arguments.seed)
    size = (
        int(arguments.min_size)
        if arguments.min_size >= 1 and arguments.min_size == int(arguments.min_size)
        else arguments.min_size
    )
    points = data.x.astype(np.float64)
    if len(points) < 2:
        raise BadInput(f"{arguments.file} holds one point; there is nothing to cluster.")
    floor = eps_floor(points)
    before = EpsilonSweep(arguments.min_samples, floor).fit(points, watch)
    before.min_count(size)
    sweep, climb = before, None
    if arguments.climb:
        path, climb = _climb(points, arguments, watch)
        sweep = EpsilonSweep(arguments.min_samples, floor).fit(path.frame(-1), watch)
    found = sweep.suggest(size, arguments.max_noise)
    if watch.stop_requested:
        raise Stopped("Stopped before the end; nothing was written.")
    eps = found.eps if arguments.eps is None else arguments.eps
    labels = None if eps is None else sweep.labels_at(eps, noise=arguments.noise)
    policy = "wrong" if arguments.noise == "nearest" else arguments.noise
    scores = score(data.y, labels, policy) if labels is not None and data.y is not None else None
    plateaus = sweep.plateaus(size, arguments.max_noise)
    curve = sweep.curve(data.y, min_size=size, noise=arguments.noise)
    if data.y is None:
        curve = curve.drop(columns=["acc", "nmi", "ari", "purity"])
    votes = None
    if arguments.votes:
        from vaegc.selection.votes import vote

        votes = vote(
            sweep.points_, data.y, sweep=sweep, min_size=size, max_noise=arguments.max_noise, seed=arguments.seed, callback=watch
        )
    watch.finish()
    if arguments.curve:
        _write(curve, arguments.curve)
    if arguments.plot:
        from vaegc.figures import draw_sweep

        title = f"{data.name}, {counted(len(data), 'point')}" + (
            f", after {counted(arguments.steps, 'step')}" if arguments.climb else ""
        )
        old = before.curve(min_size=size) if arguments.climb else None
        _write_or_refuse(
            arguments.plot, lambda: draw_sweep(arguments.plot, curve, plateaus, found, title, sweep.points_, labels, old)
        )
    facts: dict[str, Any] = {
        "data": data.name, "notes": list(data.notes), "n": len(data), "dimensions": points.shape[1], "seed": arguments.seed,
        "climb": climb,
        "min_samples": sweep.min_samples_, "suggestion": found.to_dict(), "eps": eps,
        "n_clusters": sweep.n_clusters_at(eps) if eps is not None else None,
        "noise": sweep.noise_at(eps) if eps is not None else None, "scores": scores.to_dict() if scores else None,
        "plateaus": json.loads(plateaus.head(MAX_PLATEAUS_PRINTED).to_json(orient="records")),
        "votes": json.loads(votes.to_json(orient="records")) if votes is not None else None,
    }  # fmt: skip
    if arguments.json:
        print(json.dumps({"event": "result", **facts}), flush=True)
    else:
        _print(facts, curve, plateaus, votes)
    if arguments.labels:
        if labels is None:
            raise BadInput(f"There are no labels to write: {found.reason} Give --eps.")
        _write(labels_frame(data, labels), arguments.labels)
    return 0


def _climb(points: np.ndarray, arguments: argparse.Namespace, watch: ProgressPrinter) -> tuple[Trajectory, dict[str, Any]]:
    """Climb the points; returns the trajectory and its JSON-ready facts: the k in use, and a note where it moved next to nothing."""
    from vaegc.ascent import AscentConfig, ascend
    from vaegc.densities import KernelDensity
    from vaegc.experiment.summary import climb_sentence

    given = arguments.neighbors
    whole = given is not None and given >= 1 and given == int(given)
    config = AscentConfig(neighbors=int(given) if whole else given, steps=arguments.steps)
    density = KernelDensity(points, config.neighbors)
    path = ascend(points, density, config.steps, keep_every=max(config.steps, 1), callback=watch)
    if path.stopped:
        raise Stopped("Stopped during the climb; nothing was written.")
    used = density.neighbors_in_use or 0  # never None: no bandwidth is given
    sentence = climb_sentence(density, len(points), config.steps, config.method)
    return path, {"steps": config.steps, "neighbors": used, "share": used / len(points), "words": sentence, "note": path.note}


def _print(facts: dict[str, Any], curve: pd.DataFrame, plateaus: pd.DataFrame, votes: pd.DataFrame | None) -> None:
    print_notes(facts["notes"])
    where = f"{counted(facts['n'], 'point')} in {counted(facts['dimensions'], 'dimension')}"
    print(f"{where}, min_samples {facts['min_samples']}.")
    if facts["climb"]:
        print_notes((), facts["climb"]["words"], facts["climb"]["note"])
    print(facts["suggestion"]["reason"])
    if facts["eps"] is not None:
        print(f"At ε = {facts['eps']:.4g}: {counted(facts['n_clusters'], 'cluster')}, noise {100 * facts['noise']:.1f} %.")
    if facts["scores"]:
        s = facts["scores"]
        print(f"Against the labels (noise counts as {s['policy']}): ACC {s['acc']:.3f}, NMI {s['nmi']:.3f}, ARI {s['ari']:.3f}.")
    if len(plateaus):
        print(
            "\nPlateaus, longest first:\n"
            + plateaus.head(MAX_PLATEAUS_PRINTED).to_string(index=False, float_format=lambda x: f"{x:.4g}")
        )
    if len(curve):
        some = curve.iloc[np.linspace(0, len(curve) - 1, CURVE_ROWS_PRINTED).round().astype(int)]
        words = f"The curve, {len(some)} of {len(curve):,} radii (--curve FILE writes them all):"
        print(f"\n{words}\n" + some.to_string(index=False, float_format=lambda x: f"{x:.4g}"))
    if votes is not None:
        print("\nVotes:")
        for k, method, reason, given, seconds in votes.iloc[:, :5].fillna({"n_clusters": 0}).itertuples(index=False):
            print(f"{k or '-':>4}  {method:16} {reason} ({given}; {seconds:.1f} s)")


def _write(table: pd.DataFrame, path: Path) -> None:
    _write_or_refuse(
        path, lambda: table.to_csv(path, index=False) if path.suffix.lower() == ".csv" else table.to_parquet(path, index=False)
    )


def _write_or_refuse(path: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be written: {error.strerror or error}.") from None
