"""Parquet files: sizes are read before the columns, nested columns are left out, repeated texts take the room of one."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from vaegc.datasets._file import MAX_UNPACKED_BYTES, MAX_UPLOAD_UNPACKED_BYTES, UserFile, check_dimensions, first_names, quoted
from vaegc.datasets._frame import Table
from vaegc.errors import BadInput


def read_parquet(file: UserFile, max_points: int | None) -> Table:
    """Read the plain columns of a .parquet; raises `BadInput`, or what `READ_ERRORS` names."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file.check_magic_bytes()
    try:
        with file.path.open("rb") as opened:
            packed = pq.ParquetFile(opened)
            facts, schema = packed.metadata, packed.schema_arrow
            check_dimensions(file, facts.num_rows, len(schema.names), max_points)
            size = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
            if size > (MAX_UNPACKED_BYTES if max_points is None else MAX_UPLOAD_UNPACKED_BYTES):
                raise BadInput(f"{file.name} unpacks to {size / 1024**3:.1f} GB; give a smaller part.")
            twice = [name for name, count in Counter(schema.names).items() if count > 1]
            if twice:
                raise BadInput(f"{file.name} has two columns called {quoted(twice[0])}; rename one.")
            nested = tuple(entry.name for entry in schema if pa.types.is_nested(entry.type))
            plain = [entry for entry in schema if entry.name not in nested]
            texts = [e.name for e in plain if pa.types.is_string(e.type) or pa.types.is_large_string(e.type)]
            # As categories: a text that is repeated a million times takes the room and the time of one.
            packed = pq.ParquetFile(opened, read_dictionary=texts)
            table = packed.read(columns=[entry.name for entry in plain]) if plain else None
            index = (schema.pandas_metadata or {}).get("index_columns", [])
    except pa.ArrowException as error:
        raise file.unreadable("it is damaged" if isinstance(error, pa.ArrowInvalid) else error) from None
    if table is None:
        raise BadInput(f"{file.name} holds nested columns only ({first_names(nested)}); write one column for each number.")
    frame = table.to_pandas(ignore_metadata=True)
    for name in frame.columns[frame.dtypes == "category"]:
        known = pd.Index(frame[name].cat.categories.to_numpy(object), dtype=object)  # rows then point at it, and copy nothing
        frame[name] = pd.Categorical.from_codes(frame[name].cat.codes, known)
    for entry in plain:
        if pa.types.is_decimal(entry.type):
            frame[entry.name] = frame[entry.name].astype(np.float64)
    kept = {name for name in index if isinstance(name, str)} if isinstance(index, list) else set()
    return Table(frame, (), True, tuple(c for c in frame.columns if c in kept), nested)
