"""Experiments: a specification, the cached stages that it runs, and their result.

A specification is light; what runs it is imported when something has to be computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaegc.experiment.density_support import model_unsupported_reason, space_unsupported_reason
from vaegc.experiment.experiment import Experiment
from vaegc.experiment.spec import ClusterConfig, ExperimentSpec

__all__ = ["ClusterConfig", "Experiment", "ExperimentSpec", "Result", "model_unsupported_reason", "space_unsupported_reason"]

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


def __getattr__(name: str) -> Any:
    if name == "Result":
        from vaegc.experiment.result import Result

        return Result
    raise AttributeError(f"module 'vaegc.experiment' has no attribute {name!r}")
