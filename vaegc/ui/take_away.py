"""What can be taken from a page: the link, Python and command that make what is seen, and its labels and picture as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from vaegc.experiment import Experiment
from vaegc.ui.links import link_pairs, with_eps
from vaegc.ui.profile import workspace
from vaegc.ui.scenes import Shown
from vaegc.workspace import is_mine


def take_away(spec: Experiment, shown: Shown, view: dict[str, Any]) -> None:
    """Draw the fold; nothing in it is made before somebody opens it."""
    fold = st.expander(
        "Take it with you: link, code, labels, picture", icon=":material/ios_share:", key="take_away", on_change="rerun"
    )
    if not fold.open:
        return
    from vaegc.experiment.export import as_command, as_python

    begun = view is shown.begin
    eps = shown.eps if begun else view.get("eps") or shown.eps  # the ε on the screen, whoever chose it
    seen, own = workspace().portable(with_eps(spec, eps)), workspace()
    private = private_parts(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            code_tabs(link_pairs(spec, view), as_python(seen, packed), as_command(seen, packed), private)
        with right:
            download(
                "Labels (CSV)", "labels.csv", ":material/table:", "Clusters after the climb, at this ε.",
                lambda: _labels(with_eps(shown.resolved, eps)),
            )  # fmt: skip
            download(
                "This stage (HTML)",
                "stage.html",
                ":material/language:",
                "Begins at this view; works offline, without Python.",
                lambda: _page(shown, {} if begun else view),
            )
            download("Settings (YAML)", "spec.yaml", ":material/description:", "For vaegc run spec.yaml.", seen.to_yaml)
            if "data" in private:
                path = own.find_data(str(spec.dataset)).path
                why = "As they were read: what Python and the command name."
                download("Your data (NPZ)", str(seen.dataset), ":material/database:", why, path.read_bytes)
            if packed is not None:
                folder = own.find_model(str(spec.model)).folder
                why = "The model as a checkpoint: what Python and the command unpack."
                download("Your model (ZIP)", packed, ":material/deployed_code:", why, lambda: _packed(folder))


def code_tabs(pairs: Mapping[str, str], python: str, command: str, private: Sequence[str] = ()) -> None:
    """Draw the link, the Python and the command that make what a page shows.

    Parameters
    ----------
    pairs
        The query of the link.
    python, command
        Lines that can be run as they are.
    private
        What of it is this browser's alone: "data", "model".
    """
    link, code, shell = st.tabs(["Link", "Python", "Command"])
    query = urlencode(pairs)
    link.code((st.context.url or "/") + (f"?{query}" if query else ""), language=None, wrap_lines=True)
    code.code(python, language="python", wrap_lines=True)
    shell.code(command, language="bash", wrap_lines=True)
    if private:
        link.caption(f"The {' and the '.join(private)} are yours alone: this link opens in this browser only.")
        for tab in (code, shell):
            tab.caption(f"Runs in a folder that holds the {' and the '.join(private)}: download them here.")


def private_parts(spec: Experiment) -> list[str]:
    """What of a spec is this browser's alone: "data", "model"."""
    return [what for what, name in (("data", spec.dataset), ("model", spec.model)) if is_mine(name)]


def download(label: str, name: str, icon: str, why: str, make: Any) -> None:
    """Draw a button that gives a file away; `make` holds it, or makes it when it is asked for."""
    st.download_button(label, make, name, icon=icon, help=why, on_click="ignore", width="stretch")


def _labels(spec: Experiment) -> str:
    from vaegc.experiment.export import labels_table

    return labels_table(spec.run()).to_csv(index=False)


def _packed(folder: Any) -> bytes:
    from vaegc.models.packed import pack_model

    return pack_model(folder)


def _page(shown: Shown, view: dict[str, Any]) -> str:
    from vaegc.stage import show
    from vaegc.stage.scene import with_initial

    begin = {name: view[name] for name in ("frame", "eps", "look") if view.get(name) is not None}
    if "frame" in begin:
        begin["play"] = False
    return show(with_initial(shown.packed, **begin)).html
