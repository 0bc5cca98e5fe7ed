"""Models shipped with the package; folder, content hash and kind of a model, without torch."""

from __future__ import annotations

import json
from pathlib import Path

from vaegc.errors import CheckpointError
from vaegc.store import assets_root, content_hash

MODEL_FILES = ("model.json", "model.safetensors")


def shipped_models() -> tuple[str, ...]:
    """Return the sorted names of the shipped models."""
    root = assets_root() / "models"
    return tuple(sorted(p.name for p in root.iterdir() if all((p / f).is_file() for f in MODEL_FILES))) if root.is_dir() else ()


def find_model(name: str | Path) -> Path:
    """Return the folder of a shipped name or of a path; raises `CheckpointError` where there is no model."""
    if not isinstance(name, (str, Path)):
        raise CheckpointError(f"A model is a shipped name or a folder; got {name!r}.")
    for folder in (assets_root() / "models" / str(name), Path(name)):
        if all((folder / f).is_file() for f in MODEL_FILES):
            return folder
    names = ", ".join(shipped_models()) or "none"
    raise CheckpointError(
        f"There is no model {str(name)!r}: shipped are {names}; or give a folder that holds {' and '.join(MODEL_FILES)}."
    )


def model_identity(name: str | Path) -> str:
    """Return the hash of a model's files, without loading it; raises `CheckpointError`."""
    folder = find_model(name)
    return content_hash(*((folder / f).read_bytes() for f in MODEL_FILES))


def model_kind(name: str | Path) -> str:
    """Return the kind of a model ("vae", "ae"), without loading it; raises `CheckpointError`."""
    try:
        return str(json.loads((find_model(name) / MODEL_FILES[0]).read_text(encoding="utf-8"))["config"]["kind"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CheckpointError(f"{str(name)!r}: {MODEL_FILES[0]} is damaged; train or fetch the model again.") from None
