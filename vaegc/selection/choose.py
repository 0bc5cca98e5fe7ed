"""How many clusters? One climb seen at every step, climbs of other bandwidths, the votes of other methods, and what they come to.

No label decides anything: true classes, where they are known, only score the votes (``acc``, ``nmi``, ``ari``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vaegc.errors import Stopped
from vaegc.experiment import Experiment
from vaegc.experiment.cache_keys import choice_key
from vaegc.progress import Callback
from vaegc.selection.choice import KSelection
from vaegc.selection.parts import BEGIN, Shelf, assembled

if TYPE_CHECKING:
    import numpy.typing as npt

    from vaegc.datasets import Dataset


def kept_choice(spec: Experiment) -> KSelection | None:
    """Return what is known of a choice, from what is kept or shipped; None where not even its first part is.

    Parameters
    ----------
    spec
        With paths, not with names of private data.

    Notes
    -----
    Nothing is computed, no data and no model are loaded: some milliseconds, so that a page can look again and again.
    """
    return assembled(Shelf(choice_key(spec)))


def select_k(spec: Experiment | str | Dataset | npt.ArrayLike, callback: Callback | None = None) -> KSelection:
    """Look at everything that says how many clusters there are, and judge it; what was looked at before comes from the cache.

    Parameters
    ----------
    spec
        What is climbed and swept, or data (a name, a `Dataset`, a table of numbers), taken as `Experiment(dataset=...)` takes them. The `view`, the ε and
        the noise policy of a spec change nothing here.
    callback
        Gets a `Progress` of stage "choose" with the phases "begin", "steps", "bandwidths", "votes" and "verdict"; True stops. What was
        finished is kept, and the next call goes on from there.

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
    Cost: a climb and about six trees for each of six bandwidths (neighbors .005 to .16, each twice the one before; the spec's own in place of what it is nearly), a tree for
    each of up to 31 steps of the spec's own climb, and the votes of `vaegc.vote` before and after it. Digits take half a minute.

    One axis of ε serves all slices: 256 radii evenly in ln ε, from the lower end of `EpsilonSweep.eps_range` to its upper one, whichever of
    the sweeps before and after the climb reaches further. The steps between do not move it, so that it is known at once.

    Examples
    --------
    >>> from vaegc import Experiment, choose
    >>> choice = choose(Experiment(dataset="blobs", n=600, model=None))
    >>> choice.verdict.n_clusters, choice.verdict.certainty
    (8, 'firm')
    """
    spec = spec if isinstance(spec, Experiment) else Experiment(dataset=spec)  # type: ignore[arg-type]
    choice = kept_choice(spec)
    if choice is not None and choice.complete:
        return choice
    from vaegc.selection.builder import Making  # torch, for densities and models

    making = Making(spec, callback)
    try:
        making.everything()
    except Stopped:
        if making.shelf.get(BEGIN) is None:
            raise
    done = assembled(making.shelf)
    assert done is not None
    return done


choose = select_k  # `vaegc.choose`, the name of before
