"""The command line: `vaegc app | run | report | train | sweep | scene | choose | generate | compare | data | bench`.

`python -m vaegc` is the same. Exit codes: 0 done, 1 failed, 2 bad usage or input, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

import vaegc
from vaegc.cli import _choose, _compare, _data, _generate, _report, _run, _scene, _sweep, _train
from vaegc.cli._progress import ProgressPrinter
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
        return _print_error(str(error), BAD_INPUT, arguments)
    except (Stopped, KeyboardInterrupt) as error:
        return _print_error(str(error) or "Stopped.", STOPPED, arguments)
    except VaegcError as error:
        return _print_error(str(error), FAILED, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; nothing is left to say
        return FAILED


def _print_error(sentence: str, code: int, arguments: argparse.Namespace) -> int:
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
    _run.add_options(run)
    run.set_defaults(run=lambda arguments, _rest: _run.run(arguments, DONE))

    report = commands.add_parser("report", help="write one HTML file with stage, figures, tables, spec, versions and seeds")
    _report.add_options(report)
    report.set_defaults(run=lambda arguments, _rest: _report.run(arguments, DONE))

    train = commands.add_parser("train", help="train a model and save it to a folder")
    _train.add_options(train)
    train.set_defaults(run=lambda arguments, _rest: _train.run(arguments, DONE, STOPPED))

    sweep = commands.add_parser("sweep", help="DBSCAN at every ε of the numbers in a file: curve, number of clusters, labels")
    _sweep.add_options(sweep)
    sweep.set_defaults(run=_sweep.run)

    scene = commands.add_parser("scene", help="compute the stage of a link beforehand, so that the app shows it at once")
    _scene.add_options(scene)
    scene.set_defaults(run=lambda arguments, _rest: _scene.run(arguments, DONE))

    choose = commands.add_parser("choose", help="the number of clusters, how certain it is, and the evidence for and against it")
    _choose.add_options(choose)
    choose.set_defaults(run=lambda arguments, _rest: _choose.run(arguments, DONE))

    generate = commands.add_parser(
        "generate", help="draws from clusters, latent walks, the decoded plane, as pictures in a folder"
    )
    _generate.add_options(generate)
    generate.set_defaults(run=lambda arguments, _rest: _generate.run(arguments, DONE))

    data = commands.add_parser("data", help="data sets: which are at hand, getting one, making room")
    _data.add_options(data)
    data.set_defaults(run=_data.run)

    compare = commands.add_parser(
        "compare", help="kept runs of methods x data sets x seeds: mean ± sd, the climb's pairs, published figures"
    )
    _compare.add_options(compare)
    compare.set_defaults(run=_compare.run)

    bench = commands.add_parser("bench", help="measure, or build what is shipped")
    bench.add_argument("name", nargs="?", help="which; without a name they are listed")
    bench.add_argument("options", nargs=argparse.REMAINDER, help="options of that benchmark")
    bench.set_defaults(run=_bench)

    for command in (run, report, train, sweep, scene, choose, generate, compare):
        command.add_argument("--json", action="store_true", help="one JSON object per line: progress, then the result")
    return parser


def _app(_arguments: argparse.Namespace, rest: list[str]) -> int:
    from vaegc.store import app_root

    page = app_root() / "app.py"
    # The config beside app.py is found by streamlit itself; replacing this process leaves no child behind.
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(page), *rest])


def _bench(arguments: argparse.Namespace, _rest: list[str]) -> int:
    from vaegc import benchmarks

    arguments.json = "--json" in arguments.options  # an option of those benchmarks that a page runs as a job
    return benchmarks.run(arguments.name, arguments.options, lambda: ProgressPrinter(True))
