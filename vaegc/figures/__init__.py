"""Figures of results, without streamlit: files by matplotlib, charts of a page by Plotly."""

from __future__ import annotations

from vaegc.figures._climb import (
    density_grid,
    density_map,
    log_density_over_steps,
    modes_over_steps,
    path_lengths,
    step_lengths,
)
from vaegc.figures._sweep import draw_sweep

__all__ = [
    "density_grid", "density_map", "draw_sweep", "log_density_over_steps", "modes_over_steps", "path_lengths", "step_lengths",
]  # fmt: skip
