"""vaegc: a visual laboratory for VAE gradient clustering.

Names are loaded when they are first used, so that `import vaegc` stays fast and light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_MODULE_OF = {
    "AggregatedPosterior": "densities",
    "AscentConfig": "ascent",
    "BadInput": "errors",
    "Baseline": "baselines",
    "CheckpointError": "errors",
    "ClusterConfig": "experiment",
    "Dataset": "datasets",
    "EpsilonSweep": "sweep",
    "EvidenceBound": "densities",
    "Experiment": "experiment",
    "FamilySuggestion": "sweep",
    "KernelDensity": "densities",
    "KSelection": "selection",
    "MapConfig": "projection",
    "MarginalLikelihood": "densities",
    "MixturePrior": "densities",
    "ModelConfig": "models",
    "NotSupported": "errors",
    "Posterior": "models",
    "Progress": "progress",
    "Result": "experiment",
    "Scene": "web",
    "Scores": "metrics",
    "Space": "projection",
    "Stopped": "errors",
    "Suggestion": "sweep",
    "Trajectory": "ascent",
    "VaegcError": "errors",
    "ascend": "ascent",
    "baseline": "baselines",
    "choose": "selection.choose",
    "eps_floor": "sweep",
    "load_dataset": "datasets",
    "load_model": "models",
    "project": "projection",
    "report": "report",
    "score": "metrics",
    "select_k": "selection",
    "show": "web",
    "suggest_family": "sweep",
    "train": "training",
    "vote": "selection",
}

__all__ = [
    "AggregatedPosterior",
    "AscentConfig",
    "BadInput",
    "Baseline",
    "CheckpointError",
    "ClusterConfig",
    "Dataset",
    "EpsilonSweep",
    "EvidenceBound",
    "Experiment",
    "FamilySuggestion",
    "KSelection",
    "KernelDensity",
    "MapConfig",
    "MarginalLikelihood",
    "MixturePrior",
    "ModelConfig",
    "NotSupported",
    "Posterior",
    "Progress",
    "Result",
    "Scene",
    "Scores",
    "Space",
    "Stopped",
    "Suggestion",
    "Trajectory",
    "VaegcError",
    "__version__",
    "ascend",
    "baseline",
    "choose",
    "eps_floor",
    "load_dataset",
    "load_model",
    "project",
    "report",
    "score",
    "select_k",
    "show",
    "suggest_family",
    "train",
    "vote",
]

if TYPE_CHECKING:
    from vaegc.ascent import AscentConfig, Trajectory, ascend
    from vaegc.baselines import Baseline, baseline
    from vaegc.datasets import Dataset, load_dataset
    from vaegc.densities import AggregatedPosterior, EvidenceBound, KernelDensity, MarginalLikelihood, MixturePrior
    from vaegc.errors import BadInput, CheckpointError, NotSupported, Stopped, VaegcError
    from vaegc.experiment import ClusterConfig, Experiment, Result
    from vaegc.metrics import Scores, score
    from vaegc.models import ModelConfig, Posterior, load_model
    from vaegc.progress import Progress
    from vaegc.projection import MapConfig, Space, project
    from vaegc.selection import select_k
    from vaegc.sweep import EpsilonSweep, FamilySuggestion, Suggestion, eps_floor, suggest_family
    from vaegc.training import train
    from vaegc.web import Scene, show


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f"vaegc.{_MODULE_OF[name]}"), name)
    raise AttributeError(f"module 'vaegc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULE_OF])
