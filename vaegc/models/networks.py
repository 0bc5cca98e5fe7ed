"""Encoder and decoder networks of all models; sets torch up once for the whole package."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from vaegc.errors import BadInput
from vaegc.models.config import ModelConfig
from vaegc.models.scaling import Scaling

# Late in training activations and Adam's moments fall below 1e-38, where some processors become many times slower.
# The flag is per thread and must be set before torch starts its pool.
torch.set_flush_denormal(True)


# Initial weights come from torch's one global generator: two threads that build at once would share its numbers.
INITIALIZATION_LOCK = threading.Lock()


def mlp(sizes: Sequence[int]) -> nn.Sequential:
    """Fully connected layers with ReLU between them: sizes[0] -> ... -> sizes[-1], the last layer linear."""
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(itertools.pairwise(sizes)):
        layers.append(_glorot(nn.Linear(a, b)))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def _glorot(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> nn.Module:
    nn.init.xavier_uniform_(layer.weight)  # Glorot, as the papers' code
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def as_float32(values: Tensor) -> Tensor:
    """Return a bfloat16 tensor as float32, others as they are: logs and sums of squares need the digits."""
    return values.float() if values.dtype == torch.bfloat16 else values


class Affine(nn.Module):
    """x -> shift + factor * x, in float32 at least; what is far from 0 was moved there before (`vaegc.models.scaling`)."""

    def __init__(self, shift: float, factor: float) -> None:
        super().__init__()
        self.shift, self.factor = shift, factor

    def forward(self, x: Tensor) -> Tensor:
        """Return the shifted and scaled values."""
        return self.shift + self.factor * as_float32(x)


class Encoder(nn.Module):
    """x (B, D), in the network's units -> mean (B, d) and, if asked for, log variance (B, d) of q(z|x)."""

    def __init__(
        self, config: ModelConfig, input_dim: int, with_variance: bool, image_shape: tuple[int, ...] | None = None
    ) -> None:
        super().__init__()
        layers = Scaling.of(config).layers(config)
        self.scale = None if layers is None else Affine(*layers[0])
        self.pictures = Convolutions(config.channels, _image_size(image_shape)) if config.network == "conv" else None
        width = input_dim if self.pictures is None else self.pictures.width
        self.body = mlp([width, *config.hidden])
        last = config.hidden[-1] if config.hidden else width
        self.mean = mlp([last, config.latent_dim])
        self.logvar = mlp([last, config.latent_dim]) if with_variance else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return mean (B, d) and log variance (B, d) or None, never in half precision."""
        x = x if self.scale is None else self.scale(x)
        h = x if self.pictures is None else self.pictures(x)
        h = torch.relu(self.body(h)) if len(self.body) else h  # (B, hidden[-1])
        return as_float32(self.mean(h)), None if self.logvar is None else as_float32(self.logvar(h))


def decoder(config: ModelConfig, input_dim: int, image_shape: tuple[int, ...] | None = None) -> nn.Sequential:
    """Return the network z (B, d) -> raw output (B, D), the encoder's mirror image: means of a Gaussian, logits of a Bernoulli likelihood.

    Raises
    ------
    BadInput
        A convolutional network without an image shape.
    """
    if config.network == "mlp":
        layers = list(mlp([config.latent_dim, *reversed(config.hidden), input_dim]))
    else:
        pictures = Deconvolutions(config.channels, _image_size(image_shape))
        layers = [*mlp([config.latent_dim, *reversed(config.hidden), pictures.width]), nn.ReLU(), pictures]
    back = Scaling.of(config).layers(config)
    return nn.Sequential(*layers, *([] if back is None else [Affine(*back[1])]))


def _image_size(image_shape: tuple[int, ...] | None) -> tuple[int, int, int]:
    """(height, width, channels) of an image shape; raises `BadInput` for None."""
    if image_shape is None:
        raise BadInput("A convolutional network needs pictures; these data have no image shape, take network 'mlp'.")
    return (image_shape[0], image_shape[1], image_shape[2] if len(image_shape) > 2 else 1)


def _halved(size: int, times: int) -> int:
    return size if times == 0 else _halved(math.ceil(size / 2), times - 1)


class Convolutions(nn.Module):
    """Pictures as rows (B, H*W*C) -> features (B, width): each 3x3 convolution with stride 2 halves height and width."""

    def __init__(self, channels: Sequence[int], picture: tuple[int, int, int]) -> None:
        super().__init__()
        self.picture = picture
        h, w, c = picture
        self.layers = nn.ModuleList(
            _glorot(nn.Conv2d(a, b, 3, stride=2, padding=1)) for a, b in itertools.pairwise([c, *channels])
        )
        self.width = channels[-1] * _halved(h, len(channels)) * _halved(w, len(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return features (B, width)."""
        x = x.unflatten(-1, self.picture).permute(0, 3, 1, 2)  # (B, C, H, W)
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x.flatten(1)


class Deconvolutions(nn.Module):
    """Features (..., width) -> pictures as rows (..., H*W*C), the mirror image of `Convolutions`."""

    def __init__(self, channels: Sequence[int], picture: tuple[int, int, int]) -> None:
        super().__init__()
        h, w, c = picture
        self.start = (channels[-1], _halved(h, len(channels)), _halved(w, len(channels)))
        self.width = math.prod(self.start)
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(itertools.pairwise([*reversed(channels), c])):
            left = len(channels) - 1 - i  # halvings that the output of this layer still has; an even size needs one pixel more
            odd = (1 - _halved(h, left) % 2, 1 - _halved(w, left) % 2)
            layers.append(_glorot(nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=odd)))
            if left:
                layers.append(nn.ReLU())
        self.layers = nn.Sequential(*layers)

    def forward(self, h: Tensor) -> Tensor:
        """Return rows (..., H*W*C); importance samples come with an axis of their own in front."""
        flat = h.reshape(-1, *self.start)
        return self.layers(flat).permute(0, 2, 3, 1).flatten(1).unflatten(0, h.shape[:-1])
