"""Benchmark of the climb against its rivals: time, growth with N, memory, and what leaving components out costs in accuracy.

The dense rival is a torch loop in float64 over all centres, on the same cores. It is timed on a few points and steps, its own growth is
measured, and what 70,000 points would take is extrapolated by that. Every time of ours includes the bandwidths and is that of all points.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vaegc.ascent import ascend
from vaegc.benchmarks.sweep import blobs, describe_machine
from vaegc.densities import KernelDensity
from vaegc.densities._dense import evaluate_dense
from vaegc.errors import BadInput
from vaegc.store import data_root
from vaegc.wording import counted

STEPS = 20
SIZES = (5_000, 10_000, 20_000, 35_000, 70_000)
SMOKE_SIZES = (1_000, 2_000)
DENSE_SIZES = (2_000, 4_000, 8_000)  # points on which the dense rival is timed
MEAN_SHIFT_SIZES = (2_000, 4_000)  # and scikit-learn's, which runs each point to its end on a flat kernel
N_COMPARED_POINTS = 2_000  # at which a step is compared with the exact one
COMPARED_STEPS = (0, 1, 3, 10, 20)
ORACLE_TOLERANCE, N_ORACLE_POINTS = 1e-3, 200  # share of a step's length, and points at which `oracle_centers` counts


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    parser.add_argument("--only", default="", help="only settings whose names contain this")
    parser.add_argument("--smoke", action="store_true", help="small sets of blobs, to see that it runs")
    parser.add_argument("--out", type=Path, default=None, help="write every measurement as one JSON line")


def settings(smoke: bool) -> dict[str, tuple[Callable[[], np.ndarray], float]]:
    """Name, points, neighbours."""
    if smoke or not (data_root() / "mnist").is_dir():
        n = SMOKE_SIZES[-1] if smoke else SIZES[-1]
        return {"blobs 2-D, 4 %": (lambda: blobs(n, 2), 0.04), "blobs 10-D, 100 neighbours": (lambda: blobs(n, 10), 100)}
    from vaegc.studies.maps import latent_subset, map_subset

    return {
        "UMAP map 2-D, 4 %": (lambda: map_subset("umap")[0], 0.04),
        "UMAP map 2-D, 100 neighbours": (lambda: map_subset("umap")[0], 100),
        "latent space 10-D, 1 %": (lambda: latent_subset("ae", 70_000, 0)[0], 0.01),
        "latent space 10-D, 100 neighbours": (lambda: latent_subset("ae", 70_000, 0)[0], 100),
    }


def main(options: argparse.Namespace) -> None:
    """Print machine and versions, then a block for each setting."""
    print(describe_machine(["torch"]))
    sizes = SMOKE_SIZES if options.smoke else SIZES
    chosen = {name: pair for name, pair in settings(options.smoke).items() if options.only in name}
    if not chosen:
        raise BadInput(f"No setting has {options.only!r} in its name.")
    for name, (make, neighbors) in chosen.items():
        points = make()
        print(f"\n### {name}: {STEPS} steps\n", flush=True)
        ours = [time_climb(points[:n], neighbors) for n in sizes]
        dense = [time_dense_step(points[:n], neighbors) for n in (SMOKE_SIZES if options.smoke else DENSE_SIZES)]
        measured = growth_exponent([n for n, _ in dense], [s for _, s in dense])
        growth = min(measured, 2.0)  # small sets fit into faster memory, which makes growth look steeper than it can be
        print(f"Dense: measured exponent {measured:.2f}, extrapolated by {growth:.2f}.\n")
        _show(ours, dense, growth, neighbors)
        rows = [{"setting": name, **row} for row in [*ours, {"dense_exponent": measured, "dense": dense}]]
        if not options.smoke:
            for n in MEAN_SHIFT_SIZES:
                seconds, found = time_mean_shift(points[:n], neighbors)
                print(
                    f"scikit-learn's MeanShift, {n:,} points (flat kernel, one bandwidth, each point to its end): {seconds:.1f} s, {counted(found, 'cluster')}"
                )
        needed = [(n, oracle_centers(points[:n], neighbors)) for n in (sizes[0], sizes[-1])]
        (n0, few), (n1, many) = needed
        print(
            f"Centres that the start of a climb needs for a step within {ORACLE_TOLERANCE:g} of the exact one, chosen by an oracle that knows all weights (median of "
            f"{N_ORACLE_POINTS} points): {few:,.0f} of {n0:,}, {many:,.0f} of {n1:,}; sums of no more than these would grow with exponent "
            f"{1 + growth_exponent([n0, n1], [few, many]):.2f}."
        )
        for frame in step_errors(points[: sizes[-1]], neighbors):
            rows.append({"setting": name, **frame})
            print(
                f"Error of a step after {frame['step']:>2}, in lengths of the exact step: median {frame['median']:.1e}, p99 {frame['p99']:.1e}; "
                f"in bandwidths: median {frame['median_h']:.1e}, p99 {frame['p99_h']:.1e}; effective neighbours {frame['neighbours']:.0f}, "
                f"summed {frame['summed']:,.0f} of {frame['components']:,}"
            )
        mib = peak_mib(points[: sizes[-1]], neighbors)
        if mib is not None:
            print(f"Peak memory of a fresh process that climbs {sizes[-1]:,} points, all of it: {mib:,.0f} MiB")
        if options.out:
            with options.out.open("a") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
        sys.stdout.flush()


def time_climb(points: np.ndarray, neighbors: float) -> dict[str, Any]:
    """Seconds of bandwidths and of all steps, of all points; the nearly exact sums, whatever N."""
    warm = KernelDensity(points[:600], neighbors=min(neighbors, 50), exact=False)
    ascend(points[:600], warm, steps=1)  # compiled before the clock runs
    began = time.perf_counter()
    density = KernelDensity(points, neighbors=neighbors, exact=False)
    ready = time.perf_counter()
    ascend(points, density, steps=STEPS, keep_every=STEPS)
    return {"n": len(points), "bandwidths": ready - began, "steps": time.perf_counter() - ready}


def time_dense_step(points: np.ndarray, neighbors: float, repeat: int = 3) -> tuple[int, float]:
    """Median seconds of one step of all points by a dense torch loop."""
    from vaegc.densities._bandwidth import neighbor_bandwidths
    from vaegc.neighbors import neighbor_count

    h = neighbor_bandwidths(points, neighbor_count(neighbors, *points.shape))
    z = points - points.mean(axis=0)
    log_weight = -points.shape[1] * np.log(h)
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        evaluate_dense(z, 1 / h**2, log_weight, z)
        times.append(time.perf_counter() - began)
    return len(points), sorted(times)[repeat // 2]


def time_mean_shift(points: np.ndarray, neighbors: float) -> tuple[float, int]:
    """Seconds and clusters of scikit-learn's MeanShift from every point, with the median of our bandwidths as its radius.

    Another method, and so another answer: its number of clusters is printed beside its time.
    """
    from sklearn.cluster import MeanShift

    radius = float(np.median(KernelDensity(points, neighbors=neighbors).bandwidths)) * math.sqrt(points.shape[1])
    began = time.perf_counter()
    fitted = MeanShift(bandwidth=radius, n_jobs=-1, max_iter=STEPS).fit(points)
    return time.perf_counter() - began, len(fitted.cluster_centers_)


def growth_exponent(sizes: list[int], seconds: list[float]) -> float:
    """Growth with N: the slope of log seconds over log N, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def step_errors(points: np.ndarray, neighbors: float) -> list[dict[str, Any]]:
    """Return the errors of steps by pruned sums against exact ones, at `COMPARED_STEPS` of a climb; lengths in steps and in bandwidths."""
    nearly = KernelDensity(points, neighbors=neighbors, exact=False)
    exact = KernelDensity(points, bandwidth=nearly.bandwidths, exact=True)
    rows = np.random.default_rng(0).permutation(len(points))[:N_COMPARED_POINTS]
    path = ascend(points, nearly, steps=COMPARED_STEPS[-1])
    out = []
    for step in COMPARED_STEPS:
        # All points, as a climb has them: which lie together decides what a block leaves out.
        at = path.frame(step)
        got, true = nearly.statistics(at), exact.statistics(at[rows])
        away = np.linalg.norm(got.shift[rows] - true.shift, axis=1)
        length, h = np.linalg.norm(true.shift, axis=1), nearly.bandwidths[rows]
        moving = length > 1e-3 * h  # at a mode the step itself vanishes, and nothing can be compared with it
        relative = away[moving] / length[moving] if moving.any() else np.zeros(1)
        out.append({
            "step": step, "median": float(np.median(relative)), "p99": float(np.percentile(relative, 99)), "moving": float(moving.mean()),
            "median_h": float(np.median(away / h)), "p99_h": float(np.percentile(away / h, 99)),
            "neighbours": float(np.median(true.effective_neighbors)), "summed": float(got.n_evaluated.mean()),
            "components": nearly.n_components,
        })  # fmt: skip
    return out


