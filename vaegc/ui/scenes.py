"""The scene of a session: computed where it must be, with progress, and mounted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from vaegc.experiment import Experiment
from vaegc.progress import Progress
from vaegc.stage.scene import read_header, with_initial

STAGE_WORDS = {
    "ascend": "Climbing",
    "tsne": "Drawing the map",
    "umap": "Drawing the map",
    "trees": "Every ε",
    "tree": "Every ε",
    "train": "Training",
}
SHOWN_EVERY = 0.1  # seconds between two looks at the progress


@dataclass(frozen=True, slots=True)
class Shown:
    """The scene of this session."""

    key: str  # of the spec
    packed: bytes
    version: str  # of the packed scene; what the stage reports carries it
    eps: float | None  # at which the stage begins; None where the points have no range of ε
    begin: dict[str, Any]  # ε and frame of the link that was opened, for the first scene only
    facts: dict[str, Any]  # about the density


def scene_of(spec: Experiment) -> Shown:
    """Return the packed scene, computed where it must be, with progress that says what is done and how far it is."""
    place = st.empty()  # always, so that nothing below it changes its place
    held: Shown | None = st.session_state.get("scene")
    if held is None or held.key != spec.key():
        last = 0.0

        def watch(progress: Progress) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last > SHOWN_EVERY:
                last = now
                place.progress(progress.share, f"{STAGE_WORDS.get(progress.stage, progress.stage)}: {progress.message}")

        place.progress(0.0, "Getting the scene ready")
        try:
            packed = spec.packed_scene(watch)
        finally:
            place.empty()  # a sentence that says what is wrong stands alone
        begin = st.session_state.pop("begin", {})
        if begin:
            packed = with_initial(packed, **begin, play="frame" not in begin)
        header = read_header(packed)
        span = header["eps"]
        eps = min(max(begin.get("eps", span["start"]), span["low"]), span["high"]) if span else None
        held = Shown(spec.key(), packed, header["version"], eps, begin, header["facts"])
        st.session_state["scene"] = held
    return held


def show(shown: Shown) -> dict[str, Any]:
    """Mount the stage; returns ε and frame as the hand left them, else as the link had them."""
    from vaegc.ui.mount import mount_stage

    state = mount_stage(shown.packed, key="stage", on_view=lambda: None)
    view = dict(state.get("view") or {})
    # The component's state outlives a scene; what was said of an earlier one does not count.
    return view if view.get("version") == shown.version else shown.begin
