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
from vaegc.figures._pictures import as_png, class_balance, contact_sheet, scatter_sheet, sheet_of, side_by_side
from vaegc.figures._sweep import draw_sweep
from vaegc.figures._training import (
    Curve,
    LatentMap,
    Pairs,
    ink_of,
    latent_map,
    loss_curves,
    losses_of_runs,
    phase_starts,
    pixels,
    reconstruction_pairs,
    thinned,
    used_dimensions,
)

__all__ = [
    "Curve", "LatentMap", "Pairs", "as_png", "class_balance", "contact_sheet", "density_grid", "density_map", "draw_sweep",
    "ink_of", "latent_map", "log_density_over_steps", "loss_curves", "losses_of_runs", "modes_over_steps", "path_lengths",
    "phase_starts", "pixels", "reconstruction_pairs", "scatter_sheet", "sheet_of", "side_by_side", "step_lengths", "thinned", "used_dimensions",
]  # fmt: skip