def oracle_centers(points: np.ndarray, neighbors: float) -> float:
    """Return the median number of centres, heaviest first, after which a step from a centre stays within `ORACLE_TOLERANCE` of the exact one."""
    h = KernelDensity(points, neighbors=neighbors).bandwidths
    d, counts = points.shape[1], []
    for i in np.random.default_rng(0).permutation(len(points))[:N_ORACLE_POINTS]:
        away = points - points[i]
        logs = -(away**2).sum(axis=1) / (2 * h**2) - (d + 2) * np.log(h)  # of the weight in the step, precision included
        order = np.argsort(-logs)
        weight = np.exp(logs[order] - logs[order[0]])
        steps = (weight[:, None] * away[order]).cumsum(axis=0) / weight.cumsum()[:, None]
        wrong = np.linalg.norm(steps - steps[-1], axis=1) > ORACLE_TOLERANCE * np.linalg.norm(steps[-1])
        counts.append(int(np.flatnonzero(wrong)[-1]) + 2 if wrong.any() else 1)
    return float(np.median(counts))


PEAK_SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from vaegc.benchmarks import ascent
ascent.time_climb(np.load(sys.argv[1]), float(sys.argv[2]) if float(sys.argv[2]) < 1 else int(float(sys.argv[2])))
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
"""


def peak_mib(points: np.ndarray, neighbors: float) -> float | None:
    """MiB at the peak of a fresh process, libraries included; None where that cannot be measured."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.npy"
        np.save(path, points)
        done = subprocess.run(
            [sys.executable, "-c", PEAK_SCRIPT, str(path), str(neighbors)], capture_output=True, text=True, check=False
        )
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else None


