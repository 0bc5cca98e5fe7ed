"""Numbers are kept as they are given: far from 0, tiny or huge, of any layout; what is odd about them is said."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vaegc import Dataset, EpsilonSweep, load_dataset
from vaegc.datasets import preview
from vaegc.datasets._warnings import count_duplicate_rows, float32_warning
from vaegc.datasets.units import differing_units
from vaegc.errors import BadInput

RNG = np.random.default_rng(0)
BURSTS = 1.7e9 + np.repeat([0.0, 40.0, 80.0], 100)[:, None] + np.random.default_rng(1).normal(0, 1, (300, 1))  # s since 1970
TREES = np.array([448262.13, 5411932.87]) + np.random.default_rng(2).normal(0, 1, (60, 2)).cumsum(axis=0)  # m, UTM


def written(path, x):
    if path.suffix == ".npy":
        np.save(path, x)
    elif path.suffix == ".npz":
        np.savez(path, x=x)
    else:
        frame = pd.DataFrame(x, columns=[f"c{i}" for i in range(x.shape[1])])
        frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


def about(notes, word):
    return [note for note in notes if word in note]


# --- kept as given -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz", "npy"])
def test_three_bursts_at_unix_times_stay_three(kind, tmp_path):
    data = load_dataset(written(tmp_path / f"bursts.{kind}", BURSTS))
    np.testing.assert_allclose(data.x, BURSTS, rtol=1e-15)
    assert len(np.unique(data.x)) == 300
    assert not about(data.notes, "repeat")
    assert EpsilonSweep().fit(data.x).suggest().n_clusters == 3


@pytest.mark.parametrize("x", [BURSTS, TREES, RNG.normal(size=(9, 2)) * 1e-40, RNG.normal(size=(9, 2)) * 1e90])
def test_numbers_far_from_0_tiny_or_huge_are_the_ones_given(x):
    data = Dataset(x)
    assert data.x.dtype == np.float64
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.take(np.arange(4), "four").x, x[:4])


@pytest.mark.parametrize("kind", ["f4", ">f4", "f2", "u1", "i2", "?"])
def test_what_float32_holds_exactly_is_kept_in_it(kind):
    x = RNG.integers(0, 2, (6, 3)).astype(kind)
    assert Dataset(x).x.dtype == np.float32
    np.testing.assert_array_equal(Dataset(x).x, x)


@pytest.mark.parametrize("kind", ["f8", ">f8", "i4", "i8", "u8", object])
def test_all_other_numbers_are_float64(kind):
    x = RNG.integers(0, 2**24 + 2, (6, 3)).astype(kind)
    x[0, 0] = 2**24 + 1  # which float32 rounds
    assert Dataset(x).x.dtype == np.float64
    assert Dataset(x).x.tolist() == x.tolist()


def test_frames_of_float32_stay_float32_and_mixed_ones_do_not():
    frame = pd.DataFrame({"a": [1, 2.5], "b": [0.1, 3]})
    assert Dataset(frame.astype("float32")).x.dtype == np.float32
    assert Dataset(frame.astype({"a": "float32"})).x.dtype == np.float64
    assert Dataset(frame.astype("Float64")).x.tolist() == frame.to_numpy().tolist()


def test_any_layout_gives_the_same_data_and_the_callers_array_stays_free():
    x = RNG.normal(size=(20, 4))
    frozen = x.copy()
    frozen.setflags(write=False)
    wide = np.zeros((40, 8))
    wide[::2, ::2] = x
    first = Dataset(x)
    for same in (np.asfortranarray(x), wide[::2, ::2], frozen, x.astype(">f8"), x.tolist(), pd.DataFrame(x)):
        assert Dataset(same) == first
        assert Dataset(same).fingerprint == first.fingerprint
    x[0, 0] = 99
    assert first.x[0, 0] != 99
    assert x.flags.writeable


def test_pixels_divided_to_0_1_and_digits_stay_float32():
    assert load_dataset("digits").x.dtype == np.float32
    assert load_dataset("digits").fingerprint == "53c1efe9b4620231"  # models and stages that are shipped go by it
    assert load_dataset("moons", n=50).x.dtype == np.float64


def test_a_saved_set_keeps_float64_and_float32(tmp_path):
    for x in (TREES, TREES.astype(np.float32)):
        data = Dataset(x, name="trees", notes=("felled",))
        data.save(tmp_path / "a.npz")
        back = load_dataset(tmp_path / "a.npz")
        assert back == data
        assert back.fingerprint == data.fingerprint


@pytest.mark.parametrize("value", [1e101, -1e170, 1e308])
def test_numbers_whose_squares_are_none_are_refused_by_column(value, tmp_path):
    x = np.array([[1.0, 2.0], [value, 3.0]])
    words = re.escape(f"column 'c0' holds {value:.3g}, and numbers may have at most 1e+100; rescale or leave out that column")
    with pytest.raises(BadInput, match=words):
        load_dataset(written(tmp_path / "a.csv", x))
    with pytest.raises(BadInput, match="column 0 holds"):
        Dataset(x)
    assert Dataset(np.array([[1e100, -1e100]])).x.tolist() == [[1e100, -1e100]]


# --- centre and scaling ------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.int64, (7, 2), elements=st.integers(-1000, 1000)), st.integers(-(10**9), 10**9), st.integers(-90, 90))
def test_the_centre_goes_where_the_data_go(whole, shift, power):
    x = whole.astype(np.float64)
    data = Dataset(x)
    assert data.center.shape == (2,)
    assert (data.center == np.sort(x, axis=0)[3]).all()
    assert (Dataset(x + shift).center == data.center + shift).all()
    assert (Dataset(np.ldexp(x, power)).center == np.ldexp(data.center, power)).all()


@pytest.mark.parametrize("scale", ["standard", "minmax"])
@pytest.mark.parametrize("move", [lambda x: x + 1e9, lambda x: x * 1e30, lambda x: x * 1e-30, lambda x: x * 1e-200])
def test_scaled_features_are_the_same_wherever_they_lay(scale, move, tmp_path):
    x = np.round(RNG.normal(size=(50, 3)), 3)
    one, other = (load_dataset(written(tmp_path / "a.npy", values), scale=scale).x for values in (x, move(x)))
    assert one.dtype == np.float64
    np.testing.assert_allclose(other, one, atol=1e-6)
    if scale == "standard":
        np.testing.assert_allclose([other.mean(axis=0), other.std(axis=0)], [[0] * 3, [1] * 3], atol=1e-12)


def test_a_constant_feature_is_0_once_scaled_whatever_its_value(tmp_path):
    data = load_dataset(written(tmp_path / "a.npy", np.c_[np.full(300, 0.1), np.arange(300)]), scale="standard")
    assert (data.x[:, 0] == 0).all()  # the mean of 300 times .1 is not .1
    assert about(data.notes, "1 constant features set to 0")


# --- repeated rows -----------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(
    hnp.arrays(
        np.float64, st.tuples(st.integers(1, 30), st.sampled_from([1, 2, 20])), elements=st.sampled_from([0.0, -0.0, 1.0, 1e-300])
    )
)
def test_repeated_rows_are_those_that_numpy_finds(x):
    assert count_duplicate_rows(x) == len(x) - len(np.unique(x + 0.0, axis=0))


def test_only_rows_that_are_equal_repeat(tmp_path):
    assert count_duplicate_rows(BURSTS) == 0
    assert count_duplicate_rows(np.vstack([TREES, TREES[:7]])) == 7
    assert count_duplicate_rows(np.nextafter(1.7e9, [[0], [np.inf]])) == 0


def test_whole_numbers_that_float64_rounds_are_named(tmp_path):
    big = 2**53
    frame = pd.DataFrame({"a": [1, 2, 3], "even": [big + 2, big + 4, 5], "odd": [big + 1, 1, 2]})
    frame.to_parquet(tmp_path / "a.parquet")
    note = "whole numbers above 9,007,199,254,740,992 are rounded: odd"
    assert note in load_dataset(tmp_path / "a.parquet").notes
    assert note in preview(tmp_path / "a.parquet").notes
    frame[["a", "even"]].to_parquet(tmp_path / "b.parquet")
    assert not about(load_dataset(tmp_path / "b.parquet").notes, "rounded")
    np.save(tmp_path / "c.npy", frame.to_numpy())
    assert about(load_dataset(tmp_path / "c.npy").notes, "are rounded: 2")


# --- units -------------------------------------------------------------------------------------------------------------


def metres_and_millimetres(n=200):
    rng = np.random.default_rng(3)
    return np.c_[rng.normal(0, 1, n), rng.normal(0, 1000, n)]


@pytest.mark.parametrize("kind", ["csv", "parquet", "npy", "npz"])
def test_metres_beside_millimetres_are_said_when_looked_at_and_when_loaded(kind, tmp_path):
    path = written(tmp_path / f"a.{kind}", metres_and_millimetres())
    wide, narrow = ("'c1'", "'c0'") if kind in ("csv", "parquet") else (1, "column 0")
    note = f"column {wide} is 1,000 times as wide as {narrow}, and distances follow the widest: scale='standard' makes them equal"
    assert note in load_dataset(path).notes
    assert note in load_dataset(path, n=100).notes
    assert note in preview(path).notes
    assert not about(load_dataset(path, scale="standard").notes, "wide")
    assert not about(load_dataset(path, scale="minmax").notes, "wide")


def test_the_command_line_and_an_experiment_say_so_too(tmp_path, capsys):
    from vaegc import AscentConfig, Experiment
    from vaegc.cli import main

    path = written(tmp_path / "a.csv", metres_and_millimetres())
    assert main(["sweep", str(path)]) == 0
    assert "Data: column 'c1' is 1,000 times as wide as 'c0'" in capsys.readouterr().out
    result = Experiment(dataset=str(path), model=None, ascent=AscentConfig(steps=1)).run()
    assert about(result.dataset.notes, "1,000 times as wide")


def test_units_are_told_of_the_usual_width_not_of_an_outlier_a_constant_or_a_mark():
    x = np.random.default_rng(4).normal(size=(301, 3))
    x[0, 0] = 1e6
    assert differing_units(x) is None
    assert differing_units(np.c_[x[:, :1] * 1e4, np.ones(301), np.arange(301) % 2]) is None
    assert differing_units(np.c_[x, np.where(np.arange(301) < 3, 1e-9, 0)]) is None
    widest, narrow, times = differing_units(x * [1, 100, 1])
    assert (widest, narrow) == (1, 0) or (widest, narrow) == (1, 2)
    assert 50 < times < 150
    assert differing_units(x * [1, 30, 1]) is None


def test_units_of_tables_are_told_and_widths_of_pictures_and_components_are_not():
    from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
    from sklearn.decomposition import PCA

    for load in (load_wine, load_breast_cancer):
        assert differing_units(load().data)[2] > 300
    for x in (load_iris().data, load_digits().data, PCA().fit_transform(load_digits().data)):
        assert differing_units(x) is None


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([1e-30, 1e-3, 1e30]), st.integers(-(10**6), 10**6), st.permutations(range(4)))
def test_which_column_is_widest_does_not_depend_on_unit_place_or_order(unit, shift, order):
    x = np.random.default_rng(5).normal(size=(99, 4)) * [1, 2, 900, 3]
    widest, narrow, times = differing_units(x)
    moved = differing_units((x[:, order] + shift) * unit)
    assert (order[moved[0]], order[moved[1]]) == (widest, narrow) == (2, 0)
    assert moved[2] == pytest.approx(times)


def test_pictures_are_not_compared_column_by_column(tmp_path):
    x = np.random.default_rng(6).normal(size=(30, 2, 2)) * [[1, 1000], [1, 1]]
    np.save(tmp_path / "a.npy", x)
    assert not about(load_dataset(tmp_path / "a.npy").notes, "wide")
    assert not about(preview(tmp_path / "a.npy").notes, "wide")


# --- float32 -----------------------------------------------------------------------------------------------------------


def test_a_column_too_long_for_float32_is_named_with_what_to_do(tmp_path):
    day = 86_400.0
    times = np.repeat(np.arange(50) * 100 * day, 6) + np.random.default_rng(7).random(300)  # bursts of a second, over years
    path = written(tmp_path / "a.csv", np.c_[times, np.random.default_rng(8).random(300)])
    (note,) = about(load_dataset(path).notes, "float32")
    assert note.startswith("column 'c0' spans so much that float32, in which networks and pictures compute, rounds it by about ")
    assert note in preview(path).notes
    for fine in (BURSTS, TREES, np.random.default_rng(9).normal(size=(500, 3))):
        assert float32_warning(fine, "abc") is None


def test_float32_that_rounded_before_it_came_is_said(tmp_path):
    path = written(tmp_path / "a.npy", BURSTS.astype(np.float32))
    (note,) = about(load_dataset(path).notes, "float32")
    assert note.startswith("these numbers come in float32, which has rounded column 0 by about ")
    assert note.endswith("of the distance between neighbours: give them as float64")
    assert not about(load_dataset(written(tmp_path / "b.npy", RNG.integers(0, 60_000, (99, 1)).astype("u2"))).notes, "float32")


# --- other kinds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.ones((3, 2), complex), "give real and imaginary parts as columns of their own"),
        (np.ones((3, 2), "M8[s]"), "turn dates into numbers, such as days since the first"),
        (np.ones((3, 2), "m8[s]"), "divide durations by a unit, such as one day"),
        (np.ones((3, 2), [("a", "f8")]), "give its fields as columns of one table"),
    ],
)
def test_arrays_of_other_kinds_are_refused_with_the_way_out(x, words, tmp_path):
    for kind in ("npy", "npz"):
        for read in (load_dataset, preview):
            with pytest.raises(BadInput, match=words):
                read(written(tmp_path / f"a.{kind}", x))


def test_missing_values_of_nullable_columns_are_rows_that_are_dropped(tmp_path):
    frame = pd.DataFrame({"a": pd.array([1, pd.NA, 3, 4], "Int64"), "b": pd.array([0.5, 1.5, pd.NA, 2.5], "Float64")})
    frame.to_parquet(tmp_path / "a.parquet")
    data = load_dataset(tmp_path / "a.parquet")
    assert data.x.tolist() == [[1.0, 0.5], [4.0, 2.5]]
    assert about(data.notes, "2 of 4 rows dropped")
    with pytest.raises(BadInput, match="row 1, column 'a'"):
        Dataset(frame)


def test_classes_and_ids_in_bytes_are_text(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.eye(3), y=np.array([b"fig", b"plum", b"fig"]), who=np.array([b"a1", b"a2", b"a3"]))
    data = load_dataset(tmp_path / "a.npz", ids="who")
    assert (data.class_names, data.ids.tolist()) == (("fig", "plum"), ["a1", "a2", "a3"])
    assert preview(tmp_path / "a.npz").classes == {"fig": 2, "plum": 1}
    assert preview(tmp_path / "a.npz").head["y"].tolist() == ["fig", "plum", "fig"]


@pytest.mark.parametrize(
    "labels",
    [
        ["b", "a", "b"],
        np.array(["b", "a", "b"]),
        pd.Series(["b", "a", "b"]),
        pd.Categorical(["b", "a", "b"]),
        np.array([b"b", b"a", b"b"]),
    ],
)
def test_labels_of_any_kind_name_the_classes(labels, tmp_path):
    data = Dataset(np.eye(3), labels)
    assert (data.y.tolist(), data.class_names, data.class_counts()) == ([1, 0, 1], ("a", "b"), {"a": 1, "b": 2})
    beside = load_dataset(written(tmp_path / "a.csv", np.eye(3)), labels=labels)
    assert (beside.y.tolist(), beside.class_names) == ([1, 0, 1], ("a", "b"))


def test_labels_that_are_masked_are_missing(tmp_path):
    labels = np.ma.array([0, 1, 0], mask=[0, 1, 0])
    with pytest.raises(BadInput, match="1 of 3 is missing"):
        Dataset(np.eye(3), labels)
    with pytest.raises(BadInput, match="1 of 3 labels is missing"):
        load_dataset(written(tmp_path / "a.csv", np.eye(3)), labels=labels)


# --- repr and == -------------------------------------------------------------------------------------------------------


def test_data_sets_compare_by_value_and_show_on_one_line():
    data = Dataset(TREES, np.arange(60) % 2, name="trees", features=("easting", "northing"))
    assert data == Dataset(TREES.copy(), np.arange(60) % 2, name="trees", features=("easting", "northing"))
    assert data != Dataset(TREES + 1, np.arange(60) % 2, name="trees", features=("easting", "northing"))
    assert data != "trees"
    assert len({data, Dataset(TREES, np.arange(60) % 2, name="trees", features=("easting", "northing"))}) == 1
    assert repr(data) == "Dataset(x=60 x 2 float64, y=60 int64, name='trees', features=('easting', 'northing'))"
