"""The scene of a session: computed in the page or by a job, mounted as the stage, with responses to its requests."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from vaegc.errors import BadInput, VaegcError
from vaegc.experiment import ClusterConfig, Experiment
from vaegc.experiment.estimate import is_fast, is_scene_cached
from vaegc.progress import Progress, read_clock
from vaegc.ui.job_panel import show_job
from vaegc.ui.job_watch import JobSpec, clear_job, release_job
from vaegc.ui.labels import describe_points, progress_label, without_paths
from vaegc.ui.profile import workspace
from vaegc.ui.stage_events import MAX_MIN_SAMPLES, PointRequest, point_request_from_state, view_from_state
from vaegc.web.stage.scene_bytes import read_header, with_initial

PROGRESS_INTERVAL_S = 0.1  # between two updates of the progress bar
MAX_CACHED_RESULTS = 3  # in the memory of the server, to decode from
SCENE_COMMAND = "scene"  # the command that computes one


@dataclass(frozen=True, slots=True)
class ShownScene:
    """The scene that this session shows."""

    key: str  # of the resolved spec
    spec: Experiment  # as a link holds it: private data and models as "mine:…"
    resolved: Experiment  # the same with paths: what was computed
    packed: bytes
    version: str  # of the packed scene; what the stage reports carries it
    n: int  # points
    eps: float | None  # at which the stage begins; None where the points have no range of ε
    initial_view: dict[str, Any]  # ε, frame and view state to begin with: those of the link, or of the scene before
    facts: dict[str, Any]  # about density and view, as `Scene.facts`


def load_scene(spec: Experiment) -> ShownScene | None:
    """Return the scene of a spec, computed here where that is quick; None while a job computes it, whose card is drawn.

    Raises
    ------
    BadInput
        What the spec names is not this browser's, or cannot be computed.
    """
    place = st.empty()  # always, so that nothing below it changes its place
    resolved = workspace().resolve(spec)
    held: ShownScene | None = st.session_state.get("scene")
    key = resolved.key()
    if held is not None and held.key == key:
        release_job(SCENE_COMMAND)
        begin = st.session_state.pop("begin", None)
        if begin is not None or held.spec != spec:
            held = _shown_scene(key, spec, resolved, held.packed, held.initial_view if begin is None else begin)
            st.session_state["scene"] = held
        return held
    if not is_fast(resolved, held.resolved if held is not None else None):
        show_job(scene_job(spec, resolved))
        return None
    release_job(SCENE_COMMAND, key)
    packed = _compute_here(spec, resolved, place)
    clear_job(SCENE_COMMAND)
    held = _shown_scene(key, spec, resolved, packed, st.session_state.pop("begin", {}))
    st.session_state["scene"] = held
    return held


def scene_job(spec: Experiment, resolved: Experiment, when_done: str = "The stage appears here by itself.") -> JobSpec:
    """Return the job that computes a scene; `when_done` says what happens then, in a sentence."""
    command = (SCENE_COMMAND, resolved.to_query())
    return JobSpec(resolved.key(), command, describe_points(spec), when_done, lambda: is_scene_cached(resolved), spec, resolved)


def show_stage(shown: ShownScene, choose_min_samples: Callable[[int], None]) -> dict[str, Any]:
    """Mount the stage; returns ε, frame and view state as the user left them, else as they began.

    Parameters
    ----------
    shown
        The scene.
    choose_min_samples
        Called with another min_samples when the user chose one: makes it that of the page's spec. The page then runs again, and the
        new scene begins at the same view.
    """
    from vaegc.ui.mount import mount_stage

    view = view_from_state(mount_stage(shown.packed, key="stage"), shown.version)
    if view is None:
        return shown.initial_view
    wanted, given = view.pop("min_samples", None), shown.spec.clustering.min_samples
    if wanted is not None and wanted != given and wanted <= min(shown.n, max(MAX_MIN_SAMPLES, given)):
        st.session_state["begin"] = view
        choose_min_samples(wanted)
        st.rerun()
    return view


def answer_point_request(shown: ShownScene) -> None:
    """Respond to a click on a point with its decoded pictures; call it last, since the first response may take seconds."""
    request = point_request_from_state(st.session_state.get("stage", {}), shown.version)
    if request is None:
        return
    from vaegc.ui.mount import mount_answer

    held = st.session_state.get("answer")
    if held is None or held[:2] != (shown.version, request):
        held = (shown.version, request, _response(shown, request))
        st.session_state["answer"] = held
    mount_answer(held[2])


def with_min_samples(spec: Experiment, count: int) -> Experiment:
    """Return the spec with another min_samples."""
    return replace(spec, clustering=replace(spec.clustering, min_samples=count))


def _compute_here(spec: Experiment, resolved: Experiment, place: Any) -> bytes:
    """Compute a scene in the page, or take it from the cache, with a progress bar in `place`."""
    last = 0.0

    def watch(progress: Progress) -> None:
        nonlocal last
        now = read_clock()
        if now - last > PROGRESS_INTERVAL_S:
            last = now
            place.progress(progress.share, progress_label(progress.stage, progress.message))

    place.progress(0.0, "Getting the scene ready")
    try:
        return resolved.packed_scene(watch)
    except VaegcError as error:
        if isinstance(error, BadInput):
            _offer_min_samples(resolved)
        raise type(error)(without_paths(str(error), spec, resolved)) from None
    finally:
        place.empty()  # a sentence that says what is wrong stands alone


def _shown_scene(key: str, spec: Experiment, resolved: Experiment, packed: bytes, begin: dict[str, Any]) -> ShownScene:
    header = read_header(packed)
    span, eps = header["eps"], None
    if span:
        eps = min(max(begin.get("eps", span["start"]), span["low"]), span["high"])
    if begin:
        within = {**begin, "eps": eps} if eps is not None and "eps" in begin else begin
        packed = with_initial(packed, **within, play="frame" not in begin)
    return ShownScene(key, spec, resolved, packed, header["version"], header["n"], eps, begin, header["facts"])


def _offer_min_samples(resolved: Experiment) -> None:
    """Draw a control of min_samples where it exceeds the number of points: there is no stage then to choose it on."""
    n = len(resolved.load())
    if 1 < n < resolved.clustering.min_samples:
        hint = f"1 to {n:,}"
        st.sidebar.number_input("min_samples", 1, n, None, key="put_right", placeholder=hint, on_change=_apply_min_samples)


def _apply_min_samples() -> None:
    if st.session_state["put_right"] is not None:
        st.session_state["spec"] = with_min_samples(st.session_state["spec"], st.session_state["put_right"])


def _response(shown: ShownScene, request: PointRequest) -> dict[str, Any]:
    from vaegc.generation.decoding import PointPictures, point_pictures

    try:
        # min_samples and the like move no point: one result serves them all.
        found = point_pictures(cached_result(replace(shown.resolved, clustering=ClusterConfig())), request.point, request.frame)
    except VaegcError as error:
        found = PointPictures(without_paths(str(error), shown.spec, shown.resolved))
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
        "version": shown.version, "point": request.point, "frame": request.frame, "serial": request.serial, "words": found.caption, "pictures": pictures,
    }  # fmt: skip


def cached_result(resolved: Experiment) -> Any:
    """Return the result behind a scene that was shown, from the memory of the server where it is there."""
    return _result(resolved.key(), resolved)


@st.cache_resource(max_entries=MAX_CACHED_RESULTS, show_spinner=False)
def _result(key: str, _spec: Experiment) -> Any:
    """Run a spec; its stages come from the cache, where the scene has put them."""
    return _spec.run()
