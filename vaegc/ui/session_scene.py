"""The scene of a session: computed where it must be, with progress, mounted, and its questions answered."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import ClusterConfig, Experiment
from vaegc.experiment.estimate import is_kept, is_quick
from vaegc.progress import Progress, read_clock
from vaegc.ui.job_panel import Work, arrived, leave, wait_for
from vaegc.ui.labels import in_public, progress_words, what_is_computed
from vaegc.ui.profile import workspace
from vaegc.ui.stage_events import MOST_SAMPLES, Ask, ask_of, view_of
from vaegc.web.stage.scene import read_header, with_initial

SHOWN_EVERY = 0.1  # seconds between two looks at the progress
RESULTS_HELD = 3  # on the server, to decode from
JOB = "scene"  # the command that computes one


@dataclass(frozen=True, slots=True)
class Shown:
    """The scene of this session."""

    key: str  # of the resolved spec
    spec: Experiment  # as a link holds it: private data and models as "mine:…"
    resolved: Experiment  # the same with paths: what was computed
    packed: bytes
    version: str  # of the packed scene; what the stage reports carries it
    n: int  # points
    eps: float | None  # at which the stage begins; None where the points have no range of ε
    begin: dict[str, Any]  # ε, frame and look to begin with: those of the link, or of the scene before
    facts: dict[str, Any]  # about the density


def scene_of(spec: Experiment) -> Shown | None:
    """Return the packed scene, computed here where that is quick; None while a job computes it, with a card that says how far it is.

    Raises
    ------
    BadInput
        What the spec names is not this browser's, or cannot be computed.
    """
    place = st.empty()  # always, so that nothing below it changes its place
    resolved = workspace().resolve(spec)
    held: Shown | None = st.session_state.get("scene")
    key = resolved.key()
    if held is not None and held.key == key:
        leave(JOB)
        begin = st.session_state.pop("begin", None)
        if begin is not None or held.spec != spec:
            held = _shown(key, spec, resolved, held.packed, held.begin if begin is None else begin)
            st.session_state["scene"] = held
        return held
    if not is_quick(resolved, held.resolved if held is not None else None):
        wait_for(scene_work(spec, resolved))
        return None
    leave(JOB, key)
    packed = _computed(spec, resolved, place)
    arrived(JOB)
    held = _shown(key, spec, resolved, packed, st.session_state.pop("begin", {}))
    st.session_state["scene"] = held
    return held


def scene_work(spec: Experiment, resolved: Experiment, promise: str = "The stage appears here by itself.") -> Work:
    """Return the computing of a scene as what a page waits for; `promise` says what happens then."""
    command = (JOB, resolved.to_query())
    return Work(resolved.key(), command, what_is_computed(spec), promise, lambda: is_kept(resolved), spec, resolved)


def show(shown: Shown, choose: Callable[[int], None]) -> dict[str, Any]:
    """Mount the stage; returns ε, frame and look as the hand left them, else as they began.

    Parameters
    ----------
    shown
        The scene.
    choose
        Called when the hand chose another min_samples: makes it that of the page's spec. The page then runs again, and the new
        scene begins where the hand was.
    """
    from vaegc.ui.mount import mount_stage

    view = view_of(mount_stage(shown.packed, key="stage"), shown.version)
    if view is None:
        return shown.begin
    wanted, given = view.pop("min_samples", None), shown.spec.clustering.min_samples
    if wanted is not None and wanted != given and wanted <= min(shown.n, max(MOST_SAMPLES, given)):
        st.session_state["begin"] = view
        choose(wanted)
        st.rerun()
    return view


def answer(shown: Shown) -> None:
    """Answer a click on a point with its decoded pictures; last on the page, since the first answer may take a while."""
    ask = ask_of(st.session_state.get("stage", {}), shown.version)
    if ask is None:
        return
    from vaegc.ui.mount import mount_answer

    held = st.session_state.get("answer")
    if held is None or held[:2] != (shown.version, ask):
        held = (shown.version, ask, _answered(shown, ask))
        st.session_state["answer"] = held
    mount_answer(held[2])


def with_min_samples(spec: Experiment, count: int) -> Experiment:
    """Return the spec with another min_samples."""
    return replace(spec, clustering=replace(spec.clustering, min_samples=count))


def _computed(spec: Experiment, resolved: Experiment, place: Any) -> bytes:
    """Compute a scene in the page, or take it from the cache, with a bar in `place`."""
    last = 0.0

    def watch(progress: Progress) -> None:
        nonlocal last
        now = read_clock()
        if now - last > SHOWN_EVERY:
            last = now
            place.progress(progress.share, progress_words(progress.stage, progress.message))

    place.progress(0.0, "Getting the scene ready")
    try:
        return resolved.packed_scene(watch)
    except VaegcError as error:
        if isinstance(error, BadInput):
            _put_right(resolved)
        raise type(error)(in_public(str(error), spec, resolved)) from None
    finally:
        place.empty()  # a sentence that says what is wrong stands alone


def _shown(key: str, spec: Experiment, resolved: Experiment, packed: bytes, begin: dict[str, Any]) -> Shown:
    header = read_header(packed)
    span, eps = header["eps"], None
    if span:
        eps = min(max(begin.get("eps", span["start"]), span["low"]), span["high"])
    if begin:
        within = {**begin, "eps": eps} if eps is not None and "eps" in begin else begin
        packed = with_initial(packed, **within, play="frame" not in begin)
    return Shown(key, spec, resolved, packed, header["version"], header["n"], eps, begin, header["facts"])


def _put_right(resolved: Experiment) -> None:
    """Where there are fewer points than min_samples there is no stage to choose it on: offer it here."""
    n = len(resolved.load())
    if 1 < n < resolved.clustering.min_samples:
        hint = f"1 to {n:,}"
        st.sidebar.number_input("min_samples", 1, n, None, key="put_right", placeholder=hint, on_change=_use_what_is_right)


def _use_what_is_right() -> None:
    if st.session_state["put_right"] is not None:
        st.session_state["spec"] = with_min_samples(st.session_state["spec"], st.session_state["put_right"])


def _answered(shown: Shown, ask: Ask) -> dict[str, Any]:
    from vaegc.generation.decoding import PointPictures, point_pictures

    try:
        # min_samples and the like move no point: one result serves them all.
        found = point_pictures(result_of(replace(shown.resolved, clustering=ClusterConfig())), ask.point, ask.frame)
    except VaegcError as error:
        found = PointPictures(in_public(str(error), shown.spec, shown.resolved))
    pictures = [
        {
            "label": label,
            "width": picture.shape[1],
            "height": picture.shape[0],
            "channels": 1 if picture.ndim == 2 else picture.shape[2],
            "pixels": base64.b64encode(picture.tobytes()).decode(),
        }
        for label, picture in found.pictures
    ]
    return {
        "version": shown.version, "point": ask.point, "frame": ask.frame, "serial": ask.serial, "words": found.caption, "pictures": pictures,
    }  # fmt: skip


def result_of(resolved: Experiment) -> Any:
    """Return the points, model and path behind a scene that was shown; held on the server, so that the next question is answered at once."""
    return _result(resolved.key(), resolved)


@st.cache_resource(max_entries=RESULTS_HELD, show_spinner=False)
def _result(key: str, _spec: Experiment) -> Any:
    """The points, model and path behind a scene; every stage comes from the cache, where the scene has put it."""
    return _spec.run()
