"""Generative models: configuration, networks, and saving; torch is loaded when a model is.

`load_model` opens a folder or a shipped name; `vaegc.train` makes new ones.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vaegc.models.config import CLUSTERED, KINDS, POINTWISE, ModelConfig, Posterior, kind_name

__all__ = [
    "CLUSTERED",
    "KINDS",
    "POINTWISE",
    "ModelConfig",
    "Posterior",
    "kind_name",
    "load_model",
    "model_identity",
    "model_kind",
    "shipped_models",
]

_HOME = {"load_model": "checkpoint", "model_identity": "shipped", "model_kind": "shipped", "shipped_models": "shipped"}

if TYPE_CHECKING:
    from vaegc.models.checkpoint import load_model
    from vaegc.models.shipped import model_identity, model_kind, shipped_models


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"vaegc.models.{_HOME[name]}"), name)
    raise AttributeError(f"module 'vaegc.models' has no attribute {name!r}")
