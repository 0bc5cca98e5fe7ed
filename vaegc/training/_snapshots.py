"""What is shown of a training while it runs: pictures of the model, the rows of its epochs, and how long it will still take."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from vaegc.datasets import Dataset
from vaegc.metrics import USED
from vaegc.models.base import LatentModel
from vaegc.training.run_status import COLUMNS, PHASE, PHASES, ROWS
from vaegc.wording import counted

PICTURES = 8  # reconstructions
ACTIVE_POINTS = 256  # on which latent dimensions are looked at
RECENT, RECENT_EPOCHS = 20.0, 2.0  # the pace is that of so many seconds, or epochs where these take longer
LEAST = 1.0  # seconds that a pace must rest on
BETWEEN = 0.25  # seconds between two marks that are kept


def snapshot(model: LatentModel, points: Tensor, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What the model makes of points (n, D) in the network's units, those in ``rows`` (n,) of the data.

    ``latent`` (n, d), ``inputs`` and ``outputs`` (8, D) in the units of the data, ``usage`` (K,).
    Usage is left out of models without clusters, and before these are placed.
    """
    model.eval()
    with torch.no_grad():
        latent = model.encoder(points)[0]
        outputs, usage = model.mean_of(model.decoder(latent[:PICTURES])), model.cluster_usage(points)
    model.train()
    return {
        "rows": rows, "latent": latent.cpu().numpy(), "inputs": model.scaling.inverse_transform(points[:PICTURES].cpu().numpy()),
        "outputs": model.scaling.inverse_transform(outputs.float().cpu().numpy()), **({} if usage is None else {"usage": usage.cpu().numpy()}),
    }  # fmt: skip


def used(model: LatentModel, points: Tensor) -> tuple[str, dict[str, float]]:
    """Words and figures on what of the latent space the model uses: dimensions, and clusters where it has them."""
    words, figures = "", {}
    with torch.no_grad():
        usage, active = model.cluster_usage(points), model.active_dimensions(points[:ACTIVE_POINTS])
    if usage is not None:
        held = int((usage >= USED).sum())
        words = (
            f"; {len(usage) - held} of {counted(len(usage), 'cluster')} {'holds' if len(usage) - held == 1 else 'hold'} less than {100 * USED:g} %"
            if held < len(usage)
            else ""
        )
        figures["clusters_used"] = float(held)
    if active is not None:
        figures["dimensions_used"] = float(active)
        words += "; the posterior has collapsed: no latent dimension says anything of the data" if active == 0 else ""
    return words, figures


def beside(data: Dataset, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What only who draws the points needs: ``classes`` (n,) and their ``class_names``, ``image_shape`` and ``pixel_range``.

    Training itself never looks at a label; those of the points shown colour them on a page, which need not read the data for that.
    """
    found: dict[str, np.ndarray] = {}
    if data.y is not None:
        names = data.class_names or tuple(str(label) for label in range(int(data.y.max()) + 1))
        found = {"classes": data.y[rows].astype(np.int32), "class_names": np.array(names, str)}
    if data.image_shape is not None:
        found |= {"image_shape": np.array(data.image_shape), "pixel_range": np.array(data.pixel_range)}
    return found


def table(history: Sequence[dict[str, float]], phases: Sequence[str], lengths: Sequence[int]) -> dict[str, np.ndarray]:
    """Rows of all epochs (E, C) as arrays, NaN where a phase has no such column; only the last phase can end early, or be prolonged."""
    columns = list(dict.fromkeys(name for row in history for name in row))
    rows = np.array([[row.get(name, np.nan) for name in columns] for row in history], np.float64).reshape(
        len(history), len(columns)
    )
    ends = np.cumsum(lengths[:-1])
    phase = np.searchsorted(ends, np.arange(len(history)), side="right")
    return {ROWS: rows, COLUMNS: np.array(columns, str), PHASE: phase.astype(np.uint8), PHASES: np.array(phases, str)}


class Pace:
    """Seconds an epoch takes, from the recent past of one phase."""

    def __init__(self) -> None:
        self.marks: deque[tuple[float, float]] = deque()

    def restart(self) -> None:
        """Forget what was: another phase has another pace."""
        self.marks.clear()

    def mark(self, epochs: float, now: float) -> None:
        """Note that so many epochs, parts included, were done at a time in seconds."""
        marks = self.marks
        if len(marks) > 1 and now - marks[-2][1] < BETWEEN:
            marks.pop()
        marks.append((epochs, now))
        while len(marks) > 2 and now - marks[1][1] >= RECENT and epochs - marks[1][0] >= RECENT_EPOCHS:
            marks.popleft()

    @property
    def seconds(self) -> float | None:
        """Per epoch; None while too little is known."""
        if not self.marks:
            return None
        (first, began), (last, now) = self.marks[0], self.marks[-1]
        return (now - began) / (last - first) if now - began >= LEAST and last > first else None
