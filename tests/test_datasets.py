"""Data sets: what is built in, what is generated, and whatever a user's file may hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vaegc import BadInput, Dataset, load_dataset
from vaegc.datasets import TOYS, catalog, describe, is_generated, source_identity

KINDS = ("csv", "parquet", "npz", "npy")


def write(path: Path, x: np.ndarray, y: np.ndarray | None = None) -> Path:
    frame = pd.DataFrame(x, columns=[f"f{i}" for i in range(x.shape[1])])
    if y is not None:
        frame["label"] = y
    arrays = {"x": x} if y is None else {"x": x, "y": y}
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".npz":
        np.savez_compressed(path, **arrays)
    else:
        np.save(path, x)
    return path


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).random((30, 4)).astype(np.float32)


# --- built in and generated ------------------------------------------------------------------------------------------


def test_digits_are_1797_pictures_of_8_by_8_in_0_to_1_with_ten_classes():
    digits = load_dataset("digits")
    assert digits.x.shape == (1797, 64)
    assert digits.x.dtype == np.float32
    assert digits.y.dtype == np.int64
    assert (digits.x.min(), digits.x.max()) == (0.0, 1.0)
    assert digits.image_shape == (8, 8)
    assert digits.class_names == tuple("0123456789")
    assert np.bincount(digits.y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    np.testing.assert_array_equal(digits.x * 16, np.round(digits.x * 16))


@pytest.mark.parametrize("name", TOYS)
def test_a_toy_is_decided_by_its_seed_and_its_number_of_points(name):
    one, same, other = load_dataset(name, n=120), load_dataset(name, n=120), load_dataset(name, n=120, seed=1)
    assert one.x.shape == (120, 2)
    assert one.y.shape == (120,)
    assert len(load_dataset(name)) == 1000
    assert one.fingerprint == same.fingerprint != other.fingerprint
    np.testing.assert_array_equal(one.x, same.x)
    assert np.unique(one.y).tolist() == list(range(one.y.max() + 1))
    assert is_generated(name)


@pytest.mark.parametrize("name", TOYS)
def test_the_order_of_a_toys_points_tells_nothing_about_their_classes(name):
    y = load_dataset(name, n=3000).y
    assert abs(np.corrcoef(y, np.arange(3000))[0, 1]) < 0.06
    assert abs(np.corrcoef(y[1:], y[:-1])[0, 1]) < 0.06


# --- subset, split, scale --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "moons"])
def test_train_and_test_are_disjoint_complete_and_seeded(name):
    whole, train, test = (load_dataset(name, split=part, seed=4) for part in ("all", "train", "test"))
    assert (len(train), len(test)) == (len(whole) - round(0.2 * len(whole)), round(0.2 * len(whole)))
    rows = sorted(map(bytes, np.concatenate([train.x, test.x])))
    assert rows == sorted(map(bytes, whole.x))
    assert load_dataset(name, split="test", seed=4).fingerprint == test.fingerprint
    assert load_dataset(name, split="test", seed=5).fingerprint != test.fingerprint
    assert "80 : 20 split (seed 4)" in test.notes[-1]


def test_a_subset_is_random_seeded_and_keeps_rows_and_labels_together():
    whole, part = load_dataset("digits"), load_dataset("digits", n=100, seed=2)
    assert len(part) == 100
    class_of = {bytes(row): label for row, label in zip(whole.x, whole.y, strict=True)}
    assert all(class_of[bytes(row)] == label for row, label in zip(part.x, part.y, strict=True))
    assert len({bytes(row) for row in part.x}) == 100
    assert part.fingerprint == load_dataset("digits", n=100, seed=2).fingerprint
    assert part.fingerprint != load_dataset("digits", n=100, seed=3).fingerprint
    assert part.notes[-1] == "random subset of 100 of 1,797 points (seed 2)"
    assert load_dataset("digits", n=1797).fingerprint == whole.fingerprint


def test_scaling_gives_each_feature_mean_0_variance_1_or_0_to_1_and_says_so():
    standard, minmax = load_dataset("digits", scale="standard"), load_dataset("digits", scale="minmax")
    moving = load_dataset("digits").x.std(axis=0) > 0
    np.testing.assert_allclose(standard.x[:, moving].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(standard.x[:, moving].std(axis=0), 1, rtol=1e-4)
    assert (standard.x[:, ~moving] == 0).all()
    assert (minmax.x[:, moving].min(axis=0) == 0).all()
    assert (minmax.x[:, moving].max(axis=0) == 1).all()
    assert f"{(~moving).sum()} constant features set to 0" in standard.notes[-1]
    assert standard.pixel_range == (standard.x.min(), standard.x.max())


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_read_back_as_it_was_written(kind, tmp_path, x):
    y = np.arange(30) % 3
    data = load_dataset(write(tmp_path / f"mine.{kind}", x, y))
    assert data.x.dtype == (np.float64 if kind == "csv" else np.float32)
    np.testing.assert_allclose(data.x, x, rtol=1e-7 if kind == "csv" else 0)  # of float32, text has the digits that tell it apart
    assert data.name == "mine"
    if kind == "npy":
        assert data.y is None
    else:
        np.testing.assert_array_equal(data.y, y)
        assert data.class_names == ("0", "1", "2")
    assert load_dataset(write(tmp_path / f"bare.{kind}", x)).y is None


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_labels_may_be_words(kind, tmp_path, x):
    words = np.array(["pear", "apple", "fig"])[np.arange(30) % 3]
    data = load_dataset(write(tmp_path / f"fruit.{kind}", x, words))
    assert data.class_names == ("apple", "fig", "pear")
    assert [data.class_names[c] for c in data.y] == words.tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["y", "Label", "CLASS", "target", "labels"])
def test_a_column_of_labels_is_known_by_its_name_whatever_its_case(kind, name, tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0], name: [7, 3], "b": [3.0, 4.0]})
    path = tmp_path / f"t.{kind}"
    frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    data = load_dataset(path)
    assert data.x.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    assert (data.y.tolist(), data.class_names) == ([1, 0], ("3", "7"))
    assert f"true classes from column {name!r}" in data.notes


def test_rows_with_missing_values_or_labels_are_dropped_and_counted(tmp_path):
    path = tmp_path / "holes.csv"
    path.write_text("a,b,label\n1,2,x\n,2,x\n3,inf,y\n4,5,\n6,7,y\n")
    data = load_dataset(path)
    assert data.x.tolist() == [[1.0, 2.0], [6.0, 7.0]]
    assert [data.class_names[c] for c in data.y] == ["x", "y"]
    assert "3 of 5 rows dropped: missing or infinite values" in data.notes


def test_columns_that_are_no_numbers_are_left_out_and_named(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_text("name,a,when,b\nann,1,2020-01-01,2\nbob,3,2020-01-02,4\n")
    data = load_dataset(path)
    assert data.x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert "left out, not numeric: name, when" in data.notes


def test_pictures_in_an_array_become_rows(tmp_path):
    np.save(tmp_path / "pictures.npy", np.arange(24.0).reshape(2, 3, 4))
    assert load_dataset(tmp_path / "pictures.npy").x.tolist() == np.arange(24.0).reshape(2, 12).tolist()


BAD_FILES = {
    "empty.csv": (b"", "empty.csv cannot be read as csv"),
    "header.csv": (b"a,b\n", "header.csv holds no rows"),
    "words.csv": (b"a,b\nx,y\n", "words.csv has no column of numbers; its columns are a, b"),
    "labels_only.csv": (b"label\n1\n2\n", "no column of numbers"),
    "holes.csv": (b"a,b\n1,\n,2\n", "Every row of holes.csv has a missing or infinite value"),
    "ragged.csv": (b"a,b\n1,2\n1,2,3,4\n", "ragged.csv cannot be read as csv"),
    "binary.csv": (bytes(range(128, 256)), "binary.csv cannot be read as csv"),
    "corrupt.parquet": (b"PAR1 nothing PAR1", "corrupt.parquet cannot be read as parquet"),
    "empty.parquet": (b"", "empty.parquet cannot be read as parquet"),
    "corrupt.npz": (b"PK\x03\x04 nothing", "corrupt.npz cannot be read as npz"),
    "corrupt.npy": (b"\x93NUMPY nothing", "corrupt.npy cannot be read as npy"),
    "empty.npy": (b"", "empty.npy cannot be read as npy"),
    "text.npy": (b"hello", "text.npy cannot be read as npy"),
    "table.xlsx": (b"", r"table.xlsx is not one of the readable kinds: .csv, .parquet, .npz, .npy"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_table_is_refused_by_name(name, tmp_path):
    content, words = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words) as caught:
        load_dataset(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_file_and_a_folder_are_no_files(kind, tmp_path):
    (tmp_path / f"folder.{kind}").mkdir()
    for name in ("gone", "folder"):
        with pytest.raises(BadInput, match=f"There is no file .*{name}.{kind}"):
            load_dataset(str(tmp_path / f"{name}.{kind}"))


@pytest.mark.parametrize(("written", "called"), [("npy", "npz"), ("npz", "npy"), ("csv", "parquet"), ("parquet", "csv")])
def test_a_file_of_another_kind_than_its_name_says_is_refused(written, called, tmp_path, x):
    path = write(tmp_path / f"t.{written}", x)
    with pytest.raises(BadInput, match=f"wrong.{called}"):
        load_dataset(path.rename(tmp_path / f"wrong.{called}"))


@pytest.mark.parametrize("kind", KINDS)
def test_damage_anywhere_is_a_sentence_or_no_damage_never_another_error(kind, tmp_path, x):
    path = write(tmp_path / f"t.{kind}", x, np.arange(30) % 3)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for cut in (len(whole) // 3, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:cut])
        refused += _refused(path)
    for _ in range(60):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            damaged[at] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        refused += _refused(path)
    assert refused > 0


def _refused(path: Path) -> bool:
    try:
        load_dataset(path)
    except BadInput:  # anything else fails the test
        return True
    return False


@pytest.mark.parametrize("name", ["evil.npy", "evil.npz"])
def test_a_pickle_is_refused_and_not_run(name, tmp_path):
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (open, (str(ran), "w"))

    values = np.array([Evil(), Evil()], dtype=object)
    np.save(tmp_path / name, values, allow_pickle=True) if name.endswith("npy") else np.savez(tmp_path / name, x=values)
    with pytest.raises(BadInput, match="cannot be read"):
        load_dataset(tmp_path / name)
    assert not ran.exists()


def test_arrays_that_do_not_fit_are_refused(tmp_path):
    for name, arrays, words in (
        ("no_x", {"data": np.ones((3, 2))}, "must hold an array called 'x'"),
        ("short_y", {"x": np.ones((3, 2)), "y": np.ones(2)}, "one label per row"),
        ("one_axis", {"x": np.ones(3)}, r"must hold a table of numbers .* got shape \(3,\)"),
        ("words", {"x": np.array([["a", "b"]])}, "must hold a table of numbers"),
        ("nan", {"x": np.array([[np.nan, 1.0], [1.0, 2.0]])}, "1 of 2 rows holds NaN, infinity or nothing"),
        ("none", {"x": np.ones((0, 2))}, "at least one point"),
    ):
        np.savez(tmp_path / f"{name}.npz", **arrays)
        with pytest.raises(BadInput, match=words):
            load_dataset(tmp_path / f"{name}.npz")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"name": "mnits"},
            "There is no data set called 'mnits'; known are digits, mnist, fashion-mnist, usps, svhn, stl10, cifar10, har, r8, blobs",
        ),
        ({"name": "digits", "n": 1798}, "digits has 1,797 points; n must not be larger, got 1,798"),
        ({"name": "digits", "n": 0}, "n must be a whole number, at least 1; got 0"),
        ({"name": "digits", "split": "dev"}, "split must be one of all, test, train; got 'dev'"),
        ({"name": "digits", "scale": "log"}, "scale must be one of minmax, standard; got 'log'"),
        ({"name": "digits", "labels": [0]}, "labels, columns and size are for your own files; 'digits' has its own"),
        ({"name": "moons", "columns": [0]}, "labels, columns and size are for your own files; 'moons' has its own"),
        ({"name": "t.csv", "columns": "a"}, "columns must be a list of names or numbers of columns; got 'a'"),
        ({"name": "moons", "seed": -1}, "seed must be a whole number, between 0 and 4294967295"),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(arguments, words):
    with pytest.raises(BadInput, match=words):
        load_dataset(**arguments)


# --- Dataset ---------------------------------------------------------------------------------------------------------


def test_arrays_are_read_only_and_the_callers_stay_writable(x):
    y = np.zeros(30, np.int64)
    data = Dataset(x=x, y=y)
    for array in (data.x, data.y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    x[0] = 9
    y[0] = 1
    assert data.x[0, 0] != 9
    assert data.y[0] == 0


def test_the_fingerprint_changes_with_any_value_label_or_shape(x):
    y = np.zeros(30, np.int64)
    seen = {
        Dataset(x=x, y=y).fingerprint,
        Dataset(x=x).fingerprint,
        Dataset(x=x, image_shape=(2, 2)).fingerprint,
        Dataset(x=x[:, ::-1]).fingerprint,
    }
    for i in range(30):
        changed, label = x.copy(), y.copy()
        changed[i, i % 4] = np.nextafter(changed[i, i % 4], np.float32(2))
        label[i] = 1
        seen |= {Dataset(x=changed, y=y).fingerprint, Dataset(x=x, y=label).fingerprint}
    assert len(seen) == 4 + 60
    for same in (np.asfortranarray(x), x[::-1].copy()[::-1], x.astype(">f4")):
        assert Dataset(x=same, y=list(y), name="other", notes=("a",)).fingerprint == Dataset(x=x, y=y).fingerprint


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"x": [[np.inf]]}, "The data of 'data' must be finite"),
        ({"x": [1.0]}, "must have two axes"),
        ({"x": [[1.0, 2.0]], "y": [0, 1]}, "one label per point"),
        ({"x": [[1.0, 2.0]], "y": [None]}, "Labels must name a class for every point"),
        ({"x": [[1.0, 2.0]], "y": ["a"], "class_names": ("b",)}, "Labels must be whole numbers"),
        ({"x": [[1.0, -1e101]], "features": ("a", "b")}, r"column 'b' holds -1e\+101, and numbers may have at most 1e\+100"),
        ({"x": [[1.0, 2.0]], "y": [-1]}, "Labels must not be negative"),
        ({"x": [[1.0, 2.0]], "image_shape": (3, 1)}, r"image_shape must be .* of rows of 2 numbers; got \(3, 1\)"),
    ],
)
def test_what_is_no_data_set_is_refused(facts, words):
    with pytest.raises(BadInput, match=words):
        Dataset(**facts)


def test_a_files_identity_is_its_content_not_its_name(tmp_path, x):
    one, other = write(tmp_path / "a.npy", x), write(tmp_path / "b.npy", x)
    assert source_identity(one) == source_identity(str(other))
    write(other, x + 1)
    assert source_identity(one) != source_identity(other)
    assert source_identity("digits") == "digits"


# --- rows ------------------------------------------------------------------------------------------------------------


def test_points_know_their_rows_when_rows_were_dropped_or_drawn(tmp_path):
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": [1.0, np.nan, 3, 4, np.inf, 6], "b": range(6)}).to_csv(path, index=False)
    data = load_dataset(path)
    assert data.rows.tolist() == [0, 2, 3, 5]
    some = load_dataset(path, n=2)
    np.testing.assert_array_equal(some.x[:, 1], some.rows)
    assert load_dataset("digits").rows is None


def test_a_word_among_numbers_is_named_with_its_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,x7\n5,6\n")
    with pytest.raises(BadInput, match=r"column 'b' holds numbers, but 'x7' in row 1 is none \(1 such cells\)"):
        load_dataset(path)


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_every_name_has_a_description_and_what_it_says_is_so():
    assert [one.name for one in catalog()] == [
        "digits",
        "mnist",
        "fashion-mnist",
        "usps",
        "svhn",
        "stl10",
        "cifar10",
        "har",
        "r8",
        *TOYS,
    ]
    for one in catalog():
        assert describe(one.name) is one
        assert all(words.endswith(".") for words in (one.about, one.source, one.licence))
        assert one.image_shape is None or np.prod(one.image_shape) == one.d
        if one.generated or one.name == "digits":
            data = load_dataset(one.name)
            assert (*data.x.shape, data.y.max() + 1, data.image_shape) == (one.n, one.d, one.classes, one.image_shape)
    with pytest.raises(BadInput, match="There is no data set called 'mnits'; known are digits"):
        describe("mnits")


def test_the_arcs_of_the_gmvae_paper_lie_on_five_circles_through_the_origin():
    data = load_dataset("arcs", n=5000)
    for k in range(5):
        centre = 1.5 * np.array([np.cos(2 * np.pi * k / 5), np.sin(2 * np.pi * k / 5)])
        radius = np.linalg.norm(data.x[data.y == k] - centre, axis=1)
        assert abs(radius.mean() - 1.5) < 0.01
        assert abs(radius.std() - 0.06) < 0.01


def test_a_bad_row_is_refused_even_where_no_draw_would_meet_it(tmp_path):
    x = np.ones((50, 2))
    x[-1] = np.nan
    np.save(tmp_path / "t.npy", x)
    with pytest.raises(BadInput, match="1 of 50 rows holds NaN"):
        load_dataset(tmp_path / "t.npy", n=1, seed=1)
