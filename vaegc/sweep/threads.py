"""Threads for compiled code that lets go of the interpreter's lock.

Not numba's own `parallel=True`: where it falls back to its work queue, two threads that enter it at once end the process, and the
app's pages are such threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any


def workers() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="vaegc-sweep")


if hasattr(os, "register_at_fork"):  # a forked child has the pool but none of its threads, and would wait for ever
    os.register_at_fork(after_in_child=_pool.cache_clear)


def in_threads(
    work: Callable[[int], None], parts: Sequence[int], threaded: bool = True, after_batch: Callable[[int], None] | None = None
) -> None:
    """Call `work` for every part; the parts must not write to the same places, so that their order decides nothing.

    Unless `threaded`, one after the other. `after_batch` is called after every few parts with the number of parts done; when it raises, the rest is
    not begun.
    """
    threads = workers() if threaded else 1
    size = len(parts) if after_batch is None else 8 * threads
    for first in range(0, len(parts), max(size, 1)):
        batch = parts[first : first + size]
        if threads == 1:
            for part in batch:
                work(part)
        else:
            list(_pool(threads).map(work, batch))
        if after_batch is not None:
            after_batch(min(first + size, len(parts)))


def spread(
    work: Callable[..., None], n: int, *arguments: Any, min_block: int = 32, after_batch: Callable[[int], None] | None = None
) -> None:
    """Call work(first, last, *arguments) for stretches of 0..n, of at least `min_block`, in threads, and `after_batch` after every few."""
    block = max(-(-n // (4 * workers())), min_block)
    if after_batch is not None:
        block = min(block, 256)  # seldom long between two looks at the callback
    in_threads(lambda first: work(first, min(first + block, n), *arguments), range(0, n, block), n > block, after_batch)
