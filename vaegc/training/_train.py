"""`train`: checks settings against data and run folder, then runs the training loop."""

from __future__ import annotations

import platform
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from vaegc.checks import check_choice, check_seed
from vaegc.datasets import Dataset
from vaegc.errors import BadInput, CheckpointError
from vaegc.limits import machine_memory
from vaegc.models import load_model
from vaegc.models.base import LatentModel, Provenance
from vaegc.models.config import ModelConfig
from vaegc.models.kinds import build, build_without_weights
from vaegc.models.networks import INITIALIZATION_LOCK
from vaegc.progress import Callback
from vaegc.training._fit import Fit
from vaegc.training._position import spawn_seeds
from vaegc.training._run import RESUMABLE_SETTING, Record, RunFolder, points_hash
from vaegc.training.run_status import CHECKPOINT
from vaegc.wording import counted

TRAINING_COPIES = 4  # of the weights: themselves, their gradients, and the two moments of Adam
BERNOULLI_TOLERANCE = 1e-5  # by which values may lie outside of 0..1


def train(
    data: Dataset | npt.ArrayLike, config: ModelConfig | None = None, seed: int = 0, callback: Callback | None = None,
    resume: str | Path | None = None, *, device: str | None = None,
) -> LatentModel:  # fmt: skip
    """Train a model.

    Parameters
    ----------
    data
        What to learn: a `Dataset`, or points (N, D); labels are not looked at.
    config
        Kind, sizes and training; default: a VAE, or what the run was begun with.
    seed
        One seed gives independent generators for weights, batches and sampling. A run that goes on keeps its own.
    callback
        Gets a `Progress` after every epoch, and twice a second within long ones, with the mean loss parts (nats per point) and
        throughput; about once a second its `arrays` hold ``rows`` (n,) of up to 1,000 points, their ``latent`` (n, d), and a few
        ``inputs`` (8, D) with their reconstructions ``outputs`` (8, D). Returning True stops: the model trained so far is
        returned, with ``model.provenance.stopped`` set.
    resume
        A run folder: training continues from its last checkpoint, or begins there where there is none. It is written to every few
        seconds, when training is stopped, and at the end, when the folder can be opened as a model too. Settings must be those it
        was begun with, except for more `epochs` (not under a cosine schedule, which depends on them).
    device
        "cpu" or "cuda"; default: the GPU where there is one. The returned model is on the CPU.

    Raises
    ------
    BadInput
        Data that the likelihood or the network cannot take; a run folder of other data, settings or seed, or one that cannot be
        written.
    VaegcError
        The loss became infinite, or a run folder that could no longer be written to: the last checkpoint stays.

    Notes
    -----
    Two runs with the same seed, data, settings, versions and thread count give the same weights, bit for bit, on the CPU, and so does
    one that was stopped and resumed at any step in between.

    Examples
    --------
    >>> from vaegc import ModelConfig, load_dataset, train
    >>> model = train(load_dataset("moons", n=100), ModelConfig(latent_dim=2, hidden=(8,), epochs=1))
    >>> model.encode([[0.0, 1.0]]).mean.shape
    (1, 2)
    """
    data = data if isinstance(data, Dataset) else Dataset(x=data)  # type: ignore[arg-type]
    seed, chosen = check_seed(seed), _device(device)
    if resume is None:
        config = _resolve_config(data, config or ModelConfig())
        fit = Fit(_build_model(data, config, seed, chosen), data, seed, chosen)
        fit.train(callback, None)
        return fit.model
    if not str(resume):
        raise BadInput("resume must name a run folder; got an empty name.")
    run, points = RunFolder(Path(resume).expanduser()), points_hash(data)
    _resolve_record(data, points, config, seed, run)  # what is wrong is said before a folder is made
    with run.lock():
        record = _resolve_record(data, points, config, seed, run)
        finished = run.record()
        if finished is not None and finished.status == "finished" and finished.config == record.config:
            with suppress(CheckpointError):  # a damaged model is made again from the checkpoint
                return load_model(run.folder.absolute())
        fit = Fit(_build_model(data, record.config, record.seed, chosen), data, record.seed, chosen)
        run.current = record
        run.restore_checkpoint(fit)
        run.start_attempt(record, {**fit.model.provenance.versions, "epoch": len(fit.position.history)})
        fit.train(callback, run)
        return fit.model


