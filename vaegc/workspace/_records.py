"""Records of stored data sets and models: JSON beside each, written atomically and read with distrust."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaegc import store
from vaegc.errors import BadInput

if TYPE_CHECKING:
    from vaegc.jobs import Job

PRIVATE_PREFIX = "mine:"  # before the id of a private data set or model, in a spec and in a link
ID = re.compile(r"[0-9a-f]{16}")
MAX_TITLE_CHARACTERS = 80  # of a data set or model
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class StoredDataset:
    """A data set stored in a workspace."""

    id: str
    title: str
    path: Path  # .npz, as `Dataset.save` writes it
    n: int  # points
    d: int  # features
    classes: int | None  # None where no labels were given
    image_shape: tuple[int, ...] | None
    embedding: bool  # to be climbed as it is
    features: tuple[str, ...] | None  # names of the columns
    notes: tuple[str, ...]  # what was dropped or scaled
    created: float  # Unix time
    reading: Mapping[str, Any] = field(default_factory=dict)  # how it was read: file, labels, columns, ids, scale, size

    @property
    def ref(self) -> str:
        """What a spec and a link call it."""
        return PRIVATE_PREFIX + self.id


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model stored in a workspace: saved by a run, or uploaded."""

    id: str  # of the job, where a run made it
    title: str
    folder: Path  # holds model.json and model.safetensors
    kind: str
    latent_dim: int
    input_dim: int  # features of the data that it takes
    data: str  # name of what it was trained on
    epochs: int
    seed: int
    created: float  # Unix time
    job: Job | None = None  # None: uploaded

    @property
    def ref(self) -> str:
        """What a spec and a link call it."""
        return PRIVATE_PREFIX + self.id


def is_private(name: object) -> bool:
    """Whether a name refers to a data set or model of a workspace."""
    return isinstance(name, str) and name.startswith(PRIVATE_PREFIX)


def checked_title(title: object) -> str:
    """Return a name that a person gave, without what no screen shows; raises `BadInput` where nothing or too much is left."""
    words = "".join(c if c.isprintable() else " " for c in title) if isinstance(title, str) else ""
    words = " ".join(words.split())
    if not 1 <= len(words) <= MAX_TITLE_CHARACTERS:
        raise BadInput(f"A name has 1 to {MAX_TITLE_CHARACTERS} characters; got {len(words)}.")
    return words


def file_name(title: str) -> str:
    """Return a title as the name of a file, without its ending: letters, digits, dots and hyphens of any system."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.").lower()[:60] or "data"


def write_record(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a record whole or not at all; raises `OSError`."""
    with store.atomic_write(path) as temporary:
        temporary.write_text(json.dumps({**facts, "schema": SCHEMA}, ensure_ascii=False, indent=1), encoding="utf-8")


def read_record(path: Path) -> dict[str, Any] | None:
    """Return a record, or None where it is missing, damaged or of another format."""
    with suppress(OSError, ValueError, RecursionError):
        facts = json.loads(path.read_bytes())
        if isinstance(facts, dict) and facts.pop("schema", None) == SCHEMA:
            return facts
    return None


def dataset_from_record(path: Path, facts: Mapping[str, Any]) -> StoredDataset | None:
    """Return what a record says of the data beside it, or None where it does not say enough."""
    shape, features = facts.get("image_shape"), facts.get("features")
    try:
        return StoredDataset(
            id=path.stem, title=str(facts["title"]), path=path, n=int(facts["n"]), d=int(facts["d"]),
            classes=None if facts["classes"] is None else int(facts["classes"]),
            image_shape=None if shape is None else tuple(map(int, shape)), embedding=bool(facts["embedding"]),
            features=None if features is None else tuple(map(str, features)), notes=tuple(map(str, facts["notes"])),
            created=float(facts["created"]), reading=dict(facts["reading"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def model_from_folder(folder: Path, id: str, title: str, created: float, job: Job | None = None) -> StoredModel | None:
    """Return what model.json says of a model, or None where there is no whole model in the folder."""
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        facts = json.loads((folder / "model.json").read_bytes())
        config, provenance = facts["config"], facts["provenance"]
        if (folder / "model.safetensors").is_file():
            return StoredModel(
                id, title, folder, str(config["kind"]), int(config["latent_dim"]), int(facts["input_dim"]),
                str(provenance["data"]), len(provenance["history"]), int(provenance["seed"]), created, job,
            )  # fmt: skip
    return None
