"""Download and upload of models as one zip of model.json and model.safetensors.

An upload is not trusted: sizes are checked first, nothing is unpickled, and no name in a zip becomes a path.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaegc.errors import BadInput, CheckpointError
from vaegc.limits import MB, max_upload_mb
from vaegc.models.shipped import MODEL_FILES, find_model
from vaegc.store import DAMAGED_FILE_ERRORS

MAX_JSON_MB = 8  # of model.json: the history of some 30,000 epochs; read, it takes many times that
MAX_ZIP_ENTRIES = 100  # of a zip: reading its list of files takes memory too
EXPECTED_FILES = f"a model is {MODEL_FILES[0]} and {MODEL_FILES[1]}, both together or in one zip"
UPLOAD_NAME = "The uploaded model"  # its name in messages


def pack_model(folder: str | Path) -> bytes:
    """Return a model as a zip of its two files; equal models give equal bytes.

    Parameters
    ----------
    folder
        A folder written by `model.save` or by a run, or a shipped name.

    Raises
    ------
    CheckpointError
        No model there, or one that cannot be read.

    Examples
    --------
    >>> from vaegc.models.packed import pack_model
    >>> pack_model("digits-ae")[:2]
    b'PK'
    """
    path, written = find_model(folder), io.BytesIO()
    try:
        with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
            for name in MODEL_FILES:
                info = zipfile.ZipInfo(name)  # of 1980, so that nothing depends on when and where it is packed
                info.create_system, info.external_attr = 3, 0o644 << 16
                archive.writestr(info, (path / name).read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path.name} cannot be read: {error.strerror or error}.") from None
    return written.getvalue()


def unpack_model(packed: bytes, folder: str | Path) -> None:
    """Check a zip of a model and write its two files into a new folder.

    Raises
    ------
    BadInput
        Anything but a whole model of this format within `VAEGC_MAX_UPLOAD_MB`, in one sentence; nothing is left behind then.
    """
    _check_size(len(packed), max_upload_mb(), "The zip")
    if packed.count(b"PK\1\2") > MAX_ZIP_ENTRIES:  # the beginning of each entry in the list of files, counted before it is read
        raise BadInput(f"The zip holds too many files; {EXPECTED_FILES}.")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = {name: _content(archive, info, name) for name, info in _members(archive).items()}
    except BadInput:
        raise
    except zipfile.BadZipFile as error:
        what = "no zip file" if "not a zip" in str(error) else "a damaged zip file"
        raise BadInput(f"This is {what}; {EXPECTED_FILES}.") from None
    except DAMAGED_FILE_ERRORS:
        raise BadInput(f"The zip is damaged; {EXPECTED_FILES}.") from None
    unpack_files(files, folder)


def unpack_files(files: Mapping[str, bytes], folder: str | Path) -> None:
    """Check the two files of a model, which come with their names, and write them into a new folder.

    A browser may have numbered them, as in "model (1).json": the ending says which is which.

    Raises
    ------
    BadInput
        As for `unpack_model`.
    """
    found: dict[str, bytes] = {}
    for given, content in files.items():
        name = next((name for name in MODEL_FILES if given.lower().endswith(Path(name).suffix)), None)
        if name is None or name in found:
            raise BadInput(f"{given!r:.80} is {'one file too many' if name else 'no part of a model'}; {EXPECTED_FILES}.")
        found[name] = content
    _check_complete(found, "There is")
    for name, content in found.items():
        _check_size(len(content), _max_mb(name), name)
    _check_opens(found)
    _write_folder(found, Path(folder))


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Entries of the two files, by name, in the zip itself or in one folder of it."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for info in archive.infolist():
        folder, _, name = info.filename.rpartition("/")
        if info.is_dir() or info.filename.startswith("__MACOSX/") or name == ".DS_Store":  # what systems add by themselves
            continue
        folders.add(folder)
        strange = (
            name not in MODEL_FILES or "/" in folder or "\\" in folder or folder in {".", ".."} or info.filename.startswith("/")
        )
        if strange or len(folders) > 1:
            raise BadInput(f"The zip holds {info.filename!r:.80}, which has no place there; {EXPECTED_FILES}.")
        if name in found:
            raise BadInput(f"The zip holds {name} twice; {EXPECTED_FILES}.")
        found[name] = info
    _check_complete(found, "The zip holds")
    return found


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    if info.flag_bits & 1:
        raise BadInput("The zip is encrypted; pack the two files without a password.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise BadInput("The zip is packed in an unusual way; pack the two files as a plain zip.")
    most = _max_mb(name)
    _check_size(info.file_size, most, name)
    with archive.open(info) as file:
        content = file.read(most * MB + 1)  # whatever the zip says of its size
    if len(content) != info.file_size:
        raise zipfile.BadZipFile("The size is not what the zip says.")
    return content


def _max_mb(name: str) -> int:
    return min(MAX_JSON_MB, max_upload_mb()) if name == MODEL_FILES[0] else max_upload_mb()


def _check_size(size: int, most: int, what: str) -> None:
    if size > most * MB:
        raise BadInput(f"{what} has {size / MB:,.1f} MB; {most:,} MB is the most for an upload here.")


def _check_complete(found: Mapping[str, object], where: str) -> None:
    missing = [name for name in MODEL_FILES if name not in found]
    if missing:
        raise BadInput(f"{where} no {' and no '.join(missing)}; {EXPECTED_FILES}.")


def _check_opens(files: Mapping[str, bytes]) -> None:
    """Raise `BadInput` unless the model opens and gives finite values for one point."""
    from vaegc.models.checkpoint import model_from_bytes

    model = model_from_bytes(files[MODEL_FILES[0]], files[MODEL_FILES[1]], UPLOAD_NAME)
    latent = model.encode(model.scaling.inverse_transform(np.zeros((1, model.input_dim)))).mean
    if not (np.isfinite(latent).all() and np.isfinite(model.decode(latent)).all()):
        raise BadInput(f"{UPLOAD_NAME} gives values that are no numbers; its weights are damaged.")


def _write_folder(files: Mapping[str, bytes], folder: Path) -> None:
    scratch = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}")
    try:
        scratch.mkdir(parents=True)
        for name, content in files.items():
            (scratch / name).write_bytes(content)
        os.rename(scratch, folder)  # which never replaces a folder that holds something
    except OSError as error:
        raise BadInput(f"The model cannot be kept: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
