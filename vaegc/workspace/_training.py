"""The `vaegc train` command of a training, as the Train page starts it and a person could type it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from vaegc.models import ModelConfig

OUT = "{folder}/model"  # of the job: the run, and the model when it is stopped or finished


def train_command(dataset: str, config: ModelConfig, *, out: str = OUT, seed: int = 0, n: int | None = None) -> tuple[str, ...]:
    """Return the words after `vaegc` that train this; what is usual stays out.

    Parameters
    ----------
    dataset
        A name or path that `load_dataset` takes.
    config
        Kind, sizes and training.
    out
        Folder of the run.
    seed
        Of weights, batches and sampling.
    n
        Points: a random subset, or how many to generate.

    Examples
    --------
    >>> from vaegc import ModelConfig
    >>> " ".join(train_command("moons", ModelConfig(latent_dim=2, epochs=5), out="run"))
    'train moons --out run --resume --kind vae --latent-dim 2 --epochs 5'
    """
    words = ["train", dataset, "--out", out, "--resume", "--kind", config.kind]
    if seed:
        words += ["--seed", str(seed)]
    if n is not None:
        words += ["--n", str(n)]
    for setting in fields(ModelConfig):
        value = getattr(config, setting.name)
        if setting.name == "kind" or value == setting.default:
            continue
        option = f"--{ModelConfig.key_of(setting.name).replace('_', '-')}"
        if isinstance(value, tuple):
            words += [option, *map(str, value)]
        else:  # joined, since argparse takes -1e-05 for an option
            text = _text(value)
            words += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return tuple(words)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
