"""Figures of results, without streamlit: files by matplotlib, charts of a page by Plotly."""

from __future__ import annotations

from vaegc.figures._climb import (
    log_density_over_steps,
    modes_over_steps,
    path_lengths,
    step_lengths,
)
from vaegc.figures._compare import methods_chart
from vaegc.figures._density_map import density_grid, density_map
from vaegc.figures._frames import NOISE, PLAIN, Panel, draw_frames
from vaegc.figures._pairs import climb_chart
from vaegc.figures._pictures import (
    as_png,
    class_balance,
    contact_sheet,
    contact_sheet_of_rows,
    scatter_sheet,
    thumbnail_sheet,
    tile_images,
)
from vaegc.figures._sheets import SheetLine, draw_sheet
from vaegc.figures._svg import StaticChart, static_chart
from vaegc.figures._sweep import draw_sweep, static_sweep
from vaegc.figures._training import (
    Curve,
    LatentMap,
    ReconstructionPairs,
    compare_losses,
    latent_map,
    loss_curves,
    palette_index,
    phase_starts,
    pixels,
    reconstruction_pairs,
    thin_indices,
    used_dimensions,
)

__all__ = [
    "NOISE",
    "PLAIN",
    "Curve",
    "LatentMap",
    "Panel",
    "ReconstructionPairs",
    "SheetLine",
    "StaticChart",
    "as_png",
    "class_balance",
    "climb_chart",
    "compare_losses",
    "contact_sheet",
    "contact_sheet_of_rows",
    "density_grid",
    "density_map",
    "draw_frames",
    "draw_sheet",
    "draw_sweep",
    "latent_map",
    "log_density_over_steps",
    "loss_curves",
    "methods_chart",
    "modes_over_steps",
    "palette_index",
    "path_lengths",
    "phase_starts",
    "pixels",
    "reconstruction_pairs",
    "scatter_sheet",
    "static_chart",
    "static_sweep",
    "step_lengths",
    "thin_indices",
    "thumbnail_sheet",
    "tile_images",
    "used_dimensions",
]  # fmt: skip
