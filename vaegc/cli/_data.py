"""`vaegc data list | get | clear`: lists the data sets, downloads one, frees disk space."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from vaegc.cli._progress import ProgressPrinter
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.datasets import Availability


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's own commands and their options."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="list|get|clear")

    shown = commands.add_parser("list", help="name, points, features and classes of every set, and whether it is at hand")
    shown.set_defaults(action=_list)

    got = commands.add_parser("get", help="download and unpack a set, where that is needed")
    got.add_argument("name", help="name of the set, as `vaegc data list` gives it")
    got.set_defaults(action=_get)

    cleared = commands.add_parser("clear", help="say what could be freed; with --yes, free it")
    cleared.add_argument("--cache", action="store_true", help="only finished stages and unpacked archives")
    cleared.add_argument("--downloads", action="store_true", help="only downloaded files")
    cleared.add_argument("--yes", action="store_true", help="remove them")
    cleared.set_defaults(action=_clear)

    for command in (shown, got, cleared):
        command.add_argument("--json", action="store_true", help="one JSON object per line: progress, then the result")


def run(arguments: argparse.Namespace, _rest: list[str]) -> int:
    """Run the sub-command; returns the exit code."""
    arguments.action(arguments)
    return 0


def _list(arguments: argparse.Namespace) -> None:
    from vaegc.datasets import availability, catalog

    found = [(one, availability(one.name)) for one in catalog()]
    if arguments.json:
        sets = [{**one.to_dict(), **_facts(place)} for one, place in found]
        print(json.dumps({"event": "result", "sets": sets}), flush=True)
        return
    print(f"{'name':14} {'points':>8} {'features':>8} {'classes':>7}  at hand")
    for one, place in found:
        if one.generated:
            there = "generated"
        elif place.path is None:
            there = "shipped" if place.is_local else "no"
        else:
            there = f"{place.size / 1e6:,.1f} MB in {place.path}"
        print(f"{one.name:14} {one.n:>8,} {one.d:>8,} {one.classes:>7}  {there}")
    print("\n`vaegc data get NAME` downloads one; a path to your own table, text or pictures is taken wherever a name is.")


def _get(arguments: argparse.Namespace) -> None:
    from vaegc.datasets import describe, get

    watch = ProgressPrinter(arguments.json)
    try:
        place = get(arguments.name, watch)
    finally:
        watch.finish()
    one = describe(arguments.name)
    if arguments.json:
        print(json.dumps({"event": "result", **one.to_dict(), **_facts(place)}), flush=True)
        return
    where = f", {place.size / 1e6:,.1f} MB in {place.path}" if place.path else ""
    print(
        f"{one.title} is at hand: {counted(one.n, 'point')}, {counted(one.d, 'feature')}, {counted(one.classes, 'class')}{where}."
    )
    print(f"Source: {one.source} Licence: {one.licence}")


def _facts(place: Availability) -> dict[str, object]:
    return {"at_hand": place.is_local, "where": str(place.path) if place.path else None, "bytes": place.size}


def _clear(arguments: argparse.Namespace) -> None:
    from vaegc.datasets import removable, remove

    both = arguments.cache == arguments.downloads
    what = removable(cache=both or arguments.cache, downloads=both or arguments.downloads)
    freed = remove(what) if arguments.yes else 0
    if arguments.json:
        facts = {"entries": len(what.paths), "bytes": what.size, "freed": freed, "removed": arguments.yes, "note": what.kept_back}
        print(json.dumps({"event": "result", **facts}), flush=True)
        return
    if what.kept_back:
        print(what.kept_back)
    if not what.paths:
        print("There is nothing to remove.")
    elif arguments.yes:
        print(f"Freed {freed / 1e6:,.1f} MB.")
    else:
        folders = sorted({str(path.parent) for path in what.paths})
        print(
            f"{what.size / 1e6:,.1f} MB in {counted(len(what.paths), 'entry')} could be freed; what is needed is made or downloaded again:"
        )
        print("\n".join(f"  {folder}" for folder in folders))
        print("Nothing was removed; add --yes to remove them.")
