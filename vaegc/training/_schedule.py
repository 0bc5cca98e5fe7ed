"""Learning-rate schedules: constant, cosine, exponential."""

from __future__ import annotations

import math

from vaegc.models.base import Phase
from vaegc.models.config import MIN_LEARNING_RATE_SHARE, ModelConfig


def learning_rate(config: ModelConfig, phase: Phase, epoch: float, steps_per_epoch: int) -> float:
    """Return the learning rate of the step after `epoch` epochs of a phase, which need not be whole."""
    full = phase.learning_rate
    floor = MIN_LEARNING_RATE_SHARE * full
    if config.schedule == "cosine":
        length = phase.epochs if phase.steps is None else phase.steps / steps_per_epoch
        return floor + (full - floor) * 0.5 * (1 + math.cos(math.pi * min(epoch / length, 1.0)))
    return max(full * config.decay**epoch, floor) if config.schedule == "exponential" else full
