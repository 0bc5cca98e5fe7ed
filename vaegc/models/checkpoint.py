"""Models on disk: weights as safetensors, everything else as JSON with a schema number; no pickles.

A folder appears whole or not at all, and is checked against its own hash when it is opened.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as dump_tensors

from vaegc.errors import BadInput, CheckpointError
from vaegc.models.base import LatentModel, Provenance
from vaegc.models.config import ModelConfig
from vaegc.models.kinds import build
from vaegc.models.networks import BUILDING
from vaegc.models.shipped import find_model

SCHEMA = 1


def save_model(model: LatentModel, folder: str | Path) -> None:
    """Write model.safetensors and model.json into `folder`, replacing a model that is there."""
    target = Path(folder)
    weights = dump_tensors({name: tensor.detach().contiguous() for name, tensor in model.state_dict().items()})
    facts = {
        "schema": SCHEMA,
        "config": model.config.to_dict(),
        "input_dim": model.input_dim,
        "provenance": asdict(model.provenance),
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target, prefix=".writing."))  # within: a link to another disk can be a model's folder
        try:
            (scratch / "model.safetensors").write_bytes(weights)
            (scratch / "model.json").write_text(json.dumps(facts, indent=1))
            # Weights first: if the second rename never happens, the hash in the old JSON tells.
            for name in ("model.safetensors", "model.json"):
                os.replace(scratch / name, target / name)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        raise BadInput(f"The model cannot be saved to {str(target)!r}: {error.strerror or error}.") from None


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
        facts = json.loads((path / "model.json").read_text())
        weights = (path / "model.safetensors").read_bytes()
        schema, config, input_dim = facts["schema"], facts["config"], facts["input_dim"]
        provenance, expected = dict(facts["provenance"]), facts["weights_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise CheckpointError(f"{path.name}: model.json is damaged or incomplete; save or download the model again.") from None
    if schema != SCHEMA:
        raise CheckpointError(f"{path.name} was saved in format {schema}; this version reads format {SCHEMA}.")
    if hashlib.sha256(weights).hexdigest() != expected:
        raise CheckpointError(
            f"{path.name}: model.safetensors is damaged or does not belong to model.json; save or download it again."
        )
    try:
        with BUILDING, torch.random.fork_rng(devices=[]):  # building draws initial weights that are replaced at once
            shape = provenance.get("image_shape")
            shape = tuple(map(int, shape)) if shape else None
            model = build(ModelConfig.from_dict(config), int(input_dim), shape)
        model.load_state_dict(load_tensors(weights))
        model.provenance = Provenance(**{**provenance, "image_shape": shape})
    except (SafetensorError, RuntimeError, TypeError, ValueError):
        raise CheckpointError(f"{path.name}: the weights do not fit model.json; save or download the model again.") from None
    return model.eval()
