"""Choosing labels and columns of the user's own data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from vaegc import BadInput, load_dataset

FRAME = pd.DataFrame(
    {"a": [1.0, 2, 3, 4], "b": [5.0, 6, 7, 8], "kind": ["x", "y", "x", "y"], "group": [3, 3, 1, 1], "y": [0.1, 0.2, 0.3, 0.4]}
)


@pytest.fixture(params=["csv", "parquet", "tsv"])
def table(request, tmp_path) -> Path:
    path = tmp_path / f"t.{request.param}"
    if request.param == "parquet":
        FRAME.to_parquet(path)
    else:
        FRAME.to_csv(path, index=False, sep="\t" if request.param == "tsv" else ",")
    return path


def test_labels_may_be_a_column_which_is_then_no_feature(table):
    data = load_dataset(table, labels="group")
    assert (data.y.tolist(), data.class_names) == ([1, 1, 0, 0], ("1", "3"))
    assert data.x.shape == (4, 3)
    assert load_dataset(table, labels="kind").class_names == ("x", "y")
    assert load_dataset(table).y is None


def test_columns_are_taken_in_the_order_asked_for_by_name_or_number(table):
    assert load_dataset(table, columns=["b", "a"]).x[0].tolist() == [5, 1]
    assert load_dataset(table, columns=[1, "group"], labels="kind").x[0].tolist() == [5, 3]
    assert "columns of" in load_dataset(table, columns=("a",)).notes[0]


def test_a_column_of_labels_that_is_asked_for_is_a_feature(tmp_path):
    pd.DataFrame({"a": [1.0, 2, 3, 4], "label": [0, 1, 0, 1]}).to_csv(tmp_path / "t.csv", index=False)
    assert load_dataset(tmp_path / "t.csv").y is not None
    data = load_dataset(tmp_path / "t.csv", columns=["a", "label"])
    assert (data.x.shape, data.y) == ((4, 2), None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": "nope"}, "has no column 'nope'; its columns are a, b, kind, group, y"),
        ({"columns": ["nope"]}, "has no column 'nope'; its columns are a, b, kind, group, y"),
        ({"columns": [9]}, "has no column 9"),
        ({"columns": [True]}, "has no column True"),
        ({"columns": ["kind"]}, "Column 'kind' of .* holds no numbers"),
        ({"columns": ["a", "a"]}, "every column of .* once"),
        ({"columns": ["a", "group"], "labels": "group"}, "and not that of the labels"),
        ({"columns": []}, "columns must name at least one column"),
        ({"columns": "a"}, "columns must be a list of names"),
        ({"labels": [0, 1, 0]}, r"one label per row: t.\w+ has 4 rows, labels are 3"),
        ({"labels": np.zeros((4, 1))}, r"one label per row: .* labels are an array of shape \(4, 1\)"),
        ({"labels": ["a", None, "b", "a"]}, "1 of 4 labels is missing"),
        ({"labels": [0.0, np.nan, 1.0, 1.0]}, "1 of 4 labels is missing"),
        ({"labels": ["a", " ", "b", "a"]}, "1 of 4 labels is missing"),
        ({"labels": pd.array(["a", pd.NA, "b", pd.NA])}, "2 of 4 labels are missing"),
        ({"labels": Path("gone.csv")}, "There is no file 'gone.csv' to take labels from"),
        ({"labels": 3}, r"labels must be one label per row"),
        ({"labels": [[1], [1, 2]]}, "one label per row"),
        ({"size": 8}, "size is for folders and zips of pictures"),
    ],
)
def test_what_cannot_be_chosen_is_one_sentence(options, words, table):
    with pytest.raises(BadInput, match=words) as caught:
        load_dataset(table, **options)
    assert "\n" not in str(caught.value)


def test_labels_beside_the_data_follow_rows_that_were_dropped_or_drawn(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n,2\n3,4\n5,6\n")
    data = load_dataset(tmp_path / "t.csv", labels=["p", "q", "r", "p"])
    assert [data.class_names[c] for c in data.y] == ["p", "r", "p"]
    some = load_dataset(tmp_path / "t.csv", labels=["p", "q", "r", "p"], n=2)
    assert [some.class_names[c] for c in some.y] == [["p", "q", "r", "p"][row] for row in some.rows]
    with pytest.raises(BadInput, match="has 4 rows, labels are 3"):
        load_dataset(tmp_path / "t.csv", labels=["p", "r", "p"])


@pytest.mark.parametrize("kind", ["npy", "txt", "csv", "parquet", "named.csv"])
def test_labels_may_lie_in_a_file_of_their_own(kind, tmp_path):
    np.save(tmp_path / "x.npy", np.arange(8.0).reshape(4, 2))
    words, path = ["b", "a", "b", "a"], tmp_path / f"labels.{kind}"
    if kind == "npy":
        np.save(path, np.array(words))
    elif kind == "txt":
        path.write_text("\n".join(words) + "\n")
    elif kind == "named.csv":
        pd.DataFrame({"id": range(4), "class": words}).to_csv(path, index=False)
    else:
        frame = pd.DataFrame({"any": words})
        frame.to_csv(path, index=False) if kind == "csv" else frame.to_parquet(path)
    for given in (path, str(path)):
        data = load_dataset(tmp_path / "x.npy", labels=given)
        assert (data.y.tolist(), data.class_names) == ([1, 0, 1, 0], ("a", "b"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("l.csv", b"a,b\n1,2\n", "must hold one column, or one called y"),
        ("l.npy", b"nothing", "Labels cannot be read from l.npy"),
        ("l.xlsx", b"", "Labels may lie in .csv"),
        ("l.csv", b"", "Labels cannot be read from l.csv"),
    ],
)
def test_a_bad_file_of_labels_is_one_sentence(name, content, words, tmp_path):
    np.save(tmp_path / "x.npy", np.arange(8.0).reshape(4, 2))
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words):
        load_dataset(tmp_path / "x.npy", labels=tmp_path / name)


def test_a_pickled_file_of_labels_is_refused_and_not_run(tmp_path):
    ran = tmp_path / "ran"

    class Evil:
        def __reduce__(self):
            return (open, (str(ran), "w"))

    np.save(tmp_path / "x.npy", np.arange(8.0).reshape(4, 2))
    np.save(tmp_path / "l.npy", np.array([Evil()] * 4, dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="Labels cannot be read"):
        load_dataset(tmp_path / "x.npy", labels=tmp_path / "l.npy")
    assert not ran.exists()


def test_arrays_have_numbered_columns_and_named_arrays(tmp_path):
    x = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "x.npz", x=x, y=[0, 1, 0], kind=["p", "q", "q"])
    assert load_dataset(tmp_path / "x.npy", columns=[2, 0]).x.tolist() == x[:, [2, 0]].tolist()
    assert load_dataset(tmp_path / "x.npz", labels="kind", columns=[3]).y.tolist() == [0, 1, 1]
    for path, options, words in (
        ("x.npy", {"columns": [4]}, "has no column 4"),
        ("x.npy", {"labels": "kind"}, "has no columns with names"),
        ("x.npz", {"labels": "nope"}, "has no array 'nope' for labels; it holds x, y, kind"),
    ):
        with pytest.raises(BadInput, match=words):
            load_dataset(tmp_path / path, **options)


def test_documents_and_pictures_have_no_columns(tmp_path):
    (tmp_path / "t.txt").write_text("one word\nmore words\n")
    for options in ({"columns": [0]}, {"labels": "kind"}):
        with pytest.raises(BadInput, match=r"t.txt is no table with columns"):
            load_dataset(tmp_path / "t.txt", **options)


def test_an_empty_name_is_no_folder():
    with pytest.raises(BadInput, match="There is no data set called ''"):
        load_dataset("")


def test_a_folder_in_the_working_directory_needs_no_slash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets").mkdir()
    with pytest.raises(BadInput, match="pets holds no pictures"):
        load_dataset("pets")


def test_an_npz_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("vaegc.datasets._arrays.MAX_UNPACKED_BYTES", 1000)
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros((100, 100)))
    with pytest.raises(BadInput, match=r"x.npz unpacks to more than"):
        load_dataset(tmp_path / "x.npz")
