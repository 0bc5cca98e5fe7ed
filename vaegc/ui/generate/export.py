"""Export panel of Generate: the link, Python and command that make an image grid again, and the grid as a PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import streamlit as st

from vaegc.experiment import Experiment, Result
from vaegc.ui.export_panel import code_tabs, download_button, private_inputs
from vaegc.ui.profile import workspace
from vaegc.ui.session_scene import ShownScene


class GridRecipe(NamedTuple):
    """How an image grid is made: which one, and its settings."""

    what: str  # "clusters", "modes", "grid" or "styles"
    settings: dict[str, Any]


def export_panel(spec: Experiment, shown: ShownScene, result: Result, pairs: Mapping[str, str], grids: Sequence[Any]) -> None:
    """Draw the panel, an expander; nothing in it is computed before it is opened.

    Parameters
    ----------
    spec
        As links hold it.
    shown
        Its scene.
    result
        What it gave.
    pairs
        The query of the link to this view.
    grids
        The `ShownGrid`s of the page.
    """
    panel = st.expander(
        "Take it with you: link, code, pictures", icon=":material/ios_share:", key="generate-take", on_change="rerun"
    )
    if not panel.open:
        return
    from vaegc.experiment.snippets import generate_command, generate_python

    private = private_inputs(spec)
    seen = workspace().portable(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    recipes = [(recipe.what, recipe.settings) for _, recipe in grids]
    with panel:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(pairs, generate_python(seen, recipes, packed), generate_command(seen, recipes, packed), private)
        with right:
            for grid, recipe in grids:
                why = "Every picture of it, with its names, and what it is."
                download_button(
                    f"{grid.title} (PNG)", f"{recipe.what}.png", ":material/image:", why, lambda grid=grid: _png(result, grid)
                )


def _png(result: Result, grid: Any) -> bytes:
    from vaegc.generation.png import image_grid_png

    return image_grid_png(result.dataset, grid)
