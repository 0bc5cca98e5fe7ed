"""Gradient ascent of points on a density (mean shift and its relatives), and the trajectories that it leaves.

The law: log density never falls along the fixed-point ascent (mean shift is expectation maximisation: Carreira-Perpiñán, 2007).
"""

from __future__ import annotations

from vaegc.ascent._climb import Density, ascend
from vaegc.ascent._config import BLURRING_DENSITIES, DATA_DENSITIES, DENSITIES, MAX_ASCENT_STEPS, METHODS, AscentConfig
from vaegc.ascent._controls import CONTROLS, control
from vaegc.ascent._trajectory import Modes, Trajectory

__all__ = [
    "BLURRING_DENSITIES",
    "CONTROLS",
    "DATA_DENSITIES",
    "DENSITIES",
    "MAX_ASCENT_STEPS",
    "METHODS",
    "AscentConfig",
    "Density",
    "Modes",
    "Trajectory",
    "ascend",
    "control",
]
