"""The rival of the stage's benchmark: Streamlit's own slider and a Plotly chart of the same points."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.benchmarks.browser import VIEWPORT, served
from vaegc.errors import VaegcError
from vaegc.experiment import Experiment

SLIDER_POSITIONS = 60  # positions of the rival's slider, unless there are more moves to tell apart

RIVAL_APP = """
import numpy as np, plotly.graph_objects as go, streamlit as st


@st.cache_resource
def kept():
    with np.load("points.npz") as file:
        return {name: file[name] for name in file.files}


points = kept()
st.set_page_config(layout="wide")
at = st.slider("eps", 0, len(points["labels"]) - 1, 0)
chart = go.Figure(go.Scattergl(x=points["x"], y=points["y"], mode="markers", marker={"color": points["labels"][at], "size": 4}))
chart.update_layout(title=f"radius {at}", height=600)
st.plotly_chart(chart, key="chart")
"""

# The title is drawn before the points, so this is never later than the changed picture.
WATCH_CHART = """
() => {
  window.times = [];
  let begin = null, before = "";
  const title = () => document.querySelector(".gtitle")?.textContent ?? "";
  window.addEventListener("pointerup", (event) => { begin = event.timeStamp; before = title(); }, true);
  const look = () => {
    if (begin !== null && title() && title() !== before) {
      const from = begin, channel = new MessageChannel();
      begin = null;
      channel.port1.onmessage = () => window.times.push(performance.now() - from);
      channel.port2.postMessage(0);
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


def measure(browser: Any, query: str, moves: int, folder: Path) -> list[float]:
    """Milliseconds from the release of the slider to the changed chart, once per move."""
    spec = Experiment.from_query(query)
    sweep = spec.run().sweep
    span = sweep.eps_range()
    if span is None:
        raise VaegcError("The rival's points have no range of ε.")
    place = _positions(spec)
    labels = np.stack([sweep.labels_at(eps) for eps in np.geomspace(*span, max(SLIDER_POSITIONS, 2 * moves))])
    np.savez(folder / "points.npz", x=place[:, 0], y=place[:, 1], labels=labels)
    (folder / "rival.py").write_text(RIVAL_APP)
    options = ("--server.headless", "true", "--server.address", "127.0.0.1", "--browser.gatherUsageStats", "false")
    with served([sys.executable, "-m", "streamlit", "run", "rival.py", *options], folder, "rival") as address:
        context = browser.new_context(viewport=VIEWPORT)
        page = context.new_page()
        page.goto(address)
        page.locator(".gtitle").wait_for(timeout=60_000)
        page.wait_for_timeout(2000)
        page.evaluate(WATCH_CHART)
        box = page.get_by_test_id("stSlider").get_by_role("slider").bounding_box()
        track = page.get_by_test_id("stSlider").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for done in range(1, moves + 1):
            page.mouse.move(x, y)
            page.mouse.down()
            x = track["x"] + track["width"] * (0.2 + 0.6 * done / moves)
            page.mouse.move(x, y, steps=3)
            page.mouse.up()
            page.wait_for_function("(done) => window.times.length >= done", arg=done, timeout=60_000)
        times: list[float] = page.evaluate("window.times")
        context.close()
    return times


def _positions(spec: Experiment) -> np.ndarray:
    """(N, 2) places of the points as drawn at the start of the climb, read from the packed scene."""
    from vaegc.web.stage.scene_bytes import read_header

    packed = spec.packed_scene()
    header = read_header(packed)
    frames = header["arrays"]["frames"]
    length = int.from_bytes(packed[:4], "little")
    base = 4 + length + (-(4 + length) % 8)
    return np.frombuffer(packed, np.uint16, header["dim"] * header["n"], base + frames["offset"]).reshape(header["n"], -1)[:, :2]
