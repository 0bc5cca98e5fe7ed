"""The bytes of a packed scene: written once by Python, read by the browser, and by Python for single values.

Layout: u32 length of the header; JSON header, padded to 8 bytes; little-endian arrays, each padded to 8 bytes. The header's "arrays" gives
the type, shape and offset (from the first array) of each.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

FORMAT = 2


def serialize(header: dict[str, object], arrays: dict[str, np.ndarray]) -> bytes:
    """Return a header and named arrays as bytes; raises `ValueError` where the header holds NaN or infinity."""
    table, chunks, offset = {}, [], 0
    for name, array in arrays.items():
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        table[name] = {"dtype": f"{array.dtype.kind}{array.dtype.itemsize}", "shape": list(array.shape), "offset": offset}
        padding = -little.nbytes % 8
        chunks.append(little.tobytes() + b"\0" * padding)
        offset += little.nbytes + padding
    return _with_header({**header, "arrays": table}, b"".join(chunks))


def _with_header(header: dict[str, object], body: bytes) -> bytes:
    """Length of the header, header, padding, arrays."""
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    return b"".join([struct.pack("<I", len(text)), text, b"\0" * (-(4 + len(text)) % 8), body])


def read_header(packed: bytes) -> dict[str, Any]:
    """Return the JSON header of a packed scene.

    Raises
    ------
    struct.error, ValueError
        The bytes are too short for a header, or hold none.
    """
    (length,) = struct.unpack_from("<I", packed)
    header: dict[str, Any] = json.loads(packed[4 : 4 + length])
    return header


def read_array(packed: bytes, name: str) -> np.ndarray:
    """Return one array of a packed scene, such as "rank" or "colours", as a view of the bytes.

    Raises
    ------
    KeyError
        The scene does not hold the array.
    """
    entry = read_header(packed)["arrays"][name]
    (length,) = struct.unpack_from("<I", packed)
    begin = 4 + length + (-(4 + length) % 8) + entry["offset"]
    flat = np.frombuffer(packed, f"<{entry['dtype']}", int(np.prod(entry["shape"])), begin)
    return flat.reshape(entry["shape"])


def is_complete(packed: bytes) -> bool:
    """Whether bytes are a packed scene of this format with all of its arrays, as a file that was cut off is not."""
    try:
        header = read_header(packed)
        if header["format"] != FORMAT:
            return False
        (length,) = struct.unpack_from("<I", packed)
        ends = (entry["offset"] + int(np.prod(entry["shape"])) * int(entry["dtype"][1:]) for entry in header["arrays"].values())
        return len(packed) >= 4 + length + (-(4 + length) % 8) + max(ends)
    except (struct.error, ValueError, KeyError, TypeError):
        return False


def with_initial(packed: bytes, **initial: object) -> bytes:
    """Return the scene with another initial view.

    Parameters
    ----------
    packed
        A packed scene; its arrays stay as they are.
    **initial
        `frame` (index), `eps`, `play` (whether the animation starts), `look` (view state as text); what is not given stays.
    """
    (length,) = struct.unpack_from("<I", packed)
    header = read_header(packed)
    header["initial"] = {**header["initial"], **initial}
    return _with_header(header, packed[4 + length + (-(4 + length) % 8) :])
