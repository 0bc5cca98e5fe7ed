"""The browser's cut is Python's cut: the same labels, counts and scores at random frames and radii."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from vaegc import AscentConfig, ClusterConfig, Experiment, Result, score, store
from vaegc.metrics import NOISE_POLICIES
from vaegc.web.stage.scene_bytes import read_header

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "js"
CUT = FOLDER / "cut_cli.mjs"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None, reason="node is not installed; the stage's JavaScript is then tested in the browser only"
)


def test_the_stages_own_tests_pass():
    files = sorted(path for path in FOLDER.glob("*.mjs") if "node:test" in path.read_text(encoding="utf-8"))
    assert files
    done = subprocess.run(
        [str(NODE), "--test", *map(str, files)], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def cuts(path: Path, wanted: list[dict[str, float]]) -> list[dict]:
    done = subprocess.run(
        [str(NODE), str(CUT), str(path), json.dumps(wanted)], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def questions(header: dict, many: int, seed: int) -> list[dict[str, float]]:
    rng = np.random.default_rng(seed)
    low, high = np.log(header["eps"]["low"]), np.log(header["eps"]["high"])
    # The tree is that of the last frame every other time: there the clusters are.
    frames = np.where(np.arange(many) % 2, len(header["trees"]) - 1, rng.integers(0, len(header["trees"]), many))
    eps = np.exp(rng.uniform(low, high, many))
    eps[:2] = header["eps"]["low"], header["eps"]["high"]  # exactly at an event, where <= counts
    return [{"tree": int(frame), "eps": float(radius)} for frame, radius in zip(frames, eps, strict=True)]


def agree(path: Path, result: Result, many: int = 40) -> None:
    header = read_header(path.read_bytes())
    wanted = questions(header, many, 0)
    for question, got in zip(wanted, cuts(path, wanted), strict=True):
        frame = header["trees"][question["tree"]]["frame"]
        sweep, eps = result.trajectory.sweep(frame, result.spec.clustering.min_samples), question["eps"]
        labels = sweep.labels_at(eps)
        assert got["labels"] == labels.tolist()
        assert got["n_clusters"] == sweep.n_clusters_at(eps)
        assert got["n_counted"] == sweep.n_clusters_at(eps, min_size=header["min_size"])
        assert got["noise"] == pytest.approx(sweep.noise_at(eps), abs=1e-12)
        # Scores take a contested border point where scikit-learn's DBSCAN has it: in the first cluster that reaches it.
        scored = np.array(got["scored"])
        moved = scored != labels
        assert (sweep.core_distances_[moved] > eps).all()
        assert (scored[moved] >= 0).all()
        assert (scored[moved] < labels[moved]).all()
        assert got["nearest"] == sweep.labels_at(eps, noise="nearest").tolist()
        for policy in NOISE_POLICIES:
            # Once placed, no point is noise, and `score` takes the labels as they are.
            placed = policy == "nearest"
            scores = score(result.dataset.y, got["nearest"] if placed else scored, "wrong" if placed else policy)
            for name in ("acc", "nmi", "ari", "purity", "coverage"):
                assert got["scores"][policy][name] == pytest.approx(getattr(scores, name), abs=1e-9), (question, policy, name)


def test_the_cut_of_the_shipped_scene_is_pythons():
    path = store.assets_root() / "stages" / "scene" / f"{Experiment().key()}.bin"
    agree(path, Experiment().run())


def test_scores_are_those_of_scikit_learns_labels_contested_border_points_included(tmp_path):
    from sklearn.cluster import DBSCAN

    spec = Experiment(
        dataset="uneven",
        n=400,
        model=None,
        ascent=AscentConfig(neighbors=0.04, steps=3),
        clustering=ClusterConfig(min_samples=12),
    )
    result, path = spec.run(), tmp_path / "scene.bin"
    path.write_bytes(spec.packed_scene())
    wanted = questions(read_header(path.read_bytes()), 120, 1)[2:]  # those exactly at an event are left out
    differ = 0
    for question, got in zip(wanted, cuts(path, wanted), strict=True):
        points = result.trajectory.points[question["tree"]].astype(np.float64)
        truth = DBSCAN(eps=question["eps"], min_samples=12, algorithm="kd_tree").fit(points).labels_
        assert got["scored"] == truth.tolist()
        differ += got["scored"] != got["labels"]
    assert differ > 5  # the case does occur


@pytest.mark.parametrize("samples", [1, 6])
def test_the_cut_of_a_toy_scene_is_pythons(samples, tmp_path):
    spec = Experiment(
        dataset="uneven", n=250, model=None, ascent=AscentConfig(steps=8), clustering=ClusterConfig(min_samples=samples)
    )
    path = tmp_path / "scene.bin"
    path.write_bytes(spec.packed_scene())
    agree(path, spec.run())


def flicker(path: Path) -> dict[str, dict[str, int]]:
    done = subprocess.run(
        [str(NODE), str(FOLDER / "flicker.mjs"), str(path)], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


MNIST = {"dataset": "mnist", "n": 5000, "model": "mnist-vae"}


@pytest.mark.parametrize("settings", [{}, {"space": "umap"}, MNIST], ids=["digits", "digits, UMAP", "mnist"])
def test_colours_change_only_with_the_representative_or_the_noise_and_hardly_without_a_merge_or_split(
    settings, tmp_path, needs_data
):
    if settings is MNIST:
        needs_data("mnist")
    path = tmp_path / "scene.bin"
    path.write_bytes(Experiment(**settings).packed_scene())
    found = flicker(path)
    for kind in ("sweep", "film"):
        runs = [counts for name, counts in found.items() if name.startswith(kind)]
        changes = sum(run["changes"] for run in runs)
        assert changes > 100  # the case does occur
        assert sum(run["causeless"] for run in runs) == 0
        assert sum(run["unexplained"] for run in runs) <= 0.01 * changes, found
