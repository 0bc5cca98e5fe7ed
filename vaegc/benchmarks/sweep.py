"""Benchmark of the sweep against its rivals: time, peak memory, growth with N, answers, on the same points in one run.

Rivals that give a tree (fast_hdbscan, hdbscan, quitefastmst) are timed for the tree alone, the sweep for all of `fit`. Each is
first run on a few points, so that nothing is compiled while the clock runs. Memory is measured in a process of its own.

Each answer is compare_answer with that of the sweep (`vaegc.benchmarks._answers`), so that no table names a time without saying of what. The sweep
itself is compare_answer with brute force.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import itertools
import json
import math
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.benchmarks._answers import compare_answer
from vaegc.benchmarks._processes import first_use_seconds, peak_mib
from vaegc.errors import BadInput
from vaegc.robust import standardized
from vaegc.store import data_root
from vaegc.sweep import EpsilonSweep
from vaegc.sweep.threads import workers

MIN_SAMPLES = 10
N_CURVE_RADII = 200
MAX_NEIGHBOR_PAIRS = 5e7  # that a DBSCAN of scikit-learn may list; beyond, its memory decides, not its speed
MAX_REPEATED_SECONDS = 20.0  # of one run; a longer one is not repeated, nor run again for its memory


def blobs(n: int, d: int, seed: int = 0) -> np.ndarray:
    """25 Gaussian blobs of sd 1 with centres 10 apart in the plane, or at random in more dimensions."""
    rng = np.random.default_rng(seed)
    if d == 2:
        return rng.standard_normal((n, 2)) + 10 * rng.integers(0, 5, (n, 2))
    return rng.standard_normal((n, d)) + (6 * rng.standard_normal((25, d)))[rng.integers(0, 25, n)]


def collapsed(n: int, seed: int = 0) -> np.ndarray:
    """Points after a long climb: 10 modes of spread 1e-6."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((10, 2))[rng.integers(0, 10, n)] + 1e-6 * rng.standard_normal((n, 2))


def data_sets(smoke: bool) -> dict[str, Callable[[], np.ndarray]]:
    """All sets by name; a smoke test takes small ones."""
    if smoke:
        return {"blobs 2-D 2,000": partial(blobs, 2_000, 2), "collapsed 2-D 2,000": partial(collapsed, 2_000)}
    out: dict[str, Callable[[], np.ndarray]] = {f"blobs 2-D {n:,}": partial(blobs, n, 2) for n in (10_000, 70_000, 1_000_000)}
    out["collapsed 2-D 70,000"] = partial(collapsed, 70_000)
    out |= {f"blobs 10-D {n:,}": partial(blobs, n, 10) for n in (10_000, 70_000)}
    if (data_root() / "mnist").is_dir():
        out |= {f"MNIST latents 10-D {n:,}": partial(_mnist_latents, n) for n in (10_000, 70_000)}
    return out


def _mnist_latents(n: int) -> np.ndarray:
    from vaegc.datasets import load_dataset
    from vaegc.studies.latents import latent_points

    points = latent_points(load_dataset("mnist")).astype(np.float64)
    return points[np.random.default_rng(0).permutation(len(points))[:n]]


# --- who is timed ----------------------------------------------------------------------------------------------------


def _fit(x: np.ndarray) -> object:
    return EpsilonSweep(MIN_SAMPLES).fit(x)


def _fast_hdbscan(x: np.ndarray) -> object:
    from fast_hdbscan.hdbscan import compute_minimum_spanning_tree

    # It computes in float32, so its points are around 0 and of scale 1, as the votes give them.
    return compute_minimum_spanning_tree(standardized(x)[0], min_samples=MIN_SAMPLES - 1)  # it does not count the point itself


def _hdbscan(x: np.ndarray) -> object:
    from hdbscan import HDBSCAN

    # There is no public way to the tree alone, so its labels are in the time.
    return HDBSCAN(min_samples=MIN_SAMPLES - 1, approx_min_span_tree=False, gen_min_span_tree=True, core_dist_n_jobs=-1).fit(x)


def _quitefastmst(x: np.ndarray) -> object:
    import quitefastmst

    return quitefastmst.mst_euclid(x, M=MIN_SAMPLES - 1)


def _sklearn(x: np.ndarray, eps: float) -> object:
    from sklearn.cluster import DBSCAN

    return DBSCAN(eps=eps, min_samples=MIN_SAMPLES, algorithm="kd_tree", n_jobs=-1).fit(x)


def _dbscan(x: np.ndarray, eps: float) -> object:
    from dbscan import DBSCAN

    return DBSCAN(x, eps=eps, min_samples=MIN_SAMPLES)


