"""The spec of an experiment: what is loaded, climbed and clustered, as data that a file, a link or a command holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

import yaml

from vaegc import store
from vaegc.ascent import DATA_DENSITIES, AscentConfig
from vaegc.checks import Config, check_choice, check_count, check_int, check_number, check_seed
from vaegc.datasets import BUILT_IN, TOYS, Dataset, identity, load_dataset, subset
from vaegc.errors import BadInput, NotSupported
from vaegc.metrics import NOISE_POLICIES
from vaegc.models import POINTWISE, ModelConfig, kind_name, model_identity
from vaegc.progress import Callback
from vaegc.projection import MapConfig

SPACES = ("latent", "data", "pca", "tsne", "umap")
VIEWS = ("pca", "tsne", "umap")
STAGES = 5  # raise it when a stage computes something else than before: results kept by older code are then not used
LARGEST = 10**9  # of a number of points
OFF = "off"  # how files and links write None
DEFAULT = "default"  # the model of a data set that is named alone
DATASET_MODELS = {"digits": "digits-vae"}  # other data sets have none: their points are climbed as they are


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ClusterConfig(Config):
    """How the points are swept and read."""

    GROUP: ClassVar[str] = "clustering"

    min_samples: int = 10  # points within eps, itself included, that make a core point
    min_size: float = 0.01  # core points that a counted cluster needs: an int, or a share of N
    max_noise: float = 0.1  # largest share of noise and unassigned points on a plateau
    noise: str = "wrong"  # noise policy of the scores
    eps: float | None = None  # None: the suggestion's

    def __post_init__(self) -> None:
        self._set_field("min_samples", check_int(self.min_samples, "min_samples", 1, LARGEST))
        self._set_field("min_size", check_count(self.min_size, "min_size"))
        self._set_field("max_noise", check_number(self.max_noise, "max_noise", 0, 1))
        check_choice(self.noise, "noise", NOISE_POLICIES)
        if self.eps is not None:
            self._set_field("eps", check_number(self.eps, "eps", 0, open_low=True))


@dataclass(frozen=True, repr=False, eq=False)
class ExperimentSpec(Config):
    """Everything that decides a result, as data; `Experiment` describes the fields and adds running."""

    dataset: str | Dataset = "digits"
    model: str | ModelConfig | None = DEFAULT
    space: str = "latent"
    view: str = "tsne"
    ascent: AscentConfig | None = field(default_factory=AscentConfig)
    clustering: ClusterConfig = field(default_factory=ClusterConfig)
    seed: int = 0
    n: int | None = None
    map: MapConfig = field(default_factory=MapConfig)

    def __post_init__(self) -> None:
        if isinstance(self.dataset, Path):
            self._set_field("dataset", str(self.dataset))
        if not isinstance(self.dataset, (str, Dataset)):
            if self.dataset is None or isinstance(self.dataset, (Mapping, int, float, date)):
                raise BadInput(f"dataset must be a name, a path or a Dataset, or a table of numbers; got {self.dataset!r}.")
            self._set_field("dataset", Dataset(x=self.dataset))
        if isinstance(self.model, str) and self.model == DEFAULT:
            self._set_field("model", DATASET_MODELS.get(self.dataset) if isinstance(self.dataset, str) else None)
        check_choice(self.space, "space", SPACES)
        check_choice(self.view, "view", VIEWS)
        self._set_field("seed", check_seed(self.seed))
        if self.n is not None:
            self._set_field("n", check_int(self.n, "n", 1, LARGEST))
        if self.model == "" or not (self.model is None or isinstance(self.model, (str, ModelConfig))):
            raise BadInput(f"model must be a name, a folder, a ModelConfig or None; got {self.model!r}.")
        for name, kind in (("ascent", AscentConfig), ("clustering", ClusterConfig), ("map", MapConfig)):
            given = getattr(self, name)
            if not (isinstance(given, kind) or (name == "ascent" and given is None)):
                raise BadInput(f"{name} must be a {kind.__name__}; got {given!r}.")
        reason = space_unsupported_reason(self.ascent.density, self.space, self.model is not None) if self.ascent else None
        if reason:
            raise NotSupported(f"The density {self.ascent.density!r} {reason}.")  # type: ignore[union-attr]

    def load(self, callback: Callback | None = None) -> Dataset:
        """Load the data set of this spec; the callback watches a download, and can stop it."""
        if isinstance(self.dataset, Dataset):
            return subset(self.dataset, self.n, self.seed)
        return load_dataset(self.dataset, n=self.n, seed=self.seed, callback=callback)

    def identity(self) -> dict[str, Any]:
        """What the result depends on, without loading anything big: contents of files, not their names."""
        model = model_identity(self.model) if isinstance(self.model, str) else self.model and self.model.to_dict()
        return {**self.to_dict(), "dataset": identity(self.dataset), "model": model}

    def key(self) -> str:
        """Hash of `identity` and of the scene's format: the name of the packed scene in the cache."""
        from vaegc.web.stage.scene import FORMAT

        return store.content_hash("scene", STAGES, FORMAT, self.identity())

    # --- as file, link and command -----------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON-ready data; None is "off" where it switches something off."""
        dataset = f"memory:{self.dataset.fingerprint}" if isinstance(self.dataset, Dataset) else self.dataset
        return {
            "dataset": dataset,
            "n": self.n,
            "model": self.model.to_dict() if isinstance(self.model, ModelConfig) else (self.model or OFF),
            "space": self.space,
            "view": self.view,
            "ascent": self.ascent.to_dict() if self.ascent else OFF,
            "clustering": self.clustering.to_dict(),
            "seed": self.seed,
            "map": self.map.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Rebuild from `to_dict`; what is missing takes its default, unknown keys are refused by name."""
        if not isinstance(values, Mapping):
            return super().from_dict(values)  # which says so
        made = dict(values)
        # YAML 1.1 reads a bare off as False
        for name in ("model", "ascent"):
            if name in made and (made[name] is None or made[name] is False or made[name] == OFF):
                made[name] = None
        for name, kind in (("model", ModelConfig), ("ascent", AscentConfig), ("clustering", ClusterConfig), ("map", MapConfig)):
            if isinstance(made.get(name), Mapping):
                made[name] = kind.from_dict(made[name])
            elif name in made and name != "model" and not (name == "ascent" and made[name] is None):
                off = f" or {OFF!r}" if name == "ascent" else ""
                raise BadInput(f"{name} must be a group of settings{off}; got {made[name]!r}.")
        if str(made.get("dataset", "")).startswith("memory:"):
            raise BadInput("This spec was made from data in memory; save them to a file and name it as dataset.")
        return super().from_dict(made)

    def to_yaml(self) -> str:
        """Return the whole spec as YAML."""
        return yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)

    @classmethod
    def from_yaml(cls, text: str | Path) -> Self:
        """Rebuild from YAML text, or from a path to a file of it."""
        if isinstance(text, Path):
            path = text
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeError) as error:
                raise BadInput(
                    f"The spec {path.name!r} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}."
                ) from None
        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            raise BadInput(f"The spec is no valid YAML{f' (line {mark.line + 1})' if mark else ''}.") from None
        if not isinstance(values, Mapping):
            raise BadInput("A spec is a YAML file of settings such as 'dataset: digits'.")
        return cls.from_dict(values)

    def to_query(self) -> str:
        """Return what differs from the default spec as the query of a link: ``"space=tsne&ascent.steps=10"``."""
        plain = type(self)()
        default, pairs = flat(plain.to_dict()), []
        if self.dataset != plain.dataset:
            del default["model"]  # another data set has another default, which may change
        for key, value in flat(self.to_dict()).items():
            if key not in default or default[key] != value:
                pairs.append((key, value if isinstance(value, str) else json.dumps(value)))
        return urlencode(pairs)

    @classmethod
    def from_query(cls, query: str | Mapping[str, str]) -> Self:
        """Rebuild from the query of a link, with or without its question mark, or from its pairs."""
        pairs = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)) if isinstance(query, str) else dict(query)
        values: dict[str, Any] = {}
        for key, text in pairs.items():
            outer, _, inner = key.partition(".")
            value = _from_text(text, text_is_final=key in ("dataset", "space", "view") or (key == "model" and not inner))
            if inner:
                group = values.setdefault(outer, {})
                if not isinstance(group, dict):
                    raise BadInput(f"{outer} is both switched {OFF} and set in this link.")
                group[inner] = value
            elif isinstance(values.get(outer), dict):
                raise BadInput(f"{outer} is both switched {OFF} and set in this link.")
            else:
                values[outer] = value
        return cls.from_dict(values)


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted names: ``{"ascent": {"steps": 3}}`` -> ``{"ascent.steps": 3}``."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[prefix + key] = value
    return out


def space_unsupported_reason(density: str, space: str, has_model: bool) -> str | None:
    """What keeps a density from being climbed in a space, as the end of a sentence; None where nothing does."""
    if density == "kernel":
        return None
    if not has_model:
        return "needs a model, and there is none here"
    if density in DATA_DENSITIES:
        return None if space == "data" else "climbs in the data: choose the space 'data', whose encoding is clustered"
    return None if space == "latent" else "lives in the latent space of the model: choose the space 'latent'"


def model_unsupported_reason(density: str, kind: str) -> str | None:
    """What keeps a density from being climbed in a model of a kind, as the end of a sentence; None where nothing does."""
    name = "a plain autoencoder" if kind == "ae" else kind_name(kind)
    if density == "mixture" and kind == "gmvae":
        return "needs one mixture, and a GMVAE's components move with the style"
    if density == "mixture" and kind != "vade":
        return (
            f"needs a model with a mixture prior, such as VaDE; this is {'an' if kind in ('ae', 'idec') else 'a'} {kind.upper()}"
        )
    if density == "marginal" and kind == "dec":
        return "needs a decoder that fits the encoder, and DEC's was left behind when its encoder moved"
    if density in ("aggregated", "bound") and kind in POINTWISE:
        return f"needs {'a VAE' if kind == 'ae' else 'a posterior'}: {name} has no posterior"
    return None


def known_datasets() -> tuple[str, ...]:
    """Names of the built-in and generated sets."""
    return (*BUILT_IN, *TOYS)


def _from_text(text: str, text_is_final: bool) -> Any:
    if text_is_final:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
