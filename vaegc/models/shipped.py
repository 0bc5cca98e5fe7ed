"""Models that come with the package, and what identifies a model without loading it."""

from __future__ import annotations

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
