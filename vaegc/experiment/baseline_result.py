"""The sweep of a result's points before the ascent: the baseline that the ascent is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vaegc.metrics import score

if TYPE_CHECKING:
    from vaegc.experiment.result import Result


def unclimbed_result(result: Result) -> dict[str, Any]:
    """Return suggestion, ε and scores of the first frame of a result, by the settings of the result itself.

    Returns
    -------
    `suggestion`, `eps` and `scores`, JSON-ready; the last two are None where no plateau is readable, scores also without true classes.
    """
    config = result.spec.clustering
    sweep = result.trajectory.sweep(0, config.min_samples)
    found = sweep.suggest(config.min_size, config.max_noise)
    scores = None
    if found.eps is not None and result.dataset.y is not None:
        policy = "wrong" if config.noise == "nearest" else config.noise
        scores = score(result.dataset.y, sweep.labels_at(found.eps, noise=config.noise), policy).to_dict()
    return {"suggestion": found.to_dict(), "eps": found.eps, "scores": scores}
