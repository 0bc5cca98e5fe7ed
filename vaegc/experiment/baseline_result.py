"""What the same points say before the climb: the other half of what the climb changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaegc.metrics import score

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


def before_climb(result: Result) -> dict[str, Any]:
    """Return the suggestion, its ε and the scores there of a result's points at their start, read as those after the climb are.

    `suggestion`, `eps`, `scores`: JSON-ready; the last two are None where no plateau is readable, scores also without true classes.
    """
    how = result.spec.clustering
    sweep = result.trajectory.sweep(0, how.min_samples)
    found = sweep.suggest(how.min_size, how.max_noise)
    scores = None
    if found.eps is not None and result.dataset.y is not None:
        policy = "wrong" if how.noise == "nearest" else how.noise
        scores = score(result.dataset.y, sweep.labels_at(found.eps, noise=how.noise), policy).to_dict()
    return {"suggestion": found.to_dict(), "eps": found.eps, "scores": scores}
