"""`vaegc compare`: what the Compare page shows, as tables: kept runs, their means, the climb's pairs, published figures."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaegc.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

MEANS_COLUMNS = ["data", "n", "method", "group", "seeds", "scored", "mean", "sd", "k", "cpu_minutes"]
TABLES = ("means", "runs", "climb", "published")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--data", default=None, help="name of a data set (default: all that have kept runs)")
    parser.add_argument(
        "--score",
        default="acc",
        choices=("acc", "nmi", "ari", "purity"),
        help="purity: many-to-one accuracy, several clusters may share a class",
    )
    parser.add_argument(
        "--table", default="means", choices=TABLES,
        help="means: mean ± sd over seeds; runs: every run; climb: the same points with and without it; published: others' figures",
    )  # fmt: skip
    parser.add_argument("--csv", action="store_true", help="all columns, as comma-separated values")
    parser.add_argument("--out", type=Path, default=None, help="write all columns to this .csv or .parquet file instead")


def run(arguments: argparse.Namespace, _rest: list[str]) -> int:
    """Print one table, or write it to a file; returns the exit code."""
    table = table_of(arguments.table, arguments.data, arguments.score)
    if arguments.out is not None:
        _write(table, arguments.out)
    elif arguments.json:
        rows = json.loads(table.to_json(orient="records"))
        print(json.dumps({"event": "result", "table": arguments.table, "score": arguments.score, "rows": rows}), flush=True)
    elif arguments.csv:
        table.to_csv(sys.stdout, index=False)
    else:
        print(_format_table(table, arguments.table))
    return 0


def table_of(name: str, data: str | None, score: str) -> pd.DataFrame:
    """Return one of `TABLES`; raises `BadInput` for a data set without kept runs.

    Parameters
    ----------
    name
        "means", "runs", "climb" or "published".
    data
        Name of a data set; None: all.
    score
        "acc", "nmi", "ari" or "purity"; published figures and runs have all of them.
    """
    from vaegc.studies.pairs import paired_differences, paired_runs
    from vaegc.studies.published import published_table
    from vaegc.studies.run_table import load_runs, studied_datasets, summarize_runs

    if data is not None and data not in studied_datasets():
        raise BadInput(f"No kept run is of {data!r}; there are runs of {', '.join(studied_datasets())}.")
    if name == "published":
        return published_table(data)
    if name == "climb":
        return paired_differences(paired_runs(data, score))
    runs = load_runs(data)
    return runs if name == "runs" else summarize_runs(runs, score)


def _format_table(table: pd.DataFrame, name: str) -> str:
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    if name == "climb":
        lines = ["{data}, N {n:,}, {place}, {climb}, {variant}, {reader}: {words}".format(**row) for row in rows]
        return "\n".join(lines) or "There are no pairs of runs with and without the climb."
    if name == "published":
        return "\n".join(_format_published(row) for row in rows)
    shown = table[MEANS_COLUMNS] if name == "means" else table.drop(columns=["reason", "network", "method_id"])
    note = (
        "\nNoise counts as wrong; sd over seeds; k: clusters found, every seed; CPU minutes include network and map."
        if name == "means"
        else ""
    )
    return shown.to_string(index=False, float_format=lambda x: f"{x:.3f}", na_rep="") + note


def _format_published(row: dict[str, Any]) -> str:
    spread = "" if row["sd"] is None else f" ± {row['sd']:.3f}"
    figures = [
        f"{name.upper()} {row[name]:.4g}" + spread * (name == "acc") for name in ("acc", "nmi", "ari") if row[name] is not None
    ]
    return f"{row['data']}, {row['method']}: {', '.join(figures)} ({row['words']}; {row['source']})"


def _write(table: pd.DataFrame, path: Path) -> None:
    try:
        if path.suffix == ".parquet":
            table.to_parquet(path, index=False)
        elif path.suffix == ".csv":
            table.to_csv(path, index=False)
        else:
            raise BadInput(f"{str(path)!r} must end in .csv or .parquet.")
    except OSError as error:
        raise BadInput(f"The table cannot be written to {str(path)!r}: {error.strerror or error}.") from None
