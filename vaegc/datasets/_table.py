"""Parsing of CSV, text and Parquet tables into pandas frames: delimiter, decimal mark, header.

`max_points` bounds what an upload may make this read; a file of one's own machine may be as large as it likes.
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

from vaegc.datasets._file import READ_ERRORS, UserFile, check_dimensions, first_names, quoted
from vaegc.datasets._frame import Table
from vaegc.datasets._parquet import read_parquet
from vaegc.datasets._warnings import rounded_integers_note
from vaegc.errors import BadInput

MAX_HEADER_CHARACTERS = 4_000_000  # characters of the first line of an upload
MAX_COLUMN_NAME_CHARACTERS = 1000  # characters of the name of a column of an upload
_SAMPLE = 1 << 17  # characters that tell how cells are separated
_SAMPLE_ROWS = 20
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+(,\d+)?([eE][+-]?\d+)?\s*")


def read_table(file: UserFile, as_text: object | None = None, max_points: int | None = None) -> Table:
    """Read a .csv, .txt, .tsv or .parquet.

    Parameters
    ----------
    file
        The file.
    as_text
        A column whose cells are kept as they are written, by name or number.
    max_points
        Rows that are taken; None: any number, and columns of any number.

    Raises
    ------
    BadInput
        A damaged file, one of another kind, or a larger one.
    """
    try:
        if file.suffix == ".parquet":
            return read_parquet(file, max_points)
        return _text(file, as_text, max_points)
    except BadInput:
        raise
    except READ_ERRORS as error:
        raise file.unreadable(error) from None


def find_column(columns: Sequence[object], name: object, file: UserFile) -> object:
    """Find a column by its name or, from 0, its number; raises `BadInput`."""
    for found in columns:
        if str(found) == str(name):
            return found
    if isinstance(name, Integral) and not isinstance(name, bool) and 0 <= int(name) < len(columns):
        return columns[int(name)]
    raise BadInput(f"{file.name} has no column {quoted(name)}; its columns are {first_names(list(columns))}.")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Dialect of a text table: delimiter, header, row names."""

    delimiter: str  # between two cells
    has_header: bool = True  # the first line names the columns
    row_names: bool = False  # the first column has no name in it
    trailing: bool = False  # every row ends in a delimiter
    width: int = 1  # cells of the longest row looked at


def _text(file: UserFile, as_text: object | None, max_points: int | None) -> Table:
    layout, options, names, notes = _options(file, max_points)
    kept = None if as_text is None else find_column(names, as_text, file)
    if kept is not None:
        options["converters"] = {kept: str}
    if max_points is not None:
        options["nrows"] = max_points + 1
    frame = _read(file, **options)
    if not isinstance(frame.index, pd.RangeIndex):
        raise file.unreadable("its rows have more cells than its first line has names")
    if max_points is not None and len(frame) > max_points:
        check_dimensions(
            file, max(_rows(file, options["encoding"], layout.delimiter) - layout.has_header, len(frame)), 0, max_points
        )
    check_dimensions(file, *frame.shape, max_points)
    if layout.delimiter != "," and (words := _decimal_comma_columns(frame, kept)):
        again = _read(file, **options, decimal=",")
        if again.select_dtypes("number").shape[1] > frame.select_dtypes("number").shape[1]:
            frame = again
            notes.append(f"decimal commas in {first_names(words)}")
    long: list[object] = []
    for name, kind in frame.dtypes.items():  # numbers beyond the integers of pandas stay objects
        if name != kept and isinstance(kind, np.dtype) and kind.kind == "O":
            numbers = pd.to_numeric(frame[name].astype(str).where(frame[name].notna()), errors="coerce")
            if (numbers.notna() == frame[name].notna()).all():
                frame[name] = numbers.astype(np.float64)
                long.append(name)
    notes += [rounded_integers_note(long)] if long else []
    firsts = tuple(c for c in frame.columns[:1] if str(c) == "Unnamed: 0" and identifies_rows(frame[c]))
    return Table(frame, tuple(notes), layout.has_header, firsts)


def text_cells(file: UserFile, rows: int, columns: int, max_points: int | None = None) -> pd.DataFrame:
    """Return the first rows and columns of a text file of columns as they are written there; raises as `read_table`."""
    try:
        _, options, names, _ = _options(file, max_points)
        first = range(min(columns, len(names)))
        return _read(file, **options, nrows=rows, usecols=first, dtype=str, keep_default_na=False)
    except READ_ERRORS as error:
        raise error if isinstance(error, BadInput) else file.unreadable(error) from None


