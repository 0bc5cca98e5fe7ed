"""A file of columns as a pandas table, before anything is chosen in it: how its cells are separated, written and named.

`most` bounds what an upload may make this read; a file of one's own machine may be as large as it likes.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from vaegc.datasets._file import BROKEN, OwnFile, check_extent, quoted, some
from vaegc.datasets._frame import Table
from vaegc.datasets._parquet import read_parquet
from vaegc.datasets._warnings import note_of_rounded
from vaegc.errors import BadInput

LONGEST_HEADER = 4_000_000  # characters of the first line of an upload
LONGEST_COLUMN = 1000  # characters of the name of a column of an upload
_SAMPLE = 1 << 17  # characters that tell how cells are separated
_SAMPLE_ROWS = 20
_MARKS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+(,\d+)?([eE][+-]?\d+)?\s*")


def read_table(file: OwnFile, as_text: object | None = None, most: int | None = None) -> Table:
    """Read a .csv, .txt, .tsv or .parquet.

    Parameters
    ----------
    file
        The file.
    as_text
        A column whose cells are kept as they are written, by name or number.
    most
        Rows that are taken; None: any number, and columns of any number.

    Raises
    ------
    BadInput
        A damaged file, one of another kind, or a larger one.
    """
    try:
        if file.suffix == ".parquet":
            return read_parquet(file, most)
        return _text(file, as_text, most)
    except BadInput:
        raise
    except BROKEN as error:
        raise file.unreadable(error) from None


def find_column(columns: Sequence[object], name: object, file: OwnFile) -> object:
    """Find a column by its name or, from 0, its number; raises `BadInput`."""
    for found in columns:
        if str(found) == str(name):
            return found
    if isinstance(name, Integral) and not isinstance(name, bool) and 0 <= int(name) < len(columns):
        return columns[int(name)]
    raise BadInput(f"{file.name} has no column {quoted(name)}; its columns are {some(list(columns))}.")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text file lays out its cells."""

    mark: str  # what stands between two cells
    named: bool = True  # the first line names the columns
    row_names: bool = False  # the first column has no name in it
    trailing: bool = False  # every row ends in a mark
    width: int = 1  # cells of the longest row looked at


def _text(file: OwnFile, as_text: object | None, most: int | None) -> Table:
    layout, options, names, notes = _options(file, most)
    kept = None if as_text is None else find_column(names, as_text, file)
    if kept is not None:
        options["converters"] = {kept: str}
    if most is not None:
        options["nrows"] = most + 1
    frame = _read(file, **options)
    if not isinstance(frame.index, pd.RangeIndex):
        raise file.unreadable("its rows have more cells than its first line has names")
    if most is not None and len(frame) > most:
        check_extent(file, max(_rows(file, options["encoding"], layout.mark) - layout.named, len(frame)), 0, most)
    check_extent(file, *frame.shape, most)
    if layout.mark != "," and (words := _with_decimal_commas(frame, kept)):
        again = _read(file, **options, decimal=",")
        if again.select_dtypes("number").shape[1] > frame.select_dtypes("number").shape[1]:
            frame = again
            notes.append(f"decimal commas in {some(words)}")
    long: list[object] = []
    for name, kind in frame.dtypes.items():  # numbers beyond the integers of pandas stay objects
        if name != kept and isinstance(kind, np.dtype) and kind.kind == "O":
            numbers = pd.to_numeric(frame[name].astype(str).where(frame[name].notna()), errors="coerce")
            if (numbers.notna() == frame[name].notna()).all():
                frame[name] = numbers.astype(np.float64)
                long.append(name)
    notes += [note_of_rounded(long)] if long else []
    firsts = tuple(c for c in frame.columns[:1] if str(c) == "Unnamed: 0" and names_rows(frame[c]))
    return Table(frame, tuple(notes), layout.named, firsts)


def cells(file: OwnFile, rows: int, columns: int, most: int | None = None) -> pd.DataFrame:
    """Return the first rows and columns of a text file of columns as they are written there; raises as `read_table`."""
    try:
        _, options, names, _ = _options(file, most)
        first = range(min(columns, len(names)))
        return _read(file, **options, nrows=rows, usecols=first, dtype=str, keep_default_na=False)
    except BROKEN as error:
        raise error if isinstance(error, BadInput) else file.unreadable(error) from None


def _options(file: OwnFile, most: int | None) -> tuple[Layout, dict[str, Any], list[Any], list[str]]:
    """How pandas is to read a text file, the names of its columns, and notes on what is unusual."""
    encoding, note = file.encoding()
    notes = [note] if note else []
    layout = _layout(file, encoding, most)
    check_extent(file, 0, layout.width, most)
    if file.suffix != ".txt" and layout.mark != ("\t" if file.suffix == ".tsv" else ","):
        notes.append(f"cells separated by {_MARKS[layout.mark]}")
    options: dict[str, Any] = {"sep": layout.mark, "encoding": encoding, "low_memory": False, "compression": None}
    names: list[Any] = _read(file, nrows=0, **options).columns.tolist()
    if not layout.named:
        options["header"], names = None, list(range(len(names)))
    elif layout.row_names:
        names = ["Unnamed: 0", *names]
        options |= {"header": 0, "names": names}
    if layout.trailing:
        options["index_col"] = False
    check_extent(file, 0, len(names), most)
    if most is not None and any(len(str(name)) > LONGEST_COLUMN for name in names):
        raise BadInput(f"{file.name}: the name of a column has more than {LONGEST_COLUMN:,} characters; give short names.")
    return layout, options, names, notes


