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
from vaegc.figures._compare import methods_chart
from vaegc.figures._frames import NOISE, PLAIN, Panel, draw_frames
from vaegc.figures._pairs import climb_chart
from vaegc.figures._pictures import as_png, class_balance, contact_sheet, scatter_sheet, sheet_of, sheet_of_rows, side_by_side
from vaegc.figures._sheets import SheetLine, draw_sheet
from vaegc.figures._svg import Still, still
from vaegc.figures._sweep import draw_sweep, still_sweep
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
    "NOISE", "PLAIN", "Curve", "LatentMap", "Pairs", "Panel", "SheetLine", "Still", "as_png", "class_balance", "climb_chart", "contact_sheet",
    "density_grid", "density_map", "draw_frames", "draw_sheet", "draw_sweep", "ink_of", "latent_map", "log_density_over_steps", "loss_curves",
    "losses_of_runs", "methods_chart", "modes_over_steps", "path_lengths", "phase_starts", "pixels", "reconstruction_pairs", "scatter_sheet",
    "sheet_of", "sheet_of_rows", "side_by_side", "step_lengths", "still", "still_sweep", "thinned", "used_dimensions",
]  # fmt: skip
