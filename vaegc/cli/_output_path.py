"""Checks of output files before the work is done, not after."""

from __future__ import annotations

from pathlib import Path

from vaegc.errors import BadInput


def check_output_path(path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Raise `BadInput` where a file has none of these suffixes, or its folder does not exist; None is no file."""
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise BadInput(f"{path.name} must end in {' or '.join(suffixes)}.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"{path.name} cannot be written: there is no folder {str(path.absolute().parent)!r}.")
