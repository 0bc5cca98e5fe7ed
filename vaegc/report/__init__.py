"""A result as one self-contained HTML file: the stage, figures, tables, spec, versions, and the code that reproduces it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from vaegc.errors import Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.web.page import Page

if TYPE_CHECKING:
    from vaegc.experiment.result import Result
    from vaegc.experiment.spec import ExperimentSpec

__all__ = ["make_report", "report"]

STEPS = ("The scene", "Sweeps before and after", "The climb", "Clusters", "Writing")


def make_report(
    result: Result, *, shown_spec: ExperimentSpec | None = None, model_zip: str | None = None, callback: Callback | None = None
) -> Page:
    """Return the report of a result.

    Parameters
    ----------
    result
        What the experiment gave; one without a readable number of clusters has a report too.
    shown_spec
        The spec that the report prints, where that of the result holds paths of a server; None: that of the result.
    model_zip
        Name of the download that the printed code unpacks the model from; None: there is none.
    callback
        Receives `Progress`; returning True stops.

    Raises
    ------
    Stopped
        The callback returned True.

    Notes
    -----
    Costs one sweep of the start, thirteen counts of summits and, where the scene is not in the cache, its trees: about three seconds for
    1,800 points. The same result gives the same bytes under the same versions.
    """
    from vaegc.report._clusters import cluster_table
    from vaegc.report._numbers import sweep_summaries
    from vaegc.report._page import render_page
    from vaegc.report._pictures import before_after_png, climb_charts, final_scene

    def at(step: int) -> None:
        if stop_asked(callback, Progress("report", step, len(STEPS), STEPS[step])):
            raise Stopped("Stopped before the report was whole; nothing was written.")

    at(0)
    packed = final_scene(result, callback)
    at(1)
    before, after = sweep_summaries(result, callback)
    at(2)
    charts = climb_charts(result)
    at(3)
    clusters = cluster_table(result, packed)
    at(4)
    return Page(
        render_page(
            result,
            shown_spec or result.spec,
            model_zip,
            packed,
            before_after_png(result, packed),
            before,
            after,
            charts,
            clusters,
        )
    )


def report(result: Result, path: str | Path | None = None, *, callback: Callback | None = None) -> Page:
    """Return the report of a result, saved too where a path is given.

    Parameters
    ----------
    result
        What an experiment gave.
    path
        Where to write the HTML file; None: nowhere.
    callback
        Receives `Progress`; returning True stops.

    Raises
    ------
    Stopped
        The callback returned True.
    BadInput
        The file cannot be written.

    Examples
    --------
    >>> import vaegc
    >>> result = vaegc.Experiment(dataset="moons", n=60, model=None, seed=0).run()
    >>> vaegc.report(result).html.startswith("<!doctype html>")
    True
    """
    page = make_report(result, callback=callback)
    if path is not None:
        page.save(path)
    return page


class _Callable(ModuleType):
    """A module that can be called: `vaegc.report` names the function and, once imported, the package of the same name."""

    def __call__(self, result: Result, path: str | Path | None = None, *, callback: Callback | None = None) -> Page:
        return report(result, path, callback=callback)


sys.modules[__name__].__class__ = _Callable
