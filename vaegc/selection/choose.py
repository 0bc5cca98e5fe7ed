"""Selection of the number of clusters K: sweeps of a climb at every step and of other bandwidths, votes, and a verdict.

No label decides anything: true classes, where they are known, only score the votes (``acc``, ``nmi``, ``ari``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaegc.errors import Stopped
from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import selection_key
from vaegc.progress import Callback
from vaegc.selection.choice import KSelection
from vaegc.selection.parts import FACTS, PartStore, assemble

if TYPE_CHECKING:
    import numpy.typing as npt

    from vaegc.datasets import Dataset


def cached_choice(spec: Experiment) -> KSelection | None:
    """Return a choice of K as far as its parts are cached or shipped; None where not even the first part is.

    Parameters
    ----------
    spec
        With paths, not with names of private data.

    Raises
    ------
    BadInput
        The data or the model that the spec names cannot be found.

    Notes
    -----
    Nothing is computed, no data and no model are loaded: some milliseconds, so that a page can look again and again.
    """
    return assemble(PartStore(selection_key(spec)))


def select_k(spec: Experiment | str | Dataset | npt.ArrayLike, callback: Callback | None = None) -> KSelection:
    """Select the number of clusters K from sweeps, bandwidths and votes, with a verdict; parts computed before come from the cache.

    Parameters
    ----------
    spec
        What is climbed and swept, or data (a name, a `Dataset`, a table of numbers), taken as `Experiment(dataset=...)` takes
        them. The `view`, the ε and the noise policy of a spec change nothing here.
    callback
        Gets a `Progress` of stage "choose" with the phases "begin", "steps", "bandwidths", "votes" and "verdict"; True stops.
        What was finished is kept, and the next call goes on from there.

    Returns
    -------
    KSelection
        After a stop only what is there by then: `missing` names the rest.

    Raises
    ------
    Stopped
        The callback stopped it before the first part was there.
    BadInput
        The spec, or what it names, cannot be used.

    Notes
    -----
    Cost: a climb and about six trees for each of six or seven bandwidths (neighbors .005 to .16, each twice the one before, and
    the spec's own, in place of one that it is nearly), a tree for each of up to 31 steps of the spec's own climb, and the votes of
    `vaegc.vote` before and after it. Digits take half a minute.

    One axis of ε serves the sweeps of all steps: 256 radii evenly in ln ε, from the lower end of `EpsilonSweep.eps_range` to its
    upper one, whichever of the sweeps before and after the climb reaches further. The steps between do not move it, so that it is known at once.

    Examples
    --------
    >>> from vaegc import Experiment, choose
    >>> choice = choose(Experiment(dataset="blobs", n=600, model=None))
    >>> choice.verdict.n_clusters, choice.verdict.certainty
    (8, 'firm')
    """
    spec = spec if isinstance(spec, Experiment) else Experiment(dataset=spec)  # type: ignore[arg-type]
    part_store = PartStore(selection_key(spec))
    choice = assemble(part_store)
    if choice is None or not choice.complete:
        from vaegc.selection.builder import ChoiceBuilder  # torch, for densities and models

        try:
            ChoiceBuilder(spec, part_store, callback).run()
        except Stopped:
            if part_store.get(FACTS) is None:
                raise
        choice = assemble(part_store)
    assert choice is not None
    return choice


choose = select_k  # the documented alias, `vaegc.choose`
