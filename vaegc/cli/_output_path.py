"""Files that a command is to write: asked for before the work is done, not after."""

from __future__ import annotations

from pathlib import Path

from vaegc.errors import BadInput


def check_target(path: Path | None, kinds: tuple[str, ...]) -> None:
    """Raise `BadInput` where a file has an ending that says nothing here, or lies in no folder."""
    if path is None:
        return
    if path.suffix.lower() not in kinds:
        raise BadInput(f"{path.name} must end in {' or '.join(kinds)}.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"{path.name} cannot be written: there is no folder {str(path.absolute().parent)!r}.")
