"""Saving of models: weights as safetensors, everything else as JSON with a schema number; a folder appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors.torch import save as dump_tensors

from vaegc.errors import BadInput

if TYPE_CHECKING:
    from vaegc.models.base import LatentModel

SCHEMA = 1  # of model.json


def save_model(model: LatentModel, folder: str | Path) -> None:
    """Write model.safetensors and model.json into `folder`, replacing a model that is there; raises `BadInput` where it cannot."""
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