def _read(file: OwnFile, **options: Any) -> pd.DataFrame:
    with warnings.catch_warnings(), file.path.open("rb") as opened:
        warnings.simplefilter("ignore", pd.errors.ParserWarning)  # empty cells after the last name
        return pd.read_csv(opened, **options)


def _layout(file: OwnFile, encoding: str, most: int | None) -> Layout:
    with file.path.open(encoding=encoding, errors="replace") as text:
        head = text.read(_SAMPLE)
        if "\n" not in head:
            head += text.readline(LONGEST_HEADER)
            if most is not None and len(head) > LONGEST_HEADER:
                raise BadInput(f"{file.name}: its first line has more than {LONGEST_HEADER:,} characters; give one row a line.")
    lines = head.split("\n")
    if len(head) >= _SAMPLE and len(lines) > 1:
        lines.pop()  # cut short
    lines = [line for line in lines if line.strip()]
    mark = _mark(file, lines)
    if mark == r"\s+":
        return Layout(mark, not lines or not _are_numbers(lines[0].split()), width=len(lines[0].split()) if lines else 1)
    rows = _cells(lines, mark)
    longer = len(rows) > 1 and all(len(row) == len(rows[0]) + 1 for row in rows[1:])
    trailing = longer and all(not row[-1].strip() for row in rows[1:])
    width = max(map(len, rows), default=1)
    return Layout(mark, not rows or not _are_numbers(rows[0]), longer and not trailing, trailing, width)


def _mark(file: OwnFile, lines: list[str]) -> str:
    """What separates cells: what cuts all lines into as many, else what stands in the first line."""
    if file.suffix == ".tsv":
        return "\t"
    first = lines[0] if lines else ""
    if file.suffix == ".txt":
        return next((mark for mark in (";", ",") if mark in first), "\t" if _is_even(lines, "\t") else r"\s+")
    even = [mark for mark in _MARKS if _is_even(lines, mark)]
    if {",", ";"} <= set(even) and all("," not in c or _DECIMAL_COMMA.fullmatch(c) for line in lines for c in line.split(";")):
        even.remove(",")  # 1,5;2,5
    for mark in even:
        if len({len(row) for row in _cells(lines, mark)}) == 1:
            return mark
    return next(iter(even), next((mark for mark in (",", ";", "\t") if mark in first), ","))


def _cells(lines: list[str], mark: str) -> list[list[str]]:
    try:
        return list(itertools.islice(csv.reader(io.StringIO("\n".join(lines)), delimiter=mark), _SAMPLE_ROWS))
    except csv.Error:  # a cell of more than 128 KB
        return [line.split(mark) for line in lines[:_SAMPLE_ROWS]]


def _is_even(lines: list[str], mark: str) -> bool:
    """Whether a mark cuts every line into as many cells, two or more; the header may lack the name of the first column."""
    counts = [len(row) for row in _cells(lines, mark)]
    return bool(counts) and max(counts) > 1 and len(set(counts[1:] or counts)) == 1 and counts[-1] - counts[0] in (0, 1)


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether a first line is a row rather than a header."""
    try:
        for cell in cells:
            float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def _rows(file: OwnFile, encoding: str, mark: str) -> int:
    """Count rows; only asked when there are too many."""
    with file.path.open(encoding=encoding, errors="replace", newline="") as text:
        if mark != r"\s+" and '"' in text.read(_SAMPLE):
            text.seek(0)
            with suppress(csv.Error):
                return sum(1 for row in csv.reader(text, delimiter=mark) if row)
        text.seek(0)
        return sum(1 for line in text if line.strip())


def _with_decimal_commas(frame: pd.DataFrame, kept: object | None) -> list[object]:
    """Columns of text whose cells are all numbers with decimal commas."""
    found: list[object] = []
    for name in frame.select_dtypes(exclude="number").columns:
        if name != kept:
            known = frame[name].dropna().astype(str)
            if all(map(_DECIMAL_COMMA.fullmatch, known.head(_SAMPLE_ROWS))) and known.str.contains(",", regex=False).any():
                found.append(name)
    return found


def names_rows(column: pd.Series) -> bool:
    """Whether a column tells the rows apart, by words or whole numbers."""
    if column.isna().any() or not column.is_unique:
        return False
    return not pd.api.types.is_numeric_dtype(column) or bool((column == column.round()).all())
