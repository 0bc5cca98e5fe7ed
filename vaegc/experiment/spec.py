"""Specification of an experiment: data set, model, space, ascent and clustering as frozen settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

from vaegc import store
from vaegc.ascent import AscentConfig
from vaegc.checks import Config, check_choice, check_count, check_int, check_number, check_seed
from vaegc.datasets import BUILT_IN, TOYS, Dataset, identity, load_dataset, subset
from vaegc.errors import BadInput, NotSupported
from vaegc.experiment import spec_text
from vaegc.experiment.density_support import space_unsupported_reason
from vaegc.experiment.spec_text import NONE_TEXT
from vaegc.metrics import NOISE_POLICIES
from vaegc.models import ModelConfig, model_identity
from vaegc.progress import Callback
from vaegc.projection import MapConfig

SPACES = ("latent", "data", "pca", "tsne", "umap")
VIEWS = ("pca", "tsne", "umap")
CACHE_VERSION = (
    5  # of the stages; raise it when one computes something else than before, so that older cached results are not used
)
MAX_POINTS = 10**9  # that a setting may ask for
DEFAULT_MODEL = "default"  # stands for the model of `DATASET_MODELS`
DATASET_MODELS = {"digits": "digits-vae"}  # default model by data set; others have none, and their points are climbed as they are


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class ClusterConfig(Config):
    """Settings of the sweep over ε and of the clustering read from it."""

    GROUP: ClassVar[str] = "clustering"

    min_samples: int = 10  # points within eps, itself included, that make a core point
    min_size: float = 0.01  # core points that a counted cluster needs: an int, or a share of N
    max_noise: float = 0.1  # largest share of noise and unassigned points on a plateau
    noise: str = "wrong"  # noise policy of the scores
    eps: float | None = None  # None: the suggestion's

    def __post_init__(self) -> None:
        self._set_field("min_samples", check_int(self.min_samples, "min_samples", 1, MAX_POINTS))
        self._set_field("min_size", check_count(self.min_size, "min_size"))
        self._set_field("max_noise", check_number(self.max_noise, "max_noise", 0, 1))
        check_choice(self.noise, "noise", NOISE_POLICIES)
        if self.eps is not None:
            self._set_field("eps", check_number(self.eps, "eps", 0, open_low=True))


@dataclass(frozen=True, repr=False, eq=False)
class ExperimentSpec(Config):
    """Settings that decide a result; `Experiment` documents them and can run them."""

    dataset: str | Dataset = "digits"
    model: str | ModelConfig | None = DEFAULT_MODEL
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
        if isinstance(self.model, str) and self.model == DEFAULT_MODEL:
            self._set_field("model", DATASET_MODELS.get(self.dataset) if isinstance(self.dataset, str) else None)
        check_choice(self.space, "space", SPACES)
        check_choice(self.view, "view", VIEWS)
        self._set_field("seed", check_seed(self.seed))
        if self.n is not None:
            self._set_field("n", check_int(self.n, "n", 1, MAX_POINTS))
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
        """Load the data set of this spec; the callback gets the progress of a download, and can stop it."""
        if isinstance(self.dataset, Dataset):
            return subset(self.dataset, self.n, self.seed)
        return load_dataset(self.dataset, n=self.n, seed=self.seed, callback=callback)

    def identity(self) -> dict[str, Any]:
        """Return everything that the result depends on, JSON-ready: contents of files as hashes, not their names."""
        model = model_identity(self.model) if isinstance(self.model, str) else self.model and self.model.to_dict()
        return {**self.to_dict(), "dataset": identity(self.dataset), "model": model}

    def key(self) -> str:
        """Return the cache key of the packed scene: a hash of `identity` and of the scene's format."""
        from vaegc.web.stage.scene_bytes import FORMAT

        return store.content_hash("scene", CACHE_VERSION, FORMAT, self.identity())

    # --- as data, file and link --------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; None is "off" where it switches something off."""
        dataset = f"memory:{self.dataset.fingerprint}" if isinstance(self.dataset, Dataset) else self.dataset
        return {
            "dataset": dataset,
            "n": self.n,
            "model": self.model.to_dict() if isinstance(self.model, ModelConfig) else (self.model or NONE_TEXT),
            "space": self.space,
            "view": self.view,
            "ascent": self.ascent.to_dict() if self.ascent else NONE_TEXT,
            "clustering": self.clustering.to_dict(),
            "seed": self.seed,
            "map": self.map.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Create a spec from the data of `to_dict`; a missing key takes its default. Raises `BadInput`, which names unknown keys."""
        if not isinstance(values, Mapping):
            return super().from_dict(values)  # which says so
        made = dict(values)
        # YAML 1.1 reads a bare off as False
        for name in ("model", "ascent"):
            if name in made and (made[name] is None or made[name] is False or made[name] == NONE_TEXT):
                made[name] = None
        for name, kind in (("model", ModelConfig), ("ascent", AscentConfig), ("clustering", ClusterConfig), ("map", MapConfig)):
            if isinstance(made.get(name), Mapping):
                made[name] = kind.from_dict(made[name])
            elif name in made and name != "model" and not (name == "ascent" and made[name] is None):
                off = f" or {NONE_TEXT!r}" if name == "ascent" else ""
                raise BadInput(f"{name} must be a group of settings{off}; got {made[name]!r}.")
        if str(made.get("dataset", "")).startswith("memory:"):
            raise BadInput("This spec was made from data in memory; save them to a file and name it as dataset.")
        return super().from_dict(made)

    def to_yaml(self) -> str:
        """Return the whole spec as YAML."""
        return spec_text.dump_yaml(self.to_dict())

    @classmethod
    def from_yaml(cls, text: str | Path) -> Self:
        """Create a spec from YAML text, or from a path to a file of it; raises `BadInput` for what is no spec."""
        return cls.from_dict(spec_text.parse_yaml(text))

    def to_query(self) -> str:
        """Return what differs from the default spec as the query of a link: ``"space=tsne&ascent.steps=10"``."""
        plain = type(self)()
        default = spec_text.flatten(plain.to_dict())
        if self.dataset != plain.dataset:
            del default["model"]  # another data set has another default, which may change
        return spec_text.dump_query(spec_text.flatten(self.to_dict()), default)

    @classmethod
    def from_query(cls, query: str | Mapping[str, str]) -> Self:
        """Create a spec from the query of a link, with or without its question mark, or from its pairs; raises `BadInput` as `from_yaml` does."""
        return cls.from_dict(spec_text.parse_query(query))


def known_datasets() -> tuple[str, ...]:
    """Names of the built-in and the generated data sets."""
    return (*BUILT_IN, *TOYS)
