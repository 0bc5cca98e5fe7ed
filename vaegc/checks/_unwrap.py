"""What holds an array or a table is opened: the package's own nouns, tensors, and tables of other libraries."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from vaegc.errors import BadInput

HOLDS = {
    "Dataset": "x",
    "Space": "points",
    "Posterior": "mean",
}  # which array of ours is meant, asked by name: no room is imported
FRAMES = {
    "Trajectory": "one of its frames, such as .frame(-1)",
    "Result": "the points of its .space or a frame of its .trajectory",
}


def unwrapped(values: Any, what: str) -> Any:
    """What an array can be made of: an array, nested lists, or a frame or column of pandas."""
    if type(values) is np.ndarray:
        return values
    for base in type(values).__mro__:
        if base.__module__.split(".")[0] == "vaegc":
            if base.__name__ in HOLDS:
                return getattr(values, HOLDS[base.__name__])
            if base.__name__ in FRAMES:
                raise BadInput(f"{what} must be a table of numbers, and this is a {base.__name__}; give {FRAMES[base.__name__]}.")
    if _is_tensor(values):
        return _of_tensor(values, what)
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise BadInput(f"{what} must be a dense table, and this is a sparse matrix; give its .toarray().")
    if isinstance(values, (list, tuple)):
        return _of_list(values, what)
    if type(values).__module__.split(".")[0] != "pandas" and not isinstance(values, np.ndarray):
        return _of_other_tables(values)
    return values


def is_frame(values: Any) -> bool:
    """Whether this is a pandas frame; pandas is not loaded to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(values, pandas.DataFrame)


def _is_tensor(values: Any) -> bool:
    return hasattr(values, "detach") and hasattr(values, "cpu")


def _of_tensor(tensor: Any, what: str) -> np.ndarray:
    if str(getattr(tensor, "layout", "torch.strided")) != "torch.strided":
        raise BadInput(f"{what} must be a dense table, and this is a sparse tensor; give its .to_dense().")
    plain = tensor.detach().cpu()
    if str(plain.dtype) == "torch.bfloat16":  # which NumPy does not know
        plain = plain.float()
    if hasattr(plain, "resolve_conj"):
        plain = plain.resolve_conj().resolve_neg()
    return np.asarray(plain.numpy())


def _of_list(values: list[Any] | tuple[Any, ...], what: str) -> Any:
    """A list, its tensors opened; masks of its rows are kept, which NumPy would drop."""
    if any(isinstance(row, np.ma.MaskedArray) for row in values):
        return np.ma.array(values)
    return [_of_tensor(row, what) if _is_tensor(row) else row for row in values] if any(map(_is_tensor, values)) else values


def _of_other_tables(values: Any) -> Any:
    """A table or column of polars, Arrow and whatever else speaks a protocol of frames, as one of pandas."""
    import pyarrow as pa

    try:
        if hasattr(values, "__arrow_c_stream__"):
            columnar = type(values).__name__ in ("Series", "ChunkedArray")
            return (pa.chunked_array(values) if columnar else pa.table(values)).to_pandas()
        if hasattr(values, "__arrow_c_array__"):
            return pa.array(values).to_pandas()
        if hasattr(values, "__dataframe__"):
            from pyarrow.interchange import from_dataframe

            return from_dataframe(values).to_pandas()
    except (pa.ArrowException, NotImplementedError):
        return values
    return values
