"""What can be taken from a page: the link, Python and command that make what is seen, and its labels, points, stage and report as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from vaegc.experiment import Experiment
from vaegc.ui.links import link_pairs, with_eps
from vaegc.ui.profile import workspace
from vaegc.ui.session_scene import Shown
from vaegc.workspace import is_mine

FOLD = "Take it with you: link, code, labels, report"
NO_EPS = "These points have no range of ε, so there are no clusters."


def take_away(spec: Experiment, shown: Shown, view: dict[str, Any], pairs: Mapping[str, str] | None = None) -> None:
    """Draw the fold under a stage; nothing in it is made before somebody opens it, and no file before somebody asks for it.

    Parameters
    ----------
    spec
        As links hold it.
    shown
        The scene of it.
    view
        ε, frame and look as the hand left them.
    pairs
        The query of the link to this view; None: Explore's.
    """
    fold = st.expander(FOLD, icon=":material/ios_share:", key="take_away", on_change="rerun")
    if not fold.open:
        return
    from vaegc.experiment.snippets import as_command, as_python

    begun = view is shown.begin
    eps = shown.eps if begun else view.get("eps") or shown.eps  # the ε on the screen, whoever chose it
    seen, resolved = workspace().portable(with_eps(spec, eps)), with_eps(shown.resolved, eps)
    private = private_parts(spec)
    packed = f"{PurePosixPath(str(seen.model)).name}.zip" if "model" in private else None
    with fold:
        left, right = st.columns([3, 2], gap="large")
        with left:
            st.markdown("**Make it again**")
            code_tabs(
                link_pairs(spec, view) if pairs is None else pairs, as_python(seen, packed), as_command(seen, packed), private
            )
        with right:
            st.markdown("**Take it along**")
            no_labels = NO_EPS if eps is None else ""
            download(
                "Report (HTML)", "report.html", ":material/article:",
                "Everything on one page that works offline: this stage, figures, tables, settings, versions. Takes a few seconds.",
                lambda: _report(resolved, seen, packed),
            )  # fmt: skip
            download(
                "Labels (CSV)", "labels.csv", ":material/table:", "Clusters after the climb, at this ε.",
                lambda: _labels(resolved, "csv"), no_labels,
            )  # fmt: skip
            download(
                "Points (Parquet)", "points.parquet", ":material/grid_on:",
                "Labels, places before and after, densities and pictures. Opens in pandas, and in Embedding Atlas: embedding-atlas points.parquet --x x --y y",
                lambda: _labels(resolved, "parquet"), no_labels,
            )  # fmt: skip
            download(
                "This stage (HTML)", "stage.html", ":material/language:", "Begins at this view; works offline, without Python.",
                lambda: _page(shown, {} if begun else view),
            )  # fmt: skip
            download("Settings (YAML)", "spec.yaml", ":material/description:", "For vaegc run spec.yaml.", seen.to_yaml)
            _own_files(spec, seen, packed, private)
            st.caption("Picture (PNG) and film (WebM): Save, above the picture.")


def _own_files(spec: Experiment, seen: Experiment, packed: str | None, private: Sequence[str]) -> None:
    """Offer what the code needs and only this browser has."""
    own = workspace()
    if "data" in private:
        path = own.find_data(str(spec.dataset)).path
        download(
            "Your data (NPZ)", str(seen.dataset), ":material/database:", "As they were read: what Python and the command name.", path.read_bytes,
        )  # fmt: skip
    if packed is not None:
        folder = own.find_model(str(spec.model)).folder
        why = "The model as a checkpoint: what Python and the command unpack."
        download("Your model (ZIP)", packed, ":material/deployed_code:", why, lambda: _packed(folder))


def code_tabs(
    pairs: Mapping[str, str], python: str, command: str, private: Sequence[str] = (), needed: Sequence[str] | None = None
) -> None:
    """Draw the link, the Python and the command that make what a page shows.

    Parameters
    ----------
    pairs
        The query of the link.
    python, command
        Lines that can be run as they are.
    private
        What of it is this browser's alone: "data", "model", "run".
    needed
        What of that Python and command read from a file; None: all of it.
    """
    link, code, shell = st.tabs(["Link", "Python", "Command"])
    query = urlencode(pairs)
    link.code((st.context.url or "/") + (f"?{query}" if query else ""), language=None, wrap_lines=True)
    code.code(python, language="python", wrap_lines=True)
    shell.code(command, language="bash", wrap_lines=True)
    if private:
        verb = "are" if "data" in private or len(private) > 1 else "is"
        link.caption(f"The {' and the '.join(private)} {verb} yours alone: this link opens in this browser only.")
    files = private if needed is None else needed
    for tab in (code, shell) if files else ():
        tab.caption(f"Runs in a folder that holds the {' and the '.join(files)}: download them here.")


def private_parts(spec: Experiment) -> list[str]:
    """What of a spec is this browser's alone: "data", "model"."""
    return [what for what, name in (("data", spec.dataset), ("model", spec.model)) if is_mine(name)]


def download(label: str, name: str, icon: str, why: str, make: Any, not_now: str = "") -> None:
    """Draw a button that gives a file away.

    Parameters
    ----------
    label, name, icon
        Of the button, and of the file.
    why
        What it is for.
    make
        The file, or what makes it when it is asked for.
    not_now
        Why there is none, in one sentence: the button is then off.
    """
    st.download_button(
        label, make, name, icon=icon, help=not_now or why, disabled=bool(not_now), on_click="ignore", width="stretch"
    )


def _labels(spec: Experiment, kind: str) -> str | bytes:
    from vaegc.experiment.export import labels_csv, labels_parquet

    result = spec.run()  # from the cache, where the scene has put every stage
    return labels_csv(result) if kind == "csv" else labels_parquet(result)


def _report(spec: Experiment, told: Experiment, model_zip: str | None) -> str:
    from vaegc.report import make_report

    return make_report(spec.run(), told=told, model_zip=model_zip).html


def _packed(folder: Any) -> bytes:
    from vaegc.models.packed import pack_model

    return pack_model(folder)


def _page(shown: Shown, view: dict[str, Any]) -> str:
    from vaegc.web import show
    from vaegc.web.stage.scene import with_initial

    begin = {name: view[name] for name in ("frame", "eps", "look") if view.get(name) is not None}
    if "frame" in begin:
        begin["play"] = False
    return show(with_initial(shown.packed, **begin)).html
