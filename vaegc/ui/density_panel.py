"""Facts of the density and charts of the climb, under the stage."""

from __future__ import annotations

from typing import Any

import streamlit as st

from vaegc.ui.session_scene import ShownScene
from vaegc.wording import counted

MIN_THINNED_POINTS = 5_000  # above so many, distinct places are counted in some frames only
MAX_COUNTED_FRAMES = 13  # of them
CHART = {"displayModeBar": False}  # the bar would cover the title of a narrow chart


def show_density_facts(shown: ShownScene) -> None:
    """Show the density, its bandwidth, effective numbers of neighbours, and the faithfulness of the view in one line."""
    facts = shown.facts
    parts = [facts["density"][0].upper() + facts["density"][1:]]
    if "bandwidth" in facts:
        parts.append(f"median bandwidth {facts['bandwidth']:.3g}")
    if "neighbours_start" in facts:
        what = "component" if facts["density"] == "mixture prior" else "neighbour"
        start, end = (counted(round(count), what) for count in (facts["neighbours_start"], facts["neighbours_end"]))
        parts.append(f"a point is drawn by {start} at the start and {end} at the end (effective number, median)")
    if "kept" in facts:
        parts.append(f"the picture keeps {100 * facts['kept']:.0f} % of each point's 15 nearest neighbours")
    st.caption("; ".join(parts) + ".")
    requested = shown.initial_view.get("eps", shown.spec.clustering.eps)
    if requested is not None and shown.eps is not None and requested != shown.eps:
        st.caption(
            f"ε = {requested:.3g}, which was asked for, changes nothing more than ε = {shown.eps:.3g}, where the stage begins."
        )
    if "own" in facts:
        st.caption(facts["own"])


def climb_charts(shown: ShownScene) -> None:
    """Draw the expander with the charts; nothing in it is computed before it is opened."""
    panel = st.expander(
        "Look at the climb: density, steps, summits", icon=":material/show_chart:", key="charts", on_change="rerun"
    )
    if not panel.open:
        return
    from vaegc import figures
    from vaegc.experiment.scene_arrays import step_scale

    with panel, st.spinner("Drawing"):
        spec = shown.resolved
        result = spec.run()  # from the cache, where the scene has put every stage
        path, dark = result.trajectory, st.context.theme.type == "dark"
        scale, unit = step_scale(result)
        left, right = st.columns(2, gap="medium")
        with left:
            _chart(figures.log_density_over_steps(path, dark), "chart-density")
            frames = _frames(path.frames.shape[1], len(path))
            counts = path.mode_counts(frames)
            _chart(figures.modes_over_steps(path.steps[frames], counts, dark, path.frames.shape[1]), "chart-modes")
        with right:
            if len(path) > 1:
                _chart(
                    figures.step_lengths(
                        path, scale, dark, spec.ascent.tol if spec.ascent and unit == "bandwidths" else 0.0, unit
                    ),
                    "chart-steps",
                )
                _chart(figures.path_lengths(path, scale, dark, unit), "chart-paths")
        if result.space.dim == 2 and getattr(result.density, "domain", "") == "latent":
            grid = figures.density_grid(result.density, result.space.points)
            modes: Any = path.modes().points
            modes = modes if len(modes) < 0.5 * path.frames.shape[1] else None  # points that have not gathered are no summits
            _chart(figures.density_map(*grid, points=path.frame(0), modes=modes, dark=dark), "chart-map")
        else:
            st.caption("The map of a density needs a 2-D space: choose a map, a 2-D projection, or a toy.")


def _chart(figure: Any, key: str) -> None:
    st.plotly_chart(figure, theme=None, config=CHART, key=key)


def _frames(n: int, kept: int) -> list[int]:
    if n <= MIN_THINNED_POINTS or kept <= MAX_COUNTED_FRAMES:
        return list(range(kept))
    return sorted({round(i * (kept - 1) / (MAX_COUNTED_FRAMES - 1)) for i in range(MAX_COUNTED_FRAMES)})
