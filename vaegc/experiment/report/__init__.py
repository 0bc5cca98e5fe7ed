"""A result as one HTML file that needs nothing else: the stage, figures, tables, spec, versions, and the commands that make it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaegc.errors import Stopped
from vaegc.progress import Callback, Progress, stop_asked
from vaegc.stage.page import Page

if TYPE_CHECKING:
    from vaegc.experiment.result import Result
    from vaegc.experiment.spec import Experiment

__all__ = ["make_report"]

STEPS = ("The scene", "Sweeps before and after", "The climb", "Clusters", "Writing")


def make_report(
    result: Result, *, told: Experiment | None = None, model_zip: str | None = None, callback: Callback | None = None
) -> Page:
    """Return the report of a result.

    Parameters
    ----------
    result
        What the experiment gave; one without a readable number of clusters has a report too.
    told
        The spec as the report prints it, where that of the result holds paths of a server; None prints that of the result.
    model_zip
        Name of the download that the printed code unpacks the model from; None: there is none.
    callback
        Receives `Progress`; returning True stops.

    Raises
    ------
    Stopped
        The callback asked for it.

    Notes
    -----
    Costs one sweep of the start, thirteen counts of summits and, where the scene is not in the cache, its trees: about three seconds for
    1,800 points. The same result gives the same bytes under the same versions.
    """
    from vaegc.experiment.report._clusters import clusters_of
    from vaegc.experiment.report._numbers import moments_of
    from vaegc.experiment.report._page import page_of
    from vaegc.experiment.report._pictures import climb_of, opening_of, static_of

    def at(step: int) -> None:
        if stop_asked(callback, Progress("report", step, len(STEPS), STEPS[step])):
            raise Stopped("Stopped before the report was whole; nothing was written.")

    at(0)
    packed = opening_of(result, callback)
    at(1)
    before, after = moments_of(result, callback)
    at(2)
    charts = climb_of(result)
    at(3)
    clusters = clusters_of(result, packed)
    at(4)
    return Page(
        page_of(result, told or result.spec, model_zip, packed, static_of(result, packed), before, after, charts, clusters)
    )
