"""Small data and what tests ask of models, callbacks and errors."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image


def cloud(n: int, d: int, seed: int = 0) -> np.ndarray:
    """Standard normal points (n, d)."""
    return np.random.default_rng(seed).standard_normal((n, d))


def weights(model: object) -> bytes:
    """All weights and buffers of a PyTorch module, to be compared bit for bit."""
    return b"".join(tensor.detach().numpy().tobytes() for tensor in model.state_dict().values())  # type: ignore[attr-defined]


def every(count: int) -> Callable[[object], bool]:
    """A callback that stops at every `count`-th event."""
    seen: list[object] = []
    return lambda event: seen.append(event) or len(seen) % count == 0  # type: ignore[func-returns-value]


def one_sentence(error: BaseException) -> bool:
    """Whether a message is one that a person can read."""
    words = str(error)
    return words.endswith(".") and "\n" not in words and len(words) > 10


def png(value: int = 9, height: int = 4, width: int = 6) -> bytes:
    """A grey picture as a file."""
    out = io.BytesIO()
    Image.fromarray(np.full((height, width), value, np.uint8)).save(out, "PNG")
    return out.getvalue()


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What a command printed with `--json`: one document a line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@dataclass(frozen=True)
class PathLengths:
    """What the charts of a climb need of a `Trajectory`."""

    log_density: np.ndarray
    steps: np.ndarray
    step_lengths: np.ndarray
    path_lengths: np.ndarray
