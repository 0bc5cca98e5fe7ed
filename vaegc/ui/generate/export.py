"""What can be taken from Generate: the link, Python and command that make a sheet again, and the sheet as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import streamlit as st

from vaegc.experiment import Experiment, Result
from vaegc.ui.export_panel import code_tabs, download, private_parts
from vaegc.ui.profile import workspace
from vaegc.ui.scenes import Shown


class Way(NamedTuple):
    """How a sheet is made: which one, and its settings."""

    what: str  # "clusters", "modes", "grid" or "styles"
    settings: dict[str, Any]


def take_away(spec: Experiment, shown: Shown, result: Result, pairs: Mapping[str, str], asked: Sequence[Any]) -> None:
    """Draw the fold; nothing in it is made before somebody opens it."""
    fold = st.expander(
        "Take it with you: link, code, pictures", icon=":material/ios_share:", key="generate-take", on_change="rerun"
    )
    if not fold.open:
        return
    from vaegc.experiment.snippets import generate_command, generate_python

    private = private_parts(spec)
    seen = workspace().portable(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    ways = [(way.what, way.settings) for _, way in asked]
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(pairs, generate_python(seen, ways, packed), generate_command(seen, ways, packed), private)
        with right:
            for sheet, way in asked:
                why = "Every picture of it, with its names, and what it is."
                download(
                    f"{sheet.title} (PNG)", f"{way.what}.png", ":material/image:", why, lambda sheet=sheet: _png(result, sheet)
                )


def _png(result: Result, sheet: Any) -> bytes:
    from vaegc.generation.png import sheet_png

    return sheet_png(result.dataset, sheet)
