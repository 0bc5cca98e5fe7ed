"""What can be taken from a page: the link, Python and command that make what is seen, and its labels and picture as files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from vaegc.experiment import Experiment
from vaegc.ui.links import link_pairs, with_eps
from vaegc.ui.scenes import Shown


def take_away(spec: Experiment, shown: Shown, view: dict[str, Any]) -> None:
    """Draw the fold; nothing in it is made before somebody opens it."""
    fold = st.expander(
        "Take it with you: link, code, labels, picture", icon=":material/ios_share:", key="take_away", on_change="rerun"
    )
    if not fold.open:
        return
    from vaegc.experiment.export import as_command, as_python

    begun = view is shown.begin
    seen = with_eps(spec, shown.eps if begun else view.get("eps") or shown.eps)  # the ε on the screen, whoever chose it
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            link, python, command = st.tabs(["Link", "Python", "Command"])
            query = urlencode(link_pairs(spec, view))
            link.code((st.context.url or "/") + (f"?{query}" if query else ""), language=None, wrap_lines=True)
            python.code(as_python(seen), language="python", wrap_lines=True)
            command.code(as_command(seen), language="bash", wrap_lines=True)
        with right:
            _download(
                "Labels (CSV)", "labels.csv", ":material/table:", "Clusters after the climb, at this ε.", lambda: _labels(seen)
            )
            _download(
                "This stage (HTML)",
                "stage.html",
                ":material/language:",
                "Begins at this view; works offline, without Python.",
                lambda: _page(shown, {} if begun else view),
            )
            _download("Settings (YAML)", "spec.yaml", ":material/description:", "For vaegc run spec.yaml.", seen.to_yaml)


def _download(label: str, name: str, icon: str, why: str, make: Any) -> None:
    st.download_button(label, make, name, icon=icon, help=why, on_click="ignore", width="stretch")


def _labels(spec: Experiment) -> str:
    from vaegc.experiment.export import labels_table

    return labels_table(spec.run()).to_csv(index=False)


def _page(shown: Shown, view: dict[str, Any]) -> str:
    from vaegc.stage import show
    from vaegc.stage.scene import with_initial

    begin = {name: view[name] for name in ("frame", "eps", "look") if view.get(name) is not None}
    if "frame" in begin:
        begin["play"] = False
    return show(with_initial(shown.packed, **begin)).html
