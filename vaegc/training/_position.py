"""Position of a training in its phases and epochs, and the seeds of its random generators."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np


def spawn_seeds(seed: int) -> list[int]:
    """Return independent seeds of weights, batches, sampling, and held-out points."""
    return [int(s.generate_state(1)[0]) for s in np.random.SeedSequence(seed).spawn(4)]


@dataclass
class Position:
    """Position of a run in its phases and epochs, as JSON-ready data of a checkpoint; weights and generators are stored beside it."""

    phase: int = 0
    begun: bool = False  # whether `LatentModel.on_phase_start` is done
    epoch: int = 0  # finished ones of the phase
    step: int = 0  # within the epoch that is under way
    names: list[str] = field(default_factory=list)  # of the loss parts
    sums: list[float] = field(default_factory=list)  # of each over that epoch's points so far
    history: list[dict[str, float]] = field(default_factory=list)
    best: float = math.inf  # held-out loss
    since_best: int = 0  # epochs
    ended: bool = False  # the model itself ended its last phase
    seconds: float = 0.0  # of training so far
