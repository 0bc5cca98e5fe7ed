"""Snapshots of a running training: latent points and reconstructions, history of the epochs, cluster usage, time left."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from vaegc.datasets import Dataset
from vaegc.metrics import MIN_USED_SHARE
from vaegc.models.base import LatentModel
from vaegc.training.run_status import COLUMNS, PHASE, PHASES, ROWS
from vaegc.wording import counted_of

N_RECONSTRUCTIONS = 8  # reconstructions
ACTIVE_DIMENSION_POINTS = 256  # on which latent dimensions are looked at
ETA_WINDOW_SECONDS = 20.0  # of the past, from which the time per epoch is estimated
ETA_WINDOW_EPOCHS = 2.0  # at least, where these take longer
MIN_ETA_SECONDS = 1.0  # of training, before which there is no estimate
ETA_MARK_SECONDS = 0.25  # between two marks that are kept


def snapshot(model: LatentModel, points: Tensor, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return latent points and reconstructions of points (n, D) in the network's units, which are ``rows`` (n,) of the data.

    The arrays are ``rows``, ``latent`` (n, d), ``inputs`` and ``outputs`` (8, D) in the units of the data, ``usage`` (K,).
    Usage is left out for models without clusters, and before these are initialised.
    """
    model.eval()
    with torch.no_grad():
        latent = model.encoder(points)[0]
        outputs, usage = model.mean_of(model.decoder(latent[:N_RECONSTRUCTIONS])), model.cluster_usage(points)
    model.train()
    return {
        "rows": rows, "latent": latent.cpu().numpy(), "inputs": model.scaling.inverse_transform(points[:N_RECONSTRUCTIONS].cpu().numpy()),
        "outputs": model.scaling.inverse_transform(outputs.float().cpu().numpy()), **({} if usage is None else {"usage": usage.cpu().numpy()}),
    }  # fmt: skip


def usage_summary(model: LatentModel, points: Tensor) -> tuple[str, dict[str, float]]:
    """Return a clause and figures on how many clusters hold points (n, D) and how many latent dimensions are active."""
    words, figures = "", {}
    with torch.no_grad():
        usage, active = model.cluster_usage(points), model.active_dimensions(points[:ACTIVE_DIMENSION_POINTS])
    if usage is not None:
        held = int((usage >= MIN_USED_SHARE).sum())
        words = (
            f"; {counted_of(len(usage) - held, len(usage), 'cluster', 'hold')} less than {100 * MIN_USED_SHARE:g} %"
            if held < len(usage)
            else ""
        )
        figures["clusters_used"] = float(held)
    if active is not None:
        figures["dimensions_used"] = float(active)
        words += "; the posterior has collapsed: no latent dimension says anything of the data" if active == 0 else ""
    return words, figures


def side_arrays(data: Dataset, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays that only drawing needs: ``classes`` (n,) and their ``class_names``, ``image_shape`` and ``pixel_range``.

    Training itself never looks at a label; those of the snapshot's points colour them on a page, which need not read the data.
    """
    found: dict[str, np.ndarray] = {}
    if data.y is not None:
        names = data.class_names or tuple(str(label) for label in range(int(data.y.max()) + 1))
        found = {"classes": data.y[rows].astype(np.int32), "class_names": np.array(names, str)}
    if data.image_shape is not None:
        found |= {"image_shape": np.array(data.image_shape), "pixel_range": np.array(data.pixel_range)}
    return found


def history_arrays(history: Sequence[dict[str, float]], phases: Sequence[str], lengths: Sequence[int]) -> dict[str, np.ndarray]:
    """Return the history of all epochs (E, C) as arrays, NaN where a phase has no such column.

    `lengths` are the epochs of each phase; only the last phase can end early, or be prolonged.
    """
    columns = list(dict.fromkeys(name for row in history for name in row))
    rows = np.array([[row.get(name, np.nan) for name in columns] for row in history], np.float64).reshape(
        len(history), len(columns)
    )
    ends = np.cumsum(lengths[:-1])
    phase = np.searchsorted(ends, np.arange(len(history)), side="right")
    return {ROWS: rows, COLUMNS: np.array(columns, str), PHASE: phase.astype(np.uint8), PHASES: np.array(phases, str)}


class EtaEstimator:
    """Estimator of the seconds per epoch, over a sliding window of one phase."""

    def __init__(self) -> None:
        self.marks: deque[tuple[float, float]] = deque()

    def reset(self) -> None:
        """Discard all marks: another phase has another speed."""
        self.marks.clear()

    def update(self, epochs: float, now: float) -> None:
        """Record that so many epochs, fractions included, were done at the time `now` in seconds."""
        marks = self.marks
        if len(marks) > 1 and now - marks[-2][1] < ETA_MARK_SECONDS:
            marks.pop()
        marks.append((epochs, now))
        while len(marks) > 2 and now - marks[1][1] >= ETA_WINDOW_SECONDS and epochs - marks[1][0] >= ETA_WINDOW_EPOCHS:
            marks.popleft()

    @property
    def seconds_per_epoch(self) -> float | None:
        """Seconds per epoch; None while the window is too short."""
        if not self.marks:
            return None
        (first, began), (last, now) = self.marks[0], self.marks[-1]
        return (now - began) / (last - first) if now - began >= MIN_ETA_SECONDS and last > first else None