def _show(ours: list[dict[str, Any]], dense: list[tuple[int, float]], growth: float, neighbors: float) -> None:
    n0, s0 = dense[-1]
    print("| N | bandwidths, s | steps, s | together, s | dense, s (extrapolated) | times |\n|---|---|---|---|---|---|")
    for row in ours:
        total = row["bandwidths"] + row["steps"]
        rival = STEPS * s0 * (row["n"] / n0) ** growth
        row.update(total=total, dense=rival, times=rival / total)
        print(
            f"| {row['n']:,} | {row['bandwidths']:.2f} | {row['steps']:.2f} | {total:.2f} | {rival:,.0f} | {rival / total:,.0f} |"
        )
    each = ", ".join(f"{n:,}: {s:.2f} s" for n, s in dense)
    sizes = [row["n"] for row in ours]
    whole = growth_exponent(sizes, [row["total"] for row in ours])
    ends = [ours[len(ours) // 2 - 1], ours[-1]] if len(ours) > 2 else ours
    upper = growth_exponent([row["n"] for row in ends], [row["total"] for row in ends])
    print(f"\nDense, one step: {each}.")
    print(
        f"Ours: exponent {whole:.2f} over all sizes, {upper:.2f} from {ends[0]['n']:,} to {ends[-1]['n']:,}; neighbours {neighbors:g}."
    )
