"""Training: runs a model's phases, reports, stops, resumes, and is bit-equal for equal seeds on the CPU.

Importing this is light: torch is loaded with the first name that needs it. `vaegc.training.run_status` shows a run without torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["Fit", "RunFolder", "is_run", "points_hash", "train"]

_HOME = {"Fit": "_fit", "RunFolder": "_run", "is_run": "run_status", "points_hash": "_run", "train": "_train"}

if TYPE_CHECKING:
    from vaegc.training._fit import Fit
    from vaegc.training._run import RunFolder, points_hash
    from vaegc.training._train import train
    from vaegc.training.run_status import is_run


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"vaegc.training.{_HOME[name]}"), name)
    raise AttributeError(f"module 'vaegc.training' has no attribute {name!r}")
