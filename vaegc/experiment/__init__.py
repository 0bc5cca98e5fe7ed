"""One path from a spec to a result: page, command, estimator and benchmark all come through here.

A spec is light; what runs it is loaded when something has to be computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaegc.experiment.spec import ClusterConfig, Experiment, what_lacks, why_not

__all__ = ["ClusterConfig", "Experiment", "Result", "choose", "what_lacks", "why_not"]

if TYPE_CHECKING:
    from vaegc.experiment.choosing_k import choose
    from vaegc.experiment.result import Result


def __getattr__(name: str) -> Any:
    if name == "Result":
        from vaegc.experiment.result import Result

        return Result
    if name == "choose":
        from vaegc.experiment.choosing_k import choose

        return choose
    raise AttributeError(f"module 'vaegc.experiment' has no attribute {name!r}")
