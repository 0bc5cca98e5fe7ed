"""Extraction of arrays from the package's own classes, tensors, and the tables of other libraries."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from vaegc.errors import BadInput

ARRAY_ATTRIBUTES = {
    "Dataset": "x",
    "Space": "points",
    "Posterior": "mean",
}  # attribute that is meant by each class, known by name: no other room is imported
AMBIGUOUS = {  # classes that hold several arrays, and what to pass instead
    "Trajectory": "one of its frames, such as .frame(-1)",
    "Result": "the points of its .space or a frame of its .trajectory",
}


def unwrap(values: Any, what: str) -> Any:
    """Return an object of which NumPy makes an array: an array, nested lists, or a frame or column of pandas.

    Raises
    ------
    BadInput
        A sparse matrix or tensor, or an object that holds several arrays.
    """
    if type(values) is np.ndarray:
        return values
    for base in type(values).__mro__:
        if base.__module__.split(".")[0] == "vaegc":
            if base.__name__ in ARRAY_ATTRIBUTES:
                return getattr(values, ARRAY_ATTRIBUTES[base.__name__])
            if base.__name__ in AMBIGUOUS:
                raise BadInput(
                    f"{what} must be a table of numbers, and this is a {base.__name__}; give {AMBIGUOUS[base.__name__]}."
                )
    if is_tensor(values):
        return array_of_tensor(values, what)
    if hasattr(values, "toarray") and hasattr(values, "nnz"):
        raise BadInput(f"{what} must be a dense table, and this is a sparse matrix; give its .toarray().")
    if isinstance(values, (list, tuple)):
        return _of_list(values, what)
    if type(values).__module__.split(".")[0] != "pandas" and not isinstance(values, np.ndarray):
        return frame_by_protocol(values)
    return values


def is_frame(values: Any) -> bool:
    """Whether this is a pandas frame; pandas is not loaded to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(values, pandas.DataFrame)


def is_tensor(values: Any) -> bool:
    """Return whether this is a PyTorch tensor; torch is not loaded to find out."""
    return hasattr(values, "detach") and hasattr(values, "cpu")


def array_of_tensor(tensor: Any, what: str) -> np.ndarray:
    """Return a tensor as an array, detached and on the CPU; raises `BadInput` for a sparse one."""
    if str(getattr(tensor, "layout", "torch.strided")) != "torch.strided":
        raise BadInput(f"{what} must be a dense table, and this is a sparse tensor; give its .to_dense().")
    plain = tensor.detach().cpu()
    if str(plain.dtype) == "torch.bfloat16":  # which NumPy does not know
        plain = plain.float()
    if hasattr(plain, "resolve_conj"):
        plain = plain.resolve_conj().resolve_neg()
    return np.asarray(plain.numpy())


def _of_list(values: list[Any] | tuple[Any, ...], what: str) -> Any:
    """A list with its tensors as arrays; masks of its rows are kept, which NumPy would drop."""
    if any(isinstance(row, np.ma.MaskedArray) for row in values):
        return np.ma.array(values)
    return [array_of_tensor(row, what) if is_tensor(row) else row for row in values] if any(map(is_tensor, values)) else values


def frame_by_protocol(values: Any) -> Any:
    """A table or column of polars, Arrow or another library with a data-frame protocol, as one of pandas."""
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
