"""Registry of model classes by kind."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vaegc.models.autoencoder import Autoencoder
from vaegc.models.base import LatentModel
from vaegc.models.config import ModelConfig
from vaegc.models.dec import DEC
from vaegc.models.gmvae import GMVAE
from vaegc.models.vade import VaDE

RANDOM_INITIALIZERS: tuple[Any, ...] = (Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_)  # of weights
CLASSES: dict[str, type[LatentModel]] = {
    "ae": Autoencoder,
    "vae": Autoencoder,
    "vade": VaDE,
    "gmvae": GMVAE,
    "dec": DEC,
    "idec": DEC,
}


def build(config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> LatentModel:
    """Return a model of the kind that the settings name, with its initial weights; D is `input_dim`."""
    return CLASSES[config.kind](config, input_dim, image_shape)


def build_without_weights(config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> LatentModel:
    """Return a model of shapes without numbers, on the device "meta": it takes no memory, however large its networks are."""
    with torch.device("meta"), _SkipInitialization():
        return build(config, input_dim, image_shape)


class _SkipInitialization(TorchFunctionMode):
    """Skips random initialisation: the file's weights replace it, and on the device "meta" it loads a second of Python first."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in RANDOM_INITIALIZERS:
            return args[0] if args else kwargs["tensor"]
        return (torch.empty if func is torch.randn else func)(*args, **(kwargs or {}))
