"""Loading of saved models, checked against their own hash and against the shapes that their settings ask for; no pickles."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors

from vaegc.checks import check_int, check_seed
from vaegc.errors import BadInput, CheckpointError
from vaegc.models.base import LatentModel, Provenance
from vaegc.models.config import ModelConfig
from vaegc.models.kinds import build_without_weights
from vaegc.models.saving import SCHEMA
from vaegc.models.shipped import find_model

MAX_LAYERS = 500  # of one network
MAX_HEADER_BYTES = 2**20  # bytes in which safetensors lists its tensors


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
    return model_from_bytes(text, weights, path.name)


def model_from_bytes(text: bytes, weights: bytes, name: str) -> LatentModel:
    """Return the model of the bytes of model.json and model.safetensors, which need not be trusted.

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
        if int.from_bytes(weights[:8], "little") > MAX_HEADER_BYTES:
            raise BadInput("More tensors than any model has.")
        tensors = load_tensors(weights)
        if max(len(dict(config).get(widths) or ()) for widths in ("hidden", "channels")) > MAX_LAYERS:
            raise BadInput("More layers than any model has.")
        made = _checked_provenance(provenance, check_int(input_dim, "input_dim", 1))
        model = build_without_weights(ModelConfig.from_dict(config), input_dim, made.image_shape)
        wanted = model.state_dict()
        if {key: tensor.shape for key, tensor in wanted.items()} != {key: tensor.shape for key, tensor in tensors.items()}:
            raise BadInput("Other shapes.")
        # Copies, since what is read lies in memory as it comes: sums over numbers at other addresses can round differently.
        model.load_state_dict({key: tensor.to(wanted[key].dtype, copy=True) for key, tensor in tensors.items()}, assign=True)
    except (SafetensorError, RuntimeError, TypeError, ValueError, KeyError, OverflowError, RecursionError):
        raise CheckpointError(f"{name}: the weights do not fit model.json; save or download the model again.") from None
    model.provenance = made
    return model.eval()


def _checked_provenance(facts: dict[str, Any], input_dim: int) -> Provenance:
    """A `Provenance` of the types that pages and later stages rely on; raises `BadInput` for others."""
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
