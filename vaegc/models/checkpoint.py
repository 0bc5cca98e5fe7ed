"""Opening saved models: checked against their own hash and against what their settings ask for; no pickles."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vaegc.checks import check_int, check_seed
from vaegc.errors import BadInput, CheckpointError
from vaegc.models.base import LatentModel, Provenance
from vaegc.models.config import ModelConfig
from vaegc.models.kinds import build
from vaegc.models.saving import SCHEMA
from vaegc.models.shipped import find_model

DRAWING: tuple[Any, ...] = (Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_)  # initial numbers
MOST_LAYERS = 500  # of one network
MOST_HEADER = 2**20  # bytes in which safetensors lists its tensors


def load_model(folder: str | Path) -> LatentModel:
    """Open a saved model.

    Parameters
    ----------
    folder
        A folder written by `model.save`, or a shipped name such as ``"digits-vae"``.

    Raises
    ------
    CheckpointError
        No model there, a damaged or changed file, or another schema.

    Examples
    --------
    >>> from vaegc import load_model
    >>> load_model("digits-vae").kind
    'vae'
    """
    path = find_model(folder)
    try:
        text, weights = (path / "model.json").read_bytes(), (path / "model.safetensors").read_bytes()
    except OSError:
        raise CheckpointError(f"{path.name}: model.json is damaged or incomplete; save or download the model again.") from None
    return opened(text, weights, path.name)


def opened(text: bytes, weights: bytes, name: str) -> LatentModel:
    """The model of model.json and model.safetensors as bytes, which may be anybody's.

    Nothing is allocated beyond what the weights themselves take: the shapes that the settings ask for are compared with theirs first.

    Raises
    ------
    CheckpointError
        As for `load_model`; `name` begins the sentence.
    """
    try:
        facts = json.loads(text)
        schema, config, input_dim = facts["schema"], facts["config"], facts["input_dim"]
        provenance, expected = dict(facts["provenance"]), facts["weights_sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(f"{name}: model.json is damaged or incomplete; save or download the model again.") from None
    if schema != SCHEMA:
        raise CheckpointError(f"{name} was saved in format {schema!r:.20}; this version reads format {SCHEMA}.")
    if hashlib.sha256(weights).hexdigest() != expected:
        raise CheckpointError(
            f"{name}: model.safetensors is damaged or does not belong to model.json; save or download it again."
        )
    try:
        if int.from_bytes(weights[:8], "little") > MOST_HEADER:
            raise BadInput("More tensors than any model has.")
        tensors = load_tensors(weights)
        if max(len(dict(config).get(widths) or ()) for widths in ("hidden", "channels")) > MOST_LAYERS:
            raise BadInput("More layers than any model has.")
        made = _checked(provenance, check_int(input_dim, "input_dim", 1))
        with torch.device("meta"), _Unfilled():  # a network of shapes without numbers
            model = build(ModelConfig.from_dict(config), input_dim, made.image_shape)
        wanted = model.state_dict()
        if {key: tensor.shape for key, tensor in wanted.items()} != {key: tensor.shape for key, tensor in tensors.items()}:
            raise BadInput("Other shapes.")
        # Copies, since what is read lies in memory as it comes: sums over numbers at other addresses can round differently.
        model.load_state_dict({key: tensor.to(wanted[key].dtype, copy=True) for key, tensor in tensors.items()}, assign=True)
    except (SafetensorError, RuntimeError, TypeError, ValueError, KeyError, OverflowError, RecursionError):
        raise CheckpointError(f"{name}: the weights do not fit model.json; save or download the model again.") from None
    model.provenance = made
    return model.eval()


class _Unfilled(TorchFunctionMode):
    """Draws no initial numbers: those of the file replace them, and on the device "meta" drawing loads a second of Python first."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in DRAWING:
            return args[0] if args else kwargs["tensor"]
        return (torch.empty if func is torch.randn else func)(*args, **(kwargs or {}))


def _checked(facts: dict[str, Any], input_dim: int) -> Provenance:
    """Where a model comes from, with the types that pages and later stages rely on."""
    shape = facts.get("image_shape") or None
    if shape is not None:
        shape = tuple(check_int(size, "image_shape", 1) for size in shape)
        if len(shape) not in {2, 3} or shape[2:] not in {(), (1,), (3,)} or math.prod(shape) != input_dim:
            raise BadInput("image_shape must be that of the points.")
    made = Provenance(**{**facts, "image_shape": shape})
    check_seed(made.seed)
    good = (
        all(isinstance(text, str) for text in (made.data, made.data_fingerprint))
        and isinstance(made.versions, dict)
        and all(isinstance(text, str) for text in made.versions.values())
        and isinstance(made.history, list)
        and all(isinstance(row, dict) and all(type(value) in {int, float} for value in row.values()) for row in made.history)
        and isinstance(made.stopped, bool)
    )
    if not good:
        raise BadInput("provenance holds values of other types.")
    return made
