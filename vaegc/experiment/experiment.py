"""`Experiment`: a spec that can be run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vaegc import store
from vaegc.experiment.spec import ExperimentSpec
from vaegc.progress import Callback

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


@dataclass(frozen=True, repr=False, eq=False)
class Experiment(ExperimentSpec):
    """Everything that decides a result.

    Parameters
    ----------
    dataset
        A name or path that `load_dataset` takes, a `Dataset`, or anything that `Dataset(x=...)` takes.
    model
        A shipped name or model folder, a `ModelConfig` to train, or None where the data are points to climb already. Left out, it is
        "digits-vae" for "digits" and None for every other data set: no model is taken that was not asked for.
    space
        Where points climb and are clustered: "latent", "data" (the same without a model), "pca", "tsne" or "umap". The densities "marginal"
        and "bound" climb in the data and are clustered in the latent space.
    view
        How a space of more than three dimensions is seen: "pca", "tsne" or "umap" of the start.
    ascent
        How to climb; None leaves the points where they are (one frame).
    clustering
        How to sweep.
    seed
        Of generated data, subsets, training and maps.
    n
        Number of points, as in `load_dataset`; of a `Dataset` a seeded subset.
    map
        Dimensions and parameters of a "pca", "tsne" or "umap" space; views take the same parameters in two dimensions.

    Examples
    --------
    >>> from vaegc import Experiment
    >>> spec = Experiment(dataset="moons", n=300, model=None)
    >>> Experiment.from_query(spec.to_query()) == spec
    True
    """

    def run(self, callback: Callback | None = None) -> Result:
        """Run every stage, taking finished ones from the cache; raises `Stopped` when the callback stops a map or tree."""
        from vaegc.experiment.result import run

        return run(self, callback)

    def packed_scene(self, callback: Callback | None = None) -> bytes:
        """Return the bytes that the stage draws; kept ones come without loading data, model or any heavy library."""
        from vaegc.web.stage.scene import pack
        from vaegc.web.stage.scene_bytes import is_complete

        key = self.key()
        with store.stage_lock(key):
            kept = store.read_cached_bytes("scene", key)
            if kept is not None and is_complete(kept):
                return kept
            from vaegc.experiment.result import run

            result = run(self, callback)
            packed = pack(result.scene(callback))
            # A part must never be taken for the whole later, nor one state of a file for another.
            if not result.stopped and key == self.key():
                store.write_cached_bytes("scene", key, packed)
        return packed
