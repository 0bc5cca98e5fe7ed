"""The decorator of compiled functions, with a cache on disk that no stale code can answer from.

numba keeps compiled code beside each module, in `__pycache__`, or under `NUMBA_CACHE_DIR`, or in the user's cache where the package cannot be
written to, and takes it for fresh while the file of the function is the same. But small kernels are compiled *into* those that call them
from other files. So what says whether kept code is fresh is here a hash over all files of kernels, too: change one, and all are compiled anew,
over the old ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit

PACKAGE = Path(__file__).parent.parent
ROOMS = ("sweep", "densities")  # folders whose kernels others may call
MARK = b"@kernel"  # what a file with kernels holds


@cache
def sources_hash() -> str:
    """SHA-256 of all files of kernels, by name and content; constants of other files must not be used in kernels."""
    digest = sha256()
    for path in sorted(path for room in ROOMS for path in (PACKAGE / room).glob("*.py")):
        source = path.read_bytes()
        if MARK in source:
            digest.update(f"{path.parent.name}/{path.name} {len(source)}\n".encode() + source)
    return digest.hexdigest()


def kernel(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Compile a function with numba: without the interpreter's lock, kept on disk; `options` are those of `numba.njit`.

    Used bare, ``@kernel``, or with options, ``@kernel(inline="always")``.
    """
    if function is None:
        return lambda function: kernel(function, **options)
    dispatcher = njit(cache=True, nogil=True, **options)(function)
    # Private to numba, and all there is: a public way would have to name a class of locators in the environment. A test watches it.
    cache_file = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if cache_file is not None:  # there is none under NUMBA_DISABLE_JIT
        cache_file._source_stamp = (cache_file._source_stamp, sources_hash())
    return dispatcher
