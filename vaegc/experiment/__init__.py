"""A spec, the stages that it runs, its result, and the cache keys of these; nothing about how a result is judged, decoded or printed.

A spec is light; what runs it is loaded when something has to be computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaegc.experiment.experiment import Experiment
from vaegc.experiment.spec import ClusterConfig, ExperimentSpec, what_lacks, why_not

__all__ = ["ClusterConfig", "Experiment", "ExperimentSpec", "Result", "what_lacks", "why_not"]

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


def __getattr__(name: str) -> Any:
    if name == "Result":
        from vaegc.experiment.result import Result

        return Result
    raise AttributeError(f"module 'vaegc.experiment' has no attribute {name!r}")
