"""Documents as tf-idf, and the UCI HAR folder: small files in the same formats, and what is wrong with bad ones."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from vaegc import BadInput, load_dataset, store
from vaegc.datasets import availability, preview, source_identity

REAL = Path(os.environ.get("VAEGC_DATA", "nowhere"))
LINES = ("pets\tThe cat sat", "pets\tthe dog sat", "cars\tfast red car", "cars\tslow car")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAEGC_DATA", str(tmp_path / "given"))
    monkeypatch.setattr(store, "downloads_root", lambda: tmp_path / "own")
    (tmp_path / "given").mkdir()
    return tmp_path / "given"


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


# --- documents ---------------------------------------------------------------------------------------------------------


def test_rows_are_tf_idf_by_its_formula_and_have_length_sqrt_d(tmp_path):
    data = load_dataset(written(tmp_path / "t.txt", "a\tsun sun rain\nb\train snow\na\tsun\nb\tsnow\n"))
    words = ["rain", "snow", "sun"]
    counts = np.array([[1, 0, 2], [1, 1, 0], [0, 0, 1], [0, 1, 0]])
    idf = np.log((1 + 4) / (1 + (counts > 0).sum(axis=0))) + 1
    raw = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * idf
    expected = raw / np.linalg.norm(raw, axis=1, keepdims=True) * np.sqrt(len(words))
    np.testing.assert_allclose(data.x, expected, rtol=1e-5)
    assert (data.x.dtype, data.y.tolist(), data.class_names) == (np.float32, [0, 1, 0, 1], ("a", "b"))
    assert data.image_shape is None
    assert data.notes[:2] == (
        "tf-idf of the 3 most frequent words, 1 + ln(count), fitted on all 4 documents", "each row scaled to length sqrt(3)",
    )  # fmt: skip


def test_only_the_most_frequent_words_become_features(tmp_path, monkeypatch):
    monkeypatch.setattr("vaegc.datasets.text.N_WORDS", 2)
    data = load_dataset(written(tmp_path / "t.txt", "often often rare\noften also\nalso unique\nlonely"))
    assert data.x.shape == (4, 2)
    assert (data.x[3] == 0).all()
    assert "1 document holds none of these words and is all zeros" in data.notes


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_documents_without_labels_are_one_a_line(end, tmp_path):
    data = load_dataset(written(tmp_path / "t.txt", "first words here" + (end or "\n") + "more words" + end))
    assert (len(data), data.y) == (2, None)


def test_empty_lines_are_dropped_counted_and_rows_remembered(tmp_path):
    data = load_dataset(written(tmp_path / "t.txt", "first words\n\n  \nlast words\n"))
    assert data.rows.tolist() == [0, 3]
    assert "2 empty lines of 4 dropped" in data.notes


def test_what_stands_before_the_tab_is_no_class_where_it_is_always_another(tmp_path):
    data = load_dataset(written(tmp_path / "t.txt", "".join(f"doc {i}\tsome words {i % 3}\n" for i in range(20))))
    assert data.y is None
    assert any("no classes, left out" in note for note in data.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_other_alphabets_and_encodings(encoding, tmp_path):
    data = load_dataset(written(tmp_path / "Bücher.txt", "süß\tschöne Äpfel\nherb\tgrüne Äpfel\n", encoding))
    assert (data.name, data.class_names) == ("Bücher", ("herb", "süß"))
    assert any("Latin-1" in note for note in data.notes) == (encoding == "latin-1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\tone\nb\ttwo\nno tab\n", "line 3 has no tab between label and text, as the others have"),
        ("a\tone\n\ttwo\n", "line 2 has nothing before its tab"),
        ("\n \n", "cannot be read as txt|holds no documents"),
        ("? !\n- -\n", "holds no word of at least two letters"),
        ("bi\0nary words\n", "is no text file"),
        ("", "t.txt cannot be read as txt"),
    ],
)
def test_bad_documents_are_one_sentence(text, words, tmp_path):
    with pytest.raises(BadInput, match=words) as caught:
        load_dataset(written(tmp_path / "t.txt", text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.txt", "1 2 3\n4 5 6\n"), ("t.txt", "a,b,c\n1,2,3\n4,5,6\n"), ("t.txt", "1;2;3\n4;5;6\n"), ("t.tsv", "a\tb\tc\n1\t2\t3\n4\t5\t6\n"),
        ("t.TSV", "1\t2\t3\n4\t5\t6"), ("t.txt", "  1e0   2.  3\n  4  5  6\n"),
    ],
)  # fmt: skip
def test_columns_of_numbers_in_a_text_file_are_a_table(name, text, tmp_path):
    assert load_dataset(written(tmp_path / name, text)).x.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_table_in_tsv_may_hold_words_and_labels(tmp_path):
    data = load_dataset(written(tmp_path / "t.tsv", "who\ta\tb\tlabel\nann\t1\t2\tx\nbob\t3\t4\ty\n"))
    assert (data.x.tolist(), data.class_names) == ([[1, 2], [3, 4]], ("x", "y"))


# --- R8 ----------------------------------------------------------------------------------------------------------------


def test_r8_is_read_in_its_own_format_with_its_official_parts(root):
    written(root / "reuters-r8/r8-train.txt", "\n".join(LINES), "latin-1")
    written(root / "reuters-r8/r8-test.txt", "pets\tthe café cat\n", "latin-1")
    data, train, test = (load_dataset("r8", split=part) for part in ("all", "train", "test"))
    assert (len(data), len(train), len(test)) == (5, 4, 1)
    assert data.class_names == train.class_names == ("cars", "pets")
    assert data.y.tolist() == [1, 1, 0, 0, 1]
    np.testing.assert_array_equal(test.x[0], data.x[4])
    assert "official test part, 1 point" in test.notes
    assert availability("r8").path == root / "reuters-r8"
    before = source_identity("r8")
    written(root / "reuters-r8/r8-test.txt", "pets\tanother cat\n")
    assert source_identity("r8") != before


@pytest.mark.parametrize(("text", "words"), [("pets the cat", "line 1 has no tab"), ("", "holds no documents")])
def test_r8_that_is_damaged_or_missing_is_one_sentence(text, words, root):
    with pytest.raises(BadInput, match=r"Reuters R8 is not in .* put r8-train.txt and r8-test.txt there"):
        load_dataset("r8")
    assert source_identity("r8") == "r8"
    written(root / "reuters-r8/r8-train.txt", "\n".join(LINES))
    written(root / "reuters-r8/r8-test.txt", text)
    with pytest.raises(BadInput, match=words):
        load_dataset("r8")


@pytest.mark.skipif(
    not (REAL / "reuters-r8").is_dir(), reason="no data at hand: set VAEGC_DATA to a folder that holds reuters-r8/"
)
def test_the_real_r8_has_its_documented_size():
    data = load_dataset("r8")
    assert data.x.shape == (7674, 2000)
    assert np.bincount(data.y).max() == 3923  # earn
    np.testing.assert_allclose((data.x**2).mean(axis=1), 1, rtol=1e-4)
    assert (len(load_dataset("r8", split="train")), len(load_dataset("r8", split="test", n=100))) == (5485, 100)


# --- UCI HAR -----------------------------------------------------------------------------------------------------------


def har(folder: Path, **changed: str) -> Path:
    files = {
        "train/X_train.txt": "  1.0e-001 -2.0e-001  3.0e-001\n  4.0e-001  5.0e-001  6.0e-001\n -1.0e+000  0.0e+000  1.0e+000\n",
        "train/y_train.txt": "5\n2\n1\n",
        "test/X_test.txt": "  7.0e-001  8.0e-001  9.0e-001\n",
        "test/y_test.txt": "2\n",
        "activity_labels.txt": "1 WALKING\n2 WALKING_UPSTAIRS\n5 STANDING\n",
        "README.txt": "words",
    } | {key.replace("__", "/") + ".txt": value for key, value in changed.items()}
    for name, content in files.items():
        written(folder / name, content)
    return folder


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*.txt")):
            packed.write(file, Path(folder.name) / file.relative_to(folder))
            packed.writestr(f"__MACOSX/{folder.name}/{file.relative_to(folder)}", b"rubbish")
    return path


def test_a_first_look_at_har_counts_its_activities_without_reading_its_features(tmp_path):
    folder = har(tmp_path / "UCI HAR Dataset")
    found, data = preview(zipped(folder, tmp_path / "har.zip")), load_dataset(folder)
    assert (found.kind, found.n, found.classes) == ("har", len(data), data.class_counts())


@pytest.mark.parametrize("place", ["har", "UCI HAR Dataset", "har/UCI HAR Dataset"])
def test_har_is_found_in_the_data_root(place, root):
    with pytest.raises(BadInput, match=r"UCI HAR is not in .*; unpack 'UCI HAR Dataset.zip'"):
        load_dataset("har")
    har(root / place)
    data = load_dataset("har")
    np.testing.assert_array_equal(data.x, [[0.1, -0.2, 0.3], [0.4, 0.5, 0.6], [-1, 0, 1], [0.7, 0.8, 0.9]])
    assert data.class_names == ("walking", "walking upstairs", "standing")
    assert data.y.tolist() == [2, 1, 0, 1]
    assert data.name == "har"
    assert "3 features as its authors scaled them" in data.notes[0]
    assert load_dataset("har", split="test").y.tolist() == [1]
    assert availability("har").is_local
    assert source_identity("har").startswith("har:")


def test_har_may_be_given_as_folder_or_zip(tmp_path):
    folder = har(tmp_path / "UCI HAR Dataset")
    for path in (folder, zipped(folder, tmp_path / "UCI HAR Dataset.zip")):
        data = load_dataset(str(path))
        assert (data.x.shape, data.y.tolist(), data.name) == ((4, 3), [2, 1, 0, 1], "UCI HAR Dataset")
        assert load_dataset(path, split="train").y.tolist() == [2, 1, 0]
    before = source_identity(folder)
    har(folder, test__y_test="5\n")
    assert source_identity(folder) != before


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"train__y_train": "1\n2\n"}, "X_train.txt holds 3 rows, y_train.txt 2"),
        ({"test__X_test": "1 2\n"}, "the training part has 3 features, the test part 2"),
        ({"test__X_test": "1 2 x\n"}, "test/X_test.txt cannot be read as numbers"),
        ({"train__X_train": "1 2 3\n4 5\n6 7 8\n"}, "train/X_train.txt cannot be read as numbers"),
        ({"test__X_test": ""}, "test/X_test.txt is empty"),
        ({"test__y_test": "9\n"}, r"a label is none of those in activity_labels.txt \(1, 2, 5\)"),
        ({"test__y_test": "1.5\n"}, "a label is none of those"),
        ({"activity_labels": "rubbish\n"}, "must hold lines such as '1 WALKING'"),
        ({"test__X_test": "1 2 nan\n"}, "NaN, infinity or nothing"),
    ],
)
def test_a_damaged_har_folder_is_one_sentence(changed, words, tmp_path):
    folder = har(tmp_path / "UCI HAR Dataset", **changed)
    for path in (folder, zipped(folder, tmp_path / "har.zip")):
        with pytest.raises(BadInput, match=words) as caught:
            load_dataset(path)
        assert "\n" not in str(caught.value)


def test_a_har_folder_without_the_names_of_its_classes_is_one_sentence(tmp_path):
    folder = har(tmp_path / "h")
    (folder / "activity_labels.txt").unlink()
    with pytest.raises(BadInput, match=r"lacks activity_labels.txt"):
        load_dataset(folder)
