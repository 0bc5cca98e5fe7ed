"""Measurements in fresh processes: the first use of the sweep, and the peak memory that one run adds."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FIRST_USE_SCRIPT = """
import time
import numpy as np, vaegc

x, y = np.random.default_rng(0).normal(size=(5000, 2)), np.arange(5000) % 3

def use():
    started = time.perf_counter()
    sweep = vaegc.EpsilonSweep().fit(x)
    sweep.suggest(), sweep.labels_at(0.1), sweep.curve(y), sweep.predict(x[:10], 0.1)
    return time.perf_counter() - started

first = use()
print(first - use())
"""


def first_use_seconds(processes: int = 4) -> list[float]:
    """Seconds by which the first fit, suggestion, labels, curve and prediction take longer than the second, in fresh processes.

    The compiled code is there: one more process runs before.
    """
    runs = [
        subprocess.run([sys.executable, "-c", FIRST_USE_SCRIPT], capture_output=True, text=True, check=True)
        for _ in range(processes + 1)
    ]
    return [float(run.stdout) for run in runs[1:]]


PEAK_SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from vaegc.benchmarks import sweep

def memory(what):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024

x, name, eps = np.load(sys.argv[1]), sys.argv[2], float(sys.argv[3])
run = sweep.TREES.get(name) or (lambda x, e=eps: sweep.ONE_EPS[name](x, e))
run(sweep.blobs(3000, x.shape[1])) if name in sweep.TREES else sweep.ONE_EPS[name](sweep.blobs(3000, x.shape[1]), 0.5)
before = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
run(x)
print(memory("VmHWM") - before)
"""


def peak_mib(name: str, x: np.ndarray, eps: float | None) -> float | None:
    """MiB that a run adds to a fresh process that holds the points and has run once on a few; None where that cannot be measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npy"
        np.save(path, x)
        command = [sys.executable, "-c", PEAK_SCRIPT, str(path), name, str(eps or 0.0)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None
