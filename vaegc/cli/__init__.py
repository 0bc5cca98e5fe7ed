"""The command line: `vaegc app | run | train | sweep | scene | data | bench`; `python -m vaegc` is the same.

Exit codes: 0 done, 1 failed, 2 bad usage or input, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import vaegc
from vaegc.cli import _data, _scene, _sweep, _train
from vaegc.cli._watch import Watch
from vaegc.errors import BadInput, NotSupported, Stopped, VaegcError

DONE, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments, rest = _parser().parse_known_args(argv)
    if rest and arguments.command != "app":
        _parser().error(f"unknown arguments: {' '.join(rest)}")
    try:
        return int(arguments.run(arguments, rest) or DONE)
    except (BadInput, NotSupported) as error:
        return _say(str(error), BAD_INPUT, arguments)
    except (Stopped, KeyboardInterrupt) as error:
        return _say(str(error) or "Stopped.", STOPPED, arguments)
    except VaegcError as error:
        return _say(str(error), FAILED, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; nothing is left to say
        return FAILED


def _say(sentence: str, code: int, arguments: argparse.Namespace) -> int:
    if getattr(arguments, "json", False):
        print(json.dumps({"event": "error", "message": sentence, "code": code}), flush=True)
    else:
        print(f"vaegc: {sentence}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vaegc", description="A visual laboratory for VAE gradient clustering.")
    parser.add_argument("--version", action="version", version=f"vaegc {vaegc.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    app = commands.add_parser(
        "app", help="start the app; further options go to streamlit, e.g. --server.port 8600", add_help=False
    )
    app.set_defaults(run=_app)

    run = commands.add_parser("run", help="run the experiment of a YAML file and print its result")
    run.add_argument("spec", type=Path, help="YAML file, as written by Experiment.to_yaml or the app")
    run.add_argument("--labels", type=Path, help="write point, cluster (and class) to this CSV file")
    run.add_argument("--html", type=Path, help="write the picture as a stand-alone page")
    run.set_defaults(run=_run)

    train = commands.add_parser("train", help="train a model and save it to a folder")
    _train.add_options(train)
    train.set_defaults(run=lambda arguments, _rest: _train.run(arguments, DONE, STOPPED))

    sweep = commands.add_parser("sweep", help="DBSCAN at every ε of the numbers in a file: curve, number of clusters, labels")
    _sweep.add_options(sweep)
    sweep.set_defaults(run=_sweep.run)

    scene = commands.add_parser("scene", help="compute the stage of a link beforehand, so that the app shows it at once")
    _scene.add_options(scene)
    scene.set_defaults(run=lambda arguments, _rest: _scene.run(arguments, DONE))

    data = commands.add_parser("data", help="data sets: which are at hand, getting one, making room")
    _data.add_options(data)
    data.set_defaults(run=_data.run)

    bench = commands.add_parser("bench", help="measure, or build what is shipped")
    bench.add_argument("name", nargs="?", help="which; without a name they are listed")
    bench.add_argument("options", nargs=argparse.REMAINDER, help="options of that benchmark")
    bench.set_defaults(run=_bench)

    for command in (run, train, sweep, scene):
        command.add_argument("--json", action="store_true", help="one JSON object per line: progress, then the result")
    return parser


def _app(_arguments: argparse.Namespace, rest: list[str]) -> int:
    from vaegc.store import app_root

    page = app_root() / "app.py"
    # The config beside app.py is found by streamlit itself; replacing this process leaves no child behind.
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(page), *rest])


def _run(arguments: argparse.Namespace, _rest: list[str]) -> int:
    spec = vaegc.Experiment.from_yaml(arguments.spec)
    watch = Watch(arguments.json)
    result = spec.run(watch)
    scene = result.scene(watch) if arguments.html else None
    watch.finish()
    if watch.asked_to_stop:
        raise Stopped("Stopped before the end; nothing was written.")
    if arguments.labels:
        _write_labels(result, arguments.labels)
    if arguments.html and scene is not None:
        vaegc.show(scene, arguments.html)
    facts: dict[str, Any] = {
        "data": result.dataset.name, "notes": list(result.dataset.notes), "n": len(result.dataset), "seed": spec.seed, "space": spec.space,
        "steps": int(result.trajectory.steps[-1]), "min_samples": spec.clustering.min_samples,
        "suggestion": result.suggestion.to_dict(), "eps": result.eps,
        "scores": result.scores.to_dict() if result.scores else None, "own_clusters": result.own_clusters,
    }  # fmt: skip
    if arguments.json:
        print(json.dumps({"event": "result", **facts}), flush=True)
        return DONE
    for note in result.dataset.notes:
        print(f"Data: {note}.")
    if result.own_clusters is not None:
        from vaegc.experiment.words import own_in_words

        print(own_in_words(result.own_clusters))
    print(result.suggestion.reason)
    if result.scores and result.eps is not None:
        s = result.scores
        print(
            f"At ε = {result.eps:.4g}: {s.n_clusters} clusters, noise {100 * s.noise:.1f} % (counts as {s.policy}), "
            f"ACC {s.acc:.3f}, NMI {s.nmi:.3f}, ARI {s.ari:.3f}; N {s.n:,}, seed {spec.seed}."
        )
    return DONE


def _write_labels(result: vaegc.Result, path: Path) -> None:
    labels = result.labels
    if labels is None:
        raise BadInput(f"There are no labels to write: {result.suggestion.reason} Set clustering.eps in the spec.")
    from vaegc.experiment.export import labels_table

    try:
        labels_table(result).to_csv(path, index=False)
    except OSError as error:
        raise BadInput(f"The labels cannot be written to {str(path)!r}: {error.strerror or error}.") from None


def _bench(arguments: argparse.Namespace, _rest: list[str]) -> int:
    from vaegc import benchmarks

    return benchmarks.run(arguments.name, arguments.options)
