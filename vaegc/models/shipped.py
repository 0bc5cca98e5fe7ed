"""Models that come with the package, and what identifies a model without loading it."""

from __future__ import annotations

import json
from pathlib import Path

from vaegc.errors import CheckpointError
from vaegc.store import assets_root, content_hash

FILES = ("model.json", "model.safetensors")


def shipped_models() -> tuple[str, ...]:
    """Names of the shipped models, sorted."""
    root = assets_root() / "models"
    return tuple(sorted(p.name for p in root.iterdir() if all((p / f).is_file() for f in FILES))) if root.is_dir() else ()


def find_model(name: str | Path) -> Path:
    """Folder of a shipped name or of a path; raises `CheckpointError` where there is no model."""
    if not isinstance(name, (str, Path)):
        raise CheckpointError(f"A model is a shipped name or a folder; got {name!r}.")
    for folder in (assets_root() / "models" / str(name), Path(name)):
        if all((folder / f).is_file() for f in FILES):
            return folder
    names = ", ".join(shipped_models()) or "none"
    raise CheckpointError(
        f"There is no model {str(name)!r}: shipped are {names}; or give a folder that holds {' and '.join(FILES)}."
    )


def model_identity(name: str | Path) -> str:
    """Hash of a model's files, without loading it."""
    folder = find_model(name)
    return content_hash(*((folder / f).read_bytes() for f in FILES))


def model_kind(name: str | Path) -> str:
    """Kind of a model ("vae", "ae"), read without loading it."""
    try:
        return str(json.loads((find_model(name) / FILES[0]).read_text(encoding="utf-8"))["config"]["kind"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CheckpointError(f"{str(name)!r}: {FILES[0]} is damaged; train or fetch the model again.") from None
