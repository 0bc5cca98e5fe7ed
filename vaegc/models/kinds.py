"""Registry of model classes by kind."""

from __future__ import annotations

from vaegc.models.autoencoder import Autoencoder
from vaegc.models.base import LatentModel
from vaegc.models.config import ModelConfig
from vaegc.models.dec import DEC
from vaegc.models.gmvae import GMVAE
from vaegc.models.vade import VaDE

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
