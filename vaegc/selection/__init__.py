"""Selection of the number of clusters K: sweeps over (step, ε) and bandwidths, votes of other methods, and a verdict.

`choose` is the entrance, `builder` computes the parts of a choice, `parts` stores and assembles them as a `KSelection` (`choice`); `verdict`
weighs the `evidence` by the `arguments`. No label decides anything.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["KSelection", "select_k", "vote"]

_HOME = {"KSelection": "choice", "select_k": "choose", "vote": "votes"}

if TYPE_CHECKING:
    from vaegc.selection.choice import KSelection
    from vaegc.selection.choose import select_k
    from vaegc.selection.votes import vote


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"vaegc.selection.{_HOME[name]}"), name)
    raise AttributeError(f"module 'vaegc.selection' has no attribute {name!r}")
