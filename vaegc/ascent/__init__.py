"""How points climb: steps of a density, watched, stopped, and kept as a trajectory.

The law: log density never falls along the fixed-point ascent (methods section 3C).
"""

from __future__ import annotations

from vaegc.ascent._climb import Density, ascend
from vaegc.ascent._config import BLURRED, DENSITIES, METHODS, MOST_STEPS, OF_DATA, AscentConfig
from vaegc.ascent._controls import CONTROLS, control
from vaegc.ascent._trajectory import Modes, Trajectory

__all__ = [
    "BLURRED",
    "CONTROLS",
    "DENSITIES",
    "METHODS",
    "MOST_STEPS",
    "OF_DATA",
    "AscentConfig",
    "Density",
    "Modes",
    "Trajectory",
    "ascend",
    "control",
]