def _options(file: UserFile, max_points: int | None) -> tuple[CsvLayout, dict[str, Any], list[Any], list[str]]:
    """How pandas is to read a text file, the names of its columns, and notes on what is unusual."""
    encoding, note = file.encoding()
    notes = [note] if note else []
    layout = _layout(file, encoding, max_points)
    check_dimensions(file, 0, layout.width, max_points)
    if file.suffix != ".txt" and layout.delimiter != ("\t" if file.suffix == ".tsv" else ","):
        notes.append(f"cells separated by {_DELIMITERS[layout.delimiter]}")
    options: dict[str, Any] = {"sep": layout.delimiter, "encoding": encoding, "low_memory": False, "compression": None}
    names: list[Any] = _read(file, nrows=0, **options).columns.tolist()
    if not layout.has_header:
        options["header"], names = None, list(range(len(names)))
    elif layout.row_names:
        names = ["Unnamed: 0", *names]
        options |= {"header": 0, "names": names}
    if layout.trailing:
        options["index_col"] = False
    check_dimensions(file, 0, len(names), max_points)
    if max_points is not None and any(len(str(name)) > MAX_COLUMN_NAME_CHARACTERS for name in names):
        raise BadInput(
            f"{file.name}: the name of a column has more than {MAX_COLUMN_NAME_CHARACTERS:,} characters; give short names."
        )
    return layout, options, names, notes


def _read(file: UserFile, **options: Any) -> pd.DataFrame:
    with warnings.catch_warnings(), file.path.open("rb") as opened:
        warnings.simplefilter("ignore", pd.errors.ParserWarning)  # empty cells after the last name
        return pd.read_csv(opened, **options)


def _layout(file: UserFile, encoding: str, max_points: int | None) -> CsvLayout:
    with file.path.open(encoding=encoding, errors="replace") as text:
        head = text.read(_SAMPLE)
        if "\n" not in head:
            head += text.readline(MAX_HEADER_CHARACTERS)
            if max_points is not None and len(head) > MAX_HEADER_CHARACTERS:
                raise BadInput(
                    f"{file.name}: its first line has more than {MAX_HEADER_CHARACTERS:,} characters; give one row a line."
                )
    lines = head.split("\n")
    if len(head) >= _SAMPLE and len(lines) > 1:
        lines.pop()  # cut short
    lines = [line for line in lines if line.strip()]
    delimiter = _delimiter(file, lines)
    if delimiter == r"\s+":
        return CsvLayout(delimiter, not lines or not _are_numbers(lines[0].split()), width=len(lines[0].split()) if lines else 1)
    rows = _cells(lines, delimiter)
    longer = len(rows) > 1 and all(len(row) == len(rows[0]) + 1 for row in rows[1:])
    trailing = longer and all(not row[-1].strip() for row in rows[1:])
    width = max(map(len, rows), default=1)
    return CsvLayout(delimiter, not rows or not _are_numbers(rows[0]), longer and not trailing, trailing, width)


def _delimiter(file: UserFile, lines: list[str]) -> str:
    """What separates cells: what cuts all lines into as many, else what stands in the first line."""
    if file.suffix == ".tsv":
        return "\t"
    first = lines[0] if lines else ""
    if file.suffix == ".txt":
        return next((delimiter for delimiter in (";", ",") if delimiter in first), "\t" if _is_even(lines, "\t") else r"\s+")
    even = [delimiter for delimiter in _DELIMITERS if _is_even(lines, delimiter)]
    if {",", ";"} <= set(even) and all("," not in c or _DECIMAL_COMMA.fullmatch(c) for line in lines for c in line.split(";")):
        even.remove(",")  # 1,5;2,5
    for delimiter in even:
        if len({len(row) for row in _cells(lines, delimiter)}) == 1:
            return delimiter
    return next(iter(even), next((delimiter for delimiter in (",", ";", "\t") if delimiter in first), ","))


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(itertools.islice(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter), _SAMPLE_ROWS))
    except csv.Error:  # a cell of more than 128 KB
        return [line.split(delimiter) for line in lines[:_SAMPLE_ROWS]]


def _is_even(lines: list[str], delimiter: str) -> bool:
    """Whether a delimiter cuts every line into as many cells, two or more; the header may lack the name of the first column."""
    counts = [len(row) for row in _cells(lines, delimiter)]
    return bool(counts) and max(counts) > 1 and len(set(counts[1:] or counts)) == 1 and counts[-1] - counts[0] in (0, 1)


def _are_numbers(cells: Sequence[str]) -> bool:
    """Whether a first line is a row rather than a header."""
    try:
        for cell in cells:
            float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def _rows(file: UserFile, encoding: str, delimiter: str) -> int:
    """Count rows; only asked when there are too many."""
    with file.path.open(encoding=encoding, errors="replace", newline="") as text:
        if delimiter != r"\s+" and '"' in text.read(_SAMPLE):
            text.seek(0)
            with suppress(csv.Error):
                return sum(1 for row in csv.reader(text, delimiter=delimiter) if row)
        text.seek(0)
        return sum(1 for line in text if line.strip())


def _decimal_comma_columns(frame: pd.DataFrame, kept: object | None) -> list[object]:
    """Columns of text whose cells are all numbers with decimal commas."""
    found: list[object] = []
    for name in frame.select_dtypes(exclude="number").columns:
        if name != kept:
            known = frame[name].dropna().astype(str)
            if all(map(_DECIMAL_COMMA.fullmatch, known.head(_SAMPLE_ROWS))) and known.str.contains(",", regex=False).any():
                found.append(name)
    return found


def identifies_rows(column: pd.Series) -> bool:
    """Return whether a column identifies the rows: complete, unique, and text or integers."""
    if column.isna().any() or not column.is_unique:
        return False
    return not pd.api.types.is_numeric_dtype(column) or bool((column == column.round()).all())
