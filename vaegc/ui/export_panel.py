"""Export panel: the link, Python and command that reproduce what is seen, and its labels, points, stage and report as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from vaegc.experiment import Experiment
from vaegc.ui.links import link_query, with_eps
from vaegc.ui.profile import workspace
from vaegc.ui.session_scene import ShownScene
from vaegc.workspace import is_private

PANEL_LABEL = "Take it with you: link, code, labels, report"
NO_EPS_MESSAGE = "These points have no range of ε, so there are no clusters."


def export_panel(spec: Experiment, shown: ShownScene, view: dict[str, Any], pairs: Mapping[str, str] | None = None) -> None:
    """Draw the panel, an expander under a stage; nothing in it is computed before it is opened, and no file before its button is pressed.

    Parameters
    ----------
    spec
        As links hold it.
    shown
        Its scene.
    view
        ε, frame and view state as the user left them.
    pairs
        The query of the link to this view; None: Explore's.
    """
    panel = st.expander(PANEL_LABEL, icon=":material/ios_share:", key="take_away", on_change="rerun")
    if not panel.open:
        return
    from vaegc.experiment.snippets import run_command, run_python

    untouched = view is shown.initial_view
    eps = shown.eps if untouched else view.get("eps") or shown.eps  # the ε on the screen
    seen, resolved = workspace().portable(with_eps(spec, eps)), with_eps(shown.resolved, eps)
    private = private_inputs(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    with panel:
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.markdown("**Make it again**")
            code_tabs(
                link_query(spec, view) if pairs is None else pairs, run_python(seen, packed), run_command(seen, packed), private
            )
        with right:
            st.markdown("**Take it along**")
            no_labels = NO_EPS_MESSAGE if eps is None else ""
            download_button(
                "Report (HTML)", "report.html", ":material/article:",
                "Everything on one page that works offline: this stage, figures, tables, settings, versions. Takes a few seconds.",
                lambda: _report(resolved, seen, packed),
            )  # fmt: skip
            download_button(
                "Labels (CSV)", "labels.csv", ":material/table:", "Clusters after the climb, at this ε.",
                lambda: _labels_file(resolved, "csv"), no_labels,
            )  # fmt: skip
            download_button(
                "Points (Parquet)", "points.parquet", ":material/grid_on:",
                "Labels, places before and after, densities and pictures. Opens in pandas, and in Embedding Atlas: embedding-atlas points.parquet --x x --y y",
                lambda: _labels_file(resolved, "parquet"), no_labels,
            )  # fmt: skip
            download_button(
                "This stage (HTML)", "stage.html", ":material/language:", "Begins at this view; works offline, without Python.",
                lambda: _stage_page(shown, {} if untouched else view),
            )  # fmt: skip
            download_button("Settings (YAML)", "spec.yaml", ":material/description:", "For vaegc run spec.yaml.", seen.to_yaml)
            _own_files(spec, seen, packed, private)
            st.caption("Picture (PNG) and film (WebM): Save, above the picture.")


def _own_files(spec: Experiment, seen: Experiment, packed: str | None, private: Sequence[str]) -> None:
    """Draw the downloads of the private inputs that the printed code reads."""
    own = workspace()
    if "data" in private:
        path = own.find_data(str(spec.dataset)).path
        download_button(
            "Your data (NPZ)", str(seen.dataset), ":material/database:", "As they were read: what Python and the command name.", path.read_bytes,
        )  # fmt: skip
    if packed is not None:
        folder = own.find_model(str(spec.model)).folder
        why = "The model as a checkpoint: what Python and the command unpack."
        download_button("Your model (ZIP)", packed, ":material/deployed_code:", why, lambda: _model_zip(folder))


def code_tabs(
    pairs: Mapping[str, str], python: str, command: str, private: Sequence[str] = (), files: Sequence[str] | None = None
) -> None:
    """Draw the link, the Python and the command that reproduce what a page shows, as tabs.

    Parameters
    ----------
    pairs
        The query of the link.
    python, command
        Code that runs as it is.
    private
        Inputs that only this browser has: "data", "model", "run".
    files
        Those of them that the code reads from a file; None: all.
    """
    link, code, shell = st.tabs(["Link", "Python", "Command"])
    query = urlencode(pairs)
    link.code((st.context.url or "/") + (f"?{query}" if query else ""), language=None, wrap_lines=True)
    code.code(python, language="python", wrap_lines=True)
    shell.code(command, language="bash", wrap_lines=True)
    if private:
        verb = "are" if "data" in private or len(private) > 1 else "is"
        link.caption(f"The {' and the '.join(private)} {verb} yours alone: this link opens in this browser only.")
    read = private if files is None else files
    for tab in (code, shell) if read else ():
        tab.caption(f"Runs in a folder that holds the {' and the '.join(read)}: download them here.")


def private_inputs(spec: Experiment) -> list[str]:
    """Inputs of a spec that only this browser has: "data", "model"."""
    return [what for what, name in (("data", spec.dataset), ("model", spec.model)) if is_private(name)]


def download_button(label: str, name: str, icon: str, help: str, make: Any, disabled_reason: str = "") -> None:
    """Draw a download button.

    Parameters
    ----------
    label, icon
        Of the button.
    name
        Of the file.
    help
        What the file is for.
    make
        Its content, or a function that makes it when the button is pressed.
    disabled_reason
        Why there is no file, in one sentence; the button is then disabled.
    """
    st.download_button(
        label,
        make,
        name,
        icon=icon,
        help=disabled_reason or help,
        disabled=bool(disabled_reason),
        on_click="ignore",
        width="stretch",
    )


def _labels_file(spec: Experiment, kind: str) -> str | bytes:
    from vaegc.experiment.export import labels_csv, labels_parquet

    result = spec.run()  # from the cache, where the scene has put every stage
    return labels_csv(result) if kind == "csv" else labels_parquet(result)


def _report(spec: Experiment, shown_spec: Experiment, model_zip: str | None) -> str:
    from vaegc.report import make_report

    return make_report(spec.run(), shown_spec=shown_spec, model_zip=model_zip).html


def _model_zip(folder: Any) -> bytes:
    from vaegc.models.packed import pack_model

    return pack_model(folder)


def _stage_page(shown: ShownScene, view: dict[str, Any]) -> str:
    from vaegc.web import show
    from vaegc.web.stage.scene_bytes import with_initial

    begin = {name: view[name] for name in ("frame", "eps", "look") if view.get(name) is not None}
    if "frame" in begin:
        begin["play"] = False
    return show(with_initial(shown.packed, **begin)).html
