"""Pictures of a report: the scene at its last step, the same as a PNG for print, and charts of the climb."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from vaegc import figures
from vaegc.experiment.export import cluster_members, palette_entries, scene_bytes
from vaegc.experiment.scene_arrays import clip_outliers, step_scale, view_positions
from vaegc.experiment.stages import make_view
from vaegc.progress import Callback
from vaegc.web.stage.scene_bytes import read_header, with_initial
from vaegc.wording import counted

if TYPE_CHECKING:
    from vaegc.experiment.result import Result

MAX_COUNTED_FRAMES = 13  # in which distinct places are counted


def final_scene(result: Result, callback: Callback | None = None) -> bytes:
    """Return the packed scene, opened at its last step and at the ε of the result."""
    packed = scene_bytes(result, callback)
    begin: dict[str, Any] = {"frame": len(read_header(packed)["steps"]) - 1, "play": False}
    return with_initial(packed, **begin, **({} if result.eps is None else {"eps": float(result.eps)}))


def before_after_png(result: Result, packed: bytes) -> bytes:
    """Return the points before and after the climb as one PNG, for paper and for browsers without scripts."""
    path, entries = result.trajectory, palette_entries(result, packed)
    ends = path[:: max(len(path) - 1, 1)]
    places, outside = clip_outliers(view_positions(make_view(result.spec, result.space), result.space, ends))
    legend = (
        "in the colours of their clusters after the climb, which are numbered as in the table"
        if len(places) > 1
        else "in the colours of their clusters"
    )
    titles = ["Before the climb", f"After {counted(int(path.steps[-1]), 'step')}"] if len(places) > 1 else ["The points"]
    page, names = io.BytesIO(), cluster_members(result)
    panels = [figures.Panel(title, at, entries, names) for title, at in zip(titles, places, strict=True)]
    figures.draw_frames(
        page, panels, f"{counted(len(result.dataset), 'point')}, {legend}; noise is grey. {outside}".strip(), dpi=110
    )
    return page.getvalue()


def climb_charts(result: Result) -> list[figures.StaticChart]:
    """Return charts of the climb; none where nothing has climbed."""
    path, spec = result.trajectory, result.spec
    if len(path) == 1:
        return []
    scale, unit = step_scale(result)
    frames = sorted({round(f) for f in np.linspace(0, len(path) - 1, MAX_COUNTED_FRAMES)})
    tol = spec.ascent.tol if spec.ascent is not None and unit == "bandwidths" else 0.0
    charts = {
        "density": figures.log_density_over_steps(path),
        "modes": figures.modes_over_steps(path.steps[frames], path.mode_counts(frames), False, path.frames.shape[1]),
        "steps": figures.step_lengths(path, scale, False, tol, unit),
        "paths": figures.path_lengths(path, scale, False, unit),
    }
    return [figures.static_chart(chart, name) for name, chart in charts.items()]
