"""The fit loop: runs a model's phases, reports, stops, and is bit-equal for equal seeds on the CPU."""

from __future__ import annotations

import platform
import time

import numpy as np
import torch

from vaegc.checks import check_seed
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, VaegcError
from vaegc.models.autoencoder import Autoencoder, Provenance
from vaegc.models.config import ModelConfig
from vaegc.models.networks import BUILDING
from vaegc.progress import Callback, Progress, stop_asked


def train(data: Dataset, config: ModelConfig | None = None, seed: int = 0, callback: Callback | None = None) -> Autoencoder:
    """Train a model.

    Parameters
    ----------
    data
        What to learn; labels are not looked at.
    config
        Kind, sizes and training; default: a VAE.
    seed
        One seed gives independent generators for weights, batches and sampling.
    callback
        Gets a `Progress` after every epoch with the mean loss parts (nats per point) and throughput; returning
        True stops. The model trained so far is returned, with ``model.provenance.stopped`` set.

    Notes
    -----
    Two runs with the same seed, data, versions and thread count give the same weights, bit for bit, on the CPU.

    Examples
    --------
    >>> from vaegc import ModelConfig, load_dataset, train
    >>> model = train(load_dataset("moons", n=100), ModelConfig(latent_dim=2, hidden=(8,), epochs=1))
    >>> model.encode([[0.0, 1.0]]).mean.shape
    (1, 2)
    """
    check_seed(seed)
    config = config or ModelConfig()
    if not isinstance(data, Dataset):
        raise BadInput("train needs a Dataset; wrap an array as Dataset(x=array).")
    if config.likelihood == "bernoulli" and (data.x.min() < 0 or data.x.max() > 1):
        raise BadInput(
            f"A Bernoulli likelihood needs values in 0..1; {data.name} goes from {data.x.min():g} to {data.x.max():g}."
        )
    for_weights, for_batches, for_noise = (int(s.generate_state(1)[0]) for s in np.random.SeedSequence(seed).spawn(3))
    with BUILDING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(for_weights)
        model = Autoencoder(config, data.x.shape[1])
    model.provenance = Provenance(
        data=data.name, data_fingerprint=data.fingerprint, seed=seed, image_shape=data.image_shape,
        versions={"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()},
    )  # fmt: skip
    batches, noise = torch.Generator().manual_seed(for_batches), torch.Generator().manual_seed(for_noise)
    x = torch.tensor(data.x)
    model.train()
    for phase in model.phases():
        optimiser = torch.optim.Adam(model.parameters(), lr=phase.learning_rate)
        for epoch in range(1, phase.epochs + 1):
            started = time.perf_counter()
            row = _epoch(model, x, optimiser, batches, noise)
            if not all(np.isfinite(value) for value in row.values()):
                raise VaegcError(f"The loss became infinite in epoch {epoch}; a smaller learning_rate or scaled data helps.")
            model.provenance.history.append(row)
            speed = len(x) / max(time.perf_counter() - started, 1e-9)
            words = ", ".join(f"{name} {value:.2f}" for name, value in row.items())
            event = Progress(
                "train", epoch, phase.epochs, f"Epoch {epoch} of {phase.epochs}: {words}", {**row, "points_per_s": speed}
            )
            if stop_asked(callback, event) and epoch < phase.epochs:
                model.provenance.stopped = True
                return model.eval()
    return model.eval()


def _epoch(
    model: Autoencoder, x: torch.Tensor, optimiser: torch.optim.Optimizer, batches: torch.Generator, noise: torch.Generator
) -> dict[str, float]:
    """One pass over the data in random batches; returns the mean loss parts."""
    sums: dict[str, float] = {}
    for index in torch.randperm(len(x), generator=batches).split(model.config.batch_size):
        loss = model.loss(x[index], noise)
        optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        optimiser.step()
        for name, value in (("loss", loss.total), *loss.parts.items()):
            sums[name] = sums.get(name, 0.0) + float(value.detach()) * len(index)
    return {name: value / len(x) for name, value in sums.items()}
