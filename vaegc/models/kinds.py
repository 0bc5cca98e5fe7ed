"""Which class a kind of model is."""

from __future__ import annotations

from vaegc.models.autoencoder import Autoencoder
from vaegc.models.base import LatentModel
from vaegc.models.config import ModelConfig

CLASSES: dict[str, type[LatentModel]] = {"ae": Autoencoder, "vae": Autoencoder}


def build(config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> LatentModel:
    """A model of the kind that the settings name, with its initial weights."""
    return CLASSES[config.kind](config, input_dim, image_shape)
