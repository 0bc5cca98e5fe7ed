"""A data set as one file, and back: nothing is lost, nothing is believed. And what a data set knows of its columns and rows."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from vaegc import BadInput, Dataset, Experiment, load_dataset
from vaegc.datasets import preview, source_identity
from vaegc.experiment.export import labels_frame

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4)).astype(np.float32)
WHOLE = Dataset(
    x=X, y=np.arange(30) % 3, image_shape=(2, 2), class_names=("b", "ä", "猫"), name="my data, v2", notes=("one", "two: ü"),
    pixel_range=(-3.5, 0.1), rows=np.arange(30) * 2, features=("p", "q", "r s", "t"), ids=np.array([f"id {i}" for i in range(30)]),
)  # fmt: skip
CASES = {
    "everything": WHOLE,
    "points alone": Dataset(x=X),
    "classes without names": Dataset(x=X, y=np.arange(30) % 7),
    "colour pictures": Dataset(x=RNG.random((5, 12)), image_shape=(2, 2, 3)),
    "an empty name": Dataset(x=X, name="", notes=("",)),
    "a subset": WHOLE.take(np.array([3, 1, 7]), "three of them"),
    "digits": load_dataset("digits", n=50),
}


def facts(data: Dataset) -> tuple[object, ...]:
    rows = None if data.rows is None else data.rows.tolist()
    ids = None if data.ids is None else data.ids.tolist()
    y = None if data.y is None else data.y.tolist()
    return (
        data.fingerprint, y, data.class_names, data.image_shape, data.features, ids, rows, data.name, data.pixel_range, data.notes,
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_saved_comes_back_as_it_was(case, tmp_path):
    path = tmp_path / "3f0c.npz"
    CASES[case].save(path)
    back = load_dataset(path)
    np.testing.assert_array_equal(back.x, CASES[case].x)
    assert facts(back) == facts(CASES[case])
    assert list(tmp_path.iterdir()) == [path]


def test_a_saved_set_is_drawn_from_split_and_scaled_like_any_other(tmp_path):
    WHOLE.save(tmp_path / "a.npz")
    some = load_dataset(tmp_path / "a.npz", n=10, seed=1)
    assert (len(some), some.name, some.features) == (10, "my data, v2", WHOLE.features)
    for i, row in enumerate(some.rows // 2):
        assert some.ids[i] == f"id {row}"
        assert some.y[i] == row % 3
        np.testing.assert_array_equal(some.x[i], X[row])
    train, test = (load_dataset(tmp_path / "a.npz", split=part, seed=1) for part in ("train", "test"))
    assert sorted([*train.ids, *test.ids]) == sorted(WHOLE.ids)
    scaled = load_dataset(tmp_path / "a.npz", scale="standard")
    assert (scaled.ids.tolist(), scaled.features) == (WHOLE.ids.tolist(), WHOLE.features)
    np.testing.assert_allclose(scaled.x.mean(axis=0), 0, atol=1e-6)


def test_the_same_data_give_the_same_file_whatever_it_is_called(tmp_path):
    WHOLE.save(tmp_path / "a.npz")
    WHOLE.save(str(tmp_path / "b.npz"))
    assert source_identity(tmp_path / "a.npz") == source_identity(tmp_path / "b.npz")
    one, other = (Experiment(dataset=str(tmp_path / name), model=None) for name in ("a.npz", "b.npz"))
    assert one.identity()["dataset"] == other.identity()["dataset"]


def test_of_a_saved_set_labels_may_be_replaced_or_left_out_and_nothing_else_is_chosen_again(tmp_path):
    WHOLE.save(tmp_path / "a.npz")
    assert load_dataset(tmp_path / "a.npz", labels=False).y is None
    assert load_dataset(tmp_path / "a.npz", labels=["u", "v"] * 15).class_names == ("u", "v")
    for options in ({"columns": ["p"]}, {"ids": "p"}, {"labels": "p"}):
        with pytest.raises(BadInput, match=r"a.npz is a data set of vaegc, which has its own, so .* cannot be chosen in it"):
            load_dataset(tmp_path / "a.npz", **options)


def test_an_ordinary_npz_may_hold_arrays_of_the_same_names(tmp_path):
    np.savez(
        tmp_path / "mine.npz", x=X, y=np.arange(30) % 2, name="other", features=[1, 2], rows="nonsense", notes=3.0, ids=[[1]]
    )
    data = load_dataset(tmp_path / "mine.npz")
    assert (data.name, data.features, data.ids, data.rows, data.class_names) == ("mine", None, None, None, ("0", "1"))


OBJECTS = np.array([{}, []], dtype=object)
HOSTILE = {
    "objects": ({"ids": np.array([{}] * 30, dtype=object)}, "it holds Python objects, which are never opened"),
    "objects as x": ({"x": OBJECTS}, "it holds Python objects"),
    "ids of another length": ({"ids": np.array(["a"])}, "'ids' does not fit 30 points"),
    "ids that are numbers": ({"ids": np.arange(30)}, "'ids' is of another kind"),
    "ids that are far too long": ({"ids": np.array(["a" * 300] * 30)}, "An id may have 256 characters"),
    "features of another length": ({"features": np.array(["a"])}, "'features' does not fit 4 columns"),
    "features that are numbers": ({"features": np.arange(4)}, "'features' is of another kind"),
    "labels of another length": ({"y": np.arange(3)}, "'y' does not fit 30 points"),
    "labels without a class": ({"y": np.arange(30)}, "'y' holds classes that there are not"),
    "negative labels": ({"y": -np.ones(30, np.int64)}, "'y' holds classes that there are not"),
    "labels beyond all bounds": ({"y": np.full(30, 2**62), "class_names": None}, "'y' holds classes that there are not"),
    "labels of another type": ({"y": np.ones(30)}, "'y' is of another kind"),
    "rows that are none": ({"rows": np.full(30, -1)}, "'rows' holds rows that there are not"),
    "a shape that does not fit": ({"image_shape": np.array([3, 3])}, "'image_shape' does not fit 4 columns"),
    "a shape of nothing": ({"image_shape": np.array([0, 4])}, "'image_shape' does not fit 4 columns"),
    "a shape that overflows": ({"image_shape": np.array([2**62, 4])}, "'image_shape' does not fit 4 columns"),
    "a shape without axes": ({"image_shape": np.array(4)}, "'image_shape' is of another kind"),
    "a range of one": ({"pixel_range": np.array([1.0])}, "'pixel_range' is not two numbers"),
    "an endless range": ({"pixel_range": np.array([0, np.inf])}, "'pixel_range' is not two numbers"),
    "a name that is a list": ({"name": np.array(["a", "b"])}, "'name' is of another kind"),
    "no name": ({"name": None}, "it lacks 'name'"),
    "notes that are numbers": ({"notes": np.arange(3)}, "'notes' is of another kind"),
    "no points": ({"x": None}, "it lacks 'x'"),
    "points of another type": ({"x": X.astype(np.float16)}, "'x' is of another kind"),
    "points of one axis": ({"x": X[:, 0].copy()}, "'x' is of another kind"),
    "points that are not finite": ({"x": np.full((30, 4), np.nan, np.float32)}, "must be finite, but 30 of 30 rows"),
    "another version": ({"vaegc": np.int64(99)}, "was saved by another version of vaegc"),
    "a version that is none": ({"vaegc": np.array(["x"])}, "was saved by another version of vaegc"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_that_says_it_was_saved_here_is_one_sentence(case, tmp_path):
    changed, words = HOSTILE[case]
    WHOLE.save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as packed:
        held = {**{name: packed[name] for name in packed.files}, **changed}
    np.savez(tmp_path / "a.npz", **{name: values for name, values in held.items() if values is not None})
    for read in (load_dataset, preview):
        with pytest.raises(BadInput, match=words) as caught:
            read(tmp_path / "a.npz")
        assert "\n" not in str(caught.value)


def test_a_file_that_says_it_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    WHOLE.save(tmp_path / "a.npz")
    monkeypatch.setattr("vaegc.datasets._saved.MAX_UNPACKED_BYTES", 100)
    with pytest.raises(BadInput, match=r"a.npz unpacks to more than"):
        load_dataset(tmp_path / "a.npz")


def test_an_array_that_claims_more_numbers_than_it_has_is_refused_before_room_is_made_for_them(tmp_path):
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000, 4), }"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as packed:
        packed.writestr("x.npy", content)
    (tmp_path / "a.npy").write_bytes(content)
    for name in ("a.npz", "a.npy"):
        with pytest.raises(BadInput, match="cut short"):
            load_dataset(tmp_path / name)


def test_damage_anywhere_in_a_saved_set_is_a_sentence_or_no_damage(tmp_path):
    path, refused = tmp_path / "a.npz", 0
    WHOLE.save(path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(80):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            damaged[at] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            load_dataset(path)
        except BadInput:  # anything else fails the test
            refused += 1
    assert refused > 10


# --- names of columns and rows ---------------------------------------------------------------------------------------


def test_rows_that_are_taken_keep_their_ids_and_columns_their_names():
    some = WHOLE.take(np.array([5, 2]), "two")
    assert (some.ids.tolist(), some.features, some.rows.tolist()) == (["id 5", "id 2"], WHOLE.features, [10, 4])
    with pytest.raises(ValueError, match="read-only"):
        some.ids[0] = "x"


def test_ids_are_text_and_the_callers_array_stays_writable():
    mine = np.array(["a", "b"])
    data = Dataset(x=np.eye(2), ids=mine)
    mine[0] = "z"
    assert data.ids.tolist() == ["a", "b"]
    assert Dataset(x=np.eye(2), ids=[7, 8]).ids.tolist() == ["7", "8"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"features": ("a",)}, "one name per feature: 2 features, 1 name"),
        ({"ids": ["a"]}, r"one id per point: 2 points, ids of shape \(1,\)"),
        ({"ids": [["a", "b"]]}, r"one id per point: 2 points, ids of shape \(1, 2\)"),
        ({"ids": ["a", "b" * 300]}, "An id may have 256 characters, and one has 300"),
    ],
)
def test_names_that_do_not_fit_are_refused(more, words):
    with pytest.raises(BadInput, match=words):
        Dataset(x=np.eye(2), **more)


def test_classes_are_counted_by_name_also_where_one_has_no_point():
    assert WHOLE.class_counts() == {"b": 10, "ä": 10, "猫": 10}
    assert WHOLE.take(np.array([0, 1]), "two").class_counts() == {"b": 1, "ä": 1, "猫": 0}
    assert Dataset(x=X, y=np.arange(30) // 20).class_counts() == {"0": 20, "1": 10}
    assert Dataset(x=X).class_counts() == {}
    assert Dataset(x=X, y=np.arange(30) % 2, class_names=("same", "same")).class_counts() == {"same": 30}


def test_exported_labels_begin_with_the_owners_ids_where_there_are_any():
    table = labels_frame(WHOLE, np.zeros(30, int))
    assert table.columns.tolist() == ["id", "point", "cluster", "class"]
    assert table.iloc[1].tolist() == ["id 1", 2, 0, "ä"]
    assert labels_frame(Dataset(x=X), np.zeros(30, int)).columns.tolist() == ["point", "cluster"]


def table(path: Path) -> Path:
    path.write_text("code,when,a,b,y\n007,2020,1,2,0.5\n,2021,,2,1.5\n07,2022,3,4,2.5\n")
    return path


def test_a_column_of_ids_is_kept_as_it_is_written_and_is_no_feature(tmp_path):
    path = table(tmp_path / "t.csv")
    data = load_dataset(path, ids="code")
    assert (data.ids.tolist(), data.features) == (["007", "07"], ("when", "a", "b", "y"))
    assert "ids from column 'code'" in data.notes
    assert load_dataset(path, ids=1).ids.tolist() == ["2020", "2022"]
    assert load_dataset(path, ids="code", columns=["b"]).ids.tolist() == ["007", "", "07"]
    one = load_dataset(path, ids="code", n=1, seed=3)
    assert one.ids[0] == {0: "007", 2: "07"}[int(one.rows[0])]


def test_ids_of_parquet_and_npz_become_text(tmp_path):
    import pandas as pd

    pd.DataFrame({"id": [1.0, np.nan, 3.0], "a": [1, 2, 3], "b": [4, 5, 6]}).to_parquet(tmp_path / "t.parquet")
    assert load_dataset(tmp_path / "t.parquet", ids="id").ids.tolist() == ["1", "", "3"]
    np.savez(tmp_path / "t.npz", x=X, who=[f"p{i}" for i in range(30)])
    assert load_dataset(tmp_path / "t.npz", ids="who").ids[:2].tolist() == ["p0", "p1"]


def test_no_labels_at_all_is_possible_where_a_column_is_called_label(tmp_path):
    (tmp_path / "t.csv").write_text("a,label\n1,0\n2,1\n3,1\n")
    assert load_dataset(tmp_path / "t.csv").y is not None
    data = load_dataset(tmp_path / "t.csv", labels=False)
    assert (data.y, data.features) == (None, ("a", "label"))
    assert load_dataset(tmp_path / "t.csv", labels=False, columns=["a"]).features == ("a",)
    np.savez(tmp_path / "t.npz", x=X, y=np.arange(30) % 2)
    assert load_dataset(tmp_path / "t.npz", labels=False).y is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ids": "nope"}, "t.csv has no column 'nope'"),
        ({"ids": "a", "columns": ["a", "b"]}, "Column 'a' of t.csv holds ids, so it can be neither feature nor labels"),
        ({"ids": "a", "labels": "a"}, "Column 'a' of t.csv holds ids, so it can be neither feature nor labels"),
        ({"ids": True}, "ids must be the name or number of a column; got True"),
        ({"labels": True}, "labels must be a column, one label per row, a file of labels, or False for none; got True"),
    ],
)
def test_ids_that_cannot_be_are_one_sentence(options, words, tmp_path):
    with pytest.raises(BadInput, match=words):
        load_dataset(table(tmp_path / "t.csv"), **options)


def test_pictures_have_no_names_of_columns():
    assert load_dataset("digits").features is None
    assert load_dataset("moons").ids is None
