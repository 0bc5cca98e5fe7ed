"""Data and links that once broke something: each stays a test."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import DBSCAN

from vaegc import AscentConfig, BadInput, Dataset, EpsilonSweep, Experiment, KernelDensity, load_dataset, project
from vaegc.web.stage.scene import pack
from vaegc.web.stage.scene_bytes import read_header
from validity import valid_scene


def test_many_exact_zeros_do_not_end_the_process():
    """PyTorch flushes denormals here, and a tree that splits just above 0 then never ends."""
    code = (
        "import numpy as np, vaegc, vaegc.projection; from vaegc.models import networks\n"
        "one_hot = np.eye(30)[np.random.default_rng(0).integers(0, 30, 3000)]\n"
        "digits = vaegc.load_dataset('digits').x\n"
        "for x in (one_hot, digits):\n"
        "    vaegc.KernelDensity(x); vaegc.EpsilonSweep().fit(x)\n"
        "    vaegc.projection.Space(x[:, :2].astype(float), 'tsne', x.astype(float)).place(x + 1e-3)\n"
        "print('alive')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=900, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr[-500:]


@pytest.mark.parametrize("seed", range(60))
def test_ties_on_a_grid_are_scikit_learns_even_at_the_distances_themselves(seed):
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 6, size=(int(rng.integers(2, 40)), int(rng.integers(1, 4)))).astype(float)
    samples = int(rng.integers(1, 6))
    sweep = EpsilonSweep(min_samples=samples, eps_floor=0).fit(points)
    for eps in (1.0, 2.0, 3.0):  # whole numbers are exact in both
        truth = DBSCAN(eps=eps, min_samples=samples, algorithm="kd_tree").fit(points).labels_
        assert sweep.n_clusters_at(eps) == truth.max() + 1
        np.testing.assert_array_equal(sweep.labels_at(eps) == -1, truth == -1)


def test_most_points_in_one_place_are_no_reason_for_infinity():
    x = np.r_[np.full(60, 5.0), np.full(20, 4.0), np.full(20, 6.0)][:, None]
    result = Experiment(dataset=Dataset(x=x), model=None, ascent=None).run()
    assert result.suggestion.n_clusters == 3
    assert "inf" not in result.suggestion.reason
    header = read_header(valid_scene(pack(valid_scene(result.scene()))))
    length = header["trees"][0]["suggestion"]["log_length"]  # from 1 % of the distances that are not 0
    assert length == pytest.approx(np.log(100))
    json.dumps(result.suggestion.to_dict(), allow_nan=False)


def test_a_stop_that_stays_asked_still_gives_what_was_reached():
    spec = Experiment(dataset="moons", n=120, model=None, ascent=AscentConfig(steps=9))
    result = spec.run(lambda p: p.stage != "ascend" or p.done >= 3)
    assert result.stopped
    assert result.trajectory.steps.tolist() == [0, 1, 2, 3]


def test_a_coordinate_called_y_is_a_feature_and_a_class_called_y_is_none(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.random(50), "y": rng.random(50)})
    frame.to_csv(tmp_path / "plane.csv", index=False)
    plane = load_dataset(tmp_path / "plane.csv")
    assert (plane.x.shape, plane.y) == ((50, 2), None)
    assert any("'y' holds no classes" in note for note in plane.notes)
    frame.assign(y=rng.integers(0, 3, 50)).to_csv(tmp_path / "classes.csv", index=False)
    classes = load_dataset(tmp_path / "classes.csv")
    assert classes.x.shape == (50, 1)
    assert set(classes.y) == {0, 1, 2}


def test_a_table_without_a_header_loses_no_row(tmp_path):
    np.savetxt(tmp_path / "bare.csv", np.random.default_rng(0).random((30, 3)), delimiter=",")
    assert load_dataset(tmp_path / "bare.csv").x.shape == (30, 3)


@pytest.mark.parametrize(
    "query",
    ["ascent.steps=1" + "0" * 30, "clustering.min_samples=1" + "0" * 30, "seed=" + "[" * 3000, "dataset=moons&n=1" + "0" * 12],
)
def test_a_number_beyond_all_bounds_is_a_sentence(query):
    with pytest.raises(BadInput):
        Experiment.from_query(query + "&model=off").run()


@pytest.mark.parametrize("bad", [None, 5, "a" * 5000 + ".csv"])
def test_what_is_no_name_is_a_sentence(bad):
    with pytest.raises(BadInput):
        load_dataset(bad)


def test_a_share_that_is_a_whole_number_of_points_counts_exactly_that_many():
    sweep = EpsilonSweep(min_samples=1).fit(np.r_[np.zeros(7), 10 + np.arange(93) / 100][:, None])
    assert sweep.n_clusters_at(1.0, min_size=0.07) == 2


def test_a_bandwidth_whose_square_is_no_number_is_named():
    for bandwidth in (1e-200, 1e200):
        with pytest.raises(BadInput, match="bandwidth must be above 0"):
            KernelDensity(np.random.default_rng(0).random((9, 2)), bandwidth=bandwidth)


def test_a_view_places_points_that_moved_a_little():
    start = np.random.default_rng(0).random((60, 4))
    space = project(start, "tsne", seed=0)
    np.testing.assert_allclose(space.place(start + 1e-9), space.points, atol=0.5 * np.ptp(space.points))