def _resolve_record(data: Dataset, points: str, config: ModelConfig | None, seed: int, run: RunFolder) -> Record:
    """Record of a new run, or of the one in the folder; raises `BadInput` where the arguments contradict that."""
    record, where = run.record(), repr(str(run.folder))
    if record is None:
        if (run.folder / "model.json").is_file() and not (run.folder / CHECKPOINT).is_file():
            raise BadInput(f"{where} holds a model that is no run, which would be lost; name another folder.")
        return Record(_resolve_config(data, config or ModelConfig()), seed, data.name, points, len(data), time.time())
    begun, other = f"The run in {where} was begun with", "or take another folder"
    rounded = not isinstance(record.config.center, tuple)  # then a network is given float32, which is all that was kept once
    if record.points != points and not (rounded and record.points == points_hash(data, np.float32)):
        raise BadInput(f"{begun} other data ({record.data}, {counted(record.n, 'point')}); give the same, {other}.")
    if seed not in (0, record.seed):
        raise BadInput(f"{begun} seed {record.seed}; leave seed out, {other}.")
    if config is None or config == record.config:
        return record
    config = _resolve_config(data, config)
    known, wanted = record.config.to_dict(), config.to_dict()
    differ = [name for name in known if known[name] != wanted[name] and name != RESUMABLE_SETTING]
    if not differ and config.schedule == "cosine" and config.epochs_in_use != record.config.epochs_in_use:
        differ = [RESUMABLE_SETTING]  # the schedule up to here was that of another length
    if differ:
        raise BadInput(f"{begun} other settings ({', '.join(differ)}); give the same ones, {other}.")
    return replace(record, config=config)


def _resolve_config(data: Dataset, config: ModelConfig) -> ModelConfig:
    """The settings resolved for the data; raises `BadInput` where they do not fit."""
    low, high = float(data.x.min()), float(data.x.max())
    if config.likelihood == "bernoulli" and (low < -BERNOULLI_TOLERANCE or high > 1 + BERNOULLI_TOLERANCE):
        raise BadInput(f"A Bernoulli likelihood needs values in 0..1; {data.name} goes from {low:.7g} to {high:.7g}.")
    if config.network == "conv" and data.image_shape is None:
        raise BadInput(f"A convolutional network needs pictures; {data.name} has none, take network 'mlp'.")
    if config.held_out and not 1 <= round(config.held_out * len(data)) < len(data):
        raise BadInput(
            f"held_out {config.held_out:g} of {counted(len(data), 'point')} leaves none to hold out or none to learn from."
        )
    return config.resolved(data.x, data.image_shape is not None)


def _build_model(data: Dataset, config: ModelConfig, seed: int, device: torch.device) -> LatentModel:
    try:
        shapes = build_without_weights(config, data.x.shape[1], data.image_shape)
        needed = TRAINING_COPIES * sum(tensor.numel() * tensor.element_size() for tensor in shapes.state_dict().values())
        if (
            device.type == "cpu" and needed > machine_memory()
        ):  # asked for, it would be given until the system ends a process for it
            raise MemoryError(
                f"training it needs {needed / 1e9:,.0f} GB of memory, and this machine has {machine_memory() / 1e9:,.0f}."
            )
        with INITIALIZATION_LOCK, torch.random.fork_rng(devices=[]):
            torch.manual_seed(spawn_seeds(seed)[0])
            model = build(config, data.x.shape[1], data.image_shape)
    except (RuntimeError, MemoryError) as error:
        raise BadInput(f"A network of these sizes cannot be made: {str(error).splitlines()[0]}") from None
    model.provenance = Provenance(
        data=data.name, data_fingerprint=data.fingerprint, seed=seed, image_shape=data.image_shape,
        versions={
            "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(),
            "threads": str(torch.get_num_threads()), "device": device.type,
        },
    )  # fmt: skip
    return model


def _device(name: str | None) -> torch.device:
    there = torch.cuda.is_available()
    if name is None:
        return torch.device("cuda" if there else "cpu")
    check_choice(name, "device", ("cpu", "cuda"))
    if name == "cuda" and not there:
        raise BadInput("There is no GPU that torch can use; leave device out, or take 'cpu'.")
    return torch.device(name)