TREES = {"EpsilonSweep.fit": _fit, "quitefastmst": _quitefastmst, "fast_hdbscan": _fast_hdbscan, "hdbscan": _hdbscan}
ONE_EPS = {"scikit-learn DBSCAN": _sklearn, "dbscan (wangyiqiu)": _dbscan}
PACKAGES = {"quitefastmst": "quitefastmst", "fast_hdbscan": "fast_hdbscan", "hdbscan": "hdbscan", "dbscan (wangyiqiu)": "dbscan"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--repeat", type=int, default=5, help="runs of each, turn by turn; medians are shown (default 5)")
    parser.add_argument("--only", default="", help="only sets whose names contain this")
    parser.add_argument(
        "--answers", action="store_true", help="compare the answers alone: every rival runs once, nothing is timed"
    )
    parser.add_argument("--smoke", action="store_true", help="two small sets, to see that it runs")
    parser.add_argument("--out", type=Path, default=None, help="write every measurement as one JSON line")


def main(options: argparse.Namespace) -> None:
    """Print machine, versions, then a table for each set."""
    if options.repeat < 1:
        raise BadInput(f"--repeat must be at least 1; got {options.repeat}.")
    rivals = {name for name in (*TREES, *ONE_EPS) if name not in PACKAGES or importlib.util.find_spec(PACKAGES[name])}
    print(describe_machine([PACKAGES[name] for name in PACKAGES if name in rivals]))
    for name in PACKAGES:
        if name not in rivals:
            print(f"{name} is not installed and left out; pip install 'vaegc[bench]' brings it.")
    chosen = {name: make for name, make in data_sets(options.smoke).items() if options.only in name}
    if not chosen:
        raise BadInput(f"No set has {options.only!r} in its name.")
    fits: dict[str, tuple[int, float]] = {}
    for name, make in chosen.items():
        x = make()
        if options.answers:
            _show_answers(name, x, rivals)
            continue
        rows = measure(x, rivals, options.repeat if len(x) <= 100_000 else min(options.repeat, 3))
        _show(name, x, rows)
        fits[name] = (len(x), rows["EpsilonSweep.fit"]["seconds"])
        if options.out:
            with options.out.open("a") as file:
                file.write(json.dumps({"set": name, "n": len(x), "d": x.shape[1], "rows": rows}) + "\n")
    if options.answers:
        return
    _growth(fits)
    late = ", ".join(f"{seconds:.2f}" for seconds in first_use_seconds())
    print(f"First use in fresh processes, seconds longer than the second (imports; compiled code kept): {late}")


def measure(x: np.ndarray, rivals: set[str], repeat: int) -> dict[str, dict[str, Any]]:
    """Median seconds and peak memory of each on the same points, turn by turn."""
    warm = blobs(3_000, x.shape[1])
    sweep = EpsilonSweep(MIN_SAMPLES).fit(x)
    eps, why = _choose_eps(sweep, x)
    classes = np.random.default_rng(0).integers(0, 10, len(x))
    curve = EpsilonSweep(MIN_SAMPLES).fit(warm).curve
    curve(np.arange(len(warm)) % 10, n_eps=5)
    tasks: dict[str, Callable[[], object]] = {}
    for name, run in TREES.items():
        if name in rivals:
            run(warm)
            tasks[name] = partial(run, x)
    for policy in ("wrong", "ignore"):
        tasks[f'curve, {N_CURVE_RADII} ε, scores "{policy}"'] = partial(sweep.curve, classes, n_eps=N_CURVE_RADII, noise=policy)
    if eps is not None:
        for name, once in ONE_EPS.items():
            if name in rivals:
                once(warm, 0.5)
                tasks[name] = partial(once, x, eps)
    times: dict[str, list[float]] = {name: [] for name in tasks}
    said: dict[str, str] = {}
    for _ in range(repeat):
        for name, task in tasks.items():
            if times[name] and times[name][0] > MAX_REPEATED_SECONDS:
                continue
            started = time.perf_counter()
            answer = task()
            times[name].append(time.perf_counter() - started)
            if name not in said and name in (*TREES, *ONE_EPS):
                said[name] = compare_answer(name, answer, sweep, x, eps)
    rows: dict[str, dict[str, Any]] = {
        name: {"seconds": float(np.median(t)), "runs": len(t), "mib": None, "answer": said.get(name, "")}
        for name, t in times.items()
    }
    for name, row in rows.items():
        if (name in TREES or name in ONE_EPS) and row["seconds"] <= MAX_REPEATED_SECONDS:
            row["mib"] = peak_mib(name, x, eps)
    rows["EpsilonSweep.fit"]["eps"], rows["EpsilonSweep.fit"]["why"] = eps, why
    return rows


def _choose_eps(sweep: EpsilonSweep, x: np.ndarray) -> tuple[float | None, str]:
    """A radius for the rivals that take one: the middle of the longest plateau, or as far up as neighbour lists allow."""
    plateaus = sweep.plateaus()
    if plateaus.empty:
        eps, why = float(np.median(sweep.core_distances_)), "there is no plateau; the median core distance"
    else:
        low, high = float(plateaus["eps_low"].iloc[0]), float(plateaus["eps_high"].iloc[0])
        eps, why = math.sqrt(low * high), f"middle of the longest plateau, {int(plateaus['n_clusters'].iloc[0])} clusters"
        if _neighbor_pairs(x, eps) > MAX_NEIGHBOR_PAIRS:
            eps, why = low * 1.001, f"lower end of the longest plateau, {int(plateaus['n_clusters'].iloc[0])} clusters"
    if _neighbor_pairs(x, eps) > MAX_NEIGHBOR_PAIRS:
        return None, f"at ε = {eps:.3g}, {why}, DBSCAN would list {_neighbor_pairs(x, eps):.1e} pairs: not run"
    return eps, why


def _neighbor_pairs(x: np.ndarray, eps: float) -> float:
    """Neighbour pairs within eps, estimated from 200 points."""
    from scipy.spatial.distance import cdist

    some = np.random.default_rng(0).choice(len(x), min(200, len(x)), replace=False)
    return float((cdist(x[some], x) <= eps).sum() / len(some) * len(x))


# --- what is printed -------------------------------------------------------------------------------------------------


def describe_machine(packages: list[str]) -> str:
    """One line: processor, cores, Python and the versions of everything that is timed."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        cpu = next((line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")), cpu)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "scikit-learn", *packages)]
    return f"{cpu}, {workers()} cores; Python {platform.python_version()}, {', '.join(versions)}"


def _show(name: str, x: np.ndarray, rows: dict[str, dict[str, Any]]) -> None:
    ours = rows["EpsilonSweep.fit"]
    note = ours["why"] if ours["eps"] is None else f"one ε: {ours['eps']:.3g}, {ours['why']}"
    print(f"\n### {name}\n\nN {len(x):,}, d {x.shape[1]}, min_samples {MIN_SAMPLES}; {note}.\n")
    print("| what | seconds (median) | times fit | peak MiB added | runs | its answer |\n|---|---|---|---|---|---|")
    for what, row in rows.items():
        mib = "" if row["mib"] is None else f"{row['mib']:.0f}"
        print(
            f"| {what} | {row['seconds']:.3f} | {row['seconds'] / ours['seconds']:.2f} | {mib} | {row['runs']} | {row['answer']} |"
        )
    if "scikit-learn DBSCAN" in rows:
        once, curve = rows["scikit-learn DBSCAN"]["seconds"], rows[f'curve, {N_CURVE_RADII} ε, scores "wrong"']["seconds"]
        both = ours["seconds"] + curve
        print(
            f"\n{N_CURVE_RADII} DBSCANs would take {N_CURVE_RADII * once:.0f} s: {N_CURVE_RADII * once / both:.0f} times fit and curve with scores together."
        )
    print(flush=True)


def _show_answers(name: str, x: np.ndarray, rivals: set[str]) -> None:
    """Print what each rival's answer differs in, and time nothing."""
    sweep = EpsilonSweep(MIN_SAMPLES).fit(x)
    eps, why = _choose_eps(sweep, x)
    print(
        f"\n### {name}\n\nN {len(x):,}, d {x.shape[1]}; {why if eps is None else f'one ε: {eps:.3g}'}.\n\n| what | its answer |\n|---|---|"
    )
    runs: dict[str, Callable[[np.ndarray], object]] = dict(TREES)
    if eps is not None:
        runs |= {rival: partial(once, eps=eps) for rival, once in ONE_EPS.items()}
    for rival, run in runs.items():
        if rival in rivals:
            print(f"| {rival} | {compare_answer(rival, run(x), sweep, x, eps)} |", flush=True)


def _growth(fits: dict[str, tuple[int, float]]) -> None:
    """Exponents between sets that differ in N only."""
    print("Growth of fit with N (exponent of N):")
    kinds: dict[str, list[tuple[int, float]]] = {}
    for name, (n, seconds) in fits.items():
        kinds.setdefault(name.rsplit(" ", 1)[0], []).append((n, seconds))
    for kind, found in kinds.items():
        for (n, s), (more, t) in itertools.pairwise(sorted(found)):
            print(f"- {kind}, {n:,} to {more:,}: {math.log(t / s) / math.log(more / n):.2f}")
